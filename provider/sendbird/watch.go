package sendbird

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// Times of looking after users.
const (
	watchRound = 4 * time.Second        // least time between two looks at a user: within 5 s what changed is to be told (SEC-98)
	watchPage  = 500                    // users in a look, as many as one look-up takes
	watchPause = 200 * time.Millisecond // between pages, so that a round lasts as long for 10,000 users
)

// errCrowd says that so many are gone at once that it is not believed yet.
var errCrowd = errors.New("too many at once")

// watch looks again and again whether those who have a token are still users of the site, and has the others shut out. What cannot be
// looked up is left as it is.
func (p *Provider) watch(ctx context.Context) {
	after, began := userinfo.ID(""), p.now()
	var blind provider.Spell
	crowd := new(provider.Brake)
	for {
		p.catchUp(ctx)
		page, err := p.store.Identities(ctx, name, p.app, after, p.now(), watchPage)
		if err == nil && len(page) > 0 {
			err = p.look(ctx, page, crowd)
		}
		if ctx.Err() == nil {
			p.news(&blind, err, "it cannot be looked whether users of sendbird are still users of the site",
				"it can be looked again whether users of sendbird are still users of the site")
		}
		pause := watchPause
		switch {
		case err != nil:
			pause = watchRound
		case len(page) < watchPage:
			pause = max(jobPause, watchRound-p.now().Sub(began))
			after = ""
			crowd.EndRound()
		default:
			after = page[len(page)-1].User
		}
		if provider.Sleep(ctx, pause) != nil {
			if n := p.unnoted.len(); n > 0 {
				p.log.Warn("users who were given a token were never noted; they are not looked after until the next one", "users", n)
			}
			return
		}
		if after == "" {
			began = p.now()
		}
	}
}

// look has those of a page shut out who are no users of the site any more, and the tokens of those ended whose password was changed.
func (p *Provider) look(ctx context.Context, page []provider.Identity, crowd *provider.Brake) error {
	ids := make([]userinfo.ID, len(page))
	for i, one := range page {
		ids[i] = one.User
	}
	found, err := p.users(ctx, ids...)
	if err != nil {
		return err
	}
	digests := p.digests(found)
	there := make(map[userinfo.ID]bool, len(found))
	for i := range found {
		there[found[i].ID] = true
	}
	gone := slices.DeleteFunc(slices.Clone(page), func(one provider.Identity) bool { return there[one.User] })
	if crowd.Holds(p.now(), len(page), len(gone)) {
		p.news(&p.crowded, errCrowd, "most users of sendbird are out of sight at once; nobody is shut out for an hour: see whether the users table and CHATPASS_USERS_WHERE are as they should be",
			"", "gone", len(gone), "of", len(page))
		gone = nil
	}
	for _, one := range gone {
		p.desk.drop(one.User)
		if err := p.enqueue(ctx, kindShut, one.User, one.Address); err != nil {
			return err
		}
	}
	return p.compare(ctx, page, digests)
}
