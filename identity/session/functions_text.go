package session

import (
	"strings"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// textFunctions are those that know no format.
func textFunctions() map[string]*function {
	return map[string]*function{
		"item": {args: "value, name, …", min: 2, max: -1, gives: keepsSecret, call: func(_ *run, args []value) (value, error) {
			names, err := texts(args[1:])
			if err != nil {
				return value{}, err
			}
			return args[0].item(names)
		}},
		"concat": {args: "text, …", min: 2, max: -1, gives: keepsSecret, call: onTexts(func(_ *run, s []string) (string, error) {
			return bounded(strings.Join(s, ""))
		})},
		"substr":      {args: "text, from, length", min: 3, max: 3, gives: keepsSecret, call: substr},
		"lower":       {args: "text", min: 1, max: 1, gives: keepsSecret, call: onTexts(func(_ *run, s []string) (string, error) { return strings.ToLower(s[0]), nil })},
		"split":       {args: "text, separator, parts", min: 3, max: 3, gives: keepsSecret, call: splitter(decode.Split)},
		"split_first": {args: "text, separator, parts", min: 3, max: 3, gives: keepsSecret, call: splitter(decode.SplitFirst)},
		"equal": {args: "text, text", min: 2, max: 2, truth: true, call: func(_ *run, args []value) (value, error) {
			s, err := texts(args)
			if err != nil {
				return value{}, err
			}
			return truthValue(decode.SameSecret(s[0], s[1])), nil
		}},
		"has": {args: "text", min: 1, max: 1, truth: true, call: func(_ *run, args []value) (value, error) {
			s, err := texts(args)
			if err != nil {
				return value{}, err
			}
			return truthValue(s[0] != ""), nil
		}},
		"unix": {args: "text, form [, 'site']", min: 2, max: 3, call: unix, check: func(args []node) error {
			if err := constant(1, convert.TimeForms()...)(args); err != nil {
				return err
			}
			return constant(2, "site")(args)
		}},
	}
}

// bounded keeps texts from growing: a recipe may put one together from itself again and again.
func bounded(text string) (string, error) {
	if len(text) > decode.MaxLength {
		return "", noValue("a text is too long")
	}
	return text, nil
}

func substr(_ *run, args []value) (value, error) {
	text, err := args[0].id()
	if err != nil {
		return value{}, err
	}
	from, err := args[1].number()
	if err != nil {
		return value{}, err
	}
	length, err := args[2].number()
	if err != nil {
		return value{}, err
	}
	size := int64(len(text))
	if from < 0 || length < 0 || from > size {
		return value{}, noValue("a text is too short")
	}
	return textValue(text[from : from+min(length, size-from)]), nil
}

func splitter(f func(text, sep string, n int) ([]string, error)) call {
	return func(_ *run, args []value) (value, error) {
		s, err := texts(args[:2])
		if err != nil {
			return value{}, err
		}
		n, err := args[2].number()
		if err != nil || n < 1 || n > 64 {
			return value{}, noValue("a text has 1 to 64 parts")
		}
		list, err := f(s[0], s[1], int(n))
		return value{list: list, sort: isList}, err
	}
}

// unix reads a time; what is none, and a zero date, cannot be computed.
func unix(r *run, args []value) (value, error) {
	s, err := texts(args)
	if err != nil {
		return value{}, err
	}
	var in zone
	if len(s) > 2 {
		in = r.resolver.o.Zone
	}
	read, err := convert.NewTime(s[1], in)
	if err != nil {
		return value{}, noValue("no form of time")
	}
	text := read(nil, []byte(s[0]))
	if len(text) == 0 {
		return value{}, noValue("no time")
	}
	return textValue(string(text)), nil
}
