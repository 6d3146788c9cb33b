package mesibo

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// Times of looking after users.
const (
	watchRound = 4 * time.Second // least time between two looks at a user, who is to be out within 5 (SEC-98)
	watchPage  = 500             // users in a look, as many as one look-up takes
)

// watchFailures is of how many users of a page shutting out may fail before the rest of it waits for the next round: then it is the store that fails, and each try may take
// seconds.
const watchFailures = 20

// stuckText tells that somebody cannot be shut out, whom the site does not show any more or whose password is another.
const stuckText = "users cannot be shut out of mesibo yet, whom the site does not show any more or whose password has changed"

// errCrowd says that so many are out of sight at once that nobody is believed to be gone yet.
var errCrowd = errors.New("so many users are out of sight at once that nobody is shut out yet; after an hour they are")

// brake is a provider.Brake that requests may look at while the watch uses it. Its zero value is ready.
type brake struct {
	mu sync.Mutex
	b  provider.Brake
}

func (b *brake) holds(now time.Time, seen, gone int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Holds(now, seen, gone)
}

func (b *brake) holding(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Holding(now)
}

func (b *brake) endRound() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b.EndRound()
}

// troubles are what is told of the watch: each once when it begins, and when a whole round had none of it.
type troubles struct {
	blind, crowded, stuck provider.Spell
	crowd, left           bool // seen in this round
}

// watch looks again and again whether those who have a token are still users of the site, and has the others shut out. What cannot be looked up is left as it is; whom it
// cannot shut out, and a crowd that is not believed to be gone, it tells of and passes by, so that nobody else stays in for it.
func (p *Provider) watch(ctx context.Context) {
	var after int64
	began := p.now()
	seen := new(troubles)
	for {
		page, err := p.page(ctx, after)
		if err == nil && len(page) > 0 {
			err = p.look(ctx, page, seen)
		}
		if ctx.Err() == nil {
			p.news(&seen.blind, err, "it cannot be looked whether users of mesibo are still users of the site",
				"it can be looked again whether users of mesibo are still users of the site")
		}
		var pause time.Duration
		switch {
		case err != nil:
			pause = watchRound
		case len(page) < watchPage:
			pause = max(jobPause, watchRound-p.now().Sub(began))
			after = 0
			p.endRound(seen)
		default:
			pause = jobPause / 10 // between two pages, so that a large site is not asked without a break
			after = page[len(page)-1].ID
		}
		if provider.Sleep(ctx, pause) != nil {
			return
		}
		if after == 0 {
			began = p.now()
		}
	}
}

// endRound tells what is over when all were looked at.
func (p *Provider) endRound(seen *troubles) {
	p.brake.endRound()
	if !seen.crowd {
		p.news(&seen.crowded, nil, "", "the users of mesibo are in sight again, or believed to be gone")
	}
	if !seen.left {
		p.news(&seen.stuck, nil, "", "users can be shut out of mesibo again")
	}
	seen.crowd, seen.left = false, false
}

func (p *Provider) page(ctx context.Context, after int64) ([]store.MesiboUser, error) {
	s, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return s.MesiboTokenUsers(ctx, after, watchPage)
}

// look has those of a page shut out who are no users of the site any more, and tokens ended that were given before a password became another. An error says that it could not be looked.
func (p *Provider) look(ctx context.Context, page []store.MesiboUser, seen *troubles) (err error) {
	s, err := p.open(ctx)
	if err != nil {
		return err
	}
	there, err := p.shown(ctx, s, page)
	if err != nil {
		return err
	}
	defer func() { // after the gone: nobody whom the site has banned waits for others
		if err == nil {
			err = p.compare(ctx, s, page, there, seen)
		}
	}()
	gone := slices.DeleteFunc(slices.Clone(page), func(u store.MesiboUser) bool {
		_, is := there[u.SiteUser]
		return is && u.DisabledAt.IsZero() || strangers(u.SiteUser) && p.c.Signup == wordOpen
	})
	if p.brake.holds(p.now(), len(page), len(gone)) {
		seen.crowd = true
		p.news(&seen.crowded, errCrowd, "most users of mesibo are out of sight at once; nobody of them is shut out for an hour: see whether the users table and CHATPASS_USERS_WHERE are as they should be", "")
		return nil
	}
	failures := 0
	for _, u := range gone {
		err := p.shutOut(ctx, s, u)
		if err == nil || errors.Is(err, store.ErrNotFound) { // forgotten meanwhile
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		seen.left = true
		p.news(&seen.stuck, err, stuckText, "")
		if failures++; failures == watchFailures {
			break
		}
	}
	return nil
}

// shown are the users of a page whom the site shows, with the marks of their passwords.
func (p *Provider) shown(ctx context.Context, s state, page []store.MesiboUser) (there map[string]passmark.Marks, err error) {
	var ids []userinfo.ID
	for i := range page {
		if !strangers(page[i].SiteUser) {
			ids = append(ids, userinfo.ID(page[i].SiteUser))
		}
	}
	there = map[string]passmark.Marks{}
	if len(ids) == 0 {
		return there, nil
	}
	found, err := p.users(ctx, ids...)
	for i := range found {
		there[string(found[i].ID)] = markOf(s, &found[i])
	}
	return there, err
}
