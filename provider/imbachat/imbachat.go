// Package imbachat serves ImbaChat: widget and open-dialog tokens as its plugins sign them, and the users-info objects and
// credentials of its callback.
package imbachat

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// Provider is ImbaChat. It is safe for concurrent use.
type Provider struct {
	Format
	script   string
	options  encodedOptions
	guests   bool
	signer   *jwt.Signer
	pairs    []pair
	inbound  *jwt.Verifier // nil when off
	widgetID string
	strict   bool
	now      func() time.Time
	rules    provider.UsersInfoRules
}

// pair is the digests of an API login and password.
type pair struct{ login, password [sha256.Size]byte }

// Open builds the provider from settings without faults; no network. It returns jwt.ErrWeakKey for an empty secret key.
func (c *Config) Open(d provider.Deps) (provider.Provider, error) {
	// The floor was checked with all settings, where the owner may have lowered it; an empty key never passes.
	signer, err := jwt.NewSigner(c.SecretKey, 1, c.TokenTTL, d.Now)
	if err != nil {
		return nil, err
	}
	options, err := c.Options.encode()
	if err != nil {
		return nil, err
	}
	p := &Provider{
		script:  strings.TrimRight(c.ScriptBase, "/") + "/imbachat/v1/" + c.WidgetID + "/widget",
		Format:  c.Format(d.KeyKind),
		options: options, guests: c.Guests == "load", signer: signer, widgetID: c.WidgetID,
		strict: c.InboundToken == "strict", now: d.Now,
		rules: provider.UsersInfoRules{Compat: map[string]bool{}, IDsPerHour: c.IDsPerHour, InboundToken: c.InboundToken != "off"},
	}
	for _, name := range c.compat() {
		p.rules.Compat[name] = true
	}
	var keys []secret.Secret
	for _, password := range []secret.Secret{c.APIPassword, c.APIPasswordPrevious} {
		if !password.IsZero() {
			p.pairs = append(p.pairs, pair{sha256.Sum256([]byte(c.APILogin)), password.Digest()})
			keys = append(keys, secret.New(c.APILogin+":"+password.Reveal()))
		}
	}
	if p.rules.InboundToken {
		if p.inbound, err = jwt.NewVerifier(keys, 3, d.Now); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Name returns "imbachat".
func (*Provider) Name() string { return "imbachat" }

// Widget returns the script, options and token for a user; for a guest the script alone, or nil when guests see no chat.
// It returns provider.ErrNoToken for an id that the token could not carry exactly and for user 0.
func (p *Provider) Widget(_ context.Context, u *userinfo.User, until time.Time) (*provider.Widget, error) {
	if u == nil {
		if !p.guests {
			return nil, nil //nolint:nilnil // the seam's way to say that nothing is shown
		}
		return &provider.Widget{Script: p.script}, nil
	}
	format := p.idFormat()
	token, expires, err := p.signer.WidgetUntil(u.ID, format, until)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", provider.ErrNoToken, err)
	}
	options := append(make([]byte, 0, len(p.options.before)+len(p.options.behind)+32), p.options.before...)
	if format == jwt.IDNumber {
		options = append(options, u.ID...)
	} else {
		options = userinfo.AppendString(options, string(u.ID))
	}
	return &provider.Widget{Script: p.script, Token: token, Options: append(options, p.options.behind...), ExpiresAt: expires}, nil
}

// Statuses of an open-dialog token (ImbaChat §3.2).
const (
	statusOpen  = 0
	statusNeeds = 1 // "need access": the other side must agree
)

// DialogToken returns the open-dialog token with which from writes to to (ImbaChat §3.2), of status 1 where to is to be asked first, else 0.
// It returns provider.ErrNoToken as Widget does.
func (p *Provider) DialogToken(_ context.Context, from, to *userinfo.User, ask bool, until time.Time) (provider.DialogPass, error) {
	format := p.idFormat()
	status := statusOpen
	if ask {
		status = statusNeeds
	}
	token, err := p.signer.DialogUntil(to.ID, from.ID, status, format, until)
	if err != nil {
		return provider.DialogPass{}, fmt.Errorf("%w: %w", provider.ErrNoToken, err)
	}
	return provider.DialogPass{Token: token, IDAsString: format == jwt.IDString}, nil
}

// UsersInfoRules returns how the callback is served.
func (p *Provider) UsersInfoRules() provider.UsersInfoRules { return p.rules }

// CheckBasic compares login and password with every configured pair, each time all of both, so that the time taken tells nothing.
func (p *Provider) CheckBasic(login, password string) bool {
	l, w := sha256.Sum256([]byte(login)), sha256.Sum256([]byte(password))
	match := 0
	for i := range p.pairs {
		match |= subtle.ConstantTimeCompare(l[:], p.pairs[i].login[:]) & subtle.ConstantTimeCompare(w[:], p.pairs[i].password[:])
	}
	return match == 1
}

// CheckToken verifies an inbound jwt_token (ImbaChat §3.3); false when the feature is off.
func (p *Provider) CheckToken(token string) bool {
	return p.inbound != nil && p.inbound.Inbound(token, p.widgetID, p.strict, p.now()) == nil
}
