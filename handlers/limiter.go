package handlers

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
)

// limiter counts failures by address in windows of fixed length. Its memory is bounded; a flood of addresses pushes out old ones.
type limiter struct {
	most   int
	window time.Duration
	now    func() time.Time
	counts *otter.Cache[string, *count]
	until  atomic.Int64 // Unix nanoseconds: when the last address that has to wait is free again
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

// quiet reports whether nobody has to wait, which spares finding out who asks.
func (l *limiter) quiet() bool {
	until := l.until.Load()
	return until == 0 || l.now().UnixNano() >= until
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
	if k.n <= l.most {
		return 0
	}
	end := k.since.Add(l.window)
	for before := l.until.Load(); before < end.UnixNano() && !l.until.CompareAndSwap(before, end.UnixNano()); {
		before = l.until.Load()
	}
	return end.Sub(now)
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
