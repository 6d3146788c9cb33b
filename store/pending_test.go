package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/store"
)

func TestPendingJobsAreCounted(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		if list := must[[]store.Pending](t)(s.Pending(t.Context())); len(list) != 0 {
			t.Errorf("of none: %+v", list)
		}
		since := d.clock.Now()
		for n := range 6 {
			j := store.NewJob{Provider: "sendbird", App: "APP-1", Kind: "k", SiteUser: fmt.Sprint(n), At: since}
			if n == 5 {
				j.At = since.Add(time.Hour)
			}
			ok(t, s.Enqueue(t.Context(), j))
		}
		ok(t, s.Done(t.Context(), claimed(t, s, "w", 3)[0]))
		d.clock.Add(30 * time.Second)
		for _, elsewhere := range [][2]string{{"sendbird", "APP-0"}, {"sendbird", "app-1"}, {"mesibo", "APP-1"}} {
			ok(t, s.Enqueue(t.Context(), store.NewJob{Provider: elsewhere[0], App: elsewhere[1], Kind: "k", SiteUser: "0"}))
		}
		want := []store.Pending{
			{Provider: "mesibo", App: "APP-1", Due: 1, Oldest: d.clock.Now()},
			{Provider: "sendbird", App: "APP-0", Due: 1, Oldest: d.clock.Now()},
			{Provider: "sendbird", App: "APP-1", Due: 2, Waiting: 1, Claimed: 2, Oldest: since},
			{Provider: "sendbird", App: "app-1", Due: 1, Oldest: d.clock.Now()},
		}
		got := must[[]store.Pending](t)(s.Pending(t.Context()))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if open := got[2].Open(); open != 5 {
			t.Errorf("%d are open, want 5", open)
		}
	})
}

// TestAJobIsDueNoLongerThanItIsThere has urgent jobs, whose time is long past so that they are claimed first.
func TestAJobIsDueNoLongerThanItIsThere(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		since := func(when string, want time.Time) {
			t.Helper()
			if p := must[[]store.Pending](t)(s.Pending(t.Context())); len(p) != 1 || !p[0].Oldest.Equal(want) {
				t.Errorf("%s: %+v, want %s", when, p, want)
			}
		}
		urgent := update("a")
		urgent.At = time.UnixMilli(1)
		made := d.clock.Now()
		ok(t, s.Enqueue(t.Context(), urgent))
		since("when it is new", made)
		d.clock.Add(time.Hour)
		since("when nobody claims it", made)
		job := one(t, s)
		since("while it is claimed", time.Time{})
		again := d.clock.Now().Add(5 * time.Minute)
		ok(t, s.Retry(t.Context(), job, again, "timeout"))
		since("while it waits after a failure", time.Time{})
		d.clock.Add(6 * time.Minute)
		since("when it is to be tried again", again)
	})
}
