package sendbird

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/userinfo"
)

// mostUnnoted bounds the users who wait for the store: about 5 MB.
const mostUnnoted = 10_000

// note is that a user was given a token.
type note struct {
	member

	issued, ends time.Time
	created      bool   // the user was made with this profile
	digest       string // of the password that the user had; "" is not known
}

// unnoted are the notes that the store could not take, the oldest first; one of each user.
type unnoted struct {
	mu    sync.Mutex
	queue list.List
	of    map[userinfo.ID]*list.Element
}

func newUnnoted() *unnoted { return &unnoted{of: map[userinfo.ID]*list.Element{}} }

// add keeps a note, together with an earlier one of the same user, and reports whether the oldest was lost for it.
func (u *unnoted) add(n note) (lost bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if e, have := u.of[n.id]; have {
		old := u.queue.Remove(e).(note)
		n.created = n.created || old.created && old.hash() == n.hash()
		n.digest = together(n.digest, old.digest)
		if old.ends.After(n.ends) {
			n.ends = old.ends
		}
	}
	u.of[n.id] = u.queue.PushBack(n)
	if u.queue.Len() <= mostUnnoted {
		return false
	}
	oldest := u.queue.Remove(u.queue.Front()).(note)
	delete(u.of, oldest.id)
	return true
}

// together is the digest of tokens that were given with two passwords: if both are known and differ, that of none, so that the tokens are ended whichever it is now.
func together(one, other string) string {
	switch {
	case one == "":
		return other
	case other == "" || one == other:
		return one
	default:
		return one[:min(len(one), passmark.DigestOf)] + "of several passwords"
	}
}

// take takes the oldest note.
func (u *unnoted) take() (n note, some bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	e := u.queue.Front()
	if e == nil {
		return note{}, false
	}
	n = u.queue.Remove(e).(note)
	delete(u.of, n.id)
	return n, true
}

func (u *unnoted) len() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.queue.Len()
}

// catchUp gives the store what it could not take before, until it fails again.
func (p *Provider) catchUp(ctx context.Context) {
	for ctx.Err() == nil {
		n, some := p.unnoted.take()
		if !some || p.noteOrKeep(ctx, n) != nil || ctx.Err() != nil {
			return
		}
	}
}

// noteOrKeep notes that a user was given a token, or keeps the note until the store can take it.
func (p *Provider) noteOrKeep(ctx context.Context, n note) error {
	err := p.note(ctx, n)
	if err == nil || p.users == nil { // without the site's users nobody is looked after
		p.news(&p.unkept, err, "tokens were given and cannot be noted", "tokens that are given can be noted again")
		return err
	}
	lost := p.unnoted.add(n)
	p.news(&p.unkept, err, "tokens were given and cannot be noted yet; their users are looked after when the store is back", "")
	if lost {
		p.news(&p.lost, err, "too many users wait for the store; those who wait for longest are not looked after until their next token", "")
	}
	return err
}

// remember notes that a user was given a token, now or when the store is back. The visitor gets the token whatever becomes of it.
// They do not wait for it for long, and a stop does not end it.
func (p *Provider) remember(n note) {
	if p.store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), keptLimit)
	defer cancel()
	_ = p.noteOrKeep(ctx, n) // it is told
}

// settle notes what was not noted yet, when nothing else does so any more.
func (p *Provider) settle() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), storeLimit)
	defer cancel()
	p.catchUp(ctx)
	if n := p.unnoted.len(); n > 0 {
		p.log.Warn("users who were given a token were never noted; they are not looked after until the next one", "users", n)
	}
}

// note keeps that a user was given a token, and has their profile brought up to date.
func (p *Provider) note(ctx context.Context, n note) error {
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	m := n.member
	known, have, err := p.store.Identity(ctx, name, p.app, m.id)
	if err == nil && have && known.Address != m.address {
		p.moved.Do(func() {
			p.log.Warn("CHATPASS_SENDBIRD_USER_ID is another than it was: users have lost the conversations of their former user id")
		})
	}
	if err == nil {
		switch hash := m.hash(); {
		case n.created:
			err = p.put(ctx, m, hash, time.Time{})
		case !have || !known.DisabledAt.IsZero():
			err = p.put(ctx, m, known.ProfileHash, time.Time{})
		default:
		}
		if err == nil && !n.created && known.ProfileHash != m.hash() {
			err = p.enqueue(ctx, kindUpdate, m.id, m.address)
		} else {
			p.looks.known(m)
		}
	}
	if err == nil && n.digest != "" { // before the watch sees that there is a token, and marks the password of then
		err = p.keepMark(ctx, &n)
	}
	if err == nil {
		err = p.store.TokenIssued(ctx, name, p.app, m.id, n.issued, n.ends)
	}
	return err
}
