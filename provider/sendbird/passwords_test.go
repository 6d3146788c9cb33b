package sendbird_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/userinfo"
)

// digestCanary is in all digests of these tests; no log line may hold it.
const digestCanary = "canary-digest"

// secure changes a member of the site who has a password.
func (s *site) secure(id userinfo.ID, password string) *userinfo.User {
	u := s.set(id, "Ann", "")
	if password == "" { // nothing tells of it
		return u
	}
	u.Private = userinfo.Private{userinfo.PasswordField: "columns-" + digestCanary + password}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members[id] = *u
	return u
}

// token asks for a token that was not given before, which must count.
func (s *site) token(t *testing.T, u *userinfo.User) string {
	t.Helper()
	got := s.login(t, u, `{"fresh":true}`)
	got.want(t, "a log-in", http.StatusOK, "")
	if !s.Good(got.UserID, got.Token) {
		t.Errorf("the token that %s was given does not count", u.ID)
	}
	return got.Token
}

// ended counts how often all tokens of a user were ended at the provider.
func ended(came []providertest.Request, address string) (n int) {
	for _, target := range targets(came) {
		if target == "DELETE /v3/users/"+address+"/token" {
			n++
		}
	}
	return n
}

// beside is another instance beside the same server, store and site.
func (s *site) beside(t *testing.T, change func(c *sendbird.Config, d *provider.Deps)) *site {
	t.Helper()
	other := newSite(t, func(c *sendbird.Config, d *provider.Deps) {
		d.Store, d.Transport, d.Users = s.store, s.Transport(), s.users
		if change != nil {
			change(c, d)
		}
	})
	other.Peer = s.Peer
	return other
}

func TestSEC98ANewPasswordEndsTheTokensFromBeforeWithinFiveSeconds(t *testing.T) {
	for phase := range 9 {
		t.Run(fmt.Sprint(phase*500, " ms after a look"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := running(t, nil)
				first, other := s.token(t, s.secure("6", "old")), s.token(t, s.secure("7", "another"))
				time.Sleep(time.Minute + time.Duration(phase)*500*time.Millisecond)
				s.Requests()
				u := s.secure("6", "new")
				time.Sleep(4100 * time.Millisecond) // the rest of the five seconds is for calls, which take no time here
				if s.Good("6", first) || !s.Good("7", other) {
					t.Errorf("the token counts: %v; another user's: %v", s.Good("6", first), s.Good("7", other))
				}
				got := s.login(t, u, "") // from memory, if there were any
				time.Sleep(time.Hour)
				if !s.Good("6", got.Token) || !s.Good("7", other) {
					t.Error("a token from after it, or another user's, does not count")
				}
				if diff := cmp.Diff([]string{"DELETE /v3/users/6/token", "POST /v3/users/6/token"}, targets(s.Requests())); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestSEC98ALogInWithTheNewPasswordEndsTheTokensFromBeforeFirst(t *testing.T) {
	for name, body := range map[string]string{"by itself": `{"fresh":true}`, "with what is in memory": ""} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := running(t, nil)
				first := s.token(t, s.secure("6", "old"))
				synctest.Wait()
				s.Requests()
				second := s.login(t, s.secure("6", "new"), body)
				if body == "" { // the change was not seen yet
					time.Sleep(5 * time.Second)
					second = s.login(t, s.secure("6", "new"), body)
				}
				time.Sleep(time.Hour)
				if s.Good("6", first) || !s.Good("6", second.Token) {
					t.Errorf("the first counts: %v, the second: %v", s.Good("6", first), s.Good("6", second.Token))
				}
				if diff := cmp.Diff([]string{"DELETE /v3/users/6/token", "POST /v3/users/6/token"}, targets(s.Requests())); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestSEC98APasswordThatIsChangedWhileChatpassIsDown(t *testing.T) {
	for name, early := range map[string]bool{"is seen by the watch": false, "is seen by the next log-in": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, nil)
				first, other := s.token(t, s.secure("6", "old")), s.token(t, s.secure("7", "another"))
				synctest.Wait()
				u := s.secure("6", "new")
				again := s.beside(t, nil)
				second := ""
				if early {
					second = again.token(t, u)
				}
				again.run(t)
				time.Sleep(5 * time.Second)
				if s.Good("6", first) || !s.Good("7", other) || early && !s.Good("6", second) {
					t.Errorf("the first counts: %v, another user's: %v, the second: %v", s.Good("6", first), s.Good("7", other), s.Good("6", second))
				}
			})
		})
	}
}

func TestSEC98TheProgramsOwnTokensAreLookedAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		issue := func(u *userinfo.User) string {
			token, _, err := s.provider.Issue(t.Context(), u)
			if err != nil {
				t.Fatal(err)
			}
			return token.Reveal()
		}
		first := issue(s.secure("6", "old"))
		second := issue(s.secure("6", "new"))
		if s.Good("6", first) || !s.Good("6", second) {
			t.Errorf("the first counts: %v, the second: %v", s.Good("6", first), s.Good("6", second))
		}
		s.secure("6", "newer")
		time.Sleep(5 * time.Second)
		if s.Good("6", second) {
			t.Error("the second still counts")
		}
	})
}

func TestSEC98ATokenIsNotGivenIfThePasswordChangesWhileItIsMade(t *testing.T) {
	for name, instances := range map[string]int{"by the same instance": 1, "by another": 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, nil)
				s.token(t, s.secure("6", "old"))
				watch := s
				if instances == 2 {
					watch = s.beside(t, nil)
				}
				watch.run(t)
				time.Sleep(10 * time.Second)
				s.Requests()
				s.Script(providertest.Slow(7 * time.Second)) // then it is made
				u := s.secure("6", "old")
				late := make(chan answer)
				go func() { late <- s.login(t, u, `{"fresh":true}`) }()
				synctest.Wait()
				u = s.secure("6", "new")
				(<-late).want(t, "who does not wait for it", http.StatusServiceUnavailable, "provider_unavailable")
				time.Sleep(10 * time.Second)
				if diff := cmp.Diff([]string{"POST /v3/users/6/token", "DELETE /v3/users/6/token"}, targets(s.Requests())); diff != "" {
					t.Errorf("the token was not made last, or tokens were not ended: %s", diff)
				}
				last := s.token(t, u)
				time.Sleep(time.Hour)
				if came := s.Requests(); !s.Good("6", last) || len(came) != 1 {
					t.Errorf("the next token counts: %v; calls: %v", s.Good("6", last), targets(came))
				}
			})
		})
	}
}

func TestSEC98WhoWaitsWhileThePasswordChangesIsSentAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.token(t, s.secure("6", "old"))
		s.Script(providertest.Slow(2 * time.Second))
		u := s.secure("6", "old")
		late := make(chan answer)
		go func() { late <- s.login(t, u, `{"fresh":true}`) }()
		synctest.Wait()
		s.secure("6", "new")
		got := <-late
		got.want(t, "a log-in", http.StatusServiceUnavailable, "provider_unavailable")
		if got.fault.RetryAfter != time.Second || strings.Contains(s.logged(), "gave no token") {
			t.Errorf("Retry-After %s, log %s", got.fault.RetryAfter, s.logged())
		}
		if first := s.login(t, s.secure("6", "new"), ""); !s.Good("6", first.Token) {
			t.Error("the next token does not count")
		}
	})
}

func TestSEC98ATokenInTheMemoryOfAnotherInstanceIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		other := s.beside(t, nil)
		other.run(t)
		s.token(t, s.secure("6", "old"))
		synctest.Wait()
		u := s.secure("6", "new")
		other.token(t, u)
		time.Sleep(5 * time.Second)
		if got := s.login(t, u, ""); !s.Good("6", got.Token) {
			t.Error("a token was given that had been ended")
		}
	})
}

func TestSEC98TokensInMemoryForOtherSessionsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		short := func(u *userinfo.User) answer {
			return s.visit(t, visit{method: http.MethodPost, path: "/sendbird/token", visitor: provider.Visitor{User: u, Until: time.Now().Add(time.Hour)}})
		}
		u := s.secure("6", "old")
		s.token(t, u)
		short(u)
		synctest.Wait()
		u = s.secure("6", "new")
		s.token(t, u)
		if got := short(u); !s.Good("6", got.Token) {
			t.Error("a token was given that had been ended")
		}
	})
}

func TestSEC98ATokenInMemoryOfWhichNothingIsKnownIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		s.token(t, s.secure("6", "old"))
		s.token(t, s.secure("6", ""))
		synctest.Wait()
		job := provider.Job{Provider: "sendbird", App: s.App, Kind: "password", User: "6", Address: "6"}
		if err := s.store.Enqueue(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if jobs, err := s.store.Claim(t.Context(), "sendbird", s.App, "another instance", 1, time.Hour); err != nil || len(jobs) != 1 {
			t.Fatal(jobs, err)
		}
		s.Always(providertest.Status(503))
		u := s.secure("6", "new")
		time.Sleep(5 * time.Second)
		if got := s.login(t, u, ""); got.status == http.StatusOK {
			t.Error("a token from before was given")
		}
	})
}

func TestSEC98ATokenThatIsMadeWhileThoseFromBeforeAreEndedIsNotGivenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		first := s.token(t, s.secure("6", "old"))
		time.Sleep(10 * time.Second)
		s.Requests()
		s.Script(providertest.Slow(3 * time.Second)) // then the tokens of that moment are ended
		u := s.secure("6", "new")
		time.Sleep(2 * time.Second)
		got := s.login(t, u, "")
		time.Sleep(3 * time.Second)
		if n := ended(s.Requests(), "6"); s.Good("6", first) || s.Good("6", got.Token) || n != 2 {
			t.Fatalf("the test has missed its moment: tokens were ended %d times", n)
		}
		if again := s.login(t, u, ""); !s.Good("6", again.Token) {
			t.Error("a token was given that had been ended")
		}
	})
}

func TestSEC98TwoLogInsWithTheNewPasswordLeaveEachOtherAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, func(c *sendbird.Config, _ *provider.Deps) { c.WritesPerSecond = 4 })
		first := s.token(t, s.secure("6", "old"))
		time.Sleep(2 * time.Minute)
		u := s.secure("6", "new")
		s.Script(providertest.Slow(100 * time.Millisecond)) // so that both have seen the old mark
		got := make(chan answer, 2)
		for _, until := range []time.Time{{}, time.Now().Add(time.Hour)} {
			go func() {
				got <- s.visit(t, visit{method: http.MethodPost, path: "/sendbird/token", visitor: provider.Visitor{User: u, Until: until}})
			}()
		}
		one, other := <-got, <-got
		if s.Good("6", first) || !s.Good("6", one.Token) || !s.Good("6", other.Token) || one.Token == other.Token {
			t.Errorf("the token from before counts: %v; those from after: %v, %v", s.Good("6", first), s.Good("6", one.Token), s.Good("6", other.Token))
		}
	})
}

func TestSEC98NobodyIsLookedAtAgainWhoseTokensWereEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		first := s.token(t, s.secure("6", "old"))
		for range 2 { // of somebody whose password is the same, and of somebody who is not known
			for _, id := range []userinfo.ID{"6", "8"} {
				s.secure(id, "old")
				if err := s.store.Enqueue(t.Context(), provider.Job{Provider: "sendbird", App: s.App, Kind: "password", User: id, Address: string(id)}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Minute)
		}
		if !s.Good("6", first) || len(s.store.Waiting()) > 0 {
			t.Errorf("the token counts: %v; jobs wait: %v", s.Good("6", first), s.store.Waiting())
		}
	})
}
