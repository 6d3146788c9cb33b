package sitefile

import (
	"strings"
)

// maxNest is how deep parentheses, conditions and assignments within each other are followed. Deeper ones count as unknown.
const maxNest = 64

// phpParser walks the tokens of a file once, from front to back, and keeps what is assigned, defined and returned. Conditions are
// not looked at: what stands in a block of if counts too. Bodies of functions and methods are skipped, they assign elsewhere.
type phpParser struct {
	src    string
	tokens []token
	i      int
	t      *tree
	file   string // its path, "" when unknown
	depth  int    // of expressions within each other
	arrays int    // of arrays within each other
}

func parsePHP(src string, t *tree, file string) error {
	tokens, err := lexPHP(src)
	if err != nil {
		return err
	}
	p := &phpParser{src: src, tokens: tokens, t: t, file: file}
	for p.peek(0).kind != end {
		line := p.line()
		if err := p.statement(); err != nil {
			return atLine(line, err)
		}
	}
	return nil
}

func (p *phpParser) peek(n int) token {
	if at := p.i + n; at >= 0 && at < len(p.tokens) {
		return p.tokens[at]
	}
	return token{kind: end}
}

func (p *phpParser) line() int { return int(p.peek(0).line) }

// text is a token as it stands in the file.
func (p *phpParser) text(t token) string { return p.src[t.from:t.to] }

// is reports whether the token n further is this sign.
func (p *phpParser) is(n int, s string) bool {
	t := p.peek(n)
	return t.kind == sign && p.text(t) == s
}

// isWord reports whether the token n further is this keyword, in any case.
func (p *phpParser) isWord(n int, names ...string) bool {
	t := p.peek(n)
	if t.kind != word {
		return false
	}
	for _, name := range names {
		if strings.EqualFold(p.text(t), name) {
			return true
		}
	}
	return false
}

// closed reports the end of a statement: a semicolon, or the empty sign a closing tag became.
func (p *phpParser) closed() bool {
	t := p.peek(0)
	return t.kind == end || t.kind == sign && (t.from == t.to || p.src[t.from] == ';')
}

// statement reads the next thing that may set a value, or steps over one token.
func (p *phpParser) statement() error {
	member := p.is(-1, "->") || p.is(-1, "?->") || p.is(-1, "::")
	t := p.peek(0)
	switch {
	case t.kind == variable:
		_, err := p.variable(false)
		return err
	case t.kind != word || member:
		p.i++
		return nil
	}
	switch strings.ToLower(strings.TrimPrefix(p.text(t), `\`)) {
	case "function", "fn":
		p.skipFunction()
	case "class", "trait", "interface", "enum":
		return p.class()
	case "const":
		return p.constants("")
	case "define":
		return p.define()
	case "ini_set":
		return p.iniSet()
	case "return":
		return p.returned()
	case "include", "include_once", "require", "require_once":
		if p.t.includes == 0 {
			p.t.includes = int(t.line)
		}
		p.i++
	default:
		p.i++
	}
	return nil
}

// skipFunction steps over a function: its parameters and its body.
func (p *phpParser) skipFunction() {
	arrow := p.isWord(0, "fn")
	for p.i++; p.peek(0).kind != end && !p.is(0, "{") && !p.closed(); {
		if p.is(0, "(") {
			p.skipBrackets()
			if arrow {
				return
			}
			continue
		}
		p.i++
	}
	if p.is(0, "{") {
		p.skipBrackets()
	}
}

// skipBrackets steps over an opening bracket, what is in it, and its closing bracket.
func (p *phpParser) skipBrackets() {
	depth := 0
	for ; p.peek(0).kind != end; p.i++ {
		switch p.bracket() {
		case +1:
			depth++
		case -1:
			if depth--; depth <= 0 {
				p.i++
				return
			}
		}
	}
}

// bracket is +1 for an opening one, -1 for a closing one, else 0.
func (p *phpParser) bracket() int {
	t := p.peek(0)
	if t.kind != sign || t.from == t.to {
		return 0
	}
	switch p.text(t) {
	case "(", "[", "{", "#[":
		return +1
	case ")", "]", "}":
		return -1
	}
	return 0
}

// class reads the properties and constants of a class, with the class' name before them: JConfig.host.
func (p *phpParser) class() error {
	anonymous := p.isWord(-1, "new")
	p.i++
	if p.peek(0).kind != word && !anonymous {
		return nil // enum, trait and interface may be names of something else
	}
	name := p.text(p.peek(0))
	for p.peek(0).kind != end && !p.is(0, "{") && !p.closed() {
		p.i++
	}
	if anonymous && p.is(0, "{") {
		p.skipBrackets()
	}
	if anonymous || !p.is(0, "{") {
		return nil
	}
	p.i++
	for p.peek(0).kind != end && !p.is(0, "}") {
		switch {
		case p.isWord(0, "function"):
			p.skipFunction()
		case p.isWord(0, "const"):
			if err := p.constants(name); err != nil {
				return err
			}
		case p.peek(0).kind == variable:
			property := p.text(p.peek(0))
			value := textNode("", p.line()) // a property without a value is null
			p.i++
			if p.is(0, "=") {
				p.i++
				var err error
				if value, err = p.expression(); err != nil {
					return err
				}
			}
			if err := p.t.set([]string{name, property}, value); err != nil {
				return err
			}
		case p.bracket() > 0: // hooks of a property, an attribute
			p.skipBrackets()
		default:
			p.i++
		}
	}
	p.i++
	return nil
}

// constants reads const A = 1, B = 2; of a file (class "") or a class. A type may stand before the name.
func (p *phpParser) constants(class string) error {
	p.i++
	for !p.closed() {
		name := ""
		for !p.closed() && !p.is(0, "=") && !p.is(0, "}") {
			if t := p.peek(0); t.kind == word {
				name = p.text(t)
			}
			p.i++
		}
		if !p.is(0, "=") {
			return nil
		}
		p.i++
		value, err := p.expression()
		if err != nil {
			return err
		}
		path := []string{name}
		if class != "" {
			path = []string{class, name}
		}
		if err := p.t.set(path, value); err != nil {
			return err
		}
		if !p.is(0, ",") {
			return nil
		}
		p.i++
	}
	return nil
}

// define reads define('NAME', value). As in PHP the first one wins.
func (p *phpParser) define() error {
	p.i++
	if !p.is(0, "(") {
		return nil
	}
	p.i++
	line := p.line()
	name, err := p.expression()
	if err != nil || !p.is(0, ",") || !name.known || name.text == "" {
		return err
	}
	p.i++
	value, err := p.expression()
	if err != nil {
		return err
	}
	key := strings.TrimPrefix(name.text, `\`)
	value.line = line
	if old := p.t.get([]string{key}); old != nil {
		if old.differs(value) {
			old.first = line
		}
		return nil
	}
	return p.t.set([]string{key}, value)
}

// iniSet reads ini_set('session.gc_maxlifetime', value), which is kept as ini.session.gc_maxlifetime. The last one counts.
func (p *phpParser) iniSet() error {
	p.i++
	if !p.is(0, "(") {
		return nil
	}
	p.i++
	name, err := p.expression()
	if err != nil || !p.is(0, ",") || !name.known || name.text == "" {
		return err
	}
	p.i++
	value, err := p.expression()
	if err != nil {
		return err
	}
	return p.t.set([]string{"ini." + name.text}, value)
}

// returned reads what a file returns. The last one counts; those before it are refusals of access.
func (p *phpParser) returned() error {
	p.i++
	if p.closed() {
		return nil
	}
	value, err := p.expression()
	if err != nil {
		return err
	}
	if !value.isArray() {
		return nil
	}
	return p.t.set([]string{"return"}, value)
}
