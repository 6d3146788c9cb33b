package decode_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// fuzzSigned gives a decoder with a signature whatever the fuzzer finds: only the genuine values themselves may be opened.
func fuzzSigned(f *testing.F, names ...string) {
	f.Helper()
	var list []genuine
	known := map[string]bool{}
	for _, g := range genuines(f) {
		for _, name := range names {
			if g.name == name {
				list, known[g.value] = append(list, g), true
				f.Add(g.value)
			}
		}
	}
	if len(list) != len(names) {
		f.Fatalf("%d genuine values of %v", len(list), names)
	}
	for _, seed := range []string{"", "|", "--", "----", ":", "::", "..", "e30:1r31eq:x", `{"iv":"","value":"","mac":"","tag":""}`, "def50200"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, g := range list {
			if err := g.open(value); err == nil && !known[value] {
				t.Errorf("%s: %q is opened", g.name, value)
			} else if err != nil && neither(err) {
				t.Errorf("%s: %v", g.name, err)
			}
		}
	})
}

func FuzzLaravel(f *testing.F) {
	fuzzSigned(f, "laravel-session", "laravel-remember", "october-user_auth", "laravel GCM", "laravel without tag")
}

func FuzzRailsEncrypted(f *testing.F) {
	fuzzSigned(f, "rails-devise-sha256", "rails-devise-sha1", "discourse")
}

func FuzzRailsSigned(f *testing.F)     { fuzzSigned(f, "rails8-signed") }
func FuzzDjango(f *testing.F)          { fuzzSigned(f, "django-db", "django-signed-cookie") }
func FuzzDjangoLegacy(f *testing.F)    { fuzzSigned(f, "django before 3.1") }
func FuzzDefuse(f *testing.F)          { fuzzSigned(f, "prestashop") }
func FuzzPrestaShop(f *testing.F)      { fuzzSigned(f, "the plain text of PrestaShop") }
func FuzzKeygrip(f *testing.F)         { fuzzSigned(f, "ghost") }
func FuzzTYPO3(f *testing.F)           { fuzzSigned(f, "typo3") }
func FuzzWordPressCookie(f *testing.F) { fuzzSigned(f, "wp-phpass", "wp-68-hash") }
func FuzzDjangoRow(f *testing.F)       { fuzzUnsigned(f, decode.DjangoRow, djangoLegacy, "e30:1r31eq:x") }

func FuzzJSON(f *testing.F) { fuzzUnsigned(f, decode.JSON, `{"0":42,"1":"x"}`, `[1,{"a":"\u0061"}]`) }

func FuzzPHP(f *testing.F)        { fuzzUnsigned(f, decode.PHP, `a:1:{s:1:"a";O:3:"Foo":0:{}}`, "b:1;") }
func FuzzPHPSession(f *testing.F) { fuzzUnsigned(f, session(decode.SessionPHP), "a|i:1;b|N;") }
func FuzzPHPBinarySession(f *testing.F) {
	fuzzUnsigned(f, session(decode.SessionPHPBinary), "\x01ai:1;")
}

func session(format decode.SessionFormat) func(string) (decode.Value, error) {
	return func(text string) (decode.Value, error) { return decode.PHPSession(text, format) }
}

// fuzzUnsigned gives a decoder whatever the fuzzer finds: it gives a value or says that there is none.
func fuzzUnsigned(f *testing.F, open func(string) (decode.Value, error), seeds ...string) {
	f.Helper()
	for _, seed := range append(seeds, "", "{}", "a:0:{}", "i:1;") {
		f.Add(seed)
	}
	for _, text64 := range sessions {
		text, err := base64.StdEncoding.DecodeString(text64)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := open(text)
		if err != nil && (neither(err) || v.Kind() != convert.NoValue) {
			t.Errorf("kind %d with %v", v.Kind(), err)
		}
		if len(v.Text()) > decode.MaxInflated && len(text) < decode.MaxInflated {
			t.Errorf("%d bytes became %d", len(text), len(v.Text()))
		}
	})
}

func FuzzInflate(f *testing.F) {
	for _, zipped := range []bool{true, false} {
		f.Add(squeeze(f, zipped, []byte("text, text, text")))
		f.Add(squeeze(f, zipped, make([]byte, decode.MaxInflated+1)))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, open := range []func([]byte) ([]byte, error){decode.Inflate, decode.InflateZlib} {
			out, err := open(in)
			if len(out) > decode.MaxInflated || err != nil && (neither(err) || out != nil) {
				t.Errorf("%d bytes, %v", len(out), err)
			}
		}
	})
}

func FuzzBase64(f *testing.F) {
	for _, seed := range []string{"", "YQ", "YQ==", "-_-_", "+/+/", "YR", "Y\nQ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		raw, err := decode.Base64(text)
		if err != nil {
			return
		}
		spellings := []string{}
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
			spellings = append(spellings, e.EncodeToString(raw))
		}
		if !strings.Contains(" "+strings.Join(spellings, " ")+" ", " "+text+" ") {
			t.Errorf("%q is taken for %q", text, spellings)
		}
	})
}

// FuzzWordPressTokens reads a meta value, which users can write parts of: their address and browser stand in it.
func FuzzWordPressTokens(f *testing.F) {
	v := vector[wordpressVector](f, "wp-phpass")
	f.Add(v.Tokens, v.Value)
	f.Add("a:0:{}", v.Value)
	f.Add(v.Tokens, "a|4102444800|t|"+strings.Repeat("a", 64))
	f.Fuzz(func(t *testing.T, meta, cookie string) {
		w, err := decode.ParseWordPress(cookie)
		if err != nil {
			return
		}
		end, err := w.CheckTokens(meta, now)
		if err == nil && (end.Before(now) || end.After(w.Expires) || !strings.Contains(meta, transform(t, "sha256hex", "", w.Token))) {
			t.Errorf("believed until %s", end)
		}
	})
}

func FuzzParts(f *testing.F) {
	f.Add("42_key_", "_", 2)
	f.Add("|", "|", 2)
	f.Fuzz(func(t *testing.T, text, sep string, n int) {
		for _, cut := range []func(string, string, int) ([]string, error){decode.Split, decode.SplitFirst} {
			if parts, err := cut(text, sep, n); err == nil && (len(parts) != n || strings.Join(parts, sep) != text) {
				t.Errorf("%q", parts)
			}
		}
		r, err := decode.ParseRecaller(text)
		if err == nil && r.ID+"|"+r.Token+"|"+r.Hash != text {
			t.Errorf("%+v", r)
		}
		if fields, err := decode.PrestaShop(text, secret.Secret{}); err == nil {
			for name, value := range fields {
				if !strings.Contains(text, name+"|"+value) {
					t.Errorf("%q has no %q", text, name)
				}
			}
		}
	})
}
