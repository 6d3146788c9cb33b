package sendbird_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/userinfo"
)

var (
	_ provider.Config        = (*sendbird.Config)(nil)
	_ provider.VisitorFields = (*sendbird.Config)(nil)
	_ provider.Remembering   = (*sendbird.Config)(nil)
	_ provider.Issuer        = (*sendbird.Provider)(nil)
	_ provider.Router        = (*sendbird.Provider)(nil)
	_ provider.Runner        = (*sendbird.Provider)(nil)
	_ provider.Checker       = (*sendbird.Provider)(nil)
	_ provider.Store         = (*providertest.Memory)(nil)
)

func TestTheProviderHoldsToWhatAllProvidersDo(t *testing.T) {
	providertest.Run(t, func() provider.Config { return settings() })
}

func TestS02AMemberGetsATokenByThreeNames(t *testing.T) {
	s := newSite(t, nil)
	s.AddUser("6", "Ann", "")
	for _, path := range []string{"/login", "/sendbird/token"} {
		got := s.visit(t, visit{method: http.MethodPost, path: path, visitor: provider.Visitor{User: s.set("6", "Ann", "https://site.example/6.jpg")}})
		want := answer{
			status: http.StatusOK, UserID: "6", AccessToken: got.Token, Token: got.Token, SendbirdToken: got.Token, ExpiresAt: got.ExpiresAt, AppID: "4F6A-App",
			Nickname: "Ann", ProfileURL: "https://site.example/6.jpg",
		}
		got.text, got.header = "", nil
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{})); diff != "" {
			t.Error(diff)
		}
		if !s.Good("6", got.Token) || got.ExpiresAt < 1e12 {
			t.Errorf("token %q ends at %d", got.Token, got.ExpiresAt)
		}
	}
}

func TestS03TheProviderIsAskedOnceAndOnlyForWhatIsSet(t *testing.T) {
	for name, c := range map[string]struct {
		ttl   time.Duration
		until time.Duration // of the session; 0 is not known
		want  time.Duration // 0: no expires_at
	}{
		"no life set":                       {0, 0, 0},
		"a day":                             {24 * time.Hour, 0, 24 * time.Hour},
		"a session that is longer":          {24 * time.Hour, 48 * time.Hour, 24 * time.Hour},
		"a session that is shorter":         {24 * time.Hour, time.Hour, time.Hour},
		"a session that ends in a moment":   {24 * time.Hour, 5 * time.Second, 5 * time.Second},
		"a session shorter than the 7 days": {0, 24 * time.Hour, 24 * time.Hour},
		"a session longer than the 7 days":  {0, 200 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, func(sc *sendbird.Config, _ *provider.Deps) { sc.TokenTTL = c.ttl })
				s.AddUser("6", "Ann", "")
				v := provider.Visitor{User: s.set("6", "Ann", "")}
				if c.until > 0 {
					v.Until = time.Now().Add(c.until)
				}
				got := s.visit(t, visit{method: http.MethodPost, path: "/sendbird/token", visitor: v})
				got.want(t, "a log-in", http.StatusOK, "")
				came := s.Requests()
				if diff := cmp.Diff([]string{"POST /v3/users/6/token"}, targets(came)); diff != "" {
					t.Fatal(diff)
				}
				if h := came[0].Header; h.Get("Api-Token") != apiToken || !strings.HasPrefix(h.Get("Content-Type"), "application/json") {
					t.Errorf("header %v", h)
				}
				var body map[string]int64
				if err := json.Unmarshal([]byte(came[0].Body), &body); err != nil {
					t.Fatal(err)
				}
				asked, has := body["expires_at"]
				if has != (c.want > 0) {
					t.Fatalf("body %s", came[0].Body)
				}
				if off := time.UnixMilli(asked).Sub(time.Now().Add(c.want)); has && (off > time.Second || off < -10*time.Second) {
					t.Errorf("expires_at is %s off", off)
				}
				if !v.Until.IsZero() && time.UnixMilli(got.ExpiresAt).After(v.Until) {
					t.Errorf("the token ends at %d, the session at %d", got.ExpiresAt, v.Until.UnixMilli())
				}
			})
		})
	}
}

func TestS04ABodyMayNameNobodyElse(t *testing.T) {
	for body, want := range map[string]struct {
		status int
		code   string
	}{
		``:                                {http.StatusOK, ""},
		"  \n":                            {http.StatusOK, ""},
		`{}`:                              {http.StatusOK, ""},
		`{"user_id":"prod-6"}`:            {http.StatusOK, ""},
		`{"user_id":null,"app_id":null}`:  {http.StatusOK, ""},
		`{"app_id":"4F6A-App","more":[]}`: {http.StatusOK, ""},
		`{"user_id":"other"}`:             {http.StatusForbidden, "user_mismatch"},
		`{"user_id":"6"}`:                 {http.StatusForbidden, "user_mismatch"},
		`{"user_id":6}`:                   {http.StatusForbidden, "user_mismatch"},
		`{"user_id":""}`:                  {http.StatusForbidden, "user_mismatch"},
		`{"user_id":["prod-6"]}`:          {http.StatusForbidden, "user_mismatch"},
		`{"app_id":"4f6a-app"}`:           {http.StatusForbidden, "app_mismatch"},
		`{"user_id":`:                     {http.StatusBadRequest, "bad_request"},
		`[]`:                              {http.StatusBadRequest, "bad_request"},
		`user_id=other`:                   {http.StatusBadRequest, "bad_request"},
		`{"fresh":"yes"}`:                 {http.StatusBadRequest, "bad_request"},
	} {
		s := newSite(t, func(c *sendbird.Config, _ *provider.Deps) { c.UserID = "prod-{id}" })
		s.AddUser("prod-6", "Ann", "")
		s.login(t, s.set("6", "Ann", ""), body).want(t, body, want.status, want.code)
		if came := s.Requests(); (len(came) == 1) != (want.status == http.StatusOK) {
			t.Errorf("%s: calls %v", body, targets(came))
		}
	}
}

func TestANumberNamesTheUserToo(t *testing.T) {
	s := newSite(t, nil)
	s.AddUser("6", "Ann", "")
	s.login(t, s.set("6", "Ann", ""), `{"user_id":6}`).want(t, "a number", http.StatusOK, "")
}

func TestS05AUserWhoIsNotThereIsMade(t *testing.T) {
	s := newSite(t, nil)
	u := s.set("6", strings.Repeat("ü", 90), "https://site.example/"+strings.Repeat("x", 2100))
	s.login(t, u, "").want(t, "the first log-in", http.StatusOK, "")
	if diff := cmp.Diff([]string{"POST /v3/users/6/token", "POST /v3/users", "POST /v3/users/6/token"}, targets(s.Requests())); diff != "" {
		t.Error(diff)
	}
	if name, picture, _, _ := s.User("6"); name != strings.Repeat("ü", 80) || picture != "" {
		t.Errorf("made with %q, %q", name, picture)
	}
	s.login(t, s.set("7", "", "https://site.example/7.jpg"), "").want(t, "a user without a name", http.StatusOK, "")
	if name, picture, _, _ := s.User("7"); name != "7" || picture != "https://site.example/7.jpg" {
		t.Errorf("made with %q, %q", name, picture)
	}
}

func TestS06ManyDevicesOfOneUserAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.Always(providertest.Slow(200 * time.Millisecond))
		u := s.set("6", "Ann", "")
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { s.login(t, u, "").want(t, "a device", http.StatusOK, "") })
		}
		all.Wait()
		if came := s.Requests(); len(came) != 3 {
			t.Errorf("single flight: %v", targets(came))
		}
		synctest.Wait()
		if all := s.store.All(); len(all) != 1 || all[0].Address != "6" || all[0].ProfileHash == "" {
			t.Errorf("identities: %+v", all)
		}
	})
}

func TestS06AnotherInstanceMadeTheUserMeanwhile(t *testing.T) {
	s := newSite(t, nil)
	s.Script(providertest.Fail(400, 400201), providertest.Fail(400, 400202))
	s.AddUser("6", "Ann", "")
	s.login(t, s.set("6", "Ann", ""), "").want(t, "the first log-in", http.StatusOK, "")
}

func TestErrorsOfTheProvider(t *testing.T) {
	honest, five := providertest.Behaviour(providertest.Honest), providertest.Fail(500, 500901)
	for name, c := range map[string]struct {
		script []providertest.Behaviour
		status int
		code   string
		retry  time.Duration
		calls  int
		metric string
	}{
		"S07 not there after it was made": {[]providertest.Behaviour{providertest.Fail(400, 400201), honest, providertest.Fail(400, 400201)}, 502, "provider_error", 0, 3, "400201"},
		"S08 deactivated":                 {[]providertest.Behaviour{providertest.Fail(400, 400300)}, 403, "user_disabled", 0, 1, "400300"},
		"S09 wrong API token":             {[]providertest.Behaviour{providertest.Fail(400, 400401)}, 503, "provider_unavailable", 30 * time.Second, 1, "400401"},
		"S09 wrong application":           {[]providertest.Behaviour{providertest.Fail(400, 400304)}, 503, "provider_unavailable", 30 * time.Second, 1, "400304"},
		"S09 application not available":   {[]providertest.Behaviour{providertest.Fail(403, 403100)}, 503, "provider_unavailable", 30 * time.Second, 1, "403100"},
		"not authorised":                  {[]providertest.Behaviour{providertest.Fail(400, 400108)}, 503, "provider_unavailable", 30 * time.Second, 1, "400108"},
		"quota used up":                   {[]providertest.Behaviour{providertest.Fail(400, 400306)}, 503, "provider_unavailable", 30 * time.Second, 1, "400306"},
		"a wrong type":                    {[]providertest.Behaviour{providertest.Fail(400, 400102)}, 502, "provider_error", 0, 1, "400102"},
		"a code nobody knows":             {[]providertest.Behaviour{providertest.Fail(400, 499999)}, 502, "provider_error", 0, 1, "400"},
		"a client's code":                 {[]providertest.Behaviour{providertest.Fail(400, 400302)}, 502, "provider_error", 0, 1, "400302"},
		"401 of a proxy":                  {[]providertest.Behaviour{providertest.Status(401)}, 502, "provider_error", 0, 1, "401"},
		"404 of a proxy":                  {[]providertest.Behaviour{providertest.Status(404)}, 502, "provider_error", 0, 1, "404"},
		"a redirect":                      {[]providertest.Behaviour{providertest.Redirect("/v3/users/7/token")}, 502, "provider_error", 0, 1, "307"},
		"half an object":                  {[]providertest.Behaviour{providertest.Truncated}, 502, "provider_error", 0, 1, "200"},
		"10 MiB":                          {[]providertest.Behaviour{providertest.Huge}, 502, "provider_error", 0, 1, "200"},
		"no token in it":                  {[]providertest.Behaviour{providertest.Body(`{"expires_at":4102444800000}`)}, 502, "provider_error", 0, 1, "200"},
		"seconds, not milliseconds":       {[]providertest.Behaviour{providertest.Body(`{"token":"x","expires_at":4102444800}`)}, 502, "provider_error", 0, 1, "200"},
		"an error with status 200":        {[]providertest.Behaviour{providertest.Body(`{"error":true,"code":400300}`)}, 403, "user_disabled", 0, 1, "400300"},
		"S10 a short wait":                {[]providertest.Behaviour{providertest.Limited("X-RateLimit-RetryAfter", 1)}, 200, "", 0, 2, "500910"},
		"S10 a short wait, the web's way": {[]providertest.Behaviour{providertest.Limited("Retry-After", 1)}, 200, "", 0, 2, "500910"},
		"S10 twice":                       {[]providertest.Behaviour{providertest.Limited("Retry-After", 1), providertest.Limited("Retry-After", 1)}, 503, "provider_unavailable", time.Second, 2, "500910"},
		"S10 a long wait":                 {[]providertest.Behaviour{providertest.Limited("X-RateLimit-RetryAfter", 60)}, 503, "provider_unavailable", time.Minute, 1, "500910"},
		"S11 500 twice":                   {[]providertest.Behaviour{five, five}, 200, "", 0, 3, "500901"},
		"S11 500 three times":             {[]providertest.Behaviour{five, five, five}, 503, "provider_unavailable", time.Second, 3, "500901"},
		"S11 503 of a proxy, then well":   {[]providertest.Behaviour{providertest.Status(503)}, 200, "", 0, 2, "503"},
		"S11 the connection breaks off":   {[]providertest.Behaviour{providertest.Reset}, 200, "", 0, 2, "error"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, nil)
				s.AddUser("6", "Ann", "")
				s.Script(c.script...)
				began := time.Now()
				got := s.login(t, s.set("6", "Ann", ""), "")
				got.want(t, name, c.status, c.code)
				if took := time.Since(began); took > 3*time.Second {
					t.Errorf("it took %s", took)
				}
				if got.fault != nil && got.fault.RetryAfter != c.retry {
					t.Errorf("Retry-After %s, want %s", got.fault.RetryAfter, c.retry)
				}
				if came := s.Requests(); len(came) != c.calls {
					t.Errorf("calls: %v", targets(came))
				}
				if counted := s.counted(); !strings.Contains(strings.Join(counted, ","), "sendbird "+c.metric) {
					t.Errorf("counted %v", counted)
				}
			})
		})
	}
}

func TestS11AServerThatHangsIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.AddUser("6", "Ann", "")
		s.Always(s.Hang)
		u := s.set("6", "Ann", "")
		began := time.Now()
		s.login(t, u, "").want(t, "a server that hangs", http.StatusServiceUnavailable, "provider_unavailable")
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("it took %s", took)
		}
		time.Sleep(15 * time.Second) // of the bubble's own clock, as below
		s.Always(nil)
		s.Requests()
		s.login(t, u, "").want(t, "afterwards", http.StatusOK, "")
	})
}

func TestAServerThatIsSlowIsWaitedForBehindTheVisitorsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.AddUser("6", "Ann", "")
		s.Always(providertest.Slow(6 * time.Second))
		u := s.set("6", "Ann", "")
		s.login(t, u, `{"fresh":true}`).want(t, "at first", http.StatusServiceUnavailable, "provider_unavailable")
		time.Sleep(5 * time.Second)
		s.login(t, u, `{"fresh":true}`).want(t, "at the second try", http.StatusOK, "")
		if came := s.Requests(); len(came) != 1 {
			t.Errorf("calls: %v", targets(came))
		}
	})
}

func TestS09TheBreakerLeavesAFailingProviderAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.Always(providertest.Fail(400, 400401))
		for i := range 5 {
			s.login(t, s.set(userinfo.ID(fmt.Sprint(i+1)), "Ann", ""), "").want(t, "a log-in", http.StatusServiceUnavailable, "provider_unavailable")
		}
		if came := s.Requests(); len(came) != 5 {
			t.Fatalf("calls: %v", targets(came))
		}
		s.login(t, s.set("6", "Ann", ""), "").want(t, "the sixth", http.StatusServiceUnavailable, "provider_unavailable")
		if came := s.Requests(); len(came) != 0 {
			t.Errorf("calls while the breaker is open: %v", targets(came))
		}
		time.Sleep(1100 * time.Millisecond) // of the bubble's own clock
		s.Always(nil)
		s.AddUser("7", "Bob", "")
		s.login(t, s.set("7", "Bob", ""), "").want(t, "a second later", http.StatusOK, "")
		if text := s.logged(); !strings.Contains(text, `"level":"ERROR"`) || !strings.Contains(text, "400401") {
			t.Errorf("no alarm: %s", text)
		}
	})
}

func TestS12CompatibleFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, func(c *sendbird.Config, _ *provider.Deps) { c.Compat500 = true })
		s.AddUser("6", "Ann", "")
		for _, failure := range []providertest.Behaviour{providertest.Fail(400, 400401), providertest.Truncated, providertest.Limited("Retry-After", 60)} {
			s.Script(failure)
			got := s.login(t, s.set("6", "Ann", ""), `{"fresh":true}`)
			if got.status != http.StatusInternalServerError || got.fault.Text != "Failed to get token from Sendbird" {
				t.Errorf("%d %v", got.status, got.fault)
			}
		}
		plain := newSite(t, nil)
		plain.Script(providertest.Truncated)
		if got := plain.login(t, plain.set("6", "Ann", ""), ""); got.fault == nil || got.fault.Text != "Failed to get token from Sendbird" {
			t.Errorf("%d %v", got.status, got.fault)
		}
	})
}

func TestATokenIsKeptForAMinuteForTheUsersOtherDevices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.AddUser("6", "Ann", "")
		u := s.set("6", "Ann", "")
		first := s.login(t, u, "")
		if again := s.login(t, u, ""); again.Token != first.Token {
			t.Error("another token within a minute")
		}
		if again := s.login(t, u, `{"fresh":true}`); again.Token == first.Token {
			t.Error("fresh got the same token")
		}
		second := s.login(t, u, "")
		time.Sleep(61 * time.Second) // of the bubble's own clock
		if again := s.login(t, u, ""); again.Token == second.Token {
			t.Error("the same token after a minute")
		}
		other := s.login(t, s.set("7", "Bob", ""), "")
		if other.Token == first.Token || other.UserID != "7" {
			t.Error("one user got another's")
		}
	})
}

func TestAKeptTokenIsNotGivenToASessionThatEndsEarlier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.AddUser("6", "Ann", "")
		u := s.set("6", "Ann", "")
		seen := map[string]time.Time{}
		for _, left := range []time.Duration{0, 100 * time.Hour, time.Hour, 31 * time.Second, 3 * time.Second} {
			v := provider.Visitor{User: u}
			if left > 0 {
				v.Until = time.Now().Add(left)
			}
			got := s.visit(t, visit{method: http.MethodPost, path: "/sendbird/token", visitor: v})
			if ends := time.UnixMilli(got.ExpiresAt); left > 0 && ends.After(v.Until) {
				t.Errorf("a session of %s got a token that ends at %s", left, ends)
			}
			if _, twice := seen[got.Token]; twice {
				t.Errorf("a session of %s got the token of a longer one", left)
			}
			seen[got.Token] = v.Until
		}
	})
}

func TestAKeptTokenIsGivenToASessionThatEndsALittleLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.AddUser("6", "Ann", "")
		u := s.set("6", "Ann", "")
		ask := func(left time.Duration) answer {
			return s.visit(t, visit{method: http.MethodPost, path: "/sendbird/token", visitor: provider.Visitor{User: u, Until: time.Now().Add(left)}})
		}
		first := ask(time.Hour)
		time.Sleep(30 * time.Second) // of the bubble's own clock
		if again := ask(time.Hour); again.Token != first.Token {
			t.Error("a session that ends later with every request got another token within a minute")
		}
		if long := ask(100 * time.Hour); long.Token == first.Token {
			t.Error("a long session got the token of a short one")
		}
		if again := ask(time.Hour); again.Token != first.Token {
			t.Error("the token of the longer session hides that of the shorter one")
		}
	})
}

func TestAProviderThatGivesATokenForTooLongIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.Script(providertest.Body(`{"token":"fake-session-token-long","expires_at":4102444800000}`))
		until := time.Now().Add(time.Hour)
		got := s.visit(t, visit{method: http.MethodPost, path: "/login", visitor: provider.Visitor{User: s.set("6", "Ann", ""), Until: until}})
		if time.UnixMilli(got.ExpiresAt).After(until) || !strings.Contains(s.logged(), "longer than was asked") {
			t.Errorf("%+v, log %s", got, s.logged())
		}
	})
}

func TestS15OddIDsNeverLeaveUnescaped(t *testing.T) {
	for id, want := range map[userinfo.ID]string{
		"6":                                  "6",
		"a/b":                                "a%2Fb",
		"a?b":                                "a%3Fb",
		"a#b":                                "a%23b",
		"a%2Fb":                              "a%252Fb",
		"a b":                                "a%20b",
		"ü":                                  "%C3%BC",
		"a.b@site.example":                   "a%2Eb%40site%2Eexample",
		"../7":                               "%2E%2E%2F7",
		"x;y=z&":                             "x%3By%3Dz%26",
		userinfo.ID(strings.Repeat("9", 80)): strings.Repeat("9", 80),
		userinfo.ID(strings.Repeat("é", 80)): strings.Repeat("%C3%A9", 80),
		userinfo.ID(strings.Repeat("9", 81)): "",
		".":                                  "",
		"..":                                 "",
		"a\nb":                               "",
		"\xff":                               "",
	} {
		s := newSite(t, nil)
		s.AddUser(string(id), "Ann", "")
		u := s.set(id, "Ann", "")
		if want == "" {
			for path, methods := range map[string][]string{"/sendbird/token": {http.MethodPost, http.MethodDelete}, "/sendbird/me": {http.MethodGet}} {
				for _, method := range methods {
					got := s.visit(t, visit{method: method, path: path, visitor: provider.Visitor{User: u}})
					got.want(t, method+" "+path, http.StatusForbidden, "user_disabled")
				}
			}
			if n := strings.Count(s.logged(), "cannot be one at sendbird"); n != 1 || len(s.Requests()) > 0 {
				t.Errorf("%.20q: told %d times", id, n)
			}
			continue
		}
		s.login(t, u, "").want(t, string(id), http.StatusOK, "")
		if diff := cmp.Diff([]string{"POST /v3/users/" + want + "/token"}, targets(s.Requests())); diff != "" {
			t.Errorf("%.20q: %s", id, diff)
		}
	}
}

func TestS17TheEleventhRequestInAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.AddUser("6", "Ann", "")
		u := s.set("6", "Ann", "")
		for range 10 {
			s.login(t, u, "").want(t, "one of ten", http.StatusOK, "")
		}
		time.Sleep(20 * time.Second) // of the bubble's own clock
		got := s.login(t, u, "")
		got.want(t, "the eleventh", http.StatusTooManyRequests, "rate_limited")
		if wait := got.fault.RetryAfter; wait > 40*time.Second || wait < 39*time.Second {
			t.Errorf("Retry-After %s", got.fault.RetryAfter)
		}
		time.Sleep(40 * time.Second)
		s.login(t, u, "").want(t, "a minute later", http.StatusOK, "")
	})
}

func TestS17OneAddressForManyUsers(t *testing.T) {
	s := newSite(t, nil)
	ask := func(i int, address string) answer {
		id := userinfo.ID(fmt.Sprint(i))
		s.AddUser(string(id), "Ann", "")
		return s.visit(t, visit{
			method: http.MethodPost, path: "/login", query: "?user_id=" + string(id), header: http.Header{"Authorization": {"Bearer of anything"}},
			visitor: provider.Visitor{User: s.set(id, "Ann", ""), Address: address},
		})
	}
	for i := range 60 {
		ask(i, "192.0.2.1").want(t, "one of sixty", http.StatusOK, "")
	}
	ask(100, "192.0.2.1").want(t, "the sixty-first", http.StatusTooManyRequests, "rate_limited")
	ask(103, "192.0.2.2").want(t, "another address", http.StatusOK, "")
	ask(104, "").want(t, "an address many share, or the site's own server", http.StatusOK, "")
}

func TestS18NothingTellsTheAPIToken(t *testing.T) {
	s := newSite(t, nil)
	c := settings()
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", c, c, c), fmt.Sprintf("%+v", s.provider)} {
		if strings.Contains(text, apiToken) {
			t.Errorf("%s", text)
		}
	}
	if _, err := (&sendbird.Config{AppID: "a", APIToken: secret.New(apiToken), UserID: "x"}).Open(provider.Deps{Now: time.Now}); err == nil || strings.Contains(err.Error(), apiToken) {
		t.Errorf("got %v", err)
	}
}

func TestMeTellsNoToken(t *testing.T) {
	s := newSite(t, nil)
	got := s.visit(t, visit{method: http.MethodGet, path: "/sendbird/me", visitor: provider.Visitor{User: s.set("6", "Ann", "https://site.example/6.jpg")}})
	if got.text != `{"app_id":"4F6A-App","user_id":"6","nickname":"Ann","profile_url":"https://site.example/6.jpg"}` || len(s.Requests()) > 0 {
		t.Errorf("%s, calls %v", got.text, s.Requests())
	}
	w, err := s.provider.Widget(t.Context(), &userinfo.User{ID: "6", Name: "<Ann>"}, time.Time{})
	if err != nil || string(w.AppendJSON(nil)) != `{"app_id":"4F6A-App","user_id":"6","nickname":"\u003cAnn\u003e","profile_url":"","token_url":"/chat/sendbird/token"}` {
		t.Errorf("%s, %v", w.AppendJSON(nil), err)
	}
}
