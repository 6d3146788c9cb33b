package e2e_test

import (
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// marker tells whether the page is still the one it was set in.
const setMarker, hasMarker = "void (window.marker = 1)", "window.marker === 1"

func TestSEC6ASigningInAsAnotherShowsOnlyTheirConversation(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.sees("1")
	b.do(chromedp.Navigate(m.URL + "/sign-in"))
	b.wait("identified", 0)
	b.sees("")
	b.do(chromedp.Navigate(m.URL + "/sign-in?as=2"))
	b.wait("ready", 0)
	b.sees("2")
	b.want("event('loaded').then(call => call[0].user_id)", `2`)
	b.clean()
}

func TestSEC6AFormerUserIsGoneWithinThePage(t *testing.T) {
	t.Parallel()
	const holder = `<div data-chat-holder></div>`
	for name, notice := range map[string]string{
		"at another address without a new page": "history.pushState(null, '', '/elsewhere')",
		"when the page's script says so":        "chatpass.check()",
		"when the body is exchanged":            "(b => { b.innerHTML = '<h1>Next</h1><div data-chat-holder></div><button data-chat-with=3></button>'; document.body = b; })(document.createElement('body'))",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMembers(t, loaderTag+holder+`<button type="button" data-chat-with="3">Write</button>`)
			b := openTab(t, m.URL+"/sign-in?as=1")
			b.wait("ready", 0)
			b.sees("1")
			b.want("document.querySelector('[data-chat-holder]').innerText", `"Conversation of member 1"`)
			b.eval(setMarker)
			b.become("2")
			b.eval("void " + notice)
			if got := b.wait("reset", 0); got != `null` {
				t.Errorf("reset tells %s", got)
			}
			b.want("["+visible+", document.getElementById('imbachat-root'), closings, "+hasMarker+", document.querySelector('button').hidden]", `["",null,1,true,true]`)
			b.clean()
			b.secretive("ey")
			// What the provider's script remembers ends with the page.
			b.replaced()
			b.wait("ready", 0)
			b.sees("2")
			b.clean()
		})
	}
}

func TestSEC6ALogOutEndsTheChat(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.eval(setMarker)
	b.become("")
	b.eval("chatpass.check()")
	b.wait("reset", 0)
	b.sees("")
	b.replaced()
	b.want("event('identified').then(who => who.user_id)", `null`)
	b.sees("")
	b.clean()
}

// witness writes down whether a page came back as it was left, and whether a conversation was to be seen in it at that moment.
const witness = `addEventListener('pageshow', e => { window.shown = [e.persisted, document.body.innerText.includes('Conversation')]; })`

func (b *tab) watchReturns() {
	b.t.Helper()
	params := page.AddScriptToEvaluateOnNewDocumentParams{Source: witness}
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, params); err != nil {
		b.t.Fatal(err)
	}
}

func TestSEC6ABackButtonShowsNoFormerConversation(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag+`<div data-chat-holder></div>`)
	b := newTab(t)
	b.watchReturns()
	b.do(chromedp.Navigate(m.URL + "/sign-in?as=1"))
	b.wait("ready", 0)
	b.sees("1")
	// Keeps the page for the test; without it, it would be loaded again.
	b.eval(setMarker + ", void document.addEventListener('chatpass:reset', e => e.preventDefault())")
	b.become("2")
	b.do(chromedp.Navigate(m.URL + "/next"))
	b.wait("ready", 0)
	b.sees("2")
	b.back("/home")
	// The very page of the first member comes back, and from its first moment without the conversation.
	b.want("[window.marker, shown]", `[1,[true,false]]`)
	b.wait("reset", 0)
	b.sees("")
	b.want("document.documentElement.outerHTML.includes('Conversation')", `false`)
	b.clean()
}

func TestSEC6ABackButtonLoadsThePageOfAFormerUserAgain(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag)
	b := newTab(t)
	b.watchReturns()
	b.do(chromedp.Navigate(m.URL + "/sign-in?as=1"))
	b.wait("ready", 0)
	b.eval(setMarker)
	b.do(chromedp.Navigate(m.URL + "/sign-in?as=2"))
	b.wait("ready", 0)
	b.sees("2")
	b.eval("void setTimeout(() => history.back())")
	b.replaced()
	b.sees("2")
	b.clean()
}

func TestSEC6ABackButtonKeepsOnesOwnChat(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag+`<div data-chat-holder></div>`)
	b := newTab(t)
	b.watchReturns()
	b.do(chromedp.Navigate(m.URL + "/sign-in?as=1"))
	b.wait("ready", 0)
	b.eval(setMarker + ", imbaRoot.style.display = 'inline-block'")
	b.do(chromedp.Navigate(m.URL + "/other"))
	b.wait("ready", 0)
	b.back("/home")
	b.want("[window.marker, shown[0]]", `[1,true]`)
	b.sees("1")
	b.want("[imbaRoot.style.cssText, seen.events.map(e => e.type)]", `["display: inline-block;",["identified","loaded","ready"]]`)
	b.clean()
}

func TestSEC6AOtherTabsLearnOfIt(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.sees("1")
	b.eval("void document.addEventListener('chatpass:reset', e => e.preventDefault())")
	other := b.secondTab(m.URL + "/sign-in?as=2")
	other.wait("ready", 0)
	other.sees("2")
	b.wait("reset", 0)
	b.sees("")
	b.clean()
	other.clean()
}

func TestTabsOfOneUserLeaveEachOtherAlone(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	other := b.secondTab(m.URL + "/home")
	other.wait("ready", 0)
	b.want("new Promise(done => { const c = new BroadcastChannel('chatpass'); c.postMessage('1'); setTimeout(done, 300); })", "undefined")
	if got := m.timesAsked(); got != 2 {
		t.Errorf("identity was asked for %d times, want once a page", got)
	}
	b.sees("1")
	b.clean()
}

func TestSEC6ANothingIsLoadedAgainUnderTypedText(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag+`<textarea></textarea>`)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.eval(setMarker)
	b.do(chromedp.Click(chromedp.CSS("textarea")), chromedp.KeyEvent("My draft"))
	b.become("2")
	b.eval("chatpass.check()")
	b.wait("reset", 0)
	b.sees("")
	// Longer than a page has to live before it may be loaded again.
	b.want("until(() => performance.now() > 14000).then(() => [window.marker, document.querySelector('textarea').value, "+visible+"])", `[1,"My draft",""]`)
	// Whoever moves on has left the text behind.
	b.eval("history.pushState(null, '', '/next')")
	b.replaced()
	b.sees("2")
	b.want("location.pathname", `"/next"`)
	b.clean()
}

func TestSEC6APageMayKeepItself(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.eval(setMarker + ", void document.addEventListener('chatpass:reset', e => e.preventDefault())")
	b.become("2")
	b.eval("chatpass.check()")
	b.wait("reset", 0)
	b.want("until(() => performance.now() > 14000).then(() => [window.marker, "+visible+"])", `[1,""]`)
	b.eval("chatpass.start(), chatpass.check()") // the chat does not come back in this page
	b.want("fetch('/chat/identity').then(() => "+visible+")", `""`)
	b.clean()
}

func TestSigningInWithoutANewPageStartsTheChat(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag+`<a data-chat-with="3"></a>`)
	b := openTab(t, m.URL+"/home")
	b.wait("identified", 0)
	b.want("document.querySelector('a').hidden", `true`)
	b.eval(setMarker)
	b.become("2")
	b.eval("history.pushState(null, '', '/elsewhere')")
	b.wait("ready", 0)
	b.sees("2")
	b.want("["+hasMarker+", document.querySelector('a').hidden, seen.events.map(e => e.type)]", `[true,false,["identified","identified","loaded","ready"]]`)
	b.clean()
}

func TestSEC6APageNamesWhatTheProviderBringsLate(t *testing.T) {
	t.Parallel()
	m := newMembers(t, `<script src="/chat/loader.js" data-parts=".late" async></script>`)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.eval("void document.addEventListener('chatpass:reset', e => e.preventDefault())")
	b.eval("void ['late', 'other'].forEach(name => { const e = document.createElement('div'); e.className = name; document.body.append(e); })")
	b.become("2")
	b.eval("chatpass.check()")
	b.wait("reset", 0)
	b.want("Array.from(document.body.children, e => e.className || e.localName)", `["h1","script","other"]`)
	b.clean()
}
