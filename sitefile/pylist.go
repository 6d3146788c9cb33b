package sitefile

// parenthesis is (value), or a tuple.
func (p *pyParser) parenthesis(line int) (*node, error) {
	if p.accept(")") {
		return arrayNode(line), nil
	}
	first, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.accept(")") {
		return first, nil
	}
	p.accept(",")
	return p.list(")", line, first)
}

// enter opens a list, a dict or the arguments of a call. Whoever calls it takes one from levels at the end.
func (p *pyParser) enter(line int) (*node, error) {
	if p.levels++; p.levels > MaxDepth {
		return nil, errDeep
	}
	return p.t.add(arrayNode(line))
}

func (p *pyParser) list(closing string, line int, first *node) (*node, error) {
	made, err := p.enter(line)
	defer func() { p.levels-- }()
	if err == nil && first != nil {
		made.push(first)
	}
	for err == nil && !p.accept(closing) {
		if p.accept(",") {
			continue
		}
		before := p.i
		var value *node
		if value, err = p.expression(); err != nil {
			return nil, err
		}
		if p.i == before || p.isName("for") || p.peek(0).kind == '\n' {
			return p.abandoned(closing, line), nil
		}
		if value, err = p.t.add(value); err == nil {
			made.push(value)
		}
	}
	return made, err
}

// abandoned steps over the rest of a list or dict that is computed.
func (p *pyParser) abandoned(closing string, line int) *node {
	for p.peek(0).kind != '\n' && !p.accept(closing) {
		before := p.i
		p.skip()
		if p.i == before {
			p.i++
		}
	}
	return unknownNode(line)
}

func (p *pyParser) dict(line int) (*node, error) {
	made, err := p.enter(line)
	defer func() { p.levels-- }()
	for err == nil && !p.accept("}") {
		if p.accept(",") {
			continue
		}
		before := p.i
		var key, value *node
		if key, err = p.expression(); err != nil {
			return nil, err
		}
		if p.i == before || p.isName("for") || p.peek(0).kind == '\n' {
			return p.abandoned("}", line), nil
		}
		if !p.accept(":") {
			continue // ** of another dict, an element of a set
		}
		if value, err = p.expression(); err != nil {
			return nil, err
		}
		if value, err = p.t.add(value); err == nil && key.known {
			made.put(key.text, value)
		}
	}
	return made, err
}
