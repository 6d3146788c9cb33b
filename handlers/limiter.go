package handlers

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/chatpass/chatpass/userinfo"
)

// limiter counts failures by address in windows of fixed length. Its memory is bounded; a flood of addresses pushes out old ones.
type limiter struct {
	most   int
	window time.Duration
	now    func() time.Time
	counts *otter.Cache[string, *count]
}

type count struct {
	mu    sync.Mutex
	since time.Time
	n     int
}

// limiterSize bounds the addresses remembered: about 10 MB.
const limiterSize = 65536

func newLimiter(most int, window time.Duration, now func() time.Time) (*limiter, error) {
	counts, err := otter.New(&otter.Options[string, *count]{MaximumSize: limiterSize})
	if err != nil {
		return nil, err
	}
	return &limiter{most: most, window: window, now: now, counts: counts}, nil
}

// blocked returns how long c must wait, 0 if it need not.
func (l *limiter) blocked(c client) time.Duration {
	if c.shared {
		return 0
	}
	k, ok := l.counts.GetIfPresent(limitKey(c.address))
	if !ok {
		return 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if rest := l.window - l.now().Sub(k.since); k.n > l.most && rest > 0 {
		return rest
	}
	return 0
}

// fail counts a failure and returns how long c must now wait, 0 if it need not yet.
func (l *limiter) fail(c client) time.Duration {
	if c.shared {
		return 0
	}
	k, _ := l.counts.ComputeIfAbsent(limitKey(c.address), func() (*count, bool) { return &count{since: l.now()}, false })
	k.mu.Lock()
	defer k.mu.Unlock()
	now := l.now()
	if now.Sub(k.since) >= l.window {
		k.since, k.n = now, 0
	}
	k.n++
	if k.n > l.most {
		return l.window - now.Sub(k.since)
	}
	return 0
}

// limitKey is the address, of IPv6 only the network: who has one address there has 2^64.
func limitKey(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Is4() {
		return address
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// budget bounds how many distinct users are told in an hour, and leaves an audit line per 1,000 (SEC-82).
type budget struct {
	most  int // 0 = no bound
	now   func() time.Time
	log   *slog.Logger
	mu    sync.Mutex
	since time.Time
	seen  map[string]struct{}
	asked int
}

const auditEvery = 1000

func newBudget(most int, now func() time.Time, log *slog.Logger) *budget {
	return &budget{most: most, now: now, log: log, since: now(), seen: map[string]struct{}{}}
}

// spend takes ids from the budget and returns how long to wait if they are too many; then none is taken.
func (b *budget) spend(ids []string, kind userinfo.KeyKind) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if before := b.asked / auditEvery; (b.asked+len(ids))/auditEvery > before {
		b.log.Info("users-info audit", "ids_asked", b.asked+len(ids))
	}
	b.asked += len(ids)
	if b.most == 0 {
		return 0
	}
	now := b.now()
	if now.Sub(b.since) >= time.Hour {
		b.since = now
		clear(b.seen)
	}
	var fresh []string
	for _, id := range ids {
		if _, ok := kind.Parse(id); !ok {
			continue
		}
		if _, known := b.seen[id]; !known {
			b.seen[id] = struct{}{}
			fresh = append(fresh, id)
		}
	}
	if len(b.seen) <= b.most {
		return 0
	}
	for _, id := range fresh {
		delete(b.seen, id)
	}
	return time.Hour - now.Sub(b.since)
}
