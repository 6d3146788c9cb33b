package mesibo

import (
	"context"
	"errors"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// Forget deletes a user at Mesibo, and with that all their tokens. What they wrote stays with those they wrote to.
func (p *Provider) Forget(ctx context.Context, app, address string) error {
	if app != jobsApp {
		return provider.ErrOtherApp
	}
	_, err := p.client.call(ctx, opUserDel, userPart{Address: address})
	var e *apiError
	if errors.As(err, &e) && e.kind == kindWrong { // there is no such user
		return nil
	}
	return err
}

// Address is "": what a user is called at Mesibo is in the store alone.
func (*Provider) Address(userinfo.ID) string { return "" }
