package userinfo

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/userinfo/convert"
)

// truth is what a condition says of a row. As in SQL a comparison with NULL is neither true nor false.
type truth uint8

const (
	no truth = iota
	yes
	unknown
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// holds tells whether a condition holds for a row.
func (b *boolean) holds(d *decoder, row Row) truth {
	switch b.op {
	case opConst:
		return truthOf(b.truth)
	case opGone:
		return yes
	case opAnd, opOr:
		return b.combined(d, row)
	case opNever:
		return truthOf(b.kids[0].holds(d, row) != yes)
	case opNot:
		switch b.kids[0].holds(d, row) {
		case yes:
			return no
		case no:
			return yes
		default:
			return unknown
		}
	case opOf:
		text := d.first(d.take(), &b.bound, row)
		found := slices.ContainsFunc(b.in, func(s string) bool { return s == string(text) })
		d.give(text)
		return truthOf(found)
	}
	var cell []byte
	if b.index >= 0 {
		cell = d.cell(row, b.index)
	}
	switch b.op {
	case opSet:
		return truthOf(cell != nil)
	case opEmpty:
		return truthOf(len(bytes.TrimSpace(cell)) == 0)
	case opLike:
		if cell == nil {
			return unknown
		}
		return truthOf(matches(string(bytes.ToLower(cell)), strings.ToLower(b.like)))
	case opBits:
		if cell == nil {
			return unknown
		}
		n, ok := parseUint(string(cell))
		return truthOf(ok && n&b.mask == b.mask)
	default:
		return b.compare(cell, d.zone())
	}
}

// combined is AND and OR of three values.
func (b *boolean) combined(d *decoder, row Row) truth {
	end := no // what one kid alone decides
	if b.op == opOr {
		end = yes
	}
	result := truthOf(end == no)
	for _, k := range b.kids {
		switch k.holds(d, row) {
		case end:
			return end
		case unknown:
			result = unknown
		}
	}
	return result
}

// compare holds a cell against the values of a test.
func (b *boolean) compare(cell []byte, zone *time.Location) truth {
	switch b.test.op {
	case OpNull:
		return truthOf(cell == nil)
	case OpNotNull:
		return truthOf(cell != nil)
	}
	if cell == nil {
		return unknown
	}
	if b.now {
		if b.column.Type == ColumnTimestamp {
			zone = time.UTC
		}
		return truthOf(ordered(b.test.op, convert.Time(cell, zone).Compare(time.Now())))
	}
	switch b.test.op {
	case OpIn, OpNotIn:
		found := slices.ContainsFunc(b.test.values, func(l literal) bool { return compareLiteral(cell, l) == 0 })
		return truthOf(found == (b.test.op == OpIn))
	default:
		return truthOf(ordered(b.test.op, compareLiteral(cell, b.test.values[0])))
	}
}

// ordered tells whether an order of two values is what an operator asks for.
func ordered(op Op, order int) bool {
	switch op {
	case OpEqual:
		return order == 0
	case OpNotEqual:
		return order != 0
	case OpLess:
		return order < 0
	case OpLessEqual:
		return order <= 0
	case OpGreater:
		return order > 0
	case OpGreaterEqual:
		return order >= 0
	default:
		return false
	}
}

// compareLiteral compares a cell with a value as a condition spells it: numbers as numbers, truths with 0 and 1, all else as text.
func compareLiteral(cell []byte, l literal) int {
	if !l.quoted {
		switch l.text {
		case "true", "false":
			want := "0"
			if l.text == "true" {
				want = "1"
			}
			have := "1"
			if text := strings.ToLower(string(bytes.TrimSpace(cell))); text == "" || text == "0" || text == "f" || text == "false" || text == "\x00" {
				have = "0"
			}
			return strings.Compare(have, want)
		}
		return compareTexts(string(bytes.TrimSpace(cell)), l.text)
	}
	return bytes.Compare(cell, []byte(l.text))
}

// compareTexts compares numbers as numbers and everything else as texts.
func compareTexts(a, b string) int {
	m, err1 := strconv.ParseInt(a, 10, 64)
	n, err2 := strconv.ParseInt(b, 10, 64)
	if err1 == nil && err2 == nil {
		switch {
		case m < n:
			return -1
		case m > n:
			return 1
		}
		return 0
	}
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err1 == nil && err2 == nil {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return strings.Compare(a, b)
}

// matches tells whether a text fits a pattern in which % stands for any text and _ for one character. It takes time in proportion to
// the product of their lengths at most.
func matches(text, pattern string) bool {
	t, p := []rune(text), []rune(pattern)
	i, j, star, mark := 0, 0, -1, 0
	for i < len(t) {
		switch {
		case j < len(p) && p[j] == '%':
			star, mark = j, i
			j++
		case j < len(p) && (p[j] == '_' || p[j] == t[i]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	for j < len(p) && p[j] == '%' {
		j++
	}
	return j == len(p)
}
