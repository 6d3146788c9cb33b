package decode

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what Django before 3.1 signs with
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// Salts of the two places where Django keeps signed sessions.
const (
	DjangoRowSalt    = "django.contrib.sessions.SessionStore"
	DjangoCookieSalt = "django.contrib.sessions.backends.signed_cookies"
)

// Django opens signed sessions of Django. It is safe for concurrent use and does not print its keys.
type Django struct{ keys []secret.Secret }

// NewDjango returns the decoder for SECRET_KEY and SECRET_KEY_FALLBACKS. It returns ErrNoKey for an empty one.
func NewDjango(keys ...secret.Secret) (*Django, error) {
	if anyEmpty(keys...) {
		return nil, noKey("Django SECRET_KEY")
	}
	return &Django{keys}, nil
}

// Session opens what Django 3.1 and later signs with this salt: optional dot for zlib, base64url JSON, base62 time, HMAC-SHA256. It also returns when that was
// signed; how old it may be is the recipe's to say. It returns ErrMalformed, also for pickled sessions, and ErrForged. cms.md §6.18 (signing.py).
func (d *Django) Session(salt, text string) (Value, time.Time, error) {
	signed, sig, signedAt, ok := cutDjango(text)
	if !ok {
		return Value{}, time.Time{}, malformed("Django session")
	}
	for _, key := range d.keys {
		hashed := sha256.Sum256([]byte(salt + "signer" + key.Reveal()))
		mac := hmac.New(sha256.New, hashed[:])
		mac.Write([]byte(signed))
		if same(sig, base64.RawURLEncoding.EncodeToString(mac.Sum(nil))) {
			v, err := djangoData(signed)
			return v, signedAt, err
		}
	}
	return Value{}, time.Time{}, forged("Django session")
}

// Legacy opens a row of Django before 3.1: base64 of sha1hex:JSON, where the first is an HMAC. It returns ErrMalformed and ErrForged. cms.md §6.18.
func (d *Django) Legacy(text string) (Value, error) {
	sig, data, ok := cutLegacy(text)
	if !ok {
		return Value{}, malformed("Django session")
	}
	for _, key := range d.keys {
		hashed := sha1.Sum([]byte("django.contrib.sessions" + "SessionStore" + key.Reveal())) //nolint:gosec // see the import
		mac := hmac.New(sha1.New, hashed[:])
		mac.Write(data)
		if same(sig, hex.EncodeToString(mac.Sum(nil))) {
			v, ok := convert.ReadJSON(data)
			return v, malformedUnless(ok, "Django session")
		}
	}
	return Value{}, forged("Django session")
}

// DjangoRow reads a row of django_session in either form without its signature, for a site whose SECRET_KEY is not known. It must never be given a cookie: the row
// is believed because only the site writes the table. It returns ErrMalformed. cms.md §6.18 (verdict A).
func DjangoRow(text string) (Value, error) {
	if signed, _, _, ok := cutDjango(text); ok {
		return djangoData(signed)
	}
	_, data, ok := cutLegacy(text)
	if !ok {
		return Value{}, malformed("Django session")
	}
	v, ok := convert.ReadJSON(data)
	return v, malformedUnless(ok, "Django session")
}

// cutDjango returns data:time, the signature and the time.
func cutDjango(text string) (signed, sig string, at time.Time, ok bool) {
	if len(text) > MaxLength {
		return "", "", at, false
	}
	end := strings.LastIndexByte(text, ':')
	if end < 0 {
		return "", "", at, false
	}
	signed, sig = text[:end], text[end+1:]
	start := strings.LastIndexByte(signed, ':')
	if start < 0 {
		return "", "", at, false
	}
	seconds, ok := base62(signed[start+1:])
	return signed, sig, time.Unix(seconds, 0).UTC(), ok && sig != ""
}

// djangoData reads the JSON of data:time.
func djangoData(signed string) (Value, error) {
	data := signed[:strings.LastIndexByte(signed, ':')]
	data, packed := strings.CutPrefix(data, ".")
	raw, ok := strict(base64.RawURLEncoding, data)
	if !ok {
		return Value{}, malformed("Django session")
	}
	if packed {
		var err error
		if raw, err = InflateZlib(raw); err != nil {
			return Value{}, err
		}
	}
	v, ok := convert.ReadJSON(raw)
	return v, malformedUnless(ok, "Django session")
}

func cutLegacy(text string) (sig string, data []byte, ok bool) {
	raw, ok := strict(base64.StdEncoding, text)
	if !ok {
		return "", nil, false
	}
	before, data, ok := bytes.Cut(raw, []byte{':'})
	return string(before), data, ok && len(before) == hex.EncodedLen(sha1.Size)
}

// base62 reads a time in seconds; seven digits last beyond the year 9999.
func base62(text string) (n int64, ok bool) {
	if text == "" || len(text) > 7 {
		return 0, false
	}
	for i := range len(text) {
		digit := strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", text[i])
		if digit < 0 {
			return 0, false
		}
		n = n*62 + int64(digit)
	}
	return n, true
}

// CheckAuthHash checks _auth_user_hash of a session against the user's password column, which fails once the password was changed: HMAC-SHA256, or in old
// sessions HMAC-SHA1. It returns ErrForged. cms.md §6.18 (get_session_auth_hash).
func (d *Django) CheckAuthHash(authHash, password string) error {
	const salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
	for _, key := range d.keys {
		hashed := sha256.Sum256([]byte(salt + key.Reveal()))
		mac := hmac.New(sha256.New, hashed[:])
		mac.Write([]byte(password))
		old := sha1.Sum([]byte(salt + key.Reveal())) //nolint:gosec // see the import
		oldMAC := hmac.New(sha1.New, old[:])
		oldMAC.Write([]byte(password))
		if password != "" && (same(authHash, hex.EncodeToString(mac.Sum(nil))) || same(authHash, hex.EncodeToString(oldMAC.Sum(nil)))) {
			return nil
		}
	}
	return forged("Django session of an older password")
}
