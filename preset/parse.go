package preset

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3" // the YAML organisation's own, and it tells the line of every node

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// Bounds of a file; the largest preset has 8 KiB.
const (
	maxFile  = 256 << 10
	maxDepth = 32
	maxNodes = 20_000
	maxTold  = 20  // faults
	maxVar   = 256 // bytes of a constant, which may stand in many places

	maxProblem = 200 // characters of a message that is not ours
)

// Parse reads a mapping. variable is the setting that names the file, and name what messages call it. The file is nil if there is a fault.
func Parse(variable, name string, text []byte) (*File, []setting.Fault) {
	r := &reader{variable: variable, name: name}
	if len(text) > maxFile {
		r.fault(userinfo.Place{Var: variable, Text: name + ":"}, fmt.Sprintf("is larger than %d KiB", maxFile>>10), "a mapping a person writes has a few hundred lines")
		return nil, r.faults
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if line, problem := unreadable(text); problem != "" {
		r.fault(userinfo.Place{Var: variable, Text: fmt.Sprintf("%s:%d:", name, line)}, problem, "write plain text in UTF-8, flatter and shorter")
		return nil, r.faults
	}
	root := r.document(text)
	if root == nil {
		return nil, r.faults
	}
	if !r.sound(root, 0) {
		return nil, r.faults
	}
	f := r.file(root)
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	return f, nil
}

// reader turns YAML into a file and collects what is wrong with it.
type reader struct {
	variable, name string
	faults         []setting.Fault
	nodes          int
}

func (r *reader) fault(at userinfo.Place, problem, remedy string) {
	if len(r.faults) < maxTold {
		if at.Text != "" {
			problem = at.Text + " " + problem
		}
		r.faults = append(r.faults, setting.Fault{Var: at.Var, Problem: problem, Remedy: remedy})
	}
}

// at is the place of a node.
func (r *reader) at(n *yaml.Node, path string) userinfo.Place {
	text := r.name + ":" + strconv.Itoa(n.Line) + ":"
	if path != "" {
		text += " " + path
	}
	return userinfo.Place{Var: r.variable, Text: text}
}

// sound refuses what a mapping never needs and an attack on the reader does: anchors, aliases, tags of other types, depth, masses of nodes.
func (r *reader) sound(n *yaml.Node, depth int) bool {
	r.nodes++
	switch {
	case depth > maxDepth:
		r.fault(r.at(n, ""), fmt.Sprintf("is nested more than %d deep", maxDepth), "write it flatter")
	case r.nodes > maxNodes:
		r.fault(r.at(n, ""), fmt.Sprintf("is the %dth value", maxNodes), "write less")
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.fault(r.at(n, ""), "uses an anchor or alias, which this language does not know", "write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		r.fault(r.at(n, ""), fmt.Sprintf("uses the tag %q, which this language does not know", setting.Clip(n.Tag)), "leave it out")
	default:
		for _, kid := range n.Content {
			if !r.sound(kid, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// object visits the entries of a mapping node: each name that is in known, once, in order. Whatever else is a fault.
func (r *reader) object(n *yaml.Node, path string, known []string, visit func(name string, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fault(r.at(n, path), "is "+kindOf(n)+", not names with values", "write name: value")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := key.Value
		at := r.at(key, join(path, shown(name)))
		switch {
		case len(r.faults) >= maxTold:
			return
		case key.Tag == "!!merge":
			r.fault(at, "merges another value, which this language does not know", "write the values out")
		case key.Kind != yaml.ScalarNode:
			r.fault(r.at(key, path), "has a name that is no text", "write name: value")
		case seen[name]:
			r.fault(at, "stands twice", "leave one out")
		case known != nil && !slices.Contains(known, name):
			remedy := "known here are " + strings.Join(known, ", ")
			if near := userinfo.Nearest(name, known); near != "" {
				remedy = "did you mean " + near + "? " + remedy
			}
			if slices.Contains(fileKeys, path) && slices.Contains(fileKeys, name) {
				remedy = name + " belongs at the left margin, not under " + path + "; " + remedy
			}
			r.fault(at, "is not known", remedy)
		default:
			seen[name] = true
			visit(name, value)
		}
	}
}

// shown is a name for a message: on one line, and not long. An address is not shown, since it may be one with a password.
func shown(name string) string {
	if strings.Contains(name, "://") {
		return "(an address)"
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return '\uFFFD'
		}
		return c
	}, setting.Clip(name))
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "names with values"
	case n.Tag == "!!null":
		return "empty"
	default:
		return "a text"
	}
}

// text reads a scalar; an empty value is an empty text.
func (r *reader) text(n *yaml.Node, path string) string {
	if n.Kind != yaml.ScalarNode {
		r.fault(r.at(n, path), "is "+kindOf(n)+", not a text", "write one value")
		return ""
	}
	if n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// texts reads a list of scalars, or one.
func (r *reader) texts(n *yaml.Node, path string) []string {
	if n.Kind != yaml.SequenceNode {
		if text := r.text(n, path); text != "" {
			return []string{text}
		}
		return nil
	}
	list := []string{}
	for i, kid := range n.Content {
		list = append(list, r.text(kid, fmt.Sprintf("%s[%d]", path, i)))
	}
	return list
}

// each visits the elements of a list, or the one value that stands for it.
func (r *reader) each(n *yaml.Node, path string, visit func(path string, kid *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		visit(path, n)
		return
	}
	r.list(n, path, visit)
}

// oneOf reads one of some words.
func (r *reader) oneOf(n *yaml.Node, path string, words []string) string {
	text := r.text(n, path)
	if n.Kind == yaml.ScalarNode && !slices.Contains(words, text) {
		r.fault(r.at(n, path), "is "+strconv.Quote(setting.Clip(text)), "write "+strings.Join(words[:len(words)-1], ", ")+" or "+words[len(words)-1])
		return ""
	}
	return text
}

func (r *reader) truth(n *yaml.Node, path string) bool {
	text := r.text(n, path)
	if n.Kind == yaml.ScalarNode && !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false") {
		r.fault(r.at(n, path), "is neither true nor false", "write true or false")
	}
	return strings.EqualFold(text, "true")
}

// list visits the elements of a list.
func (r *reader) list(n *yaml.Node, path string, visit func(path string, kid *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.fault(r.at(n, path), "is "+kindOf(n)+", not a list", "write [ …, … ]")
		return
	}
	for i, kid := range n.Content {
		visit(fmt.Sprintf("%s[%d]", path, i), kid)
	}
}

// pairs reads names with texts, in order.
func (r *reader) pairs(n *yaml.Node, path string) [][2]string {
	var pairs [][2]string
	r.object(n, path, nil, func(name string, value *yaml.Node) {
		pairs = append(pairs, [2]string{name, r.text(value, join(path, shown(name)))})
	})
	return pairs
}

func (r *reader) dict(n *yaml.Node, path string) map[string]string {
	dict := map[string]string{}
	for _, p := range r.pairs(n, path) {
		dict[p[0]] = p[1]
	}
	return dict
}
