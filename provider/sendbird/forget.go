package sendbird

import (
	"context"
	"net/http"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// StoreKeys lists the API token: whoever has it can make tokens of any user anyway.
func (c *Config) StoreKeys() []secret.Secret { return []secret.Secret{c.APIToken} }

// StoreApp is the id of the application.
func (c *Config) StoreApp() string { return c.AppID }

// Forget deletes a user, and with that all their tokens. What they wrote stays in the channels (Sendbird B3).
func (p *Provider) Forget(ctx context.Context, app, address string) error {
	if app != p.app {
		return provider.ErrOtherApp
	}
	err := p.client.do(ctx, call{method: http.MethodDelete, path: user(address)})
	if kindOf(err) == missing {
		return nil
	}
	return err
}

// Address is the id of a user of the site at Sendbird.
func (p *Provider) Address(id userinfo.ID) string {
	m, err := p.member(&userinfo.User{ID: id})
	if err != nil {
		return ""
	}
	return m.address
}
