package mesibo

import (
	"github.com/chatpass/chatpass/store"
)

// profile changes name, status and photo of the user, or of a group: what is named, and nothing else. An empty name names none.
func (p *Provider) profile(q *question, a *answer) error {
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
	if gid > 0 {
		unlock, err := p.private.locks.lock(q.ctx, lockKey{"group", gid})
		if err != nil {
			return err
		}
		defer unlock()
		var unused answer // of a group the answer tells no more than of a user
		if err := p.editGroup(q, st, own, gid, &unused); err != nil {
			return err
		}
		p.sharing(q).put(a)
		return nil
	}
	photo, err := p.takePhoto(q, st, own.ID)
	if err != nil {
		return err
	}
	name := clean(q.trimmed("name"), maxName)
	status, there := q.text("status")
	before, _, err := p.change(q.ctx, st, own, func(u *store.MesiboUser) {
		if name != "" {
			u.Name = name
		}
		if there {
			u.Status = clean(status, maxStatus)
		}
		if photo != "" {
			u.Photo = photo
		}
	})
	if err != nil {
		p.dropFile(q.ctx, st, photo)
		return err
	}
	if photo != "" {
		p.dropFile(q.ctx, st, before.Photo)
	}
	p.sharing(q).put(a)
	return nil
}
