package jwt

import (
	"encoding/json"
	"fmt"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"github.com/chatpass/chatpass/internal/secret"
)

// Foreign returns the claims, as JSON, of a token that the site itself signed with HS256 for its own use, such as a session cookie. They may be nested;
// exp and nbf need not be there and are checked where they are. It returns ErrWeakKey for a key of less than 16 bytes, which is what a session id has, and
// ErrInvalid for everything that must not be believed.
func Foreign(token string, key secret.Secret, now time.Time) ([]byte, error) {
	if key.Len() < minForeignKey {
		return nil, fmt.Errorf("%w: %d bytes, at least %d", ErrWeakKey, key.Len(), minForeignKey)
	}
	if len(token) > MaxTokenLength || !compact(token) {
		return nil, fmt.Errorf("%w: too long, or not three parts of base64url", ErrInvalid)
	}
	c := &foreignClaims{}
	parser := gojwt.NewParser(
		gojwt.WithValidMethods([]string{"HS256"}), gojwt.WithStrictDecoding(), gojwt.WithLeeway(Leeway),
		gojwt.WithTimeFunc(func() time.Time { return now }),
	)
	parsed, err := parser.ParseWithClaims(token, c, func(*gojwt.Token) (any, error) {
		return []byte(key.Reveal()), checkHeader(token)
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if !parsed.Valid {
		return nil, ErrInvalid
	}
	return c.raw, nil
}

const minForeignKey = 16

// foreignClaims keeps a set of claims as it is written and knows only its times.
type foreignClaims struct {
	claims
	raw []byte
}

// UnmarshalJSON reads one object, whose times must be plain.
func (c *foreignClaims) UnmarshalJSON(data []byte) error {
	var times struct {
		Exp json.RawMessage `json:"exp"`
		Nbf json.RawMessage `json:"nbf"`
	}
	if err := json.Unmarshal(data, &times); err != nil {
		return err
	}
	c.raw, c.values = append([]byte(nil), data...), map[string]value{}
	for name, raw := range map[string]json.RawMessage{"exp": times.Exp, "nbf": times.Nbf} {
		if raw != nil && string(raw) != "null" {
			c.values[name] = value{numberValue, string(raw)}
		}
	}
	return nil
}
