package userinfo

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// expr is what fills a field: alternatives of which the first that is not empty counts.
type expr struct {
	alts []template
}

// template is text with columns in it, or what a node gives. whole says that an empty column empties the whole text, as an address needs.
type template struct {
	parts []part
	node  *node
	whole bool
}

// part is constant text, or a column with converters. index is the column's place in the row, set by bind; -1 for constant text.
type part struct {
	text    string
	ref     ref
	index   int
	filters []convert.Func
	specs   []string
	result  convert.Result
}

// Limits of expressions; a mapping a person writes stays far below them.
const (
	maxExpression   = 4096 // bytes
	maxAlternatives = 8
	maxParts        = 64
)

// parser reads expressions. email is what {email} stands for, when CHATPASS_USERS_EMAIL is set.
type parser struct {
	env   convert.Env
	email []template
	joins joins
	vars  map[string]string // constants a text may name in braces
}

// parse reads `column`, `text {column|filter} text`, `'constant'` and alternatives of these separated by " ?? ".
// address says that the field is an address: there a text that starts like one is a constant.
func (p parser) parse(text string, address bool) (expr, error) {
	if len(text) > maxExpression {
		return expr{}, fmt.Errorf("is longer than %d bytes", maxExpression)
	}
	pieces := splitExpression(expand(text, p.vars), " ?? ")
	if len(pieces) > maxAlternatives {
		return expr{}, fmt.Errorf("has more than %d alternatives", maxAlternatives)
	}
	var e expr
	for _, piece := range pieces {
		t, err := p.alternative(strings.TrimSpace(piece), address)
		if err != nil {
			return expr{}, err
		}
		t.whole = address
		e.alts = append(e.alts, t)
	}
	return e, nil
}

func (p parser) alternative(text string, address bool) (template, error) {
	if text == "" {
		return template{}, errors.New("has an empty alternative")
	}
	if r, ok, err := p.joins.reference(text); ok || err != nil {
		if err != nil {
			return template{}, err
		}
		parts, err := p.column(r)
		return template{parts: parts}, err
	}
	switch {
	case len(text) >= 2 && (text[0] == '\'' || text[0] == '"') && text[len(text)-1] == text[0]:
		quote := text[:1]
		return template{parts: []part{{text: strings.ReplaceAll(text[1:len(text)-1], quote+quote, quote)}}}, nil
	case strings.ContainsAny(text, "{}"):
		return p.template(text)
	case address && (strings.HasPrefix(text, "/") || strings.HasPrefix(text, "http")):
		return template{parts: []part{{text: text}}}, nil
	default:
		return template{}, fmt.Errorf("%q is neither a column name nor a text with {column} in it (a constant is written in quotes: 'Member')", setting.Clip(text))
	}
}

func (p parser) template(text string) (template, error) {
	var t template
	rest := text
	for rest != "" {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			open = len(rest)
		}
		if strings.IndexByte(rest[:open], '}') >= 0 {
			return t, fmt.Errorf("has a } without its { in %q", setting.Clip(text))
		}
		if open > 0 {
			t.parts = append(t.parts, part{text: rest[:open]})
		}
		if open == len(rest) {
			break
		}
		end := strings.IndexByte(rest[open:], '}')
		if end < 0 {
			return t, fmt.Errorf("has a { without its } in %q", setting.Clip(text))
		}
		parts, err := p.placeholder(rest[open+1 : open+end])
		if err != nil {
			return t, err
		}
		t.parts = append(t.parts, parts...)
		if len(t.parts) > maxParts {
			return t, fmt.Errorf("has more than %d parts", maxParts)
		}
		rest = rest[open+end+1:]
	}
	return t, nil
}

// column is what a reference stands for: the column, or for email what CHATPASS_USERS_EMAIL says.
func (p parser) column(r ref) ([]part, error) {
	if r != (ref{name: "email"}) || len(p.email) == 0 {
		return []part{{ref: r}}, nil
	}
	if len(p.email) > 1 || p.email[0].node != nil {
		return nil, errors.New("uses email, which CHATPASS_USERS_EMAIL maps with alternatives: write the expression itself")
	}
	return append([]part(nil), p.email[0].parts...), nil
}

func (p parser) placeholder(text string) ([]part, error) {
	column, filters, filtered := strings.Cut(text, "|")
	column = strings.TrimSpace(column)
	r, ok, err := p.joins.reference(column)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("{%s} does not start with a column name", setting.Clip(text))
	}
	if column == "site" {
		if filtered {
			return nil, errors.New("{site} takes no filters")
		}
		return []part{{text: p.env.Site}}, nil
	}
	base, err := p.column(r)
	if err != nil || !filtered {
		return base, err
	}
	if len(base) != 1 || base[0].ref == (ref{}) {
		return nil, errors.New("{email|…} needs CHATPASS_USERS_EMAIL to be one column")
	}
	last := &base[0]
	last.filters, last.specs = append([]convert.Func(nil), last.filters...), append([]string(nil), last.specs...)
	for _, spec := range splitFilters(filters) {
		f, result, err := convert.New(spec, p.env)
		if err != nil {
			return nil, err
		}
		last.filters = append(last.filters, f)
		last.specs = append(last.specs, strings.TrimSpace(spec))
		last.result = result
	}
	return base, nil
}

// refs visits the columns an expression reads; inside says that one stands within a serialized value of which only a part is taken.
func (e expr) refs(visit func(r ref, inside bool)) {
	for _, t := range e.alts {
		for _, p := range t.parts {
			if p.ref != (ref{}) {
				visit(p.ref, false)
			}
		}
		if t.node != nil {
			t.node.refs(visit)
		}
	}
}

// fieldType is the JSON type of a further field: that of the last filter, if all alternatives agree and hold nothing else.
func (e expr) fieldType() FieldType {
	result := FieldText
	for i, t := range e.alts {
		if len(t.parts) != 1 || t.node != nil {
			return FieldText
		}
		this := FieldText
		switch t.parts[0].result {
		case convert.Number:
			this = FieldNumber
		case convert.Bool:
			this = FieldBool
		case convert.Text:
		}
		if i > 0 && this != result {
			return FieldText
		}
		result = this
	}
	return result
}

// splitExpression splits at sep wherever it stands outside braces and quoted constants.
func splitExpression(text, sep string) []string {
	return split(text, sep, '{', '}', func(before string) bool {
		return before == "" || strings.HasSuffix(before, " ??") || sep == ";" && strings.HasSuffix(before, "=")
	})
}

// splitConditions splits conditions at ; outside quoted values.
func splitConditions(text string) []string {
	return split(text, ";", 0, 0, func(before string) bool {
		return before != "" && strings.IndexByte("=<>(,", before[len(before)-1]) >= 0
	})
}

// splitFilters splits filters at | outside the parentheses of their arguments.
func splitFilters(text string) []string {
	return split(text, "|", '(', ')', func(string) bool { return false })
}

// split cuts text at sep, but not between open and close, nor within quotes. quotes tells a quote that starts a value from an
// apostrophe within a text by what stands before it in the piece, without white space at its end. A doubled quote within quotes is one.
func split(text, sep string, open, closing byte, quotes func(before string) bool) []string {
	var pieces []string
	depth, start := 0, 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case depth == 0 && strings.HasPrefix(text[i:], sep):
			pieces = append(pieces, text[start:i])
			start = i + len(sep)
			i = start - 1
		case depth == 0 && (c == '\'' || c == '"') && quotes(strings.TrimRight(text[start:i], " \t\r\n")):
			i = endOfQuote(text, i)
		case open != 0 && c == open:
			depth++
		case closing != 0 && c == closing && depth > 0:
			depth--
		}
	}
	return append(pieces, text[start:])
}

// endOfQuote is the place of the quote that ends the one at start, or the end of the text.
func endOfQuote(text string, start int) int {
	for i := start + 1; i < len(text); i++ {
		if text[i] != text[start] {
			continue
		}
		if i+1 < len(text) && text[i+1] == text[start] {
			i++
			continue
		}
		return i
	}
	return len(text)
}

// validIdentifier accepts the names of tables and columns that any of our databases writes without quotes.
func validIdentifier(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '$') {
			return false
		}
	}
	return true
}

// spacedIdentifier reports what may well be a name that has to be quoted: words with blanks or hyphens between them.
func spacedIdentifier(text string) bool {
	words := strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == '-' })
	if len(words) == 0 || len(words) > 4 || len(text) > 64 { // longer ones are sentences
		return false
	}
	for _, word := range words {
		if strings.ContainsFunc(word, func(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
			return false
		}
	}
	return !validIdentifier(text)
}
