package templates_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/templates"
)

func TestTheLoadersTagSaysWhereNoWidgetIsShown(t *testing.T) {
	tests := []struct{ name, hideOn, want string }{
		{"nowhere", "", `<script src="/chat/loader.js" async></script>`},
		{"two patterns", "/checkout/*,/a-b_c.~/*", `<script src="/chat/loader.js" async data-hide-on="/checkout/*,/a-b_c.~/*"></script>`},
		{"letters of other scripts as browsers spell them", "/%D0%BE/*", `<script src="/chat/loader.js" async data-hide-on="/%D0%BE/*"></script>`},
		{"what would end the attribute", `/"><b>&+`, `<script src="/chat/loader.js" async data-hide-on="/&#34;&gt;&lt;b&gt;&amp;&#43;"></script>`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, widget(t, templates.WidgetData{BasePath: "/chat", HideOn: c.hideOn})); diff != "" {
				t.Errorf("loader mode (-want +got):\n%s", diff)
			}
			inline, err := templates.AppendInlineWidget(nil, templates.InlineData{BasePath: "/chat", HideOn: c.hideOn, JSON: []byte("{}"), Scripts: []string{script}})
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(string(inline), "\n")
			if diff := cmp.Diff(c.want, lines[len(lines)-1]); diff != "" {
				t.Errorf("inline mode (-want +got):\n%s", diff)
			}
			if n := strings.Count(string(inline), "data-hide-on"); n != strings.Count(c.want, "data-hide-on") {
				t.Errorf("%d tags have the attribute:\n%s", n, inline)
			}
			if diff := cmp.Diff(widget(t, templates.WidgetData{BasePath: "/chat", HideOn: c.hideOn, Inline: true, Data: json.RawMessage("{}"), Scripts: []string{script}}), string(inline)); diff != "" {
				t.Errorf("html/template and append differ (-want +got):\n%s", diff)
			}
			pasted := snippet(t, "loader", templates.SnippetData{BasePath: "/chat", HideOn: c.hideOn})
			if diff := cmp.Diff(c.want+"\n", strings.ReplaceAll(pasted, "/&#34;&gt;&lt;b&gt;&amp;+", "/&#34;&gt;&lt;b&gt;&amp;&#43;")); diff != "" { // the + needs no escape, and only html/template writes one
				t.Errorf("the snippet (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryCharacterOfAPatternIsWrittenAsTheTemplateDoes(t *testing.T) {
	for c := rune(0); c < 0x180; c++ {
		hideOn := "/a" + string(c) + "*"
		want := widget(t, templates.WidgetData{BasePath: "/chat", HideOn: hideOn, Inline: true, Data: json.RawMessage("{}")})
		got, err := templates.AppendInlineWidget(nil, templates.InlineData{BasePath: "/chat", HideOn: hideOn, JSON: []byte("{}")})
		if err != nil || string(got) != want {
			t.Errorf("%q: %s, %v; want %s", c, got, err, want)
		}
	}
}

func TestTheNonceStandsBehindWhereNoWidgetIsShown(t *testing.T) {
	const want = `<script src="/loader.js" async data-hide-on="/a" nonce="n"></script>`
	if got := widget(t, templates.WidgetData{HideOn: "/a", Nonce: "n"}); got != want {
		t.Errorf("got %s", got)
	}
}

func TestASnippetRefusesControlCharactersInPatterns(t *testing.T) {
	if text, err := templates.Snippet("loader", templates.SnippetData{BasePath: "/chat", HideOn: "/a\n*/"}); err == nil {
		t.Errorf("no error; the snippet is %s", text)
	}
}
