package sitedb

import (
	"fmt"
	"strconv"

	"github.com/chatpass/chatpass/userinfo"
)

// Pages prepares a look-up of rows in the order of a column, from a key on (OpGreaterEqual) or behind it (OpGreater). Texts stand and are compared as their collation has
// them, so that what it takes for equal stands together.
func (db *DB) Pages(s userinfo.Select, key string, from userinfo.Op, limit int) (userinfo.Lookup, error) {
	if err := checkIdentifiers(key); err != nil {
		return nil, err
	}
	if limit <= 0 || from != userinfo.OpGreater && from != userinfo.OpGreaterEqual || len(s.Order) > 0 {
		return nil, mappingFault("pages need a positive limit, a way to go on, and no order of their own")
	}
	b, err := db.build(s)
	if err != nil {
		return nil, err
	}
	column := db.quote(b.alias, key)
	l := &lookup{
		db: db, head: b.sql(), args: b.args, kind: lookupPage, key: db.factOf(s.Table, key), q: query{table: s.Table, width: b.width, rows: limit, mayBeSlow: true},
		tail: " ORDER BY " + column + " LIMIT " + strconv.Itoa(limit),
	}
	b.and()
	l.from = b.sql()[len(l.head):] + column + operators[from]
	return l, nil
}

// page completes the query of a page.
func (l *lookup) page(q *query, args []any) error {
	q.args = l.args[:len(l.args):len(l.args)]
	if len(args) == 0 {
		q.text = l.head + l.tail
		return nil
	}
	if len(args) > 1 || !l.key.accepts(args[0]) {
		return mappingFault(fmt.Sprintf("a key of type %T does not fit the key column", args[0]))
	}
	literal, arg, ok := l.db.literal(nil, args[0])
	if !ok {
		return mappingFault("a page cannot begin at a key that the database does not have")
	}
	if arg != nil {
		q.args = append(q.args, arg)
		literal = []byte(l.db.dialect.placeholder(len(q.args)))
	}
	q.text = l.head + l.from + string(literal) + l.tail
	return nil
}
