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
	idSet
	done   chan struct{}
	answer *found
	err    error
}

// Bounds of sharing. What a query costs beside its rows is that of about five rows, so that long lists gain nothing by it, and
// very long queries only make everybody wait for all their rows.
const (
	maxShared = 50  // ids of a look-up that shares
	maxBatch  = 100 // ids of a shared query
)

func newGatherer(readers int, queue time.Duration, failed func(cause any) error) *gatherer {
	return &gatherer{readers: make(chan struct{}, readers), queue: queue, failed: failed}
}

// run answers ids by query, alone or together with others that wait. set is not kept.
func (g *gatherer) run(ctx context.Context, set *idSet, query func(*idSet) (*found, error)) (*found, error) {
	select {
	case g.readers <- struct{}{}:
		return g.alone(set, query)
	default:
	}
	if len(set.ids) > maxShared {
		timer := time.NewTimer(g.queue)
		defer timer.Stop()
		select {
		case g.readers <- struct{}{}:
			return g.alone(set, query)
		case <-timer.C:
			return nil, g.late()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	b, leads := g.join(set)
	if leads {
		return g.lead(ctx, b, time.After(g.queue), query)
	}
	select {
	case <-b.done:
		return b.answer, b.err
	case <-ctx.Done():
		return nil, ctx.Err() // the visitor left; that says nothing about the database
	}
}

// alone runs a query for one look-up, whose reader was taken.
func (g *gatherer) alone(set *idSet, query func(*idSet) (*found, error)) (*found, error) {
	defer func() { <-g.readers }()
	f, err := query(set)
	if err == nil {
		f.alone = true
	}
	return f, err
}

func (g *gatherer) late() error {
	return fmt.Errorf("%w: no free reader within %s", ErrUnavailable, g.queue)
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
func (g *gatherer) join(set *idSet) (b *batch, leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b = g.waiting
	if b == nil || b.kind != set.kind || len(b.ids)+len(set.ids) > maxBatch {
		b = &batch{done: make(chan struct{})}
		b.reset(set.kind, 2*len(set.ids))
		g.waiting = b
		leads = true
	}
	for _, id := range set.ids {
		b.add(id)
	}
	return b, leads
}

// lead waits for a reader and runs the query of a batch, unless the leader's visitor goes away: those who joined must not notice.
func (g *gatherer) lead(ctx context.Context, b *batch, late <-chan time.Time, query func(*idSet) (*found, error)) (*found, error) {
	select {
	case g.readers <- struct{}{}:
		g.together(b, query)
	case <-late:
		g.close(b)
		b.err = g.late()
		close(b.done)
	case <-ctx.Done():
		go g.lead(context.WithoutCancel(ctx), b, late, query) //nolint:errcheck // those who joined get it
		return nil, ctx.Err()
	}
	return b.answer, b.err
}

// together runs the query of a batch, whose reader was taken.
func (g *gatherer) together(b *batch, query func(*idSet) (*found, error)) {
	defer func() {
		if cause := recover(); cause != nil {
			b.err = g.failed(cause)
		}
		<-g.readers
		close(b.done)
	}()
	g.close(b)
	b.answer, b.err = query(&b.idSet)
}

// close ends joining: from here on the batch belongs to its leader.
func (g *gatherer) close(b *batch) {
	g.mu.Lock()
	if g.waiting == b {
		g.waiting = nil
	}
	g.mu.Unlock()
}
