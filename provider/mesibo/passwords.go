package mesibo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// Bounds of a look at passwords. Tokens from before open nothing here from the first moment on; the rest is Mesibo's to be told.
const (
	marksAtOnce = 100 // marks that are put beside tokens which have none, or one of a former key: after an update that is everybody's
	endAtOnce   = 5   // users whose tokens are ended in a look; those of others are by jobs, one after the other
	// endFor is how long a look ends tokens at the most, and a call more: the next look is to find who was banned.
	endFor = time.Second
)

// markOf is what is known of the password of a user who was read with private fields; empty for nothing.
func markOf(s state, u *userinfo.User) passmark.Marks {
	return s.PasswordMarks(string(u.ID), u.Private[userinfo.PasswordField])
}

// mark is what is known of a user's password as the site has it now; empty for nothing, as of who signed up without the site. The error is a *refusal for who is not there any
// more.
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

// errQueued says that Mesibo did not end tokens in time, and that a job goes on.
var errQueued = errors.New("mesibo: tokens from before a new password are not ended at mesibo yet")

// endFormer ends the tokens of a user that were given before their password became another, here and at Mesibo, so that a new one is not among them. It goes by the password as
// it is now, since whoever calls it may have read it a while ago. The error is errQueued while only a job can have Mesibo end them.
func (p *Provider) endFormer(ctx context.Context, s state, u store.MesiboUser) error {
	unlock, err := p.private.locks.lock(ctx, lockKey{"old", u.ID}) // else one ends the token that was made for another just now
	if err != nil {
		return err
	}
	defer unlock()
	kept, err := s.MesiboTokensOf(ctx, u.ID)
	if err != nil || !slices.ContainsFunc(kept, func(t store.MesiboToken) bool { return t.Password != "" }) {
		return err
	}
	now, err := p.mark(ctx, s, u)
	if err != nil {
		return err
	}
	former := slices.DeleteFunc(slices.Clone(kept), func(t store.MesiboToken) bool { return !now.Changed(t.Password) })
	if len(former) == 0 {
		return nil
	}
	apps := []string{""} // all, where there are no others to spare
	if len(former) < len(kept) {
		apps = nil
		for _, t := range former {
			if !slices.Contains(apps, t.App) {
				apps = append(apps, t.App)
			}
		}
	}
	var queued error
	for _, app := range apps {
		if err := p.endSoon(ctx, s, u, app); errors.Is(err, errQueued) {
			queued = err
		} else if err != nil {
			return err
		}
	}
	for _, t := range former { // by their ids: another instance may have put one meanwhile
		if _, err := s.DropMesiboTokens(ctx, u.ID, t.ID); err != nil {
			return err
		}
	}
	return queued
}

// endSoon ends a user's tokens at Mesibo, in an app or with "" in all: at once, or by a job, which errQueued tells of.
func (p *Provider) endSoon(ctx context.Context, s state, u store.MesiboUser, app string) error {
	now, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	cause := p.endTokens(now, s, u, app, 0)
	if cause == nil {
		return nil
	}
	if err := p.enqueue(ctx, revokeKind(app), u); err != nil {
		return err
	}
	return fmt.Errorf("%w: %w", errQueued, cause)
}

// compare has the tokens ended of users of a page whose password is another than when they were given, and marks those that have no mark to go by. marks are those of now.
func (p *Provider) compare(ctx context.Context, s state, page []store.MesiboUser, marks map[string]passmark.Marks, seen *troubles) error {
	users := make(map[int64]store.MesiboUser, len(page))
	ids := make([]int64, 0, len(page))
	for _, u := range page {
		if marks[u.SiteUser] != "" {
			ids, users[u.ID] = append(ids, u.ID), u
		}
	}
	if len(ids) == 0 {
		return nil
	}
	kept, err := s.MesiboPasswords(ctx, ids)
	if err != nil {
		return err
	}
	marked, changed := 0, []store.MesiboUser{}
	for _, k := range kept {
		u := users[k.User]
		switch now := marks[u.SiteUser]; {
		case now.Changed(k.Mark):
			if !slices.ContainsFunc(changed, func(other store.MesiboUser) bool { return other.ID == u.ID }) {
				changed = append(changed, u)
			}
		case now.Renews(k.Mark) && marked < marksAtOnce:
			marked++
			if err := s.MarkMesiboTokens(ctx, u.ID, k.Mark, now.Now()); err != nil {
				return err
			}
		default:
		}
	}
	return p.endAllFormer(ctx, s, changed, seen)
}

// endAllFormer ends the tokens of users whose password is another: those of the first few at once.
func (p *Provider) endAllFormer(ctx context.Context, s state, changed []store.MesiboUser, seen *troubles) error {
	began := p.now()
	for i, u := range changed {
		var err error
		if i < endAtOnce && p.now().Sub(began) < endFor {
			err = p.endFormer(ctx, s, u)
		} else {
			err = p.enqueue(ctx, kindPassword, u)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if no := (*refusal)(nil); err != nil && !errors.Is(err, errQueued) && !errors.As(err, &no) { // who is gone meanwhile is seen to in the next round
			seen.left = true
			p.news(&seen.stuck, err, stuckText, "")
		}
	}
	if len(changed) > endAtOnce {
		p.log.Warn("many passwords have changed at once; their users' tokens of mesibo open nothing any more, and end at mesibo one after the other", "users", len(changed))
	}
	return nil
}

// endFormerOf does a job about a user whose password is another.
func (p *Provider) endFormerOf(ctx context.Context, s state, u store.MesiboUser) error {
	err := p.endFormer(ctx, s, u)
	if no := (*refusal)(nil); errors.As(err, &no) && errors.Is(no.cause, errNobody) { // who is gone is another job
		return nil
	}
	if errors.Is(err, errQueued) { // which is as good as done, by that job
		return nil
	}
	return err
}
