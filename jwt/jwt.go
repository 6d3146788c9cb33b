// Package jwt signs and checks the tokens that name a user to a chat provider. It is the only room that knows the JWT library,
// and it narrows it: HS256 only, keys of a least length, an end in every token, ids that are never rounded.
//
// Tokens are byte-identical to those of ImbaChat's own plugins: the header has typ before alg, the claims stand in a fixed order.
package jwt

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo"
)

var (
	// ErrWeakKey says that a key is shorter than the floor.
	ErrWeakKey = errors.New("signing key is too short")
	// ErrNoUser says that a token was asked for nobody: an empty id, or 0, which providers take for a guest.
	ErrNoUser = errors.New("no user to sign for")
	// ErrIDRange says that an id cannot be written so that every reader gets it back unchanged: a number beyond ±(2^53−1), a text
	// where a number is wanted, or bytes that are not UTF-8.
	ErrIDRange = errors.New("user id cannot be written so that every reader keeps it exactly")
)

// header64 is {"typ":"JWT","alg":"HS256"} in base64url, as all ImbaChat plugins write it.
const header64 = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"

// IDFormat tells how a user id is written in a token.
type IDFormat uint8

// The formats of ids.
const (
	IDNumber IDFormat = iota // a JSON number; ids beyond ±(2^53−1) are refused
	IDString                 // a JSON string
)

// Signer signs tokens with one key. It is safe for concurrent use.
type Signer struct {
	ttl  time.Duration
	now  func() time.Time
	macs sync.Pool // of *mac, keyed once: half of an HMAC's cost is its key
}

// NewSigner returns a signer with key, whose length in bytes must be at least floor, for tokens that live for ttl.
// It returns ErrWeakKey for a shorter key and for an empty one whatever the floor.
func NewSigner(key secret.Secret, floor int, ttl time.Duration, now func() time.Time) (*Signer, error) {
	if key.IsZero() || key.Len() < floor {
		return nil, fmt.Errorf("%w: %d bytes, at least %d", ErrWeakKey, key.Len(), max(floor, 1))
	}
	if ttl < time.Second || now == nil {
		return nil, errors.New("jwt: a signer needs a lifetime of a second or more and a clock")
	}
	s := &Signer{ttl: ttl, now: now}
	s.macs.New = func() any { return newMAC([]byte(key.Reveal())) }
	return s, nil
}

// Widget returns the widget token of a user and its end (ImbaChat §3.1): claims exp, user_id.
// It returns ErrNoUser and ErrIDRange.
func (s *Signer) Widget(id userinfo.ID, format IDFormat) (token string, expires time.Time, err error) {
	return s.WidgetUntil(id, format, time.Time{})
}

// WidgetUntil is Widget for a visitor whose session ends at until: the token ends no later. The zero time is no bound.
func (s *Signer) WidgetUntil(id userinfo.ID, format IDFormat, until time.Time) (token string, expires time.Time, err error) {
	expires = s.expiryUntil(until)
	var buf [128]byte
	claims := append(buf[:0], `{"exp":`...)
	claims = strconv.AppendInt(claims, expires.Unix(), 10)
	claims = append(claims, `,"user_id":`...)
	if claims, err = appendID(claims, id, format); err != nil {
		return "", time.Time{}, err
	}
	return s.sign(append(claims, '}')), expires, nil
}

// Dialog returns the token with which from opens a conversation with to (ImbaChat §3.2): claims user_id, initiator, status, exp.
// status 0 opens normally, 1 asks the other side first. It returns ErrNoUser and ErrIDRange.
func (s *Signer) Dialog(to, from userinfo.ID, status int, format IDFormat) (string, error) {
	return s.DialogUntil(to, from, status, format, time.Time{})
}

// DialogUntil is Dialog for a visitor whose session ends at until: the token ends no later. The zero time is no bound.
func (s *Signer) DialogUntil(to, from userinfo.ID, status int, format IDFormat, until time.Time) (string, error) {
	claims, err := appendID([]byte(`{"user_id":`), to, format)
	if err != nil {
		return "", err
	}
	claims = append(claims, `,"initiator":`...)
	if claims, err = appendID(claims, from, format); err != nil {
		return "", err
	}
	claims = append(claims, `,"status":`...)
	claims = strconv.AppendInt(claims, int64(status), 10)
	claims = append(claims, `,"exp":`...)
	claims = strconv.AppendInt(claims, s.expiryUntil(until).Unix(), 10)
	return s.sign(append(claims, '}')), nil
}

// expiryUntil is when a token minted now ends, at until at the latest.
func (s *Signer) expiryUntil(until time.Time) time.Time {
	expires := s.expiry()
	if !until.IsZero() && until.Before(expires) {
		return until.Truncate(time.Second)
	}
	return expires
}

func (s *Signer) expiry() time.Time { return s.now().Add(s.ttl).Truncate(time.Second) }

func appendID(dst []byte, id userinfo.ID, format IDFormat) ([]byte, error) {
	if id == "" || id == "0" {
		return dst, ErrNoUser
	}
	if format == IDString {
		if !utf8.ValidString(string(id)) {
			return dst, ErrIDRange
		}
		return userinfo.AppendString(dst, string(id)), nil
	}
	if _, exact := id.ExactNumber(); !exact {
		return dst, ErrIDRange
	}
	return append(dst, id...), nil
}
