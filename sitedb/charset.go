package sitedb

import (
	"context"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/chatpass/chatpass/userinfo"
)

// Doubled is a column whose texts are UTF-8 that was taken for another character set when it was written: "JosÃ©" for José.
type Doubled struct {
	Column  string
	Charset string // of the column, lower case
	Found   int    // such texts
	Of      int    // texts looked at that are not ASCII alone
}

// DoubleEncoded looks at the first rows of a table in the order of key for texts that were encoded twice, as old programs that never
// told the server their character set leave them. Only MySQL and MariaDB convert on the way in, so that it finds nothing elsewhere.
// Columns must have seen the table; key should begin an index. Columns that are no text are left out.
func (db *DB) DoubleEncoded(ctx context.Context, table string, columns []string, key string, rows int) ([]Doubled, error) {
	if _, ok := db.dialect.(*mysqlDialect); !ok {
		return nil, nil
	}
	var texts []string
	for _, c := range columns {
		if f := db.factOf(table, c); f.class == factText && f.charset != "" {
			texts = append(texts, c)
		}
	}
	if len(texts) == 0 {
		return nil, nil
	}
	l, err := db.Sample(userinfo.Select{Table: table, Columns: texts}, key, rows)
	if err != nil {
		return nil, err
	}
	found, err := l.Rows(ctx)
	if err != nil {
		return nil, err
	}
	var doubled []Doubled
	for place, c := range texts {
		d := Doubled{Column: c, Charset: db.factOf(table, c).charset}
		for i := range found.Len() {
			is, of := encodedTwice(found.Row(i)[place])
			if d.Of += of; is {
				d.Found++
			}
		}
		if d.Found > 0 {
			doubled = append(doubled, d)
		}
	}
	return doubled, nil
}

// encodedTwice reports whether the characters of a text are, as bytes of what MySQL calls latin1, UTF-8 again; counted is 0 for ASCII,
// which tells nothing.
func encodedTwice(text []byte) (is bool, counted int) {
	once := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		if r >= utf8.RuneSelf {
			counted = 1
		}
		b, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			switch r {
			case 0x81, 0x8d, 0x8f, 0x90, 0x9d: // bytes without a character in cp1252, which MySQL keeps as these
				b = byte(r)
			default:
				return false, 1
			}
		}
		once = append(once, b)
	}
	return counted > 0 && utf8.Valid(once), counted
}
