package userinfo

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// readers are the turns of queries, as many as the pool has connections. While the database answers from memory only a few of them
// are used: more queries at a time would only take the processors from each other, and look-ups that wait share a query, which
// costs less than two. A query that takes longer waits for a disk or a network, where company does not slow it: then all are used.
type readers struct {
	few  chan struct{}
	rest chan struct{} // nil when few are all
	wide atomic.Int64  // until when all are used, in nanoseconds since 1970
	ids  atomic.Int64  // asked for by the queries that run
}

// A look-up that waits longer than the queries before it can take in memory sends its own; the ids count because long lists take
// longer. For a while after that nobody waits for a few.
const (
	briskQuery = 2 * time.Millisecond
	briskID    = 20 * time.Microsecond
	wideFor    = time.Second
)

func newReaders(all, few int) *readers {
	few = min(all, few)
	r := &readers{few: make(chan struct{}, few)}
	if all > few {
		r.rest = make(chan struct{}, all-few)
	}
	return r
}

// turn is the right to run a query, until its end.
type turn struct {
	of   *readers
	slot chan struct{}
	ids  int
}

func (t turn) end() {
	t.of.ids.Add(-int64(t.ids))
	<-t.slot
}

// more adds ids to those the query asks for.
func (t *turn) more(ids int) {
	t.of.ids.Add(int64(ids))
	t.ids += ids
}

func (r *readers) begin(slot chan struct{}, ids int) turn {
	r.ids.Add(int64(ids))
	return turn{of: r, slot: slot, ids: ids}
}

// isWide tells whether all turns are used.
func (r *readers) isWide() bool { return r.rest != nil && time.Now().UnixNano() < r.wide.Load() }

// try takes a turn if one is free.
func (r *readers) try(ids int) (turn, bool) {
	select {
	case r.few <- struct{}{}:
		return r.begin(r.few, ids), true
	default:
	}
	if r.isWide() {
		select {
		case r.rest <- struct{}{}:
			return r.begin(r.rest, ids), true
		default:
		}
	}
	return turn{}, false
}

// wait waits for a turn until late or the end of ctx; the error is ErrUnavailable or ctx's.
func (r *readers) wait(ctx context.Context, late <-chan time.Time, ids int) (turn, error) {
	rest := r.rest
	var patience <-chan time.Time
	if rest != nil && !r.isWide() {
		rest = nil
		timer := time.NewTimer(briskQuery + briskID*time.Duration(r.ids.Load()))
		defer timer.Stop()
		patience = timer.C
	}
	for {
		select {
		case r.few <- struct{}{}:
			return r.begin(r.few, ids), nil
		case rest <- struct{}{}:
			return r.begin(rest, ids), nil
		case <-patience:
			r.wide.Store(time.Now().Add(wideFor).UnixNano())
			rest, patience = r.rest, nil
		case <-late:
			return turn{}, fmt.Errorf("%w: no free reader in time", ErrUnavailable)
		case <-ctx.Done():
			return turn{}, ctx.Err()
		}
	}
}

// take waits for any turn, for a query that nobody can share.
func (r *readers) take(ctx context.Context) (turn, error) {
	select {
	case r.few <- struct{}{}:
		return r.begin(r.few, 1), nil
	case r.rest <- struct{}{}:
		return r.begin(r.rest, 1), nil
	case <-ctx.Done():
		return turn{}, fmt.Errorf("%w: no free reader: %w", ErrUnavailable, ctx.Err())
	}
}
