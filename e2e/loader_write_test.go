package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

const writers = loaderTag + `
<button type="button" id="own" data-chat-with="1"></button>
<span id="plain" data-chat-with="2">Write to Bob</span>
<a id="named" data-chat-with="2" aria-label="Ask Bob"><svg width="9" height="9"></svg></a>
<div id="bare" data-chat-with="3"></div>
<div id="labelled" data-chat-with="3" data-label="Schreib Carol"><svg width="9" height="9"></svg></div>
<div id="nobody" data-chat-with="99">Write</div>`

func TestDataChatWithMakesAButton(t *testing.T) {
	t.Parallel()
	m := newMembers(t, writers)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.want("Array.from(document.querySelectorAll('[data-chat-with]'), e => [e.id, e.hidden, e.getAttribute('role'), e.tabIndex, e.textContent, e.getAttribute('aria-label')].join('|'))", `[`+
		`"own|true||0|Write|",`+
		`"plain|false|button|0|Write to Bob|",`+
		`"named|false|button|0||Ask Bob",`+
		`"bare|false|button|0|Write|",`+
		`"labelled|false|button|0||Schreib Carol",`+
		`"nobody|false|button|0|Write|"]`)
	b.do(chromedp.Click(chromedp.CSS("#plain")))
	b.want("event('dialog').then(([to, zero, token]) => [to, zero, JSON.parse(atob(token.split('.')[1])).user_id, JSON.parse(atob(token.split('.')[1])).initiator])", `[2,0,2,1]`)
	for i, key := range []string{"\r", " "} {
		b.eval("document.getElementById('bare').focus()")
		b.do(chromedp.KeyEvent(key))
		b.want(fmt.Sprintf("event('dialog', %d).then(([to]) => to)", i+1), `3`)
	}
	b.want("[scrollY, seen.events.filter(e => e.type === 'dialog').length]", `[0,3]`)
	b.do(chromedp.Click(chromedp.CSS("#nobody")))
	if got := b.wait("error", 0); got != `{"stage":"dialog","message":"not opened"}` {
		t.Errorf("error %s", got)
	}
	b.want("document.getElementById('nobody').getAttribute('aria-disabled')", `"true"`)
	b.do(chromedp.Click(chromedp.CSS("#nobody")))
	b.want("seen.events.filter(e => e.type === 'error').length", `1`)
	b.clean()
	b.secretive("ey")
}

func TestDataChatWithIsHiddenFromGuests(t *testing.T) {
	t.Parallel()
	m := newMembers(t, writers)
	b := openTab(t, m.URL+"/home")
	b.wait("identified", 0)
	b.want("Array.from(document.querySelectorAll('[data-chat-with]')).every(e => e.hidden)", `true`)
	b.clean()
}

func TestDataChatWithThatComesLaterWorks(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag+`<p></p>`)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.eval(`void (document.querySelector('p').innerHTML = '<i data-chat-with="2">Write</i><i data-chat-with="1">Write</i>')`)
	b.want("until(() => document.querySelector('i').tabIndex === 0).then(() => Array.from(document.querySelectorAll('i'), e => e.hidden))", `[false,true]`)
	b.do(chromedp.Click(chromedp.CSS("i")))
	b.want("event('dialog').then(([to]) => to)", `2`)
	b.clean()
}

func TestUnreadMessagesAreCounted(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag+`<b data-chat-unread></b>`)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.want("until(() => { newMessages(3); return seen.events.some(e => e.type === 'unread'); })", `true`)
	b.want("[seen.events.find(e => e.type === 'unread').detail, document.querySelector('b').textContent]", `[{"count":3},"3"]`)
	b.eval(`void document.body.append(Object.assign(document.createElement('u'), {id: 'later'})), document.getElementById('later').dataset.chatUnread = ''`)
	b.want("until(() => document.getElementById('later').textContent)", `"3"`)
	b.eval("newMessages('none')")
	b.want("[document.querySelector('b').textContent, document.getElementById('later').textContent]", `["",""]`)
	b.clean()
}

func TestHolderIsMarkedBeforeTheChatStarts(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag+`<div data-chat-holder></div>`)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.want("document.querySelector('[data-chat-holder]').textContent", `"Conversation of member 1"`)
	b.clean()
}

func TestChatIsHiddenWhereTheTagSaysSo(t *testing.T) {
	t.Parallel()
	tag := `<script src="/chat/loader.js" data-hide-on="/cart, /checkout/*,*.print,/%D1%8F*" async></script><i data-chat-with="2"></i>`
	tests := []struct {
		path string
		want bool
	}{
		{"/cart", false},
		{"/Cart", false},
		{"/cart/more", true},
		{"/xcart", true},
		{"/checkout/", false},
		{"/checkout/a/b", false},
		{"/checkout", true},
		{"/a/b.print", false},
		{"/a/bxprint", true},
		{"/home", true},
		{"/%d1%8f1", false},
		{"/home?x=/cart", true},
	}
	m := newMembers(t, tag)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	for _, test := range tests {
		before := m.timesAsked()
		b.do(chromedp.Navigate(m.URL + test.path))
		if test.want {
			b.wait("ready", 0)
		}
		b.want("fetch('/sign-in?quietly&as=1').then(() => [seen.events.length > 0, document.querySelector('i').hidden])", fmt.Sprintf("[%t,%t]", test.want, !test.want))
		if asked := m.timesAsked() > before; asked != test.want {
			t.Errorf("%s: identity asked %t, want %t", test.path, asked, test.want)
		}
		b.clean()
	}
}

func TestChatGoesAndComesWithTheAddress(t *testing.T) {
	t.Parallel()
	m := newMembers(t, `<script src="/chat/loader.js" data-hide-on="/checkout/*" async></script><div data-chat-holder></div>`)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.sees("1")
	b.eval("history.pushState(null, '', '/checkout/pay')")
	b.sees("")
	b.eval("history.back()")
	b.sees("1")
	b.want("seen.events.map(e => e.type)", `["identified","loaded","ready"]`)
	b.clean()
	// And the other way about: nothing is there until it may be.
	b.do(chromedp.Navigate(m.URL + "/checkout/pay"))
	b.want("seen.events.length", `0`)
	b.eval("history.replaceState(null, '', '/home')")
	b.wait("ready", 0)
	b.sees("1")
	b.clean()
}

func TestChatSurvivesAnExchangedBody(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	// As Turbo does: a new body, with the tag in it, which runs again.
	b.eval(`void (() => { const body = document.createElement('body'), s = document.createElement('script'); s.src = '/chat/loader.js';
		body.append(document.createElement('h1'), s); document.body = body; history.pushState(null, '', '/next'); })()`)
	b.want("until(() => document.querySelectorAll('body > div').length === 2)", `true`)
	b.sees("1")
	b.want("new Promise(done => setTimeout(done, 1500)).then(() => seen.events.map(e => e.type))", `["identified","loaded","ready"]`)
	b.clean()
}

func TestStopTakesTheChatAwayAndStartBringsItBack(t *testing.T) {
	t.Parallel()
	m := newMembers(t, loaderTag+`<i data-chat-with="2"></i>`)
	b := openTab(t, m.URL+"/sign-in?as=1")
	b.wait("ready", 0)
	b.eval("chatpass.stop()")
	b.sees("")
	asked := m.timesAsked()
	b.eval("chatpass.check()")
	b.want("fetch('/home').then(() => document.querySelector('i').hidden)", `true`)
	if m.timesAsked() != asked {
		t.Error("identity was asked for after stop")
	}
	b.eval("chatpass.start()")
	b.sees("1")
	b.want("seen.events.map(e => e.type)", `["identified","loaded","ready"]`)
	b.clean()
}

func TestGuestsGetNothingWhereTheTagSaysSo(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: `<script src="/chat/loader.js" data-guests="off" async></script>`, policy: strict, guest: true})
	b := openTab(t, s.URL)
	b.wait("identified", 0)
	b.want("[document.scripts.length, seen.events.length]", `[1,1]`)
	s.wantAsked(t, "/widget", 0)
	b.clean()
}

// SEC-61: the tag works under policies without unsafe-inline, with a nonce, and where Trusted Types are demanded.
func TestSEC61LoaderWorksUnderStrictPolicies(t *testing.T) {
	t.Parallel()
	const nonced = `<script src="/chat/loader.js" async nonce="cjRuZA=="></script>`
	const base = "default-src 'none'; connect-src 'self'; base-uri 'none'; "
	for name, test := range map[string]struct{ tag, policy string }{
		"that name the provider":                {loaderTag, base + "script-src 'self' {provider}"},
		"that name a nonce":                     {nonced, base + "script-src 'nonce-cjRuZA=='"},
		"that trust by nonces":                  {nonced, base + "script-src 'nonce-cjRuZA==' 'strict-dynamic'"},
		"that demand Trusted Types":             {loaderTag, base + "script-src 'self' {provider}; require-trusted-types-for 'script'"},
		"that demand Trusted Types of one name": {loaderTag, base + "script-src 'self' {provider}; require-trusted-types-for 'script'; trusted-types chatpass"},
		"that demand all of it":                 {nonced, base + "script-src 'nonce-cjRuZA==' 'strict-dynamic'; require-trusted-types-for 'script'; trusted-types chatpass"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, siteOptions{page: test.tag + `<button type="button" data-chatpass-to="2" data-chatpass-token="t">Write</button><b data-chat-with="3"></b><i data-chat-unread></i><div data-chat-holder></div>`, policy: test.policy})
			b := newTab(t)
			entries := b.consoleEntries()
			b.goTo(s.URL)
			b.wait("ready", 0)
			b.want("event('loaded')", wantLoaded)
			b.want("document.querySelector('b').textContent", `"Write"`)
			b.do(chromedp.Click(chromedp.CSS("button")))
			b.want("event('dialog')", `[2,0,"t"]`)
			b.want("Object.keys(window).filter(k => !(k in document.createElement('iframe')) && /chat/i.test(k)).sort()", `["ImbaChat","chatpass"]`)
			b.clean()
			if got := entries(); len(got) > 0 {
				t.Errorf("the console shows %q", got)
			}
		})
	}
}

func TestSEC61LoaderSaysWhenAPolicyForbidsIt(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: loaderTag, policy: "script-src 'self' {provider}; require-trusted-types-for 'script'; trusted-types other"})
	b := openTab(t, s.URL)
	if got := b.wait("error", 0); got != `{"stage":"script","message":"not loaded"}` {
		t.Errorf("error %s", got)
	}
	b.want("[seen.alerts, seen.errors]", `[[],[]]`)
	s.wantAsked(t, "/widget", 0)
}

func TestWriteButtonsAreHiddenWhileTheChatDoesNotStart(t *testing.T) {
	t.Parallel()
	page := loaderTag + `<button type="button" data-chat-with="3"></button><a href="/messages/3" data-chat-with="3">Write</a>`
	t.Run("a script that is not there", func(t *testing.T) {
		t.Parallel()
		b := openTab(t, newSite(t, siteOptions{page: page, policy: strict, widget: status(http.StatusNotFound)}).URL)
		if got := b.wait("error", 0); got != `{"stage":"script","message":"not loaded"}` {
			t.Errorf("error %s", got)
		}
		b.want("[document.querySelector('button').hidden, document.querySelector('a').hidden]", `[true,false]`) // a link leads somewhere without the chat, too
	})
	t.Run("a script that comes after the limit", func(t *testing.T) {
		t.Parallel()
		late := make(chan struct{})
		s := newSite(t, siteOptions{page: page, policy: strict, widget: func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-late:
			case <-r.Context().Done():
			}
			javascript(w, widgetScript)
		}})
		b := openTab(t, s.URL)
		if got := b.wait("error", 0); got != `{"stage":"script","message":"silent"}` {
			t.Errorf("error %s", got)
		}
		b.want("document.querySelector('button').hidden", `true`)
		close(late)
		b.wait("ready", 0)
		b.want("document.querySelector('button').hidden", `false`)
	})
}

func TestWriteButtonIsNotDisabledByAFailure(t *testing.T) {
	t.Parallel()
	var s *site
	page := loaderTag + `<b data-chat-with="3"></b>`
	s = newSite(t, siteOptions{page: page, policy: strict, identity: func(w http.ResponseWriter, r *http.Request) { answer(s.user)(w, r) }})
	b := openTab(t, s.URL)
	b.wait("ready", 0)
	b.do(chromedp.Click(chromedp.CSS("b"))) // this site has no /chat/button
	if got := b.wait("error", 0); got != `{"stage":"dialog","message":"not opened"}` {
		t.Errorf("error %s", got)
	}
	b.want("document.querySelector('b').hasAttribute('aria-disabled')", `false`)
}
