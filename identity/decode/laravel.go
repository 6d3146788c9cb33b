package decode

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the prefix Laravel writes; the whole is protected by HMAC-SHA256 or GCM
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// Laravel opens what Laravel, October, Winter and Flarum encrypt. It is safe for concurrent use and does not print its keys.
type Laravel struct {
	keys  []secret.Secret // raw, the current one first
	texts []secret.Secret // as configured
}

// NewLaravel returns the decoder for APP_KEY and the keys of APP_PREVIOUS_KEYS, each base64:… or of 16 or 32 bytes. It returns ErrNoKey for anything else.
func NewLaravel(keys ...secret.Secret) (*Laravel, error) {
	if anyEmpty(keys...) {
		return nil, noKey("Laravel APP_KEY")
	}
	l := &Laravel{texts: keys}
	for _, key := range keys {
		raw := []byte(key.Reveal())
		if text, is := strings.CutPrefix(key.Reveal(), "base64:"); is {
			var err error
			if raw, err = base64.StdEncoding.DecodeString(text); err != nil {
				return nil, noKey("Laravel APP_KEY is not base64")
			}
		}
		if len(raw) != 16 && len(raw) != 32 {
			return nil, noKey("Laravel APP_KEY has neither 16 nor 32 bytes")
		}
		l.keys = append(l.keys, secret.New(string(raw)))
	}
	return l, nil
}

// Cookie opens the cookie of this name and returns its value without the prefix that binds it to the name. value is percent-decoded.
// It returns ErrMalformed and ErrForged. cms.md §6.16 (Encrypter, CookieValuePrefix).
func (l *Laravel) Cookie(name, value string) (string, error) {
	plain, err := l.Decrypt(value)
	if err != nil {
		return "", err
	}
	prefix, rest, ok := strings.Cut(string(plain), "|")
	if !ok || len(prefix) != hex.EncodedLen(sha1.Size) {
		return "", malformed("Laravel cookie without its prefix")
	}
	for _, key := range l.keys {
		mac := hmac.New(sha1.New, []byte(key.Reveal()))
		mac.Write([]byte(name + "v2"))
		if same(prefix, hex.EncodeToString(mac.Sum(nil))) {
			return rest, nil
		}
	}
	return "", forged("Laravel cookie of another name")
}

// Decrypt opens an encrypted text that is no cookie, such as a session with SESSION_ENCRYPT: AES-CBC with HMAC-SHA256, or AES-GCM. The plain text is as
// Laravel's encryptString got it. It returns ErrMalformed and ErrForged. cms.md §6.16 (Encrypter).
func (l *Laravel) Decrypt(text string) ([]byte, error) {
	raw, ok := strict(base64.StdEncoding, text)
	if !ok {
		return nil, malformed("Laravel payload")
	}
	p, ok := laravelPayload(raw)
	if !ok {
		return nil, malformed("Laravel payload")
	}
	for _, key := range l.keys {
		if plain, err := p.open([]byte(key.Reveal())); err == nil {
			return plain, nil
		} else if p.genuine {
			return nil, err
		}
	}
	return nil, forged("Laravel payload")
}

type payload struct {
	iv64, value64, mac string
	iv, value, tag     []byte
	genuine            bool // a key was found that signed it
}

// laravelPayload reads {"iv":…,"value":…,"mac":…,"tag":…} as PHP spells it, with slashes escaped or not, and nothing else: of these only iv and value are
// signed. tag is missing before Laravel 8.75.
func laravelPayload(raw []byte) (p payload, ok bool) {
	v, ok := convert.ReadJSON(raw)
	if !ok {
		return p, false
	}
	p.iv64, p.value64, p.mac = v.At("iv").Text(), v.At("value").Text(), v.At("mac").Text()
	tag64 := v.At("tag").Text()
	spelled := `{"iv":"` + p.iv64 + `","value":"` + p.value64 + `","mac":"` + p.mac + `"`
	if v.Len() == 4 {
		spelled += `,"tag":"` + tag64 + `"`
	}
	if spelled += "}"; string(raw) != spelled && string(raw) != strings.ReplaceAll(spelled, "/", `\/`) {
		return p, false
	}
	var ok1, ok2, ok3 bool
	p.iv, ok1 = strict(base64.StdEncoding, p.iv64)
	p.value, ok2 = strict(base64.StdEncoding, p.value64)
	p.tag, ok3 = strict(base64.StdEncoding, tag64)
	return p, ok1 && ok2 && ok3
}

// open tries one key. A payload has either a tag, which is GCM, or a MAC.
func (p *payload) open(key []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, noKey("Laravel APP_KEY")
	}
	if len(p.tag) > 0 {
		gcm, err := cipher.NewGCM(block)
		if err != nil || len(p.iv) != gcm.NonceSize() || len(p.tag) != gcm.Overhead() || p.mac != "" {
			return nil, malformed("Laravel payload")
		}
		plain, err := gcm.Open(nil, p.iv, append(p.value[:len(p.value):len(p.value)], p.tag...), nil)
		if err != nil {
			return nil, forged("Laravel payload")
		}
		return plain, nil
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(p.iv64 + p.value64))
	if !same(p.mac, hex.EncodeToString(mac.Sum(nil))) {
		return nil, forged("Laravel payload")
	}
	p.genuine = true
	if len(p.iv) != aes.BlockSize || len(p.value) == 0 || len(p.value)%aes.BlockSize != 0 {
		return nil, malformed("Laravel payload")
	}
	plain := make([]byte, len(p.value))
	cipher.NewCBCDecrypter(block, p.iv).CryptBlocks(plain, p.value)
	return unpad(plain)
}

// unpad takes off PKCS #7 padding (RFC 5652 §6.3) of a text whose MAC was right.
func unpad(plain []byte) ([]byte, error) {
	n := int(plain[len(plain)-1])
	if n == 0 || n > aes.BlockSize {
		return nil, malformed("padding")
	}
	var differs byte
	for _, c := range plain[len(plain)-n:] {
		differs |= c ^ byte(n)
	}
	if subtle.ConstantTimeByteEq(differs, 0) != 1 {
		return nil, malformed("padding")
	}
	return plain[:len(plain)-n], nil
}

// Recaller is what a decrypted cookie remember_… says. Nothing of it is proven: Token must equal users.remember_token of ID.
type Recaller struct{ ID, Token, Hash string }

// ParseRecaller reads id|token|hash. It returns ErrMalformed, also for an empty part. cms.md §6.16 (Recaller).
func ParseRecaller(value string) (Recaller, error) {
	parts, err := Split(value, "|", 3)
	if err != nil || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return Recaller{}, malformed("Laravel recaller")
	}
	return Recaller{parts[0], parts[1], parts[2]}, nil
}

// CheckRecaller checks both secrets of a recaller against the user's row: the remember token, and the third part, which binds the cookie to the password: its
// hash, or since Laravel 12 the HMAC of it with APP_KEY's text. It returns ErrForged. cms.md §6.16 (SessionGuard).
func (l *Laravel) CheckRecaller(r Recaller, rememberToken, passwordHash string) error {
	right := same(r.Hash, passwordHash)
	keys := []string{"base-key-for-password-hash-mac"} // what SessionGuard takes where it was made without a key
	for _, text := range l.texts {
		keys = append(keys, text.Reveal())
	}
	for _, key := range keys {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(passwordHash))
		right = same(r.Hash, hex.EncodeToString(mac.Sum(nil))) && passwordHash != "" || right
	}
	if !same(r.Token, rememberToken) || !right {
		return forged("Laravel recaller")
	}
	return nil
}
