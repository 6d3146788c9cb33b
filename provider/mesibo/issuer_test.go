package mesibo_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/userinfo"
)

func TestACommandGetsTheTokenOfAUserWithoutAServerBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, nil)
		ann := y.set("6", "Ann", "919876543210")
		token, ends, err := y.provider.Issue(t.Context(), ann)
		if err != nil {
			t.Fatal(err)
		}
		if address, app, good := y.Token(token.Reveal()); !good || address != "919876543210" || app != androidApp {
			t.Errorf("%q in %q, %v", address, app, good)
		}
		if life := time.Until(ends); life != 30*24*time.Hour {
			t.Errorf("it lives %s", life)
		}
		if page := y.login(t, ann); page.Token != token.Reveal() {
			t.Error("the page has another token, which may end this one")
		}
	})
}

func TestACommandGetsNoTokenOfAUserWithoutAPhoneOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, nil)
		y.set("6", "Ann", "919876543210")
		for _, u := range []struct {
			id          userinfo.ID
			phone, want string
		}{
			{"7", "", "phone number of this account is missing"}, {"8", "919876543210", "is another account's too"},
		} {
			_, _, err := y.provider.Issue(t.Context(), y.set(u.id, "Bob", u.phone))
			if err == nil || !strings.Contains(err.Error(), u.want) {
				t.Errorf("user %s: %v", u.id, err)
			}
		}
		if _, _, err := y.provider.Issue(t.Context(), y.set("tel:919876543210", "Mallory", "")); !errors.Is(err, provider.ErrNoToken) {
			t.Errorf("an id that cannot be kept: %v", err)
		}
		if calls := y.operations(); len(calls) != 0 {
			t.Errorf("calls: %v", calls)
		}
		y.Always(providertest.Refuse("MISSINGPARA"))
		if _, _, err := y.provider.Issue(t.Context(), y.set("9", "Cat", "919876543299")); err == nil || !strings.Contains(err.Error(), "MISSINGPARA") {
			t.Errorf("what Mesibo said is not told: %v", err)
		}
	})
}
