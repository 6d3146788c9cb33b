package mesibo

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var ts = regexp.MustCompile(`"ts":[0-9]{10}`)

func TestM01NothingAskedIsNoop(t *testing.T) {
	h := newHouse(t, "", nil)
	for _, way := range []string{"G", "F", "J"} {
		got := h.ask(way)
		if got.status != http.StatusOK || got.body != `{"code":"NOOP","result":"FAIL"}` {
			t.Errorf("%s: %d %s", way, got.status, got.body)
		}
		if kind := got.header.Get("Content-Type"); kind != "application/json; charset=utf-8" {
			t.Errorf("%s: Content-Type %q", way, kind)
		}
		if cache := got.header.Get("Cache-Control"); !strings.Contains(cache, "no-store") {
			t.Errorf("%s: Cache-Control %q", way, cache)
		}
	}
	got := h.serve(httptest.NewRequestWithContext(t.Context(), http.MethodHead, "/api.php?op=login&phone="+alice+"&appid="+testApp, nil), "")
	if got.status != http.StatusOK {
		t.Errorf("HEAD: %d", got.status)
	}
	h.quiet()
}

func TestGoldenAnswersOfRefusals(t *testing.T) {
	h := newHouse(t, "", nil)
	token := h.token(alice)
	for name, c := range map[string]struct {
		way   string
		pairs []string
		want  string
	}{
		"a log-in without an app":                   {"F", []string{"op", "login"}, `{"op":"login","ts":T,"error":"MISSINGAPPID","result":"FAIL"}`},
		"a log-in with a bad phone and no app":      {"G", []string{"op", "login", "phone", "x"}, `{"op":"login","ts":T,"error":"MISSINGAPPID","result":"FAIL"}`},
		"a token of a service that is gone":         {"G", []string{"op", "login", "aktoken", "test", "appid", "x"}, `{"op":"login","ts":T,"error":"BADAKTOKEN","result":"FAIL"}`},
		"the same by JSON":                          {"J", []string{"op", "login", "aktoken", "test", "appid", "x"}, `{"op":"login","ts":T,"error":"BADAKTOKEN","result":"FAIL"}`},
		"an app that is not listed":                 {"F", []string{"op", "login", "phone", alice, "appid", "x"}, `{"op":"login","ts":T,"error":"BADAPPID","errmsg":"This app may not sign in here","result":"FAIL"}`},
		"a short phone":                             {"J", []string{"op", "login", "phone", "12345678", "appid", testApp}, `{"op":"login","ts":T,"error":"BADPHONE","errmsg":"Please enter your phone number with the country's code","result":"FAIL"}`},
		"a phone of letters":                        {"F", []string{"op", "login", "phone", "abcdefghij", "appid", testApp}, `{"op":"login","ts":T,"error":"BADPHONE","errmsg":"Please enter your phone number with the country's code","result":"FAIL"}`},
		"a blank phone":                             {"G", []string{"op", "login", "phone", "  ", "appid", testApp}, `{"op":"login","ts":T,"error":"BADPHONE","errmsg":"Please enter your phone number with the country's code","result":"FAIL"}`},
		"a wrong code of the first generation":      {"F", []string{"op", "login", "phone", alice, "appid", testApp, "code", "123456"}, `{"op":"login","ts":T,"error":"BADCODE","errmsg":"Invalid OTP","result":"FAIL"}`},
		"a wrong code of the second":                {"J", []string{"op", "login", "phone", alice, "appid", testApp, "otp", "123456"}, `{"op":"login","ts":T,"error":"BADUSER","errmsg":"Invalid OTP","result":"FAIL"}`},
		"contacts without a token":                  {"G", []string{"op", "getcontacts"}, `{"op":"getcontacts","error":"AUTHFAIL","result":"FAIL"}`},
		"contacts with a short token":               {"F", []string{"op", "getcontacts", "token", "short"}, `{"op":"getcontacts","error":"AUTHFAIL","result":"FAIL"}`},
		"contacts with an unknown token":            {"J", []string{"op", "getcontacts", "token", "0123456789abcdef0123456789"}, `{"op":"getcontacts","error":"AUTHFAIL","result":"FAIL"}`},
		"an unknown operation without a token":      {"F", []string{"op", "nosuch"}, `{"op":"nosuch","error":"AUTHFAIL","result":"FAIL"}`},
		"an unknown operation with a token":         {"F", []string{"op", "nosuch", "token", token}, `{"op":"nosuch","error":"BADOP","result":"FAIL"}`},
		"an unknown operation by JSON with one":     {"J", []string{"op", "nosuch", "token", token}, `{"op":"nosuch","error":"BADOP","result":"FAIL"}`},
		"an operation of markup":                    {"F", []string{"op", "<b>\"", "token", token}, `{"op":"\u003cb\u003e\"","error":"BADOP","result":"FAIL"}`},
		"the log-out of an unknown token":           {"F", []string{"op", "logout", "token", "0123456789abcdef0123456789"}, `{"op":"logout","result":"OK"}`},
		"the log-out of no token":                   {"J", []string{"op", "logout"}, `{"op":"logout","result":"OK"}`},
		"the log-in screen":                         {"G", []string{"op", "loginui", "d", "1", "v", "2"}, `{"op":"loginui","ts":T,"ui":"0","result":"OK"}`},
		"capital letters":                           {"F", []string{"op", "LOGIN"}, `{"op":"login","ts":T,"error":"MISSINGAPPID","result":"FAIL"}`},
		"capital letters by JSON":                   {"J", []string{"op", "LogIn"}, `{"op":"login","ts":T,"error":"MISSINGAPPID","result":"FAIL"}`},
		"capital letters where a token is asked":    {"F", []string{"op", "GETCONTACTS"}, `{"op":"getcontacts","error":"AUTHFAIL","result":"FAIL"}`},
		"the log-out of a token, which tells times": {"F", []string{"op", "logout", "token", token}, ""}, // below
	} {
		if c.want == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			got := h.ask(c.way, c.pairs...)
			if diff := cmp.Diff(c.want, ts.ReplaceAllString(got.body, `"ts":T`)); got.status != http.StatusOK || diff != "" {
				t.Errorf("%d (-want +got)\n%s", got.status, diff)
			}
		})
	}
	if got := h.ask("F", "op", "logout", "token", token); ts.ReplaceAllString(got.body, `"ts":T`) != `{"op":"logout","ts":T,"result":"OK"}` {
		t.Errorf("the log-out of a token: %s", got.body)
	}
	if got := h.ask("F", "op", "getcontacts", "token", token); got.values["error"] != "AUTHFAIL" {
		t.Errorf("after the log-out: %s", got.body)
	}
}

func TestTheTimeOfAnAnswerIsNow(t *testing.T) {
	h := newHouse(t, "", nil)
	got := h.ask("F", "op", "login")
	if at, _ := got.values["ts"].(float64); int64(at) != h.clock.Now().Unix() {
		t.Errorf("ts is %v", got.values["ts"])
	}
}

// M10: whatever is asked, clients find what they look at without a check.
func TestM10EveryAnswerHasWhatClientsRead(t *testing.T) {
	h := newHouse(t, "", nil)
	token := h.token(bob)
	for _, op := range []string{
		"login", "loginui", "logout", "profile", "upload", "getcontacts", "delcontacts", "setgroup", "getgroup", "editmembers", "setadmin", "delgroup", "setnotify", "other",
	} {
		for _, way := range []string{"G", "F", "J"} {
			for _, given := range []string{"", "no-token-of-anybody-here", token} {
				if given == token && op == "logout" {
					continue
				}
				got := h.ask(way, "op", op, "token", given)
				if got.status != http.StatusOK || got.err != nil {
					t.Fatalf("%s %s: %d %v", way, op, got.status, got.err)
				}
				result, _ := got.values["result"].(string)
				code, _ := got.values["error"].(string)
				if got.values["op"] != op || result != "OK" && (result != "FAIL" || code == "") {
					t.Errorf("%s %s: %s", way, op, got.body)
				}
				if !strings.HasSuffix(got.body, `"result":"`+result+`"}`) {
					t.Errorf("%s %s: the result is not last: %s", way, op, got.body)
				}
			}
		}
	}
}

func TestGenerationsThatAreSwitchedOff(t *testing.T) {
	v1 := newHouse(t, "", func(c *Config) { c.Legacy = "v1" })
	v2 := newHouse(t, "", func(c *Config) { c.Legacy = "v2" })
	off := newHouse(t, "", func(c *Config) { c.Legacy = "off" })
	for name, c := range map[string]struct {
		h     *house
		way   string
		pairs []string
		want  string
	}{
		"JSON with the first alone":                   {v1, "J", []string{"op", "login"}, noop},
		"a form with the first alone":                 {v1, "F", []string{"op", "login"}, `{"op":"login","ts":T,"error":"MISSINGAPPID","result":"FAIL"}`},
		"a form with the second alone":                {v2, "F", []string{"op", "login"}, noop},
		"a query with the second alone":               {v2, "G", []string{"op", "login"}, noop},
		"JSON with the second alone":                  {v2, "J", []string{"op", "login"}, `{"op":"login","ts":T,"error":"MISSINGAPPID","result":"FAIL"}`},
		"the first's operation with the second alone": {v2, "J", []string{"op", "getcontacts", "token", "x"}, `{"op":"getcontacts","error":"BADOP","result":"FAIL"}`},
		"the first's screen with the second alone":    {v2, "J", []string{"op", "loginui"}, `{"op":"loginui","error":"BADOP","result":"FAIL"}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ts.ReplaceAllString(c.h.ask(c.way, c.pairs...).body, `"ts":T`); got != c.want {
				t.Errorf("got %s", got)
			}
		})
	}
	if routes := off.p.legacyRoutes(); len(routes) != 0 {
		t.Errorf("switched off, but there are routes: %v", routes)
	}
}

func TestM12OddBodies(t *testing.T) {
	h := newHouse(t, "", nil)
	ask := func(kind, body string) served {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/messenger/", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		return h.serve(r, "")
	}
	for name, c := range map[string]struct{ kind, body, want string }{
		"keys without quotes":         {"application/json", `{op: "login", phone: "18005551234", appid: "com.messenger.appid"}`, "BADJSON"},
		"a list":                      {"application/json", `[1]`, "BADJSON"},
		"JSON that breaks off":        {"application/json", `{"op":"login"`, "BADJSON"},
		"something behind":            {"application/json", `{"op":"login"}{"op":"login"}`, "BADJSON"},
		"no JSON, but said to be":     {"application/json", `hello`, "BADJSON"},
		"an operation that is a list": {"application/json", `{"op":["x"]}`, "BADJSON"},
		"an object in it":             {"application/json", `{"op":"login","x":{}}`, "BADJSON"},
		"a list in a list":            {"application/json", `{"op":"login","x":[[1]]}`, "BADJSON"},
		"JSON said to be a form":      {"application/x-www-form-urlencoded", `{"op":"login"}`, "MISSINGAPPID"},
		"a form said to be JSON":      {"application/json", `op=login`, "MISSINGAPPID"},
		"blanks and a mark before":    {"", "\xEF\xBB\xBF \r\n\t{\"op\":\"login\"}", "MISSINGAPPID"},
		"a multipart form broken":     {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"op\"\r\n\r\nlogin", "BADFORM"},
		"no operation but a number":   {"application/json", `{"op":7,"token":"x"}`, "AUTHFAIL"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(c.kind, c.body)
			if got.status != http.StatusOK || got.values["error"] != c.want || got.values["result"] != "FAIL" {
				t.Errorf("%d %s %v", got.status, got.body, got.err)
			}
		})
	}
	for body, want := range map[string]any{
		`{"op":"Login","phone":{"a":1}}`: "login", `{"phone":{"a":{"op":"x"}},"op":"login"}`: "login", `{"x":[[1]],"op":"login","op":"x"}`: "login",
		`{"op":["login"],"x":{}}`: nil, `{"x":{"op":"login"}}`: nil,
	} {
		if got := ask("application/json", body); got.values["error"] != "BADJSON" || got.values["op"] != want {
			t.Errorf("%s is answered %s", body, got.body)
		}
	}
	for name, body := range map[string]string{
		"JSON":             `{"op":"login","x":"` + strings.Repeat("a", maxQuestion) + `"}`,
		"a form":           "op=login&x=" + strings.Repeat("a", maxQuestion),
		"blank text":       strings.Repeat(" ", maxUpload+1),
		"many values":      "op=login" + strings.Repeat("&a=1", maxValues),
		"many keys":        `{"op":"login"` + strings.Repeat(`,"a":1`, maxValues) + `}`,
		"a multipart form": "--x\r\nContent-Disposition: form-data; name=\"op\"\r\n\r\n" + strings.Repeat("a", maxQuestion+1) + "\r\n--x--\r\n",
	} {
		t.Run("too large: "+name, func(t *testing.T) {
			if f := fault(t, ask("", body).err); f.Status != http.StatusRequestEntityTooLarge {
				t.Errorf("got %v", f)
			}
		})
	}
	if got := ask("", "op="+strings.Repeat("é", 100)); len(got.body) > 200 {
		t.Errorf("a long name of an operation comes back whole: %s", got.body)
	}
}

func TestM12TheNameReachesMesiboAsItWasWritten(t *testing.T) {
	const name = "Zo\u00e9 \"the\" cat \U0001F408"
	for _, body := range []string{
		`{"op":"login","phone":` + alice + `,"appid":"` + testApp + `","otp":"CODE","name":"Zo\u00e9 \"the\" cat \ud83d\udc08"}`,
		"op=login&phone=" + alice + "&appid=" + testApp + "&code=CODE&name=" + url.QueryEscape(name),
	} {
		h := newHouse(t, "", nil)
		code := h.fresh(alice)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/messenger/", strings.NewReader(strings.ReplaceAll(body, "CODE", code)))
		got := h.serve(r, "")
		if got.values["result"] != "OK" || got.values["name"] != name {
			t.Fatalf("%s", got.body)
		}
		user, _ := h.mesibo.asked("useradd")[0]["user"].(map[string]any)
		if user["name"] != name {
			t.Errorf("Mesibo was told %q", user["name"])
		}
	}
}

func TestM13PagesOfListedOriginsMayAsk(t *testing.T) {
	h := newHouse(t, "", func(c *Config) { c.Origins = []string{"https://Messenger.example.net", " https://second.example.net "} })
	for origin, want := range map[string]bool{
		"https://messenger.example.net": true, "https://second.example.net": true, "https://example.com": true,
		"https://evil.example.net": false, "http://messenger.example.net": false, "https://messenger.example.net.evil.net": false, "null": false, "": false,
	} {
		for _, method := range []string{http.MethodOptions, http.MethodPost, http.MethodGet} {
			r := httptest.NewRequestWithContext(t.Context(), method, "/messenger/", nil)
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			got := h.serve(r, "")
			if method == http.MethodOptions && (got.status != http.StatusNoContent || got.body != "") {
				t.Errorf("%s %s: %d %q", method, origin, got.status, got.body)
			}
			allowed := ""
			if want {
				allowed = origin
			}
			if got.header.Get("Access-Control-Allow-Origin") != allowed || got.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s %s: %v", method, origin, got.header)
			}
			if !strings.Contains(strings.Join(got.header["Vary"], ","), "Origin") {
				t.Errorf("%s %s: Vary %v", method, origin, got.header["Vary"])
			}
			methods, headers := "", ""
			if want && method == http.MethodOptions {
				methods, headers = "POST, GET, OPTIONS", "content-type"
			}
			if got.header.Get("Access-Control-Allow-Methods") != methods || got.header.Get("Access-Control-Allow-Headers") != headers {
				t.Errorf("%s %s: %v", method, origin, got.header)
			}
		}
	}
}

func TestWithoutAKnownAddressTheSitesOriginIsTheHostThatWasAsked(t *testing.T) {
	f := &front{}
	for origin, want := range map[string]bool{"https://chat.example.org": true, "https://other.example.org": false, "https://chat.example.org/x": false, "%": false} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://chat.example.org/messenger/", nil)
		r.Header.Set("Origin", origin)
		if got := f.listed(r, origin); got != want {
			t.Errorf("%s: %v", origin, got)
		}
	}
}

func TestManyFilesAtATimeWaitForRoom(t *testing.T) {
	h := newHouse(t, "", nil)
	large := func(address string) error {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/messenger/", strings.NewReader("op=login"))
		r.ContentLength = maxQuestion + 1
		return h.serve(r, address).err
	}
	full := func(what, address string) {
		t.Helper()
		if f := fault(t, large(address)); f.Status != http.StatusServiceUnavailable || f.RetryAfter <= 0 {
			t.Errorf("%s: %v", what, f)
		}
	}
	var leave []func()
	take := func(address string, places int) {
		t.Helper()
		for range places {
			left := h.p.front.crowd.enter(address, time.Now())
			if left == nil {
				t.Fatalf("no room for %q", address)
			}
			leave = append(leave, left)
		}
	}
	for n := range maxStrange {
		address := fmt.Sprint("203.0.113.", n)
		take(address, maxOfOneNew)
		full("an address of which no token came", address)
	}
	full("many of them", "203.0.113.99")
	token := h.token(alice)
	got := h.serve(request(t, "G", "op", "getcontacts", "token", token), "192.0.2.1")
	if got.values["result"] != "OK" {
		t.Fatalf("%s", got.body)
	}
	take("192.0.2.1", maxOfOne)
	full("the address of a user", "192.0.2.1")
	h.serve(request(t, "G", "op", "getcontacts", "token", token), "192.0.2.2")
	if err := large("192.0.2.2"); err != nil {
		t.Errorf("another user's: %v", err)
	}
	take("192.0.2.2", maxCrowd-maxStrange-maxOfOne)
	full("more than there is room for", "192.0.2.2")
	if got := h.ask("F", "op", "login"); got.values["error"] != "MISSINGAPPID" {
		t.Errorf("a small question waits too: %v", got)
	}
	for _, left := range leave {
		left()
	}
	for n := range maxStrange {
		take(fmt.Sprint("203.0.113.", n), 1)
	}
	if h.p.front.crowd.enter("192.0.2.1", time.Now().Add(provenTime)) != nil {
		t.Error("an hour after a token an address is a user's still")
	}
	take("192.0.2.1", 1)
}

func TestWhereNoAddressIsKnownFilesHaveTheirRoomOnceATokenCame(t *testing.T) {
	c := &crowd{}
	now := time.Now()
	for range maxStrange {
		if c.enter("", now) == nil {
			t.Fatal("no room at the start")
		}
	}
	if c.enter("", now) != nil {
		t.Error("unproven callers take all the room")
	}
	c.prove("", now)
	for range maxCrowd - maxStrange {
		if c.enter("", now) == nil {
			t.Fatal("no room for users")
		}
	}
	if c.enter("", now) != nil {
		t.Error("there is room without end")
	}
}

func TestOnlySoManyAddressesAreRemembered(t *testing.T) {
	c := &crowd{}
	for n := range maxProven + 1 {
		c.prove(fmt.Sprint(n), time.Now())
	}
	if len(c.proven) != 1 {
		t.Errorf("%d are", len(c.proven))
	}
}

func TestAFailureOfOursIsNoEndOfASession(t *testing.T) {
	h := newHouse(t, "", nil)
	token := h.token(alice)
	h.people.fail(errors.New("planted: the database is away"))
	for _, pairs := range [][]string{{"op", "getcontacts", "token", token}, {"op", "login", "phone", bob, "appid", testApp}} {
		got := h.ask("F", pairs...)
		if got.status != http.StatusOK || got.values["error"] != codeFailed || got.header.Get("Retry-After") == "" || strings.Contains(got.body, "planted") {
			t.Errorf("%s", got.body)
		}
	}
	if !strings.Contains(h.log.String(), "planted") {
		t.Error("the operator is not told")
	}
}

func TestAnAnswersKeysAreInTheirOrder(t *testing.T) {
	a := &answer{}
	a.put("token", "x")
	a.put("gid", 7)
	text, err := a.json(&question{op: "login"}, true)
	if err != nil || string(text) != fmt.Sprintf(`{"op":"login","ts":%d,"token":"x","gid":7,"result":"OK"}`, (&question{}).now.Unix()) {
		t.Errorf("%s %v", text, err)
	}
	a.put("ts", 7)
	if text, err := a.json(&question{op: "getgroup"}, true); err != nil || string(text) != `{"op":"getgroup","ts":7,"token":"x","gid":7,"result":"OK"}` {
		t.Errorf("a time of its own: %s %v", text, err)
	}
	a.put("odd", func() {})
	if _, err := a.json(&question{}, true); err == nil {
		t.Error("what is no JSON was written")
	}
	if !json.Valid(text) {
		t.Error("no JSON")
	}
}
