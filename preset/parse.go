package preset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3" // the YAML organisation's own, and it tells the line of every node

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// Bounds of a file; the largest preset has 8 KiB.
const (
	maxFile  = 256 << 10
	maxDepth = 32
	maxNodes = 20_000
	maxTold  = 20 // faults
)

// Parse reads a mapping. variable is the setting that names the file, and name what messages call it. The file is nil if there is a fault.
func Parse(variable, name string, text []byte) (*File, []setting.Fault) {
	r := &reader{variable: variable, name: name}
	if len(text) > maxFile {
		r.fault(userinfo.Place{Var: variable, Text: name + ":"}, fmt.Sprintf("is larger than %d KiB", maxFile>>10), "a mapping a person writes has a few hundred lines")
		return nil, r.faults
	}
	if problem := tooDeep(text); problem != "" {
		r.fault(userinfo.Place{Var: variable, Text: name + ":"}, problem, "write it flatter")
		return nil, r.faults
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		r.fault(userinfo.Place{Var: variable, Text: name + ":"}, "is no YAML: "+strings.TrimPrefix(err.Error(), "yaml: "), "correct that line")
		return nil, r.faults
	}
	if len(document.Content) != 1 {
		r.fault(userinfo.Place{Var: variable, Text: name + ":"}, "is empty", "start from chatpass presets NAME")
		return nil, r.faults
	}
	root := document.Content[0]
	if !r.sound(root, 0) {
		return nil, r.faults
	}
	f := r.file(root)
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	return f, nil
}

// tooDeep finds text that is nested absurdly before a parser sees it: its time would grow with the square of the depth.
func tooDeep(text []byte) string {
	depth, indent, line := 0, 0, 1
	start := true
	for _, c := range text {
		switch {
		case c == '\n':
			line++
			start, indent = true, 0
			continue
		case c == '[' || c == '{':
			depth++
		case (c == ']' || c == '}') && depth > 0:
			depth--
		}
		if start && (c == ' ' || c == '-' || c == '?') {
			indent++
		} else {
			start = false
		}
		if depth > 4*maxDepth || indent > 8*maxDepth {
			return fmt.Sprintf("is nested too deep in line %d", line)
		}
	}
	return ""
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
		at := r.at(key, join(path, setting.Clip(name)))
		switch {
		case key.Kind != yaml.ScalarNode:
			r.fault(r.at(key, path), "has a name that is no text", "write name: value")
		case seen[name]:
			r.fault(at, "stands twice", "leave one out")
		case known != nil && !slices.Contains(known, name):
			remedy := "known here are " + strings.Join(known, ", ")
			if near := userinfo.Nearest(name, known); near != "" {
				remedy = "did you mean " + near + "? " + remedy
			}
			r.fault(at, "is not known", remedy)
		default:
			seen[name] = true
			visit(name, value)
		}
	}
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

func (r *reader) truth(n *yaml.Node, path string) bool {
	switch r.text(n, path) {
	case "true":
		return true
	case "false":
		return false
	default:
		r.fault(r.at(n, path), "is neither true nor false", "write true or false")
		return false
	}
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
		pairs = append(pairs, [2]string{name, r.text(value, join(path, name))})
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
