package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/store"
)

func TestTheFirstIdentityOfAUserStays(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		if _, err := s.Identity(t.Context(), "sendbird", "APP-1", "6"); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("before it is put: %v", err)
		}
		first := must[store.Identity](t)(s.PutIdentity(t.Context(), john()))
		want := john()
		want.ID, want.CreatedAt = first.ID, d.clock.Now()
		if diff := cmp.Diff(want, first); diff != "" || first.ID == 0 {
			t.Errorf("put (-want +got):\n%s", diff)
		}
		d.clock.Add(time.Hour)
		other := john()
		other.Address = "u-six"
		for name, got := range map[string]store.Identity{
			"put again":              must[store.Identity](t)(s.PutIdentity(t.Context(), john())),
			"put with other address": must[store.Identity](t)(s.PutIdentity(t.Context(), other)),
			"read":                   must[store.Identity](t)(s.Identity(t.Context(), "sendbird", "APP-1", "6")),
			"read by id":             must[store.Identity](t)(s.IdentityByID(t.Context(), first.ID)),
			"read by another":        must[store.Identity](t)(d.open(t).Identity(t.Context(), "sendbird", "APP-1", "6")),
		} {
			if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestTwoUsersNeverShareAnAddress(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		must[store.Identity](t)(s.PutIdentity(t.Context(), john()))
		thief := john()
		thief.SiteUser = "7"
		if got, err := s.PutIdentity(t.Context(), thief); !errors.Is(err, store.ErrAddressTaken) {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := s.Identity(t.Context(), "sendbird", "APP-1", "7"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the other user has an identity: %v", err)
		}
		for name, change := range map[string]func(*store.Identity){
			"in another application": func(i *store.Identity) { i.App = "APP-2" },
			"at another provider":    func(i *store.Identity) { i.Provider = "mesibo" },
		} {
			elsewhere := thief
			change(&elsewhere)
			if _, err := s.PutIdentity(t.Context(), elsewhere); err != nil {
				t.Errorf("the address %s: %v", name, err)
			}
		}
	})
}

func TestIdsThatADatabaseMayTakeForEqualAreApart(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ids := []string{"admin", "ADMIN", "ádmin", "admin ", "admin  ", "6", "06", "6.0", "6abc", "ß", "ss", "SS", "😀", "😁", `a\b`, `a'b`, "a\u0301"}
		seen := map[int64]string{}
		for _, id := range ids {
			i := store.Identity{Provider: "p", App: "a", SiteUser: id, Address: "u-" + id}
			got := must[store.Identity](t)(s.PutIdentity(t.Context(), i))
			if got.SiteUser != id || got.Address != i.Address {
				t.Errorf("%q became %q at %q", id, got.SiteUser, got.Address)
			}
			if before, there := seen[got.ID]; there {
				t.Errorf("%q and %q are one", before, id)
			}
			seen[got.ID] = id
		}
	})
}

func TestRacingCallersGetOneIdentity(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		stores := []*store.Store{d.open(t), d.open(t)}
		const callers = 20
		got := make([]store.Identity, callers)
		errs := make([]error, callers)
		var all sync.WaitGroup
		for n := range callers {
			all.Go(func() {
				i := john()
				i.Address = fmt.Sprintf("u-6-%d", n) // each thinks of another address
				got[n], errs[n] = stores[n%2].PutIdentity(t.Context(), i)
			})
		}
		all.Wait()
		for n := range callers {
			if errs[n] != nil {
				t.Fatalf("caller %d: %v", n, errs[n])
			}
			if diff := cmp.Diff(got[0], got[n]); diff != "" {
				t.Fatalf("caller %d got another identity (-first +this):\n%s", n, diff)
			}
		}
	})
}

func TestIdentitiesComeInPages(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		var want []string
		for n := range 7 {
			i := store.Identity{Provider: "sendbird", App: "APP-1", SiteUser: fmt.Sprint(n), Address: fmt.Sprintf("u-%d", n)}
			must[store.Identity](t)(s.PutIdentity(t.Context(), i))
			want = append(want, i.SiteUser)
		}
		must[store.Identity](t)(s.PutIdentity(t.Context(), store.Identity{Provider: "mesibo", App: "APP-1", SiteUser: "1", Address: "x"}))
		var got []string
		for after, last := int64(0), false; !last; {
			page := must[[]store.Identity](t)(s.Identities(t.Context(), "sendbird", "APP-1", after, 3))
			for _, i := range page {
				got, after = append(got, i.SiteUser), i.ID
			}
			last = len(page) < 3
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if of := must[[]store.Identity](t)(s.IdentitiesOf(t.Context(), "1")); len(of) != 2 {
			t.Errorf("user 1 has %d identities", len(of))
		}
	})
}

func TestWhatIsOutOfBoundsIsRefused(t *testing.T) {
	s := (&database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock()}).open(t)
	long := func(n int) string { return strings.Repeat("x", n) }
	identity := func(change func(*store.Identity)) error {
		i := john()
		change(&i)
		_, err := s.PutIdentity(t.Context(), i)
		return err
	}
	job := func(change func(*store.NewJob)) error {
		j := store.NewJob{Provider: "p", App: "a", Kind: "k"}
		change(&j)
		return s.Enqueue(t.Context(), j)
	}
	forget := func(actor string) error {
		_, err := s.Forget(t.Context(), "6", actor, false)
		return err
	}
	claim := func(n int, lease time.Duration) error {
		_, err := s.Claim(t.Context(), "p", "a", "w", n, lease)
		return err
	}
	for name, err := range map[string]error{
		"no provider":          identity(func(i *store.Identity) { i.Provider = "" }),
		"no user":              identity(func(i *store.Identity) { i.SiteUser = "" }),
		"no address":           identity(func(i *store.Identity) { i.Address = "" }),
		"a long user":          identity(func(i *store.Identity) { i.SiteUser = long(256) }),
		"a long address":       identity(func(i *store.Identity) { i.Address = long(256) }),
		"a long app":           identity(func(i *store.Identity) { i.App = long(65) }),
		"a NUL":                identity(func(i *store.Identity) { i.SiteUser = "6\x00" }),
		"not UTF-8":            identity(func(i *store.Identity) { i.Address = "\xff" }),
		"a job without app":    job(func(j *store.NewJob) { j.App = "" }),
		"a job of a big load":  job(func(j *store.NewJob) { j.Payload = make([]byte, 16<<10+1) }),
		"a kind with a blank":  job(func(j *store.NewJob) { j.Kind = "tell John" }),
		"a claim of nothing":   claim(0, time.Minute),
		"a claim of too much":  claim(101, time.Minute),
		"a lease without end":  claim(1, 2*time.Hour),
		"no lease":             claim(1, 0),
		"an actor with a name": forget("John Doe"),
		"an actor with a mail": forget("j@x.example"),
		"no actor":             forget(""),
		"a token of nobody":    s.TokenIssued(t.Context(), store.TokenEvent{Provider: "p", Token: testKey, ExpiresAt: time.Now()}),
	} {
		if !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := identity(func(i *store.Identity) { i.SiteUser, i.Address, i.App = long(255), long(255), long(64) }); err != nil {
		t.Errorf("the longest: %v", err)
	}
}
