package handlers_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/static"
	"github.com/chatpass/chatpass/userinfo"
)

// SEC-64 and CONTRACT §4.
func TestWhoMayAskForAnIdentity(t *testing.T) {
	const foreign, plain = "Only pages of the site may ask", "Ask with the header X-Requested-With: chatpass"
	fetch := func(site string) option { return header("Sec-Fetch-Site", site) }
	origin := func(o string) option { return header("Origin", o) }
	cookie := header("Cookie", "who=6")
	asks := header("X-Requested-With", "chatpass")
	for _, tt := range []struct {
		name    string
		options []option
		want    int
		text    string
	}{
		{"the loader in a new browser", []option{cookie, fetch("same-origin"), asks}, 200, ""},
		{"a page of the site in a new browser", []option{cookie, fetch("same-origin")}, 200, ""},
		{"the loader in an old browser", []option{cookie, asks}, 200, ""},
		{"an old browser without the loader", []option{cookie}, 403, plain},
		{"an address typed in", []option{cookie, fetch("none")}, 403, plain},
		{"another header", []option{cookie, header("X-Requested-With", "XMLHttpRequest")}, 403, plain},
		{"a page of another site", []option{cookie, fetch("cross-site"), asks}, 403, foreign},
		{"a page of a site beside it", []option{cookie, fetch("same-site"), asks}, 403, foreign},
		{"a page that is opened here", []option{cookie, fetch("same-origin"), header("Sec-Fetch-Dest", "document")}, 403, foreign},
		{"the site's origin", []option{cookie, asks, origin("https://example.com")}, 200, ""},
		{"the site's second origin", []option{cookie, asks, origin("https://www.example.com")}, 200, ""},
		{"a foreign origin", []option{cookie, asks, origin("https://evil.example")}, 403, foreign},
		{"an origin that begins like the site's", []option{cookie, asks, origin("https://example.com.evil.example")}, 403, foreign},
		{"an origin that ends like the site's", []option{cookie, asks, origin("https://evil-example.com")}, 403, foreign},
		{"the site without https", []option{cookie, asks, origin("http://example.com")}, 403, foreign},
		{"the site at another port", []option{cookie, asks, origin("https://example.com:8443")}, 403, foreign},
		{"no origin in particular", []option{cookie, asks, origin("null")}, 403, foreign},
		{"a foreign origin that a browser calls same-origin", []option{cookie, fetch("same-origin"), origin("https://evil.example")}, 403, foreign},
		{"a guest without anything", nil, 200, ""},
		{"a guest on another site", []option{fetch("cross-site")}, 403, foreign},
		{"an address typed in, with the loader's header", []option{cookie, fetch("none"), asks}, 403, plain},
		{"a made-up word for the site", []option{cookie, fetch("bogus"), asks}, 403, plain},
		{"the site's server passing on a page that is opened", []option{bearer(siteKey), fetch("none"), header("Sec-Fetch-Dest", "document")}, 403, foreign},
		{"the site's server passing on its own page", []option{bearer(siteKey), fetch("same-origin")}, 200, ""},
		{"the site's server", []option{bearer(siteKey)}, 200, ""},
		{"the site's server with cookies passed on", []option{bearer(siteKey), header("Cookie", "x=1")}, 200, ""},
		{"the site's server with an origin passed on", []option{bearer(siteKey), origin("https://shop.example")}, 200, ""},
		{"the site's server with a browser's header passed on", []option{bearer(siteKey), fetch("cross-site")}, 403, foreign},
		{"the site's server with a browser's origin passed on", []option{bearer(siteKey), fetch("same-origin"), origin("https://evil.example")}, 403, foreign},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) {
				o.SiteOrigins = []string{"https://example.com", "https://www.example.com"}
			})
			got := f.ask(http.MethodGet, "/chat/identity", tt.options...)
			if got.status != tt.want || !strings.Contains(got.body, tt.text) {
				t.Errorf("answers %d %s, want %d %s", got.status, got.body, tt.want, tt.text)
			}
			if tt.want != 200 && strings.Contains(got.body, "token") {
				t.Errorf("a refusal holds a token: %s", got.body)
			}
		})
	}
	t.Run("without SITE_URL the host that was asked is the site", func(t *testing.T) {
		f := newFixture(t, nil)
		for o, want := range map[string]int{"https://example.com": 200, "http://EXAMPLE.com": 200, "https://example.com:444": 403, "https://evil.example": 403, "null": 403, "https://example.com/x": 403} {
			if got := f.ask(http.MethodGet, "/chat/identity", cookie, asks, host("example.com"), origin(o)); got.status != want {
				t.Errorf("origin %s: %d, want %d", o, got.status, want)
			}
		}
	})
}

func TestIdentity(t *testing.T) {
	asks := header("X-Requested-With", "chatpass")
	const guest = `{"user_id":null,"providers":{"imbachat":{"script":"https://api.imbachat.com/imbachat/v1/17/widget"}}}`
	for _, tt := range []struct {
		name, target string
		options      []option
		status       int
		want         string // the body, or what it begins with when it ends in …
	}{
		{"a guest", "/chat/identity", nil, 200, guest},
		{"a user by cookie", "/chat/identity", []option{header("Cookie", "who=6"), asks}, 200, `{"user_id":6,"name":"John","expires_at":1795345200,"providers":{"imbachat":{"script":"https://api.imbachat.com/imbachat/v1/17/widget","token":"eyJ…`},
		{"nobody becomes who they name", "/chat/identity?user_id=6", nil, 200, guest},
		{"nor with a cookie of their own", "/chat/identity?user_id=6", []option{header("Cookie", "who=7"), asks}, 200, `{"user_id":7,…`},
		{"the site's server names a user", "/chat/identity?user_id=7", []option{bearer(siteKey)}, 200, `{"user_id":7,"name":"Zoë \u003c/script\u003e",…`},
		{"the site's server names a guest", "/chat/identity", []option{bearer(siteKey)}, 200, guest},
		{"an unknown user", "/chat/identity?user_id=99", []option{bearer(siteKey)}, 404, `{"code":404,…`},
		{"a user by another spelling", "/chat/identity?user_id=06", []option{bearer(siteKey)}, 404, `{"code":404,…`},
		{"two users at once", "/chat/identity?user_id=6&user_id=7", []option{bearer(siteKey)}, 409, `{"code":409,…`},
		{"a cookie and the site's server of one mind", "/chat/identity?user_id=6", []option{header("Cookie", "who=6"), bearer(siteKey)}, 200, `{"user_id":6,…`},
		{"a cookie and the site's server name two", "/chat/identity?user_id=7", []option{header("Cookie", "who=6"), bearer(siteKey)}, 409, `{"code":409,…`},
		{"a cookie and a wrong key", "/chat/identity?user_id=6", []option{header("Cookie", "who=6"), bearer("wrong")}, 401, `{"code":401,…`},
		{"a spoiled id before another's", "/chat/identity?user_id=6%zz&user_id=7", []option{bearer(siteKey)}, 400, `{"code":400,…`},
		{"a list of one", "/chat/identity?user_id[]=6", []option{bearer(siteKey)}, 400, `{"code":400,…`},
		{"a cache's bait behind an escape", "/chat/identity?x=%2ecss", nil, 404, `{"code":404,…`},
		{"a cache's bait in the name of a user", "/chat/identity?user_id=x.css", []option{header("Cookie", "who=6"), asks}, 404, `{"code":404,…`},
		{"a version is no bait", "/chat/identity?v=1.2", nil, 200, guest},
		{"a wrong key", "/chat/identity?user_id=6", []option{bearer("wrong")}, 401, `{"code":401,"version":1,"error":"Wrong site key","debug":""}`},
		{"two keys", "/chat/identity?user_id=6", []option{header("Authorization", "Bearer "+siteKey, "Bearer "+siteKey)}, 400, `{"code":400,…`},
		{"a forged session is a guest", "/chat/identity", []option{header("Cookie", "who=forged"), asks}, 200, guest},
		{"a forged session ends the chain", "/chat/identity?user_id=6", []option{header("Cookie", "who=forged"), bearer(siteKey)}, 200, guest},
		{"two sources disagree", "/chat/identity", []option{header("Cookie", "who=twice"), asks}, 409, `{"code":409,…`},
		{"nobody can tell", "/chat/identity", []option{header("Cookie", "who=down"), asks}, 503, `{"code":503,…`},
		{"a resolver with a fault is no guest", "/chat/identity", []option{header("Cookie", "who=odd"), asks}, 500, `{"code":500,…`},
		{"a user no token can name", "/chat/identity?user_id=9007199254740993", []option{bearer(siteKey)}, 422, `{"code":422,…`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			got := f.ask(http.MethodGet, tt.target, tt.options...)
			want, cut := strings.CutSuffix(tt.want, "…")
			if got.status != tt.status || got.body != want && (!cut || !strings.HasPrefix(got.body, want)) {
				t.Errorf("answers %d %s\nwant %d %s", got.status, got.body, tt.status, tt.want)
			}
			if !json.Valid([]byte(got.body)) {
				t.Errorf("%q is no JSON", got.body)
			}
			noneOf(t, tt.target, got)
		})
	}
	t.Run("an id that is text stays text", func(t *testing.T) {
		f := newFixture(t, nil)
		f.directory.set(func(d *directory) { d.kind = userinfo.KeyText })
		if got := f.ask(http.MethodGet, "/chat/identity?user_id=6", bearer(siteKey)); !strings.HasPrefix(got.body, `{"user_id":"6",`) {
			t.Errorf("answers %s", got.body)
		}
	})
}

func TestRejectedCredentialsAreLimitedAndValidOnesNever(t *testing.T) {
	f := newFixture(t, nil)
	for i := range 61 {
		want := 401
		if i == 60 {
			want = 429
		}
		if got := f.ask(http.MethodGet, "/chat/identity?user_id=6", bearer("wrong")); got.status != want {
			t.Fatalf("wrong key %d answers %d, want %d", i+1, got.status, want)
		}
	}
	if got := f.ask(http.MethodGet, "/chat/identity?user_id=6", bearer(siteKey)); got.status != 200 {
		t.Errorf("the right key answers %d", got.status)
	}
	if got := f.ask(http.MethodGet, "/chat/identity"); got.status != 200 {
		t.Errorf("a guest gets %d", got.status)
	}
	if got := f.ask(http.MethodGet, "/chat/users/6", basic); got.status != 200 {
		t.Errorf("the provider from the same address gets %d", got.status)
	}
}

func TestAValidSiteKeyBesideAnotherUserIsAConflictHoweverManyWereRejected(t *testing.T) {
	asks := header("X-Requested-With", "chatpass")
	for _, order := range []string{"session first", "site first"} {
		f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) {
			if order == "site first" {
				slices.Reverse(o.Identity)
			}
		})
		for range 70 {
			f.ask(http.MethodGet, "/chat/identity?user_id=6", bearer("wrong"))
		}
		for range 70 {
			if got := f.ask(http.MethodGet, "/chat/identity?user_id=6", bearer(siteKey), header("Cookie", "who=7"), asks); got.status != http.StatusConflict {
				t.Fatalf("%s: answers %d, want 409", order, got.status)
			}
		}
	}
}

// SEC-70, SEC-67, SEC-68.
func TestHeadersOfVisitorRoutes(t *testing.T) {
	f := newFixture(t, nil)
	personal := map[string]string{
		"Cache-Control": "no-store, private", "Vary": "Cookie", "Pragma": "no-cache", "Cdn-Cache-Control": "no-store",
		"Surrogate-Control": "no-store", "Etag": "", "Last-Modified": "",
	}
	always := map[string]string{
		"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "Set-Cookie": "", "Server": "", "X-Powered-By": "",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Access-Control-Allow-Origin": "",
	}
	check := func(path string, got answered, want map[string]string) {
		t.Helper()
		for name, value := range want {
			if got.header.Get(name) != value {
				t.Errorf("%s: %s is %q, want %q", path, name, got.header.Get(name), value)
			}
		}
	}
	for _, path := range []string{"/chat/identity", "/chat/widget?mode=inline", "/chat/button?to=7"} {
		for _, who := range [][]option{nil, {bearer(siteKey)}, {bearer("wrong")}, {header("Cookie", "who=down"), header("X-Requested-With", "chatpass")}} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				target := strings.Replace(path+"&user_id=6", "identity&", "identity?", 1)
				got := f.ask(method, target, who...)
				check(path, got, personal)
				check(path, got, always)
			}
		}
	}
	for _, path := range []string{"/chat/loader.js", "/chat/widget", "/healthz", "/readyz", "/nowhere", "/chat/users"} {
		check(path, f.ask(http.MethodGet, path), always)
		check(path, f.ask(http.MethodDelete, path), always)
	}
	for path, want := range map[string]string{
		"/chat/identity": "no-referrer", "/chat/users": "no-referrer", "/chat/widget": "strict-origin-when-cross-origin",
		"/chat/button?to=7": "strict-origin-when-cross-origin",
	} {
		check(path, f.ask(http.MethodGet, path), map[string]string{"Referrer-Policy": want})
	}
}

func TestWidget(t *testing.T) {
	loader := `<script src="/chat/loader.js" async></script>`
	f := newFixture(t, nil)
	for _, tt := range []struct {
		name, target string
		options      []option
		status       int
		want         string
	}{
		{"loader mode holds nobody", "/chat/widget?user_id=6", []option{bearer(siteKey)}, 200, loader},
		{"loader mode by name", "/chat/widget?mode=loader", nil, 200, loader},
		{"a nonce", "/chat/widget?nonce=ab%2Bc/d==", nil, 200, `nonce="ab&#43;c/d=="`},
		{"a nonce that a web server passed on as it was", "/chat/widget?nonce=ab+c/d==", nil, 200, `nonce="ab&#43;c/d=="`},
		{"inline for a guest", "/chat/widget?mode=inline", nil, 200, `"user_id":null`},
		{"inline for a user", "/chat/widget?mode=inline&user_id=7&nonce=abc", []option{bearer(siteKey)}, 200, `"name":"Zo`},
		{"a key passed on with another site's header", "/chat/widget?mode=inline&user_id=6", []option{bearer(siteKey), header("Sec-Fetch-Site", "cross-site")}, 403, ""},
		{"an unknown mode", "/chat/widget?mode=iframe", nil, 400, ""},
		{"a nonce that leaves its attribute", "/chat/widget?nonce=%22%3E%3Cscript%3E", nil, 400, ""},
		{"a nonce without an end", "/chat/widget?nonce=" + strings.Repeat("a", 129), nil, 400, ""},
		{"an unknown user", "/chat/widget?mode=inline&user_id=99", []option{bearer(siteKey)}, 404, ""},
		{"a wrong key", "/chat/widget?mode=inline&user_id=6", []option{bearer("x")}, 401, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := f.ask(http.MethodGet, tt.target, tt.options...)
			if got.status != tt.status || !strings.Contains(got.body, tt.want) {
				t.Errorf("answers %d %s, want %d with %s", got.status, got.body, tt.status, tt.want)
			}
			if tt.status != 200 && (got.body != "" || got.header.Get("X-Chatpass-Error") == "") {
				t.Errorf("a refusal would stand in the page: %q, reason %q", got.body, got.header.Get("X-Chatpass-Error"))
			}
			if got.header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("Content-Type is %q", got.header.Get("Content-Type"))
			}
			if strings.Contains(got.body, "</script> ") || strings.Count(got.body, "</script>") != strings.Count(got.body, "<script") {
				t.Errorf("a name closed the script: %s", got.body)
			}
			if !strings.Contains(tt.target, "inline") && strings.Contains(got.body, "token") {
				t.Errorf("loader mode holds a token: %s", got.body)
			}
		})
	}
	t.Run("inline where the settings say so", func(t *testing.T) {
		f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) { o.Inline = true })
		if got := f.ask(http.MethodGet, "/chat/widget?user_id=6", bearer(siteKey)); !strings.Contains(got.body, `"token":"eyJ`) {
			t.Errorf("answers %s", got.body)
		}
		if got := f.ask(http.MethodGet, "/chat/widget?mode=loader"); got.body != loader && got.body != loader+"\n" {
			t.Errorf("the request's mode does not win: %q", got.body)
		}
	})
	t.Run("nothing for guests where guests see no chat", func(t *testing.T) {
		f := newFixture(t, func(_ *handlers.Options, c *imbachat.Config) { c.Guests = "off" })
		if got := f.ask(http.MethodGet, "/chat/widget?mode=inline"); got.status != 200 || got.body != "" {
			t.Errorf("answers %d %q", got.status, got.body)
		}
		if got := f.ask(http.MethodGet, "/chat/identity"); got.body != `{"user_id":null,"providers":{}}` {
			t.Errorf("identity is %s", got.body)
		}
	})
}

func TestButton(t *testing.T) {
	f := newFixture(t, nil)
	for _, tt := range []struct {
		name, target string
		options      []option
		status       int
		want         []string // nil: an empty body
	}{
		{"for a user", "/chat/button?to=7&user_id=6", []option{bearer(siteKey)}, 200, []string{"<button", "Write", "eyJ"}},
		{"with a label of one's own", "/chat/button?to=7&user_id=6&label=%3Cb%3EHi", []option{bearer(siteKey)}, 200, []string{"&lt;b&gt;Hi"}},
		{"for a guest", "/chat/button?to=7", nil, 200, nil},
		{"for a guest who names somebody", "/chat/button?to=7&user_id=6", nil, 200, nil},
		{"to oneself", "/chat/button?to=6&user_id=6", []option{bearer(siteKey)}, 200, nil},
		{"to an unknown user", "/chat/button?to=99&user_id=6", []option{bearer(siteKey)}, 200, nil},
		{"to a user no token can name", "/chat/button?to=9007199254740993&user_id=6", []option{bearer(siteKey)}, 200, nil},
		{"with another site's header", "/chat/button?to=7&user_id=6", []option{bearer(siteKey), header("Sec-Fetch-Site", "cross-site")}, 403, nil},
		{"to nobody", "/chat/button?user_id=6", []option{bearer(siteKey)}, 200, nil},
		{"of an unknown user, who must not become the other", "/chat/button?to=7&user_id=99", []option{bearer(siteKey)}, 404, nil},
		{"with a long label", "/chat/button?to=7&user_id=6&label=" + strings.Repeat("x", 101), []option{bearer(siteKey)}, 400, nil},
		{"with a wrong key", "/chat/button?to=7&user_id=6", []option{bearer("x")}, 401, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := f.ask(http.MethodGet, tt.target, tt.options...)
			if got.status != tt.status || tt.want == nil && got.body != "" {
				t.Errorf("answers %d %q, want %d", got.status, got.body, tt.status)
			}
			for _, piece := range tt.want {
				if !strings.Contains(got.body, piece) {
					t.Errorf("answers %s, without %q", got.body, piece)
				}
			}
		})
	}
}

func TestLoader(t *testing.T) {
	f := newFixture(t, nil)
	plain := f.ask(http.MethodGet, "/chat/loader.js")
	if plain.status != 200 || plain.body != string(static.Loader()) || plain.header.Get("Etag") != static.LoaderETag() {
		t.Fatalf("answers %d, %d bytes, ETag %s", plain.status, len(plain.body), plain.header.Get("Etag"))
	}
	for name, want := range map[string]string{
		"Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding", "Content-Type": "text/javascript; charset=utf-8", "Content-Encoding": "",
	} {
		if got := plain.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	packed := f.ask(http.MethodGet, "/chat/loader.js", header("Accept-Encoding", "br, gzip"))
	if packed.header.Get("Content-Encoding") != "gzip" || len(packed.body) > 3<<10 {
		t.Errorf("packed: %q, %d bytes", packed.header.Get("Content-Encoding"), len(packed.body))
	}
	r, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(r); err != nil || string(unpacked) != plain.body {
		t.Errorf("unpacked it is another file, error %v", err)
	}
	tag := packed.header.Get("Etag")
	if tag == plain.header.Get("Etag") {
		t.Error("two encodings have one entity tag")
	}
	for _, match := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		got := f.ask(http.MethodGet, "/chat/loader.js", header("Accept-Encoding", "gzip"), header("If-None-Match", match))
		if got.status != http.StatusNotModified || got.body != "" || got.header.Get("Etag") != tag || got.header.Get("Content-Encoding") != "" {
			t.Errorf("If-None-Match %s: %d, %d bytes, %v", match, got.status, len(got.body), got.header)
		}
	}
	if got := f.ask(http.MethodGet, "/chat/loader.js", header("If-None-Match", tag)); got.status != 200 {
		t.Errorf("the tag of another encoding: %d", got.status)
	}
}

func TestHeadHasTheLengthOfGet(t *testing.T) {
	f := newFixture(t, nil)
	for _, tt := range []struct {
		target  string
		options []option
	}{
		{"/healthz", nil},
		{"/readyz", nil},
		{"/nowhere", nil},
		{"/chat/loader.js", nil},
		{"/chat/loader.js", []option{header("Accept-Encoding", "gzip")}},
		{"/chat/widget", nil},
		{"/chat/widget?mode=inline&user_id=6", []option{bearer(siteKey)}},
		{"/chat/button?to=7&user_id=6", []option{bearer(siteKey)}},
		{"/chat/identity?user_id=6", []option{bearer(siteKey)}},
		{"/chat/users/6,7", []option{basic}},
		{"/chat/users/6,7", nil},
		{"/chat/search/john", []option{basic}},
	} {
		get, head := f.ask(http.MethodGet, tt.target, tt.options...), f.ask(http.MethodHead, tt.target, tt.options...)
		if head.status != get.status || head.body != "" || head.header.Get("Content-Length") != fmt.Sprint(len(get.body)) {
			t.Errorf("HEAD %s: %d, %d bytes, length %q; GET: %d, %d bytes", tt.target, head.status, len(head.body), head.header.Get("Content-Length"), get.status, len(get.body))
		}
		for _, h := range []http.Header{get.header, head.header} {
			h.Del("Content-Length")
			h.Del("X-Request-Id")
		}
		if diff := cmp.Diff(get.header, head.header); diff != "" {
			t.Errorf("%s: headers differ (-GET +HEAD):\n%s", tt.target, diff)
		}
	}
}
