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
		first, second, other := s.PasswordMark("6", "a"), s.PasswordMark("6", "b"), s.PasswordMark("7", "a")
		if !passmark.Changed(first, second) || passmark.Changed(first, first) || first == other || !passmark.Valid(first) {
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
