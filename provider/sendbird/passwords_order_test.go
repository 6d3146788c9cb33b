package sendbird_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/userinfo"
)

// crowded is a site with a crowd of users who have a token, at a pace, and with others whose log-ins wait.
func crowded(t *testing.T, pace, crowd, logins int, known bool) *site {
	t.Helper()
	s := running(t, func(c *sendbird.Config, _ *provider.Deps) { c.WritesPerSecond = pace })
	for i := range crowd {
		id := userinfo.ID(fmt.Sprint(1000 + i))
		s.AddUser(string(id), "Ann", "")
		s.token(t, s.secure(id, "old"))
		time.Sleep(time.Second)
	}
	time.Sleep(time.Minute)
	for i := range logins {
		id := userinfo.ID(fmt.Sprint(5000 + i))
		if known {
			s.AddUser(string(id), "Bob", "")
		}
		u := s.secure(id, "another")
		go s.login(t, u, "") // most of them are sent away, and keep their place
	}
	synctest.Wait()
	return s
}

func TestSEC98HowLongANewPasswordWaitsBehindOthers(t *testing.T) {
	for name, c := range map[string]struct {
		others, logins int
		known          bool // those who log in
		within         time.Duration
	}{
		"alone":                           {0, 0, true, 5 * time.Second},
		"beside log-ins":                  {0, 200, true, 5 * time.Second},
		"beside first log-ins":            {0, 100, false, 5 * time.Second},
		"after 22 others, beside log-ins": {22, 200, true, 13 * time.Second}, // a look, and 23 of 3 in a second
		"after 22 others, beside those who log in first": {22, 100, false, 16 * time.Second}, // of 2 in a second
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const pace = 4
				s := crowded(t, pace, c.others+1, c.logins, c.known)
				victim := fmt.Sprint(1000 + c.others)
				s.Requests()
				for i := range c.others + 1 {
					s.secure(userinfo.ID(fmt.Sprint(1000+i)), "new")
				}
				began := time.Now()
				for ended(s.Requests(), victim) == 0 {
					if time.Since(began) > time.Minute {
						t.Fatal("not within a minute")
					}
					time.Sleep(50 * time.Millisecond)
				}
				if took := time.Since(began); took > c.within {
					t.Errorf("it took %s", took)
				}
				time.Sleep(3 * time.Second) // until all log-ins are answered
			})
		})
	}
}

func TestSEC98ABanTakesFiveSecondsWhateverWaits(t *testing.T) {
	for name, known := range map[string]bool{"beside log-ins": true, "beside first log-ins": false} {
		for phase := range 8 {
			t.Run(fmt.Sprint(name, ", ", phase*500, " ms later"), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := crowded(t, 4, 150, 0, known)
					banned := s.token(t, s.secure("900", "old"))
					for i := range 100 {
						id := userinfo.ID(fmt.Sprint(5000 + i))
						if known {
							s.AddUser(string(id), "Bob", "")
						}
						u := s.secure(id, "another")
						go s.login(t, u, "")
					}
					for i := range 150 {
						s.secure(userinfo.ID(fmt.Sprint(1000+i)), "new")
					}
					time.Sleep(10*time.Second + time.Duration(phase)*500*time.Millisecond)
					s.set("900", "", "")
					time.Sleep(5 * time.Second)
					if _, _, active, _ := s.User("900"); active || s.Good("900", banned) {
						t.Errorf("still in: %v; the token counts: %v", active, s.Good("900", banned))
					}
				})
			})
		}
	}
}

func TestSEC98WhatIsInMemoryIsGivenOnlyToWhoHasThePasswordItWasMadeWith(t *testing.T) {
	for name, instances := range map[string]int{"on one instance": 1, "on another": 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := running(t, nil)
				other := s
				if instances == 2 {
					other = s.beside(t, nil)
					other.run(t)
				}
				first := s.token(t, s.secure("6", "old"))
				held := other.login(t, s.secure("6", "old"), "")
				time.Sleep(time.Second)
				s.Requests()
				got := other.login(t, s.secure("6", "new"), "")
				got.want(t, "a log-in right after the new password", http.StatusOK, "")
				if s.Good("6", first) || s.Good("6", held.Token) || !s.Good("6", got.Token) {
					t.Errorf("the first counts: %v; what was in memory: %v; the new one: %v", s.Good("6", first), s.Good("6", held.Token), s.Good("6", got.Token))
				}
				if came := targets(s.Requests()); len(came) != 2 || came[0] != "DELETE /v3/users/6/token" {
					t.Errorf("calls: %v", came)
				}
				time.Sleep(time.Hour)
				if !s.Good("6", got.Token) {
					t.Error("the new token was ended")
				}
			})
		})
	}
}

func TestSEC98WhoJoinsALogInThatWasBegunWithThePasswordFromBeforeIsSentAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{by: 400 * time.Millisecond}
		s := newSite(t, func(_ *sendbird.Config, d *provider.Deps) { store.Store, d.Store = d.Store, store })
		u := s.secure("6", "old")
		begun := make(chan answer, 1)
		go func() { begun <- s.login(t, u, "") }()
		time.Sleep(200 * time.Millisecond) // it is made, and is being noted
		u = s.secure("6", "new")
		s.login(t, u, "").want(t, "who comes with the new password", http.StatusServiceUnavailable, "provider_unavailable")
		old := <-begun
		if last := s.login(t, u, ""); s.Good("6", old.Token) || !s.Good("6", last.Token) {
			t.Errorf("the first counts: %v; the last: %v", s.Good("6", old.Token), s.Good("6", last.Token))
		}
	})
}

func TestSEC98WhoHasNoPasswordHidesNobodysElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		first := s.token(t, s.secure("6", "old"))
		again := s.beside(t, nil) // after a new start
		again.token(t, s.secure("7", ""))
		second := again.token(t, s.secure("6", "new"))
		if s.Good("6", first) || !s.Good("6", second) {
			t.Errorf("the first counts: %v; the second: %v", s.Good("6", first), s.Good("6", second))
		}
	})
}

func TestSEC98WherePasswordsWereSeenOnceTheyAreLookedAtForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		first := s.token(t, s.secure("6", "old"))
		s.secure("6", "") // of all who have a token nothing tells of a password
		time.Sleep(10 * time.Second)
		second := s.token(t, s.secure("6", "new"))
		if s.Good("6", first) || !s.Good("6", second) {
			t.Errorf("the first counts: %v; the second: %v", s.Good("6", first), s.Good("6", second))
		}
	})
}

func TestAStuckRevocationHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		tokens := map[userinfo.ID]string{}
		for i := range 5 {
			id := userinfo.ID(fmt.Sprint(6 + i))
			tokens[id] = s.token(t, s.secure(id, "old"))
		}
		time.Sleep(time.Minute)
		s.Script(s.Hang) // of whom comes first
		for id := range tokens {
			s.secure(id, "new")
		}
		time.Sleep(5 * time.Second)
		left := 0
		for id, token := range tokens {
			if s.Good(string(id), token) {
				left++
			}
		}
		if left != 1 {
			t.Errorf("the tokens of %d users still count", left)
		}
		time.Sleep(time.Minute)
	})
}

func TestAWatchOfManyLeavesTheSitesDatabaseMostOfItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const crowd, takes = 5000, 100 * time.Millisecond
		var looks atomic.Int64
		s := newSite(t, nil)
		busy := s.beside(t, func(_ *sendbird.Config, d *provider.Deps) {
			d.Users = func(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error) {
				looks.Add(1)
				time.Sleep(takes) // of the bubble's own clock
				return s.users(ctx, ids...)
			}
		})
		for i := range crowd {
			id := userinfo.ID(fmt.Sprint(10000 + i))
			s.secure(id, "old")
			if _, err := s.store.PutIdentity(t.Context(), provider.Identity{Provider: "sendbird", App: s.App, User: id, Address: string(id)}); err != nil {
				t.Fatal(err)
			}
			if err := s.store.TokenIssued(t.Context(), "sendbird", s.App, id, time.Now(), time.Now().Add(24*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		busy.run(t)
		time.Sleep(time.Minute)
		if n := looks.Load(); n < 60 || time.Duration(n)*takes > 13*time.Second {
			t.Errorf("%d looks in a minute", n)
		}
	})
}

func TestSEC98WhoWaitsForATurnWhileThePasswordChangesGetsNoTokenOfTheNewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, func(c *sendbird.Config, _ *provider.Deps) { c.WritesPerSecond = 1 })
		for _, id := range []string{"6", "7", "8"} {
			s.AddUser(id, "Ann", "")
		}
		s.token(t, s.secure("7", "other"))
		before := s.secure("6", "old")
		got := make(chan answer)
		go func() { got <- s.login(t, s.secure("8", "other"), "") }()
		synctest.Wait()
		go func() { got <- s.login(t, before, "") }() // with a session from before, behind another
		synctest.Wait()
		s.secure("6", "new")
		for range 2 {
			if a := <-got; a.status == http.StatusOK && a.UserID == "6" {
				t.Error("who came before the new password has a token of after it")
			}
		}
		time.Sleep(5 * time.Second)
		s.token(t, s.secure("6", "new"))
	})
}
