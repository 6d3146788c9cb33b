package sitefile

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// singleQuoted is the value between single quotes: only \\ and \' are escapes.
func singleQuoted(raw string) string {
	if !strings.Contains(raw, `\`) {
		return raw
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) && (raw[i+1] == '\\' || raw[i+1] == '\'') {
			i++
		}
		b.WriteByte(raw[i])
	}
	return b.String()
}

// unindent takes away what the closing line of a heredoc is indented by, and the carriage return of its last line.
func unindent(raw, indent string) string {
	raw = strings.TrimSuffix(raw, "\r")
	if indent == "" {
		return raw
	}
	lines := strings.Split(raw, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, indent)
	}
	return strings.Join(lines, "\n")
}

// interpolated is the value between double quotes, or of a heredoc (where \" is no escape).
func (p *phpParser) interpolated(raw string, heredoc bool, line int) (*node, error) {
	if !strings.ContainsAny(raw, `\$`) {
		return textNode(raw, line), nil
	}
	value := textNode("", line)
	var b strings.Builder
	for i := 0; i < len(raw); {
		switch {
		case raw[i] == '\\' && i+1 < len(raw):
			i += escape(&b, raw[i:], heredoc)
		case raw[i] == '$' && i+1 < len(raw) && isWordStart(raw[i+1]), (raw[i] == '{' && i+1 < len(raw) && raw[i+1] == '$'), strings.HasPrefix(raw[i:], "${"):
			part, length, err := p.embedded(raw[i:], line)
			if err != nil {
				return nil, err
			}
			value = p.t.join(p.t.join(value, textNode(b.String(), line), line), part, line)
			b.Reset()
			i += length
			if !value.known {
				return value, nil // the rest cannot make it known
			}
		default:
			b.WriteByte(raw[i])
			i++
		}
	}
	return p.t.join(value, textNode(b.String(), line), line), nil
}

// escape writes what an escape stands for and returns how long it is. What is no escape stays as it is.
func escape(b *strings.Builder, s string, heredoc bool) int {
	if at := strings.IndexByte(`nrtvef\$"`, s[1]); at >= 0 && !(heredoc && s[1] == '"') {
		b.WriteByte("\n\r\t\v\x1b\f\\$\""[at])
		return 2
	}
	digits := func(from, most int, set string) string {
		i := from
		for i < len(s) && i < from+most && strings.IndexByte(set, s[i]) >= 0 {
			i++
		}
		return s[from:i]
	}
	const hexDigits = "0123456789abcdefABCDEF"
	if octal := digits(1, 3, "01234567"); octal != "" {
		n, _ := strconv.ParseUint(octal, 8, 16)
		b.WriteByte(byte(n)) // PHP lets \400 overflow to \000
		return 1 + len(octal)
	}
	if hex := digits(2, 2, hexDigits); s[1] == 'x' && hex != "" {
		n, _ := strconv.ParseUint(hex, 16, 8)
		b.WriteByte(byte(n))
		return 2 + len(hex)
	}
	if s[1] == 'u' && len(s) > 2 && s[2] == '{' {
		hex := digits(3, 8, hexDigits)
		n, err := strconv.ParseUint(hex, 16, 32)
		if err == nil && n <= utf8.MaxRune && 3+len(hex) < len(s) && s[3+len(hex)] == '}' {
			b.WriteRune(rune(n))
			return 4 + len(hex)
		}
	}
	b.WriteByte('\\')
	return 1
}

// embedded is a variable within double quotes: $name, $name[key], $name->prop, {$expression}, ${name}. It returns the length too.
func (p *phpParser) embedded(s string, line int) (*node, int, error) {
	if s[0] == '{' || s[1] == '{' {
		stop := strings.IndexByte(s, '}')
		if stop < 0 {
			return unknownNode(line), len(s), nil
		}
		inner := s[1:stop]
		if s[0] == '$' {
			inner = "$" + s[2:stop]
		}
		value, err := p.nested(inner, line)
		return value, stop + 1, err
	}
	i := 1
	word := func() int {
		for i < len(s) && (isWordStart(s[i]) || isDigit(s[i])) {
			i++
		}
		return i
	}
	path := []string{s[1:word()]}
	switch {
	case i < len(s) && s[i] == '[':
		stop := strings.IndexByte(s[i:], ']')
		if stop < 0 {
			return unknownNode(line), len(s), nil
		}
		path = append(path, strings.Trim(s[i+1:i+stop], "'"))
		i += stop + 1
	case strings.HasPrefix(s[i:], "->") && i+2 < len(s) && isWordStart(s[i+2]):
		i += 2
		from := i
		path = append(path, s[from:word()])
	}
	value, err := p.read(path, line)
	return value, i, err
}

// nested evaluates the inside of {$…}: a variable with keys and nothing else.
func (p *phpParser) nested(code string, line int) (*node, error) {
	l := &lexer{src: code, line: line}
	if err := l.inside(); err != nil || len(l.tokens) == 0 || l.tokens[0].kind != variable || strings.ContainsAny(code, "(={") {
		return unknownNode(line), nil //nolint:nilerr // what cannot be read within a string makes that string unknown, not the file
	}
	inner := &phpParser{src: code, tokens: l.tokens, t: p.t, file: p.file, depth: p.depth + 1}
	value, err := inner.expression()
	if err == nil && inner.peek(0).kind != end {
		return unknownNode(line), nil
	}
	return value, err
}
