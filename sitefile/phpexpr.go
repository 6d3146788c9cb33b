package sitefile

import (
	"path/filepath"
	"strconv"
	"strings"
)

// expression reads up to the comma, bracket or semicolon that ends it. What is more than constants, known variables, their
// concatenation and defaults of environment variables is unknown.
func (p *phpParser) expression() (*node, error) {
	line := p.line()
	if p.depth >= maxNest {
		p.skip()
		return unknownNode(line), nil
	}
	p.depth++
	defer func() { p.depth-- }()
	value, err := p.concatenation()
	if err != nil {
		return nil, err
	}
	if p.is(0, "??") || p.is(0, "?:") || p.is(0, "?") && p.is(1, ":") {
		short := !p.is(0, "??")
		p.i++
		if p.is(0, ":") {
			p.i++
		}
		other, err := p.expression()
		if err != nil {
			return nil, err
		}
		return alternative(value, other, short, line), nil
	}
	if !p.terminated() {
		p.skip()
		return unknownNode(line), nil
	}
	return value, nil
}

// alternative is a ?? b, or a ?: b when short.
func alternative(a, b *node, short bool, line int) *node {
	switch {
	case a.env != "" && !a.known:
		return a.withDefault(b)
	case a.isArray(), a.known && !a.null && (!short || a.text != "" && a.text != "0"):
		return a
	case a.known:
		return b
	}
	return unknownNode(line)
}

// terminated reports whether the next token ends an expression.
func (p *phpParser) terminated() bool {
	if p.closed() || p.bracket() < 0 {
		return true
	}
	return p.is(0, ",") || p.is(0, "=>") || p.is(0, ":") || p.isWord(0, "or", "and", "xor", "as")
}

// skip steps to where an expression ends, over brackets.
func (p *phpParser) skip() {
	for !p.closed() && p.bracket() >= 0 && !p.is(0, ",") {
		if p.bracket() > 0 {
			p.skipBrackets()
			continue
		}
		p.i++
	}
}

func (p *phpParser) concatenation() (*node, error) {
	value, err := p.unary()
	for err == nil && p.is(0, ".") {
		line := p.line()
		p.i++
		var next *node
		if next, err = p.unary(); err == nil {
			value = p.t.join(value, next, line)
		}
	}
	return value, err
}

// casts that keep a text what it is.
var casts = map[string]bool{"string": true, "int": true, "integer": true, "array": true, "object": true}

func (p *phpParser) unary() (*node, error) {
	for p.is(0, "@") || p.is(0, "&") || p.is(0, "+") && p.peek(1).kind == number ||
		p.is(0, "(") && p.peek(1).kind == word && p.is(2, ")") && casts[strings.ToLower(p.text(p.peek(1)))] {
		if p.is(0, "(") {
			p.i += 2
		}
		p.i++
	}
	if p.is(0, "-") && p.peek(1).kind == number {
		p.i++
		value, err := p.primary()
		if err == nil && value.known {
			value.text = "-" + value.text
		}
		return value, err
	}
	return p.primary()
}

func (p *phpParser) primary() (*node, error) {
	t := p.peek(0)
	line := int(t.line)
	switch t.kind {
	case single, double:
		p.i++
		return p.str(t)
	case number:
		p.i++
		text := strings.ReplaceAll(p.text(t), "_", "")
		if strings.Trim(text, "0123456789.") != "" || len(text) > 1 && text[0] == '0' && text[1] != '.' {
			return unknownNode(line), nil // hexadecimal, octal, with an exponent
		}
		return textNode(text, line), nil
	case variable:
		return p.variable(true)
	case word:
		return p.word()
	}
	switch {
	case p.is(0, "["):
		p.i++
		return p.array("]", line)
	case p.is(0, "("):
		p.i++
		value, err := p.expression()
		if err == nil && !p.is(0, ")") {
			p.skipTo(")")
			value = unknownNode(line)
		}
		if p.is(0, ")") {
			p.i++
		}
		return value, err
	}
	p.skip()
	return unknownNode(line), nil
}

// skipTo steps to a closing bracket of the present level and not past the end of the statement.
func (p *phpParser) skipTo(closing string) {
	for !p.closed() && !p.is(0, closing) && p.bracket() >= 0 {
		if p.bracket() > 0 {
			p.skipBrackets()
			continue
		}
		p.i++
	}
}

// str is the value of a token in quotes.
func (p *phpParser) str(t token) (*node, error) {
	raw := p.text(t)
	if t.heredoc {
		rest := strings.TrimPrefix(p.src[t.to:], "\n")
		raw = unindent(raw, rest[:len(rest)-len(strings.TrimLeft(rest, " \t"))])
	}
	switch {
	case t.kind == double:
		return p.interpolated(raw, t.heredoc, int(t.line))
	case t.heredoc:
		return textNode(raw, int(t.line)), nil
	}
	return textNode(singleQuoted(raw), int(t.line)), nil
}

// array reads the elements of array(…) or […], after the opening bracket.
func (p *phpParser) array(closing string, line int) (*node, error) {
	if p.arrays++; p.arrays > MaxDepth {
		return nil, errDeep
	}
	defer func() { p.arrays-- }()
	made, err := p.t.add(arrayNode(line))
	for err == nil && !p.is(0, closing) && p.peek(0).kind != end {
		if p.is(0, ",") {
			p.i++
			continue
		}
		before := p.i
		err = p.element(made)
		if p.i == before { // a bracket that does not match
			return unknownNode(line), err
		}
	}
	if p.is(0, closing) {
		p.i++
	}
	return made, err
}

// element reads value, key => value, or ...spread, which is left out.
func (p *phpParser) element(array *node) error {
	value, err := p.expression()
	if err != nil {
		return err
	}
	var key *node
	if p.is(0, "=>") {
		p.i++
		key = value
		if value, err = p.expression(); err != nil {
			return err
		}
	}
	if _, err := p.t.add(value); err != nil {
		return err
	}
	switch {
	case key == nil:
		array.push(value)
	case key.known:
		array.put(key.text, value)
	}
	return nil
}

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

// word reads what begins with a name: a constant, a call, new.
func (p *phpParser) word() (*node, error) {
	line := p.line()
	name := strings.TrimPrefix(p.text(p.peek(0)), `\`)
	lower := strings.ToLower(name)
	p.i++
	switch {
	case lower == "new":
		return p.made(line), nil
	case lower == "function" || lower == "fn" || lower == "static" && p.isWord(0, "function", "fn") || lower == "match":
		p.skip()
		return unknownNode(line), nil
	case p.is(0, "("):
		p.i++
		if lower == "array" {
			return p.array(")", line)
		}
		return p.call(lower, line)
	case p.is(0, "::") && p.peek(1).kind == word && !p.is(2, "("):
		member := p.text(p.peek(1))
		p.i += 2
		return p.constant([]string{name, member}, line)
	case p.is(0, "::"), p.is(0, "["):
		for p.is(0, "::") || p.peek(0).kind == variable || p.peek(0).kind == word {
			p.i++
		}
		for p.is(0, "(") || p.is(0, "[") || p.is(0, "->") {
			if p.is(0, "->") {
				p.i += 2
				continue
			}
			p.skipBrackets()
		}
		return unknownNode(line), nil
	}
	switch lower {
	case "true":
		return textNode("1", line), nil
	case "false":
		return textNode("", line), nil
	case "null":
		return &node{known: true, null: true, line: line}, nil
	case "php_eol":
		return textNode("\n", line), nil
	case "directory_separator":
		return textNode("/", line), nil
	case "__file__", "__dir__":
		if p.file == "" {
			return unknownNode(line), nil
		}
		if lower == "__dir__" {
			return textNode(filepath.Dir(p.file), line), nil
		}
		return textNode(p.file, line), nil
	}
	return p.constant([]string{name}, line)
}

// constant is what define() or const set.
func (p *phpParser) constant(path []string, line int) (*node, error) {
	if found := p.t.get(path); found != nil {
		return p.t.copied(found, 0)
	}
	return unknownNode(line), nil
}

// made reads new X(…): an empty object for the class without properties, else unknown.
func (p *phpParser) made(line int) *node {
	plain := p.isWord(0, "stdClass", `\stdClass`)
	if p.peek(0).kind == word || p.peek(0).kind == variable {
		p.i++
	}
	if p.is(0, "(") {
		p.skipBrackets()
	}
	if plain {
		return arrayNode(line)
	}
	return unknownNode(line)
}

// call reads a call of a function, after its opening bracket: where environment variables are read, and dirname().
func (p *phpParser) call(name string, line int) (*node, error) {
	defer func() {
		p.skipTo(")")
		if p.is(0, ")") {
			p.i++
		}
	}()
	env := strings.Contains(name, "env") // getenv, env, getenv_docker, env_or …
	if !env && name != "dirname" {
		return unknownNode(line), nil
	}
	first, err := p.expression()
	if err != nil || !first.known || first.isArray() {
		return unknownNode(line), err
	}
	second := unknownNode(line)
	if p.is(0, ",") {
		p.i++
		if second, err = p.expression(); err != nil {
			return nil, err
		}
	}
	switch {
	case name == "getenv": // its second argument is no default
		return envNode(first.text, line), nil
	case env:
		return envNode(first.text, line).withDefault(second), nil
	case !filepath.IsAbs(first.text):
		return unknownNode(line), nil
	}
	levels := 1
	if n, err := strconv.Atoi(second.text); err == nil && n > 0 && n <= MaxDepth {
		levels = n
	}
	dir := first.text
	for range levels {
		dir = filepath.Dir(dir)
	}
	return textNode(dir, line), nil
}
