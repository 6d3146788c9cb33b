package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// MesiboImportPhoto is the photo of a user or a group of an older backend. Its file is here already.
type MesiboImportPhoto struct {
	Ref  int64  // number of the user or group there
	User int64  // MesiboUser.ID; 0 for a group's
	GID  int64  // of a group
	Name string // of the file, see MesiboFile
}

// MesiboImportedPhoto is what became of it.
type MesiboImportedPhoto struct {
	Outcome Imported
	Former  string // the photo in whose place it is now, which nothing shows any more
}

// photoHolders are whom photos belong to: users or groups.
type photoHolders struct {
	kind, table, key string
	step             string // by which Changed grows at least
}

var (
	photosOfUsers  = photoHolders{importPhoto, "chat_mesibo_users", "id", "0"}
	photosOfGroups = photoHolders{importIcon, "chat_mesibo_groups", "gid", "1"} // whose changes are told apart by it
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
	now := i.second()
	put := i.tx.Table(of.table).Where(of.key+" = ? AND photo = ?", id, was).Updates(map[string]any{
		"photo": p.Name, "changed": gorm.Expr("CASE WHEN changed < ? THEN ? ELSE changed + "+of.step+" END", now, now),
	})
	switch {
	case put.Error != nil:
		return done, put.Error
	case put.RowsAffected == 0:
		done.Outcome = ImportedKept // somebody was quicker
		return done, nil
	case was == "":
		return done, nil
	}
	// Its row goes with it: a file without a row is swept, whatever becomes of this program before it removes the file.
	done.Former = was
	return done, i.tx.Where("name = ?", was).Delete(&mesiboFileRow{}).Error
}
