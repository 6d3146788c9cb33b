package mesibo

import (
	"context"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// Application stands for Mesibo's application in the store: an app token is for one only.
const Application = "app"

// Forget deletes a user at Mesibo, and with that all their tokens. What they wrote stays with those they wrote to. An address that is somebody else's by now is left alone.
func (p *Provider) Forget(ctx context.Context, app, address string) error {
	if app != Application {
		return provider.ErrOtherApp
	}
	s, err := p.open(ctx)
	if err != nil {
		return err
	}
	u := store.MesiboUser{Address: address}
	had, err := s.MesiboUsersByPhone(ctx, []string{address}) // whose number at Mesibo is known too; an address that is no phone is found by itself alone
	if err != nil {
		return err
	}
	for i := range had {
		if had[i].Address == address {
			u = had[i]
		}
	}
	return p.erase(ctx, u)
}

// Address is "": what a user is called at Mesibo is in the store alone.
func (*Provider) Address(userinfo.ID) string { return "" }
