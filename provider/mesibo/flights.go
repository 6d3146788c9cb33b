package mesibo

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/chatpass/chatpass/internal/passmark"
)

// mostFlights bounds the tokens that are made at a time, for each of which a call may take callTimeout; a few KB each.
const mostFlights = 2_000

// flightKey is what is one request for a token: nobody shares one that differs in any of it.
type flightKey struct {
	user        int64
	address     string
	app, device string
	life        time.Duration
	fresh       bool
	since       passmark.Marks
}

// flight is the making of a token, for all who ask for it meanwhile.
type flight struct {
	done chan struct{} // closed at the end
	pass pass
	err  error
}

// flights are those that are under way. They go on when those who asked do not wait any longer: what Mesibo has made must be kept.
type flights struct {
	ctx context.Context //nolint:containedctx // lives exactly as long as the provider

	mu  sync.Mutex
	all map[flightKey]*flight
}

var errCrowded = errors.New("mesibo: too many tokens are being made")

// join returns what work makes, which is begun unless it is under way for the same key.
func (f *flights) join(ctx context.Context, key flightKey, work func(ctx context.Context) (pass, error)) (pass, error) {
	f.mu.Lock()
	one, under := f.all[key]
	switch {
	case !under && len(f.all) >= mostFlights:
		f.mu.Unlock()
		return pass{}, errCrowded
	case !under:
		one = &flight{done: make(chan struct{})}
		f.all[key] = one
		go f.fly(key, one, work)
	}
	f.mu.Unlock()
	select {
	case <-one.done:
		return one.pass, one.err
	case <-ctx.Done():
		return pass{}, ctx.Err()
	}
}

func (f *flights) fly(key flightKey, one *flight, work func(ctx context.Context) (pass, error)) {
	ctx, cancel := context.WithTimeout(f.ctx, issueTimeout)
	defer cancel()
	one.pass, one.err = work(ctx)
	f.mu.Lock()
	delete(f.all, key)
	f.mu.Unlock()
	close(one.done)
}
