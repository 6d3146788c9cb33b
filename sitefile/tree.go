package sitefile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

var (
	errDeep = fmt.Errorf("is nested more than %d levels deep", MaxDepth)
	errMany = fmt.Errorf("holds more than %d values", MaxValues)
)

// node is a value of a file: a text, an array (kids), or neither, which means that the text of the file does not tell it.
type node struct {
	kids  map[string]*node
	next  int // index that PHP gives the next element without a key
	text  string
	known bool   // text holds the value
	null  bool   // PHP's null, which ?? passes over
	env   string // the environment variable it comes from; "?" when its name is not one to print
	dflt  bool   // the text is the default for an unset env
	line  int
	first int // line of an earlier, different value
}

func textNode(text string, line int) *node { return &node{text: text, known: true, line: line} }
func unknownNode(line int) *node           { return &node{line: line} }
func arrayNode(line int) *node             { return &node{kids: map[string]*node{}, line: line} }
func envNode(name string, line int) *node  { return &node{env: envName(name), line: line} }
func (n *node) isArray() bool              { return n.kids != nil }
func (n *node) withDefault(d *node) *node {
	if !d.known {
		return &node{env: n.env, line: n.line}
	}
	return &node{env: n.env, text: d.text, known: true, dflt: true, line: n.line}
}

// envName is the name of a variable if it looks like one. Somebody may have put the password itself where its variable's name belongs.
func envName(name string) string {
	if name == "" || len(name) > 64 || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" || !strings.Contains(name, "_") {
		return "?"
	}
	return name
}

// tree is what is read of a file so far.
type tree struct {
	root     *node
	count    int // nodes ever made
	copies   int // nodes made by copying, of which few lines of text could make many
	joined   int // bytes of texts put together of parts
	includes int // line that reads another file first; 0: none
}

func newTree() *tree { return &tree{root: arrayNode(0)} }

// add counts a node.
func (t *tree) add(n *node) (*node, error) {
	t.count++
	if t.count > 2*MaxValues { // assigned twice is one value, so there is some room
		return nil, errMany
	}
	return n, nil
}

// get is the node a path leads to, or nil.
func (t *tree) get(path []string) *node {
	n := t.root
	for _, name := range path {
		if n = n.kids[name]; n == nil {
			return nil
		}
	}
	return n
}

// set puts a node where a path leads; what was there is replaced. A text that replaces another one remembers where that was.
func (t *tree) set(path []string, value *node) error {
	if len(path) > MaxDepth+1 {
		return errDeep
	}
	n := t.root
	for _, name := range path[:len(path)-1] {
		kid := n.kids[name]
		if kid == nil || !kid.isArray() {
			var err error
			if kid, err = t.add(arrayNode(value.line)); err != nil {
				return err
			}
			n.put(name, kid)
		}
		n = kid
	}
	name := path[len(path)-1]
	if old := n.kids[name]; old != nil && old.differs(value) {
		value.first = old.line
	}
	n.put(name, value)
	return nil
}

// differs reports that both are set to something and not to the same. Empty ones are no choice, only a beginning.
func (n *node) differs(other *node) bool {
	return !n.isArray() && !other.isArray() && (n.known || other.known) && n.text != other.text && (!n.known || n.text != "")
}

// put stores a kid and keeps count of the indexes as PHP does.
func (n *node) put(name string, kid *node) {
	n.kids[name] = kid
	if i, err := strconv.Atoi(name); err == nil && i >= n.next && i < 1<<30 && strconv.Itoa(i) == name {
		n.next = i + 1
	}
}

// push appends a kid.
func (n *node) push(kid *node) { n.put(strconv.Itoa(n.next), kid) }

// copied is a deep copy. It is unknown when a file copies more than it may hold.
func (t *tree) copied(n *node, depth int) (*node, error) {
	if depth > MaxDepth {
		return nil, errDeep
	}
	if t.copies++; t.copies > MaxValues {
		return unknownNode(n.line), nil
	}
	made := &node{text: n.text, known: n.known, null: n.null, env: n.env, dflt: n.dflt, line: n.line, next: n.next}
	if !n.isArray() {
		return made, nil
	}
	made.kids = make(map[string]*node, len(n.kids))
	for name, kid := range n.kids {
		var err error
		if made.kids[name], err = t.copied(kid, depth+1); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// join is the text of both, one behind the other. It is unknown when one of them is, or when a file makes more than it is long.
func (t *tree) join(a, b *node, line int) *node {
	if !a.known || !b.known {
		env := a.env
		if a.known {
			env = b.env
		}
		return &node{env: env, line: line}
	}
	if len(a.text)+len(b.text) > maxText || t.joined > MaxSize {
		return unknownNode(line)
	}
	t.joined += len(a.text) + len(b.text)
	joined := textNode(a.text+b.text, line)
	if a.dflt || b.dflt {
		joined.dflt, joined.env = true, a.env
		if !a.dflt {
			joined.env = b.env
		}
	}
	return joined
}

// document is the tree as flat names.
func (t *tree) document() (*document, error) {
	doc := &document{values: Values{}, remarks: map[string]string{}, includes: t.includes}
	left := MaxValues
	var walk func(prefix string, n *node, depth int) error
	walk = func(prefix string, n *node, depth int) error {
		if depth > MaxDepth+1 {
			return errDeep
		}
		for name, kid := range n.kids {
			if left--; left < 0 {
				return errMany
			}
			if prefix != "" {
				name = prefix + "." + name
			}
			if kid.isArray() {
				if err := walk(name, kid, depth+1); err != nil {
					return err
				}
				continue
			}
			if kid.known {
				doc.values[name] = kid.text
			}
			if remark := kid.remark(); remark != "" {
				doc.remarks[name] = remark
			}
		}
		return nil
	}
	return doc, walk("", t.root, 0)
}

// remark is what is to be said about a value, without it.
func (n *node) remark() string {
	env := "an environment variable"
	if n.env != "?" {
		env = "the environment variable " + n.env
	}
	switch {
	case n.dflt:
		return fmt.Sprintf("(line %d) comes from %s; the default in the file is taken", n.line, env)
	case n.env != "" && !n.known:
		return fmt.Sprintf("(line %d) comes from %s, which is not read", n.line, env)
	case !n.known:
		return fmt.Sprintf("(line %d) is no constant, so it cannot be read without running the file", n.line)
	case n.first != 0 && n.first != n.line:
		return fmt.Sprintf("is set in line %d and in line %d; the value of line %d is taken", min(n.first, n.line), max(n.first, n.line), n.line)
	}
	return ""
}

// atLine adds the line to an error of the tree.
func atLine(line int, err error) error {
	if err == nil || !errors.Is(err, errDeep) && !errors.Is(err, errMany) {
		return err
	}
	return fmt.Errorf("line %d: %w", line, err)
}
