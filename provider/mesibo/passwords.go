package mesibo

import (
	"context"
	"errors"
	"slices"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// marksAtOnce bounds the marks that one look puts beside tokens which have none, or one of a former key: after an update that is everybody's.
const marksAtOnce = 100

// markOf is the mark of the password of a user who was read with private fields; empty if nothing is known of it.
func markOf(s state, u *userinfo.User) passmark.Marks {
	return s.PasswordMarks(string(u.ID), u.Private[userinfo.PasswordField])
}

// mark is the mark of a user's password as the site has it now; empty if nothing is known of it, as of who signed up without the site. The error is a
// *refusal for who is not there any more.
func (p *Provider) mark(ctx context.Context, s state, u store.MesiboUser) (passmark.Marks, error) {
	if p.users == nil || strangers(u.SiteUser) {
		return "", nil
	}
	id := userinfo.ID(u.SiteUser)
	found, err := p.users(ctx, id)
	switch {
	case err != nil:
		return "", err
	case len(found) != 1 || found[0].ID != id:
		if err := p.outed(); !errors.Is(err, errNobody) {
			return "", err
		}
		return "", &refusal{code: codeBadUser, cause: errNobody}
	}
	return markOf(s, &found[0]), nil
}

// endFormer ends the tokens of a user that were given before their password became another, here and at Mesibo, so that a new one is not among them.
func (p *Provider) endFormer(ctx context.Context, s state, u store.MesiboUser, now passmark.Marks) error {
	unlock, err := p.private.locks.lock(ctx, lockKey{"old", u.ID}) // else one ends the token that was made for another just now
	if err != nil {
		return err
	}
	defer unlock()
	kept, err := s.MesiboTokensOf(ctx, u.ID)
	if err != nil {
		return err
	}
	former := slices.DeleteFunc(slices.Clone(kept), func(t store.MesiboToken) bool { return !now.Changed(t.Password) })
	if len(former) > 0 && len(former) == len(kept) {
		return p.revoke(ctx, u, 0)
	}
	for i := range former {
		if err := p.revoke(ctx, u, former[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// compare ends tokens of users of a page whose password is another than when they were given, and marks those that have no mark to go by. marks are those of now.
func (p *Provider) compare(ctx context.Context, s state, page []store.MesiboUser, marks map[string]passmark.Marks, seen *troubles) error {
	known := slices.DeleteFunc(slices.Clone(page), func(u store.MesiboUser) bool { return marks[u.SiteUser] == "" })
	if len(known) == 0 {
		return nil
	}
	users := make(map[int64]store.MesiboUser, len(known))
	ids := make([]int64, len(known))
	for i := range known {
		ids[i], users[known[i].ID] = known[i].ID, known[i]
	}
	kept, err := s.MesiboPasswords(ctx, ids)
	if err != nil {
		return err
	}
	marked, failures := 0, 0
	for _, k := range kept {
		u := users[k.User]
		now := marks[u.SiteUser]
		switch {
		case now.Changed(k.Mark):
			err := p.endFormer(ctx, s, u, now)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				seen.left = true
				p.news(&seen.stuck, err, stuckText, "")
				failures++
			}
		case now.Renews(k.Mark) && marked < marksAtOnce:
			marked++
			if err := s.MarkMesiboTokens(ctx, u.ID, k.Mark, now.Now()); err != nil {
				return err
			}
		default:
		}
		if failures == watchFailures {
			break
		}
	}
	return nil
}
