package sitefile

import (
	"path/filepath"
	"strconv"
	"strings"
)

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
