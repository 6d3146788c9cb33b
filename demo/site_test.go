package demo_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/demo"
)

func TestPages(t *testing.T) {
	d := start(t, newFakeSidecar())
	visitor, member := d.browser(), d.browser().signIn("1")
	const hostile, escaped = "</script><b>", "&lt;/script&gt;&lt;b&gt;"
	for name, test := range map[string]struct {
		browser *browser
		path    string
		status  int
		has     []string
		hasNot  []string
	}{
		"the home page includes the loader": {visitor, "/", 200, []string{`<script src="/chat/loader.js" async></script>`, "Demo."}, []string{"<script>"}},
		"the home page greets a member":     {member, "/", 200, []string{"Good to see you, Ada Lindqvist"}, []string{"/sign-in"}},
		"the sign-in page offers the active members and says what it is": {
			visitor, "/sign-in", 200, []string{"This is a demo", "Mia 😊 Okafor", escaped}, []string{"Banned Bob", hostile},
		},
		"a visitor sees members without buttons": {visitor, "/members", 200, []string{"Tomás Rey", escaped}, []string{"data-chatpass-to", "Banned Bob", hostile}},
		"a member can write to everybody else": {
			member, "/members", 200,
			[]string{`data-chatpass-to="2"`, `data-chatpass-to="3"`, `data-chatpass-to="4"`, `data-chatpass-to="5"`, "This is you"},
			[]string{`data-chatpass-to="1"`, `data-chatpass-to="6"`, "Banned Bob", hostile},
		},
		"a profile has a button":                    {member, "/members/3", 200, []string{`data-chatpass-to="3"`, escaped}, []string{hostile}},
		"one's own profile has none":                {member, "/members/1", 200, []string{"your own profile"}, []string{"data-chatpass-to"}},
		"a profile shows visitors where to sign in": {visitor, "/members/2", 200, []string{"/sign-in"}, []string{"data-chatpass-to"}},
		"a banned member has no profile":            {member, "/members/6", 404, []string{"Nothing here"}, []string{"Banned"}},
		"an id is written in one way only":          {member, "/members/03", 404, []string{"Nothing here"}, []string{escaped}},
		"an unknown page is not found":              {visitor, "/wp-admin", 404, []string{"Nothing here"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := test.browser.get(test.path)
			if got.StatusCode != test.status {
				t.Errorf("status %d, want %d", got.StatusCode, test.status)
			}
			for _, want := range test.has {
				if !strings.Contains(got.body, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
			for _, bad := range test.hasNot {
				if strings.Contains(got.body, bad) {
					t.Errorf("the page has %q", bad)
				}
			}
			if cache := got.Header.Get("Cache-Control"); !strings.Contains(cache, "no-store") {
				t.Errorf("Cache-Control is %q, want no-store: pages differ by visitor", cache)
			}
			policy := got.Header.Get("Content-Security-Policy")
			if !strings.Contains(policy, "script-src 'self' "+d.provider+";") || strings.Contains(policy, "unsafe") {
				t.Errorf("Content-Security-Policy is %q, want own scripts and the provider's and nothing inline", policy)
			}
		})
	}
}

func TestFilesOfTheSite(t *testing.T) {
	b := start(t, newFakeSidecar()).browser()
	for path, want := range map[string]string{
		"/assets/site.css":       "text/css; charset=utf-8",
		"/assets/icon.svg":       "image/svg+xml",
		"/avatars/ada.svg":       "image/svg+xml",
		"/avatars/nobody.svg":    "text/html; charset=utf-8", // the page that says so
		"/assets/%2e%2e%2fx":     "text/html; charset=utf-8",
		"/assets/avatars/":       "text/html; charset=utf-8",
		"/assets/../demo.go":     "text/html; charset=utf-8",
		"/avatars/..%2ficon.svg": "text/html; charset=utf-8",
	} {
		if got := b.get(path).Header.Get("Content-Type"); got != want {
			t.Errorf("%s has type %q, want %q", path, got, want)
		}
	}
}

func TestSignIn(t *testing.T) {
	d := start(t, newFakeSidecar())
	for name, test := range map[string]struct {
		member  string
		headers []string
		want    int
	}{
		"a member":                           {member: "2", want: http.StatusSeeOther},
		"a banned member":                    {member: "6", want: http.StatusBadRequest},
		"nobody":                             {member: "", want: http.StatusBadRequest},
		"an unknown member":                  {member: "99", want: http.StatusBadRequest},
		"not a number":                       {member: "1 or 1=1", want: http.StatusBadRequest},
		"a form of another site":             {member: "2", headers: []string{"Origin", "http://evil.example"}, want: http.StatusForbidden},
		"a form of a sandboxed frame":        {member: "2", headers: []string{"Origin", "null"}, want: http.StatusForbidden},
		"a form that hides where it is from": {member: "2", headers: []string{"Origin", ""}, want: http.StatusForbidden},
		"a form of the provider":             {member: "2", headers: []string{"Origin", d.provider}, want: http.StatusForbidden},
		"a form of enormous size":            {member: strings.Repeat("2", 8<<10), want: http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			got := d.browser().post("/sign-in", url.Values{"member": {test.member}}, test.headers...)
			if got.StatusCode != test.want {
				t.Fatalf("status %d, want %d", got.StatusCode, test.want)
			}
			cookies := got.Cookies()
			if test.want != http.StatusSeeOther {
				if len(cookies) != 0 {
					t.Errorf("a refused sign-in set the cookie %s", cookies[0].Name)
				}
				return
			}
			if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode || len(cookies[0].Value) < 26 {
				t.Errorf("cookies are %v, want one long random one with HttpOnly and SameSite=Lax", cookies)
			}
		})
	}
}

func TestSignOut(t *testing.T) {
	b := start(t, newFakeSidecar()).browser().signIn("1")
	site, _ := url.Parse(b.site)
	before := b.client.Jar.Cookies(site)[0]
	if got := b.post("/sign-out", nil, "Origin", "http://evil.example"); got.StatusCode != http.StatusForbidden {
		t.Fatalf("sign-out from another site: status %d, want 403", got.StatusCode)
	}
	if !strings.Contains(b.get("/").body, "Ada Lindqvist") {
		t.Fatal("a refused sign-out signed the member out")
	}
	if got := b.post("/sign-out", nil); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-out: status %d, want 303", got.StatusCode)
	}
	stolen := fmt.Sprintf("%s=%s", before.Name, before.Value)
	if strings.Contains(b.get("/", "Cookie", stolen).body, "Ada Lindqvist") {
		t.Error("the cookie still works after sign-out")
	}
}

func TestSigningInAgainEndsTheFormerSession(t *testing.T) {
	b := start(t, newFakeSidecar()).browser().signIn("1")
	site, _ := url.Parse(b.site)
	before := b.client.Jar.Cookies(site)[0]
	b.signIn("2")
	if got := b.get("/").body; !strings.Contains(got, "Mia 😊 Okafor") {
		t.Error("the second sign-in did not count")
	}
	other := b.browser().get("/", "Cookie", before.Name+"="+before.Value)
	if strings.Contains(other.body, "Ada Lindqvist") {
		t.Error("the first session still works")
	}
}

func TestABrowserCannotBecomeSomebodyElse(t *testing.T) {
	f := newFakeSidecar()
	d := start(t, f)
	key := f.env["SITE_KEY"] // not even who has it may use it from outside
	for name, test := range map[string]struct {
		query   string
		headers []string
	}{
		"with nothing added":                  {"", nil},
		"with user_id":                        {"?user_id=2", nil},
		"with user_id twice":                  {"?user_id=2&user_id=3", nil},
		"with user_id escaped":                {"?user%5Fid=2", nil},
		"with user_id after a semicolon":      {"?a=1;user_id=2", nil},
		"with a broken query":                 {"?%zz&user_id=2", nil},
		"with a bearer key":                   {"?user_id=2", []string{"Authorization", "Bearer " + key}},
		"with a bearer key in another case":   {"?user_id=2", []string{"authorization", "bearer " + key}},
		"with the identity header":            {"", []string{"X-Chatpass-User", "2"}},
		"with an old browser":                 {"?user_id=2", []string{"Sec-Fetch-Site", "", "X-Requested-With", "chatpass"}},
		"with the provider's way to say who":  {"?user_id=2", []string{"Authorization", "Basic " + key}},
		"with headers declared as hop by hop": {"?user_id=2", []string{"Connection", "Authorization, X-Requested-With"}},
		"with forwarded headers of its own":   {"?user_id=2", []string{"X-Forwarded-For", "127.0.0.1", "Forwarded", "for=127.0.0.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			headers := append([]string{"Sec-Fetch-Site", "same-origin"}, test.headers...)
			if got := d.browser().signIn("1").get("/chat/identity"+test.query, headers...).body; got != `{"user_id":"1"}` {
				t.Errorf("a member who is 1 became %s", got)
			}
			if got := d.browser().get("/chat/identity"+test.query, headers...).body; got != `{"user_id":""}` {
				t.Errorf("a visitor who is nobody became %s", got)
			}
			for _, r := range f.requests("/chat/identity") {
				for _, name := range []string{"Cookie", "X-Chatpass-User"} {
					if value := r.Header.Get(name); value != "" {
						t.Errorf("the sidecar received %s: %s", name, value)
					}
				}
			}
		})
	}
}

func TestIdentityIsAddedOnlyWhereItBelongs(t *testing.T) {
	f := newFakeSidecar()
	b := start(t, f).browser().signIn("1")
	for name, test := range map[string]struct {
		path    string
		headers []string
		want    string // user_id and Authorization as the sidecar receives them
	}{
		"a page of another site":              {"/chat/identity", []string{"Sec-Fetch-Site", "cross-site"}, " "},
		"a page of another port":              {"/chat/identity", []string{"Sec-Fetch-Site", "same-site"}, " "},
		"an old browser without the mark":     {"/chat/identity", nil, " "},
		"the button route":                    {"/chat/button?to=2&user_id=2", []string{"Sec-Fetch-Site", "same-origin"}, " "},
		"the widget route":                    {"/chat/widget?mode=inline&user_id=1", []string{"Sec-Fetch-Site", "same-origin"}, " "},
		"the loader":                          {"/chat/loader.js", []string{"Sec-Fetch-Site", "same-origin"}, " "},
		"users-info keeps Basic auth":         {"/chat/users?user_ids=1,2", []string{"Authorization", "Basic ZGVtbzpkZW1v"}, " Basic ZGVtbzpkZW1v"},
		"users-info by path keeps Basic auth": {"/chat/users/1,2", []string{"Authorization", "Basic ZGVtbzpkZW1v"}, " Basic ZGVtbzpkZW1v"},
		"users-info with a bearer key":        {"/chat/users?user_ids=1", []string{"Authorization", "Bearer abc"}, " "},
	} {
		t.Run(name, func(t *testing.T) {
			b.get(test.path, test.headers...)
			path, _, _ := strings.Cut(test.path, "?")
			seen := f.requests(path)
			if len(seen) == 0 {
				t.Fatalf("the sidecar received nothing for %s", path)
			}
			last := seen[len(seen)-1]
			if got := last.URL.Query().Get("user_id") + " " + last.Header.Get("Authorization"); got != test.want {
				t.Errorf("user_id and Authorization are %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheQueryOfOtherRoutesArrivesUnchanged(t *testing.T) {
	for name, test := range map[string]struct{ query, want string }{
		"nothing":                       {"", ""},
		"ids with commas":               {"user_ids=1,2,3", "user_ids=1,2,3"},
		"ids with semicolons":           {"user_ids=1;2", "user_ids=1;2"},
		"an escaped comma stays":        {"user_ids=1%2C2&x=%20", "user_ids=1%2C2&x=%20"},
		"user_id goes":                  {"a=1&user_id=2&b=3", "a=1&b=3"},
		"user_id in other letters goes": {"USER_ID=2&b=3", "b=3"},
		"user_id with spaces goes":      {"+user_id+=2", ""},
		"what cannot be decoded goes":   {"%zz=1&b=3", "b=3"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := demo.WithoutParameter(test.query, "user_id"); got != test.want {
				t.Errorf("%q became %q, want %q", test.query, got, test.want)
			}
		})
	}
}

func FuzzWithoutParameter(f *testing.F) {
	for _, seed := range []string{"user_id=2", "a=1&user%5fid=2;x", "user_ids=1;2", "%", "&&=;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		kept := demo.WithoutParameter(query, "user_id")
		values, _ := url.ParseQuery(kept)
		if values.Has("user_id") {
			t.Errorf("%q keeps user_id as %q", query, kept)
		}
		if again := demo.WithoutParameter(kept, "user_id"); again != kept {
			t.Errorf("%q became %q and then %q", query, kept, again)
		}
	})
}

func TestThePageStandsWithoutTheSidecar(t *testing.T) {
	f := newFakeSidecar()
	b := start(t, f).browser().signIn("1")
	f.set(func(f *fakeSidecar) { f.buttonCode = http.StatusServiceUnavailable })
	got := b.get("/members")
	if got.StatusCode != http.StatusOK || !strings.Contains(got.body, "Tomás Rey") || !strings.Contains(got.body, "not available right now") {
		t.Errorf("status %d, want the member list with a note that the chat is not available:\n%s", got.StatusCode, got.body)
	}
}

func TestOtherNamesOfThisComputer(t *testing.T) {
	d := start(t, newFakeSidecar())
	b := d.browser()
	if got := b.get("/members", "Host", "localhost:1234"); got.Header.Get("Location") != d.site+"/" {
		t.Errorf("another host is sent to %q, want %q", got.Header.Get("Location"), d.site+"/")
	}
	if got := b.post("/sign-in", url.Values{"member": {"1"}}, "Host", "rebound.example"); got.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a form for another host: status %d, want 421", got.StatusCode)
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	want := map[time.Duration]string{
		0: "just now", -time.Hour: "just now", time.Minute: "1 minute ago", 59 * time.Minute: "59 minutes ago",
		time.Hour: "1 hour ago", 26 * time.Hour: "1 day ago", 50 * time.Hour: "2 days ago",
	}
	got := map[time.Duration]string{}
	for d := range want {
		got[d] = demo.Ago(now, now.Add(-d))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
	if got := demo.Ago(now, time.Time{}); got != "never" {
		t.Errorf("the zero time is %q, want never", got)
	}
}
