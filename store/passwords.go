package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/chatpass/chatpass/internal/passmark"
)

// PasswordMark is what is kept to find later that the password of a user of the site has changed, of what a digest tells of it now; see passmark.
func (s *Store) PasswordMark(siteUser, digest string) string {
	return passmark.New(s.keys.passwords, siteUser, digest)
}

// MarkPassword keeps a mark of a user's password with an identity, in the place of another if that is still there. That it is not, or the identity was erased, is no error.
func (s *Store) MarkPassword(ctx context.Context, provider, app, siteUser, was, is string) error {
	return s.putMark(ctx, is, func(db *gorm.DB) *gorm.DB {
		return db.Model(&identityRow{}).Where("provider = ? AND app = ? AND site_user = ? AND password = ?", provider, app, siteUser, was)
	})
}

// MarkMesiboToken does the same with a token.
func (s *Store) MarkMesiboToken(ctx context.Context, id int64, was, is string) error {
	return s.putMark(ctx, is, func(db *gorm.DB) *gorm.DB {
		return db.Model(&mesiboTokenRow{}).Where("id = ? AND password = ?", id, was)
	})
}

func (s *Store) putMark(ctx context.Context, mark string, of func(db *gorm.DB) *gorm.DB) error {
	if !passmark.Valid(mark) {
		return fmt.Errorf("%w: a mark of a password that is none", ErrInvalid)
	}
	return s.do(ctx, "mark a password", func(db *gorm.DB) error { return of(db).Update("password", mark).Error })
}
