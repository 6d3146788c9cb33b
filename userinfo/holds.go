package userinfo

import (
	"bytes"
	"slices"
	"strings"
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
		return truthOf(matches(string(bytes.ToLower(cell)), strings.ToLower(b.like), true))
	case opBits:
		n, ok := wholeBits(cell)
		if !ok { // a no would let "not" hold
			return unknown
		}
		return truthOf(n&b.mask == b.mask)
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

// matches tells whether a text fits a pattern in which % stands for any text, and _ for one character if single is set. It takes time
// in proportion to the product of their lengths at most.
func matches(text, pattern string, single bool) bool {
	t, p := []rune(text), []rune(pattern)
	i, j, star, mark := 0, 0, -1, 0
	for i < len(t) {
		switch {
		case j < len(p) && p[j] == '%':
			star, mark = j, i
			j++
		case j < len(p) && (single && p[j] == '_' || p[j] == t[i]):
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
