package jwt_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
)

// checkedAt is when the refusal tables check: an hour before the vectors end.
var checkedAt = vectorEnd.Add(-time.Hour)

func verifier(tb testing.TB, now time.Time, keys ...string) *jwt.Verifier {
	tb.Helper()
	var list []secret.Secret
	for _, k := range keys {
		list = append(list, secret.New(k))
	}
	v, err := jwt.NewVerifier(list, 7, fixed(now))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// forge signs any header and claims with sampleKey.
func forge(header, claims string) string { return forgeWith(sha256.New, sampleKey, header, claims) }

func forgeWith(h func() hash.Hash, key, header, claims string) string {
	text := encode(header) + "." + encode(claims)
	mac := hmac.New(h, []byte(key))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

const (
	goodHeader = `{"typ":"JWT","alg":"HS256"}`
	goodClaims = `{"exp":1893456000,"user_id":1}`
)

func TestAGoodTokenIsBelieved(t *testing.T) {
	for name, c := range map[string]struct{ token, id string }{
		"a number":          {forge(goodHeader, goodClaims), "1"},
		"a string":          {forge(goodHeader, `{"exp":1893456000,"user_id":"1"}`), "1"},
		"a negative number": {forge(goodHeader, `{"exp":1893456000,"user_id":-5}`), "-5"},
		"2^53-1":            {forge(goodHeader, `{"exp":1893456000,"user_id":9007199254740991}`), "9007199254740991"},
		"2^53+1 as string":  {forge(goodHeader, `{"exp":1893456000,"user_id":"9007199254740993"}`), "9007199254740993"},
		"unicode":           {forge(goodHeader, `{"exp":1893456000,"user_id":"žofie"}`), "žofie"},
	} {
		t.Run(name, func(t *testing.T) {
			id, expires, err := verifier(t, checkedAt, sampleKey).Widget(c.token)
			if err != nil || id != c.id || !expires.Equal(vectorEnd) {
				t.Errorf("got %q, %s, %v", id, expires, err)
			}
		})
	}
}

func TestThirtySecondsBetweenTwoClocksAreForgiven(t *testing.T) {
	token := forge(goodHeader, goodClaims)
	for name, c := range map[string]struct {
		now  time.Time
		good bool
	}{
		"ended 29 s ago": {vectorEnd.Add(29 * time.Second), true},
		"ended 31 s ago": {vectorEnd.Add(31 * time.Second), false},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := verifier(t, c.now, sampleKey).Widget(token); (err == nil) != c.good {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestThePreviousKeyIsBelievedWhileRotating(t *testing.T) {
	const next = "the next key, long enough"
	token := forge(goodHeader, goodClaims)
	if _, _, err := verifier(t, checkedAt, next, sampleKey).Widget(token); err != nil {
		t.Errorf("as previous key: %v", err)
	}
	if _, _, err := verifier(t, checkedAt, next).Widget(token); !errors.Is(err, jwt.ErrInvalid) {
		t.Errorf("after the rotation: %v", err)
	}
}

// TestTokensThatMustNotBeBelieved is the table of reliability-ecosystem §2.3. Every token is signed with the right key, where the
// row does not say otherwise, so that only the row's own fault can refuse it.
func TestTokensThatMustNotBeBelieved(t *testing.T) {
	good := forge(goodHeader, goodClaims)
	parts := strings.Split(good, ".")
	claimsWith := func(claims string) string { return forge(goodHeader, claims) }
	headerWith := func(header string) string { return forge(header, goodClaims) }
	table := map[string]string{
		"an empty text":                        "",
		"another key":                          forgeWith(sha256.New, "some other key, long enough", goodHeader, goodClaims),
		"an empty key":                         forgeWith(sha256.New, "", goodHeader, goodClaims),
		"alg none without signature":           encode(`{"typ":"JWT","alg":"none"}`) + "." + encode(goodClaims) + ".",
		"alg none with a signature":            headerWith(`{"typ":"JWT","alg":"none"}`),
		"alg NONE":                             headerWith(`{"typ":"JWT","alg":"NONE"}`),
		"alg nOnE":                             headerWith(`{"typ":"JWT","alg":"nOnE"}`),
		"alg hs256 in lower case":              headerWith(`{"typ":"JWT","alg":"hs256"}`),
		"no alg":                               headerWith(`{"typ":"JWT"}`),
		"alg as a number":                      headerWith(`{"typ":"JWT","alg":256}`),
		"HS384":                                forgeWith(sha512.New384, sampleKey, `{"typ":"JWT","alg":"HS384"}`, goodClaims),
		"HS512":                                forgeWith(sha512.New, sampleKey, `{"typ":"JWT","alg":"HS512"}`, goodClaims),
		"RS256 as a label":                     headerWith(`{"typ":"JWT","alg":"RS256"}`),
		"ES256 as a label":                     headerWith(`{"typ":"JWT","alg":"ES256"}`),
		"PS256 as a label":                     headerWith(`{"typ":"JWT","alg":"PS256"}`),
		"no typ":                               headerWith(`{"alg":"HS256"}`),
		"another typ":                          headerWith(`{"typ":"at+jwt","alg":"HS256"}`),
		"typ as a number":                      headerWith(`{"typ":1,"alg":"HS256"}`),
		"kid":                                  headerWith(`{"typ":"JWT","alg":"HS256","kid":"1"}`),
		"kid with a path":                      headerWith(`{"typ":"JWT","alg":"HS256","kid":"../../etc/passwd"}`),
		"kid with SQL":                         headerWith(`{"typ":"JWT","alg":"HS256","kid":"' or 1=1 --"}`),
		"kid of 2 KiB":                         headerWith(`{"typ":"JWT","alg":"HS256","kid":"` + strings.Repeat("k", 2048) + `"}`),
		"kid instead of typ":                   headerWith(`{"kid":"1","alg":"HS256"}`),
		"jwk":                                  headerWith(`{"typ":"JWT","alg":"HS256","jwk":{"kty":"oct","k":"AA"}}`),
		"jku":                                  headerWith(`{"typ":"JWT","alg":"HS256","jku":"https://example.com/keys"}`),
		"x5u":                                  headerWith(`{"typ":"JWT","alg":"HS256","x5u":"https://example.com/cert"}`),
		"crit":                                 headerWith(`{"typ":"JWT","alg":"HS256","crit":["exp"]}`),
		"b64 false":                            headerWith(`{"typ":"JWT","alg":"HS256","b64":false}`),
		"the alg twice, the good one last":     headerWith(`{"typ":"JWT","alg":"none","alg":"HS256"}`),
		"the alg twice, the good one first":    headerWith(`{"typ":"JWT","alg":"HS256","alg":"none"}`),
		"the alg twice, once in escapes":       headerWith(`{"typ":"JWT","\u0061lg":"none","alg":"HS256"}`),
		"the typ twice":                        headerWith(`{"typ":"x","typ":"JWT","alg":"HS256"}`),
		"a header in another order":            headerWith(`{"alg":"HS256","typ":"JWT"}`),
		"a header with a space":                headerWith(`{"typ":"JWT", "alg":"HS256"}`),
		"a header that is an array":            headerWith(`["JWT","HS256"]`),
		"a header with something behind it":    headerWith(`{"typ":"JWT","alg":"HS256"}{}`),
		"no exp":                               claimsWith(`{"user_id":1}`),
		"exp null":                             claimsWith(`{"exp":null,"user_id":1}`),
		"exp as a string":                      claimsWith(`{"exp":"1893456000","user_id":1}`),
		"exp 1e300":                            claimsWith(`{"exp":1e300,"user_id":1}`),
		"exp 1893456000.0":                     claimsWith(`{"exp":1893456000.0,"user_id":1}`),
		"exp 1.893456e9":                       claimsWith(`{"exp":1.893456e9,"user_id":1}`),
		"exp NaN":                              claimsWith(`{"exp":NaN,"user_id":1}`),
		"exp -1":                               claimsWith(`{"exp":-1,"user_id":1}`),
		"exp 0":                                claimsWith(`{"exp":0,"user_id":1}`),
		"exp after the year 9999":              claimsWith(`{"exp":253402300800,"user_id":1}`),
		"exp 31 s ago":                         claimsWith(`{"exp":` + unix(checkedAt.Add(-31*time.Second)) + `,"user_id":1}`),
		"exp in an array":                      claimsWith(`{"exp":[1893456000],"user_id":1}`),
		"nbf ahead":                            claimsWith(`{"exp":1893456000,"user_id":1,"nbf":` + unix(checkedAt.Add(31*time.Second)) + `}`),
		"iat ahead":                            claimsWith(`{"exp":1893456000,"user_id":1,"iat":` + unix(checkedAt.Add(31*time.Second)) + `}`),
		"exp twice":                            claimsWith(`{"exp":1,"exp":1893456000,"user_id":1}`),
		"user_id twice":                        claimsWith(`{"exp":1893456000,"user_id":1,"user_id":2}`),
		"user_id twice, once in escapes":       claimsWith(`{"exp":1893456000,"user_id":1,"\u0075ser_id":2}`),
		"user_id in escapes":                   claimsWith(`{"exp":1893456000,"user_id":"\u0031"}`),
		"no user_id":                           claimsWith(`{"exp":1893456000}`),
		"user_id null":                         claimsWith(`{"exp":1893456000,"user_id":null}`),
		"user_id true":                         claimsWith(`{"exp":1893456000,"user_id":true}`),
		"user_id 0":                            claimsWith(`{"exp":1893456000,"user_id":0}`),
		"user_id -0":                           claimsWith(`{"exp":1893456000,"user_id":-0}`),
		`user_id "0"`:                          claimsWith(`{"exp":1893456000,"user_id":"0"}`),
		"user_id empty":                        claimsWith(`{"exp":1893456000,"user_id":""}`),
		"user_id 1.0":                          claimsWith(`{"exp":1893456000,"user_id":1.0}`),
		"user_id 1e0":                          claimsWith(`{"exp":1893456000,"user_id":1e0}`),
		"user_id 2^53":                         claimsWith(`{"exp":1893456000,"user_id":9007199254740992}`),
		"user_id 2^53+1":                       claimsWith(`{"exp":1893456000,"user_id":9007199254740993}`),
		"user_id as an object":                 claimsWith(`{"exp":1893456000,"user_id":{"id":1}}`),
		"user_id with broken UTF-8":            claimsWith("{\"exp\":1893456000,\"user_id\":\"a\xff\"}"),
		"one claim more":                       claimsWith(`{"exp":1893456000,"user_id":1,"user_role":"admin"}`),
		"claims in another order":              claimsWith(`{"user_id":1,"exp":1893456000}`),
		"claims with a space":                  claimsWith(`{"exp": 1893456000,"user_id":1}`),
		"claims that are an array":             claimsWith(`[1893456000,1]`),
		"claims that are null":                 claimsWith(`null`),
		"claims that are a text":               claimsWith(`"exp"`),
		"empty claims":                         claimsWith(``),
		"claims cut off":                       claimsWith(`{"exp":1893456000,"user_id":1`),
		"something behind the claims":          claimsWith(`{"exp":1893456000,"user_id":1} {}`),
		"an inbound token of the provider":     claimsWith(`{"imba_id":276,"exp":1893456000}`),
		"an open-dialog token":                 claimsWith(`{"user_id":2,"initiator":1,"status":0,"exp":1893456000}`),
		"a moderator's token":                  claimsWith(`{"exp":1893456000,"user_id":7,"user_role":"admin","back_to":"https://example.com/"}`),
		"two segments":                         parts[0] + "." + parts[1],
		"four segments":                        good + "." + parts[2],
		"a dot behind":                         good + ".",
		"an empty signature":                   parts[0] + "." + parts[1] + ".",
		"an empty payload":                     parts[0] + ".." + parts[2],
		"half a signature":                     good[:len(good)-20],
		"padding":                              good + "=",
		"a space before":                       " " + good,
		"a space behind":                       good + " ",
		"a line break behind":                  good + "\n",
		"a line break inside the signature":    good[:len(good)-5] + "\r\n" + good[len(good)-5:],
		"a line break inside the claims":       parts[0] + "." + parts[1][:4] + "\n" + parts[1][4:] + "." + parts[2],
		"non-canonical base64":                 good[:len(good)-1] + next(good[len(good)-1]),
		"the alphabet of plain base64":         strings.Replace(good, "_", "/", 1),
		"more than 4096 bytes":                 claimsWith(`{"exp":1893456000,"user_id":"` + strings.Repeat("x", 4096) + `"}`),
		"a signature of another token":         parts[0] + "." + encode(`{"exp":1893456000,"user_id":2}`) + "." + parts[2],
		"JWE with five segments":               strings.Repeat(parts[0]+".", 4) + parts[0],
		"deep nesting":                         claimsWith(strings.Repeat("[", 1500)),
		"a name of control characters":         claimsWith(`{"exp":1893456000,"user_id":1,"` + "\x00" + `":1}`),
		"the header and claims change places":  parts[1] + "." + parts[0] + "." + parts[2],
		"a byte-order mark before the claims":  claimsWith("\ufeff" + goodClaims),
		"the widget key of the ancestor's way": forgeWith(sha256.New, sampleKey+"15", goodHeader, `{"user_id":1,"exp":1893456000}`),
	}
	v := verifier(t, checkedAt, sampleKey)
	if _, _, err := v.Widget(good); err != nil {
		t.Fatalf("the token all others are made from: %v", err)
	}
	for name, token := range table {
		t.Run(name, func(t *testing.T) {
			id, expires, err := v.Widget(token)
			if !errors.Is(err, jwt.ErrInvalid) || id != "" || !expires.IsZero() {
				t.Errorf("got %q, %s, %v; want ErrInvalid", id, expires, err)
			}
			if err != nil && strings.Contains(err.Error(), "%!") {
				t.Errorf("the error is ill-formed: %v", err)
			}
		})
	}
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// next is another letter that decodes to the same leading bits: the last letter of a 32-byte signature carries only four.
func next(last byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, last)|1])
}

func TestAMebibyteOfDotsCostsNothing(t *testing.T) {
	v := verifier(t, checkedAt, sampleKey)
	for name, token := range map[string]string{
		"dots alone":             strings.Repeat(".", 1<<20),
		"dots behind a header":   header + strings.Repeat(".", 1<<20),
		"4 KiB of dots":          strings.Repeat(".", jwt.MaxTokenLength),
		"a mebibyte of letters":  strings.Repeat("A", 1<<20),
		"a mebibyte of payload":  header + strings.Repeat("A", 1<<20) + ".AAAA",
		"4 KiB with two dots in": header + strings.Repeat("A", 3000) + ".AAAA",
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := v.Widget(token)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, jwt.ErrInvalid) {
				t.Errorf("got %v, want ErrInvalid", err)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 64<<10 {
				t.Errorf("took %d bytes, want at most 64 KiB", got)
			}
		})
	}
}

func TestADialogTokenSaysWhoWritesToWhom(t *testing.T) {
	token, err := vectorSigner(t, sampleKey).Dialog("2", "1", 1, jwt.IDNumber)
	if err != nil {
		t.Fatal(err)
	}
	got, err := verifier(t, checkedAt, sampleKey).Dialog(token)
	want := jwt.DialogClaims{To: "2", From: "1", Status: 1, ExpiresAt: vectorEnd}
	if diff := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal)); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestDialogTokensThatMustNotBeBelieved(t *testing.T) {
	v := verifier(t, checkedAt, sampleKey)
	for name, claims := range map[string]string{
		"a widget token":           goodClaims,
		"no status":                `{"user_id":2,"initiator":1,"exp":1893456000}`,
		"status as a string":       `{"user_id":2,"initiator":1,"status":"0","exp":1893456000}`,
		"status 1.0":               `{"user_id":2,"initiator":1,"status":1.0,"exp":1893456000}`,
		"status -0":                `{"user_id":2,"initiator":1,"status":-0,"exp":1893456000}`,
		"status true":              `{"user_id":2,"initiator":1,"status":true,"exp":1893456000}`,
		"to nobody":                `{"user_id":0,"initiator":1,"status":0,"exp":1893456000}`,
		"from a guest":             `{"user_id":2,"initiator":0,"status":0,"exp":1893456000}`,
		"claims in another order":  `{"exp":1893456000,"user_id":2,"initiator":1,"status":0}`,
		"one claim more":           `{"user_id":2,"initiator":1,"status":0,"exp":1893456000,"x":1}`,
		"another name for a claim": `{"user_id":2,"initiatoR":1,"status":0,"exp":1893456000}`,
		"no end":                   `{"user_id":2,"initiator":1,"status":0}`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := v.Dialog(forge(goodHeader, claims)); !errors.Is(err, jwt.ErrInvalid) || got != (jwt.DialogClaims{}) {
				t.Errorf("got %+v, %v; want ErrInvalid", got, err)
			}
		})
	}
}

// inboundKey is login:password of the published vector.
const inboundKey = "root:abc"

const inboundVector = header + "eyJpbWJhX2lkIjoyNzYsImV4cCI6MTg5MzQ1NjAwMH0.oxQWLY-cWrzWYKv9HfmpHABbBNi4lgUK-LCgGgjxuXI"

func TestTheProvidersOwnToken(t *testing.T) {
	in := func(claims string) string { return forgeWith(sha256.New, inboundKey, goodHeader, claims) }
	day := unix(checkedAt.Add(24*time.Hour + time.Second))
	for name, c := range map[string]struct {
		token           string
		lenient, strict bool
	}{
		"the published vector":                 {inboundVector, true, true},
		"a header in another order":            {forgeWith(sha256.New, inboundKey, `{"alg":"HS256","typ":"JWT"}`, `{"imba_id":276,"exp":1893456000}`), true, true},
		"the widget id as a string":            {in(`{"imba_id":"276","exp":1893456000}`), true, true},
		"nbf and iat in the past":              {in(`{"imba_id":276,"exp":1893456000,"nbf":1,"iat":1}`), true, true},
		"no widget id":                         {in(`{"exp":1893456000}`), true, false},
		"an end more than a day ahead":         {in(`{"imba_id":276,"exp":` + day + `}`), true, false},
		"another widget's":                     {in(`{"imba_id":277,"exp":1893456000}`), false, false},
		"widget id null":                       {in(`{"imba_id":null,"exp":1893456000}`), false, false},
		"widget id 276.0":                      {in(`{"imba_id":276.0,"exp":1893456000}`), false, false},
		"no end":                               {in(`{"imba_id":276}`), false, false},
		"ended":                                {in(`{"imba_id":276,"exp":1}`), false, false},
		"nbf ahead":                            {in(`{"imba_id":276,"exp":1893456000,"nbf":` + unix(checkedAt.Add(31*time.Second)) + `}`), false, false},
		"nbf as a string":                      {in(`{"imba_id":276,"exp":1893456000,"nbf":"1"}`), false, false},
		"iat ahead":                            {in(`{"imba_id":276,"exp":1893456000,"iat":` + unix(checkedAt.Add(31*time.Second)) + `}`), false, false},
		"a user's token":                       {in(`{"exp":1893456000,"user_id":1}`), false, false},
		"a user's token that names the widget": {in(`{"exp":1893456000,"user_id":1,"imba_id":276}`), false, false},
		"alg none":                             {encode(`{"typ":"JWT","alg":"none"}`) + "." + encode(`{"imba_id":276,"exp":1893456000}`) + ".", false, false},
		"RS256 as a label":                     {forgeWith(sha256.New, inboundKey, `{"typ":"JWT","alg":"RS256"}`, `{"imba_id":276,"exp":1893456000}`), false, false},
		"the alg twice":                        {forgeWith(sha256.New, inboundKey, `{"typ":"JWT","alg":"none","alg":"HS256"}`, `{"imba_id":276,"exp":1893456000}`), false, false},
		"the typ twice":                        {forgeWith(sha256.New, inboundKey, `{"typ":"x","typ":"JWT","alg":"HS256"}`, `{"imba_id":276,"exp":1893456000}`), false, false},
		"kid":                                  {forgeWith(sha256.New, inboundKey, `{"typ":"JWT","alg":"HS256","kid":"1"}`, `{"imba_id":276,"exp":1893456000}`), false, false},
		"crit":                                 {forgeWith(sha256.New, inboundKey, `{"typ":"JWT","alg":"HS256","crit":["exp"]}`, `{"imba_id":276,"exp":1893456000}`), false, false},
		"no typ":                               {forgeWith(sha256.New, inboundKey, `{"alg":"HS256"}`, `{"imba_id":276,"exp":1893456000}`), false, false},
		"another typ":                          {forgeWith(sha256.New, inboundKey, `{"typ":"at+jwt","alg":"HS256"}`, `{"imba_id":276,"exp":1893456000}`), false, false},
		"a line break in it":                   {inboundVector[:len(inboundVector)-4] + "\n" + inboundVector[len(inboundVector)-4:], false, false},
		"the secret key instead of the login":  {forge(goodHeader, `{"imba_id":276,"exp":1893456000}`), false, false},
		"the widget id twice":                  {in(`{"imba_id":1,"imba_id":276,"exp":1893456000}`), false, false},
		"nothing":                              {"", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := verifier(t, checkedAt, inboundKey)
			if err := v.Inbound(c.token, "276", false, checkedAt); (err == nil) != c.lenient || err != nil && !errors.Is(err, jwt.ErrInvalid) {
				t.Errorf("lenient: %v", err)
			}
			if err := v.Inbound(c.token, "276", true, checkedAt); (err == nil) != c.strict || err != nil && !errors.Is(err, jwt.ErrInvalid) {
				t.Errorf("strict: %v", err)
			}
		})
	}
}

func TestRefusalsDoNotShowTheToken(t *testing.T) {
	const canary = "canary-5e0b"
	v := verifier(t, checkedAt, sampleKey)
	for _, claims := range []string{`{"exp":1893456000,"user_id":"` + canary + `"}`, `{"exp":"` + canary + `","user_id":1}`, canary} {
		_, _, err := v.Widget(forgeWith(sha256.New, "another key, long enough", goodHeader, claims))
		if err == nil || bytes.Contains([]byte(err.Error()), []byte(canary)) {
			t.Errorf("claims %s: %v", claims, err)
		}
	}
}
