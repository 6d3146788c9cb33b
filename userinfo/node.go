package userinfo

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// node is a form of expression that is more than a text with columns in it.
type node struct {
	kind     nodeKind
	of       []expr
	bound    []boundExpr // of, by bind
	sep      string      // nodeJoin
	zero     bool        // nodeFirst: 0 and zero dates are empty
	call     convert.Func
	calls    []convert.Func // form time, by bind: for each alternative of the operand, whose zones may differ
	onEmpty  bool           // nodeCall: call is made for an empty text too
	inside   bool           // nodeCall takes a part of a serialized value
	names    []string       // inside: the names in its path
	timeAs   string         // nodeCall of form time, to be made anew for another zone
	timeZone string
	form     string // its name and what it takes, as canon writes it
	cases    []caseArm
	other    *expr
	boundOr  *boundExpr
}

type nodeKind uint8

const (
	nodeFirst nodeKind = iota // first operand that is not empty
	nodeJoin                  // all operands that are not empty
	nodeMax                   // greatest operand
	nodeCall                  // what a converter makes of the operand
	nodeCase                  // first case that holds
)

type caseArm struct {
	when  *boolean
	then  expr
	bound boundExpr
}

func (n *node) refs(visit func(r ref, inside bool)) {
	for _, e := range n.of {
		e.refs(func(r ref, inside bool) { visit(r, inside || n.inside) })
	}
	for _, c := range n.cases {
		c.then.refs(visit)
	}
	if n.other != nil {
		n.other.refs(visit)
	}
}

// pathNames visits the names within paths of serialized values.
func (e expr) pathNames(visit func(name string)) {
	for _, t := range e.alts {
		if t.node == nil {
			continue
		}
		for _, name := range t.node.names {
			visit(name)
		}
		for _, of := range t.node.of {
			of.pathNames(visit)
		}
		for _, c := range t.node.cases {
			c.then.pathNames(visit)
		}
		if t.node.other != nil {
			t.node.other.pathNames(visit)
		}
	}
}

// conditions visits the conditions of the cases within an expression.
func (e expr) conditions(visit func(*boolean)) {
	for _, t := range e.alts {
		if t.node == nil {
			continue
		}
		for _, of := range t.node.of {
			of.conditions(visit)
		}
		for _, c := range t.node.cases {
			visit(c.when)
			c.then.conditions(visit)
		}
		if t.node.other != nil {
			t.node.other.conditions(visit)
		}
	}
}

// maxDepth bounds how deep expressions and conditions may be nested.
const maxDepth = 16

// spec reads an expression of the mapping language.
func (p parser) spec(s ExprSpec, address bool, depth int) (expr, error) {
	if depth > maxDepth {
		return expr{}, fmt.Errorf("is nested more than %d deep", maxDepth)
	}
	switch s.Form {
	case "const", "tmpl":
		if len(s.Text) > maxExpression {
			return expr{}, fmt.Errorf("is longer than %d bytes", maxExpression)
		}
	}
	switch s.Form {
	case "":
		return p.parse(s.Text, address)
	case "const":
		return expr{alts: []template{{parts: []part{{text: expand(s.Text, p.vars)}}, whole: address}}}, nil
	case "col", "meta":
		return p.single(s)
	case "tmpl":
		t, err := p.template(expand(s.Text, p.vars))
		t.whole = address
		return expr{alts: []template{t}}, err
	case "list":
		r, err := p.joins.list(s.Text, s.Args["agg"], orDefault(s.Args, "sep", ","))
		return expr{alts: []template{{parts: []part{{ref: r}}}}}, err
	}
	n, err := p.node(s, address, depth)
	if err != nil {
		return expr{}, err
	}
	if n.kind == nodeFirst && !n.zero { // alternatives, as of a text
		var e expr
		for _, of := range n.of {
			e.alts = append(e.alts, of.alts...)
		}
		return e, nil
	}
	return expr{alts: []template{{node: n, whole: address}}}, nil
}

// single reads the forms that are one column.
func (p parser) single(s ExprSpec) (expr, error) {
	text := expand(s.Text, p.vars)
	if s.Args["like"] == "true" {
		alias, pattern, _ := strings.Cut(text, ".")
		if kind, ok := p.joins[alias]; !ok || kind != JoinKV || s.Form != "meta" || pattern == "" || len(pattern) > maxKey {
			return expr{}, fmt.Errorf("%q is no key of a key/value join", setting.Clip(text))
		}
		if patternOfSecrets(pattern) {
			return expr{}, fmt.Errorf("maps keys like %q, some of which would be secrets, to an output", setting.Clip(pattern))
		}
		r := ref{alias: alias, name: pattern, like: true}
		return expr{alts: []template{{parts: []part{{ref: r}}}}}, nil
	}
	r, ok, err := p.joins.reference(text)
	switch {
	case err != nil:
		return expr{}, err
	case !ok:
		return expr{}, fmt.Errorf("%q is no column", setting.Clip(text))
	case s.Form == "meta" && (r.alias == "" || p.joins[r.alias] != JoinKV):
		return expr{}, fmt.Errorf("%q is no key of a key/value join", setting.Clip(text))
	}
	return expr{alts: []template{{parts: []part{{ref: r}}}}}, nil
}

func (p parser) node(s ExprSpec, address bool, depth int) (*node, error) {
	n := &node{form: s.Form + fmt.Sprintf(" %q %q", s.Args, s.Pairs)} // fmt has maps in order
	for _, of := range s.Of {
		e, err := p.spec(of, address && (s.Form == "first" || s.Form == "case"), depth+1)
		if err != nil {
			return nil, err
		}
		n.of = append(n.of, e)
	}
	var err error
	switch s.Form {
	case "first":
		n.kind, n.zero = nodeFirst, s.Args["empty_zero"] == "true"
	case "max":
		n.kind = nodeMax
	case "join":
		n.kind, n.sep = nodeJoin, orDefault(s.Args, "sep", " ")
	case "map":
		n.kind = nodeCall
		els, has := "", s.Else != nil
		if has {
			els = s.Else.Text
			n.form += strconv.Quote(els)
		}
		n.call, n.onEmpty = convert.NewMap(s.Pairs, els, has), has
	case "time":
		n.kind, n.timeAs, n.timeZone = nodeCall, orDefault(s.Args, "as", "auto"), s.Args["tz"]
		n.call, err = p.time(n)
	case "bit":
		n.kind = nodeCall
		mask, bad := strconv.ParseUint(s.Args["mask"], 0, 64)
		if bad != nil || mask == 0 {
			return nil, fmt.Errorf("has mask %q, which is no number above 0", setting.Clip(s.Args["mask"]))
		}
		n.call = convert.NewBit(mask)
	case "php":
		n.kind, n.inside = nodeCall, true
		n.call, err = convert.NewPHPWithout(s.Args["path"], looksSecret)
		n.names = convert.PathNames(s.Args["path"])
	case "json":
		n.kind, n.inside = nodeCall, true
		n.call, err = convert.NewJSONWithout(s.Args["path"], looksSecret)
		n.names = convert.PathNames(s.Args["path"])
	case "case":
		n.kind = nodeCase
		err = p.cases(n, s, address, depth)
	default:
		return nil, fmt.Errorf("has unknown form %q", setting.Clip(s.Form))
	}
	if err != nil {
		return nil, err
	}
	if n.kind != nodeCase && len(n.of) == 0 || n.kind == nodeCall && len(n.of) != 1 {
		return nil, fmt.Errorf("%s has nothing to work on", s.Form)
	}
	return n, nil
}

func (p parser) cases(n *node, s ExprSpec, address bool, depth int) error {
	for _, c := range s.Cases {
		when, err := p.condition(c.If, depth+1)
		if err != nil {
			return err
		}
		then, err := p.spec(c.Then, address, depth+1)
		if err != nil {
			return err
		}
		n.cases = append(n.cases, caseArm{when: when, then: then})
	}
	if len(n.cases) == 0 {
		return errors.New("case has no cases")
	}
	if s.Else != nil {
		e, err := p.spec(*s.Else, address, depth+1)
		if err != nil {
			return err
		}
		n.other = &e
	}
	return nil
}

// time makes the converter of form time. zone is that of the site, or UTC for a column that is read as UTC.
func (p parser) time(n *node) (convert.Func, error) {
	zone := p.env.Zone
	if n.timeZone != "" && n.timeZone != "site" {
		loaded, err := time.LoadLocation(n.timeZone)
		if err != nil || n.timeZone == "Local" {
			return nil, fmt.Errorf("has tz %q, which is no time zone", setting.Clip(n.timeZone))
		}
		zone = loaded
	}
	return convert.NewTime(n.timeAs, zone)
}

func orDefault(args map[string]string, name, other string) string {
	if value, ok := args[name]; ok {
		return value
	}
	return other
}

// expand replaces {name} by the constants of that name.
func expand(text string, vars map[string]string) string {
	if len(vars) == 0 || !strings.Contains(text, "{") {
		return text
	}
	pairs := make([]string, 0, 2*len(vars))
	for name, value := range vars {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
