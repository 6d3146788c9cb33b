package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
)

// anna is a user of a Mesibo chat.
func anna() store.MesiboUser {
	return store.MesiboUser{
		SiteUser: "6", Address: "4930123456", Phone: "4930123456", RemoteUID: "981", Name: "Änne 😀", SiteName: "Anna", Status: "two\nlines",
		Photo: "p.jpg", CC: "49", Changed: 100,
	}
}

// member puts a user with a number of its own.
func member(t *testing.T, s *store.Store, n int64) store.MesiboUser {
	t.Helper()
	phone := fmt.Sprint(4930000000 + n)
	return must[store.MesiboUser](t)(s.KeepMesiboUser(t.Context(), store.MesiboUser{
		SiteUser: fmt.Sprint(n), Address: phone, Phone: phone, SiteName: fmt.Sprintf("User %d", n), Changed: 100,
	}))
}

// same compares users without their order.
func same(t *testing.T, what string, want, got []store.MesiboUser) {
	t.Helper()
	byID := func(a, b store.MesiboUser) int { return cmp.Compare(a.ID, b.ID) }
	want, got = slices.Clone(want), slices.Clone(got)
	slices.SortFunc(want, byID)
	slices.SortFunc(got, byID)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestAUserOfAMesiboChatIsFoundAsPut(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		if _, err := s.MesiboUser(t.Context(), "6"); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("before: %v", err)
		}
		first := must[store.MesiboUser](t)(s.KeepMesiboUser(t.Context(), anna()))
		want := anna()
		want.ID, want.CreatedAt = first.ID, d.clock.Now()
		if diff := gocmp.Diff(want, first); diff != "" || first.ID == 0 {
			t.Errorf("put (-want +got):\n%s", diff)
		}
		d.clock.Add(time.Hour)
		again := anna()
		again.Address, again.Name, again.Changed = "other", "other", 999
		other := member(t, s, 7)
		for name, got := range map[string]store.MesiboUser{
			"put again": must[store.MesiboUser](t)(s.KeepMesiboUser(t.Context(), again)), "read": must[store.MesiboUser](t)(s.MesiboUser(t.Context(), "6")),
			"read by id": must[store.MesiboUser](t)(d.open(t).MesiboUserByID(t.Context(), first.ID)),
		} {
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		same(t, "by ids", []store.MesiboUser{first, other}, must[[]store.MesiboUser](t)(s.MesiboUsersByID(t.Context(), []int64{other.ID, first.ID, first.ID, 99999})))
		same(t, "by phones", []store.MesiboUser{first}, must[[]store.MesiboUser](t)(s.MesiboUsersByPhone(t.Context(), []string{anna().Phone, "1", ""})))
		same(t, "by none", nil, must[[]store.MesiboUser](t)(s.MesiboUsersByPhone(t.Context(), nil)))
		if _, err := s.MesiboUserByID(t.Context(), 99999); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
		if _, err := s.MesiboUsersByID(t.Context(), make([]int64, 2001)); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("too many: %v", err)
		}
	})
}

func TestUsersWithoutAPhoneAreNotFoundByNone(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		u := anna()
		u.Phone = ""
		must[store.MesiboUser](t)(s.KeepMesiboUser(t.Context(), u))
		same(t, "by an empty phone", nil, must[[]store.MesiboUser](t)(s.MesiboUsersByPhone(t.Context(), []string{""})))
	})
}

func TestRacingFirstLogInsMakeOneUser(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		stores := []*store.Store{d.open(t), d.open(t)}
		got, errs := [20]store.MesiboUser{}, [20]error{}
		var all sync.WaitGroup
		for n := range got {
			all.Go(func() { got[n], errs[n] = stores[n%2].KeepMesiboUser(t.Context(), anna()) })
		}
		all.Wait()
		for n := range got {
			ok(t, errs[n])
			if diff := gocmp.Diff(got[0], got[n]); diff != "" {
				t.Fatalf("caller %d got another user (-first +this):\n%s", n, diff)
			}
		}
		var rows int
		ok(t, stores[0].SQLDB().QueryRow("SELECT COUNT(*) FROM chat_mesibo_users").Scan(&rows))
		if rows != 1 {
			t.Errorf("%d rows", rows)
		}
	})
}

func TestAnAddressBelongsToOneUserWhoIsNotShutOut(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		first := must[store.MesiboUser](t)(s.KeepMesiboUser(t.Context(), anna()))
		heir := anna()
		heir.SiteUser = "7"
		if got, err := s.KeepMesiboUser(t.Context(), heir); !errors.Is(err, store.ErrAddressTaken) {
			t.Errorf("a new user with the address: %+v, %v", got, err)
		}
		if _, err := s.MesiboUser(t.Context(), "7"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the other was put all the same: %v", err)
		}
		third := member(t, s, 8)
		thief := third
		thief.Address = first.Address
		if err := s.SetMesiboUser(t.Context(), third, thief); !errors.Is(err, store.ErrAddressTaken) {
			t.Errorf("a user who takes the address: %v", err)
		}
		out := first
		out.DisabledAt = d.clock.Now()
		ok(t, s.SetMesiboUser(t.Context(), first, out))
		second := must[store.MesiboUser](t)(s.KeepMesiboUser(t.Context(), heir))
		if second.ID == first.ID || second.Address != first.Address {
			t.Errorf("the number that is used again: %+v", second)
		}
		back := out
		back.DisabledAt = time.Time{}
		if err := s.SetMesiboUser(t.Context(), out, back); !errors.Is(err, store.ErrAddressTaken) {
			t.Errorf("the first is let in again beside the second: %v", err)
		}
		back.Address = "elsewhere"
		ok(t, s.SetMesiboUser(t.Context(), out, back))
		same(t, "by phone", []store.MesiboUser{back, second}, must[[]store.MesiboUser](t)(s.MesiboUsersByPhone(t.Context(), []string{anna().Phone})))
	})
}

func TestAUserIsChangedOnlyFromWhatWasSeen(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		seen := must[store.MesiboUser](t)(s.KeepMesiboUser(t.Context(), anna()))
		for name, change := range map[string]func(*store.MesiboUser){
			"address": func(u *store.MesiboUser) { u.Address += "1" }, "phone": func(u *store.MesiboUser) { u.Phone += "1" },
			"uid": func(u *store.MesiboUser) { u.RemoteUID += "1" }, "name": func(u *store.MesiboUser) { u.Name += "1" },
			"case of the name": func(u *store.MesiboUser) { u.SiteName = strings.ToUpper(u.SiteName) },
			"site name":        func(u *store.MesiboUser) { u.SiteName += "1" }, "status": func(u *store.MesiboUser) { u.Status += " " },
			"photo": func(u *store.MesiboUser) { u.Photo = "" }, "cc": func(u *store.MesiboUser) { u.CC = "" },
			"changed": func(u *store.MesiboUser) { u.Changed++ }, "disabled": func(u *store.MesiboUser) { u.DisabledAt = d.clock.Now() },
		} {
			after := seen
			change(&after)
			ok(t, s.SetMesiboUser(t.Context(), seen, after))
			if diff := gocmp.Diff(after, must[store.MesiboUser](t)(s.MesiboUserByID(t.Context(), seen.ID))); diff != "" {
				t.Errorf("%s is not written (-want +got):\n%s", name, diff)
			}
			if err := s.SetMesiboUser(t.Context(), seen, after); !errors.Is(err, store.ErrConflict) {
				t.Errorf("%s was changed by somebody else: %v", name, err)
			}
			seen = after
		}
		ok(t, s.SetMesiboUser(t.Context(), seen, seen)) // nothing new is no conflict
		older := seen
		older.Changed, older.Status = 5, "x"
		ok(t, s.SetMesiboUser(t.Context(), seen, older))
		if got := must[store.MesiboUser](t)(s.MesiboUserByID(t.Context(), seen.ID)); got.Changed != seen.Changed || got.Status != "x" {
			t.Errorf("changed went from %d to %d", seen.Changed, got.Changed)
		}
		gone, other := seen, seen
		gone.ID += 99
		if err := s.SetMesiboUser(t.Context(), gone, gone); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a user who is gone: %v", err)
		}
		other.SiteUser = "7"
		if err := s.SetMesiboUser(t.Context(), seen, other); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("a user who becomes another: %v", err)
		}
	})
}

func TestOfRacingChangesOneIsWritten(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		stores := []*store.Store{d.open(t), d.open(t)}
		seen := must[store.MesiboUser](t)(stores[0].KeepMesiboUser(t.Context(), anna()))
		errs := [20]error{}
		var all sync.WaitGroup
		for n := range errs {
			all.Go(func() {
				after := seen
				after.Status = fmt.Sprint("of ", n)
				errs[n] = stores[n%2].SetMesiboUser(t.Context(), seen, after)
			})
		}
		all.Wait()
		written := 0
		for _, err := range errs {
			if err == nil {
				written++
			} else if !errors.Is(err, store.ErrConflict) {
				t.Error(err)
			}
		}
		if written != 1 {
			t.Errorf("%d changes were written", written)
		}
	})
}

func TestUsersWithALiveTokenComeInPages(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		var want []store.MesiboUser
		for n := range int64(6) {
			u := member(t, s, n)
			ends := d.clock.Now().Add(time.Hour)
			if n == 2 {
				ends = d.clock.Now()
			}
			if n != 3 { // has none
				for _, device := range []string{"a", "b"} {
					ok(t, s.PutMesiboToken(t.Context(), store.MesiboToken{User: u.ID, App: "app", Device: device, Address: u.Address, ExpiresAt: ends}, secret.New(fmt.Sprint(device, n))))
				}
			}
			if n != 2 && n != 3 {
				want = append(want, u)
			}
		}
		var got []store.MesiboUser
		for after, last := int64(0), false; !last; {
			page := must[[]store.MesiboUser](t)(s.MesiboTokenUsers(t.Context(), after, 3))
			for _, u := range page {
				got, after = append(got, u), u.ID
			}
			last = len(page) < 3
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, err := s.MesiboTokenUsers(t.Context(), 0, 1001); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("a page that is too long: %v", err)
		}
	})
}

func TestWhatAMesiboChatCannotHaveIsRefused(t *testing.T) {
	s := (&database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock(), keys: store.Keys{Key: testKey}}).open(t)
	u := member(t, s, 1)
	long := func(n int) string { return strings.Repeat("x", n) }
	keep := func(change func(*store.MesiboUser)) error {
		a := anna()
		change(&a)
		_, err := s.KeepMesiboUser(t.Context(), a)
		return errors.Join(err, nil)
	}
	ends := time.Now().Add(time.Hour)
	token := func(change func(*store.MesiboToken), text string) error {
		tok := store.MesiboToken{User: u.ID, App: "app", Address: u.Address, ExpiresAt: ends}
		change(&tok)
		return s.PutMesiboToken(t.Context(), tok, secret.New(text))
	}
	challenge := func(change func(*store.MesiboChallenge)) error {
		c := store.MesiboChallenge{PhoneMAC: "aa", Kind: store.ChallengeOTP, CodeMAC: "bb", ExpiresAt: ends}
		change(&c)
		return s.PutMesiboChallenge(t.Context(), c)
	}
	spend := func(l store.Limit) error {
		_, err := s.Spend(t.Context(), l)
		return err
	}
	_, pages := s.MesiboContacts(t.Context(), u.ID, 0, 1, 0)
	_, groups := s.MesiboGroupsOf(t.Context(), u.ID, 0, 1, 20001)
	_, _, try := s.TryMesiboChallenge(t.Context(), "", func(store.MesiboChallenge) string { return "" })
	_, files := s.MesiboFiles(t.Context(), "", 0)
	for name, err := range map[string]error{
		"a user without id":          keep(func(u *store.MesiboUser) { u.SiteUser = "" }),
		"a user without address":     keep(func(u *store.MesiboUser) { u.Address = "" }),
		"a phone with a plus":        keep(func(u *store.MesiboUser) { u.Phone = "+4930" }),
		"a phone of 16 digits":       keep(func(u *store.MesiboUser) { u.Phone = "1234567890123456" }),
		"a long name":                keep(func(u *store.MesiboUser) { u.Name = long(store.MaxMesiboName + 1) }),
		"a status with a NUL":        keep(func(u *store.MesiboUser) { u.Status = "a\x00" }),
		"a name that is not UTF-8":   keep(func(u *store.MesiboUser) { u.SiteName = "\xff" }),
		"a photo with a line break":  keep(func(u *store.MesiboUser) { u.Photo = "a\nb" }),
		"a token of nobody":          token(func(t *store.MesiboToken) { t.User = 0 }, "x"),
		"a token without an app":     token(func(t *store.MesiboToken) { t.App = "" }, "x"),
		"a token without an end":     token(func(t *store.MesiboToken) { t.ExpiresAt = time.Time{} }, "x"),
		"a token without a text":     token(func(*store.MesiboToken) {}, ""),
		"a long device":              token(func(t *store.MesiboToken) { t.Device = long(store.MaxMesiboDevice + 1) }, "x"),
		"a challenge of a kind":      challenge(func(c *store.MesiboChallenge) { c.Kind = "decoy" }),
		"a challenge without a code": challenge(func(c *store.MesiboChallenge) { c.CodeMAC = "" }),
		"a challenge without an end": challenge(func(c *store.MesiboChallenge) { c.ExpiresAt = time.Time{} }),
		"a challenge with a phone":   challenge(func(c *store.MesiboChallenge) { c.PhoneMAC = "+49 30" }),
		"a try of no phone":          try,
		"a contact of letters":       s.AddMesiboContacts(t.Context(), u.ID, []string{"1", "1)||(1"}),
		"no contact at all":          s.ClearMesiboContacts(t.Context(), u.ID, []string{""}),
		"a page of none":             pages,
		"a page that is too long":    groups,
		"no files":                   files,
		"a scan without a number":    s.PutMesiboPhones(t.Context(), 0, nil),
		"a user without a phone":     s.PutMesiboPhones(t.Context(), 1, []store.MesiboPhone{{SiteUser: "6"}}),
		"a group without a number":   s.PutMesiboGroup(t.Context(), store.MesiboGroup{}, nil),
		"a member of a high role":    s.SetMesiboMembers(t.Context(), store.MesiboGroup{GID: 1}, 1, []store.MesiboMember{{User: u.ID, Role: 3}}),
		"a member who is nobody":     s.PutMesiboGroup(t.Context(), store.MesiboGroup{GID: 1}, []store.MesiboMember{{}}),
		"a file of nobody":           s.PutMesiboFile(t.Context(), store.MesiboFile{Name: "a", MIME: "image/jpeg"}),
		"a push token with a break":  s.PutMesiboPush(t.Context(), store.MesiboPush{User: u.ID, Token: "a\nb"}),
		"a limit without a scope":    spend(store.Limit{Window: time.Second, Most: 1}),
		"a limit without a window":   spend(store.Limit{Scope: "a", Most: 1}),
		"too much at once":           spend(store.Limit{Scope: "a", Window: time.Second, Most: 1, Times: 1_000_001}),
		"a limit of a year":          spend(store.Limit{Scope: "a", Window: 366 * 24 * time.Hour, Most: 1}),
	} {
		if !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ok(t, keep(func(u *store.MesiboUser) {
		u.SiteUser, u.Address, u.Phone = long(255), long(255), "123456789012345"
		u.Name, u.SiteName, u.Status = long(store.MaxMesiboName), long(store.MaxMesiboName), long(store.MaxMesiboStatus)
	}))
}
