package sitedb

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/chatpass/chatpass/userinfo"
)

// identifier is what a table or column may be called: no quote, no dot, no blank, so that nothing but a name can ever reach SQL.
// 64 bytes is MySQL's limit and above PostgreSQL's 63.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]{0,63}$`)

func checkIdentifiers(names ...string) error {
	for _, n := range names {
		if !identifier.MatchString(n) {
			return mappingFault(fmt.Sprintf("%.80q is no name of a table or column", n))
		}
	}
	return nil
}

// builder writes SQL; identifiers go through gorm's quoting.
type builder struct {
	db    *DB
	stmt  *gorm.Statement
	args  []any
	where bool
}

func (b *builder) text(s string)      { b.stmt.SQL.WriteString(s) }
func (b *builder) column(name string) { b.stmt.WriteQuoted(clause.Column{Name: name}) }
func (b *builder) sql() string        { return b.stmt.SQL.String() }

// and begins a condition.
func (b *builder) and() {
	if b.where {
		b.text(" AND ")
		return
	}
	b.where = true
	b.text(" WHERE ")
}

// quote is a column's name as the dialect quotes it.
func (db *DB) quote(name string) string {
	stmt := &gorm.Statement{DB: db.gorm}
	stmt.WriteQuoted(clause.Column{Name: name})
	return stmt.SQL.String()
}

// build writes SELECT, FROM and the where-conditions.
func (db *DB) build(s userinfo.Select) (*builder, error) {
	if err := checkIdentifiers(append([]string{s.Table}, s.Columns...)...); err != nil {
		return nil, err
	}
	if len(s.Columns) == 0 {
		return nil, mappingFault("it maps no column")
	}
	b := &builder{db: db, stmt: &gorm.Statement{DB: db.gorm}}
	b.text("SELECT ")
	for i, c := range s.Columns {
		if i > 0 {
			b.text(",")
		}
		b.column(c)
	}
	b.text(" FROM ")
	b.stmt.WriteQuoted(clause.Table{Name: s.Table})
	for _, c := range s.Where {
		if err := b.cond(c); err != nil {
			return nil, err
		}
	}
	return b, nil
}

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
