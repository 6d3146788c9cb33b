package sitedb

import (
	"fmt"
	"regexp"

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
	alias string // of the table whose columns are written; empty when there is only one table
	width int    // columns of the answer
}

func (b *builder) text(s string)      { b.stmt.SQL.WriteString(s) }
func (b *builder) column(name string) { b.stmt.WriteQuoted(clause.Column{Table: b.alias, Name: name}) }
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

// quote is a column's name as the dialect quotes it, behind the alias of its table if that is not empty.
func (db *DB) quote(alias, name string) string {
	stmt := &gorm.Statement{DB: db.gorm}
	stmt.WriteQuoted(clause.Column{Table: alias, Name: name})
	return stmt.SQL.String()
}

// build writes SELECT, FROM, the joins and the where-conditions.
func (db *DB) build(s userinfo.Select) (*builder, error) {
	if err := checkIdentifiers(append([]string{s.Table}, s.Columns...)...); err != nil {
		return nil, err
	}
	if len(s.Columns) == 0 {
		return nil, mappingFault("it maps no column")
	}
	if err := checkJoins(s.Joins); err != nil {
		return nil, err
	}
	b := &builder{db: db, stmt: &gorm.Statement{DB: db.gorm}}
	main := ""
	if len(s.Joins) > 0 {
		main = alias(0)
	}
	b.text("SELECT ")
	b.columns(main, s.Columns)
	for i, j := range s.Joins {
		b.columns(alias(i+1), j.Columns)
	}
	if s.TellOf < 0 || s.TellOf > len(s.Joins) {
		return nil, mappingFault("it tells of a table that it does not read")
	}
	told := main
	if s.TellOf > 0 {
		told = alias(s.TellOf)
	}
	if err := b.tell(told, s.Tell); err != nil {
		return nil, err
	}
	b.text(" FROM ")
	b.stmt.WriteQuoted(clause.Table{Name: s.Table, Alias: main})
	for i := range s.Joins {
		if err := b.join(s, i); err != nil {
			return nil, err
		}
	}
	b.alias, b.where = main, false
	for _, c := range s.Where {
		if err := b.cond(c); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// tell adds the cell that says whether conditions hold.
func (b *builder) tell(alias string, conds []userinfo.Cond) error {
	if len(conds) == 0 {
		return nil
	}
	b.alias, b.where = alias, true
	b.text(",CASE WHEN 1=1")
	for _, c := range conds {
		if err := b.cond(c); err != nil {
			return err
		}
	}
	b.text(" THEN 1 ELSE 0 END")
	b.width++
	return nil
}

// columns adds columns of a table to the answer.
func (b *builder) columns(alias string, names []string) {
	b.alias = alias
	for _, name := range names {
		if b.width > 0 {
			b.text(",")
		}
		b.column(name)
		b.width++
	}
}

// order writes ORDER BY.
func (b *builder) order(by []userinfo.Order) error {
	for i, o := range by {
		if err := checkIdentifiers(o.Column); err != nil {
			return err
		}
		if i == 0 {
			b.text(" ORDER BY ")
		} else {
			b.text(",")
		}
		b.text(b.db.dialect.order(b.db.quote(b.alias, o.Column), o.Descending))
	}
	return nil
}
