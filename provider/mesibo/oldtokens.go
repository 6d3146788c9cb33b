package mesibo

import (
	"context"
	"errors"
	"fmt"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
)

// kindOld is the kind of the jobs that an import makes.
const kindOld = store.MesiboEnding

// endOld has Mesibo end all tokens of a user's address if an older backend may have given some: it gave them to whoever knew a phone and its demonstration code, and they
// count for a year. Those that were made here end with them, so that the user signs in once more. Afterwards nobody but the user has a token of the address.
func (p *Provider) endOld(ctx context.Context, s state, u store.MesiboUser) error {
	if p.c.Address != wordPhone { // which the older backend's users are called there
		return nil
	}
	unlock, err := p.private.locks.lock(ctx, lockKey{"old", u.ID}) // else one ends the token that was made for another just now
	if err != nil {
		return err
	}
	defer unlock()
	may, err := s.MesiboOldTokens(ctx, u)
	if err != nil || !may {
		return err
	}
	if err := p.endAll(ctx, u.Address); err != nil {
		return err
	}
	if _, err := s.DropMesiboTokens(ctx, u.ID, 0); err != nil {
		return err
	}
	return s.MesiboOldTokensEnded(ctx, u)
}

// endAll has Mesibo end all tokens of an address; that it knows no such user is no error.
func (p *Provider) endAll(ctx context.Context, address string) error {
	_, err := p.client.call(ctx, opUserSet, userPart{Address: address, Token: &tokenPart{Remove: true}})
	var e *apiError
	if errors.As(err, &e) && e.kind == kindWrong {
		return nil
	}
	return err
}

// endOldOf does a job of an import.
func (p *Provider) endOldOf(ctx context.Context, s state, j provider.Job) error {
	u, err := s.MesiboUser(ctx, string(j.User))
	switch {
	case errors.Is(err, store.ErrNotFound): // forgotten, at Mesibo too
		return nil
	case err != nil:
		return err
	case u.Address == j.Address:
		return p.endOld(ctx, s, u)
	}
	// The user is called otherwise here. Who has the address is asked before their first token.
	had, err := s.MesiboUsersByPhone(ctx, []string{j.Address})
	if err != nil {
		return err
	}
	for i := range had {
		if had[i].Address == j.Address && had[i].DisabledAt.IsZero() {
			return p.endOld(ctx, s, had[i])
		}
	}
	if err := p.endAll(ctx, j.Address); err != nil {
		return fmt.Errorf("tokens of an older backend: %w", err)
	}
	return nil
}
