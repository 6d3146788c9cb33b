package blackbox_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// The visitors of the site whose pages are checked; their sessions end in 2100.
const (
	wpKey, wpSalt = "canary-logged-in-key-0123456789abcdef", "canary-logged-in-salt-fedcba9876543210"
	wpEnd         = "4102444800"
)

// wpMember is a member of the fake site who is signed in.
type wpMember struct {
	id     int
	login  string
	cookie string // the Cookie header
}

// wpVisitors are two members of WordPress who are signed in, and the settings of a sidecar beside it.
func wpVisitors(t testing.TB) (e env, members [2]wpMember) {
	t.Helper()
	db := mysqltest.Start(t).Database(t)
	members = wpSite(t, db)
	return wpSettings(db), members
}

// wpSite fills a database with a WordPress of which two members are signed in.
func wpSite(t testing.TB, db *mysqltest.DB) (members [2]wpMember) {
	t.Helper()
	schema, err := os.ReadFile(filepath.Join("..", "preset", "testdata", "wordpress", "schema.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for statement := range strings.SplitSeq(strings.ReplaceAll(string(schema), "{p}", "wp_"), ";\n") {
		if strings.TrimSpace(statement) != "" {
			db.Exec(t, statement)
		}
	}
	for i, login := range []string{"alice", "bob"} {
		const pass = "$P$BabcdEFGHijklmnopqrstuvwxyz0123"
		m := wpMember{id: 70 + i, login: login}
		token := session + "-" + login
		key := mac(md5.New, wpKey+wpSalt, login+"|"+pass[8:12]+"|"+wpEnd+"|"+token)
		sum := mac(sha256.New, key, login+"|"+wpEnd+"|"+token)
		m.cookie = wpCookieName + "=" + strings.Join([]string{login, wpEnd, token, sum}, "%7C")
		verifier := sha256.Sum256([]byte(token))
		db.Exec(t, fmt.Sprintf("INSERT INTO wp_users (ID, user_login, user_pass, user_nicename, display_name) VALUES (%d, '%s', '%s', '%s', '%s')", m.id, login, pass, login, login),
			fmt.Sprintf("INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (%d, 'session_tokens', 'a:1:{s:64:\"%x\";a:1:{s:10:\"expiration\";i:%s;}}')", m.id, verifier, wpEnd))
		members[i] = m
	}
	return members
}

func wpSettings(db *mysqltest.DB) env {
	return settings(db).with("PRESET", "wordpress", "SESSION_SECRETS", "logged_in_key="+wpKey+";logged_in_salt="+wpSalt, "IMBACHAT_GUESTS", "load")
}

func mac(h func() hash.Hash, key, text string) string {
	m := hmac.New(h, []byte(key))
	_, _ = io.WriteString(m, text)
	return hex.EncodeToString(m.Sum(nil))
}

// fakeSite is a site with one page in front of a real sidecar. The zero value is as it should be.
type fakeSite struct {
	tag    string                                                    // of the loader; empty: what chatpass snippet prints
	head   string                                                    // further HTML of the head
	header http.Header                                               // of the page
	inline bool                                                      // the page includes the fragment with the visitor's token
	cached bool                                                      // a cache before the page that knows nothing of cookies
	marks  http.Header                                               // of what comes from the cache; nil: X-Cache
	page   func(w http.ResponseWriter, r *http.Request) bool         // answers instead of the page; false: it did not
	chat   func(w http.ResponseWriter, r *http.Request) bool         // the same below /chat/
	write  func(w http.ResponseWriter, r *http.Request, html string) // sends the page, where that is odd

	mu   sync.Mutex
	kept map[string]string
}

// start serves the site and returns its address.
func (f *fakeSite) start(t testing.TB, s *sidecar) string {
	t.Helper()
	target, err := url.Parse(s.public)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	mux := http.NewServeMux()
	mux.HandleFunc("/chat/", func(w http.ResponseWriter, r *http.Request) {
		if f.chat == nil || !f.chat(w, r) {
			proxy.ServeHTTP(w, r)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if f.page == nil || !f.page(w, r) {
			f.answer(w, r, s)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func (f *fakeSite) answer(w http.ResponseWriter, r *http.Request, s *sidecar) {
	for name, values := range f.header {
		w.Header()[name] = values
	}
	f.mu.Lock()
	if f.kept == nil {
		f.kept = map[string]string{}
	}
	html, old := f.kept[r.URL.String()]
	if !old {
		html = f.html(r, s)
		if f.cached {
			f.kept[r.URL.String()] = html
		}
	}
	f.mu.Unlock()
	if old {
		if f.marks == nil {
			w.Header().Set("X-Cache", "HIT")
		}
		for name, values := range f.marks {
			w.Header()[name] = values
		}
	}
	if f.write != nil {
		f.write(w, r, html)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, html)
}

// html is the page, made for one visitor.
func (f *fakeSite) html(r *http.Request, s *sidecar) string {
	chat := f.tag
	switch {
	case f.inline: // as SSI and ESI do: with the visitor's cookies
		req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, s.public+"/chat/widget?mode=inline", nil)
		if err != nil {
			return err.Error()
		}
		req.Header["Cookie"] = r.Header["Cookie"]
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err.Error()
		}
		defer func() { _ = resp.Body.Close() }()
		fragment, err := io.ReadAll(resp.Body)
		if err != nil {
			return err.Error()
		}
		chat = string(fragment)
	case chat == "":
		chat = loaderTag
	}
	return "<!doctype html><html><head><title>Forum</title>" + f.head + "</head><body><h1>Forum</h1>" + chat + "</body></html>"
}

// pages is what the tests below share: one sidecar for all their sites.
type pages struct {
	*sidecar
	env     env
	members [2]wpMember
	file    string // of their cookies
}

func startPages(t *testing.T, more ...string) *pages {
	t.Helper()
	e, members := wpVisitors(t)
	e = e.with(more...)
	p := &pages{sidecar: serve(t, e), members: members, file: filepath.Join(t.TempDir(), "cookies")}
	replace(t, p.file, members[0].cookie+"\nCookie: "+members[1].cookie+"\n")
	p.env = e.with("LISTEN", strings.TrimPrefix(p.public, "http://"), "ADMIN_LISTEN", strings.TrimPrefix(p.admin, "http://"))
	return p
}

// check checks a page; nothing that it prints may hold a token.
func (p *pages) check(t testing.TB, code int, args ...string) string {
	t.Helper()
	lines := check(t, p.env, code, args...)
	if strings.Contains(lines, "eyJ") || strings.ContainsFunc(lines, func(c rune) bool { return c < ' ' && c != '\n' || c == 0x7f }) {
		t.Errorf("a token or a control character is printed:\n%s", lines)
	}
	return lines
}

// pageFault is a site and the lines that check --url must print of it; those that begin with ! must not be there.
type pageFault struct {
	site  *fakeSite
	code  int
	lines []string
}

func (p *pages) expect(t *testing.T, faults map[string]pageFault, args ...string) {
	t.Helper()
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := p.check(t, f.code, append([]string{"--url", f.site.start(t, p.sidecar) + "/forum/?sid=1"}, args...)...)
			for _, want := range f.lines {
				if not, is := strings.CutPrefix(want, "!"); is {
					if strings.Contains(lines, not) {
						t.Errorf("%q is printed:\n%s", not, lines)
					}
					continue
				}
				expectLine(t, lines, strings.Split(want, " … ")...)
			}
		})
	}
}

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}
