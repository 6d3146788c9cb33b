package convert_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo/convert"
)

func TestAddressesThatLeaveUs(t *testing.T) {
	const site = "https://s.example"
	for _, c := range []struct{ name, in, site, want string }{
		{"https", "https://x.example/1.jpg?a=1&b=2#f", site, "https://x.example/1.jpg?a=1&b=2#f"},
		{"http", "http://x.example/", site, "http://x.example/"},
		{"a scheme in capitals", "HTTPS://x.example/", site, "HTTPS://x.example/"},
		{"a port", "https://x.example:8443/1.jpg", site, "https://x.example:8443/1.jpg"},
		{"an IPv6 host", "https://[2001:db8::1]/1.jpg", site, "https://[2001:db8::1]/1.jpg"},
		{"a host with letters of the world", "https://žofie.example/é.jpg", site, "https://žofie.example/é.jpg"},
		{"without a scheme", "//x.example/1.jpg", site, "https://x.example/1.jpg"},
		{"a path of the site", "/a/1.jpg", site, "https://s.example/a/1.jpg"},
		{"a relative path", "a/1.jpg", site, "https://s.example/a/1.jpg"},
		{"a query alone", "?u=1", site, "https://s.example/?u=1"},
		{"a path without a site", "/a/1.jpg", "", "/a/1.jpg"},
		{"a relative path without a site", "a/1.jpg", "", "a/1.jpg"},
		{"spaces around", " https://x.example/ ", site, "https://x.example/"},
		{"a space inside", "https://x.example/a b.jpg", site, "https://x.example/a%20b.jpg"},
		{"an escape stays", "https://x.example/a%20b.jpg", site, "https://x.example/a%20b.jpg"},
		{"a per cent sign that escapes nothing", "/50%.jpg", site, "https://s.example/50%25.jpg"},
		{"a per cent sign before a letter", "/50%zz.jpg", site, "https://s.example/50%25zz.jpg"},
		{"what ends an attribute", `/a"b'c<d>e`, site, "https://s.example/a%22b%27c%3Cd%3Ee"},
		{"braces and bars", "/a{b}|c^d`e", site, "https://s.example/a%7Bb%7D%7Cc%5Ed%60e"},
		{"a backslash is no slash", `\\evil.example\x`, site, "https://s.example/%5C%5Cevil.example%5Cx"},
		{"a mail address as a file", "/a@b.jpg", site, "https://s.example/a@b.jpg"},
		{"an at sign in a query", "https://x.example/?a@b", site, "https://x.example/?a@b"},
		{"nothing", "", site, ""},
		{"blank", " \t ", site, ""},
		{"javascript", "javascript:alert(1)", site, ""},
		{"javascript in capitals", "JaVaScRiPt:alert(1)", site, ""},
		{"javascript behind a space", " javascript:alert(1)", site, ""},
		{"javascript behind a no-break space", "\u00a0javascript:alert(1)", site, ""},
		{"javascript behind a zero-width space", "\u200bjavascript:alert(1)", site, ""},
		{"javascript with a tab in it", "java\tscript:alert(1)", site, ""},
		{"javascript behind a control character", "\x01javascript:alert(1)", site, ""},
		{"a direction turned around", "https://cdn.example/\u202egpj.exe", site, ""},
		{"the end of a line", "https://cdn.example/a\u2028b", site, ""},
		{"a control character of Latin-1", "a\u0085b.jpg", site, ""},
		{"joined letters of Persian", "می\u200cروم.jpg", site, site + "/می\u200cروم.jpg"},
		{"data", "data:text/html,<script>alert(1)</script>", site, ""},
		{"vbscript", "vbscript:msgbox", site, ""},
		{"file", "file:///etc/passwd", site, ""},
		{"ftp", "ftp://x.example/", site, ""},
		{"mailto", "mailto:a@b.example", site, ""},
		{"a colon before any slash", "a:b", site, ""},
		{"https without slashes", "https:evil.example", site, ""},
		{"https with one slash", "https:/evil.example", site, ""},
		{"https without a host", "https:///x", site, ""},
		{"https and nothing", "https://", site, ""},
		{"https and a dot", "https://./", site, ""},
		{"a port without a host", "https://:80/", site, ""},
		{"two ports", "https://x.example:80:90/", site, ""},
		{"a port of letters", "https://x.example:http/", site, ""},
		{"a user name", "https://user@x.example/", site, ""},
		{"a user name and password", "https://user:secret@x.example/", site, ""},
		{"a user name without a scheme", "//user@x.example/", site, ""},
		{"a backslash before an at sign", `https://x.example\@evil.example/`, site, ""},
		{"a backslash for a host", `/\evil.example/`, site, ""},
		{"three slashes", "///evil.example/", site, ""},
		{"a space in a host", "https://x example/", site, ""},
		{"a per cent sign in a host", "https://x%2eexample/", site, ""},
		{"an IPv6 host that stays open", "https://[::1/", site, ""},
		{"a line break", "https://x.example/\r\nSet-Cookie:a", site, ""},
		{"a NUL", "https://x.example/\x00", site, ""},
		{"2048 bytes", "/" + strings.Repeat("x", 2047), "", "/" + strings.Repeat("x", 2047)},
		{"2049 bytes", "/" + strings.Repeat("x", 2048), "", ""},
		{"2048 bytes that grow by escapes", "/" + strings.Repeat(" x", 1023) + "x", "", ""},
		{"2048 bytes and the site", "/" + strings.Repeat("x", 2047), site, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(convert.AppendURL([]byte("x"), []byte(c.in), c.site)); got != "x"+c.want {
				t.Errorf("got %q, want %q", got[1:], c.want)
			}
		})
	}
}

// FuzzAppendURL: whatever a row holds, what leaves us is nothing, an http address with a host and without a user name, or, where the
// site's address is not known, a path that cannot become another host.
func FuzzAppendURL(f *testing.F) {
	for _, seed := range []string{
		"https://x.example/1.jpg", "//x.example", "/a b", `\\x`, `/\x`, "javascript:alert(1)", "https://u:p@x/", "https://[::1]:80/", "a:b", "?x", "#y",
		"https://x.example:99999/", "http://%zz/", "50%", "\u00a0//x", "https:///x", "https://x\\@y", "///x", "é", "\xff", "https://a..b/", "..//x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, site := range []string{"", "https://s.example", "http://127.0.0.1:8080"} {
			out := string(convert.AppendURL(nil, []byte(in), site))
			if spaced := string(convert.AppendURL(nil, []byte(" "+in), site)); spaced != out { // the way without short cuts
				t.Errorf("%q at %q became %q, with a space before it %q", in, site, out, spaced)
			}
			if out == "" {
				continue
			}
			if i := strings.IndexFunc(out, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("\"'<>\\`", r) }); i >= 0 {
				t.Errorf("%q at %q became %q with %q in it", in, site, out, out[i])
			}
			if len(out) > 2048 {
				t.Errorf("%q became %d bytes", in, len(out))
			}
			u, err := url.Parse(out)
			if err != nil {
				t.Errorf("%q at %q became %q: %v", in, site, out, err)
				continue
			}
			switch u.Scheme {
			case "http", "https":
				if u.Hostname() == "" || u.User != nil || u.Opaque != "" {
					t.Errorf("%q at %q became %q with host %q and user %v", in, site, out, u.Host, u.User)
				}
			case "":
				if site != "" || u.Host != "" || strings.HasPrefix(out, "//") {
					t.Errorf("%q at %q became %q, which leads to another host", in, site, out)
				}
			default:
				t.Errorf("%q at %q became %q", in, site, out)
			}
		}
	})
}
