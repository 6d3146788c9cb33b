package mesibo

import (
	"context"
	"errors"

	"github.com/chatpass/chatpass/store"
)

// compete makes a change of a group as its admin. One that lost against another instance's is made anew, of the group as it is by then, if the user is its admin still. What
// Mesibo was told of a change that may not be made any more is taken back; touched are whom it is about.
func (p *Provider) compete(ctx context.Context, st state, g *group, admin int64, touched []store.MesiboUser, edit func(g *group) error) error {
	gid := g.GID
	for try := 1; ; try++ {
		err := edit(g)
		if err == nil || !errors.Is(err, store.ErrConflict) && (try == 1 || !errors.Is(err, errRights)) {
			return err
		}
		if try < writeTries && !errors.Is(err, errRights) {
			if g, err = p.administered(ctx, st, gid, admin); err == nil {
				continue
			}
		}
		p.restore(ctx, st, gid, touched)
		return err
	}
}

// restore has Mesibo know a group as it is known here, as far as a change goes that was made there and not here. A group that was deleted meanwhile was deleted there first.
func (p *Provider) restore(ctx context.Context, st state, gid int64, touched []store.MesiboUser) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), issueTimeout) // who asked may have gone
	defer cancel()
	g, err := p.group(ctx, st, gid)
	if errors.Is(err, store.ErrNotFound) {
		return
	}
	if err == nil {
		_, err = p.client.call(ctx, opGroupSet, groupPart{GID: gid, Name: g.Name})
	}
	var in, out []string
	for i := range touched {
		if g == nil {
			break
		}
		if _, is := g.of(touched[i].ID); is {
			in = append(in, touched[i].Address)
		} else {
			out = append(out, touched[i].Address)
		}
	}
	for _, part := range []*memberPart{membersPart(in, false), membersPart(out, true)} {
		if err == nil && part.M != "" {
			_, err = p.client.call(ctx, opGroupEdit, groupPart{GID: gid, Members: part})
		}
	}
	if err != nil {
		p.log.Warn("a change of a group that lost against another may stay at mesibo", "gid", gid, "error", err.Error())
	}
}
