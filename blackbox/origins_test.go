package blackbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// Every value of what a browser says about where a request comes from; "" is no header.
var (
	fetchSites = []string{"", "same-origin", "same-site", "cross-site", "none", "Same-Origin"}
	fetchDests = []string{"", "empty", "document", "image"}
	asking     = []string{"", "chatpass", "XMLHttpRequest"}
	origins    = map[string]bool{ // whether it is the site's
		"https://www.example.com": true, "https://shop.example.com": true,
		"null": false, "https://evil.example": false, "https://www.example.com.evil.example": false, "https://evil-www.example.com": false,
		"https://evil.example/www.example.com": false, "https://www.example.com@evil.example": false, "https://www.example.com:8443": false,
		"https://www.example.com:443": false, "http://www.example.com": false, "https://example.com": false, "https://sub.www.example.com": false,
		"HTTPS://WWW.EXAMPLE.COM": false, "https://www.example.com.": false, "https://www.example.com https://evil.example": false,
		"www.example.com": false, "*": false,
	}
)

// who is how a visitor of the matrix is known.
type who struct {
	name   string
	option option
	user   string
}

// mayBeTold is CONTRACT §4 in a few lines: who gets an answer, and whom it names. It does not look at how handlers do it.
func mayBeTold(site, origin, dest, asks string, w who) bool {
	switch own, known := origins[origin]; {
	case w.name == "bearer" && site == "":
		return true // the site's own server, which no page can make send its key
	case site == "cross-site" || site == "same-site" || dest == "document" || known && !own:
		return false
	case site == "same-origin" || w.name == "nobody":
		return true
	case w.name == "header":
		return site == "" // what a proxy adds, no page can leave out; the Cookie rule is for cookies
	default:
		return site == "" && asks == "chatpass"
	}
}

func TestSEC64OnlyPagesOfTheSiteMayAskWhoTheirVisitorIs(t *testing.T) {
	t.Parallel()
	site := whoamiSite(t)
	s := serve(t, behindProxy(t, "IDENTITY", "whoami,header,site", "WHOAMI_URL", site.URL, "SITE_URL", "https://www.example.com https://shop.example.com"))
	var told, refused atomic.Int32
	one := func(t *testing.T, fetchSite, origin, dest, asks string, w who) {
		t.Helper()
		var o []option
		for name, value := range map[string]string{"Sec-Fetch-Site": fetchSite, "Origin": origin, "Sec-Fetch-Dest": dest, "X-Requested-With": asks} {
			if value != "" {
				o = append(o, header(name, value))
			}
		}
		a := s.get(t, "/chat/identity?user_id=3", append(o, w.option)...)
		what := fmt.Sprintf("%s, Sec-Fetch-Site %q, Origin %q, Sec-Fetch-Dest %q, X-Requested-With %q", w.name, fetchSite, origin, dest, asks)
		switch {
		case mayBeTold(fetchSite, origin, dest, asks, w):
			told.Add(1)
			if want := `{"user_id":` + w.user + `,`; a.status != http.StatusOK || !strings.HasPrefix(a.body, want) {
				t.Errorf("%s: answered %d %.60s, want %s", what, a.status, a.body, want)
			}
		default:
			refused.Add(1)
			if a.status != http.StatusForbidden || strings.Contains(a.body, tokenHeader) || strings.Contains(a.body, "user_id") {
				t.Errorf("%s: answered %d %.60s, want 403", what, a.status, a.body)
			}
		}
	}
	t.Run("known by", func(t *testing.T) {
		for _, w := range []who{
			{"nobody", func(*http.Request) {}, "null"}, {"cookie", visitorOf("1"), "1"}, {"header", header("X-Chatpass-User", "2"), "2"}, {"bearer", theSite, "3"},
		} {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				for _, fetchSite := range fetchSites {
					for _, asks := range asking {
						for _, dest := range fetchDests {
							one(t, fetchSite, "", dest, asks, w)
							for origin := range origins {
								one(t, fetchSite, origin, dest, asks, w)
							}
						}
					}
				}
			})
		}
	})
	if told, refused := told.Load(), refused.Load(); told < 300 || refused < 3000 {
		t.Errorf("%d told and %d refused prove too little", told, refused)
	}
}

func TestSEC65NoOriginIsEverGivenLeaveToRead(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 3))
	routes := []string{
		"/chat/identity", "/chat/widget", "/chat/widget?mode=inline&user_id=1", "/chat/button?to=2&user_id=1", "/chat/loader.js", "/chat/users?user_ids=1",
		"/chat/search?q=User", "/chat/friends/1", "/wp-json/imbachat/v1/getusers/1", "/?rest_route=/imbachat/v1/getusers/1", "/healthz", "/readyz", "/nothing",
	}
	all := []string{""}
	for origin := range origins {
		all = append(all, origin)
	}
	silent := func(t *testing.T, what string, a answer) {
		t.Helper()
		for name := range a.header {
			if strings.HasPrefix(name, "Access-Control-") || name == "Timing-Allow-Origin" || name == "Origin-Agent-Cluster" {
				t.Errorf("%s: the answer has %s: %q", what, name, a.header[name])
			}
		}
		if got := a.header.Get("Cross-Origin-Resource-Policy"); got != "same-origin" {
			t.Errorf("%s: Cross-Origin-Resource-Policy is %q", what, got)
		}
	}
	for _, target := range routes {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			for _, origin := range all {
				for _, o := range []option{func(*http.Request) {}, theSite, provider} {
					silent(t, "GET for "+origin, s.get(t, target, header("Origin", origin), o))
				}
				a := s.do(t, http.MethodOptions, target, header("Origin", origin), header("Access-Control-Request-Method", "GET"),
					header("Access-Control-Request-Headers", "authorization,x-requested-with"), header("Access-Control-Request-Private-Network", "true"))
				silent(t, "the preflight for "+origin, a)
				if a.status != http.StatusMethodNotAllowed && a.status != http.StatusNotFound {
					t.Errorf("the preflight for %q was answered %d", origin, a.status)
				}
			}
		})
	}
	t.Run("a preflight with 100 KiB of headers costs nothing", func(t *testing.T) {
		t.Parallel()
		for _, list := range []string{strings.Repeat("a,", 50<<10), strings.Repeat("x", 100<<10), strings.Repeat(",", 100<<10)} {
			for range 20 {
				began := time.Now()
				line := s.statusLine(t, "OPTIONS /chat/identity HTTP/1.1\r\nHost: www.example.com\r\nOrigin: https://www.example.com\r\n"+
					"Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: "+list+"\r\n\r\n")
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("the answer took %s", took)
				}
				if !strings.HasPrefix(line, "HTTP/1.1 405 ") && !strings.HasPrefix(line, "HTTP/1.1 431 ") {
					t.Errorf("the answer is %q", line)
				}
			}
		}
		s.get(t, "/chat/identity?user_id=1", theSite).expectUser(t, "1")
	})
}

// TestSEC66PagesOfOthersChangeNothing sends what a page of another site can make a browser send, to every path: forms, text/plain, GET. Nothing
// of it is a way to change anything.
func TestSEC66PagesOfOthersChangeNothing(t *testing.T) {
	t.Parallel()
	site := whoamiSite(t)
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 9).with("IDENTITY", "whoami,ticket,site", "WHOAMI_URL", site.URL, "TICKET_KEY", ticketKey))
	table := func() (sum string) {
		t.Helper()
		var name string
		if err := db.SQL().QueryRowContext(t.Context(), "CHECKSUM TABLE people").Scan(&name, &sum); err != nil {
			t.Fatal(err)
		}
		return sum
	}
	before := table()
	once := ticketOf(`"6"`, time.Minute, `,"jti":"one-time"`)
	forms := []option{
		form("user_id=3&to=3&logout=1&action=delete"), form("ticket=" + once), body("text/plain", `{"user_id":3,"token":"`+once+`","x":"=x"}`),
		body("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"user_id\"\r\n\r\n3\r\n--x--\r\n"),
		body("", "x"), body("application/json", `{"user_id":3}`),
	}
	foreign := []option{visitorOf("1"), header("Origin", "https://evil.example"), header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Mode", "navigate"), header("Sec-Fetch-Dest", "document")}
	for _, target := range []string{
		"/chat/identity", "/chat/widget?mode=inline", "/chat/button?to=2", "/chat/loader.js", "/chat/users", "/chat/users/1", "/chat/search", "/chat/search/User",
		"/chat/friends/1", "/chat/version", "/healthz", "/readyz", "/", "/index.php", "/chat.php", "/wp-json/imbachat/v1/getusers/1", "/imba_chat/searchusers/User",
	} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			for _, send := range forms {
				a := s.do(t, method, target, append(foreign, send)...)
				switch a.status {
				case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
				default:
					t.Errorf("%s %s was answered %d %.80q", method, target, a.status, a.body)
				}
				if strings.Contains(a.body, tokenHeader) {
					t.Errorf("%s %s: a token in %s", method, target, a.body)
				}
				if method != http.MethodPost {
					break // the body does not matter to a method that no form can have
				}
			}
		}
		separator := "?"
		if strings.Contains(target, "?") {
			separator = "&"
		}
		for _, query := range []string{"logout=1", "action=delete&user_id=3", "_method=DELETE", "token=" + once} {
			if a := s.get(t, target+separator+query, foreign...); strings.HasPrefix(target, "/chat/identity") && a.status != http.StatusForbidden && a.status != http.StatusNotFound {
				t.Errorf("GET %s%s%s was answered %d", target, separator, query, a.status)
			}
			s.get(t, target+separator+query, append(foreign, header("X-Http-Method-Override", "DELETE"))...)
		}
	}
	if after := table(); after != before {
		t.Errorf("the users table changed: checksum %s became %s", before, after)
	}
	for _, id := range []string{"1", "3", "9"} {
		s.get(t, "/chat/identity", visitorOf(id), asLoader).expectUser(t, id)
	}
	s.get(t, "/chat/identity", bearer(once)).expectUser(t, "6") // nobody used it up
}

// TestSEC68TheSidecarSetsNoCookies: not of its own, and not those of the site it asks.
func TestSEC68TheSidecarSetsNoCookies(t *testing.T) {
	t.Parallel()
	site := whoamiSite(t) // sets one in each answer
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 3).with("IDENTITY", "whoami,site", "WHOAMI_URL", site.URL))
	for _, target := range []string{
		"/chat/identity", "/chat/widget", "/chat/widget?mode=inline", "/chat/button?to=2", "/chat/loader.js", "/chat/users?user_ids=1", "/healthz", "/readyz", "/none",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions} {
			for _, o := range [][]option{
				nil, {visitorOf("1"), asLoader}, {visitorOf("500"), asLoader}, {visitorOf("redirect"), asLoader}, {theSite}, {provider}, {bearer("wrong")}, {header("Cookie", "chatpass=1; __Host-x=1")},
			} {
				a := s.do(t, method, target, o...)
				for _, name := range []string{"Set-Cookie", "Set-Cookie2", "Clear-Site-Data", "Location", "Refresh"} {
					if got := a.header.Values(name); len(got) > 0 {
						t.Errorf("%s %s: %s is %q", method, target, name, got)
					}
				}
			}
		}
	}
	for _, target := range []string{"/metrics", "/status", "/healthz", "/debug/pprof/"} {
		if a := ask(t, client, http.MethodGet, s.admin+target); len(a.header.Values("Set-Cookie")) > 0 {
			t.Errorf("the admin route %s sets %q", target, a.header.Values("Set-Cookie"))
		}
	}
}

// TestSEC67WhatNetHTTPAnswersItselfTellsNothing: requests that no handler sees are answered without a name or version of the server.
func TestSEC67WhatNetHTTPAnswersItselfTellsNothing(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 1))
	for what, request := range map[string]string{
		"no HTTP":               "\x16\x03\x01\x02\x00\r\n\r\n",
		"no host":               "GET /chat/identity HTTP/1.1\r\n\r\n",
		"two hosts":             "GET /chat/identity HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"a header without name": "GET /chat/identity HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
		"another version":       "GET /chat/identity HTTP/3.0\r\nHost: a\r\n\r\n",
		"an odd length":         "POST /chat/users HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
		"a coding nobody knows": "POST /chat/users HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n",
		"headers without end":   "GET /chat/identity HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			if line := s.statusLine(t, request); !strings.HasPrefix(line, "HTTP/1.1 4") && !strings.HasPrefix(line, "HTTP/1.1 5") {
				t.Fatalf("answered %q", line)
			}
			if strings.HasPrefix(what, "headers") {
				return // the rest of the answer may be lost with the rest of the request
			}
			a := s.wire(t, request)
			if got := a.header.Get("Server") + a.header.Get("X-Powered-By") + a.header.Get("Set-Cookie"); got != "" {
				t.Errorf("the answer has %v", a.header)
			}
			if kind := a.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain; charset=utf-8") || strings.ContainsAny(a.body, "<>") || strings.Contains(strings.ToLower(a.body), "go") {
				t.Errorf("the answer is %q %q", kind, a.body)
			}
		})
	}
}
