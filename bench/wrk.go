package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// load is one case: what is asked, and over how many connections.
type load struct {
	kind    string // users or widget
	ids     int    // per request
	highest int    // ids are drawn from 1 to this
	conns   int
}

// turn is what one target did in one turn.
type turn struct {
	perSecond float64 // good answers
	refused   float64 // share of answers that were not 200, and of broken connections
	p50, p99  time.Duration
	allocs    float64 // allocations per request; 0 where nobody counts
	cpu       float64 // processor time of the server's own process per request, µs; steadier than req/s on a busy machine
}

// contest is a case and the turns of every target in it.
type contest struct {
	load
	turns map[string][]turn
}

// compete lets the targets take turns, in another order each round, so that noise of the machine meets all alike.
func (l *lab) compete(ctx context.Context, c load, targets []*target) (*contest, error) {
	result := &contest{load: c, turns: map[string][]turn{}}
	for round := range l.rounds {
		for i := range targets {
			t := targets[(i+round)%len(targets)]
			measured, err := l.wrk(ctx, c, t)
			if err != nil {
				return nil, fmt.Errorf("%s, %d ids, %d connections: %w", t.name, c.ids, c.conns, err)
			}
			result.turns[t.name] = append(result.turns[t.name], measured)
		}
	}
	l.say("  %s", result.line(targets))
	return result, nil
}

func (c *contest) line(targets []*target) string {
	text := fmt.Sprintf("%d ids, %d connections:", c.ids, c.conns)
	for _, t := range targets {
		text += fmt.Sprintf(" %s %.0f/s", t.name, c.median(t.name, func(t turn) float64 { return t.perSecond }))
	}
	return text
}

// wrk runs one turn. Only answers with 200 count: a refusal is fast for the wrong reason.
func (l *lab) wrk(ctx context.Context, c load, t *target) (turn, error) {
	address, credential := t.users, l.basic()
	if c.kind == "widget" {
		address, credential = t.widget, l.bearer()
	}
	kind := c.kind
	if t.ask != nil {
		kind, credential = t.ask.kind, t.ask.credential
	}
	before, err := t.mallocs(ctx)
	if err != nil {
		return turn{}, err
	}
	cpuBefore, err := t.process.cpu()
	if err != nil {
		return turn{}, err
	}
	cmd := exec.CommandContext(ctx, "wrk", "-t1", "-c", strconv.Itoa(c.conns), "-d", fmt.Sprintf("%ds", int(l.duration.Seconds())), "--timeout", "10s",
		"-s", script(), address, "--", kind, strconv.Itoa(c.ids), strconv.Itoa(c.highest), credential)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return turn{}, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	cpuAfter, err := t.process.cpu()
	if err != nil {
		return turn{}, err
	}
	after, err := t.mallocs(ctx)
	if err != nil {
		return turn{}, err
	}
	for line := range bytes.Lines(out) {
		var requests, micros, p50, p99, refused, broken float64
		if n, _ := fmt.Sscanf(string(line), "result %f %f %f %f %f %f", &requests, &micros, &p50, &p99, &refused, &broken); n == 6 {
			good := requests - refused
			if good < 1 {
				return turn{}, fmt.Errorf("%.0f answers, %.0f of them not 200, %.0f broken connections", requests, refused, broken)
			}
			return turn{
				perSecond: good / (micros / 1e6), refused: (refused + broken) / (requests + broken), allocs: (after - before) / requests,
				cpu: float64((cpuAfter - cpuBefore).Microseconds()) / requests,
				p50: time.Duration(p50) * time.Microsecond, p99: time.Duration(p99) * time.Microsecond,
			}, nil
		}
	}
	return turn{}, fmt.Errorf("wrk printed no result:\n%s", out)
}

// mallocs reads how many objects Chatpass has allocated so far.
func (t *target) mallocs(ctx context.Context) (float64, error) {
	if t.admin == "" {
		return 0, nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.admin+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "go_memstats_mallocs_total "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("no go_memstats_mallocs_total in the metrics (%w)", lines.Err())
}

// median of what of reads from the turns of a target.
func (c *contest) median(name string, of func(turn) float64) float64 {
	values := make([]float64, 0, len(c.turns[name]))
	for _, t := range c.turns[name] {
		values = append(values, of(t))
	}
	return median(values)
}

// ratio is the median over the rounds of a's requests per second in b's; 0 when one of them did not compete.
func (c *contest) ratio(a, b string) float64 {
	var values []float64
	for i := range min(len(c.turns[a]), len(c.turns[b])) {
		values = append(values, c.turns[a][i].perSecond/c.turns[b][i].perSecond)
	}
	return median(values)
}

func median[T float64 | time.Duration](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}
