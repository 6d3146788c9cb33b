package mesibo

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/chatpass/chatpass/store"
)

// groupPart is a group in a call to Mesibo.
type groupPart struct {
	GID     int64       `json:"gid,omitempty"`
	Name    string      `json:"name,omitempty"`
	Active  *int        `json:"active,omitempty"`
	Members *memberPart `json:"members,omitempty"`
}

// memberPart is members in a call to Mesibo, by their addresses, separated by commas.
type memberPart struct {
	M      string `json:"m"`
	Remove bool   `json:"remove,omitempty"`
}

func membersPart(addresses []string, remove bool) *memberPart {
	return &memberPart{M: strings.Join(addresses, ","), Remove: remove}
}

// refusedCall is what a client is told of a call to Mesibo that failed: nothing was changed here.
func refusedCall(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &refusal{code: badUser, text: "The chat service did not take it", cause: err}
}

var errFull = refuse(rateLimit, "A group has at most "+strconv.Itoa(maxMembers)+" members")

// invited are the users whom a user names by their numbers and may find by them. Who cannot be found is left out, whatever the reason, so that nothing is learned of numbers
// this way that getcontacts would not tell.
func (p *Provider) invited(q *question, st state, own store.MesiboUser) ([]store.MesiboUser, error) {
	numbers, _ := q.numbers("m", own.CC, p.c.DefaultCountry)
	if len(numbers) == 0 {
		return nil, nil
	}
	if len(numbers) > maxMembers {
		return nil, errFull
	}
	if _, err := p.spendNumbers(q, st, own.ID, numbers); err != nil {
		return nil, err
	}
	users, err := st.MesiboUsersByPhone(q.ctx, numbers)
	if err != nil {
		return nil, err
	}
	if users, err = p.acquainted(q.ctx, st, own, distinct(users)); err != nil {
		return nil, err
	}
	return p.fresh(q.ctx, st, users)
}

// joining are those of users who are not in the group; errFull if it would grow too large.
func (g *group) joining(users []store.MesiboUser) ([]store.MesiboUser, error) {
	var list []store.MesiboUser
	for _, u := range users {
		if _, in := g.of(u.ID); !in {
			list = append(list, u)
		}
	}
	if g.inside()+len(list) > maxMembers && len(list) > 0 {
		return nil, errFull
	}
	return list, nil
}

// join adds users to a group, at Mesibo first.
func (p *Provider) join(ctx context.Context, st state, g *group, users []store.MesiboUser) error {
	if len(users) == 0 {
		return nil
	}
	now := p.changed(g.Changed)
	var addresses []string
	var members []store.MesiboMember
	for i := range users {
		addresses = append(addresses, users[i].Address)
		members = append(members, store.MesiboMember{GID: g.GID, User: users[i].ID, Role: store.RoleMember, JoinedAt: now})
	}
	if _, err := p.client.call(ctx, opGroupEdit, groupPart{GID: g.GID, Members: membersPart(addresses, false)}); err != nil {
		return refusedCall(err)
	}
	return st.SetMesiboMembers(ctx, g.MesiboGroup, p.changed(g.Changed), members)
}

// part removes members from a group, at Mesibo first.
func (p *Provider) part(ctx context.Context, st state, g *group, members []store.MesiboMember) error {
	if len(members) == 0 {
		return nil
	}
	var addresses []string
	for i := range members {
		members[i].Role, members[i].Left = store.RoleMember, true
		if u := g.users[members[i].User]; u != nil {
			addresses = append(addresses, u.Address)
		}
	}
	if len(addresses) > 0 {
		if _, err := p.client.call(ctx, opGroupEdit, groupPart{GID: g.GID, Members: membersPart(addresses, true)}); err != nil {
			return refusedCall(err)
		}
	}
	return st.SetMesiboMembers(ctx, g.MesiboGroup, p.changed(g.Changed), members)
}

// called are the members of a group whom numbers name.
func (g *group) called(numbers []string) (list []store.MesiboMember) {
	for _, m := range g.members {
		u := g.users[m.User]
		if m.Left || u == nil || u.Phone == "" {
			continue
		}
		for _, phone := range numbers {
			if phone == u.Phone {
				list = append(list, m)
				break
			}
		}
	}
	return list
}

// held reads a group that a request is to change, for its admin, and keeps others in this process from changing it until unlock.
func (p *Provider) held(q *question) (st state, g *group, numbers []string, unlock func(), err error) {
	gid := q.number("gid")
	numbers, asked := q.numbers("m", q.member.CC, p.c.DefaultCountry)
	if gid <= 0 || !asked {
		return nil, nil, nil, nil, refuse(missingPara, "No group, or no members")
	}
	if st, err = p.open(q.ctx); err != nil {
		return nil, nil, nil, nil, err
	}
	if unlock, err = p.private.locks.lock(q.ctx, lockKey{"group", gid}); err != nil {
		return nil, nil, nil, nil, err
	}
	if g, err = p.administered(q.ctx, st, gid, q.member.ID); err != nil {
		unlock()
		return nil, nil, nil, nil, err
	}
	return st, g, numbers, unlock, nil
}

// editMembers adds members to a group or removes them. Nobody removes the owner.
func (p *Provider) editMembers(q *question, a *answer) error {
	st, g, numbers, unlock, err := p.held(q)
	if err != nil {
		return err
	}
	defer unlock()
	if q.flag("delete") {
		err = p.compete(q.ctx, st, g, q.member.ID, g.usersOf(g.called(numbers)), func(g *group) error {
			members := g.called(numbers)
			for _, m := range members {
				if m.Role == store.RoleOwner {
					return refuse(badGroup, "Nobody removes the owner of a group")
				}
			}
			return p.part(q.ctx, st, g, members)
		})
	} else {
		err = p.add(q, st, g)
	}
	if err != nil {
		return err
	}
	if g, err = p.group(q.ctx, st, g.GID); err != nil {
		return err
	}
	a.put("members", g.text())
	a.put("gid", g.GID)
	return nil
}

// add adds those whom a request names.
func (p *Provider) add(q *question, st state, g *group) error {
	own, err := p.self(q, st)
	if err != nil {
		return err
	}
	users, err := p.invited(q, st, own)
	if err != nil {
		return err
	}
	return p.compete(q.ctx, st, g, own.ID, users, func(g *group) error {
		joining, err := g.joining(users)
		if err != nil {
			return err
		}
		return p.join(q.ctx, st, g, joining)
	})
}

// setAdmin makes members admins, or admins members. The owner stays what they are. Mesibo knows no such roles.
func (p *Provider) setAdmin(q *question, a *answer) error {
	st, g, numbers, unlock, err := p.held(q)
	if err != nil {
		return err
	}
	defer unlock()
	role := store.RoleMember
	if q.flag("admin") {
		role = store.RoleAdmin
	}
	err = p.compete(q.ctx, st, g, q.member.ID, nil, func(g *group) error {
		changed, err := g.given(role, numbers)
		if err != nil || len(changed) == 0 {
			return err
		}
		return st.SetMesiboMembers(q.ctx, g.MesiboGroup, p.changed(g.Changed), changed)
	})
	if err != nil {
		return err
	}
	if g, err = p.group(q.ctx, st, g.GID); err != nil {
		return err
	}
	a.put("gid", g.GID)
	a.put("members", g.text())
	return nil
}

// given are those whom numbers name, with a role that they do not have yet.
func (g *group) given(role int, numbers []string) (changed []store.MesiboMember, err error) {
	members := g.called(numbers)
	if len(members) == 0 {
		return nil, refuse(badUser, "They are not in the group")
	}
	for _, m := range members {
		switch {
		case m.Role == store.RoleOwner && role == store.RoleAdmin, m.Role == role: // is it already
		case m.Role == store.RoleOwner:
			return nil, refuse(badGroup, "The owner of a group stays its owner")
		default:
			m.Role = role
			changed = append(changed, m)
		}
	}
	return changed, nil
}

// usersOf are the users of members, as far as they are known.
func (g *group) usersOf(members []store.MesiboMember) (users []store.MesiboUser) {
	for _, m := range members {
		if u := g.users[m.User]; u != nil {
			users = append(users, *u)
		}
	}
	return users
}
