package decode

import (
	"strings"
)

// Bounds of a Cookie header. Browsers keep some 180 cookies of 4 KiB for a site and web servers refuse headers long before 64 KiB.
const (
	MaxHeader  = 64 << 10 // bytes of all Cookie lines together
	MaxCookies = 500
)

// Cookie is a cookie as the browser sent it.
type Cookie struct {
	Name  string
	Value string // raw: with quotes and percent signs
}

// Cookies are the cookies of a request in the order of its header. The zero value has none.
type Cookies struct{ list []Cookie }

// ParseCookies reads the values of a request's Cookie lines (RFC 6265 §5.4). Unlike net/http it keeps what sites really set: quotes, backslashes, brackets and
// bytes beyond ASCII survive, and so do further cookies of one name. It returns ErrMalformed beyond [MaxHeader] or [MaxCookies]: who reads only a part of
// the cookies could miss the one that contradicts. cms.md §3.2.
func ParseCookies(lines []string) (Cookies, error) {
	size := 0
	var c Cookies
	for _, line := range lines {
		if size += len(line); size > MaxHeader {
			return Cookies{}, malformed("Cookie header of more than 64 KiB")
		}
		for part := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(part, "=")
			if name = strings.Trim(name, " \t"); name == "" {
				continue
			}
			if len(c.list) == MaxCookies {
				return Cookies{}, malformed("Cookie header of more than 500 cookies")
			}
			c.list = append(c.list, Cookie{name, strings.Trim(value, " \t")})
		}
	}
	return c, nil
}

// Len returns how many cookies there are.
func (c Cookies) Len() int { return len(c.list) }

// Match is a cookie that a recipe asked for.
type Match struct {
	Name  string // as the site sees it: with ReadPHP, dots and blanks are underscores
	Raw   string // as the browser sent it, which is what keygrip signs
	Value string // decoded
}

// Find returns all cookies whose name matches, in their order, decoded as read says. "deleted" is PHP's way to remove a cookie and counts as none.
// Of several, PHP and Rack take the first and Django the last: a recipe tries each and refuses when they name different users. cms.md §3.2.
func (c Cookies) Find(names Names, read Reading) []Match {
	var found []Match
	for _, cookie := range c.list {
		if cookie.Value == "deleted" {
			continue
		}
		name, ok := read.name(cookie.Name)
		if ok && names.match(name) {
			found = append(found, Match{name, cookie.Value, read.value(cookie.Value)})
		}
	}
	return found
}
