package session

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// Bounds of look-ups that share a query, see ADR 2.
const (
	maxShared  = 32                   // keys of a query: the last is answered with the first
	sharedRows = 8 * maxShared        // rows of it; keys of sessions find one each. Where there are more, everybody asks alone
	patience   = 5 * time.Millisecond // then a query is sent without a turn: what takes so long waits for a disk or a network, where company does not slow it
)

// errPanicked is what those get whose leader panicked.
var errPanicked = fmt.Errorf("%w: internal error", userinfo.ErrUnavailable)

// shared is a look-up whose users share a query when they would have to wait for the database anyway. A query that has begun is never shared, so that nobody gets
// a row that was read before they asked. Which of the rows are theirs everybody decides for themselves, byte for byte.
type shared struct {
	one     userinfo.Lookup // of one key
	many    userinfo.Lookup // of several; at most sharedRows rows
	turns   chan struct{}   // one for each query that runs
	asking  atomic.Int64    // who wait or are being answered
	mu      sync.Mutex
	waiting *batch // that can still be joined, or nil
}

// batch is a query that several wait for.
type batch struct {
	keys []any
	done chan struct{}
	rows *userinfo.Rows
	err  error
}

// prepare makes the look-ups of one key and of several.
func (s *shared) prepare(source userinfo.Source, sel userinfo.Select, key string) (err error) {
	if s.one, err = source.ByKey(sel, key); err != nil {
		return err
	}
	sel.Limit = sharedRows
	s.many, err = source.ByKey(sel, key)
	return err
}

// newTurns is how many queries run at a time while others gather: more would only take the processors from each other.
func newTurns() chan struct{} { return make(chan struct{}, max(2, runtime.GOMAXPROCS(0))) }

// rows are those of a key, and maybe those of others; cut says that there may be more.
func (s *shared) rows(ctx context.Context, key any) (rows *userinfo.Rows, cut bool, err error) {
	s.asking.Add(1)
	defer s.asking.Add(-1)
	b, leads := s.join(key)
	if leads {
		s.lead(ctx, b)
	}
	select {
	case <-b.done:
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	switch most := len(b.keys); {
	case most == 1 && b.err == nil:
		return b.rows, b.rows.Len() >= maxRows, nil
	case most > 1 && (errors.Is(b.err, userinfo.ErrMapping) || b.err == nil && b.rows.Len() >= sharedRows):
		return s.alone(ctx, key) // what was wrong with the others' keys shall not matter here
	}
	return b.rows, false, b.err
}

// alone asks for one key.
func (s *shared) alone(ctx context.Context, key any) (rows *userinfo.Rows, cut bool, err error) {
	if rows, err = s.one.Rows(ctx, key); err == nil {
		cut = rows.Len() >= maxRows
	}
	return rows, cut, err
}

// join adds a key to the batch that waits, or to a new one that the caller must lead.
func (s *shared) join(key any) (b *batch, leads bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b = s.waiting; b == nil || len(b.keys) == maxShared {
		b, leads = &batch{done: make(chan struct{})}, true
		s.waiting = b
	}
	b.keys = append(b.keys, key)
	return b, leads
}

// lead waits for a turn, but not for long, and sends the query of a batch. Its context is not the leader's: should that visitor leave, those who joined must not
// notice. The source bounds the time it takes.
func (s *shared) lead(ctx context.Context, b *batch) {
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	default:
		late := time.NewTimer(patience)
		defer late.Stop()
		select {
		case s.turns <- struct{}{}:
			defer func() { <-s.turns }()
		case <-late.C:
		}
	}
	if s.asking.Load() > 1 { // those who have arrived, but not come as far as here, go along; for a lone one it would cost as much as a good part of the query
		runtime.Gosched()
		runtime.Gosched()
	}
	s.close(b)
	b.err = errPanicked // which only the leader must see
	defer close(b.done)
	if len(b.keys) == 1 {
		b.rows, b.err = s.one.Rows(ctx, b.keys[0])
		return
	}
	b.rows, b.err = s.many.Rows(context.WithoutCancel(ctx), b.keys...)
}

// close ends joining: from here on the batch belongs to its leader.
func (s *shared) close(b *batch) {
	s.mu.Lock()
	if s.waiting == b {
		s.waiting = nil
	}
	s.mu.Unlock()
}
