package importing

import "strings"

// plain reports whether a text is of visible ASCII, as tokens are.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
