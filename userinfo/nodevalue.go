package userinfo

import (
	"bytes"
	"slices"
	"strings"
)

// value appends what a node gives for a row.
func (d *decoder) value(dst []byte, n *node, row Row) []byte {
	switch n.kind {
	case nodeCall:
		if n.calls != nil {
			return d.moment(dst, n, row)
		}
		in := d.first(d.take(), &n.bound[0], row)
		if len(in) > 0 || n.onEmpty {
			dst = n.call(dst, in)
		}
		d.give(in)
		return dst
	case nodeJoin:
		return d.joined(dst, n, row)
	case nodeMax:
		return d.greatest(dst, n, row)
	case nodeCase:
		for i := range n.cases {
			if n.cases[i].when.holds(d, row) == yes {
				return d.first(dst, &n.cases[i].bound, row)
			}
		}
		if n.boundOr != nil {
			return d.first(dst, n.boundOr, row)
		}
		return dst
	case nodeFirst:
	}
	start := len(dst)
	for i := range n.bound {
		if dst = d.first(dst, &n.bound[i], row); !blankOrZero(dst[start:]) {
			return dst
		}
		dst = dst[:start]
	}
	return dst
}

// moment appends the first alternative that is a point in time.
func (d *decoder) moment(dst []byte, n *node, row Row) []byte {
	start := len(dst)
	in := d.take()
	for i := range n.bound[0].alts {
		if in = d.alternative(in[:0], &n.bound[0].alts[i], row); len(in) == 0 {
			continue
		}
		if dst = n.calls[i](dst, in); len(dst) > start {
			break
		}
	}
	d.give(in)
	return dst
}

func (d *decoder) joined(dst []byte, n *node, row Row) []byte {
	start := len(dst)
	for i := range n.bound {
		before := len(dst)
		if before > start {
			dst = append(dst, n.sep...)
		}
		filled := len(dst)
		if dst = d.first(dst, &n.bound[i], row); len(dst) == filled {
			dst = dst[:before]
		}
	}
	return dst
}

// greatest appends the greatest operand: as numbers, or where one is none as texts.
func (d *decoder) greatest(dst []byte, n *node, row Row) []byte {
	var best string
	in := d.take()
	for i := range n.bound {
		in = d.first(in[:0], &n.bound[i], row)
		if len(in) > 0 && (best == "" || compareTexts(string(in), best) > 0) {
			best = string(in)
		}
	}
	d.give(in)
	return append(dst, best...)
}

// blankOrZero tells what a person calls empty: nothing, 0, and zero dates.
func blankOrZero(text []byte) bool {
	if len(bytes.TrimSpace(text)) > 0 && bytes.IndexByte(text, '0') < 0 {
		return false
	}
	return !slices.ContainsFunc(text, func(c byte) bool { return !strings.ContainsRune(" \t\r\n0:-.T", rune(c)) })
}

// take and give lend a buffer to a node, so that nodes within nodes do not write into each other's.
func (d *decoder) take() []byte {
	if last := len(d.spare) - 1; last >= 0 {
		b := d.spare[last]
		d.spare = d.spare[:last]
		return b[:0]
	}
	return make([]byte, 0, 64)
}

func (d *decoder) give(b []byte) { d.spare = append(d.spare, b) }
