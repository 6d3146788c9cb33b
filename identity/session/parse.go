package session

import (
	"errors"
	"fmt"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
)

// op is what a node of an expression does.
type op uint8

const (
	opText     op = iota // a constant
	opVariable           // slot
	opNow
	opSecret // text is its name
	opCookie // one kid: the name
	opCall
	opFirst // the first kid that can be computed and is not empty
	opWhen  // the second kid if the first holds, else the third
	opPlus
	opMinus
	opTimes
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opIn
	opNot
	opAnd
	opOr
)

// node is a part of an expression. A truth is a condition, everything else has a value.
type node struct {
	op     op
	text   string
	slot   int
	kids   []node
	call   call
	truth  bool
	secret bool // the value must not be compared but by equal, which takes the same time wherever the difference is
}

// scope is what an expression may name.
type scope struct {
	slots   map[string]int
	secret  map[string]bool // variables that hold secrets
	needs   []string
	secrets secrets
	life    time.Duration // 0: as the site or the recipe says
	missing bool          // a secret of needs is not set: functions that need it are not prepared
}

// parser reads one expression.
type parser struct {
	*scope

	tokens []token
	at     int
	depth  int
	nodes  int
}

// parse reads an expression; truth tells whether it must be a condition or must be none.
func (s *scope) parse(text string, truth bool) (node, error) {
	tokens, err := lex(text)
	if err != nil {
		return node{}, err
	}
	p := &parser{scope: s, tokens: tokens}
	n, err := p.or()
	switch {
	case err != nil:
		return node{}, err
	case p.peek().kind != tokenEnd:
		return node{}, fmt.Errorf("goes on with %q behind its end", setting.Clip(p.peek().text))
	case n.truth != truth:
		return node{}, wrongSort(truth)
	}
	return n, nil
}

func wrongSort(truth bool) error {
	if truth {
		return errors.New("is a value where a condition belongs")
	}
	return errors.New("is a condition where a value belongs")
}

func (p *parser) peek() token { return p.tokens[p.at] }

// take takes the next token if it is this one.
func (p *parser) take(k kind, text string) bool {
	if t := p.peek(); t.kind != k || t.text != text {
		return false
	}
	p.at++
	return true
}

// enter counts what is open; leave closes it.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return fmt.Errorf("is nested more than %d deep", maxDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// made counts a node.
func (p *parser) made(n node) (node, error) {
	if p.nodes++; p.nodes > maxNodes {
		return node{}, fmt.Errorf("has more than %d parts", maxNodes)
	}
	return n, nil
}

func (p *parser) or() (node, error)  { return p.chain("or", opOr, p.and) }
func (p *parser) and() (node, error) { return p.chain("and", opAnd, p.not) }

// chain reads conditions with a word between them; a single value passes through.
func (p *parser) chain(word string, o op, part func() (node, error)) (node, error) {
	if err := p.enter(); err != nil {
		return node{}, err
	}
	defer p.leave()
	first, err := part()
	if err != nil || !p.take(tokenName, word) {
		return first, err
	}
	n := node{op: o, truth: true, kids: []node{first}}
	for {
		kid, err := part()
		if err != nil {
			return node{}, err
		}
		n.kids = append(n.kids, kid)
		if !p.take(tokenName, word) {
			break
		}
	}
	for _, kid := range n.kids {
		if !kid.truth {
			return node{}, wrongSort(true)
		}
	}
	return p.made(n)
}

func (p *parser) not() (node, error) {
	if !p.take(tokenName, "not") {
		return p.comparison()
	}
	if err := p.enter(); err != nil {
		return node{}, err
	}
	defer p.leave()
	kid, err := p.not()
	if err == nil && !kid.truth {
		err = wrongSort(true)
	}
	if err != nil {
		return node{}, err
	}
	return p.made(node{op: opNot, truth: true, kids: []node{kid}})
}

var comparisons = map[string]op{
	"=": opEqual, "!=": opNotEqual, "<": opLess, "<=": opLessEqual, ">": opGreater, ">=": opGreaterEqual,
}

func (p *parser) comparison() (node, error) {
	left, err := p.sum()
	if err != nil {
		return node{}, err
	}
	n := node{truth: true, kids: []node{left}}
	switch o, is := comparisons[p.peek().text]; {
	case is && p.peek().kind == tokenSign:
		p.at++
		right, err := p.sum()
		if err != nil {
			return node{}, err
		}
		n.op, n.kids = o, append(n.kids, right)
	case p.take(tokenName, "in"):
		if !p.take(tokenSign, "(") {
			return node{}, errors.New("needs a list behind in: in (1, 2)")
		}
		list, err := p.arguments()
		if err != nil {
			return node{}, err
		}
		n.op, n.kids = opIn, append(n.kids, list...)
	default:
		return left, nil
	}
	for _, kid := range n.kids {
		if kid.truth {
			return node{}, wrongSort(false)
		}
		if kid.secret && (n.op == opEqual || n.op == opNotEqual || n.op == opIn) {
			return node{}, errors.New("compares a secret by =, != or in; use equal(a, b), which takes the same time wherever they differ")
		}
	}
	return p.made(n)
}

func (p *parser) sum() (node, error) {
	return p.arithmetic(map[string]op{"+": opPlus, "-": opMinus}, p.product)
}

func (p *parser) product() (node, error) {
	return p.arithmetic(map[string]op{"*": opTimes}, p.factor)
}

func (p *parser) arithmetic(ops map[string]op, part func() (node, error)) (node, error) {
	left, err := part()
	for err == nil {
		o, is := ops[p.peek().text]
		if !is || p.peek().kind != tokenSign {
			return left, nil
		}
		p.at++
		var right node
		if right, err = part(); err != nil {
			break
		}
		if left.truth || right.truth {
			return node{}, wrongSort(false)
		}
		left, err = p.made(node{op: o, kids: []node{left, right}})
	}
	return node{}, err
}
