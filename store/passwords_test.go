package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
)

func TestMarksOfPasswordsAreKept(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		d.keys = store.Keys{Key: testKey}
		s := d.open(t)
		i := known(t, d, s, "sendbird", "6", "u-6")
		first, second, other := s.PasswordMarks("6", "a").Now(), s.PasswordMarks("6", "b").Now(), s.PasswordMarks("7", "a").Now()
		if first == second || first == other || !passmark.Valid(first) {
			t.Fatalf("marks %q, %q, %q", first, second, other)
		}
		for _, step := range []struct{ was, is, want string }{{"", first, first}, {"", second, first}, {second, other, first}, {first, second, second}} {
			ok(t, s.MarkPassword(t.Context(), i.Provider, i.App, i.SiteUser, step.was, step.is))
			if got := must[store.Identity](t)(s.IdentityByID(t.Context(), i.ID)).Password; got != step.want {
				t.Errorf("%q in the place of %q leaves %q", step.is, step.was, got)
			}
		}
		ok(t, s.MarkPassword(t.Context(), i.Provider, i.App, "99", "", first))
		if s.MarkPassword(t.Context(), i.Provider, i.App, i.SiteUser, second, "a password") == nil {
			t.Error("what is no mark is kept")
		}
		again := must[store.Identity](t)(s.KeepIdentity(t.Context(), store.Identity{Provider: i.Provider, App: i.App, SiteUser: i.SiteUser, Address: i.Address, ProfileHash: "x"}))
		if again.Password != second {
			t.Errorf("a new profile makes the mark %q", again.Password)
		}

		u := chats(t, d, s, 6)
		tok := issued(d, u.ID, "app", "d")
		tok.Address, tok.Password = u.Address, first
		ok(t, s.PutMesiboToken(t.Context(), tok, secret.New("a token of somebody")))
		ok(t, s.MarkMesiboTokens(t.Context(), u.ID, second, other))
		if got := must[store.MesiboToken](t)(s.MesiboTokenKept(t.Context(), u.ID, "app", "d")).Password; got != first {
			t.Errorf("the token has %q", got)
		}
		ok(t, s.MarkMesiboTokens(t.Context(), u.ID, first, second))
		if got := must[store.MesiboToken](t)(s.MesiboTokenKept(t.Context(), u.ID, "app", "d")).Password; got != second {
			t.Errorf("the token has %q", got)
		}
		if s.MarkMesiboTokens(t.Context(), u.ID, second, "a password") == nil {
			t.Error("what is no mark is kept")
		}
		v := chats(t, d, s, 7)
		want := []store.MesiboPassword{{User: u.ID, Mark: second}, {User: v.ID}}
		got := must[[]store.MesiboPassword](t)(s.MesiboPasswords(t.Context(), []int64{u.ID, v.ID, 999}))
		slices.SortFunc(got, func(a, b store.MesiboPassword) int { return int(a.User - b.User) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		d.clock.Add(2 * time.Hour)
		if got := must[[]store.MesiboPassword](t)(s.MesiboPasswords(t.Context(), []int64{u.ID, v.ID})); len(got) > 0 {
			t.Errorf("of tokens that ended: %v", got)
		}
	})
}

func TestAMarkOfAFormerKeyStillTellsANewPassword(t *testing.T) {
	marks := func(k store.Keys, digest string) passmark.Marks {
		return (&database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock(), keys: k}).open(t).PasswordMarks("6", digest)
	}
	token, next := secret.New("token-of-sendbird-0123456789"), secret.New("next-token-of-sendbird-0123456789")
	mesibo := secret.New("token-of-mesibo-0123456789")
	derived := func(tokens ...secret.Secret) map[string][]secret.Secret {
		return map[string][]secret.Secret{"sendbird": tokens}
	}
	for name, c := range map[string]struct {
		before, after store.Keys
		known         bool
	}{
		"a new key":               {store.Keys{Key: testKey}, store.Keys{Key: next, Previous: testKey}, true},
		"the first key":           {store.Keys{Derived: derived(token)}, store.Keys{Key: testKey, Derived: derived(token)}, true},
		"a new API token":         {store.Keys{Derived: derived(token)}, store.Keys{Derived: derived(next, token)}, true},
		"another provider":        {store.Keys{Derived: derived(token)}, store.Keys{Derived: map[string][]secret.Secret{"mesibo": {mesibo}, "sendbird": {token}}}, true},
		"a key that is lost":      {store.Keys{Key: testKey}, store.Keys{Key: next}, false},
		"no key, after a restart": {store.Keys{}, store.Keys{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			was := marks(c.before, "a").Now()
			same, another := marks(c.after, "a"), marks(c.after, "b")
			if same.Changed(was) || another.Changed(was) != c.known || another.Foreign(was) == c.known || same.Renews(was) != c.known || another.Renews(was) {
				t.Errorf("same: changed %v, renews %v; another: changed %v, renews %v, foreign %v", same.Changed(was), same.Renews(was), another.Changed(was), another.Renews(was), another.Foreign(was))
			}
		})
	}
}
