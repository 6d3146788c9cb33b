package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/internal/secret"
)

// mesiboTokenRow is a row of chat_mesibo_tokens. A token is found by the SHA-256 of its text, which no guess leads to: it is random.
type mesiboTokenRow struct {
	ID        int64 `gorm:"primaryKey"`
	UserID    int64
	App       string
	Device    string
	Hash      string
	Value     []byte
	IssuedAt  int64
	ExpiresAt int64
	Visitor   string
	Address   string
	Password  string
}

// TableName names the table for gorm.
func (mesiboTokenRow) TableName() string { return "chat_mesibo_tokens" }

func (r *mesiboTokenRow) token() MesiboToken {
	return MesiboToken{
		ID: r.ID, User: r.UserID, App: r.App, Device: r.Device, Address: r.Address, IssuedAt: fromMillis(r.IssuedAt), ExpiresAt: fromMillis(r.ExpiresAt), Visitor: r.Visitor,
		Password: r.Password,
	}
}

// sealName is what a token is sealed for, so that one that is moved to another app or device does not open.
func (r *mesiboTokenRow) sealName() string { return "token\x00" + r.App + "\x00" + r.Device }

func tokenHash(token secret.Secret) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return hex.EncodeToString(sum[:])
}

// PutMesiboToken keeps a token in the place of that of the same user, app and device. A token whose text was kept for another app or device of
// the user is one for the new alone. ErrConflict if another user has it, or the user was shut out or has another address meanwhile, ErrNotFound
// if the user was forgotten, ErrNoKey without a key.
func (s *Store) PutMesiboToken(ctx context.Context, t MesiboToken, token secret.Secret) error {
	err := errors.Join(bounded("app", t.App, MaxMesiboApp), boundedOrEmpty("device", t.Device, MaxMesiboDevice), boundedOrEmpty("visitor", t.Visitor, maxMAC),
		bounded("address", t.Address, maxAddress), boundedOrEmpty("password", t.Password, passmark.Size))
	switch {
	case err != nil:
		return err
	case t.User == 0, t.ExpiresAt.IsZero(), token.IsZero(), token.Len() > maxSecret:
		return fmt.Errorf("%w: a token of nobody, without an end or of %d bytes", ErrInvalid, token.Len())
	case t.IssuedAt.IsZero():
		t.IssuedAt = s.now()
	}
	row := mesiboTokenRow{
		UserID: t.User, App: t.App, Device: t.Device, Hash: tokenHash(token), IssuedAt: millis(t.IssuedAt), ExpiresAt: millis(t.ExpiresAt), Visitor: t.Visitor,
		Address: t.Address, Password: t.Password,
	}
	if row.Value, err = s.keys.seal(mesiboName, row.sealName(), t.User, token); err != nil {
		return err
	}
	return s.inOne(ctx, "keep a token", func(tx *gorm.DB) error {
		if err := holdMesiboUser(tx, t.User); err != nil {
			return err
		}
		var user mesiboUserRow
		if err := tx.Where("id = ?", t.User).Take(&user).Error; err != nil {
			return err
		}
		if user.Address != t.Address || user.DisabledAt != 0 {
			return ErrConflict
		}
		// Not an upsert: that of MySQL would change the row of another user who has the text.
		old := tx.Where("user_id = ? AND (app = ? AND device = ? OR hash = ?)", row.UserID, row.App, row.Device, row.Hash)
		if err := old.Delete(&mesiboTokenRow{}).Error; err != nil {
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

// MesiboTokenKept returns the live token of user, app and device without its text, which no key is needed for. ErrNotFound if there is none.
func (s *Store) MesiboTokenKept(ctx context.Context, user int64, app, device string) (MesiboToken, error) {
	row, err := s.mesiboToken(ctx, user, app, device)
	if err != nil {
		return MesiboToken{}, err
	}
	return row.token(), nil
}

func (s *Store) mesiboToken(ctx context.Context, user int64, app, device string) (row mesiboTokenRow, err error) {
	err = s.do(ctx, "read a token", func(db *gorm.DB) error {
		row = mesiboTokenRow{}
		return db.Where("user_id = ? AND app = ? AND device = ? AND expires_at > ?", user, app, device, millis(s.now())).Take(&row).Error
	})
	return row, err
}

// MesiboToken returns the live token of user, app and device. ErrNotFound if there is none, ErrSealed if no key that is set opens it.
func (s *Store) MesiboToken(ctx context.Context, user int64, app, device string) (MesiboToken, secret.Secret, error) {
	row, err := s.mesiboToken(ctx, user, app, device)
	if err != nil {
		return MesiboToken{}, secret.Secret{}, err
	}
	token, old, err := s.keys.open(mesiboName, row.sealName(), row.UserID, row.Value)
	if err != nil {
		return MesiboToken{}, secret.Secret{}, s.fail("open a token", err)
	}
	if old {
		s.renewMesiboToken(ctx, &row, token)
	}
	return row.token(), token, nil
}

// renewMesiboToken seals a token with the present key. That it fails costs nothing: the old key goes on opening it, and
// the next look tries again.
func (s *Store) renewMesiboToken(ctx context.Context, row *mesiboTokenRow, token secret.Secret) {
	sealed, err := s.keys.seal(mesiboName, row.sealName(), row.UserID, token)
	if err == nil {
		err = s.do(ctx, "seal anew", func(db *gorm.DB) error {
			return db.Model(&mesiboTokenRow{}).Where("id = ? AND hash = ?", row.ID, row.Hash).Update("value", sealed).Error
		})
	}
	if err != nil {
		s.log.Debug("a sealed token keeps its old key", "error", err.Error())
	}
}

// MesiboTokensOf lists the live tokens of a user, at most 1,000.
func (s *Store) MesiboTokensOf(ctx context.Context, user int64) ([]MesiboToken, error) {
	var rows []mesiboTokenRow
	err := s.do(ctx, "list tokens", func(db *gorm.DB) error {
		rows = nil
		return db.Where("user_id = ? AND expires_at > ?", user, millis(s.now())).Order("id").Limit(maxPage).Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	list := make([]MesiboToken, len(rows))
	for i := range rows {
		list[i] = rows[i].token()
	}
	return list, nil
}

// StaleMesiboTokens notes that tokens of a user, in an app or with "" in all, were ended at Mesibo: their IssuedAt becomes zero.
func (s *Store) StaleMesiboTokens(ctx context.Context, user int64, app string) error {
	return s.do(ctx, "note ended tokens", func(db *gorm.DB) error {
		which := db.Model(&mesiboTokenRow{}).Where("user_id = ?", user)
		if app != "" {
			which = which.Where("app = ?", app)
		}
		return which.Update("issued_at", 0).Error
	})
}

// MesiboTokenOf finds a live token by its text, with its user, who may be disabled; ErrNotFound if there is none, or it opens an address that the
// user has no more.
func (s *Store) MesiboTokenOf(ctx context.Context, token secret.Secret) (MesiboToken, MesiboUser, error) {
	var row mesiboTokenAndUser
	err := s.do(ctx, "find a token", func(db *gorm.DB) error {
		row = mesiboTokenAndUser{}
		return db.InnerJoins("User").Where("hash = ? AND expires_at > ?", tokenHash(token), millis(s.now())).Take(&row).Error
	})
	switch {
	case err != nil:
		return MesiboToken{}, MesiboUser{}, err
	case row.User.Address != row.Token.Address:
		return MesiboToken{}, MesiboUser{}, s.fail("find a token", gorm.ErrRecordNotFound)
	}
	return row.Token.token(), row.User.user(), nil
}

// mesiboTokenAndUser is a token beside its user.
type mesiboTokenAndUser struct {
	Token mesiboTokenRow `gorm:"embedded"`
	User  mesiboUserRow  `gorm:"foreignKey:UserID"`
}

// TableName names the table for gorm.
func (mesiboTokenAndUser) TableName() string { return mesiboTokenRow{}.TableName() }

// DropMesiboTokens forgets tokens of a user, one or with id 0 all, and where their devices get notifications. It returns those that were live.
func (s *Store) DropMesiboTokens(ctx context.Context, user, id int64) ([]MesiboToken, error) {
	var live []MesiboToken
	err := s.inOne(ctx, "forget tokens", func(tx *gorm.DB) error {
		live = nil
		if err := holdMesiboUser(tx, user); err != nil {
			if errors.Is(err, ErrNotFound) {
				return nil // their tokens went with them
			}
			return err
		}
		which, push := tx.Where("user_id = ?", user), tx.Where("user_id = ?", user)
		if id != 0 {
			which = which.Where("id = ?", id)
		}
		var rows []mesiboTokenRow
		if err := which.Session(&gorm.Session{}).Order("id").Find(&rows).Error; err != nil || len(rows) == 0 && id != 0 {
			return err
		}
		if err := which.Session(&gorm.Session{}).Delete(&mesiboTokenRow{}).Error; err != nil {
			return err
		}
		for i := range rows {
			if rows[i].ExpiresAt > millis(s.now()) {
				live = append(live, rows[i].token())
			}
		}
		if id != 0 {
			push = push.Where("device = ?", rows[0].Device)
		}
		return push.Delete(&mesiboPushRow{}).Error
	})
	if err != nil {
		return nil, err
	}
	return live, nil
}
