package pagecheck

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
)

// SetCookie is a cookie that an answer sets, without its value.
type SetCookie struct {
	Name, Path string // Path as browsers complete it (RFC 6265 §5.1.4)
	Domain     string // without a leading dot; empty: the host itself
	Secure     bool
	By         *url.URL
}

// maxSetCookies bounds what is looked at; browsers keep about as many for a site.
const maxSetCookies = 200

func setCookies(by *url.URL, lines []string, now time.Time) []SetCookie {
	var list []SetCookie
	for _, line := range lines[:min(len(lines), maxSetCookies)] {
		pair, attributes, _ := strings.Cut(line, ";")
		name, _, ok := strings.Cut(pair, "=")
		c := SetCookie{Name: strings.TrimSpace(name), Path: folder(by), By: by}
		if !ok || c.Name == "" {
			continue
		}
		gone, aged := false, false
		for attribute := range strings.SplitSeq(attributes, ";") {
			key, value, _ := strings.Cut(attribute, "=")
			value = strings.TrimSpace(value)
			switch strings.ToLower(strings.TrimSpace(key)) {
			case "path":
				c.Path = folder(by)
				if strings.HasPrefix(value, "/") {
					c.Path = value
				}
			case "domain":
				c.Domain = strings.ToLower(strings.TrimPrefix(value, "."))
			case "secure":
				c.Secure = true
			case "max-age":
				gone, aged = value == "0" || strings.HasPrefix(value, "-"), true
			case "expires":
				if !aged {
					gone = past(value, now)
				}
			}
		}
		if !gone { // one that is removed need not reach anybody
			list = append(list, c)
		}
	}
	return list
}

// past reports whether a cookie's end, in one of the two forms that are in use, is over. What is no date counts for nothing.
func past(end string, now time.Time) bool {
	for _, form := range []string{time.RFC1123, "Mon, 02-Jan-2006 15:04:05 MST"} {
		if at, err := time.Parse(form, end); err == nil {
			return at.Before(now)
		}
	}
	return false
}

// folder is the path of cookies that do not name one.
func folder(u *url.URL) string {
	path := u.EscapedPath()
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

// Lost says why a browser would not send the cookie to an address of the same origin: "path", "domain" or "secure"; empty if it would.
func (c *SetCookie) Lost(to *url.URL) string {
	path := to.EscapedPath()
	host := strings.ToLower(to.Hostname())
	switch {
	case path != c.Path && !(strings.HasPrefix(path, c.Path) && (strings.HasSuffix(c.Path, "/") || path[len(c.Path)] == '/')):
		return "path"
	case c.Domain != "" && host != c.Domain && !strings.HasSuffix(host, "."+c.Domain):
		return "domain"
	case c.Secure && to.Scheme != "https" && host != "localhost" && !strings.HasPrefix(host, "127."):
		return "secure"
	}
	return ""
}

// maxCookieLine bounds a Cookie header; web servers take 8 to 32 KiB.
const maxCookieLine = 32 << 10

// ReadVisitors reads two members' browsers: two lines, each a Cookie header with or without "Cookie:" before it. A line that begins with
// "User-Agent:" names the browser of both, since some sites bind sessions to it. Blank lines do not count. An error never holds a value.
func ReadVisitors(r io.Reader) (members [2]Visitor, err error) {
	n, agent := 0, ""
	lines := bufio.NewScanner(io.LimitReader(r, 4*maxCookieLine))
	lines.Buffer(nil, maxCookieLine)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if strings.ContainsFunc(line, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			return members, fmt.Errorf("line %d holds a control character", number)
		}
		if value, is := headerLine(line, "User-Agent:"); is {
			agent = value
			continue
		}
		value, _ := headerLine(line, "Cookie:")
		switch {
		case value == "":
			continue
		case !strings.Contains(value, "="):
			return members, fmt.Errorf("line %d is no Cookie header of the form name=value; name=value", number)
		case n == len(members):
			return members, errors.New("has more than two lines with cookies")
		}
		members[n].Cookie = secret.New(value)
		n++
	}
	switch {
	case errors.Is(lines.Err(), bufio.ErrTooLong):
		return members, errors.New("has a line of more than 32 KiB")
	case lines.Err() != nil:
		return members, lines.Err()
	case n < len(members):
		return members, fmt.Errorf("has %d of the two lines with cookies", n)
	case members[0].Cookie.Equal(members[1].Cookie):
		return members, errors.New("has the same cookies twice: two members are needed")
	}
	members[0].Agent, members[1].Agent = agent, agent
	return members, nil
}

// headerLine is a line without the header's name before it.
func headerLine(line, name string) (value string, is bool) {
	if len(line) >= len(name) && strings.EqualFold(line[:len(name)], name) {
		return strings.TrimSpace(line[len(name):]), true
	}
	return line, false
}
