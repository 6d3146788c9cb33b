package sitefile

import (
	"strconv"
	"strings"
)

// variable reads $name with its keys and properties, and what is assigned to it. Its value is returned if wanted.
func (p *phpParser) variable(wanted bool) (*node, error) {
	line := p.line()
	path, readable, err := p.path()
	if err != nil {
		return nil, err
	}
	op := ""
	if t := p.peek(0); t.kind == sign {
		op = p.text(t)
	}
	switch op {
	case "=", ".=", "??=":
		p.i++
		value, err := p.expression()
		if err != nil || !readable {
			return unknownNode(line), err
		}
		return p.assign(path, op, value, wanted)
	}
	if !readable || !wanted {
		return unknownNode(line), nil
	}
	return p.read(path, line)
}

func (p *phpParser) assign(path []string, op string, value *node, wanted bool) (*node, error) {
	line := value.line
	path[0] = "$" + path[0]
	if last := len(path) - 1; path[last] == "" { // $x[] = …
		next := 0
		if array := p.t.get(path[:last]); array != nil && array.isArray() {
			next = array.next
		}
		path[last] = strconv.Itoa(next)
	}
	old := p.t.get(path)
	switch {
	case op == ".=" && old != nil:
		value = p.t.join(old, value, line)
	case op == ".=":
		value = unknownNode(line)
	case op == "??=" && old != nil:
		return p.t.copied(old, 0)
	}
	if _, err := p.t.add(value); err != nil {
		return nil, err
	}
	if err := p.t.set(path, value); err != nil {
		return nil, err
	}
	if op == ".=" {
		value.first = 0
	}
	if !wanted {
		return value, nil
	}
	return p.t.copied(value, 0)
}

// path reads the name of a variable, its keys and properties. It is not readable when a key is unknown or something is called.
func (p *phpParser) path() ([]string, bool, error) {
	path := []string{p.text(p.peek(0))}
	readable := true
	p.i++
	for {
		switch {
		case p.is(0, "[") && p.is(1, "]"):
			path = append(path, "")
			p.i += 2
		case p.is(0, "["):
			p.i++
			key, err := p.expression()
			if err != nil {
				return nil, false, err
			}
			p.skipTo("]")
			if p.is(0, "]") {
				p.i++
			}
			readable = readable && key.known && key.text != "" && path[len(path)-1] != ""
			path = append(path, key.text)
		case (p.is(0, "->") || p.is(0, "?->")) && p.peek(1).kind == word:
			path = append(path, p.text(p.peek(1)))
			p.i += 2
		case p.is(0, "->"), p.is(0, "?->"), p.is(0, "::"):
			readable = false
			p.i++
			if p.peek(0).kind == variable || p.peek(0).kind == word {
				p.i++
			}
		case p.is(0, "("):
			readable = false
			p.skipBrackets()
		default:
			if path[0] == "GLOBALS" && len(path) > 1 {
				path = path[1:]
			}
			if len(path) > MaxDepth {
				return nil, false, errDeep
			}
			return path, readable && (len(path) == 1 || path[0] != ""), nil
		}
	}
}

// read is the value of a variable: what the file set, or what the environment would.
func (p *phpParser) read(path []string, line int) (*node, error) {
	if (path[0] == "_ENV" || path[0] == "_SERVER" && !ofRequest(path[len(path)-1])) && len(path) == 2 {
		return envNode(path[1], line), nil
	}
	found := p.t.get(append([]string{"$" + path[0]}, path[1:]...))
	if found == nil {
		return unknownNode(line), nil
	}
	return p.t.copied(found, 0)
}

// ofRequest reports that a name of $_SERVER tells about a request and is no environment variable.
func ofRequest(name string) bool {
	before, _, _ := strings.Cut(name, "_")
	switch before {
	case "HTTP", "HTTPS", "SERVER", "REQUEST", "REMOTE", "DOCUMENT", "SCRIPT", "PHP", "QUERY":
		return true
	}
	return false
}
