package identity_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/identity"
)

// FuzzFieldOf holds the reader of the site's answer against encoding/json: what it finds is what stands at the path, and nothing is
// found in what is no JSON.
func FuzzFieldOf(f *testing.F) {
	for _, seed := range []struct{ body, path string }{
		{`{"user_id":6}`, "user_id"},
		{`{"a":{"b":{"c":"x"}}}`, "a.b.c"},
		{`{"a":[]}`, "a.b"},
		{`{"a":{"b":1},"a":{"b":2}}`, "a.b"},
		{`{"a":[{"b":1}]}`, "a.b"},
		{`[]`, "a"},
		{`{"a":9007199254740993}`, "a"},
		{`{"a":"\ud800"}`, "a"},
		{"\ufeff{\"a\":1}", "a"},
		{`{"a":1}x`, "a"},
		{`{"a":{"b":`, "a.b"},
	} {
		f.Add([]byte(seed.body), seed.path)
	}
	f.Fuzz(func(t *testing.T, body []byte, dotted string) {
		path := strings.Split(dotted, ".")
		text, err := identity.FieldOf(body, path)
		if err != nil {
			if text != "" {
				t.Errorf("%q beside %v", text, err)
			}
			return
		}
		body = bytes.TrimPrefix(body, []byte("\ufeff"))
		if !json.Valid(body) {
			t.Fatalf("%q in what is no JSON", text)
		}
		if text == "" {
			return
		}
		var value any
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		for _, name := range path {
			object, is := value.(map[string]any)
			if !is {
				t.Fatalf("%q where the path leads to nothing", text)
			}
			value = object[name]
		}
		switch v := value.(type) {
		case string:
			if v != text {
				t.Errorf("got %q, want %q", text, v)
			}
		case json.Number:
			if v.String() != text {
				t.Errorf("got %q, want %q", text, v)
			}
		default:
			t.Errorf("%q from a %T", text, value)
		}
	})
}
