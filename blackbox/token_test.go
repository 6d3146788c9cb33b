package blackbox_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

func inSeconds(n int64) int64 { return time.Now().Unix() + n }

// sign makes an HS256 token by hand, with whatever header and claims.
func sign(header, claims, key string) string {
	text := strings.TrimSuffix(unsigned(header, claims), ".")
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// tokenHeader is the first part of every token the field knows: {"typ":"JWT","alg":"HS256"}, in this order.
const tokenHeader = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"

// claimsOf checks header and signature of a token and returns its claims as they are spelled.
func claimsOf(t testing.TB, token, key string) string {
	t.Helper()
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 {
		t.Fatalf("a token has three parts, not %d: %q", len(parts), token)
	}
	if parts[0] != tokenHeader {
		t.Errorf("the header is %s, want %s", parts[0], tokenHeader)
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if want := sign(`{"typ":"JWT","alg":"HS256"}`, string(claims), key); strings.TrimSpace(token) != want {
		t.Error("the token is not signed with the secret key")
	}
	return string(claims)
}

var (
	widgetClaims = regexp.MustCompile(`^\{"exp":(\d+),"user_id":("?[^",}]+"?)\}$`)
	dialogClaims = regexp.MustCompile(`^\{"user_id":(\d+),"initiator":(\d+),"status":0,"exp":(\d+)\}$`)
)

// expectWidgetToken checks a widget token to the byte, but for its end, which must be about ttl ahead.
func expectWidgetToken(t testing.TB, token, userID string, ttl time.Duration) {
	t.Helper()
	claims := claimsOf(t, token, secretKey)
	m := widgetClaims.FindStringSubmatch(claims)
	if m == nil || m[2] != userID {
		t.Fatalf("the claims are %s, want exp and user_id %s", claims, userID)
	}
	expectEnd(t, m[1], ttl)
}

func expectEnd(t testing.TB, exp string, ttl time.Duration) {
	t.Helper()
	var end int64
	if _, err := fmt.Sscan(exp, &end); err != nil {
		t.Fatal(err)
	}
	if left := time.Until(time.Unix(end, 0)); left > ttl+time.Second || left < ttl-runLimit {
		t.Errorf("the token ends in %s, want %s", left, ttl)
	}
}

func TestSEC20WidgetTokens(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 9)
	t.Run("the command token prints one for an hour", func(t *testing.T) {
		t.Parallel()
		r := run(t, e, "token", "6")
		if r.code != 0 || strings.Count(r.stdout, "\n") != 1 {
			t.Fatalf("ended with %d and printed %q", r.code, r.stdout)
		}
		expectWidgetToken(t, r.stdout, "6", time.Hour)
	})
	t.Run("SEC-25: it lives as long as the setting says", func(t *testing.T) {
		t.Parallel()
		expectWidgetToken(t, run(t, e.with("IMBACHAT_TOKEN_TTL", "24h"), "token", "6").stdout, "6", 24*time.Hour)
		for _, ttl := range []string{"59s", "24h1s", "0", "-1h", "soon"} {
			expectRefusal(t, run(t, e.with("IMBACHAT_TOKEN_TTL", ttl), "token", "6"), "CHATPASS_IMBACHAT_TOKEN_TTL")
		}
	})
	t.Run("identity gives the same with its end", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e)
		a := s.get(t, "/chat/identity?user_id=6", theSite)
		who := identityOf(t, a)
		expectWidgetToken(t, who.Providers["imbachat"].Token, "6", time.Hour)
		claims := claimsOf(t, who.Providers["imbachat"].Token, secretKey)
		if want := fmt.Sprintf(`{"exp":%d,"user_id":6}`, who.ExpiresAt); claims != want {
			t.Errorf("the claims are %s, want %s", claims, want)
		}
	})
	t.Run("the button's open-dialog token names both", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e)
		a := s.get(t, "/chat/button?to=2&user_id=1", theSite)
		m := regexp.MustCompile(`data-chatpass-token="([^"]+)"`).FindStringSubmatch(a.body)
		if a.status != http.StatusOK || m == nil {
			t.Fatalf("answered %d %q", a.status, a.body)
		}
		c := dialogClaims.FindStringSubmatch(claimsOf(t, m[1], secretKey))
		if c == nil || c[1] != "2" || c[2] != "1" {
			t.Errorf("the claims are %q", c)
		}
	})
	t.Run("SEC-22: a guest gets no token", func(t *testing.T) {
		t.Parallel()
		serve(t, e).get(t, "/chat/identity").expect(t, http.StatusOK, `{"user_id":null,"providers":{}}`)
		a := serve(t, e.with("IMBACHAT_GUESTS", "load")).get(t, "/chat/identity")
		a.expect(t, http.StatusOK, `{"user_id":null,"providers":{"imbachat":{"script":"https://api.imbachat.com/imbachat/v1/4711/widget"}}}`)
	})
}

func TestSEC23UserIDsInTokens(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	db.Exec(t, "CREATE TABLE big (id bigint unsigned PRIMARY KEY, name varchar(20))",
		"INSERT INTO big VALUES (0,'zero'),(1,'one'),(2147483648,'a'),(9007199254740991,'b'),(9007199254740993,'c'),(18446744073709551615,'d')",
		"CREATE TABLE signed (id int PRIMARY KEY, name varchar(20))", "INSERT INTO signed VALUES (-1,'minus'),(7,'seven')",
		"CREATE TABLE texts (id varchar(60) COLLATE utf8mb4_bin PRIMARY KEY, name varchar(20))",
		"INSERT INTO texts VALUES ('007','a'),('7','b'),('0e5','c'),('6ba7b810-9dad-11d1-80b4-00c04fd430c8','d'),('Zoë','e'),('0','f')")
	table := func(name string) env {
		return settings(db).with("USERS_TABLE", name, "USERS_ID", "id", "USERS_NAME", "name")
	}
	for name, c := range map[string]struct {
		env    env
		id     string
		want   string // the claim; empty: no token
		refuse int    // status of identity without a token
	}{
		"2^31":                         {table("big"), "2147483648", "2147483648", 0},
		"2^53-1":                       {table("big"), "9007199254740991", "9007199254740991", 0},
		"2^53+1 as number":             {table("big"), "9007199254740993", "", http.StatusUnprocessableEntity},
		"2^64-1 as number":             {table("big"), "18446744073709551615", "", http.StatusUnprocessableEntity},
		"2^53+1 as string":             {table("big").with("IMBACHAT_USER_ID_AS", "string"), "9007199254740993", `"9007199254740993"`, 0},
		"2^64-1 as string":             {table("big").with("IMBACHAT_USER_ID_AS", "string"), "18446744073709551615", `"18446744073709551615"`, 0},
		"user 0":                       {table("big"), "0", "", http.StatusUnprocessableEntity},
		"user 0 as string":             {table("big").with("IMBACHAT_USER_ID_AS", "string"), "0", "", http.StatusUnprocessableEntity},
		"a spelling of user 1":         {table("big"), "01", "", http.StatusNotFound},
		"a negative id":                {table("signed"), "-1", "-1", 0},
		"leading zeros":                {table("texts"), "007", `"007"`, 0},
		"a numeric text":               {table("texts"), "7", `"7"`, 0},
		"an exponent":                  {table("texts"), "0e5", `"0e5"`, 0},
		"a UUID":                       {table("texts"), "6ba7b810-9dad-11d1-80b4-00c04fd430c8", `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`, 0},
		"Unicode":                      {table("texts"), "Zo%C3%AB", `"Zoë"`, 0},
		"leading zeros cut to a seven": {table("texts").with("IMBACHAT_USER_ID_AS", "number"), "007", "", http.StatusUnprocessableEntity},
		"a UUID as number":             {table("texts").with("IMBACHAT_USER_ID_AS", "number"), "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "", http.StatusUnprocessableEntity},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.env)
			a := s.get(t, "/chat/identity?user_id="+c.id, theSite)
			if c.want == "" {
				a.expectStatus(t, c.refuse)
				if strings.Contains(a.body, tokenHeader) {
					t.Error("there is a token all the same")
				}
				return
			}
			expectWidgetToken(t, identityOf(t, a).Providers["imbachat"].Token, c.want, time.Hour)
		})
	}
}

// identityAnswer is what the identity route says.
type identityAnswer struct {
	UserID    any    `json:"user_id"`
	Name      string `json:"name"`
	ExpiresAt int64  `json:"expires_at"`
	Providers map[string]struct {
		Script, Token string
		Options       map[string]any
	} `json:"providers"`
}

func identityOf(t testing.TB, a answer) identityAnswer {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("answered %d %q", a.status, a.body)
	}
	var who identityAnswer
	decode(t, a.body, &who)
	return who
}
