package sendbird

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// urgency is who goes first when calls must wait for each other.
type urgency int

const (
	begun   urgency = iota // a log-in that was begun must end before another begins, else all end late; and shutting users out
	ending                 // the tokens of an older password
	fresh                  // a log-in, in the order they came
	idle                   // what nobody waits for
	classes                // how many there are
)

// endings is how many calls that end tokens go before a log-in that waits too: neither a crowd of new passwords nor one of log-ins keeps the other back for long.
const endings = 3

// pacer spaces calls: never more than its size in any second, in order. Its zero value is no use.
type pacer struct {
	now func() time.Time

	mu      sync.Mutex
	last    []time.Time // the latest len(last) calls, a ring
	at      int         // the oldest of them
	hold    time.Time   // no call before then: the provider asked for it
	waiting [classes]list.List
	ended   int         // calls that end tokens since the latest log-in
	timer   *time.Timer // set while somebody waits
	due     time.Time   // when it fires
}

func newPacer(perSecond int, now func() time.Time) *pacer {
	return &pacer{now: now, last: make([]time.Time, perSecond)}
}

// wait returns when a call may go out, or with ctx's error.
func (p *pacer) wait(ctx context.Context, u urgency) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	turn := make(chan struct{})
	e := p.waiting[u].PushBack(turn)
	p.release()
	p.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-turn: // its place is used up, so that it may as well go
		return nil
	default:
		p.waiting[u].Remove(e)
		return ctx.Err()
	}
}

// release lets go whoever may, and sets the timer for the next. Called with mu held.
func (p *pacer) release() {
	for {
		u, some := p.next()
		if !some {
			return
		}
		now := p.now()
		if at := p.free(u); at.After(now) {
			p.wake(at, at.Sub(now))
			return
		}
		switch u {
		case ending:
			p.ended++
		case fresh:
			p.ended = 0
		default:
		}
		p.last[p.at] = now
		p.at = (p.at + 1) % len(p.last)
		queue := &p.waiting[u]
		close(queue.Remove(queue.Front()).(chan struct{}))
	}
}

// free is when the next call may go out. What was not begun keeps its distance from the call before, so that what that call leads to comes first.
func (p *pacer) free(u urgency) time.Time {
	at := p.hold
	if oldest := p.last[p.at]; !oldest.IsZero() && oldest.Add(time.Second).After(at) {
		at = oldest.Add(time.Second)
	}
	latest := p.last[(p.at+len(p.last)-1)%len(p.last)]
	if distance := time.Second / time.Duration(len(p.last)); u != begun && !latest.IsZero() && latest.Add(distance).After(at) {
		at = latest.Add(distance)
	}
	return at
}

// wake sets the timer, unless it is set for an earlier time. Called with mu held.
func (p *pacer) wake(at time.Time, rest time.Duration) {
	if p.timer != nil {
		if !at.Before(p.due) {
			return
		}
		p.timer.Stop() // one that fires nevertheless finds nobody to let go
	}
	p.due = at
	p.timer = time.AfterFunc(rest, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.timer = nil
		p.release()
	})
}

// next is who goes first of those who wait.
func (p *pacer) next() (urgency, bool) {
	for u := range p.waiting {
		if p.waiting[u].Len() == 0 {
			continue
		}
		if urgency(u) == ending && p.ended >= endings && p.waiting[fresh].Len() > 0 {
			return fresh, true
		}
		return urgency(u), true
	}
	return 0, false
}

// busy reports whether somebody waits who is not idle.
func (p *pacer) busy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, some := p.next()
	return some && u != idle
}

// pause lets no call out before a time; an earlier time changes nothing.
func (p *pacer) pause(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.hold) {
		p.hold = until
	}
}

// held is how long the provider asked to be left alone.
func (p *pacer) held() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, p.hold.Sub(p.now()))
}
