package provider_test

import (
	"testing"
	"time"

	"github.com/chatpass/chatpass/provider"
)

func TestBrake(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	type page struct {
		at         time.Duration
		seen, gone int
		holds      bool
		end        bool // of the round
	}
	for name, pages := range map[string][]page{
		"a few users who left are believed":                {{0, 40, 19, false, true}},
		"a small site may lose all of its users":           {{0, 19, 19, false, true}},
		"half of a crowd is believed":                      {{0, 500, 250, false, true}},
		"nobody there any more is not":                     {{0, 500, 500, true, true}, {59 * time.Minute, 500, 500, true, true}},
		"more than half are not":                           {{0, 40, 21, true, true}},
		"it is believed after an hour":                     {{0, 500, 500, true, true}, {time.Hour, 500, 500, false, false}, {time.Hour + time.Second, 500, 400, false, true}},
		"the hour begins anew when they were back":         {{0, 500, 500, true, true}, {time.Minute, 500, 0, false, true}, {time.Hour, 500, 500, true, true}},
		"another page of the round does not end the hour":  {{0, 500, 500, true, false}, {0, 500, 1, false, true}, {time.Hour, 500, 500, false, true}},
		"a page that cannot be judged does not begin it":   {{0, 10, 10, false, true}, {time.Hour, 500, 500, true, true}},
		"what was believed once needs a new hour later on": {{0, 500, 500, true, true}, {time.Hour, 500, 500, false, true}, {2 * time.Hour, 500, 0, false, true}, {3 * time.Hour, 500, 500, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			var b provider.Brake
			for i, p := range pages {
				if got := b.Holds(start.Add(p.at), p.seen, p.gone); got != p.holds {
					t.Errorf("page %d: holds is %v", i, got)
				}
				if p.end {
					b.EndRound()
				}
			}
		})
	}
}

func TestABrakeTellsOthersWhileItHolds(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var b provider.Brake
	if b.Holding(start) {
		t.Error("a new one holds")
	}
	b.Holds(start, 40, 21)
	b.EndRound()
	if !b.Holding(start.Add(59 * time.Minute)) {
		t.Error("it holds no longer within the hour")
	}
	if b.Holding(start.Add(time.Hour)) {
		t.Error("it holds after the hour")
	}
	b.Holds(start.Add(time.Second), 40, 0)
	b.EndRound()
	if b.Holding(start.Add(time.Minute)) {
		t.Error("it holds though all are back")
	}
}
