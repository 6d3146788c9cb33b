package pagecheck_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/pagecheck"
)

func TestScriptsOfAPage(t *testing.T) {
	const at = "https://www.example.com/forum/topic?x=1"
	for _, tt := range []struct {
		name, html string
		want       []string // addresses; ! stands before one that does not run
	}{
		{"a path", `<script src="/chat/loader.js" async>`, []string{"https://www.example.com/chat/loader.js"}},
		{"a relative path", `<script src="loader.js">`, []string{"https://www.example.com/forum/loader.js"}},
		{"blanks around it", "<script src=' \n/chat/loader.js '>", []string{"https://www.example.com/chat/loader.js"}},
		{"another host without a scheme", `<script src="//cdn.example.com/chat/loader.js">`, []string{"https://cdn.example.com/chat/loader.js"}},
		{"a base before it", `<base href="/a/"><script src="loader.js">`, []string{"https://www.example.com/a/loader.js"}},
		{"a base behind it", `<script src="loader.js"></script><base href="/a/">`, []string{"https://www.example.com/a/loader.js"}},
		{"only the first base counts", `<base href="/a/"><base href="/b/"><script src="loader.js">`, []string{"https://www.example.com/a/loader.js"}},
		{"a base that cannot be one", `<base href="data:x"><base href="/b/"><script src="loader.js">`, []string{"https://www.example.com/forum/loader.js"}},
		{"in other case", `<SCRIPT SRC="/chat/loader.js">`, []string{"https://www.example.com/chat/loader.js"}},
		{"without quotes", `<script src=/chat/loader.js>`, []string{"https://www.example.com/chat/loader.js"}},
		{"no address", `<script src="http://[::1/loader.js"></script><script src="/b">`, []string{"", "https://www.example.com/b"}},
		{"a script in the page", `<script>document.write('<script src="/chat/loader.js">')</script>`, nil},
		{"a comment", `<!-- <script src="/chat/loader.js"></script> -->`, nil},
		{"a template", `<template><script src="/chat/loader.js"></script></template>`, nil},
		{"noscript", `<noscript><script src="/chat/loader.js"></script></noscript>`, nil},
		{"a text field", `<textarea><script src="/chat/loader.js"></script></textarea>`, nil},
		{"an attribute", `<p title='<script src="/chat/loader.js">'>`, nil},
		{"types that run", `<script type=module src=/a></script><script type=" Text/JavaScript " src=/b>`, []string{"https://www.example.com/a", "https://www.example.com/b"}},
		{"types that do not", `<script type="text/plain" src=/a></script><script type=c-text/javascript src=/b>`, []string{"!https://www.example.com/a", "!https://www.example.com/b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := pagecheck.Parse(address(t, at), []byte(tt.html))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range p.Scripts {
				s := &p.Scripts[i]
				text := ""
				if !s.Runs() {
					text = "!"
				}
				if s.URL != nil {
					text += s.URL.String()
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("scripts (-want +got):\n%s", diff)
			}
			wantInert := tt.name == "a comment" || tt.name == "a template" || tt.name == "noscript"
			if (len(p.Inert) > 0) != wantInert {
				t.Errorf("places where a loader does not run: %q", p.Inert)
			}
		})
	}
}

func TestAttributesOfTheLoader(t *testing.T) {
	p, err := pagecheck.Parse(address(t, host), []byte(`<script src=/chat/loader.js nonce="a+b" integrity="sha256-x" DATA-Base="/chat" data-hide-on="/a,/b"></script>`))
	if err != nil || len(p.Scripts) != 1 {
		t.Fatalf("%d scripts, %v", len(p.Scripts), err)
	}
	s := p.Scripts[0]
	if diff := cmp.Diff(map[string]string{"base": "/chat", "hide-on": "/a,/b"}, s.Data); diff != "" || s.Nonce != "a+b" || s.Integrity != "sha256-x" {
		t.Errorf("nonce %q, integrity %q, data %s", s.Nonce, s.Integrity, diff)
	}
}

func TestTheBlockOfTheInlineMode(t *testing.T) {
	block := func(text string) string {
		return `<script type="application/json" id="chatpass-data">` + text + `</script>`
	}
	for _, tt := range []struct {
		name, html string
		block      bool
		id         string
	}{
		{"none", "<script>1</script>", false, ""},
		{"a number", block(`{"user_id":9007199254740993,"name":"</b>"}`), true, "9007199254740993"},
		{"a text", block(`{"user_id":"01\u0041"}`), true, "01A"},
		{"a guest", block(`{"user_id":null,"providers":{}}`), true, ""},
		{"no JSON", block(`{`), true, ""},
		{"an object for an id", block(`{"user_id":{}}`), true, ""},
		{"two", block(`{"user_id":null}`) + block(`{"user_id":7}`), true, "7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := pagecheck.Parse(address(t, host), []byte(tt.html))
			if err != nil || p.Block != tt.block || p.BlockID != tt.id {
				t.Errorf("block %v of %q, %v", p.Block, p.BlockID, err)
			}
		})
	}
}

func TestLogInPagesAskForAPassword(t *testing.T) {
	for html, want := range map[string]bool{`<input type=password>`: true, `<input TYPE="Password">`: true, `<input>`: false, `<template><input type=password></template>`: false} {
		p, err := pagecheck.Parse(address(t, host), []byte(html))
		if err != nil || p.Password != want {
			t.Errorf("%s: %v, %v", html, p.Password, err)
		}
	}
}

func TestHiddenPaths(t *testing.T) {
	for _, tt := range []struct {
		patterns, path string
		want           bool
	}{
		{"", "/", false},
		{",", "/", false},
		{"/checkout/*", "/checkout/", true},
		{"/checkout/*", "/checkout/pay/2", true},
		{"/checkout/*", "/checkout", false},
		{"/checkout/*", "/shop/checkout/", false},
		{"/a, /b", "/b", true},
		{"/a,/b", "/bc", false},
		{"*/admin/*", "/x/admin/y", true},
		{"/*.html", "/a/b.html", true},
		{"/*.html", "/a.html/", false},
		{"/a*a", "/a", false},
		{"/a**b", "/ab", true},
		{"*", "/anything", true},
		{"/A", "/a", true},
		{"/a?", "/ab", false},
		{strings.Repeat("*a", 1000), "/" + strings.Repeat("a", 999), false},
	} {
		if got := pagecheck.Hidden(tt.patterns, tt.path); got != tt.want {
			t.Errorf("%.40q hides %.40q: %v", tt.patterns, tt.path, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", plainTag, "<base href=//a:x><meta http-equiv=content-security-policy content=';'>" + plainTag, "<svg><script href=x></svg><template><template>", "<script id=chatpass-data>[]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := pagecheck.Parse(address(t, host+"/a/"), []byte(text))
		if err != nil {
			return
		}
		list := pagecheck.PoliciesOf(p, http.Header{})
		for i := range p.Scripts {
			list.Tag(&p.Scripts[i])
			if u := p.Scripts[i].URL; u != nil && u.Scheme == "" {
				t.Errorf("address %q is not resolved", u)
			}
		}
		if p.BlockID != "" && !p.Block {
			t.Error("an id without a block")
		}
	})
}
