package mesibo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

var _ provider.Issuer = (*Provider)(nil)

// Issue asks for a token of a user in the first app, as the token's route does for a page that names no device: the one the page has is given again. It is kept, so that
// it can be ended; without a store there is none. It returns ErrNoToken for a user whose id cannot be kept.
func (p *Provider) Issue(ctx context.Context, u *userinfo.User) (secret.Secret, time.Time, error) {
	if u == nil || !keepable(u.ID) {
		return secret.Secret{}, time.Time{}, provider.ErrNoToken
	}
	if s, ok := p.people.(*sitePeople); ok {
		if err := s.prepare(ctx); err != nil {
			return secret.Secret{}, time.Time{}, err
		}
	}
	row, err := p.visitor(ctx, &provider.Visitor{User: u})
	var f *provider.Fault
	if errors.As(err, &f) && f.Cause == nil { // what a page would be told
		err = fmt.Errorf("mesibo: %s", f.Text)
	}
	if err != nil {
		return secret.Secret{}, time.Time{}, err
	}
	got, err := p.issueFor(ctx, order{user: row, app: p.apps[0], device: ownDevice, life: p.c.life(true)})
	var r *refusal
	if errors.As(err, &r) && r.cause != nil { // which tells the owner more than apps are told
		err = r.cause
	}
	return got.token, got.expires, err
}

// prepare makes phones known to a process that does not scan them again and again: by the index of one that does, if it is fresh, else by a scan.
func (s *sitePeople) prepare(ctx context.Context) error {
	if s.scan == nil || s.open == nil {
		return nil
	}
	st, err := s.open(ctx)
	if err != nil {
		return err
	}
	if at, err := s.lastEnd(ctx, st); err == nil && s.now().Sub(at) < scanFresh {
		s.once.Do(func() { close(s.ready) })
		return nil
	}
	_, err = s.round(ctx)
	return err
}
