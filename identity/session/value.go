package session

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// errValue says that a value cannot be computed from what the visitor sent: the session is rejected.
var errValue = errors.New("a value cannot be computed")

// errNoID says that true, a float or a list stands where an id belongs: the session is the site's own, and names nobody.
var errNoID = errors.New("the session names nobody")

// errTwice says that a name stands twice, of which the site's software and Chatpass could believe different ones.
var errTwice = fmt.Errorf("%w: a name stands twice", errValue)

// errList says that a list stands where a text belongs.
var errList = fmt.Errorf("%w: a list stands where a text belongs", errValue)

func noValue(why string) error { return fmt.Errorf("%w: %s", errValue, why) }

// value is what a variable holds: a text, or one of the structures that item looks into.
type value struct {
	text  string
	list  []string
	table map[string]string
	tree  decode.Value
	sort  sort
}

type sort uint8

const (
	isText sort = iota
	isList
	isTable
	isTree
)

func textValue(text string) value { return value{text: text} }

func truthValue(truth bool) value {
	if truth {
		return value{text: "1"}
	}
	return value{}
}

// read is the value as a text.
func (v value) read() (string, error) {
	switch v.sort {
	case isText:
		return v.text, nil
	case isTree:
		switch v.tree.Kind() {
		case convert.TextValue, convert.NumberValue, convert.TrueValue:
			return v.tree.Text(), nil
		case convert.ListValue:
			return "", errList
		case convert.NoValue:
		}
		return "", noValue("what was found is no text")
	case isList, isTable:
	}
	return "", errList
}

// id is the value as a text of which an id, or part of one, is made: no true, which reads as the first user's id, and no float.
func (v value) id() (string, error) {
	if v.sort != isTree {
		return v.read()
	}
	switch v.tree.Kind() {
	case convert.TextValue:
		return v.tree.Text(), nil
	case convert.NumberValue:
		if v.tree.Whole() {
			return v.tree.Text(), nil
		}
		return "", fmt.Errorf("%w: a float is no id", errNoID)
	case convert.TrueValue:
		return "", fmt.Errorf("%w: true is no id", errNoID)
	case convert.ListValue:
		return "", fmt.Errorf("%w: a list is no id", errNoID)
	case convert.NoValue:
	}
	return "", fmt.Errorf("%w: there is no id", errNoID)
}

// number is the value as a whole number.
func (v value) number() (int64, error) {
	text, err := v.read()
	if err != nil {
		return 0, err
	}
	n, ok := number(text)
	if !ok {
		return 0, noValue("not a whole number")
	}
	return n, nil
}

// number reads a whole number as sites write it: digits, perhaps with a minus, nothing else.
func number(text string) (int64, bool) {
	digits := text
	if len(text) > 1 && text[0] == '-' {
		digits = text[1:]
	}
	if !wholeNumber(digits) {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

func wholeNumber(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != "" && len(text) <= 19
}

// item is what stands under names.
func (v value) item(names []string) (value, error) {
	if len(names) == 0 {
		return v, nil
	}
	switch v.sort {
	case isList:
		i, ok := number(names[0])
		if !ok || i < 0 || i >= int64(len(v.list)) || len(names) > 1 {
			return value{}, noValue("the list has no such element")
		}
		return textValue(v.list[i]), nil
	case isTable:
		text, ok := v.table[names[0]]
		if !ok || len(names) > 1 {
			return value{}, noValue("there is no such name")
		}
		return textValue(text), nil
	case isTree:
		found, once := v.tree.Only(names...)
		if !once {
			return value{}, errTwice
		}
		if found.Kind() == convert.NoValue {
			return value{}, noValue("there is no such name")
		}
		return value{tree: found, sort: isTree}, nil
	case isText:
	}
	return value{}, noValue("a text has no elements")
}

// found is what stands under names in what a decoder read.
func found(tree decode.Value, err error, names []string) (value, error) {
	if err != nil {
		return value{}, err
	}
	return value{tree: tree, sort: isTree}.item(names)
}

// zone is that of times without one.
type zone = *time.Location
