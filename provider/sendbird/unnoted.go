package sendbird

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// mostUnnoted bounds the users who wait for the store: about 5 MB.
const mostUnnoted = 10_000

// note is that a user was given a token.
type note struct {
	member

	issued, ends time.Time
	created      bool // the user was made with this profile
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
