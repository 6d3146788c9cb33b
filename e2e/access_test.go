package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/templates"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axeFile is axe-core as .ci/setup fetches it.
const axeFile = "testdata/axe/node_modules/axe-core/axe.min.js"

// accessible checks the page with axe-core by all rules of WCAG 2.2 up to level AA and its best practices. The script is put in by the debugger,
// past the page's policy, which stays as it is. What the pretend site of
// newSite has around everything is not ours.
func (b *tab) accessible(where string) {
	b.t.Helper()
	script, err := os.ReadFile(axeFile)
	if err != nil {
		missing(b.t, "no axe-core (.ci/setup)", err)
	}
	if b.eval("typeof axe") == `"undefined"` {
		if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](string(script)+"\n;'loaded'")); err != nil {
			b.t.Fatal(err)
		}
	}
	var result struct {
		Violations, Incomplete []struct {
			ID, Help string
			Nodes    []struct {
				Target         any
				FailureSummary string
			}
		}
		Passes int
	}
	// What fades in is judged when it is there.
	const still = `Promise.race([new Promise(done => setTimeout(done, 3000)), Promise.all([document, ...[...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean)]
		.flatMap(tree => tree.getAnimations()).map(a => a.finished))]).then(() => null)`
	b.eval(still)
	const run = `axe.run({exclude: ['p#content']}, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations', 'incomplete']})
		.then(r => ({violations: r.violations, incomplete: r.incomplete, passes: r.passes.length}))`
	if err := json.Unmarshal([]byte(b.eval(run)), &result); err != nil {
		b.t.Fatal(err)
	}
	if result.Passes < 5 {
		b.t.Errorf("%s: only %d rules had anything to look at", where, result.Passes)
	}
	for _, v := range result.Violations {
		for _, node := range v.Nodes {
			b.t.Errorf("%s: %s (%s) at %v: %s", where, v.ID, v.Help, node.Target, node.FailureSummary)
		}
	}
	for _, v := range result.Incomplete {
		b.t.Logf("%s: axe-core cannot tell: %s (%s), %d times", where, v.ID, v.Help, len(v.Nodes))
	}
}

func TestThePagesOfTheDemoAreAccessible(t *testing.T) {
	t.Parallel()
	address := startDemo(t)
	for scheme, width := range map[string]int{"light": 1100, "dark": 360} {
		t.Run(fmt.Sprintf("%s, %d pixels wide", scheme, width), func(t *testing.T) {
			t.Parallel()
			guest := newTab(t)
			guest.prefers(scheme, width)
			for _, path := range []string{"/", "/members", "/members/2", "/sign-in", "/nothing"} {
				guest.do(chromedp.Navigate(address + path))
				guest.wait("ready", 0)
				guest.accessible("a guest at " + path)
			}
			guest.want(inChat("chat.querySelector('.launcher').click()"), `undefined`)
			guest.heard(".body", "Sign in to the site")
			guest.accessible("a guest's chat")
			mia := signedIn(t, address, "2")
			mia.prefers(scheme, width)
			for _, path := range []string{"/", "/members", "/members/3", "/members/2"} {
				mia.do(chromedp.Navigate(address + path))
				mia.wait("ready", 0)
				mia.accessible("a member at " + path)
			}
			mia.do(chromedp.Navigate(address + "/members"))
			mia.wait("ready", 0)
			mia.do(chromedp.Click(chromedp.CSS(`[data-chatpass-to="3"]`)))
			mia.say("Is this readable?")
			mia.heard(".log", "Is this readable?")
			mia.accessible("a conversation")
			mia.shot(fmt.Sprintf("access-%s-%d", scheme, width))
			mia.want(inChat("chat.querySelector('[data-key=back]').click()"), `undefined`)
			mia.heard(".contact .last", "Is this readable?")
			mia.accessible("the list of conversations")
			mia.clean()
		})
	}
}

// prefers gives the page a width, and the visitor a wish for light or dark.
func (b *tab) prefers(scheme string, width int) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(int64(width), 800))
	params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, params); err != nil {
		b.t.Fatal(err)
	}
}

// hostPages are host pages with everything we put into pages of others.
func hostPages(t *testing.T, s *site) map[string]string {
	t.Helper()
	writes := button(t, templates.ButtonData{To: "2", Token: token, Label: "Write to Mia"})
	return map[string]string{
		"the loader":                         loaderTag,
		"the loader, a nonce":                `<script src="/chat/loader.js" async nonce="abc"></script>`,
		"the inline widget":                  inline(t, s, "", "John"),
		"the button":                         loaderTag + writes,
		"three buttons":                      loaderTag + writes + button(t, templates.ButtonData{To: "3", Token: token}) + button(t, templates.ButtonData{To: "4", Token: token, Label: "Написать"}),
		"elements that become buttons":       loaderTag + `<p><span data-chat-with="2">Write</span> <a href="/elsewhere" data-chat-with="3">Write to Bo</a> <button type="button" data-chat-with="4">Write</button></p>`,
		"a counter and a place for the chat": loaderTag + `<p>Messages <span data-chat-unread></span></p><div data-chat-holder></div>`,
	}
}

func TestWhatWePutIntoPagesIsAccessible(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{policy: strict, page: "<main><h1>Host page</h1>{page}</main>"})
	b := newTab(t)
	for name, html := range hostPages(t, s) {
		s.setBody(html)
		b.do(chromedp.Navigate(s.URL))
		b.wait("ready", 0)
		b.accessible(name)
		if strings.Contains(name, "button") {
			b.do(chromedp.KeyEvent("\t"))
			b.want("getComputedStyle(document.activeElement).outlineStyle !== 'none' && document.activeElement.matches('[data-chatpass-to], [data-chat-with]')", "true")
		}
		b.clean()
	}
}

// TestAxeFindsWhatIsNotAccessible: the checks above can fail.
func TestAxeFindsWhatIsNotAccessible(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{policy: strict, page: "<main><h1>Host page</h1><button></button></main>" + loaderTag})
	b := openTab(t, s.URL)
	script, err := os.ReadFile(axeFile)
	if err != nil {
		missing(t, "no axe-core (.ci/setup)", err)
	}
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](string(script)+"\n;'loaded'")); err != nil {
		t.Fatal(err)
	}
	b.want("axe.run(document, {runOnly: ['wcag2a']}).then(r => r.violations.map(v => v.id))", `["button-name"]`)
}

// TestTheChatIsReachedByKeys: from the page to the button, into the conversation, and back to the button by Escape.
func TestTheChatIsReachedByKeys(t *testing.T) {
	t.Parallel()
	address := startDemo(t)
	b := signedIn(t, address, "3")
	b.want("document.activeElement === document.body", `true`)
	const onButton = `document.activeElement.matches('[data-chatpass-to="2"]')`
	for i := 0; b.eval(onButton) != "true"; i++ {
		if i == 30 {
			t.Fatal("the Tab key does not lead to the button")
		}
		b.do(chromedp.KeyEvent("\t"))
		b.want("document.activeElement !== document.body && getComputedStyle(document.activeElement).outlineStyle !== 'none'", "true") // the focus is seen
	}
	b.do(chromedp.KeyEvent("\r"))
	b.say("Hello by keys")
	b.heard(".log", "Hello by keys")
	b.shot("keys-1-conversation")
	for range 12 { // nobody is caught: Tab leads through the conversation and out of it
		b.do(chromedp.KeyEvent("\t"))
	}
	b.want(inChat("chat.querySelector('textarea').focus()"), `undefined`)
	b.do(chromedp.KeyEvent("\x1b"))
	b.want(inChat("chat.querySelector('.panel').hidden"), `true`)
	b.want(onButton, `true`)
	b.do(chromedp.KeyEvent(" ")) // the other key of a button
	b.want("until(() => "+inChat("!chat.querySelector('.panel').hidden")+")", `true`)
	b.do(chromedp.KeyEvent("\x1b"))
	b.want("until(() => "+inChat("chat.querySelector('.panel').hidden")+")", `true`)
	b.clean()
}

// shifts lists what has moved on a page since it began, when two more frames have been drawn: elements, from where and to where.
const shifts = `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
	const moved = [], place = r => [r.x, r.y, r.width, r.height].map(Math.round).join(' ');
	const note = list => list.forEach(e => moved.push(e.value + ': ' + e.sources.map(s =>
		(s.node ? s.node.nodeName + '.' + (s.node.className || '') : 'gone') + ' ' + place(s.previousRect) + ' to ' + place(s.currentRect)).join(', ')));
	const o = new PerformanceObserver(l => note(l.getEntries())); o.observe({type: 'layout-shift', buffered: true});
	setTimeout(() => { note(o.takeRecords()); done(moved); }, 100);
})))`

// places is where everything stands that is to be seen on a page and is not the chat.
const places = `[...document.body.querySelectorAll('*')].filter(e => !e.closest('#imbachat-widget')).map(e => [e.nodeName, e.className, e.getBoundingClientRect()])
	.filter(([, , r]) => r.width && r.height).map(([name, of, r]) => [name, of, r.x, r.y, r.width, r.height].join(' ')).join('\n')`

func TestNothingMovesWhenTheChatComes(t *testing.T) {
	t.Parallel()
	const text = `<p>A paragraph that stands below and would be seen to move.</p>`
	for name, html := range map[string]string{"the loader": loaderTag, "the inline widget": "", "buttons": loaderTag + `<p>Mia Okafor <span data-chat-with="2">Write</span></p><p>Bo <a href="/x" data-chat-with="3">Write</a></p>`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, siteOptions{policy: strict, page: "{page}" + text + text})
			if html == "" {
				html = inline(t, s, "", "John")
			}
			s.setBody(html)
			b := openTab(t, s.URL)
			b.wait("ready", 0)
			b.want(shifts, "[]")
			b.clean()
		})
	}
	t.Run("the demo", func(t *testing.T) {
		t.Parallel()
		address := startDemo(t)
		b := signedIn(t, address, "2")
		chat := b.eval(places)
		// A busy browser draws a long page before its end is there, which moves it without any chat: what counts is where all stands in the end.
		if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Navigate(address + "/members"))
		if got := b.eval(places); got != chat || strings.Count(chat, "chatpass-write") != 4 {
			t.Errorf("the page without the chat has\n%s\nand with it\n%s\nwith %d write buttons", strings.ReplaceAll(got, `\n`, "\n"), strings.ReplaceAll(chat, `\n`, "\n"), strings.Count(chat, "chatpass-write"))
		}
	})
	t.Run("a page that does move is noticed", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, siteOptions{page: loaderTag + `<div id="late"></div>` + text + text})
		b := openTab(t, s.URL)
		b.wait("ready", 0)
		b.eval(`new Promise(done => requestAnimationFrame(() => setTimeout(() => { document.getElementById('late').style.height = '200px'; done(); }, 50)))`)
		b.want(shifts+".then(x => x.length > 0)", "true")
	})
}

// TestTheConsoleStaysEmptyUnderAStrictPolicy reads all that a browser would write into its console, warnings of its own among it.
func TestTheConsoleStaysEmptyUnderAStrictPolicy(t *testing.T) {
	t.Parallel()
	for name, guest := range map[string]bool{"a member": false, "a guest": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, policy := range []string{strict, strict + "; require-trusted-types-for 'script'; trusted-types chatpass"} {
				s := newSite(t, siteOptions{policy: policy, guest: guest, page: loaderTag + `<button type="button" data-chatpass-to="2" data-chatpass-token="t">Write</button>`})
				b := newTab(t)
				lines := b.console()
				b.do(chromedp.Navigate(s.URL))
				b.wait("ready", 0)
				b.do(chromedp.Click(chromedp.CSS("button")))
				b.want("event('dialog').then(() => true)", "true")
				b.clean()
				if got := lines(); len(got) > 0 {
					t.Errorf("under %s the console says %q", policy, got)
				}
			}
		})
	}
	t.Run("what is written there is noticed", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, siteOptions{policy: strict, page: loaderTag + `<script>1</script>`, identity: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }})
		b := newTab(t)
		lines := b.console()
		b.do(chromedp.Navigate(s.URL))
		b.wait("error", 0)
		b.eval("console.log('said')")
		if got := strings.Join(lines(), "\n"); !strings.Contains(got, "said") || !strings.Contains(got, "Content Security Policy") || !strings.Contains(got, "403") {
			t.Errorf("the console said %q", got)
		}
	})
}

// console collects what the page and the browser write into the console.
func (b *tab) console() (lines func() []string) {
	b.t.Helper()
	var all []string
	add := func(line string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if !strings.Contains(line, "favicon.ico") {
			all = append(all, line)
		}
	}
	if err := chromedp.Listen(b.ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			for _, arg := range e.Args {
				add(string(arg.Value))
			}
		case *runtime.EventExceptionThrown:
			add(e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			add(e.Entry.Text + " " + e.Entry.URL)
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	return func() []string {
		b.eval("new Promise(done => setTimeout(done, 100))") // the browser's own lines come a little later
		b.mu.Lock()
		defer b.mu.Unlock()
		return append([]string(nil), all...)
	}
}
