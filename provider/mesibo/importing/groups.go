package importing

import (
	"context"

	"github.com/chatpass/chatpass/store"
)

// groupMembers is the most members of all groups of one transaction, unless one group has more: a second of work for a slow disk.
const groupMembers = 10_000

// groups takes over the groups, 50 or so in a transaction.
func (r *run) groups(ctx context.Context, c *Count) error {
	members := r.count(KindMembers)
	for after, read := int64(-1), 0; ; {
		r.progress(c.Kind, read, c.Found)
		page, err := r.from.groups(ctx, after)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return r.orphans(ctx, members)
		}
		after, read = page[len(page)-1].gid, read+len(page)
		known, err := r.members(ctx, page)
		if err != nil {
			return err
		}
		var groups []store.MesiboImportGroup
		size := 0
		for i := range page {
			g, err := r.group(c, members, &page[i], known)
			if err != nil {
				return err
			}
			if len(g.Members) == 0 {
				continue
			}
			if size+len(g.Members) > groupMembers {
				if err := r.putGroups(ctx, c, members, groups); err != nil {
					return err
				}
				groups, size = nil, 0
			}
			groups, size = append(groups, g), size+len(g.Members)
			if page[i].photo != "" {
				r.photos = append(r.photos, photo{ref: g.Group.GID, gid: g.Group.GID, user: g.Members[0].User, old: page[i].photo})
			}
		}
		if err := r.putGroups(ctx, c, members, groups); err != nil {
			return err
		}
	}
}

// orphans leaves the members of groups that are not there out.
func (r *run) orphans(ctx context.Context, members *Count) error {
	return r.from.orphans(ctx, func(gid int64, n int) error {
		members.Found += n
		members.Left += n
		return r.tell(Left{Kind: members.Kind, Ref: gid, Why: WhyNoGroup})
	})
}

// members finds the users of all members of a page of groups, by their phones: those who were taken over, and those who signed in here before.
func (r *run) members(ctx context.Context, page []oldGroup) (map[string]int64, error) {
	known := map[string]int64{}
	var asked []string
	for i := range page {
		for _, m := range page[i].members {
			phone, ok := r.Provider.Phone(m.phone)
			if _, seen := known[phone]; !ok || seen {
				continue
			}
			if known[phone] = r.phones[phone]; known[phone] == 0 {
				asked = append(asked, phone)
			}
		}
	}
	const most = 2000 // that the store looks up at once
	for at := 0; at < len(asked); at += most {
		users, err := r.Store.MesiboUsersByPhone(ctx, asked[at:min(at+most, len(asked))])
		if err != nil {
			return nil, err
		}
		several := map[string]bool{}
		for _, u := range users {
			if !u.DisabledAt.IsZero() {
				continue
			}
			if known[u.Phone] != 0 {
				several[u.Phone] = true
			}
			known[u.Phone] = u.ID
		}
		for phone := range several {
			known[phone] = 0 // whose it is cannot be told
		}
	}
	return known, nil
}

// group is an old group as it will be here; one without members is left out.
func (r *run) group(c, members *Count, old *oldGroup, known map[string]int64) (g store.MesiboImportGroup, err error) {
	members.Found += len(old.members) + old.over
	members.Left += old.over
	seen, owner := map[int64]bool{}, false
	for _, m := range old.members {
		phone, _ := r.Provider.Phone(m.phone)
		id := known[phone]
		why := ""
		switch {
		case old.gid <= 0:
			why = WhyNoGroup
		case id == 0:
			why = WhyStranger
		case seen[id]:
			why = WhyTwice
		case len(g.Members) >= r.Provider.MaxMembers():
			why = WhyTooMany
		}
		if why != "" {
			if err := r.leave(members, old.gid, m.phone, why); err != nil {
				return g, err
			}
			continue
		}
		seen[id] = true
		role := min(max(m.role, store.RoleMember), store.RoleOwner)
		if role == store.RoleOwner && owner {
			role = store.RoleAdmin // a group has one owner here
		}
		if role == store.RoleAdmin && !r.Admins {
			role = store.RoleMember
			if err := r.tell(Left{Kind: members.Kind, Ref: old.gid, Phone: m.phone, Why: WhyAdmin}); err != nil {
				return g, err
			}
		}
		owner = owner || role == store.RoleOwner
		g.Members = append(g.Members, store.MesiboMember{GID: old.gid, User: id, Role: role, JoinedAt: max(old.ts, 0)})
	}
	g.Group = store.MesiboGroup{GID: old.gid, Name: r.Provider.Name(string(old.name)), Status: r.Provider.Status(string(old.status)), Type: old.kind}
	switch {
	case len(g.Members) == 0:
		err = r.leave(c, old.gid, "", WhyEmpty)
	case !owner:
		err = r.tell(Left{Kind: c.Kind, Ref: old.gid, Why: WhyHeadless})
	}
	if err == nil && old.over > 0 {
		err = r.tell(Left{Kind: members.Kind, Ref: old.gid, Why: WhyTooMany})
	}
	return g, err
}

func (r *run) putGroups(ctx context.Context, c, members *Count, groups []store.MesiboImportGroup) error {
	if len(groups) == 0 {
		return nil
	}
	done, err := r.Store.ImportMesiboGroups(ctx, r.how, groups)
	if err != nil {
		return err
	}
	for i, d := range done {
		c.add(d)
		n := len(groups[i].Members)
		switch d {
		case store.ImportedNew:
			members.Added += n
		case store.ImportedChanged:
			members.Changed += n
		case store.ImportedKept:
			members.Kept += n
		default:
			members.Same += n
		}
	}
	return nil
}
