package jwt

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo"
)

// ErrInvalid says that a token must not be believed: wrong form, signature, time or kind.
var ErrInvalid = errors.New("token refused")

// Leeway is how far two clocks may differ.
const Leeway = 30 * time.Second

// MaxTokenLength bounds a token before anything of it is decoded; ours have less than 300 bytes.
const MaxTokenLength = 4096

// Verifier checks tokens against one or more keys, of which the current one stands first. It is safe for concurrent use.
type Verifier struct {
	keys   gojwt.VerificationKeySet
	parser *gojwt.Parser
}

// NewVerifier returns a verifier. It returns ErrWeakKey if there is no key or any is shorter than floor bytes.
func NewVerifier(keys []secret.Secret, floor int, now func() time.Time) (*Verifier, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: none given", ErrWeakKey)
	}
	if now == nil {
		return nil, errors.New("jwt: a verifier needs a clock")
	}
	v := &Verifier{}
	for _, key := range keys {
		if key.IsZero() || key.Len() < floor {
			return nil, fmt.Errorf("%w: %d bytes, at least %d", ErrWeakKey, key.Len(), max(floor, 1))
		}
		v.keys.Keys = append(v.keys.Keys, []byte(key.Reveal()))
	}
	v.parser = gojwt.NewParser(
		gojwt.WithValidMethods([]string{"HS256"}), gojwt.WithStrictDecoding(), gojwt.WithExpirationRequired(),
		gojwt.WithIssuedAt(), gojwt.WithLeeway(Leeway), gojwt.WithTimeFunc(now),
	)
	return v, nil
}

// Widget returns the user id and the end of a widget token. Exactly the claims exp and user_id must be there.
func (v *Verifier) Widget(token string) (id string, expires time.Time, err error) {
	c, err := v.verify(token, "exp", "user_id")
	if err != nil {
		return "", time.Time{}, err
	}
	if id, err = c.id("user_id"); err != nil || id == "0" {
		return "", time.Time{}, fmt.Errorf("%w: user_id", ErrInvalid)
	}
	return id, c.time("exp"), nil
}

// DialogClaims is what an open-dialog token says.
type DialogClaims struct {
	To, From  string
	Status    int // 0 opens normally, 1 asks the other side first
	ExpiresAt time.Time
}

// Dialog returns the claims of an open-dialog token. Exactly user_id, initiator, status and exp must be there.
func (v *Verifier) Dialog(token string) (DialogClaims, error) {
	c, err := v.verify(token, "user_id", "initiator", "status", "exp")
	if err != nil {
		return DialogClaims{}, err
	}
	d := DialogClaims{ExpiresAt: c.time("exp")}
	if d.To, err = c.id("user_id"); err != nil {
		return DialogClaims{}, err
	}
	if d.From, err = c.id("initiator"); err != nil {
		return DialogClaims{}, err
	}
	status, err := strconv.Atoi(c.values["status"].text)
	if err != nil || c.values["status"].kind != numberValue {
		return DialogClaims{}, fmt.Errorf("%w: status", ErrInvalid)
	}
	d.Status = status
	return d, nil
}

// Inbound checks a token by which ImbaChat names itself (ImbaChat §3.3): its exp must be there and its imba_id must be widgetID.
// strict also requires imba_id to be there and refuses an end more than a day ahead.
func (v *Verifier) Inbound(token, widgetID string, strict bool, now time.Time) error {
	c, err := v.verify(token)
	if err != nil {
		return err
	}
	if _, is := c.values["user_id"]; is {
		return fmt.Errorf("%w: a user's token", ErrInvalid)
	}
	imba, has := c.values["imba_id"]
	if has && imba.text != widgetID || !has && strict {
		return fmt.Errorf("%w: imba_id", ErrInvalid)
	}
	if strict && c.time("exp").Sub(now) > 24*time.Hour {
		return fmt.Errorf("%w: exp is too far ahead", ErrInvalid)
	}
	return nil
}

// verify checks form, signature and time. With names, the token must have exactly these claims, which keeps one kind of
// token from passing for another (RFC 8725 §3.12).
func (v *Verifier) verify(token string, names ...string) (*claims, error) {
	if len(token) > MaxTokenLength {
		return nil, fmt.Errorf("%w: too long", ErrInvalid)
	}
	c := &claims{}
	parsed, err := v.parser.ParseWithClaims(token, c, func(t *gojwt.Token) (any, error) {
		// Our tokens have these two and nothing that could name a key or change the rules (kid, jku, crit, b64 …).
		if typ, ok := t.Header["typ"].(string); !ok || typ != "JWT" || len(t.Header) != 2 {
			return nil, errors.New("unexpected header")
		}
		return v.keys, nil
	})
	if err != nil || !parsed.Valid {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if len(names) > 0 && len(names) != len(c.values) {
		return nil, fmt.Errorf("%w: unexpected claims", ErrInvalid)
	}
	for _, name := range names {
		if _, ok := c.values[name]; !ok {
			return nil, fmt.Errorf("%w: no claim %s", ErrInvalid, name)
		}
	}
	return c, nil
}

// id returns a user id without ever passing through a floating-point number.
func (c *claims) id(name string) (string, error) {
	v := c.values[name]
	switch v.kind {
	case stringValue:
		if v.text == "" {
			return "", fmt.Errorf("%w: %s is empty", ErrInvalid, name)
		}
		return v.text, nil
	case numberValue:
		if _, exact := userinfo.ID(v.text).ExactNumber(); !exact {
			return "", fmt.Errorf("%w: %s is no whole number of at most 53 bits", ErrInvalid, name)
		}
		return v.text, nil
	case otherValue:
	}
	return "", fmt.Errorf("%w: %s is neither number nor text", ErrInvalid, name)
}
