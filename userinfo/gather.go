package userinfo

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// gatherer gives look-ups their turns. A lone one runs at once; those that arrive together, or would have to wait anyway, are put
// together and share the next query. It never shares a query that has already begun, so nobody gets an answer older than
// their question.
type gatherer struct {
	*readers

	queue   time.Duration
	failed  func(cause any) error // makes an error of a panic
	asking  atomic.Int64          // look-ups that wait or are being answered
	mu      sync.Mutex
	waiting *batch // the batch that can still be joined, or nil
}

// batch is a query that several look-ups wait for.
type batch struct {
	idSet
	users  int32 // look-ups in it
	done   chan struct{}
	answer *found
	err    error
}

// Bounds of sharing. What a query costs beside its rows is that of about five rows, so that long lists gain little by it, and
// very long queries make everybody wait for all their rows; one after the other they also read a disk one after the other.
const (
	maxShared     = 200 // ids of a look-up that shares
	maxBatch      = 400 // ids of a shared query
	maxSharedWide = 50  // both while all readers are used
	maxBatchWide  = 100
	maxCrowded    = 900 // ids of a query of one table while so many wait that every reader has another query to come; at 1000 MariaDB makes a table of them
)

func newGatherer(r *readers, queue time.Duration, failed func(cause any) error) *gatherer {
	return &gatherer{readers: r, queue: queue, failed: failed}
}

// crowded is the most ids of a shared query by a plan. What stands beside the users is asked for at most MaxIDs of them at a time.
func (p *boundPlan) crowded() int {
	if len(p.more) == 0 && len(p.checks) == 0 && p.persona == nil {
		return maxCrowded
	}
	return maxBatch
}

// bounds are the most ids of a look-up that shares, and of a shared query, when asking look-ups of so many ids are under way.
func (g *gatherer) bounds(asking, ids, crowded int) (shared, batch int) {
	if g.rest == nil || g.isWide() {
		return maxSharedWide, maxBatchWide
	}
	return maxShared, min(max(maxBatch, asking*ids/(2*cap(g.few))), crowded)
}

// run answers ids by query, alone or together with others that wait: never more than crowded. set is not kept.
func (g *gatherer) run(ctx context.Context, set *idSet, crowded int, query func(*idSet) (*found, error)) (*found, error) {
	defer g.asking.Add(-1)
	asking := int(g.asking.Add(1))
	shared, most := g.bounds(asking, len(set.ids), crowded)
	if t, ok := g.try(len(set.ids)); ok {
		if asking == 1 || len(set.ids) > shared {
			return g.alone(t, set, query)
		}
		b, leads := g.join(set, most)
		if !leads {
			t.end()
			return b.wait(ctx)
		}
		// Those who have arrived, but not come as far as here, go along. It takes no longer than they would have taken from us anyway.
		runtime.Gosched()
		runtime.Gosched()
		g.together(t, b, query)
		return b.answer, b.err
	}
	if len(set.ids) > shared {
		timer := time.NewTimer(g.queue)
		defer timer.Stop()
		t, err := g.wait(ctx, timer.C, len(set.ids))
		if err != nil {
			return nil, err
		}
		return g.alone(t, set, query)
	}
	b, leads := g.join(set, most)
	if leads {
		return g.lead(ctx, b, time.After(g.queue), query)
	}
	return b.wait(ctx)
}

// wait waits for the answer of a batch that somebody else leads.
func (b *batch) wait(ctx context.Context) (*found, error) {
	select {
	case <-b.done:
		return b.answer, b.err
	case <-ctx.Done():
		return nil, ctx.Err() // the visitor left; that says nothing about the database
	}
}

// alone runs a query for one look-up.
func (g *gatherer) alone(t turn, set *idSet, query func(*idSet) (*found, error)) (*found, error) {
	defer t.end()
	f, err := query(set)
	if err == nil {
		f.users.Store(1)
	}
	return f, err
}

// join adds ids to the waiting batch, or to a new one that the caller must lead.
func (g *gatherer) join(set *idSet, most int) (b *batch, leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b = g.waiting
	if b == nil || b.kind != set.kind || len(b.ids)+len(set.ids) > most {
		b = &batch{done: make(chan struct{})}
		b.reset(set.kind, 2*len(set.ids))
		g.waiting = b
		leads = true
	}
	for i, id := range set.ids {
		b.addSum(id, set.sums[i])
	}
	b.users++
	return b, leads
}

// lead waits for a turn and runs the query of a batch, unless the leader's visitor goes away: those who joined must not notice.
func (g *gatherer) lead(ctx context.Context, b *batch, late <-chan time.Time, query func(*idSet) (*found, error)) (*found, error) {
	t, err := g.wait(ctx, late, 1)
	switch {
	case err == nil:
		g.together(t, b, query)
	case !errors.Is(err, ErrUnavailable):
		go g.lead(context.WithoutCancel(ctx), b, late, query) //nolint:errcheck // those who joined get it
		return nil, err
	default:
		g.close(b)
		b.err = err
		close(b.done)
	}
	return b.answer, b.err
}

// together runs the query of a batch.
func (g *gatherer) together(t turn, b *batch, query func(*idSet) (*found, error)) {
	defer func() {
		if cause := recover(); cause != nil {
			b.err = g.failed(cause)
		}
		t.end()
		close(b.done)
	}()
	g.close(b)
	t.more(len(b.ids))
	if b.answer, b.err = query(&b.idSet); b.err == nil {
		b.answer.users.Store(b.users)
	}
}

// close ends joining: from here on the batch belongs to its leader.
func (g *gatherer) close(b *batch) {
	g.mu.Lock()
	if g.waiting == b {
		g.waiting = nil
	}
	g.mu.Unlock()
}
