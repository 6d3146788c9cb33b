package userinfo

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

// boolean is a condition of the mapping language. Part of them the database checks; the rest is held against the rows that were read.
type boolean struct {
	op     boolOp
	kids   []*boolean
	test   condition // opTest: column, operator, values; its column is that of ref
	ref    ref
	index  int    // of ref in the row, by bind
	column Column // of ref, by bind; its zero value for what no table has as such
	now    bool   // the right side is now()
	mask   uint64 // opBits
	like   string // opLike: the pattern
	truth  bool   // opConst
	of     expr   // opOf: what an expression gives
	bound  boundExpr
	in     []string // opOf: is one of these
}

type boolOp uint8

const (
	opConst boolOp = iota
	opAnd
	opOr
	opNot
	opTest // a comparison of a column with values
	opLike
	opBits
	opEmpty
	opSet // the column is not NULL; exists() and has() too
	opOf
	opNever // its kid must not hold; unknown is as good as no
	opGone  // names a column that may be missing, and is: it does not count
)

// condition reads a condition.
func (p parser) condition(s CondSpec, depth int) (*boolean, error) {
	switch {
	case depth > maxDepth:
		return nil, fmt.Errorf("is nested more than %d deep", maxDepth)
	case s.Const != nil:
		return &boolean{op: opConst, truth: *s.Const}, nil
	case s.Of != nil:
		e, err := p.spec(*s.Of, false, depth+1)
		if err != nil {
			return nil, err
		}
		if len(s.In) == 0 {
			return nil, errors.New("has no values that the expression may give")
		}
		return &boolean{op: opOf, of: e, in: s.In}, nil
	}
	if len(s.Text) > maxExpression {
		return nil, fmt.Errorf("is longer than %d bytes", maxExpression)
	}
	sc := &conditionScanner{scanner: scanner{text: expand(s.Text, p.vars), wide: true}, joins: p.joins}
	sc.next()
	b, err := sc.or(depth)
	if err == nil && sc.token.kind != tokenEnd {
		err = fmt.Errorf("has %q where the end was expected", setting.Clip(sc.token.text))
	}
	if err != nil {
		return nil, fmt.Errorf("%w in %q", err, setting.Clip(strings.TrimSpace(s.Text)))
	}
	return b, nil
}

// conditionScanner reads the whole language of conditions.
type conditionScanner struct {
	scanner

	joins joins
	count int
}

func (s *conditionScanner) or(depth int) (*boolean, error) {
	return s.chain("or", opOr, depth, func() (*boolean, error) {
		return s.chain("and", opAnd, depth, func() (*boolean, error) { return s.not(depth) })
	})
}

func (s *conditionScanner) chain(word string, op boolOp, depth int, kid func() (*boolean, error)) (*boolean, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("is nested more than %d deep", maxDepth)
	}
	first, err := kid()
	if err != nil {
		return nil, err
	}
	b := &boolean{op: op, kids: []*boolean{first}}
	for s.word(word) {
		next, err := kid()
		if err != nil {
			return nil, err
		}
		b.kids = append(b.kids, next)
	}
	if len(b.kids) == 1 {
		return first, nil
	}
	return b, nil
}

func (s *conditionScanner) not(depth int) (*boolean, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("is nested more than %d deep", maxDepth)
	}
	switch {
	case s.word("not"):
		kid, err := s.not(depth + 1)
		return &boolean{op: opNot, kids: []*boolean{kid}}, err
	case s.symbol("("):
		b, err := s.or(depth + 1)
		if err == nil && !s.symbol(")") {
			err = errors.New("a parenthesis is not closed")
		}
		return b, err
	}
	if s.count++; s.count > maxConditions {
		return nil, fmt.Errorf("has more than %d conditions", maxConditions)
	}
	return s.atom()
}

func (s *conditionScanner) atom() (*boolean, error) {
	if s.token.kind != tokenWord {
		return nil, errors.New("a condition must start with a column name")
	}
	word := s.token.text
	s.next()
	if s.token.kind == tokenSymbol && s.token.text == "(" {
		return s.function(strings.ToLower(word))
	}
	if strings.EqualFold(word, "true") || strings.EqualFold(word, "false") {
		return &boolean{op: opConst, truth: strings.EqualFold(word, "true")}, nil
	}
	r, ok, err := s.joins.reference(word)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%q is no column", setting.Clip(word))
	}
	return s.comparison(r)
}

func (s *conditionScanner) function(name string) (*boolean, error) {
	s.next() // the parenthesis
	word := s.token.text
	if s.token.kind != tokenWord {
		return nil, fmt.Errorf("%s() needs a name", setting.Clip(name))
	}
	s.next()
	b := &boolean{op: opSet}
	switch name {
	case "exists":
		if kind, ok := s.joins[word]; !ok || kind == JoinKV {
			return nil, fmt.Errorf("exists(%s) names no join with one or many rows", setting.Clip(word))
		}
		b.ref = ref{alias: word, agg: aggExists}
	case "has":
		r, ok, err := s.joins.reference(word)
		if err != nil || !ok || s.joins[r.alias] != JoinMany || r.alias == "" {
			return nil, fmt.Errorf("has(%s, …) names no column of a join with many: true", setting.Clip(word))
		}
		if !s.symbol(",") || s.token.kind != tokenString && s.token.kind != tokenNumber {
			return nil, errors.New("has() needs a value: has(roles.name, 'administrator')")
		}
		r.agg, r.arg = aggHas, s.token.text
		b.ref = r
		s.next()
	case "empty":
		r, ok, err := s.joins.reference(word)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("empty(%s) names no column", setting.Clip(word))
		}
		b.op, b.ref = opEmpty, r
	default:
		return nil, fmt.Errorf("unknown function %s(): there are exists(), has() and empty()", setting.Clip(name))
	}
	if !s.symbol(")") {
		return nil, fmt.Errorf("%s( is not closed", name)
	}
	return b, nil
}

// comparison reads what follows a column.
func (s *conditionScanner) comparison(r ref) (*boolean, error) {
	b := &boolean{op: opTest, ref: r, test: condition{column: r.name}}
	switch {
	case s.word("is"):
		b.test.op = OpNull
		if s.word("not") {
			b.test.op = OpNotNull
		}
		if !s.word("null") {
			return nil, errors.New("IS must be followed by NULL or NOT NULL")
		}
		return b, nil
	case s.word("not"):
		if s.word("like") {
			like, err := s.pattern(r)
			return &boolean{op: opNot, kids: []*boolean{like}}, err
		}
		if !s.word("in") {
			return nil, errors.New("NOT must be followed by IN or LIKE")
		}
		b.test.op = OpNotIn
		return b, s.list(&b.test)
	case s.word("in"):
		b.test.op = OpIn
		return b, s.list(&b.test)
	case s.word("like"):
		return s.pattern(r)
	case s.symbol("&"):
		n, ok := parseUint(s.token.text)
		if s.token.kind != tokenNumber || !ok || n == 0 {
			return nil, errors.New("& must be followed by a number above 0")
		}
		s.next()
		return &boolean{op: opBits, ref: r, mask: n}, nil
	}
	op, ok := symbolOps[s.token.text]
	if s.token.kind != tokenSymbol || !ok {
		return nil, fmt.Errorf("column %s must be followed by = != < <= > >= &, IN, NOT IN, LIKE, NOT LIKE or IS", r)
	}
	b.test.op = op
	s.next()
	if s.word("now") {
		b.now = true
		if !s.symbol("(") || !s.symbol(")") {
			return nil, errors.New("now must be written now()")
		}
		return b, nil
	}
	return b, s.value(&b.test)
}

func (s *conditionScanner) pattern(r ref) (*boolean, error) {
	if s.token.kind != tokenString {
		return nil, errors.New("LIKE must be followed by a text in quotes")
	}
	b := &boolean{op: opLike, ref: r, like: s.token.text}
	s.next()
	return b, nil
}

// each visits the references of a condition.
func (b *boolean) each(visit func(*boolean)) {
	if b.ref != (ref{}) {
		visit(b)
	}
	for _, k := range b.kids {
		k.each(visit)
	}
}

// exprs visits the expressions within a condition.
func (b *boolean) exprs(visit func(expr)) {
	if b.op == opOf {
		visit(b.of)
	}
	for _, k := range b.kids {
		k.exprs(visit)
	}
}

// forDatabase splits a condition into what a database can check, all of which must hold, and the rest. own tells the comparisons with columns of its table.
func (b *boolean) forDatabase(own func(*boolean) bool) (tests []*boolean, rest []*boolean) {
	switch {
	case b.op == opAnd:
		for _, k := range b.kids {
			t, r := k.forDatabase(own)
			tests, rest = append(tests, t...), append(rest, r...)
		}
		return tests, rest
	case b.op == opTest && !b.now && own(b):
		return []*boolean{b}, nil
	default:
		return nil, []*boolean{b}
	}
}

// parseUint reads a whole number without a sign.
func parseUint(text string) (n uint64, ok bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil
}

// drop makes what names a column that is missing, and may be, not count in a where-condition. Elsewhere such a column reads as empty.
func (b *boolean) drop(missing func(ref) bool) *boolean {
	if b.ref != (ref{}) && missing(b.ref) {
		return &boolean{op: opGone}
	}
	if len(b.kids) == 0 || b.op == opNever {
		return b
	}
	c := *b
	c.kids = nil
	for _, k := range b.kids {
		if k = k.drop(missing); k.op != opGone {
			c.kids = append(c.kids, k)
		}
	}
	if len(c.kids) == 0 {
		return &boolean{op: opGone}
	}
	return &c
}

// clone copies a condition for binding, which writes into it.
func (b *boolean) clone() *boolean {
	c := *b
	c.kids = slices.Clone(b.kids)
	for i, k := range c.kids {
		c.kids[i] = k.clone()
	}
	return &c
}
