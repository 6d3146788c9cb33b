package mesibo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// setPassword changes what the site's directory tells of a user's password; "" is nothing.
func (y *yard) setPassword(id userinfo.ID, digest string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	u := y.members[id]
	private := userinfo.Private{"phone": u.Private["phone"]}
	if digest != "" {
		private[userinfo.PasswordField] = digest
	}
	u.Private = private
	y.members[id] = u
}

// good reports whether a token opens anything, here and at Mesibo.
func (y *yard) good(t *testing.T, token string) (here, there bool) {
	t.Helper()
	_, _, _, err := y.provider.Bearer(t.Context(), token)
	if err != nil && !errors.Is(err, mesibo.ErrNobody) {
		t.Fatal(err)
	}
	_, _, there = y.Token(token)
	return err == nil, there
}

func TestSEC98ANewPasswordEndsTheTokensThatWereGivenBefore(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		ann, bob := y.set("1", "Ann", "919876543210"), y.set("2", "Bob", "919876543211")
		y.setPassword("1", "columns-first")
		y.setPassword("2", "columns-first")
		phone := y.login(t, ann).Token
		web := y.ask(t, http.MethodPost, ann, `{"device":"web"}`).Token
		bobs := y.login(t, bob).Token
		time.Sleep(10 * time.Second)
		for _, token := range []string{phone, web, bobs} {
			if here, there := y.good(t, token); !here || !there {
				t.Fatalf("before: good here %v, at Mesibo %v", here, there)
			}
		}
		y.setPassword("1", "columns-second")
		for _, token := range []string{phone, web} {
			if here, _ := y.good(t, token); here {
				t.Error("the token still opens something here")
			}
		}
		time.Sleep(5 * time.Second)
		for _, token := range []string{phone, web} {
			if _, there := y.good(t, token); there {
				t.Error("after five seconds the token is good at Mesibo")
			}
		}
		if here, there := y.good(t, bobs); !here || !there {
			t.Errorf("another user's: good here %v, at Mesibo %v", here, there)
		}
		again := y.login(t, ann).Token
		time.Sleep(time.Minute)
		if here, there := y.good(t, again); !here || !there || again == phone {
			t.Errorf("a token after it: good here %v, at Mesibo %v", here, there)
		}
	})
}

func TestATokenAskedForAfterANewPasswordIsNoFormerOneAndStays(t *testing.T) {
	quiet(t, nil, func(y *yard) { // without the watch
		t := y.T
		ann := y.set("1", "Ann", "919876543210")
		y.setPassword("1", "columns-first")
		first := y.login(t, ann).Token
		if again := y.login(t, ann).Token; again != first {
			t.Error("while the password is the same there is a new token")
		}
		y.setPassword("1", "columns-second")
		second := y.login(t, ann).Token
		if here, there := y.good(t, second); second == first || !here || !there {
			t.Errorf("the new token is the former one (%v), or not good: here %v, at Mesibo %v", second == first, here, there)
		}
		if here, there := y.good(t, first); here || there {
			t.Errorf("the former one is good: here %v, at Mesibo %v", here, there)
		}
		if again := y.login(t, ann).Token; again != second {
			t.Error("the new token is not given again")
		}
	})
}

func TestOfAnUnknownPasswordNoTokenEnds(t *testing.T) {
	for name, steps := range map[string][]string{
		"that was not looked at before":  {"", "columns-first"},
		"that is not looked at any more": {"columns-first", ""},
		"of other columns":               {"columns-first", "Columns-second"},
		"that was never looked at":       {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(y *yard) {
				t := y.T
				ann := y.set("1", "Ann", "919876543210")
				y.setPassword("1", steps[0])
				token := y.login(t, ann).Token
				y.setPassword("1", steps[1])
				time.Sleep(10 * time.Second)
				if here, there := y.good(t, token); !here || !there {
					t.Errorf("good here %v, at Mesibo %v", here, there)
				}
				if steps[1] == "" {
					return
				}
				y.setPassword("1", steps[1]+"x") // from now on it is known
				time.Sleep(5 * time.Second)
				if here, there := y.good(t, token); here || there {
					t.Errorf("after a change: good here %v, at Mesibo %v", here, there)
				}
			})
		})
	}
}

func TestANewPasswordEndsTokensOnceMesiboAnswers(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("1", "Ann", "919876543210")
		y.setPassword("1", "columns-first")
		token := y.login(t, ann).Token
		y.Always(providertest.Status(http.StatusBadGateway))
		y.setPassword("1", "columns-second")
		time.Sleep(10 * time.Second)
		if here, there := y.good(t, token); here || !there {
			t.Errorf("while Mesibo is down: good here %v, there %v", here, there)
		}
		y.Always(nil)
		time.Sleep(5 * time.Minute)
		if _, there := y.good(t, token); there {
			t.Error("Mesibo was never told")
		}
	})
}

func TestTheFirstLookAfterAnUpdateMarksEverybodyInParts(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		tokens := y.putMembers(t, 1, 250)
		for n := 1; n <= 250; n++ {
			y.setPassword(userinfo.ID(fmt.Sprint(n)), "columns-first")
		}
		time.Sleep(20 * time.Second)
		var ids []int64
		for _, token := range tokens {
			_, u, err := y.store.MesiboTokenOf(t.Context(), secret.New(token))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, u.ID)
		}
		marks, err := y.store.MesiboPasswords(t.Context(), ids)
		if err != nil || len(marks) != 250 || slices.ContainsFunc(marks, func(m store.MesiboPassword) bool { return m.Mark == "" }) {
			t.Errorf("%d marks, %v", len(marks), err)
		}
		if ops := y.operations(); len(ops) > 0 {
			t.Errorf("Mesibo was told %v", ops)
		}
	})
}

func TestWithoutTheSiteNoTokenIsGiven(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("1", "Ann", "919876543210")
		y.setPassword("1", "columns-first")
		y.login(t, ann)
		y.breakSite(errors.New("no answer"))
		y.ask(t, http.MethodPost, ann, "").want(t, "the site is down", http.StatusServiceUnavailable, "provider_unavailable")
		y.breakSite(nil)
		y.set("1", "", "")
		if a := y.ask(t, http.MethodPost, ann, ""); a.status != http.StatusForbidden {
			t.Errorf("who is gone: %d %v", a.status, a.fault)
		}
	})
}

func TestSEC98ABanDoesNotWaitBehindManyNewPasswords(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		tokens := y.putMembers(t, 1, 300)
		for n := 1; n <= 300; n++ {
			y.setPassword(userinfo.ID(fmt.Sprint(n)), "columns-first")
		}
		time.Sleep(20 * time.Second) // all are marked
		y.Always(providertest.Slow(500 * time.Millisecond))
		for n := 1; n <= 299; n++ {
			y.setPassword(userinfo.ID(fmt.Sprint(n)), "columns-second")
		}
		time.Sleep(5 * time.Second) // the watch is at them
		y.remove(300, 300)
		time.Sleep(5 * time.Second)
		if y.out(t, 300, 300) != 1 {
			t.Error("five seconds after the ban the user is not shut out")
		}
		if here, _ := y.good(t, tokens[298]); here {
			t.Error("a token from before a new password opens something here")
		}
		time.Sleep(10 * time.Minute)
		for i, token := range tokens {
			if _, there := y.good(t, token); there {
				t.Fatalf("the token of user %d is good at Mesibo after ten minutes", i+1)
			}
		}
		if got := strings.Count(y.logged(), "many passwords have changed at once"); got == 0 {
			t.Error("nobody was told")
		}
	})
}

// prolonging counts how often a lease began anew.
type prolonging struct {
	deskKeeper

	count *atomic.Int64
}

func (p prolonging) Prolong(ctx context.Context, j provider.Job, lease time.Duration) error {
	p.count.Add(1)
	return p.deskKeeper.Prolong(ctx, j, lease)
}

func TestAJobOfAKilledProcessIsDoneWithinHalfAMinute(t *testing.T) {
	var count atomic.Int64
	bubble(t, func(_ *mesibo.Config, d *provider.Deps) { d.Store = prolonging{d.Store.(deskKeeper), &count} }, func(y *yard) {
		t := y.T
		ann := y.set("1", "Ann", "919876543210")
		token := y.login(t, ann).Token
		job := provider.Job{Provider: "mesibo", App: mesibo.Application, Kind: "revoke", User: "1", Address: "919876543210", Urgent: true}
		if err := y.memory.Enqueue(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if lost, err := y.memory.Claim(t.Context(), "mesibo", mesibo.Application, "killed", 1, mesibo.JobLease); err != nil || len(lost) != 1 {
			t.Fatalf("%v, %v", lost, err)
		}
		y.Always(providertest.Slow(14 * time.Second)) // the job takes two calls
		time.Sleep(mesibo.JobLease + 2*time.Second)
		if _, there := y.good(t, token); !there {
			t.Error("the job was done before its lease ended, or Mesibo was quick")
		}
		time.Sleep(30 * time.Second)
		if _, there := y.good(t, token); there {
			t.Error("the job was not done")
		}
		if count.Load() == 0 {
			t.Error("a job that took longer than a third of its lease was not kept")
		}
	})
}

func TestATokenThatWasMadeWhileFormerOnesWereLookedAtStays(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("1", "Ann", "919876543210")
		y.setPassword("1", "columns-first")
		phone := y.login(t, ann).Token
		y.setPassword("1", "columns-second")
		web := y.ask(t, http.MethodPost, ann, `{"device":"web"}`).Token
		if here, _ := y.good(t, phone); here {
			t.Error("the former token is good")
		}
		u, err := y.store.MesiboUser(t.Context(), "1")
		if err != nil {
			t.Fatal(err)
		}
		if err := y.provider.EndFormer(t.Context(), u); err != nil { // by a watch that had read the first password
			t.Fatal(err)
		}
		if here, there := y.good(t, web); !here || !there {
			t.Errorf("the new token: good here %v, at Mesibo %v", here, there)
		}
	})
}

func TestWhileMesiboDoesNotEndFormerTokensThereIsNoNewOne(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("1", "Ann", "919876543210")
		y.setPassword("1", "columns-first")
		first := y.login(t, ann).Token
		y.setPassword("1", "columns-second")
		y.Always(providertest.Status(http.StatusBadGateway))
		y.ask(t, http.MethodPost, ann, "").want(t, "while Mesibo is down", http.StatusServiceUnavailable, "provider_unavailable")
		y.Always(nil)
		if here, _ := y.good(t, first); here {
			t.Error("the former token is good here")
		}
	})
}

func TestWhoCameBeforeANewPasswordGetsNoTokenOfTheNewOne(t *testing.T) {
	var y *yard
	var armed atomic.Bool
	change := func(_ *mesibo.Config, d *provider.Deps) {
		read := d.Users
		d.Users = func(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error) {
			found, err := read(ctx, ids...)
			if armed.CompareAndSwap(true, false) { // just after the first reading
				y.setPassword("1", "columns-second")
			}
			return found, err
		}
	}
	quiet(t, change, func(opened *yard) {
		y = opened
		t := y.T
		ann := y.set("1", "Ann", "919876543210")
		y.setPassword("1", "columns-first")
		armed.Store(true)
		y.ask(t, http.MethodPost, ann, "").want(t, "a session from before", http.StatusServiceUnavailable, "provider_unavailable")
		if ops := y.operations(); len(ops) > 0 {
			t.Errorf("Mesibo was asked for %v", ops)
		}
		token := y.login(t, ann).Token // with a session of after it
		if here, there := y.good(t, token); !here || !there {
			t.Errorf("good here %v, at Mesibo %v", here, there)
		}
	})
}
