package mesibo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

func TestM20ATokenIsGivenAgainWhileAFifthOfItsLifeIsLeft(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("6", "Ann", "+91 98765 43210")
		first := y.login(t, ann)
		if len(first.Token) <= 16 || first.Address != "919876543210" || first.AppID != androidApp || first.UID == "" {
			t.Fatalf("got %+v", first)
		}
		if got := time.Until(time.UnixMilli(first.ExpiresAt)); got != 30*24*time.Hour {
			t.Errorf("it lives %s", got)
		}
		time.Sleep(23 * 24 * time.Hour)
		if again := y.login(t, ann); again.Token != first.Token || again.ExpiresAt != first.ExpiresAt || again.UID != first.UID {
			t.Errorf("another token within 80 %% of its life: %+v", again)
		}
		if got := y.operations(); !cmp.Equal(got, []string{"useradd"}) {
			t.Errorf("calls: %v", got)
		}
		y.ask(t, http.MethodPost, ann, `{"appid":"com.example.web"}`).want(t, "another app", http.StatusOK, "")
		y.ask(t, http.MethodPost, ann, `{"device":"tablet"}`).want(t, "another device", http.StatusOK, "")
		if got := y.operations(); len(got) != 2 {
			t.Errorf("another app and another device: %v", got)
		}
		y.ask(t, http.MethodPost, ann, `{"fresh":true}`).want(t, "a fresh one", http.StatusOK, "")
		time.Sleep(25 * 24 * time.Hour)
		if later := y.login(t, ann); later.Token == first.Token {
			t.Error("a token at the end of its life is given again")
		}
		if got := y.operations(); len(got) != 2 {
			t.Errorf("fresh, and the end of the life: %v", got)
		}
	})
}

func TestM21TheRequestCarriesWhatMesiboNeedsAndTheAppTokenInItsBodyAlone(t *testing.T) {
	quiet(t, func(c *mesibo.Config, _ *provider.Deps) { c.TokenTTL = 90 * time.Second }, func(y *yard) {
		t := y.T
		y.login(t, y.set("6", "Ann \"é😀", "09876543210"))
		r := y.Requests()[0]
		var body map[string]any
		if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"op": "useradd", "token": yardToken,
			"user": map[string]any{
				"address": "919876543210", "name": "Ann \"é😀",
				"token": map[string]any{"appid": androidApp, "expiry": 1.0, "v2": true},
			},
		}
		if diff := cmp.Diff(want, body); diff != "" {
			t.Errorf("body (-want +got):\n%s", diff)
		}
		head := fmt.Sprint(r.Target, r.Header)
		if r.Method != http.MethodPost || strings.Contains(head, yardToken) || r.Target != "/backend/" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s", r.Method, head)
		}
	})
}

func TestTheLifeOfATokenIsAYearForTheStockMessengers(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		u, err := y.provider.Enroll(t.Context(), y.set("6", "Ann", "919876543210"), "919876543210")
		if err != nil {
			t.Fatal(err)
		}
		token, ends, err := y.provider.IssueIn(t.Context(), u, androidApp, "phone", "")
		if err != nil || time.Until(ends) != 365*24*time.Hour || y.Expiry(token) != 365*24*time.Hour {
			t.Errorf("%s, there %s, %v", time.Until(ends), y.Expiry(token), err)
		}
	})
}

func TestAllWhoAskAtOnceShareOneCall(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		u, err := y.provider.Enroll(t.Context(), y.set("6", "Ann", "919876543210"), "919876543210")
		if err != nil {
			t.Fatal(err)
		}
		y.Always(providertest.Slow(time.Second))
		var all sync.WaitGroup
		tokens := make([]string, 50)
		for i := range tokens {
			all.Go(func() {
				var err error
				if tokens[i], _, err = y.provider.IssueIn(t.Context(), u, androidApp, "", ""); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, token := range tokens {
			if token != tokens[0] {
				t.Fatal("two tokens")
			}
		}
		if got := y.operations(); len(got) != 1 {
			t.Errorf("%d calls", len(got))
		}
	})
}

func TestWhoTypedAnotherCodeSharesNoTokenAndGetsNoStoredOne(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("6", "Ann", "919876543210")
		u, err := y.provider.Enroll(t.Context(), ann, "919876543210")
		if err != nil {
			t.Fatal(err)
		}
		code, err := y.provider.OTP(t.Context(), "919876543210")
		if err != nil || code == "" || code != y.OTP("919876543210") {
			t.Fatal(code, err)
		}
		y.Always(providertest.Slow(time.Second))
		var all sync.WaitGroup
		all.Go(func() {
			if token, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", code); err != nil || token == "" {
				t.Errorf("the right code: %v", err)
			}
		})
		for range 5 {
			all.Go(func() {
				if token, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", "000000"); token != "" || mesibo.RefusalCode(err) != "BADUSER" {
					t.Errorf("a wrong code: %v", err)
				}
			})
		}
		all.Wait()
		if token, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", "000000"); token != "" || mesibo.RefusalCode(err) != "BADUSER" {
			t.Errorf("a wrong code while a token is stored: %v", err)
		}
		if y.provider.Ailing() != "" {
			t.Error("a wrong code turned health red")
		}
	})
}

func TestWhatSomebodyTypedNeverTurnsHealthRed(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		u, err := y.provider.Enroll(t.Context(), y.set("6", "Ann", "919876543210"), "919876543210")
		if err != nil {
			t.Fatal(err)
		}
		y.Script(providertest.Refuse("AUTHFAIL"))
		if _, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", "123456"); mesibo.RefusalCode(err) != "BADUSER" {
			t.Error(err)
		}
		if y.provider.Ailing() != "" {
			t.Error("one visitor's code stops all log-ins")
		}
		y.login(t, y.set("7", "Bob", "919876543211"))
	})
}

func TestSEC98TokensCrossNeitherUserNorAppNorDevice(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		y.Change(func(m *providertest.Mesibo) { m.Several = true })
		var mu sync.Mutex
		owner := map[string]string{}
		var all sync.WaitGroup
		for n := range 4 {
			phone := fmt.Sprint(919876543200 + n)
			u, err := y.provider.Enroll(t.Context(), y.set(userinfo.ID(fmt.Sprint(n+1)), "User", phone), phone)
			if err != nil {
				t.Fatal(err)
			}
			for _, app := range []string{androidApp, webApp} {
				for _, device := range []string{"", "a", "a ", "A", strings.Repeat("a", 200), strings.Repeat("a", 201), "é"} {
					for range 2 {
						all.Go(func() {
							token, _, err := y.provider.IssueIn(t.Context(), u, app, device, "")
							if err != nil {
								t.Error(err)
								return
							}
							if address, of, good := y.Token(token); !good || address != phone || of != app {
								t.Errorf("user %s, app %s: token of %s, %s, %v", phone, app, address, of, good)
							}
							key := fmt.Sprintf("%s %s %q", phone, app, device)
							mu.Lock()
							defer mu.Unlock()
							if other, taken := owner[token]; taken && other != key {
								t.Errorf("%s and %s share a token", other, key)
							}
							owner[token] = key
						})
					}
				}
			}
		}
		all.Wait()
		if len(owner) != 4*2*7 {
			t.Errorf("%d tokens", len(owner))
		}
	})
}

func TestM24ALogOutEndsOneTokenHereAtOnceAndAtMesibo(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		y.Change(func(m *providertest.Mesibo) { m.Several = true })
		ann := y.set("6", "Ann", "919876543210")
		phone := y.ask(t, http.MethodPost, ann, `{"device":"phone"}`)
		tablet := y.ask(t, http.MethodPost, ann, `{"device":"tablet"}`)
		y.Requests()
		y.ask(t, http.MethodDelete, ann, `{"device":"phone"}`).want(t, "log-out", http.StatusNoContent, "")
		if _, _, _, err := y.provider.Bearer(t.Context(), phone.Token); !errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("the ended token: %v", err)
		}
		time.Sleep(5 * time.Second)
		if _, _, _, err := y.provider.Bearer(t.Context(), tablet.Token); err != nil {
			t.Errorf("the other device: %v", err)
		}
		if _, _, good := y.Token(phone.Token); good {
			t.Error("the ended token counts at Mesibo")
		}
		// Mesibo knows no way to end one of two: the other device gets another there.
		tablet = y.ask(t, http.MethodPost, ann, `{"device":"tablet"}`)
		if _, _, good := y.Token(tablet.Token); !good {
			t.Error("the other device gets no token that counts at Mesibo")
		}
		y.ask(t, http.MethodDelete, ann, `{"device":"tablet"}`).want(t, "log-out", http.StatusNoContent, "")
		time.Sleep(5 * time.Second)
		for _, token := range []string{phone.Token, tablet.Token} {
			if _, _, good := y.Token(token); good {
				t.Error("a token counts at Mesibo within 5 s of the last log-out")
			}
		}
		if got := y.operations(); !cmp.Equal(got, []string{"userset", "useradd", "userset"}) {
			t.Errorf("calls: %v", got)
		}
		y.ask(t, http.MethodDelete, ann, "").want(t, "log-out of nobody", http.StatusNoContent, "")
		y.ask(t, http.MethodDelete, y.set("9", "New", "919876543219"), "").want(t, "log-out of a stranger", http.StatusNoContent, "")
	})
}

func TestM24ALogOutEverywhereEndsAllTokens(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("6", "Ann", "919876543210")
		one := y.ask(t, http.MethodPost, ann, `{"device":"phone"}`)
		other := y.ask(t, http.MethodPost, ann, `{"appid":"com.example.web"}`)
		y.Always(providertest.Status(http.StatusBadGateway)) // and Mesibo is away for a minute
		y.ask(t, http.MethodDelete, ann, "").want(t, "log-out", http.StatusNoContent, "")
		for _, token := range []string{one.Token, other.Token} {
			if _, _, _, err := y.provider.Bearer(t.Context(), token); !errors.Is(err, mesibo.ErrNobody) {
				t.Errorf("an ended token: %v", err)
			}
		}
		time.Sleep(time.Minute)
		y.Always(nil)
		time.Sleep(5 * time.Minute)
		for _, token := range []string{one.Token, other.Token} {
			if _, _, good := y.Token(token); good {
				t.Error("a token counts at Mesibo after the outage")
			}
		}
		if waiting := y.memory.Waiting(); len(waiting) > 0 {
			t.Errorf("jobs wait: %v", waiting)
		}
	})
}

func TestM25WhoIsGoneFromTheSiteIsOutWithinFiveSeconds(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("6", "Ann", "919876543210")
		bob := y.set("7", "Bob", "919876543211")
		first, other := y.login(t, ann), y.login(t, bob)
		time.Sleep(10 * time.Second)
		y.set("6", "", "")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if _, active, _ := y.User("919876543210"); active {
			t.Error("she is active at Mesibo")
		}
		if _, _, good := y.Token(first.Token); good {
			t.Error("her token counts at Mesibo")
		}
		if _, _, _, err := y.provider.Bearer(t.Context(), first.Token); !errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("her token counts here: %v", err)
		}
		y.ask(t, http.MethodPost, ann, "").want(t, "a request all the same", http.StatusForbidden, "user_disabled")
		if _, _, _, err := y.provider.Bearer(t.Context(), other.Token); err != nil {
			t.Errorf("another user: %v", err)
		}
		time.Sleep(10 * time.Minute)
		if got := y.operations(); !cmp.Equal(got, []string{"useradd", "useradd", "userset"}) {
			t.Errorf("calls: %v", got)
		}
		ann = y.set("6", "Ann", "919876543210")
		back := y.login(t, ann)
		if _, _, good := y.Token(back.Token); !good || back.Token == first.Token {
			t.Error("who is back gets no good token")
		}
		time.Sleep(time.Minute)
		if _, _, good := y.Token(back.Token); !good {
			t.Error("who is back is thrown out again")
		}
	})
}

func TestM25APrivateOperationOfWhoIsGoneIsRefusedAtOnceAndTheWatchShutsThemOut(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		token := y.login(t, y.set("6", "Ann", "919876543210")).Token
		y.breakSite(errors.New("away"))
		if _, _, _, err := y.provider.Bearer(t.Context(), token); err == nil || errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("while the site cannot be asked: %v", err)
		}
		y.breakSite(nil)
		time.Sleep(5 * time.Second)
		y.set("6", "", "")
		if _, _, _, err := y.provider.Bearer(t.Context(), token); !errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("got %v", err)
		}
		time.Sleep(5 * time.Second)
		if u, err := y.store.MesiboUser(t.Context(), "6"); err != nil || u.DisabledAt.IsZero() {
			t.Errorf("five seconds later: %+v, %v", u, err)
		}
		y.set("6", "Ann", "919876543210")
		if _, _, _, err := y.provider.Bearer(t.Context(), token); !errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("the old token counts again: %v", err)
		}
	})
}

func TestACrowdThatIsGoneAtOnceStaysForAnHour(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		for n := range 30 {
			y.login(t, y.set(userinfo.ID(fmt.Sprint(n+1)), "User", fmt.Sprint(919876543200+n)))
		}
		for n := range 30 {
			y.set(userinfo.ID(fmt.Sprint(n+1)), "", "")
		}
		y.Requests()
		time.Sleep(30 * time.Minute)
		if got := y.operations(); len(got) > 0 {
			t.Errorf("after half an hour: %v", got)
		}
		time.Sleep(time.Hour)
		if got := y.operations(); len(got) != 30 {
			t.Errorf("after an hour and a half: %d calls", len(got))
		}
	})
}

func TestATokenThatIsShortLongUnknownOrExpiredIsNobodys(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		got := y.login(t, y.set("6", "Ann", "919876543210"))
		u, id, site, err := y.provider.Bearer(t.Context(), got.Token)
		if err != nil || u.SiteUser != "6" || id == 0 || site == nil || site.ID != "6" {
			t.Fatalf("%+v %d %v %v", u, id, site, err)
		}
		for _, token := range []string{"", "short", strings.Repeat("x", 16), strings.Repeat("x", 40), got.Token + "x", strings.ToUpper(got.Token), strings.Repeat("x", 1<<20)} {
			if _, _, _, err := y.provider.Bearer(t.Context(), token); !errors.Is(err, mesibo.ErrNobody) {
				t.Errorf("%.40q: %v", token, err)
			}
		}
		time.Sleep(31 * 24 * time.Hour)
		if _, _, _, err := y.provider.Bearer(t.Context(), got.Token); !errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("an expired token: %v", err)
		}
	})
}

func TestTokensOfOneUserInADayAreBounded(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		u, err := y.provider.Enroll(t.Context(), y.set("6", "Ann", "919876543210"), "919876543210")
		if err != nil {
			t.Fatal(err)
		}
		for n := range 100 {
			if _, _, err := y.provider.IssueIn(t.Context(), u, androidApp, fmt.Sprint(n), ""); err != nil {
				t.Fatal(n, err)
			}
		}
		if _, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "one more", ""); mesibo.RefusalCode(err) != "RATELIMIT" {
			t.Error(err)
		}
		if _, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "7", ""); err != nil {
			t.Errorf("a device that has one: %v", err)
		}
		y.login(t, y.set("7", "Bob", "919876543211"))
	})
}

func TestAnAppThatIsNotListedAndAUserWhoIsShutOutGetNoToken(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("6", "Ann", "919876543210")
		u, err := y.provider.Enroll(t.Context(), ann, "919876543210")
		if err != nil {
			t.Fatal(err)
		}
		for _, app := range []string{"", "com.example", androidApp + " ", strings.ToUpper(androidApp)} {
			if _, _, err := y.provider.IssueIn(t.Context(), u, app, "", ""); mesibo.RefusalCode(err) != "BADAPPID" {
				t.Errorf("%q: %v", app, err)
			}
		}
		u.DisabledAt = time.Now()
		for _, one := range []store.MesiboUser{u, {}} {
			if _, _, err := y.provider.IssueIn(t.Context(), one, androidApp, "", ""); mesibo.RefusalCode(err) != "BADUSER" {
				t.Error(err)
			}
		}
		if got := y.operations(); len(got) > 0 {
			t.Errorf("calls: %v", got)
		}
	})
}
