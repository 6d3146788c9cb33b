package blackbox_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// composed is a site whose server puts the widget into the pages, as the recipe for that has it.
type composed struct {
	name   string
	server string // of fronts
	page   string // heading of the part for the page
	build  func(t testing.TB, f frontEnd, e env, w wrapping) wrapping
}

var composers = []composed{
	{"nginx SSI", "nginx", "The page", func(t testing.TB, f frontEnd, e env, w wrapping) wrapping {
		t.Helper()
		ssi := snippetText(t, e, "ssi")
		w.recipe = f.recipe(t, e) + section(t, ssi, "nginx: into the server")
		w.pages = section(t, ssi, "nginx: into the location")
		return w
	}},
	{"Apache mod_include", "apache", "The page", func(t testing.TB, f frontEnd, e env, w wrapping) wrapping {
		t.Helper()
		w.recipe = f.recipe(t, e) + section(t, snippetText(t, e, "ssi"), "Apache")
		return w
	}},
	{"Varnish ESI", "varnish", "The page", func(t testing.TB, f frontEnd, e env, w wrapping) wrapping {
		t.Helper()
		w.recipe = f.recipe(t, e)
		return w
	}},
}

// start runs the server with pages that hold the recipe's line for pages.
func (c composed) start(t testing.TB, e env, cache bool) *webServer {
	t.Helper()
	f := frontNamed(t, c.server)
	f.find(t)
	kind := "ssi"
	if c.server == "varnish" {
		kind = "esi"
	}
	line := section(t, snippetText(t, e, kind), c.page)
	return f.start(t, c.build(t, f, e, wrapping{site: sitePages(t, line), cache: cache}))
}

// cacheBefore is nginx with an ordinary page cache in front of a site.
func cacheBefore(t testing.TB, site string) *webServer {
	t.Helper()
	f := frontNamed(t, "nginx")
	f.find(t)
	return f.start(t, wrapping{site: site, cache: true})
}

// cachedSite is a site of nine people who are known by the cookie user.
func cachedSite(t testing.TB, mode string) env {
	t.Helper()
	e := people(t, mysqltest.Start(t).Database(t), 9).with("IDENTITY", "whoami,site", "WHOAMI_URL", whoamiSite(t).URL, "TRUSTED_PROXIES", "127.0.0.1",
		"WIDGET_MODE", mode, "LISTEN", "127.0.0.1:"+freePort(t))
	serve(t, e)
	return e
}

// expectSame asks as two users and a guest: three pages without a byte of anybody, the second of them out of the cache.
func expectSame(t *testing.T, w *webServer, loader string) {
	t.Helper()
	var first answer
	for i, user := range []string{"1", "2", ""} {
		a := w.page(t, user)
		if strings.Contains(a.body, tokenHeader) || strings.Contains(a.body, "User ") || strings.Count(a.body, loader) != 1 || !strings.HasSuffix(a.body, "</body></html>\n") {
			t.Errorf("the page for user %q is %d %s", user, a.status, a.body)
		}
		if i == 0 {
			first = a
		} else if a.body != first.body || a.cached() != "HIT" {
			t.Errorf("the page for user %q is another (%s):\n%s\nwas\n%s", user, a.cached(), a.body, first.body)
		}
	}
}

// expectOwn asks in turn as two users and a guest: everybody has their own pass, and the cache keeps nothing.
func expectOwn(t *testing.T, w *webServer, kept string) {
	t.Helper()
	for _, user := range []string{"1", "2", "", "1", "2", ""} {
		a := w.page(t, user)
		a.expectStatus(t, http.StatusOK)
		for other := 1; other <= 9; other++ {
			name := fmt.Sprintf(`"name":"User %d"`, other)
			if has := strings.Contains(a.body, name); has != (user == fmt.Sprint(other)) {
				t.Errorf("the page for user %q holds %s: %t\n%s", user, name, has, a.body)
			}
		}
		if has := strings.Contains(a.body, tokenHeader); has != (user != "") {
			t.Errorf("the page for user %q holds a token: %t", user, has)
		}
		a.expectHeader(t, "Cache-Control", "no-store, private")
		for _, name := range []string{"Etag", "Expires", "Last-Modified"} {
			a.expectHeader(t, name, "")
		}
		if cache := a.cached(); !strings.HasPrefix(cache, kept) {
			t.Errorf("the page for user %q came from the cache: %q", user, cache)
		}
	}
}

// cached is what the cache nearest to the visitor says of an answer: HIT or MISS.
func (a answer) cached() string {
	all := a.header.Values("X-Cache")
	if len(all) == 0 {
		return ""
	}
	word, _, _ := strings.Cut(all[len(all)-1], " ") // Apache adds the name of the host
	return word
}

// page asks for a page as a visitor's browser does; "" is a guest.
func (s *webServer) page(t testing.TB, user string) answer {
	t.Helper()
	options := []option{header("Sec-Fetch-Site", "none"), header("Sec-Fetch-Dest", "document")}
	if user != "" {
		options = append(options, visitorOf(user))
	}
	return s.get(t, "/", options...)
}

func TestSEC71PagesWithTheLoaderAreTheSameForAll(t *testing.T) {
	t.Parallel()
	e := cachedSite(t, "loader")
	for _, c := range composers {
		t.Run(c.name+" behind a cache of nginx", func(t *testing.T) {
			t.Parallel()
			expectSame(t, cacheBefore(t, c.start(t, e, false).public), loaderTag)
		})
		t.Run(c.name+" with the server's own cache", func(t *testing.T) {
			t.Parallel()
			expectSame(t, c.start(t, e, true), loaderTag)
		})
	}
	t.Run("Caddy templates", func(t *testing.T) {
		t.Parallel()
		f := frontNamed(t, "caddy")
		f.find(t)
		root := openFolder(t)
		page := "<html><body><h1>{{.Req.Method}}</h1>\n" + snippetText(t, e, "loader") + "</body></html>\n"
		if err := os.WriteFile(filepath.Join(root, "index.html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		directives := "\thandle {\n\t\troot * " + root + "\n\t\ttemplates\n\t\theader Cache-Control \"public, max-age=60\"\n\t\ttry_files {path} /index.html\n\t\tfile_server\n\t}\n"
		caddy := f.start(t, wrapping{recipe: f.recipe(t, e), site: sitePages(t, ""), pages: directives})
		expectSame(t, cacheBefore(t, caddy.public), loaderTag)
	})
}

func TestSEC71PagesWithATokenAreNeverKept(t *testing.T) {
	t.Parallel()
	e := cachedSite(t, "inline")
	for _, c := range composers {
		t.Run(c.name+" behind a cache of nginx", func(t *testing.T) {
			t.Parallel()
			expectOwn(t, cacheBefore(t, c.start(t, e, false).public), "MISS")
		})
	}
	// nginx and Varnish keep the page as it is before the fragment comes in, which is nobody's; Apache keeps what goes out.
	for _, c := range composers {
		t.Run(c.name+" with the server's own cache", func(t *testing.T) {
			t.Parallel()
			kept := ""
			if c.server == "apache" {
				kept = "MISS"
			}
			expectOwn(t, c.start(t, e, true), kept)
		})
	}
	t.Run("a page without the recipe's headers would be kept", func(t *testing.T) {
		t.Parallel()
		c := composers[0]
		f := frontNamed(t, c.server)
		f.find(t)
		careless := func(t testing.TB, f frontEnd, e env, w wrapping) wrapping {
			t.Helper()
			w = c.build(t, f, e, w)
			w.pages = section(t, snippetText(t, e.with("WIDGET_MODE", "loader"), "ssi"), "nginx: into the location")
			return w
		}
		w := cacheBefore(t, composed{c.name, c.server, c.page, careless}.start(t, e, false).public)
		w.page(t, "1")
		if a := w.page(t, "2"); !strings.Contains(a.body, `"name":"User 1"`) || a.cached() != "HIT" {
			t.Errorf("this test would not see a leak: %v %s", a.header, a.body)
		}
	})
}
