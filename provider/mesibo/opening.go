package mesibo

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"

	"github.com/chatpass/chatpass/provider"
)

// Open builds the provider from settings without faults; no network.
func (c *Config) Open(d provider.Deps) (provider.Provider, error) {
	apps := c.appIDs()
	if len(apps) == 0 || c.AppToken.IsZero() || baseProblem(c.BaseURL) != "" {
		return nil, errors.New("mesibo: the settings have faults that were not looked for")
	}
	p := &Provider{
		c: *c, open: opener(d.Store), users: d.Users, now: d.Now, log: d.Logger, issued: d.Issued, kind: d.KeyKind, base: d.BasePath, apps: apps,
		jobs: d.Store, private: newPrivate(c, d),
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.issued == nil {
		p.issued = func(string) {}
	}
	if p.open == nil {
		p.open = func(context.Context) (state, error) { return nil, errNoStore }
	}
	requested := d.Requested
	if requested == nil {
		requested = func(string, string) {}
	}
	transport := d.Transport
	if transport == nil {
		transport = provider.NewTransport(connectTimeout, callTimeout)
	}
	p.client = &client{
		base: c.BaseURL, token: c.AppToken, http: provider.NewHTTPClient(transport, callTimeout), guard: newGuard(d.Now, p.resting, p.refused),
		count: func(code string) { requested(name, code) },
	}
	p.ctx, p.end = context.WithCancel(context.Background())
	p.flights = &flights{ctx: p.ctx, all: map[flightKey]*flight{}}
	site := newPeople(c, d, p.open)
	p.people, p.scan, p.unread, p.survey = site, site.run, site.unread, site.survey
	front, err := newFront(c, d, p, p.v1())
	if err != nil {
		p.end()
		return nil, err
	}
	p.front = front
	return p, nil
}

var errNoStore = errors.New("mesibo: nothing can be remembered here")

// resting tells the owner that Mesibo is left alone for a second at a time, or that it answers again.
func (p *Provider) resting(open bool) {
	if open {
		p.log.Warn("mesibo fails; it is left alone for a second at a time until it answers")
	} else {
		p.log.Info("mesibo answers again")
	}
}

// refused tells the owner that Mesibo refuses the app token, or takes it again.
func (p *Provider) refused(trouble string) {
	switch trouble {
	case "":
		p.log.Info("mesibo takes the app token again")
	case codeBreach:
		p.log.Error("mesibo disabled the application, since its app token was used from more than five addresses; nobody can sign in until that is settled in its console",
			"code", trouble)
	default:
		p.log.Error("mesibo refuses the app token; nobody can sign in until CHATPASS_MESIBO_APP_TOKEN is right; run chatpass check", "code", trouble)
	}
}

// Ailing tells why nobody can sign in until the owner acts, or the phones of the site were read for the first time, in a word; "" while that is not so.
func (p *Provider) Ailing() string {
	switch p.client.guard.ailing() {
	case "":
		if p.unread() {
			return "mesibo_phones_unread"
		}
		return ""
	case codeBreach:
		return "mesibo_token_breach"
	default:
		return "mesibo_app_token"
	}
}

// Close ends all work that goes on without a request.
func (p *Provider) Close() error {
	p.end()
	p.front.post.close()
	p.client.http.CloseIdleConnections()
	return nil
}

// Name returns "mesibo".
func (*Provider) Name() string { return name }

// Run looks after those who were given a token, and tells Mesibo what changed, until ctx ends.
func (p *Provider) Run(ctx context.Context) {
	if p.jobs == nil {
		return
	}
	var work sync.WaitGroup
	work.Go(func() { p.work(ctx) })
	if v1, _ := p.c.generations(); v1 {
		work.Go(func() { p.tidy(ctx) })
	}
	if p.users != nil {
		work.Go(func() { p.watch(ctx) })
		work.Go(func() { p.scan(ctx) })
	}
	work.Wait()
}

var (
	_ provider.Runner    = (*Provider)(nil)
	_ provider.Router    = (*Provider)(nil)
	_ provider.Forgetter = (*Provider)(nil)
	_ io.Closer          = (*Provider)(nil)
)
