package userinfo_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

// reference is how encoding/json writes s, with the two escapes that it spells longer or leaves out.
func reference(tb testing.TB, s string) string {
	tb.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		tb.Fatal(err)
	}
	b = bytes.ReplaceAll(b, []byte("\x7f"), []byte(`\u007f`))
	// \b and \f have short forms; ours are the long ones. An escaped backslash before b or f is no such form.
	var out []byte
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'b':
			out = append(out, `\u0008`...)
		case 'f':
			out = append(out, `\u000c`...)
		default:
			out = append(out, '\\', b[i])
		}
	}
	return string(out)
}

func TestStringsAreSafeInsideJSONAndHTML(t *testing.T) {
	for in, want := range map[string]string{
		"":                          `""`,
		"Ann":                       `"Ann"`,
		"žofie 🦊":                   `"žofie 🦊"`,
		`say "hi" \o/`:              `"say \"hi\" \\o/"`,
		"</script><b>&":             `"\u003c/script\u003e\u003cb\u003e\u0026"`,
		"a\nb\rc\td":                `"a\nb\rc\td"`,
		"\x00\x01\b\f\x1f\x7f":      `"\u0000\u0001\u0008\u000c\u001f\u007f"`,
		"line\u2028paragraph\u2029": `"line\u2028paragraph\u2029"`,
		"broken \xff\xc3":           `"broken \ufffd\ufffd"`,
		"lone \xed\xa0\x80":         `"lone \ufffd\ufffd\ufffd"`,
		"mark \ufffd":               "\"mark \ufffd\"",
	} {
		if got := string(userinfo.AppendString(nil, in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	if got := string(userinfo.AppendString([]byte("x:"), "y")); got != `x:"y"` {
		t.Errorf("what stood before changed: %s", got)
	}
}

// FuzzAppendString compares with encoding/json.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "Ann", `"\`, "</script>", "\u2028\u2029", "\xff\xfe", "\b\f\n\r\t\x00\x7f", `\b\f`, "é\xc3", strings.Repeat("🦊", 5)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := userinfo.AppendString(nil, s)
		if want := reference(t, s); string(got) != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
		var back string
		if err := json.Unmarshal(got, &back); err != nil || back != strings.ToValidUTF8(s, "\ufffd") && back != string([]rune(s)) {
			t.Errorf("%q: reads back as %q, %v", s, back, err)
		}
		if bytes.ContainsAny(got, "<>&\u2028\u2029\n\x00") {
			t.Errorf("%q: %s could end a script or an attribute", s, got)
		}
	})
}
