package e2e_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/chatpass/chatpass/templates"
	"github.com/chromedp/chromedp"
)

func button(t *testing.T, d templates.ButtonData) string {
	t.Helper()
	var out bytes.Buffer
	if err := templates.Button(&out, d); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWriteButtonOpensADialog(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		page string
		want string
	}{
		{"with a number", button(t, templates.ButtonData{To: "2", Token: token}), `[2,0,"` + token + `"]`},
		{"with a number that is a string for the provider", button(t, templates.ButtonData{To: "2", Token: "t", AsString: true}), `["2",0,"t"]`},
		{"with a UUID", button(t, templates.ButtonData{To: "0198-ab", Token: "t"}), `["0198-ab",0,"t"]`},
		{"with a number too large for JavaScript", button(t, templates.ButtonData{To: "9007199254740993", Token: "t"}), `["9007199254740993",0,"t"]`},
		{"with leading zeros", button(t, templates.ButtonData{To: "007", Token: "t"}), `["007",0,"t"]`},
		{"with a negative number", button(t, templates.ButtonData{To: "-5", Token: "t"}), `[-5,0,"t"]`},
		{"with something like a number", button(t, templates.ButtonData{To: "1e3", Token: "t"}), `["1e3",0,"t"]`},
		{"without a token", `<button type="button" data-chatpass-to="2">Write</button>`, `[2,0,""]`},
		{"by a click on what it holds", `<a href="/elsewhere" data-chatpass-to="2"><b><button type="button" id="in">Write</button></b></a>`, `[2,0,""]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, siteOptions{page: test.page + loaderTag, policy: strict})
			b := openTab(t, s.URL)
			b.wait("ready", 0)
			b.do(chromedp.Click(chromedp.CSS("button")))
			b.want("event('dialog')", test.want)
			b.want("location.pathname", `"/"`)
			b.clean()
			b.secretive(token)
		})
	}
}

func TestWriteButtonThatComesLaterWorks(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: loaderTag, policy: strict})
	b := openTab(t, s.URL)
	b.wait("ready", 0)
	b.eval(`void (document.body.innerHTML = '<button data-chatpass-to="3" data-chatpass-token="t">Write</button>')`)
	b.do(chromedp.Click(chromedp.CSS("button")))
	b.want("event('dialog')", `[3,0,"t"]`)
	b.clean()
}

func TestEarlyClickWaitsForTheChat(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var s *site
	s = newSite(t, siteOptions{
		policy: strict,
		page: loaderTag + button(t, templates.ButtonData{To: "2", Token: "first"}) +
			`<a id="second" href="/elsewhere" data-chatpass-to="3" data-chatpass-token="second">Write</a>`,
		identity: func(w http.ResponseWriter, r *http.Request) {
			<-release
			answer(s.user)(w, r)
		},
	})
	b := openTab(t, s.URL)
	b.do(chromedp.Click(chromedp.CSS("button")), chromedp.Click(chromedp.CSS("#second")))
	b.want("seen.events", `[]`)
	close(release)
	b.want("event('dialog')", `[3,0,"second"]`) // only the last wish counts
	b.want("seen.events.filter(e => e.type === 'dialog').length", `1`)
	b.want("location.pathname", `"/"`)
	b.clean()
}

func TestDialogThatCannotBeOpenedIsReported(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]string{
		"because it is refused": `openDialog(to, zero, token) { return Promise.reject(new Error(token)); }`,
		"because it throws":     `openDialog(to, zero, token) { throw new Error(token); }`,
		"because it is missing": `other() {}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			widget := func(w http.ResponseWriter, _ *http.Request) {
				javascript(w, "window.ImbaChat = window.imbaChat = {load() {}, "+open+"}")
			}
			s := newSite(t, siteOptions{page: loaderTag + button(t, templates.ButtonData{To: "2", Token: token}), policy: strict, widget: widget})
			b := openTab(t, s.URL)
			b.wait("ready", 0)
			b.do(chromedp.Click(chromedp.CSS("button")))
			if got := b.wait("error", 0); got != `{"stage":"dialog","message":"not opened"}` {
				t.Errorf("error %s", got)
			}
			b.clean()
			b.secretive(token)
		})
	}
}

func TestClicksElsewhereAreLeftAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: loaderTag + `<button type="button">Other</button>`, policy: strict})
	b := openTab(t, s.URL)
	b.wait("ready", 0)
	b.want("document.querySelector('button').dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))", `true`)
	b.want("document.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))", `true`)
	b.want("seen.events.map(e => e.type)", `["identified","loaded","ready"]`)
	b.clean()
}
