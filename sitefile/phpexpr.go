package sitefile

import "strings"

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
