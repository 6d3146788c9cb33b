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
	float      bool  // a number that PHP wrote as a float, maybe without a dot
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
	hide     func(key string) bool // keys of elements that a star passes over; nil: none
}

// keptNodes bounds what a tree keeps for the next text: one large text must not hold memory for ever.
const keptNodes = 1024

var trees = sync.Pool{New: func() any { return new(tree) }}

// follow returns the converter that reads a text and gives what stands at p in it, without elements that hide holds for where every one is taken. It is safe for concurrent use.
func follow(p valuePath, read func(*tree) bool, hide func(key string) bool) Func {
	return func(dst, in []byte) []byte {
		if len(in) > maxText {
			return dst
		}
		if in = bytes.TrimSpace(in); len(in) == 0 {
			return dst
		}
		t := trees.Get().(*tree)
		t.hide = hide
		t.in, t.pos, t.elements, t.nodes = in, 0, 0, t.nodes[:0]
		if read(t) && len(t.nodes) > 0 {
			dst = t.give(dst, p)
		}
		t.in, t.hide = nil, nil
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
	n.next = int32(len(t.nodes) + 1)
	t.nodes = append(t.nodes, n)
	return true
}

// close says that the elements of the list at place at are complete.
func (t *tree) close(at int) {
	t.nodes[at].next = int32(len(t.nodes))
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

// hidden reports whether the element at place at is one to pass over. What has a place and no name never is.
func (t *tree) hidden(at int32) bool {
	return t.hide != nil && t.nodes[at].keyFrom >= 0 && t.hide(string(t.appendText(nil, ^at)))
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
		return bytes.ContainsAny(text, "123456789")
	case kindText:
		return len(text) > 0 && string(text) != "0"
	case kindList:
		return n.next > at+1
	default:
		return false
	}
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
