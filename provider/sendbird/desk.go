package sendbird

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo"
)

// Limits of what is held for visitors.
const (
	keepPass    = time.Minute // how long a token serves all devices of a user
	mostPasses  = 10_000      // a few MB
	mostFlights = 5_000       // log-ins that wait for their turn, a few KB each
	forgotten   = time.Minute // a log-in nobody asked for since is not done any more
)

// pass is a session token.
type pass struct {
	token secret.Secret
	ends  time.Time // that is told: not after the session
	lives time.Time // its end at the provider, which may be later
}

// kept is a pass in memory.
type kept struct {
	pass
	asked  time.Time // end that was asked for; zero is the usual one
	until  time.Time
	digest string // of the password it was made with; "" is not known
	owed   bool   // somebody was sent away while it was made, and has not got it yet
}

// flight is the making of a pass, for all who ask for it meanwhile.
type flight struct {
	user   userinfo.ID
	ends   time.Time     // that is asked for; zero is the usual one
	done   chan struct{} // closed at the end
	pass   pass
	digest string // of the password it was made with; "" is not known
	err    error
	// Guarded by the desk.
	place int64     // among all flights
	asked time.Time // when somebody asked last
	owed  bool      // somebody was sent away
}

// serves reports whether a pass of one session will do for another of the same user; zero is a session that outlives every pass. It never outlives the other
// session, and is good for half of it at least: most sessions end later with every request, and who comes back for a pass must find it.
func serves(ends, other, now time.Time) bool {
	if ends.IsZero() || other.IsZero() {
		return ends.Equal(other)
	}
	return !ends.After(other) && ends.Sub(now) >= other.Sub(now)/2
}

// desk is where passes are asked for: one flight per user and about the same end, and what was made lately.
type desk struct {
	now  func() time.Time
	work sync.WaitGroup // flights

	mu      sync.Mutex
	closed  bool
	passes  map[userinfo.ID][]kept // the latest last; few, as each was charged for
	held    int                    // passes of all users
	swept   time.Time
	flights map[userinfo.ID][]*flight
	aloft   int   // flights of all users
	came    int64 // flights so far
	begun   int64 // of them, those whose turn has come
	cost    float64
}

func newDesk(now func() time.Time) *desk {
	return &desk{now: now, passes: map[userinfo.ID][]kept{}, flights: map[userinfo.ID][]*flight{}, cost: 1}
}

// ask returns the pass of a user whose session ends at ends if it is at hand, else the flight that makes it; start says that the caller is to begin it,
// and to end it with land. Neither: too many wait. fresh wants no pass from memory, but for one that was made for somebody who was sent away. charge is asked before anything
// is given that was not on its way already; its error is returned.
func (d *desk) ask(user userinfo.ID, ends time.Time, fresh bool, charge func() error) (got pass, f *flight, start bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	var have *kept
	for i := range d.passes[user] {
		one := &d.passes[user][i]
		if !now.Before(one.until) || !serves(one.asked, ends, now) {
			continue
		}
		if have = one; have.owed {
			have.owed = false
			return have.pass, nil, false, nil
		}
	}
	for _, f := range d.flights[user] {
		if serves(f.ends, ends, now) {
			f.asked = now
			return pass{}, f, false, nil
		}
	}
	if err := charge(); err != nil {
		return pass{}, nil, false, err
	}
	if have != nil && !fresh {
		return have.pass, nil, false, nil
	}
	if d.aloft >= mostFlights || d.closed {
		return pass{}, nil, false, nil
	}
	d.work.Add(1)
	d.came++
	d.aloft++
	f = &flight{user: user, ends: ends, done: make(chan struct{}), place: d.came, asked: now}
	d.flights[user] = append(d.flights[user], f)
	return pass{}, f, true, nil
}

// turn says that a flight's turn has come, and reports whether somebody still wants it.
func (d *desk) turn(f *flight) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.begun++
	return d.now().Sub(f.asked) <= forgotten
}

// sentAway notes that somebody does not wait for a flight, and returns how long its turn is off at a pace in calls per second.
func (d *desk) sentAway(f *flight, pace int) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.owed = true
	ahead := max(0, f.place-d.begun)
	return time.Duration(float64(ahead) * d.cost / float64(pace) * float64(time.Second))
}

// land ends a flight. calls is what it took; 0 is not known. A flight that was dropped meanwhile leaves nothing.
func (d *desk) land(f *flight, calls int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if calls > 0 {
		d.cost += (float64(calls) - d.cost) / 8
	}
	if i := slices.Index(d.flights[f.user], f); i >= 0 {
		d.aloft--
		if d.flights[f.user] = slices.Delete(d.flights[f.user], i, i+1); len(d.flights[f.user]) == 0 {
			delete(d.flights, f.user)
		}
		if f.err == nil {
			d.keep(f.user, kept{pass: f.pass, asked: f.ends, owed: f.owed, digest: f.digest, until: earlier(d.now().Add(keepPass), f.pass.ends)})
		}
	}
	close(f.done)
	d.work.Done()
}

// close lets no flight begin any more and waits for those under way, which must have been told to end.
func (d *desk) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.work.Wait()
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// keep holds a pass, in the place of one for the same end. Called with mu held.
func (d *desk) keep(user userinfo.ID, have kept) {
	now := d.now()
	if d.held >= mostPasses && now.Sub(d.swept) >= time.Second {
		d.swept = now
		for other := range d.passes {
			d.thin(other, func(old kept) bool { return !now.Before(old.until) })
		}
	}
	for other := range d.passes {
		if d.held < mostPasses {
			break
		}
		d.thin(other, all) // any: its owner asks once more
	}
	d.thin(user, func(old kept) bool { return !now.Before(old.until) || old.asked.Equal(have.asked) })
	d.passes[user] = append(d.passes[user], have)
	d.held++
}

// thin forgets some passes of a user. Called with mu held.
func (d *desk) thin(user userinfo.ID, which func(kept) bool) {
	before := d.passes[user]
	had := len(before)
	after := slices.DeleteFunc(before, which)
	d.held -= had - len(after)
	if len(after) == 0 {
		delete(d.passes, user)
		return
	}
	d.passes[user] = after
}

// drop forgets all passes of a user, those that are being made too.
func (d *desk) drop(user userinfo.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.thin(user, all)
	d.aloft -= len(d.flights[user])
	delete(d.flights, user)
}

// forget forgets some passes of a user, but none that is being made.
func (d *desk) forget(user userinfo.ID, which func(kept) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.thin(user, which)
}

func all(kept) bool { return true }

// quota bounds what somebody does in a minute.
type quota struct {
	most int
	now  func() time.Time

	mu    sync.Mutex
	swept time.Time
	spent map[string]spent
}

type spent struct {
	since time.Time
	n     int
}

// quotaTime is how long a quota lasts.
const quotaTime = time.Minute

// mostSpent bounds whom a quota remembers: about 5 MB.
const mostSpent = 50_000

func newQuota(most int, now func() time.Time) *quota {
	return &quota{most: most, now: now, spent: map[string]spent{}}
}

// take counts a request and returns how long its sender has to wait; 0 is not at all.
func (q *quota) take(who string) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	s, known := q.spent[who]
	if !known {
		q.room(now)
	}
	if !known || now.Sub(s.since) >= quotaTime {
		s = spent{since: now}
	}
	if s.n >= q.most {
		return s.since.Add(quotaTime).Sub(now)
	}
	s.n++
	q.spent[who] = s
	return 0
}

// room makes room for one more. Called with mu held.
func (q *quota) room(now time.Time) {
	if len(q.spent) >= mostSpent && now.Sub(q.swept) >= time.Second {
		q.swept = now
		maps.DeleteFunc(q.spent, func(_ string, s spent) bool { return now.Sub(s.since) >= quotaTime })
	}
	for old := range q.spent {
		if len(q.spent) < mostSpent {
			break
		}
		delete(q.spent, old)
	}
}
