package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/chatpass/chatpass/store"
)

// oldJob is how long a change may be due without being told: workers look every second, and tell a crowd of some thousand in this time.
const oldJob = 10 * time.Minute

// jobs tells what providers are still to be told.
func (r *report) jobs(ctx context.Context, s *site, opened *store.Store) {
	list, err := opened.Pending(ctx)
	if err != nil {
		r.warn("store", "what providers are still to be told cannot be counted: "+err.Error(), "run check again; if it stays, look at the store's server")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.store.apps)) {
		n := slices.IndexFunc(list, func(p store.Pending) bool { return p.Provider == name && p.App == s.store.apps[name] })
		if n < 0 {
			r.ok(name, "nothing waits to be told to %s", name)
			continue
		}
		r.pending(&list[n], s.store.options.Now())
	}
	for _, p := range list {
		if s.store.apps[p.Provider] != p.App {
			r.ok(p.Provider, "%s to be told to %s's application %s, which is not in the settings: nobody tells it", wait(p.Open()), p.Provider, p.App)
		}
	}
}

// pending tells what waits for a provider's application that is in the settings.
func (r *report) pending(p *store.Pending, now time.Time) {
	text := wait(p.Open()) + " to be told to " + p.Provider
	if p.Waiting > 0 {
		text += fmt.Sprintf(", %d of them to be tried again after a failure", p.Waiting)
	}
	if p.Oldest.IsZero() {
		r.ok(p.Provider, "%s", text)
		return
	}
	text += ", the oldest since " + p.Oldest.Format(time.RFC3339)
	if now.Sub(p.Oldest) <= oldJob {
		r.ok(p.Provider, "%s", text)
		return
	}
	r.warn(p.Provider, text, "is chatpass running? see its log; a crowd of changes takes as long as the provider's pace has it")
}

// wait says how many changes wait.
func wait(n int64) string {
	if n == 1 {
		return "1 change waits"
	}
	return fmt.Sprintf("%d changes wait", n)
}
