package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/templates"
	"github.com/chromedp/chromedp"
)

func widget(t *testing.T, d templates.WidgetData) string {
	t.Helper()
	var out bytes.Buffer
	if err := templates.Widget(&out, d); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // as JSON.stringify
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("\\u2028", "\u2028", "\\u2029", "\u2029").Replace(strings.TrimSuffix(out.String(), "\n"))
}

// inline is a page with the inline widget of a user with this name, made after the provider's address is known.
func inline(t *testing.T, s *site, nonce, name string) string {
	t.Helper()
	var data map[string]any
	if err := json.Unmarshal([]byte(s.user()), &data); err != nil {
		t.Fatal(err)
	}
	data["name"] = name
	return widget(t, templates.WidgetData{BasePath: "/chat", Nonce: nonce, Inline: true, Data: data, Scripts: []string{s.script}})
}

func TestInlineWidgetStartsWithoutAskingAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ policy, nonce string }{
		"where the policy names the hosts":  {strict, ""},
		"where the policy names a nonce":    {"default-src 'none'; script-src 'nonce-a+b/cQ=='", "a+b/cQ=="},
		"where the policy trusts by nonces": {"default-src 'none'; script-src 'nonce-a+b/cQ==' 'strict-dynamic'", "a+b/cQ=="},
		"where there is no policy":          {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, siteOptions{policy: test.policy, page: "{page}"})
			s.setBody(inline(t, s, test.nonce, "John"))
			b := openTab(t, s.URL)
			b.wait("ready", 0)
			b.want("event('loaded')", wantLoaded)
			b.want("event('identified')", `{"user_id":6,"name":"John","expires_at":1893456000}`)
			b.want("document.scripts.length", `3`)
			b.clean()
			b.secretive(token)
			s.wantAsked(t, "/identity", 0)
			s.wantAsked(t, "/widget", 1)
		})
	}
}

func TestInlineWidgetWithDamagedDataIsReported(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{policy: strict, page: `<script type="application/json" id="chatpass-data">{"user_id":</script>` + loaderTag})
	b := openTab(t, s.URL)
	if got := b.wait("error", 0); got != `{"stage":"identity","message":"HTTP 200"}` {
		t.Errorf("error %s", got)
	}
	b.clean()
	s.wantAsked(t, "/identity", 0)
}

// hostile are names people gave themselves to run a script in other people's browsers.
func hostile(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("../templates/testdata/hostile.json")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := json.Unmarshal(raw, &names); err != nil {
		t.Fatal(err)
	}
	if len(names) < 20 {
		t.Fatalf("only %d names in the corpus", len(names))
	}
	// JSON cannot carry these two.
	return append(names, "\xff\xfe<script>alert(1)</script>", "half \xed\xa0\xbd surrogate")
}

// htmlText is what a fragment makes of text that HTML cannot hold as it is: NUL, the controls U+0080 to U+009F, stray bytes.
func htmlText(text string) string {
	return strings.Map(func(r rune) rune {
		if r == 0 || r >= 0x80 && r < 0xa0 {
			return '\ufffd'
		}
		return r
	}, text)
}

// wantHarmless opens a page with the name in every place a fragment has, and checks that it is only ever a name there. There is
// deliberately no policy on the page that would stop a script.
func wantHarmless(t *testing.T, s *site, b *tab, name string) {
	t.Helper()
	b.goTo(s.URL)
	b.wait("ready", 0)
	b.clean()
	valid := string([]rune(name)) // a stray byte is one U+FFFD
	text := htmlText(name)
	label := text
	if label == "" {
		label = "Write"
	}
	b.want(`event('identified').then(who => {
		const button = document.querySelector('button');
		return [
			JSON.parse(document.getElementById('chatpass-data').textContent).name, who.name,
			button.textContent, button.dataset.chatpassTo, button.dataset.chatpassToken, button.getAttributeNames().join(),
			Array.from(document.body.querySelectorAll('*'), e => e.localName).join(),
		];
	})`, toJSON(t, []string{
		valid, valid, label, "x" + text, text,
		// Nothing but what the fragments consist of.
		"type,class,data-chatpass-to,data-chatpass-token", "p,script,script,script,button",
	}))
}

func TestHostileNamesAreOnlyNames(t *testing.T) {
	t.Parallel()
	for _, charset := range []string{"utf-8", "windows-1251", "iso-2022-jp"} {
		t.Run("in a page that is "+charset, func(t *testing.T) {
			t.Parallel()
			names := hostile(t)
			if charset != "utf-8" {
				names = append(names[:3:3], names[len(names)-8:]...) // the others differ in nothing a character set could change
			}
			s := newSite(t, siteOptions{charset: charset, page: "{page}"})
			b := newTab(t)
			for i, name := range names {
				if t.Failed() {
					return
				}
				t.Logf("name %d: %q", i, name)
				s.setBody(inline(t, s, "", name) + button(t, templates.ButtonData{To: "x" + name, Token: name, Label: name}))
				wantHarmless(t, s, b, name)
			}
		})
	}
}

func TestHostileAddressesAndNoncesAreOnlyText(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: "{page}"})
	b := newTab(t)
	for i, name := range hostile(t) {
		t.Logf("value %d: %q", i, name)
		s.setBody(widget(t, templates.WidgetData{
			BasePath: "/" + name, Nonce: name, Inline: true, Data: map[string]any{"user_id": nil}, Scripts: []string{name},
		}) + widget(t, templates.WidgetData{BasePath: name, Nonce: name}))
		b.goTo(s.URL)
		b.want("[seen.alerts, seen.events]", "[[],[]]")
		b.want("Array.from(document.body.querySelectorAll('*'), e => e.localName).join()", `"p,script,script,script,script"`)
		if name != "" {
			nonce := htmlText(name)
			b.want("Array.from(document.scripts, s => s.nonce)", toJSON(t, []string{nonce, nonce, nonce, nonce}))
		}
	}
}

// The page-wide check above must be able to fail: the same values without escaping do run.
func TestTheProbeSeesScriptsThatRun(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: "{page}"})
	b := newTab(t)
	for _, name := range []string{hostile(t)[0], hostile(t)[2], hostile(t)[5]} {
		s.setBody(fmt.Sprintf(`<script type="application/json" id="chatpass-data">{"name":%q}</script><p title="%s">`, name, name))
		b.do(chromedp.Navigate(s.URL))
		b.want("seen.alerts.length > 0", `true`)
	}
}

func TestHostPageKeepsItsPolicy(t *testing.T) {
	t.Parallel()
	// A script the page's policy does not allow is counted: otherwise "no violations" elsewhere would mean nothing.
	s := newSite(t, siteOptions{policy: strict, page: `<script>alert(1)</script>` + loaderTag, identity: status(http.StatusForbidden)})
	b := openTab(t, s.URL)
	b.wait("error", 0)
	b.want("[seen.alerts, seen.violations]", `[[],["script-src-elem: inline"]]`)
}
