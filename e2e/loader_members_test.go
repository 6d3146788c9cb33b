package e2e_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// talkScript is a pretend provider that shows the conversation of whom it is started for: in an element of its own at the end of the page,
// in one without a name, and in the place the page keeps for it. It has nothing to end a session with, as ImbaChat.
const talkScript = `(() => {
  const tell = (type, args) => document.dispatchEvent(new CustomEvent('chatpass:' + type, {detail: Array.from(args)}));
  const show = (place, id, text) => { const e = document.createElement('div'); if (id) e.id = id; e.textContent = text; place.append(e); return e; };
  const listeners = [];
  window.tabSignal = {on(name, work) { if (name === 'imbaChat.newMessagesUpdate') listeners.push(work); }};
  window.newMessages = sum => listeners.forEach(work => work({newMessagesSum: sum}));
  window.ImbaChat = {load(options) {
    tell('loaded', arguments);
    const who = options ? JSON.parse(atob(options.token.split('.')[1])).user_id : 'nobody';
    window.imbaRoot = show(document.body, 'imbachat-root', 'Conversation of member ' + who);
    show(document.body, '', 'Conversation of member ' + who);
    for (const place of document.querySelectorAll('[data-imbachat_chat_ph="1"]')) show(place, '', 'Conversation of member ' + who);
    return Promise.resolve();
  }};
  window.imbaApi = {
    openDialog() { tell('dialog', arguments); return Promise.resolve(); },
    closeChat() { window.closings = (window.closings || 0) + 1; },
  };
})()`

// members is a site whose cookie says who is signed in (/sign-in?as=1, nobody without a number), in front of the built program. Its pages
// are all the same: {body} of every path.
type members struct {
	*httptest.Server
	mu    sync.Mutex
	asked int // how often identity was asked
}

func newMembers(t *testing.T, body string, more ...string) *members {
	t.Helper()
	m := &members{}
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { javascript(w, talkScript) }))
	t.Cleanup(provider.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) {
		as := r.URL.Query().Get("as")
		cookie := &http.Cookie{Name: "member", Value: as, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
		if as == "" {
			cookie.MaxAge = -1
		}
		http.SetCookie(w, cookie)
		if r.URL.Query().Has("quietly") {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		http.Redirect(w, r, "/home", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' "+provider.URL+"; connect-src 'self'; style-src 'self'")
		_, _ = fmt.Fprintf(w, "<!doctype html><html lang=en><head><title>Host page</title></head><body><h1>%s</h1>%s</body></html>", html.EscapeString(r.URL.Path), body)
	})
	m.Server = httptest.NewServer(mux)
	t.Cleanup(m.Close)
	more = append([]string{"CHATPASS_IMBACHAT_GUESTS=off"}, more...)
	mux.Handle("GET /chat/", m.front(t, serve(t, m.URL, provider.URL, []string{"Alice", "Bob", "Carol"}, more...)))
	return m
}

// front hands a request on to the sidecar and names the member of the cookie, as a site's own server does.
func (m *members) front(t *testing.T, sidecar string) http.Handler {
	t.Helper()
	target, err := url.Parse(sidecar)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		if strings.HasSuffix(r.In.URL.Path, "/identity") {
			m.mu.Lock()
			m.asked++
			m.mu.Unlock()
		}
		if cookie, err := r.In.Cookie("member"); err == nil {
			r.Out.Header.Del("Cookie")
			r.Out.Header.Set("Authorization", "Bearer "+siteKey)
			query := r.In.URL.Query()
			query.Set("user_id", cookie.Value)
			r.Out.URL.RawQuery = query.Encode()
		}
	}}
}

func (m *members) timesAsked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// visible is an expression: the distinct conversations a visitor can see.
const visible = `Array.from(new Set(Array.from(document.body.innerText.matchAll(/Conversation of member (\w+)/g), m => m[1]))).join()`

// sees waits until exactly this conversation can be seen; none is "".
func (b *tab) sees(who string) {
	b.t.Helper()
	b.want(fmt.Sprintf("until(() => %s === %q)", visible, who), `true`)
}

// become signs in as a member, or out, without leaving the page, as a script or another tab does.
func (b *tab) become(member string) {
	b.t.Helper()
	b.want("fetch('/sign-in?quietly&as="+member+"').then(r => r.status)", `204`)
}

// replaced waits until the page with the marker has made room for another.
func (b *tab) replaced() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		// Between two pages there is nothing that could answer.
		if gone, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("window.marker !== 1 && document.readyState === 'complete'")); err == nil && gone {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatal("the page was not loaded again")
		case <-again.C:
		}
	}
}

// back goes back as the browser's button does and waits for the page.
func (b *tab) back(path string) {
	b.t.Helper()
	b.eval("void setTimeout(() => history.back())")
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		there := fmt.Sprintf("location.pathname === %q && window.shown !== undefined", path)
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](there)); err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("did not get back to %s", path)
		case <-again.C:
		}
	}
}

// secondTab opens another tab with the same cookies.
func (b *tab) secondTab(address string) *tab {
	b.t.Helper()
	ctx, closeTab := chromedp.NewContext(b.ctx)
	b.t.Cleanup(closeTab)
	other := &tab{t: b.t, ctx: ctx}
	params := page.AddScriptToEvaluateOnNewDocumentParams{Source: probe}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, params); err != nil {
		b.t.Fatal(err)
	}
	other.do(chromedp.Navigate(address))
	return other
}

// consoleEntries returns what the browser's console shows from now on: messages of scripts, and the browser's own.
func (b *tab) consoleEntries() (entries func() []string) {
	b.t.Helper()
	var shown []string
	if err := chromedp.Listen(b.ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch event := event.(type) {
		case *log.EventEntryAdded:
			if !strings.HasSuffix(event.Entry.URL, "/favicon.ico") { // which no site here has
				shown = append(shown, string(event.Entry.Level)+": "+event.Entry.Text)
			}
		case *runtime.EventConsoleAPICalled:
			shown = append(shown, string(event.Type))
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, log.Enable, cdp.Empty{}); err != nil {
		b.t.Fatal(err)
	}
	return func() []string {
		b.mu.Lock()
		defer b.mu.Unlock()
		return slices.Clone(shown)
	}
}
