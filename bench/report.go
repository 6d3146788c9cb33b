package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// report is everything that was measured.
type report struct {
	lab                    *lab
	users, cached, widgets []*contest
	starts                 map[string][]time.Duration
	idle, loaded           map[string]int64 // resident bytes
	tokens                 struct {
		ours, byHand, ratios []float64 // ns
		allocs               int64
	}
	micro      []microLine
	wordpress  wordpress
	identities identities
}

type microLine struct {
	pkg, name string
	fields    []string // of go test's line
}

func newReport(l *lab) *report { return &report{lab: l, starts: map[string][]time.Duration{}} }

func (r *report) markdown() string {
	var b strings.Builder
	l := r.lab
	fmt.Fprintf(&b, "# Benchmarks\n\nMeasured on %s by `make bench ROWS=%d ROUNDS=%d DURATION=%s`: %s, %s, %d cores shared by client, server and database.\n\n",
		time.Now().UTC().Format(time.DateOnly), l.rows, l.rounds, l.duration, runtime.Version(), strings.Join(l.versions, ", "), runtime.NumCPU())
	b.WriteString("Only ratios of one run mean anything. The rivals take turns; req/s are medians of the turns, a ratio is the median of the rounds' ratios.\n\n" +
		"*floor* is net/http and database/sql by hand: one query per request, the needed columns, appended JSON, the same Basic check and pool (`bench/floor`). " +
		"*cached floor* keeps each user's JSON in a map, *gin* is the same behind a bare gin, *gin with our headers* sends the same header fields as chatpass too. *php* is the sample of ImbaChat's documentation. " +
		"*naive* is gin and gorm in forty lines. All give the same users before they are measured. " +
		"*CPU µs* is the processor time of the server's own process per request, without the database's.\n")
	r.writeGoals(&b)
	writeContests(&b, "Users-info, uncached (`CHATPASS_CACHE_TTL=0`)", r.users, []string{"users", "php"}, []string{"floor", "php"})
	writeContests(&b, fmt.Sprintf("Users-info, cached (%d users, all in the cache)", l.hot), r.cached,
		[]string{"cached", "gin", "gin-headers", "php"}, []string{"cached floor", "gin", "gin with our headers", "php"})
	writeContests(&b, "Inline widget (one look-up and one token per page)", r.widgets,
		[]string{"widget", "bare-widget", "php"}, []string{"widget floor", "the same without look-up", "php"})
	writeContests(&b, "Identity of a visitor with a WordPress cookie (one query and one token per answer)", r.identities.contests,
		[]string{"site key", "users"}, []string{"identity by `SITE_KEY` and id", "floor, one key"})
	r.writeWordPress(&b)
	r.writeTokens(&b)
	r.writeStarts(&b)
	r.writeMemory(&b)
	r.writeMicro(&b)
	return b.String()
}

func (r *report) writeGoals(b *strings.Builder) {
	goals := r.goals()
	if len(goals) == 0 {
		return
	}
	b.WriteString("\n## Goals\n\n| # | goal | measured | |\n|---|---|---|---|\n")
	for _, g := range goals {
		verdict := "met"
		if !g.met {
			verdict = "**missed**"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", g.number, g.text, g.measured, verdict)
	}
}

func writeContests(b *strings.Builder, title string, contests []*contest, rivals, titles []string) {
	if len(contests) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| ids | connections | chatpass req/s | p50 | p99 | refused | allocations | CPU µs |", title)
	for _, t := range titles {
		fmt.Fprintf(b, " %s req/s | × %s |", t, t)
	}
	fmt.Fprintf(b, " %s CPU µs |", titles[0])
	b.WriteString("\n|" + strings.Repeat("---|", 9+2*len(rivals)) + "\n")
	speed := func(t turn) float64 { return t.perSecond }
	cpu := func(t turn) float64 { return t.cpu }
	for _, c := range contests {
		const us = "chatpass"
		fmt.Fprintf(b, "| %d | %d | %.0f | %s | %s | %s | %.0f | %.0f |", c.ids, c.conns, c.median(us, speed),
			milliseconds(c.median(us, func(t turn) float64 { return float64(t.p50) })),
			milliseconds(c.median(us, func(t turn) float64 { return float64(t.p99) })),
			percent(c.median(us, func(t turn) float64 { return t.refused })),
			c.median(us, func(t turn) float64 { return t.allocs }), c.median(us, cpu))
		for _, rival := range rivals {
			fmt.Fprintf(b, " %.0f | %.2f |", c.median(rival, speed), c.ratio(us, rival))
		}
		fmt.Fprintf(b, " %.0f |\n", c.median(rivals[0], cpu))
	}
}

// percent leaves an empty cell for what is all right.
func percent(share float64) string {
	if share == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f %%", 100*share)
}

func milliseconds(nanos float64) string { return fmt.Sprintf("%.2f ms", nanos/1e6) }

func (r *report) writeTokens(b *strings.Builder) {
	if len(r.tokens.ratios) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## Widget token in process\n\n| | ns/token |\n|---|---|\n| chatpass (`jwt.Signer`, %d allocations) | %.0f |\n| HMAC by hand, keyed per token | %.0f |\n",
		r.tokens.allocs, median(r.tokens.ours), median(r.tokens.byHand))
}

func (r *report) writeStarts(b *strings.Builder) {
	if len(r.starts) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## Exec to the first users answer (median of %d)\n\n| | ms |\n|---|---|\n", r.lab.settings.starts)
	for _, name := range []string{"chatpass", "floor", "naive", "php-fpm"} {
		if len(r.starts[name]) > 0 {
			fmt.Fprintf(b, "| %s | %.1f |\n", name, float64(median(r.starts[name]))/1e6)
		}
	}
}

func (r *report) writeMemory(b *strings.Builder) {
	if len(r.idle) == 0 {
		return
	}
	b.WriteString("\n## Resident memory, MiB\n\n| | idle, after its first answers | after the uncached load |\n|---|---|---|\n")
	for _, name := range []string{"chatpass", "users"} {
		if idle, ok := r.idle[name]; ok {
			fmt.Fprintf(b, "| %s | %.1f | %.1f |\n", strings.Replace(name, "users", "floor", 1), mib(idle), mib(r.loaded[name]))
		}
	}
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func (r *report) writeMicro(b *strings.Builder) {
	if len(r.micro) == 0 {
		return
	}
	b.WriteString("\n## Benchmarks of the packages (`go test -bench`)\n\n| package | benchmark | ns/op | B/op | allocs/op |\n|---|---|---|---|---|\n")
	for _, m := range r.micro {
		value := func(unit string) string {
			for i, field := range m.fields {
				if field == unit {
					return m.fields[i-1]
				}
			}
			return ""
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", m.pkg, m.name, value("ns/op"), value("B/op"), value("allocs/op"))
	}
}
