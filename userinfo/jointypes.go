package userinfo

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// uuidForm is how the UUIDs of the two columns of a join are written.
type uuidForm uint8

const (
	uuidSame   uuidForm = iota // alike, or none are
	uuidToText                 // bytes are looked for as their text
	uuidToRaw                  // a text is looked for as its bytes
)

// uuidForms tells the joins of which one column holds the bytes of a UUID and the other its text. A database compares these as bytes,
// which are never equal.
func uuidForms(on, column Column) uuidForm {
	raw := func(c Column) bool { return c.Type == ColumnBytes && c.Size == 16 }
	text := func(c Column) bool { return c.Type == ColumnUUID || c.Type == ColumnText && c.Size == 36 }
	switch {
	case raw(on) && text(column):
		return uuidToText
	case text(on) && raw(column):
		return uuidToRaw
	default:
		return uuidSame
	}
}

// fraction and inexact are the numbers whose text is not that of an integer: those with decimals, and floats.
var (
	fraction = regexp.MustCompile(`,\s*[1-9]`)
	inexact  = regexp.MustCompile(`(?i)^(float|double|real)`)
)

// canMeet tells whether values of two columns can be equal, as the database compares them (left) or as a query of its own asks.
func canMeet(on, column Column, left bool) bool {
	if on.Type == ColumnOther || column.Type == ColumnOther || uuidForms(on, column) != uuidSame {
		return true
	}
	if on.Type == ColumnNumber && !left && inexact.MatchString(on.DBType) {
		return false // beyond 2^53 it is another's
	}
	if groupOf(on.Type) == groupOf(column.Type) {
		return on.Type != ColumnBytes || left || on.Size == column.Size
	}
	return oneMeets(on, column) || oneMeets(column, on)
}

// oneMeets tells it for two types that are not alike, in one of their orders.
func oneMeets(a, b Column) bool {
	switch a.Type {
	case ColumnText:
		switch b.Type {
		case ColumnInt, ColumnUint:
			return true
		case ColumnNumber:
			return !fraction.MatchString(b.DBType) && !inexact.MatchString(b.DBType)
		case ColumnUUID:
			return a.Size == 0 || a.Size >= 36
		}
	case ColumnBytes: // those of another length may hold digits
		return (b.Type == ColumnInt || b.Type == ColumnUint) && a.Size != 16
	}
	return false
}

// groupOf names the types that compare alike by one of them.
func groupOf(t ColumnType) ColumnType {
	switch t {
	case ColumnUint, ColumnNumber:
		return ColumnInt
	case ColumnTimestamp, ColumnDate:
		return ColumnTime
	default:
		return t
	}
}

// meets checks that a join can find anything. One that never does would show those whom it should hide; one that may be missing and
// hides nobody is as good as missing.
func (b *binder) meets(j *joinBind) bool {
	on := b.asks(j.on)
	if canMeet(on, j.column, j.left) {
		return true
	}
	if j.absent = j.Optional && !b.decides(j.As); j.absent {
		return false
	}
	b.fault(j.Place, fmt.Sprintf("compares column %s of type %s with column %s of type %s, whose values can never be equal", j.column.Name, j.column.DBType, on.Name, on.DBType),
		"join on columns of one type")
	return false
}

// asks is the column whose values a join is asked with.
func (b *binder) asks(r ref) Column {
	columns, name := b.found.columns, r.name
	if r.alias != "" {
		before := b.joins[r.alias]
		if columns = before.columns; before.Kind == JoinKV {
			name = before.Value
		}
	}
	col, _ := findColumn(columns, name)
	return col
}

// asked is what the join is asked with for a user.
func (q *beside) asked(row Row) (ID, bool) {
	if q.on < 0 || len(row[q.on]) == 0 {
		return "", false
	}
	cell := row[q.on]
	switch {
	case q.uuid == uuidToText:
		return KeyUUIDBytes.FromCell(cell)
	case q.uuid == uuidToRaw:
		return q.key.Parse(strings.ToLower(string(cell)))
	case q.number:
		return q.key.Parse(plainNumber(cell))
	default:
		return q.key.FromCell(cell)
	}
}

// args are the keys of a query. A text may hold a UUID in upper case.
func (q *beside) args(set *idSet) []any {
	args := q.key.args(set)
	if q.uuid == uuidToText && q.key == KeyText {
		for _, id := range set.ids {
			args = append(args, strings.ToUpper(string(id)))
		}
	}
	return args
}

// found is the key of a row of the join.
func (q *beside) found(dst, cell []byte) ([]byte, bool) {
	if q.uuid == uuidToText {
		cell = bytes.ToLower(cell)
	}
	return q.key.appendKey(dst, cell)
}
