package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// MesiboImport says how things of an older backend are taken over.
type MesiboImport struct {
	Overwrite bool // what was changed here since gets the older backend's text all the same
	DryRun    bool // only tell
}

// Imported is what became of a thing, or with DryRun would become.
type Imported uint8

// What becomes of a thing of an older backend.
const (
	ImportedSame    Imported = iota // it was taken over before
	ImportedNew                     // it was not here
	ImportedChanged                 // it was here, and nobody had changed it here
	ImportedKept                    // it was here and was changed here: it stays as it is
	ImportedTaken                   // a user whose address another user has: nothing is done
)

// The kinds of things an import remembers, each by a number of the older backend.
const (
	importUser     = "user"
	importContacts = "contacts"
	importGroup    = "group"
	importPhoto    = "photo"
	importIcon     = "icon"   // the photo of a group
	importTokens   = "tokens" // that were given to a user
)

// maxImport is the most things of one call, and of one transaction.
const maxImport = 500

// importTries is how often a call begins anew because somebody signed in at the same moment.
const importTries = 5

// importRow is a row of chat_mesibo_imports: what a thing was made into. As long as it is that still, nobody changed it here.
type importRow struct {
	Kind   string `gorm:"primaryKey"`
	Ref    int64  `gorm:"primaryKey;autoIncrement:false"`
	UserID int64
	Hash   string
}

// TableName names the table for gorm.
func (importRow) TableName() string { return "chat_mesibo_imports" }

// fingerprint is a hash of texts, each apart from the next.
func fingerprint(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// outcome decides about a thing by the hashes of what it is here ("" for not here, or for empty), of what it was made into when it was taken
// over, and of what it shall be.
func (how MesiboImport) outcome(here, noted, incoming string) Imported {
	switch {
	case here == incoming:
		return ImportedSame
	case here == "" && noted == "":
		return ImportedNew
	case how.Overwrite:
		return ImportedChanged
	case noted == incoming:
		return ImportedSame // changed here, and there is nothing new
	case here == noted && here != "":
		return ImportedChanged
	default:
		return ImportedKept
	}
}

// imports is one call of an import.
type imports struct {
	s     *Store
	how   MesiboImport
	kind  string
	tx    *gorm.DB
	noted map[int64]string // hashes by ref
	notes []importRow      // to be written
}

// importing runs f in a transaction, with what was noted about refs before, and writes what it notes.
func (s *Store) importing(ctx context.Context, how MesiboImport, kind string, refs []int64, f func(i *imports) error) error {
	if len(refs) > maxImport {
		return fmt.Errorf("%w: %d things in one import, at most %d", ErrInvalid, len(refs), maxImport)
	}
	for try := 1; ; try++ {
		err := s.inOne(ctx, "import", func(tx *gorm.DB) error {
			i := &imports{s: s, how: how, kind: kind, tx: tx, noted: map[int64]string{}}
			var rows []importRow
			if err := tx.Where("kind = ? AND ref IN ?", kind, refs).Find(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				i.noted[r.Ref] = r.Hash
			}
			if err := f(i); err != nil || how.DryRun {
				return err
			}
			return i.write()
		})
		if !errors.Is(err, ErrConflict) || try == importTries {
			return err
		}
	}
}

// note remembers what a thing was made into.
func (i *imports) note(ref, user int64, hash string) {
	if i.noted[ref] != hash {
		i.notes = append(i.notes, importRow{Kind: i.kind, Ref: ref, UserID: user, Hash: hash})
	}
}

func (i *imports) write() error {
	if len(i.notes) == 0 {
		return nil
	}
	return i.tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "kind"}, {Name: "ref"}},
		DoUpdates: clause.AssignmentColumns([]string{"user_id", "hash"}),
	}).Create(&i.notes).Error
}

// second is now, for Changed: taken when it is written, since clients ask for what was changed since a second.
func (i *imports) second() int64 { return i.s.now().Unix() }

// taken makes a refused unique key a reason to begin anew.
func (i *imports) taken(err error) error {
	if err != nil && i.s.dialect.taken(err) {
		return ErrConflict
	}
	return err
}

// MesiboImportUser is a user of an older backend. Changed is not looked at: it is the second at which the user is written.
type MesiboImportUser struct {
	Ref    int64 // number there
	User   MesiboUser
	Tokens string // a hash of the tokens they were given there, which is another when there are others; may be empty
}

// MesiboImportedUser is what became of them.
type MesiboImportedUser struct {
	ID      int64 // of the user here; 0 for one who is not, or not yet
	Outcome Imported
}

func userFingerprint(name, status, cc string) string { return fingerprint(name, status, cc) }

// ImportMesiboUsers takes over at most 500 users: name, status and country code of one who is here, everything of one who is not. Photos are
// another matter. The answers stand in the order of the users.
func (s *Store) ImportMesiboUsers(ctx context.Context, how MesiboImport, users []MesiboImportUser) ([]MesiboImportedUser, error) {
	refs := make([]int64, len(users))
	for n := range users {
		if err := users[n].User.check(); err != nil {
			return nil, err
		}
		refs[n] = users[n].Ref
	}
	var done []MesiboImportedUser
	err := s.importing(ctx, how, importUser, refs, func(i *imports) (err error) {
		done, err = i.users(users)
		return err
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

func (i *imports) users(users []MesiboImportUser) ([]MesiboImportedUser, error) {
	names, addresses := make([]string, len(users)), make([]string, len(users))
	for n := range users {
		names[n], addresses[n] = users[n].User.SiteUser, users[n].User.Address
	}
	here, err := i.usersBy("site_user IN ?", names)
	if err != nil {
		return nil, err
	}
	holders, err := i.usersBy("live_address IN ?", addresses)
	if err != nil {
		return nil, err
	}
	held := map[string]string{} // site users by their addresses
	for _, u := range holders {
		held[u.Address] = u.SiteUser
	}
	done := make([]MesiboImportedUser, len(users))
	var fresh []mesiboUserRow
	for n := range users {
		u, ref := &users[n].User, users[n].Ref
		incoming := userFingerprint(u.Name, u.Status, u.CC)
		row, is := here[u.SiteUser]
		switch holder := held[u.Address]; {
		case !is && holder != "" && holder != u.SiteUser:
			done[n].Outcome = ImportedTaken
			continue
		case !is:
			done[n].Outcome = ImportedNew
			r := u.row()
			r.ID, r.CreatedAt, r.Changed = 0, millis(i.s.now()), i.second()
			fresh = append(fresh, r)
			held[u.Address] = u.SiteUser
			here[u.SiteUser] = r
		default:
			done[n].ID = row.ID
			if done[n].Outcome, err = i.user(&row, u, i.noted[ref], incoming); err != nil {
				return nil, err
			}
			i.note(ref, row.ID, incoming)
		}
	}
	if i.how.DryRun {
		return done, nil
	}
	if len(fresh) > 0 {
		if err := i.taken(i.tx.Create(&fresh).Error); err != nil {
			return nil, err
		}
		if here, err = i.usersBy("site_user IN ?", names); err != nil { // numbers of several new rows are not told by every server
			return nil, err
		}
	}
	for n := range users {
		if u := &users[n].User; done[n].Outcome == ImportedNew && done[n].ID == 0 {
			done[n].ID = here[u.SiteUser].ID
			i.note(users[n].Ref, done[n].ID, userFingerprint(u.Name, u.Status, u.CC))
		}
	}
	return done, i.oldTokens(users, done)
}

// user changes a user who is here, if that may be.
func (i *imports) user(row *mesiboUserRow, u *MesiboUser, noted, incoming string) (Imported, error) {
	here := ""
	if noted != "" || row.Name != "" || row.Status != "" { // else signed in once, and wrote nothing yet
		here = userFingerprint(row.Name, row.Status, row.CC)
	}
	outcome := i.how.outcome(here, noted, incoming)
	if outcome == ImportedNew {
		outcome = ImportedChanged
	}
	if outcome != ImportedChanged || i.how.DryRun || row.ID == 0 {
		return outcome, nil
	}
	values := map[string]any{"name": u.Name, "status": u.Status, "cc": u.CC, "changed": max(row.Changed, i.second())}
	if row.RemoteUID == "" && row.Address == u.Address {
		values["remote_uid"] = u.RemoteUID
	}
	changed := i.tx.Model(&mesiboUserRow{}).Where(map[string]any{"id": row.ID, "name": row.Name, "status": row.Status, "cc": row.CC}).Updates(values)
	if changed.Error == nil && changed.RowsAffected == 0 {
		return ImportedKept, nil // the user was quicker
	}
	return outcome, changed.Error
}

// usersBy reads users by their site users.
func (i *imports) usersBy(which string, keys []string) (map[string]mesiboUserRow, error) {
	var rows []mesiboUserRow
	if err := i.tx.Where(which, keys).Find(&rows).Error; err != nil {
		return nil, err
	}
	found := make(map[string]mesiboUserRow, len(rows))
	for _, r := range rows {
		found[r.SiteUser] = r
	}
	return found, nil
}
