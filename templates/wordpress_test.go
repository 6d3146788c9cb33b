package templates_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/templates"
	"github.com/google/go-cmp/cmp"
)

// press is a page of a pretend WordPress.
type press struct {
	Plugin    string            `json:"plugin"`
	Version   string            `json:"version"`
	On        []string          `json:"on"`
	Off       bool              `json:"off"`
	Shortcode map[string]string `json:"shortcode"`
}

// page is what WordPress prints with the plugin file, without the theme's own script.
func (p press) page(t *testing.T, d templates.SnippetData) []element {
	t.Helper()
	program := php(t)
	p.Plugin = filepath.Join(t.TempDir(), "chatpass.php")
	if err := os.WriteFile(p.Plugin, []byte(snippet(t, "wordpress", d)), 0o600); err != nil {
		t.Fatal(err)
	}
	if p.On == nil {
		p.On = []string{}
	}
	found, text := elements(t, runScript(t, program, "wordpress.php", p))
	if text != "" {
		t.Errorf("the plugin prints %q", text)
	}
	theme := element{Name: "script", Attrs: map[string]string{"src": "https://www.example.com/theme.js", "id": "theme-js"}}
	i := slices.IndexFunc(found, func(e element) bool { return e.Name == theme.Name && maps.Equal(e.Attrs, theme.Attrs) })
	if i < 0 {
		t.Fatalf("the theme's own script was changed: %+v", found)
	}
	return slices.Delete(found, i, i+1)
}

// loaderOf is the tag of the loader in every version, with what the version itself adds.
func loaderOf(base string, more ...string) element {
	attrs := map[string]string{"src": base + "/loader.js", "async": "", "data-cfasync": "false", "data-no-optimize": "1", "data-no-defer": "1"}
	if base != "" {
		attrs["data-base"] = base
	}
	for i := 0; i < len(more); i += 2 {
		attrs[more[i]] = more[i+1]
	}
	return element{Name: "script", Attrs: attrs}
}

func TestWordPressPrintsTheLoaderInEveryVersion(t *testing.T) {
	for version, more := range map[string][]string{
		"5.0": {"type", "text/javascript"},
		"6.1": {"type", "text/javascript", "id", "chatpass-js"},
		"6.3": {"type", "text/javascript", "id", "chatpass-js", "data-wp-strategy", "async"},
		"6.8": {"id", "chatpass-js", "data-wp-strategy", "async"},
	} {
		t.Run(version, func(t *testing.T) {
			got := press{Version: version}.page(t, templates.SnippetData{BasePath: "/chat"})
			if diff := cmp.Diff([]element{loaderOf("/chat", more...)}, got); diff != "" {
				t.Errorf("the page differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWordPressLoaderHoldsTheSettings(t *testing.T) {
	all := "/x" + strings.Join(hostileTexts, "")
	for _, d := range []templates.SnippetData{
		{BasePath: ""},
		{BasePath: "/a/b-c_d.e", HideOn: "/checkout/*,/cart"},
		{BasePath: "/chat", HideOn: all},
	} {
		var more []string
		if d.HideOn != "" {
			more = []string{"data-hide-on", d.HideOn}
		}
		want := []element{loaderOf(d.BasePath, append(more, "id", "chatpass-js", "data-wp-strategy", "async")...)}
		if diff := cmp.Diff(want, press{Version: "6.8"}.page(t, d)); diff != "" {
			t.Errorf("the page differs for %+v (-want +got):\n%s", d, diff)
		}
	}
	// WordPress drops from an address what has no place there; the path that the loader asks stays as it is.
	got := press{Version: "6.8"}.page(t, templates.SnippetData{BasePath: all})
	if len(got) != 1 || got[0].Attrs["data-base"] != all {
		t.Errorf("the page of a hostile base path: %+v", got)
	}
}

func TestWordPressKeepsTheChatAway(t *testing.T) {
	for name, p := range map[string]press{
		"from its own pages for administrators": {On: []string{"admin"}},
		"from REST":                             {On: []string{"rest"}},
		"from feeds":                            {On: []string{"feed"}},
		"from the customizer's preview":         {On: []string{"customizer"}},
		"from AMP pages":                        {On: []string{"amp"}},
		"from pages of AMP for WP":              {On: []string{"other amp"}},
		"from where the theme says so":          {Off: true},
	} {
		t.Run(name, func(t *testing.T) {
			p.Version, p.Shortcode = "6.8", map[string]string{"to": "2"}
			if got := p.page(t, templates.SnippetData{BasePath: "/chat"}); len(got) != 0 {
				t.Errorf("the page has %+v", got)
			}
		})
	}
}

func TestWordPressButton(t *testing.T) {
	for _, tt := range []struct {
		name      string
		shortcode map[string]string
		on        []string
		want      *element
	}{
		{"a member", map[string]string{"to": "123"}, nil, writeButton("123", "Write")},
		{"a label", map[string]string{"to": "a-1", "label": "Ask <me> & \"Bob\""}, nil, writeButton("a-1", "Ask <me> & \"Bob\"")},
		{"hostile texts", map[string]string{"to": hostileTexts[0], "label": hostileTexts[0]}, nil, writeButton(hostileTexts[0], hostileTexts[0])},
		{"the author of the post", map[string]string{}, []string{"author"}, writeButton("42", "Write")},
		{"nobody, outside of posts", map[string]string{}, nil, nil},
		{"nobody by name", map[string]string{"to": ""}, []string{"author"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := press{Version: "6.8", Shortcode: tt.shortcode, On: tt.on}.page(t, templates.SnippetData{BasePath: "/chat"})
			want := []element{loaderOf("/chat", "id", "chatpass-js", "data-wp-strategy", "async")}
			if tt.want != nil {
				want = append(want, *tt.want)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the page differs (-want +got):\n%s", diff)
			}
		})
	}
}

func writeButton(to, label string) *element {
	return &element{Name: "button", Attrs: map[string]string{"type": "button", "class": "chatpass-write", "hidden": "", "data-chat-with": to}, Text: label}
}

func TestWordPressTellsWPRocketNotToWait(t *testing.T) {
	file := filepath.Join(t.TempDir(), "chatpass.php")
	if err := os.WriteFile(file, []byte(snippet(t, "wordpress", templates.SnippetData{BasePath: "/a.b"})), 0o600); err != nil {
		t.Fatal(err)
	}
	page := runScript(t, php(t), "wordpress.php", press{Plugin: file, Version: "6.8", On: []string{}})
	_, list, _ := strings.Cut(page, "<!-- ")
	list, _, _ = strings.Cut(list, " -->")
	var got []string
	if err := json.Unmarshal([]byte(list), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"theirs", `/a\.b/loader\.js`}, got); diff != "" {
		t.Errorf("patterns differ (-want +got):\n%s", diff)
	}
}
