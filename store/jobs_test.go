package store_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/store"
)

func claimed(t *testing.T, s *store.Store, worker string, n int) []store.Job {
	t.Helper()
	return must[[]store.Job](t)(s.Claim(t.Context(), "sendbird", "APP-1", worker, n, time.Minute))
}

func one(t *testing.T, s *store.Store) store.Job {
	t.Helper()
	jobs := claimed(t, s, "w", 10)
	if len(jobs) != 1 {
		t.Fatalf("claimed %d jobs, want 1", len(jobs))
	}
	return jobs[0]
}

func nothing(t *testing.T, s *store.Store, when string) {
	t.Helper()
	if jobs := claimed(t, s, "w", 10); len(jobs) != 0 {
		t.Fatalf("%s: claimed %d jobs, want none", when, len(jobs))
	}
}

func update(payload string) store.NewJob {
	return store.NewJob{Provider: "sendbird", App: "APP-1", Kind: "update", SiteUser: "6", Address: "u-6", Payload: []byte(payload)}
}

func TestAJobIsDoneOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ok(t, s.Enqueue(t.Context(), update("a\x00\xff")))
		job := one(t, s)
		want := store.Job{
			ID: job.ID, Provider: "sendbird", App: "APP-1", Kind: "update", SiteUser: "6", Address: "u-6", Payload: []byte("a\x00\xff"), Attempts: 1,
			CreatedAt: d.clock.Now(), Until: d.clock.Now().Add(time.Minute),
		}
		want.Claim = job.Claim
		if diff := cmp.Diff(want, job); diff != "" || job.Claim == "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		nothing(t, s, "while it is claimed")
		ok(t, s.Done(t.Context(), job))
		d.clock.Add(time.Hour)
		nothing(t, s, "after it was done")
		if err := s.Done(t.Context(), job); !errors.Is(err, store.ErrLost) {
			t.Errorf("done twice: %v", err)
		}
	})
}

func TestOpenJobsOfAKeyAreOne(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, other := d.open(t), d.open(t)
		ok(t, s.Enqueue(t.Context(), update("old")))
		ok(t, other.Enqueue(t.Context(), update("new")))
		job := one(t, s)
		if string(job.Payload) != "new" {
			t.Errorf("payload %q", job.Payload)
		}
		ok(t, s.Done(t.Context(), job))
		nothing(t, s, "after it was done")
		ok(t, s.Enqueue(t.Context(), update("later")))
		if job := one(t, s); string(job.Payload) != "later" {
			t.Errorf("payload %q", job.Payload)
		}
		elsewhere := update("x")
		elsewhere.Provider = "mesibo"
		ok(t, s.Enqueue(t.Context(), elsewhere))
		nothing(t, s, "of another provider")
		elsewhere = update("x")
		elsewhere.App = "APP-2"
		ok(t, s.Enqueue(t.Context(), elsewhere))
		nothing(t, s, "of another application")
	})
}

func TestAJobThatIsEnqueuedWhileItIsDoneIsDoneOnceMore(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ok(t, s.Enqueue(t.Context(), update("old")))
		first := one(t, s)
		ok(t, s.Enqueue(t.Context(), update("new")))
		nothing(t, s, "while the first is done")
		ok(t, s.Done(t.Context(), first))
		again := one(t, s)
		if string(again.Payload) != "new" || again.Attempts != 1 {
			t.Errorf("payload %q, attempt %d", again.Payload, again.Attempts)
		}
		ok(t, s.Done(t.Context(), again))
		nothing(t, s, "after both")
	})
}

func TestAFailedJobWaitsForItsTime(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ok(t, s.Enqueue(t.Context(), update("a")))
		job := one(t, s)
		ok(t, s.Retry(t.Context(), job, d.clock.Now().Add(10*time.Second), "timeout"))
		if err := s.Retry(t.Context(), job, d.clock.Now(), "timeout"); !errors.Is(err, store.ErrLost) {
			t.Errorf("given back twice: %v", err)
		}
		ok(t, s.Enqueue(t.Context(), update("b"))) // does not wake it
		d.clock.Add(9 * time.Second)
		nothing(t, s, "before its time")
		d.clock.Add(time.Second)
		job = one(t, s)
		if job.Attempts != 2 || job.LastError != "timeout" || string(job.Payload) != "b" {
			t.Errorf("got %+v", job)
		}
		if err := s.Retry(t.Context(), job, d.clock.Now(), "No such user: John"); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("a class that is a text: %v", err)
		}
		ok(t, s.Done(t.Context(), job))
		d.clock.Add(time.Hour)
		nothing(t, s, "after it was done")
	})
}

func TestAJobMayStartLater(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		late := update("late")
		late.At = d.clock.Now().Add(time.Hour)
		ok(t, s.Enqueue(t.Context(), late))
		nothing(t, s, "before its time")
		ok(t, s.Enqueue(t.Context(), update("now"))) // which makes it due
		if job := one(t, s); string(job.Payload) != "now" {
			t.Errorf("payload %q", job.Payload)
		}
	})
}

func TestAJobOfAWorkerThatDiedGoesToAnother(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		dead, alive := d.open(t), d.open(t)
		ok(t, dead.Enqueue(t.Context(), update("a")))
		lost := one(t, dead)
		d.clock.Add(time.Minute - time.Millisecond)
		nothing(t, alive, "within the lease")
		d.clock.Add(time.Millisecond)
		job := one(t, alive)
		if job.ID != lost.ID || job.Attempts != 2 {
			t.Errorf("got job %d, attempt %d", job.ID, job.Attempts)
		}
		for name, err := range map[string]error{
			"prolonged":  dead.Prolong(t.Context(), lost, time.Hour),
			"done":       dead.Done(t.Context(), lost),
			"given back": dead.Retry(t.Context(), lost, d.clock.Now(), "timeout"),
		} {
			if !errors.Is(err, store.ErrLost) {
				t.Errorf("%s by the one that lost it: %v", name, err)
			}
		}
		for range 3 {
			d.clock.Add(time.Minute - time.Millisecond)
			ok(t, alive.Prolong(t.Context(), job, time.Minute))
			nothing(t, dead, "within a lease that was prolonged")
		}
		ok(t, alive.Done(t.Context(), job))
		if alive.Prolong(t.Context(), job, time.Minute) == nil || alive.Prolong(t.Context(), job, 0) == nil {
			t.Error("a job that is done, or a lease of nothing, is prolonged")
		}
	})
}

func TestTheLongestDueJobComesFirst(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		for n, offset := range []time.Duration{-2 * time.Second, -5 * time.Second, -time.Second, -9 * time.Second, -9 * time.Second} {
			ok(t, s.Enqueue(t.Context(), store.NewJob{Provider: "sendbird", App: "APP-1", Kind: "k", SiteUser: fmt.Sprint(n), At: d.clock.Now().Add(offset)}))
		}
		var order []string
		for _, n := range []int{2, 3} {
			for _, j := range claimed(t, s, "w", n) {
				order = append(order, j.SiteUser)
			}
		}
		if diff := cmp.Diff([]string{"3", "4", "1", "0", "2"}, order); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestTwoInstancesDoEachJobOnce has several workers of two instances on one database, one of which dies with what it had claimed.
func TestTwoInstancesDoEachJobOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		const jobs, workers = 2000, 6
		stores := []*store.Store{d.open(t), d.open(t)}
		fill(t, stores, jobs)
		var mu sync.Mutex
		times := map[string]int{}
		dead := claimed(t, stores[0], "dead", 50) // never does them
		work := func() {
			var all sync.WaitGroup
			for w := range workers {
				all.Go(func() {
					s := stores[w%2]
					for {
						got, err := s.Claim(t.Context(), "sendbird", "APP-1", fmt.Sprint("w", w), 25, time.Minute)
						if err != nil {
							t.Error(err)
							return
						}
						if len(got) == 0 {
							p, err := s.Pending(t.Context())
							if err != nil || len(p) == 0 || p[0].Due == 0 {
								if err != nil {
									t.Error(err)
								}
								return
							}
							continue // others were faster
						}
						for _, j := range got {
							mu.Lock()
							times[j.SiteUser]++
							mu.Unlock()
							if err := s.Done(t.Context(), j); err != nil {
								t.Errorf("%s: %v", j.SiteUser, err)
							}
						}
					}
				})
			}
			all.Wait()
		}
		work()
		if len(times) != jobs-len(dead) {
			t.Errorf("%d jobs were done while %d are claimed by the one that died", len(times), len(dead))
		}
		d.clock.Add(time.Minute)
		work()
		if len(times) != jobs {
			t.Errorf("%d jobs were done, want %d", len(times), jobs)
		}
		for _, key := range slices.Sorted(maps.Keys(times)) {
			if times[key] != 1 {
				t.Errorf("%s was done %d times", key, times[key])
			}
		}
		if err := stores[0].Done(t.Context(), dead[0]); !errors.Is(err, store.ErrLost) {
			t.Errorf("the one that died ends its job: %v", err)
		}
	})
}

// fill enqueues jobs from two instances, each of them twice.
func fill(t *testing.T, stores []*store.Store, jobs int) {
	t.Helper()
	const callers = 8
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for n := c / 2; n < jobs; n += callers / 2 {
				j := store.NewJob{Provider: "sendbird", App: "APP-1", Kind: "update", SiteUser: fmt.Sprint(n), Payload: []byte("{}")}
				if err := stores[c%2].Enqueue(t.Context(), j); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if p := must[[]store.Pending](t)(stores[0].Pending(t.Context())); len(p) != 1 || p[0].Due != int64(jobs) {
		t.Fatalf("pending %+v, want %d due", p, jobs)
	}
}
