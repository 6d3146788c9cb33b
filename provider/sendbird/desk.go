package sendbird

import (
	"maps"
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
	ends  time.Time
}

// key names a pass: whose, and the end that was asked for in Unix milliseconds; 0 is the usual one. A pass of a session that ends later is never
// found with it.
type key struct {
	user userinfo.ID
	ends int64
}

// kept is a pass in memory.
type kept struct {
	pass
	until time.Time
	owed  bool // somebody was sent away while it was made, and has not got it yet
}

// flight is the making of a pass, for all who ask for it meanwhile.
type flight struct {
	done chan struct{} // closed at the end
	pass pass
	err  error
	// Guarded by the desk.
	place int64     // among all flights
	asked time.Time // when somebody asked last
	owed  bool      // somebody was sent away
}

// desk is where passes are asked for: one flight per pass, and what was made lately.
type desk struct {
	now func() time.Time

	mu      sync.Mutex
	passes  map[key]kept
	swept   time.Time
	flights map[key]*flight
	came    int64 // flights so far
	begun   int64 // of them, those whose turn has come
	cost    float64
}

func newDesk(now func() time.Time) *desk {
	return &desk{now: now, passes: map[key]kept{}, flights: map[key]*flight{}, cost: 1}
}

// ask returns the pass if it is at hand, else the flight that makes it; start says that the caller is to begin it. Neither: too many wait.
// fresh wants no pass from memory, but for one that was made for somebody who was sent away. charge is asked before anything is
// given that was not on its way already; its error is returned.
func (d *desk) ask(k key, fresh bool, charge func() error) (got pass, f *flight, start bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	have, ok := d.passes[k]
	ok = ok && now.Before(have.until)
	if ok && have.owed {
		have.owed = false
		d.passes[k] = have
		return have.pass, nil, false, nil
	}
	if f = d.flights[k]; f != nil {
		f.asked = now
		return pass{}, f, false, nil
	}
	if err := charge(); err != nil {
		return pass{}, nil, false, err
	}
	if ok && !fresh {
		return have.pass, nil, false, nil
	}
	if len(d.flights) >= mostFlights {
		return pass{}, nil, false, nil
	}
	d.came++
	f = &flight{done: make(chan struct{}), place: d.came, asked: now}
	d.flights[k] = f
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
func (d *desk) land(k key, f *flight, calls int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if calls > 0 {
		d.cost += (float64(calls) - d.cost) / 8
	}
	if d.flights[k] == f {
		delete(d.flights, k)
		if f.err == nil {
			d.keep(k, kept{pass: f.pass, owed: f.owed, until: earlier(d.now().Add(keepPass), f.pass.ends)})
		}
	}
	close(f.done)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// keep holds a pass. Called with mu held.
func (d *desk) keep(k key, have kept) {
	now := d.now()
	if len(d.passes) >= mostPasses && now.Sub(d.swept) >= time.Second {
		d.swept = now
		maps.DeleteFunc(d.passes, func(_ key, old kept) bool { return !now.Before(old.until) })
	}
	for old := range d.passes {
		if len(d.passes) < mostPasses {
			break
		}
		delete(d.passes, old) // any: its owner asks once more
	}
	d.passes[k] = have
}

// drop forgets all passes of a user, those that are being made too.
func (d *desk) drop(user userinfo.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.passes, func(k key, _ kept) bool { return k.user == user })
	maps.DeleteFunc(d.flights, func(k key, _ *flight) bool { return k.user == user })
}

// quota bounds requests in windows of fixed length.
type quota struct {
	most   int
	window time.Duration
	now    func() time.Time

	mu    sync.Mutex
	swept time.Time
	spent map[string]spent
}

type spent struct {
	since time.Time
	n     int
}

// mostSpent bounds whom a quota remembers: about 5 MB.
const mostSpent = 50_000

func newQuota(most int, window time.Duration, now func() time.Time) *quota {
	return &quota{most: most, window: window, now: now, spent: map[string]spent{}}
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
	if !known || now.Sub(s.since) >= q.window {
		s = spent{since: now}
	}
	if s.n >= q.most {
		return s.since.Add(q.window).Sub(now)
	}
	s.n++
	q.spent[who] = s
	return 0
}

// room makes room for one more. Called with mu held.
func (q *quota) room(now time.Time) {
	if len(q.spent) >= mostSpent && now.Sub(q.swept) >= time.Second {
		q.swept = now
		maps.DeleteFunc(q.spent, func(_ string, s spent) bool { return now.Sub(s.since) >= q.window })
	}
	for old := range q.spent {
		if len(q.spent) < mostSpent {
			break
		}
		delete(q.spent, old)
	}
}
