package mesibo

import (
	"errors"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Times of leaving Mesibo alone.
const (
	breakerFails = 5                // failed calls in a row that open the breaker, as at the other providers
	breakerPause = time.Second      // until one call is let through to try
	refusedPause = 10 * time.Minute // after the app token was refused: each further call from here may make it worse, and only the owner can help
)

// guard lets calls through, or not: none for a second after failures in a row, none for refusedPause after the app token was refused. A reload or a new start begins anew.
type guard struct {
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	now     func() time.Time
	changed func(trouble string) // told when the app token is refused, with the code, and when it is taken again, with ""

	mu      sync.Mutex
	trouble string // why the app token is refused; "" while it is not
	until   time.Time
}

// errNeither marks a call that tells nothing of the provider's health.
var errNeither = errors.New("neither good nor bad")

func newGuard(now func() time.Time, resting func(open bool), changed func(trouble string)) *guard {
	return &guard{now: now, changed: changed, breaker: gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: breakerPause,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakerFails },
		IsExcluded:  func(err error) bool { return errors.Is(err, errNeither) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if to == gobreaker.StateOpen && from == gobreaker.StateClosed || to == gobreaker.StateClosed {
				resting(to == gobreaker.StateOpen)
			}
		},
	})}
}

// allow returns the function that is told of the call's end, or why there must be none.
func (g *guard) allow() (done func(error), err error) {
	g.mu.Lock()
	if now := g.now(); g.trouble != "" && now.Before(g.until) {
		g.mu.Unlock()
		return nil, errRefused
	} else if g.trouble != "" {
		g.until = now.Add(refusedPause) // this call tries, and no other beside it
	}
	g.mu.Unlock()
	told, err := g.breaker.Allow()
	if err != nil {
		return nil, errResting
	}
	return func(err error) {
		g.heed(err)
		var e *apiError
		switch {
		case err == nil:
			told(nil)
		case !errors.As(err, &e):
			told(errNeither)
		case e.kind == kindUnwell, e.kind == kindGarbled:
			told(err)
		default:
			told(nil)
		}
	}, nil
}

// heed notes whether the app token was taken.
func (g *guard) heed(err error) {
	g.mu.Lock()
	before := g.trouble
	var e *apiError
	switch is := errors.As(err, &e); {
	case err == nil, is && e.kind == kindWrong && e.status != 0 && e.code != codeAuth:
		g.trouble = ""
	case is && e.kind == kindRefused:
		g.trouble, g.until = e.label(), g.now().Add(refusedPause)
	default:
	}
	after := g.trouble
	g.mu.Unlock()
	if before != after {
		g.changed(after)
	}
}

// ailing tells why the app token is refused; "" while it is not.
func (g *guard) ailing() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.trouble
}
