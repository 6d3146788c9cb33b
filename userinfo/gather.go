package userinfo

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// gatherer runs at most as many queries at a time as the pool has connections. A look-up that finds a free reader runs alone
// and at once; those that would have to wait anyway are put together and share the next query. It never shares a query that
// has already begun, so nobody gets an answer older than their question.
type gatherer struct {
	readers chan struct{}
	queue   time.Duration
	failed  func(cause any) error // makes an error of a panic
	mu      sync.Mutex
	waiting *batch // the batch that can still be joined, or nil
}

// batch is a query that several look-ups wait for.
type batch struct {
	ids    []ID
	seen   map[ID]struct{}
	done   chan struct{}
	answer *found
	err    error
}

// maxBatch bounds the ids of one query: the answer to 500 is the largest a single call may ask for.
const maxBatch = MaxIDs

func newGatherer(readers int, queue time.Duration, failed func(cause any) error) *gatherer {
	return &gatherer{readers: make(chan struct{}, readers), queue: queue, failed: failed}
}

// run answers ids by query, alone or together with others that wait.
func (g *gatherer) run(ctx context.Context, ids []ID, query func([]ID) (*found, error)) (*found, error) {
	select {
	case g.readers <- struct{}{}:
		defer func() { <-g.readers }()
		return query(ids)
	default:
	}
	b, leads := g.join(ids)
	if leads {
		// On its own goroutine: the leader's visitor may go away, those who joined must not notice.
		go g.lead(b, query)
	}
	select {
	case <-b.done:
		return b.answer, b.err
	case <-ctx.Done():
		return nil, ctx.Err() // the visitor left; that says nothing about the database
	}
}

// hold takes a reader for a query that nobody can share.
func (g *gatherer) hold(ctx context.Context) (release func(), err error) {
	select {
	case g.readers <- struct{}{}:
		return func() { <-g.readers }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: no free reader: %w", ErrUnavailable, ctx.Err())
	}
}

// join adds ids to the waiting batch, or to a new one that the caller must lead.
func (g *gatherer) join(ids []ID) (b *batch, leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b = g.waiting
	if b == nil || len(b.ids)+len(ids) > maxBatch {
		b = &batch{seen: make(map[ID]struct{}, 2*len(ids)), done: make(chan struct{})}
		g.waiting = b
		leads = true
	}
	for _, id := range ids {
		if _, twice := b.seen[id]; !twice {
			b.seen[id] = struct{}{}
			b.ids = append(b.ids, id)
		}
	}
	return b, leads
}

func (g *gatherer) lead(b *batch, query func([]ID) (*found, error)) {
	defer func() {
		if cause := recover(); cause != nil {
			b.err = g.failed(cause)
		}
		close(b.done)
	}()
	timer := time.NewTimer(g.queue)
	defer timer.Stop()
	select {
	case g.readers <- struct{}{}:
		defer func() { <-g.readers }()
	case <-timer.C:
		g.close(b)
		b.err = fmt.Errorf("%w: no free reader within %s", ErrUnavailable, g.queue)
		return
	}
	g.close(b)
	b.answer, b.err = query(b.ids)
}

// close ends joining: from here on the batch belongs to its leader.
func (g *gatherer) close(b *batch) {
	g.mu.Lock()
	if g.waiting == b {
		g.waiting = nil
	}
	g.mu.Unlock()
}
