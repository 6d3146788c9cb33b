package sendbird

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

// news tells the log of a trouble, which err is, or that it is over.
func (p *Provider) news(s *spell, err error, begins, over string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch now := p.now(); {
	case err == nil && s.on:
		s.on = false
		p.log.Info(over) //nolint:sloglint // the callers have literals
	case err != nil && (s.told.IsZero() || now.Sub(s.told) >= tellAgain):
		s.told, s.on = now, true
		p.log.Warn(begins, append(args, "error", err.Error())...) //nolint:sloglint // as above
	default:
	}
}
