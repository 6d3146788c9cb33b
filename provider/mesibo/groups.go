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

// group is a group with those who are or were in it.
type group struct {
	store.MesiboGroup

	members []store.MesiboMember // by role, highest first
	users   map[int64]*store.MesiboUser
}

// of is a user's membership; false for one who is not in it now.
func (g *group) of(user int64) (store.MesiboMember, bool) {
	for _, m := range g.members {
		if m.User == user && !m.Left {
			return m, true
		}
	}
	return store.MesiboMember{}, false
}

// inside counts those who are in it now.
func (g *group) inside() (n int) {
	for _, m := range g.members {
		if !m.Left {
			n++
		}
	}
	return n
}

// text is the list of members as clients read it: how many are admins, and all phones, admins first.
func (g *group) text() string {
	admins, list := 0, []byte(nil)
	for _, m := range g.members {
		u := g.users[m.User]
		if m.Left || u == nil || u.Phone == "" || !u.DisabledAt.IsZero() {
			continue
		}
		if m.Role >= store.RoleAdmin {
			admins++
		}
		list = append(append(list, ','), u.Phone...)
	}
	if len(list) > 0 {
		list = list[1:]
	}
	return strconv.Itoa(admins) + ":" + string(list)
}

// group reads a group; store.ErrNotFound for one that is not known or was deleted.
func (p *Provider) group(ctx context.Context, st state, gid int64) (*group, error) {
	row, err := st.MesiboGroup(ctx, gid)
	if err == nil && row.Deleted {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	groups, err := p.peopled(ctx, st, []store.MesiboGroup{row})
	if err != nil {
		return nil, err
	}
	return groups[0], nil
}

// peopled reads the members of groups.
func (p *Provider) peopled(ctx context.Context, st state, rows []store.MesiboGroup) ([]*group, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	gids := make([]int64, len(rows))
	groups := make([]*group, len(rows))
	byGID := make(map[int64]*group, len(rows))
	for i, row := range rows {
		gids[i] = row.GID
		groups[i] = &group{MesiboGroup: row}
		byGID[row.GID] = groups[i]
	}
	members, err := st.MesiboMembers(ctx, gids)
	if err != nil {
		return nil, err
	}
	users, ids := map[int64]*store.MesiboUser{}, []int64(nil)
	for _, m := range members {
		g := byGID[m.GID]
		g.members, g.users = append(g.members, m), users
		if _, known := users[m.User]; !known && !m.Left {
			users[m.User] = nil
			ids = append(ids, m.User)
		}
	}
	const most = 2000 // of one look-up
	for len(ids) > 0 {
		n := min(len(ids), most)
		found, err := st.MesiboUsersByID(ctx, ids[:n])
		if err != nil {
			return nil, err
		}
		for i := range found {
			users[found[i].ID] = &found[i]
		}
		ids = ids[n:]
	}
	return groups, nil
}

// groupEntries are groups as their members list them. Who is in one no longer is told no more than that.
func (p *Provider) groupEntries(ctx context.Context, st state, own store.MesiboUser, rows []store.MesiboGroup) ([]contact, error) {
	groups, err := p.peopled(ctx, st, rows)
	if err != nil {
		return nil, err
	}
	list := make([]contact, len(groups))
	for i, g := range groups {
		c := contact{Name: g.Name, GID: strconv.FormatInt(g.GID, 10), TS: strconv.FormatInt(g.Changed, 10)}
		members := "0:"
		if _, in := g.of(own.ID); in && !g.Deleted {
			members, c.Status, c.Photo = g.text(), g.Status, g.Photo
		}
		c.Members = &members
		list[i] = c
	}
	return list, nil
}

// errRights says that a user may not do this to a group, or is not in it, which is all the same to who is not.
var errRights = refuse(badGroup, "Only an admin of the group may do this")

// administered reads a group for one who must be its admin.
func (p *Provider) administered(ctx context.Context, st state, gid, user int64) (*group, error) {
	g, err := p.group(ctx, st, gid)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errRights
	}
	if err != nil {
		return nil, err
	}
	if m, in := g.of(user); !in || m.Role < store.RoleAdmin {
		return nil, errRights
	}
	return g, nil
}

// put adds what is told of a group.
func (g *group) put(a *answer) {
	a.put("gid", g.GID)
	a.put("photo", g.Photo)
	a.put("name", g.Name)
	a.put("status", g.Status)
	a.put("members", g.text())
}

// getGroup tells a member of a group.
func (p *Provider) getGroup(q *question, a *answer) error {
	gid := q.number("gid")
	if gid <= 0 {
		return refuse(missingPara, "No group")
	}
	st, err := p.open(q.ctx)
	if err != nil {
		return err
	}
	g, err := p.group(q.ctx, st, gid)
	if errors.Is(err, store.ErrNotFound) {
		return refuse(notMember, "You are not in this group")
	}
	if err != nil {
		return err
	}
	if _, in := g.of(q.member.ID); !in {
		return refuse(notMember, "You are not in this group")
	}
	a.noTS = true // ts is that of the group's last change
	a.put("gid", g.GID)
	a.put("name", g.Name)
	a.put("status", g.Status)
	a.put("photo", g.Photo)
	a.put("ts", g.Changed)
	a.put("members", g.text())
	p.putThumb(a, g.Photo)
	return nil
}

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
	gid := q.number("gid")
	key := lockKey{"group", gid}
	if gid <= 0 {
		key = lockKey{"maker", own.ID} // one group at a time is made by a user
	}
	unlock, err := p.private.locks.lock(q.ctx, key)
	if err != nil {
		return err
	}
	defer unlock()
	if gid <= 0 {
		return p.makeGroup(q, st, own, a)
	}
	return p.editGroup(q, st, own, gid, a)
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
	if users, err = g.joining(users); err != nil {
		return err
	}
	after := g.MesiboGroup
	if name := clean(q.trimmed("name"), maxName); name != "" {
		after.Name = name
	}
	if status, there := q.text("status"); there {
		after.Status = clean(status, maxStatus)
	}
	if _, there := q.text("type"); there {
		after.Type = q.groupType()
	}
	photo, err := p.takePhoto(q, st, own.ID)
	if err != nil {
		return err
	}
	if photo != "" {
		after.Photo = photo
	}
	if err := p.writeGroup(q.ctx, st, g, after); err != nil {
		p.dropFile(q.ctx, st, photo)
		return err
	}
	if photo != "" {
		p.dropFile(q.ctx, st, g.Photo)
	}
	if err := p.join(q.ctx, st, g, users); err != nil {
		return err
	}
	return p.tellGroup(q.ctx, st, gid, a)
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
	return st.SetMesiboGroup(ctx, after)
}

// mayMakeGroup refuses a group to who is in too many, or makes too many.
func (p *Provider) mayMakeGroup(q *question, st state, user int64) error {
	rows, err := st.MesiboGroupsOf(q.ctx, user, 0, q.now.Add(24*time.Hour).Unix(), 4*maxGroups) // those that were left count only as far as this page goes
	if err != nil {
		return err
	}
	groups, err := p.peopled(q.ctx, st, rows)
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
