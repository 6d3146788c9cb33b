package decode_test

import (
	"testing"

	"github.com/chatpass/chatpass/identity/decode"
)

func TestASampleIsANameOfThePattern(t *testing.T) {
	for _, tt := range []struct{ pattern, want string }{
		{"sid", "sid"},
		{"wordpress_logged_in_*", "wordpress_logged_in_abc"},
		{"~S?SESS[0-9a-f]{4}", "SESS0000"},
		{"~(.+)_sid", "x_sid"},
		{"~_.+_session", "_x_session"},
		{"~(?:bb_?)?sessionhash", "sessionhash"},
		{"~.+[_-]session", "x_session"},
		{"~a|b", "a"},
		{"~[^x]y*", "0"},
		{`~\d+\bz`, ""}, // a border of words that is none
		{"~x{900}", ""},
	} {
		names, err := decode.NewNames(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := names.Sample("abc"); got != tt.want || got != "" && !names.Match(got, decode.ReadRaw) {
			t.Errorf("%s: %q, want %q", tt.pattern, got, tt.want)
		}
	}
}

func TestANameIsMatchedAsTheSiteReadsIt(t *testing.T) {
	names, err := decode.NewNames("my_sid")
	if err != nil {
		t.Fatal(err)
	}
	if names.Match("my.sid", decode.ReadRaw) || !names.Match("my.sid", decode.ReadPHP) || names.Match("my_sid[0]", decode.ReadPHP) {
		t.Error("names are not read as the site reads them")
	}
}

func FuzzSample(f *testing.F) {
	for _, seed := range []string{"~(a|b)*c+?[[:alpha:]]", "~\\x{10FFFF}.^$", "a*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		names, err := decode.NewNames(pattern)
		if err != nil {
			return
		}
		if got := names.Sample("x"); got != "" && !names.Match(got, decode.ReadRaw) {
			t.Errorf("%s: %q", pattern, got)
		}
	})
}
