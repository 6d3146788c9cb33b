package sendbird_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/userinfo"
)

// most returns the most writes within any second.
func most(came []providertest.Request) (n int) {
	var at []time.Time
	for _, r := range came {
		if r.Method == http.MethodGet {
			continue
		}
		for at = append(at, r.At); r.At.Sub(at[0]) >= time.Second; {
			at = at[1:]
		}
		n = max(n, len(at))
	}
	return n
}

// finished returns the users in the order in which they were given a token.
func finished(came []providertest.Request) (order []string) {
	made := map[string]bool{}
	for _, r := range came {
		id, isToken := strings.CutSuffix(strings.TrimPrefix(r.Target, "/v3/users/"), "/token")
		if isToken && made[id] {
			order = append(order, id)
		}
		made[id] = isToken // the first is answered with "not found"
	}
	return order
}

func TestAThousandFirstLogInsAtFourWritesASecond(t *testing.T) {
	const crowd, pace = 1000, 4
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, func(c *sendbird.Config, _ *provider.Deps) { c.WritesPerSecond = pace })
		s.PerSecond = 5 // of a free trial
		var all sync.WaitGroup
		var mu sync.Mutex
		tries, limited := 0, 0
		began := time.Now()
		for i := range crowd {
			u := s.set(userinfo.ID(fmt.Sprint(1+i)), fmt.Sprint("User ", i), "")
			all.Go(func() {
				for {
					got := s.visit(t, visit{method: http.MethodPost, path: "/login", visitor: provider.Visitor{User: u, Address: "198.51.100." + fmt.Sprint(i)}})
					mu.Lock()
					tries++
					mu.Unlock()
					if got.status == http.StatusOK {
						if !s.Good(got.UserID, got.Token) || got.UserID != string(u.ID) {
							t.Errorf("user %s got %+v", u.ID, got)
						}
						return
					}
					if got.fault.RetryAfter < time.Second {
						t.Errorf("Retry-After %s", got.fault.RetryAfter)
						return
					}
					if got.status != http.StatusServiceUnavailable {
						mu.Lock()
						limited++
						mu.Unlock()
					}
					time.Sleep((got.fault.RetryAfter + time.Second - 1).Truncate(time.Second)) // of the bubble's own clock, as the header says
				}
			})
			synctest.Wait() // so that the order of the first requests is known
		}
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		if memory.HeapAlloc > 200<<20 {
			t.Errorf("%d MiB while all wait", memory.HeapAlloc>>20)
		}
		all.Wait()
		took := time.Since(began)
		came := s.Requests()
		if n := most(came); n > pace {
			t.Errorf("%d writes in a second", n)
		}
		order := finished(came)
		for i, id := range order {
			if id != fmt.Sprint(1+i) {
				t.Fatalf("user %s got a token as number %d", id, 1+i)
			}
		}
		if len(order) != crowd || len(came) != 3*crowd || limited > 0 {
			t.Errorf("%d tokens by %d calls; %d answers of another kind", len(order), len(came), limited)
		}
		if want := 3 * crowd * time.Second / pace; took < want-time.Second || took > want+longest {
			t.Errorf("it took %s, want %s", took, want)
		}
		t.Logf("%d tries, %s", tries, took)
	})
}

func TestWhoseSessionEndsLaterWithEveryRequestKeepsTheirPlace(t *testing.T) {
	const crowd, pace = 300, 4
	for name, session := range map[string]time.Duration{"of two hours": 2 * time.Hour, "of five minutes": 5 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, func(c *sendbird.Config, _ *provider.Deps) { c.WritesPerSecond = pace })
				var all sync.WaitGroup
				began := time.Now()
				for i := range crowd {
					id := fmt.Sprint(1 + i)
					s.AddUser(id, "Ann", "")
					u := s.set(userinfo.ID(id), "Ann", "")
					all.Go(func() {
						for {
							until := time.Now().Add(session)
							got := s.visit(t, visit{method: http.MethodPost, path: "/login", visitor: provider.Visitor{User: u, Until: until}})
							if got.status == http.StatusOK {
								if ends := time.UnixMilli(got.ExpiresAt); ends.After(until) || time.Until(ends) < session/2 {
									t.Errorf("a session %s got a token of %s", name, time.Until(ends))
								}
								return
							}
							time.Sleep((got.fault.RetryAfter + time.Second - 1).Truncate(time.Second))
						}
					})
				}
				all.Wait()
				if took, want := time.Since(began), crowd*time.Second/pace; took > want+longest {
					t.Errorf("it took %s, want %s", took, want)
				}
				if came := s.Requests(); len(came) != crowd {
					t.Errorf("%d tokens for %d users", len(came), crowd)
				}
			})
		})
	}
}

// longest is how long somebody in the queue is sent away for.
const longest = 31 * time.Second

func TestAFullQueueSendsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, func(c *sendbird.Config, _ *provider.Deps) { c.WritesPerSecond = 1 })
		s.Always(s.Hang)
		var all sync.WaitGroup
		for i := range 5010 {
			u := s.set(userinfo.ID(fmt.Sprint(1+i)), "Ann", "")
			all.Go(func() { s.login(t, u, "").want(t, "a log-in", http.StatusServiceUnavailable, "provider_unavailable") })
		}
		all.Wait()
	})
}

func TestS19TheLimitOfTheProviderIsHeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.AddUser("6", "Ann", "")
		s.AddUser("7", "Bob", "")
		s.Script(func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", fmt.Sprint(time.Now().Add(2*time.Second).Unix()))
			return false
		})
		s.login(t, s.set("6", "Ann", ""), "").want(t, "the first", http.StatusOK, "")
		began := time.Now()
		s.login(t, s.set("7", "Bob", ""), "").want(t, "the second", http.StatusOK, "")
		if waited := time.Since(began); waited < time.Second || waited > 2*time.Second {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestALongWaitOfTheProviderIsToldToAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.AddUser("6", "Ann", "")
		s.AddUser("7", "Bob", "")
		s.Script(providertest.Limited("X-RateLimit-RetryAfter", 60))
		s.login(t, s.set("6", "Ann", ""), "").want(t, "the first", http.StatusServiceUnavailable, "provider_unavailable")
		got := s.login(t, s.set("7", "Bob", ""), "")
		got.want(t, "the second", http.StatusServiceUnavailable, "provider_unavailable")
		if wait := got.fault.RetryAfter; wait < 50*time.Second || wait > time.Minute {
			t.Errorf("Retry-After %s", wait)
		}
		time.Sleep(got.fault.RetryAfter) // of the bubble's own clock
		s.login(t, s.set("7", "Bob", ""), "").want(t, "the second, later", http.StatusOK, "")
	})
}
