package userinfo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// gate holds queries back until it is opened, and tells how many stand before it.
type gate struct {
	open    chan struct{}
	waiting atomic.Int64
}

func closeGate(from *source) *gate {
	g := &gate{open: make(chan struct{})}
	from.during = func(ctx context.Context, _ []any) error {
		g.waiting.Add(1)
		defer g.waiting.Add(-1)
		select {
		case <-g.open:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return g
}

func TestALoneLookUpRunsAloneAndAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{Readers: 1})
		began := time.Now()
		for i := range 3 {
			if _, err := d.ByID(t.Context(), userinfo.ID(strconv.Itoa(i+1))); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("waited %s for company", took)
		}
		if n := len(from.asked()); n != 3 {
			t.Errorf("three look-ups one after the other took %d queries", n)
		}
	})
}

func TestLookUpsThatWaitShareTheNextQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{Readers: 2})
		if _, err := d.Bind(t.Context()); err != nil {
			t.Fatal(err)
		}
		g := closeGate(from)
		var wg sync.WaitGroup
		ask := func(id userinfo.ID) {
			wg.Go(func() {
				users, err := d.ByID(t.Context(), id)
				if err != nil || len(users) != 1 || users[0].ID != id {
					t.Errorf("user %s: got %v, %v", id, users, err)
				}
			})
			synctest.Wait()
		}
		ask("1")
		ask("2")
		if n := g.waiting.Load(); n != 2 {
			t.Fatalf("%d queries run, want one for each reader", n)
		}
		for range 10 {
			ask("3")
			ask("10")
			ask("1") // never the answer of the query that has already begun
		}
		if n := len(from.asked()); n != 2 {
			t.Fatalf("%d queries were sent while both readers were busy", n)
		}
		close(g.open)
		wg.Wait()
		asked := from.asked()
		if len(asked) != 3 || len(asked[2]) != 3 {
			t.Errorf("queries %v, want a third one for 3, 10 and 1", asked)
		}
	})
}

// crowd lets calls that ask for so many ids each meet while the database answers nobody, and returns the queries they came to.
func crowd(t *testing.T, o userinfo.Options, calls, each int) [][]any {
	t.Helper()
	from := members()
	d := directory(t, plainSettings, from, o)
	if _, err := d.Bind(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := closeGate(from)
	var wg sync.WaitGroup
	for call := range calls {
		wg.Go(func() {
			var ids []userinfo.ID
			for i := range each {
				ids = append(ids, userinfo.ID(strconv.Itoa(1000*call+i)))
			}
			if _, err := d.ByID(t.Context(), ids...); err != nil {
				t.Errorf("call %d: %v", call, err)
			}
		})
	}
	synctest.Wait()
	close(g.open)
	wg.Wait()
	return from.asked()
}

// sizes are the ids of all queries, and of the longest.
func sizes(queries [][]any) (total, longest int) {
	for _, q := range queries {
		total, longest = total+len(q), max(longest, len(q))
	}
	return total, longest
}

// TestSharedQueriesStayShort: eleven calls meet at one reader. The first runs alone; of those that wait, short ones share queries
// of at most a hundred ids, long ones gain nothing by sharing and wait for a query of their own.
func TestSharedQueriesStayShort(t *testing.T) {
	for name, c := range map[string]struct{ ids, queries, most int }{
		"short lists share by twos": {40, 6, 80},
		"long lists do not share":   {200, 11, 200},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				queries := crowd(t, userinfo.Options{Readers: 1}, 11, c.ids)
				if total, longest := sizes(queries); total != 11*c.ids || len(queries) != c.queries || longest > c.most {
					t.Errorf("%d ids in %d queries, %d in the longest; want %d in %d, at most %d", total, len(queries), longest, 11*c.ids, c.queries, c.most)
				}
			})
		})
	}
}

// TestManyWhoWaitShareLongerQueries: the more wait, the longer a query they share, as long as readers have another to come.
func TestManyWhoWaitShareLongerQueries(t *testing.T) {
	for name, c := range map[string]struct{ calls, least, most int }{
		"few":  {8, 300, 400},
		"many": {64, 801, 900},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				queries := crowd(t, userinfo.Options{Readers: 4, Few: 1}, c.calls, 100)
				if total, longest := sizes(queries); total != 100*c.calls || longest < c.least || longest > c.most {
					t.Errorf("%d ids, %d in the longest query; want %d, and %d to %d", total, longest, 100*c.calls, c.least, c.most)
				}
			})
		})
	}
}

func TestALongListWaitsForAReaderNoLongerThanTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{Readers: 1, Queue: time.Second, QueryTimeout: time.Minute})
		if _, err := d.Bind(t.Context()); err != nil {
			t.Fatal(err)
		}
		g := closeGate(from)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = d.ByID(t.Context(), "1") })
		synctest.Wait()
		var ids []userinfo.ID
		for i := range 100 {
			ids = append(ids, userinfo.ID(strconv.Itoa(i+1)))
		}
		began := time.Now()
		if _, err := d.ByID(t.Context(), ids...); !errors.Is(err, userinfo.ErrUnavailable) || time.Since(began) != time.Second {
			t.Errorf("got %v after %s, want ErrUnavailable after a second", err, time.Since(began))
		}
		left, leave := context.WithCancel(t.Context())
		leave()
		if _, err := d.ByID(left, ids...); !errors.Is(err, context.Canceled) {
			t.Errorf("a visitor who left got %v", err)
		}
		close(g.open)
		wg.Wait()
		if users, err := d.ByID(t.Context(), ids...); err != nil || len(users) != 4 {
			t.Errorf("got %d users, %v", len(users), err)
		}
	})
}

func TestALeaderWhoLeavesDoesNotHarmThoseWhoJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{Readers: 1})
		if _, err := d.Bind(t.Context()); err != nil {
			t.Fatal(err)
		}
		g := closeGate(from)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = d.ByID(t.Context(), "1") })
		synctest.Wait()
		leaving, leave := context.WithCancel(t.Context())
		wg.Go(func() {
			if _, err := d.ByID(leaving, "2"); errors.Is(err, userinfo.ErrUnavailable) || !errors.Is(err, context.Canceled) {
				t.Errorf("who left got %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if users, err := d.ByID(t.Context(), "3"); err != nil || len(users) != 1 {
				t.Errorf("who joined got %v, %v", users, err)
			}
		})
		synctest.Wait()
		leave()
		synctest.Wait()
		close(g.open)
		wg.Wait()
	})
}

func TestNobodyWaitsLongerThanTheQueueAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{Readers: 1, QueryTimeout: time.Hour, Queue: time.Second})
		if _, err := d.Bind(t.Context()); err != nil {
			t.Fatal(err)
		}
		g := closeGate(from)
		var wg sync.WaitGroup
		wg.Go(func() {
			if users, err := d.ByID(t.Context(), "1"); err != nil || len(users) != 1 {
				t.Errorf("the one with the reader got %v, %v", users, err)
			}
		})
		synctest.Wait()
		for range 3 {
			began := time.Now()
			_, err := d.ByID(t.Context(), "2")
			if took := time.Since(began); !errors.Is(err, userinfo.ErrUnavailable) || took != time.Second {
				t.Errorf("got %v after %s, want ErrUnavailable after 1s", err, took)
			}
		}
		close(g.open)
		wg.Wait()
		if users, err := d.ByID(t.Context(), "2"); err != nil || len(users) != 1 {
			t.Errorf("after the queue: %v, %v", users, err)
		}
	})
}

func TestAPanicInASharedQueryReachesAllWhoWaitAsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const canary = "canary-panic-77"
		from := members()
		var log logBuffer
		d := directory(t, plainSettings, from, userinfo.Options{Readers: 1, Logger: log.logger()})
		if _, err := d.Bind(t.Context()); err != nil {
			t.Fatal(err)
		}
		g := closeGate(from)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = d.ByID(t.Context(), "1") })
		synctest.Wait()
		for range 5 {
			wg.Go(func() {
				if users, err := d.ByID(t.Context(), "2"); !errors.Is(err, userinfo.ErrUnavailable) || users != nil {
					t.Errorf("got %v, %v", users, err)
				}
			})
		}
		synctest.Wait()
		from.set(func(s *source) { s.panics = fmt.Sprintf("row holds %s", canary) })
		close(g.open)
		wg.Wait()
		if text := log.String(); !strings.Contains(text, "panic while looking users up") || strings.Contains(text, canary) {
			t.Errorf("the log must tell of the panic but not of the row: %s", text)
		}
		from.set(func(s *source) { s.panics, s.during = nil, nil })
		if users, err := d.ByID(t.Context(), "2"); err != nil || len(users) != 1 {
			t.Errorf("after the panic: %v, %v", users, err)
		}
	})
}

// TestAnswersNeverMixUnderCancellation is SEC-57 on the gatherer: whoever leaves, nobody gets another's row.
func TestAnswersNeverMixUnderCancellation(t *testing.T) {
	from := &source{tables: map[string]*table{"members": {columns: []userinfo.Column{col("id", userinfo.ColumnUint), col("nick", userinfo.ColumnText)}}}}
	for i := range 50 {
		id := strconv.Itoa(i)
		from.tables["members"].rows = append(from.tables["members"].rows, []any{id, "name of " + id})
	}
	d := directory(t, plainSettings, from, userinfo.Options{Readers: 2})
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 1))
			for range 300 {
				ctx, cancel := context.WithCancel(t.Context())
				if random.IntN(2) == 0 {
					go cancel()
				}
				ids := []userinfo.ID{userinfo.ID(strconv.Itoa(random.IntN(60))), userinfo.ID(strconv.Itoa(random.IntN(60)))}
				users, err := d.ByID(ctx, ids...)
				cancel()
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
				for _, u := range users {
					if u.Name != "name of "+string(u.ID) || u.ID != ids[0] && u.ID != ids[1] {
						t.Errorf("asked for %v, got %+v", ids, u)
					}
				}
			}
		})
	}
	wg.Wait()
}
