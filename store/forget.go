package store

import (
	"context"
	"encoding/json"
	"sort"
	"time"

	"gorm.io/gorm"
)

// Names of the tables as Erased and Swept tell them.
const (
	TableIdentities = "identities"
	TableTokens     = "token_events"
	TableJobs       = "provider_jobs"
	TableSealed     = "sealed"
	TableAudit      = "audit_log" // its lines stay, without the user

	TableMesiboUsers      = "mesibo_users"
	TableMesiboTokens     = "mesibo_tokens" //nolint:gosec // G101: the name of a table
	TableMesiboPhones     = "mesibo_phones"
	TableMesiboChallenges = "mesibo_challenges"
	TableMesiboContacts   = "mesibo_contacts" // that the user saved; the user's phone among the contacts of others is theirs, and stays
	TableMesiboMembers    = "mesibo_members"
	TableMesiboFiles      = "mesibo_files" // whose bytes the provider removes with its next sweep
	TableMesiboPush       = "mesibo_push"
	TableMesiboImports    = "mesibo_imports" // an import that is run again takes the user over anew
	TableLimits           = "limits"
)

// Erased is how many rows of a table about a user were, or would be, erased.
type Erased struct {
	Table    string
	Provider string // empty for TableAudit
	Rows     int64
}

// Forget erases all that is kept about a user of the site: the whole of it or, with an error, nothing. Of the audit log the lines stay and
// lose the user. With dryRun it only counts. What was erased is written to the audit log in numbers, by an actor that is a word such
// as "cli"; a user about whom nothing is kept leaves no line. A provider is not told.
func (s *Store) Forget(ctx context.Context, siteUser, actor string, dryRun bool) ([]Erased, error) {
	if err := bounded("site user", siteUser, maxUser); err != nil {
		return nil, err
	}
	if err := word("actor", actor, maxWorker); err != nil {
		return nil, err
	}
	var erased []Erased
	err := s.inOne(ctx, "forget a user", func(tx *gorm.DB) error {
		erased = nil
		var rows []identityRow
		if err := tx.Where("site_user = ?", siteUser).Order("id").Limit(maxPage).Find(&rows).Error; err != nil {
			return err
		}
		counts := map[Erased]int64{} // Rows is 0 in the key
		for i := range rows {
			if err := forget(tx, &rows[i], dryRun, counts); err != nil {
				return err
			}
		}
		if err := s.forgetMesibo(tx, siteUser, dryRun, counts); err != nil {
			return err
		}
		if err := forgetJobs(tx, siteUser, dryRun, counts); err != nil {
			return err
		}
		if erased = sorted(counts); dryRun || len(erased) == 0 {
			return nil
		}
		return s.noteForgotten(tx, actor, counts)
	})
	if err != nil {
		return nil, err
	}
	if s.dialect.file() && !dryRun && len(erased) > 0 {
		s.settle(ctx)
	}
	return erased, nil
}

// settle moves what was erased out of the write-ahead log, whose pages are not overwritten before.
func (s *Store) settle(ctx context.Context) {
	if err := s.do(ctx, "settle the file", func(db *gorm.DB) error { return db.Exec("PRAGMA wal_checkpoint(TRUNCATE)").Error }); err != nil {
		s.log.Warn("erased rows stay in the write-ahead log until it is used again", "error", err.Error())
	}
}

// forget erases, or counts, what belongs to an identity.
func forget(tx *gorm.DB, i *identityRow, dryRun bool, counts map[Erased]int64) error {
	for _, t := range []struct {
		table string
		model any
	}{{TableTokens, &tokenRow{}}, {TableSealed, &sealedRow{}}} {
		var n int64
		which := tx.Model(t.model).Where("identity_id = ?", i.ID)
		var err error
		if dryRun {
			err = which.Count(&n).Error
		} else {
			done := which.Delete(t.model)
			n, err = done.RowsAffected, done.Error
		}
		if err != nil {
			return err
		}
		counts[Erased{Table: t.table, Provider: i.Provider}] += n
	}
	var n int64
	lines := tx.Model(&auditRow{}).Where("identity_id = ?", i.ID)
	if dryRun {
		if err := lines.Count(&n).Error; err != nil {
			return err
		}
	} else {
		done := lines.Update("identity_id", 0)
		if n = done.RowsAffected; done.Error != nil {
			return done.Error
		}
	}
	counts[Erased{Table: TableAudit}] += n
	counts[Erased{Table: TableIdentities, Provider: i.Provider}]++
	if dryRun {
		return nil
	}
	return tx.Delete(&identityRow{}, i.ID).Error
}

// forgetJobs erases, or counts, the jobs about a user, who may have no identity yet.
func forgetJobs(tx *gorm.DB, siteUser string, dryRun bool, counts map[Erased]int64) error {
	var rows []struct {
		Provider string
		Rows     int64
	}
	about := "site_user = ?"
	err := tx.Model(&jobRow{}).Select("provider, COUNT(*) AS "+tx.Statement.Quote("rows")).Where(about, siteUser).Group("provider").Find(&rows).Error
	for _, r := range rows {
		counts[Erased{Table: TableJobs, Provider: r.Provider}] += r.Rows
	}
	if err != nil || dryRun || len(rows) == 0 {
		return err
	}
	return tx.Where(about, siteUser).Delete(&jobRow{}).Error
}

func (s *Store) noteForgotten(tx *gorm.DB, actor string, counts map[Erased]int64) error {
	rows := map[string]int64{}
	for which, n := range counts {
		rows[which.Table] += n
	}
	numbers, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	return tx.Create(&auditRow{At: millis(s.now()), Actor: actor, Action: "forget", Numbers: numbers}).Error
}

// sorted lists the counts that are not 0.
func sorted(counts map[Erased]int64) []Erased {
	var list []Erased
	for which, n := range counts {
		if which.Rows = n; n > 0 {
			list = append(list, which)
		}
	}
	sort.Slice(list, func(a, b int) bool {
		if list[a].Table != list[b].Table {
			return list[a].Table < list[b].Table
		}
		return list[a].Provider < list[b].Provider
	})
	return list
}

const day = 24 * time.Hour

// Retention is how long rows are kept; 0 is the default of each.
type Retention struct {
	Tokens time.Duration // of token_events, from their issue; 30 days
	Jobs   time.Duration // of provider_jobs, from their end; 7 days. Open ones are kept
	Audit  time.Duration // of audit_log; 365 days
}

func (r Retention) orDefault() Retention {
	for _, one := range []struct {
		kept *time.Duration
		days time.Duration
	}{{&r.Tokens, 30 * day}, {&r.Jobs, 7 * day}, {&r.Audit, 365 * day}} {
		if *one.kept <= 0 {
			*one.kept = one.days
		}
	}
	return r
}

// Bounds of one sweep: a million rows. What is left the next one takes.
const (
	sweepBatch   = 1000
	sweepBatches = 1000
)

// Sweep removes what is older than its retention, and expired secrets; it returns the rows removed by table. Rows go in small batches, so that
// nobody waits for it; it ends with ctx.
func (s *Store) Sweep(ctx context.Context) (map[string]int64, error) {
	now := s.now()
	swept := map[string]int64{}
	for _, t := range []struct {
		table, key, where string
		before            time.Time
		model             any
	}{
		{TableTokens, "id", "issued_at < ?", now.Add(-s.retention.Tokens), &tokenRow{}},
		{TableJobs, "id", "done_at > 0 AND done_at < ?", now.Add(-s.retention.Jobs), &jobRow{}},
		{TableAudit, "id", "at < ?", now.Add(-s.retention.Audit), &auditRow{}},
		{TableSealed, "id", "expires_at > 0 AND expires_at < ?", now, &sealedRow{}},
		{TableMesiboTokens, "id", "expires_at < ?", now, &mesiboTokenRow{}},
		{TableMesiboChallenges, "id", "expires_at < ?", now, &mesiboChallengeRow{}},
		{TableLimits, "scope", "ends_at < ?", now, &limitRow{}},
	} {
		for range sweepBatches {
			n, err := s.sweep(ctx, t.model, t.key, t.where, millis(t.before))
			swept[t.table] += n
			if err != nil {
				return swept, err
			}
			if n < sweepBatch {
				break
			}
		}
	}
	return swept, nil
}

// sweep removes up to sweepBatch rows that where holds for, by the column that is their key. What another instance removed at the same time
// counts too: it was there.
func (s *Store) sweep(ctx context.Context, model any, key, where string, bound int64) (n int64, err error) {
	err = s.do(ctx, "sweep", func(db *gorm.DB) error {
		var keys []any
		n = 0
		if err := db.Model(model).Where(where, bound).Order(key).Limit(sweepBatch).Pluck(key, &keys).Error; err != nil || len(keys) == 0 {
			return err
		}
		// The condition once more: a row may have become younger meanwhile.
		if err := db.Where(key+" IN ?", keys).Where(where, bound).Delete(model).Error; err != nil {
			return err
		}
		n = int64(len(keys))
		return nil
	})
	return n, err
}
