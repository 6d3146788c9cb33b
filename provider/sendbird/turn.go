package sendbird

import (
	"context"
	"errors"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// errForgotten ends a flight that nobody waits for.
var errForgotten = errors.New("nobody asked for it any more")

// fly makes a pass once its turn has come. It is noted before anybody has it, so that neither a stop nor a crash forgets who was given one.
func (p *Provider) fly(f *flight, m member) {
	n, calls := p.takeTurn(f, m)
	if f.err == nil {
		p.issued(name)
		p.remember(n)
	}
	p.desk.land(f, calls)
}

// takeTurn waits for a flight's turn and fills it in. calls is how many it took; 0 is none.
func (p *Provider) takeTurn(f *flight, m member) (n note, calls int) {
	f.err = p.client.pace.wait(p.ctx, fresh)
	wanted := p.desk.turn(f)
	switch {
	case f.err != nil:
		return note{}, 0
	case !wanted:
		f.err = errForgotten
		return note{}, 0
	}
	ctx, cancel := context.WithTimeout(p.ctx, workTimeout)
	defer cancel()
	s, err := p.sight(ctx, m.id)
	n = note{member: m, digest: s.digest}
	if err == nil {
		f.digest = s.digest
		f.pass, n.created, calls, err = p.make(ctx, m, f.ends, true, s)
	}
	if err == nil {
		_ = provider.Sleep(ctx, gather) // its end is no failure
		err = p.unchanged(ctx, m.id, s.digest)
	}
	if f.err = err; err != nil {
		p.tell(m, err)
		return n, calls
	}
	n.issued, n.ends = p.now(), f.pass.lives
	return n, calls
}

// Issue asks for a token of a user, who is made where there is none.
func (p *Provider) Issue(ctx context.Context, u *userinfo.User) (secret.Secret, time.Time, error) {
	m, err := p.member(u)
	if err != nil {
		return secret.Secret{}, time.Time{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	s, err := p.sight(ctx, m.id)
	if err != nil {
		return secret.Secret{}, time.Time{}, err
	}
	got, created, _, err := p.make(ctx, m, time.Time{}, false, s)
	if err == nil {
		err = p.unchanged(ctx, m.id, s.digest)
	}
	if err != nil {
		return secret.Secret{}, time.Time{}, err
	}
	if p.store != nil {
		n := note{member: m, issued: p.now(), ends: got.lives, created: created, digest: s.digest}
		if err := p.note(context.WithoutCancel(ctx), n); err != nil {
			p.log.Warn("a token was given and cannot be noted; its user is not looked after until the next one", "error", err.Error())
		}
	}
	return got.token, got.ends, nil
}
