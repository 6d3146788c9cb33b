package blackbox_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// TestInboundTokens are the jwt_token forms of ImbaChat §9.2; the published vector is for other credentials and must not pass.
func TestInboundTokens(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3)
	key := apiLogin + ":" + apiPassword
	const good = `{"imba_id":4711,"exp":%d}`
	const head = `{"typ":"JWT","alg":"HS256"}`
	soon := inSeconds(600)
	tokens := map[string]struct {
		token  string
		strict bool // accepted in strict mode
	}{
		"a good one":                    {sign(head, fmt.Sprintf(good, soon), key), true},
		"a good one, widget id as text": {sign(head, fmt.Sprintf(`{"imba_id":"4711","exp":%d}`, soon), key), true},
		"no algorithm":                  {sign(`{"typ":"JWT","alg":"none"}`, fmt.Sprintf(good, soon), ""), false},
		"no algorithm, no signature":    {unsigned(`{"typ":"JWT","alg":"none"}`, fmt.Sprintf(good, soon)), false},
		"no algorithm, other case":      {unsigned(`{"typ":"JWT","alg":"nOnE"}`, fmt.Sprintf(good, soon)), false},
		"labelled RS256":                {sign(`{"typ":"JWT","alg":"RS256"}`, fmt.Sprintf(good, soon), key), false},
		"labelled HS512":                {sign(`{"typ":"JWT","alg":"HS512"}`, fmt.Sprintf(good, soon), key), false},
		"a key id in the header":        {sign(`{"typ":"JWT","alg":"HS256","kid":"../../etc/passwd"}`, fmt.Sprintf(good, soon), key), false},
		"expired":                       {sign(head, fmt.Sprintf(good, inSeconds(-60)), key), false},
		"another widget id":             {sign(head, fmt.Sprintf(`{"imba_id":276,"exp":%d}`, soon), key), false},
		"no widget id":                  {sign(head, fmt.Sprintf(`{"exp":%d}`, soon), key), false},
		"no end":                        {sign(head, `{"imba_id":4711}`, key), false},
		"an end as text":                {sign(head, fmt.Sprintf(`{"imba_id":4711,"exp":"%d"}`, soon), key), false},
		"an end in a month":             {sign(head, fmt.Sprintf(good, inSeconds(30*86400)), key), false},
		"not valid yet":                 {sign(head, fmt.Sprintf(`{"imba_id":4711,"exp":%d,"nbf":%d}`, soon, inSeconds(300)), key), false},
		"an end that stands twice":      {sign(head, fmt.Sprintf(`{"imba_id":4711,"exp":1,"exp":%d}`, soon), key), false},
		"the key of empty credentials":  {sign(head, fmt.Sprintf(good, soon), ":"), false},
		"the secret key":                {sign(head, fmt.Sprintf(good, soon), secretKey), false},
		"a widget token":                {sign(head, fmt.Sprintf(`{"exp":%d,"user_id":1}`, soon), secretKey), false},
		"the published vector":          {"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpbWJhX2lkIjoyNzYsImV4cCI6MTg5MzQ1NjAwMH0.oxQWLY-cWrzWYKv9HfmpHABbBNi4lgUK-LCgGgjxuXI", false},
		"no token":                      {"x", false},
		"a thousand dots":               {strings.Repeat(".", 1000), false},
		"padded":                        {sign(head, fmt.Sprintf(good, soon), key) + "=", false},
	}
	strict := serve(t, e.with("IMBACHAT_INBOUND_TOKEN", "strict"))
	off := serve(t, e)
	wrong := 0
	for name, c := range tokens {
		if !c.strict {
			if wrong++; wrong > 20 { // more would be answered 429
				strict, wrong = serve(t, e.with("IMBACHAT_INBOUND_TOKEN", "strict")), 0
			}
		}
		t.Run(name, func(t *testing.T) {
			target := "/chat/users?user_ids=1&jwt_token=" + c.token
			off.get(t, target).expect(t, http.StatusUnauthorized, unauthorized)
			if c.strict {
				strict.get(t, target).only(t, "1")
				strict.get(t, "/chat/users?user_ids=1;2&jwt_token="+c.token).only(t, "1", "2")
				strict.do(t, http.MethodPost, "/chat/users", form("users=1;2&jwt_token="+c.token)).only(t, "1", "2")
			} else {
				strict.get(t, target).expect(t, http.StatusUnauthorized, unauthorized)
			}
			if log := strict.log.String() + off.log.String(); strings.Contains(log, c.token) && len(c.token) > 10 {
				t.Error("the token stands in the log")
			}
		})
	}
	t.Run("with a token Basic is not looked at, without one it is", func(t *testing.T) {
		s := serve(t, e.with("IMBACHAT_INBOUND_TOKEN", "strict"))
		s.get(t, "/chat/users?user_ids=1&jwt_token=x", provider).expect(t, http.StatusUnauthorized, unauthorized)
		s.users(t, "1").only(t, "1")
		off.get(t, "/chat/users?user_ids=1&jwt_token=x", provider).only(t, "1")
	})
	t.Run("lenient takes a token without a widget id, but no other's", func(t *testing.T) {
		s := serve(t, e.with("IMBACHAT_INBOUND_TOKEN", "lenient"))
		s.get(t, "/chat/users?user_ids=1&jwt_token="+tokens["no widget id"].token).only(t, "1")
		s.get(t, "/chat/users?user_ids=1&jwt_token="+tokens["another widget id"].token).expectStatus(t, http.StatusUnauthorized)
		s.get(t, "/chat/users?user_ids=1&jwt_token="+tokens["no end"].token).expectStatus(t, http.StatusUnauthorized)
	})
}

func unsigned(header, claims string) string {
	e := base64.RawURLEncoding
	return e.EncodeToString([]byte(header)) + "." + e.EncodeToString([]byte(claims)) + "."
}
