package mesibo_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

func TestManyFirstLogInsMakeOneUser(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("6", "Ann", "919876543210")
		var all sync.WaitGroup
		rows := make([]store.MesiboUser, 30)
		for i := range rows {
			all.Go(func() {
				var err error
				if rows[i], err = y.provider.Enroll(t.Context(), ann, "919876543210"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, row := range rows {
			if row.ID == 0 || row.ID != rows[0].ID || row.Address != "919876543210" || row.SiteName != "Ann" || row.Changed == 0 {
				t.Fatalf("got %+v and %+v", rows[0], row)
			}
		}
	})
}

func TestANewPhoneIsANewAddressAndEndsTheTokensOfTheFormer(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		first := y.login(t, y.set("6", "Ann", "919876543210"))
		ann := y.set("6", "Anna", "919876543299")
		if _, _, _, err := y.provider.Bearer(t.Context(), first.Token); !errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("the token of the former phone: %v", err)
		}
		time.Sleep(2 * time.Second)
		y.Requests()
		y.Always(providertest.Status(500))
		y.ask(t, http.MethodPost, ann, "").want(t, "while the former tokens cannot be ended", http.StatusServiceUnavailable, "provider_unavailable")
		y.Always(nil)
		time.Sleep(2 * time.Second)
		y.Requests()
		second := y.login(t, ann)
		if second.Address != "919876543299" || second.Token == first.Token {
			t.Errorf("got %+v", second)
		}
		if _, _, good := y.Token(first.Token); good {
			t.Error("the former token counts at Mesibo")
		}
		if got := y.operations(); !cmp.Equal(got, []string{"userdel", "useradd"}) {
			t.Errorf("calls: %v", got)
		}
		u, err := y.store.MesiboUser(t.Context(), "6")
		if err != nil || u.SiteName != "Anna" || u.Phone != "919876543299" {
			t.Errorf("%+v, %v", u, err)
		}
	})
}

func TestWhoGetsAnothersFormerPhoneGetsNothingElseOfThem(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		old := y.login(t, y.set("6", "Ann", "919876543210"))
		y.set("6", "Ann", "919876543299") // and never signs in again
		bob := y.set("7", "Bob", "919876543210")
		got := y.login(t, bob)
		if got.Address != "919876543210" || got.Token == old.Token {
			t.Fatalf("got %+v", got)
		}
		if _, _, good := y.Token(old.Token); good {
			t.Error("the former owner's token counts at Mesibo")
		}
		if _, _, _, err := y.provider.Bearer(t.Context(), old.Token); !errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("the former owner's token counts here: %v", err)
		}
		if calls := y.operations(); !cmp.Equal(calls, []string{"useradd", "userdel", "useradd"}) {
			t.Errorf("calls: %v", calls)
		}
		ann := y.login(t, y.set("6", "Ann", "919876543299"))
		if ann.Address != "919876543299" {
			t.Errorf("got %+v", ann)
		}
		if _, _, good := y.Token(got.Token); !good {
			t.Error("the new owner's token was ended with the former owner's log-in")
		}
		first, _ := y.store.MesiboUser(t.Context(), "6")
		second, _ := y.store.MesiboUser(t.Context(), "7")
		if first.ID == second.ID || first.Phone != "919876543299" || second.Phone != "919876543210" {
			t.Errorf("%+v, %+v", first, second)
		}
	})
}

func TestAPhoneThatTwoUsersHaveIsNobodysAddress(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		y.login(t, y.set("6", "Ann", "919876543210"))
		mallory := y.set("66", "Mallory", "+91 (98765) 43210")
		y.ask(t, http.MethodPost, mallory, "").want(t, "who wrote another's phone into their profile", http.StatusForbidden, "phone_not_unique")
		y.ask(t, http.MethodPost, y.set("6", "Ann", "919876543210"), "").want(t, "its owner, meanwhile", http.StatusForbidden, "phone_not_unique")
		y.ask(t, http.MethodPost, y.set("7", "Bob", ""), "").want(t, "who has no phone", http.StatusForbidden, "phone_not_unique")
		y.ask(t, http.MethodPost, y.set("8", "Cid", "12345"), "").want(t, "who has half a phone", http.StatusForbidden, "phone_not_unique")
		if got := y.operations(); len(got) != 1 {
			t.Errorf("calls: %v", got)
		}
	})
}

func TestAnOpaqueAddressTellsNothingAndStays(t *testing.T) {
	quiet(t, func(c *mesibo.Config, _ *provider.Deps) { c.Address, c.Legacy = "opaque", "off" }, func(y *yard) {
		t := y.T
		got := y.login(t, y.set("6", "Ann", "919876543210"))
		if !regexp.MustCompile(`^[a-z2-7]{26}$`).MatchString(got.Address) {
			t.Errorf("address %q", got.Address)
		}
		if body := y.Requests()[0].Body; strings.Contains(body, "9876543210") {
			t.Errorf("the phone is told: %s", body)
		}
		if again := y.login(t, y.set("6", "Ann", "919876543299")); again.Address != got.Address || again.Token != got.Token {
			t.Errorf("another phone is another user: %+v", again)
		}
		other := y.login(t, y.set("7", "Bob", ""))
		if other.Address == got.Address {
			t.Error("two users have one address")
		}
		y.set("66", "Mallory", "919876543299")
		y.login(t, y.set("66", "Mallory", "919876543299"))
		if u, err := y.store.MesiboUser(t.Context(), "66"); err != nil || u.Phone != "" {
			t.Errorf("who shares another's phone is found by it: %+v, %v", u, err)
		}
	})
}

func TestStrangersAreLetInOnlyWhereSignUpIsOpen(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		if _, err := y.provider.EnrollPhone(t.Context(), "919876543210"); !errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("got %v", err)
		}
	})
	open := func(c *mesibo.Config, _ *provider.Deps) {
		c.Signup = "open"
		c.OTPDelivery = secretWebhook
	}
	quiet(t, open, func(y *yard) {
		t := y.T
		u, err := y.provider.EnrollPhone(t.Context(), "919876543210")
		if err != nil || u.SiteUser != "tel:919876543210" || u.Address != "919876543210" {
			t.Fatalf("%+v, %v", u, err)
		}
		token, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if got, _, site, err := y.provider.Bearer(t.Context(), token); err != nil || site != nil || got.ID != u.ID {
			t.Errorf("%+v %v %v", got, site, err)
		}
		// Somebody whose id on the site reads like a stranger's is not that stranger.
		if _, err := y.provider.Enroll(t.Context(), &userinfo.User{ID: "tel:919876543210", Name: "Mallory"}, "919876543211"); !errors.Is(err, provider.ErrNoToken) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAPhoneInAProfileDoesNotBeatOneThatWasProven(t *testing.T) {
	open := func(c *mesibo.Config, _ *provider.Deps) {
		c.Signup = "open"
		c.OTPDelivery = secretWebhook
	}
	quiet(t, open, func(y *yard) {
		t := y.T
		vera, err := y.provider.EnrollPhone(t.Context(), "919876543210")
		if err != nil {
			t.Fatal(err)
		}
		token, _, err := y.provider.IssueIn(t.Context(), vera, androidApp, "", "")
		if err != nil {
			t.Fatal(err)
		}
		own := y.login(t, y.set("66", "Mallory", "919876543266"))
		mallory := y.set("66", "Mallory", "+91 98765 43210")
		for range 2 {
			y.ask(t, http.MethodPost, mallory, "").want(t, "who wrote another's phone into their profile", http.StatusConflict, "phone_taken")
		}
		y.ask(t, http.MethodPost, y.set("7", "Bob", "919876543210"), "") // two have it: it is nobody's
		y.set("7", "", "")
		y.ask(t, http.MethodPost, y.set("66", "Mallory", "919876543210"), "").want(t, "again", http.StatusConflict, "phone_taken")
		if _, _, good := y.Token(token); !good {
			t.Error("the token of who proved the phone was ended at Mesibo")
		}
		if got, _, _, err := y.provider.Bearer(t.Context(), token); err != nil || got.ID != vera.ID || got.Address != "919876543210" {
			t.Errorf("the token of who proved the phone: %+v, %v", got, err)
		}
		if _, _, good := y.Token(own.Token); !good {
			t.Error("who is refused has lost their own token")
		}
		// Who knows a code that was sent to the phone has it.
		bob := y.set("66", "Mallory", "919876543210")
		if got, err := y.provider.EnrollProven(t.Context(), bob, "919876543210"); err != nil || got.SiteUser != "66" || got.Address != "919876543210" {
			t.Errorf("%+v, %v", got, err)
		}
		if _, _, good := y.Token(token); good {
			t.Error("two users have one address at Mesibo")
		}
		if got := y.login(t, bob); got.Address != "919876543210" {
			t.Errorf("after the proof: %+v", got)
		}
	})
}

func TestWhoSignedUpWithoutTheSiteHoldsNoPhoneOnceThatIsOff(t *testing.T) {
	open := func(c *mesibo.Config, _ *provider.Deps) { c.Signup, c.OTPDelivery = "open", secretWebhook }
	quiet(t, open, func(y *yard) {
		t := y.T
		vera, err := y.provider.EnrollPhone(t.Context(), "919876543210")
		if err != nil {
			t.Fatal(err)
		}
		token, _, err := y.provider.IssueIn(t.Context(), vera, androidApp, "", "")
		if err != nil {
			t.Fatal(err)
		}
		y.provider.SetSignup("off")
		ann := y.login(t, y.set("6", "Ann", "919876543210"))
		if _, _, good := y.Token(token); good || ann.Address != "919876543210" {
			t.Errorf("%+v, and the former token is good: %v", ann, good)
		}
	})
}
