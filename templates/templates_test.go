package templates_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/templates"
	"github.com/google/go-cmp/cmp"
)

func widget(t *testing.T, d templates.WidgetData) string {
	t.Helper()
	var out bytes.Buffer
	if err := templates.Widget(&out, d); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWidgetFragments(t *testing.T) {
	tests := []struct {
		name string
		data templates.WidgetData
		want string
	}{
		{
			"the loader mode is exactly one script tag",
			templates.WidgetData{BasePath: "/chat"},
			`<script src="/chat/loader.js" async></script>`,
		},
		{
			"a sidecar at the root of the site has an empty base path",
			templates.WidgetData{},
			`<script src="/loader.js" async></script>`,
		},
		{
			"the loader mode passes the nonce on and ignores data",
			templates.WidgetData{BasePath: "/chat", Nonce: "bm9uY2U", Data: map[string]any{"user_id": 6}, Scripts: []string{"/x.js"}},
			`<script src="/chat/loader.js" async nonce="bm9uY2U"></script>`,
		},
		{
			"a nonce cannot leave its attribute",
			templates.WidgetData{BasePath: "/chat", Nonce: `"><script>alert(1)</script>`},
			`<script src="/chat/loader.js" async nonce="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"></script>`,
		},
		{
			"the inline mode holds the data, the scripts and the loader",
			templates.WidgetData{
				BasePath: "/chat", Inline: true, Nonce: "abc", Scripts: []string{"https://api.imbachat.com/imbachat/v1/276/widget"},
				Data: map[string]any{"user_id": 6, "name": "John"},
			},
			`<script type="application/json" id="chatpass-data" nonce="abc">{"name":"John","user_id":6}</script>
<script src="https://api.imbachat.com/imbachat/v1/276/widget" async nonce="abc"></script>
<script src="/chat/loader.js" async nonce="abc"></script>`,
		},
		{
			"the inline mode without a provider's script has none",
			templates.WidgetData{BasePath: "/chat", Inline: true, Data: map[string]any{"user_id": nil, "providers": map[string]any{}}},
			`<script type="application/json" id="chatpass-data">{"providers":{},"user_id":null}</script>
<script src="/chat/loader.js" async></script>`,
		},
		{
			"names in the data cannot leave the script element and are pure ASCII",
			templates.WidgetData{BasePath: "/chat", Inline: true, Data: map[string]string{"name": "</script>&<!--\u2028é😀\xff"}},
			`<script type="application/json" id="chatpass-data">{"name":"\u003c/script\u003e\u0026\u003c!--\u2028\u00e9\ud83d\ude00\ufffd"}</script>
<script src="/chat/loader.js" async></script>`,
		},
		{
			"a script address with an executable scheme is neutralised",
			templates.WidgetData{BasePath: "/chat", Inline: true, Data: map[string]any{}, Scripts: []string{"javascript:alert(1)"}},
			`<script type="application/json" id="chatpass-data">{}</script>
<script src="#ZgotmplZ" async></script>
<script src="/chat/loader.js" async></script>`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, widget(t, test.data)); diff != "" {
				t.Errorf("fragment differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWidgetRefusesDataThatIsNoObject(t *testing.T) {
	for name, data := range map[string]any{"nothing": nil, "a number": 6, "a list": []int{1}, "a text": "{}"} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := templates.Widget(&out, templates.WidgetData{Inline: true, Data: data})
			if !errors.Is(err, templates.ErrNotObject) || out.Len() > 0 {
				t.Errorf("error %v, output %q", err, &out)
			}
		})
	}
}

func TestWidgetWritesNothingWhenTheDataCannotBeEncoded(t *testing.T) {
	for name, data := range map[string]any{"a channel": map[string]any{"x": make(chan int)}, "not a number": map[string]any{"x": math.NaN()}} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := templates.Widget(&out, templates.WidgetData{Inline: true, Data: data})
			if err == nil || out.Len() > 0 {
				t.Errorf("error %v, output %q", err, &out)
			}
		})
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestFragmentsReportTheErrorOfTheWriter(t *testing.T) {
	want := errors.New("connection lost")
	if err := templates.Widget(brokenWriter{want}, templates.WidgetData{}); !errors.Is(err, want) {
		t.Errorf("widget: %v", err)
	}
	if err := templates.Button(brokenWriter{want}, templates.ButtonData{To: "2"}); !errors.Is(err, want) {
		t.Errorf("button: %v", err)
	}
}

func TestButtonFragments(t *testing.T) {
	tests := []struct {
		name string
		data templates.ButtonData
		want string
	}{
		{
			"a button names the user and the token",
			templates.ButtonData{To: "2", Token: "eyJ.eyJ.sig", Label: "Write"},
			`<button type="button" class="chatpass-write" data-chatpass-to="2" data-chatpass-token="eyJ.eyJ.sig">Write</button>`,
		},
		{
			"an empty label means Write",
			templates.ButtonData{To: "2", Token: "t"},
			`<button type="button" class="chatpass-write" data-chatpass-to="2" data-chatpass-token="t">Write</button>`,
		},
		{
			"a user id that is a string says so",
			templates.ButtonData{To: "007", Token: "t", AsString: true},
			`<button type="button" class="chatpass-write" data-chatpass-to="007" data-chatpass-token="t" data-chatpass-as="string">Write</button>`,
		},
		{
			"nothing leaves its attribute or becomes markup",
			templates.ButtonData{To: `"><x>`, Token: "' onclick='x", Label: "</button><script>alert(1)</script>"},
			`<button type="button" class="chatpass-write" data-chatpass-to="&#34;&gt;&lt;x&gt;" data-chatpass-token="&#39; onclick=&#39;x">` +
				`&lt;/button&gt;&lt;script&gt;alert(1)&lt;/script&gt;</button>`,
		},
		{
			"control characters become references, lest ESC switch the character set of the page",
			templates.ButtonData{To: "\x1b$B", Token: "\x00", Label: "\x1b(J\x7f\u0085\x0e\t"},
			`<button type="button" class="chatpass-write" data-chatpass-to="&#27;$B" data-chatpass-token="&#65533;">` +
				"&#27;(J&#127;&#65533;&#14;\t</button>",
		},
		{
			"a label in any script works in a page of any character set",
			templates.ButtonData{To: "ю", Token: "t", Label: "Написать 😀"},
			`<button type="button" class="chatpass-write" data-chatpass-to="&#1102;" data-chatpass-token="t">` +
				`&#1053;&#1072;&#1087;&#1080;&#1089;&#1072;&#1090;&#1100; &#128512;</button>`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := templates.Button(&out, test.data); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("fragment differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestButtonWithoutARecipientIsRefused(t *testing.T) {
	var out bytes.Buffer
	if err := templates.Button(&out, templates.ButtonData{Token: "t"}); !errors.Is(err, templates.ErrNoRecipient) || out.Len() > 0 {
		t.Errorf("error %v, output %q", err, &out)
	}
}

// block returns the JSON text of an inline widget.
func block(t *testing.T, fragment string) string {
	t.Helper()
	_, rest, found := strings.Cut(fragment, "<script type=\"application/json\" id=\"chatpass-data\">")
	text, _, ended := strings.Cut(rest, "</script>")
	if !found || !ended {
		t.Fatalf("no JSON block in %q", fragment)
	}
	return text
}

func TestInlineDataComesOutAsItWentIn(t *testing.T) {
	for _, name := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			fragment := widget(t, templates.WidgetData{BasePath: "/chat", Inline: true, Data: map[string]any{"name": name}})
			for i := range len(fragment) {
				if fragment[i] >= 0x7f {
					t.Fatalf("byte %#x in %q", fragment[i], fragment)
				}
			}
			var got struct{ Name string }
			if err := json.Unmarshal([]byte(block(t, fragment)), &got); err != nil {
				t.Fatal(err)
			}
			if want := string([]rune(name)); got.Name != want { // every stray byte becomes one U+FFFD
				t.Errorf("name %q, want %q", got.Name, want)
			}
		})
	}
}

// hostile are the names of SEC-60; the browser tests read the same file.
func hostile(t testing.TB) []string {
	t.Helper()
	raw, err := os.ReadFile("testdata/hostile.json")
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
