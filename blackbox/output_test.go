package blackbox_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// payloads are texts that have run as script, or ended something, in other programs.
var payloads = []string{
	"</script><img src=x onerror=alert(1)>", `"'><svg/onload=alert(1)>`, "`${alert(1)}`", "a\u2028b\u2029c", "<!--<script>", "]]>",
	"javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "\u202egnp.exe", "{{7*7}}", `\u003cscript\u003e`, `\"`, "\t\r\n\x01", "&lt;b&gt;",
}

func TestSEC60PayloadsStayText(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	db.Exec(t, "CREATE TABLE evil (id int PRIMARY KEY, name varchar(200))")
	for i, p := range payloads {
		if _, err := db.SQL().ExecContext(t.Context(), "INSERT INTO evil VALUES (?, ?)", i+1, p); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, settings(db).with("USERS_TABLE", "evil", "USERS_ID", "id", "USERS_NAME", "name", "USERS_AVATAR", "name", "USERS_PROFILE_URL", "name",
		"USERS_BADGE", "name", "USERS_ROLE", "name", "USERS_FIELDS", "x=name"))
	for i, p := range payloads {
		id := strconv.Itoa(i + 1)
		t.Run(strconv.QuoteToASCII(p), func(t *testing.T) {
			t.Parallel()
			a := s.users(t, id)
			var users []map[string]any
			decode(t, a.body, &users)
			for _, key := range []string{"name", "badge", "chat_role", "x"} {
				if users[0][key] != p {
					t.Errorf("%s became %q", key, users[0][key])
				}
			}
			for _, key := range []string{"avatar_url", "profile_url"} { // SEC-62
				if address, ok := users[0][key].(string); ok && (!strings.HasPrefix(address, "https://www.example.com/") || strings.ContainsAny(address, "<>\"'`\\ \t\r\n")) {
					t.Errorf("%s is %q", key, address)
				}
			}
			if strings.ContainsAny(a.body, "<>&\u2028\u2029") {
				t.Errorf("the answer could end an element or a line of a script: %q", a.body)
			}
			inline := s.get(t, "/chat/widget?mode=inline&user_id="+id, theSite)
			block, _, ok := strings.Cut(strings.TrimPrefix(inline.body, `<script type="application/json" id="chatpass-data">`), "</script>")
			if !ok || strings.ContainsAny(block, "<>&\u2028\u2029") || !json.Valid([]byte(block)) {
				t.Errorf("the inline widget is %q", inline.body)
			}
			var who identityAnswer
			decode(t, block, &who)
			if who.Name != p {
				t.Errorf("the name became %q", who.Name)
			}
			expectWidgetToken(t, who.Providers["imbachat"].Token, id, time.Hour)
		})
	}
}

func TestSEC63AnswersAreNoScripts(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 3))
	for name, a := range map[string]answer{
		"users-info":         s.users(t, "1&callback=f&jsonp=f&_=1"),
		"search":             s.get(t, "/chat/search?q=User&callback=f", provider),
		"identity":           s.get(t, "/chat/identity?callback=f", header("Accept", "text/javascript, */*")),
		"identity of a user": s.get(t, "/chat/identity?user_id=1&callback=f", theSite),
		"a refusal":          s.get(t, "/chat/users?user_ids=1&callback=f"),
		"nothing there":      s.get(t, "/chat/nothing.js?callback=f"),
		"ready":              s.get(t, "/readyz?callback=f"),
	} {
		t.Run(name, func(t *testing.T) {
			if !json.Valid([]byte(a.body)) {
				t.Errorf("the answer is no JSON: %q", a.body)
			}
			for header, want := range map[string]string{
				"Content-Type": "application/json", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
				"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Referrer-Policy": "no-referrer", "Server": "",
				"Access-Control-Allow-Origin": "", "Set-Cookie": "", "X-Powered-By": "",
			} {
				a.expectHeader(t, header, want)
			}
		})
	}
}

func TestSEC72NoSuffixDeceives(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 3))
	for _, target := range []string{
		"/chat/identity/x.css", "/chat/identity.js", "/chat/identity;a.css", "/chat/identity%2fx.css", "/chat/identity/", "/chat//identity", "/chat/Identity",
		"/chat/./identity/../identity/a.css", "/chat/identity%00.css", "/chat/widget/x.css", "/chat/widget.html", "/identity", "/chat", "/chat/", "/", "/index.php", "/favicon.ico",
	} {
		a := s.wire(t, "GET "+target+"?user_id=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "+siteKey+"\r\n\r\n")
		if a.status != http.StatusNotFound || strings.Contains(a.body, tokenHeader) {
			t.Errorf("%s answered %d %q", target, a.status, a.body)
		}
	}
}

func TestSEC80OnlyMappedFieldsAppear(t *testing.T) {
	t.Parallel()
	_, e := kvsSite(t)
	t.Run("a table with 20 columns more than are mapped", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e.with("USERS_AVATAR", "", "USERS_BADGE", "", "USERS_LASTLOGIN", "", "USERS_PROFILE_URL", ""))
		s.users(t, "1").expect(t, http.StatusOK, `[{"user_id":1,"name":"Ada Lovelace"}]`)
	})
	t.Run("SEC-81: an e-mail address is never there by itself", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e.with("USERS_EMAIL", "email"))
		for _, a := range []answer{
			s.users(t, "1"), s.get(t, "/chat/search?q=Ada", provider), s.get(t, "/chat/identity?user_id=1", theSite),
			s.get(t, "/chat/widget?mode=inline&user_id=1", theSite),
		} {
			if a.status != http.StatusOK || strings.Contains(a.body, "@") {
				t.Errorf("answered %d %q", a.status, a.body)
			}
		}
		s.get(t, "/chat/search?q=example", provider).expect(t, http.StatusOK, "[]") // and no search finds by it
	})
	t.Run("SEC-81: it is there when it is asked for", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e.with("USERS_EMAIL", "email", "USERS_FIELDS", "user_mail={email};trusted={is_trusted|bool};city=city", "USERS_AVATAR", "", "USERS_BADGE", "", "USERS_LASTLOGIN", "", "USERS_PROFILE_URL", ""))
		s.users(t, "1").expect(t, http.StatusOK, `[{"user_id":1,"name":"Ada Lovelace","user_mail":"ada@example.com","trusted":false}]`)
	})
	t.Run("a column that looks like a secret is refused", func(t *testing.T) {
		t.Parallel()
		for _, column := range []string{"pass", "password", "user_pass", "passwd_hash", "salt", "remember_token", "otp", "client_secret", "api_key"} {
			expectRefusal(t, run(t, e.with("USERS_BADGE", column)), "CHATPASS_USERS_BADGE")
			expectRefusal(t, run(t, e.with("USERS_FIELDS", "x={"+column+"|lower}")), "CHATPASS_USERS_FIELDS")
		}
	})
}

func TestSEC82BudgetOfIDs(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 1000)
	t.Run("the budget counts different ids", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e.with("IMBACHAT_IDS_PER_HOUR", "10"))
		for range 5 {
			s.users(t, count(1, 8)).only(t, strings.Split(count(1, 8), ",")...)
		}
		a := s.users(t, count(5, 15))
		a.expectStatus(t, http.StatusTooManyRequests)
		expectRetryAfter(t, a, 3600)
		s.users(t, "9,10").only(t, "9", "10")
		s.users(t, "11").expectStatus(t, http.StatusTooManyRequests)
		s.users(t, "1,2,x").only(t, "1", "2")
		s.get(t, "/wp-json/imbachat/v1/getusers/12", provider).expectStatus(t, http.StatusTooManyRequests)
	})
	t.Run("it is off by default, and every 1,000 ids leave a line", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e)
		s.users(t, count(1, 500)).expectStatus(t, http.StatusOK)
		s.users(t, count(501, 1000)).expectStatus(t, http.StatusOK)
		s.users(t, count(1, 200)).expectStatus(t, http.StatusOK)
		s.log.await(t, "the audit line", func(text string) bool { return strings.Contains(text, `"msg":"users-info audit"`) })
		if n := strings.Count(s.log.String(), "users-info audit"); n != 1 {
			t.Errorf("%d audit lines for 1,200 ids", n)
		}
	})
	t.Run("friends and searches cannot list more than their bounds", func(t *testing.T) {
		t.Parallel()
		ids, _ := serve(t, e).get(t, "/chat/search?q=User", provider).names(t)
		if len(ids) != 50 {
			t.Errorf("%d hits", len(ids))
		}
	})
}

func TestSEC83UnknownAndHiddenUsersLookTheSame(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 300).with("CACHE_TTL", "0")
	db.Exec(t, "UPDATE people SET banned = 1 WHERE id > 200")
	s := serve(t, e)
	var unknown, hidden []time.Duration
	for i := range 100 {
		for _, c := range []struct {
			id    int
			times *[]time.Duration
		}{{5000 + i, &unknown}, {201 + i, &hidden}} {
			a := s.users(t, strconv.Itoa(c.id))
			a.expect(t, http.StatusOK, "[]")
			*c.times = append(*c.times, a.took)
		}
	}
	t.Logf("median for an unknown user %s, for a hidden one %s", median(unknown), median(hidden))
	hiddenUser, unknownUser := s.get(t, "/chat/identity?user_id=201", theSite), s.get(t, "/chat/identity?user_id=5000", theSite)
	hiddenUser.expect(t, http.StatusNotFound, unknownUser.body)
	t.Run("a placeholder is the same for both and never gets a token", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e.with("USERS_GONE", "placeholder"))
		s.users(t, "201,1,5000,x").expect(t, http.StatusOK, `[{"user_id":201,"name":"Deleted user"},{"user_id":1,"name":"User 1"},{"user_id":5000,"name":"Deleted user"}]`)
		s.get(t, "/chat/identity?user_id=201", theSite).expectStatus(t, http.StatusNotFound)
		s.get(t, "/chat/identity?user_id=5000", theSite).expectStatus(t, http.StatusNotFound)
		s.get(t, "/chat/button?to=201&user_id=1", theSite).expect(t, http.StatusOK, "")
	})
}
