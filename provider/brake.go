package provider

import "time"

// Bounds of a Brake.
const (
	crowd     = 20        // users: so many do not leave within a look unless something is wrong, or somebody cleans up
	brakeTime = time.Hour // a table that is restored, or a condition that was mistyped, is noticed within this
)

// Brake keeps a provider from shutting out a crowd at once: users may be out of sight because a table is being restored or a condition was mistyped, and whoever is shut
// out loses their connections. Each of them gets no new token meanwhile. The zero value is ready; it is not safe for concurrent use.
type Brake struct {
	since time.Time // when the crowd was first missed; zero: none is
	held  bool      // in this round
}

// Holds tells, of a look at users who have a token, whether those who are gone shall stay as they are for now: at least 20 of them and more than half, missed for less
// than an hour.
func (b *Brake) Holds(now time.Time, seen, gone int) bool {
	if gone < crowd || 2*gone <= seen {
		return false
	}
	b.held = true
	if b.since.IsZero() {
		b.since = now
	}
	return now.Sub(b.since) < brakeTime
}

// Holding reports whether nobody is believed to be gone now, since a crowd was missed in this round or the last one, less than an hour ago.
func (b *Brake) Holding(now time.Time) bool {
	return !b.since.IsZero() && now.Sub(b.since) < brakeTime
}

// EndRound is called when all users were looked at: where no crowd was missed the next hour begins anew.
func (b *Brake) EndRound() {
	if !b.held {
		b.since = time.Time{}
	}
	b.held = false
}
