package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/chatpass/chatpass/internal/secret"
)

// TokenEvent is a token that was issued.
type TokenEvent struct {
	Provider   string
	IdentityID int64
	IssuedAt   time.Time // zero for now
	ExpiresAt  time.Time
	Address    string        // where the visitor's request came from, may be empty; only a keyed hash of it is kept
	Token      secret.Secret // may be unset; only the first 8 bytes of its SHA-256 are kept, which tell a token that was found from others
}

// tokenRow is a row of chat_token_events.
type tokenRow struct {
	ID         int64 `gorm:"primaryKey"`
	Provider   string
	IdentityID int64
	IssuedAt   int64
	ExpiresAt  int64
	Visitor    string
	Token      string
}

// TableName names the table for gorm.
func (tokenRow) TableName() string { return "chat_token_events" }

// TokenIssued notes that a token was issued: for whoever must find out later what happened, and so that it is known whose tokens still
// live. ErrNotFound if the identity was erased.
func (s *Store) TokenIssued(ctx context.Context, e TokenEvent) error {
	if err := bounded("provider", e.Provider, maxProvider); err != nil {
		return err
	}
	if e.IdentityID == 0 || e.ExpiresAt.IsZero() {
		return fmt.Errorf("%w: a token of nobody, or without an end", ErrInvalid)
	}
	if e.IssuedAt.IsZero() {
		e.IssuedAt = s.now()
	}
	row := tokenRow{
		Provider: e.Provider, IdentityID: e.IdentityID, IssuedAt: millis(e.IssuedAt), ExpiresAt: millis(e.ExpiresAt), Visitor: s.keys.visitor(e.Address),
	}
	if !e.Token.IsZero() {
		row.Token = TokenFingerprint(e.Token)
	}
	return s.inOne(ctx, "note a token", func(tx *gorm.DB) error {
		until := tx.Model(&identityRow{}).Where("id = ?", e.IdentityID).
			Update("token_until", gorm.Expr("CASE WHEN token_until < ? THEN ? ELSE token_until END", row.ExpiresAt, row.ExpiresAt))
		if until.Error != nil {
			return until.Error
		}
		if until.RowsAffected == 0 {
			return ErrNotFound
		}
		row.ID = 0
		return tx.Create(&row).Error
	})
}

// TokenFingerprint is what is kept of a token: 16 hex digits.
func TokenFingerprint(token secret.Secret) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return hex.EncodeToString(sum[:8])
}

// auditRow is a row of chat_audit_log: what was done to a user's pass, for the owner to read later. It has words of the program and numbers, so
// that no name can get into it.
type auditRow struct {
	ID         int64 `gorm:"primaryKey"`
	At         int64
	Actor      string
	Action     string
	IdentityID int64
	Numbers    []byte
}

// TableName names the table for gorm.
func (auditRow) TableName() string { return "chat_audit_log" }
