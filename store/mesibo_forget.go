package store

import (
	"errors"

	"gorm.io/gorm"
)

// forgetMesibo erases, or counts, what a Mesibo chat keeps of a user of the site. The user's groups change, so that the others are told of it.
func (s *Store) forgetMesibo(tx *gorm.DB, siteUser string, dryRun bool, counts map[Erased]int64) error {
	parts := []mesiboPart{
		{TableMesiboPhones, "site_user = ?", siteUser, &mesiboPhoneRow{}},
		{TableMesiboChallenges, "site_user = ?", siteUser, &mesiboChallengeRow{}},
	}
	var user mesiboUserRow
	err := tx.Where("site_user = ?", siteUser).Take(&user).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return err
	}
	if err == nil {
		if !dryRun {
			if err := holdMesiboUser(tx, user.ID); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if err := s.leaveGroups(tx, user.ID); err != nil {
				return err
			}
		}
		parts = append(parts,
			mesiboPart{TableMesiboTokens, "user_id = ?", user.ID, &mesiboTokenRow{}},
			mesiboPart{TableMesiboContacts, "owner = ?", user.ID, &mesiboContactRow{}},
			mesiboPart{TableMesiboMembers, "user_id = ?", user.ID, &mesiboMemberRow{}},
			mesiboPart{TableMesiboFiles, "user_id = ?", user.ID, &mesiboFileRow{}},
			mesiboPart{TableMesiboPush, "user_id = ?", user.ID, &mesiboPushRow{}},
			mesiboPart{TableMesiboImports, "user_id = ?", user.ID, &importRow{}},
			mesiboPart{TableMesiboUsers, "id = ?", user.ID, &mesiboUserRow{}}, // last: who adds something meanwhile waits for it, and finds nobody
		)
	}
	for _, p := range parts {
		n, err := p.erase(tx, dryRun)
		if err != nil {
			return err
		}
		if n > 0 {
			counts[Erased{Table: p.table, Provider: mesiboName}] += n
		}
	}
	return nil
}

// mesiboPart is the rows of one table that belong to a user.
type mesiboPart struct {
	table, where string
	key          any
	model        any
}

func (p *mesiboPart) erase(tx *gorm.DB, dryRun bool) (n int64, err error) {
	which := tx.Model(p.model).Where(p.where, p.key)
	if dryRun {
		err = which.Count(&n).Error
		return n, err
	}
	if p.table == TableMesiboFiles { // names stay until the bytes are removed: what nobody knows of is left alone where there is much of it
		done := which.Updates(map[string]any{"user_id": erasedOwner, "sha256": "", "size": 0, "created_at": 0})
		return done.RowsAffected, done.Error
	}
	done := which.Delete(p.model)
	return done.RowsAffected, done.Error
}

// leaveGroups marks the groups a user is or was in as changed now.
func (s *Store) leaveGroups(tx *gorm.DB, user int64) error {
	now := s.now().Unix()
	groups := tx.Model(&mesiboMemberRow{}).Select("gid").Where("user_id = ?", user)
	return tx.Model(&mesiboGroupRow{}).Where("gid IN (?)", groups).Update("changed", gorm.Expr("CASE WHEN changed >= ? THEN changed + 1 ELSE ? END", now, now)).Error
}
