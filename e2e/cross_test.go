package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// manyHosts is a browser process for which every name below .test is this machine, with any certificate. Its tabs share one profile that is no
// private window, because private windows keep the cookies of a site from pages of others, and these tests want them sent.
var manyHosts = sync.OnceValues(func() (context.Context, error) {
	program, err := chromiumProgram()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "chatpass-browser")
	if err != nil {
		return nil, err
	}
	// Cookies of a site are sent from pages of others, as in a browser whose owner allows it.
	if err := os.Mkdir(filepath.Join(dir, "Default"), 0o700); err != nil {
		return nil, err
	}
	const preferences = `{"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": false}}`
	if err := os.WriteFile(filepath.Join(dir, "Default", "Preferences"), []byte(preferences), 0o600); err != nil {
		return nil, err
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(program), chromedp.UserDataDir(dir), chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-popup-blocking", true),
		chromedp.Flag("host-resolver-rules", "MAP *.test 127.0.0.1"), chromedp.Flag("ignore-certificate-errors", true), chromedp.WSURLReadTimeout(patience))
	browser, closeBrowser := chromedp.NewContext(allocator)
	whenDone(func() {
		closeBrowser()
		stop()
		_ = os.RemoveAll(dir)
	})
	return browser, chromedp.Do(browser)
})

// hostTab opens a tab of the browser of many hosts.
func hostTab(t *testing.T, address string) *tab {
	t.Helper()
	browser, err := manyHosts()
	if err != nil {
		missing(t, "no Chromium (Debian: chromium)", err)
	}
	limited, cancel := context.WithTimeout(browser, 3*patience)
	ctx, closeTab := chromedp.NewContext(limited)
	t.Cleanup(func() {
		closeTab()
		cancel()
	})
	b := &tab{t: t, ctx: ctx}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: probe}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(address))
	return b
}

// exchange is a request that reached the sidecar, and its answer.
type exchange struct {
	method, path string
	request      http.Header
	status       int
	answer       http.Header
	body         string
}

// attacked is a site on https://site.test whose sidecar is mounted at /chat, whose members are known by a cookie that goes everywhere, and
// whose proxy writes down every word.
type attacked struct {
	origin string
	mu     sync.Mutex
	heard  []exchange
}

const memberCookie = "member=6-of-the-site"

// newAttacked starts the site. SameSite=None is what a site sets that wants to be used in frames of others: the worst case.
func newAttacked(t *testing.T) *attacked {
	t.Helper()
	a := &attacked{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", memberCookie+"; Path=/; Secure; HttpOnly; SameSite=None")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><html lang=en><head><title>The site</title></head><body><p>The page</p></body></html>")
	})
	whoami := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		id := "null"
		if c, err := r.Cookie("member"); err == nil && "member="+c.Value == memberCookie {
			id = "2"
		}
		_, _ = io.WriteString(w, `{"user_id":`+id+`}`)
	}))
	t.Cleanup(whoami.Close)
	front := httptest.NewTLSServer(mux)
	t.Cleanup(front.Close)
	a.origin = hostOf(t, front.URL, "site.test")
	sidecar, err := url.Parse(serve(t, a.origin, "https://api.imbachat.com", []string{"Ada", "John the Visitor"}, "CHATPASS_IDENTITY=whoami,site", "CHATPASS_WHOAMI_URL="+whoami.URL+"/who"))
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(sidecar); r.Out.Host = r.In.Host },
		ModifyResponse: func(resp *http.Response) error {
			body, err := io.ReadAll(resp.Body)
			resp.Body = io.NopCloser(bytes.NewReader(body))
			a.mu.Lock()
			defer a.mu.Unlock()
			a.heard = append(a.heard, exchange{resp.Request.Method, resp.Request.URL.RequestURI(), resp.Request.Header.Clone(), resp.StatusCode, resp.Header.Clone(), string(body)})
			return err
		},
	}
	mux.Handle("/chat/", proxy)
	return a
}

func hostOf(t *testing.T, address, host string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return "https://" + host + ":" + u.Port()
}

func (a *attacked) exchanges() []exchange {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]exchange(nil), a.heard...)
}

func (a *attacked) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.heard = nil
}

// evil is a site of somebody else: any page, a redirect to anywhere, and a service worker that fetches for its pages.
func evil(t *testing.T, host string) (origin string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><html lang=en><head><title>Another page</title></head><body><p>Look here</p></body></html>")
	})
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("where"))
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/worker.js", func(w http.ResponseWriter, _ *http.Request) {
		javascript(w, `self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', e => e.waitUntil(self.clients.claim()));
self.addEventListener('fetch', e => {
  const where = new URL(e.request.url).searchParams.get('through');
  if (where) e.respondWith(fetch(where, {credentials: 'include', mode: new URL(e.request.url).searchParams.get('mode')}).catch(() => new Response('refused')));
});
self.addEventListener('message', e => { try { importScripts(e.data); e.source.postMessage('imported'); } catch (err) { e.source.postMessage('refused'); } });`)
	})
	s := httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	return hostOf(t, s.URL, host)
}

// attempts are all ways by which a page reads, or lets others read for it, what stands at another address. Each is an expression with the
// address in {url}; it gives what the page learned as a text: "refused", "opaque" and nothing else are fine.
var attempts = map[string]string{
	"fetch":                    `fetch({url}, {credentials: 'include'}).then(r => r.text(), () => 'refused')`,
	"fetch with the header":    `fetch({url}, {credentials: 'include', headers: {'X-Requested-With': 'chatpass'}}).then(r => r.text(), () => 'refused')`,
	"fetch without a referrer": `fetch({url}, {credentials: 'include', referrerPolicy: 'no-referrer', cache: 'force-cache'}).then(r => r.text(), () => 'refused')`,
	"fetch without CORS":       `fetch({url}, {credentials: 'include', mode: 'no-cors'}).then(r => r.type === 'opaque' ? r.text().then(x => x ? x : 'opaque') : 'read ' + r.type, () => 'refused')`,
	"fetch by a redirect":      `fetch('/to?where=' + encodeURIComponent({url}), {credentials: 'include'}).then(r => r.text(), () => 'refused')`,
	"fetch from a frame of its own without origin": `new Promise(done => { addEventListener('message', e => done(e.data), {once: true}); const f = document.createElement('iframe'); f.setAttribute('sandbox', 'allow-scripts');
		f.srcdoc = '<script>fetch(' + JSON.stringify({url}) + ', {credentials: "include"}).then(r => r.text(), () => "refused").then(x => parent.postMessage(x, "*"))</scr' + 'ipt>'; document.body.append(f); })`,
	"XMLHttpRequest":            `new Promise(done => { const x = new XMLHttpRequest(); x.open('GET', {url}); x.withCredentials = true; x.onload = () => done(x.responseText); x.onerror = () => done('refused'); x.send(); })`,
	"POST":                      `fetch({url}, {method: 'POST', credentials: 'include', body: 'user_id=1'}).then(r => r.text(), () => 'refused')`,
	"beacon":                    `Promise.resolve(navigator.sendBeacon({url}, 'x')).then(() => 'opaque')`,
	"script":                    element("script", "src"),
	"script with CORS":          element("script", "src", "crossOrigin", "use-credentials"),
	"module":                    element("script", "src", "type", "module"),
	"import":                    `import({url}).then(m => 'read ' + Object.keys(m), () => 'refused')`,
	"style":                     element("link", "href", "rel", "stylesheet"),
	"preload":                   element("link", "href", "rel", "preload", "as", "fetch", "crossOrigin", "use-credentials"),
	"module preload":            element("link", "href", "rel", "modulepreload"),
	"image":                     element("img", "src"),
	"image with CORS":           element("img", "src", "crossOrigin", "use-credentials"),
	"video":                     element("video", "src"),
	"object":                    frame("object", "data"),
	"embed":                     frame("embed", "src"),
	"frame":                     frame("iframe", "src"),
	"frame in a sandbox":        frame("iframe", "src", "sandbox", "allow-scripts allow-same-origin"),
	"frame without credentials": frame("iframe", "src", "credentialless", "true"),
	"form into a frame":         submitted("POST"),
	"form by GET into a frame":  submitted("GET"),
	"worker":                    `new Promise(done => { try { const w = new Worker({url}); w.onmessage = () => done('read'); w.onerror = () => done('refused'); } catch (e) { done('refused'); } })`,
	"worker that imports":       `new Promise(done => { const w = new Worker(URL.createObjectURL(new Blob(['try { importScripts(' + JSON.stringify({url}) + '); postMessage("read"); } catch (e) { postMessage("refused"); }']))); w.onmessage = e => done(e.data); })`,
	"service worker of theirs":  `navigator.serviceWorker.register({url}).then(() => 'registered', () => 'refused')`,
	"service worker of mine":    throughWorker("cors"),
	"service worker, no CORS":   throughWorker("no-cors"),
	"service worker's import":   `navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready).then(r => new Promise(done => { navigator.serviceWorker.addEventListener('message', e => done(e.data), {once: true}); r.active.postMessage({url}); }))`,
	"events":                    `new Promise(done => { const s = new EventSource({url}, {withCredentials: true}); s.onmessage = e => done('read ' + e.data); s.onerror = () => { s.close(); done('refused'); }; })`,
	"socket":                    `new Promise(done => { const s = new WebSocket({url}.replace('https:', 'wss:')); s.onopen = () => done('open'); s.onerror = () => done('refused'); })`,
	"window":                    `new Promise(done => { const w = open({url}); setTimeout(() => { let got = 'refused'; try { got = 'read ' + w.document.documentElement.textContent; } catch (e) {} w.close(); done(got); }, 600); })`,
}

// element loads the address by an element that tells whether it could.
func element(name, attribute string, more ...string) string {
	return fmt.Sprintf(`new Promise(done => { const before = new Set(Object.keys(window)), e = document.createElement(%q); %s
		e.onload = e.onloadeddata = () => done('loaded, new names: ' + Object.keys(window).filter(k => !before.has(k))); e.onerror = () => done('refused'); e[%q] = {url}; document.body.append(e); })`, name, assign(more), attribute)
}

// frame shows the address in the page and tries to look into it.
func frame(name, attribute string, more ...string) string {
	return fmt.Sprintf(`new Promise(done => { const e = document.createElement(%q); %s
		const look = () => { let got = 'opaque'; try { const d = e.contentDocument || e.contentWindow.document; if (d && d.documentElement && d.documentElement.textContent) got = 'read ' + d.documentElement.textContent; } catch (err) {} done(got); };
		e.onload = look; e.onerror = () => done('refused'); setTimeout(look, 1500); e[%q] = {url}; document.body.append(e); })`, name, assign(more), attribute)
}

func assign(pairs []string) string {
	var out strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&out, "e[%q] = %q; e.setAttribute(%q, %q); ", pairs[i], pairs[i+1], pairs[i], pairs[i+1])
	}
	return out.String()
}

func submitted(method string) string {
	return fmt.Sprintf(`new Promise(done => { const f = document.createElement('form'), e = document.createElement('iframe'); e.name = 'target' + Math.random(); f.target = e.name; f.method = %q; f.action = {url};
		f.innerHTML = '<input name=user_id value=1>'; document.body.append(e, f);
		e.onload = () => { let got = 'opaque'; try { const d = e.contentDocument; if (d && d.URL !== 'about:blank' && d.documentElement.textContent) got = 'read ' + d.documentElement.textContent; } catch (err) {} if (e.sent) done(got); };
		setTimeout(() => { e.sent = true; f.submit(); }, 50); setTimeout(() => done('opaque'), 1500); })`, method)
}

func throughWorker(mode string) string {
	return `navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready)
		.then(() => until(() => navigator.serviceWorker.controller))
		.then(() => fetch('/x?mode=` + mode + `&through=' + encodeURIComponent({url}))).then(r => r.type === 'opaque' ? 'opaque' : r.text(), () => 'refused')`
}

// told is what no other page may ever learn: a token, a name, an id.
var told = regexp.MustCompile(`eyJ|John|Ada|user_id|chatpass-data|data-chatpass`)

// TestNoOtherOriginLearnsWhoTheVisitorIs visits pages of another site and of another host of the same site with the member's cookies, and tries
// everything a page can do to read the personal answers. What the sidecar was asked and answered is written down.
func TestNoOtherOriginLearnsWhoTheVisitorIs(t *testing.T) {
	t.Parallel()
	a := newAttacked(t)
	own := hostTab(t, a.origin+"/")
	// The visitor is known on the site's own page, so that there is something to learn.
	own.want(`fetch('/chat/identity', {headers: {'X-Requested-With': 'chatpass'}}).then(r => r.json()).then(who => [who.user_id, who.name, who.providers.imbachat.token.slice(0, 3)])`, `[2,"John the Visitor","eyJ"]`)
	own.want(`fetch('/chat/widget?mode=inline').then(r => r.text()).then(x => x.includes('eyJ') && x.includes('John'))`, "true")
	own.want(`fetch('/chat/button?to=1').then(r => r.text()).then(x => x.includes('data-chatpass-token'))`, "true")
	for name, host := range map[string]struct{ host, site string }{
		"a page of another site":                  {"evil.example.test", "cross-site"},
		"a page whose name ends like the site's":  {"evil-site.test", "cross-site"},
		"a page of another host of the same site": {"sub.site.test", "same-site"},
		"a page of the same host, another port":   {"site.test", "same-site"},
	} {
		t.Run(name, func(t *testing.T) {
			b := hostTab(t, evil(t, host.host)+"/")
			for _, path := range []string{"/chat/identity?callback=alert&user_id=1", "/chat/widget?mode=inline", "/chat/button?to=1"} {
				a.forget()
				for attempt, code := range attempts {
					b.learnsNothing(attempt, code, a.origin+path)
				}
				b.want("[seen.alerts, performance.getEntriesByType('resource').filter(e => e.name.includes('/chat/') && (e.transferSize || e.encodedBodySize || e.responseStatus === 200)).length]", "[[],0]")
				a.wantRefused(t, path, host.site)
			}
		})
	}
	t.Run("users-info is for whoever has the password", func(t *testing.T) {
		b := hostTab(t, evil(t, "evil.example.test")+"/")
		a.forget()
		for _, attempt := range []string{"script", "style", "image", "fetch without CORS", "fetch", "frame"} {
			// The browser may ask its owner for the password, and nobody answers.
			b.learnsNothing(attempt, "Promise.race(["+attempts[attempt]+", new Promise(done => setTimeout(() => done('refused'), 700))])", a.origin+"/chat/users?callback=alert&user_ids=1,2")
		}
		asked := a.exchanges()
		for _, x := range asked {
			if x.status != http.StatusUnauthorized || x.request.Get("Authorization") != "" || told.MatchString(x.body) {
				t.Errorf("%s %s was answered %d %s", x.method, x.path, x.status, x.body)
			}
		}
		if len(asked) == 0 {
			t.Error("nothing was asked")
		}
	})
	t.Run("the site's own pages show none of it in a frame", func(t *testing.T) {
		for path, want := range map[string]string{"/chat/identity": "false", "/chat/widget?mode=inline": "false", "/chat/button?to=1": "false", "/": "true"} {
			own.want(fmt.Sprintf(`new Promise(done => { const f = document.createElement('iframe'); f.src = %q; f.onload = () => done(!!f.contentDocument && f.contentDocument.URL !== 'about:blank'); document.body.append(f); })`, path), want)
		}
	})
}

// learnsNothing makes one attempt.
func (b *tab) learnsNothing(attempt, code, address string) {
	b.t.Helper()
	got := b.eval(strings.ReplaceAll(code, "{url}", fmt.Sprintf("%q", address)))
	if got != `"refused"` && got != `"opaque"` {
		b.t.Errorf("%s of %s: the page learned %s", attempt, address, got)
	}
}

// wantRefused looks at what the sidecar was asked from pages of others: it was asked, with the member's cookie; of the identity nothing was
// told; and what was told of the fragments is sealed against every reader of another origin.
func (a *attacked) wantRefused(t *testing.T, path, site string) {
	t.Helper()
	asked, withCookie := 0, 0
	for _, x := range a.exchanges() {
		if !strings.HasPrefix(x.path, strings.Split(path, "?")[0]) {
			continue
		}
		asked++
		if strings.Contains(x.request.Get("Cookie"), memberCookie) {
			withCookie++
		}
		what := fmt.Sprintf("%s %s (%s, %s)", x.method, x.path, x.request.Get("Sec-Fetch-Site"), x.request.Get("Sec-Fetch-Dest"))
		// A frame without an origin is of no site, and before a socket browsers say only the origin.
		socket := x.request.Get("Upgrade") == "websocket" && strings.HasPrefix(x.request.Get("Origin"), "https://")
		if got := x.request.Get("Sec-Fetch-Site"); got != site && got != "cross-site" && (got != "" || !socket) {
			t.Errorf("%s: the browser does not say that it is %s", what, site)
		}
		if strings.HasPrefix(x.path, "/chat/identity") {
			if x.status/100 != 4 || told.MatchString(x.body) {
				t.Errorf("%s was answered %d %s", what, x.status, x.body)
			}
		}
		if x.method != http.MethodGet && x.status/100 != 4 {
			t.Errorf("%s was answered %d", what, x.status)
		}
		for name, want := range map[string]string{
			"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "", "Timing-Allow-Origin": "", "Set-Cookie": "",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := x.answer.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", what, name, got, want)
			}
		}
	}
	if asked < 10 || withCookie < 5 {
		t.Errorf("%s was asked for %d times, %d with the member's cookie: too few to prove anything", path, asked, withCookie)
	}
}
