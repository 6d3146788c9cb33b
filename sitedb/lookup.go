package sitedb

import (
	"context"
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

// lookup is a prepared text: the head, and for ByKey the list of keys behind it.
type lookup struct {
	db   *DB
	head string
	args []any // bound texts of the where-conditions
	tail string
	kind lookupKind
	key  fact
	in   int // Search: how many columns the text is looked for in
	q    query
}

type lookupKind uint8

const (
	lookupKeys lookupKind = iota
	lookupText
	lookupAll
)

var _ userinfo.Lookup = (*lookup)(nil)

// ByKey prepares a look-up by the values of one column. Text keys are compared with the column's collation, so the answer may hold
// rows of other keys ("ADMIN" for "admin"); the caller compares byte for byte.
func (db *DB) ByKey(s userinfo.Select, key string) (userinfo.Lookup, error) {
	if err := checkIdentifiers(key); err != nil {
		return nil, err
	}
	b, err := db.build(s)
	if err != nil {
		return nil, err
	}
	b.and()
	b.column(key)
	b.text(" IN (")
	return &lookup{db: db, head: b.sql(), args: b.args, tail: ")", kind: lookupKeys, key: db.factOf(s.Table, key), q: query{width: len(s.Columns)}}, nil
}

// Search prepares a look-up of rows of which one of the columns contains a text. Upper and lower case are the collation's business
// in MySQL and MariaDB, equal in PostgreSQL, and equal for ASCII letters in SQLite.
func (db *DB) Search(s userinfo.Select, in []string, limit int) (userinfo.Lookup, error) {
	if err := checkIdentifiers(in...); err != nil {
		return nil, err
	}
	if len(in) == 0 || limit <= 0 {
		return nil, mappingFault("a search needs columns to look in and a positive limit")
	}
	b, err := db.build(s)
	if err != nil {
		return nil, err
	}
	b.and()
	b.text("(")
	n := len(b.args) + 1
	for i, column := range in {
		if i > 0 {
			b.text(" OR ")
		}
		b.text(db.dialect.like(db.quote(column), n))
	}
	b.text(") LIMIT " + strconv.Itoa(limit))
	l := &lookup{db: db, head: b.sql(), args: b.args, kind: lookupText, in: len(in), q: query{width: len(s.Columns), mayBeSlow: true}}
	if db.dialect.repeatable() {
		l.in = 1
	}
	return l, nil
}

// Sample prepares a look-up of the first rows in key order.
func (db *DB) Sample(s userinfo.Select, key string, limit int) (userinfo.Lookup, error) {
	if err := checkIdentifiers(key); err != nil {
		return nil, err
	}
	if limit <= 0 {
		return nil, mappingFault("a sample needs a positive limit")
	}
	b, err := db.build(s)
	if err != nil {
		return nil, err
	}
	b.text(" ORDER BY ")
	b.column(key)
	b.text(" LIMIT " + strconv.Itoa(limit))
	return &lookup{db: db, head: b.sql(), args: b.args, kind: lookupAll, q: query{width: len(s.Columns), mayBeSlow: true}}, nil
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
	case string:
		return dst, v, utf8.ValidString(v) && strings.IndexByte(v, 0) < 0
	case []byte:
		return dst, v, v != nil
	default:
		return dst, nil, false
	}
}

// Rows runs the look-up.
func (l *lookup) Rows(ctx context.Context, args ...any) (*userinfo.Rows, error) {
	q := l.q
	switch l.kind {
	case lookupKeys:
		if err := l.keys(&q, args); err != nil {
			return nil, l.db.fail(err)
		}
		if q.text == "" {
			return userinfo.NewRows(q.width), nil
		}
	case lookupText:
		text, err := searchText(args)
		if err != nil {
			return nil, l.db.fail(err)
		}
		q.text, q.args = l.head, append(make([]any, 0, len(l.args)+l.in), l.args...)
		for range l.in {
			q.args = append(q.args, text)
		}
	default:
		if len(args) != 0 {
			return nil, l.db.fail(mappingFault("this look-up takes no arguments"))
		}
		q.text, q.args = l.head, l.args
	}
	return l.db.run(ctx, &q)
}

// keys completes the query with the keys; its text stays empty if none of them can exist.
func (l *lookup) keys(q *query, keys []any) error {
	if len(keys) == 0 {
		return mappingFault("a look-up needs at least one key")
	}
	const guess = 12 // bytes of a key's literal and its comma
	text := append(make([]byte, 0, len(l.head)+len(keys)*guess+1), l.head...)
	q.args = l.args[:len(l.args):len(l.args)]
	q.rows = len(keys)
	found := false
	for _, k := range keys {
		if !l.key.accepts(k) {
			return mappingFault(fmt.Sprintf("a key of type %T does not fit the key column", k))
		}
		if !l.key.canHold(k) {
			continue
		}
		if _, _, ok := l.db.literal(nil, k); !ok {
			continue
		}
		if found {
			text = append(text, ',')
		}
		found = true
		var arg any
		if text, arg, _ = l.db.literal(text, k); arg != nil {
			q.args = append(q.args, arg)
			text = append(text, l.db.dialect.placeholder(len(q.args))...)
		}
	}
	if found {
		q.text = string(append(text, l.tail...))
	}
	return nil
}

// wildcards escapes what LIKE would take for a pattern. The escape character is no backslash, so that no mode of a server changes it.
var wildcards = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

func searchText(args []any) (string, error) {
	if len(args) == 1 {
		if s, ok := args[0].(string); ok && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
			return "%" + wildcards.Replace(s) + "%", nil
		}
	}
	return "", mappingFault("a search takes one text in UTF-8")
}
