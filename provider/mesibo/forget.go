package mesibo

import (
	"context"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// Application stands for Mesibo's application in the store: an app token is for one only.
const Application = "app"

// Forget deletes a user at Mesibo, and with that all their tokens. What they wrote stays with those they wrote to.
func (p *Provider) Forget(ctx context.Context, app, address string) error {
	return p.ForgetUser(ctx, app, store.MesiboUser{Address: address})
}

// ForgetUser is Forget for a user whose number at Mesibo may be known too. That the address is nobody else's by now is the caller's to know.
func (p *Provider) ForgetUser(ctx context.Context, app string, u store.MesiboUser) error {
	if app != Application {
		return provider.ErrOtherApp
	}
	return p.erase(ctx, u)
}

// Address is "": what a user is called at Mesibo is in the store alone.
func (*Provider) Address(userinfo.ID) string { return "" }
