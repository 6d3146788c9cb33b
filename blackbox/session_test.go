package blackbox_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// The visitor of reference vector wp-phpass, whose session ends in 2100.
const (
	wpCookieName  = "wordpress_logged_in_c984d06aafbecf6bc55569f964148ea3"
	wpCookieValue = "Ada%20Lovelace%7C4102444800%7CZq3x0123456789abcdefghijklmnopqrstuvwxyzABC%7C16e23e6c055e85278f085cb533ed42a7f53ee4e37829135cf393a61d67a39e2b"
	wpSalts       = "define( 'LOGGED_IN_KEY', 'LOGGED_IN-key-0123456789abcdef' );\ndefine( 'LOGGED_IN_SALT', 'LOGGED_IN-salt-fedcba9876543210' );\n"
)

// TestAVisitorIsWhoTheSitesOwnSessionSays: with SITE_ROOT alone, a WordPress cookie is the visitor's pass, for a page of the site only, and
// whatever is wrong with it makes a guest and never somebody else.
func TestAVisitorIsWhoTheSitesOwnSessionSays(t *testing.T) {
	address := evidenceDatabase(t, "wordpress", "sessions.sql")
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "wp-includes"), 0o700); err != nil {
		t.Fatal(err)
	}
	wpConfig(t, root, address)
	file := filepath.Join(root, "wp-config.php")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, file, string(text)+wpSalts)
	s := serve(t, settings(mysqltest.Start(t).Database(t)).with("DATABASE_URL", "", "SITE_ROOT", root, "SITE_URL", "https://www.example.com"))
	visit := func(cookie string, more ...string) answer {
		o := []option{header("Sec-Fetch-Site", "same-origin")}
		if len(more) > 0 {
			o = []option{header(more[0], more[1])}
		}
		if cookie != "" {
			o = append(o, header("Cookie", cookie))
		}
		return s.get(t, "/chat/identity", o...)
	}
	ada := wpCookieName + "=" + wpCookieValue

	a := visit(ada)
	a.expectStatus(t, http.StatusOK)
	var who struct {
		UserID    int   `json:"user_id"`
		ExpiresAt int64 `json:"expires_at"`
	}
	decode(t, a.body, &who)
	if who.UserID != 70 || who.ExpiresAt < time.Now().Unix() || who.ExpiresAt > time.Now().Add(2*time.Hour).Unix() {
		t.Errorf("identity says %s", a.body)
	}
	if a.header.Get("Cache-Control") != "no-store, private" || !strings.Contains(a.header.Get("Vary"), "Cookie") {
		t.Errorf("headers %v", a.header)
	}
	for name, cookie := range map[string]string{
		"no cookie":              "",
		"another byte in it":     strings.Replace(ada, "wxyzABC", "wxyzABD", 1),
		"another user's name":    strings.Replace(ada, "Ada%20Lovelace", "admin", 1),
		"another end":            strings.Replace(ada, "4102444800", "4102444801", 1),
		"no signature":           ada[:strings.LastIndex(ada, "%7C")],
		"an empty cookie":        wpCookieName + "=",
		"a good one and another": ada + "; " + strings.Replace(ada, "wxyzABC", "wxyzABD", 1),
	} {
		t.Run(name, func(t *testing.T) {
			a := visit(cookie)
			a.expectStatus(t, http.StatusOK)
			if !strings.Contains(a.body, `"user_id":null`) {
				t.Errorf("identity says %s", a.body)
			}
		})
	}
	for name, h := range map[string][2]string{
		"from another site":            {"Sec-Fetch-Site", "cross-site"},
		"from a sub-domain":            {"Sec-Fetch-Site", "same-site"},
		"by a form of another origin":  {"Origin", "https://evil.example.com"},
		"without a word of where from": {"X-Nothing", "x"},
	} {
		t.Run(name, func(t *testing.T) { visit(ada, h[0], h[1]).expectStatus(t, http.StatusForbidden) })
	}
	visit(ada, "X-Requested-With", "chatpass").expectStatus(t, http.StatusOK)

	// What the sessions need stands in the account's rights, and a check says that they are read.
	e := settings(mysqltest.Start(t).Database(t)).with("DATABASE_URL", "", "SITE_ROOT", root)
	if r := run(t, e, "grants"); r.code != 0 || !strings.Contains(r.stdout, "`user_pass`") {
		t.Errorf("grants ended with %d: %s%s", r.code, r.stdout, r.stderr)
	}
	expectLine(t, check(t, e, 0), "ok sessions: visitors are known by the site's own sessions")
}
