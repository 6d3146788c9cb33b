package decode

import (
	"crypto/sha1" //nolint:gosec // how TYPO3 derives a key
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
)

// JWT returns the claims of a token the site signed with HS256. exp and nbf are checked where they are. It returns ErrMalformed for what is no token, ErrForged
// for one that must not be believed, and ErrNoKey for a key of less than 16 bytes.
func JWT(token string, key secret.Secret, now time.Time) (Value, error) {
	if len(token) > jwt.MaxTokenLength || strings.Count(token, ".") != 2 {
		return Value{}, malformed("token")
	}
	claims, err := jwt.Foreign(token, key, now)
	switch {
	case errors.Is(err, jwt.ErrWeakKey):
		return Value{}, noKey("token")
	case err != nil:
		return Value{}, forged("token")
	}
	return JSON(string(claims))
}

// TYPO3 reads sessions of TYPO3's frontend users. It is safe for concurrent use and does not print its key.
type TYPO3 struct{ key, rowKey secret.Secret }

// NewTYPO3 returns the decoder for encryptionKey. It returns ErrNoKey for an empty one.
func NewTYPO3(encryptionKey secret.Secret) (*TYPO3, error) {
	if encryptionKey.IsZero() {
		return nil, noKey("TYPO3 encryptionKey")
	}
	signing := sha256.Sum256([]byte(encryptionKey.Reveal()))
	row := sha1.Sum([]byte(encryptionKey.Reveal() + "core-session-backend")) //nolint:gosec // see the import
	return &TYPO3{
		key:    secret.New(hex.EncodeToString(signing[:]) + `/TYPO3\CMS\Core\Session\UserSession`),
		rowKey: secret.New(hex.EncodeToString(row[:])),
	}, nil
}

// Session returns the session id in a cookie fe_typo_user of TYPO3 12 and later, a token bound to host and path where it has a scope. In TYPO3 11 the cookie is the
// id. It returns ErrMalformed and ErrForged. cms.md §6.20 (UserSession, JwtTrait).
func (t *TYPO3) Session(cookie, host, path string, now time.Time) (string, error) {
	claims, err := JWT(cookie, t.key, now)
	if err != nil {
		return "", err
	}
	if scope := claims.At("scope"); scope.Len() > 0 {
		domain := strings.TrimPrefix(scope.At("domain").Text(), ".")
		within := host == domain || !scope.At("hostOnly").Truthy() && strings.HasSuffix(host, "."+domain)
		if domain == "" || !within || scope.At("path").Text() != path {
			return "", forged("TYPO3 session of another site")
		}
	}
	id := claims.At("identifier").Text()
	if id == "" {
		return "", malformed("TYPO3 session")
	}
	return id, nil
}

// RowKey returns fe_sessions.ses_id of a session id: hex HMAC-SHA256. It returns ErrMalformed for an empty id. cms.md §6.20 (DatabaseSessionBackend).
func (t *TYPO3) RowKey(id string) (string, error) {
	return Transform{kind: hmacSHA256Hex, key: t.rowKey}.Apply(id)
}
