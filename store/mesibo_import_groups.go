package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// MesiboImportGroup is a group of an older backend. Its photo is another matter; Changed is not looked at.
type MesiboImportGroup struct {
	Group   MesiboGroup
	Members []MesiboMember // nobody twice
}

// maxImportMembers is the most members of all groups of one call.
const maxImportMembers = 25_000

func groupFingerprint(name, status string, kind int64, members []MesiboMember) string {
	members = slices.SortedFunc(slices.Values(members), func(a, b MesiboMember) int { return cmp.Compare(a.User, b.User) })
	texts := []string{name, status, strconv.FormatInt(kind, 10)}
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
		if err := errors.Join(prose("name", g.Name, MaxMesiboName), prose("status", g.Status, MaxMesiboStatus)); err != nil {
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
	incoming, here := groupFingerprint(g.Group.Name, g.Group.Status, g.Group.Type, g.Members), ""
	if row != nil {
		staying := slices.DeleteFunc(slices.Clone(were), func(m MesiboMember) bool { return m.Left })
		here = groupFingerprint(row.Name, row.Status, row.Type, staying)
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
	fresh := mesiboGroupRow{GID: gid, Name: g.Group.Name, Status: g.Group.Status, Type: g.Group.Type, Changed: i.second()}
	if row == nil {
		if err := i.taken(i.tx.Create(&fresh).Error); err != nil {
			return outcome, err
		}
	} else {
		fresh.Changed = max(row.Changed+1, fresh.Changed) // changes of a group are told apart by it
		values := map[string]any{"name": fresh.Name, "status": fresh.Status, "type": fresh.Type, "changed": fresh.Changed}
		changed := i.tx.Model(&mesiboGroupRow{}).Where(map[string]any{"gid": gid, "name": row.Name, "status": row.Status, "changed": row.Changed, "deleted": row.Deleted}).Updates(values)
		if changed.Error != nil || changed.RowsAffected == 0 {
			return ImportedKept, changed.Error
		}
	}
	return outcome, i.members(gid, fresh.Changed, g.Members, were)
}

// members writes the members of a group, and lets those leave who are not among them.
func (i *imports) members(gid, changed int64, members, were []MesiboMember) error {
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
	rows, err := memberRows(gid, changed, after)
	if err != nil || len(rows) == 0 {
		return err
	}
	return putMembers(i.tx, rows)
}
