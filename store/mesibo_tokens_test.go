package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
)

// addressOf is the address of a user whom member put, in a store where no other was put.
func addressOf(user int64) string { return fmt.Sprint(4930000000 + user) }

// issued is a token of a user that lives for an hour.
func issued(d *database, user int64, app, device string) store.MesiboToken {
	return store.MesiboToken{User: user, App: app, Device: device, Address: addressOf(user), IssuedAt: d.clock.Now(), ExpiresAt: d.clock.Now().Add(time.Hour), Visitor: "0a1b"}
}

func TestATokenBelongsToOneUserAppAndDevice(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, other := d.open(t), d.open(t)
		a, b := member(t, s, 1), member(t, s, 2)
		put := map[store.MesiboToken]string{}
		for _, u := range []store.MesiboUser{a, b} {
			for _, app := range []string{"app", "app.", "App"} {
				for _, device := range []string{"", "d1", "D1"} {
					text := fmt.Sprintf("token of %d in %s on %s", u.ID, app, device)
					ok(t, s.PutMesiboToken(t.Context(), issued(d, u.ID, app, device), secret.New(text)))
					put[issued(d, u.ID, app, device)] = text
				}
			}
		}
		ids := map[int64]bool{}
		for want, text := range put {
			got, token, err := other.MesiboToken(t.Context(), want.User, want.App, want.Device)
			ok(t, err)
			found, user, err := other.MesiboTokenOf(t.Context(), secret.New(text))
			ok(t, err)
			want.ID = got.ID
			if diff := cmp.Diff([]store.MesiboToken{want, want}, []store.MesiboToken{got, found}); diff != "" || token.Reveal() != text || user.ID != want.User {
				t.Errorf("%s (-want +got):\n%s", text, diff)
			}
			ids[got.ID] = true
		}
		if len(ids) != len(put) {
			t.Errorf("%d tokens have %d ids", len(put), len(ids))
		}
		for name, text := range map[string]string{"an unknown token": "nothing", "no token": "", "a token in capitals": strings.ToUpper("token of 1 in app on ")} {
			if _, _, err := s.MesiboTokenOf(t.Context(), secret.New(text)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := s.MesiboToken(t.Context(), a.ID, "app", "d2"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another device: %v", err)
		}
		d.clock.Add(time.Hour)
		_, _, byKey := s.MesiboToken(t.Context(), a.ID, "app", "d1")
		_, _, byText := s.MesiboTokenOf(t.Context(), secret.New(put[issued(&database{clock: &clock{now: d.clock.Now().Add(-time.Hour)}}, a.ID, "app", "d1")]))
		if !errors.Is(byKey, store.ErrNotFound) || !errors.Is(byText, store.ErrNotFound) {
			t.Errorf("at its end: %v, %v", byKey, byText)
		}
	})
}

func TestATokenTakesThePlaceOfTheLast(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		u, other := member(t, s, 1), member(t, s, 2)
		first, second := secret.New("first token of the device"), secret.New("second token of the device")
		ok(t, s.PutMesiboToken(t.Context(), issued(d, u.ID, "app", "d"), first))
		ok(t, s.PutMesiboToken(t.Context(), issued(d, u.ID, "app", "d"), second))
		if _, _, err := s.MesiboTokenOf(t.Context(), first); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the first is still good: %v", err)
		}
		if err := s.PutMesiboToken(t.Context(), issued(d, other.ID, "app", "d"), second); !errors.Is(err, store.ErrConflict) {
			t.Errorf("the token of another user: %v", err)
		}
		if _, who, err := s.MesiboTokenOf(t.Context(), second); err != nil || who.ID != u.ID {
			t.Errorf("the token became one of %d, %v", who.ID, err)
		}
		ok(t, s.PutMesiboToken(t.Context(), issued(d, u.ID, "app", "e"), second)) // the provider gave the other device the same
		if got, _, err := s.MesiboTokenOf(t.Context(), second); err != nil || got.Device != "e" {
			t.Errorf("the token is one of device %q, %v", got.Device, err)
		}
		if _, _, err := s.MesiboToken(t.Context(), u.ID, "app", "d"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the first device has it too: %v", err)
		}
		if err := s.PutMesiboToken(t.Context(), issued(d, 9999, "app", "d"), first); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a token of somebody who is gone: %v", err)
		}
	})
}

func TestRacingTokensOfADeviceLeaveOne(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		stores := []*store.Store{d.open(t), d.open(t)}
		users := []store.MesiboUser{member(t, stores[0], 1), member(t, stores[0], 2)}
		errs := [40]error{}
		var all sync.WaitGroup
		for n := range errs {
			all.Go(func() {
				errs[n] = stores[n%2].PutMesiboToken(t.Context(), issued(d, users[n/2%2].ID, "app", "d"), secret.New(fmt.Sprint("token ", n)))
			})
		}
		all.Wait()
		good := 0
		for n, err := range errs {
			ok(t, err)
			if _, u, err := stores[0].MesiboTokenOf(t.Context(), secret.New(fmt.Sprint("token ", n))); err == nil {
				if good++; u.ID != users[n/2%2].ID {
					t.Errorf("token %d is that of another user", n)
				}
			}
		}
		if good != len(users) {
			t.Errorf("%d tokens are good, want one of each user", good)
		}
	})
}

func TestForgottenTokensAreGoodNoMore(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		u, other := member(t, s, 1), member(t, s, 2)
		text := func(u store.MesiboUser, device string) secret.Secret {
			return secret.New(fmt.Sprint(u.ID, "-", device))
		}
		for _, who := range []store.MesiboUser{u, other} {
			for _, device := range []string{"a", "b", "c"} {
				ok(t, s.PutMesiboToken(t.Context(), issued(d, who.ID, "app", device), text(who, device)))
				ok(t, s.PutMesiboPush(t.Context(), store.MesiboPush{User: who.ID, Device: device, Token: "push"}))
			}
		}
		dead := issued(d, u.ID, "app", "dead")
		dead.ExpiresAt = d.clock.Now()
		ok(t, s.PutMesiboToken(t.Context(), dead, text(u, "dead")))
		a, _, err := s.MesiboToken(t.Context(), u.ID, "app", "a")
		ok(t, err)
		devices := func(user, id int64) string {
			var list []string
			for _, tok := range must[[]store.MesiboToken](t)(s.DropMesiboTokens(t.Context(), user, id)) {
				list = append(list, tok.Device)
			}
			return strings.Join(list, " ")
		}
		pushes := func() (n int) {
			ok(t, s.SQLDB().QueryRow("SELECT COUNT(*) FROM chat_mesibo_push").Scan(&n))
			return n
		}
		if got := devices(other.ID, a.ID); got != "" || pushes() != 6 {
			t.Errorf("somebody forgot the token of another: %q", got)
		}
		if got := devices(u.ID, a.ID); got != "a" || pushes() != 5 {
			t.Errorf("one: %q, %d devices are still told", got, pushes())
		}
		if got := devices(u.ID, 0); got != "b c" || pushes() != 3 {
			t.Errorf("all: %q, %d devices are still told", got, pushes())
		}
		if got := devices(u.ID, 0) + devices(9999, 0); got != "" {
			t.Errorf("again: %q", got)
		}
		for _, device := range []string{"a", "b", "c"} {
			_, _, gone := s.MesiboTokenOf(t.Context(), text(u, device))
			_, _, stays := s.MesiboTokenOf(t.Context(), text(other, device))
			if !errors.Is(gone, store.ErrNotFound) || stays != nil {
				t.Errorf("device %s: %v, of the other %v", device, gone, stays)
			}
		}
	})
}

func TestNothingSecretStandsInTheFile(t *testing.T) {
	dir := t.TempDir()
	d := &database{url: "sqlite:" + filepath.Join(dir, "store.db"), clock: newClock(), keys: store.Keys{Key: testKey}}
	s := d.open(t)
	u := member(t, s, 1)
	ok(t, s.PutMesiboToken(t.Context(), issued(d, u.ID, "app", "d"), secret.New("canary-of-a-token")))
	ok(t, s.PutMesiboPush(t.Context(), store.MesiboPush{User: u.ID, Device: "d", Token: "canary-of-a-push"}))
	ok(t, s.PutMesiboChallenge(t.Context(), store.MesiboChallenge{
		PhoneMAC: s.KeyedHash("phone", "491700000001"), Kind: store.ChallengeOTP, SiteUser: "1", CodeMAC: s.KeyedHash("code", "735091"), ExpiresAt: d.clock.Now().Add(time.Hour),
	}))
	content := ""
	for _, name := range []string{"store.db", "store.db-wal"} {
		part, err := os.ReadFile(filepath.Join(dir, name))
		ok(t, err)
		content += string(part)
	}
	if !strings.Contains(content, u.Phone) {
		t.Fatal("the file does not hold what was written")
	}
	for _, canary := range []string{"canary", "491700000001", "735091"} {
		if strings.Contains(content, canary) {
			t.Errorf("the file holds %q", canary)
		}
	}
}

func TestATokenThatIsMovedOrHasNoKeyDoesNotOpen(t *testing.T) {
	for name, change := range map[string]string{
		"to another user":   "UPDATE chat_mesibo_tokens SET user_id = 2",
		"to another app":    "UPDATE chat_mesibo_tokens SET app = 'app2'",
		"to another device": "UPDATE chat_mesibo_tokens SET device = 'd2'",
	} {
		d := &database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock(), keys: store.Keys{Key: testKey}}
		s := d.open(t)
		u := member(t, s, 1)
		ok(t, s.PutMesiboToken(t.Context(), issued(d, u.ID, "app", "d"), secret.New("a token")))
		_, err := s.SQLDB().Exec(change)
		ok(t, err)
		sealed := 0
		for _, where := range []store.MesiboToken{{User: 2, App: "app", Device: "d"}, {User: 1, App: "app2", Device: "d"}, {User: 1, App: "app", Device: "d2"}} {
			if _, _, err := s.MesiboToken(t.Context(), where.User, where.App, where.Device); errors.Is(err, store.ErrSealed) {
				sealed++
			} else if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if sealed != 1 {
			t.Errorf("%s: %d tokens were tried", name, sealed)
		}
	}
	d := &database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock()}
	s := d.open(t)
	u := member(t, s, 1)
	if err := s.PutMesiboToken(t.Context(), issued(d, u.ID, "app", "d"), secret.New("a token")); !errors.Is(err, store.ErrNoKey) {
		t.Errorf("a token without a key: %v", err)
	}
	if err := s.PutMesiboPush(t.Context(), store.MesiboPush{User: u.ID, Token: "a token"}); !errors.Is(err, store.ErrNoKey) {
		t.Errorf("a push token without a key: %v", err)
	}
}

func TestATokenOfThePreviousKeyIsSealedAnew(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		u := member(t, s, 1)
		ok(t, s.PutMesiboToken(t.Context(), issued(d, u.ID, "app", "d"), secret.New("a token")))
		next := secret.New("next-key-" + strings.Repeat("n", 32))
		for _, keys := range []store.Keys{{Key: next, Previous: testKey}, {Key: next}} {
			d.keys = keys
			if _, token, err := d.open(t).MesiboToken(t.Context(), u.ID, "app", "d"); err != nil || token.Reveal() != "a token" {
				t.Errorf("%v", err)
			}
		}
	})
}

func TestKeyedHashesTellPurposesAndKeysApart(t *testing.T) {
	open := func(k store.Keys) *store.Store {
		return (&database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock(), keys: k}).open(t)
	}
	derived := func(text string) store.Keys {
		return store.Keys{Derived: map[string][]secret.Secret{"mesibo": {secret.New(text)}}}
	}
	s := open(store.Keys{Key: testKey})
	if a, b := s.KeyedHash("phone", "1"), open(store.Keys{Key: testKey, Previous: secret.New("x")}).KeyedHash("phone", "1"); a != b || len(a) != 32 {
		t.Errorf("the same key gives %q and %q", a, b)
	}
	if a, b := open(derived("t")).KeyedHash("phone", "1"), open(derived("t")).KeyedHash("phone", "1"); a != b {
		t.Errorf("the same API token gives %q and %q", a, b)
	}
	seen := map[string]string{}
	for name, hash := range map[string]string{
		"a phone": s.KeyedHash("phone", "1"), "another": s.KeyedHash("phone", "11"), "a code": s.KeyedHash("code", "1"), "a label that ends otherwise": s.KeyedHash("phone1", ""),
		"another key": open(store.Keys{Key: secret.New("other-" + strings.Repeat("o", 32))}).KeyedHash("phone", "1"), "an API token": open(derived("t")).KeyedHash("phone", "1"),
		"no key": open(store.Keys{}).KeyedHash("phone", "1"), "no key again": open(store.Keys{}).KeyedHash("phone", "1"), "nothing": s.KeyedHash("phone", ""),
	} {
		if before, there := seen[hash]; there {
			t.Errorf("%s and %s are the same", before, name)
		}
		seen[hash] = name
	}
}

func TestErrorsOfAMesiboChatHoldNoValue(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		const phone, code = "4917612345678", "canary0a1b"
		u := must[store.MesiboUser](t)(s.KeepMesiboUser(t.Context(), store.MesiboUser{SiteUser: "canary-user", Address: phone, Phone: phone, Name: "canary name"}))
		tok := issued(d, u.ID, "app", "d")
		tok.Address = u.Address
		ok(t, s.PutMesiboToken(t.Context(), tok, secret.New("canary-token")))
		heir := u
		heir.SiteUser = "canary-heir"
		_, taken := s.KeepMesiboUser(t.Context(), heir)
		errs := map[string]error{
			"an address": taken, "a token": s.PutMesiboToken(t.Context(), issued(d, member(t, s, 1).ID, "app", "d"), secret.New("canary-token")),
			"a bad phone": s.AddMesiboContacts(t.Context(), u.ID, []string{"+" + phone}),
		}
		for _, table := range []string{"users", "tokens", "phones", "challenges", "contacts", "groups", "members", "files", "push"} {
			must[sql.Result](t)(s.SQLDB().Exec("DROP TABLE chat_mesibo_" + table))
		}
		must[sql.Result](t)(s.SQLDB().Exec("DROP TABLE chat_limits"))
		_, errs["a user"] = s.MesiboUser(t.Context(), "canary-user")
		_, errs["users"] = s.MesiboUsersByPhone(t.Context(), []string{phone})
		_, errs["a new user"] = s.KeepMesiboUser(t.Context(), heir)
		_, _, errs["a log-in"] = s.MesiboTokenOf(t.Context(), secret.New("canary-token"))
		_, _, errs["a try"] = s.TryMesiboChallenge(t.Context(), code, func(store.MesiboChallenge) string { return code })
		_, errs["a limit"] = s.Spend(t.Context(), store.Limit{Scope: "canary" + phone, Window: time.Second, Most: 1})
		_, errs["users of the site"] = s.MesiboSiteUsers(t.Context(), phone)
		_, errs["a file"] = s.MesiboFile(t.Context(), "canary.jpg")
		_, errs["forgetting"] = s.Forget(t.Context(), "canary-user", "cli", false)
		errs["a change"] = s.SetMesiboUser(t.Context(), u, u)
		errs["contacts"] = s.AddMesiboContacts(t.Context(), u.ID, []string{phone})
		errs["phones"] = s.PutMesiboPhones(t.Context(), 1, []store.MesiboPhone{{SiteUser: "canary-user", Phone: phone}})
		errs["a challenge"] = s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "canary", "canary"))
		errs["a push token"] = s.PutMesiboPush(t.Context(), store.MesiboPush{User: u.ID, Token: "canary"})
		for name, err := range errs {
			if err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), phone) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if !errors.Is(errs["a user"], store.ErrUnavailable) || !errors.Is(errs["a log-in"], store.ErrUnavailable) {
			t.Errorf("a table that is gone is told as %v, %v", errs["a user"], errs["a log-in"])
		}
	})
}

func TestATokenOpensOneAddressOnly(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		u := member(t, s, 1)
		moved := u
		moved.Address, moved.Phone = "4930000077", "4930000077"
		ok(t, s.PutMesiboToken(t.Context(), issued(d, u.ID, "app", "d"), secret.New("first token")))
		if err := s.SetMesiboUser(t.Context(), u, moved); !errors.Is(err, store.ErrConflict) {
			t.Errorf("an address is given up while a token of it is kept: %v", err)
		}
		must[[]store.MesiboToken](t)(s.DropMesiboTokens(t.Context(), u.ID, 0))
		ok(t, s.SetMesiboUser(t.Context(), u, moved))
		if err := s.PutMesiboToken(t.Context(), issued(d, u.ID, "app", "d"), secret.New("late token")); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a token of the former address is kept: %v", err)
		}
		tok := issued(d, u.ID, "app", "d")
		tok.Address = moved.Address
		ok(t, s.PutMesiboToken(t.Context(), tok, secret.New("new token")))
		kept := must[store.MesiboToken](t)(s.MesiboTokenKept(t.Context(), u.ID, "app", "d"))
		if kept.Address != moved.Address || kept.ID == 0 {
			t.Errorf("%+v", kept)
		}
		if _, err := s.MesiboTokenKept(t.Context(), u.ID, "app", "e"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a device without a token: %v", err)
		}
		if _, err := s.SQLDB().ExecContext(t.Context(), "UPDATE chat_mesibo_tokens SET address = '4930000001'"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.MesiboTokenOf(t.Context(), secret.New("new token")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a token of another address lets in: %v", err)
		}
		out := moved
		out.DisabledAt = d.clock.Now()
		ok(t, s.SetMesiboUser(t.Context(), moved, out))
		if err := s.PutMesiboToken(t.Context(), tok, secret.New("token of who is shut out")); !errors.Is(err, store.ErrConflict) {
			t.Errorf("who is shut out gets a token: %v", err)
		}
	})
}

func TestATokenAndAMoveAtOnceNeverLeaveATokenOfTheFormerAddress(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		stores := []*store.Store{d.open(t), d.open(t)}
		for n := range int64(10) {
			u := must[store.MesiboUser](t)(stores[0].KeepMesiboUser(t.Context(), store.MesiboUser{SiteUser: fmt.Sprint(n), Address: fmt.Sprint(4930001000 + n), Changed: 100}))
			moved := u
			moved.Address = fmt.Sprint(4930002000 + n)
			var both sync.WaitGroup
			var put, set error
			both.Go(func() {
				tok := issued(d, u.ID, "app", "d")
				tok.Address = u.Address
				put = stores[0].PutMesiboToken(t.Context(), tok, secret.New(fmt.Sprint("token ", n)))
			})
			both.Go(func() { set = stores[1].SetMesiboUser(t.Context(), u, moved) })
			both.Wait()
			if (put == nil) == (set == nil) {
				t.Errorf("both or none: a token %v, a move %v", put, set)
			}
			for _, err := range []error{put, set} {
				if err != nil && !errors.Is(err, store.ErrConflict) {
					t.Error(err)
				}
			}
		}
	})
}
