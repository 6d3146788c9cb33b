package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

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
	// passwords is the key of PasswordMark, likewise.
	passwords []byte
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
		r.hashes, r.passwords = random[:sha256.Size], random[sha256.Size:]
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
	if r.passwords, err = derive(root, markLabel, sha256.Size); err != nil {
		return nil, err
	}
	return r, nil
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

// sealedRow is a row of chat_sealed.
type sealedRow struct {
	ID         int64 `gorm:"primaryKey"`
	Provider   string
	Name       string
	IdentityID int64
	Value      []byte
	SealedAt   int64
	ExpiresAt  int64
}

// TableName names the table for gorm.
func (sealedRow) TableName() string { return "chat_sealed" }

// Sealed is a secret to be kept.
type Sealed struct {
	Provider   string
	Name       string        // by which it is found again, at most 190 bytes; holds nothing secret
	IdentityID int64         // whose it is; 0 for nobody's. Forget removes those of an identity
	Value      secret.Secret // at most 8 KiB
	ExpiresAt  time.Time     // from then on it is not found; zero for never
}

// Seal keeps a secret, in the place of one with the same name. ErrNoKey if there is no key.
func (s *Store) Seal(ctx context.Context, v Sealed) error {
	if err := bounded("provider", v.Provider, maxProvider); err != nil {
		return err
	}
	if err := bounded("name", v.Name, maxName); err != nil {
		return err
	}
	if v.Value.IsZero() || v.Value.Len() > maxSecret {
		return fmt.Errorf("%w: a secret of %d bytes, from 1 to %d", ErrInvalid, v.Value.Len(), maxSecret)
	}
	sealed, err := s.keys.seal(v.Provider, v.Name, v.IdentityID, v.Value)
	if err != nil {
		return err
	}
	row := sealedRow{Provider: v.Provider, Name: v.Name, IdentityID: v.IdentityID, Value: sealed, SealedAt: millis(s.now()), ExpiresAt: millis(v.ExpiresAt)}
	return s.do(ctx, "keep a secret", func(db *gorm.DB) error {
		row.ID = 0
		return db.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "provider"}, {Name: "name"}},
			DoUpdates: clause.AssignmentColumns([]string{"identity_id", "value", "sealed_at", "expires_at"}),
		}).Create(&row).Error
	})
}

// Unseal returns a secret that was kept. ErrNotFound if there is none or it has expired, ErrSealed if no key that is set opens it. One
// that a previous key opened is sealed anew with the present one.
func (s *Store) Unseal(ctx context.Context, provider, name string) (secret.Secret, error) {
	var row sealedRow
	err := s.do(ctx, "read a secret", func(db *gorm.DB) error {
		row = sealedRow{}
		return db.Where("provider = ? AND name = ? AND (expires_at = 0 OR expires_at > ?)", provider, name, millis(s.now())).Take(&row).Error
	})
	if err != nil {
		return secret.Secret{}, err
	}
	value, old, err := s.keys.open(provider, name, row.IdentityID, row.Value)
	if err != nil {
		return secret.Secret{}, s.fail("open a secret", err)
	}
	if old {
		s.renew(ctx, &row, value)
	}
	return value, nil
}

// renew seals a value with the present key. That it fails costs nothing: the old key goes on opening it, and the next look tries again.
func (s *Store) renew(ctx context.Context, row *sealedRow, value secret.Secret) {
	sealed, err := s.keys.seal(row.Provider, row.Name, row.IdentityID, value)
	if err == nil {
		err = s.do(ctx, "seal anew", func(db *gorm.DB) error {
			return db.Model(&sealedRow{}).Where("id = ? AND sealed_at = ?", row.ID, row.SealedAt).Updates(map[string]any{"value": sealed, "sealed_at": millis(s.now())}).Error
		})
	}
	if err != nil {
		s.log.Debug("a sealed value keeps its old key", "error", err.Error())
	}
}

// Unkeep removes a secret; that there is none is no error.
func (s *Store) Unkeep(ctx context.Context, provider, name string) error {
	return s.do(ctx, "remove a secret", func(db *gorm.DB) error {
		return db.Where("provider = ? AND name = ?", provider, name).Delete(&sealedRow{}).Error
	})
}
