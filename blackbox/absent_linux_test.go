package blackbox_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// hanging is an address that takes connections and never answers.
func hanging(t testing.TB) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(context.WithoutCancel(t.Context()), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var open []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			open = append(open, conn)
		}
		for _, conn := range open {
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// refusing is an address whose answers are no fragments. Their status is what is stored.
func refusing(t testing.TB, status *atomic.Int32) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, "<html>REFUSED</html>")
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// expectWhole fails unless a page is there to its end, with nothing in the fragment's place.
func expectWhole(t testing.TB, a answer, within time.Duration) {
	t.Helper()
	a.expectStatus(t, http.StatusOK)
	inside, ok := strings.CutPrefix(a.body, "<html><body><h1>Page</h1>\n")
	inside, end := strings.CutSuffix(inside, "\n</body></html>\n")
	if !ok || !end || strings.TrimSpace(inside) != "" {
		t.Errorf("the page is\n%s", a.body)
	}
	if a.took > within {
		t.Errorf("the page took %s", a.took)
	}
}

// TestSEC74ThePageStaysWholeWithoutTheSidecar (F40): a page takes 0.3 s longer at most, but Apache's first.
func TestSEC74ThePageStaysWholeWithoutTheSidecar(t *testing.T) {
	t.Parallel()
	for _, c := range composers {
		for state, address := range map[string]func(t testing.TB) string{
			"is stopped": func(t testing.TB) string { t.Helper(); return "127.0.0.1:" + freePort(t) },
			"hangs":      hanging,
		} {
			t.Run(c.name+" while the sidecar "+state, func(t *testing.T) {
				t.Parallel()
				w := c.start(t, env{"LISTEN": address(t), "TRUSTED_PROXIES": "127.0.0.1"}, false)
				const patience = 10 * time.Second // of a machine that is busy with other tests; the fastest page is what the recipe is about
				first := w.page(t, "1")
				expectWhole(t, first, patience)
				fastest, slowest := time.Hour, time.Duration(0)
				for range 5 {
					a := w.page(t, "1")
					expectWhole(t, a, patience)
					fastest, slowest = min(fastest, a.took), max(slowest, a.took)
				}
				if fastest >= time.Second {
					t.Errorf("of five pages the fastest took %s", fastest)
				}
				t.Logf("the first page took %s, the next five between %s and %s", first.took.Round(time.Millisecond), fastest.Round(time.Millisecond), slowest.Round(time.Millisecond))
				w.expectCalm(t)
			})
		}
		t.Run(c.name+" while something else answers", func(t *testing.T) {
			t.Parallel()
			var status atomic.Int32
			w := c.start(t, env{"LISTEN": refusing(t, &status), "TRUSTED_PROXIES": "127.0.0.1"}, false)
			for _, code := range []int{302, 307, 400, 401, 403, 404, 409, 429, 431, 500, 501, 502, 503, 504} {
				if c.server == "apache" && code < 400 {
					continue // it cannot tell a redirect from a fragment; the sidecar sends none
				}
				status.Store(int32(code))
				a := w.page(t, "1")
				expectWhole(t, a, 5*time.Second)
				if t.Failed() {
					t.Fatalf("that was for %d", code)
				}
			}
			status.Store(http.StatusOK)
			if a := w.page(t, "1"); !strings.Contains(a.body, "REFUSED") {
				t.Errorf("a fragment is not in the page: %s", a.body) // or the test would prove nothing
			}
			w.expectCalm(t)
		})
	}
}

// expectCalm fails when a web server complains of more than a sidecar that is not there.
func (s *webServer) expectCalm(t testing.TB) {
	t.Helper()
	if log := s.log(); strings.Contains(log, "[alert]") || strings.Contains(log, "[crit]") {
		t.Errorf("the server's log:\n%s", log)
	}
}

// TestSEC74PagesWithTheLoaderDoNotWait: pages with the loader's line have nothing to wait for, and the line's own request ends.
func TestSEC74PagesWithTheLoaderDoNotWait(t *testing.T) {
	t.Parallel()
	for _, f := range fronts {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.find(t)
			e := env{"LISTEN": "127.0.0.1:" + freePort(t), "TRUSTED_PROXIES": "127.0.0.1"}
			w := f.start(t, wrapping{recipe: f.recipe(t, e), site: sitePages(t, "")})
			expectWhole(t, w.page(t, "1"), 5*time.Second)
			a := w.get(t, "/chat/loader.js")
			if a.status < 502 || a.status > 504 || a.took > 5*time.Second {
				t.Errorf("the loader of a sidecar that is stopped: %d after %s", a.status, a.took)
			}
			hangs := f.start(t, wrapping{recipe: f.recipe(t, e.with("LISTEN", hanging(t))), site: sitePages(t, "")})
			expectWhole(t, hangs.page(t, "1"), 5*time.Second)
		})
	}
}

// plainText is a body as it was before it was packed.
func (a answer) plainText(t testing.TB) string {
	t.Helper()
	switch coding := a.header.Get("Content-Encoding"); coding {
	case "":
		return a.body
	case "gzip":
		r, err := gzip.NewReader(bytes.NewReader([]byte(a.body)))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	default:
		t.Fatalf("packed with %s", coding)
		return ""
	}
}

// TestSEC75VisitorsAnswersAreWholeAndNeverPacked: on servers that pack whatever they can (BREACH), and for every odd kind of request.
func TestSEC75VisitorsAnswersAreWholeAndNeverPacked(t *testing.T) {
	t.Parallel()
	e := cachedSite(t, "loader")
	for _, f := range fronts {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.find(t)
			w := f.start(t, wrapping{recipe: f.recipe(t, e), site: sitePages(t, strings.Repeat("words ", 500))})
			for _, target := range []string{"/chat/identity", "/chat/widget", "/chat/widget?mode=inline", "/chat/button?to=2"} {
				who := []option{visitorOf("6"), asLoader}
				plain := w.get(t, target, who...)
				plain.expectStatus(t, http.StatusOK)
				same := func(what string, o ...option) {
					t.Helper()
					a := w.get(t, target, append(o, who...)...)
					if a.status != http.StatusOK || a.header.Get("Content-Encoding") != "" || len(a.body) != len(plain.body) || a.header.Get("Cache-Control") != plain.header.Get("Cache-Control") {
						t.Errorf("%s with %s: %d %v %s", target, what, a.status, a.header, a.body)
					}
				}
				same("gzip", header("Accept-Encoding", "gzip"))
				same("all codings", header("Accept-Encoding", "br, gzip, deflate, zstd"))
				same("If-None-Match: *", header("If-None-Match", "*"))
				same("If-None-Match", header("If-None-Match", `"x", W/"y"`))
				same("If-Modified-Since", header("If-Modified-Since", time.Now().UTC().Format(http.TimeFormat)))
				same("If-Range", header("If-Range", `"x"`), header("Range", "bytes=0-3"))
				switch a := w.get(t, target, append(who, header("Range", "bytes=0-3"))...); {
				case a.status == http.StatusOK && len(a.body) == len(plain.body):
				case a.status == http.StatusPartialContent && a.body == plain.body[:4]:
				default:
					t.Errorf("%s in part: %d %v %s", target, a.status, a.header, a.body)
				}
				head := ask(t, client, http.MethodHead, w.public+target, who...)
				head.expect(t, http.StatusOK, "")
				head.expectHeader(t, "Content-Type", plain.header.Get("Content-Type"))
				head.expectHeader(t, "Cache-Control", plain.header.Get("Cache-Control"))
			}
			packed := w.get(t, "/", header("Accept-Encoding", "gzip")) // or the test would prove nothing
			if packed.header.Get("Content-Encoding") != "gzip" {
				t.Errorf("this server packs nothing: %v", packed.header)
			}
		})
	}
}

// TestSEC75ComposedPagesAreWhole: whatever a browser asks of a page, the fragment in it is the whole one.
func TestSEC75ComposedPagesAreWhole(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"loader", "inline"} {
		e := cachedSite(t, mode)
		for _, c := range composers {
			t.Run(c.name+" "+mode, func(t *testing.T) {
				t.Parallel()
				w := c.start(t, e, false)
				plain := w.page(t, "6")
				want := loaderTag
				if mode == "inline" {
					want = `"name":"User 6"`
				}
				whole := func(what string, a answer) {
					t.Helper()
					if mode == "loader" && a.status == http.StatusNotModified && a.body == "" {
						return
					}
					if text := a.plainText(t); a.status != http.StatusOK || strings.Count(text, want) != 1 || len(text) != len(plain.body) {
						t.Errorf("%s: %d %v\n%s\nwant\n%s", what, a.status, a.header, text, plain.body)
					}
				}
				whole("a plain request", plain)
				for what, o := range map[string]option{
					"gzip": header("Accept-Encoding", "gzip"), "no part": header("Range", "bytes=9999999-"), "the page's ETag": header("If-None-Match", `"page"`),
					"a weak ETag": header("If-None-Match", `W/"page"`), "a date": header("If-Modified-Since", time.Now().UTC().Format(http.TimeFormat)),
				} {
					a := ask(t, client, http.MethodGet, w.public+"/", visitorOf("6"), o)
					if what == "no part" && (a.status == http.StatusRequestedRangeNotSatisfiable || a.status == http.StatusPartialContent) {
						continue
					}
					whole(what, a)
				}
				if c.server != "varnish" { // this site's Varnish takes every page from its cache
					whole("a form that is posted", ask(t, client, http.MethodPost, w.public+"/", visitorOf("6"), form(strings.Repeat("a=b&", 2000))))
				}
				ask(t, client, http.MethodHead, w.public+"/", visitorOf("6")).expect(t, http.StatusOK, "")
			})
		}
	}
}
