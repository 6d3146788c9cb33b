package session

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// filter is a word of SESSION_TRANSFORM or SESSION_USER: it wraps an expression, with what stands behind its colon.
type filter struct {
	argument bool // it needs something behind the colon
	way      bool // which is a way into a structure
	wrap     func(expression, argument string) string
	needs    string // name of a secret
}

func calls(function string) filter {
	return filter{wrap: func(e, _ string) string { return function + "(" + e + ")" }}
}

// within is a function that reads a structure; the argument is the way in it with dots between the names.
func within(function string) filter {
	return filter{argument: true, way: true, wrap: func(e, way string) string {
		head, tail, _ := strings.Cut(function, ",")
		if tail != "" {
			e += ", '" + tail + "'"
		}
		for name := range strings.SplitSeq(way, ".") {
			e += ", " + quoteText(name)
		}
		return head + "(" + e + ")"
	}}
}

func part(i int) filter {
	return filter{argument: true, wrap: func(e, separator string) string {
		return "item(split_first(" + e + ", " + quoteText(separator) + ", 2), " + strconv.Itoa(i) + ")"
	}}
}

func quoteText(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// keyFilters are the words of SESSION_TRANSFORM.
var keyFilters = map[string]filter{
	"none": {wrap: func(e, _ string) string { return e }}, "before": part(0), "after": part(1),
	"md5": calls("md5hex"), "sha1": calls("sha1hex"), "sha256": calls("sha256hex"), "sha256-bytes": calls("sha256"), "sha256-base64url": calls("sha256_base64url"),
	"rack-private": calls("rack_private"), "lower": calls("lower"), "base64": calls("base64"),
	"hmac-sha256": {needs: OwnSecret, wrap: func(e, _ string) string { return "hmac_sha256hex('" + OwnSecret + "', " + e + ")" }},
}

// dataFilters are the words of SESSION_USER.
var dataFilters = map[string]filter{
	"base64": calls("base64"), "json": within("json"), "php": within("php"), "php_session": within("php_session,auto"), "php_binary": within("php_session,php_binary"),
}

// maxFilters bounds a chain of filters; nobody packs an id so deep.
const maxFilters = 8

// filters wraps an expression in the filters of a text with | between; empty after a fault. An argument with | in it stands in single quotes.
func (r *ownReader) filters(variable, expression, text string, known map[string]filter) string {
	pieces := splitFilters(text)
	if len(pieces) > maxFilters {
		r.fault(variable, fmt.Sprintf("has more than %d filters", maxFilters), "write fewer")
		return ""
	}
	for _, piece := range pieces {
		word, argument, _ := strings.Cut(piece, ":")
		word = strings.ToLower(strings.TrimSpace(word))
		if n := len(argument); n >= 2 && argument[0] == '\'' && argument[n-1] == '\'' {
			argument = argument[1 : n-1]
		}
		f, is := known[word]
		words := slices.Sorted(maps.Keys(known))
		remedy := "the words are " + strings.Join(words, ", ")
		if near := userinfo.Nearest(word, words); near != "" {
			remedy = "did you mean " + near + "? " + remedy
		}
		switch {
		case !is:
			r.fault(variable, fmt.Sprintf("has %q, which is no filter", setting.Clip(word)), remedy)
			return ""
		case f.argument && argument == "", f.way && slices.Contains(strings.Split(argument, "."), ""):
			r.fault(variable, "has "+word+" without what belongs behind it", "write "+example[word])
			return ""
		case !f.argument && argument != "":
			r.fault(variable, "has something behind "+word+", which takes nothing", remedy)
			return ""
		}
		if f.needs != "" {
			r.recipe.Needs = []string{f.needs}
		}
		expression = f.wrap(expression, argument)
	}
	return expression
}

// example is how the filters with an argument are written.
var example = map[string]string{
	"before": "before:.", "after": "after:.", "json": "json:user.id", "php": "php:user.id", "php_session": "php_session:user.id", "php_binary": "php_binary:user.id",
}

// splitFilters splits at | outside single quotes.
func splitFilters(text string) []string {
	var pieces []string
	start, quoted := 0, false
	for i := range len(text) {
		switch {
		case text[i] == '\'':
			quoted = !quoted
		case text[i] == '|' && !quoted:
			pieces = append(pieces, text[start:i])
			start = i + 1
		}
	}
	return append(pieces, text[start:])
}

// transform is the expression of the key that a session is found by.
func (r *ownReader) transform() string {
	text := strings.TrimSpace(r.own.Transform)
	if text == "" {
		return "$value"
	}
	return r.filters("SESSION_TRANSFORM", "$value", text, keyFilters)
}

// time is the expression of a column that holds a time: column, or column|form.
func (r *ownReader) time(variable, name, text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	column, form, formed := strings.Cut(text, "|")
	column, form = strings.TrimSpace(column), strings.TrimSpace(form)
	if !formed {
		form = "auto"
	}
	if !r.column(variable, column) {
		return ""
	}
	if !slices.Contains(convert.TimeForms(), form) {
		r.fault(variable, fmt.Sprintf("has the form %q", setting.Clip(form)), "the forms are "+strings.Join(convert.TimeForms(), ", "))
		return ""
	}
	raw := r.take(name+"_column", column, ownColumn{setting: variable, form: form})
	r.after = append(r.after, Step{Set: [][2]string{{name, "unix(" + raw + ", '" + form + "', 'site')"}}, Place: userinfo.Place{Var: variable}})
	return "$" + name
}

// prefixes are the parts of an address that are compared, by the bits of IPv4.
var prefixes = map[string]string{"": "4", "32": "4", "24": "3", "16": "2"}

// why says what differs where a session is bound to it.
var why = map[string]string{"agent": "the browser is another than the session's", "ip": "the address is another than the session's"}

// bound reads agent=column;ip=column/24: what else a visitor must have in common with the session.
func (r *ownReader) bound() {
	const name, remedy = "SESSION_BOUND", "write agent=column, ip=column or ip=column/24, with ; between; agent=column|md5, |sha1 or |sha256 for a hash"
	if strings.TrimSpace(r.own.Bound) == "" {
		return
	}
	for piece := range strings.SplitSeq(r.own.Bound, ";") {
		what, rest, _ := strings.Cut(piece, "=")
		var check string
		switch what = strings.TrimSpace(what); what {
		case "agent":
			column, hash, _ := strings.Cut(rest, "|")
			sent, ok := map[string]string{"": "$ua", "md5": "md5hex($ua)", "sha1": "sha1hex($ua)", "sha256": "sha256hex($ua)"}[strings.TrimSpace(hash)]
			if ok && validName(strings.TrimSpace(column)) {
				check = "equal(" + r.take("bound_agent", strings.TrimSpace(column), ownColumn{setting: name}) + ", " + sent + ")"
			}
		case "ip":
			column, bits, _ := strings.Cut(rest, "/")
			octets, ok := prefixes[strings.TrimSpace(bits)]
			if ok && validName(strings.TrimSpace(column)) {
				check = "same_network($ip, " + r.take("bound_ip", strings.TrimSpace(column), ownColumn{setting: name}) + ", " + octets + ")"
			}
		}
		if check == "" {
			r.fault(name, fmt.Sprintf("has %q", setting.Clip(strings.TrimSpace(piece))), remedy)
			return
		}
		r.after = append(r.after, Step{Check: check, Why: why[what], Place: userinfo.Place{Var: name}})
	}
}
