package mesibo

import (
	"sync"
	"time"
)

// tellAgain is how often a trouble that lasts is told.
const tellAgain = time.Minute

// spell is a trouble that is told when it begins, at most once in tellAgain, and when it is over.
type spell struct {
	mu   sync.Mutex
	told time.Time // the latest time; zero is never
	on   bool      // it was told and is not over
}

// news tells the log of a trouble, which err is, or that it is over; with an empty text for that, nothing is told of the end.
func (p *Provider) news(s *spell, err error, begins, over string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch now := p.now(); {
	case err == nil && s.on:
		s.on = false
		if over != "" {
			p.log.Info(over) //nolint:sloglint // the callers have literals
		}
	case err != nil && (s.told.IsZero() || now.Sub(s.told) >= tellAgain):
		s.told, s.on = now, true
		p.log.Warn(begins, "error", err.Error()) //nolint:sloglint // as above
	default:
	}
}
