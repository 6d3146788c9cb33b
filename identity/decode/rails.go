package decode

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // what Rails signs cookies with
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// Rails opens the encrypted and signed cookies of Ruby on Rails, and of Discourse. It is safe for concurrent use and does not print its keys.
type Rails struct {
	encrypted []secret.Secret // 32 bytes for AES-256-GCM
	signed    []secret.Secret // 64 bytes for HMAC
}

// NewRails returns the decoder for secret_key_base and its predecessors. Keys are derived here, once, with SHA-256 (defaults of 7.0 and later) and with SHA-1
// (before): the cookie tells by its tag which it was. It returns ErrNoKey for an empty one.
func NewRails(bases ...secret.Secret) (*Rails, error) {
	if anyEmpty(bases...) {
		return nil, noKey("Rails secret_key_base")
	}
	r := &Rails{}
	for _, base := range bases {
		for _, digest := range []func() hash.Hash{sha256.New, sha1.New} {
			aesKey, err := deriveRails(digest, base, "authenticated encrypted cookie", 32)
			if err != nil {
				return nil, err
			}
			macKey, err := deriveRails(digest, base, "signed cookie", 64)
			if err != nil {
				return nil, err
			}
			r.encrypted, r.signed = append(r.encrypted, aesKey), append(r.signed, macKey)
		}
	}
	return r, nil
}

// deriveRails is Rails' key generator: PBKDF2 of 1000 rounds.
func deriveRails(digest func() hash.Hash, base secret.Secret, salt string, size int) (secret.Secret, error) {
	key, err := pbkdf2.Key(digest, base.Reveal(), []byte(salt), 1000, size)
	if err != nil {
		return secret.Secret{}, noKey("Rails secret_key_base")
	}
	return secret.New(string(key)), nil
}

// Encrypted opens the encrypted cookie of this name, data--iv--tag with AES-256-GCM, and returns the JSON in it. value is form-decoded. It returns
// ErrMalformed, also for Ruby's Marshal, which cannot be read safely, ErrForged, also for a cookie of another name, and ErrExpired. cms.md §6.17.
func (r *Rails) Encrypted(name, value string, now time.Time) (Value, error) {
	parts, err := Split(value, "--", 3)
	if err != nil {
		return Value{}, malformed("Rails cookie")
	}
	data, ok1 := strict(base64.StdEncoding, parts[0])
	iv, ok2 := strict(base64.StdEncoding, parts[1])
	tag, ok3 := strict(base64.StdEncoding, parts[2])
	if !ok1 || !ok2 || !ok3 || len(data) == 0 || len(iv) != 12 || len(tag) != 16 {
		return Value{}, malformed("Rails cookie")
	}
	sealed := append(data, tag...)
	for _, key := range r.encrypted {
		block, err := aes.NewCipher([]byte(key.Reveal()))
		if err != nil {
			return Value{}, noKey("Rails secret_key_base")
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			return Value{}, noKey("Rails secret_key_base")
		}
		if plain, err := gcm.Open(nil, iv, sealed, nil); err == nil {
			return railsMessage(name, plain, now)
		}
	}
	return Value{}, forged("Rails cookie")
}

// Signed opens the signed cookie of this name, data--hex HMAC with SHA-1 or SHA-256, and returns the JSON in it. Errors are those of [Rails.Encrypted].
// cms.md §6.17.
func (r *Rails) Signed(name, value string, now time.Time) (Value, error) {
	parts, err := Split(value, "--", 2)
	if err != nil {
		return Value{}, malformed("Rails cookie")
	}
	plain, ok := strict(base64.StdEncoding, parts[0])
	var digest func() hash.Hash
	switch len(parts[1]) {
	case hex.EncodedLen(sha1.Size):
		digest = sha1.New
	case hex.EncodedLen(sha256.Size):
		digest = sha256.New
	}
	if !ok || len(plain) == 0 || digest == nil {
		return Value{}, malformed("Rails cookie")
	}
	for _, key := range r.signed {
		mac := hmac.New(digest, []byte(key.Reveal()))
		mac.Write([]byte(parts[0]))
		if same(parts[1], hex.EncodeToString(mac.Sum(nil))) {
			return railsMessage(name, plain, now)
		}
	}
	return Value{}, forged("Rails cookie")
}

// railsMessage reads the envelope {"_rails":{"message":…,"exp":…,"pur":"cookie.<name>"}} of a genuine cookie. Cookies without one, of Rails before 5.2, are
// refused: any of them could stand for any other.
func railsMessage(name string, plain []byte, now time.Time) (Value, error) {
	v, ok := convert.ReadJSON(plain)
	envelope := v.At("_rails")
	if !ok || envelope.Kind() != convert.ListValue {
		return Value{}, malformed("Rails envelope")
	}
	if !same(envelope.At("pur").Text(), "cookie."+name) {
		return Value{}, forged("Rails cookie of another name")
	}
	if exp := envelope.At("exp"); exp.Text() != "" {
		end, err := time.Parse(time.RFC3339, exp.Text())
		if err != nil {
			return Value{}, malformed("Rails envelope")
		}
		if !now.Before(end) {
			return Value{}, ErrExpired
		}
	}
	message, ok := strict(base64.StdEncoding, envelope.At("message").Text())
	if !ok {
		return Value{}, malformed("Rails envelope")
	}
	inner, ok := convert.ReadJSON(message)
	return inner, malformedUnless(ok, "Rails message")
}

// DeviseSalt returns the part of encrypted_password that Devise keeps in a session, whole for one that is shorter than 29 characters: "$2a$12$" and bcrypt's
// salt. It must equal the second element of warden.user.<scope>.key. cms.md §6.17 (database_authenticatable).
func DeviseSalt(encryptedPassword string) string {
	return encryptedPassword[:min(len(encryptedPassword), 29)]
}

// DiscourseToken returns what Discourse stores in user_auth_tokens.auth_token for the token of a cookie _t: base64(sha1(token + secret_key_base)). It returns
// ErrMalformed for a token that is not 32 hexadecimal digits, and ErrNoKey. cms.md §6.10 (UserAuthToken).
func DiscourseToken(token string, secretKeyBase secret.Secret) (string, error) {
	if len(token) != 32 || strings.Trim(token, "0123456789abcdef") != "" {
		return "", malformed("Discourse token")
	}
	return Transform{kind: sha1Base64, key: secretKeyBase}.Apply(token)
}
