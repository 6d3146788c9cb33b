package convert

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits of paths; what a person writes stays far below them.
const (
	maxPath      = 256 // bytes
	maxPathFuncs = 4   // functions around a path
)

// pathFuncs are the functions that may stand around a path.
var pathFuncs = []string{"count", "first", "join", "keys", "last", "max", "min"}

// valuePath leads to values within a text of [NewPHP] or [NewJSON]: steps from the whole value inwards, then functions from the inner to the outer.
type valuePath struct {
	steps []step
	funcs []string
}

// step is one name, or every element. index is the place it means in a list without names, -1 when it means none.
type step struct {
	every bool
	name  string
	index int32
}

// parsePath reads names separated by dots, * for every element, and functions around them: a.b.0, *.login, first(keys()), 'a.b'.c.
// A name with dots, parentheses, stars, blanks or quotes stands in single quotes, in which a doubled quote is one. The empty path is the whole value.
func parsePath(text string) (valuePath, error) {
	var p valuePath
	if len(text) > maxPath {
		return valuePath{}, fmt.Errorf("the path is longer than %d bytes", maxPath)
	}
	rest := strings.TrimSpace(text)
	for {
		open := strings.IndexAny(rest, "('.*)")
		if open < 0 || rest[open] != '(' {
			break
		}
		name := strings.TrimSpace(rest[:open])
		if !slices.Contains(pathFuncs, name) {
			return valuePath{}, fmt.Errorf("unknown function %q in a path; functions are %s (a name with parentheses stands in quotes)", name, strings.Join(pathFuncs, ", "))
		}
		inner, ok := strings.CutSuffix(rest, ")")
		if !ok {
			return valuePath{}, fmt.Errorf("%s( has no closing parenthesis at the end of the path", name)
		}
		if p.funcs = append([]string{name}, p.funcs...); len(p.funcs) > maxPathFuncs {
			return valuePath{}, fmt.Errorf("the path has more than %d functions around it", maxPathFuncs)
		}
		rest = strings.TrimSpace(inner[open+1:])
	}
	for i := 1; i < len(p.funcs); i++ {
		if p.funcs[i] == "keys" {
			return valuePath{}, fmt.Errorf("keys() takes a path, not %s()", p.funcs[i-1])
		}
	}
	if rest == "" {
		return p, nil
	}
	for {
		s, left, err := parseStep(rest)
		if err != nil {
			return valuePath{}, err
		}
		if p.steps = append(p.steps, s); len(p.steps) > maxLevels {
			return valuePath{}, fmt.Errorf("the path has more than %d names", maxLevels)
		}
		if left == "" {
			return p, nil
		}
		if left[0] != '.' {
			return valuePath{}, fmt.Errorf("expected a dot or the end of the path before %q", left)
		}
		rest = left[1:]
	}
}

// PathNames returns the names that stand in a path of [NewPHP] and [NewJSON], in their order; none for a path that is not one.
func PathNames(path string) []string {
	p, err := parsePath(path)
	if err != nil {
		return nil
	}
	var names []string
	for _, s := range p.steps {
		if !s.every {
			names = append(names, s.name)
		}
	}
	return names
}

var errEmptyName = errors.New("the path has an empty name; an empty name is written ''")

// parseStep reads one name or star, and returns what stands behind it.
func parseStep(text string) (s step, rest string, err error) {
	text = strings.TrimLeft(text, " ")
	if strings.HasPrefix(text, "'") {
		name, left, ok := cutQuoted(text)
		if !ok {
			return step{}, "", fmt.Errorf("%q has no closing quote", text)
		}
		return newStep(name), strings.TrimLeft(left, " "), nil
	}
	end := strings.IndexAny(text, ".'()")
	if end < 0 {
		end = len(text)
	}
	name := strings.TrimSpace(text[:end])
	switch {
	case end < len(text) && text[end] != '.':
		return step{}, "", fmt.Errorf("%q is not expected in the path (a name with it stands in single quotes)", text[end:end+1])
	case name == "":
		return step{}, "", errEmptyName
	case name == "*":
		return step{every: true}, text[end:], nil
	case strings.Contains(name, "*"):
		return step{}, "", fmt.Errorf("the name %q holds a star; * stands alone, or the name in single quotes", name)
	}
	return newStep(name), text[end:], nil
}

func newStep(name string) step {
	s := step{name: name, index: -1}
	if name == "" || len(name) > 5 || name[0] < '0' || name[0] > '9' { // no error is made of what most names are
		return s
	}
	if n, err := strconv.ParseUint(name, 10, 16); err == nil && strconv.FormatUint(n, 10) == name {
		s.index = int32(n)
	}
	return s
}

// cutQuoted reads the quoted text at the beginning of text, in which a doubled quote is one. ok is false when it does not end.
func cutQuoted(text string) (content, rest string, ok bool) {
	quote := text[0]
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != quote {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == quote {
			b.WriteByte(quote)
			i++
			continue
		}
		return b.String(), text[i+1:], true
	}
	return "", "", false
}
