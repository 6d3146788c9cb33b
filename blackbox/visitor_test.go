package blackbox_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// expectPersonal checks the headers that keep an answer out of every cache (SEC-70).
func expectPersonal(t testing.TB, a answer) {
	t.Helper()
	for name, want := range map[string]string{
		"Cache-Control": "no-store, private", "Vary": "Cookie", "Pragma": "no-cache", "Cdn-Cache-Control": "no-store",
		"Surrogate-Control": "no-store", "Etag": "", "Last-Modified": "", "Set-Cookie": "", "X-Content-Type-Options": "nosniff",
		"Access-Control-Allow-Origin": "", "Content-Encoding": "",
	} {
		a.expectHeader(t, name, want)
	}
}

func TestIdentityOfTheSitesServer(t *testing.T) {
	t.Parallel()
	_, e := kvsSite(t)
	s := serve(t, e.with("USERS_WHERE", "status_id in (2,3)"))
	const guest = `{"user_id":null,"providers":{}}`
	for name, c := range map[string]struct {
		target  string
		options []option
		status  int
		body    string // when it is all that counts
	}{
		"a guest": {"/chat/identity", nil, http.StatusOK, guest},
		"SEC-84: without the key user_id is ignored":  {"/chat/identity?user_id=1", nil, http.StatusOK, guest},
		"a visitor with cookies and no session":       {"/chat/identity?user_id=1", []option{header("Cookie", "user_id=1"), header("Sec-Fetch-Site", "same-origin")}, http.StatusOK, guest},
		"a user":                                      {"/chat/identity?user_id=1", []option{theSite}, http.StatusOK, ""},
		"the scheme in other case":                    {"/chat/identity?user_id=1", []option{header("Authorization", "bearer "+siteKey)}, http.StatusOK, ""},
		"the site's guest":                            {"/chat/identity", []option{theSite}, http.StatusOK, guest},
		"the site's guest, spelled out":               {"/chat/identity?user_id=", []option{theSite}, http.StatusOK, guest},
		"a wrong key":                                 {"/chat/identity?user_id=1", []option{bearer(siteKey + "x")}, http.StatusUnauthorized, ""},
		"the beginning of the key":                    {"/chat/identity?user_id=1", []option{bearer(siteKey[:31])}, http.StatusUnauthorized, ""},
		"an empty key":                                {"/chat/identity?user_id=1", []option{bearer("")}, http.StatusUnauthorized, ""},
		"the secret key of the provider":              {"/chat/identity?user_id=1", []option{bearer(secretKey)}, http.StatusUnauthorized, ""},
		"the site's own Basic auth is nobody's":       {"/chat/identity?user_id=1", []option{basic("staging", "staging")}, http.StatusOK, guest},
		"the provider's credentials are nobody's":     {"/chat/identity?user_id=1", []option{provider}, http.StatusOK, guest},
		"an unknown user":                             {"/chat/identity?user_id=99", []option{theSite}, http.StatusNotFound, ""},
		"a banned user":                               {"/chat/identity?user_id=7", []option{theSite}, http.StatusNotFound, ""},
		"another spelling of user 1":                  {"/chat/identity?user_id=01", []option{theSite}, http.StatusNotFound, ""},
		"text that the database would read as user 1": {"/chat/identity?user_id=1abc", []option{theSite}, http.StatusNotFound, ""},
		"a list":                                    {"/chat/identity?user_id=1,2", []option{theSite}, http.StatusNotFound, ""},
		"two different users":                       {"/chat/identity?user_id=1&user_id=2", []option{theSite}, http.StatusConflict, ""},
		"the same user twice":                       {"/chat/identity?user_id=1&user_id=1", []option{theSite}, http.StatusOK, ""},
		"two keys":                                  {"/chat/identity?user_id=1", []option{theSite, theSite}, http.StatusBadRequest, ""},
		"from a page of another site":               {"/chat/identity", []option{header("Sec-Fetch-Site", "cross-site")}, http.StatusForbidden, ""},
		"from another host of the same site":        {"/chat/identity", []option{header("Sec-Fetch-Site", "same-site")}, http.StatusForbidden, ""},
		"with the key, from a page of another site": {"/chat/identity?user_id=1", []option{theSite, header("Sec-Fetch-Site", "cross-site")}, http.StatusForbidden, ""},
		"from a foreign origin":                     {"/chat/identity", []option{header("Origin", "https://evil.example")}, http.StatusForbidden, ""},
		"from an origin that begins alike":          {"/chat/identity", []option{header("Origin", "https://www.example.com.evil.example")}, http.StatusForbidden, ""},
		"from an origin that ends alike":            {"/chat/identity", []option{header("Origin", "https://evil-www.example.com")}, http.StatusForbidden, ""},
		"from the origin null":                      {"/chat/identity", []option{header("Origin", "null")}, http.StatusForbidden, ""},
		"from the site's origin without TLS":        {"/chat/identity", []option{header("Origin", "http://www.example.com")}, http.StatusForbidden, ""},
		"from the site's origin":                    {"/chat/identity", []option{header("Origin", "https://www.example.com"), header("Sec-Fetch-Site", "same-origin")}, http.StatusOK, guest},
		"opened as a document":                      {"/chat/identity", []option{header("Sec-Fetch-Site", "same-origin"), header("Sec-Fetch-Dest", "document")}, http.StatusForbidden, ""},
		"an old browser with cookies":               {"/chat/identity", []option{header("Cookie", "a=b")}, http.StatusForbidden, ""},
		"an old browser's loader with cookies":      {"/chat/identity", []option{header("Cookie", "a=b"), header("X-Requested-With", "chatpass")}, http.StatusOK, guest},
		"JSONP is not spoken":                       {"/chat/identity?callback=f&jsonp=f", nil, http.StatusOK, guest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.get(t, c.target, c.options...)
			a.expectStatus(t, c.status)
			if c.body != "" {
				a.expect(t, c.status, c.body)
			}
			if a.status != http.StatusBadRequest && a.status != http.StatusForbidden {
				expectPersonal(t, a)
			}
			if hasToken := strings.Contains(a.body, tokenHeader); hasToken != (c.status == http.StatusOK && c.body == "") {
				t.Errorf("a token in the answer: %t; it is %s", hasToken, a.body)
			}
			a.expectHeader(t, "Content-Type", "application/json")
			a.expectHeader(t, "Cross-Origin-Resource-Policy", "same-origin")
		})
	}
	t.Run("all of a user's answer", func(t *testing.T) {
		t.Parallel()
		who := identityOf(t, s.get(t, "/chat/identity?user_id=4", theSite))
		if text, ok := who.UserID.(interface{ String() string }); !ok || text.String() != "4" {
			t.Errorf("user_id is %v", who.UserID)
		}
		imba := who.Providers["imbachat"]
		if who.Name != "</script><script>alert(1)</script>" || imba.Script != "https://api.imbachat.com/imbachat/v1/4711/widget" {
			t.Errorf("the answer is %+v", who)
		}
		expectWidgetToken(t, imba.Token, "4", time.Hour)
	})
	t.Run("other methods are refused", func(t *testing.T) {
		t.Parallel()
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace} {
			s.do(t, method, "/chat/identity?user_id=1", theSite).expectStatus(t, http.StatusMethodNotAllowed)
		}
		s.do(t, http.MethodHead, "/chat/identity?user_id=1", theSite).expect(t, http.StatusOK, "")
	})
	t.Run("without a site key nobody is anybody", func(t *testing.T) {
		t.Parallel()
		keyless := serve(t, e.with("SITE_KEY", ""))
		keyless.get(t, "/chat/identity?user_id=1").expect(t, http.StatusOK, guest)
		keyless.get(t, "/chat/identity?user_id=1", theSite).expectStatus(t, http.StatusUnauthorized)
	})
}

func TestRejectedKeysAreLimited(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 3))
	n := 0
	for ; n < 70; n++ {
		a := s.get(t, "/chat/identity?user_id=1", bearer("x"))
		if a.status == http.StatusTooManyRequests {
			expectRetryAfter(t, a, 60)
			break
		}
		a.expectStatus(t, http.StatusUnauthorized)
	}
	if n != 60 {
		t.Errorf("%d wrong keys were answered 401, want 60", n)
	}
	s.get(t, "/chat/identity?user_id=1", theSite).expectStatus(t, http.StatusOK)
	s.get(t, "/chat/identity").expectStatus(t, http.StatusOK)
}

const loaderTag = `<script src="/chat/loader.js" async></script>`

func TestWidget(t *testing.T) {
	t.Parallel()
	_, e := kvsSite(t)
	s := serve(t, e.with("IMBACHAT_OPTIONS", "language=en-US;theme=</script><b>;resizable=true"))
	t.Run("SEC-61: in loader mode it is one external script for everybody", func(t *testing.T) {
		t.Parallel()
		for _, a := range []answer{
			s.get(t, "/chat/widget"), s.get(t, "/chat/widget?user_id=1", theSite), s.get(t, "/chat/widget?mode=loader&user_id=1", theSite),
			s.get(t, "/chat/widget?user_id=1", bearer("wrong")),
		} {
			a.expect(t, http.StatusOK, loaderTag)
			a.expectHeader(t, "Content-Type", "text/html; charset=utf-8")
		}
	})
	t.Run("SEC-61: a nonce passes through", func(t *testing.T) {
		t.Parallel()
		s.get(t, "/chat/widget?nonce=r4nd0m-_%2F%3D").expect(t, http.StatusOK, `<script src="/chat/loader.js" async nonce="r4nd0m-_/="></script>`)
		for _, plus := range []string{"a+b", "a%2Bb"} { // base64 has plus signs, and sites forget to escape them
			s.get(t, "/chat/widget?nonce="+plus).expect(t, http.StatusOK, `<script src="/chat/loader.js" async nonce="a&#43;b"></script>`)
		}
		a := s.get(t, "/chat/widget?mode=inline&user_id=1&nonce=r4nd0m", theSite)
		if got := strings.Count(a.body, ` nonce="r4nd0m"`); got != strings.Count(a.body, "<script") {
			t.Errorf("%d nonces in %s", got, a.body)
		}
	})
	t.Run("what is no nonce is refused and not repeated", func(t *testing.T) {
		t.Parallel()
		for _, nonce := range []string{"%22%3E%3Cscript%3E", "a;b", "a'b", "%00", strings.Repeat("a", 129)} {
			a := s.get(t, "/chat/widget?nonce="+nonce)
			if nonce == "a;b" && a.status == http.StatusOK { // a parameter that cannot be read is none
				a.expect(t, http.StatusOK, loaderTag)
				continue
			}
			a.expect(t, http.StatusBadRequest, "")
		}
	})
	t.Run("inline mode holds script, options and token in one JSON block", func(t *testing.T) {
		t.Parallel()
		a := s.get(t, "/chat/widget?mode=inline&user_id=4", theSite)
		a.expectStatus(t, http.StatusOK)
		expectPersonal(t, a)
		m := regexp.MustCompile(`(?s)^<script type="application/json" id="chatpass-data">(.*?)</script>\n<script src="https://api\.imbachat\.com/imbachat/v1/4711/widget" async></script>\n` + regexp.QuoteMeta(loaderTag) + `$`).FindStringSubmatch(a.body)
		if m == nil {
			t.Fatalf("the fragment is %s", a.body)
		}
		if strings.ContainsAny(m[1], "<>&") {
			t.Errorf("the block could end its element: %s", m[1])
		}
		var who identityAnswer
		decode(t, m[1], &who)
		options := who.Providers["imbachat"].Options
		if who.Name != "</script><script>alert(1)</script>" || options["theme"] != "</script><b>" || options["resizable"] != true {
			t.Errorf("the block says %+v", who)
		}
		expectWidgetToken(t, who.Providers["imbachat"].Token, "4", time.Hour)
	})
	t.Run("inline mode without a user is empty", func(t *testing.T) {
		t.Parallel()
		for _, a := range []answer{s.get(t, "/chat/widget?mode=inline"), s.get(t, "/chat/widget?mode=inline&user_id=1"), s.get(t, "/chat/widget?mode=inline", theSite)} {
			a.expect(t, http.StatusOK, "")
			expectPersonal(t, a)
		}
	})
	t.Run("errors leave the page as it is", func(t *testing.T) {
		t.Parallel()
		for target, status := range map[string]int{
			"/chat/widget?mode=inline&user_id=99": http.StatusNotFound, "/chat/widget?mode=inline&user_id=1&user_id=2": http.StatusConflict, "/chat/widget?mode=frame": http.StatusBadRequest,
		} {
			s.get(t, target, theSite).expect(t, status, "")
		}
		s.get(t, "/chat/widget?mode=inline&user_id=1", bearer("wrong")).expect(t, http.StatusUnauthorized, "")
	})
	t.Run("WIDGET_MODE makes inline the default", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e.with("WIDGET_MODE", "inline"))
		if a := s.get(t, "/chat/widget?user_id=1", theSite); !strings.Contains(a.body, tokenHeader) {
			t.Errorf("no token in %s", a.body)
		}
		s.get(t, "/chat/widget?mode=loader&user_id=1", theSite).expect(t, http.StatusOK, loaderTag)
	})
	t.Run("another base path", func(t *testing.T) {
		t.Parallel()
		serve(t, e.with("BASE_PATH", "/talk/to")).get(t, "/talk/to/widget").expect(t, http.StatusOK, `<script src="/talk/to/loader.js" async></script>`)
		serve(t, e.with("BASE_PATH", "/")).get(t, "/widget").expect(t, http.StatusOK, `<script src="/loader.js" async></script>`)
	})
	t.Run("the loader is static and knows nobody", func(t *testing.T) {
		t.Parallel()
		guest, user := s.get(t, "/chat/loader.js"), s.get(t, "/chat/loader.js?user_id=1", theSite)
		guest.expectStatus(t, http.StatusOK)
		if guest.body != user.body || strings.Contains(guest.body, tokenHeader) {
			t.Error("the loader differs by visitor")
		}
		if cache := guest.header.Get("Cache-Control"); !strings.Contains(cache, "public") {
			t.Errorf("Cache-Control is %q", cache)
		}
	})
}

func TestButton(t *testing.T) {
	t.Parallel()
	_, e := kvsSite(t)
	s := serve(t, e.with("USERS_WHERE", "status_id = 2"))
	t.Run("it writes to the user, for this visitor", func(t *testing.T) {
		t.Parallel()
		a := s.get(t, "/chat/button?to=2&user_id=1&label=%3Cb%3E%22Schreib%20mir%22%26%C3%A4", theSite)
		a.expectStatus(t, http.StatusOK)
		expectPersonal(t, a)
		m := regexp.MustCompile(`^<button type="button" class="chatpass-write" data-chatpass-to="2" data-chatpass-token="[\w.-]+">&lt;b&gt;&#34;Schreib mir&#34;&amp;&#228;</button>$`)
		if !m.MatchString(a.body) {
			t.Errorf("the button is %s", a.body)
		}
	})
	for name, c := range map[string]struct {
		target  string
		options []option
		status  int
	}{
		"a guest":             {"/chat/button?to=2", nil, http.StatusOK},
		"the site's guest":    {"/chat/button?to=2", []option{theSite}, http.StatusOK},
		"without the key":     {"/chat/button?to=2&user_id=1", nil, http.StatusOK},
		"oneself":             {"/chat/button?to=1&user_id=1", []option{theSite}, http.StatusOK},
		"an unknown user":     {"/chat/button?to=99&user_id=1", []option{theSite}, http.StatusOK},
		"a banned user":       {"/chat/button?to=7&user_id=1", []option{theSite}, http.StatusOK},
		"no user":             {"/chat/button?user_id=1", []option{theSite}, http.StatusOK},
		"another spelling":    {"/chat/button?to=02&user_id=1", []option{theSite}, http.StatusOK},
		"an unknown visitor":  {"/chat/button?to=2&user_id=99", []option{theSite}, http.StatusNotFound},
		"a banned visitor":    {"/chat/button?to=2&user_id=7", []option{theSite}, http.StatusNotFound},
		"a wrong key":         {"/chat/button?to=2&user_id=1", []option{bearer("x")}, http.StatusUnauthorized},
		"two visitors":        {"/chat/button?to=2&user_id=1&user_id=3", []option{theSite}, http.StatusConflict},
		"a label without end": {"/chat/button?to=2&user_id=1&label=" + strings.Repeat("x", 101), []option{theSite}, http.StatusBadRequest},
	} {
		t.Run("it is empty for "+name, func(t *testing.T) {
			t.Parallel()
			a := s.get(t, c.target, c.options...)
			a.expect(t, c.status, "")
			expectPersonal(t, a)
		})
	}
}
