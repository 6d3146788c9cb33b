package userinfo_test

import (
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// TestFewReadersWhileTheDatabaseIsBrisk: two readers of four work, until somebody waits longer than a query in memory takes.
func TestFewReadersWhileTheDatabaseIsBrisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{Readers: 4, Few: 2, QueryTimeout: time.Minute, Queue: time.Minute})
		if _, err := d.Bind(t.Context()); err != nil {
			t.Fatal(err)
		}
		g := closeGate(from)
		var wg sync.WaitGroup
		ask := func(n int) {
			for range n {
				wg.Go(func() {
					if users, err := d.ByID(t.Context(), "1"); err != nil || len(users) != 1 {
						t.Errorf("got %v, %v", users, err)
					}
				})
			}
			synctest.Wait()
		}
		running := func(want int64, when string) {
			t.Helper()
			if n := g.waiting.Load(); n != want {
				t.Errorf("%s: %d queries run, want %d", when, n, want)
			}
		}
		ask(2)
		running(2, "two look-ups")
		ask(3)
		running(2, "five look-ups")
		time.Sleep(3 * time.Millisecond)
		synctest.Wait()
		running(3, "after 3 ms, the three of them together")
		ask(1)
		running(4, "a slow database")
		ask(5)
		time.Sleep(time.Second)
		synctest.Wait()
		running(4, "never more than the pool has")
		close(g.open)
		wg.Wait()
		running(0, "at the end")

		time.Sleep(2 * time.Second)
		g = closeGate(from)
		ask(4)
		running(2, "brisk again after a while")
		close(g.open)
		wg.Wait()
	})
}

// TestPatienceGrowsWithTheIDsAhead: two hundred ids ahead are no sign of a slow database for 2 ms + 200 × 20 µs.
func TestPatienceGrowsWithTheIDsAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{Readers: 2, Few: 1, QueryTimeout: time.Minute, Queue: time.Minute})
		if _, err := d.Bind(t.Context()); err != nil {
			t.Fatal(err)
		}
		g := closeGate(from)
		var wg sync.WaitGroup
		var ids []userinfo.ID
		for i := range 200 {
			ids = append(ids, userinfo.ID(strconv.Itoa(i+1)))
		}
		wg.Go(func() { _, _ = d.ByID(t.Context(), ids...) })
		synctest.Wait()
		wg.Go(func() { _, _ = d.ByID(t.Context(), "1") })
		for _, want := range []int64{1, 2} {
			time.Sleep(5 * time.Millisecond)
			synctest.Wait()
			if n := g.waiting.Load(); n != want {
				t.Errorf("%d queries run, want %d", n, want)
			}
		}
		close(g.open)
		wg.Wait()
	})
}

// TestFewShareLonger: while the database is brisk and nobody crowds, lists up to two hundred ids share queries up to four hundred.
func TestFewShareLonger(t *testing.T) {
	for name, c := range map[string]struct{ ids, least, most int }{
		"a hundred ids":       {100, 2, 3}, // the first goes alone, unless others come while it looks around for company
		"two hundred and one": {201, 8, 8},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from := members()
				d := directory(t, plainSettings, from, userinfo.Options{Readers: 2, Few: 1, QueryTimeout: time.Minute, Queue: time.Minute})
				if _, err := d.Bind(t.Context()); err != nil {
					t.Fatal(err)
				}
				g := closeGate(from)
				var wg sync.WaitGroup
				for call := range 8 { // more would be a crowd, which shares longer queries
					wg.Go(func() {
						var ids []userinfo.ID
						for i := range c.ids {
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
				long := lengths(from.asked())
				if n := len(long); n < c.least || n > c.most || slices.Max(long) > 400 {
					t.Errorf("%d queries, want %d to %d, none for more than 400: %v", n, c.least, c.most, long)
				}
			})
		})
	}
}

func lengths[T any](lists [][]T) []int {
	var n []int
	for _, l := range lists {
		n = append(n, len(l))
	}
	return n
}

// TestLookUpsThatArriveTogetherShareAQuery although there are readers for each of them: the first does not wait, the others go together.
func TestLookUpsThatArriveTogetherShareAQuery(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // they arrive one after the other, before any of them is done
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{Readers: 8, Few: 8, QueryTimeout: time.Minute, Queue: time.Minute})
		if _, err := d.Bind(t.Context()); err != nil {
			t.Fatal(err)
		}
		g := closeGate(from)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if users, err := d.ByID(t.Context(), "1"); err != nil || len(users) != 1 {
					t.Errorf("got %v, %v", users, err)
				}
			})
		}
		synctest.Wait()
		if n := g.waiting.Load(); n != 2 {
			t.Errorf("%d queries run, want that of the first and that of the others", n)
		}
		close(g.open)
		wg.Wait()
	})
}
