package sitedb

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chatpass/chatpass/userinfo"
)

var operators = map[userinfo.Op]string{
	userinfo.OpEqual: " = ", userinfo.OpNotEqual: " <> ", userinfo.OpLess: " < ", userinfo.OpLessEqual: " <= ",
	userinfo.OpGreater: " > ", userinfo.OpGreaterEqual: " >= ",
}

func (b *builder) cond(c userinfo.Cond) error {
	if err := checkIdentifiers(c.Column); err != nil {
		return err
	}
	bad := func(what string) error { return mappingFault("the condition on " + c.Column + " " + what) }
	b.and()
	switch c.Op {
	case userinfo.OpLike, userinfo.OpNotLike:
		if !b.like(c) {
			return bad("is not one comparison with one pattern in UTF-8")
		}
		return nil
	case userinfo.OpBits:
		if !b.bits(c) {
			return bad("is not one comparison with one integer that is not negative")
		}
		return nil
	}
	b.column(c.Column)
	switch c.Op {
	case userinfo.OpNull, userinfo.OpNotNull:
		if len(c.Values) != 0 {
			return bad("takes no value")
		}
		if c.Op == userinfo.OpNull {
			b.text(" IS NULL")
		} else {
			b.text(" IS NOT NULL")
		}
		return nil
	case userinfo.OpIn, userinfo.OpNotIn:
		if len(c.Values) == 0 {
			return bad("has no value")
		}
		if c.Op == userinfo.OpNotIn {
			b.text(" NOT")
		}
		b.text(" IN (")
		for i, v := range c.Values {
			if i > 0 {
				b.text(",")
			}
			if !b.value(v) {
				return bad("has a value the database cannot hold")
			}
		}
		b.text(")")
		return nil
	default:
		op, ok := operators[c.Op]
		if !ok || len(c.Values) != 1 {
			return bad("is not one comparison with one value")
		}
		b.text(op)
		if !b.value(c.Values[0]) {
			return bad("has a value the database cannot hold")
		}
		return nil
	}
}

// like writes a comparison with a pattern. A backslash in it is one: the databases differ in what they would take it for.
func (b *builder) like(c userinfo.Cond) bool {
	if len(c.Values) != 1 {
		return false
	}
	pattern, ok := c.Values[0].(string)
	if !ok || !utf8.ValidString(pattern) || strings.IndexByte(pattern, 0) >= 0 {
		return false
	}
	b.args = append(b.args, strings.ReplaceAll(pattern, escape, escape+escape))
	text := b.db.dialect.like(b.db.quote(b.alias, c.Column), len(b.args))
	if c.Op == userinfo.OpNotLike {
		text = "NOT (" + text + ")"
	}
	b.text(text)
	return true
}

// bits writes a comparison of some bits of a column.
func (b *builder) bits(c userinfo.Cond) bool {
	if len(c.Values) != 1 {
		return false
	}
	switch n := c.Values[0].(type) {
	case int64:
		if n < 0 {
			return false
		}
	case uint64:
	default:
		return false
	}
	literal, _, ok := b.db.literal(nil, c.Values[0])
	if !ok {
		return false
	}
	b.text("(")
	b.column(c.Column)
	b.text(" & " + string(literal) + ") = " + string(literal))
	return true
}

// value writes a typed number as its literal and binds everything else; false for what the database has no value for.
func (b *builder) value(v any) bool {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
		b.text(strconv.FormatFloat(v, 'f', -1, 64))
		return true
	default:
		literal, arg, ok := b.db.literal(nil, v)
		if !ok {
			return false
		}
		if arg != nil {
			b.args = append(b.args, arg)
			literal = []byte(b.db.dialect.placeholder(len(b.args)))
		}
		b.text(string(literal))
		return true
	}
}

// literal appends an integer's literal, or returns a text or bytes to bind. Integers are literals because their Go type leaves
// nothing to escape and because PostgreSQL would refuse a bound one beyond the column's range. ok is false for a value no cell
// can equal: text that is not UTF-8 or holds NUL, and integers the database does not have.
func (db *DB) literal(dst []byte, v any) (text []byte, arg any, ok bool) {
	switch v := v.(type) {
	case int64:
		return strconv.AppendInt(dst, v, 10), nil, true
	case uint64:
		return strconv.AppendUint(dst, v, 10), nil, v <= math.MaxInt64 || db.dialect.wideUint()
	case bool:
		return strconv.AppendBool(dst, v), nil, true // TRUE and FALSE are literals in all of our databases
	case string:
		return dst, v, utf8.ValidString(v) && strings.IndexByte(v, 0) < 0
	case []byte:
		return dst, v, v != nil
	default:
		return dst, nil, false
	}
}
