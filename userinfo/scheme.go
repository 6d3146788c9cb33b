package userinfo

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// scriptSchemes are beginnings of addresses that run what stands behind them where a chat makes a link of a field.
var scriptSchemes = []string{"javascript:", "vbscript:", "data:"}

// startsScript tells texts that begin with one of scriptSchemes in any letter case. Blanks, control characters and characters without width do not
// count, before it and within: browsers pass over most of them.
func startsScript(text []byte) bool {
	var found [len("javascript:")]byte
	n := 0
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		i += size
		switch {
		case unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c):
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c >= utf8.RuneSelf:
			return false
		}
		found[n] = byte(c)
		n++
		if c == ':' {
			return slices.Contains(scriptSchemes, string(found[:n]))
		}
		if n == len(found) {
			return false
		}
	}
	return false
}
