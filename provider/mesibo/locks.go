package mesibo

import (
	"context"
	"sync"
)

// lockKey is what one changes while others wait. A user is locked by nobody who locks anything after that.
type lockKey struct {
	kind string // "user", "group", or "maker" of a group
	id   int64
}

// locks keep two changes of one thing in this process from getting in each other's way, by what it is. It is safe for concurrent use.
type locks struct {
	mu    sync.Mutex
	taken map[lockKey]*turn
}

// turn is a place that one holds and others wait for.
type turn struct {
	token chan struct{}
	users int // who hold it or wait
}

func newLocks() *locks { return &locks{taken: map[lockKey]*turn{}} }

// lock waits for its turn, or returns ctx's error.
func (l *locks) lock(ctx context.Context, key lockKey) (unlock func(), err error) {
	l.mu.Lock()
	t := l.taken[key]
	if t == nil {
		t = &turn{token: make(chan struct{}, 1)}
		l.taken[key] = t
	}
	t.users++
	l.mu.Unlock()
	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(l.taken, key)
		}
	}
	select {
	case t.token <- struct{}{}:
		return func() { <-t.token; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
