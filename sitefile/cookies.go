package sitefile

import (
	"net/url"
	"strings"
)

// Cookies is where browsers send the cookies of a site's sessions, as its configuration says.
type Cookies struct {
	Domain string // without a dot at the beginning; empty: the site's own host
	Paths  []CookiePath
}

// CookiePath is a path the cookie is set for.
type CookiePath struct {
	Path string // with a slash at the beginning; empty when only the row tells it
	Row  string // of the preset's detect.settings, whose address ends in the path
}

// cookies reads where the cookies go; nil when a setting that counts is there and cannot be read. It leaves no notes: what is not clear here
// changes nothing of whose data is read.
func (l *look) cookies() *Cookies {
	if l.site.Cookies == nil {
		return nil
	}
	c := &Cookies{}
	domain, ok := l.quiet(l.site.Cookies.Domain)
	if !ok {
		return nil
	}
	c.Domain = strings.ToLower(strings.TrimPrefix(domain, "."))
	for _, p := range l.site.Cookies.Paths {
		path, ok := l.quiet(p.Path)
		if !ok {
			return nil
		}
		if path == "" {
			address, ok := l.quiet(p.URL)
			if !ok {
				return nil
			}
			path = pathOf(address)
		}
		if path != "" && path[0] != '/' {
			return nil // browsers take the folder of the page that sets it
		}
		c.Paths = append(c.Paths, CookiePath{path, p.Row})
	}
	return c
}

// quiet is the value of a reference; not ok where a setting is there that cannot be read.
func (l *look) quiet(ref string) (value string, ok bool) {
	for _, name := range alternatives(ref) {
		text, known := constant(name)
		if !known {
			if l.doc.remarks[name] != "" {
				return "", false
			}
			text = l.doc.values[name]
		}
		if text != "" {
			return text, true
		}
	}
	return "", true
}

// pathOf is the path of an address with slashes at both ends; empty for what is no address.
func pathOf(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" {
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/") + "/"
}
