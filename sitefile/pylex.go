package sitefile

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// pyToken is a piece of Python. For a text the value is decoded; an f-string with something to fill in has known false.
type pyToken struct {
	kind   byte // 'n' name, '0' number, 's' text, 'o' operator, '\n' end of a logical line, 0 end of the file
	text   string
	known  bool
	line   int
	indent int // columns before the first token of a logical line, else -1
}

type pyLexer struct {
	src    string
	pos    int
	line   int
	open   int // brackets
	tokens []pyToken
}

func lexPython(src string) ([]pyToken, error) {
	l := &pyLexer{src: src, line: 1}
	indent, first := 0, true
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		count := len(l.tokens)
		switch {
		case c == '\n':
			if l.open == 0 && !first {
				l.tokens = append(l.tokens, pyToken{kind: '\n', line: l.line, indent: -1})
			}
			if l.open == 0 {
				indent, first = 0, true
			}
			l.line++
			l.pos++
			continue
		case isBlank(c):
			if first {
				indent++
			}
			l.pos++
			continue
		case c == '\\' && (strings.HasPrefix(l.src[l.pos:], "\\\n") || strings.HasPrefix(l.src[l.pos:], "\\\r\n")):
			l.pos += strings.IndexByte(l.src[l.pos:], '\n') + 1
			l.line++
			continue
		case c == '#':
			for l.pos < len(l.src) && l.src[l.pos] != '\n' {
				l.pos++
			}
			continue
		}
		if err := l.token(c); err != nil {
			return nil, err
		}
		if first && len(l.tokens) > count {
			l.tokens[count].indent = indent
			first = false
		}
	}
	return append(l.tokens, pyToken{kind: '\n', line: l.line, indent: -1}), nil
}

func (l *pyLexer) emit(kind byte, text string, known bool, line int) {
	l.tokens = append(l.tokens, pyToken{kind: kind, text: text, known: known, line: line, indent: -1})
}

func (l *pyLexer) token(c byte) error {
	start := l.pos
	switch {
	case c == '\'' || c == '"':
		return l.quoted("")
	case isWordStart(c):
		for l.pos < len(l.src) && (isWordStart(l.src[l.pos]) || isDigit(l.src[l.pos])) {
			l.pos++
		}
		name := l.src[start:l.pos]
		if l.pos < len(l.src) && (l.src[l.pos] == '\'' || l.src[l.pos] == '"') && len(name) <= 2 && strings.Trim(name, "rRbBuUfF") == "" {
			return l.quoted(strings.ToLower(name))
		}
		l.emit('n', name, false, l.line)
	case isDigit(c):
		for l.pos < len(l.src) && (isWordStart(l.src[l.pos]) || isDigit(l.src[l.pos]) || l.src[l.pos] == '.') {
			l.pos++
		}
		l.emit('0', strings.ReplaceAll(l.src[start:l.pos], "_", ""), true, l.line)
	default:
		switch c {
		case '(', '[', '{':
			l.open++
		case ')', ']', '}':
			l.open = max(0, l.open-1)
		}
		l.pos++
		for _, long := range []string{"==", "!=", "<=", ">=", "+=", "-=", ":=", "**", "//", "->"} {
			if strings.HasPrefix(l.src[start:], long) {
				l.pos = start + 2
			}
		}
		l.emit('o', l.src[start:l.pos], false, l.line)
	}
	return nil
}

// quoted reads a text with one or three quotes.
func (l *pyLexer) quoted(prefix string) error {
	line := l.line
	quote := l.src[l.pos : l.pos+1]
	if strings.HasPrefix(l.src[l.pos:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	from := l.pos + len(quote)
	for i := from; i < len(l.src); i++ {
		switch {
		case l.src[i] == '\\':
			i++
			if i < len(l.src) && l.src[i] == '\n' {
				l.line++
			}
		case l.src[i] == '\n':
			if len(quote) == 1 {
				return fault(line, "a quote is not closed")
			}
			l.line++
		case strings.HasPrefix(l.src[i:], quote):
			raw := l.src[from:i]
			l.pos = i + len(quote)
			known := !strings.Contains(prefix, "f") || !strings.ContainsAny(raw, "{}")
			if !strings.Contains(prefix, "r") {
				raw = pyUnescape(raw)
			}
			l.emit('s', raw, known, line)
			return nil
		}
	}
	return fault(line, "a quote is not closed")
}

// pyUnescape replaces escapes. \N{…} and wrong ones stay as they are.
func pyUnescape(raw string) string {
	if !strings.Contains(raw, `\`) {
		return raw
	}
	raw = strings.ReplaceAll(raw, "\\\r\n", "\\\n")
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 == len(raw) {
			b.WriteByte(raw[i])
			continue
		}
		i++
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[raw[i]]
		switch at := strings.IndexByte(`nrtvfab\'"`, raw[i]); {
		case at >= 0:
			b.WriteByte("\n\r\t\v\f\a\b\\'\""[at])
		case raw[i] == '\n':
		case digits > 0 && i+digits < len(raw):
			n, err := strconv.ParseUint(raw[i+1:i+1+digits], 16, 32)
			if err != nil || n > utf8.MaxRune {
				b.WriteString(raw[i-1 : i+1])
				continue
			}
			b.WriteRune(rune(n))
			i += digits
		case raw[i] >= '0' && raw[i] <= '7':
			stop := i
			for stop < len(raw) && stop < i+3 && raw[stop] >= '0' && raw[stop] <= '7' {
				stop++
			}
			n, _ := strconv.ParseUint(raw[i:stop], 8, 16)
			b.WriteRune(rune(n))
			i = stop - 1
		default:
			b.WriteString(raw[i-1 : i+1])
		}
	}
	return b.String()
}
