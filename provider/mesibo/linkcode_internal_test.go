package mesibo

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// link asks for a link code as a user of the site.
func (h *house) link(id userinfo.ID) (link, error) {
	h.t.Helper()
	route := h.routes[http.MethodPost+" "+linkPath]
	if route.Open || route.Root || route.Hidden {
		h.t.Fatalf("the route is %+v", route)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, "/chat"+linkPath, nil)
	if err := route.Serve(w, r, &provider.Visitor{User: &userinfo.User{ID: id}}); err != nil {
		return link{}, err
	}
	var got link
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		h.t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	if cache := w.Header().Get("Cache-Control"); !strings.Contains(cache, "no-store") {
		h.t.Errorf("Cache-Control %q", cache)
	}
	return got, nil
}

func TestM15ALinkCodeSignsItsUserInOnce(t *testing.T) {
	for name, change := range map[string]func(c *Config){
		"nothing else signs in":    func(c *Config) { c.OTPDelivery = linkOnly },
		"beside codes by message":  nil,
		"where Mesibo makes codes": func(c *Config) { c.OTP = "mesibo" },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, "", change)
			got, err := h.link("6")
			if err != nil || len(got.Code) != codeDigits || got.ExpiresAt != h.clock.Now().Add(codeLife).UnixMilli() || got.Phone != "*********210" {
				t.Fatalf("%+v %v", got, err)
			}
			if answer := h.ask("J", "op", "login", "phone", bob, "appid", testApp, "otp", got.Code); answer.values["error"] != "BADUSER" {
				t.Fatalf("another user's number: %s", answer.body)
			}
			answer := h.ask("J", "op", "login", "phone", "+"+alice, "appid", otherApp, "otp", got.Code)
			if answer.values["result"] != "OK" || answer.values["phone"] != alice {
				t.Fatalf("%s", answer.body)
			}
			if user, _ := h.mesibo.asked("useradd")[0]["user"].(map[string]any); user["otp"] != nil {
				t.Errorf("Mesibo is to check a code that is ours: %v", user)
			}
			if answer := h.ask("J", "op", "login", "phone", alice, "appid", otherApp, "otp", got.Code); answer.values["error"] != "BADUSER" {
				t.Errorf("a second time: %s", answer.body)
			}
			h.quiet()
		})
	}
}

func TestALinkCodeOutlivesTheFirstStepOfTheApp(t *testing.T) {
	h := newHouse(t, "", nil)
	got, err := h.link("6")
	if err != nil {
		t.Fatal(err)
	}
	sent := h.fresh2(alice)
	if answer := h.ask("F", "op", "login", "phone", alice, "appid", testApp, "code", got.Code); answer.values["result"] != "OK" {
		t.Errorf("the link code: %s", answer.body)
	}
	if answer := h.ask("F", "op", "login", "phone", alice, "appid", testApp, "code", sent); answer.values["result"] != "OK" {
		t.Errorf("the code of the message: %s", answer.body)
	}
}

func TestALinkCodeEndsAfterFiveMinutesAndWithTheNext(t *testing.T) {
	h := newHouse(t, "", nil)
	old, err := h.link("6")
	if err != nil {
		t.Fatal(err)
	}
	next, err := h.link("6")
	if err != nil {
		t.Fatal(err)
	}
	try := func(code string) any {
		return h.ask("F", "op", "login", "phone", alice, "appid", testApp, "code", code).values["error"]
	}
	if old.Code != next.Code && try(old.Code) != "BADCODE" {
		t.Error("the former code is good still")
	}
	h.clock.Add(codeLife)
	if try(next.Code) != "BADCODE" {
		t.Error("an old code is good still")
	}
}

func TestWhoGetsNoLinkCode(t *testing.T) {
	for name, c := range map[string]struct {
		change func(h *house)
		id     userinfo.ID
		status int
		code   string
	}{
		"a user who is gone":                     {nil, "99", http.StatusForbidden, "user_disabled"},
		"a user without a phone":                 {func(h *house) { h.people.set("none", userinfo.User{ID: "5"}) }, "5", http.StatusConflict, "no_phone"},
		"a user whose phone another has too":     {func(h *house) { h.people.set(alice, userinfo.User{ID: "6"}, userinfo.User{ID: "66"}) }, "6", http.StatusConflict, "phone_shared"},
		"before the site's phones are known":     {func(h *house) { h.p.people = blind{h.people, errNotYet} }, "6", http.StatusServiceUnavailable, "unavailable"},
		"a phone that was changed a moment ago":  {func(h *house) { h.p.people = blind{h.people, errNobody} }, "6", http.StatusConflict, "phone_pending"},
		"a phone that is known as another's yet": {func(h *house) { h.p.people = blind{h.people, nil} }, "6", http.StatusConflict, "phone_shared"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, "", nil)
			if c.change != nil {
				c.change(h)
			}
			_, err := h.link(c.id)
			if f := fault(t, err); f.Status != c.status || f.Code != c.code || f.Text == "" {
				t.Errorf("got %v", f)
			}
		})
	}
	h := newHouse(t, "", nil)
	down := errors.New("the site's database is away")
	h.people.fail(down)
	if _, err := h.link("6"); !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
}

func TestLinkCodesHaveALimit(t *testing.T) {
	h := newHouse(t, "", nil)
	for range linkLimits[0].most {
		if _, err := h.link("6"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.link("6")
	if f := fault(t, err); f.Status != http.StatusTooManyRequests || f.RetryAfter <= 0 {
		t.Errorf("got %v", f)
	}
	if _, err := h.link("7"); err != nil {
		t.Errorf("another user: %v", err)
	}
	h.clock.Add(10 * time.Minute)
	if _, err := h.link("6"); err != nil {
		t.Errorf("ten minutes later: %v", err)
	}
}

func TestALinkCodeDoesNotBeatAProvenPhone(t *testing.T) {
	h := newHouse(t, "", func(c *Config) { c.Signup = wordOpen })
	vera := h.token(nobodys)
	h.people.set(nobodys, userinfo.User{ID: "66", Name: "Mallory"})
	s, err := h.p.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const before = "135790"
	if _, err := h.p.challenge(t.Context(), s, store.MesiboChallenge{Kind: store.ChallengeLink, SiteUser: "66"}, nobodys, before); err != nil {
		t.Fatal(err)
	}
	_, err = h.link("66")
	if f := fault(t, err); f.Status != http.StatusConflict || f.Code != "phone_taken" {
		t.Errorf("got %v", f)
	}
	if got := h.ask("F", "op", "login", "phone", nobodys, "appid", testApp, "code", before); got.values["error"] != "BADUSER" || got.values["token"] != nil {
		t.Errorf("a code that the site showed before: %s", got.body)
	}
	if got := h.ask("F", "op", "login", "phone", nobodys, "appid", testApp, "code", h.fresh(nobodys)); got.values["result"] != "OK" {
		t.Errorf("a code that was sent to the phone: %s", got.body)
	}
	if got := h.ask("G", "op", "getcontacts", "token", vera); got.values["error"] != "AUTHFAIL" {
		t.Errorf("the token of the former user of the address: %s", got.body)
	}
}
