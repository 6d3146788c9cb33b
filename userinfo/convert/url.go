package convert

import (
	"bytes"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxURL bounds an address: browsers and providers cut longer ones.
const maxURL = 2048

func newAbs(_ []string, env Env) (Func, error) {
	return func(dst, in []byte) []byte { return AppendURL(dst, in, env.Site) }, nil
}

// AppendURL appends in as a safe address, or nothing if it is none: only http and https leave us, without user name or password
// and without control characters. "//host/x" becomes https, a relative address becomes absolute below site (or stays relative
// when site is empty). Characters that end an attribute, and spaces, are percent-encoded.
func AppendURL(dst, in []byte, site string) []byte {
	if len(in) > 8 && len(in) <= maxURL && string(in[:8]) == "https://" && allAsIs(in[8:]) && plainHost(in[8:]) {
		return append(dst, in...) // the commonest by far; it is on the path of every users-info answer
	}
	return appendURL(dst, in, site)
}

func appendURL(dst, in []byte, site string) []byte {
	in = bytes.TrimSpace(in)
	if len(in) == 0 || len(in) > maxURL || hasControl(in) {
		return dst
	}
	start := len(dst)
	switch {
	case hasPrefixFold(in, "https://") || hasPrefixFold(in, "http://"):
		dst = appendEncoded(dst, in)
	case bytes.HasPrefix(in, []byte("//")) || bytes.HasPrefix(in, []byte(`/\`)):
		dst = appendEncoded(append(dst, "https:"...), in)
	case hasScheme(in):
		return dst
	default:
		dst = append(dst, site...)
		if site != "" && in[0] != '/' {
			dst = append(dst, '/')
		}
		if dst = appendEncoded(dst, in); len(dst)-start > maxURL {
			return dst[:start]
		}
		return dst
	}
	if len(dst)-start > maxURL || !safeAuthority(dst[start:]) {
		return dst[:start]
	}
	return dst
}

// asIs has the characters that stand in an address as they are and have no meaning in it that we look at.
var asIs = func() (table [256]bool) {
	for c := range table {
		table[c] = c > ' ' && c < 0x7f && !bytes.ContainsRune([]byte("\"'<>\\^`{|}%"), rune(c))
	}
	return table
}()

func allAsIs(in []byte) bool {
	for _, c := range in {
		if !asIs[c] {
			return false
		}
	}
	return true
}

// plainHost reports whether what follows the scheme begins with a host of letters, digits, hyphens and dots and nothing else, some
// other character than dots among them.
func plainHost(rest []byte) bool {
	named := false
	for _, c := range rest {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '-':
			named = true
		case c == '/' || c == '?' || c == '#':
			return named
		case c != '.':
			return false
		}
	}
	return named
}

// safeAuthority checks that an absolute address has a host and no user name.
func safeAuthority(address []byte) bool {
	_, rest, _ := bytes.Cut(address, []byte("://"))
	if end := bytes.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if len(rest) == 0 || bytes.IndexByte(rest, '@') >= 0 {
		return false
	}
	dots := 0
	for _, c := range rest {
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-'
		if c == '.' {
			dots++
		} else if !plain {
			u, err := url.Parse(string(address))
			return err == nil && u.User == nil && strings.Trim(u.Hostname(), ".") != ""
		}
	}
	return dots < len(rest)
}

// hasScheme reports whether in starts with a scheme and a colon, also one that a browser would see through tricks of case.
func hasScheme(in []byte) bool {
	end := bytes.IndexAny(in, ":/?#")
	return end >= 0 && in[end] == ':'
}

// hasControl reports whether in has control characters, or ones that end a line or turn the direction of a text, by which an address shows
// itself as another.
func hasControl(in []byte) bool {
	for i := 0; i < len(in); {
		if c := in[i]; c < utf8.RuneSelf {
			if c < 0x20 || c == 0x7f {
				return true
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(in[i:])
		if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return true
		}
		i += size
	}
	return false
}

func hasPrefixFold(in []byte, prefix string) bool {
	return len(in) >= len(prefix) && strings.EqualFold(string(in[:len(prefix)]), prefix)
}

const hexDigits = "0123456789ABCDEF"

func appendEncoded(dst, in []byte) []byte {
	for i, c := range in {
		switch c {
		case ' ', '"', '\'', '<', '>', '\\', '^', '`', '{', '|', '}':
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		case '%':
			dst = append(dst, '%')
			if i+2 >= len(in) || !isHex(in[i+1]) || !isHex(in[i+2]) {
				dst = append(dst, "25"...) // a per cent sign of a file's name, which no reader must take for an escape
			}
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
