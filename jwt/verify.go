package jwt

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
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
	keys   func() gojwt.VerificationKeySet // a function, into which fmt cannot look however deep it stands in another struct
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
	var set gojwt.VerificationKeySet
	for _, key := range keys {
		if key.IsZero() || key.Len() < floor {
			return nil, fmt.Errorf("%w: %d bytes, at least %d", ErrWeakKey, key.Len(), max(floor, 1))
		}
		set.Keys = append(set.Keys, []byte(key.Reveal()))
	}
	v := &Verifier{keys: func() gojwt.VerificationKeySet { return set }}
	v.parser = gojwt.NewParser(
		gojwt.WithValidMethods([]string{"HS256"}), gojwt.WithStrictDecoding(), gojwt.WithExpirationRequired(),
		gojwt.WithIssuedAt(), gojwt.WithLeeway(Leeway), gojwt.WithTimeFunc(now),
	)
	return v, nil
}

// String returns [secret.Redacted].
func (*Verifier) String() string { return secret.Redacted }

// GoString returns [secret.Redacted].
func (*Verifier) GoString() string { return secret.Redacted }

// Format writes [secret.Redacted] for every verb and flag: a verifier holds its keys in the clear.
func (*Verifier) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, secret.Redacted) }

// Widget returns the user id and the end of a widget token. Exactly the claims exp and user_id must be there, spelled as
// [Signer.Widget] spells them.
func (v *Verifier) Widget(token string) (id string, expires time.Time, err error) {
	c, err := v.verify(token, "exp", "user_id")
	if err != nil {
		return "", time.Time{}, err
	}
	if id, err = c.id("user_id"); err != nil {
		return "", time.Time{}, err
	}
	if !c.spelled(token, "exp", "user_id") {
		return "", time.Time{}, errSpelling
	}
	return id, c.time("exp"), nil
}

// DialogClaims is what an open-dialog token says.
type DialogClaims struct {
	To, From  string
	Status    int // 0 opens normally, 1 asks the other side first
	ExpiresAt time.Time
}

// Dialog returns the claims of an open-dialog token. Exactly user_id, initiator, status and exp must be there, spelled as
// [Signer.Dialog] spells them.
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
	status := c.values["status"]
	if d.Status, err = strconv.Atoi(status.text); err != nil || status.kind != numberValue || strconv.Itoa(d.Status) != status.text {
		return DialogClaims{}, fmt.Errorf("%w: status", ErrInvalid)
	}
	if !c.spelled(token, "user_id", "initiator", "status", "exp") {
		return DialogClaims{}, errSpelling
	}
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

// errSpelling is for our own two kinds: nobody else signs them, and whoever reads the same token must see the same claims.
var errSpelling = fmt.Errorf("%w: not as we spell it", ErrInvalid)

// verify checks form, signature and time. With names, the token must have exactly these claims, which keeps one kind of
// token from passing for another (RFC 8725 §3.12).
func (v *Verifier) verify(token string, names ...string) (*claims, error) {
	if len(token) > MaxTokenLength {
		return nil, fmt.Errorf("%w: too long", ErrInvalid)
	}
	if !compact(token) {
		return nil, fmt.Errorf("%w: not three parts of base64url", ErrInvalid)
	}
	c := &claims{}
	parsed, err := v.parser.ParseWithClaims(token, c, func(*gojwt.Token) (any, error) {
		return v.keys(), checkHeader(token)
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if !parsed.Valid {
		return nil, ErrInvalid
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

// compact reports whether a token is three parts of base64url with dots between them. The library's decoder skips line breaks,
// so that one signature would have many spellings.
func compact(token string) bool {
	dots := 0
	for i := range len(token) {
		c := token[i]
		switch {
		case c == '.':
			dots++
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return dots == 2
}

// checkHeader accepts typ JWT and alg HS256, each once, and nothing that could name a key or change the rules (kid, jku, crit,
// b64 …). It reads the header anew, because the library keeps the last of two fields with one name.
func checkHeader(token string) error {
	segment, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	if err != nil {
		return err
	}
	var header claims
	if err := header.UnmarshalJSON(raw); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if len(header.values) != 2 || header.values["typ"] != (value{stringValue, "JWT"}) || header.values["alg"] != (value{stringValue, "HS256"}) {
		return errors.New("unexpected header")
	}
	return nil
}

// spelled reports whether a token's header and claims are the very bytes our signer writes for these names.
func (c *claims) spelled(token string, names ...string) bool {
	payload := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			payload = append(payload, ',')
		}
		payload = append(append(append(payload, '"'), name...), '"', ':')
		if v := c.values[name]; v.kind == stringValue {
			payload = userinfo.AppendString(payload, v.text)
		} else {
			payload = append(payload, v.text...)
		}
	}
	ours := base64.RawURLEncoding.AppendEncode([]byte(header64+"."), append(payload, '}'))
	return strings.HasPrefix(token, string(append(ours, '.')))
}

// id returns a user id without ever passing through a floating-point number.
func (c *claims) id(name string) (string, error) {
	v := c.values[name]
	switch v.kind {
	case stringValue:
		if v.text == "" || v.text == "0" {
			return "", fmt.Errorf("%w: %s names nobody", ErrInvalid, name)
		}
		return v.text, nil
	case numberValue:
		if n, exact := userinfo.ID(v.text).ExactNumber(); !exact || n == 0 {
			return "", fmt.Errorf("%w: %s names nobody exactly", ErrInvalid, name)
		}
		return v.text, nil
	case otherValue:
	}
	return "", fmt.Errorf("%w: %s is neither number nor text", ErrInvalid, name)
}
