package mesibo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// putMembers puts users into the site and the store, each with a token, as if they had signed in.
func (y *yard) putMembers(t *testing.T, from, to int) (tokens []string) {
	t.Helper()
	for n := from; n <= to; n++ {
		id, phone := fmt.Sprint(n), fmt.Sprint(919876500000+n)
		y.set(userinfo.ID(id), "User", phone)
		u, err := y.store.KeepMesiboUser(t.Context(), store.MesiboUser{SiteUser: id, Address: phone, Phone: phone, SiteName: "User"})
		if err != nil {
			t.Fatal(err)
		}
		token := fmt.Sprintf("token-of-mesibo-%09d", n)
		if err := y.store.PutMesiboToken(t.Context(), store.MesiboToken{User: u.ID, App: androidApp, Address: u.Address, ExpiresAt: time.Now().Add(240 * time.Hour)}, secret.New(token)); err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
	}
	return tokens
}

// remove takes users from the site.
func (y *yard) remove(from, to int) {
	for n := from; n <= to; n++ {
		y.set(userinfo.ID(fmt.Sprint(n)), "", "")
	}
}

// out counts users who are shut out.
func (y *yard) out(t *testing.T, from, to int) (out int) {
	t.Helper()
	for n := from; n <= to; n++ {
		u, err := y.store.MesiboUser(t.Context(), fmt.Sprint(n))
		if err != nil {
			t.Fatal(err)
		}
		if !u.DisabledAt.IsZero() {
			out++
		}
	}
	return out
}

func TestWhoIsAskedForWhileACrowdIsGoneIsNeitherShutOutNorSignedOut(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		tokens := y.putMembers(t, 1, 30)
		y.remove(1, 30)
		time.Sleep(10 * time.Second)
		for _, token := range tokens {
			_, _, _, err := y.provider.Bearer(t.Context(), token)
			if err == nil || errors.Is(err, mesibo.ErrNobody) || mesibo.RefusalCode(err) != "UNAVAILABLE" {
				t.Fatalf("got %v", err)
			}
		}
		if n := y.out(t, 1, 30); n > 0 {
			t.Errorf("%d are shut out", n)
		}
		y.putBack(1, 30)
		time.Sleep(10 * time.Second)
		for _, token := range tokens {
			if _, _, _, err := y.provider.Bearer(t.Context(), token); err != nil {
				t.Fatalf("who is back: %v", err)
			}
		}
		y.remove(7, 7)
		if _, _, _, err := y.provider.Bearer(t.Context(), tokens[6]); !errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("one alone who is gone: %v", err)
		}
		y.remove(1, 30)
		time.Sleep(70 * time.Minute)
		if n := y.out(t, 1, 30); n != 30 {
			t.Errorf("after more than an hour %d are shut out", n)
		}
		if _, _, _, err := y.provider.Bearer(t.Context(), tokens[0]); !errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("after more than an hour: %v", err)
		}
	})
}

// putBack puts them back.
func (y *yard) putBack(from, to int) {
	for n := from; n <= to; n++ {
		y.set(userinfo.ID(fmt.Sprint(n)), "User", fmt.Sprint(919876500000+n))
	}
}

func TestACrowdOnOnePageKeepsNobodyInWhoIsOnAnother(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		y.putMembers(t, 1, 520)
		y.remove(1, 300)
		y.remove(510, 510)
		time.Sleep(6 * time.Second)
		if n := y.out(t, 510, 510); n != 1 {
			t.Error("who is gone from the second page is still in")
		}
		if n := y.out(t, 1, 300); n > 0 {
			t.Errorf("%d of the crowd are shut out", n)
		}
		if !strings.Contains(y.logged(), "most users of mesibo are out of sight") {
			t.Error("nobody was told of the crowd")
		}
		time.Sleep(70 * time.Minute)
		if n := y.out(t, 1, 300); n != 300 {
			t.Errorf("after more than an hour %d of the crowd are shut out", n)
		}
	})
}

// stubborn is a store that takes no jobs about one user.
type stubborn struct {
	deskKeeper

	user userinfo.ID
}

func (s stubborn) Enqueue(ctx context.Context, j provider.Job) error {
	if j.User == s.user {
		return errors.New("no room")
	}
	return s.deskKeeper.Enqueue(ctx, j)
}

func TestOneWhoCannotBeShutOutKeepsNobodyElseIn(t *testing.T) {
	bubble(t, func(_ *mesibo.Config, d *provider.Deps) { d.Store = stubborn{d.Store.(deskKeeper), "3"} }, func(y *yard) {
		t := y.T
		tokens := y.putMembers(t, 1, 510)
		y.remove(3, 5)
		y.remove(505, 505)
		time.Sleep(6 * time.Second)
		for _, n := range []int{4, 5, 505} {
			if _, _, err := y.store.MesiboTokenOf(t.Context(), secret.New(tokens[n-1])); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the token of user %d: %v", n, err)
			}
		}
		if _, _, err := y.store.MesiboTokenOf(t.Context(), secret.New(tokens[2])); err != nil {
			t.Errorf("while Mesibo cannot be told, the watch needs the token to find the user again: %v", err)
		}
		if got := strings.Count(y.logged(), "cannot be shut out of mesibo yet"); got != 1 {
			t.Errorf("told %d times", got)
		}
	})
}
