package sendbird_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
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

// run has the provider do its work beside the requests until the test ends.
func (s *site) run(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		s.provider.Run(ctx)
		close(ended)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
}

// running is a site whose provider does its work beside the requests. In a bubble time.Sleep takes no time: it is of the bubble's own clock.
func running(t *testing.T, change func(c *sendbird.Config, d *provider.Deps)) *site {
	t.Helper()
	s := newSite(t, change)
	s.run(t)
	return s
}

func (s *site) revoke(t *testing.T, id string) answer {
	t.Helper()
	return s.visit(t, visit{method: http.MethodDelete, path: "/sendbird/token", visitor: provider.Visitor{User: s.set("6", "Ann", "")}})
}

func TestS13ALogOutMakesTokensWorthless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		u := s.set("6", "Ann", "")
		first := s.login(t, u, "")
		s.Requests()
		s.revoke(t, "6").want(t, "a log-out", http.StatusNoContent, "")
		if diff := cmp.Diff([]string{"DELETE /v3/users/6/token"}, targets(s.Requests())); diff != "" {
			t.Error(diff)
		}
		if s.Good("6", first.Token) {
			t.Error("the token still counts")
		}
		if second := s.login(t, u, ""); !s.Good("6", second.Token) {
			t.Error("a token was given that does not count")
		}
	})
}

func TestS13ALogOutOfSomebodyTheProviderDoesNotKnow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		s.revoke(t, "6").want(t, "a log-out", http.StatusNoContent, "")
	})
}

func TestS13ALogOutDuringAnOutageIsToldLaterOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		s.AddUser("6", "Ann", "")
		first := s.login(t, s.set("6", "Ann", ""), "")
		s.Always(s.Hang)
		began := time.Now()
		s.revoke(t, "6").want(t, "a log-out", http.StatusServiceUnavailable, "provider_unavailable")
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("it took %s", took)
		}
		time.Sleep(10 * time.Minute)
		s.Always(nil)
		time.Sleep(10 * time.Minute)
		if s.Good("6", first.Token) || len(s.store.Waiting()) > 0 {
			t.Errorf("the token still counts, or jobs wait: %v", s.store.Waiting())
		}
	})
}

func TestS13WhoLeavesWithTheirLogOutIsLoggedOutNevertheless(t *testing.T) {
	for name, behaviour := range map[string]func(s *site) providertest.Behaviour{
		"while sendbird is slow": func(*site) providertest.Behaviour { return providertest.Slow(time.Second) },
		"while sendbird hangs":   func(s *site) providertest.Behaviour { return s.Hang },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := running(t, nil)
				u := s.set("6", "Ann", "")
				first := s.login(t, u, "")
				s.Script(behaviour(s))
				ctx, leave := context.WithCancel(t.Context())
				gone := make(chan struct{})
				go func() {
					defer close(gone)
					s.visit(t, visit{method: http.MethodDelete, path: "/sendbird/token", ctx: ctx, visitor: provider.Visitor{User: u}})
				}()
				synctest.Wait()
				leave()
				<-gone
				time.Sleep(time.Minute)
				if s.Good("6", first.Token) {
					t.Error("the token still counts")
				}
			})
		})
	}
}

func TestATokenThatIsMadeDuringALogOutIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		u := s.set("6", "Ann", "")
		s.login(t, u, "") // which makes the user
		s.Script(providertest.Slow(2 * time.Second))
		got := make(chan answer)
		go func() { got <- s.login(t, u, `{"fresh":true}`) }()
		synctest.Wait()
		s.revoke(t, "6").want(t, "a log-out", http.StatusNoContent, "")
		<-got
		s.Requests()
		s.login(t, u, "").want(t, "afterwards", http.StatusOK, "")
		if came := s.Requests(); len(came) != 1 {
			t.Errorf("the log-in after the log-out got what was made before: %v", targets(came))
		}
	})
}

func TestS14ABannedUserIsShutOutOnceAfterAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		u := s.set("6", "Ann", "")
		first := s.login(t, u, "")
		other := s.login(t, s.set("7", "Bob", ""), "")
		time.Sleep(20 * time.Second)
		s.Requests()
		s.Always(providertest.Status(503))
		s.set("6", "", "")
		time.Sleep(7 * time.Second)
		if came := s.Requests(); len(came) == 0 || targets(came)[0] != "PUT /v3/users/6" || !strings.Contains(came[0].Body, `{"is_active":false}`) {
			t.Errorf("within seven seconds: %v", targets(came))
		}
		time.Sleep(time.Hour)
		s.Requests()
		s.Always(nil)
		time.Sleep(10 * time.Minute)
		if diff := cmp.Diff([]string{"PUT /v3/users/6", "DELETE /v3/users/6/token"}, targets(s.Requests())); diff != "" {
			t.Error(diff)
		}
		if _, _, active, _ := s.User("6"); active || s.Good("6", first.Token) {
			t.Error("the user is still in")
		}
		if !s.Good("7", other.Token) {
			t.Error("the other user was shut out")
		}
		time.Sleep(time.Hour)
		if came := s.Requests(); len(came) > 0 {
			t.Errorf("told again: %v", targets(came))
		}
		s.login(t, s.set("6", "Ann", ""), `{"fresh":true}`).want(t, "after the ban", http.StatusOK, "")
		time.Sleep(time.Minute)
		if _, _, active, _ := s.User("6"); !active || s.store.All()[0].DisabledAt != (time.Time{}) {
			t.Error("the user is not back")
		}
	})
}

func TestS14ACrowdThatIsGoneAtOnceStaysForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		ids := make([]userinfo.ID, 30)
		for i := range ids {
			ids[i] = userinfo.ID(strconv.Itoa(100 + i))
			s.login(t, s.set(ids[i], "Ann", ""), "")
			time.Sleep(time.Second) // the limits of an address and of the provider are not what is tested
		}
		s.login(t, s.set("6", "Bob", ""), "")
		time.Sleep(time.Minute)
		s.Requests()
		empty := func() {
			for _, id := range ids {
				s.set(id, "", "")
			}
		}
		empty()
		time.Sleep(30 * time.Minute)
		if came := s.Requests(); len(came) > 0 {
			t.Errorf("while a crowd was out of sight: %v", targets(came))
		}
		if !strings.Contains(s.logged(), "nobody is shut out") {
			t.Errorf("no warning: %s", s.logged())
		}
		for _, id := range ids {
			s.set(id, "Ann", "")
		}
		time.Sleep(2 * time.Hour)
		if came := s.Requests(); len(came) > 0 {
			t.Errorf("after they were back: %v", targets(came))
		}
		empty()
		time.Sleep(2 * time.Hour)
		for _, id := range ids {
			if _, _, active, _ := s.User(string(id)); active {
				t.Fatal("who has been gone for an hour is still in")
			}
		}
		if _, _, active, _ := s.User("6"); !active {
			t.Error("the one who stayed was shut out")
		}
	})
}

func TestS14AUserWhoseIDAtTheProviderChangedIsShutOutUnderBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newSite(t, nil)
		before.login(t, before.set("6", "Ann", ""), "")
		synctest.Wait()
		s := running(t, func(c *sendbird.Config, d *provider.Deps) {
			c.UserID, d.Store, d.Transport = "prod-{id}", before.store, before.Transport()
		})
		s.login(t, s.set("6", "Ann", ""), "").want(t, "under the new id", http.StatusOK, "")
		s.set("6", "", "")
		time.Sleep(time.Minute)
		for _, id := range []string{"6", "prod-6"} {
			if _, _, active, known := before.User(id); active || !known {
				t.Errorf("user %s is still in", id)
			}
		}
		if !strings.Contains(s.logged(), "CHATPASS_SENDBIRD_USER_ID") {
			t.Errorf("no warning: %s", s.logged())
		}
	})
}

func TestS14AShutOutThatIsRefusedIsTriedAgainAndAgainButNotHastily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		first := s.login(t, s.set("6", "Ann", ""), "")
		s.Requests()
		s.Always(providertest.Fail(400, 400111))
		s.set("6", "", "")
		time.Sleep(2 * time.Hour)
		if n := len(s.Requests()); n < 20 || n > 60 {
			t.Errorf("%d calls in two hours", n)
		}
		s.Always(nil)
		time.Sleep(10 * time.Minute)
		if s.Good("6", first.Token) {
			t.Error("the user is still in")
		}
	})
}

func TestS14AUserWhomSomebodyDeactivatedBeforeIsShutOutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		s.login(t, s.set("6", "Ann", ""), "")
		s.SetActive("6", false)
		s.Requests()
		s.Script(providertest.Fail(400, 400300), providertest.Fail(400, 400300))
		s.set("6", "", "")
		time.Sleep(time.Hour)
		if came := s.Requests(); len(came) != 2 {
			t.Errorf("calls: %v", targets(came))
		}
	})
}

func TestS14AUserWhoWasForgottenMeanwhileIsNotRememberedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		s.AddUser("6", "Ann", "")
		if err := s.store.Enqueue(t.Context(), provider.Job{Provider: "sendbird", App: s.App, Kind: "deactivate", User: "6", Address: "6"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if _, _, active, _ := s.User("6"); active || len(s.store.All()) > 0 {
			t.Errorf("active %v, remembered %+v", active, s.store.All())
		}
	})
}

func TestAChangeThatFailsWithStatus200IsNotDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		first := s.login(t, s.set("6", "Ann", ""), "")
		s.Script(providertest.Body(`{"error":true,"code":500901}`), providertest.Honest, providertest.Body(`{"error":true,"code":500901}`))
		s.set("6", "", "")
		time.Sleep(time.Minute)
		if _, _, active, _ := s.User("6"); active || s.Good("6", first.Token) {
			t.Error("the user is still in")
		}
	})
}

func TestS14ABanDoesNotWaitBehindChangedNamesAndLogIns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const crowd, pace = 200, 4
		s := running(t, func(c *sendbird.Config, _ *provider.Deps) { c.WritesPerSecond = pace })
		banned := s.login(t, s.set("1000", "Mallory", ""), "")
		for i := range crowd { // users from before, of whom Sendbird has another name
			id := userinfo.ID(fmt.Sprint(1 + i))
			s.AddUser(string(id), "Old name", "")
			u := s.set(id, "Ann", "")
			go s.login(t, u, "")
		}
		time.Sleep(20 * time.Second) // of the bubble's own clock, as below
		s.set("1000", "", "")
		time.Sleep(15 * time.Second)
		if s.Good("1000", banned.Token) {
			t.Error("the user is still in after 15 seconds")
		}
		time.Sleep(20 * time.Minute)
		for i := range crowd {
			if name, _, _, _ := s.User(fmt.Sprint(1 + i)); name != "Ann" {
				t.Fatalf("user %d is still %q", 1+i, name)
			}
		}
	})
}

func TestS14NobodyIsShutOutWhileTheSiteCannotBeAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		s.login(t, s.set("6", "Ann", ""), "")
		s.mu.Lock()
		s.down = errors.New("the database is down")
		s.mu.Unlock()
		s.set("6", "", "")
		time.Sleep(time.Minute)
		s.mu.Lock()
		s.down = nil
		s.mu.Unlock()
		s.set("6", "Ann", "")
		s.Requests()
		time.Sleep(time.Minute)
		if came := s.Requests(); len(came) > 0 {
			t.Errorf("calls: %v", targets(came))
		}
	})
}

func TestS14AUserWhoIsBackBeforeTheProviderWasToldStaysIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		s.login(t, s.set("6", "Ann", ""), "")
		s.Always(providertest.Status(503))
		s.set("6", "", "")
		time.Sleep(time.Minute)
		s.set("6", "Ann", "")
		s.Always(nil)
		time.Sleep(time.Hour)
		if _, _, active, _ := s.User("6"); !active || len(s.store.Waiting()) > 0 {
			t.Errorf("the user is out, or jobs wait: %v", s.store.Waiting())
		}
	})
}

func TestS08AUserDeactivatedAtTheProviderStaysOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		u := s.set("6", "Ann", "")
		s.login(t, u, "").want(t, "at first", http.StatusOK, "")
		s.SetActive("6", false)
		s.login(t, u, `{"fresh":true}`).want(t, "deactivated in the dashboard", http.StatusForbidden, "user_disabled")
	})
}

func TestS19AChangedProfileIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		const picture = "https://site.example/6.jpg"
		look := func(name, picture string) []string {
			t.Helper()
			u := s.set("6", name, picture)
			if _, err := s.provider.Widget(t.Context(), u, time.Time{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			return targets(s.Requests())
		}
		s.login(t, s.set("6", "Ann", picture), "")
		s.Requests()
		for _, step := range []struct {
			what, name, picture string
			want                []string
		}{
			{"unchanged", "Ann", picture, nil},
			{"another name", "Anna", picture, []string{"PUT /v3/users/6"}},
			{"unchanged again", "Anna", picture, nil},
			{"no picture", "Anna", "", []string{"PUT /v3/users/6"}},
			{"both", "Ann", picture, []string{"PUT /v3/users/6"}},
		} {
			if diff := cmp.Diff(step.want, look(step.name, step.picture)); diff != "" {
				t.Errorf("%s: %s", step.what, diff)
			}
			if name, shown, _, _ := s.User("6"); name != step.name || shown != step.picture {
				t.Errorf("%s: the provider knows %q, %q", step.what, name, shown)
			}
		}
		s.login(t, s.set("6", "Ann again", picture), `{"fresh":true}`)
		time.Sleep(10 * time.Second)
		if diff := cmp.Diff([]string{"POST /v3/users/6/token", "PUT /v3/users/6"}, targets(s.Requests())); diff != "" {
			t.Errorf("at a log-in: %s", diff)
		}
	})
}

func TestS19AUserFromBeforeChatpassIsLookedAtFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		s.AddUser("6", "Ann", "")
		s.AddUser("7", "Old name", "")
		s.login(t, s.set("6", "Ann", ""), "")
		s.login(t, s.set("7", "Bob", ""), "")
		time.Sleep(10 * time.Second)
		looks := slices.DeleteFunc(targets(s.Requests()), func(target string) bool { return strings.HasPrefix(target, "POST") })
		slices.Sort(looks) // one after the other, whoever comes first
		if diff := cmp.Diff([]string{"GET /v3/users/6", "GET /v3/users/7", "PUT /v3/users/7"}, looks); diff != "" {
			t.Error(diff)
		}
		s.login(t, s.set("6", "Ann", ""), `{"fresh":true}`)
		s.Requests()
		time.Sleep(10 * time.Second)
		if came := s.Requests(); len(came) > 0 {
			t.Errorf("looked at again: %v", targets(came))
		}
	})
}

func TestAChangeTheProviderRefusesIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		s.login(t, s.set("6", "Ann", ""), "")
		s.Always(providertest.Fail(400, 400111))
		if _, err := s.provider.Widget(t.Context(), s.set("6", "Bad\u0007name", ""), time.Time{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if s.Requests(); len(s.store.Waiting()) > 0 || !strings.Contains(s.logged(), "given up") {
			t.Errorf("jobs %v, log %s", s.store.Waiting(), s.logged())
		}
	})
}

func TestLogInsGoOnWithoutTheStore(t *testing.T) {
	for name, change := range map[string]func(s *site, d *provider.Deps){
		"that is down": func(s *site, d *provider.Deps) {
			store := providertest.NewMemory(time.Now)
			store.Fail(errors.New("no disk"))
			d.Store = store
		},
		"that is not there": func(_ *site, d *provider.Deps) { d.Store = nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := running(t, func(_ *sendbird.Config, d *provider.Deps) { change(nil, d) })
				u := s.set("6", "Ann", "")
				s.login(t, u, "").want(t, "a log-in", http.StatusOK, "")
				s.revoke(t, "6").want(t, "a log-out", http.StatusNoContent, "")
				s.login(t, u, "").want(t, "another log-in", http.StatusOK, "")
				time.Sleep(time.Minute)
			})
		})
	}
}
