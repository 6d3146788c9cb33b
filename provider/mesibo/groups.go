package mesibo

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/chatpass/chatpass/store"
)

// group is a group with those who are or were in it.
type group struct {
	store.MesiboGroup

	members []store.MesiboMember        // by role, highest first
	users   map[int64]*store.MesiboUser // of those who are in it now, who is not disabled and shown by the site under this phone
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
		if m.Left || u == nil || u.Phone == "" {
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

// mostShown bounds the users whom one request looks up for the lists of members: 20 look-ups of the site, more than all groups that a user is in have in common use. The
// members behind it are left out of the lists.
const mostShown = 10_000

// peopled reads the members of groups, and the users among them whom the site shows under the phone they have here: nobody is told of, or called by, a phone that is or may
// become another's.
func (p *Provider) peopled(ctx context.Context, st state, rows []store.MesiboGroup) ([]*group, error) {
	groups, err := p.membered(ctx, st, rows)
	if err != nil {
		return nil, err
	}
	users, ids := map[int64]*store.MesiboUser{}, []int64(nil)
	for _, g := range groups {
		g.users = users
		for _, m := range g.members {
			if _, known := users[m.User]; !known && !m.Left && len(ids) < mostShown {
				users[m.User] = nil
				ids = append(ids, m.User)
			}
		}
	}
	const most = 2000 // of one look-up
	for part := range slices.Chunk(ids, most) {
		found, err := st.MesiboUsersByID(ctx, part)
		if err == nil {
			found = slices.DeleteFunc(found, func(u store.MesiboUser) bool { return !u.DisabledAt.IsZero() })
			found, err = p.fresh(ctx, st, found)
		}
		if err != nil {
			return nil, err
		}
		for i := range found {
			users[found[i].ID] = &found[i]
		}
	}
	return groups, nil
}

// membered reads who is or was in groups, and nothing about them.
func (*Provider) membered(ctx context.Context, st state, rows []store.MesiboGroup) ([]*group, error) {
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
	for _, m := range members {
		g := byGID[m.GID]
		g.members = append(g.members, m)
	}
	return groups, nil
}

// groupEntries are groups as their members list them. Who is in one no longer is told no more than that, and not its name, which may be a later one.
func (p *Provider) groupEntries(ctx context.Context, st state, own store.MesiboUser, rows []store.MesiboGroup) ([]contact, error) {
	groups, err := p.peopled(ctx, st, rows)
	if err != nil {
		return nil, err
	}
	list := make([]contact, len(groups))
	for i, g := range groups {
		c := contact{GID: strconv.FormatInt(g.GID, 10), TS: strconv.FormatInt(g.Changed, 10)}
		members := "0:"
		_, in := g.of(own.ID)
		if in {
			c.Name = g.Name
		}
		if in && !g.Deleted {
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
