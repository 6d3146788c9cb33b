package convert

import "encoding/json"

// NewJSON returns the converter that gives what stands at path within a JSON text; paths, results and limits are those of [NewPHP]. Elements of an
// array have the names 0, 1, 2 …; numbers are given as they are written, however large; keys are in the order of the text.
func NewJSON(path string) (Func, error) { return NewJSONWithout(path, nil) }

// NewJSONWithout returns the converter of [NewJSON] that passes over elements as that of [NewPHPWithout] does.
func NewJSONWithout(path string, hide func(key string) bool) (Func, error) {
	p, err := parsePath(path)
	if err != nil {
		return nil, err
	}
	return follow(p, readJSON, hide), nil
}

// jsonReader walks through a text that is known to be JSON, so that it need not ask for its end.
type jsonReader struct{ *tree }

func readJSON(t *tree) bool {
	if !json.Valid(t.in) {
		return false
	}
	return jsonReader{t}.value(node{}, 0)
}

// value reads the value at r.pos into n, which holds its key. level is the number of lists around it.
func (r jsonReader) value(n node, level int) bool {
	r.blanks()
	switch r.in[r.pos] {
	case '{', '[':
		n.kind = kindList
		return level < maxLevels && r.list(n, level+1)
	case '"':
		var escaped bool
		n.from, n.to, escaped = r.text()
		if n.kind = kindText; escaped {
			n.kind = kindEscaped
		}
		return r.add(n)
	case 't':
		r.pos += len("true")
		n.kind = kindTrue
		return r.add(n)
	case 'f':
		r.pos += len("false")
		return r.add(n)
	case 'n':
		r.pos += len("null")
		return r.add(n)
	default:
		n.kind = kindNumber
		n.from = int32(r.pos)
		for r.pos < len(r.in) && inNumber(r.in[r.pos]) {
			r.pos++
		}
		n.to = int32(r.pos)
		return r.add(n)
	}
}

// list reads an object or an array from its opening bracket to behind its closing one.
func (r jsonReader) list(n node, level int) bool {
	if !r.add(n) {
		return false
	}
	at := len(r.nodes) - 1
	object := r.in[r.pos] == '{'
	r.pos++
	for place := int32(0); ; place++ {
		r.blanks()
		switch r.in[r.pos] {
		case '}', ']':
			r.pos++
			r.close(at)
			return true
		case ',':
			r.pos++
			r.blanks()
		}
		element := node{keyFrom: -1, keyTo: place}
		if object {
			element.keyFrom, element.keyTo, element.keyEscaped = r.text()
			r.blanks()
			r.pos++ // the colon
		}
		if !r.value(element, level) {
			return false
		}
	}
}

// text reads the string at r.pos and returns where it stands without its quotes.
func (r jsonReader) text() (from, to int32, escaped bool) {
	r.pos++
	start := r.pos
	for r.in[r.pos] != '"' {
		if r.in[r.pos] == '\\' {
			escaped = true
			r.pos++
		}
		r.pos++
	}
	from, to = int32(start), int32(r.pos)
	r.pos++
	return from, to, escaped
}

func (r jsonReader) blanks() {
	for r.in[r.pos] == ' ' || r.in[r.pos] == '\t' || r.in[r.pos] == '\n' || r.in[r.pos] == '\r' {
		r.pos++
	}
}

func inNumber(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}
