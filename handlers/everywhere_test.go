package handlers_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/userinfo"
)

// visit is a request and its answer.
type visit struct {
	what, method, route string
	admin               bool
	answered
}

// everyAnswer asks for every route of both listeners in every method, as everybody there is, and for every kind of error there is. Routes come
// from the router, so that one that is added tomorrow is asked for, too.
func everyAnswer(t *testing.T, see func(v visit)) {
	t.Helper()
	f := newFixture(t, behindProxy)
	asks := header("X-Requested-With", "chatpass")
	people := map[string][]option{
		"a guest": nil, "a user": {header("Cookie", "who=6"), asks}, "a proxy's user": {header(identityHeader, "6")}, "the site's server": {bearer(siteKey)},
		"the provider": {basic}, "a wrong key": {bearer("x")}, "two keys": {header("Authorization", "Bearer "+siteKey, "Bearer "+siteKey)},
		"a wrong password": {header("Authorization", "Basic eDp5")}, "a page of another site": {header("Cookie", "who=6"), header("Sec-Fetch-Site", "cross-site"), header("Origin", "https://evil.example")},
		"a forged session": {header("Cookie", "who=forged"), asks}, "two users": {header("Cookie", "who=7"), header(identityHeader, "6"), asks},
		"a malformed header": {header(identityHeader, "malformed")}, "an unknown user": {header(identityHeader, "99")}, "no token can name them": {header(identityHeader, "9007199254740993")},
		"a site that is down": {header("Cookie", "who=down"), asks}, "a fault": {header("Cookie", "who=odd"), asks},
		"a cache that has it": {header("If-None-Match", "*"), header("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"), header("Cookie", "who=6"), asks},
		"a part of it":        {header("Range", "bytes=0-3"), header("Cookie", "who=6"), asks},
		"every coding":        {header("Accept-Encoding", "gzip, br, zstd, deflate"), header("Cookie", "who=6"), asks},
	}
	public, admin := handlers.Routes(f.Server)
	ask := func(adminSide bool, method, path string) {
		target := strings.NewReplacer(":ids", "6", ":term", "john", ":name", "cmdline").Replace(path)
		if strings.HasPrefix(target, "/debug/pprof/") && !strings.HasSuffix(target, "symbol") && target != "/debug/pprof/" {
			return // they take seconds and are for one reader
		}
		h := f.Public()
		if adminSide {
			h = f.Admin()
		}
		for who, options := range people {
			// Another address each, so that no limit hides the answer.
			v := visit{what: fmt.Sprintf("%s %s for %s", method, target, who), method: method, route: path, admin: adminSide}
			n := len(who)*7 + len(target)
			v.answered = send(h, method, target, append(options, from(fmt.Sprintf("198.18.%d.%d:1", n%256, n/256)))...)
			see(v)
		}
	}
	for side, routes := range map[bool][]string{false: public, true: admin} {
		if len(routes) < 10 {
			t.Fatalf("there are only %d routes", len(routes))
		}
		seen := map[string]bool{}
		for _, route := range routes {
			_, path, _ := strings.Cut(route, " ")
			if seen[path] {
				continue
			}
			seen[path] = true
			for _, method := range append(methods, http.MethodPatch, "BREW") {
				ask(side, method, path)
			}
		}
		for _, path := range []string{
			"/nowhere", "/chat/identity/x.css", "/chat/identity?x=.css", "/chat/widget?mode=inline", "/chat/widget?mode=odd", "/chat/widget?mode=inline&nonce=%22",
			"/chat/button?to=7", "/chat/button?to=7&label=" + strings.Repeat("x", 200), "/chat/users?user_ids=" + strings.Repeat("1,", 600), "/chat/search?q=x",
			"/chat/widget?mode=inline&user_id=99", "/chat/identity?user_id=6&user_id=7", "/chat/identity?user_id=%zz", "/?user_ids=6",
		} {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
				ask(side, method, path)
			}
		}
	}
	rare(t, f, see)
}

// rare is the answers that need a server in trouble: limits, a panic, a database that is down.
func rare(t *testing.T, f *fixture, see func(v visit)) {
	t.Helper()
	for _, path := range []string{"/chat/identity", "/chat/widget?mode=inline", "/chat/button?to=7"} {
		limited := false
		for range 70 {
			got := f.ask(http.MethodGet, path, bearer("wrong"), from("203.0.113.77:1"))
			limited = limited || got.status == http.StatusTooManyRequests
			see(visit{"a wrong key again for " + path, http.MethodGet, strings.Split(path, "?")[0], false, got})
		}
		if !limited {
			t.Errorf("%s: no limit was reached", path)
		}
	}
	for what, trouble := range map[string]func(d *directory){
		"a panic":               func(d *directory) { d.panics = true },
		"no database":           func(d *directory) { d.err = userinfo.ErrUnavailable },
		"a mapping that is off": func(d *directory) { d.err = userinfo.ErrMapping },
		"an odd fault":          func(d *directory) { d.err = errors.New(planted) },
	} {
		f := newFixture(t, behindProxy)
		f.directory.set(trouble)
		for _, path := range []string{"/chat/identity", "/chat/widget?mode=inline", "/chat/button?to=7", "/chat/users/6", "/chat/search/john", "/readyz"} {
			for _, who := range []option{header(identityHeader, "6"), basic} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					see(visit{method + " " + path + " with " + what, method, strings.Split(path, "?")[0], false, f.ask(method, path, who)})
				}
			}
		}
	}
}

// TestSEC67EveryAnswerHasTheHeadersThatProtectIt: of every route, method and error on both listeners.
func TestSEC67EveryAnswerHasTheHeadersThatProtectIt(t *testing.T) {
	statuses := map[int]int{}
	everyAnswer(t, func(v visit) {
		statuses[v.status]++
		want := map[string]string{
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
			"Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "no-referrer", "Server": "", "X-Powered-By": "", "Via": "",
			"Access-Control-Allow-Origin": "", "Access-Control-Allow-Credentials": "", "Timing-Allow-Origin": "", "Sourcemap": "",
		}
		if kind := v.header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") && !v.admin {
			want["Referrer-Policy"] = "strict-origin-when-cross-origin"
			if kind != "text/html; charset=utf-8" {
				t.Errorf("%s: the fragment is %q", v.what, kind)
			}
		}
		for name, value := range want {
			if got := v.header.Get(name); got != value {
				t.Errorf("%s (%d): %s is %q, want %q", v.what, v.status, name, got, value)
			}
			if n := len(v.header.Values(name)); n > 1 {
				t.Errorf("%s: %s stands %d times", v.what, name, n)
			}
		}
		kind := v.header.Get("Content-Type")
		switch {
		case v.status == http.StatusNotModified:
		case kind == "application/json": // UTF-8 by its definition (RFC 8259 §8.1)
		case v.admin && strings.HasPrefix(kind, "text/plain; version=0.0.4; charset=utf-8"):
		case strings.HasSuffix(kind, "; charset=utf-8"):
		default:
			t.Errorf("%s (%d): Content-Type is %q", v.what, v.status, kind)
		}
		if strings.Contains(v.body, planted) || strings.Contains(strings.ToLower(v.body), "<!doctype") && !v.admin {
			t.Errorf("%s: the body is %.200q", v.what, v.body)
		}
	})
	for _, status := range []int{200, 304, 400, 401, 403, 404, 405, 409, 422, 429, 500, 503} {
		if statuses[status] == 0 {
			t.Errorf("no answer was a %d; there were %v", status, statuses)
		}
	}
}

// TestSEC68NoAnswerSetsACookie: not one of any route, method and error.
func TestSEC68NoAnswerSetsACookie(t *testing.T) {
	n := 0
	everyAnswer(t, func(v visit) {
		n++
		for _, name := range []string{"Set-Cookie", "Set-Cookie2", "Clear-Site-Data", "Authentication-Info", "Location", "Refresh"} {
			if got := v.header.Values(name); len(got) > 0 {
				t.Errorf("%s: %s is %q", v.what, name, got)
			}
		}
	})
	if n < 1000 {
		t.Errorf("%d answers prove too little", n)
	}
}

// TestSEC70NoCacheKeepsWhatIsOneVisitors: the identity, the inline widget and the button, their errors, HEAD, and requests of caches that want
// to know whether something has changed.
func TestSEC70NoCacheKeepsWhatIsOneVisitors(t *testing.T) {
	statuses, tokens := map[int]int{}, 0
	everyAnswer(t, func(v visit) {
		path := strings.Split(v.route, "?")[0]
		personal := !v.admin && (path == "/chat/identity" || path == "/chat/button" || path == "/chat/widget" && strings.Contains(v.what, "mode=inline"))
		if strings.Contains(v.body, "eyJ") {
			tokens++
			if !personal {
				t.Errorf("%s: a token outside of the personal routes: %s", v.what, v.body)
			}
		}
		if !personal {
			return
		}
		statuses[v.status]++
		want := map[string]string{"Cache-Control": "no-store, private", "Etag": "", "Last-Modified": "", "Expires": "", "Age": "", "Content-Encoding": "", "Accept-Ranges": "", "Content-Range": ""}
		if v.status != http.StatusMethodNotAllowed { // nothing of a visitor was looked at
			want["Vary"], want["Pragma"], want["Cdn-Cache-Control"], want["Surrogate-Control"] = "Cookie, "+identityHeader, "no-cache", "no-store", "no-store"
		}
		for name, value := range want {
			if got := strings.Join(v.header.Values(name), "; "); got != value {
				t.Errorf("%s (%d): %s is %q, want %q", v.what, v.status, name, got, value)
			}
		}
		if v.status == http.StatusNotModified || v.status == http.StatusPartialContent {
			t.Errorf("%s: answered %d", v.what, v.status)
		}
		if v.method == http.MethodHead && v.body != "" {
			t.Errorf("%s: the body is %q", v.what, v.body)
		}
	})
	for _, status := range []int{200, 400, 401, 403, 404, 405, 409, 422, 429, 500, 503} {
		if statuses[status] == 0 {
			t.Errorf("no answer was a %d; there were %v", status, statuses)
		}
	}
	if tokens < 10 {
		t.Errorf("only %d answers had a token", tokens)
	}
}

// TestSEC66EveryWayToChangeSomethingRefusesPagesOfOthers takes all routes that take more than GET and HEAD from the router: what a form of another
// site's page sends there, with the visitor's cookies, is refused. A route that is added tomorrow is asked, too.
func TestSEC66EveryWayToChangeSomethingRefusesPagesOfOthers(t *testing.T) {
	f := newFixture(t, behindProxy)
	public, admin := handlers.Routes(f.Server)
	asked := 0
	for _, listener := range []struct {
		routes []string
		h      http.Handler
	}{{public, f.Public()}, {admin, f.Admin()}} {
		for _, route := range listener.routes {
			method, path, _ := strings.Cut(route, " ")
			if method == http.MethodGet || method == http.MethodHead {
				continue
			}
			target := strings.NewReplacer(":ids", "6", ":term", "john").Replace(path)
			for _, kind := range []string{"application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""} {
				asked++
				got := send(listener.h, method, target, form("user_ids=6"), header("Content-Type", kind), header("Cookie", "who=6"), header("Origin", "https://evil.example"),
					header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Mode", "navigate"), header("Sec-Fetch-Dest", "document"))
				switch got.status {
				case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
				default:
					t.Errorf("%s %s as %q answers %d %s", method, target, kind, got.status, got.body)
				}
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d requests were sent", asked)
	}
}
