package sendbird

import (
	"context"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// Times of looking after users.
const (
	watchRound = 5 * time.Second // least time between two looks at a user (SEC-98)
	watchPage  = 500             // users in a look, as many as one look-up takes
)

// watch looks again and again whether those who have a token are still users of the site, and has the others shut out. What cannot be
// looked up is left as it is.
func (p *Provider) watch(ctx context.Context) {
	after, began := userinfo.ID(""), p.now()
	var blind spell
	for {
		p.catchUp(ctx)
		page, err := p.store.Identities(ctx, name, p.app, after, p.now(), watchPage)
		if err == nil && len(page) > 0 {
			err = p.look(ctx, page)
		}
		if ctx.Err() == nil {
			p.news(&blind, err, "it cannot be looked whether users of sendbird are still users of the site",
				"it can be looked again whether users of sendbird are still users of the site")
		}
		pause := jobPause
		switch {
		case err != nil:
			pause = watchRound
		case len(page) < watchPage:
			pause = max(jobPause, watchRound-p.now().Sub(began))
			after = ""
		default:
			after = page[len(page)-1].User
		}
		if sleep(ctx, pause) != nil {
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

// look has those of a page shut out who are no users of the site any more.
func (p *Provider) look(ctx context.Context, page []provider.Identity) error {
	ids := make([]userinfo.ID, len(page))
	for i, one := range page {
		ids[i] = one.User
	}
	found, err := p.users(ctx, ids...)
	if err != nil {
		return err
	}
	there := make(map[userinfo.ID]bool, len(found))
	for i := range found {
		there[found[i].ID] = true
	}
	for _, one := range page {
		if there[one.User] {
			continue
		}
		p.desk.drop(one.User)
		if err := p.enqueue(ctx, kindShut, one.User, one.Address); err != nil {
			return err
		}
	}
	return nil
}
