package provider

import (
	"log/slog"
	"sync"
	"time"
)

// tellAgain is how often a trouble that lasts is told.
const tellAgain = time.Minute

// Spell is a trouble that is told when it begins, at most once in a minute, and when it is over. The zero value is ready; it is safe for concurrent use.
type Spell struct {
	mu   sync.Mutex
	told time.Time // the latest time; zero is never
	on   bool      // it was told and is not over
}

// News tells the log of a trouble, which err is, or with a nil err that it is over; with an empty text for that, nothing is told of the end. args go with the beginning.
func (s *Spell) News(log *slog.Logger, now time.Time, err error, begins, over string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil && s.on:
		s.on = false
		if over != "" {
			log.Info(over) //nolint:sloglint // the callers have literals
		}
	case err != nil && (s.told.IsZero() || now.Sub(s.told) >= tellAgain):
		s.told, s.on = now, true
		log.Warn(begins, append(args, "error", err.Error())...) //nolint:sloglint // as above
	default:
	}
}
