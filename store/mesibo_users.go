package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// mesiboName is the provider's name, under which its values are sealed and erased.
const mesiboName = "mesibo"

// Bounds of what a Mesibo chat has, in bytes. Users write some of it, so that callers cut it before.
const (
	MaxMesiboName   = 1020 // 255 characters, as other messengers allow
	MaxMesiboStatus = 4096 // a line or two
	MaxMesiboApp    = 190  // package names have a tenth of it; an index of MySQL holds it twice
	MaxMesiboDevice = 190  // clients send a UUID
	MaxMesiboPush   = 4096 // what Apple and Google give has some 200
	maxMesiboFile   = 190
	maxMesiboUID    = 64
	maxMesiboCC     = 8  // 3 digits and what a client wraps them in
	maxPhone        = 15 // digits, E.164
	maxMAC          = 64 // hex digits
	maxMesiboAsked  = 2000
)

// mesiboUserRow is a row of chat_mesibo_users. live_address is the address of one who is not disabled, NULL of others: unique in databases
// that know no partial index.
type mesiboUserRow struct {
	ID          int64 `gorm:"primaryKey"`
	SiteUser    string
	Address     string
	LiveAddress *string
	Phone       string
	RemoteUID   string
	Name        string
	SiteName    string
	Status      string
	Photo       string
	CC          string `gorm:"column:cc"`
	Changed     int64
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	DisabledAt  int64
}

// TableName names the table for gorm.
func (mesiboUserRow) TableName() string { return "chat_mesibo_users" }

func (r *mesiboUserRow) user() MesiboUser {
	return MesiboUser{
		ID: r.ID, SiteUser: r.SiteUser, Address: r.Address, Phone: r.Phone, RemoteUID: r.RemoteUID, Name: r.Name, SiteName: r.SiteName,
		Status: r.Status, Photo: r.Photo, CC: r.CC, Changed: r.Changed, CreatedAt: fromMillis(r.CreatedAt), DisabledAt: fromMillis(r.DisabledAt),
	}
}

func mesiboUsers(rows []mesiboUserRow) []MesiboUser {
	list := make([]MesiboUser, len(rows))
	for i := range rows {
		list[i] = rows[i].user()
	}
	return list
}

func (u *MesiboUser) row() mesiboUserRow {
	r := mesiboUserRow{
		ID: u.ID, SiteUser: u.SiteUser, Address: u.Address, Phone: u.Phone, RemoteUID: u.RemoteUID, Name: u.Name, SiteName: u.SiteName,
		Status: u.Status, Photo: u.Photo, CC: u.CC, Changed: u.Changed, DisabledAt: millis(u.DisabledAt),
	}
	if u.DisabledAt.IsZero() {
		r.LiveAddress = &r.Address
	}
	return r
}

func (u *MesiboUser) check() error {
	phone := error(nil)
	if u.Phone != "" {
		phone = checkPhone(u.Phone)
	}
	return errors.Join(phone, bounded("site user", u.SiteUser, maxUser), bounded("address", u.Address, maxAddress), boundedOrEmpty("uid", u.RemoteUID, maxMesiboUID),
		prose("name", u.Name, MaxMesiboName), prose("site name", u.SiteName, MaxMesiboName), prose("status", u.Status, MaxMesiboStatus),
		boundedOrEmpty("photo", u.Photo, maxMesiboFile), boundedOrEmpty("country code", u.CC, maxMesiboCC))
}

// checkPhone reports what is not 1 to 15 digits.
func checkPhone(phone string) error {
	if phone == "" || len(phone) > maxPhone || strings.ContainsFunc(phone, func(r rune) bool { return r < '0' || r > '9' }) {
		return fmt.Errorf("%w: a phone is not 1 to %d digits", ErrInvalid, maxPhone)
	}
	return nil
}

// prose is boundedOrEmpty for what people write, in several lines too.
func prose(what, text string, most int) error {
	if len(text) > most {
		return fmt.Errorf("%w: %s is longer than %d bytes", ErrInvalid, what, most)
	}
	if strings.ToValidUTF8(text, "") != text || strings.Contains(text, "\x00") {
		return fmt.Errorf("%w: %s holds a NUL or is not UTF-8", ErrInvalid, what)
	}
	return nil
}

// MesiboUser returns the user of a Mesibo chat who has this id on the site; ErrNotFound for one who never signed in.
func (s *Store) MesiboUser(ctx context.Context, siteUser string) (MesiboUser, error) {
	return s.mesiboUser(ctx, "site_user = ?", siteUser)
}

// MesiboUserByID returns a user; ErrNotFound for one who was forgotten.
func (s *Store) MesiboUserByID(ctx context.Context, id int64) (MesiboUser, error) {
	return s.mesiboUser(ctx, "id = ?", id)
}

func (s *Store) mesiboUser(ctx context.Context, which string, key any) (MesiboUser, error) {
	var row mesiboUserRow
	err := s.do(ctx, "read a user", func(db *gorm.DB) error {
		row = mesiboUserRow{}
		return db.Where(which, key).Take(&row).Error
	})
	if err != nil {
		return MesiboUser{}, err
	}
	return row.user(), nil
}

// MesiboUsersByID returns those of at most 2,000 users there are, without order; disabled ones too.
func (s *Store) MesiboUsersByID(ctx context.Context, ids []int64) ([]MesiboUser, error) {
	return mesiboUsersBy(ctx, s, "id IN ?", ids)
}

// MesiboUsersByPhone returns all who have one of at most 2,000 phones, without order; disabled ones too. Of more than 2,000 users those who
// are disabled are left out first.
func (s *Store) MesiboUsersByPhone(ctx context.Context, phones []string) ([]MesiboUser, error) {
	asked := slices.DeleteFunc(slices.Clone(phones), func(phone string) bool { return phone == "" }) // which those have who have none
	return mesiboUsersBy(ctx, s, "phone IN ?", asked)
}

func mesiboUsersBy[T any](ctx context.Context, s *Store, which string, keys []T) ([]MesiboUser, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	if len(keys) > maxMesiboAsked {
		return nil, fmt.Errorf("%w: %d users are asked for, at most %d", ErrInvalid, len(keys), maxMesiboAsked)
	}
	return s.listMesiboUsers(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Where(which, keys).Order("CASE WHEN disabled_at = 0 THEN 0 ELSE 1 END, id").Limit(maxMesiboAsked)
	})
}

func (s *Store) listMesiboUsers(ctx context.Context, which func(db *gorm.DB) *gorm.DB) ([]MesiboUser, error) {
	var rows []mesiboUserRow
	err := s.do(ctx, "list users", func(db *gorm.DB) error {
		rows = nil
		return which(db).Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	return mesiboUsers(rows), nil
}

// KeepMesiboUser puts a user, or returns the one of that SiteUser who is there already, of whom nothing is changed. ErrAddressTaken if the
// address is that of another user who is not disabled. ID and CreatedAt of u are not looked at.
func (s *Store) KeepMesiboUser(ctx context.Context, u MesiboUser) (MesiboUser, error) {
	if err := u.check(); err != nil {
		return MesiboUser{}, err
	}
	var row mesiboUserRow
	err := s.do(ctx, "keep a user", func(db *gorm.DB) error {
		fresh := u.row()
		fresh.ID, fresh.CreatedAt = 0, millis(s.now())
		if err := db.Clauses(s.dialect.unlessThere()).Create(&fresh).Error; err != nil {
			return err
		}
		row = mesiboUserRow{}
		err := db.Where("site_user = ?", u.SiteUser).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrAddressTaken // the other unique key refused it
		}
		return err
	})
	if err != nil {
		return MesiboUser{}, err
	}
	return row.user(), nil
}

// SetMesiboUser writes everything of a user but ID, SiteUser and CreatedAt, if all of it is still as it was in before; ErrConflict if not, and
// for another address if a token of the former one is kept, ErrNotFound if the user was forgotten, ErrAddressTaken if the address is that of another user who is not disabled. Changed never goes back.
func (s *Store) SetMesiboUser(ctx context.Context, before, after MesiboUser) error {
	if before.ID == 0 || before.ID != after.ID || before.SiteUser != after.SiteUser {
		return fmt.Errorf("%w: a change from one user to another", ErrInvalid)
	}
	if err := after.check(); err != nil {
		return err
	}
	was, is := before.row(), after.row()
	return s.inOne(ctx, "change a user", func(db *gorm.DB) error {
		if was.Address != is.Address {
			if err := holdMesiboUser(db, was.ID); err != nil {
				return err
			}
			var kept int64
			if err := db.Model(&mesiboTokenRow{}).Where("user_id = ?", was.ID).Count(&kept).Error; err != nil {
				return err
			}
			if kept > 0 {
				return ErrConflict
			}
		}
		done := db.Model(&mesiboUserRow{}).Where(map[string]any{
			"id": was.ID, "site_user": was.SiteUser, "address": was.Address, "phone": was.Phone, "remote_uid": was.RemoteUID, "name": was.Name,
			"site_name": was.SiteName, "status": was.Status, "photo": was.Photo, "cc": was.CC, "changed": was.Changed, "disabled_at": was.DisabledAt,
		}).Updates(map[string]any{
			"address": is.Address, "live_address": is.LiveAddress, "phone": is.Phone, "remote_uid": is.RemoteUID, "name": is.Name, "site_name": is.SiteName,
			"status": is.Status, "photo": is.Photo, "cc": is.CC, "changed": max(was.Changed, is.Changed), "disabled_at": is.DisabledAt,
		})
		switch {
		case done.Error != nil && s.dialect.taken(done.Error):
			return ErrAddressTaken
		case done.Error != nil || done.RowsAffected > 0:
			return done.Error
		}
		if err := db.Where("id = ?", was.ID).Take(&mesiboUserRow{}).Error; err != nil {
			return err
		}
		return ErrConflict
	})
}

// MesiboTokenUsers lists up to n users with a live token behind an id, in order of their ids; n is 1 … 1,000. Fewer than n are the last.
func (s *Store) MesiboTokenUsers(ctx context.Context, after int64, n int) ([]MesiboUser, error) {
	if n < 1 || n > maxPage {
		return nil, fmt.Errorf("%w: limit %d is not between 1 and %d", ErrInvalid, n, maxPage)
	}
	return s.listMesiboUsers(ctx, func(db *gorm.DB) *gorm.DB {
		const live = "EXISTS (SELECT 1 FROM chat_mesibo_tokens t WHERE t.user_id = chat_mesibo_users.id AND t.expires_at > ?)"
		return db.Where("id > ? AND "+live, after, millis(s.now())).Order("id").Limit(n)
	})
}

// holdMesiboUser keeps others from changing what belongs to a user until the transaction ends; ErrNotFound if the user was forgotten.
func holdMesiboUser(tx *gorm.DB, id int64) error {
	held := tx.Model(&mesiboUserRow{}).Where("id = ?", id).Update("changed", gorm.Expr("changed")) // a write: SQLite knows no SELECT FOR UPDATE
	if held.Error == nil && held.RowsAffected == 0 {
		return ErrNotFound
	}
	return held.Error
}
