package sitefile

import (
	"path"
	"slices"
	"strconv"
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
			t.includes = t.includes || first.text == "from" && p.hasStar()
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
