package decode

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what keygrip signs with
	"encoding/base64"

	"github.com/chatpass/chatpass/internal/secret"
)

// CheckKeygrip checks the value of the cookie name.sig, which the npm packages cookies and keygrip set beside a cookie: base64url of HMAC-SHA1 of name=value.
// value is as the browser sent it. It returns ErrMalformed for an empty signature, ErrForged and ErrNoKey. cms.md §6.19.
func CheckKeygrip(name, value, sig string, keys ...secret.Secret) error {
	if anyEmpty(keys...) {
		return noKey("keygrip")
	}
	if sig == "" || name == "" || len(value) > MaxLength {
		return malformed("keygrip signature")
	}
	for _, key := range keys {
		mac := hmac.New(sha1.New, []byte(key.Reveal()))
		mac.Write([]byte(name + "=" + value))
		if same(sig, base64.RawURLEncoding.EncodeToString(mac.Sum(nil))) {
			return nil
		}
	}
	return forged("keygrip signature")
}
