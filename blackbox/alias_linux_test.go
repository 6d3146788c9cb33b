package blackbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// hostileHeaders are lines with which a client tries to be user 1: every spelling of the header's name some server takes for it.
var hostileHeaders = map[string]string{
	"nothing":                      "",
	"the header":                   "X-Chatpass-User: 1\r\n",
	"small letters":                "x-chatpass-user: 1\r\n",
	"capital letters":              "X-CHATPASS-USER: 1\r\n",
	"underscores":                  "X_Chatpass_User: 1\r\n",
	"one underscore":               "X-Chatpass_User: 1\r\n",
	"the other underscore":         "X_Chatpass-User: 1\r\n",
	"as CGI has it":                "HTTP_X_CHATPASS_USER: 1\r\n",
	"dots":                         "X.Chatpass.User: 1\r\n",
	"twice":                        "X-Chatpass-User: 1\r\nX-Chatpass-User: 1\r\n",
	"both spellings":               "X-Chatpass-User: 1\r\nX_Chatpass_User: 1\r\n",
	"a space behind":               "X-Chatpass-User : 1\r\n",
	"a tab behind":                 "X-Chatpass-User\t: 1\r\n",
	"a space before":               " X-Chatpass-User: 1\r\n",
	"a folded line":                "X-Chatpass-User:\r\n 1\r\n",
	"behind a folded line":         "X-Other: a\r\n X-Chatpass-User: 1\r\n",
	"a bare line feed":             "X-Other: a\nX-Chatpass-User: 1\r\n",
	"a bare carriage return":       "X-Other: a\rX-Chatpass-User: 1\r\n",
	"a list":                       "X-Chatpass-User: 1, 6\r\n",
	"SEC-33: taken away":           "Connection: close, X-Chatpass-User\r\n",
	"SEC-33: sent and taken away":  "X-Chatpass-User: 1\r\nConnection: close, X-Chatpass-User\r\n",
	"SEC-33: taken away alone":     "Connection: X-Chatpass-User\r\n",
	"SEC-33: taken away below":     "Connection: keep-alive\r\nConnection: x-chatpass-user\r\n",
	"other names":                  "Remote-User: 1\r\nX-Remote-User: 1\r\nX-Forwarded-User: 1\r\nX_Remote_User: 1\r\n",
	"forwarded":                    "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /x\r\n",
	"forwarded and taken away":     "Connection: close, X-Forwarded-For\r\nX-Forwarded-For: 6.6.6.6\r\n",
	"a trailer":                    "Transfer-Encoding: chunked\r\nTrailer: X-Chatpass-User\r\n\r\n0\r\nX-Chatpass-User: 1\r\n",
	"a method that is not ours":    "X-HTTP-Method-Override: POST\r\nX-Chatpass-User: 1\r\n",
	"a request behind the request": "Content-Length: 0\r\nX-Chatpass-User: 1\r\n",
}

// askHostile sends such lines; an answer is not to be had for every one of them.
func askHostile(t testing.TB, w *webServer, lines string) (a answer, ok bool) {
	t.Helper()
	if !strings.Contains(strings.ToLower(lines), "\nconnection:") && !strings.HasPrefix(lines, "Connection:") {
		lines = "Connection: close\r\n" + lines
	}
	return w.tryWire(t, "GET /chat/identity HTTP/1.1\r\nHost: www.example.com\r\nX-Requested-With: chatpass\r\n"+lines+"\r\n")
}

// TestSEC38NoSpellingOfTheHeaderPasses: what arrives at the sidecar is looked at, whatever it would make of it.
func TestSEC38NoSpellingOfTheHeaderPasses(t *testing.T) {
	t.Parallel()
	for _, f := range fronts {
		for _, mode := range []string{"no value of its own", "the value of the proxy"} {
			t.Run(f.name+" with "+mode, func(t *testing.T) {
				t.Parallel()
				f.find(t)
				var mu sync.Mutex
				var seen []http.Header
				echo := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					seen = append(seen, r.Header)
				}))
				t.Cleanup(echo.Close)
				e := env{"LISTEN": strings.TrimPrefix(echo.URL, "http://"), "TRUSTED_PROXIES": "127.0.0.1"}
				recipe := f.recipe(t, e)
				want := ""
				if mode != "no value of its own" {
					recipe, want = f.namingUser6(t, e.with("IDENTITY", "header")), "6"
				}
				w := f.start(t, wrapping{recipe: recipe, site: sitePages(t, "")})
				for what, lines := range hostileHeaders {
					mu.Lock()
					seen = nil
					mu.Unlock()
					_, _ = askHostile(t, w, lines)
					mu.Lock()
					for _, h := range seen {
						if fault := namesOf(h, want); fault != "" {
							t.Errorf("%s: %s\n%v", what, fault, h)
						}
						if hops := strings.Split(strings.Join(h.Values("X-Forwarded-For"), ","), ","); strings.TrimSpace(hops[len(hops)-1]) != "127.0.0.1" {
							t.Errorf("%s: the sidecar is told that the visitor is %q", what, hops)
						}
					}
					mu.Unlock()
				}
				mu.Lock()
				seen = nil
				mu.Unlock()
				if _, ok := askHostile(t, w, ""); !ok || len(seen) != 1 || namesOf(seen[0], want) != "" || seen[0].Get("X-Chatpass-User") != want {
					t.Errorf("a plain request arrives as %v", seen)
				}
			})
		}
	}
}

// namesOf says what is wrong with the headers that could name a visitor: the right one may hold want or be missing, no other may be there.
func namesOf(h http.Header, want string) string {
	for name, values := range h {
		plain := strings.Map(func(r rune) rune {
			if r == '_' || r == '.' || r == ' ' || r == '\t' {
				return '-'
			}
			return r
		}, strings.ToLower(name))
		switch {
		case name == "X-Chatpass-User" && len(values) == 1 && (values[0] == want || values[0] == ""):
		case name == "X.chatpass.user": // no server takes a dot for a hyphen, and neither do we
		case strings.Contains(plain, "chatpass-user") && plain != "http-x-chatpass-user", strings.Contains(plain, "remote-user"), plain == "x-forwarded-user":
			return fmt.Sprintf("%s: %q arrives", name, values)
		}
	}
	return ""
}

// namingUser6 is the recipe with the owner's own line, at the place the recipe names.
func (f frontEnd) namingUser6(t testing.TB, e env) string {
	t.Helper()
	recipe := f.recipe(t, e)
	changed := strings.Replace(recipe, f.naming[0], f.naming[1], 1)
	if changed == recipe {
		t.Fatalf("no %q in:\n%s", f.naming[0], recipe)
	}
	return changed
}

// TestSEC38NobodyBecomesSomebodyElse: the same with the sidecar itself, which believes the proxy.
func TestSEC38NobodyBecomesSomebodyElse(t *testing.T) {
	t.Parallel()
	e := people(t, mysqltest.Start(t).Database(t), 9).with("IDENTITY", "header", "SITE_KEY", "", "TRUSTED_PROXIES", "127.0.0.1")
	for _, f := range fronts {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.find(t)
			e := e.with("LISTEN", "127.0.0.1:"+freePort(t))
			serve(t, e)
			w := f.start(t, wrapping{recipe: f.recipe(t, e), site: sitePages(t, "")})
			named := f.start(t, wrapping{recipe: f.namingUser6(t, e), site: sitePages(t, "")})
			for what, lines := range hostileHeaders {
				if a, ok := askHostile(t, w, lines); ok && (strings.Contains(a.body, tokenHeader) || strings.Contains(a.body, `"User `)) {
					t.Errorf("%s makes a visitor of %d %s", what, a.status, a.body)
				}
				a, ok := askHostile(t, named, lines)
				if ok && a.status == http.StatusOK && a.body != guestAnswer && !strings.HasPrefix(a.body, `{"user_id":6,"name":"User 6"`) {
					t.Errorf("%s makes of user 6 a visitor of %d %s", what, a.status, a.body)
				}
			}
			a, ok := askHostile(t, w, "")
			if !ok {
				t.Fatal("a plain request is not answered")
			}
			a.expectUser(t, "")
			for _, lines := range []string{"", "X-Chatpass-User: 1\r\n", "Connection: close, X-Chatpass-User\r\n"} {
				a, ok := askHostile(t, named, lines)
				if !ok {
					t.Fatalf("%q is not answered", lines)
				}
				a.expectUser(t, "6")
			}
		})
	}
}
