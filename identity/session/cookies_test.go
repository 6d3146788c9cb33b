package session_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity/session"
)

func TestTheCookiesOfRecipesThatAreFollowed(t *testing.T) {
	recipe := func(name, cookie string, needs ...string) session.Recipe {
		return session.Recipe{Name: name, Cookie: cookie, Read: "php", Needs: needs, Steps: []session.Step{{Check: "1 = 1"}}, User: "1"}
	}
	recipes := []session.Recipe{recipe("one", "site_*"), recipe("two", "~(.+)_sid"), recipe("again", "site_*"), recipe("locked", "locked", "pepper")}
	r := open(t, options(sessions(), nil), recipes...)
	if diff := cmp.Diff([]string{"site_abc", "x_sid"}, r.CookieNames("abc")); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	for name, want := range map[string]bool{"site_1": true, "a.sid": true, "a_sid": true, "my.x_sid": true, "locked": false, "": false, "other": false} {
		if got := r.ReadsCookie(name); got != want {
			t.Errorf("%q is read: %v, want %v", name, got, want)
		}
	}
	if r = open(t, options(sessions(), map[string]string{"pepper": "x"}), recipes...); !r.ReadsCookie("locked") {
		t.Error("a recipe that has what it needs is not followed")
	}
}
