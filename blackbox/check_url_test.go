package blackbox_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestSEC73CheckFindsOneMembersTokenInAnothersPage(t *testing.T) {
	t.Parallel()
	p := startPages(t)
	private := headers("Cache-Control", "no-store, private")
	p.expect(t, map[string]pageFault{
		"a page of the loader, from a cache": {
			&fakeSite{cached: true}, 0,
			[]string{
				"ok leak: the page holds no token and no id of anybody, in 9 fetches", "ok loader: is in the page", "ok page: ", "!fail", "ok csp: the page has no",
				"ok identity: knows both members and a guest apart", "ok identity: refuses the pages of other sites", "ok identity: arrives with Cache-Control: no-store",
			},
		},
		"a page with tokens that nothing keeps": {&fakeSite{inline: true, header: private}, 0, []string{"ok leak: everybody's page holds only their own token and id", "!fail"}},
		"a page with tokens that a cache keeps": {
			&fakeSite{inline: true, header: private, cached: true}, 1,
			[]string{
				"fail leak: the token (fingerprint … of the first member is in the page that the second member gets, from a cache (header X-Cache) … → let the page hold nothing personal: CHATPASS_WIDGET_MODE=loader",
				"fail leak: … of the first member is in the page that a visitor without cookies gets, from a cache",
				"!another key",
			},
		},
		"a cache that says nothing of itself": {
			&fakeSite{inline: true, cached: true, marks: http.Header{}}, 1,
			[]string{"fail leak: the token (fingerprint … of the first member is in the page that the second member gets → ", "fail leak: … a visitor without cookies gets → "},
		},
		"a page with tokens that does not forbid caches": {
			&fakeSite{inline: true, header: headers("Cache-Control", "max-age=60")}, 1,
			[]string{"fail leak: the page holds the token of the first member and does not say Cache-Control: no-store or private"},
		},
		"a cache that a guest filled before": {
			&fakeSite{inline: true, header: private, cached: true, kept: map[string]string{"/forum/?sid=1": "<h1>Forum</h1>" + loaderTag}}, 1,
			[]string{"fail leak: the token (fingerprint … of the first member is in the page that the second member gets"},
		},
		"a token in a header": {
			&fakeSite{header: headers("X-Chat", "pass="+leakedToken)}, 1,
			[]string{"fail leak: the token (fingerprint … in the header X-Chat, signed with another key than these settings have) of user *** is in the page that a visitor without cookies gets"},
		},
		"an id in the block alone": {
			&fakeSite{tag: `<script type="application/json" id="chatpass-data">{"user_id":71,"providers":{}}</script>` + loaderTag}, 1,
			[]string{"fail leak: the id (in the block chatpass-data) of the second member is in the page that the first member gets", "!the page that the second member gets"},
		},
		"a token in the dress of HTML": {
			&fakeSite{tag: `<a data-token="` + strings.ReplaceAll(leakedToken, ".", "&#46;") + `">` + loaderTag}, 1,
			[]string{"fail leak: the token (fingerprint "},
		},
		"somebody else's token for everybody": {
			&fakeSite{tag: `<script>map("eyJhbGciOiJIUzI1NiJ9.eyJ1IjoiY29tcGFueSIsImEiOiIxMjM0NTY3In0.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")</script>` + loaderTag}, 0,
			[]string{"ok leak: the page holds no token"},
		},
	}, "--cookies", p.file)
}

// leakedToken is a token of user 6 with a key that is nobody's.
const leakedToken = tokenHeader + ".eyJleHAiOjE4OTM0NTYwMDAsInVzZXJfaWQiOjZ9.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func TestSEC73CheckFindsWhyTheLoaderDoesNotRun(t *testing.T) {
	t.Parallel()
	p := startPages(t)
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(elsewhere.Close)
	policy := func(text string) *fakeSite { return &fakeSite{header: headers("Content-Security-Policy", text)} }
	answers := func(code int, kind, body string) *fakeSite {
		return &fakeSite{chat: func(w http.ResponseWriter, r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/loader.js") && says(code, body, "Content-Type", kind)(w, r)
		}}
	}
	p.expect(t, map[string]pageFault{
		"no loader":                              {&fakeSite{tag: "<p>"}, 1, []string{"fail loader: the page has no loader (a script /chat/loader.js) … → write what `chatpass snippet wordpress` prints into wp-content/mu-plugins/chatpass.php", "ok identity: knows both members"}},
		"one in a comment":                       {&fakeSite{tag: "<!-- " + loaderTag + " -->"}, 1, []string{"fail loader: the page has a loader only within a comment, a template or noscript"}},
		"one in a template":                      {&fakeSite{tag: "<template>" + loaderTag + "</template>"}, 1, []string{"fail loader: the page has a loader only within a comment, a template or noscript"}},
		"one in noscript":                        {&fakeSite{tag: "<noscript>" + loaderTag + "</noscript>"}, 1, []string{"fail loader: the page has a loader only within a comment, a template or noscript"}},
		"two loaders":                            {&fakeSite{tag: loaderTag + loaderTag}, 0, []string{"warn loader: is in the page more than once", "ok loader: is in the page"}},
		"another origin":                         {&fakeSite{tag: `<script src="` + elsewhere.URL + `/chat/loader.js"></script>`}, 1, []string{"fail loader: is loaded from another origin, " + elsewhere.URL + ", than the page … → let the tag name the path only"}},
		"another origin by the base of the page": {&fakeSite{head: `<base href="` + elsewhere.URL + `/">`}, 1, []string{"fail loader: is loaded from another origin, " + elsewhere.URL}},
		"another origin by data-base":            {&fakeSite{tag: `<script src="/chat/loader.js" data-base="https://chat.example.com/chat"></script>`}, 1, []string{"fail loader: is told by data-base to ask another origin, https://chat.example.com"}},
		"another path that answers": {
			&fakeSite{tag: `<script src="/messenger/loader.js"></script>`, page: func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasPrefix(r.URL.Path, "/messenger/") {
					http.Redirect(w, r, "/chat/"+strings.TrimPrefix(r.URL.Path, "/messenger/"), http.StatusFound)
					return true
				}
				return false
			}}, 1, []string{"fail loader: the page has no loader"},
		},
		"the path of former settings": {
			&fakeSite{tag: `<script src="/talk/loader.js"></script>`, page: notFound("/talk/")}, 1,
			[]string{"fail loader: the page has no loader (a script /chat/loader.js); it names /talk/loader.js, and CHATPASS_BASE_PATH is /chat → print wp-content/mu-plugins/chatpass.php again, by `chatpass snippet wordpress`, or set"},
		},
		"the path of former settings in the tag of WordPress": {
			&fakeSite{tag: `<script src="/talk/loader.js" data-base="/talk"></script>`, page: notFound("/talk/")}, 1,
			[]string{"fail loader: the tag names /talk/loader.js, and CHATPASS_BASE_PATH is /chat: it is answered with 404 … → print wp-content/mu-plugins/chatpass.php again"},
		},
		"former settings in data-base alone": {
			&fakeSite{tag: `<script src="/chat/loader.js" data-base="/talk"></script>`, page: notFound("/talk/")}, 1,
			[]string{"warn loader: is told by data-base to ask below /talk, and CHATPASS_BASE_PATH is /chat → print wp-content", "fail identity: "},
		},
		"a path without a slash": {
			&fakeSite{tag: `<script src="chat/loader.js"></script>`, page: notFound("/forum/chat/")}, 1,
			[]string{"fail loader: is named by a path without a slash at its beginning, chat/loader.js, which on this page is http … /forum/chat/loader.js: answered with 404 … → let the tag name the whole path: src=\"/chat/loader.js\""},
		},
		"a path without a slash that fits this page": {
			&fakeSite{tag: `<script src="../chat/loader.js"></script>`}, 0,
			[]string{"warn loader: is named by a path without a slash at its beginning, ../chat/loader.js: on pages in other folders it leads elsewhere"},
		},
		"a path without a slash behind a base": {&fakeSite{head: `<base href="/">`, tag: `<script src="chat/loader.js"></script>`}, 0, []string{"!without a slash", "ok loader: is in the page"}},
		"the hash of an older loader":          {&fakeSite{tag: `<script src="/chat/loader.js" integrity="sha384-AAAA"></script>`}, 1, []string{"fail loader: has an integrity attribute that is not of the loader … → remove integrity"}},
		"a redirect of the site itself": {
			&fakeSite{chat: redirects("/chat/loader-js/")}, 1,
			[]string{"fail loader: http … /chat/loader.js is answered with 301 by the site itself, and not by Chatpass: the web server does not hand /chat/ on → let the web server pass the path on as it is; `chatpass snippet nginx`"},
		},
		"a redirect to another name": {
			&fakeSite{chat: redirects("https://www.example.com/chat/loader.js")}, 1,
			[]string{"fail loader: http … is answered with 301, a redirect to https://www.example.com/chat/loader.js, and not with the loader → take /chat/ out of the redirect"},
		},
		"a script that is named alike": {&fakeSite{tag: `<script src="/js/loader.js"></script>`, page: func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Path == "/js/loader.js" && says(200, "let x = 1", "Content-Type", "text/javascript")(w, r)
		}}, 1, []string{"fail loader: the page has no loader"}},
		"a consent manager":                {&fakeSite{tag: `<script type="text/plain" src="/chat/loader.js"></script>`}, 0, []string{"warn loader: has the type text/plain, with which browsers do not run it", "ok loader: "}},
		"the loader's own consent":         {&fakeSite{tag: `<script src="/chat/loader.js" data-consent="wait"></script>`}, 0, []string{"ok loader: waits for the visitor's consent"}},
		"a page on which it hides":         {&fakeSite{tag: `<script src="/chat/loader.js" data-hide-on="/checkout/*, /forum/*"></script>`}, 0, []string{"ok loader: hides itself on this page"}},
		"a page on which it does not hide": {&fakeSite{tag: `<script src="/chat/loader.js" data-hide-on="/forum,*/admin/*"></script>`}, 0, []string{"!hides itself"}},
		"nothing at its address":           {answers(404, "text/html", "<h1>404</h1>"), 1, []string{"fail loader: http://127.0.0.1: … is answered with 404 and not with the loader → let the web server pass the path on"}},
		"the front page at its address":    {answers(200, "text/html", "<h1>Welcome</h1>"), 1, []string{"fail loader: http … is answered with something else than the loader"}},
		"no sidecar":                       {answers(502, "text/html", "Bad Gateway"), 1, []string{"fail loader: the web server answers 502 … does not reach the sidecar → start chatpass serve"}},
		"an old loader":                    {answers(200, "text/javascript", "(()=>{fetch('/chat/identity');document.dispatchEvent(new Event('chatpass:ready'))})()"), 0, []string{"warn loader: is not the one of this version … → restart the sidecar"}},
		"the loader as text": {
			&fakeSite{chat: func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/loader.js") {
					return false
				}
				a := p.get(t, "/chat/loader.js")
				return says(200, a.body, "Content-Type", "text/plain")(w, r)
			}}, 1, []string{"fail loader: is served as text/plain, which browsers do not run"},
		},
		"a policy that is right":                {policy("default-src 'none'; script-src 'self' https://api.imbachat.com; connect-src 'self'"), 0, []string{"ok csp: the Content-Security-Policy lets the loader"}},
		"a policy without the provider":         {policy("script-src 'self'"), 1, []string{"fail csp: the directive script-src blocks the provider's script from https://api.imbachat.com → add https://api.imbachat.com to script-src"}},
		"a policy of one directive for all":     {policy("default-src 'none'"), 1, []string{"fail csp: the directive default-src blocks the loader → give the Content-Security-Policy a directive script-src of its own, with what default-src allows and 'self'", "fail csp: … → give the Content-Security-Policy a directive connect-src of its own", "fail csp: … → give the Content-Security-Policy a directive script-src of its own, with what default-src allows and https://api.imbachat.com"}},
		"a policy without the site":             {policy("script-src https://api.imbachat.com"), 1, []string{"fail csp: the directive script-src blocks the loader → add 'self' to script-src"}},
		"a policy without the question":         {policy("script-src * 'self'; connect-src https://stats.example.com"), 1, []string{"fail csp: the directive connect-src keeps the loader from asking http … /chat/identity → add 'self' to connect-src"}},
		"a policy in the page":                  {&fakeSite{head: `<meta http-equiv="Content-Security-Policy" content="script-src 'nonce-secretnonce'">`}, 1, []string{"fail csp: the directive script-src blocks the loader", "!secretnonce"}},
		"a policy with a sandbox":               {policy("sandbox allow-scripts"), 1, []string{"fail csp: the policy puts the page into a sandbox without allow-same-origin"}},
		"a policy with Trusted Types of others": {policy("trusted-types dompurify; require-trusted-types-for 'script'"), 1, []string{"fail csp: the directive trusted-types keeps the loader from adding the provider's script → add chatpass to trusted-types"}},
		"a policy that is only reported":        {&fakeSite{header: headers("Content-Security-Policy-Report-Only", "script-src 'none'")}, 0, []string{"ok csp: there is a Content-Security-Policy-Report-Only, which blocks nothing", "ok csp: the page has no"}},
		"the provider's script of the inline mode": {
			&fakeSite{inline: true, header: headers("Cache-Control", "private", "Content-Security-Policy", "script-src 'self' 'strict-dynamic'")}, 1,
			[]string{"fail csp: the directive script-src blocks the loader", "fail csp: the directive script-src blocks the provider's script"},
		},
		"a cookie for a folder": {
			&fakeSite{header: http.Header{"Set-Cookie": {"PHPSESSID=x; Path=/forum/", wpCookieName + "=" + session + "; Path=/forum/; HttpOnly"}}}, 1,
			[]string{"fail cookies: the site sets its cookie wordpress_… for the path /forum/ only, outside of which CHATPASS_BASE_PATH /chat lies … → mount Chatpass below that path (CHATPASS_BASE_PATH=/forum/chat", "!PHPSESSID"},
		},
		"a cookie for the site":       {&fakeSite{header: http.Header{"Set-Cookie": {wpCookieName + "=" + session + "; Path=/; HttpOnly"}}}, 0, []string{"ok cookies: the site's cookie of sessions reaches /chat/"}},
		"a cookie for another domain": {&fakeSite{header: http.Header{"Set-Cookie": {wpCookieName + "=x; Path=/; Domain=.example.com"}}}, 1, []string{"fail cookies: the site sets its cookie wordpress_… for another domain"}},
		"a cookie that is taken away": {&fakeSite{header: http.Header{"Set-Cookie": {wpCookieName + "=x; Path=/forum/; Max-Age=0"}}}, 0, []string{"!fail cookies"}},
	}, "--cookies", p.file)
}

// notFound answers 404 below a path.
func notFound(path string) func(w http.ResponseWriter, r *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return strings.HasPrefix(r.URL.Path, path) && says(http.StatusNotFound, "<h1>Not found</h1>", "Content-Type", "text/html")(w, r)
	}
}

// redirects sends whoever asks for the loader elsewhere.
func redirects(to string) func(w http.ResponseWriter, r *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/loader.js") {
			http.Redirect(w, r, to, http.StatusMovedPermanently)
			return true
		}
		return false
	}
}

func TestSEC73CheckFindsOneVisitorsPassGivenToAnother(t *testing.T) {
	t.Parallel()
	p := startPages(t)
	// keeps answers identity from a memory that knows nothing of cookies.
	keeps := func(header ...string) *fakeSite {
		var kept atomic.Pointer[string]
		return &fakeSite{chat: func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/chat/identity" || r.Header.Get("Sec-Fetch-Site") == "cross-site" {
				return false
			}
			old := kept.Load()
			if old == nil {
				a := p.get(t, "/chat/identity", func(q *http.Request) { q.Header = r.Header.Clone() })
				old = &a.body
				kept.Store(old)
			}
			return says(200, *old, append([]string{"Content-Type", "application/json", "Cache-Control", "no-store"}, header...)...)(w, r)
		}}
	}
	passing := func(change func(r *http.Request)) *fakeSite {
		return &fakeSite{chat: changes(change)}
	}
	p.expect(t, map[string]pageFault{
		"a cache before identity": {keeps("Age", "5"), 1, []string{
			"fail identity: one visitor gets another's pass: a visitor without cookies is taken for the first member (the header Age shows a cache) → let nothing keep the answers of /chat/identity",
			"fail identity: is answered from a cache, as the header Age shows", "ok leak: ",
		}},
		"the cookies of somebody else": {
			passing(func(r *http.Request) {
				if r.Header.Get("Cookie") != "" {
					r.Header.Set("Cookie", p.members[0].cookie)
				}
			}), 1, []string{"fail identity: one visitor gets another's pass: the second member is taken for the first"},
		},
		"cookies that are dropped": {passing(func(r *http.Request) { r.Header.Del("Cookie") }), 1, []string{"fail identity: does not know the first member through the public address, while the sidecar itself does", "→ let /chat/ have the visitor's Cookie header"}},
		"headers of the browser that are dropped": {
			passing(func(r *http.Request) {
				r.Header.Del("Sec-Fetch-Site")
				r.Header.Del("X-Requested-With")
			}), 1, []string{"fail identity: Chatpass refuses the page's own question: the web server takes Sec-Fetch-Site"},
		},
		"only Sec-Fetch-Site is dropped": {passing(func(r *http.Request) { r.Header.Del("Sec-Fetch-Site") }), 1, []string{"ok identity: knows both members", "fail identity: answers 200 to what a page of another site asks"}},
		"Cache-Control is taken off": {
			&fakeSite{chat: func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/chat/identity" {
					return false
				}
				a := p.get(t, "/chat/identity", func(q *http.Request) { q.Header = r.Header.Clone() })
				return says(a.status, a.body, "Content-Type", "application/json")(w, r)
			}}, 1, []string{"fail identity: arrives without Cache-Control: no-store", "ok identity: knows both members", "ok identity: refuses the pages of other sites"},
		},
		"the site itself answers": {&fakeSite{chat: func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Path == "/chat/identity" && says(200, "<h1>Welcome</h1>", "Content-Type", "text/html")(w, r)
		}}, 1, []string{"fail identity: something else answers, with 200"}},
		"no sidecar": {&fakeSite{chat: func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Path == "/chat/identity" && says(504, "", "Content-Type", "text/html")(w, r)
		}}, 1, []string{"fail identity: the web server answers 504"}},
	}, "--cookies", p.file)
	t.Run("cookies that have ended", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "cookies")
		replace(t, file, strings.Replace(p.members[0].cookie, wpEnd, "1700000000", 1)+"\n"+p.members[1].cookie+"\n")
		lines := p.check(t, 1, "--url", (&fakeSite{}).start(t, p.sidecar), "--cookies", file)
		expectLine(t, lines, "fail identity: takes the first member for a guest, the sidecar itself does too", "→ sign in anew")
	})
	t.Run("a secret that is not the site's", func(t *testing.T) {
		t.Parallel()
		e := p.env.with("SESSION_SECRETS", "logged_in_key=another-key-than-the-sites-0123456789;logged_in_salt="+wpSalt)
		s := serve(t, e.with("LISTEN", "127.0.0.1:0", "ADMIN_LISTEN", "127.0.0.1:0"))
		lines := check(t, e.with("LISTEN", strings.TrimPrefix(s.public, "http://")), 1, "--url", (&fakeSite{}).start(t, s), "--cookies", p.file)
		expectLine(t, lines, "fail identity: takes the first member for a guest, the sidecar itself does too", "or a secret of the site (logged_in_key, logged_in_salt, from CHATPASS_SESSION_SECRETS) does not fit")
	})
	t.Run("one member twice", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "cookies")
		replace(t, file, p.members[0].cookie+"\n"+p.members[0].cookie+"; other=1\n")
		expectLine(t, p.check(t, 1, "--url", (&fakeSite{}).start(t, p.sidecar), "--cookies", file), "fail leak: both lines of --cookies are of one member")
	})
	t.Run("without cookies", func(t *testing.T) {
		t.Parallel()
		lines := p.check(t, 0, "--url", (&fakeSite{}).start(t, p.sidecar))
		expectLine(t, lines, "warn leak: whether one member's token reaches another was tried with made-up visitors only", "→ sign two test members in")
		expectLine(t, lines, "ok identity: takes visitors without a session for guests")
		lines = p.check(t, 1, "--url", keeps().start(t, p.sidecar), "--cookies", p.file)
		expectLine(t, lines, "fail identity: one visitor gets another's pass")
	})
}

func TestCheckTellsWhyNobodyCanBeKnown(t *testing.T) {
	t.Parallel()
	db, e := kvsSite(t)
	db.Exec(t, "CREATE TABLE logins (sid varchar(64) PRIMARY KEY, uid int, ends_at datetime)")
	e = e.with("SESSION_COOKIE", "sid", "SESSION_TABLE", "logins", "SESSION_KEY", "sid", "SESSION_USER", "uid", "SESSION_EXPIRES", "ends_at")
	s := serve(t, e)
	db.Exec(t, "DROP TABLE logins")
	file := filepath.Join(t.TempDir(), "cookies")
	replace(t, file, "sid="+session+"1\nsid="+session+"2\n")
	lines := check(t, e.with("LISTEN", strings.TrimPrefix(s.public, "http://")), 1, "--url", (&fakeSite{}).start(t, s), "--cookies", file)
	expectLine(t, lines, "fail identity: Chatpass cannot tell now who asks", "→ see what is found about CHATPASS_SESSION_TABLE above: ")
}

func TestSEC73CheckOfOddPages(t *testing.T) {
	t.Parallel()
	p := startPages(t)
	sends := func(code int, to string) *fakeSite {
		return &fakeSite{page: func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/forum/" {
				return false
			}
			w.Header().Set("Location", to)
			w.WriteHeader(code)
			return true
		}}
	}
	raw := func(kind string, write func(w http.ResponseWriter, html string)) *fakeSite {
		return &fakeSite{write: func(w http.ResponseWriter, _ *http.Request, html string) {
			w.Header().Set("Content-Type", kind)
			write(w, html)
		}}
	}
	p.expect(t, map[string]pageFault{
		"a redirect on the site":        {sends(301, "/board/?a=b"), 0, []string{"ok page: leads to http://127.0.0.1: … /board/, which was looked at", "warn page: is at http://127.0.0.1: … which is none of the addresses in CHATPASS_SITE_URL (https://www.example.com is the first) … → put the addresses that visitors use into CHATPASS_SITE_URL", "ok loader: is in the page"}},
		"a redirect to a word alike":    {sends(301, "/authors/jane/"), 0, []string{"ok page: leads to http://127.0.0.1: … /authors/jane/, which was looked at"}},
		"a page with a log-in form":     {&fakeSite{tag: `<form><input type=password></form>` + loaderTag, page: sends(301, "/board/").page}, 0, []string{"ok page: leads to http://127.0.0.1: … /board/", "ok loader: is in the page"}},
		"a redirect to another site":    {sends(302, "https://evil.example/x?secret=1"), 1, []string{"fail page: sends visitors to another site, https://evil.example/x, where nothing was sent", "!secret"}},
		"a redirect to something else":  {sends(302, "javascript:alert(1)"), 1, []string{"fail page: sends visitors to another site"}},
		"a redirect in a circle":        {sends(302, "/forum/"), 1, []string{"fail page: cannot be fetched: redirects in a circle"}},
		"the log-in page":               {sends(302, "/wp-login.php?redirect_to=x"), 1, []string{"fail page: sends the first member to the log-in page http … /wp-login.php: the site does not know the cookies"}},
		"a log-in page by another name": {&fakeSite{head: "", tag: `<form><input type=password></form>`, page: sends(302, "/enter").page}, 1, []string{"fail page: sends the first member to the log-in page"}},
		"a page for members": {
			&fakeSite{page: func(w http.ResponseWriter, r *http.Request) bool {
				if r.Header.Get("Cookie") != "" || r.URL.Path != "/forum/" {
					return false
				}
				http.Redirect(w, r, "/about", http.StatusFound)
				return true
			}}, 0, []string{"ok loader: is in the page"},
		},
		"a page that is not there":   {&fakeSite{page: says(404, "no")}, 1, []string{"fail page: is answered with 404"}},
		"a rule against robots":      {&fakeSite{page: says(403, "no")}, 1, []string{"fail page: the web server, or what stands before it, answers 403"}},
		"a password before the page": {&fakeSite{page: says(401, "no", "WWW-Authenticate", "Basic realm=x")}, 1, []string{"fail page: the web server asks for a password"}},
		"no HTML":                    {&fakeSite{page: says(200, "{}", "Content-Type", "application/json")}, 1, []string{"fail page: is no HTML but application/json"}},
		"a page in latin1": {
			raw("text/html; charset=iso-8859-1", func(w http.ResponseWriter, html string) { _, _ = io.WriteString(w, "caf\xe9"+html) }), 0,
			[]string{"ok loader: is in the page", "ok leak: "},
		},
		"a token in a page of UTF-16": {
			raw("text/html; charset=utf-16le", func(w http.ResponseWriter, html string) {
				for _, c := range []byte(html + leakedToken) {
					_, _ = w.Write([]byte{c, 0})
				}
			}), 1, []string{"fail leak: the token (fingerprint", "ok loader: is in the page"},
		},
		"a page that comes packed": {
			raw("text/html", func(w http.ResponseWriter, html string) {
				w.Header().Set("Content-Encoding", "gzip")
				z := gzip.NewWriter(w)
				_, _ = io.WriteString(z, html+leakedToken)
				_ = z.Close()
			}), 1, []string{"fail leak: the token (fingerprint", "ok loader: is in the page"},
		},
		"a page packed in a way nobody asked for": {
			raw("text/html", func(w http.ResponseWriter, _ string) {
				w.Header().Set("Content-Encoding", "br")
				_, _ = io.WriteString(w, "x")
			}), 1, []string{"fail page: arrives packed in a way that was not asked for"},
		},
		"a page in pieces": {
			raw("text/html", func(w http.ResponseWriter, html string) {
				for part := range bytes.SplitAfterSeq([]byte(html), []byte(">")) {
					_, _ = w.Write(part)
					_ = http.NewResponseController(w).Flush()
				}
			}), 0, []string{"ok loader: is in the page"},
		},
		"a page without end": {
			raw("text/html", func(w http.ResponseWriter, html string) {
				_, _ = io.WriteString(w, html)
				for chunk := bytes.Repeat([]byte("<p>x</p>"), 1<<13); ; {
					if _, err := w.Write(chunk); err != nil {
						return
					}
				}
			}), 0, []string{"warn page: is longer than 4 MiB: only its beginning was looked at", "ok loader: is in the page"},
		},
		"a page that breaks off": {
			raw("text/html", func(w http.ResponseWriter, html string) {
				w.Header().Set("Content-Length", "100000")
				_, _ = io.WriteString(w, html)
			}), 1, []string{"fail page: cannot be fetched: "},
		},
		"a page of nothing but elements": {&fakeSite{head: strings.Repeat("<div>", 5000)}, 1, []string{"fail page: is no HTML that browsers could show"}},
		"addresses that would rule the terminal": {
			&fakeSite{tag: "<script src=\"\x1b[31mhttp://x\u202e/chat/loader.js\"></script><script type=\"a\x1b]0;x\x07\" src=\"/chat/loader.js\"></script>", header: headers("Set-Cookie", wpCookieName+"=x; Path=/\u202eabc")}, 1,
			[]string{"!\u202e"},
		},
	}, "--cookies", p.file)
	t.Run("a page that hangs", func(t *testing.T) {
		t.Parallel()
		f := &fakeSite{page: func(_ http.ResponseWriter, r *http.Request) bool {
			<-r.Context().Done()
			return true
		}}
		began := time.Now()
		expectLine(t, p.check(t, 1, "--url", f.start(t, p.sidecar)), "fail page: cannot be fetched: ", "→ see why the page takes more than 10s")
		if took := time.Since(began); took > 18*time.Second {
			t.Errorf("it took %s", took)
		}
	})
	t.Run("nobody who answers", func(t *testing.T) {
		t.Parallel()
		expectLine(t, p.check(t, 1, "--url", "http://127.0.0.1:1/"), "fail page: cannot be fetched", "→ start the site's web server")
	})
	t.Run("a certificate nobody knows", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewTLSServer(http.NotFoundHandler())
		t.Cleanup(server.Close)
		expectLine(t, p.check(t, 1, "--url", server.URL), "fail page: cannot be fetched", "→ let the web server send the whole chain")
	})
	t.Run("https to a port of http", func(t *testing.T) {
		t.Parallel()
		expectLine(t, p.check(t, 1, "--url", strings.Replace((&fakeSite{}).start(t, p.sidecar), "http:", "https:", 1)), "fail page: cannot be fetched", "→ the port does not speak TLS")
	})
	t.Run("only members see the page", func(t *testing.T) {
		t.Parallel()
		expectLine(t, p.check(t, 1, "--url", sends(302, "/login").start(t, p.sidecar)+"/forum/"), "fail page: sends visitors to the log-in page", "→ sign two test members in")
	})
}

// TestSEC73CheckSendsCookiesToTheSiteOnly looks who gets the cookies of --cookies, and that nobody else reads them.
func TestSEC73CheckSendsCookiesToTheSiteOnly(t *testing.T) {
	t.Parallel()
	p := startPages(t)
	var stolen, asked atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if strings.Contains(r.Header.Get("Cookie"), session) { // and not one of a made-up visitor
			stolen.Add(1)
		}
	}))
	t.Cleanup(thief.Close)
	t.Run("not by a redirect or a script", func(t *testing.T) {
		at := strings.Replace(thief.URL, "127.0.0.1", "localhost", 1)
		f := &fakeSite{tag: `<script src="` + at + `/chat/loader.js"></script><script src="` + at + `/a/loader.js"></script>`}
		p.check(t, 1, "--url", f.start(t, p.sidecar), "--cookies", p.file)
		f = &fakeSite{page: says(302, "", "Location", at)}
		p.check(t, 1, "--url", f.start(t, p.sidecar), "--cookies", p.file)
		if n := asked.Load(); n != 0 {
			t.Errorf("another host was asked %d times", n)
		}
	})
	t.Run("not in clear text to a name that is not the site's", func(t *testing.T) {
		lines := p.check(t, 1, "--url", strings.Replace(thief.URL, "127.0.0.1", "0.0.0.0", 1), "--cookies", p.file)
		expectLine(t, lines, "fail cookies: the address is plain http to a name that CHATPASS_SITE_URL does not give with http://: the cookies were not sent there")
	})
	if n := stolen.Load(); n > 0 || asked.Load() == 0 {
		t.Errorf("cookies were sent %d times", n)
	}
	t.Run("a file that others may read is warned of", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "cookies")
		replace(t, file, p.members[0].cookie+"\n"+p.members[1].cookie)
		if err := os.Chmod(file, 0o644); err != nil {
			t.Fatal(err)
		}
		expectLine(t, p.check(t, 0, "--url", (&fakeSite{}).start(t, p.sidecar), "--cookies", file), "warn cookies: others may read the file", "→ chmod 600")
	})
	t.Run("from standard input", func(t *testing.T) {
		cmd := prepare(t, p.env, "check", "--url", (&fakeSite{}).start(t, p.sidecar), "--cookies", "-")
		var out bytes.Buffer
		cmd.Stdin, cmd.Stdout = strings.NewReader("Cookie: "+p.members[0].cookie+"\r\n\r\nUser-Agent: Mozilla/5.0 (X11)\r\n"+p.members[1].cookie), &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if code, ended := ends(cmd, runLimit); code != 0 || !ended || !strings.Contains(out.String(), "knows both members") {
			t.Errorf("ended with %d:\n%s", code, out.String())
		}
		leaks(t, "check", out.String())
	})
}

func TestSEC73CheckRefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		replace(t, path, text)
		return path
	}
	for name, args := range map[string][]string{
		"an address without a scheme":    {"--url", "www.example.com"},
		"another scheme":                 {"--url", "file:///etc/passwd"},
		"a password in the address":      {"--url", "https://u:" + session + "@www.example.com/"},
		"no address":                     {"--url", ""},
		"cookies without a page":         {"--cookies", file("good", "a=b\nc=d")},
		"no file of cookies":             {"--url", "http://127.0.0.1:1", "--cookies", filepath.Join(folder, "nothing")},
		"a folder of cookies":            {"--url", "http://127.0.0.1:1", "--cookies", folder},
		"one member only":                {"--url", "http://127.0.0.1:1", "--cookies", file("one", "a="+session)},
		"three members":                  {"--url", "http://127.0.0.1:1", "--cookies", file("three", "a="+session+"\nb=c\nd=e")},
		"one member twice":               {"--url", "http://127.0.0.1:1", "--cookies", file("twice", "a="+session+"\nCookie: a="+session)},
		"a line that is none of cookies": {"--url", "http://127.0.0.1:1", "--cookies", file("none", session+"\nb=c")},
		"a control character":            {"--url", "http://127.0.0.1:1", "--cookies", file("control", "a="+session+"\x00\nb=c")},
		"a line longer than any header":  {"--url", "http://127.0.0.1:1", "--cookies", file("long", "a="+strings.Repeat(session, 2000))},
		"the file's name left out":       {"--url", "http://127.0.0.1:1", "--cookies", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r := run(t, env{}, append([]string{"check"}, args...)...); r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, "--cookies ") && !strings.Contains(r.stderr, "--url ") {
				t.Errorf("ended with %d: %s%s", r.code, r.stdout, r.stderr)
			}
		})
	}
}
