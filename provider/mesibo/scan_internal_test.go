package mesibo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

func TestALogInBeforeTheFirstScanWaitsForIt(t *testing.T) {
	inTowns(t, "BIGINT", []string{"(1, 'ann', '919876543210', 1, 'member')"}, func(t *testing.T, s *town) {
		t.Helper()
		ctx, end := context.WithCancel(t.Context())
		var work sync.WaitGroup
		work.Go(func() { s.people.run(ctx) })
		s.want("at once", map[string]string{annPhone: "1", bobPhone: "nobody"})
		end()
		work.Wait()
	})
}

func TestAnInstanceAsksTheIndexAsSoonAsAnotherHasMadeIt(t *testing.T) {
	inTowns(t, "BIGINT", []string{"(1, 'ann', '919876543210', 1, 'member')"}, func(t *testing.T, s *town) {
		t.Helper()
		if wait, err := s.store.Spend(t.Context(), s.people.leased()); err != nil || wait > 0 { // the first instance begins to scan
			t.Fatal(wait, err)
		}
		opened := make(chan struct{}, 100)
		second := s.instance()
		second.open = func(context.Context) (state, error) { opened <- struct{}{}; return s.store, nil }
		if second.unread() {
			t.Error("one that does not run waits for phones")
		}
		ctx, end := context.WithCancel(t.Context())
		var work sync.WaitGroup
		work.Go(func() { second.run(ctx) })
		for range 3 { // it has come upon the lease, and looks again
			<-opened
		}
		if !second.unread() {
			t.Error("it asks an index that is not there")
		}
		pages, _ := s.counted()
		s.swept()
		if u, err := second.byPhone(t.Context(), annPhone); err != nil || u.ID != "1" || second.unread() {
			t.Errorf("%v, %v", u, err)
		}
		if after, _ := s.counted(); after != pages+1 {
			t.Errorf("%d pages were read", after-pages)
		}
		end()
		work.Wait()
	})
}

func TestAScanThatFindsNoPhoneAtAllIsTold(t *testing.T) {
	inTowns(t, "BIGINT", []string{"(1, 'ann', '09876', 1, 'member')", "(2, 'bob', NULL, 1, 'member')"}, func(t *testing.T, s *town) {
		t.Helper()
		s.swept()
		if got := s.logged(); !strings.Contains(got, `"level":"WARN"`) || !strings.Contains(got, "CHATPASS_MESIBO_USERS_PHONE") || !strings.Contains(got, `"users":2`) || strings.Contains(got, "09876") {
			t.Errorf("at first: %s", got)
		}
		s.pass(scanEvery)
		s.swept()
		if n := strings.Count(s.logged(), "WARN"); n != 1 {
			t.Errorf("it is told %d times", n)
		}
		s.add("(3, 'eve', '919876543210', 1, 'member')")
		s.pass(scanEvery)
		s.swept()
		s.exec("DELETE FROM users WHERE id = 3")
		s.pass(scanEvery)
		s.swept()
		if n := strings.Count(s.logged(), "WARN"); n != 2 {
			t.Errorf("after there was one it is told %d times", n)
		}
		quiet := s.instance(func(c *Config) { c.Legacy, c.Address = wordOff, wordOpaque })
		if err := quiet.sweep(t.Context(), s.store); err != nil || strings.Count(s.logged(), "WARN") != 2 {
			t.Errorf("where phones are not needed: %v, %s", err, s.logged())
		}
	})
}

func TestALogInWaitsTwoSecondsAtTheMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := provider.Deps{
			Now: time.Now, KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, Logger: slog.New(slog.DiscardHandler),
			Scan: func(context.Context, userinfo.Cursor) (userinfo.Page, error) {
				return userinfo.Page{}, userinfo.ErrUnavailable
			},
		}
		p := newPeople(&Config{}, d, func(context.Context) (state, error) { return nil, errNoStore })
		ctx, end := context.WithCancel(t.Context())
		go p.run(ctx)
		began := time.Now()
		if _, err := p.byPhone(t.Context(), annPhone); !errors.Is(err, errNotYet) || time.Since(began) != 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		hasty, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if _, err := p.byPhone(hasty, annPhone); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("of one who does not wait: %v", err)
		}
		end()
		synctest.Wait()
	})
}

func TestACrowdDoesNotWaitForOneFailureAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		d := provider.Deps{Now: time.Now, KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, Scan: func(ctx context.Context, _ userinfo.Cursor) (userinfo.Page, error) {
			looks++
			return userinfo.Page{}, errors.Join(userinfo.ErrUnavailable, provider.Sleep(ctx, time.Second))
		}}
		p := newPeople(&Config{}, d, func(context.Context) (state, error) { return nil, nil }) //nolint:nilnil // never asked
		p.ended = true
		close(p.ready)
		began := time.Now()
		var work sync.WaitGroup
		for range 50 {
			work.Go(func() {
				if _, err := p.byPhone(t.Context(), annPhone); !errors.Is(err, userinfo.ErrUnavailable) {
					t.Error(err)
				}
			})
		}
		work.Wait()
		if took := time.Since(began); took != time.Second || looks != 1 {
			t.Errorf("%d looks in %s", looks, took)
		}
		if _, err := p.byPhone(t.Context(), annPhone); !errors.Is(err, userinfo.ErrUnavailable) || looks != 2 {
			t.Errorf("who comes later: %v after %d looks", err, looks)
		}
	})
}

func TestWithoutPhonesNobodyIsFoundByOne(t *testing.T) {
	p := newPeople(&Config{}, provider.Deps{Now: time.Now}, func(context.Context) (state, error) { return nil, errNoStore })
	p.run(t.Context()) // ends at once
	if _, err := p.byPhone(t.Context(), annPhone); !errors.Is(err, errNobody) {
		t.Error(err)
	}
	if _, err := p.byID(t.Context(), "1"); !errors.Is(err, errNobody) {
		t.Error(err)
	}
	if got := p.phoneOf(&userinfo.User{ID: "1"}) + p.phoneOf(nil); got != "" {
		t.Error(got)
	}
}

func TestInstancesDoNotScanAtTheSameTime(t *testing.T) {
	inTowns(t, "BIGINT", []string{"(1, 'ann', '919876543210', 1, 'member')"}, func(t *testing.T, s *town) {
		t.Helper()
		round := func(p *sitePeople) (time.Duration, int) {
			before, _ := s.counted()
			pause, err := p.round(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			after, _ := s.counted()
			return pause, after - before
		}
		if pause, pages := round(s.people); pause != scanEvery || pages != 1 {
			t.Errorf("the first: %s, %d pages", pause, pages)
		}
		second := s.instance()
		if pause, pages := round(second); pause <= 0 || pause > scanLease || pages != 0 {
			t.Errorf("at the same time: %s, %d pages", pause, pages)
		}
		s.pass(scanLease)
		if pause, pages := round(second); pause != scanEvery || pages != 1 {
			t.Errorf("the second, which does not know the table yet: %s, %d pages", pause, pages)
		}
		s.pass(scanEvery - scanLease)
		if pause, pages := round(s.people); pause != scanLease || pages != 0 {
			t.Errorf("the first, of whose turn the second has done a part: %s, %d pages", pause, pages)
		}
		s.pass(scanLease)
		if pause, pages := round(s.people); pause != scanEvery || pages != 1 {
			t.Errorf("when it is time: %s, %d pages", pause, pages)
		}
	})
}

func TestAnIndexThatIsFreshIsAskedAtOnceAfterAStart(t *testing.T) {
	inTowns(t, "BIGINT", []string{"(1, 'ann', '919876543210', 1, 'member')"}, func(t *testing.T, s *town) {
		t.Helper()
		s.swept()
		s.pass(scanLease)
		s.fail(userinfo.ErrUnavailable, 0) // no page is read any more
		ready := func(p *sitePeople) bool {
			ctx, end := context.WithCancel(t.Context())
			defer end()
			p.again = 0
			p.retry = time.Hour
			var work sync.WaitGroup
			work.Go(func() { p.run(ctx) })
			defer func() { end(); work.Wait() }()
			s.waitLogged("cannot be read") // the first scan failed
			select {
			case <-p.ready:
				return true
			default:
				return false
			}
		}
		next := s.instance()
		if !ready(next) {
			t.Error("the next process does not ask the index")
		}
		if u, err := next.byPhone(t.Context(), annPhone); err != nil || u.ID != "1" {
			t.Errorf("%v, %v", u, err)
		}
		s.pass(scanLease)
		if ready(s.instance(func(c *Config) { c.DefaultCountry = "49" })) {
			t.Error("an index of other spellings is asked")
		}
		s.pass(scanLease)
		if ready(s.instance(func(c *Config) { c.UsersPhone = "{mobile}" })) {
			t.Error("an index of another column is asked")
		}
		s.pass(scanFresh)
		if ready(s.instance()) {
			t.Error("an index that is old is asked")
		}
	})
}

func TestPeopleAreFoundWhileTheTableIsScanned(t *testing.T) {
	inTowns(t, "BIGINT", nil, func(t *testing.T, s *town) {
		t.Helper()
		for start := 1; start <= 3000; start += 500 {
			var rows []string
			for id := start; id < start+500; id++ {
				rows = append(rows, fmt.Sprintf("(%d, 'n', '91987650%04d', 1, 'member')", id, id))
			}
			s.add(rows...)
		}
		s.swept()
		var work sync.WaitGroup
		for range 2 {
			work.Go(func() {
				s.pass(time.Minute)
				if err := s.instance().sweep(t.Context(), s.store); err != nil {
					t.Error(err)
				}
			})
		}
		for i := range 8 {
			work.Go(func() {
				for n := range 20 {
					s.pass(time.Second)
					id := i*311 + n + 1
					u, err := s.people.byPhone(t.Context(), fmt.Sprintf("91987650%04d", id))
					if err != nil || string(u.ID) != fmt.Sprint(id) {
						t.Errorf("user %d: %v, %v", id, u, err)
					}
					if u, err := s.people.byID(t.Context(), userinfo.ID(fmt.Sprint(id))); err != nil || s.people.phoneOf(u) == "" {
						t.Errorf("user %d: %v, %v", id, u, err)
					}
				}
			})
		}
		work.Wait()
	})
}
