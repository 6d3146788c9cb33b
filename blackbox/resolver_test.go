package blackbox_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

const guestAnswer = `{"user_id":null,"providers":{}}`

// asLoader is what the loader sends in a new browser.
func asLoader(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }

// expectUser fails unless an answer holds the pass of this user of the table people and no other; "" is nobody.
func (a answer) expectUser(t testing.TB, id string) {
	t.Helper()
	if id == "" {
		a.expect(t, http.StatusOK, guestAnswer)
		return
	}
	a.expectStatus(t, http.StatusOK)
	who := identityOf(t, a)
	if got := fmt.Sprint(who.UserID); got != id || who.Name != "User "+id {
		t.Fatalf("the answer is of user %s %q, want %s", got, who.Name, id)
	}
	expectWidgetToken(t, who.Providers["imbachat"].Token, id, time.Hour)
}

// behindProxy is a site of nine people whose proxy names them.
func behindProxy(t testing.TB, pairs ...string) env {
	t.Helper()
	return people(t, mysqltest.Start(t).Database(t), 9).with(append([]string{"IDENTITY", "header,site", "TRUSTED_PROXIES", "127.0.0.1"}, pairs...)...)
}

// TestCheckAsksWhoTellsWhoAVisitorIs: everybody with a cookie gets 503 where the site's address does not answer as it must.
func TestCheckAsksWhoTellsWhoAVisitorIs(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3).with("IDENTITY", "whoami,site")
	answer := func(status int, kind, body string, more ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if len(r.Header["Cookie"]) > 0 || r.Header.Get("Authorization") != "" {
				t.Error("check sends a credential")
			}
			w.Header().Set("Content-Type", kind)
			for i := 0; i < len(more); i += 2 {
				w.Header().Set(more[i], more[i+1])
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	const asJSON = "application/json"
	for name, c := range map[string]struct {
		site http.HandlerFunc
		code int
		want string
	}{
		"nobody":                     {answer(200, asJSON, `{"user_id":null}`), 0, "ok whoami: visitors are known by what http://127.0.0.1"},
		"401":                        {answer(401, "text/html", "no"), 0, "ok whoami: "},
		"the page to sign in":        {answer(302, "text/html", "", "Location", "/login"), 0, "ok whoami: "},
		"itself by another name":     {answer(301, "text/html", "", "Location", "https://www.example.com/whoami"), 1, "fail CHATPASS_WHOAMI_URL: "},
		"a page":                     {answer(200, "text/html", "<h1>Welcome</h1>"), 1, "fail CHATPASS_WHOAMI_URL: "},
		"a page that is not there":   {answer(404, "text/html", "no"), 1, "fail CHATPASS_WHOAMI_URL: "},
		"a user, to whoever comes":   {answer(200, asJSON, `{"user_id":1}`), 1, "names a user to a visitor without cookies"},
		"a site that is in disorder": {answer(500, asJSON, `{}`), 1, "fail CHATPASS_WHOAMI_URL: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := httptest.NewServer(c.site)
			defer site.Close()
			expectLine(t, check(t, e.with("WHOAMI_URL", site.URL+"/whoami?key=canary"), c.code), c.want)
		})
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	expectLine(t, check(t, e.with("WHOAMI_URL", closed.URL), 1), "fail CHATPASS_WHOAMI_URL: ", "no answer from the site")
	both := check(t, e.with("IDENTITY", "header,ticket,site", "TRUSTED_PROXIES", "127.0.0.1", "TICKET_KEY", ticketKey), 0)
	expectLine(t, both, "ok header: visitors are known by the header X-Chatpass-User of the proxies 127.0.0.1/32")
	expectLine(t, both, "ok ticket: ")
}

func TestSEC30HeadersWithoutTrustedProxiesAreRefusedAtStart(t *testing.T) {
	t.Parallel()
	e := behindProxy(t)
	for trusted, want := range map[string]string{
		"": "CHATPASS_IDENTITY names header, but CHATPASS_TRUSTED_PROXIES is not set", "0.0.0.0/0": "trusts everybody", "::/0": "trusts everybody",
		"10.0.0.0/8,::ffff:0:0/96": "trusts",
	} {
		if r := run(t, e.with("TRUSTED_PROXIES", trusted), "serve"); r.code != 78 || !strings.Contains(r.stderr, want) {
			t.Errorf("with %q it ended with %d: %s", trusted, r.code, r.stderr)
		}
	}
}

func TestSEC31AHeaderFromAnybodyIsIgnored(t *testing.T) {
	t.Parallel()
	s := serve(t, behindProxy(t, "TRUSTED_PROXIES", "10.0.0.0/8"))
	for range 5 {
		s.get(t, "/chat/identity", header("X-Chatpass-User", "1"), header("X-Forwarded-For", "10.0.0.1"), asLoader).expectUser(t, "")
	}
	s.get(t, "/chat/widget?mode=inline", header("X-Chatpass-User", "1")).expect(t, http.StatusOK, "")
	s.get(t, "/chat/button?to=2", header("X-Chatpass-User", "1")).expect(t, http.StatusOK, "")
	if m := ask(t, client, http.MethodGet, s.admin+"/metrics"); !strings.Contains(m.body, `chatpass_auth_failures_total{kind="header",reason="untrusted"} 7`) {
		t.Error("the metrics do not count the seven")
	}
	const told = "from a peer outside CHATPASS_TRUSTED_PROXIES is ignored"
	s.log.await(t, "the warning", func(text string) bool { return strings.Contains(text, told) })
	s.stop(t) // everything is in the log then
	if n := strings.Count(s.log.String(), told); n != 1 {
		t.Errorf("the log tells of it %d times", n)
	}
}

func TestSEC32AHeaderCountsInOneSpellingOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, behindProxy(t))
	const name = "X-Chatpass-User"
	for what, c := range map[string]struct {
		lines  string
		status int
		user   string
	}{
		"the header":                   {name + ": 1\r\n", 200, "1"},
		"in other letter case":         {"x-chatpass-USER:1\r\n", 200, "1"},
		"twice":                        {name + ": 1\r\n" + name + ": 2\r\n", 400, ""},
		"twice in two letter cases":    {name + ": 1\r\n" + strings.ToLower(name) + ": 2\r\n", 400, ""},
		"a list":                       {name + ": 1, 2\r\n", 400, ""},
		"a tab inside":                 {name + ": 1\t2\r\n", 400, ""},
		"a control character":          {name + ": 1\x01\r\n", 400, ""},
		"a folded line":                {name + ": 1\r\n 2\r\n", 200, ""}, // RFC 9112 §5.2: read as a space, and no user is called so
		"more than 256 bytes":          {name + ": " + strings.Repeat("1", 257) + "\r\n", 400, ""},
		"an underscore":                {"X_Chatpass_User: 1\r\n", 200, ""},
		"an underscore beside it":      {name + ": 1\r\nX_Chatpass_User: 2\r\n", 200, "1"},
		"a dot":                        {"X.Chatpass.User: 1\r\n", 200, ""},
		"a space behind the name":      {name + " : 1\r\n", 400, ""},
		"empty":                        {name + ":\r\n", 200, ""},
		"another spelling of user 1":   {name + ": 01\r\n", 200, ""},
		"text a database reads as 1":   {name + ": 1abc\r\n", 200, ""},
		"a user nobody is":             {name + ": 99\r\n", 200, ""},
		"nobody, as a number":          {name + ": 0\r\n", 200, ""},
		"SEC-33: Connection drops it":  {name + ": 1\r\nConnection: close, " + name + "\r\n", 200, ""},
		"SEC-33: cookies do not count": {"Cookie: session=" + session + "\r\nX-Requested-With: chatpass\r\n", 200, ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			a := s.wire(t, "GET /chat/identity HTTP/1.1\r\nHost: www.example.com\r\n"+c.lines+"\r\n")
			if c.status == 200 {
				a.expectUser(t, c.user)
			} else if a.expectStatus(t, c.status); strings.Contains(a.body, tokenHeader) {
				t.Errorf("a token in %s", a.body)
			}
		})
	}
	t.Run("the site's server shares the proxy's address", func(t *testing.T) {
		t.Parallel()
		s.get(t, "/chat/identity?user_id=3", theSite).expectUser(t, "3")
		s.get(t, "/chat/identity?user_id=3", theSite, header(name, "3")).expectUser(t, "3")
		s.get(t, "/chat/identity?user_id=3", bearer("wrong")).expectStatus(t, http.StatusUnauthorized)
	})
	t.Run("fragments know the user too", func(t *testing.T) {
		t.Parallel()
		if a := s.get(t, "/chat/widget?mode=inline", header(name, "1")); !strings.Contains(a.body, tokenHeader) {
			t.Errorf("no token in %s", a.body)
		}
		if a := s.get(t, "/chat/button?to=2", header(name, "1")); !strings.Contains(a.body, `data-chatpass-to="2"`) {
			t.Errorf("no button: %s", a.body)
		}
	})
	t.Run("SEC-70: the answer varies by the header", func(t *testing.T) {
		t.Parallel()
		s.get(t, "/chat/identity").expectHeader(t, "Vary", "Cookie, X-Chatpass-User")
	})
	t.Run("SEC-64: not for the pages of others", func(t *testing.T) {
		t.Parallel()
		for _, o := range []option{header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Site", "same-site"), header("Origin", "https://evil.example")} {
			s.get(t, "/chat/identity", header(name, "1"), o).expectStatus(t, http.StatusForbidden)
		}
	})
}

func TestSEC34TwoSourcesThatNameTwoUsersAreRefused(t *testing.T) {
	t.Parallel() // but what is in it at once: a ticket lives for minutes, and whoever waits for a place may wait longer
	site := whoamiSite(t)
	s := serve(t, behindProxy(t, "IDENTITY", "whoami,header,ticket,site", "TICKET_KEY", ticketKey, "WHOAMI_URL", site.URL+"/who"))
	cookie, named := visitorOf("2"), header("X-Chatpass-User", "1")
	for what, c := range map[string]struct {
		options []option
		user    string // "" = 409
	}{
		"cookie and header":          {[]option{cookie, named}, ""},
		"cookie and the same header": {[]option{cookie, header("X-Chatpass-User", "2")}, "2"},
		"header and key":             {[]option{named, theSite}, ""},
		"cookie and key":             {[]option{cookie, theSite}, ""},
		"header and ticket":          {[]option{named, bearer(ticketOf(`"2"`, time.Minute, ""))}, ""},
		"cookie and ticket":          {[]option{cookie, bearer(ticketOf(`"1"`, time.Minute, ""))}, ""},
		"all of one mind":            {[]option{cookie, header("X-Chatpass-User", "2"), bearer(ticketOf(`"2"`, time.Minute, ""))}, "2"},
	} {
		t.Run(what, func(t *testing.T) {
			a := s.get(t, "/chat/identity?user_id=3", append(c.options, asLoader)...)
			if c.user != "" {
				a.expectUser(t, c.user)
			} else if a.expectStatus(t, http.StatusConflict); strings.Contains(a.body, tokenHeader) {
				t.Errorf("a token in %s", a.body)
			}
		})
	}
}

func TestSEC35ForwardedHeadersOfAnybodyChangeNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, behindProxy(t, "TRUSTED_PROXIES", "10.0.0.0/8"))
	var all []option
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Uri", "X-Forwarded-Prefix", "Forwarded", "X-Real-Ip", "Cf-Connecting-Ip", "X-Original-Url"} {
		all = append(all, header(name, "10.0.0.1"), header("X-Chatpass-User", "1"))
	}
	s.get(t, "/chat/identity", all...).expectUser(t, "")
	s.get(t, "/chat/identity?user_id=4", append(all, theSite)...).expectUser(t, "4")
}

// ticketOf signs a ticket as a site does; id is as it stands in JSON, more is further claims.
func ticketOf(id string, life time.Duration, more string) string {
	return signedWith(ticketKey, fmt.Sprintf(`{"sub":%s,"exp":%d%s}`, id, time.Now().Add(life).Unix(), more))
}

func signedWith(key, claims string) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func TestATicketOfTheSiteNamesTheVisitor(t *testing.T) {
	t.Parallel() // but what is in it at once: a ticket lives for minutes, and whoever waits for a place may wait longer
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 9)
	db.Exec(t, "UPDATE people SET banned = 1 WHERE id = 9")
	s := serve(t, e.with("IDENTITY", "ticket,site", "TICKET_KEY", ticketKey))
	good := ticketOf(`"6"`, time.Minute, "")
	once := ticketOf(`"6"`, time.Minute, `,"jti":"one"`)
	for what, c := range map[string]struct {
		target  string
		options []option
		status  int
		user    string
	}{
		"a ticket":                             {"/chat/identity", []option{bearer(good)}, 200, "6"},
		"from the loader":                      {"/chat/identity", []option{bearer(good), asLoader}, 200, "6"},
		"with a number":                        {"/chat/identity", []option{bearer(ticketOf(`6`, 5*time.Minute, ""))}, 200, "6"},
		"SEC-84: it names the user, not query": {"/chat/identity?user_id=7", []option{bearer(good)}, 200, "6"},
		"the key still works":                  {"/chat/identity?user_id=7", []option{theSite}, 200, "7"},
		"a wrong key is still 401":             {"/chat/identity?user_id=7", []option{bearer("x")}, 401, ""},
		"an ended one is a guest":              {"/chat/identity", []option{bearer(ticketOf(`"6"`, -time.Minute, ""))}, 200, ""},
		"one for ten minutes is a guest":       {"/chat/identity", []option{bearer(ticketOf(`"6"`, 10*time.Minute, ""))}, 200, ""},
		"one with the site key is a guest":     {"/chat/identity", []option{bearer(signedWith(siteKey, fmt.Sprintf(`{"sub":"6","exp":%d}`, time.Now().Unix()+60)))}, 200, ""},
		"a widget token is no ticket":          {"/chat/identity", []option{bearer(signedWith(ticketKey, fmt.Sprintf(`{"exp":%d,"user_id":6}`, time.Now().Unix()+60)))}, 200, ""},
		"on a page of another site":            {"/chat/identity", []option{bearer(good), header("Sec-Fetch-Site", "cross-site")}, 403, ""},
		"two of them":                          {"/chat/identity", []option{bearer(good), bearer(good)}, 400, ""},
		"a user nobody is":                     {"/chat/identity", []option{bearer(ticketOf(`"99"`, time.Minute, ""))}, 200, ""},
		"a banned user":                        {"/chat/identity", []option{bearer(ticketOf(`"9"`, time.Minute, ""))}, 200, ""},
		"another spelling":                     {"/chat/identity", []option{bearer(ticketOf(`"06"`, time.Minute, ""))}, 200, ""},
	} {
		t.Run(what, func(t *testing.T) {
			a := s.get(t, c.target, c.options...)
			if c.status == 200 {
				a.expectUser(t, c.user)
			} else if a.expectStatus(t, c.status); strings.Contains(a.body, tokenHeader) {
				t.Errorf("a token in %s", a.body)
			}
		})
	}
	t.Run("in the query it is not read", func(t *testing.T) {
		for _, name := range []string{"ticket", "access_token", "jwt_token", "token"} {
			if a := s.get(t, "/chat/identity?"+name+"="+good); strings.Contains(a.body, tokenHeader) { // 404 where it looks like a file's name
				t.Errorf("a token in %s", a.body)
			}
			if a := s.get(t, "/chat/identity?x=1&"+name+"="+good); strings.Contains(a.body, tokenHeader) || strings.Contains(a.body, `"user_id":6`) {
				t.Errorf("a ticket in a query counts: %s", a.body)
			}
		}
	})
	t.Run("one with a jti counts once", func(t *testing.T) {
		s.get(t, "/chat/identity", bearer(once)).expectUser(t, "6")
		s.get(t, "/chat/identity", bearer(once)).expectUser(t, "")
	})
	t.Run("fragments", func(t *testing.T) {
		if a := s.get(t, "/chat/widget?mode=inline", bearer(good)); !strings.Contains(a.body, tokenHeader) {
			t.Errorf("no token in %s", a.body)
		}
		if a := s.get(t, "/chat/button?to=2", bearer(good)); !strings.Contains(a.body, `data-chatpass-to="2"`) {
			t.Errorf("no button: %s", a.body)
		}
	})
}

func TestForgedTicketsAreLimited(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 9).with("IDENTITY", "ticket", "SITE_KEY", "", "TICKET_KEY", ticketKey))
	forged := ticketOf(`"6"`, time.Minute, "") + "x"
	for range 60 {
		s.get(t, "/chat/identity", bearer(forged)).expectUser(t, "")
	}
	a := s.get(t, "/chat/identity", bearer(forged))
	a.expectStatus(t, http.StatusTooManyRequests)
	expectRetryAfter(t, a, 60)
	s.get(t, "/chat/identity", bearer(ticketOf(`"6"`, time.Minute, ""))).expectUser(t, "6")
}

// whoamiSite is a site that believes its cookie user=N; other words in its place make it misbehave.
func whoamiSite(t testing.TB) *httptest.Server {
	t.Helper()
	release := make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie("user")
		if err != nil || r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "user=1; HttpOnly")
		switch c.Value {
		case "redirect":
			http.Redirect(w, r, "/login", http.StatusFound)
		case "slash":
			http.Redirect(w, r, r.URL.Path+"/", http.StatusFound)
		case "500", "403", "404":
			w.WriteHeader(map[string]int{"500": 500, "403": 403, "404": 404}[c.Value])
		case "large":
			_, _ = io.WriteString(w, `{"user_id":1,"x":"`+strings.Repeat("x", 10<<20)+`"}`)
		case "cut":
			_, _ = io.WriteString(w, `{"user_id":1`)
		case "page":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `<h1>`+session+`</h1>`)
		case "cached":
			w.Header().Set("Cache-Control", "public, max-age=60")
			_, _ = io.WriteString(w, `{"user_id":1}`)
		case "slow":
			select {
			case <-release:
			case <-r.Context().Done():
			}
		default:
			_, _ = io.WriteString(w, `{"user_id":`+c.Value+`}`)
		}
	}))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	s.Start()
	t.Cleanup(func() { close(release); s.Close() })
	return s
}

// visitorOf is the cookies of a visitor whom the site takes for user.
func visitorOf(user string) option { return header("Cookie", "secret="+session+"; user="+user) }

func TestTheSiteIsAskedWhoTheVisitorIs(t *testing.T) {
	t.Parallel()
	site := whoamiSite(t)
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 9).with("IDENTITY", "whoami,site", "WHOAMI_URL", site.URL+"/who?key="+session))
	for user, c := range map[string]struct {
		status int
		user   string
	}{
		"6": {200, "6"}, "7": {200, "7"}, "null": {200, ""}, "0": {200, ""}, "redirect": {200, ""}, "403": {200, ""}, "99": {200, ""},
		"slash": {503, ""}, "500": {503, ""}, "404": {503, ""}, "large": {503, ""}, "cut": {503, ""}, "page": {503, ""}, "cached": {503, ""},
		"slow": {503, ""}, "6.0": {503, ""}, "[6]": {503, ""},
	} {
		t.Run("SEC-39: cookie "+user, func(t *testing.T) {
			t.Parallel()
			a := s.get(t, "/chat/identity?user_id=3", visitorOf(user), asLoader)
			if c.status == 200 {
				a.expectUser(t, c.user)
			} else if a.expectStatus(t, c.status); strings.Contains(a.body, tokenHeader) {
				t.Errorf("a token in %s", a.body)
			}
			expectPersonal(t, a)
			if c.status == 503 {
				expectRetryAfter(t, a, 5)
			}
			if a.took > 5*time.Second {
				t.Errorf("it took %s", a.took)
			}
		})
	}
	t.Run("no cookie, no question", func(t *testing.T) {
		t.Parallel()
		s.get(t, "/chat/identity").expectUser(t, "")
		s.get(t, "/chat/identity?user_id=3", theSite).expectUser(t, "3")
	})
	t.Run("a cookie needs the loader", func(t *testing.T) {
		t.Parallel()
		s.get(t, "/chat/identity", visitorOf("6")).expectStatus(t, http.StatusForbidden)
		s.get(t, "/chat/identity", visitorOf("6"), header("X-Requested-With", "chatpass")).expectUser(t, "6")
		s.get(t, "/chat/identity", visitorOf("6"), header("X-Requested-With", "chatpass"), header("Sec-Fetch-Site", "cross-site")).expectStatus(t, http.StatusForbidden)
	})
	t.Run("SEC-39: a cookie of 8 KiB", func(t *testing.T) {
		t.Parallel()
		s.get(t, "/chat/identity", header("Cookie", "user=5; x="+strings.Repeat("x", 8<<10)), asLoader).expectUser(t, "5")
	})
}

func TestSEC40NobodyIsTakenForTheVisitorBeforeThem(t *testing.T) {
	t.Parallel()
	site := whoamiSite(t)
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 9).with("IDENTITY", "whoami", "SITE_KEY", "", "WHOAMI_URL", site.URL))
	var wrong atomic.Int32
	t.Run("all at once", func(t *testing.T) {
		for i := range 90 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				id := fmt.Sprint(i%9 + 1)
				a := s.get(t, "/chat/identity", visitorOf(id), asLoader)
				if !strings.HasPrefix(a.body, `{"user_id":`+id+`,`) {
					wrong.Add(1)
					t.Errorf("the visitor %s got %d %.40s", id, a.status, a.body)
				}
			})
		}
	})
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d of 90 visitors", n)
	}
}

func TestASiteThatIsDownMakesNoGuests(t *testing.T) {
	t.Parallel()
	site := whoamiSite(t)
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 9).with("IDENTITY", "whoami,site", "WHOAMI_URL", site.URL))
	s.get(t, "/chat/identity", visitorOf("6"), asLoader).expectUser(t, "6")
	address := site.Listener.Addr().String()
	site.Close()
	for range 8 {
		a := s.get(t, "/chat/identity", visitorOf("5"), asLoader)
		a.expectStatus(t, http.StatusServiceUnavailable)
		if strings.Contains(a.body, "null") || strings.Contains(a.body, address) {
			t.Errorf("the answer is %s", a.body)
		}
	}
	s.get(t, "/chat/identity").expectUser(t, "")
	s.get(t, "/chat/identity?user_id=3", theSite).expectUser(t, "3")
	s.log.await(t, "the warning that the site is down", func(text string) bool {
		return strings.Contains(text, "the site does not answer at CHATPASS_WHOAMI_URL")
	})
}
