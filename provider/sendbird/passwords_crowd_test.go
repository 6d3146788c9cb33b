package sendbird_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/userinfo"
)

func TestSEC98WhereNothingTellsOfPasswordsAllIsAsBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var alone atomic.Int32
		s := running(t, nil)
		other := s.beside(t, func(_ *sendbird.Config, d *provider.Deps) {
			d.Users = func(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error) {
				alone.Add(int32(len(ids)))
				return s.users(ctx, ids...)
			}
		})
		first := s.token(t, s.set("6", "Ann", ""))
		other.run(t)
		time.Sleep(5 * time.Second) // in which it looks at all who have a token
		alone.Store(0)
		for range 6 {
			other.token(t, s.set("6", "Ann", ""))
		}
		asked := alone.Load()
		time.Sleep(time.Hour)
		if !s.Good("6", first) || ended(s.Requests(), "6") > 0 || s.store.All()[0].Password != "" {
			t.Errorf("the token counts: %v; kept: %+v", s.Good("6", first), s.store.All())
		}
		if n := asked; n != 0 {
			t.Errorf("the site was asked %d times for six tokens", n)
		}
	})
}

func TestSEC98AfterAnUpgradePasswordsAreMarkedALittleAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const crowd = 250
		s := newSite(t, nil)
		for i := range crowd {
			id := userinfo.ID(fmt.Sprint(100 + i))
			s.secure(id, "old")
			s.AddUser(string(id), "Ann", "")
			if _, err := s.store.PutIdentity(t.Context(), provider.Identity{Provider: "sendbird", App: s.App, User: id, Address: string(id)}); err != nil {
				t.Fatal(err)
			}
			if err := s.store.TokenIssued(t.Context(), "sendbird", s.App, id, time.Now(), time.Now().Add(24*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		marked := func() int {
			return len(slices.DeleteFunc(s.store.All(), func(i provider.Identity) bool { return i.Password == "" }))
		}
		s.run(t)
		var got []int
		for range 4 {
			synctest.Wait()
			got = append(got, marked())
			time.Sleep(4 * time.Second)
		}
		if diff := cmp.Diff([]int{100, 200, 250, 250}, got); diff != "" {
			t.Error(diff)
		}
		s.secure("123", "new")
		time.Sleep(5 * time.Second)
		if diff := cmp.Diff([]string{"DELETE /v3/users/123/token"}, targets(s.Requests())); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSEC98TokensUnderAFormerAddressAreEndedToo(t *testing.T) {
	for name, early := range map[string]bool{"by the watch": false, "by a log-in": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, nil)
				first := s.token(t, s.secure("6", "old"))
				synctest.Wait()
				again := s.beside(t, func(c *sendbird.Config, _ *provider.Deps) { c.UserID = "prod-{id}" })
				again.run(t)
				second := again.token(t, s.secure("6", "old"))
				synctest.Wait()
				if u := s.secure("6", "new"); early {
					again.token(t, u)
				}
				time.Sleep(5 * time.Second)
				if s.Good("6", first) || s.Good("prod-6", second) {
					t.Errorf("the first counts: %v, the second: %v", s.Good("6", first), s.Good("prod-6", second))
				}
			})
		})
	}
}

func TestSEC98WhoIsLetInAgainWithANewPassword(t *testing.T) {
	for name, refuses := range map[string]bool{"while sendbird ends tokens of anybody": false, "while sendbird ends none of who is deactivated": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := running(t, nil)
				first := s.token(t, s.secure("6", "old"))
				s.set("6", "", "")
				time.Sleep(time.Minute)
				if refuses {
					s.Script(providertest.Fail(400, 400300))
				}
				u := s.secure("6", "new")
				s.login(t, u, "").want(t, "a log-in", http.StatusOK, "")
				time.Sleep(time.Minute)
				last := s.login(t, u, "")
				time.Sleep(time.Hour)
				if s.Good("6", first) || !s.Good("6", last.Token) {
					t.Errorf("the first counts: %v, the last: %v", s.Good("6", first), s.Good("6", last.Token))
				}
			})
		})
	}
}

func TestSEC98ManyNewPasswordsAtOnceKeepNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const crowd, pace = 200, 4
		s := running(t, func(c *sendbird.Config, _ *provider.Deps) { c.WritesPerSecond = pace })
		tokens := map[userinfo.ID]string{}
		for i := range crowd {
			id := userinfo.ID(fmt.Sprint(100 + i))
			s.AddUser(string(id), "Ann", "")
			tokens[id] = s.token(t, s.secure(id, "old"))
			time.Sleep(time.Second)
		}
		banned := s.token(t, s.secure("900", "old"))
		time.Sleep(time.Minute)
		s.Requests()
		for id := range tokens {
			s.secure(id, "new")
		}
		time.Sleep(10 * time.Second)
		s.set("900", "", "")
		began := time.Now()
		s.token(t, s.secure("901", "old"))
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("a log-in beside it took %s", took)
		}
		time.Sleep(10 * time.Second)
		if s.Good("900", banned) {
			t.Error("who was banned meanwhile is still in")
		}
		time.Sleep(10 * time.Minute)
		for id, token := range tokens {
			if s.Good(string(id), token) {
				t.Fatalf("the token of %s still counts", id)
			}
		}
		came := s.Requests()
		if n := most(came); n > pace || len(came) > crowd+10 {
			t.Errorf("%d calls, %d writes in a second", len(came), n)
		}
		if n := strings.Count(s.logged(), "many passwords were changed at once"); n < 1 || n > 4 {
			t.Errorf("it was told %d times", n)
		}
	})
}

func TestSEC98ANewPasswordCountsWhileACrowdIsOutOfSight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		first := s.token(t, s.secure("6", "old"))
		for i := range 30 {
			s.token(t, s.secure(userinfo.ID(fmt.Sprint(100+i)), "old"))
		}
		time.Sleep(time.Minute)
		for i := range 30 {
			s.set(userinfo.ID(fmt.Sprint(100+i)), "", "")
		}
		s.secure("6", "new")
		time.Sleep(5 * time.Second)
		if s.Good("6", first) || !strings.Contains(s.logged(), "nobody is shut out") {
			t.Errorf("the token counts: %v; log %s", s.Good("6", first), s.logged())
		}
	})
}
