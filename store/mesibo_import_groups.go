package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/chatpass/chatpass/internal/secret"
)

// MesiboImportGroup is a group of an older backend. Its photo is another matter.
type MesiboImportGroup struct {
	Group   MesiboGroup
	Members []MesiboMember // nobody twice
}

// maxImportMembers is the most members of all groups of one call.
const maxImportMembers = 25_000

func groupFingerprint(name string, kind int64, members []MesiboMember) string {
	members = slices.SortedFunc(slices.Values(members), func(a, b MesiboMember) int { return cmp.Compare(a.User, b.User) })
	texts := []string{name, strconv.FormatInt(kind, 10)}
	for _, m := range members {
		texts = append(texts, strconv.FormatInt(m.User, 10)+" "+strconv.Itoa(m.Role))
	}
	return fingerprint(texts...)
}

// ImportMesiboGroups takes over at most 500 groups with their members. One that was made, changed or deleted here stays as it is. The answers
// stand in the order of the groups.
func (s *Store) ImportMesiboGroups(ctx context.Context, how MesiboImport, groups []MesiboImportGroup) ([]Imported, error) {
	gids, total := make([]int64, len(groups)), 0
	for n := range groups {
		g := &groups[n].Group
		if g.GID <= 0 {
			return nil, fmt.Errorf("%w: a group without a number", ErrInvalid)
		}
		if err := prose("name", g.Name, MaxMesiboName); err != nil {
			return nil, err
		}
		gids[n] = g.GID
		total += len(groups[n].Members)
	}
	if total > maxImportMembers {
		return nil, fmt.Errorf("%w: %d members in one import, at most %d", ErrInvalid, total, maxImportMembers)
	}
	var done []Imported
	err := s.importing(ctx, how, importGroup, gids, func(i *imports) (err error) {
		done, err = i.groups(gids, groups)
		return err
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

func (i *imports) groups(gids []int64, groups []MesiboImportGroup) ([]Imported, error) {
	var rows []mesiboGroupRow
	if err := i.tx.Where("gid IN ?", gids).Find(&rows).Error; err != nil {
		return nil, err
	}
	here := map[int64]*mesiboGroupRow{}
	for n := range rows {
		here[rows[n].GID] = &rows[n]
	}
	var all []mesiboMemberRow
	if err := i.tx.Where("gid IN ?", gids).Find(&all).Error; err != nil {
		return nil, err
	}
	members := map[int64][]MesiboMember{} // those who left, too
	for _, m := range all {
		members[m.GID] = append(members[m.GID], MesiboMember{GID: m.GID, User: m.UserID, Role: m.Role, JoinedAt: m.JoinedAt, Left: m.Gone != 0})
	}
	done := make([]Imported, len(groups))
	for n := range groups {
		g := &groups[n]
		var err error
		if done[n], err = i.group(g, here[g.Group.GID], members[g.Group.GID]); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// group takes over a group; row is nil for one that is not here.
func (i *imports) group(g *MesiboImportGroup, row *mesiboGroupRow, were []MesiboMember) (Imported, error) {
	gid := g.Group.GID
	incoming, here := groupFingerprint(g.Group.Name, g.Group.Type, g.Members), ""
	if row != nil {
		staying := slices.DeleteFunc(slices.Clone(were), func(m MesiboMember) bool { return m.Left })
		here = groupFingerprint(row.Name, row.Type, staying)
	}
	outcome := i.how.outcome(here, i.noted[gid], incoming)
	if row != nil && row.Deleted != 0 && outcome != ImportedSame {
		outcome = ImportedKept // it is gone at Mesibo too
	}
	if i.how.DryRun {
		return outcome, nil
	}
	i.note(gid, 0, incoming)
	if outcome != ImportedNew && outcome != ImportedChanged {
		return outcome, nil
	}
	fresh := mesiboGroupRow{GID: gid, Name: g.Group.Name, Type: g.Group.Type, Changed: g.Group.Changed}
	if row == nil {
		if err := i.taken(i.tx.Create(&fresh).Error); err != nil {
			return outcome, err
		}
	} else {
		values := map[string]any{"name": fresh.Name, "type": fresh.Type, "changed": max(row.Changed, fresh.Changed)}
		changed := i.tx.Model(&mesiboGroupRow{}).Where(map[string]any{"gid": gid, "name": row.Name, "changed": row.Changed, "deleted": row.Deleted}).Updates(values)
		if changed.Error != nil || changed.RowsAffected == 0 {
			return ImportedKept, changed.Error
		}
	}
	return outcome, i.members(gid, g.Members, were)
}

// members writes the members of a group, and lets those leave who are not among them.
func (i *imports) members(gid int64, members, were []MesiboMember) error {
	stay, after := map[int64]bool{}, []MesiboMember{}
	for _, m := range members {
		m.Left = false
		stay[m.User] = true
		after = append(after, m)
	}
	for _, m := range were {
		if !stay[m.User] && !m.Left {
			m.Left = true
			after = append(after, m)
		}
	}
	rows, err := memberRows(gid, after)
	if err != nil || len(rows) == 0 {
		return err
	}
	return putMembers(i.tx, rows)
}

// MesiboImportPhoto is the photo of a user or a group of an older backend. Its file is here already.
type MesiboImportPhoto struct {
	Ref  int64  // number of the user or group there
	User int64  // MesiboUser.ID; 0 for a group's
	GID  int64  // of a group
	Name string // of the file, see MesiboFile
	At   int64  // Unix seconds, for Changed
}

// ImportMesiboPhotos gives at most 500 users, or 500 groups, their photos. One that was put or taken away here stays so. The answers stand in the
// order of the photos.
func (s *Store) ImportMesiboPhotos(ctx context.Context, how MesiboImport, photos []MesiboImportPhoto) ([]Imported, error) {
	if len(photos) == 0 {
		return nil, nil
	}
	refs, ids := make([]int64, len(photos)), make([]int64, len(photos))
	kind, table, key := importPhoto, "chat_mesibo_users", "id"
	if photos[0].User == 0 {
		kind, table, key = importIcon, "chat_mesibo_groups", "gid"
	}
	for n, p := range photos {
		if err := bounded("photo", p.Name, maxMesiboFile); err != nil {
			return nil, err
		}
		if (p.User == 0) != (kind == importIcon) || (p.User == 0) != (p.GID != 0) {
			return nil, fmt.Errorf("%w: photos of users and of groups in one import", ErrInvalid)
		}
		refs[n], ids[n] = p.Ref, p.User+p.GID
	}
	var done []Imported
	err := s.importing(ctx, how, kind, refs, func(i *imports) error {
		var rows []struct {
			ID    int64
			Photo string
		}
		if err := i.tx.Table(table).Select(key+" AS id, photo").Where(key+" IN ?", ids).Find(&rows).Error; err != nil {
			return err
		}
		here, there := map[int64]string{}, map[int64]bool{}
		for _, r := range rows {
			here[r.ID], there[r.ID] = r.Photo, true
		}
		done = make([]Imported, len(photos))
		for n, p := range photos {
			if !there[ids[n]] {
				done[n] = ImportedTaken // was forgotten meanwhile
				continue
			}
			incoming, is := fingerprint(p.Name), ""
			if here[ids[n]] != "" {
				is = fingerprint(here[ids[n]])
			}
			done[n] = i.how.outcome(is, i.noted[p.Ref], incoming)
			if i.how.DryRun {
				continue
			}
			if done[n] == ImportedNew || done[n] == ImportedChanged {
				put := i.tx.Table(table).Where(key+" = ? AND photo = ?", ids[n], here[ids[n]]).Updates(map[string]any{"photo": p.Name, "changed": gorm.Expr("CASE WHEN changed < ? THEN ? ELSE changed END", p.At, p.At)})
				if put.Error != nil {
					return put.Error
				}
				if put.RowsAffected == 0 {
					done[n] = ImportedKept
				}
			}
			i.note(p.Ref, p.User, incoming)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return done, nil
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
