package importing

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// line is a text of the old database on one line, at most most bytes.
func line(text []byte, most int) string {
	return clip(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(text), "\uFFFD")), most)
}

// prose is a text of the old database that may have several lines, at most most bytes.
func prose(text []byte, most int) string {
	return clip(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(text), "\uFFFD")), most)
}

// clip cuts a text between two characters, and takes the spaces around it away.
func clip(text string, most int) string {
	text = strings.TrimSpace(text)
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return strings.TrimSpace(text[:most])
}

// plain reports whether a text is of visible ASCII, as tokens are.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
