package templates_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/templates"
	"github.com/google/go-cmp/cmp"
)

// same fails the test unless AppendInlineWidget and html/template give the same bytes for an identity with this name.
func same(t *testing.T, base, nonce, script, name string) {
	t.Helper()
	data, err := json.Marshal(map[string]any{"user_id": 6, "name": name})
	if err != nil {
		t.Fatal(err)
	}
	want := widget(t, templates.WidgetData{
		BasePath: base, Nonce: nonce, Inline: true, Data: json.RawMessage(data), Scripts: []string{script},
	})
	got, err := templates.AppendInlineWidget([]byte("before"), templates.InlineData{
		BasePath: base, Nonce: nonce, Scripts: []string{script}, JSON: data,
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("before"+want, string(got)); diff != "" {
		t.Errorf("html/template and append differ (-want +got):\n%s", diff)
	}
	// The same with an encoder that escapes nothing for HTML.
	var bare bytes.Buffer
	encoder := json.NewEncoder(&bare)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(map[string]any{"user_id": 6, "name": name}); err != nil {
		t.Fatal(err)
	}
	got, err = templates.AppendInlineWidget(nil, templates.InlineData{
		BasePath: base, Nonce: nonce, Scripts: []string{script}, JSON: bytes.TrimSpace(bare.Bytes()),
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("JSON that is not escaped for HTML comes out differently (-want +got):\n%s", diff)
	}
}

const script = "https://api.imbachat.com/imbachat/v1/276/widget"

func TestAppendedWidgetEqualsTheTemplate(t *testing.T) {
	for _, name := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			same(t, "/chat", "r4nd0m+/=", script, name)
			same(t, name, "r4nd0m", script, "John")
			same(t, "/chat", name, script, "John")
			same(t, "/chat", "", name, "John")
		})
	}
}

func FuzzAppendedWidgetEqualsTheTemplate(f *testing.F) {
	f.Add("/chat", "r4nd0m+/=", script, "John")
	f.Add("", "", "//cdn.example/x.js?a=1&b=%20%zz", "</script>")
	f.Add("/chat", "-_", "HTTPS://x:8080/a:b", "\u2028")
	for _, name := range hostile(f) {
		f.Add("/"+name, name, "https://"+name, name)
	}
	f.Fuzz(same)
}

func TestAppendedWidgetRefusesWhatIsNoObject(t *testing.T) {
	for _, text := range []string{"", "{", "}", "null", "6", `"{}"`, "[{}]", " {}", "{}\n"} {
		t.Run(text, func(t *testing.T) {
			got, err := templates.AppendInlineWidget([]byte("before"), templates.InlineData{JSON: []byte(text)})
			if !errors.Is(err, templates.ErrNotObject) || string(got) != "before" {
				t.Errorf("error %v, output %q", err, got)
			}
		})
	}
}

// What the caller passes must be JSON; but a mistake there must not become a hole in the host page.
func FuzzAppendedWidgetNeverEndsItsScript(f *testing.F) {
	f.Add([]byte(`</script><script>alert(1)</script>`))
	f.Add([]byte("\xff\xfe<!--<script>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		text = append(append([]byte{'{'}, text...), '}')
		got, err := templates.AppendInlineWidget(nil, templates.InlineData{BasePath: "/chat", JSON: text})
		if err != nil {
			t.Fatal(err)
		}
		inside, after, _ := strings.Cut(strings.TrimPrefix(string(got), `<script type="application/json" id="chatpass-data">`), "</script>")
		if strings.ContainsAny(inside, "<>&") || after != "\n<script src=\"/chat/loader.js\" async></script>" {
			t.Errorf("fragment %q", got)
		}
	})
}

func identityJSON(tb testing.TB) json.RawMessage {
	tb.Helper()
	data, err := json.Marshal(map[string]any{
		"user_id": 6, "name": "Jöhn <3", "expires_at": 1767229200,
		"providers": map[string]any{"imbachat": map[string]any{
			"script": script, "token": strings.Repeat("eyJ0eXAiOiJKV1Qi", 9), "options": map[string]any{"language": "en-US", "user_id": 6},
		}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func BenchmarkInlineWidgetTemplate(b *testing.B) {
	d := templates.WidgetData{
		BasePath: "/chat", Nonce: "r4nd0m", Inline: true, Scripts: []string{script}, Data: identityJSON(b),
	}
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := templates.Widget(&out, d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInlineWidgetAppended(b *testing.B) {
	d := templates.InlineData{BasePath: "/chat", Nonce: "r4nd0m", Scripts: []string{script}, JSON: identityJSON(b)}
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := templates.AppendInlineWidget(dst, d); err != nil {
			b.Fatal(err)
		}
	}
}
