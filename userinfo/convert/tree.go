package convert

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync"
)

// Limits of the texts that [NewPHP] and [NewJSON] read. What goes beyond them reads as nothing.
const (
	maxText     = 64 << 10 // bytes; a setting or a list of sessions has a few hundred, and the cell of a blob column may have gigabytes
	maxLevels   = 16       // lists within lists; it also bounds the recursion of the readers
	maxElements = 10_000   // values in all lists together
)

// kind says what a value is.
type kind uint8

const (
	kindNone    kind = iota // null, false, and what is never made of PHP: objects and references
	kindTrue                //
	kindNumber              //
	kindText                //
	kindEscaped             // a text of JSON with backslashes in it
	kindList                // a list or a JSON object
)

// node is a value as places in the text it stands in, so that reading allocates nothing. Nodes are in the order of the text: the elements of
// a list stand right behind it, and next is the first node that is not within it.
type node struct {
	kind       kind
	keyEscaped bool
	keyFrom    int32 // -1: the element has no name but a place, which is keyTo
	keyTo      int32
	from, to   int32
	next       int32
}

// tree is a text that was read, and the room in which a path is followed. An item is the place of a node; its complement means that node's key.
type tree struct {
	in       []byte
	pos      int
	elements int
	nodes    []node
	items    []int32
	spare    []int32
}

// keptNodes bounds what a tree keeps for the next text: one large text must not hold memory for ever.
const keptNodes = 1024

var trees = sync.Pool{New: func() any { return new(tree) }}

// follow returns the converter that reads a text and gives what stands at p in it. It is safe for concurrent use.
func follow(p valuePath, read func(*tree) bool) Func {
	return func(dst, in []byte) []byte {
		if len(in) > maxText {
			return dst
		}
		if in = bytes.TrimSpace(in); len(in) == 0 {
			return dst
		}
		t := trees.Get().(*tree) //nolint:errcheck,revive // the pool holds nothing else
		t.in, t.pos, t.elements, t.nodes = in, 0, 0, t.nodes[:0]
		if read(t) && len(t.nodes) > 0 {
			dst = t.give(dst, p)
		}
		t.in = nil
		if cap(t.nodes) <= keptNodes {
			trees.Put(t)
		}
		return dst
	}
}

// add appends a node that ends where it begins; false when there are too many.
func (t *tree) add(n node) bool {
	if t.elements++; t.elements > maxElements {
		return false
	}
	n.next = int32(len(t.nodes) + 1) //nolint:gosec // at most maxElements
	t.nodes = append(t.nodes, n)
	return true
}

// close says that the elements of the list at place at are complete.
func (t *tree) close(at int) {
	t.nodes[at].next = int32(len(t.nodes)) //nolint:gosec // at most maxElements
}

// give appends what p leads to.
func (t *tree) give(dst []byte, p valuePath) []byte {
	t.items = append(t.items[:0], 0)
	many := false // whether the items are a list, and not one value that may be a list itself
	for _, s := range p.steps {
		t.spare = t.spare[:0]
		for _, at := range t.items {
			t.step(at, s)
		}
		many = many || s.every
		t.items, t.spare = t.spare, t.items
	}
	for _, f := range p.funcs {
		if f == "keys" {
			t.keys()
			many = true
			continue
		}
		if !many {
			t.open()
			many = true
		}
		switch f {
		case "count":
			return strconv.AppendInt(dst, int64(len(t.items)), 10) // whatever stands around it: the first, last, greatest of one number is itself
		case "first":
			t.only(t.first())
		case "last":
			t.only(t.last())
		case "max":
			t.only(t.most(1))
		case "min":
			t.only(t.most(-1))
		}
	}
	if !many {
		t.open()
	}
	return t.join(dst)
}

// step appends to the spare items those that s leads to from the node at place at.
func (t *tree) step(at int32, s step) {
	if t.nodes[at].kind != kindList {
		return
	}
	found := int32(-1)
	for child := at + 1; child < t.nodes[at].next; child = t.nodes[child].next {
		switch {
		case s.every:
			t.spare = append(t.spare, child)
		case t.named(child, s):
			found = child // of a name that stands twice the last counts, as for all who read such texts
		}
	}
	if found >= 0 {
		t.spare = append(t.spare, found)
	}
}

func (t *tree) named(at int32, s step) bool {
	n := &t.nodes[at]
	switch {
	case n.keyFrom < 0:
		return n.keyTo == s.index
	case n.keyEscaped:
		return string(t.appendText(nil, ^at)) == s.name
	default:
		return string(t.in[n.keyFrom:n.keyTo]) == s.name
	}
}

// open replaces one list by its elements.
func (t *tree) open() {
	if len(t.items) != 1 || t.items[0] < 0 || t.nodes[t.items[0]].kind != kindList {
		return
	}
	t.spare = t.spare[:0]
	t.step(t.items[0], step{every: true})
	t.items, t.spare = t.spare, t.items
}

// keys replaces the items by the keys of their elements whose value is not false or empty.
func (t *tree) keys() {
	t.spare = t.spare[:0]
	for _, at := range t.items {
		if t.nodes[at].kind != kindList {
			continue
		}
		for child := at + 1; child < t.nodes[at].next; child = t.nodes[child].next {
			if t.truthy(child) {
				t.spare = append(t.spare, ^child)
			}
		}
	}
	t.items, t.spare = t.spare, t.items
}

// truthy reports what PHP holds for true: not null, false, 0, "0", "" or an empty list.
func (t *tree) truthy(at int32) bool {
	n := &t.nodes[at]
	text := t.in[n.from:n.to]
	switch n.kind {
	case kindTrue, kindEscaped:
		return true
	case kindNumber:
		if e := bytes.IndexAny(text, "eE"); e >= 0 {
			text = text[:e]
		}
		return bytes.IndexAny(text, "123456789") >= 0
	case kindText:
		return len(text) > 0 && string(text) != "0"
	case kindList:
		return n.next > at+1
	default:
		return false
	}
}

func (t *tree) only(at int) {
	if at < 0 {
		t.items = t.items[:0]
		return
	}
	t.items[0] = t.items[at]
	t.items = t.items[:1]
}

func (t *tree) first() int {
	for i := range t.items {
		if t.hasText(t.items[i]) {
			return i
		}
	}
	return -1
}

func (t *tree) last() int {
	for i := len(t.items) - 1; i >= 0; i-- {
		if t.hasText(t.items[i]) {
			return i
		}
	}
	return -1
}

// most finds the greatest number (sign 1) or the least (sign -1); what is no number does not count.
func (t *tree) most(sign int) int {
	best, number := -1, []byte(nil)
	for i, item := range t.items {
		if this := t.number(item); this != nil && (best < 0 || compareNumbers(this, number)*sign > 0) {
			best, number = i, this
		}
	}
	return best
}

// number is the text of an item that is a number or reads as one, else nil.
func (t *tree) number(item int32) []byte {
	var text []byte
	if item >= 0 {
		n := &t.nodes[item]
		if n.kind != kindNumber && n.kind != kindText {
			return nil
		}
		text = t.in[n.from:n.to]
	} else if n := &t.nodes[^item]; n.keyFrom >= 0 {
		text = t.in[n.keyFrom:n.keyTo]
	}
	if !isNumber(text) {
		return nil
	}
	return text
}

// hasText reports whether appendText would append anything.
func (t *tree) hasText(item int32) bool {
	if item < 0 {
		n := &t.nodes[^item]
		return n.keyFrom < 0 || n.keyFrom < n.keyTo
	}
	n := &t.nodes[item]
	switch n.kind {
	case kindTrue:
		return true
	case kindNumber, kindText, kindEscaped:
		return n.from < n.to
	default:
		return false
	}
}

// join appends the items that have a text, with commas between.
func (t *tree) join(dst []byte) []byte {
	empty := true
	for _, item := range t.items {
		if !t.hasText(item) {
			continue
		}
		if !empty {
			dst = append(dst, ',')
		}
		dst, empty = t.appendText(dst, item), false
	}
	return dst
}

func (t *tree) appendText(dst []byte, item int32) []byte {
	if item < 0 {
		n := &t.nodes[^item]
		switch {
		case n.keyFrom < 0:
			return strconv.AppendInt(dst, int64(n.keyTo), 10)
		case n.keyEscaped:
			return appendUnquoted(dst, t.in[n.keyFrom-1:n.keyTo+1])
		default:
			return append(dst, t.in[n.keyFrom:n.keyTo]...)
		}
	}
	n := &t.nodes[item]
	switch n.kind {
	case kindTrue:
		return append(dst, '1')
	case kindNumber, kindText:
		return append(dst, t.in[n.from:n.to]...)
	case kindEscaped:
		return appendUnquoted(dst, t.in[n.from-1:n.to+1])
	default:
		return dst
	}
}

// appendUnquoted appends the text that a JSON string with its quotes stands for.
func appendUnquoted(dst, quoted []byte) []byte {
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return dst
	}
	return append(dst, text...)
}
