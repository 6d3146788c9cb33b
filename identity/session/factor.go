package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// factor reads the smallest part of an expression: a constant, a variable, a function or what stands in parentheses.
func (p *parser) factor() (node, error) {
	if err := p.enter(); err != nil {
		return node{}, err
	}
	defer p.leave()
	t := p.peek()
	p.at = min(p.at+1, len(p.tokens)-1)
	switch {
	case t.kind == tokenText, t.kind == tokenNumber:
		return p.made(node{op: opText, text: t.text})
	case t.kind == tokenVariable:
		slot, known := p.slots[t.text]
		if !known {
			return node{}, fmt.Errorf("names $%s, which nothing above it sets", setting.Clip(t.text))
		}
		return p.made(node{op: opVariable, slot: slot, secret: p.secret[t.text]})
	case t.kind == tokenName && p.take(tokenSign, "("):
		return p.function(t.text)
	case t.kind == tokenSign && t.text == "(":
		n, err := p.or()
		if err == nil && !p.take(tokenSign, ")") {
			err = errors.New("has a parenthesis that is not closed")
		}
		return n, err
	case t.kind == tokenEnd:
		return node{}, errors.New("ends where a value belongs")
	default:
		return node{}, fmt.Errorf("has %q where a value belongs; texts stand in single quotes and variables behind $", setting.Clip(t.text))
	}
}

// arguments reads values up to the closing parenthesis.
func (p *parser) arguments() ([]node, error) {
	var list []node
	if p.take(tokenSign, ")") {
		return nil, nil
	}
	for {
		n, err := p.or()
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		if p.take(tokenSign, ")") {
			return list, nil
		}
		if !p.take(tokenSign, ",") {
			return nil, errors.New("has a list that is not closed, or a comma is missing in it")
		}
	}
}

// function reads what stands behind a name and its parenthesis.
func (p *parser) function(name string) (node, error) {
	args, err := p.arguments()
	if err != nil {
		return node{}, err
	}
	if name == "when" {
		return p.when(args)
	}
	for _, arg := range args {
		if arg.truth {
			return node{}, fmt.Errorf("gives %s a condition: %w", name, wrongSort(false))
		}
	}
	switch name {
	case "now":
		if len(args) != 0 {
			return node{}, errors.New("gives now() something")
		}
		return p.made(node{op: opNow})
	case "secret":
		return p.secretOf(args)
	case "setting":
		return p.settingOf(args)
	case "lifetime":
		return p.lifetimeOf(args)
	case "cookie":
		if len(args) != 1 {
			return node{}, errors.New("cookie takes one name: cookie('name')")
		}
		return p.made(node{op: opCookie, kids: args})
	case "first":
		if len(args) < 2 {
			return node{}, errors.New("first takes two or more values")
		}
		return p.made(node{op: opFirst, kids: args, secret: anySecret(args)})
	}
	return p.invoke(name, args)
}

func (p *parser) when(args []node) (node, error) {
	if len(args) != 3 || !args[0].truth || args[1].truth || args[2].truth {
		return node{}, errors.New("when takes a condition and two values")
	}
	return p.made(node{op: opWhen, kids: args, secret: anySecret(args[1:])})
}

func anySecret(list []node) bool {
	return slices.ContainsFunc(list, func(n node) bool { return n.secret })
}

func (p *parser) secretOf(args []node) (node, error) {
	if len(args) != 1 || args[0].op != opText {
		return node{}, errors.New("secret takes the name of a secret: secret('app_key')")
	}
	if err := p.needed(args[0].text); err != nil {
		return node{}, err
	}
	return p.made(node{op: opSecret, text: args[0].text, secret: true})
}

func (p *parser) needed(name string) error {
	if !slices.Contains(p.needs, name) {
		return fmt.Errorf("uses the secret %s, which needs does not name", setting.Clip(name))
	}
	return nil
}

// invoke prepares a function of the registry.
func (p *parser) invoke(name string, args []node) (node, error) {
	f, known := functions[name]
	if !known {
		problem := fmt.Sprintf("calls %s, which is no function", setting.Clip(name))
		if near := userinfo.Nearest(name, functionNames()); near != "" {
			problem += "; did you mean " + near + "?"
		}
		return node{}, errors.New(problem)
	}
	n := node{op: opCall, text: name, truth: f.truth, call: f.call}
	if f.open != nil {
		if len(args) == 0 || args[0].op != opText {
			return node{}, fmt.Errorf("%s takes the name of a secret first: %s('app_key', …)", name, name)
		}
		if err := p.needed(args[0].text); err != nil {
			return node{}, err
		}
		var err error
		if n.call, err = p.open(f, args[0].text); err != nil {
			return node{}, fmt.Errorf("cannot use the secret %s: %w", args[0].text, err)
		}
		args = args[1:]
	}
	if len(args) < f.min || len(args) > f.most() {
		return node{}, fmt.Errorf("gives %s %d values; it takes %s", name, len(args), f.usage(name))
	}
	if f.check != nil {
		if err := f.check(args); err != nil {
			return node{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	n.kids = args
	n.secret = !f.truth && (f.gives == givesSecret || f.gives == keepsSecret && anySecret(args))
	return p.made(n)
}

// open gives a function its keys: the secret itself, and the former ones of name_previous with commas between.
func (p *parser) open(f *function, name string) (call, error) {
	if p.missing {
		return nil, nil
	}
	keys := p.secrets.keys(name)
	return f.open(keys)
}

// usage is how a function is written.
func (f *function) usage(name string) string { return name + "(" + strings.TrimSpace(f.args) + ")" }
