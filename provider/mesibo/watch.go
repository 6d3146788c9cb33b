package mesibo

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// Times of looking after users.
const (
	watchRound = 4 * time.Second // least time between two looks at a user, who is to be out within 5 (SEC-98)
	watchPage  = 500             // users in a look, as many as one look-up takes
)

// errCrowd says that so many are out of sight at once that nobody is believed to be gone yet.
var errCrowd = errors.New("so many users are out of sight at once that nobody is shut out yet; after an hour they are")

// watch looks again and again whether those who have a token are still users of the site, and has the others shut out. What cannot be looked up is left as it is.
func (p *Provider) watch(ctx context.Context) {
	var after int64
	began := p.now()
	var blind spell
	crowd := new(provider.Brake)
	for {
		page, err := p.page(ctx, after)
		if err == nil && len(page) > 0 {
			err = p.look(ctx, page, crowd)
		}
		if ctx.Err() == nil {
			p.news(&blind, err, "it cannot be looked whether users of mesibo are still users of the site",
				"it can be looked again whether users of mesibo are still users of the site")
		}
		var pause time.Duration
		switch {
		case err != nil:
			pause = watchRound
		case len(page) < watchPage:
			pause = max(jobPause, watchRound-p.now().Sub(began))
			after = 0
			crowd.EndRound()
		default:
			pause = jobPause / 10 // between two pages, so that a large site is not asked without a break
			after = page[len(page)-1].ID
		}
		if sleep(ctx, pause) != nil {
			return
		}
		if after == 0 {
			began = p.now()
		}
	}
}

func (p *Provider) page(ctx context.Context, after int64) ([]store.MesiboUser, error) {
	s, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return s.MesiboTokenUsers(ctx, after, watchPage)
}

// look has those of a page shut out who are no users of the site any more.
func (p *Provider) look(ctx context.Context, page []store.MesiboUser, crowd *provider.Brake) error {
	var ids []userinfo.ID
	for i := range page {
		if !strangers(page[i].SiteUser) {
			ids = append(ids, userinfo.ID(page[i].SiteUser))
		}
	}
	there := map[string]bool{}
	if len(ids) > 0 {
		found, err := p.users(ctx, ids...)
		if err != nil {
			return err
		}
		for i := range found {
			there[string(found[i].ID)] = true
		}
	}
	gone := slices.DeleteFunc(slices.Clone(page), func(u store.MesiboUser) bool {
		return there[u.SiteUser] && u.DisabledAt.IsZero() || strangers(u.SiteUser) && p.c.Signup == wordOpen
	})
	if crowd.Holds(p.now(), len(page), len(gone)) {
		return errCrowd
	}
	s, err := p.open(ctx)
	if err != nil {
		return err
	}
	for _, u := range gone {
		if err := p.shutOut(ctx, s, u); err != nil {
			return err
		}
	}
	return nil
}
