package decode_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo/convert"
)

func TestValuesAreCutIntoExactlyAsManyParts(t *testing.T) {
	type cut = func(string, string, int) ([]string, error)
	tests := []struct {
		name string
		cut  cut
		text string
		n    int
		want []string // nil when it is refused
	}{
		{"as many", decode.Split, "a|b|c", 3, []string{"a", "b", "c"}},
		{"empty parts", decode.Split, "|", 2, []string{"", ""}},
		{"one part", decode.Split, "a", 1, []string{"a"}},
		{"too few", decode.Split, "a|b", 3, nil},
		{"too many", decode.Split, "a|b|c", 2, nil},
		{"no number of parts", decode.Split, "a", 0, nil},
		{"the last part keeps the rest", decode.SplitFirst, "a|b|c", 2, []string{"a", "b|c"}},
		{"too few for the rest", decode.SplitFirst, "a", 2, nil},
		{"no number of parts with a rest", decode.SplitFirst, "a", -1, nil},
		{"more than 1 MiB", decode.SplitFirst, strings.Repeat("|", 1<<20+1), 2, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.cut(tt.text, "|", tt.n)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if tt.want == nil {
				refused(t, err, decode.ErrMalformed)
			}
		})
	}
	_, err := decode.Split("ab", "", 2)
	refused(t, err, decode.ErrMalformed)
}

func TestBase64HasOneSpelling(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "YQ==": "a", "YQ": "a", "+/+/": "\xfb\xff\xbf", "-_-_": "\xfb\xff\xbf", "-_8=": "\xfb\xff", "-_8": "\xfb\xff", "YWI=": "ab",
	} {
		if got, err := decode.Base64(text); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for name, text := range map[string]string{
		"a line break": "YWJj\nYWJj", "a blank": "YW Jj", "both alphabets": "+_+_", "bits that should be zero": "YR==", "half the padding": "YQ=",
		"padding in the middle": "YQ==YQ==", "too short": "Y", "a byte that is none of it": "YW*j", "more than 1 MiB": strings.Repeat("A", 1<<20+4),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decode.Base64(text)
			refused(t, err, decode.ErrMalformed)
			if got != nil {
				t.Errorf("got %q", got)
			}
		})
	}
}

// sessions were written by PHP 8.2 with each session.serialize_handler.
var sessions = map[string]string{
	"php":           "dXNlcnxhOjI6e3M6MjoiaWQiO2k6NDI7czoxOiJuIjtzOjY6IsW+w6l8OyI7fWZsYWd8YjoxO25vbmV8TjtmfGQ6MS41O298Tzo4OiJzdGRDbGFzcyI6MDp7fQ==",
	"php_binary":    "BHVzZXJhOjI6e3M6MjoiaWQiO2k6NDI7czoxOiJuIjtzOjY6IsW+w6l8OyI7fQRmbGFnYjoxOwRub25lTjsBZmQ6MS41OwFvTzo4OiJzdGRDbGFzcyI6MDp7fQ==",
	"php_serialize": "YTo1OntzOjQ6InVzZXIiO2E6Mjp7czoyOiJpZCI7aTo0MjtzOjE6Im4iO3M6Njoixb7DqXw7Ijt9czo0OiJmbGFnIjtiOjE7czo0OiJub25lIjtOO3M6MToiZiI7ZDoxLjU7czoxOiJvIjtPOjg6InN0ZENsYXNzIjowOnt9fQ==",
}

func TestSessionsOfPHPAreReadInAllTheirFormats(t *testing.T) {
	for word, text64 := range sessions {
		t.Run(word, func(t *testing.T) {
			text, err := base64.StdEncoding.DecodeString(text64)
			good(t, err)
			format, err := decode.ParseSessionFormat(word)
			good(t, err)
			session, err := decode.PHPSession(string(text), format)
			good(t, err)
			same(t, "names", session.Len(), 5)
			same(t, "id", session.At("user", "id").Text(), "42")
			same(t, "text", session.At("user", "n").Text(), "žé|;")
			same(t, "flag", session.At("flag").Truthy(), true)
			same(t, "float", session.At("f").Text(), "1.5")
			same(t, "null", session.At("none").Kind(), convert.NoValue)
			same(t, "object", session.At("o").Kind(), convert.NoValue)
			for n := range len(text) {
				// Only where a value of the outer list ends is the rest a session of its own.
				if cut, err := decode.PHPSession(string(text[:n]), format); err == nil && cut.Len() >= session.Len() {
					t.Errorf("the first %d bytes are all of it", n)
				}
			}
		})
	}
	_, err := decode.PHPSession("i:1;", decode.SessionPHPSerialize)
	refused(t, err, decode.ErrMalformed)
	_, err = decode.PHPSession("a|i:1;", decode.SessionFormat(9))
	refused(t, err, decode.ErrMalformed)
	if _, err := decode.ParseSessionFormat("wddx"); err == nil {
		t.Error("wddx is a format")
	}
}

func TestTextsThatAreNeitherJSONNorPHPAreRefused(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "an object that ends early": `O:3:"Foo":1:{`, "more behind it": `{}x`, "Ruby's Marshal": "\x04\x08{\x00"} {
		_, err := decode.JSON(text)
		refused(t, err, decode.ErrMalformed)
		if _, err = decode.PHP(text); err == nil {
			t.Errorf("%s is read as PHP", name)
		}
	}
}

// squeeze compresses text with one of the two writers.
func squeeze(tb testing.TB, zipped bool, text []byte) []byte {
	tb.Helper()
	var out bytes.Buffer
	var w io.WriteCloser = zlib.NewWriter(&out)
	if !zipped {
		var err error
		if w, err = flate.NewWriter(&out, flate.BestCompression); err != nil {
			tb.Fatal(err)
		}
	}
	if _, err := w.Write(text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func TestCompressedValuesAreOpenedWithinTheirBound(t *testing.T) {
	for name, c := range map[string]struct {
		zipped bool
		open   func([]byte) ([]byte, error)
	}{"deflate": {false, decode.Inflate}, "zlib": {true, decode.InflateZlib}} {
		t.Run(name, func(t *testing.T) {
			for size, fits := range map[int]bool{0: true, 1: true, decode.MaxInflated: true, decode.MaxInflated + 1: false, 4 << 20: false} {
				got, err := c.open(squeeze(t, c.zipped, make([]byte, size)))
				if !fits {
					refused(t, err, decode.ErrMalformed)
				} else if err != nil {
					t.Errorf("%d bytes: %v", size, err)
				}
				if fits != (len(got) == size) {
					t.Errorf("%d bytes became %d", size, len(got))
				}
			}
			packed := squeeze(t, c.zipped, []byte("text, text, text"))
			for n := range len(packed) {
				_, err := c.open(packed[:n])
				refused(t, err, decode.ErrMalformed)
			}
			_, err := c.open(append(packed, 0))
			refused(t, err, decode.ErrMalformed)
			_, err = c.open(make([]byte, decode.MaxLength+1))
			refused(t, err, decode.ErrMalformed)
		})
	}
}

func TestKeysOfRowsAreMadeByTheirWords(t *testing.T) {
	for word, want := range map[string]string{
		"raw":              "abc",
		"md5hex":           "900150983cd24fb0d6963f7d28e17f72",
		"sha1hex":          "a9993e364706816aba3e25717850c26c9cd0d89d",
		"sha256hex":        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"sha256":           "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad",
		"sha256-base64url": "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
		"rack-private":     "2::ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	} {
		same(t, word, transform(t, word, "", "abc"), want)
	}
	// RFC 4231 §4.3 and RFC 2202 §2, test case 2 of each.
	const text = "what do ya want for nothing?"
	same(t, "hmac-sha256hex", transform(t, "hmac-sha256hex", "Jefe", text), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
	same(t, "hmac-md5hex", transform(t, "hmac-md5hex", "Jefe", text), "750c783e6ab0b503eaa86e310a5db738")
	same(t, "sha1-base64", transform(t, "sha1-base64", "c", "ab"), "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")
}

func TestNoKeyIsMadeOfNothing(t *testing.T) {
	for _, word := range decode.Transforms() {
		tr, err := decode.NewTransform(word, secret.New("key"))
		good(t, err)
		for name, value := range map[string]string{"nothing": "", "more than 4 KiB": strings.Repeat("a", 4097)} {
			got, err := tr.Apply(value)
			refused(t, err, decode.ErrMalformed)
			if got != "" {
				t.Errorf("%s of %s is %s", word, name, hex.EncodeToString([]byte(got)))
			}
		}
	}
	if len(decode.Transforms()) != 10 {
		t.Errorf("transforms are %v", decode.Transforms())
	}
	_, err := decode.Transform{}.Apply("abc")
	refused(t, err, decode.ErrMalformed)
	if _, err := decode.NewTransform("rot13", secret.New("key")); err == nil || !strings.Contains(err.Error(), "sha256hex") {
		t.Errorf("got %v, want the list of transforms", err)
	}
}

func TestUnsetSecretsAreNeverTheSame(t *testing.T) {
	for _, c := range []struct {
		got, want string
		same      bool
	}{{"a", "a", true}, {"", "", false}, {"a", "", false}, {"", "a", false}, {"a", "A", false}, {"a", "aa", false}} {
		if got := decode.SameSecret(c.got, c.want); got != c.same {
			t.Errorf("%q and %q: %t", c.got, c.want, got)
		}
	}
}
