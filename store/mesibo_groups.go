package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// mesiboGroupRow is a row of chat_mesibo_groups.
type mesiboGroupRow struct {
	GID     int64 `gorm:"column:gid;primaryKey;autoIncrement:false"`
	Name    string
	Status  string
	Photo   string
	Type    int64
	Changed int64
	Deleted int // 0 or 1
}

// TableName names the table for gorm.
func (mesiboGroupRow) TableName() string { return "chat_mesibo_groups" }

func (r *mesiboGroupRow) group() MesiboGroup {
	return MesiboGroup{GID: r.GID, Name: r.Name, Status: r.Status, Photo: r.Photo, Type: r.Type, Changed: r.Changed, Deleted: r.Deleted != 0}
}

func (g *MesiboGroup) check() error {
	if g.GID <= 0 {
		return fmt.Errorf("%w: a group without a number", ErrInvalid)
	}
	return errors.Join(prose("name", g.Name, MaxMesiboName), prose("status", g.Status, MaxMesiboStatus), boundedOrEmpty("photo", g.Photo, maxMesiboFile))
}

// mesiboMemberRow is a row of chat_mesibo_members.
type mesiboMemberRow struct {
	GID      int64 `gorm:"column:gid;primaryKey;autoIncrement:false"`
	UserID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Role     int
	JoinedAt int64
	Gone     int64 // Unix seconds of the change by which the member left; 0 for one who is in
}

// TableName names the table for gorm.
func (mesiboMemberRow) TableName() string { return "chat_mesibo_members" }

// MesiboGroup returns a group; ErrNotFound if it is not known. One that was deleted is.
func (s *Store) MesiboGroup(ctx context.Context, gid int64) (MesiboGroup, error) {
	var row mesiboGroupRow
	err := s.do(ctx, "read a group", func(db *gorm.DB) error {
		row = mesiboGroupRow{}
		return db.Where("gid = ?", gid).Take(&row).Error
	})
	if err != nil {
		return MesiboGroup{}, err
	}
	return row.group(), nil
}

// PutMesiboGroup makes a group with its members, all or nothing; ErrConflict if there is one of its number.
func (s *Store) PutMesiboGroup(ctx context.Context, g MesiboGroup, members []MesiboMember) error {
	rows, err := memberRows(g.GID, g.Changed, members)
	if err = errors.Join(err, g.check()); err != nil {
		return err
	}
	return s.inOne(ctx, "make a group", func(tx *gorm.DB) error {
		row := mesiboGroupRow{GID: g.GID, Name: g.Name, Status: g.Status, Photo: g.Photo, Type: g.Type, Changed: g.Changed, Deleted: flag(g.Deleted)}
		if err := tx.Create(&row).Error; err != nil {
			if s.dialect.taken(err) {
				return ErrConflict
			}
			return err
		}
		return putMembers(tx, rows)
	})
}

// SetMesiboGroup writes name, status, photo, type, Deleted and Changed of a group that is still as it was in before and not deleted; ErrConflict if it is not,
// ErrNotFound if it is not known. Each change of a group or its members has a greater Changed than the one before it, if need be greater than it is asked for.
func (s *Store) SetMesiboGroup(ctx context.Context, before, after MesiboGroup) error {
	if before.GID != after.GID {
		return fmt.Errorf("%w: a change from one group to another", ErrInvalid)
	}
	if err := after.check(); err != nil {
		return err
	}
	return s.do(ctx, "change a group", func(db *gorm.DB) error {
		return changeGroup(db, before, map[string]any{
			"name": after.Name, "status": after.Status, "photo": after.Photo, "type": after.Type, "deleted": flag(after.Deleted), "changed": before.next(after.Changed),
		})
	})
}

// next is the second of a change that is to be told at changed.
func (g *MesiboGroup) next(changed int64) int64 { return max(changed, g.Changed+1) }

func changeGroup(db *gorm.DB, before MesiboGroup, values map[string]any) error {
	done := db.Model(&mesiboGroupRow{}).Where(map[string]any{
		"gid": before.GID, "name": before.Name, "status": before.Status, "photo": before.Photo, "type": before.Type, "changed": before.Changed, "deleted": 0,
	}).Updates(values)
	if done.Error != nil || done.RowsAffected > 0 {
		return done.Error
	}
	if err := db.Where("gid = ?", before.GID).Take(&mesiboGroupRow{}).Error; err != nil {
		return err
	}
	return ErrConflict
}

// MesiboMembers lists members of groups, those who left too: by group, then by role, highest first, then by JoinedAt and user.
func (s *Store) MesiboMembers(ctx context.Context, gids []int64) ([]MesiboMember, error) {
	gids = slices.Clone(gids)
	slices.Sort(gids)
	var members []MesiboMember
	for part := range slices.Chunk(slices.Compact(gids), batch) {
		var rows []mesiboMemberRow
		err := s.do(ctx, "list members", func(db *gorm.DB) error {
			rows = nil
			return db.Where("gid IN ?", part).Order("gid, role DESC, joined_at, user_id").Find(&rows).Error
		})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			members = append(members, MesiboMember{GID: r.GID, User: r.UserID, Role: r.Role, JoinedAt: r.JoinedAt, Left: r.Gone != 0})
		}
	}
	return members, nil
}

// SetMesiboMembers adds members or writes role and Left of those there are, whose JoinedAt stays, and the group's Changed, as SetMesiboGroup does; all
// or nothing. ErrConflict if the group, or who is in it, is not any more as it was in before, or it is deleted; ErrNotFound if it is not known.
func (s *Store) SetMesiboMembers(ctx context.Context, before MesiboGroup, changed int64, members []MesiboMember) error {
	changed = before.next(changed)
	rows, err := memberRows(before.GID, changed, members)
	if err != nil {
		return err
	}
	return s.inOne(ctx, "change members", func(tx *gorm.DB) error {
		if err := changeGroup(tx, before, map[string]any{"changed": changed}); err != nil {
			return err
		}
		return putMembers(tx, rows)
	})
}

// memberRows returns members in order of their users; of one who is named twice the last stays. changed is the second of the change.
func memberRows(gid, changed int64, members []MesiboMember) ([]mesiboMemberRow, error) {
	last := make(map[int64]mesiboMemberRow, len(members))
	for _, m := range members {
		if m.User == 0 || m.Role < RoleMember || m.Role > RoleOwner {
			return nil, fmt.Errorf("%w: a member who is nobody, or of role %d", ErrInvalid, m.Role)
		}
		row := mesiboMemberRow{GID: gid, UserID: m.User, Role: m.Role, JoinedAt: m.JoinedAt}
		if m.Left {
			row.Gone = max(changed, 1)
		}
		last[m.User] = row
	}
	rows := make([]mesiboMemberRow, 0, len(last))
	for _, r := range last {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b mesiboMemberRow) int { return cmp.Compare(a.UserID, b.UserID) })
	return rows, nil
}

func putMembers(tx *gorm.DB, rows []mesiboMemberRow) error {
	for part := range slices.Chunk(rows, batch) {
		fresh := slices.Clone(part)
		put := tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "gid"}, {Name: "user_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"role", "gone"}),
		}).Create(&fresh)
		if put.Error != nil {
			return put.Error
		}
	}
	return nil
}

// MesiboGroupsOf lists groups a user is in, or has left after since, deleted ones too, changed after since and not after until, in Unix seconds, by
// Changed and GID: who left is told so once, and nothing that becomes of the group later; with since 0, of who knows nothing yet, not at all. At most n, 1 … 20,000, but always all of the last second, up to 20,000 in the whole.
func (s *Store) MesiboGroupsOf(ctx context.Context, user, since, until int64, n int) ([]MesiboGroup, error) {
	rows, err := untilSecondEnds(ctx, s, "list groups", until, n, func(db *gorm.DB, until int64) *gorm.DB {
		const in = "SELECT m.gid FROM chat_mesibo_members m WHERE m.user_id = ? AND (m.gone = 0 OR m.gone > ?)"
		left := since
		if left <= 0 {
			left = math.MaxInt64
		}
		return db.Where(s.dialect.among("gid", in), user, left).Where("changed > ? AND changed <= ?", since, until).Order("changed, gid")
	}, func(r *mesiboGroupRow) int64 { return r.Changed })
	if err != nil {
		return nil, err
	}
	groups := make([]MesiboGroup, len(rows))
	for i := range rows {
		groups[i] = rows[i].group()
	}
	return groups, nil
}
