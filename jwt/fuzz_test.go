package jwt_test

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/userinfo"
)

// FuzzVerify is SEC-27: a token we believe is the very token our signer makes of the claims we read, so that it has no second
// spelling and no claim that another reader could understand otherwise.
func FuzzVerify(f *testing.F) {
	for _, seed := range []string{
		forge(goodHeader, goodClaims),
		forge(goodHeader, `{"exp":1893456000,"user_id":"alice"}`),
		forge(goodHeader, `{"exp":1893456000,"user_id":"<\u0062>"}`),
		forge(goodHeader, `{"user_id":2,"initiator":1,"status":0,"exp":1893456000}`),
		forge(`{"alg":"HS256","typ":"JWT"}`, `{"user_id":1,"exp":1893456000}`),
		forge(`{"typ":"JWT","alg":"none","alg":"HS256"}`, goodClaims),
		forgeWith(sha256.New, sampleKey, goodHeader, `{"imba_id":276,"exp":1893456000}`),
		forge(goodHeader, goodClaims) + "\n", "..", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		v := verifier(t, checkedAt, sampleKey)
		if id, expires, err := v.Widget(token); err == nil {
			if again := resign(t, expires, func(s *jwt.Signer, as jwt.IDFormat) (string, error) {
				token, _, err := s.Widget(userinfo.ID(id), as)
				return token, err
			}); again[0] != token && again[1] != token {
				t.Errorf("believed %q, but we sign %q", token, again)
			}
		} else if !errors.Is(err, jwt.ErrInvalid) {
			t.Errorf("refused with %v, want ErrInvalid", err)
		}
		if d, err := v.Dialog(token); err == nil {
			if again := resign(t, d.ExpiresAt, func(s *jwt.Signer, as jwt.IDFormat) (string, error) {
				return s.Dialog(userinfo.ID(d.To), userinfo.ID(d.From), d.Status, as)
			}); again[0] != token && again[1] != token {
				t.Errorf("believed %q, but we sign %q", token, again)
			}
		} else if !errors.Is(err, jwt.ErrInvalid) {
			t.Errorf("refused with %v, want ErrInvalid", err)
		}
		if err := v.Inbound(token, "276", true, checkedAt); err != nil && !errors.Is(err, jwt.ErrInvalid) {
			t.Errorf("refused with %v, want ErrInvalid", err)
		}
	})
}

// FuzzClaims signs any claims, so that the fuzzer reaches what stands behind the signature.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		goodClaims, `{"exp":1893456000,"user_id":"alice"}`, `{"exp":1893456000,"exp":1893456000,"user_id":1}`,
		`{"exp":1893456000,"user_id":1} `, `{"exp":1893456000,"user_id":-0}`, `{"exp":1893456000,"user_id":"\ud800"}`,
		`{"user_id":2,"initiator":1,"status":0,"exp":1893456000}`, `{"imba_id":276,"exp":1893456000}`, `null`, `[]`, ``,
	} {
		f.Add(goodHeader, seed)
	}
	f.Add(`{"alg":"HS256","typ":"JWT"}`, goodClaims)
	f.Fuzz(func(t *testing.T, header, claims string) {
		token := forge(header, claims)
		id, expires, err := verifier(t, checkedAt, sampleKey).Widget(token)
		if err != nil {
			return
		}
		if again := resign(t, expires, func(s *jwt.Signer, as jwt.IDFormat) (string, error) {
			token, _, err := s.Widget(userinfo.ID(id), as)
			return token, err
		}); again[0] != token && again[1] != token {
			t.Errorf("believed %s.%s, but we sign %q", header, claims, again)
		}
	})
}

// resign returns the tokens our signer makes with ids as numbers and as strings; empty where it refuses.
func resign(tb testing.TB, expires time.Time, sign func(*jwt.Signer, jwt.IDFormat) (string, error)) (tokens [2]string) {
	tb.Helper()
	s, err := jwt.NewSigner(secret.New(sampleKey), 16, time.Hour, fixed(expires.Add(-time.Hour)))
	if err != nil {
		tb.Fatal(err)
	}
	for i, as := range []jwt.IDFormat{jwt.IDNumber, jwt.IDString} {
		if token, err := sign(s, as); err == nil {
			tokens[i] = token
		}
	}
	return tokens
}
