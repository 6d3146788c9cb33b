package store

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/chatpass/chatpass/internal/passmark"
)

// maxMesiboTries is the number of wrong tries that end a challenge: with 6 digits, five guesses in a million.
const maxMesiboTries = 5

// challengeDecoy is the kind of a row that is written beside every wrong try. Writing waits for the disk, and a phone with a challenge
// must not be told by that from one without.
const challengeDecoy = "decoy"

var challengeKinds = [...]string{ChallengeLink, ChallengeOTP}

// mesiboChallengeRow is a row of chat_mesibo_challenges.
type mesiboChallengeRow struct {
	ID        int64  `gorm:"primaryKey"`
	PhoneMAC  string `gorm:"column:phone_mac"`
	Kind      string
	App       string
	SiteUser  string
	CodeMAC   string `gorm:"column:code_mac"`
	Tries     int
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	ExpiresAt int64
	Password  string
}

// TableName names the table for gorm.
func (mesiboChallengeRow) TableName() string { return "chat_mesibo_challenges" }

func (r *mesiboChallengeRow) challenge() MesiboChallenge {
	return MesiboChallenge{
		ID: r.ID, PhoneMAC: r.PhoneMAC, Kind: r.Kind, App: r.App, SiteUser: r.SiteUser, CodeMAC: r.CodeMAC, Tries: r.Tries,
		CreatedAt: fromMillis(r.CreatedAt), ExpiresAt: fromMillis(r.ExpiresAt), Password: r.Password,
	}
}

// onPhoneAndKind names the unique key of the challenges.
var onPhoneAndKind = []clause.Column{{Name: "phone_mac"}, {Name: "kind"}}

// PutMesiboChallenge keeps a challenge in the place of the one of its phone and kind. ID and Tries of c are not looked at; a zero CreatedAt is now.
func (s *Store) PutMesiboChallenge(ctx context.Context, c MesiboChallenge) error {
	err := errors.Join(word("phone", c.PhoneMAC, maxMAC), word("code", c.CodeMAC, maxMAC), boundedOrEmpty("app", c.App, MaxMesiboApp),
		boundedOrEmpty("site user", c.SiteUser, maxUser), boundedOrEmpty("password", c.Password, passmark.Size))
	switch {
	case err != nil:
		return err
	case c.Kind != ChallengeLink && c.Kind != ChallengeOTP:
		return fmt.Errorf("%w: a challenge of an unknown kind", ErrInvalid)
	case c.ExpiresAt.IsZero():
		return fmt.Errorf("%w: a challenge without an end", ErrInvalid)
	case c.CreatedAt.IsZero():
		c.CreatedAt = s.now()
	}
	row := mesiboChallengeRow{
		PhoneMAC: c.PhoneMAC, Kind: c.Kind, App: c.App, SiteUser: c.SiteUser, CodeMAC: c.CodeMAC, CreatedAt: millis(c.CreatedAt), ExpiresAt: millis(c.ExpiresAt),
		Password: c.Password,
	}
	return s.do(ctx, "keep a challenge", func(db *gorm.DB) error {
		row.ID = 0
		return db.Clauses(clause.OnConflict{
			Columns:   onPhoneAndKind,
			DoUpdates: clause.AssignmentColumns([]string{"app", "site_user", "code_mac", "tries", "created_at", "expires_at", "password"}),
		}).Create(&row).Error
	})
}

// TryMesiboChallenge compares what codeMAC makes of each live challenge of a phone with its CodeMAC, in constant time. One that is right is used
// up by this call alone, and returned; one that belongs to nobody is never right. A wrong try counts against all of them, and the fifth
// ends them. A phone without a challenge costs the same: codeMAC is called, and a row is written, all the same; that its verdict is another
// is for the caller alone.
func (s *Store) TryMesiboChallenge(ctx context.Context, phoneMAC string, codeMAC func(c MesiboChallenge) string) (MesiboChallenge, Verdict, error) {
	if err := word("phone", phoneMAC, maxMAC); err != nil {
		return MesiboChallenge{}, VerdictWrong, err
	}
	var solved MesiboChallenge
	verdict := VerdictIdle
	err := s.inOne(ctx, "try a challenge", func(tx *gorm.DB) error {
		solved, verdict = MesiboChallenge{}, VerdictIdle
		// The try counts before it is looked at: whoever tries at the same time waits for this row, and finds one try less.
		counted := tx.Model(&mesiboChallengeRow{}).
			Where("phone_mac = ? AND kind IN ? AND tries < ? AND expires_at > ?", phoneMAC, challengeKinds[:], maxMesiboTries, millis(s.now())).
			Update("tries", gorm.Expr("tries + 1"))
		if counted.Error != nil {
			return counted.Error
		}
		if counted.RowsAffected > 0 {
			verdict = VerdictWrong
		}
		var rows []mesiboChallengeRow
		err := tx.Where("phone_mac = ? AND kind IN ? AND tries > 0 AND expires_at > ?", phoneMAC, challengeKinds[:], millis(s.now())).
			Order("kind").Limit(len(challengeKinds)).Find(&rows).Error
		if err != nil {
			return err
		}
		if i := right(phoneMAC, rows, codeMAC); i >= 0 {
			solved, verdict = rows[i].challenge(), VerdictSolved
			solved.Tries-- // this was none of the wrong ones
			return s.useUp(tx, &rows[i])
		}
		return s.countWrong(tx, phoneMAC)
	})
	if err != nil {
		return MesiboChallenge{}, VerdictWrong, err
	}
	return solved, verdict, nil
}

// right returns the index of a challenge that is solved, or -1. It makes as many comparisons whatever rows has.
func right(phoneMAC string, rows []mesiboChallengeRow, codeMAC func(c MesiboChallenge) string) int {
	found := -1
	for i := range challengeKinds {
		c := MesiboChallenge{PhoneMAC: phoneMAC, Kind: challengeKinds[i], CodeMAC: strings.Repeat("0", 32)} // nobody's
		if i < len(rows) {
			c = rows[i].challenge()
		}
		if subtle.ConstantTimeCompare([]byte(codeMAC(c)), []byte(c.CodeMAC)) == 1 && c.SiteUser != "" && found < 0 {
			found = i
		}
	}
	return found
}

// useUp removes a challenge that was solved; the other of the phone, if any, was not tried.
func (s *Store) useUp(tx *gorm.DB, row *mesiboChallengeRow) error {
	if err := tx.Where("id = ?", row.ID).Delete(&mesiboChallengeRow{}).Error; err != nil {
		return err
	}
	return tx.Model(&mesiboChallengeRow{}).Where("phone_mac = ? AND kind <> ? AND tries > 0", row.PhoneMAC, challengeDecoy).Update("tries", gorm.Expr("tries - 1")).Error
}

// countWrong ends the challenges of a phone that were tried too often.
func (s *Store) countWrong(tx *gorm.DB, phoneMAC string) error {
	if err := tx.Where("phone_mac = ? AND kind <> ? AND tries >= ?", phoneMAC, challengeDecoy, maxMesiboTries).Delete(&mesiboChallengeRow{}).Error; err != nil {
		return err
	}
	decoy := mesiboChallengeRow{
		PhoneMAC: challengeDecoy + "-" + phoneMAC[:min(2, len(phoneMAC))], // 256 rows, so that not all wait for one
		Kind:     challengeDecoy, CreatedAt: millis(s.now()), ExpiresAt: millis(s.now().Add(day)),
	}
	return tx.Clauses(clause.OnConflict{Columns: onPhoneAndKind, DoUpdates: clause.AssignmentColumns([]string{"created_at", "expires_at"})}).Create(&decoy).Error
}

// DropMesiboLinkCodes ends the challenges of a user of the site whose codes the site showed.
func (s *Store) DropMesiboLinkCodes(ctx context.Context, siteUser string) error {
	if err := bounded("site user", siteUser, maxUser); err != nil {
		return err
	}
	return s.do(ctx, "end link codes", func(db *gorm.DB) error {
		return db.Where("site_user = ? AND kind = ?", siteUser, ChallengeLink).Delete(&mesiboChallengeRow{}).Error
	})
}
