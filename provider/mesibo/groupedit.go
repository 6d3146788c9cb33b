package mesibo

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/chatpass/chatpass/store"
)

const (
	maxMembers   = 256 // of a group: its answer names all of them
	maxGroups    = 200 // that a user is in, when making one
	groupsADay   = 50  // that a user makes
	maxGroupType = 1 << 31
)

// setGroup makes a group, or changes one.
func (p *Provider) setGroup(q *question, a *answer) error {
	st, err := p.open(q.ctx)
	if err != nil {
		return err
	}
	own, err := p.self(q, st)
	if err != nil {
		return err
	}
	gid, err := q.gid()
	if err != nil {
		return err
	}
	key := lockKey{"group", gid}
	if gid == 0 {
		key = lockKey{"maker", own.ID} // one group at a time is made by a user
	}
	unlock, err := p.private.locks.lock(q.ctx, key)
	if err != nil {
		return err
	}
	defer unlock()
	if gid == 0 {
		return p.makeGroup(q, st, own, a)
	}
	return p.editGroup(q, st, own, gid, a)
}

// gid is the group that a change is about; 0 if none is named. What is no number is refused: it must not become a new group, or a change of the user.
func (q *question) gid() (int64, error) {
	text := q.trimmed("gid")
	if text == "" {
		return 0, nil
	}
	gid, err := strconv.ParseInt(text, 10, 64)
	if err != nil || gid < 0 {
		return 0, refuse(missingPara, "gid is no number of a group")
	}
	return gid, nil
}

// makeGroup makes a group, at Mesibo first.
func (p *Provider) makeGroup(q *question, st state, own store.MesiboUser, a *answer) error {
	g := store.MesiboGroup{Name: clean(q.trimmed("name"), maxName), Status: clean(q.trimmed("status"), maxStatus), Type: q.groupType()}
	if g.Name == "" {
		return refuse(missingPara, "A group needs a name")
	}
	users, err := p.invited(q, st, own)
	if err != nil {
		return err
	}
	if len(users)+1 > maxMembers {
		return errFull
	}
	if err := p.mayMakeGroup(q, st, own.ID); err != nil {
		return err
	}
	if g.Photo, err = p.takePhoto(q, st, own.ID); err != nil {
		return err
	}
	drop := func() { p.dropFile(q.ctx, st, g.Photo) }
	addresses := []string{own.Address}
	for i := range users {
		addresses = append(addresses, users[i].Address)
	}
	active := 1
	got, err := p.client.call(q.ctx, opGroupAdd, groupPart{Name: g.Name, Active: &active, Members: membersPart(addresses, false)})
	if err == nil {
		g.GID, err = strconv.ParseInt(string(got.Group.GID), 10, 64)
		if err == nil && g.GID <= 0 {
			err = errors.New("mesibo: a group without a number")
		}
	}
	if err != nil {
		drop()
		return refusedCall(err)
	}
	g.Changed = p.changed(0)
	members := []store.MesiboMember{{GID: g.GID, User: own.ID, Role: store.RoleOwner, JoinedAt: g.Changed}}
	for i := range users {
		members = append(members, store.MesiboMember{GID: g.GID, User: users[i].ID, Role: store.RoleMember, JoinedAt: g.Changed})
	}
	if err := st.PutMesiboGroup(q.ctx, g, members); err != nil {
		drop()
		p.undoGroup(q.ctx, g.GID)
		return err
	}
	return p.tellGroup(q.ctx, st, g.GID, a)
}

// undoGroup removes a group at Mesibo that could not be kept here, as far as that goes.
func (p *Provider) undoGroup(ctx context.Context, gid int64) {
	if _, err := p.client.call(context.WithoutCancel(ctx), opGroupDel, groupPart{GID: gid}); err != nil {
		p.log.Warn("a group that could not be kept stays at mesibo", "gid", gid, "error", err.Error())
	}
}

// tellGroup answers with a group as it is now.
func (p *Provider) tellGroup(ctx context.Context, st state, gid int64, a *answer) error {
	g, err := p.group(ctx, st, gid)
	if err != nil {
		return err
	}
	g.put(a)
	p.putThumb(a, g.Photo)
	return nil
}

// editGroup changes a group: what is named, and nothing else. Members who are named are added.
func (p *Provider) editGroup(q *question, st state, own store.MesiboUser, gid int64, a *answer) error {
	g, err := p.administered(q.ctx, st, gid, own.ID)
	if err != nil {
		return err
	}
	users, err := p.invited(q, st, own)
	if err != nil {
		return err
	}
	if _, err = g.joining(users); err != nil { // before a picture is taken, or anything else done
		return err
	}
	photo, err := p.takePhoto(q, st, own.ID)
	if err != nil {
		return err
	}
	written := false
	err = p.compete(q.ctx, st, g, own.ID, users, func(g *group) error {
		joining, err := g.joining(users)
		if err != nil {
			return err
		}
		if !written {
			if err := p.writeGroup(q.ctx, st, g, q.edited(g.MesiboGroup, photo)); err != nil {
				return err
			}
			written = true
			if photo != "" {
				p.dropFile(q.ctx, st, g.Photo)
			}
			if len(joining) > 0 { // which is a change of the group as it is now
				if g, err = p.administered(q.ctx, st, gid, own.ID); err != nil {
					return err
				}
			}
		}
		return p.join(q.ctx, st, g, joining)
	})
	if err != nil {
		if !written {
			p.dropFile(q.ctx, st, photo)
		}
		return err
	}
	return p.tellGroup(q.ctx, st, gid, a)
}

// edited is a group with what a request names; photo is a new one, "" for none.
func (q *question) edited(g store.MesiboGroup, photo string) store.MesiboGroup {
	if name := clean(q.trimmed("name"), maxName); name != "" {
		g.Name = name
	}
	if status, there := q.text("status"); there {
		g.Status = clean(status, maxStatus)
	}
	if _, there := q.text("type"); there {
		g.Type = q.groupType()
	}
	if photo != "" {
		g.Photo = photo
	}
	return g
}

// writeGroup writes a changed group, at Mesibo first where Mesibo knows what changed.
func (p *Provider) writeGroup(ctx context.Context, st state, g *group, after store.MesiboGroup) error {
	if after == g.MesiboGroup {
		return nil
	}
	if after.Name != g.Name {
		if _, err := p.client.call(ctx, opGroupSet, groupPart{GID: g.GID, Name: after.Name}); err != nil {
			return refusedCall(err)
		}
	}
	after.Changed = p.changed(g.Changed)
	return st.SetMesiboGroup(ctx, g.MesiboGroup, after)
}

// mayMakeGroup refuses a group to who is in too many, or makes too many.
func (p *Provider) mayMakeGroup(q *question, st state, user int64) error {
	rows, err := st.MesiboGroupsOf(q.ctx, user, 0, q.now.Add(24*time.Hour).Unix(), 4*maxGroups) // those that were left count only as far as this page goes
	if err != nil {
		return err
	}
	groups, err := p.membered(q.ctx, st, rows)
	if err != nil {
		return err
	}
	in := 0
	for _, g := range groups {
		if _, is := g.of(user); is && !g.Deleted {
			in++
		}
	}
	if in >= maxGroups {
		return refuse(rateLimit, "You are in "+strconv.Itoa(in)+" groups; leave some first")
	}
	return p.spendDaily(q, st, "mesibo-groups", user, groupsADay)
}

// spendDaily counts what a user does against a limit for a day.
func (p *Provider) spendDaily(q *question, st state, what string, user int64, most int) error {
	wait, err := st.Spend(q.ctx, store.Limit{Scope: what + ":" + st.KeyedHash(what, strconv.FormatInt(user, 10)), Window: 24 * time.Hour, Most: most})
	if err == nil && wait > 0 {
		return &refusal{code: rateLimit, text: "Too many for today", wait: wait}
	}
	return err
}

// groupType is the type a client gives a group; clients alone know what it means.
func (q *question) groupType() int64 { return min(max(q.number("type"), 0), maxGroupType) }
