package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// AuditEntry is something that was done to a user's pass, for the owner to read later. It has words of the program and numbers, so that no
// name can get into it.
type AuditEntry struct {
	Actor      string           // "cli", "worker", "admin": small letters, digits and . _ - : only
	Action     string           // "forget", "revoke"
	IdentityID int64            // 0 for nobody
	Numbers    map[string]int64 // at most 32, by words
}

// auditRow is a row of chat_audit_log.
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

// Audit writes an entry with the present time.
func (s *Store) Audit(ctx context.Context, e AuditEntry) error {
	row, err := s.auditRow(e)
	if err != nil {
		return err
	}
	return s.do(ctx, "write an audit line", func(db *gorm.DB) error {
		row.ID = 0
		return db.Create(row).Error
	})
}

func (s *Store) auditRow(e AuditEntry) (*auditRow, error) {
	const maxWord, maxNumbers = 64, 32
	if err := word("actor", e.Actor, maxWord); err != nil {
		return nil, err
	}
	if err := word("action", e.Action, maxWord); err != nil {
		return nil, err
	}
	if len(e.Numbers) > maxNumbers {
		return nil, fmt.Errorf("%w: %d numbers, at most %d", ErrInvalid, len(e.Numbers), maxNumbers)
	}
	for name := range e.Numbers {
		if err := word("name of a number", name, maxWord); err != nil {
			return nil, err
		}
	}
	numbers := []byte("{}")
	if len(e.Numbers) > 0 {
		var err error
		if numbers, err = json.Marshal(e.Numbers); err != nil {
			return nil, err
		}
	}
	return &auditRow{At: millis(s.now()), Actor: e.Actor, Action: e.Action, IdentityID: e.IdentityID, Numbers: numbers}, nil
}
