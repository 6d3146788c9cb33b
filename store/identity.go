package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Identity is who a user of the site is at a provider.
type Identity struct {
	ID          int64     // of the store; 0 before it is put there
	Provider    string    // its name, at most 32 bytes
	App         string    // the provider's application, at most 64 bytes; a user may have an address in each
	SiteUser    string    // the user's id in the site's canonical text, at most 255 bytes
	Address     string    // the user's id at the provider, at most 255 bytes; never changes once it is put
	ProfileHash string    // of what the provider was last told, at most 64 bytes; empty for never told
	CreatedAt   time.Time // when it was put
	SyncedAt    time.Time // when the provider was last told; zero for never
	DisabledAt  time.Time // since when the user is shut out; zero for not
	TokenUntil  time.Time // end of the token that ends last; zero if none was issued
	Password    string    // mark of the password of the user when the first of the tokens that live was issued; empty if it is not known
}

// identityRow is a row of chat_identities.
type identityRow struct {
	ID          int64  `gorm:"primaryKey"`
	Provider    string `gorm:"column:provider"`
	App         string
	SiteUser    string
	Address     string
	ProfileHash string
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	SyncedAt    int64
	DisabledAt  int64
	TokenUntil  int64
	Password    string
}

// TableName names the table for gorm.
func (identityRow) TableName() string { return "chat_identities" }

func (r *identityRow) identity() Identity {
	return Identity{
		ID: r.ID, Provider: r.Provider, App: r.App, SiteUser: r.SiteUser, Address: r.Address, ProfileHash: r.ProfileHash,
		CreatedAt: fromMillis(r.CreatedAt), SyncedAt: fromMillis(r.SyncedAt), DisabledAt: fromMillis(r.DisabledAt),
		TokenUntil: fromMillis(r.TokenUntil), Password: r.Password,
	}
}

func (i *Identity) check() error {
	return errors.Join(bounded("provider", i.Provider, maxProvider), bounded("app", i.App, maxApp), bounded("site user", i.SiteUser, maxUser),
		bounded("address", i.Address, maxAddress), boundedOrEmpty("profile hash", i.ProfileHash, maxHash))
}

// Identity returns who a user of the site is in an application of a provider; ErrNotFound if that is not known yet.
func (s *Store) Identity(ctx context.Context, provider, app, siteUser string) (Identity, error) {
	var row identityRow
	err := s.do(ctx, "read an identity", func(db *gorm.DB) error {
		row = identityRow{}
		return db.Where("provider = ? AND app = ? AND site_user = ?", provider, app, siteUser).Take(&row).Error
	})
	if err != nil {
		return Identity{}, err
	}
	return row.identity(), nil
}

// IdentityByID returns an identity, as jobs name it; ErrNotFound if it was erased.
func (s *Store) IdentityByID(ctx context.Context, id int64) (Identity, error) {
	var row identityRow
	err := s.do(ctx, "read an identity", func(db *gorm.DB) error {
		row = identityRow{}
		return db.Where("id = ?", id).Take(&row).Error
	})
	if err != nil {
		return Identity{}, err
	}
	return row.identity(), nil
}

// PutIdentity keeps an identity, of which the first one wins: if the user has one already, that is returned and nothing changes, whatever
// address it has. ErrAddressTaken if the address is another user's. ID and CreatedAt of i are not looked at.
func (s *Store) PutIdentity(ctx context.Context, i Identity) (Identity, error) {
	if err := i.check(); err != nil {
		return Identity{}, err
	}
	var row identityRow
	err := s.do(ctx, "keep an identity", func(db *gorm.DB) error {
		fresh := identityRow{
			Provider: i.Provider, App: i.App, SiteUser: i.SiteUser, Address: i.Address, ProfileHash: i.ProfileHash, CreatedAt: millis(s.now()),
			SyncedAt: millis(i.SyncedAt), DisabledAt: millis(i.DisabledAt), TokenUntil: millis(i.TokenUntil),
		}
		if err := db.Clauses(s.dialect.unlessThere()).Create(&fresh).Error; err != nil {
			return err
		}
		row = identityRow{}
		err := db.Where("provider = ? AND app = ? AND site_user = ?", i.Provider, i.App, i.SiteUser).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrAddressTaken // the other unique key refused it
		}
		return err
	})
	if err != nil {
		return Identity{}, err
	}
	return row.identity(), nil
}

// KeepIdentity is PutIdentity, but an identity that is there gets the profile hash and the end of the user's being shut out or not that i
// has; its address stays.
func (s *Store) KeepIdentity(ctx context.Context, i Identity) (Identity, error) {
	kept, err := s.PutIdentity(ctx, i)
	if err != nil || kept.ProfileHash == i.ProfileHash && millis(kept.DisabledAt) == millis(i.DisabledAt) {
		return kept, err
	}
	values := map[string]any{"profile_hash": i.ProfileHash, "disabled_at": millis(i.DisabledAt)}
	if kept.ProfileHash != i.ProfileHash && i.ProfileHash != "" {
		values["synced_at"] = millis(s.now())
	}
	if err := s.mark(ctx, kept.ID, values); err != nil {
		return Identity{}, err
	}
	return s.IdentityByID(ctx, kept.ID)
}

func (s *Store) mark(ctx context.Context, id int64, values map[string]any) error {
	return s.do(ctx, "change an identity", func(db *gorm.DB) error {
		done := db.Model(&identityRow{}).Where("id = ?", id).Updates(values)
		if done.Error == nil && done.RowsAffected == 0 {
			return ErrNotFound
		}
		return done.Error
	})
}

// maxPage is the most identities of one page; 1,000 rows have at most 700 KB.
const maxPage = 1000

// Identities returns the identities of an application in the order of their ids, beginning behind after; limit is 1 … 1,000. Fewer than
// limit are the last.
func (s *Store) Identities(ctx context.Context, provider, app string, after int64, limit int) ([]Identity, error) {
	if limit < 1 || limit > maxPage {
		return nil, fmt.Errorf("%w: limit %d is not between 1 and %d", ErrInvalid, limit, maxPage)
	}
	return s.list(ctx, "id", func(db *gorm.DB) *gorm.DB {
		return db.Where("provider = ? AND app = ? AND id > ?", provider, app, after).Limit(limit)
	})
}

// Alive returns the identities of an application that are not disabled and have a token that ends after a time, in the order of the bytes of
// their users' ids, beginning behind after; limit is 1 … 1,000. Fewer than limit are the last.
func (s *Store) Alive(ctx context.Context, provider, app, after string, at time.Time, limit int) ([]Identity, error) {
	if limit < 1 || limit > maxPage {
		return nil, fmt.Errorf("%w: limit %d is not between 1 and %d", ErrInvalid, limit, maxPage)
	}
	return s.list(ctx, "site_user", func(db *gorm.DB) *gorm.DB {
		return db.Where("provider = ? AND app = ? AND disabled_at = 0 AND token_until > ? AND site_user > ?", provider, app, millis(at), after).Limit(limit)
	})
}

// IdentitiesOf returns all identities of a user of the site, at most 1,000.
func (s *Store) IdentitiesOf(ctx context.Context, siteUser string) ([]Identity, error) {
	return s.list(ctx, "id", func(db *gorm.DB) *gorm.DB { return db.Where("site_user = ?", siteUser).Limit(maxPage) })
}

func (s *Store) list(ctx context.Context, order string, which func(db *gorm.DB) *gorm.DB) ([]Identity, error) {
	var rows []identityRow
	err := s.do(ctx, "list identities", func(db *gorm.DB) error {
		rows = nil
		return which(db).Order(order).Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	list := make([]Identity, len(rows))
	for i := range rows {
		list[i] = rows[i].identity()
	}
	return list, nil
}
