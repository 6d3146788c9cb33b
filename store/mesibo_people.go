package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Bounds of lists.
const (
	batch      = 1000  // rows of one statement: 50 KB
	maxSeconds = 20000 // rows of a page that is extended to the end of its last second: a whole site that was changed at once is told in parts
)

// mesiboPhoneRow is a row of chat_mesibo_phones.
type mesiboPhoneRow struct {
	SiteUser string `gorm:"primaryKey"`
	Phone    string
	Scan     int64
}

// TableName names the table for gorm.
func (mesiboPhoneRow) TableName() string { return "chat_mesibo_phones" }

// PutMesiboPhones keeps phones of users of the site that a scan found. Scans are numbers that grow, such as the time of their start in
// milliseconds. Of a user who is named twice the last phone stays. What this scan, or a later one, has put there already is read and not written again.
func (s *Store) PutMesiboPhones(ctx context.Context, scan int64, phones []MesiboPhone) error {
	if scan <= 0 {
		return fmt.Errorf("%w: a scan without a number", ErrInvalid)
	}
	last := make(map[string]string, len(phones))
	for _, p := range phones {
		if err := bounded("site user", p.SiteUser, maxUser); err != nil {
			return err
		}
		if err := checkPhone(p.Phone); err != nil {
			return err
		}
		last[p.SiteUser] = p.Phone
	}
	rows := make([]mesiboPhoneRow, 0, len(last))
	for user, phone := range last {
		rows = append(rows, mesiboPhoneRow{SiteUser: user, Phone: phone, Scan: scan})
	}
	slices.SortFunc(rows, func(a, b mesiboPhoneRow) int { return strings.Compare(a.SiteUser, b.SiteUser) }) // scans of two instances lock in one order
	for part := range slices.Chunk(rows, batch) {
		err := s.do(ctx, "keep phones", func(db *gorm.DB) error {
			fresh, err := changedPhones(db, part)
			if err != nil || len(fresh) == 0 {
				return err
			}
			set := append(clause.AssignmentColumns([]string{"phone"}), clause.Assignments(map[string]any{
				"scan": gorm.Expr("CASE WHEN chat_mesibo_phones.scan > ? THEN chat_mesibo_phones.scan ELSE ? END", scan, scan),
			})...)
			return db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "site_user"}}, DoUpdates: set}).Create(&fresh).Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// changedPhones returns those rows that are not there yet as they are, or of an earlier scan.
func changedPhones(db *gorm.DB, rows []mesiboPhoneRow) (changed []mesiboPhoneRow, err error) {
	users := make([]string, len(rows))
	for i := range rows {
		users[i] = rows[i].SiteUser
	}
	var there []mesiboPhoneRow
	if err := db.Where("site_user IN ?", users).Find(&there).Error; err != nil {
		return nil, err
	}
	had := make(map[string]mesiboPhoneRow, len(there))
	for _, r := range there {
		had[r.SiteUser] = r
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r mesiboPhoneRow) bool {
		was, known := had[r.SiteUser]
		return known && was.Phone == r.Phone && was.Scan >= r.Scan
	}), nil
}

// DropMesiboPhones removes users of the site from those who have a phone. Who is not among them is no error, and costs no write.
func (s *Store) DropMesiboPhones(ctx context.Context, users []string) error {
	users = slices.Sorted(slices.Values(users))
	for part := range slices.Chunk(users, batch) {
		err := s.do(ctx, "drop phones", func(db *gorm.DB) error {
			var there []string
			if err := db.Model(&mesiboPhoneRow{}).Where("site_user IN ?", part).Order("site_user").Pluck("site_user", &there).Error; err != nil || len(there) == 0 {
				return err
			}
			return db.Where("site_user IN ?", there).Delete(&mesiboPhoneRow{}).Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// EndMesiboScan removes the phones of users whom neither this scan nor a later one has found. It goes through all of them in parts, so that
// nobody waits for it, and ends with ctx.
func (s *Store) EndMesiboScan(ctx context.Context, scan int64) error {
	const part = 10 * batch // some 20 ms of a disk
	for after := ""; ; {
		var last []string
		err := s.do(ctx, "end a scan", func(db *gorm.DB) error {
			last = nil
			from := db.Model(&mesiboPhoneRow{}).Where("site_user > ?", after).Session(&gorm.Session{})
			if err := from.Order("site_user").Offset(part-1).Limit(1).Pluck("site_user", &last).Error; err != nil {
				return err
			}
			old := from.Where("scan < ?", scan)
			if len(last) > 0 {
				old = old.Where("site_user <= ?", last[0])
			}
			return old.Delete(&mesiboPhoneRow{}).Error
		})
		if err != nil || len(last) == 0 {
			return err
		}
		after = last[0]
	}
}

// MesiboSiteUsers lists up to 3 users of the site with a phone.
func (s *Store) MesiboSiteUsers(ctx context.Context, phone string) ([]string, error) {
	const most = 3 // one is found, two are one too many; the third is spare
	var users []string
	err := s.do(ctx, "find users by phone", func(db *gorm.DB) error {
		users = nil
		return db.Model(&mesiboPhoneRow{}).Where("phone = ?", phone).Order("site_user").Limit(most).Pluck("site_user", &users).Error
	})
	return users, err
}

// mesiboContactRow is a row of chat_mesibo_contacts.
type mesiboContactRow struct {
	Owner int64  `gorm:"primaryKey;autoIncrement:false"`
	Phone string `gorm:"primaryKey"`
}

// TableName names the table for gorm.
func (mesiboContactRow) TableName() string { return "chat_mesibo_contacts" }

// MaxMesiboContacts are the phones of one user's address book: ten times a large one. Without it each user could add as many as a day allows every day.
const MaxMesiboContacts = 20_000

// AddMesiboContacts adds phones to a user's contacts, all or none; those that are there already stay. ErrNotFound if the user was forgotten, ErrFull if it would be more than
// MaxMesiboContacts.
func (s *Store) AddMesiboContacts(ctx context.Context, owner int64, phones []string) error {
	phones, err := phoneSet(phones)
	if err != nil || len(phones) == 0 {
		return err
	}
	return s.inOne(ctx, "add contacts", func(tx *gorm.DB) error {
		if err := holdMesiboUser(tx, owner); err != nil {
			return err
		}
		added := int64(0)
		for part := range slices.Chunk(phones, batch) {
			rows := make([]mesiboContactRow, len(part))
			for i, phone := range part {
				rows[i] = mesiboContactRow{Owner: owner, Phone: phone}
			}
			put := tx.Clauses(s.dialect.unlessThere()).Create(&rows)
			if put.Error != nil {
				return put.Error
			}
			added += put.RowsAffected
		}
		if added == 0 {
			return nil
		}
		var all int64
		if err := tx.Model(&mesiboContactRow{}).Where("owner = ?", owner).Count(&all).Error; err != nil {
			return err
		}
		if all > MaxMesiboContacts {
			return ErrFull
		}
		return nil
	})
}

// ClearMesiboContacts removes phones from a user's contacts; with no phones all of them.
func (s *Store) ClearMesiboContacts(ctx context.Context, owner int64, phones []string) error {
	all := len(phones) == 0
	phones, err := phoneSet(phones)
	if err != nil {
		return err
	}
	return s.inOne(ctx, "remove contacts", func(tx *gorm.DB) error {
		if all {
			return tx.Where("owner = ?", owner).Delete(&mesiboContactRow{}).Error
		}
		for part := range slices.Chunk(phones, batch) {
			if err := tx.Where("owner = ? AND phone IN ?", owner, part).Delete(&mesiboContactRow{}).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// phoneSet returns phones in order, each once.
func phoneSet(phones []string) ([]string, error) {
	for _, phone := range phones {
		if err := checkPhone(phone); err != nil {
			return nil, err
		}
	}
	set := slices.Clone(phones)
	slices.Sort(set)
	return slices.Compact(set), nil
}

// MesiboContacts lists the users among an owner's contacts who are not disabled and were changed after since and not after until, in Unix
// seconds, by Changed and ID. At most n, 1 … 20,000, but always all of the last second, up to 20,000 in the whole.
func (s *Store) MesiboContacts(ctx context.Context, owner, since, until int64, n int) ([]MesiboUser, error) {
	rows, err := untilSecondEnds(ctx, s, "list contacts", until, n, func(db *gorm.DB, until int64) *gorm.DB {
		return db.Where(s.dialect.among("phone", "SELECT c.phone FROM chat_mesibo_contacts c WHERE c.owner = ?"), owner).
			Where("disabled_at = 0 AND changed > ? AND changed <= ?", since, until).Order("changed, id")
	}, func(r *mesiboUserRow) int64 { return r.Changed })
	return mesiboUsers(rows), err
}

// untilSecondEnds lists up to n rows, and those behind them that have the same second as the last: a client that goes on behind that
// second misses none. query lists rows up to a second, in their order.
func untilSecondEnds[T any](
	ctx context.Context, s *Store, op string, until int64, n int, query func(db *gorm.DB, until int64) *gorm.DB, second func(row *T) int64,
) ([]T, error) {
	if n < 1 || n > maxSeconds {
		return nil, fmt.Errorf("%w: limit %d is not between 1 and %d", ErrInvalid, n, maxSeconds)
	}
	var rows []T
	err := s.do(ctx, op, func(db *gorm.DB) error {
		rows = nil
		if err := query(db, until).Limit(n + 1).Find(&rows).Error; err != nil || len(rows) <= n {
			return err
		}
		last := second(&rows[n-1])
		if second(&rows[n]) != last {
			rows = rows[:n]
			return nil
		}
		rows = nil
		return query(db, last).Limit(maxSeconds).Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// MesiboKnownBy tells which of users have a phone among their contacts.
func (s *Store) MesiboKnownBy(ctx context.Context, phone string, users []int64) (map[int64]bool, error) {
	known := map[int64]bool{}
	for part := range slices.Chunk(users, batch) {
		var owners []int64
		err := s.do(ctx, "list owners of a contact", func(db *gorm.DB) error {
			owners = nil
			return db.Model(&mesiboContactRow{}).Where("phone = ? AND owner IN ?", phone, part).Pluck("owner", &owners).Error
		})
		if err != nil {
			return nil, err
		}
		for _, owner := range owners {
			known[owner] = true
		}
	}
	return known, nil
}
