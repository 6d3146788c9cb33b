package decode

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // what sites name their rows by
	"crypto/sha1" //nolint:gosec // what sites name their rows by
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/secret"
)

// Words of the transforms. cms.md §3.1.
const (
	rawKey          = "raw"              // Joomla, phpBB, OpenCart, Moodle, Django …
	md5Hex          = "md5hex"           // phpBB's remember key
	sha1Hex         = "sha1hex"          //
	sha256Hex       = "sha256hex"        // WordPress
	sha256Raw       = "sha256"           // 32 bytes: XenForo
	sha256Base64URL = "sha256-base64url" // without padding: Drupal
	sha1Base64      = "sha1-base64"      // of token and secret: Discourse
	hmacSHA256Hex   = "hmac-sha256hex"   // with the secret: TYPO3
	hmacMD5Hex      = "hmac-md5hex"      // with the secret: TYPO3 10
	rackPrivate     = "rack-private"     // "2::" and SHA-256: Rack's private id
)

var transforms = []string{rawKey, md5Hex, sha1Hex, sha256Hex, sha256Raw, sha256Base64URL, sha1Base64, hmacSHA256Hex, hmacMD5Hex, rackPrivate}

// maxKey bounds what is made a key: no site has session ids that come near it.
const maxKey = 4096

// Transform makes of what a cookie says the key of the row that proves it. The zero Transform refuses everything.
type Transform struct {
	kind string
	key  secret.Secret
}

// Transforms returns the words [NewTransform] knows.
func Transforms() []string { return slices.Clone(transforms) }

// NewTransform returns the transform of a word: raw, md5hex, sha1hex, sha256hex, sha256 (32 bytes), sha256-base64url (no padding), rack-private ("2::" and
// sha256hex), and with a secret sha1-base64 (of value and secret), hmac-sha256hex and hmac-md5hex. It returns ErrNoKey when one of these three gets none, and
// an error that lists the words for any other.
func NewTransform(word string, key secret.Secret) (Transform, error) {
	if !slices.Contains(transforms, word) {
		return Transform{}, fmt.Errorf("unknown transform %q; there are %s", word, strings.Join(transforms, ", "))
	}
	t := Transform{kind: word, key: key}
	if t.keyed() && key.IsZero() {
		return Transform{}, noKey(word)
	}
	return t, nil
}

func (t Transform) keyed() bool {
	return t.kind == sha1Base64 || t.kind == hmacSHA256Hex || t.kind == hmacMD5Hex
}

// Apply returns the key for value, as text or as bytes in a string. It returns ErrMalformed for an empty value, which is no secret, and for more than 4096
// bytes, and ErrNoKey.
func (t Transform) Apply(value string) (string, error) {
	if value == "" || len(value) > maxKey {
		return "", malformed("key of a row")
	}
	if t.keyed() && t.key.IsZero() {
		return "", noKey(t.kind)
	}
	in, key := []byte(value), []byte(t.key.Reveal())
	switch t.kind {
	case rawKey:
		return value, nil
	case md5Hex:
		return md5hex(value), nil
	case sha1Hex:
		sum := sha1.Sum(in) //nolint:gosec // see the import
		return hex.EncodeToString(sum[:]), nil
	case sha1Base64:
		sum := sha1.Sum(append(in, key...)) //nolint:gosec // see the import
		return base64.StdEncoding.EncodeToString(sum[:]), nil
	case hmacSHA256Hex:
		mac := hmac.New(sha256.New, key)
		mac.Write(in)
		return hex.EncodeToString(mac.Sum(nil)), nil
	case hmacMD5Hex:
		mac := hmac.New(md5.New, key)
		mac.Write(in)
		return hex.EncodeToString(mac.Sum(nil)), nil
	}
	sum := sha256.Sum256(in)
	switch t.kind {
	case sha256Hex:
		return hex.EncodeToString(sum[:]), nil
	case sha256Raw:
		return string(sum[:]), nil
	case sha256Base64URL:
		return base64.RawURLEncoding.EncodeToString(sum[:]), nil
	case rackPrivate:
		return "2::" + hex.EncodeToString(sum[:]), nil
	}
	return "", malformed("transform")
}

func md5hex(text string) string {
	sum := md5.Sum([]byte(text)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// SameSecret compares what a visitor says with what a row holds, in constant time. Two empty texts are not the same: an unset secret proves nothing.
func SameSecret(got, want string) bool { return same(got, want) }
