package sitedb

import (
	"golang.org/x/text/encoding/charmap"

	"github.com/chatpass/chatpass/userinfo"
)

// fact is what Columns learned about a column that decides which keys may be compared with it. The zero value knows nothing.
type fact struct {
	class     factClass
	kin       kin
	holds     func(rune) bool // whether the column's character set has a character; nil means it has all
	unsigned  bool            // an integer column that may hold numbers above 2^63−1
	alone     bool            // a text of a type that PostgreSQL compares with nothing but itself: an enum, json, inet …
	charset   string          // of a text column of MySQL and MariaDB; empty elsewhere
	collation string          // likewise
}

type factClass uint8

const (
	factUnknown factClass = iota
	factInteger
	factText
	factBytes
)

// accepts is the second lock before a coercion of the database: an integer compared with a text column hits every row whose text
// does not begin with a digit, and a text compared with an integer column hits the number it begins with.
func (f fact) accepts(key any) bool {
	switch key.(type) {
	case int64, uint64:
		return f.class != factText && f.class != factBytes
	case string:
		return f.class != factInteger
	default:
		return f.class != factInteger
	}
}

// canHold reports whether the column's character set has all characters of a text. A text it lacks would make MySQL convert the
// column instead of the text, which costs the index.
func (f fact) canHold(key any) bool {
	text, ok := key.(string)
	if !ok || f.holds == nil {
		return true
	}
	for _, r := range text {
		if !f.holds(r) {
			return false
		}
	}
	return true
}

// repertoire is the set of characters of one of MySQL's character sets; nil for Unicode and for those we do not know.
func repertoire(charset string) func(rune) bool {
	switch charset {
	case "ascii":
		return func(r rune) bool { return r <= 0x7f }
	case "latin1": // MySQL's name for cp1252
		return func(r rune) bool {
			_, ok := charmap.Windows1252.EncodeRune(r)
			return ok
		}
	case "utf8", "utf8mb3", "ucs2":
		return func(r rune) bool { return r <= 0xffff }
	default:
		return nil
	}
}

func classOf(t userinfo.ColumnType) factClass {
	switch t {
	case userinfo.ColumnInt, userinfo.ColumnUint:
		return factInteger
	case userinfo.ColumnText, userinfo.ColumnUUID:
		return factText
	case userinfo.ColumnBytes:
		return factBytes
	default:
		return factUnknown
	}
}

func (db *DB) factOf(table, column string) fact {
	if facts, ok := db.facts.Load(table); ok {
		return facts.(map[string]fact)[column]
	}
	return fact{}
}
