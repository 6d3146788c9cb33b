package convert

import "bytes"

// NewPHP returns the converter that gives what stands at path within a text of PHP's serialize(). Paths are described in docs/mapping-language.md;
// the empty path is the whole value. True is 1; false, null, objects and references are empty; numbers are given as they are written; a list gives its elements that have a
// text with commas between, in their order. A text that is broken, longer than 64 KiB, deeper than 16 levels or of more than 10,000 elements gives
// nothing. The error says what is wrong with path.
//
// Objects are skipped over and never made: nothing of what a site's users can write becomes a value with behaviour.
func NewPHP(path string) (Func, error) { return NewPHPWithout(path, nil) }

// NewPHPWithout returns the converter of [NewPHP] that passes over elements whose key hide holds for, wherever path takes every element: at a star,
// and where it leads to a list. Elements that path names are given. A nil hide holds for none.
func NewPHPWithout(path string, hide func(key string) bool) (Func, error) {
	p, err := parsePath(path)
	if err != nil {
		return nil, err
	}
	return follow(p, readPHP, hide), nil
}

// phpReader reads the value at t.pos. hidden counts the objects it is within: their elements are read, to find their end, but not kept.
type phpReader struct {
	*tree
	hidden int
}

func readPHP(t *tree) bool {
	r := phpReader{tree: t}
	return r.value(node{}, 0) && r.pos == len(r.in)
}

// value reads one value into n, which holds its key. level is the number of lists around it.
func (r *phpReader) value(n node, level int) bool {
	if r.take("N;") {
		return r.keep(n)
	}
	if r.pos+1 >= len(r.in) || r.in[r.pos+1] != ':' {
		return false
	}
	tag := r.in[r.pos]
	r.pos += 2
	switch tag {
	case 'b':
		if r.take("1;") {
			n.kind = kindTrue
			return r.keep(n)
		}
		return r.take("0;") && r.keep(n)
	case 'i', 'd':
		from, to, ok := r.until(';')
		if !ok {
			return false
		}
		return r.number(n, tag, from, to)
	case 's':
		from, to, ok := r.quoted()
		n.kind, n.from, n.to = kindText, from, to
		return ok && r.take(";") && r.keep(n)
	case 'a':
		n.kind = kindList
		return r.list(n, level+1)
	default:
		return r.object(n, tag, level+1)
	}
}

func (r *phpReader) number(n node, tag byte, from, to int32) bool {
	text := r.in[from:to]
	if tag == 'd' && (string(text) == "INF" || string(text) == "-INF" || string(text) == "NAN") {
		return r.keep(n)
	}
	if !isNumber(text) || tag == 'i' && !isWhole(text) {
		return false
	}
	n.kind, n.from, n.to, n.float = kindNumber, from, to, tag == 'd'
	return r.keep(n)
}

// list reads count:{key value …}.
func (r *phpReader) list(n node, level int) bool {
	count, ok := r.count()
	if !ok || level > maxLevels || !r.keep(n) {
		return false
	}
	at := len(r.nodes) - 1
	if !r.take("{") {
		return false
	}
	for range count {
		key, ok := r.key()
		if !ok || !r.value(key, level) {
			return false
		}
	}
	if r.hidden == 0 {
		r.close(at)
	}
	return r.take("}")
}

// key reads the key of an element: a whole number or a text.
func (r *phpReader) key() (n node, ok bool) {
	switch {
	case r.take("i:"):
		n.keyFrom, n.keyTo, ok = r.until(';')
		return n, ok && isWhole(r.in[n.keyFrom:n.keyTo])
	case r.take("s:"):
		n.keyFrom, n.keyTo, ok = r.quoted()
		return n, ok && r.take(";")
	}
	return n, false
}

// object skips over what would be an object, an enumeration's case or a reference, and keeps it as an empty value.
func (r *phpReader) object(n node, tag byte, level int) bool {
	switch tag {
	case 'r', 'R':
		from, to, ok := r.until(';')
		return ok && isWhole(r.in[from:to]) && r.keep(n)
	case 'E':
		_, _, ok := r.quoted()
		return ok && r.take(";") && r.keep(n)
	case 'O':
		if _, _, ok := r.quoted(); !ok || !r.take(":") || !r.keep(n) {
			return false
		}
		r.hidden++
		ok := r.list(node{}, level)
		r.hidden--
		return ok
	case 'C':
		if _, _, ok := r.quoted(); !ok || !r.take(":") {
			return false
		}
		size, ok := r.count()
		if !ok || !r.take("{") || size > len(r.in)-r.pos {
			return false
		}
		r.pos += size
		return r.take("}") && r.keep(n)
	}
	return false
}

// keep adds n, or only counts it where elements are skipped over.
func (r *phpReader) keep(n node) bool {
	if r.hidden == 0 {
		return r.add(n)
	}
	r.elements++
	return r.elements <= maxElements
}

func (r *phpReader) take(text string) bool {
	if !bytes.HasPrefix(r.in[r.pos:], []byte(text)) {
		return false
	}
	r.pos += len(text)
	return true
}

// maxNumber is the most bytes a number may have: PHP writes a float in at most 24.
const maxNumber = 32

// until reads up to end, which must stand within the length of a number, and goes behind it.
func (r *phpReader) until(end byte) (from, to int32, ok bool) {
	rest := r.in[r.pos:]
	i := bytes.IndexByte(rest[:min(len(rest), maxNumber+1)], end)
	if i <= 0 {
		return 0, 0, false
	}
	from, to = int32(r.pos), int32(r.pos+i)
	r.pos += i + 1
	return from, to, true
}

// count reads a length or a number of elements, and the colon behind it.
func (r *phpReader) count() (int, bool) {
	from, to, ok := r.until(':')
	if !ok || to-from > 6 {
		return 0, false
	}
	return digits(r.in[from:to])
}

// quoted reads length:"text".
func (r *phpReader) quoted() (from, to int32, ok bool) {
	size, ok := r.count()
	if !ok || !r.take(`"`) || size > len(r.in)-r.pos {
		return 0, 0, false
	}
	from, to = int32(r.pos), int32(r.pos+size)
	r.pos += size
	return from, to, r.take(`"`)
}
