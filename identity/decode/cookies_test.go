package decode_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity/decode"
)

func cookies(tb testing.TB, lines ...string) decode.Cookies {
	tb.Helper()
	c, err := decode.ParseCookies(lines)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// TestCookiesAreReadAsBrowsersSendThem has what net/http drops; PHP 8.2 was asked for its reading of each line.
func TestCookiesAreReadAsBrowsersSendThem(t *testing.T) {
	type match = decode.Match
	tests := []struct {
		name, header, find string
		read               decode.Reading
		want               []match
	}{
		{"a plain cookie", "a=1; b=2", "b", decode.ReadRaw, []match{{"b", "2", "2"}}},
		{"blanks around name and value", "a=1;  b =\t2 ;c=3", "b", decode.ReadRaw, []match{{"b", "2", "2"}}},
		{"the value holds equals signs", "a=x==; b=2", "a", decode.ReadRaw, []match{{"a", "x==", "x=="}}},
		{"a name without value", "a; b=2", "a", decode.ReadRaw, []match{{"a", "", ""}}},
		{"no name", "=1; b=2", "~.*", decode.ReadRaw, []match{{"b", "2", "2"}}},
		{"quotes, backslashes, commas and blanks", `a="x\y", z; b=2`, "a", decode.ReadPHP, []match{{"a", `"x\y", z`, `"x\y", z`}}},
		{"bytes beyond ASCII", "a=ž\xff", "a", decode.ReadPHP, []match{{"a", "ž\xff", "ž\xff"}}},
		{"all cookies of one name", "a=1; a=2; b=3; a=1", "a", decode.ReadRaw, []match{{"a", "1", "1"}, {"a", "2", "2"}, {"a", "1", "1"}}},
		{"a cookie that PHP deleted", "a=deleted; a=2", "a", decode.ReadPHP, []match{{"a", "2", "2"}}},
		{"case matters", "A=1; a=2", "a", decode.ReadPHP, []match{{"a", "2", "2"}}},
		{"a prefix", "wp_x=1; wp_y=2; awp_=3", "wp_*", decode.ReadRaw, []match{{"wp_x", "1", "1"}, {"wp_y", "2", "2"}}},
		{"an expression is for the whole name", "0af=1; 0aff=2", "~[0-9a-f]{3}", decode.ReadRaw, []match{{"0af", "1", "1"}}},
		{"an alternative of an expression too", "ab=1; b=2; abc=3", "~a|ab", decode.ReadRaw, []match{{"ab", "1", "1"}}},
		{"brackets of a raw name", "k[0]=4", "k[0]", decode.ReadRaw, []match{{"k[0]", "4", "4"}}},
		{"an array is no text to PHP", "k[0]=4; p[q]r=1; k=5", "~[kp].*", decode.ReadPHP, []match{{"k", "5", "5"}}},
		{"an open bracket to PHP", "a[b=3; x]y=8", "~.*", decode.ReadPHP, []match{{"a_b", "3", "3"}, {"x]y", "8", "8"}}},
		{"a bracket in front to PHP", "[z=6; b=1", "~.*", decode.ReadPHP, []match{{"b", "1", "1"}}},
		{"dots and blanks to PHP", "a.b=1; a b=2; .m=4", "~.*", decode.ReadPHP, []match{{"a_b", "1", "1"}, {"a_b", "2", "2"}, {"_m", "4", "4"}}},
		{"names that only become guarded ones", "..Host-a=1; _[Host-x=9; ..Secure-a=1", "~.*", decode.ReadPHP, nil},
		{"guarded names", "__Host-b=2; __Secure-c=3", "__*", decode.ReadPHP, []match{{"__Host-b", "2", "2"}, {"__Secure-c", "3", "3"}}},
		{"percent signs in names are kept", "%41=5", "%41", decode.ReadPHP, []match{{"%41", "5", "5"}}},
		{"values raw", "a=%41+x%zz", "a", decode.ReadRaw, []match{{"a", "%41+x%zz", "%41+x%zz"}}},
		{"values as PHP decodes them", "a=%41%zz%4+x%%c5%BE%", "a", decode.ReadPHP, []match{{"a", "%41%zz%4+x%%c5%BE%", "A%zz%4+x%ž%"}}},
		{"values as forms", "a=%41%zz+x%2B%", "a", decode.ReadForm, []match{{"a", "%41%zz+x%2B%", "A%zz x+%"}}},
		{"an encoded deleted is a value", "a=%64eleted", "a", decode.ReadPHP, []match{{"a", "%64eleted", "deleted"}}},
		{"an encoded semicolon", "a=1%3Bb=2", "b", decode.ReadPHP, nil},
		{"no cookie", "", "~.*", decode.ReadPHP, nil},
		{"only separators", ";; ; =;", "~.*", decode.ReadPHP, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := cookies(t, tt.header).Find(names(t, tt.find), tt.read)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCookiesOfSeveralLinesAreOneHeader(t *testing.T) {
	got := cookies(t, "a=1; b=2", "", "a=3").Find(names(t, "a"), decode.ReadRaw)
	if diff := cmp.Diff([]decode.Match{{Name: "a", Raw: "1", Value: "1"}, {Name: "a", Raw: "3", Value: "3"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestACookieHeaderHasBounds(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  int // cookies; -1 when the header is refused
	}{
		{"500 cookies", []string{strings.Repeat("a=1;", 500)}, 500},
		{"501 cookies", []string{strings.Repeat("a=1;", 501)}, -1},
		{"501 cookies on two lines", []string{strings.Repeat("a=1;", 500), "a=1"}, -1},
		{"64 KiB", []string{"a=" + strings.Repeat("x", 64<<10-2)}, 1},
		{"64 KiB and a byte", []string{"a=" + strings.Repeat("x", 64<<10-1)}, -1},
		{"64 KiB and a byte on two lines", []string{strings.Repeat(";", 64<<10), ";"}, -1},
		{"many empty parts", []string{strings.Repeat(";", 64<<10)}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := decode.ParseCookies(tt.lines)
			if tt.want < 0 {
				refused(t, err, decode.ErrMalformed)
				tt.want = 0
			} else if err != nil {
				t.Errorf("refused: %v", err)
			}
			if c.Len() != tt.want {
				t.Errorf("%d cookies, want %d", c.Len(), tt.want)
			}
		})
	}
}

func TestPatternsOfNamesThatMeanNothingAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"an empty one": "", "every cookie": "*", "an empty expression": "~", "a star in the middle": "a*b", "two stars": "a**", "a semicolon": "a;b", "an equals sign": "a=b",
		"a blank in front": " a", "a broken expression": "~[", "an expression RE2 does not have": `~(a)\1`, "more than 256 bytes": strings.Repeat("a", 257),
	} {
		t.Run(name, func(t *testing.T) {
			if n, err := decode.NewNames(text); err == nil {
				t.Errorf("accepted as %v", n)
			}
		})
	}
	if got := cookies(t, "a=1; =2; b").Find(decode.Names{}, decode.ReadRaw); got != nil {
		t.Errorf("the zero pattern finds %v", got)
	}
}

func TestReadingsHaveTheirWords(t *testing.T) {
	for word, want := range map[string]decode.Reading{"raw": decode.ReadRaw, "php": decode.ReadPHP, "form": decode.ReadForm} {
		if got, err := decode.ParseReading(word); err != nil || got != want {
			t.Errorf("%s: %d, %v", word, got, err)
		}
	}
	for _, word := range []string{"", "PHP", "raw_url"} {
		if got, err := decode.ParseReading(word); err == nil {
			t.Errorf("%q is %d", word, got)
		}
	}
}

func FuzzCookies(f *testing.F) {
	for _, seed := range []string{"a=1; a.b=2", `q="x\y"; k[0]=1; [z=2`, "wp_x=%41%zz+; a=deleted", ";;=;a", "..Host-a=1"} {
		f.Add(seed)
	}
	pattern := regexp.MustCompile(`(?s)\A.*\z`)
	every, err := decode.NewNames("~(?s).*")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		c, err := decode.ParseCookies([]string{header})
		if err != nil {
			return
		}
		for _, read := range []decode.Reading{decode.ReadRaw, decode.ReadPHP, decode.ReadForm} {
			found := c.Find(every, read)
			if len(found) > c.Len() || read == decode.ReadRaw && strings.Count(header, "deleted") == 0 && len(found) != c.Len() {
				t.Errorf("%d of %d cookies", len(found), c.Len())
			}
			for _, m := range found {
				if m.Name == "" || !pattern.MatchString(m.Name) || !strings.Contains(header, m.Raw) || len(m.Value) > len(m.Raw) {
					t.Errorf("%+v", m)
				}
				exact, err := decode.NewNames(m.Name)
				if err == nil && !strings.HasPrefix(m.Name, "~") && len(c.Find(exact, read)) == 0 {
					t.Errorf("%q is not found by its name", m.Name)
				}
			}
		}
	})
}
