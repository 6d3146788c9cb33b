package handlers

import (
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// budget bounds how many distinct users are told in an hour, and leaves an audit line per 1,000 ids asked for (SEC-82).
type budget struct {
	most  int // 0 = no bound
	now   func() time.Time
	log   *slog.Logger
	asked atomic.Int64
	mu    sync.Mutex
	since time.Time
	seen  map[string]struct{}
}

const auditEvery = 1000

func newBudget(most int, now func() time.Time, log *slog.Logger) *budget {
	return &budget{most: most, now: now, log: log, since: now(), seen: map[string]struct{}{}}
}

// spend takes ids from the budget and returns how long to wait if they are too many; then none is taken.
// Texts that spell no id cost nothing, once the kind of the keys is known.
func (b *budget) spend(ids []string, kind userinfo.KeyKind) time.Duration {
	n := int64(len(ids))
	if after := b.asked.Add(n); after/auditEvery > (after-n)/auditEvery {
		b.log.Info("users-info audit", "ids_asked", after)
	}
	if b.most == 0 {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if now.Sub(b.since) >= time.Hour {
		b.since = now
		clear(b.seen)
	}
	var fresh []string
	for _, id := range ids {
		if _, known := b.seen[id]; known {
			continue
		}
		if _, ok := kind.Parse(id); !ok && kind != userinfo.KeyUnknown {
			continue
		}
		id = strings.Clone(id) // it is a piece of a whole request
		b.seen[id] = struct{}{}
		fresh = append(fresh, id)
	}
	if len(b.seen) <= b.most {
		return 0
	}
	for _, id := range fresh {
		delete(b.seen, id)
	}
	return time.Hour - now.Sub(b.since)
}
