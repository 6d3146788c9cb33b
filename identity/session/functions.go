package session

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/secret"
)

// call computes what a function gives; a condition gives an empty text for no.
type call func(r *run, args []value) (value, error)

// gives says whether what a function gives must be kept secret.
type gives uint8

const (
	givesPlain  gives = iota // of no use to who does not know it already
	keepsSecret              // a secret if it is made of one
	givesSecret              // always: what a visitor has to send
)

// function is a word of expressions.
type function struct {
	args  string // for messages; those in [] may be left out, … is any number
	min   int    // of values, not counting the name of a secret
	max   int    // -1: any number
	truth bool
	gives gives
	call  call
	open  func(keys []secret.Secret) (call, error) // of functions whose first argument names a secret
	check func(args []node) error                  // looks at constants when the recipe is read
}

// most is how many values a function takes.
func (f *function) most() int {
	if f.max < 0 {
		return 16 // no structure of a session is that deep
	}
	return f.max
}

// functions is the registry: what recipes know how to do. Formats and formulas are of package decode.
var functions = func() map[string]*function {
	all := map[string]*function{}
	for _, group := range []map[string]*function{textFunctions(), readers(), hashes(), openers(), formulas()} {
		maps.Copy(all, group)
	}
	return all
}()

func functionNames() []string { return slices.Sorted(maps.Keys(functions)) }

// Functions lists the functions recipes may call as they are written, in alphabetical order.
func Functions() []string {
	list := []string{"cookie(name)", "first(value, value, …)", "lifetime(seconds [, 'setting'])", "now()", "secret('name')", "setting('name' [, 'text'])", "when(condition, value, value)"}
	for name, f := range functions {
		args := f.args
		if f.open != nil {
			args = strings.TrimSuffix("'secret', "+args, ", ")
		}
		list = append(list, name+"("+args+")")
	}
	slices.Sort(list)
	return list
}

// texts reads values as texts.
func texts(args []value) ([]string, error) {
	list := make([]string, len(args))
	for i, arg := range args {
		var err error
		if list[i], err = arg.read(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// onTexts is a function of texts that gives a text. Of true and floats none is made, since an id could be made of it.
func onTexts(f func(r *run, args []string) (string, error)) call {
	return func(r *run, args []value) (value, error) {
		list := make([]string, len(args))
		for i, arg := range args {
			var err error
			if list[i], err = arg.id(); err != nil {
				return value{}, err
			}
		}
		text, err := f(r, list)
		return textValue(text), err
	}
}

// proof is a function of texts that checks something: what does not prove anything is no, not an error, so that not proves nothing either.
func proof(f func(r *run, args []string) error) call {
	return func(r *run, args []value) (value, error) {
		list, err := texts(args)
		if err != nil {
			return value{}, err
		}
		if err := f(r, list); err != nil {
			return value{}, err
		}
		return truthValue(true), nil
	}
}

// constant checks that an argument is one of some words.
func constant(at int, words ...string) func([]node) error {
	return func(args []node) error {
		if len(args) > at && (args[at].op != opText || !slices.Contains(words, args[at].text)) {
			return fmt.Errorf("value %d must be one of '%s'", at+1, strings.Join(words, "', '"))
		}
		return nil
	}
}
