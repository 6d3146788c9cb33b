package e2e_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// startDemo runs "chatpass demo" and returns the address of its pretend site.
func startDemo(t *testing.T) string {
	t.Helper()
	stdout, stderr := start(t, nil, "demo", "--listen", "127.0.0.1:0")
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if found := regexp.MustCompile(`Open (http://127\.0\.0\.1:\d+)/`).FindStringSubmatch(lines.Text()); found != nil {
			return found[1]
		}
	}
	t.Fatalf("the demo ended without an address: %v\n%s", lines.Err(), stderr)
	return ""
}

// shot keeps a screenshot for a person to look at; the folder is not in the repository.
func (b *tab) shot(name string) {
	b.t.Helper()
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.MkdirAll("shots", 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("shots", name+".png"), picture, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// signedIn opens the members page of the demo in a profile of its own, as this member.
func signedIn(t *testing.T, address, member string) *tab {
	t.Helper()
	b := newTab(t)
	b.do(
		chromedp.EmulateViewport(1100, 760),
		chromedp.Navigate(address+"/sign-in"),
		chromedp.Click(chromedp.CSS(`button[name="member"][value="`+member+`"]`)),
		chromedp.WaitReady(chromedp.CSS(`form[action="/sign-out"]`)),
		chromedp.Navigate(address+"/members"),
	)
	b.wait("ready", 0)
	b.want("event('identified').then(e => String(e.user_id))", `"`+member+`"`)
	return b
}

// inChat is an expression about the chat window's own tree.
func inChat(expression string) string {
	return "(chat => " + expression + ")(document.getElementById('imbachat-widget').shadowRoot)"
}

func (b *tab) say(text string) {
	b.t.Helper()
	b.want("until(() => "+inChat("chat.activeElement && chat.activeElement.localName === 'textarea'")+")", `true`)
	b.do(chromedp.KeyEvent(text), chromedp.KeyEvent("\r"))
}

// heard waits until the chat window shows this text.
func (b *tab) heard(selector, text string) {
	b.t.Helper()
	expression := fmt.Sprintf("Array.from(chat.querySelectorAll(%q)).some(e => e.textContent.includes(%s))", selector, toJSON(b.t, text))
	b.want("until(() => "+inChat(expression)+")", `true`)
}

func TestDemoLetsTwoPeopleChat(t *testing.T) {
	t.Parallel()
	address := startDemo(t)
	script, mia := signedIn(t, address, "3"), signedIn(t, address, "2")
	for b, own := range map[*tab]string{script: "3", mia: "2"} {
		// One cannot write to oneself, and the banned member does not exist.
		b.want("Array.from(document.querySelectorAll('[data-chatpass-to]'), e => e.dataset.chatpassTo).sort().join()",
			`"`+strings.Join(without([]string{"1", "2", "3", "4", "5"}, own), ",")+`"`)
	}
	mia.shot("1-members")

	script.do(chromedp.Click(chromedp.CSS(`[data-chatpass-to="2"]`)))
	script.say("Hello Mia, is the boat free on Thursday?")
	script.heard(".log", "is the boat free on Thursday?")
	script.heard(".title", "Mia 😊 Okafor")

	mia.want("until(() => "+inChat("!chat.querySelector('.launcher .count').hidden && chat.querySelector('.launcher .count').textContent")+")", `"1"`)
	mia.want(inChat("chat.querySelector('.launcher').click()"), `undefined`)
	mia.heard(".contact .name", "</script><b>")
	mia.heard(".contact .last", "is the boat free on Thursday?")
	mia.shot("2-unread")
	mia.want(inChat("chat.querySelector('.contact').click()"), `undefined`)
	mia.say("Yes! <b>See you</b> there 🚣")
	script.heard(".log", "Yes! <b>See you</b> there 🚣")
	mia.heard(".log", "Yes! <b>See you</b> there 🚣")
	script.shot("3-sender")
	mia.shot("4-receiver")
	for _, b := range []*tab{script, mia} {
		b.want(inChat("chat.querySelectorAll('b, script').length"), `0`)
		b.clean()
	}
}

func TestDemoGreetsGuests(t *testing.T) {
	t.Parallel()
	address := startDemo(t)
	b := newTab(t)
	b.do(chromedp.EmulateViewport(1100, 760), chromedp.Navigate(address+"/members"))
	b.wait("ready", 0)
	b.want("event('identified').then(e => e.user_id)", `null`)
	b.want("document.querySelectorAll('[data-chatpass-to]').length", `0`)
	b.want(inChat("chat.querySelector('.launcher').click()"), `undefined`)
	b.heard(".body", "Sign in to the site")
	b.shot("5-guest")
	b.clean()
}

func without(list []string, one string) []string {
	var rest []string
	for _, s := range list {
		if s != one {
			rest = append(rest, s)
		}
	}
	return rest
}
