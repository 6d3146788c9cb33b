package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// strict is the policy of a site that allows no inline scripts and no styles of others.
const strict = "default-src 'none'; script-src 'self' {provider}; connect-src 'self'; base-uri 'none'; form-action 'self'"

func TestLoaderStartsTheChatForAUser(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: loaderTag, policy: strict})
	b := openTab(t, s.URL)
	if got := b.wait("ready", 0); got != `{"provider":"imbachat"}` {
		t.Errorf("ready: %s", got)
	}
	b.want("event('loaded')", wantLoaded)
	b.want("event('identified')", `{"user_id":6,"name":"John","expires_at":1893456000}`)
	b.want("seen.events.map(e => e.type)", `["identified","loaded","ready"]`)
	b.want("Object.keys(window).filter(k => /chatpass/i.test(k))", `["chatpass"]`)
	b.clean()
	b.secretive(token)
	asked := s.asked("/identity")
	if len(asked) != 1 {
		t.Fatalf("identity was asked for %d times", len(asked))
	}
	for name, want := range map[string]string{
		"X-Requested-With": "chatpass", "Sec-Fetch-Site": "same-origin", "Cookie": "session=of-this-visitor", "Cache-Control": "no-cache",
	} {
		if got := asked[0].Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	s.wantAsked(t, "/widget", 1)
}

func TestLoaderStartsTheChatForGuestsWithoutAnyArgument(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: loaderTag, policy: strict, guest: true})
	b := openTab(t, s.URL)
	b.wait("ready", 0)
	b.want("event('loaded')", `[]`)
	b.want("event('identified')", `{"user_id":null}`)
	b.clean()
}

func TestLoaderLoadsNothingWhereGuestsHaveNoChat(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: loaderTag, policy: strict, identity: answer(func() string { return `{"user_id":null,"providers":{}}` })})
	b := openTab(t, s.URL)
	b.wait("identified", 0)
	b.want("document.querySelectorAll('script').length", `1`)
	b.want("seen.events.length", `1`)
	b.clean()
	s.wantAsked(t, "/widget", 0)
}

func TestLoaderPassesItsNonceOn(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]string{
		"where only the nonce allows scripts":    "default-src 'none'; script-src 'nonce-cjRuZA=='; connect-src 'self'",
		"where strict-dynamic ignores addresses": "default-src 'none'; script-src 'nonce-cjRuZA==' 'strict-dynamic'; connect-src 'self'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, siteOptions{page: `<script src="/chat/loader.js" async nonce="cjRuZA=="></script>`, policy: policy})
			b := openTab(t, s.URL)
			b.wait("ready", 0)
			b.want("Array.from(document.scripts, s => s.nonce)", `["cjRuZA==","cjRuZA=="]`)
			b.clean()
		})
	}
}

func TestLoaderRunsOnceHoweverOftenItIsIncluded(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: loaderTag + loaderTag + `<script src="/chat/loader.js"></script>`, policy: strict})
	b := openTab(t, s.URL)
	b.wait("ready", 0)
	// As Turbo does with the scripts of a new body, and as a script of the page may.
	again := `new Promise(done => { const s = document.createElement('script'); s.src = '/chat/loader.js'; s.onload = done; document.body.append(s); })`
	b.eval(again + ".then(() => chatpass.start()).then(() => 1)")
	b.want("seen.events.map(e => e.type)", `["identified","loaded","ready"]`)
	b.clean()
	s.wantAsked(t, "/identity", 1)
	s.wantAsked(t, "/widget", 1)
}

func TestLoaderFindsItsBase(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, base, page string }{
		{"beside its own file", "/a/b", `<script src="/a/b/loader.js" async></script>`},
		{"beside its own file with a version", "/a/b", `<script src="/a/b/loader.js?v=1" async></script>`},
		{"at the root of the site", "/", `<script src="/loader.js" async></script>`},
		{"where data-base says", "/x", `<script src="/copy.js" data-base="/x/" async></script>`},
		{"in a module with data-base", "/x", `<script type="module" src="/copy.js" data-base="/x"></script>`},
		{"at the usual place when it is part of a bundle", "/chat", `<script src="/copy.js" async></script>`},
		{"where the page has another base address", "/x", `<base href="https://cdn.invalid/"><script src="{site}/copy.js" data-base="/x" async></script>`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, siteOptions{base: test.base, page: test.page})
			b := openTab(t, s.URL)
			b.wait("ready", 0)
			b.clean()
			s.wantAsked(t, "/identity", 1)
		})
	}
}

func TestLoaderIsNotMisledByNamesInThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{base: "/x", policy: strict, page: `<img name="currentScript" alt=""><a id="chatpass" href="/elsewhere">x</a><p id="chatpass-data">{}</p>` +
		`<form id="ImbaChat"><input name="load"></form><a id="imbaApi"></a><form id="imbaChat"><input name="openDialog"></form><script src="/x/loader.js" async></script>`})
	b := openTab(t, s.URL)
	b.wait("ready", 0)
	b.want("event('loaded')", wantLoaded)
	b.clean()
}

func TestLoaderWaitsForConsent(t *testing.T) {
	t.Parallel()
	const tag = `<script src="/chat/loader.js" data-consent="wait"></script><button type="button" data-chatpass-to="2">Write</button>`
	for name, consent := range map[string]string{
		"given by the event":      "document.dispatchEvent(new Event('chatpass:consent'))",
		"given by a call":         "chatpass.start().then(() => 1)",
		"given more than once":    "[1, 2].map(() => document.dispatchEvent(new Event('chatpass:consent')))",
		"given by event and call": "[document.dispatchEvent(new Event('chatpass:consent')), chatpass.start() && 1]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, siteOptions{page: tag, policy: strict})
			b := openTab(t, s.URL) // returns after the load event: a loader that does not wait has asked by then
			b.do(chromedp.Click(chromedp.CSS("button")))
			b.want("fetch('/elsewhere').then(r => r.text())", `"elsewhere"`) // a round trip later
			s.wantAsked(t, "/identity", 0)
			b.want("seen.events", `[]`)
			b.eval(consent)
			b.wait("ready", 0)
			b.want("seen.events.map(e => e.type)", `["identified","loaded","ready"]`)
			s.wantAsked(t, "/identity", 1)
			b.clean()
		})
	}
}

func TestLoaderUnderstandsRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"403", status(http.StatusForbidden), `{"stage":"identity","message":"HTTP 403"}`},
		{"404", status(http.StatusNotFound), `{"stage":"identity","message":"HTTP 404"}`},
		{"409", status(http.StatusConflict), `{"stage":"identity","message":"HTTP 409"}`},
		{"500", status(http.StatusInternalServerError), `{"stage":"identity","message":"HTTP 500"}`},
		{
			"a page of the site", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<!doctype html><p>Welcome") },
			`{"stage":"identity","message":"HTTP 200"}`,
		},
		{"a bare null", answer(func() string { return "null" }), `{"stage":"identity","message":"HTTP 200"}`},
		{
			"a script address that is none",
			answer(func() string {
				return `{"user_id":6,"providers":{"imbachat":{"script":"http://[","token":"` + token + `"}}}`
			}),
			`{"stage":"script","message":"not loaded"}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, siteOptions{page: loaderTag, policy: strict, identity: test.answer})
			b := openTab(t, s.URL)
			if got := b.wait("error", 0); got != test.want {
				t.Errorf("error %s, want %s", got, test.want)
			}
			b.want("document.getElementById('content').textContent", `"The page itself"`)
			b.clean()
			b.secretive(token)
			s.wantAsked(t, "/identity", 1)
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}
