package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/chatpass/chatpass/identity"
)

// identities tells who tells who a visitor is, but for sessions and the site key, and asks the site where it is the one who does.
func (r *report) identities(ctx context.Context, s *site) {
	for _, name := range s.cfg.Identity {
		switch name {
		case "header":
			proxies := make([]string, len(s.cfg.TrustedProxies))
			for i, p := range s.cfg.TrustedProxies {
				proxies[i] = p.String()
			}
			r.ok("header", "visitors are known by the header %s of the proxies %s, which must overwrite it on every request", s.cfg.IdentityHeader, strings.Join(proxies, ", "))
		case "ticket":
			r.ok("ticket", "visitors are known by tickets that the site signs with CHATPASS_TICKET_KEY")
		case "whoami":
			r.call.progress("asking the site who a visitor is")
			r.whoami(ctx, s)
		}
	}
}

// whoami asks the site once as a visitor without cookies, of whom it must say that nobody is signed in.
func (r *report) whoami(ctx context.Context, s *site) {
	const subject = "CHATPASS_WHOAMI_URL"
	w, err := identity.NewWhoami(identity.WhoamiOptions{
		URL: s.cfg.WhoamiURL, Field: s.cfg.WhoamiField, KeyKind: s.directory.KeyKind, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		r.fail(subject, err.Error(), "write an address that begins with https:// or http://")
		return
	}
	where := whoamiPlace(s.cfg.WhoamiURL)
	named, err := w.Probe(ctx)
	switch {
	case err != nil:
		r.fail(subject, fmt.Sprintf("%s cannot tell who a visitor is: %v; every visitor with a cookie gets 503", where, err),
			"let it answer visitors who are not signed in with 200 and JSON such as {\"user_id\":null}, or with 401 or 403: docs/identity.md")
	case named:
		r.fail(subject, where+" names a user to a visitor without cookies: everybody would be that user", "let it look at the session of the request it answers, and let no cache keep the answer")
	default:
		r.ok("whoami", "visitors are known by what %s says of their cookies; without cookies it says nobody", where)
	}
}

// whoamiPlace is the address without what may be secret in it: its query.
func whoamiPlace(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the address"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
