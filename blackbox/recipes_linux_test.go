package blackbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// TestRecipesHandEverythingOn: what the command prints is enough for every route, with every kind of credential.
func TestRecipesHandEverythingOn(t *testing.T) {
	t.Parallel()
	e := wordpressOf(t)
	for _, f := range fronts {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			w, s := f.inFront(t, e)
			plain := s.get(t, "/chat/loader.js")
			loader := w.get(t, "/chat/loader.js")
			loader.expect(t, http.StatusOK, plain.body)
			loader.expectHeader(t, "Content-Type", plain.header.Get("Content-Type"))
			loader.expectHeader(t, "Cache-Control", "public, max-age=3600")
			packed := w.get(t, "/chat/loader.js", header("Accept-Encoding", "gzip"))
			packed.expect(t, http.StatusOK, s.get(t, "/chat/loader.js", header("Accept-Encoding", "gzip")).body)
			packed.expectHeader(t, "Content-Encoding", "gzip")
			w.get(t, "/chat/loader.js", header("If-None-Match", plain.header.Get("Etag"))).expect(t, http.StatusNotModified, "")

			who := identityOf(t, w.get(t, "/chat/identity?user_id=70", theSite))
			if got := fmt.Sprint(who.UserID); got != "70" {
				t.Errorf("the site's key gives user %s", got)
			}
			cookie := header("Cookie", wpCookieName+"="+wpCookieValue)
			a := w.get(t, "/chat/identity", cookie, asLoader)
			expectPersonal(t, a)
			if got := fmt.Sprint(identityOf(t, a).UserID); got != "70" {
				t.Errorf("the session is of user %s", got)
			}
			a = w.get(t, "/chat/identity", asLoader)
			expectPersonal(t, a)
			a.expect(t, http.StatusOK, guestAnswer)
			w.get(t, "/chat/identity", cookie, header("Sec-Fetch-Site", "cross-site")).expectStatus(t, http.StatusForbidden)

			own, port := "http://shop.example:8080", func(r *http.Request) { r.Host = "shop.example:8080" }
			w.get(t, "/chat/identity", cookie, asLoader, port, header("Origin", own)).expectStatus(t, http.StatusOK)
			w.get(t, "/chat/identity", cookie, asLoader, port, header("Origin", "http://evil.example:8080")).expectStatus(t, http.StatusForbidden)

			w.get(t, "/chat/users?user_ids=70", provider).only(t, "70")
			w.get(t, "/chat/users/70", provider).only(t, "70")
			w.get(t, "/chat/users?user_ids=70").expect(t, http.StatusUnauthorized, unauthorized)
			a = w.get(t, "/chat/users?user_ids=70", basic(apiLogin, "wrong-password-1"))
			a.expect(t, http.StatusUnauthorized, unauthorized)
			a.expectHeader(t, "Www-Authenticate", `Basic realm="Backend"`)
			ask(t, client, http.MethodPost, w.public+"/chat/users", provider, form("user_ids=70")).only(t, "70")
			if page := w.get(t, "/"); !strings.Contains(page.body, "<h1>Page</h1>") || page.status != http.StatusOK {
				t.Errorf("the site's own page: %d %s", page.status, page.body)
			}
		})
	}
}

// TestRecipesHandLongRequestsOn: 500 UUIDs in an address, the cookies of a large site, and what is beyond all measure.
func TestRecipesHandLongRequestsOn(t *testing.T) {
	t.Parallel()
	site := whoamiSite(t)
	e := people(t, mysqltest.Start(t).Database(t), 9).with("IDENTITY", "whoami,site", "WHOAMI_URL", site.URL, "TRUSTED_PROXIES", "127.0.0.1")
	uuids := make([]string, 500)
	for i := range uuids {
		uuids[i] = fmt.Sprintf("6ba7b810-9dad-11d1-80b4-%012d", i)
	}
	uuids[499] = "6"
	pad := func(n int) string { return strings.Repeat("x", n) }
	for _, f := range fronts {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			w, _ := f.inFront(t, e)
			w.get(t, "/chat/users?user_ids="+strings.Join(uuids, ","), provider).only(t, "6")
			w.get(t, "/chat/users?user_ids=6&x="+pad(60<<10), provider).only(t, "6")
			w.get(t, "/chat/identity", header("Cookie", "user=6; big="+pad(30<<10)), asLoader).expectUser(t, "6")
			w.get(t, "/chat/users?user_ids=6", provider, header("Cookie", "big="+pad(60<<10))).only(t, "6")
			a, err := try(t.Context(), client, http.MethodGet, w.public+"/chat/identity", header("Cookie", "user=6; big="+pad(200<<10)), asLoader)
			if err == nil && (a.status < 400 || strings.Contains(a.body, tokenHeader)) { // an error: the server closed before it had read all
				t.Errorf("200 KiB of cookies: %d %.200s", a.status, a.body)
			}
		})
	}
}

// TestRecipesServeTheOldPaths: the lines for old plugins are right once the mark of a remark is taken away.
func TestRecipesServeTheOldPaths(t *testing.T) {
	t.Parallel()
	e := people(t, mysqltest.Start(t).Database(t), 9).with("TRUSTED_PROXIES", "127.0.0.1")
	for _, f := range fronts {
		if f.name == "varnish" {
			continue // pages on Varnish come with a server of this list behind it
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.find(t)
			e := e.with("LISTEN", "127.0.0.1:"+freePort(t))
			serve(t, e)
			var lines []string
			for line := range strings.Lines(f.recipe(t, e)) {
				if bare, ok := strings.CutPrefix(strings.TrimSpace(line), "# "); ok && (strings.Contains(bare, "/wp-json/") || strings.Contains(bare, "/chat.php") || strings.Contains(bare, "/imba") || strings.Contains(bare, "/integrationwidget/")) {
					line = bare + "\n"
				}
				lines = append(lines, line)
			}
			w := f.start(t, wrapping{recipe: strings.Join(lines, ""), site: sitePages(t, "")})
			for _, target := range []string{"/wp-json/imbachat/v1/getusers/6", "/imbachat/api/v1/users/6", "/imba_chat/getusers/6", "/imba_chat_widget/getusers/6", "/chat.php?user_ids=6", "/integrationwidget/apiChat/6"} {
				w.get(t, target, provider).only(t, "6")
				w.get(t, target).expectStatus(t, http.StatusUnauthorized)
			}
		})
	}
}

// TestRecipesReachAUnixSocket: the other kind of address.
func TestRecipesReachAUnixSocket(t *testing.T) {
	t.Parallel()
	e := people(t, mysqltest.Start(t).Database(t), 9).with("LISTEN", "unix:"+openFolder(t)+"/chatpass.sock")
	serve(t, e)
	for _, f := range fronts {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.find(t)
			w := f.start(t, wrapping{recipe: f.recipe(t, e), site: sitePages(t, "")})
			w.get(t, "/chat/identity?user_id=6", theSite).expectUser(t, "6")
			w.get(t, "/chat/users?user_ids=6", provider).only(t, "6")
		})
	}
}

func TestSEC37NoPathPassesAnyCheckBy(t *testing.T) {
	t.Parallel()
	e := people(t, mysqltest.Start(t).Database(t), 9).with("TRUSTED_PROXIES", "127.0.0.1")
	targets := []string{
		"/chat/users?user_ids=6", "/chat/users/6", "//chat/users/6", "/chat//users/6", "/chat/./users/6", "/chat/x/../users/6", "/chat/loader.js/../users/6", "/chat/healthz/../users/6",
		"/x/../chat/users/6", "/chat/%2e%2e/chat/users/6", "/chat/users/6;x", "/chat/users;x/6", "/chat/users/6%2f", "/chat%2fusers/6", "/chat/users%2f6", "/chat/users/6%00", "/chat/users/6?x#y",
		"/chat/users/6.css", "/chat/users/6/x.js", "/chat/users/6%3fx.js", "/chat/USERS/6", "/CHAT/users/6", "/chat/identity?user_id=6", "/chat/identity;x?user_id=6", "/chat/identity/?user_id=6",
		"/chat/identity%2f?user_id=6", "/chat/identity.css?user_id=6", "/chat/widget/../identity?user_id=6", "/chat/widget?mode=inline&user_id=6", "/chat/button?to=2&user_id=6", "/chat/../healthz", "/chat/../readyz",
		"/chat/../metrics", "/chat/..%2fmetrics", "/chat/debug/pprof/", "http://www.example.com/chat/users/6", "/chat/users/6\\..\\x",
	}
	for _, f := range fronts {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			w, _ := f.inFront(t, e)
			for _, target := range targets {
				for _, agent := range []string{"curl/8", "kube-probe/1.30", "GoogleHC/1.0", "ELB-HealthChecker/2.0"} {
					a := w.wire(t, "GET "+target+" HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: "+agent+"\r\nX-Requested-With: chatpass\r\nX-Original-URL: /chat/loader.js\r\nX-Forwarded-Uri: /healthz\r\nConnection: close\r\n\r\n")
					if strings.Contains(a.body, "User 6") || strings.Contains(a.body, tokenHeader) || strings.Contains(a.body, "chatpass_http_requests_total") {
						t.Errorf("%s as %s: %d %s", target, agent, a.status, a.body)
					}
				}
			}
		})
	}
}
