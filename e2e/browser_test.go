package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience bounds every wait in a browser: the loader's own limit of 10 s twice, and a slow machine.
const patience = 40 * time.Second

// chromiumProgram finds the browser.
func chromiumProgram() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// chromium is one browser process for all tests; each tab has cookies of its own.
var chromium = sync.OnceValues(func() (context.Context, error) {
	program, err := chromiumProgram()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "chatpass-browser")
	if err != nil {
		return nil, err
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.UserDataDir(dir), chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		// Several tabs at once: none may be slowed down for being in the background.
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true), chromedp.WSURLReadTimeout(patience),
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	browser, closeBrowser := chromedp.NewContext(allocator)
	whenDone(func() {
		closeBrowser() // waits for the process
		stop()
		_ = os.RemoveAll(dir)
	})
	return browser, chromedp.Do(browser)
})

// atEnd undoes what all tests share.
var (
	atEnd   []func()
	atEndMu sync.Mutex // tests that run at once begin to share different things
)

func whenDone(undo func()) {
	atEndMu.Lock()
	defer atEndMu.Unlock()
	atEnd = append(atEnd, undo)
}

func TestMain(m *testing.M) {
	flag.Parse()
	if runtime.GOMAXPROCS(0) < 8 && flag.Lookup("test.parallel").Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		// The tests mostly wait for the loader's own limits.
		if err := flag.Set("test.parallel", "8"); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	for _, undo := range atEnd {
		undo()
	}
	os.Exit(code)
}

// missing skips the test, or fails it where everything must be there.
func missing(t *testing.T, what string, err error) {
	t.Helper()
	if os.Getenv("REQUIRE_SERVICES") == "1" {
		t.Fatalf("%s: %v", what, err)
	}
	t.Skipf("%s: %v", what, err)
}

// probe runs before any script of a page. It collects what must not happen (alerts, policy violations, uncaught errors) and
// the loader's events, and lets a test wait for an event that may have happened already.
const probe = `(() => {
  const seen = {alerts: [], violations: [], errors: [], events: []};
  const waiting = [];
  const look = () => waiting.forEach(w => { const at = seen.events.filter(e => e.type === w.type)[w.nth]; if (at) w.done(at.detail); });
  window.seen = seen;
  window.event = (type, nth = 0) => new Promise(done => { waiting.push({type, nth, done}); look(); });
  window.until = probe => new Promise(done => { const look = () => { const found = probe(); if (found) done(found); else setTimeout(look, 20); }; look(); });
  for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = text => { seen.alerts.push(name + ': ' + text); };
  document.addEventListener('securitypolicyviolation', e => seen.violations.push(e.effectiveDirective + ': ' + e.blockedURI));
  window.addEventListener('error', e => { if (e instanceof ErrorEvent) seen.errors.push(e.message); });
  window.addEventListener('unhandledrejection', e => seen.errors.push('rejected: ' + e.reason));
  for (const type of ['ready', 'identified', 'error', 'reset', 'unread', 'loaded', 'dialog'])
    document.addEventListener('chatpass:' + type, e => { seen.events.push({type, detail: JSON.parse(JSON.stringify(e.detail))}); look(); });
})()`

// tab is one page of the browser with cookies of its own.
type tab struct {
	t       *testing.T
	ctx     context.Context
	mu      sync.Mutex
	dialogs []string
}

func newTab(t *testing.T) *tab {
	t.Helper()
	browser, err := chromium()
	if err != nil {
		missing(t, "no Chromium (Debian: chromium)", err)
	}
	limited, cancel := context.WithTimeout(browser, 3*patience)
	ctx, closeTab := chromedp.NewContext(limited, chromedp.WithNewBrowserContext())
	t.Cleanup(func() {
		closeTab()
		cancel()
	})
	b := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, func(event any) {
		if dialog, ok := event.(*page.EventJavascriptDialogOpening); ok {
			b.mu.Lock()
			b.dialogs = append(b.dialogs, dialog.Message)
			b.mu.Unlock()
			go func() { // a listener must not wait
				_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			}()
		}
	}); err != nil {
		t.Fatal(err)
	}
	params := page.AddScriptToEvaluateOnNewDocumentParams{Source: probe}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, params); err != nil {
		t.Fatal(err)
	}
	return b
}

// openTab opens a new tab at address.
func openTab(t *testing.T, address string) *tab {
	t.Helper()
	b := newTab(t)
	b.do(chromedp.Navigate(address))
	return b
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// eval returns the JSON of what a JavaScript expression gives; it waits for promises.
func (b *tab) eval(expression string) string {
	b.t.Helper()
	wrapped := "Promise.resolve(" + expression + ").then(x => x === undefined ? 'undefined' : JSON.stringify(x))"
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](wrapped, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return text
}

// wait waits for the n-th event (from 0) of the loader and returns its detail.
func (b *tab) wait(event string, n int) string {
	b.t.Helper()
	wrapped := fmt.Sprintf("window.event(%q, %d).then(x => JSON.stringify(x))", event, n)
	ctx, cancel := context.WithTimeout(b.ctx, patience-10*time.Second) // leaves time to say what was seen instead
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](wrapped, chromedp.EvalAwaitPromise))
	if err != nil {
		seen, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("JSON.stringify(window.seen)"))
		b.t.Fatalf("event %s, number %d, did not come: %v; seen: %s", event, n, err, seen)
	}
	return text
}

// goTo starts to load address and returns when its document is there, without waiting for its scripts.
func (b *tab) goTo(address string) {
	b.t.Helper()
	start := func(ctx context.Context, t *chromedp.Target) (page.NavigateResult, error) {
		return cdp.Call(ctx, t, page.Navigate, page.NavigateParams{URL: address})
	}
	if _, err := chromedp.Run(b.ctx, chromedp.WaitEvent(page.DomContentEventFired, nil, start)); err != nil {
		b.t.Fatal(err)
	}
}

// want fails the test unless the expression gives this JSON.
func (b *tab) want(expression, want string) {
	b.t.Helper()
	if got := b.eval(expression); got != want {
		b.t.Errorf("%s\n got %s\nwant %s", expression, got, want)
	}
}

// clean fails the test if a foreign script ran, the page's policy was violated or an error was left uncaught.
func (b *tab) clean() {
	b.t.Helper()
	b.want("[seen.alerts, seen.violations, seen.errors]", "[[],[],[]]")
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.dialogs) > 0 {
		b.t.Errorf("dialogs opened: %q", b.dialogs)
	}
}

// secretive fails the test if any event of the loader holds the text.
func (b *tab) secretive(text string) {
	b.t.Helper()
	if events := b.eval("seen.events.filter(e => e.type !== 'loaded' && e.type !== 'dialog')"); strings.Contains(events, text) {
		b.t.Errorf("a token got into an event: %s", events)
	}
}
