package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/chatpass/chatpass/internal/secret"
)

// mesiboFileRow is a row of chat_mesibo_files.
type mesiboFileRow struct {
	ID        int64 `gorm:"primaryKey"`
	Name      string
	UserID    int64
	MIME      string `gorm:"column:mime"`
	Size      int64
	SHA256    string `gorm:"column:sha256"`
	CreatedAt int64  `gorm:"autoCreateTime:false"`
}

// TableName names the table for gorm.
func (mesiboFileRow) TableName() string { return "chat_mesibo_files" }

func (r *mesiboFileRow) file() MesiboFile {
	return MesiboFile{Name: r.Name, User: r.UserID, MIME: r.MIME, Size: r.Size, SHA256: r.SHA256, CreatedAt: fromMillis(r.CreatedAt)}
}

// erasedOwner is whose a file is that belonged to a user who was forgotten: its row stays until its bytes are removed, and tells nothing but its name.
const erasedOwner = 0

// PutMesiboFile notes a file that a user uploaded; ErrConflict if there is one of its name, ErrNotFound if the user was forgotten.
func (s *Store) PutMesiboFile(ctx context.Context, f MesiboFile) error {
	err := errors.Join(bounded("name", f.Name, maxMesiboFile), bounded("type", f.MIME, maxMAC), boundedOrEmpty("hash", f.SHA256, maxMAC))
	if err != nil {
		return err
	}
	if f.User == 0 || f.Size < 0 {
		return fmt.Errorf("%w: a file of nobody, or of %d bytes", ErrInvalid, f.Size)
	}
	if f.CreatedAt.IsZero() {
		f.CreatedAt = s.now()
	}
	row := mesiboFileRow{Name: f.Name, UserID: f.User, MIME: f.MIME, Size: f.Size, SHA256: f.SHA256, CreatedAt: millis(f.CreatedAt)}
	return s.inOne(ctx, "note a file", func(tx *gorm.DB) error {
		if err := holdMesiboUser(tx, f.User); err != nil {
			return err
		}
		if err := tx.Where("name = ? AND user_id = ?", f.Name, erasedOwner).Delete(&mesiboFileRow{}).Error; err != nil { // an import gives the same name again
			return err
		}
		row.ID = 0
		err := tx.Create(&row).Error
		if err != nil && s.dialect.taken(err) {
			return ErrConflict
		}
		return err
	})
}

// MesiboFile returns what is known of a file; ErrNotFound if there is none of that name.
func (s *Store) MesiboFile(ctx context.Context, name string) (MesiboFile, error) {
	var row mesiboFileRow
	err := s.do(ctx, "read a file's row", func(db *gorm.DB) error {
		row = mesiboFileRow{}
		return db.Where("name = ? AND user_id <> ?", name, erasedOwner).Take(&row).Error
	})
	if err != nil {
		return MesiboFile{}, err
	}
	return row.file(), nil
}

// MesiboFileBytes sums up the files of a user.
func (s *Store) MesiboFileBytes(ctx context.Context, user int64) (bytes int64, err error) {
	err = s.do(ctx, "sum up files", func(db *gorm.DB) error {
		return db.Model(&mesiboFileRow{}).Where("user_id = ?", user).Select("COALESCE(SUM(size), 0)").Scan(&bytes).Error
	})
	return bytes, err
}

// MesiboErasedFiles lists up to n files of users who were forgotten, whose bytes are to be removed before [Store.DropMesiboFile]. n is 1 … 1,000.
func (s *Store) MesiboErasedFiles(ctx context.Context, n int) (names []string, err error) {
	if n < 1 || n > maxPage {
		return nil, fmt.Errorf("%w: limit %d is not between 1 and %d", ErrInvalid, n, maxPage)
	}
	err = s.do(ctx, "list files of nobody", func(db *gorm.DB) error {
		names = nil
		return db.Model(&mesiboFileRow{}).Where("user_id = ?", erasedOwner).Order("name").Limit(n).Pluck("name", &names).Error
	})
	return names, err
}

// MesiboPhotos tells which of at most 1,000 files are the photo of a user or a group.
func (s *Store) MesiboPhotos(ctx context.Context, names []string) (map[string]bool, error) {
	if len(names) > batch {
		return nil, fmt.Errorf("%w: %d files are asked for, at most %d", ErrInvalid, len(names), batch)
	}
	shown := map[string]bool{}
	for _, model := range []any{&mesiboUserRow{}, &mesiboGroupRow{}} {
		var found []string
		err := s.do(ctx, "find photos", func(db *gorm.DB) error {
			found = nil
			return db.Model(model).Where("photo IN ?", names).Pluck("photo", &found).Error
		})
		if err != nil {
			return nil, err
		}
		for _, name := range found {
			shown[name] = true
		}
	}
	return shown, nil
}

// MesiboFiles lists up to n files by their names, behind after; "" is the start. n is 1 … 1,000, fewer than n are the last. Those of users who were forgotten are
// among them, of User 0.
func (s *Store) MesiboFiles(ctx context.Context, after string, n int) ([]MesiboFile, error) {
	if n < 1 || n > maxPage {
		return nil, fmt.Errorf("%w: limit %d is not between 1 and %d", ErrInvalid, n, maxPage)
	}
	var rows []mesiboFileRow
	err := s.do(ctx, "list files", func(db *gorm.DB) error {
		rows = nil
		return db.Where("name > ?", after).Order("name").Limit(n).Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	files := make([]MesiboFile, len(rows))
	for i := range rows {
		files[i] = rows[i].file()
	}
	return files, nil
}

// DropMesiboFile forgets a file; that there is none is no error.
func (s *Store) DropMesiboFile(ctx context.Context, name string) error {
	return s.do(ctx, "forget a file", func(db *gorm.DB) error { return db.Where("name = ?", name).Delete(&mesiboFileRow{}).Error })
}

// mesiboPushRow is a row of chat_mesibo_push.
type mesiboPushRow struct {
	ID         int64 `gorm:"primaryKey"`
	UserID     int64
	Device     string
	Value      []byte
	Production int // 0 or 1
	PutAt      int64
}

// TableName names the table for gorm.
func (mesiboPushRow) TableName() string { return "chat_mesibo_push" }

// PutMesiboPush keeps where a device of a user gets notifications, in the place of what it had; an empty token takes it away. ErrNotFound if the
// user was forgotten, ErrNoKey without a key.
func (s *Store) PutMesiboPush(ctx context.Context, p MesiboPush) error {
	err := errors.Join(boundedOrEmpty("device", p.Device, MaxMesiboDevice), boundedOrEmpty("push token", p.Token, MaxMesiboPush))
	if err != nil {
		return err
	}
	row := mesiboPushRow{UserID: p.User, Device: p.Device, PutAt: millis(s.now()), Production: flag(p.Production)}
	if p.Token == "" {
		return s.do(ctx, "forget a push token", func(db *gorm.DB) error {
			return db.Where("user_id = ? AND device = ?", p.User, p.Device).Delete(&mesiboPushRow{}).Error
		})
	}
	if row.Value, err = s.keys.seal(mesiboName, "push\x00"+p.Device, p.User, secret.New(p.Token)); err != nil {
		return err
	}
	return s.inOne(ctx, "keep a push token", func(tx *gorm.DB) error {
		if err := holdMesiboUser(tx, p.User); err != nil {
			return err
		}
		row.ID = 0
		return tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "user_id"}, {Name: "device"}},
			DoUpdates: clause.AssignmentColumns([]string{"value", "production", "put_at"}),
		}).Create(&row).Error
	})
}

// flag is a truth as the tables hold it.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
