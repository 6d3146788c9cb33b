package main

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/internal/setting"
)

// chain is the resolvers in the order the owner named them.
func (s *site) chain(log *slog.Logger, m *handlers.Metrics) (identity.Chain, error) {
	var chain identity.Chain
	for _, name := range s.cfg.Identity {
		r, err := s.resolver(name, log, m)
		if err != nil {
			return nil, err
		}
		if r != nil {
			chain = append(chain, r)
		}
	}
	if !slices.Contains(s.cfg.Identity, "site") {
		chain = append(chain, identity.NoSite{BesideTickets: s.takesTickets()})
	}
	return chain, nil
}

// sessions makes the resolver of the site's own sessions; nil without an error when no recipe can be followed with these settings.
func (s *site) sessions() (*session.Resolver, error) {
	peers := handlers.NewPeers(s.cfg.TrustedProxies)
	r, faults := session.New(s.cfg.Sessions, session.Options{
		Source: s.db, Secrets: s.cfg.SessionSecrets, KeyKind: s.directory.KeyKind, Now: time.Now, ClientIP: peers.Address,
		Vars: s.cfg.Mapping.Vars(), SiteRoot: s.cfg.SiteRoot, Files: s.cfg.SessionFiles, Lifetime: s.cfg.SessionLifetime, Zone: s.cfg.Mapping.Zone(), Visitors: s.directory.Reading,
		Logger: s.log,
	})
	if len(faults) > 0 {
		return nil, errors.New(faults[0].String())
	}
	return r, nil
}

// tellSessions tells at the start how sure the session resolver is, and what it lacks.
func tellSessions(log *slog.Logger, reports []session.Report) {
	missing := map[string]bool{}
	active := slices.ContainsFunc(reports, func(r session.Report) bool { return !r.Unused })
	for _, r := range reports {
		switch {
		case len(r.Missing) > 0:
			missing[r.Recipe] = true
			if offered(r) && active {
				continue
			}
			log.Warn("a way to read the site's sessions is not used, since settings are missing", "recipe", r.Recipe,
				"missing", strings.Join(r.Missing, ", "), "remedy", lacking(r.Missing))
		case r.Weaker && !r.Unused && (r.Instead == "" || missing[r.Instead]):
			log.Warn("the site's sessions are read in a weaker way than the site does it", "recipe", r.Recipe, "instead_of", r.Instead)
		case r.Weaker && !r.Unused:
			log.Warn("the site's sessions are read in a weaker way than the site does it, where another recipe does not apply", "recipe", r.Recipe, "instead_of", r.Instead,
				"remedy", "set CHATPASS_SITE_ROOT, or the secrets in CHATPASS_SESSION_SECRETS")
		}
	}
}

// offered tells a recipe that lacks nothing but settings of ours, beside others that are followed: most sites have no use for it.
func offered(r session.Report) bool {
	return !slices.ContainsFunc(r.Missing, func(name string) bool { return !strings.HasPrefix(name, setting.Prefix) })
}

// lacking says what to do about what a recipe lacks: secrets of the site, or settings of ours.
func lacking(missing []string) string {
	for _, name := range missing {
		if strings.HasPrefix(name, setting.Prefix) {
			return "set " + name
		}
	}
	if slices.Equal(missing, []string{session.OwnSecret}) {
		return "set CHATPASS_SESSION_SECRETS=" + session.OwnSecret + "=…, the key with which the site signs; CHATPASS_SESSION_TRANSFORM needs it"
	}
	return "set CHATPASS_SITE_ROOT, or the secrets in CHATPASS_SESSION_SECRETS"
}

// resolver makes one of the resolvers that the settings may name; nil for sessions that cannot be read.
func (s *site) resolver(name string, log *slog.Logger, m *handlers.Metrics) (identity.Resolver, error) {
	peers := handlers.NewPeers(s.cfg.TrustedProxies)
	switch name {
	case "session":
		r, err := s.sessions()
		if err != nil {
			return nil, err
		}
		tellSessions(log, r.Reports())
		if !r.Active() {
			return nil, nil //nolint:nilnil // documented: no resolver, and no fault
		}
		return r, nil
	case "header":
		return identity.NewHeader(identity.HeaderOptions{
			Name: s.cfg.IdentityHeader, Trusted: peers.Trusted, KeyKind: s.directory.KeyKind, Now: time.Now, Logger: log,
			Ignored: func() { m.AuthFailure("header", "untrusted") },
		})
	case "ticket":
		return identity.NewTicket(identity.TicketOptions{
			Key: s.cfg.TicketKey, SiteKey: s.cfg.SiteKey, KeyKind: s.directory.KeyKind, Now: time.Now, Used: s.tickets,
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
