package convert

import (
	"bytes"
	"encoding/json"
	"iter"
	"strconv"
)

// MaxValueText is the most bytes of a text that [ReadJSON], [ReadPHP] and [ReadPHPSession] read: a session with a cart in it has some 10 KiB.
const MaxValueText = 1 << 20

// ValueKind says what a [Value] is.
type ValueKind uint8

// The kinds of values. An object of PHP is NoValue: it is skipped over and never made.
const (
	NoValue ValueKind = iota // null, false, an object, a reference, or no value at all
	TrueValue
	NumberValue
	TextValue
	ListValue // an array or a JSON object
)

// Value is one value of a text that was read. The zero Value is NoValue. A Value is safe for concurrent use.
type Value struct {
	t  *tree
	at int32
}

// ReadJSON reads a whole JSON text. It returns false for one that is broken, longer than [MaxValueText], deeper than 16 levels or of more than 10,000
// elements. The value refers to in, which must not change any more.
func ReadJSON(in []byte) (Value, bool) { return readValue(in, readJSON) }

// ReadPHP reads a whole text of PHP's serialize(); limits are those of [ReadJSON], and a single text in it has less than 1,000,000 bytes.
func ReadPHP(in []byte) (Value, bool) { return readValue(in, readPHP) }

// ReadPHPSession reads what PHP's session handlers "php" (name|value …) and, if binary, "php_binary" (length of the name, name, value …) write, as one
// list; limits are those of [ReadPHP].
func ReadPHPSession(in []byte, binary bool) (Value, bool) {
	return readValue(in, func(t *tree) bool {
		r := phpReader{tree: t}
		if !r.add(node{kind: kindList}) {
			return false
		}
		for r.pos < len(r.in) {
			n, ok := r.sessionName(binary)
			if !ok || !r.value(n, 1) {
				return false
			}
		}
		r.close(0)
		return true
	})
}

func readValue(in []byte, read func(*tree) bool) (Value, bool) {
	if len(in) > MaxValueText {
		return Value{}, false
	}
	const perValue = 24 // bytes, in a list of sessions; more room than needed is given back soon
	t := &tree{in: in, nodes: make([]node, 0, min(4+len(in)/perValue, 64))}
	if !read(t) || len(t.nodes) == 0 {
		return Value{}, false
	}
	return Value{t: t}, true
}

// sessionName reads the name in front of a value of a session.
func (r *phpReader) sessionName(binary bool) (n node, ok bool) {
	size := bytes.IndexByte(r.in[r.pos:], '|')
	if binary {
		size = int(r.in[r.pos])
		r.pos++
		if size > 127 { // the high bit once said that the name has no value; PHP 7 and later never write it
			return n, false
		}
	}
	if size < 0 || size > len(r.in)-r.pos {
		return n, false
	}
	n.keyFrom, n.keyTo = int32(r.pos), int32(r.pos+size)
	r.pos += size
	if !binary {
		r.pos++
	}
	return n, true
}

// Kind returns what the value is.
func (v Value) Kind() ValueKind {
	if v.t == nil {
		return NoValue
	}
	switch v.t.nodes[v.at].kind {
	case kindTrue:
		return TrueValue
	case kindNumber:
		return NumberValue
	case kindText, kindEscaped:
		return TextValue
	case kindList:
		return ListValue
	case kindNone:
	}
	return NoValue
}

// Whole reports whether the value is a number that its writer held for a whole one: 7, but neither 7.0 nor 7e0, nor a float of PHP, however it is written.
func (v Value) Whole() bool {
	if v.Kind() != NumberValue {
		return false
	}
	n := &v.t.nodes[v.at]
	return !n.float && isWhole(v.t.in[n.from:n.to])
}

// Text returns a text as it is and a number as it is written, "1" for true, and "" for everything else.
func (v Value) Text() string {
	if v.t == nil {
		return ""
	}
	if n := &v.t.nodes[v.at]; n.kind == kindEscaped {
		var text string
		if json.Unmarshal(v.t.in[n.from-1:n.to+1], &text) != nil {
			return ""
		}
		return text
	}
	return string(v.t.appendText(nil, v.at))
}

// Truthy reports what PHP holds for true: not null, false, 0, "0", "", an object or an empty list.
func (v Value) Truthy() bool { return v.t != nil && v.t.truthy(v.at) }

// At returns what stands under names, from the value inwards: an element of a list without names has the name of its place, from "0". It returns NoValue
// where a name is not there; of a name that stands twice the last counts.
func (v Value) At(names ...string) Value {
	for _, name := range names {
		if v.Kind() != ListValue {
			return Value{}
		}
		s, found := newStep(name), int32(-1)
		for child := v.at + 1; child < v.t.nodes[v.at].next; child = v.t.nodes[child].next {
			if v.t.named(child, s) {
				found = child
			}
		}
		if found < 0 {
			return Value{}
		}
		v.at = found
	}
	return v
}

// Only is [Value.At] for who must not believe either of two: it returns false where one of the names stands twice.
func (v Value) Only(names ...string) (Value, bool) {
	for _, name := range names {
		if v.Kind() != ListValue {
			return Value{}, true
		}
		s, times := newStep(name), 0
		for child := v.at + 1; child < v.t.nodes[v.at].next; child = v.t.nodes[child].next {
			if v.t.named(child, s) {
				times++
			}
		}
		if times > 1 {
			return Value{}, false
		}
		v = v.At(name)
	}
	return v, true
}

// Len returns the number of elements of a list, 0 for everything else.
func (v Value) Len() int {
	n := 0
	for range v.All() {
		n++
	}
	return n
}

// All gives the names and elements of a list in the order of the text, a name that stands twice twice; nothing for everything else.
func (v Value) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.Kind() != ListValue {
			return
		}
		for child := v.at + 1; child < v.t.nodes[v.at].next; child = v.t.nodes[child].next {
			if !yield(v.t.name(child), Value{t: v.t, at: child}) {
				return
			}
		}
	}
}

// name returns the name of the element at place at, which for one without is its place.
func (t *tree) name(at int32) string {
	if n := &t.nodes[at]; n.keyFrom < 0 {
		return strconv.Itoa(int(n.keyTo))
	}
	return string(t.appendText(nil, ^at))
}
