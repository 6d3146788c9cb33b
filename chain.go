package main

import (
	"log/slog"
	"slices"
	"time"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/identity"
)

// chain is the resolvers in the order the owner named them.
func (s *site) chain(log *slog.Logger, m *handlers.Metrics) (identity.Chain, error) {
	var chain identity.Chain
	for _, name := range s.cfg.Identity {
		r, err := s.resolver(name, log, m)
		if err != nil {
			return nil, err
		}
		chain = append(chain, r)
	}
	if !slices.Contains(s.cfg.Identity, "site") {
		chain = append(chain, identity.NoSite{BesideTickets: s.takesTickets()})
	}
	return chain, nil
}

// resolver makes one of the resolvers that the settings may name.
func (s *site) resolver(name string, log *slog.Logger, m *handlers.Metrics) (identity.Resolver, error) {
	peers := handlers.NewPeers(s.cfg.TrustedProxies)
	switch name {
	case "header":
		return identity.NewHeader(identity.HeaderOptions{
			Name: s.cfg.IdentityHeader, Trusted: peers.Trusted, KeyKind: s.directory.KeyKind, Now: time.Now, Logger: log,
			Ignored: func() { m.AuthFailure("header", "untrusted") },
		})
	case "ticket":
		return identity.NewTicket(identity.TicketOptions{
			Key: s.cfg.TicketKey, SiteKey: s.cfg.SiteKey, KeyKind: s.directory.KeyKind, Now: time.Now,
		})
	case "whoami":
		return identity.NewWhoami(identity.WhoamiOptions{
			URL: s.cfg.WhoamiURL, Field: s.cfg.WhoamiField, KeyKind: s.directory.KeyKind, Client: peers.Address, Now: time.Now, Logger: log,
		})
	default: // config lets no other through
		r, err := identity.NewSite(s.cfg.SiteKey)
		if err == nil && s.takesTickets() {
			r = r.BesideTickets()
		}
		return r, err
	}
}

func (s *site) takesTickets() bool { return slices.Contains(s.cfg.Identity, "ticket") }

// identityHeader is the header that names visitors; "" when none does.
func (s *site) identityHeader() string {
	if slices.Contains(s.cfg.Identity, "header") {
		return s.cfg.IdentityHeader
	}
	return ""
}
