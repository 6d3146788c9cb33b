package userinfo

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

// ref names a column: of the users table, or of a join. The zero ref names nothing.
type ref struct {
	alias    string // of a join; empty for the users table
	name     string // column, or key of a key/value join
	agg      string // of a join with many rows: what is made of them
	arg      string // of agg
	optional bool   // the column may be missing
	like     bool   // name is a pattern of keys
}

// String is the reference as a person writes it.
func (r ref) String() string {
	s := r.name
	if r.alias != "" {
		s = r.alias + "." + r.name
	}
	switch r.agg {
	case "":
	case aggExists:
		s = "exists(" + r.alias + ")"
	default:
		s = r.agg + "(" + s + ")"
	}
	return s
}

// What is made of the rows of a join with many.
const (
	aggFirst  = "first"
	aggJoin   = "join"
	aggMin    = "min"
	aggMax    = "max"
	aggCount  = "count"
	aggHas    = "has"
	aggExists = "exists"
)

// joins are the joins that references may name.
type joins map[string]JoinKind

// reference reads `column`, `alias.column` or `alias.key`, each with a ? at its end for what may be missing. ok is false for a text that is no
// reference at all; err is set for one that names what is not there.
func (j joins) reference(text string) (r ref, ok bool, err error) {
	text, r.optional = strings.CutSuffix(text, "?")
	if validIdentifier(text) {
		r.name = text
		return r, true, nil
	}
	alias, name, dotted := strings.Cut(text, ".")
	if !dotted || !validIdentifier(alias) || name == "" {
		return ref{}, false, nil
	}
	kind, known := j[alias]
	if !known {
		if !validIdentifier(name) {
			return ref{}, false, nil
		}
		return ref{}, true, fmt.Errorf("names %s, but there is no join %s%s", setting.Clip(text), alias, j.instead(alias))
	}
	r.alias, r.name = alias, name
	if kind == JoinKV {
		return r, validKey(name), nil
	}
	if !validIdentifier(name) {
		return ref{}, false, nil
	}
	if kind == JoinMany {
		r.agg = aggFirst
	}
	return r, true, nil
}

// instead is what to write for a join that is not there: the one most like it, or what there is.
func (j joins) instead(alias string) string {
	names := slices.Sorted(maps.Keys(j))
	if near := nearest(alias, names); near != "" {
		return "; did you mean " + near + "?"
	}
	const most = 10
	switch {
	case len(names) == 0:
		return "; the mapping has no joins before this place"
	case len(names) > most:
		return "; joins are " + strings.Join(names[:most], ", ") + " and more"
	}
	return "; joins are " + strings.Join(names, ", ")
}

// maxKey bounds the names of a key/value table; those of MySQL's tables have 255 characters at most.
const maxKey = 255

// validKey accepts the names of a key/value table as a mapping can write them without quotes.
func validKey(name string) bool {
	if name == "" || len(name) > maxKey {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("_$.-:%/", rune(c)) {
			return false
		}
	}
	return true
}

// list reads what form list says: a column of a join with many rows, and what is made of them.
func (j joins) list(text, agg, sep string) (ref, error) {
	r, ok, err := j.reference(text)
	if err != nil {
		return ref{}, err
	}
	if !ok || r.alias == "" || j[r.alias] != JoinMany {
		return ref{}, fmt.Errorf("%q is no column of a join with many: true", setting.Clip(text))
	}
	name, arg, call := strings.Cut(agg, "(")
	if call {
		if arg, ok = strings.CutSuffix(arg, ")"); !ok {
			return ref{}, fmt.Errorf("%q has no closing parenthesis", setting.Clip(agg))
		}
		arg = unquote(strings.TrimSpace(arg))
	}
	switch name {
	case "", aggFirst:
		r.agg = aggFirst
	case aggMin, aggMax, aggCount:
		r.agg = name
	case aggJoin:
		r.agg, r.arg = aggJoin, sep
	case aggHas:
		if !call || arg == "" {
			return ref{}, errors.New("has needs a value: has(administrator)")
		}
		r.agg, r.arg = aggHas, arg
	default:
		return ref{}, fmt.Errorf("%q is none of first, join, min, max, count, has(value)", setting.Clip(agg))
	}
	return r, nil
}

func unquote(text string) string {
	if len(text) >= 2 && (text[0] == '\'' || text[0] == '"') && text[len(text)-1] == text[0] {
		return strings.ReplaceAll(text[1:len(text)-1], text[:1]+text[:1], text[:1])
	}
	return text
}
