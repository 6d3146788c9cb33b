package preset

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chatpass/chatpass/userinfo"
)

// forms are the forms of expressions and what each may say besides.
var forms = map[string][]string{
	"col": nil, "const": nil, "tmpl": nil,
	"first": {"empty_zero"},
	"join":  {"sep"},
	"max":   nil,
	"meta":  {"like"},
	"map":   {"to", "else"},
	"time":  {"as", "tz", "zero"},
	"bit":   {"mask"},
	"php":   {"path"},
	"json":  {"path"},
	"case":  {"else"},
	"list":  {"agg", "sep"},
}

var formNames = []string{"col", "const", "first", "join", "max", "meta", "tmpl", "map", "time", "bit", "php", "json", "case", "list"}

// expr reads an expression: a text, or a form.
func (r *reader) expr(n *yaml.Node, path string) userinfo.ExprSpec {
	e := userinfo.ExprSpec{Place: r.at(n, path)}
	if n.Kind != yaml.MappingNode {
		e.Text = r.text(n, path)
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			e.Place.Quoted = e.Text
		}
		return e
	}
	if braced(n) {
		r.fault(e.Place, "is a word in braces without quotes", quoteBraces)
		return e
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if name := n.Content[i].Value; slices.Contains(formNames, name) && (e.Form == "" || !slices.Contains(forms[e.Form], name)) {
			if e.Form != "" && !slices.Contains(forms[name], e.Form) {
				r.fault(e.Place, "has the forms "+e.Form+" and "+name+" at once", "write one of them")
				return e
			}
			e.Form = name
		}
	}
	if e.Form == "" {
		r.fault(e.Place, "has no form", "write a text or one of "+strings.Join(formNames, ", "))
		return e
	}
	e.Args = map[string]string{}
	r.object(n, path, append([]string{e.Form}, forms[e.Form]...), func(name string, v *yaml.Node) {
		at := join(path, name)
		switch {
		case name == e.Form:
			r.operand(&e, v, at)
		case name == "to":
			e.Pairs = r.pairs(v, at)
		case name == "else" && e.Form == "map":
			e.Else = &userinfo.ExprSpec{Form: "const", Text: r.text(v, at), Place: r.at(v, at)}
		case name == "else":
			other := r.expr(v, at)
			e.Else = &other
		case name == "zero":
			if v.Tag != "!!null" {
				r.fault(r.at(v, at), "is not null", "leave it out: zero dates are always empty")
			}
		default:
			e.Args[name] = r.text(v, at)
		}
	})
	if e.Form == "map" && len(e.Pairs) == 0 {
		r.fault(e.Place, "has no to", "write { map: expression, to: { value: text } }")
	}
	return e
}

// braced reports whether a node was meant as a text: {login}, which YAML takes for names without values.
func braced(n *yaml.Node) bool {
	for i := 1; i < len(n.Content); i += 2 {
		if n.Content[i].Tag != "!!null" || n.Content[i].Value != "" {
			return false
		}
	}
	return n.Style&yaml.FlowStyle != 0 && len(n.Content) > 0
}

// operand reads what stands behind the form's own name.
func (r *reader) operand(e *userinfo.ExprSpec, n *yaml.Node, path string) {
	switch e.Form {
	case "col", "const", "tmpl", "meta", "list":
		e.Text = r.text(n, path)
	case "first", "join", "max":
		r.list(n, path, func(at string, kid *yaml.Node) { e.Of = append(e.Of, r.expr(kid, at)) })
	case "case":
		r.list(n, path, func(at string, kid *yaml.Node) {
			c := userinfo.CaseSpec{}
			has := map[string]bool{}
			r.object(kid, at, []string{"if", "then"}, func(name string, v *yaml.Node) {
				if has[name] = true; name == "if" {
					c.If = r.condition(v, join(at, name))
				} else {
					c.Then = r.expr(v, join(at, name))
				}
			})
			if !has["if"] || !has["then"] {
				r.fault(r.at(kid, at), "lacks if or then", "write { if: condition, then: expression }")
				return
			}
			e.Cases = append(e.Cases, c)
		})
	default:
		e.Of = []userinfo.ExprSpec{r.expr(n, path)}
	}
}

// condition reads a text, true, false, or { of: expression, in: [texts] }.
func (r *reader) condition(n *yaml.Node, path string) userinfo.CondSpec {
	c := userinfo.CondSpec{Place: r.at(n, path)}
	if n.Kind == yaml.MappingNode {
		r.object(n, path, []string{"of", "in"}, func(name string, v *yaml.Node) {
			if name == "in" {
				c.In = r.texts(v, join(path, name))
				return
			}
			e := r.expr(v, join(path, name))
			c.Of = &e
		})
		if c.Of == nil || len(c.In) == 0 {
			r.fault(c.Place, "lacks of or in", "write { of: expression, in: [texts] }")
			c.Of, c.Const = nil, new(bool)
		}
		return c
	}
	text := r.text(n, path)
	switch {
	case n.Tag == "!!bool":
		truth := strings.EqualFold(text, "true")
		c.Const = &truth
	case strings.TrimSpace(text) == "":
		r.fault(c.Place, "is empty", "write a condition such as status = 'active'")
		c.Const = new(bool)
	default:
		c.Text = text
	}
	return c
}

func (r *reader) conditions(n *yaml.Node, path string) []userinfo.CondSpec {
	if n.Kind != yaml.SequenceNode {
		return []userinfo.CondSpec{r.condition(n, path)}
	}
	var conds []userinfo.CondSpec
	r.list(n, path, func(at string, kid *yaml.Node) { conds = append(conds, r.condition(kid, at)) })
	return conds
}
