package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// proxied is a pretend site in front of a real sidecar: {fetch} in its page is what the sidecar answers its server for an address.
type proxied struct {
	*site
	sidecar string
}

func newProxied(t *testing.T, names []string) *proxied {
	t.Helper()
	s := &site{}
	s.provider = httptest.NewServer(s.note(func(w http.ResponseWriter, _ *http.Request) { javascript(w, widgetScript) }))
	t.Cleanup(s.provider.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, "<!doctype html><html lang=en><head><title>Host page</title></head><body><p id=content>The page</p>%s</body></html>", s.getBody())
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	p := &proxied{site: s, sidecar: serve(t, s.URL, s.provider.URL, names)}
	target, err := url.Parse(p.sidecar)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	mux.Handle("/chat/", s.note(proxy.ServeHTTP))
	return p
}

// fetch asks the sidecar as the site's own server.
func (p *proxied) fetch(t *testing.T, path string) string {
	t.Helper()
	status, body := get(t.Context(), p.sidecar+path, http.Header{"Authorization": {"Bearer " + siteKey}})
	if status != http.StatusOK {
		t.Fatalf("%s answered %d: %s", path, status, body)
	}
	return body
}

// SEC-60 and the acceptance of the inline widget, through the whole program: names come out of a users table.
func TestHostileUsersOfTheSiteAreOnlyNames(t *testing.T) {
	t.Parallel()
	var names []string
	for _, name := range hostile(t) {
		if strings.TrimSpace(name) != "" {
			names = append(names, name)
		}
	}
	p := newProxied(t, names)
	b := newTab(t)
	for i, name := range names {
		if t.Failed() {
			return
		}
		id, other := i+1, (i+1)%len(names)+1
		t.Logf("user %d: %q", id, name)
		p.setBody(p.fetch(t, fmt.Sprintf("/chat/widget?mode=inline&user_id=%d", id)) +
			p.fetch(t, fmt.Sprintf("/chat/button?user_id=%d&to=%d&label=%s", id, other, url.QueryEscape(name))))
		b.goTo(p.URL)
		b.wait("ready", 0)
		b.clean()
		valid := strings.ToValidUTF8(name, "\ufffd")
		b.want(`Promise.all([event('identified'), event('loaded')]).then(([who, call]) => [
			JSON.parse(document.getElementById('chatpass-data').textContent).name, who.user_id, who.name,
			call.length, call[0].user_id, call[0].token.split('.').length,
			document.querySelector('button').textContent,
			Array.from(document.body.querySelectorAll('*'), e => e.localName).join(),
		])`, toJSON(t, []any{valid, id, valid, 1, id, 3, htmlText(name), "p,script,script,script,button"}))
	}
	b.do(chromedp.Click(chromedp.CSS("button")))
	b.want("event('dialog').then(e => [e[0], e[1], e[2].split('.').length])", `[1,0,3]`)
}

func TestLoaderWorksWithTheProgram(t *testing.T) {
	t.Parallel()
	p := newProxied(t, []string{"John"})
	p.setBody(p.fetch(t, "/chat/widget"))
	b := openTab(t, p.URL)
	b.wait("ready", 0)
	b.want("event('loaded')", `[]`) // nobody is signed in
	b.want("event('identified').then(e => e.user_id)", `null`)
	b.clean()
	p.wantAsked(t, "/chat/identity", 1)
}

// SEC-63: pages of other origins get nothing out of the personal routes, neither as a script nor by asking.
func TestOtherOriginsCannotReadTheIdentity(t *testing.T) {
	t.Parallel()
	p := newProxied(t, []string{"John"})
	for name, host := range map[string]string{"another site": "localhost", "another origin of the same site": "127.0.0.1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = fmt.Fprint(w, "<!doctype html><title>Another page</title><p>Look here")
			}))
			t.Cleanup(evil.Close)
			b := openTab(t, strings.Replace(evil.URL, "127.0.0.1", host, 1))
			for _, path := range []string{
				"/chat/identity", "/chat/identity?callback=alert", "/chat/identity?user_id=1",
				"/chat/widget?mode=inline", "/chat/button?to=1",
			} {
				asScript := fmt.Sprintf("new Promise(done => { const s = document.createElement('script'); s.src = %q; "+
					"s.onload = () => done('loaded'); s.onerror = () => done('refused'); document.head.append(s); })", p.URL+path)
				b.want(asScript, `"refused"`)
				asRequest := fmt.Sprintf("fetch(%q, {credentials: 'include'}).then(r => r.text(), () => 'refused')", p.URL+path)
				b.want(asRequest, `"refused"`)
			}
			b.want("seen.alerts", "[]")
		})
	}
}

// ECO-30: without the sidecar the host page is whole and soon there.
func TestHostPageIsWholeWithoutTheSidecar(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: `<script src="http://` + freeAddress(t) + `/chat/loader.js" async></script><p id="end">End</p>`})
	b := newTab(t)
	begin := time.Now()
	b.do(chromedp.Navigate(s.URL))
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("the page took %v", took)
	}
	b.want("document.getElementById('end').textContent", `"End"`)
	b.clean()
}
