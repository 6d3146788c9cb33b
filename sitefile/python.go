package sitefile

import (
	"path"
	"slices"
	"strings"
)

// pyParser reads what Python settings assign, outside of functions and classes: NAME = value, NAME['key'] = value. Values are texts,
// numbers, True, False, None, lists, tuples, dicts, names assigned before, and the usual ways to ask the environment.
type pyParser struct {
	tokens []pyToken
	i      int
	t      *tree
	depth  int
	levels int // of lists and dicts
}

func parsePython(src string, t *tree) error {
	tokens, err := lexPython(src)
	if err != nil {
		return err
	}
	p := &pyParser{tokens: tokens, t: t}
	body := -1 // indent of the function or class whose body is passed over
	for p.i < len(p.tokens) {
		first := p.peek(0)
		if body >= 0 && first.indent > body {
			p.nextLine()
			continue
		}
		body = -1
		switch {
		case first.kind == 'n' && slices.Contains([]string{"def", "class", "async"}, first.text):
			body = first.indent
		case first.kind == 'n' && (first.text == "from" || first.text == "import"):
			if t.includes == 0 && first.text == "from" && p.hasStar() {
				t.includes = first.line
			}
		case first.kind == 'n':
			if err := p.assignment(); err != nil {
				return atLine(first.line, err)
			}
		}
		p.nextLine()
	}
	return nil
}

func (p *pyParser) peek(n int) pyToken {
	if at := p.i + n; at < len(p.tokens) {
		return p.tokens[at]
	}
	return pyToken{kind: '\n', indent: -1}
}

func (p *pyParser) is(op string) bool { return p.peek(0).kind == 'o' && p.peek(0).text == op }

func (p *pyParser) isName(name string) bool { return p.peek(0).kind == 'n' && p.peek(0).text == name }

// accept steps over an operator if it stands here.
func (p *pyParser) accept(op string) bool {
	if p.is(op) {
		p.i++
		return true
	}
	return false
}

func (p *pyParser) nextLine() {
	for p.i < len(p.tokens) && p.tokens[p.i].kind != '\n' {
		p.i++
	}
	p.i++
}

func (p *pyParser) hasStar() bool {
	for i := p.i; i < len(p.tokens) && p.tokens[i].kind != '\n'; i++ {
		if p.tokens[i].kind == 'o' && p.tokens[i].text == "*" {
			return true
		}
	}
	return false
}

// assignment reads NAME…= value; any other statement is left alone.
func (p *pyParser) assignment() error {
	names := []string{p.peek(0).text}
	line := p.peek(0).line
	p.i++
	for p.accept("[") {
		key, err := p.expression()
		if err != nil || !key.known || !p.accept("]") {
			return err
		}
		if len(names) <= MaxDepth+1 {
			names = append(names, key.text)
		}
	}
	if p.accept(":") { // an annotation
		for p.peek(0).kind != '\n' && !p.is("=") {
			p.i++
		}
	}
	if !p.accept("=") {
		return nil
	}
	value, err := p.expression()
	if err != nil {
		return err
	}
	if p.is(",") { // a tuple without parentheses
		value = unknownNode(line)
	}
	if value, err = p.t.add(value); err != nil {
		return err
	}
	return p.t.set(names, value)
}

// ended reports whether the next token ends an expression.
func (p *pyParser) ended() bool {
	t := p.peek(0)
	return t.kind == '\n' || t.kind == 'o' && strings.Contains(") ] } , : =", t.text) || t.kind == 'n' && t.text == "for"
}

// skip steps to where an expression ends, over brackets.
func (p *pyParser) skip() {
	depth := 0
	for ; p.peek(0).kind != '\n'; p.i++ {
		t := p.peek(0)
		switch {
		case t.kind != 'o':
		case strings.Contains("([{", t.text):
			depth++
		case strings.Contains(")]}", t.text):
			if depth == 0 {
				return
			}
			depth--
		case depth == 0 && strings.Contains(",:=", t.text):
			return
		}
	}
}

func (p *pyParser) expression() (*node, error) {
	line := p.peek(0).line
	if p.depth >= maxNest {
		p.skip()
		return unknownNode(line), nil
	}
	p.depth++
	defer func() { p.depth-- }()
	value, err := p.sum()
	if err != nil {
		return nil, err
	}
	if p.isName("or") {
		p.i++
		other, err := p.expression()
		if err != nil {
			return nil, err
		}
		return alternative(value, other, true, line), nil
	}
	if !p.ended() {
		p.skip()
		return unknownNode(line), nil
	}
	return value, nil
}

// sum reads a + b, a / b of paths, and texts that stand behind each other. Of a folder that is not known and a name the name is
// taken: BASE_DIR / "db.sqlite3" is a path relative to some folder of the site.
func (p *pyParser) sum() (*node, error) {
	value, err := p.primary()
	for err == nil {
		line := p.peek(0).line
		op := ""
		switch {
		case p.is("+"), p.is("/"):
			op = p.peek(0).text
			p.i++
		case p.peek(0).kind == 's' && value.known:
		default:
			return value, nil
		}
		var next *node
		if next, err = p.primary(); err != nil {
			return nil, err
		}
		if op == "/" {
			value = p.below(value, next, line)
			continue
		}
		value = p.t.join(value, next, line)
	}
	return value, err
}

func (p *pyParser) below(dir, name *node, line int) *node {
	if !name.known {
		return unknownNode(line)
	}
	if dir.known && !path.IsAbs(name.text) {
		return p.t.join(dir, textNode("/"+name.text, line), line)
	}
	return textNode(name.text, line)
}

func (p *pyParser) primary() (*node, error) {
	t := p.peek(0)
	switch t.kind {
	case 's':
		p.i++
		if !t.known {
			return unknownNode(t.line), nil
		}
		return textNode(t.text, t.line), nil
	case '0':
		p.i++
		return textNode(t.text, t.line), nil
	case 'n':
		return p.named(t.line)
	}
	switch {
	case p.accept("("):
		return p.parenthesis(t.line)
	case p.accept("["):
		return p.list("]", t.line, nil)
	case p.accept("{"):
		return p.dict(t.line)
	case p.is("-") && p.peek(1).kind == '0':
		p.i += 2
		return textNode("-"+p.tokens[p.i-1].text, t.line), nil
	}
	p.skip()
	return unknownNode(t.line), nil
}
