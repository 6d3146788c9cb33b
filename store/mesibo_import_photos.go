package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/chatpass/chatpass/internal/secret"
)

// MesiboImportPhoto is the photo of a user or a group of an older backend. Its file is here already.
type MesiboImportPhoto struct {
	Ref  int64  // number of the user or group there
	User int64  // MesiboUser.ID; 0 for a group's
	GID  int64  // of a group
	Name string // of the file, see MesiboFile
	At   int64  // Unix seconds, for Changed
}

// MesiboImportedPhoto is what became of it.
type MesiboImportedPhoto struct {
	Outcome Imported
	Former  string // the photo in whose place it is now, which nothing shows any more
}

// photoHolders are whom photos belong to: users or groups.
type photoHolders struct{ kind, table, key string }

var (
	photosOfUsers  = photoHolders{importPhoto, "chat_mesibo_users", "id"}
	photosOfGroups = photoHolders{importIcon, "chat_mesibo_groups", "gid"}
)

// ImportMesiboPhotos gives at most 500 users, or 500 groups, their photos. One that was put or taken away here stays so. The answers stand in the
// order of the photos; of whom was forgotten meanwhile it is ImportedTaken.
func (s *Store) ImportMesiboPhotos(ctx context.Context, how MesiboImport, photos []MesiboImportPhoto) ([]MesiboImportedPhoto, error) {
	if len(photos) == 0 {
		return nil, nil
	}
	of := photosOfUsers
	if photos[0].User == 0 {
		of = photosOfGroups
	}
	refs := make([]int64, len(photos))
	for n, p := range photos {
		if err := bounded("photo", p.Name, maxMesiboFile); err != nil {
			return nil, err
		}
		if (p.User == 0) != (of == photosOfGroups) || (p.User == 0) != (p.GID != 0) {
			return nil, fmt.Errorf("%w: photos of users and of groups in one import", ErrInvalid)
		}
		refs[n] = p.Ref
	}
	var done []MesiboImportedPhoto
	err := s.importing(ctx, how, of.kind, refs, func(i *imports) (err error) {
		done, err = i.photos(of, photos)
		return err
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

func (i *imports) photos(of photoHolders, photos []MesiboImportPhoto) ([]MesiboImportedPhoto, error) {
	ids := make([]int64, len(photos))
	for n, p := range photos {
		ids[n] = p.User + p.GID
	}
	var rows []struct {
		ID    int64
		Photo string
	}
	if err := i.tx.Table(of.table).Select(of.key+" AS id, photo").Where(of.key+" IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	here, there := map[int64]string{}, map[int64]bool{}
	for _, r := range rows {
		here[r.ID], there[r.ID] = r.Photo, true
	}
	done := make([]MesiboImportedPhoto, len(photos))
	for n := range photos {
		if !there[ids[n]] {
			done[n].Outcome = ImportedTaken
			continue
		}
		var err error
		if done[n], err = i.photo(of, &photos[n], ids[n], here[ids[n]]); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// photo gives one user or group a photo; was is the present one, "" for none.
func (i *imports) photo(of photoHolders, p *MesiboImportPhoto, id int64, was string) (done MesiboImportedPhoto, err error) {
	incoming, here := fingerprint(p.Name), ""
	if was != "" {
		here = fingerprint(was)
	}
	done.Outcome = i.how.outcome(here, i.noted[p.Ref], incoming)
	if i.how.DryRun {
		return done, nil
	}
	i.note(p.Ref, p.User, incoming)
	if done.Outcome != ImportedNew && done.Outcome != ImportedChanged {
		return done, nil
	}
	put := i.tx.Table(of.table).Where(of.key+" = ? AND photo = ?", id, was).Updates(map[string]any{
		"photo": p.Name, "changed": gorm.Expr("CASE WHEN changed < ? THEN ? ELSE changed END", p.At, p.At),
	})
	if put.Error == nil && put.RowsAffected == 0 {
		done.Outcome = ImportedKept // somebody was quicker
	} else {
		done.Former = was
	}
	return done, put.Error
}

// MesiboImportPush is where a device of a user of an older backend gets notifications.
type MesiboImportPush struct {
	Ref  int64 // number of the user there
	Push MesiboPush
}

// ImportMesiboPush takes over at most 500 of them. A device that has one here keeps it. The answers stand in the order of the tokens; ErrNoKey
// without a key.
func (s *Store) ImportMesiboPush(ctx context.Context, how MesiboImport, pushes []MesiboImportPush) ([]Imported, error) {
	refs := make([]int64, len(pushes))
	for n, p := range pushes {
		refs[n] = p.Ref
		if err := bounded("push token", p.Push.Token, MaxMesiboPush); err != nil {
			return nil, err
		}
		if err := boundedOrEmpty("device", p.Push.Device, MaxMesiboDevice); err != nil {
			return nil, err
		}
	}
	var done []Imported
	err := s.importing(ctx, how, importPush, refs, func(i *imports) error {
		done = make([]Imported, len(pushes))
		for n := range pushes {
			var err error
			if done[n], err = i.push(pushes[n].Ref, &pushes[n].Push); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

func (i *imports) push(ref int64, p *MesiboPush) (Imported, error) {
	incoming := fingerprint(p.Token)
	switch noted := i.noted[ref]; {
	case noted == incoming && !i.how.Overwrite:
		return ImportedSame, nil
	case !i.how.DryRun:
		i.note(ref, p.User, incoming)
	}
	var n int64
	if err := i.tx.Model(&mesiboPushRow{}).Where("user_id = ? AND device = ?", p.User, p.Device).Count(&n).Error; err != nil {
		return 0, err
	}
	outcome := ImportedNew
	if n > 0 {
		outcome = ImportedKept
		if i.how.Overwrite {
			outcome = ImportedChanged
		}
	}
	if i.how.DryRun || outcome == ImportedKept {
		return outcome, nil
	}
	sealed, err := i.s.keys.seal(mesiboName, "push\x00"+p.Device, p.User, secret.New(p.Token))
	if err != nil {
		return 0, err
	}
	row := mesiboPushRow{UserID: p.User, Device: p.Device, Value: sealed, Production: flag(p.Production), PutAt: millis(i.s.now())}
	return outcome, i.tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "user_id"}, {Name: "device"}},
		DoUpdates: clause.AssignmentColumns([]string{"value", "production", "put_at"}),
	}).Create(&row).Error
}
