package sendbird

import (
	"context"
	"net/http"

	"github.com/chatpass/chatpass/internal/secret"
)

// StoreKeys lists the API token: whoever has it can make tokens of any user anyway.
func (c *Config) StoreKeys() []secret.Secret { return []secret.Secret{c.APIToken} }

// Forget deletes a user, and with that all their tokens. What they wrote stays in the channels, without them (Sendbird B3).
func (p *Provider) Forget(ctx context.Context, address string) error {
	err := p.client.do(ctx, call{method: http.MethodDelete, path: user(address)})
	if kindOf(err) == missing {
		return nil
	}
	return err
}
