package store

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Pending is how much an application of a provider is still to be told.
type Pending struct {
	Provider, App string
	Due           int64     // jobs that nobody has claimed, or whose worker died
	Waiting       int64     // jobs that are not due yet: those that failed, until they are tried again
	Claimed       int64     // jobs that are being done
	Oldest        time.Time // since when the oldest due job is due; zero if none is
}

// Open is how many jobs are not done.
func (p *Pending) Open() int64 { return p.Due + p.Waiting + p.Claimed }

// Pending counts the open jobs of each application that has any, at most 1,000 applications, by provider and application.
func (s *Store) Pending(ctx context.Context) ([]Pending, error) {
	var rows []struct {
		Provider, App         string
		Due, Waiting, Claimed int64
		Oldest                *int64
	}
	err := s.do(ctx, "count jobs", func(db *gorm.DB) error {
		rows = nil
		now := millis(s.now())
		// An urgent job is due since ever, and yet no longer than it is there.
		return db.Model(&jobRow{}).Select(`provider, app, SUM(CASE WHEN claimed_until > ? THEN 1 ELSE 0 END) AS claimed,
			SUM(CASE WHEN claimed_until <= ? AND next_at <= ? THEN 1 ELSE 0 END) AS due,
			SUM(CASE WHEN claimed_until <= ? AND next_at > ? THEN 1 ELSE 0 END) AS waiting,
			MIN(CASE WHEN claimed_until <= ? AND next_at <= ? THEN CASE WHEN next_at < created_at THEN created_at ELSE next_at END END) AS oldest`,
			now, now, now, now, now, now, now).
			Where("done_at = 0").Group("provider, app").Order("provider, app").Limit(maxPage).Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	list := make([]Pending, len(rows))
	for i, r := range rows {
		list[i] = Pending{Provider: r.Provider, App: r.App, Due: r.Due, Waiting: r.Waiting, Claimed: r.Claimed}
		if r.Oldest != nil {
			list[i].Oldest = fromMillis(*r.Oldest)
		}
	}
	return list, nil
}
