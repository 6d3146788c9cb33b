package pagecheck_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/pagecheck"
)

func TestAnswersFromACache(t *testing.T) {
	for _, tt := range []struct{ header, want string }{
		{"X-Cache: HIT", "X-Cache"},
		{"X-Cache: MISS", ""},
		{"X-Cache: Hit from cloudfront", "X-Cache"},
		{"X-Cache: RefreshHit from cloudfront", "X-Cache"},
		{"X-Cache: TCP_MISS", ""},
		{"X-Cache: TCP_MEM_HIT from a.example (Host/1)", "X-Cache"},
		{"X-Cache: MISS from white-hit.stale.example:3128", ""},
		{"CF-Cache-Status: HIT", "Cf-Cache-Status"},
		{"CF-Cache-Status: DYNAMIC", ""},
		{"CF-Cache-Status: STALE", "Cf-Cache-Status"},
		{"X-Proxy-Cache: EXPIRED", ""},
		{"X-Cache-Status: UPDATING", "X-Cache-Status"},
		{"X-LiteSpeed-Cache: hit,private", "X-Litespeed-Cache"},
		{"X-Drupal-Cache: HIT", "X-Drupal-Cache"},
		{"Cache-Status: ExampleCache; hit; ttl=30", "Cache-Status"},
		{"Cache-Status: ExampleCache; fwd=stale", ""},
		{"Age: 3", "Age"},
		{"Age: 0", ""},
		{"X-Varnish: 32774", ""},
		{"X-Varnish: 32774 32771", "X-Varnish"},
		{"Via: 1.1 varnish", ""},
	} {
		t.Run(tt.header, func(t *testing.T) {
			name, value, _ := strings.Cut(tt.header, ": ")
			a := pagecheck.Answer{Header: http.Header{}}
			a.Header.Set(name, value)
			if got := a.Cached(); got != tt.want {
				t.Errorf("shown by %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAnswersThatCachesMustNotKeep(t *testing.T) {
	for value, want := range map[string][2]bool{ // private, no-store
		"": {}, "no-store": {true, true}, "Private, max-age=60": {true, false}, "max-age=0, NO-STORE": {true, true}, "no-cache": {}, `private="set-cookie"`: {}, "public": {}, "no-storex": {},
	} {
		a := pagecheck.Answer{Header: http.Header{"Cache-Control": {"max-age=1", value}}}
		if got := [2]bool{a.Private(), a.NoStore()}; got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

var today = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestCookiesReachWhatTheirPathAndDomainSay(t *testing.T) {
	for _, tt := range []struct{ name, page, line, to, want string }{
		{"the whole site", "https://a.example/f/x", "s=1; Path=/", "https://a.example/chat/identity", ""},
		{"its folder", "https://a.example/f/x", "s=1; Path=/chat", "https://a.example/chat/identity", ""},
		{"a name that begins alike", "https://a.example/f/x", "s=1; Path=/cha", "https://a.example/chat/identity", "path"},
		{"another folder", "https://a.example/f/x", "s=1; path=/f/", "https://a.example/chat/identity", "path"},
		{"no path is the page's folder", "https://a.example/f/x", "s=1", "https://a.example/chat/identity", "path"},
		{"no path at the root", "https://a.example/x", "s=1", "https://a.example/chat/identity", ""},
		{"a path that is none", "https://a.example/x", "s=1; Path=chat", "https://a.example/chat/identity", ""},
		{"the last path counts", "https://a.example/x", "s=1; Path=/; Path=/f", "https://a.example/chat/identity", "path"},
		{"the domain above", "https://a.example/x", "s=1; Domain=.Example", "https://a.example/chat/identity", ""},
		{"another domain", "https://a.example/x", "s=1; Domain=b.example", "https://a.example/chat/identity", "domain"},
		{"a domain that ends alike", "https://a.example/x", "s=1; Domain=ample", "https://a.example/chat/identity", "domain"},
		{"secure on http", "http://a.example/x", "s=1; Secure", "http://a.example/chat/identity", "secure"},
		{"secure on this machine", "http://127.0.0.1/x", "s=1; Secure", "http://127.0.0.1/chat/identity", ""},
		{"an end to come", "https://a.example/x", "s=1; Expires=Fri, 01 Jan 2027 00:00:00 GMT", "https://a.example/chat/identity", ""},
		{"an end that is no date", "https://a.example/x", "s=1; Expires=0", "https://a.example/chat/identity", ""},
		{"an age wins over an end", "https://a.example/x", "s=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://a.example/chat/identity", ""},
		{"secure on https", "https://a.example/x", "s=1; SECURE; HttpOnly", "https://a.example/chat/identity", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cookies := pagecheck.SetCookies(address(t, tt.page), []string{tt.line}, today)
			if len(cookies) != 1 || cookies[0].Name != "s" {
				t.Fatalf("cookies %+v", cookies)
			}
			if got := cookies[0].Lost(address(t, tt.to)); got != tt.want {
				t.Errorf("lost by %q, want %q", got, tt.want)
			}
		})
	}
	for _, line := range []string{
		"", "=x", "s", "s=1; Max-Age=0", "s=; Max-Age=-1", "s=; expires=Thu, 01 Jan 1970 00:00:00 GMT", "s=deleted; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/f",
		"s=; Expires=Fri, 01 Jan 2027 00:00:00 GMT; Max-Age=0",
	} {
		if cookies := pagecheck.SetCookies(address(t, host), []string{line}, today); len(cookies) > 0 {
			t.Errorf("%q sets %+v", line, cookies)
		}
	}
}

func TestMembersAreReadFromTwoLines(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       [3]string // cookies and agent
		err        string
	}{
		{"two lines", "a=1; b=2\nc=3\n", [3]string{"a=1; b=2", "c=3"}, ""},
		{"no line end", "a=1\nc=3", [3]string{"a=1", "c=3"}, ""},
		{"header names, blank lines, line ends of Windows", "\ufeffCookie: a=1\r\n\r\ncookie:c=3\r\n", [3]string{"a=1", "c=3"}, ""},
		{"the browser's name", "a=1\nUser-Agent: Mozilla/5.0 (X11)\nc=3", [3]string{"a=1", "c=3", "Mozilla/5.0 (X11)"}, ""},
		{"bytes beyond ASCII", "a=\xff\nc=\"3\\\"", [3]string{"a=\xff", `c="3\"`}, ""},
		{"nothing", "", [3]string{}, "has 0 of the two lines"},
		{"one", "a=1", [3]string{}, "has 1 of the two lines"},
		{"three", "a=1\nb=2\nc=3", [3]string{}, "more than two lines"},
		{"the same", "a=1\nCookie: a=1", [3]string{}, "the same cookies twice"},
		{"no pair", "a=1\ntext", [3]string{}, "line 2 is no Cookie header"},
		{"a control character", "a=1\x1b\nb=2", [3]string{}, "line 1 holds a control character"},
		{"a long line", "a=" + strings.Repeat("x", 40<<10), [3]string{}, "more than 32 KiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			members, err := pagecheck.ReadVisitors(strings.NewReader(tt.text))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "a=1") {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				return
			}
			if got := [3]string{members[0].Cookie.Reveal(), members[1].Cookie.Reveal(), members[1].Agent}; err != nil || got != tt.want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func FuzzReadVisitors(f *testing.F) {
	f.Add("a=1\nUser-Agent: x\nCookie: b=2")
	f.Fuzz(func(t *testing.T, text string) {
		members, err := pagecheck.ReadVisitors(strings.NewReader(text))
		if err == nil && (members[0].Cookie.IsZero() || members[0].Cookie.Equal(members[1].Cookie) || strings.ContainsAny(members[0].Cookie.Reveal()+members[0].Agent, "\r\n\x00")) {
			t.Errorf("%q is accepted", text)
		}
	})
}

func TestABrowserFollowsTheSitesOwnRedirectsOnly(t *testing.T) {
	var seen []string
	mux := http.NewServeMux()
	mux.HandleFunc("/a", func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, "a "+r.Header.Get("Cookie")+" "+r.UserAgent())
		w.Header().Add("Set-Cookie", "first=1; Path=/")
		http.Redirect(w, r, "/b?x=1#y", http.StatusSeeOther)
	})
	mux.HandleFunc("/b", func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, "b "+r.Header.Get("Cookie")+" "+r.UserAgent())
		w.Header().Add("Set-Cookie", "second=1; Path=/")
		w.Header().Set("Location", r.URL.Query().Get("to"))
		if r.URL.Query().Has("to") {
			w.WriteHeader(http.StatusFound)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	home := address(t, server.URL)
	b := pagecheck.NewBrowser(func(u *url.URL) bool { return u.Host == home.Host })
	visitor := pagecheck.Visitor{Cookie: secret.New("s=\"\xff\\1"), Agent: "Mozilla"}

	a, err := b.Page(t.Context(), home.JoinPath("a"), visitor)
	if err != nil {
		t.Fatal(err)
	}
	if a.URL.String() != server.URL+"/b?x=1" || a.Hops != 1 || a.Away != nil || len(a.Cookies) != 2 {
		t.Errorf("ended at %s after %d, away to %v, with %+v", a.URL, a.Hops, a.Away, a.Cookies)
	}
	if diff := cmp.Diff([]string{"a s=\"\xff\\1 Mozilla", "b s=\"\xff\\1 Mozilla"}, seen); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	for to, away := range map[string]string{"https://evil.example/x": "https://evil.example/x", "//evil.example/": "http://evil.example/", "ftp://x/": "ftp://x/", "": "", "http://[::1": ""} {
		u := home.JoinPath("b")
		u.RawQuery = "to=" + url.QueryEscape(to)
		a, err := b.Page(t.Context(), u, visitor)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if a.Away != nil {
			got = a.Away.String()
		}
		if got != away {
			t.Errorf("a redirect to %q leads away to %q, want %q", to, got, away)
		}
	}
	mux.HandleFunc("/circle", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/circle", http.StatusFound) })
	if _, err := b.Page(t.Context(), home.JoinPath("circle"), pagecheck.Visitor{}); !errors.Is(err, pagecheck.ErrRedirects) {
		t.Errorf("a circle ends with %v", err)
	}
	if _, err := b.Page(t.Context(), address(t, "http://127.0.0.1:1/?secret=1"), visitor); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody who answers: %v", err)
	}
}

func TestBodiesAreReadAsBrowsersReadThem(t *testing.T) {
	for _, tt := range []struct{ name, kind, body, want string }{
		{"the header's charset", "text/html; charset=iso-8859-1", "caf\xe9", "café"},
		{"the page's own", "text/html", "<meta charset=windows-1252>\x80", "<meta charset=windows-1252>€"},
		{"UTF-16", "text/html; charset=utf-16le", "a\x00b\x00", "ab"},
		{"a mark at the beginning", "text/html; charset=latin1", "\xef\xbb\xbfé", "é"},
		{"a charset that nobody knows", "text/html; charset=x-nothing", "ab", "ab"},
		{"empty", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := pagecheck.Answer{Header: http.Header{"Content-Type": {tt.kind}}, Body: []byte(tt.body)}
			if got := strings.TrimPrefix(string(a.HTML()), "\ufeff"); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
