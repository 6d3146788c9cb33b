package store

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// An older backend may have given tokens of a user to whoever asked. They count at Mesibo, by the user's address, until they are ended there. importEnded notes of a
// user, by MesiboUser.ID, at which address that was done.
const importEnded = "ended"

// MesiboEnding is the kind of the jobs that have Mesibo end the tokens of a user whom an import took over; MesiboEndingApp is the application they are for.
const (
	MesiboEnding    = "end-old"
	MesiboEndingApp = "app"
)

// oldTokens has the tokens ended that the older backend gave to users: once, and again where it gave others since.
func (i *imports) oldTokens(users []MesiboImportUser, done []MesiboImportedUser) error {
	refs := make([]int64, len(users))
	for n := range users {
		refs[n] = users[n].Ref
	}
	var rows []importRow
	if err := i.tx.Where("kind = ? AND ref IN ?", importTokens, refs).Find(&rows).Error; err != nil {
		return err
	}
	noted := map[int64]string{}
	for _, r := range rows {
		noted[r.Ref] = r.Hash
	}
	var ids []int64
	var jobs []NewJob
	for n := range users {
		u, id, hash := &users[n].User, done[n].ID, fingerprint("tokens", users[n].Tokens)
		if id == 0 || noted[users[n].Ref] == hash {
			continue
		}
		i.notes = append(i.notes, importRow{Kind: importTokens, Ref: users[n].Ref, UserID: id, Hash: hash})
		ids = append(ids, id)
		jobs = append(jobs, NewJob{Provider: mesiboName, App: MesiboEndingApp, Kind: MesiboEnding, SiteUser: u.SiteUser, Address: u.Address})
	}
	if len(ids) == 0 {
		return nil
	}
	if err := i.tx.Where("kind = ? AND ref IN ?", importEnded, ids).Delete(&importRow{}).Error; err != nil {
		return err
	}
	const part = 50 // longer statements take longer than several
	for jobs := range slices.Chunk(jobs, part) {
		if err := i.enqueue(jobs); err != nil {
			return err
		}
	}
	return nil
}

// enqueue takes jobs in two statements, since 500 users have one transaction. One that is open is done once more.
func (i *imports) enqueue(jobs []NewJob) error {
	now := millis(i.s.now())
	keys, rows := make([]string, len(jobs)), make([]jobRow, len(jobs))
	for n := range jobs {
		j := &jobs[n]
		if err := j.check(); err != nil {
			return err
		}
		keys[n] = j.dedupeKey()
		rows[n] = jobRow{
			Provider: j.Provider, App: j.App, Kind: j.Kind, SiteUser: j.SiteUser, Address: j.Address, DedupeKey: &keys[n], Payload: []byte{}, Version: 1,
			CreatedAt: now, NextAt: now,
		}
	}
	open := i.tx.Model(&jobRow{}).Where("provider = ? AND dedupe_key IN ?", mesiboName, keys)
	if err := open.Update("version", gorm.Expr("version + 1")).Error; err != nil {
		return err
	}
	return i.tx.Clauses(i.s.dialect.unlessThere()).Create(&rows).Error
}

// MesiboOldTokens reports whether an older backend may have given tokens for a user's address that were not ended: there was an import, of this user or of
// others, and MesiboOldTokensEnded was not called since.
func (s *Store) MesiboOldTokens(ctx context.Context, u MesiboUser) (may bool, err error) {
	err = s.do(ctx, "look for tokens of an older backend", func(db *gorm.DB) error {
		var some, ended []importRow
		if err := db.Where("kind = ?", importTokens).Limit(1).Find(&some).Error; err != nil || len(some) == 0 {
			may = false
			return err
		}
		err := db.Where("kind = ? AND ref = ?", importEnded, u.ID).Find(&ended).Error
		may = len(ended) == 0 || ended[0].Hash != fingerprint(u.Address)
		return err
	})
	return may, err
}

// MesiboOldTokensEnded notes that Mesibo has no token for a user's address but those that were made since. One who was forgotten is passed by.
func (s *Store) MesiboOldTokensEnded(ctx context.Context, u MesiboUser) error {
	return s.inOne(ctx, "note the end of tokens", func(tx *gorm.DB) error {
		if err := holdMesiboUser(tx, u.ID); err != nil {
			if errors.Is(err, ErrNotFound) {
				return nil
			}
			return err
		}
		return tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "kind"}, {Name: "ref"}},
			DoUpdates: clause.AssignmentColumns([]string{"user_id", "hash"}),
		}).Create(&importRow{Kind: importEnded, Ref: u.ID, UserID: u.ID, Hash: fingerprint(u.Address)}).Error
	})
}
