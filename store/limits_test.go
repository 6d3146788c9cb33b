package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/store"
)

// spend counts an event, and returns how long to wait.
func spend(t *testing.T, s *store.Store, limits ...store.Limit) time.Duration {
	t.Helper()
	return must[time.Duration](t)(s.Spend(t.Context(), limits...))
}

func TestALimitLetsSoManyThroughInAWindow(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		stores := []*store.Store{d.open(t), d.open(t)}
		phone := []store.Limit{
			{Scope: "phone", Window: 30 * time.Second, Most: 1}, {Scope: "phone", Window: 10 * time.Minute, Most: 3}, {Scope: "phone", Window: 24 * time.Hour, Most: 10},
		}
		var passed []time.Duration
		start := d.clock.Now()
		for n := range 24 * 60 * 4 { // a day in steps of 15 s
			if wait := spend(t, stores[n%2], phone...); wait == 0 {
				passed = append(passed, d.clock.Now().Sub(start))
			}
			if len(passed) == 10 && n > 500 {
				break
			}
			d.clock.Add(15 * time.Second)
		}
		for i, at := range passed {
			if i >= 1 && at-passed[i-1] < 30*time.Second || i >= 3 && at-passed[i-3] < 10*time.Minute || i >= 10 && at-passed[i-10] < 24*time.Hour {
				t.Errorf("the %dth came through after %v", i+1, at)
			}
		}
		if len(passed) != 10 {
			t.Errorf("%d came through, want 10: %v", len(passed), passed)
		}
		if wait, want := spend(t, stores[0], phone...), start.Add(24*time.Hour).Sub(d.clock.Now()); wait != want {
			t.Errorf("wait %v, want %v", wait, want)
		}
		if spend(t, stores[0], store.Limit{Scope: "Phone", Window: time.Second, Most: 1}) != 0 || spend(t, stores[0]) != 0 {
			t.Error("another scope, or none, is refused")
		}
	})
}

func TestTheTimeToWaitIsWhenItGoesWell(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		l := store.Limit{Scope: "a", Window: time.Minute, Most: 3}
		for range 3 {
			if spend(t, s, l) != 0 {
				t.Fatal("refused below the limit")
			}
			d.clock.Add(7 * time.Second)
		}
		wait := spend(t, s, l)
		if wait != time.Minute-21*time.Second {
			t.Errorf("wait %v", wait)
		}
		d.clock.Add(wait - time.Millisecond)
		if left := spend(t, s, l); left != time.Millisecond {
			t.Errorf("a moment before: %v", left)
		}
		d.clock.Add(time.Millisecond)
		if spend(t, s, l) != 0 || spend(t, s, l) != 7*time.Second {
			t.Error("not one comes through then")
		}
	})
}

func TestAnEventCountsAgainstAllLimitsOrNone(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		narrow, wide := store.Limit{Scope: "b", Window: time.Minute, Most: 1}, store.Limit{Scope: "a", Window: time.Minute, Most: 3}
		if spend(t, s, wide, narrow) != 0 {
			t.Fatal("the first is refused")
		}
		for range 5 {
			if spend(t, s, wide, narrow) != time.Minute {
				t.Error("the narrow limit lets it through")
			}
		}
		for n, want := range []bool{true, true, false} { // with the first one, three
			if (spend(t, s, wide) == 0) != want {
				t.Errorf("event %d alone against the wide limit: what the narrow one refused was counted", n)
			}
		}
		if spend(t, s, store.Limit{Scope: "c", Window: time.Minute}) != time.Minute {
			t.Error("a limit of none lets something through")
		}
	})
}

func TestAnEventMayHappenSeveralTimesAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		at := func(times int) time.Duration {
			return spend(t, s, store.Limit{Scope: "numbers", Window: time.Hour, Most: 5000, Times: times})
		}
		if at(2000) != 0 || at(2999) != 0 || at(2) == 0 || at(1) != 0 || at(1) == 0 || at(5001) != time.Hour {
			t.Error("not 5000 come through")
		}
	})
}

func TestManyEventsAreNeverCountedForLess(t *testing.T) {
	d := &database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock()}
	s := d.open(t)
	const most, window = 1100, 20 * time.Minute // more than are kept one by one
	var passed []time.Time
	for range 2700 {
		if spend(t, s, store.Limit{Scope: "many", Window: window, Most: most}) == 0 {
			passed = append(passed, d.clock.Now())
		}
		d.clock.Add(time.Second)
	}
	for i := most; i < len(passed); i++ {
		if passed[i].Sub(passed[i-most]) < window {
			t.Fatalf("%d came through in %v", most+1, passed[i].Sub(passed[i-most]))
		}
	}
	if len(passed) < 2*most { // 2700 s have two windows and more
		t.Errorf("%d came through, want at least %d", len(passed), 2*most)
	}
	var size int
	ok(t, s.SQLDB().QueryRow("SELECT LENGTH(times) FROM chat_limits WHERE scope = 'many'").Scan(&size))
	if size > 1024*12 || size < 512*12 {
		t.Errorf("%d bytes are kept of a scope", size)
	}
}

func TestCallersAtTheSameTimeGetNoMoreThroughThanTheLimit(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		stores := []*store.Store{d.open(t), d.open(t)}
		waits, errs := [60]time.Duration{}, [60]error{}
		var all sync.WaitGroup
		for n := range waits {
			all.Go(func() { // in one order and in the other
				limits := []store.Limit{{Scope: "address", Window: time.Minute, Most: 7}, {Scope: fmt.Sprint("phone", n%30), Window: time.Minute, Most: 1}}
				if n%2 == 1 {
					limits[0], limits[1] = limits[1], limits[0]
				}
				waits[n], errs[n] = stores[n%2].Spend(t.Context(), limits...)
			})
		}
		all.Wait()
		through := 0
		for n := range waits {
			ok(t, errs[n])
			if waits[n] == 0 {
				through++
			}
		}
		if through != 7 {
			t.Errorf("%d came through, want 7", through)
		}
	})
}
