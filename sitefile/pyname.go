package sitefile

import (
	"slices"
	"strconv"
	"strings"
)

// named reads what begins with a name: a constant, a name assigned before, a call, an element of something.
func (p *pyParser) named(line int) (*node, error) {
	parts := []string{p.peek(0).text}
	p.i++
	for p.is(".") && p.peek(1).kind == 'n' {
		parts = append(parts, p.peek(1).text)
		p.i += 2
	}
	name := strings.Join(parts, ".")
	var value *node
	var err error
	switch {
	case name == "True" || name == "False":
		return textNode(strings.ToLower(name), line), nil
	case name == "None":
		return textNode("", line), nil
	case p.accept("("):
		if value, err = p.call(name, line); err != nil {
			return nil, err
		}
	case strings.HasSuffix(name, "environ") && p.accept("["):
		key, err := p.expression()
		if err != nil || !p.accept("]") {
			return unknownNode(line), err
		}
		value = envNode(key.text, line)
	default:
		value = unknownNode(line)
		if found := p.t.root.kids[name]; found != nil && !p.is("[") {
			if value, err = p.t.copied(found, 0); err != nil {
				return nil, err
			}
		}
	}
	return p.trailing(value, line), nil
}

// trailing reads .attribute, (…) and […] behind a value; with them it is unknown.
func (p *pyParser) trailing(value *node, line int) *node {
	for p.is(".") || p.is("(") || p.is("[") {
		value = unknownNode(line)
		if p.accept(".") {
			p.i++
			continue
		}
		closing := map[string]string{"(": ")", "[": "]"}[p.peek(0).text]
		p.i++
		p.abandoned(closing, line)
	}
	return value
}

// arguments of a call: those without a name by their index, the others by name.
func (p *pyParser) arguments(line int) (*node, error) {
	made, err := p.enter(line)
	defer func() { p.levels-- }()
	for err == nil && !p.accept(")") {
		if p.accept(",") {
			continue
		}
		name := ""
		if p.peek(0).kind == 'n' && p.peek(1).kind == 'o' && p.peek(1).text == "=" {
			name = p.peek(0).text
			p.i += 2
		}
		before := p.i
		var value *node
		if value, err = p.expression(); err != nil {
			return nil, err
		}
		if name == "" && p.i == before || p.isName("for") || p.peek(0).kind == '\n' {
			p.abandoned(")", line)
			return made, nil
		}
		switch {
		case name != "":
			made.kids[name] = value
		default:
			made.push(value)
		}
	}
	return made, err
}

// call knows dict(), str(), Path(), os.path.join() and the functions that ask the environment.
func (p *pyParser) call(name string, line int) (*node, error) {
	args, err := p.arguments(line)
	if err != nil {
		return nil, err
	}
	first, second, other := args.kids["0"], args.kids["1"], args.kids["default"]
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case name == "dict":
		return args, nil
	case slices.Contains([]string{"str", "int", "Path", "pathlib.Path"}, name) && first != nil:
		return first, nil
	case name == "os.path.join" && first != nil:
		joined := first
		for i := 1; i < args.next; i++ {
			joined = p.below(joined, args.kids[strconv.Itoa(i)], line)
		}
		return joined, nil
	case strings.HasPrefix(name, "dj_database_url.") && last == "parse" && first != nil:
		return first, nil
	}
	asks := last == "getenv" || strings.Contains(name, "env") || name == "config" || name == "dj_database_url.config"
	if !asks {
		return unknownNode(line), nil
	}
	variable := envNode("DATABASE_URL", line) // what dj_database_url and environ ask for when not told
	if first != nil {
		variable = envNode(first.text, line)
	}
	if other == nil && (last == "getenv" || last == "get" || name == "env") {
		other = second
	}
	if other == nil {
		return variable, nil
	}
	return variable.withDefault(other), nil
}
