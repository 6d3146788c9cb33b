package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"github.com/chatpass/chatpass/internal/secret"
)

const canary = "canary-4f1d-secret"

// holder keeps secrets the way other rooms do: exported, unexported, nested, behind a pointer, in a list and in a map.
type holder struct {
	Exported   secret.Secret
	unexported secret.Secret
	nested     struct{ key secret.Secret }
	pointer    *secret.Secret
	list       []secret.Secret
	byName     map[string]secret.Secret
}

func newHolder() holder {
	s := secret.New(canary)
	h := holder{Exported: s, unexported: s, pointer: &s, list: []secret.Secret{s}, byName: map[string]secret.Secret{"a": s}}
	h.nested.key = s
	return h
}

func TestNoWayOfPrintingShowsTheValue(t *testing.T) {
	s, h := secret.New(canary), newHolder()
	printed := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3s", "%T"} {
		printed["a secret through "+verb] = fmt.Sprintf(verb, s)
		printed["a pointer through "+verb] = fmt.Sprintf(verb, &s)
		printed["a struct through "+verb] = fmt.Sprintf(verb, h)
		printed["a pointer to a struct through "+verb] = fmt.Sprintf(verb, &h)
		printed["a list through "+verb] = fmt.Sprintf(verb, []any{s, h})
		printed["an error through "+verb] = fmt.Sprintf(verb, fmt.Errorf("sign in with %v: %w", s, errors.New("refused")))
	}
	printed["fmt.Sprint"] = fmt.Sprint(s, h)
	printed["fmt.Sprintln"] = fmt.Sprintln(s, h)
	printed["String"] = s.String()
	printed["GoString"] = s.GoString()
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog as JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		"slog as text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).With("key", s).Info("started", "secret", s, "pointer", &s, "holder", h, slog.Group("g", "inner", s))
		printed[name] = b.String()
	}
	var text strings.Builder
	if err := template.Must(template.New("").Parse("{{.}} {{.Exported}} {{printf `%s` .Exported}}")).Execute(&text, h); err != nil {
		t.Fatal(err)
	}
	printed["a text template"] = text.String()

	for way, out := range printed {
		hexed := fmt.Sprintf("%x", canary)
		if strings.Contains(out, canary) || strings.Contains(strings.ToLower(out), hexed) {
			t.Errorf("%s shows the value: %s", way, out)
		}
	}
}

func TestASecretPrintsAsRedacted(t *testing.T) {
	for _, s := range []secret.Secret{{}, secret.New(canary)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, s); got != "[redacted]" {
				t.Errorf("%s gives %q", verb, got)
			}
		}
	}
}

func TestJSONHoldsTheWordRedactedInPlaceOfTheValue(t *testing.T) {
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"alone":              {secret.New(canary), `"[redacted]"`},
		"unset":              {secret.Secret{}, `"[redacted]"`},
		"as a field":         {newHolder(), `{"Exported":"[redacted]"}`},
		"as a map's value":   {map[string]secret.Secret{"a": secret.New(canary)}, `{"a":"[redacted]"}`},
		"as a map's key":     {map[secret.Secret]int{secret.New(canary): 1}, `{"[redacted]":1}`},
		"behind a pointer":   {new(secret.Secret), `"[redacted]"`},
		"in a list of anies": {[]any{secret.New(canary)}, `["[redacted]"]`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(test.value)
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestASecretKeepsItsValue(t *testing.T) {
	for _, value := range []string{"", "a", canary, " with spaces ", "ünïcode", "\x00\xff"} {
		viaText, viaDecode := secret.New("before"), secret.New("before")
		if err := viaText.UnmarshalText([]byte(value)); err != nil {
			t.Fatal(err)
		}
		if err := viaDecode.Decode(value); err != nil {
			t.Fatal(err)
		}
		for _, s := range []secret.Secret{secret.New(value), viaText, viaDecode} {
			if s.Reveal() != value || s.Len() != len(value) || s.IsZero() != (value == "") {
				t.Errorf("%q became %q, length %d, zero %v", value, s.Reveal(), s.Len(), s.IsZero())
			}
		}
	}
}

func TestEqualComparesValuesOfAnyLength(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"", "", true},
		{"a", "a", true},
		{canary, canary, true},
		{"a", "A", false},
		{"a", "", false},
		{"a", "aa", false},
		{"0e1", "0e2", false},
		{"1e3", "1000", false},
	} {
		a, b := secret.New(test.a), secret.New(test.b)
		if a.Equal(b) != test.want || b.Equal(a) != test.want {
			t.Errorf("%q and %q: want equal %v", test.a, test.b, test.want)
		}
	}
}

func ExampleSecret() {
	key := secret.New("correct horse battery staple")
	fmt.Println(key)
	fmt.Println(key.Len())
	// Output:
	// [redacted]
	// 28
}
