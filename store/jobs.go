package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
)

// NewJob is something a provider is to be told. There is one open job of an application, kind, user and key, which keeps their number to that
// of users times kinds.
type NewJob struct {
	Provider string
	App      string    // the provider's application; its workers claim it
	Kind     string    // a word of the provider's: "update", "revoke"; at most 32 bytes
	SiteUser string    // whom it is about; empty for nobody. Forget removes the jobs of a user
	Address  string    // the user's at the provider; may be empty
	Key      string    // tells jobs of one kind and user apart; may be empty
	Payload  []byte    // at most 16 KiB
	At       time.Time // not before; zero for at once
}

func (j *NewJob) check() error {
	if len(j.Payload) > maxPayload {
		return fmt.Errorf("%w: a payload of %d bytes, at most %d", ErrInvalid, len(j.Payload), maxPayload)
	}
	return errors.Join(bounded("provider", j.Provider, maxProvider), bounded("app", j.App, maxApp), word("kind", j.Kind, maxKind),
		boundedOrEmpty("site user", j.SiteUser, maxUser), boundedOrEmpty("address", j.Address, maxAddress), boundedOrEmpty("key", j.Key, maxKey))
}

// dedupeKey is the same for jobs of which one is open at a time: 64 hex digits, since the parts are too long for an index of MySQL.
func (j *NewJob) dedupeKey() string {
	sum := sha256.Sum256([]byte(j.App + "\x00" + j.Kind + "\x00" + j.SiteUser + "\x00" + j.Key)) // no part holds a NUL
	return hex.EncodeToString(sum[:])
}

// Job is a job that was claimed.
type Job struct {
	ID        int64
	Provider  string
	App       string
	Kind      string
	SiteUser  string
	Address   string
	Payload   []byte
	Attempts  int       // claims so far, this one too: 1 at the first
	CreatedAt time.Time // when it was enqueued
	Until     time.Time // end of the lease: from then on another worker may have it
	LastError string    // class of the failure before this attempt; empty at the first
	Claim     string    // names this claim and no other; Done and Retry need it beside the ID
}

// jobRow is a row of chat_provider_jobs. Open jobs have a dedupe key, done ones NULL, so that the key is unique among open jobs in
// databases that know no partial index.
type jobRow struct {
	ID           int64 `gorm:"primaryKey"`
	Provider     string
	App          string
	Kind         string
	SiteUser     string
	Address      string
	DedupeKey    *string
	Payload      []byte
	Version      int64
	Attempts     int
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	NextAt       int64
	ClaimedBy    string
	Claim        string
	ClaimedUntil int64
	DoneAt       int64
	LastError    string
}

// TableName names the table for gorm.
func (jobRow) TableName() string { return "chat_provider_jobs" }

// Enqueue takes a job. If one like it is open, that one gets the new payload; if it is being done just now, it is done once more
// after, so that the last payload always arrives. A job that waits after a failure goes on waiting.
func (s *Store) Enqueue(ctx context.Context, j NewJob) error {
	if err := j.check(); err != nil {
		return err
	}
	return s.do(ctx, "enqueue a job", func(db *gorm.DB) error { return s.enqueue(db, &j) })
}

func (s *Store) enqueue(db *gorm.DB, j *NewJob) error {
	const tries = 5 // each time another instance enqueues or ends the same job in between
	now := s.now()
	at := j.At
	if at.IsZero() {
		at = now
	}
	payload := j.Payload
	if payload == nil {
		payload = []byte{}
	}
	key := j.dedupeKey()
	for range tries {
		merged := db.Model(&jobRow{}).Where("provider = ? AND dedupe_key = ?", j.Provider, key).Updates(map[string]any{
			"address": j.Address, "payload": payload, "version": gorm.Expr("version + 1"),
			"next_at": gorm.Expr("CASE WHEN attempts = 0 AND next_at > ? THEN ? ELSE next_at END", millis(at), millis(at)),
		})
		if merged.Error != nil || merged.RowsAffected > 0 {
			return merged.Error
		}
		row := jobRow{
			Provider: j.Provider, App: j.App, Kind: j.Kind, SiteUser: j.SiteUser, Address: j.Address, DedupeKey: &key, Payload: payload, Version: 1,
			CreatedAt: millis(now), NextAt: millis(at),
		}
		if put := db.Clauses(s.dialect.unlessThere()).Create(&row); put.Error != nil || put.RowsAffected > 0 {
			return put.Error
		}
	}
	return errors.New("the job was enqueued and done by others each time")
}

// Bounds of a claim.
const (
	maxClaim = 100       // jobs; a worker claims what it does within the lease
	maxLease = time.Hour // a job of a worker that died waits no longer
	// contests is how often a claim looks for other jobs when all it saw were taken by others in between.
	contests = 4
)

// Claim gives a worker up to n jobs of an application that are due, 1 … 100, the longest due first. Until the lease ends, at most an hour, no
// other worker of any instance gets them; then somebody else may. An instance whose clock is ahead takes a lease to end sooner, so
// that a lease should be many times what a job takes. Worker is a word for the log of whoever looks into the table.
func (s *Store) Claim(ctx context.Context, provider, app, worker string, n int, lease time.Duration) ([]Job, error) {
	if n < 1 || n > maxClaim || lease <= 0 || lease > maxLease {
		return nil, fmt.Errorf("%w: a claim of %d jobs for %s", ErrInvalid, n, lease)
	}
	if err := errors.Join(bounded("provider", provider, maxProvider), bounded("app", app, maxApp), bounded("worker", worker, maxWorker)); err != nil {
		return nil, err
	}
	var rows []jobRow
	claim := rand.Text()
	err := s.do(ctx, "claim jobs", func(db *gorm.DB) error {
		rows = nil
		now := millis(s.now())
		for range contests {
			open := "provider = ? AND app = ? AND done_at = 0 AND next_at <= ? AND claimed_until <= ?"
			var ids []int64
			if err := db.Model(&jobRow{}).Where(open, provider, app, now, now).Order("next_at, id").Limit(n).Pluck("id", &ids).Error; err != nil || len(ids) == 0 {
				return err
			}
			// Of the workers that saw the same jobs the first gets them: each row is looked at again when it is changed. No lock
			// outlives the statement, and servers without SKIP LOCKED will do.
			taken := db.Model(&jobRow{}).Where("id IN ?", ids).Where(open, provider, app, now, now).Updates(map[string]any{
				"claim": claim, "claimed_by": worker, "claimed_until": now + lease.Milliseconds(), "attempts": gorm.Expr("attempts + 1"),
			})
			if taken.Error != nil {
				return taken.Error
			}
			if taken.RowsAffected > 0 {
				return db.Where("id IN ? AND claim = ?", ids, claim).Order("next_at, id").Find(&rows).Error
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	jobs := make([]Job, len(rows))
	for i := range rows {
		jobs[i] = rows[i].job()
	}
	return jobs, nil
}

func (r *jobRow) job() Job {
	return Job{
		ID: r.ID, Provider: r.Provider, App: r.App, Kind: r.Kind, SiteUser: r.SiteUser, Address: r.Address, Payload: r.Payload, Attempts: r.Attempts,
		CreatedAt: fromMillis(r.CreatedAt), Until: fromMillis(r.ClaimedUntil), LastError: r.LastError,
		Claim: r.Claim + "." + strconv.FormatInt(r.Version, 10), // the version, since the payload may change while the job is done
	}
}

// Done notes that a job was done. If it was enqueued again meanwhile it stays open, with the new payload. ErrLost if it is not
// this worker's any more; what it brought about may then come about twice.
func (s *Store) Done(ctx context.Context, j Job) error {
	return s.do(ctx, "end a job", func(db *gorm.DB) error {
		now := millis(s.now())
		_, version, _ := strings.Cut(j.Claim, ".")
		ended := s.mine(db, j).Where("version = ?", number(version)).Updates(map[string]any{
			// Address and payload are of no use any more, and may hold a name.
			"done_at": now, "dedupe_key": nil, "address": "", "payload": []byte{}, "claim": "", "claimed_until": 0, "last_error": "",
		})
		if ended.Error != nil || ended.RowsAffected > 0 {
			return ended.Error
		}
		return found(s.mine(db, j).Updates(map[string]any{
			"next_at": now, "attempts": 0, "claim": "", "claimed_by": "", "claimed_until": 0, "last_error": "",
		}))
	})
}

// Retry gives a job back, to be tried again at a time, and notes the class of the failure, a word such as "timeout". ErrLost if it is not
// this worker's any more.
func (s *Store) Retry(ctx context.Context, j Job, at time.Time, class string) error {
	if err := word("class", class, maxClass); err != nil {
		return err
	}
	return s.do(ctx, "give a job back", func(db *gorm.DB) error {
		return found(s.mine(db, j).Updates(map[string]any{
			"next_at": millis(at), "claim": "", "claimed_by": "", "claimed_until": 0, "last_error": class,
		}))
	})
}

// Prolong has the lease of a job begin anew, for one that takes longer. ErrLost if it is not this worker's any more.
func (s *Store) Prolong(ctx context.Context, j Job, lease time.Duration) error {
	if lease <= 0 || lease > maxLease {
		return fmt.Errorf("%w: a lease of %s", ErrInvalid, lease)
	}
	return s.do(ctx, "prolong a job", func(db *gorm.DB) error {
		return found(s.mine(db, j).Update("claimed_until", millis(s.now())+lease.Milliseconds()))
	})
}

// mine is the job as long as it is this claim's.
func (s *Store) mine(db *gorm.DB, j Job) *gorm.DB {
	claim, _, _ := strings.Cut(j.Claim, ".")
	return db.Model(&jobRow{}).Where("id = ? AND claim = ? AND claim <> '' AND done_at = 0", j.ID, claim)
}

// number reads a version; 0, which none has, for what is none.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func found(done *gorm.DB) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return ErrLost
	}
	return done.Error
}
