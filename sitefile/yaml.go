package sitefile

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseYAML reads the first document of a YAML file, with anchors, aliases and merge keys, as Rails' database.yml has them, and
// with ERB tags: of <%= ENV.fetch("NAME", "default") %> and its like the default is taken, of <%= 'text' %> the text.
func parseYAML(src string, t *tree) error {
	if len(src) > maxYAML {
		return fmt.Errorf("is longer than %d bytes", maxYAML)
	}
	if err := needUTF8(src); err != nil {
		return err
	}
	if err := flat(src); err != nil {
		return err
	}
	text, tags := cutERB(src)
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return yamlFault(err)
	}
	if len(document.Content) == 0 {
		return nil
	}
	y := &yamlReader{t: t, tags: tags}
	root, err := y.value(document.Content[0], 0)
	if err != nil {
		return err
	}
	if root.isArray() {
		t.root = root
	}
	return nil
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// yamlFault takes the line from an error of the parser and nothing else: its text may show the file.
func yamlFault(err error) error {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("line %s: is no YAML", m[1])
	}
	return errors.New("is no YAML")
}

// flat refuses brackets and dashes that open far more levels than are read: the parser needs time by the square of them. Brackets in
// quotes count too, which no real file gets near to.
func flat(src string) error {
	const most = 4 * MaxDepth
	line, open := 0, 0
	for text := range strings.SplitSeq(src, "\n") {
		line++
		open += strings.Count(text, "[") + strings.Count(text, "{")
		open = max(0, open-strings.Count(text, "]")-strings.Count(text, "}"))
		markers := strings.Count(text, "- ") + strings.Count(text, "? ")
		if open > most || strings.Count(text, "[")+strings.Count(text, "{") > 8*most || markers > 8*most {
			return fault(line, "%w", errDeep)
		}
	}
	return nil
}

type yamlReader struct {
	t    *tree
	tags *erbTags
}

// value turns a node into ours. An alias is read again at each use, so the count of values bounds what aliases multiply, and the
// depth what they make endless.
func (y *yamlReader) value(n *yaml.Node, depth int) (*node, error) {
	if depth > MaxDepth {
		return nil, fault(n.Line, "%w", errDeep)
	}
	if n.Kind == yaml.AliasNode {
		return y.value(n.Alias, depth+1)
	}
	made, err := y.t.add(y.scalar(n))
	if err != nil {
		return nil, fault(n.Line, "%w", err)
	}
	if n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode {
		made.kids = map[string]*node{}
	}
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			kid, err := y.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			made.push(kid)
		}
	}
	if n.Kind == yaml.MappingNode {
		return made, y.mapping(made, n, depth)
	}
	return made, nil
}

// mapping reads names and values. A merge key (<<) gives only what the mapping does not have itself.
func (y *yamlReader) mapping(parent *node, n *yaml.Node, depth int) error {
	var merged []*node
	for i := 0; i+1 < len(n.Content); i += 2 {
		value, err := y.value(n.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		key := y.scalar(n.Content[i])
		switch {
		case n.Content[i].Tag != "!!merge":
			if key.known {
				parent.put(key.text, value)
			}
		case n.Content[i+1].Kind == yaml.SequenceNode:
			for i := range value.next {
				merged = append(merged, value.kids[strconv.Itoa(i)])
			}
		default:
			merged = append(merged, value)
		}
	}
	for _, source := range merged {
		for name, kid := range source.kids {
			if parent.kids[name] == nil {
				parent.put(name, kid)
			}
		}
	}
	return nil
}

// scalar is the text of a node as it stands in the file, without quotes; a number is not made another one.
func (y *yamlReader) scalar(n *yaml.Node) *node {
	switch {
	case n.Kind != yaml.ScalarNode:
		return unknownNode(n.Line)
	case n.Tag == "!!null":
		return textNode("", n.Line)
	}
	return y.tags.filled(y.t, n.Value, n.Line)
}
