package decode

import (
	"fmt"
	"regexp"
	"strings"
)

// maxNames bounds a pattern of names; a person writes it.
const maxNames = 256

// Names is a pattern of cookie names. The zero value matches none.
type Names struct {
	text   string
	prefix bool
	expr   *regexp.Regexp
}

// NewNames returns the pattern of "name", "prefix*" or "~regular expression" (RE2, matched against the whole name). The error says what is wrong with it.
func NewNames(text string) (Names, error) {
	switch {
	case text == "" || text == "*" || text == "~":
		return Names{}, fmt.Errorf("a pattern of cookie names is a name, a prefix with *, or ~ and a regular expression; got %q", text)
	case len(text) > maxNames:
		return Names{}, fmt.Errorf("a pattern of cookie names has at most %d bytes", maxNames)
	case text[0] == '~':
		expr, err := regexp.Compile(`\A(?:` + text[1:] + `)\z`)
		if err != nil {
			return Names{}, fmt.Errorf("a pattern of cookie names: %w", err)
		}
		return Names{text: text, expr: expr}, nil
	}
	prefix, is := strings.CutSuffix(text, "*")
	if strings.ContainsAny(prefix, "*;=") || strings.TrimSpace(prefix) != prefix {
		return Names{}, fmt.Errorf("no cookie can have the name %q", text)
	}
	return Names{text: prefix, prefix: is}, nil
}

func (n Names) match(name string) bool {
	switch {
	case n.expr != nil:
		return n.expr.MatchString(name)
	case n.prefix:
		return strings.HasPrefix(name, n.text)
	default:
		return name == n.text && name != ""
	}
}

// Reading is how a site's software reads names and values of cookies.
type Reading uint8

// The readings. The zero value changes nothing.
const (
	ReadRaw  Reading = iota // as sent
	ReadPHP                 // names as PHP's variables; values percent-decoded, + stays
	ReadForm                // values percent-decoded, + is a blank: Rack, and frameworks that decode forms
)

// ParseReading returns the reading of a word of a recipe: raw, php or form.
func ParseReading(word string) (Reading, error) {
	for reading, name := range []string{"raw", "php", "form"} {
		if word == name {
			return Reading(reading), nil
		}
	}
	return ReadRaw, fmt.Errorf("cookies are read as raw, php or form, not as %q", word)
}

func (r Reading) name(raw string) (string, bool) {
	if r != ReadPHP {
		return raw, true
	}
	return PHPName(raw)
}

func (r Reading) value(raw string) string {
	switch r {
	case ReadPHP:
		return Unescape(raw, false)
	case ReadForm:
		return Unescape(raw, true)
	case ReadRaw:
	}
	return raw
}

// PHPName returns the name under which PHP keeps a cookie: blanks, dots and an opening bracket that is not closed become underscores. It returns false for
// cookies that are none to PHP: elements of an array (name[0]), and names that only become __Host-… or __Secure-… by that change. cms.md §3.2.
func PHPName(raw string) (string, bool) {
	name := strings.TrimLeft(raw, " \t\n\v\f\r")
	if open := strings.IndexByte(name, '['); open >= 0 {
		if open == 0 || strings.IndexByte(name[open:], ']') >= 0 {
			return "", false
		}
	}
	changed := name
	if strings.ContainsAny(name, " .[") { // hardly ever
		changed = strings.NewReplacer(" ", "_", ".", "_", "[", "_").Replace(name)
	}
	for _, prefix := range []string{"__Host-", "__Secure-"} {
		if strings.HasPrefix(changed, prefix) && !strings.HasPrefix(name, prefix) {
			return "", false
		}
	}
	return changed, changed != ""
}

// Unescape decodes percent signs as PHP's rawurldecode does: one without two hexadecimal digits behind it stays as it is. With form, + is a blank.
func Unescape(text string, form bool) string {
	if !strings.ContainsAny(text, "%+") {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '+' && form:
			c = ' '
		case c == '%' && i+2 < len(text):
			high, ok1 := unhex(text[i+1])
			low, ok2 := unhex(text[i+2])
			if ok1 && ok2 {
				c = high<<4 | low
				i += 2
			}
		}
		out = append(out, c)
	}
	return string(out)
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
