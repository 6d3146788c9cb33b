package convert

import "strconv"

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
			if !t.hidden(child) {
				t.spare = append(t.spare, child)
			}
		case t.named(child, s):
			found = child // of a name that stands twice the last counts, as for all who read such texts
		}
	}
	if found >= 0 {
		t.spare = append(t.spare, found)
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
