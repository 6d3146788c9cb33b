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
	switch fetchSite {
	case "cross-site", "same-site":
		return errForeign
	}
	if origin := r.Header.Get("Origin"); origin != "" && !s.ownOrigin(r, origin) && (!bearer || fetchSite != "") {
		return errForeign
	}
	if bearer {
		return nil
	}
	if r.Header.Get("Sec-Fetch-Dest") == "document" {
		return errForeign // nobody looks at this by hand; a page that is opened here was led here
	}
	if fetchSite != "same-origin" && r.Header.Get("Cookie") != "" && r.Header.Get("X-Requested-With") != "chatpass" {
		return errPlainFetch
	}
	return nil
}

// deceptive reports whether a query ends like the name of a file, by which a cache in front of us could take a visitor's own answer
// for a static file (SEC-72). The site key's user_id may look like anything.
func deceptive(query string) bool {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if name, _, _ := strings.Cut(pair, "="); name != "user_id" && path.Ext(pair) != "" {
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
