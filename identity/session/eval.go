package session

import (
	"errors"
	"math"
	"strconv"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/identity/decode"
)

// eval computes a value.
func (r *run) eval(n *node) (value, error) {
	switch n.op {
	case opText:
		return textValue(n.text), nil
	case opVariable:
		return r.slots[n.slot], nil
	case opNow:
		return textValue(strconv.FormatInt(r.now.Unix(), 10)), nil
	case opSecret:
		return textValue(r.resolver.o.Secrets[n.text].Reveal()), nil
	case opCookie:
		name, err := r.text(&n.kids[0])
		if err != nil {
			return value{}, err
		}
		return r.otherCookie(name)
	case opFirst:
		return r.first(n)
	case opWhen:
		holds, err := r.holds(&n.kids[0])
		if err != nil {
			return value{}, err
		}
		if holds {
			return r.eval(&n.kids[1])
		}
		return r.eval(&n.kids[2])
	case opCall:
		return r.invoke(n)
	case opPlus, opMinus, opTimes:
		return r.arithmetic(n)
	default:
		return value{}, noValue("a condition stands where a value belongs")
	}
}

func (r *run) text(n *node) (string, error) {
	v, err := r.eval(n)
	if err != nil {
		return "", err
	}
	return v.read()
}

// idText is a value as a text that a user or a row is found by.
func (r *run) idText(n *node) (string, error) {
	v, err := r.eval(n)
	if err != nil {
		return "", err
	}
	return v.id()
}

// first gives the first of its values that can be computed and is not empty. What stands twice is not passed over: it may be the very one the site goes by.
func (r *run) first(n *node) (value, error) {
	for i := range n.kids {
		v, err := r.eval(&n.kids[i])
		if errors.Is(err, identity.ErrUnavailable) || errors.Is(err, errTwice) {
			return value{}, err
		}
		if err != nil {
			r.passed = err
			continue
		}
		text, err := v.read()
		if err == nil && text != "" {
			return v, nil
		}
		if err != nil {
			r.passed = err
		}
	}
	return value{}, nil
}

func (r *run) invoke(n *node) (value, error) {
	if n.call == nil {
		return value{}, noValue("a secret is not set")
	}
	first := len(r.args)
	defer func() { r.args = r.args[:first] }()
	for i := range n.kids {
		arg, err := r.eval(&n.kids[i])
		if err != nil {
			return value{}, err
		}
		r.args = append(r.args, arg)
	}
	v, err := n.call(r, r.args[first:])
	if errors.Is(err, decode.ErrNoKey) { // a fault of the settings, of which the visitor cannot be told that nobody is signed in
		err = errors.Join(identity.ErrUnavailable, err)
	}
	return v, err
}

func (r *run) arithmetic(n *node) (value, error) {
	a, b, err := r.numbers(n)
	if err != nil {
		return value{}, err
	}
	var sum int64
	var fits bool
	switch n.op {
	case opPlus:
		sum = a + b
		fits = (sum > a) == (b > 0)
	case opMinus:
		sum = a - b
		fits = (sum < a) == (b > 0)
	default:
		sum = a * b
		fits = a == 0 || sum/a == b && (a != -1 || b != math.MinInt64)
	}
	if !fits {
		return value{}, noValue("a number is too large")
	}
	return textValue(strconv.FormatInt(sum, 10)), nil
}

func (r *run) numbers(n *node) (a, b int64, err error) {
	v, err := r.eval(&n.kids[0])
	if err != nil {
		return 0, 0, err
	}
	if a, err = v.number(); err != nil {
		return 0, 0, err
	}
	if v, err = r.eval(&n.kids[1]); err != nil {
		return 0, 0, err
	}
	b, err = v.number()
	return a, b, err
}

// holds decides a condition.
func (r *run) holds(n *node) (bool, error) {
	switch n.op {
	case opAnd, opOr:
		for i := range n.kids {
			if holds, err := r.holds(&n.kids[i]); err != nil || holds == (n.op == opOr) {
				return holds, err
			}
		}
		return n.op == opAnd, nil
	case opNot:
		holds, err := r.holds(&n.kids[0])
		return !holds && err == nil, err
	case opEqual, opNotEqual, opIn:
		return r.same(n)
	case opLess, opLessEqual, opGreater, opGreaterEqual:
		a, b, err := r.numbers(n)
		if err != nil {
			return false, err
		}
		return n.op == opLess && a < b || n.op == opLessEqual && a <= b || n.op == opGreater && a > b || n.op == opGreaterEqual && a >= b, nil
	case opCall:
		v, err := r.invoke(n)
		return v.text != "" && err == nil, err
	default:
		return false, noValue("a value stands where a condition belongs")
	}
}

// same compares texts byte for byte: two numbers are equal if they are written alike.
func (r *run) same(n *node) (bool, error) {
	left, err := r.text(&n.kids[0])
	if err != nil {
		return false, err
	}
	for i := range n.kids[1:] {
		right, err := r.text(&n.kids[i+1])
		if err != nil {
			return false, err
		}
		if left == right {
			return n.op != opNotEqual, nil
		}
	}
	return n.op == opNotEqual, nil
}
