package jwt_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/userinfo"
)

// sampleKey is the key of the provider's published example; config refuses it at start, so only tests ever sign with it.
const sampleKey = "lPXBFPqNg3f661JcegBY0N0dPXqUBdHXqj2cHf04PZgLHxT6z55e20ozojvMRvB8"

const header = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."

// vectorEnd is the exp of every published vector: 2030-01-01T00:00:00Z.
var vectorEnd = time.Unix(1893456000, 0).UTC()

// fixed returns a clock that stands still.
func fixed(t time.Time) func() time.Time { return func() time.Time { return t } }

// vectorSigner signs with key tokens that end at vectorEnd.
func vectorSigner(tb testing.TB, key string) *jwt.Signer {
	tb.Helper()
	s, err := jwt.NewSigner(secret.New(key), 16, time.Hour, fixed(vectorEnd.Add(-time.Hour)))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestWidgetTokensEqualThePublishedVectors(t *testing.T) {
	for name, c := range map[string]struct {
		id     userinfo.ID
		format jwt.IDFormat
		want   string
	}{
		"user 1 as a number": {"1", jwt.IDNumber, header + "eyJleHAiOjE4OTM0NTYwMDAsInVzZXJfaWQiOjF9.kLXAeWF_XbUlzPgErPfQdvupWgRLufw699IS8fNzmOw"},
		"user 1 as a string": {"1", jwt.IDString, header + "eyJleHAiOjE4OTM0NTYwMDAsInVzZXJfaWQiOiIxIn0.IRqf8Rg1C5E8IPpFtPHbCglGcZvb7xIrbND5JQP9vbo"},
	} {
		t.Run(name, func(t *testing.T) {
			got, expires, err := vectorSigner(t, sampleKey).Widget(c.id, c.format)
			if err != nil || got != c.want {
				t.Errorf("got %s, %v\nwant %s", got, err, c.want)
			}
			if !expires.Equal(vectorEnd) {
				t.Errorf("ends at %s, want %s", expires, vectorEnd)
			}
		})
	}
}

func TestDialogTokensEqualThePublishedVectors(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		want   string
	}{
		"status 0 opens normally":            {0, header + "eyJ1c2VyX2lkIjoyLCJpbml0aWF0b3IiOjEsInN0YXR1cyI6MCwiZXhwIjoxODkzNDU2MDAwfQ.eeN9Fu9hrQn1wt_bWXrJTYJdUtD4Exby4AfuoXKiLIQ"},
		"status 1 asks the other side first": {1, header + "eyJ1c2VyX2lkIjoyLCJpbml0aWF0b3IiOjEsInN0YXR1cyI6MSwiZXhwIjoxODkzNDU2MDAwfQ.jMz6FWMiqPxoYOFQctBaUV5ltWfGUZFp9Q2sqSu-1_o"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := vectorSigner(t, sampleKey).Dialog("2", "1", c.status, jwt.IDNumber)
			if err != nil || got != c.want {
				t.Errorf("got %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func TestTheHeaderNamesTheTypeBeforeTheAlgorithm(t *testing.T) {
	token, _, err := vectorSigner(t, sampleKey).Widget("1", jwt.IDNumber)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if want := `{"typ":"JWT","alg":"HS256"}`; err != nil || string(raw) != want {
		t.Errorf("header is %s, %v; want %s", raw, err, want)
	}
}

func TestKeysBelowTheFloorAreRefused(t *testing.T) {
	now := fixed(vectorEnd)
	for name, c := range map[string]struct {
		key   string
		floor int
		weak  bool
	}{
		"an empty key with a floor":    {"", 16, true},
		"an empty key without a floor": {"", 0, true},
		"one byte below the floor":     {strings.Repeat("k", 15), 16, true},
		"exactly the floor":            {strings.Repeat("k", 16), 16, false},
		"one byte without a floor":     {"k", 0, false},
		"bytes count, not characters":  {strings.Repeat("é", 8), 16, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := jwt.NewSigner(secret.New(c.key), c.floor, time.Hour, now)
			if errors.Is(err, jwt.ErrWeakKey) != c.weak || !c.weak && err != nil {
				t.Errorf("signer: %v", err)
			}
			_, err = jwt.NewVerifier([]secret.Secret{secret.New(c.key)}, c.floor, now)
			if errors.Is(err, jwt.ErrWeakKey) != c.weak || !c.weak && err != nil {
				t.Errorf("verifier: %v", err)
			}
			if err != nil && c.key != "" && strings.Contains(err.Error(), c.key) {
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
	t.Run("a second key below the floor", func(t *testing.T) {
		_, err := jwt.NewVerifier([]secret.Secret{secret.New(sampleKey), secret.New("short")}, 16, now)
		if !errors.Is(err, jwt.ErrWeakKey) {
			t.Errorf("got %v, want ErrWeakKey", err)
		}
	})
	t.Run("no key at all", func(t *testing.T) {
		if _, err := jwt.NewVerifier(nil, 0, now); !errors.Is(err, jwt.ErrWeakKey) {
			t.Errorf("got %v, want ErrWeakKey", err)
		}
	})
}

func TestASignerNeedsALifetimeAndAClock(t *testing.T) {
	key := secret.New(sampleKey)
	for name, build := range map[string]func() error{
		"no lifetime":              func() error { _, err := jwt.NewSigner(key, 16, 0, fixed(vectorEnd)); return err },
		"a negative lifetime":      func() error { _, err := jwt.NewSigner(key, 16, -time.Hour, fixed(vectorEnd)); return err },
		"a lifetime below 1 s":     func() error { _, err := jwt.NewSigner(key, 16, time.Second-1, fixed(vectorEnd)); return err },
		"no clock":                 func() error { _, err := jwt.NewSigner(key, 16, time.Hour, nil); return err },
		"a verifier with no clock": func() error { _, err := jwt.NewVerifier([]secret.Secret{key}, 16, nil); return err },
	} {
		t.Run(name, func(t *testing.T) {
			if err := build(); err == nil || errors.Is(err, jwt.ErrWeakKey) {
				t.Errorf("got %v, want a refusal that does not blame the key", err)
			}
		})
	}
}

// TestUserIDsInTokensAreTheSitesKeys is SEC-23.
func TestUserIDsInTokensAreTheSitesKeys(t *testing.T) {
	for _, c := range []struct {
		id             userinfo.ID
		number, string error
	}{
		{"", jwt.ErrNoUser, jwt.ErrNoUser},
		{"0", jwt.ErrNoUser, jwt.ErrNoUser},
		{"1", nil, nil},
		{"-1", nil, nil},
		{"2147483648", nil, nil},
		{"9007199254740991", nil, nil},
		{"-9007199254740991", nil, nil},
		{"9007199254740992", jwt.ErrIDRange, nil},
		{"9007199254740993", jwt.ErrIDRange, nil},
		{"-9007199254740993", jwt.ErrIDRange, nil},
		{"18446744073709551615", jwt.ErrIDRange, nil},
		{"007", jwt.ErrIDRange, nil},
		{"0e5", jwt.ErrIDRange, nil},
		{"1.0", jwt.ErrIDRange, nil},
		{"-0", jwt.ErrIDRange, nil},
		{"+1", jwt.ErrIDRange, nil},
		{"6ba7b810-9dad-11d1-80b4-00c04fd430c8", jwt.ErrIDRange, nil},
		{"žofie 🦊", jwt.ErrIDRange, nil},
		{`"</script>\`, jwt.ErrIDRange, nil},
		{"line\u2028separator", jwt.ErrIDRange, nil},
		{"broken \xff byte", jwt.ErrIDRange, jwt.ErrIDRange},
	} {
		for format, want := range map[jwt.IDFormat]error{jwt.IDNumber: c.number, jwt.IDString: c.string} {
			t.Run(string(c.id)+" as "+map[jwt.IDFormat]string{jwt.IDNumber: "number", jwt.IDString: "string"}[format], func(t *testing.T) {
				s := vectorSigner(t, sampleKey)
				token, _, err := s.Widget(c.id, format)
				if !errors.Is(err, want) || (err == nil) != (token != "") {
					t.Fatalf("got %q, %v; want %v", token, err, want)
				}
				if _, err := s.Dialog(c.id, "1", 0, format); !errors.Is(err, want) {
					t.Errorf("dialog to it: %v, want %v", err, want)
				}
				if _, err := s.Dialog("1", c.id, 0, format); !errors.Is(err, want) {
					t.Errorf("dialog from it: %v, want %v", err, want)
				}
				if err == nil {
					if got := strictUserID(t, token, format); got != string(c.id) {
						t.Errorf("a strict reader finds %q in the token", got)
					}
				}
			})
		}
	}
}

// strictUserID reads user_id without our own code and without floating-point numbers.
func strictUserID(tb testing.TB, token string, format jwt.IDFormat) string {
	tb.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		tb.Fatal(err)
	}
	var claims map[string]json.RawMessage
	if err := json.Unmarshal(raw, &claims); err != nil {
		tb.Fatal(err)
	}
	if format == jwt.IDNumber {
		return string(claims["user_id"])
	}
	var id string
	if err := json.Unmarshal(claims["user_id"], &id); err != nil {
		tb.Fatal(err)
	}
	return id
}

// TestTokensEndWhenTheSettingSays is SEC-25 under an injected clock.
func TestTokensEndWhenTheSettingSays(t *testing.T) {
	for _, ttl := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour} {
		for _, now := range []time.Time{vectorEnd, vectorEnd.Add(999 * time.Millisecond)} {
			s, err := jwt.NewSigner(secret.New(sampleKey), 16, ttl, fixed(now))
			if err != nil {
				t.Fatal(err)
			}
			token, expires, err := s.Widget("1", jwt.IDNumber)
			if err != nil {
				t.Fatal(err)
			}
			if off := now.Add(ttl).Sub(expires); off < 0 || off >= time.Second {
				t.Errorf("lifetime %s at %s: ends %s early", ttl, now, off)
			}
			v, err := jwt.NewVerifier([]secret.Secret{secret.New(sampleKey)}, 16, fixed(now))
			if err != nil {
				t.Fatal(err)
			}
			if _, said, err := v.Widget(token); err != nil || !said.Equal(expires) {
				t.Errorf("the token says %s, %v; the signer said %s", said, err, expires)
			}
		}
	}
}

// TestConcurrentTokensVerifyUnderExactlyOneKey is SEC-26, checked by the library alone.
func TestConcurrentTokensVerifyUnderExactlyOneKey(t *testing.T) {
	const mints, workers = 10_000, 8
	keys := []string{sampleKey, strings.Repeat("another key of a good length, ", 3)}
	signers := []*jwt.Signer{vectorSigner(t, keys[0]), vectorSigner(t, keys[1])}
	parser := gojwt.NewParser(gojwt.WithValidMethods([]string{"HS256"}), gojwt.WithTimeFunc(fixed(vectorEnd.Add(-time.Minute))), gojwt.WithJSONNumber())
	believes := func(token, key string) (json.Number, bool) {
		parsed, err := parser.Parse(token, func(*gojwt.Token) (any, error) { return []byte(key), nil })
		if err != nil {
			return "", false
		}
		id, ok := parsed.Claims.(gojwt.MapClaims)["user_id"].(json.Number)
		return id, ok
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < mints; i += workers {
				id := userinfo.ID(strconv.Itoa(i + 1))
				which := i / 100 % 2 // keys are rotated meanwhile
				token, _, err := signers[which].Widget(id, jwt.IDNumber)
				if err != nil {
					t.Errorf("user %s: %v", id, err)
					return
				}
				if got, ok := believes(token, keys[which]); !ok || string(got) != string(id) {
					t.Errorf("user %s: the library reads %s, %t", id, got, ok)
				}
				if _, ok := believes(token, keys[1-which]); ok {
					t.Errorf("user %s: the other key fits too", id)
				}
			}
		})
	}
	wg.Wait()
}

func TestOneSignerSignsEachTokenAfresh(t *testing.T) {
	s := vectorSigner(t, sampleKey)
	var got []string
	for _, id := range []userinfo.ID{"12345678901", "2", "12345678901"} {
		token, _, err := s.Widget(id, jwt.IDNumber)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, token)
	}
	if got[0] == got[1] {
		t.Error("two users got one token")
	}
	if diff := cmp.Diff(got[0], got[2]); diff != "" {
		t.Errorf("the same user's token changed: %s", diff)
	}
}
