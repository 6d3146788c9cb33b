package mesibo

import (
	"context"
	"errors"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
)

// logout ends a token, also of somebody who may not chat any more. One that is not known is ended already (Mesibo A5).
func (p *Provider) logout(q *question, a *answer) error {
	text, _ := q.text("token")
	if len(text) < leastToken {
		a.noTS = true
		return nil
	}
	s, err := p.open(q.ctx)
	if err != nil {
		return err
	}
	token, user, err := s.MesiboTokenOf(q.ctx, secret.New(text))
	switch {
	case errors.Is(err, store.ErrNotFound):
		a.noTS = true
		return nil
	case err != nil:
		return err
	}
	ctx := context.WithoutCancel(q.ctx) // who logs out closes the app, often before the answer
	if err := p.front.backend.revoke(ctx, user, token.ID); err != nil {
		return err
	}
	return s.PutMesiboPush(ctx, store.MesiboPush{User: user.ID, Device: token.Device})
}
