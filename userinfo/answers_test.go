package userinfo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/chatpass/chatpass/userinfo"
)

// counts adds up what Answers counts.
type counts struct {
	mu sync.Mutex
	by map[string]int
}

func (c *counts) add(result string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]int{}
	}
	c.by[result] += n
}

func (c *counts) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := maps.Clone(c.by)
	clear(c.by)
	return by
}

var errDown = fmt.Errorf("%w: down", userinfo.ErrUnavailable)

func want(tb testing.TB, a *userinfo.Answers, texts, out string) {
	tb.Helper()
	got, _, err := a.Append(tb.Context(), nil, strings.Split(texts, ","))
	if err != nil || string(got) != out {
		tb.Errorf("asked for %s: got %s, %v; want %s", texts, got, err, out)
	}
}

const (
	ann = `{"id":"1","name":"Ann"}`
	bob = `{"id":"2","name":"Bob"}`
)

func TestAnswersAreAnArrayInTheOrderAsked(t *testing.T) {
	for name, ttl := range map[string]time.Duration{"with a cache": time.Minute, "without a cache": 0} {
		t.Run(name, func(t *testing.T) {
			from := members()
			a := answers(t, directory(t, plainSettings, from, userinfo.Options{}), userinfo.AnswersOptions{TTL: ttl})
			for texts, out := range map[string]string{
				"2,1,2,99,abc,,01":          "[" + bob + "," + ann + "]",
				"1":                         "[" + ann + "]",
				"99":                        "[]",
				"99,1":                      "[" + ann + "]",
				"1,99":                      "[" + ann + "]",
				"abc":                       "[]",
				"":                          "[]",
				"9,8,7,6,5,4,99,98,97,96,1": "[" + ann + "]",
			} {
				want(t, a, texts, out)
				want(t, a, texts, out)
			}
			if out, _, err := a.Append(t.Context(), []byte("x"), nil); err != nil || string(out) != "x[]" {
				t.Errorf("nothing asked: %s, %v", out, err)
			}
		})
	}
}

func TestMoreThanFiveHundredTextsAreAnError(t *testing.T) {
	a := answers(t, directory(t, plainSettings, members(), userinfo.Options{}), userinfo.AnswersOptions{TTL: time.Minute})
	if out, _, err := a.Append(t.Context(), []byte("x"), make([]string, userinfo.MaxIDs+1)); err == nil || string(out) != "x" {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestAnAnswerIsKeptAsLongAsItIsFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, n := members(), &counts{}
		a := answers(t, directory(t, plainSettings, from, userinfo.Options{}), userinfo.AnswersOptions{TTL: 10 * time.Second, Stale: time.Minute, Count: n.add})
		want(t, a, "1,2", "["+ann+","+bob+"]")
		if diff := cmp.Diff(map[string]int{"miss": 2}, n.take()); diff != "" {
			t.Error(diff)
		}
		from.set(func(s *source) { s.tables["members"].rows[0][1] = "Anna" })
		time.Sleep(10 * time.Second) // of the bubble's own clock, as below
		want(t, a, "1", "["+ann+"]")
		if diff := cmp.Diff(map[string]int{"hit": 1}, n.take()); diff != "" {
			t.Error(diff)
		}
		time.Sleep(time.Millisecond)
		want(t, a, "1", `[{"id":"1","name":"Anna"}]`)
		if diff := cmp.Diff(map[string]int{"miss": 1}, n.take()); diff != "" {
			t.Error(diff)
		}
		want(t, a, "1,3", `[{"id":"1","name":"Anna"},{"id":"3","name":"annabel"}]`)
		if diff := cmp.Diff(map[string]int{"hit": 1, "miss": 1}, n.take()); diff != "" {
			t.Error(diff)
		}
		if asked := from.asked(); len(asked) != 3 || len(asked[2]) != 1 {
			t.Errorf("queries %v; the last must ask for 3 alone", asked)
		}
	})
}

func TestAnUnknownUserIsAskedForAgainSoon(t *testing.T) {
	for name, gone := range map[string]func(userinfo.ID) *userinfo.User{
		"who is left out":           nil,
		"who is shown with no name": func(id userinfo.ID) *userinfo.User { return &userinfo.User{ID: id, Name: "Former member"} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from := members()
				a := answers(t, directory(t, plainSettings, from, userinfo.Options{}), userinfo.AnswersOptions{TTL: time.Hour, Gone: gone})
				empty := "[]"
				if gone != nil {
					empty = `[{"id":"7","name":"Former member"}]`
				}
				want(t, a, "7", empty)
				from.set(func(s *source) {
					s.tables["members"].rows = append(s.tables["members"].rows, []any{"7", "New", nil, nil})
				})
				time.Sleep(5 * time.Second) // of the bubble's own clock, as below
				want(t, a, "7", empty)
				time.Sleep(time.Millisecond)
				want(t, a, "7", `[{"id":"7","name":"New"}]`)
			})
		})
	}
}

func TestStaleAnswersAreGivenOnlyWhileTheDatabaseIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, n := members(), &counts{}
		a := answers(t, directory(t, plainSettings, from, userinfo.Options{}), userinfo.AnswersOptions{TTL: 10 * time.Second, Stale: time.Minute, Count: n.add})
		want(t, a, "1,2,99", "["+ann+","+bob+"]")
		n.take()
		time.Sleep(30 * time.Second) // of the bubble's own clock, as below
		from.set(func(s *source) { s.fail = errDown })
		out, age, err := a.Append(t.Context(), nil, []string{"2", "1"})
		if err != nil || string(out) != "["+bob+","+ann+"]" || age != 30*time.Second {
			t.Errorf("got %s, %s, %v", out, age, err)
		}
		if diff := cmp.Diff(map[string]int{"stale": 2}, n.take()); diff != "" {
			t.Error(diff)
		}
		if out, age, err := a.Append(t.Context(), nil, []string{"1", "99"}); err != nil || string(out) != "["+ann+"]" || age != 30*time.Second {
			t.Errorf("with one that was nobody: got %s, %s, %v", out, age, err)
		}
		for texts, why := range map[string]string{"3": "was never read", "1,3": "was never read"} {
			if out, age, err := a.Append(t.Context(), []byte("x"), strings.Split(texts, ",")); !errors.Is(err, userinfo.ErrUnavailable) || string(out) != "x" || age != 0 {
				t.Errorf("%s %s: got %s, %s, %v", texts, why, out, age, err)
			}
		}
		from.set(func(s *source) { s.fail = fmt.Errorf("%w: no column", userinfo.ErrMapping) })
		if _, _, err := a.Append(t.Context(), nil, []string{"1"}); !errors.Is(err, userinfo.ErrMapping) {
			t.Errorf("a mapping that does not fit is no reason for stale answers: %v", err)
		}
		from.set(func(s *source) { s.fail = errors.New("a bug") })
		if _, _, err := a.Append(t.Context(), nil, []string{"1"}); err == nil || errors.Is(err, userinfo.ErrUnavailable) {
			t.Errorf("a bug is no reason for stale answers: %v", err)
		}
		from.set(func(s *source) { s.fail = nil })
		if _, age, err := a.Append(t.Context(), nil, []string{"1"}); err != nil || age != 0 {
			t.Errorf("after its return: %s, %v", age, err)
		}
		from.set(func(s *source) { s.fail = errDown })
		time.Sleep(71 * time.Second)
		if _, _, err := a.Append(t.Context(), nil, []string{"1"}); !errors.Is(err, userinfo.ErrUnavailable) {
			t.Errorf("beyond TTL and stale time: %v", err)
		}
	})
}

func TestNothingStaleIsGivenWhereItIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		a := answers(t, directory(t, plainSettings, from, userinfo.Options{}), userinfo.AnswersOptions{TTL: time.Second})
		want(t, a, "1", "["+ann+"]")
		from.set(func(s *source) { s.fail = errDown })
		want(t, a, "1", "["+ann+"]")        // fresh
		time.Sleep(1001 * time.Millisecond) // of the bubble's own clock
		if _, _, err := a.Append(t.Context(), nil, []string{"1"}); !errors.Is(err, userinfo.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAnErrorIsNotKept(t *testing.T) {
	from := members()
	a := answers(t, directory(t, plainSettings, from, userinfo.Options{}), userinfo.AnswersOptions{TTL: time.Hour, Stale: time.Hour})
	from.set(func(s *source) { s.fail = errDown })
	if _, _, err := a.Append(t.Context(), nil, []string{"1"}); !errors.Is(err, userinfo.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	from.set(func(s *source) { s.fail = nil })
	want(t, a, "1", "["+ann+"]")
}

func TestACrowdAsksForEachUserOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{})
		if _, err := d.Bind(t.Context()); err != nil {
			t.Fatal(err)
		}
		a := answers(t, d, userinfo.AnswersOptions{TTL: time.Minute})
		g := closeGate(from)
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				texts, out := "1,2", "["+ann+","+bob+"]"
				if i%2 == 0 {
					texts, out = "2,1", "["+bob+","+ann+"]"
				}
				want(t, a, texts, out)
			})
		}
		synctest.Wait()
		close(g.open)
		wg.Wait()
		asked := map[any]int{}
		for _, q := range from.asked() {
			for _, arg := range q {
				asked[arg]++
			}
		}
		if diff := cmp.Diff(map[any]int{uint64(1): 1, uint64(2): 1}, asked); diff != "" {
			t.Errorf("queries per user: %s", diff)
		}
	})
}

func TestAVisitorWhoLeavesDoesNotEndTheLookUpForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{})
		if _, err := d.Bind(t.Context()); err != nil {
			t.Fatal(err)
		}
		a := answers(t, d, userinfo.AnswersOptions{TTL: time.Minute})
		g := closeGate(from)
		leaving, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, _, err := a.Append(leaving, nil, []string{"1"}); !errors.Is(err, context.Canceled) || errors.Is(err, userinfo.ErrUnavailable) {
				t.Errorf("who left got %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() { want(t, a, "1", "["+ann+"]") })
		synctest.Wait()
		leave()
		synctest.Wait()
		close(g.open)
		wg.Wait()
		want(t, a, "1", "["+ann+"]")
		if n := len(from.asked()); n != 1 {
			t.Errorf("took %d queries", n)
		}
	})
}

func TestAPanicWhileReadingIsAnErrorForAllAndNotKept(t *testing.T) {
	from := members()
	a := answers(t, directory(t, plainSettings, from, userinfo.Options{}), userinfo.AnswersOptions{TTL: time.Minute})
	from.set(func(s *source) { s.panics = "boom" })
	if _, _, err := a.Append(t.Context(), nil, []string{"1"}); !errors.Is(err, userinfo.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	from.set(func(s *source) { s.panics = nil })
	want(t, a, "1", "["+ann+"]")
}

func TestTheCacheIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 50
		from := &source{tables: map[string]*table{"members": {columns: []userinfo.Column{col("id", userinfo.ColumnUint), col("nick", userinfo.ColumnText)}}}}
		var all []string
		for i := range 500 {
			id := strconv.Itoa(i)
			all = append(all, id)
			from.tables["members"].rows = append(from.tables["members"].rows, []any{id, "n"})
		}
		n := &counts{}
		a := answers(t, directory(t, plainSettings, from, userinfo.Options{}), userinfo.AnswersOptions{TTL: time.Hour, Size: size, Count: n.add})
		for range 3 {
			if _, _, err := a.Append(t.Context(), nil, all); err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // the cache lets go on goroutines of its own
		}
		n.take()
		if _, _, err := a.Append(t.Context(), nil, all); err != nil {
			t.Fatal(err)
		}
		if hits := n.take()["hit"]; hits == 0 || hits > size {
			t.Errorf("%d users were kept, want 1 to %d", hits, size)
		}
	})
}

func TestTheCacheDoesNotKeepTheRequestsItsIDsCameIn(t *testing.T) {
	a := answers(t, directory(t, plainSettings, members(), userinfo.Options{}), userinfo.AnswersOptions{TTL: time.Hour})
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // the second frees what the first took from the pools
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	const requests, size = 100, 1 << 20
	for i := range requests {
		address := strconv.Itoa(1000+i) + strings.Repeat("x", size) // ids are parts of an address, as the router cuts it
		if _, _, err := a.Append(t.Context(), nil, []string{address[:4]}); err != nil {
			t.Fatal(err)
		}
	}
	if after := heap(); after > before+requests*size/4 {
		t.Errorf("%d MiB are kept of %d requests", (after-before)>>20, requests)
	}
	runtime.KeepAlive(a)
}

// TestSEC40TwoIDsNeverShareAnAnswer is the property of SEC-40: whatever the ids look like, each gets its own object.
func TestSEC40TwoIDsNeverShareAnAnswer(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	from := &source{loose: true, tables: map[string]*table{"members": {columns: []userinfo.Column{col("id", userinfo.ColumnText), col("nick", userinfo.ColumnText)}}}}
	known := map[string]bool{}
	for len(known) < 200 {
		if key := randomWord(random); !known[key] {
			known[key] = true
			from.tables["members"].rows = append(from.tables["members"].rows, []any{key, "name of " + key})
		}
	}
	a := answers(t, directory(t, plainSettings, from, userinfo.Options{}), userinfo.AnswersOptions{TTL: time.Hour})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(5, uint64(w)))
			for range 200 {
				var ask []string
				for range 1 + random.IntN(12) {
					ask = append(ask, randomWord(random))
				}
				out, _, err := a.Append(t.Context(), nil, ask)
				var got []struct{ ID, Name string }
				if err == nil {
					err = json.Unmarshal(out, &got)
				}
				if err != nil {
					t.Errorf("%q: %s, %v", ask, out, err)
					return
				}
				var expected []struct{ ID, Name string }
				seen := map[string]bool{}
				for _, id := range ask {
					if known[id] && !seen[id] {
						seen[id] = true
						expected = append(expected, struct{ ID, Name string }{id, "name of " + id})
					}
				}
				if len(expected) == 0 && len(got) == 0 {
					continue
				}
				if diff := cmp.Diff(expected, got); diff != "" {
					t.Errorf("%q: %s", ask, diff)
				}
			}
		})
	}
	wg.Wait()
}

func TestNoGoroutineStaysBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	from := members()
	a, err := userinfo.NewAnswers(directory(t, plainSettings, from, userinfo.Options{}), userinfo.AnswersOptions{TTL: time.Minute, Stale: time.Minute, Encode: nameOf})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			if i%3 == 0 {
				cancel()
			}
			defer cancel()
			_, _, _ = a.Append(ctx, nil, []string{strconv.Itoa(i % 5), "1"})
		})
	}
	wg.Wait()
	a.Close()
}

func TestAnswersNeedADirectoryAndAnEncoder(t *testing.T) {
	if _, err := userinfo.NewAnswers(nil, userinfo.AnswersOptions{Encode: nameOf}); err == nil {
		t.Error("accepted without directory")
	}
	if _, err := userinfo.NewAnswers(directory(t, plainSettings, members(), userinfo.Options{}), userinfo.AnswersOptions{}); err == nil {
		t.Error("accepted without encoder")
	}
}
