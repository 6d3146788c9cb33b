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
	watchRound = 3500 * time.Millisecond // least time between two looks at a user: within 5 s what changed is to be told (SEC-98)
	watchPage  = 500                     // users in a look, as many as one look-up takes
	watchPause = 150 * time.Millisecond  // least time between pages, so that a round of 10,000 users lasts as long
	watchShare = 4                       // a look is followed by a pause of so many times its time, so that the site's database has at least that much rest from them
)

// errCrowd says that so many are gone at once that it is not believed yet.
var errCrowd = errors.New("too many at once")

// watch looks again and again whether those who have a token are still users of the site, and has the others shut out. What cannot be
// looked up is left as it is.
func (p *Provider) watch(ctx context.Context) {
	after, began := userinfo.ID(""), p.now()
	var blind provider.Spell
	crowd, seen := new(provider.Brake), noticed{}
	for {
		p.catchUp(ctx)
		from := p.now()
		page, err := p.store.Identities(ctx, name, p.app, after, p.now(), watchPage)
		if err == nil && len(page) > 0 {
			err = p.look(ctx, page, crowd, seen)
		}
		if ctx.Err() == nil {
			p.news(&blind, err, "it cannot be looked whether users of sendbird are still users of the site",
				"it can be looked again whether users of sendbird are still users of the site")
		}
		pause := max(watchPause, watchShare*p.now().Sub(from))
		switch {
		case err != nil:
			pause = watchRound
		case len(page) < watchPage:
			pause = max(pause, watchRound-p.now().Sub(began))
			after = ""
			crowd.EndRound()
		default:
			after = page[len(page)-1].User
		}
		if provider.Sleep(ctx, pause) != nil {
			return
		}
		if after == "" {
			began = p.now()
		}
	}
}

// look has those of a page shut out who are no users of the site any more, and the tokens of those ended whose password was changed.
func (p *Provider) look(ctx context.Context, page []provider.Identity, crowd *provider.Brake, seen noticed) error {
	ids := make([]userinfo.ID, len(page))
	for i, one := range page {
		ids[i] = one.User
	}
	found, err := p.users(ctx, ids...)
	if err != nil {
		return err
	}
	digests := p.digests(found)
	if len(found) > 0 && len(digests) == 0 {
		p.passwords.CompareAndSwap(passwordsUnknown, passwordsNone)
	}
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
	return p.compare(ctx, page, digests, seen)
}
