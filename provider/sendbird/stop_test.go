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

func TestSEC98WhoIsGivenATokenIsNotedBeforeTheyHaveIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{by: 100 * time.Millisecond}
		s := newSite(t, func(_ *sendbird.Config, d *provider.Deps) { store.Store, d.Store = d.Store, store })
		s.store = store.Store.(*providertest.Memory)
		s.token(t, s.secure("6", "old"))
		alive, err := s.store.Identities(t.Context(), "sendbird", s.App, "", time.Now(), 10)
		if err != nil || len(alive) != 1 || alive[0].Password == "" {
			t.Errorf("%+v, %v", alive, err)
		}
	})
}

// slow is a store that takes its time, or hangs, where something is written.
type slow struct {
	provider.Store

	by   time.Duration
	down atomic.Bool
}

func (s *slow) TokenIssued(ctx context.Context, name, app string, user userinfo.ID, issued, ends time.Time) error {
	if s.down.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if err := provider.Sleep(ctx, s.by); err != nil {
		return err
	}
	return s.Store.TokenIssued(ctx, name, app, user, issued, ends)
}

func TestSEC98AStoreThatHangsHoldsATokenBackForAMomentOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{}
		s := newSite(t, func(_ *sendbird.Config, d *provider.Deps) { store.Store, d.Store = d.Store, store })
		s.store = store.Store.(*providertest.Memory)
		s.run(t)
		store.down.Store(true)
		began := time.Now()
		first := s.token(t, s.secure("6", "old"))
		if took := time.Since(began); took > 700*time.Millisecond {
			t.Errorf("it took %s", took)
		}
		store.down.Store(false)
		time.Sleep(10 * time.Second)
		s.secure("6", "new")
		time.Sleep(5 * time.Second)
		if s.Good("6", first) {
			t.Error("the token still counts")
		}
	})
}

func TestSEC98AStopForgetsNobody(t *testing.T) {
	for name, c := range map[string]struct {
		by   time.Duration // that the store takes
		fail bool          // it is down until the stop
	}{
		"whose token is just being noted":           {by: 300 * time.Millisecond},
		"whose token could not be noted until then": {fail: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &slow{by: c.by}
				s := newSite(t, func(_ *sendbird.Config, d *provider.Deps) { store.Store, d.Store = d.Store, store })
				s.store = store.Store.(*providertest.Memory)
				ctx, stop := context.WithCancel(t.Context())
				over := make(chan struct{})
				go func() {
					defer close(over)
					s.provider.Run(ctx)
				}()
				if c.fail {
					s.store.Fail(errors.New("no disk"))
				}
				got := make(chan answer, 1)
				u := s.secure("6", "old")
				go func() { got <- s.login(t, u, "") }()
				time.Sleep(100 * time.Millisecond) // after the gathering, within the noting
				s.store.Fail(nil)
				stop()
				<-over
				if err := s.provider.Close(); err != nil {
					t.Error(err)
				}
				if alive, err := s.store.Identities(t.Context(), "sendbird", s.App, "", time.Now(), 10); err != nil || len(alive) != 1 || alive[0].Password == "" {
					t.Errorf("%+v, %v", alive, err)
				}
				first := <-got
				first.want(t, "a log-in just before the stop", http.StatusOK, "")
				if strings.Contains(s.logged(), "never noted") {
					t.Error("it was told that they are lost")
				}
				if late := s.login(t, u, `{"fresh":true}`); late.status == http.StatusOK {
					t.Error("a token was made after the stop")
				}
			})
		})
	}
}

func TestSEC98AStopWaitsForAStoreThatIsDownForTwoSecondsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{}
		s := newSite(t, func(_ *sendbird.Config, d *provider.Deps) { store.Store, d.Store = d.Store, store })
		store.down.Store(true)
		for _, id := range []userinfo.ID{"6", "7", "8"} {
			s.token(t, s.secure(id, "old"))
		}
		began := time.Now()
		if err := s.provider.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 2*time.Second || !strings.Contains(s.logged(), `"users":3`) {
			t.Errorf("it took %s; log %s", took, s.logged())
		}
	})
}

func TestATokenThatLivesLongerThanItsSessionIsLookedAfterToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		s.Script(providertest.Body(`{"token":"fake-session-token-long","expires_at":4102444800000}`))
		got := s.visit(t, visit{
			method: http.MethodPost, path: "/sendbird/token", visitor: provider.Visitor{User: s.secure("6", "old"), Until: time.Now().Add(time.Hour)},
		})
		got.want(t, "a log-in", http.StatusOK, "")
		time.Sleep(2 * time.Hour)
		s.Requests()
		s.secure("6", "new")
		time.Sleep(5 * time.Second)
		if n := ended(s.Requests(), "6"); n != 1 {
			t.Errorf("tokens were ended %d times", n)
		}
	})
}

// killed is a store as an instance sees it that can be killed: from then on nothing of it arrives.
type killed struct {
	provider.Store

	dead    atomic.Bool
	endless atomic.Int32 // ends of jobs that it does not take
}

var errDead = errors.New("killed")

func (k *killed) Claim(ctx context.Context, name, app, worker string, n int, lease time.Duration) ([]provider.Job, error) {
	if k.dead.Load() {
		return nil, errDead
	}
	return k.Store.Claim(ctx, name, app, worker, n, lease)
}

func (k *killed) Identities(ctx context.Context, name, app string, after userinfo.ID, alive time.Time, n int) ([]provider.Identity, error) {
	if k.dead.Load() {
		return nil, errDead
	}
	return k.Store.Identities(ctx, name, app, after, alive, n)
}

func (k *killed) Retry(ctx context.Context, j provider.Job, at time.Time, class string) error {
	if k.dead.Load() || k.endless.Add(-1) >= 0 {
		return errDead
	}
	return k.Store.Retry(ctx, j, at, class)
}

func (k *killed) Done(ctx context.Context, j provider.Job) error {
	if k.dead.Load() || k.endless.Add(-1) >= 0 {
		return errDead
	}
	return k.Store.Done(ctx, j)
}

func TestSEC98AnotherStartDoesWithinHalfAMinuteWhatOneThatWasKilledHadBegun(t *testing.T) {
	for name, end := range map[string]func(s *site){
		"a revocation": func(s *site) { s.secure("6", "new") },
		"a ban":        func(s *site) { s.set("6", "", "") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &killed{}
				s := newSite(t, func(_ *sendbird.Config, d *provider.Deps) { store.Store, d.Store = d.Store, store })
				s.store = store.Store.(*providertest.Memory)
				s.run(t)
				first := s.token(t, s.secure("6", "old"))
				time.Sleep(10 * time.Second)
				s.Requests()
				s.Script(s.Hang)
				end(s)
				for len(s.Requests()) == 0 {
					time.Sleep(100 * time.Millisecond)
				}
				store.dead.Store(true)
				s.Always(s.Hang) // nothing of it arrives
				time.Sleep(12 * time.Second)
				s.Always(nil)
				s.beside(t, nil).run(t)
				time.Sleep(16 * time.Second) // 28 seconds since it was killed
				if s.Good("6", first) {
					t.Error("the token still counts")
				}
			})
		})
	}
}

func TestTheEndOfAJobThatCannotBeNotedIsNotedAMomentLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &killed{}
		s := newSite(t, func(_ *sendbird.Config, d *provider.Deps) { store.Store, d.Store = d.Store, store })
		s.store = store.Store.(*providertest.Memory)
		s.run(t)
		s.token(t, s.secure("6", "old"))
		time.Sleep(10 * time.Second)
		s.Requests()
		store.endless.Store(2)
		s.secure("6", "new")
		time.Sleep(7 * time.Second)
		if n := ended(s.Requests(), "6"); n != 1 || len(s.store.Waiting()) > 0 {
			t.Errorf("tokens were ended %d times; jobs wait: %v", n, s.store.Waiting())
		}
	})
}
