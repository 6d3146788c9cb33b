package mesibo

import (
	"context"
	"errors"

	"github.com/chatpass/chatpass/store"
)

// delGroup deletes a group for its owner; for everybody else it is leaving it.
func (p *Provider) delGroup(q *question, a *answer) error {
	gid := q.number("gid")
	if gid <= 0 {
		return refuse(missingPara, "No group")
	}
	st, err := p.open(q.ctx)
	if err != nil {
		return err
	}
	unlock, err := p.private.locks.lock(q.ctx, lockKey{"group", gid})
	if err != nil {
		return err
	}
	defer unlock()
	g, err := p.group(q.ctx, st, gid)
	if errors.Is(err, store.ErrNotFound) {
		return refuse(badGroup, "You are not in this group")
	}
	if err != nil {
		return err
	}
	m, in := g.of(q.member.ID)
	switch {
	case !in:
		return refuse(badGroup, "You are not in this group")
	case m.Role == store.RoleOwner:
		err = p.endGroup(q.ctx, st, g)
	default:
		err = p.leaveGroup(q.ctx, st, g, m.User)
	}
	if err != nil {
		return err
	}
	a.put("gid", gid)
	return nil
}

// endGroup deletes a group, at Mesibo first. Its row stays, so that all who were in it are told.
func (p *Provider) endGroup(ctx context.Context, st state, g *group) error {
	if _, err := p.client.call(ctx, opGroupDel, groupPart{GID: g.GID}); err != nil {
		return refusedCall(err)
	}
	return p.untilKept(ctx, st, g, func(g *group) error {
		after := g.MesiboGroup
		after.Deleted, after.Photo, after.Changed = true, "", p.changed(g.Changed)
		if err := st.SetMesiboGroup(ctx, g.MesiboGroup, after); err != nil {
			return err
		}
		p.dropFile(ctx, st, g.Photo)
		return nil
	})
}

// leaveGroup removes a member who wants to.
func (p *Provider) leaveGroup(ctx context.Context, st state, g *group, user int64) error {
	return p.untilKept(ctx, st, g, func(g *group) error {
		m, in := g.of(user)
		if !in { // an admin was quicker
			return nil
		}
		return p.part(ctx, st, g, []store.MesiboMember{m})
	})
}

// untilKept makes a change that nobody can take back, of the group as it is by then; one that is deleted needs none.
func (p *Provider) untilKept(ctx context.Context, st state, g *group, edit func(g *group) error) error {
	err := edit(g)
	for try := 1; errors.Is(err, store.ErrConflict) && try < writeTries; try++ {
		if g, err = p.group(ctx, st, g.GID); errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err == nil {
			err = edit(g)
		}
	}
	return err
}
