package sitedb

import (
	"fmt"
	"strconv"

	"gorm.io/gorm/clause"

	"github.com/chatpass/chatpass/userinfo"
)

// maxJoins bounds the joins of a look-up; MySQL and MariaDB join at most 61 tables.
const maxJoins = 60

// alias is the name of table n within a SELECT with joins: 0 is the first, n the n-th joined one.
func alias(n int) string { return "t" + strconv.Itoa(n) }

// checkJoins refuses names that are none and a table that stands before the one it refers to.
func checkJoins(joins []userinfo.Join) error {
	if len(joins) > maxJoins {
		return mappingFault(fmt.Sprintf("it joins more than %d tables", maxJoins))
	}
	for i, j := range joins {
		if j.Of < 0 || j.Of > i {
			return mappingFault(fmt.Sprintf("join %d is with a table that does not stand before it", i+1))
		}
		if err := checkIdentifiers(append([]string{j.Table, j.Column, j.With}, j.Columns...)...); err != nil {
			return err
		}
	}
	return nil
}

// join writes LEFT JOIN and its condition for the i-th join. What is not met leaves the row with NULLs, so its conditions belong here
// and not to WHERE.
func (b *builder) join(s userinfo.Select, i int) error {
	j, of := s.Joins[i], s.Table
	if s.Joins[i].Of > 0 {
		of = s.Joins[j.Of-1].Table
	}
	b.alias = alias(i + 1)
	column := side{text: b.db.quote(b.alias, j.Column), fact: b.db.factOf(j.Table, j.Column)}
	with := side{text: b.db.quote(alias(j.Of), j.With), fact: b.db.factOf(of, j.With)}
	on := equal(b.db.dialect, column, with)
	if on == "" {
		return mappingFault(fmt.Sprintf("column %s of table %s cannot be compared with column %s of table %s: their types are too different", j.Column, j.Table, j.With, of))
	}
	b.text(" LEFT JOIN ")
	b.stmt.WriteQuoted(clause.Table{Name: j.Table, Alias: b.alias})
	b.text(" ON " + on)
	b.where = true
	for _, c := range j.Where {
		if err := b.cond(c); err != nil {
			return err
		}
	}
	return nil
}

// kin is what a column can be compared with; the zero value is not known and left to the database.
type kin uint8

const (
	kinUnknown kin = iota
	kinInteger
	kinNumber
	kinText
	kinUUID
	kinBytes
	kinTime
	kinBool
)

func kinOf(t userinfo.ColumnType) kin {
	switch t {
	case userinfo.ColumnInt, userinfo.ColumnUint:
		return kinInteger
	case userinfo.ColumnNumber:
		return kinNumber
	case userinfo.ColumnText:
		return kinText
	case userinfo.ColumnUUID:
		return kinUUID
	case userinfo.ColumnBytes:
		return kinBytes
	case userinfo.ColumnTime, userinfo.ColumnTimestamp, userinfo.ColumnDate:
		return kinTime
	case userinfo.ColumnBool:
		return kinBool
	default:
		return kinUnknown
	}
}

// side is a quoted column and what is known of it.
type side struct {
	text string
	fact fact
}

// comparer is how a dialect compares columns of different types.
type comparer interface {
	// alike is the condition that two texts are equal as the joined column's collation has it.
	alike(column, with side) string
	// asText is an integer, number or uuid as its canonical text.
	asText(s side) string
	// asBytes is the UTF-8 of asText or of a text, or bytes as they are.
	asBytes(s side) string
	// parsed is a text as what the column holds, so that the column's index can be asked; any value or NULL for a text that is none.
	parsed(text, column side) string
}

// equal is the condition that a joined table's column equals the column it is joined with; empty if they cannot be compared. Columns
// of different types are equal if their canonical texts are, byte for byte: MySQL and SQLite would find 7 in '7abc' or '07', and
// PostgreSQL would refuse the query. Only the side before the join is converted where the joined column's index is asked.
func equal(d comparer, column, with side) string {
	c, w := column.fact.kin, with.fact.kin
	number := func(k kin) bool { return k == kinInteger || k == kinNumber }
	switch {
	case c == kinText && w == kinText:
		return d.alike(column, with)
	case c == w, c == kinUnknown, w == kinUnknown, number(c) && number(w):
		return column.text + " = " + with.text
	case c == kinTime, w == kinTime, c == kinBool, w == kinBool:
		return ""
	}
	exact := d.asBytes(column) + " = " + d.asBytes(with)
	switch {
	case c == kinText && w != kinBytes && !column.fact.alone:
		return column.text + " = " + d.asText(with) + " AND " + exact
	case w == kinText && (c == kinInteger || c == kinUUID):
		return column.text + " = " + d.parsed(with, column) + " AND " + exact
	default:
		return exact
	}
}
