package sendbird_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/userinfo"
)

func TestSEC98APasswordThatChangesDuringAnOutageOfSendbird(t *testing.T) {
	for name, c := range map[string]struct {
		outage      providertest.Behaviour
		least, most int // calls in two hours
	}{
		"that is down":     {providertest.Status(503), 20, 400},
		"that refuses it":  {providertest.Fail(400, 400111), 20, 60},
		"that limits us":   {providertest.Limited("Retry-After", 20), 20, 800},
		"that lies of 200": {providertest.Body(`{"error":true,"code":500901}`), 20, 400},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := running(t, nil)
				first, other := s.token(t, s.secure("6", "old")), s.token(t, s.secure("7", "another"))
				s.Requests()
				s.Always(c.outage)
				u := s.secure("6", "new")
				time.Sleep(2 * time.Hour)
				if n := len(s.Requests()); n < c.least || n > c.most {
					t.Errorf("%d calls in two hours", n)
				}
				if got := s.login(t, u, ""); got.status == http.StatusOK {
					t.Error("a token was given while those from before could not be ended")
				}
				s.Always(nil)
				time.Sleep(10 * time.Minute)
				if s.Good("6", first) || !s.Good("7", other) || len(s.store.Waiting()) > 0 {
					t.Errorf("the token counts: %v; another user's: %v; jobs wait: %v", s.Good("6", first), s.Good("7", other), s.store.Waiting())
				}
			})
		})
	}
}

// moody is a store that one instance alone has trouble with.
type moody struct {
	provider.Store

	down atomic.Bool
}

func (m *moody) Identity(ctx context.Context, name, app string, user userinfo.ID) (provider.Identity, bool, error) {
	if m.down.Load() {
		return provider.Identity{}, false, errors.New("no way to it")
	}
	return m.Store.Identity(ctx, name, app, user)
}

func TestSEC98WhileTheStoreIsDown(t *testing.T) {
	for name, c := range map[string]struct {
		before, during []string // passwords with which tokens are given
		after          string   // the password when the store is back
	}{
		"a token is given with the new password":        {[]string{"old"}, []string{"new"}, "new"},
		"the first token is given, then it changes":     {nil, []string{"old"}, "new"},
		"tokens are given before and after it changes":  {nil, []string{"old", "new"}, "new"},
		"it changes and changes back":                   {nil, []string{"old", "new", "old"}, "old"},
		"it changes twice":                              {[]string{"old"}, []string{"old", "new"}, "newer"},
		"nothing tells of it for a while":               {nil, []string{"old", ""}, "new"},
		"it changes, and nobody asks for a token":       {[]string{"old"}, nil, "new"},
		"it changes and back, after tokens from before": {[]string{"old"}, []string{"new"}, "old"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := running(t, nil)
				former := map[string]string{}
				for _, password := range c.before {
					former[s.token(t, s.secure("6", password))] = password
				}
				time.Sleep(time.Minute)
				s.store.Fail(errors.New("no disk"))
				for _, password := range c.during {
					time.Sleep(time.Minute)
					former[s.token(t, s.secure("6", password))] = password
				}
				u := s.secure("6", c.after)
				s.store.Fail(nil)
				time.Sleep(20 * time.Second)
				for token, password := range former {
					if password != "" && password != c.after && s.Good("6", token) {
						t.Errorf("a token of the password %q still counts", password)
					}
				}
				second := s.login(t, u, "")
				s.Requests()
				time.Sleep(time.Hour)
				if came := s.Requests(); !s.Good("6", second.Token) || len(came) > 0 {
					t.Errorf("the new token counts: %v; told afterwards: %v", s.Good("6", second.Token), targets(came))
				}
			})
		})
	}
}

func TestSEC98ATokenThatIsNotedAfterAnotherInstanceSawTheNewPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		store := &moody{Store: s.store}
		store.down.Store(true)
		apart := s.beside(t, func(_ *sendbird.Config, d *provider.Deps) { d.Store = store })
		apart.run(t)
		late := apart.token(t, s.secure("6", "old"))
		time.Sleep(time.Second)
		u := s.secure("6", "new")
		second := s.token(t, u)
		time.Sleep(time.Minute)
		if !s.Good("6", second) {
			t.Error("the second token was ended before anybody knew of the first")
		}
		store.down.Store(false)
		time.Sleep(6 * time.Second)
		if s.Good("6", late) {
			t.Error("the token of the older password counts")
		}
		last := s.login(t, u, "")
		time.Sleep(time.Hour)
		if !s.Good("6", last.Token) {
			t.Error("the last token does not count")
		}
	})
}

func TestSEC98WhileTheSiteCannotBeAsked(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		status   int
	}{
		"no token is made of which nobody knows the password":      {"old", http.StatusServiceUnavailable},
		"tokens are made where nothing tells of passwords, anyway": {"", http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := running(t, nil)
				u := s.set("6", "Ann", "")
				if c.password != "" {
					u = s.secure("6", c.password)
				}
				first := s.token(t, u)
				time.Sleep(10 * time.Second)
				s.mu.Lock()
				s.down = errors.New("the database is down")
				s.mu.Unlock()
				if got := s.login(t, u, ""); got.status != c.status || c.status == http.StatusOK && got.Token != first {
					t.Errorf("of what is in memory: %d %v", got.status, got.fault)
				}
				if got := s.login(t, u, `{"fresh":true}`); got.status != c.status {
					t.Errorf("%d %v", got.status, got.fault)
				}
				s.mu.Lock()
				s.down = nil
				s.mu.Unlock()
				s.token(t, u)
				if n := strings.Count(s.logged(), "no tokens of sendbird are made"); n > 1 || n == 0 && c.password != "" {
					t.Errorf("it was told %d times", n)
				}
			})
		})
	}
}
