package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/chatpass/chatpass/internal/passmark"
)

// PasswordMarks are what tells whether the password of a user of the site is another than when a mark was kept, of what a digest tells of it now; see passmark.
func (s *Store) PasswordMarks(siteUser, digest string) passmark.Marks {
	return passmark.New(s.keys.passwords, siteUser, digest)
}

// MarkPassword keeps a mark of a user's password with an identity, in the place of another if that is still there. That it is not, or the identity was erased, is no error.
func (s *Store) MarkPassword(ctx context.Context, provider, app, siteUser, was, is string) error {
	return s.putMark(ctx, is, func(db *gorm.DB) *gorm.DB {
		return db.Model(&identityRow{}).Where("provider = ? AND app = ? AND site_user = ? AND password = ?", provider, app, siteUser, was)
	})
}

// MesiboPassword is a mark that live tokens of a user have.
type MesiboPassword struct {
	User int64 // MesiboUser.ID
	Mark string
}

// MesiboPasswords lists the marks of the live tokens of users, at most 1,000 of them, each once, without order.
func (s *Store) MesiboPasswords(ctx context.Context, users []int64) ([]MesiboPassword, error) {
	if len(users) > maxPage {
		return nil, fmt.Errorf("%w: %d users are more than %d", ErrInvalid, len(users), maxPage)
	}
	var rows []mesiboTokenRow
	err := s.do(ctx, "list marks of passwords", func(db *gorm.DB) error {
		rows = nil
		return db.Distinct("user_id", "password").Where("user_id IN ? AND expires_at > ?", users, millis(s.now())).Find(&rows).Error
	})
	marks := make([]MesiboPassword, len(rows))
	for i := range rows {
		marks[i] = MesiboPassword{User: rows[i].UserID, Mark: rows[i].Password}
	}
	return marks, err
}

// MarkMesiboTokens keeps a mark with those tokens of a user that have another.
func (s *Store) MarkMesiboTokens(ctx context.Context, user int64, was, is string) error {
	return s.putMark(ctx, is, func(db *gorm.DB) *gorm.DB {
		return db.Model(&mesiboTokenRow{}).Where("user_id = ? AND password = ?", user, was)
	})
}

func (s *Store) putMark(ctx context.Context, mark string, of func(db *gorm.DB) *gorm.DB) error {
	if !passmark.Valid(mark) {
		return fmt.Errorf("%w: a mark of a password that is none", ErrInvalid)
	}
	return s.do(ctx, "mark a password", func(db *gorm.DB) error { return of(db).Update("password", mark).Error })
}
