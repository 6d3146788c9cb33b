package userinfo

import (
	"bytes"
	"strings"
)

// check is what makes sure that the row a SELECT joined to a user's is meant. A collation takes ADMIN, admin and ádmin for one, and
// numbers kept as floats lose their last digits; to a chat they are different people.
type check struct {
	with, column int // places of the two columns that must be equal
	first, width int // the joined columns
	number       bool
}

// check notes what makes sure that the row of a join in the SELECT is meant.
func (b *binder) check(p *plan, j *joinBind) {
	with, at := b.place(j.on)
	c := check{with: at, column: j.first + j.read.at(j.column.Name), first: j.first, width: len(j.read.names)}
	c.number = with.Type == ColumnNumber || j.column.Type == ColumnNumber
	p.checks = append(p.checks, c)
}

// void empties the joined columns of a row that are another user's.
func (p *plan) void(row Row) {
	for _, c := range p.checks {
		if joined := row[c.column]; joined != nil && !c.same(row[c.with], joined) {
			clear(row[c.first : c.first+c.width])
		}
	}
}

func (c check) same(with, column []byte) bool {
	return with != nil && (bytes.Equal(with, column) || c.number && plainNumber(with) == plainNumber(column))
}

// plainNumber is a decimal without zeros at its end: 7.00 is 7.
func plainNumber(text []byte) string {
	if bytes.IndexByte(text, '.') < 0 {
		return string(text)
	}
	return strings.TrimSuffix(strings.TrimRight(string(text), "0"), ".")
}
