// Package convert turns the text of a column into what a chat shows: one converter per file, listed in [New].
// Converters never fail loudly: what they cannot read becomes empty, and an empty value is left out of every answer.
package convert

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Func appends the converted in to dst. It appends nothing when in cannot be converted. It must not keep in or dst.
type Func func(dst, in []byte) []byte

// Result is the JSON type of what a converter gives.
type Result uint8

// The results of converters.
const (
	Text   Result = iota
	Number        // a JSON number literal
	Bool          // true or false
)

// Env is what converters may know of the site. The zero value has no site address and times in UTC.
type Env struct {
	Site string         // address of the site without a slash at its end, or empty
	Zone *time.Location // zone of times without one; nil is UTC
}

type maker struct {
	args   int // exact number of arguments
	result Result
	make   func(args []string, env Env) (Func, error)
}

func plain(f Func) func([]string, Env) (Func, error) {
	return func([]string, Env) (Func, error) { return f, nil }
}

var makers = map[string]maker{
	"abs":          {0, Text, newAbs},
	"bool":         {0, Bool, plain(appendBool)},
	"div":          {1, Number, newDiv},
	"ext":          {0, Text, plain(appendExt)},
	"gravatar":     {0, Text, plain(appendGravatar)},
	"gravatar_md5": {0, Text, plain(appendGravatarMD5)},
	"html":         {0, Text, plain(appendUnescaped)},
	"int":          {0, Number, plain(appendInt)},
	"lower":        {0, Text, plain(appendLower)},
	"md5":          {0, Text, plain(appendMD5)},
	"mod":          {1, Number, newMod},
	"number":       {0, Number, plain(appendNumber)},
	"pad":          {1, Text, newPad},
	"q":            {0, Text, plain(appendQueryEscaped)},
	"repl":         {2, Text, newReplace},
	"sha256":       {0, Text, plain(appendSHA256)},
	"split3":       {0, Text, plain(appendSplit3)},
	"sub":          {2, Text, newSub},
	"trim":         {0, Text, plain(appendTrimmed)},
	"unix":         {0, Number, newUnix},
	"upper":        {0, Text, plain(appendUpper)},
	"url":          {0, Text, plain(appendPathEscaped)},
}

// Names lists the converters in alphabetical order.
func Names() []string {
	names := make([]string, 0, len(makers))
	for name := range makers {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// New returns the converter that spec names: "lower", "sub(0,2)", "repl(' ',_)". The error says what is wrong with spec.
func New(spec string, env Env) (Func, Result, error) {
	name, args, err := splitSpec(spec)
	if err != nil {
		return nil, Text, err
	}
	m, ok := makers[name]
	if !ok {
		return nil, Text, fmt.Errorf("unknown filter %q; filters are %s", name, strings.Join(Names(), ", "))
	}
	if len(args) != m.args {
		return nil, Text, fmt.Errorf("filter %s takes %d arguments, not %d", name, m.args, len(args))
	}
	f, err := m.make(args, env)
	if err != nil {
		return nil, Text, fmt.Errorf("filter %s: %w", name, err)
	}
	return f, m.result, nil
}

func splitSpec(spec string) (name string, args []string, err error) {
	name, rest, has := strings.Cut(strings.TrimSpace(spec), "(")
	name = strings.TrimSpace(name)
	if !has {
		return name, nil, nil
	}
	rest, ok := strings.CutSuffix(strings.TrimSpace(rest), ")")
	if !ok {
		return "", nil, fmt.Errorf("filter %q has no closing parenthesis", name)
	}
	return name, splitArgs(rest), nil
}

// splitArgs reads arguments separated by commas. One that holds commas, or blanks at its ends, stands in single or double quotes, in which a doubled
// quote is one. A quote that does not stand around an argument is itself.
func splitArgs(text string) []string {
	var args []string
	for {
		text = strings.TrimSpace(text)
		arg, rest, quoted := quotedArg(text)
		if !quoted {
			end := strings.IndexByte(text+",", ',')
			arg, rest = strings.TrimSpace(text[:end]), text[end:]
		}
		args = append(args, arg)
		if rest == "" {
			return args
		}
		text = rest[1:]
	}
}

// quotedArg reads an argument in quotes; rest is empty, or starts with the comma behind it.
func quotedArg(text string) (arg, rest string, ok bool) {
	if text == "" || text[0] != '\'' && text[0] != '"' {
		return "", "", false
	}
	arg, rest, ok = cutQuoted(text)
	rest = strings.TrimSpace(rest)
	return arg, rest, ok && (rest == "" || rest[0] == ',')
}

// smallInt reads an argument that counts or divides; the bound keeps arithmetic far from overflow.
func smallInt(arg string, least int) (int, error) {
	n, err := strconv.Atoi(arg)
	if err != nil || n < least || n > 1_000_000_000 {
		return 0, fmt.Errorf("argument %q is not a whole number from %d to 1000000000", arg, least)
	}
	return n, nil
}
