package handlers

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/chatpass/chatpass/identity"
)

// mayAsk refuses requests that a page of another site makes a browser send (CONTRACT §4). The site's own server, which proves
// itself with the site key, is free of the rule unless it passes on a browser's header.
func (s *Server) mayAsk(r *http.Request) error {
	fetchSite := r.Header.Get("Sec-Fetch-Site")
	_, bearer := identity.Bearer(r)
	if bearer && fetchSite == "" {
		return nil
	}
	if fetchSite == "cross-site" || fetchSite == "same-site" || r.Header.Get("Sec-Fetch-Dest") == "document" {
		return errForeign // a page that is opened here was led here: nobody looks at this by hand
	}
	if origin := r.Header.Get("Origin"); origin != "" && !s.ownOrigin(r, origin) {
		return errForeign
	}
	switch {
	case fetchSite == "same-origin", !bearer && r.Header.Get("Cookie") == "" && (fetchSite == "" || !s.named(r)):
		return nil // nothing that a browser sends by itself could name anybody, or the site's own page asks
	case fetchSite == "" && r.Header.Get("X-Requested-With") == "chatpass":
		return nil // a browser that does not send the header
	default:
		return errPlainFetch
	}
}

// named reports whether the request carries the header in which a proxy names the visitor.
func (s *Server) named(r *http.Request) bool {
	return s.o.IdentityHeader != "" && r.Header.Get(s.o.IdentityHeader) != ""
}

// passedOn refuses a fragment that the site's server asks for with its key and a browser's header of another site: then it passes
// on what a page of that site makes a browser send.
func passedOn(r *http.Request) error {
	if _, bearer := identity.Bearer(r); bearer {
		switch r.Header.Get("Sec-Fetch-Site") {
		case "", "same-origin":
		default:
			return errForeign
		}
	}
	return nil
}

// deceptive reports whether a query ends like the name of a file, by which a cache in front of us could take a visitor's own answer
// for a static file (SEC-72): a dot and a letter, escaped or not. The site key's user_id may look like anything; without a key that
// parameter means nothing and is no exception.
func deceptive(r *http.Request) bool {
	_, bearer := identity.Bearer(r)
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if name, _, _ := strings.Cut(pair, "="); bearer && name == "user_id" {
			continue
		}
		plain, err := url.QueryUnescape(pair)
		if ext := path.Ext(plain); err != nil || len(ext) > 1 && (ext[1] < '0' || ext[1] > '9') {
			return true
		}
	}
	return false
}

// ownOrigin compares a request's Origin with the site's addresses, or without any with the host that was asked.
func (s *Server) ownOrigin(r *http.Request, origin string) bool {
	if len(s.o.SiteOrigins) > 0 {
		for _, own := range s.o.SiteOrigins {
			if origin == own {
				return true
			}
		}
		return false
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Path == "" && strings.EqualFold(u.Host, r.Host)
}
