package mesibo

import (
	"context"
	"errors"
	"strings"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// Application stands for Mesibo's application in the store: an app token is for one only.
const Application = "app"

// Forget deletes a user at Mesibo, and with that all their tokens. What they wrote stays with those they wrote to.
func (p *Provider) Forget(ctx context.Context, app, address string) error {
	if app != Application {
		return provider.ErrOtherApp
	}
	if strings.HasPrefix(address, parkedPrefix) { // Mesibo has never heard of it
		return nil
	}
	_, err := p.client.call(ctx, opUserDel, userPart{Address: address})
	var e *apiError
	// Which code says that there is no such user is not published; these two say something else.
	if errors.As(err, &e) && e.kind == kindWrong && e.code != "" && e.code != codeBadOp && e.code != codeMissing {
		return nil
	}
	return err
}

// Address is "": what a user is called at Mesibo is in the store alone.
func (*Provider) Address(userinfo.ID) string { return "" }
