package main

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"github.com/chatpass/chatpass/internal/resident"
)

// gcPercent lets the heap grow to four times what lives before it is collected. What lives is a few MB, so that the default collects
// dozens of times a second under load, which costs more than the memory is worth. GOGC in the environment wins.
const gcPercent = 300

// Memory goes back to the system when nothing was asked for quiet and this much could: it costs a collection.
const (
	quiet      = 700 * time.Millisecond
	worthDoing = 4 << 20
)

// collectLess sets gcPercent and returns what undoes it.
func collectLess(c *call) (restore func()) {
	if c.value("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(gcPercent)
	return func() { debug.SetGCPercent(before) }
}

// returnMemory gives memory back to the system when requests stop; count tells how many there were so far. It ends with ctx. The first time it is what starting
// took, of which most are pages of the program itself: some 20 MB that are never needed again.
func returnMemory(ctx context.Context, count *atomic.Int64, log *slog.Logger) {
	tick := time.NewTicker(quiet)
	defer tick.Stop()
	seen, kept, rested := int64(0), uint64(0), false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := count.Load()
		if now == seen && (!rested || heapMemory() >= kept+worthDoing) {
			runtime.GC() // pools keep what they hold over one collection
			debug.FreeOSMemory()
			if err := resident.ForgetProgram(); err != nil && !rested {
				log.Debug("start-up memory is kept", "error", err)
			}
			kept, rested = heapMemory(), true
		}
		seen = now
	}
}

// heapMemory is what the heap has of the system, in bytes.
func heapMemory() uint64 {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	sum := uint64(0)
	for _, s := range samples {
		sum += s.Value.Uint64()
	}
	return sum
}

// counting counts the requests that h answers.
func counting(h http.Handler, count *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		h.ServeHTTP(w, r)
	})
}
