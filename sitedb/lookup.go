package sitedb

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chatpass/chatpass/userinfo"
)

// lookup is a prepared text: the head, and for ByKey the list of keys behind it.
type lookup struct {
	db   *DB
	head string
	args []any // bound texts of the where-conditions
	tail string
	from string // Pages: what stands before the key to begin at
	most int    // ByKey: rows wanted; 0: as each says
	each int    // ByKey: rows a key may have; 0: one
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
	lookupPage
)

var _ userinfo.Lookup = (*lookup)(nil)

// maxPerKey bounds userinfo.Select.PerKey: with 500 keys, the most of what stands beside users, it is five million rows, more than a look-up has time for.
const maxPerKey = 10_000

// ByKey prepares a look-up by the values of one column. Text keys are compared with the column's collation, so the answer may hold
// rows of other keys ("ADMIN" for "admin"); the caller compares byte for byte. In order, texts stand as their collation has them, and
// rows without a value stand last whether the order ascends or descends.
func (db *DB) ByKey(s userinfo.Select, key string) (userinfo.Lookup, error) {
	if err := checkIdentifiers(key); err != nil {
		return nil, err
	}
	if s.Limit < 0 || s.PerKey < 0 || s.PerKey > maxPerKey {
		return nil, mappingFault(fmt.Sprintf("a look-up takes a limit that is not negative and at most %d rows of a key", maxPerKey))
	}
	b, err := db.build(s)
	if err != nil {
		return nil, err
	}
	b.and()
	b.column(key)
	b.text(" IN (")
	l := &lookup{
		db: db, head: b.sql(), args: b.args, most: s.Limit, each: s.PerKey, kind: lookupKeys, key: db.factOf(s.Table, key),
		q: query{table: s.Table, width: b.width, brief: true},
	}
	b.text(")")
	if err := b.order(s.Order); err != nil {
		return nil, err
	}
	l.tail = b.sql()[len(l.head):] + " LIMIT "
	return l, nil
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
		b.text(db.dialect.like(db.quote(b.alias, column), n))
	}
	b.text(") LIMIT " + strconv.Itoa(limit))
	l := &lookup{db: db, head: b.sql(), args: b.args, kind: lookupText, in: len(in), q: query{table: s.Table, width: b.width, mayBeSlow: true}}
	if db.dialect.repeatable() {
		l.in = 1
	}
	return l, nil
}

// Sample prepares a look-up of the first rows in key order, or in the order of s if it has one.
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
	if len(s.Order) > 0 {
		if err := b.order(s.Order); err != nil {
			return nil, err
		}
	} else {
		b.text(" ORDER BY ")
		b.column(key)
	}
	b.text(" LIMIT " + strconv.Itoa(limit))
	return &lookup{db: db, head: b.sql(), args: b.args, kind: lookupAll, q: query{table: s.Table, width: b.width, mayBeSlow: true}}, nil
}

// Rows runs the look-up.
func (l *lookup) Rows(ctx context.Context, args ...any) (*userinfo.Rows, error) {
	q, err := l.query(args)
	if err != nil {
		return nil, l.db.fail(err)
	}
	if q.text == "" {
		return userinfo.NewRows(q.width), nil
	}
	rows, err := l.db.run(ctx, &q)
	if err == nil && l.kind == lookupKeys && l.most == 0 && rows.Len() == l.limit(q.rows) {
		return nil, l.db.fail(l.tooMany())
	}
	return rows, err
}

// query is what is sent for these arguments; its text is empty if no row can be found.
func (l *lookup) query(args []any) (query, error) {
	q := l.q
	switch l.kind {
	case lookupKeys:
		err := l.keys(&q, args)
		return q, err
	case lookupText:
		text, err := searchText(args)
		if err != nil {
			return q, err
		}
		q.text, q.args = l.head, append(make([]any, 0, len(l.args)+l.in), l.args...)
		for range l.in {
			q.args = append(q.args, text)
		}
	case lookupPage:
		err := l.page(&q, args)
		return q, err
	default:
		if len(args) != 0 {
			return q, mappingFault("this look-up takes no arguments")
		}
		q.text, q.args = l.head, l.args
	}
	return q, nil
}

// limit is the most rows a look-up by n keys reads; unless the caller set it, reading so many is a fault. A unique key has a row
// each, and in a collation that ignores case and accents a few more; what goes beyond is a column that is no key, of which a table
// may hold millions of rows.
func (l *lookup) limit(n int) int {
	const spare = 16 // rows of other keys that a collation takes for equal
	switch {
	case l.most > 0:
		return l.most
	case l.each > 0:
		return l.each*n + spare + 1
	default:
		return 4*n + spare
	}
}

// tooMany is the fault of a look-up that reached its limit.
func (l *lookup) tooMany() error {
	if l.each > 0 {
		return mappingFault(fmt.Sprintf("a look-up finds more than %d rows of a key", l.each))
	}
	return mappingFault("the key column is not unique: far more rows than keys")
}

// keys completes the query with the keys; its text stays empty if none of them can exist.
func (l *lookup) keys(q *query, keys []any) error {
	q.args = l.args[:len(l.args):len(l.args)]
	text := new(strings.Builder)
	if len(keys) == 1 {
		switch list := keys[0].(type) {
		case []uint64:
			return integers(l, q, text, list)
		case []int64:
			return integers(l, q, text, list)
		}
	}
	l.begin(q, text, len(keys))
	found := false
	var buffer [20]byte // of the longest integer
	for _, k := range keys {
		if !l.key.accepts(k) {
			return mappingFault(fmt.Sprintf("a key of type %T does not fit the key column", k))
		}
		if !l.key.canHold(k) {
			continue
		}
		literal, arg, ok := l.db.literal(buffer[:0], k)
		if !ok {
			continue
		}
		if found {
			text.WriteByte(',')
		}
		found = true
		if arg != nil {
			q.args = append(q.args, arg)
			text.WriteString(l.db.dialect.placeholder(len(q.args)))
		} else {
			text.Write(literal)
		}
	}
	return l.end(q, text, found)
}

// integers completes the query with a list of integer keys, on the path of every users-info answer.
func integers[T int64 | uint64](l *lookup, q *query, text *strings.Builder, keys []T) error {
	if !l.key.accepts(T(0)) {
		return mappingFault(fmt.Sprintf("a key of type %T does not fit the key column", T(0)))
	}
	l.begin(q, text, len(keys))
	wide := l.db.dialect.wideUint()
	found := false
	var buffer [20]byte
	for _, k := range keys {
		unsigned := T(0)-1 > 0
		if unsigned && !wide && uint64(k) > math.MaxInt64 {
			continue
		}
		literal := buffer[:0]
		if unsigned {
			literal = strconv.AppendUint(literal, uint64(k), 10)
		} else {
			literal = strconv.AppendInt(literal, int64(k), 10)
		}
		if found {
			text.WriteByte(',')
		}
		found = true
		text.Write(literal)
	}
	return l.end(q, text, found)
}

// begin writes what stands before the keys.
func (l *lookup) begin(q *query, text *strings.Builder, keys int) {
	const guess = 12 // bytes of a key's literal and its comma
	q.rows = keys
	text.Grow(len(l.head) + keys*guess + len(l.tail) + guess)
	text.WriteString(l.head)
}

// end writes what stands behind the keys.
func (l *lookup) end(q *query, text *strings.Builder, found bool) error {
	if q.rows == 0 {
		return mappingFault("a look-up needs at least one key")
	}
	if found {
		text.WriteString(l.tail)
		text.WriteString(strconv.Itoa(l.limit(q.rows)))
		q.text = text.String()
	}
	return nil
}

// escape is LIKE's escape character: no backslash, so that no mode of a server changes it.
const escape = "!"

// wildcards escapes what LIKE would take for a pattern.
var wildcards = strings.NewReplacer(escape, escape+escape, "%", escape+"%", "_", escape+"_")

func searchText(args []any) (string, error) {
	if len(args) == 1 {
		if s, ok := args[0].(string); ok && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
			return "%" + wildcards.Replace(s) + "%", nil
		}
	}
	return "", mappingFault("a search takes one text in UTF-8")
}
