package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"

	"github.com/chatpass/chatpass/internal/secret"
)

// Keys are what sealed values are sealed with. Without any, nothing can be sealed and no address of a visitor is kept.
type Keys struct {
	Key      secret.Secret // CHATPASS_STORE_KEY; unset: the first of Derived
	Previous secret.Secret // only opens; what it opened is sealed anew with the present key
	// Derived are the API tokens of each provider by its name, the present one first. They open what was sealed before there was a Key,
	// and seal as long as there is none.
	Derived map[string][]secret.Secret
}

// sealKey is a key that was derived from a secret.
type sealKey struct {
	id   [4]byte // of the key, in front of what it sealed
	aead cipher.AEAD
}

// keyring holds the derived keys, and no secret they were derived from.
type keyring struct {
	own      []*sealKey // Key and Previous, as far as they are set
	present  bool       // the first of own seals
	derived  map[string][]*sealKey
	visitors []byte // key of the hash of visitors' addresses; nil: none
	hashes   []byte // key of KeyedHash; random where there is no secret
	// passwords are the keys of PasswordMarks, the present one first, and all others that are known: what was marked with one is still told from a new password when
	// another has taken its place.
	passwords [][]byte
}

// Labels of what is derived from a secret, so that no key is used for two purposes.
const (
	sealLabel    = "chatpass store seal v1"
	sealIDLabel  = "chatpass store seal id v1"
	visitorLabel = "chatpass store visitor v1"
	hashLabel    = "chatpass store hash v1"
	markLabel    = "chatpass store password mark v1"
)

func newKeyring(k Keys) (*keyring, error) {
	r := &keyring{derived: map[string][]*sealKey{}, present: !k.Key.IsZero()}
	root := k.Key
	for _, s := range []secret.Secret{k.Key, k.Previous} {
		if err := appendKey(&r.own, s); err != nil {
			return nil, err
		}
	}
	first := "" // of the providers, so that the hash is the same whatever the order of a map
	for provider, tokens := range k.Derived {
		list := r.derived[provider]
		for _, s := range tokens {
			if err := appendKey(&list, s); err != nil {
				return nil, err
			}
		}
		r.derived[provider] = list
		if len(tokens) > 0 && !tokens[0].IsZero() && k.Key.IsZero() && (first == "" || provider < first) {
			first, root = provider, tokens[0]
		}
	}
	if root.IsZero() {
		random := make([]byte, 2*sha256.Size)
		r.hashes, r.passwords = random[:sha256.Size], [][]byte{random[sha256.Size:]}
		_, err := rand.Read(random)
		return r, err
	}
	var err error
	if r.visitors, err = derive(root, visitorLabel, sha256.Size); err != nil {
		return nil, err
	}
	if r.hashes, err = derive(root, hashLabel, sha256.Size); err != nil {
		return nil, err
	}
	r.passwords, err = markKeys(root, k)
	return r, err
}

// markKeys are the keys of PasswordMarks, of root first.
func markKeys(root secret.Secret, k Keys) (keys [][]byte, err error) {
	known := []secret.Secret{root, k.Key, k.Previous}
	for _, provider := range slices.Sorted(maps.Keys(k.Derived)) {
		known = append(known, k.Derived[provider]...)
	}
	for _, s := range known {
		if s.IsZero() {
			continue
		}
		key, err := derive(s, markLabel, sha256.Size)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(keys, func(other []byte) bool { return bytes.Equal(other, key) }) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func appendKey(list *[]*sealKey, s secret.Secret) error {
	if s.IsZero() {
		return nil
	}
	id, err := derive(s, sealIDLabel, len(sealKey{}.id))
	if err != nil {
		return err
	}
	key, err := derive(s, sealLabel, 32) // AES-256
	if err != nil {
		return err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return err
	}
	*list = append(*list, &sealKey{id: [4]byte(id), aead: aead})
	return nil
}

// derive makes a key from a secret (HKDF with SHA-256, RFC 5869). Secrets have no salt of their own to go with.
func derive(s secret.Secret, label string, length int) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(s.Reveal()), nil, label, length)
}

// visitor is a keyed hash of an address, 32 hex digits; empty without an address or a key: an unkeyed hash of an IPv4 address is found by
// trying all of them.
func (r *keyring) visitor(address string) string {
	if address == "" || r.visitors == nil {
		return ""
	}
	mac := hmac.New(sha256.New, r.visitors)
	mac.Write([]byte(address))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// KeyedHash is a keyed hash of a text, 32 hex digits, for what must be found again but not be read off the tables: phones, codes,
// addresses. label is a word that keeps purposes apart. With another key, and without any after a restart, the hashes are others.
func (s *Store) KeyedHash(label, text string) string {
	mac := hmac.New(sha256.New, s.keys.hashes)
	mac.Write([]byte(label + "\x00" + text))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// of lists the keys that may have sealed a provider's values, the one that seals first.
func (r *keyring) of(provider string) []*sealKey {
	if r.present || len(r.derived[provider]) == 0 {
		return append(append([]*sealKey{}, r.own...), r.derived[provider]...)
	}
	return append(append([]*sealKey{}, r.derived[provider]...), r.own...)
}

// sealVersion stands in front of a sealed value: version, id of the key, nonce, ciphertext with its tag.
const sealVersion = 1

const headSize = 1 + 4

// bind is the authenticated data of a value: one that is moved to another name or user does not open.
func bind(provider, name string, identityID int64) []byte {
	return []byte(provider + "\x00" + name + "\x00" + strconv.FormatInt(identityID, 10))
}

func (r *keyring) seal(provider, name string, identityID int64, value secret.Secret) ([]byte, error) {
	keys := r.of(provider)
	if len(keys) == 0 || !r.present && len(r.derived[provider]) == 0 {
		return nil, ErrNoKey // a previous key alone only opens
	}
	k := keys[0]
	sealed := append([]byte{sealVersion}, k.id[:]...)
	nonce := make([]byte, k.aead.NonceSize()) // random: below 2^32 values by far
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	sealed = append(sealed, nonce...)
	return k.aead.Seal(sealed, nonce, []byte(value.Reveal()), bind(provider, name, identityID)), nil
}

// open returns a sealed value, and whether another key than the present one had sealed it.
func (r *keyring) open(provider, name string, identityID int64, sealed []byte) (value secret.Secret, old bool, err error) {
	if len(sealed) <= headSize || sealed[0] != sealVersion {
		return secret.Secret{}, false, ErrSealed
	}
	for i, k := range r.of(provider) {
		rest := sealed[headSize:]
		if [4]byte(sealed[1:headSize]) != k.id || len(rest) < k.aead.NonceSize() {
			continue
		}
		plain, err := k.aead.Open(nil, rest[:k.aead.NonceSize()], rest[k.aead.NonceSize():], bind(provider, name, identityID))
		if err == nil {
			return secret.New(string(plain)), i > 0, nil
		}
	}
	return secret.Secret{}, false, ErrSealed
}

// sealedRow is a row of chat_sealed, which nothing writes: what is sealed stands beside what it belongs to. Rows that are there all the same
// are erased with their identity, or at their end.
type sealedRow struct {
	ID         int64 `gorm:"primaryKey"`
	IdentityID int64
	ExpiresAt  int64
}

// TableName names the table for gorm.
func (sealedRow) TableName() string { return "chat_sealed" }
