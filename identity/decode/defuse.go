package decode

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/chatpass/chatpass/internal/secret"
)

// Sizes of version 2 of Defuse's format in bytes.
const (
	defuseHeader = 4
	defuseSalt   = 32
	defuseKey    = 32
)

// Defuse opens what version 2 of defuse/php-encryption encrypted with a key: PrestaShop's cookies. It is safe for concurrent use and does not print its key.
type Defuse struct{ key secret.Secret }

// NewDefuse returns the decoder for a key in Defuse's own ASCII form, as new_cookie_key in PrestaShop's parameters.php: hexadecimal digits of header, key and
// sum. It returns ErrNoKey for anything else. cms.md §6.15 (Key).
func NewDefuse(key secret.Secret) (*Defuse, error) {
	raw, err := hex.DecodeString(strings.TrimSpace(key.Reveal()))
	if err != nil || len(raw) != defuseHeader+defuseKey+sha256.Size || string(raw[:defuseHeader]) != "\xde\xf0\x00\x00" {
		return nil, noKey("Defuse key")
	}
	body := raw[:defuseHeader+defuseKey]
	sum := sha256.Sum256(body)
	if subtle.ConstantTimeCompare(sum[:], raw[len(body):]) != 1 {
		return nil, noKey("Defuse key, whose sum is wrong")
	}
	return &Defuse{secret.New(string(body[defuseHeader:]))}, nil
}

// Decrypt opens a text of lower-case hexadecimal digits: header, salt, IV, AES-256-CTR, HMAC-SHA256 over all before it; keys by HKDF. It returns ErrMalformed
// and ErrForged. cms.md §6.15 (Core, KeyOrPassword).
func (d *Defuse) Decrypt(text string) ([]byte, error) {
	if len(text) > MaxLength || strings.ContainsAny(text, "ABCDEF") {
		return nil, malformed("Defuse text")
	}
	raw, err := hex.DecodeString(text)
	const ivStart = defuseHeader + defuseSalt
	const start = ivStart + aes.BlockSize
	if err != nil || len(raw) < start+sha256.Size || string(raw[:defuseHeader]) != "\xde\xf5\x02\x00" {
		return nil, malformed("Defuse text")
	}
	salt, end := raw[defuseHeader:ivStart], len(raw)-sha256.Size
	authKey, err1 := hkdf.Key(sha256.New, []byte(d.key.Reveal()), salt, "DefusePHP|V2|KeyForAuthentication", defuseKey)
	encKey, err2 := hkdf.Key(sha256.New, []byte(d.key.Reveal()), salt, "DefusePHP|V2|KeyForEncryption", defuseKey)
	if err1 != nil || err2 != nil {
		return nil, noKey("Defuse key")
	}
	mac := hmac.New(sha256.New, authKey)
	mac.Write(raw[:end])
	if !hmac.Equal(mac.Sum(nil), raw[end:]) {
		return nil, forged("Defuse text")
	}
	block, err := aes.NewCipher(encKey)
	if err != nil {
		return nil, noKey("Defuse key")
	}
	plain := make([]byte, end-start)
	cipher.NewCTR(block, raw[ivStart:start]).XORKeyStream(plain, raw[start:end])
	return plain, nil
}

// PrestaShop reads what [Defuse.Decrypt] opened of a cookie PrestaShop-…: key|value fields with ¤ between them, the last of which is the SHA-256 of _COOKIE_IV_
// and all before. A zero cookieIV leaves that sum unchecked, which loses nothing, since Defuse already signed the whole. It returns ErrMalformed, also
// for a name that stands twice, and ErrForged. cms.md §6.15 (Cookie.php).
func PrestaShop(plain string, cookieIV secret.Secret) (map[string]string, error) {
	const between, sumName = "¤", "checksum|"
	last := strings.LastIndex(plain, between)
	if last < 0 || len(plain) > MaxLength {
		return nil, malformed("PrestaShop cookie")
	}
	body := plain[:last+len(between)]
	sum, ok := strings.CutPrefix(plain[len(body):], sumName)
	if !ok {
		return nil, malformed("PrestaShop cookie")
	}
	if want := sha256.Sum256([]byte(cookieIV.Reveal() + body)); !cookieIV.IsZero() && !same(sum, hex.EncodeToString(want[:])) {
		return nil, forged("PrestaShop cookie")
	}
	fields := map[string]string{}
	for field := range strings.SplitSeq(strings.TrimSuffix(body, between), between) {
		name, value, ok := strings.Cut(field, "|")
		if _, twice := fields[name]; !ok || twice || strings.Contains(value, "|") {
			return nil, malformed("PrestaShop cookie")
		}
		fields[name] = value
	}
	return fields, nil
}
