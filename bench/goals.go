package main

import (
	"fmt"
	"strings"
)

// goal is one promise about speed, and whether this run keeps it.
type goal struct {
	number, text, measured string
	met                    bool
}

// The goals are the floors of acceptance of the project's performance page.
const (
	leastOfFloor       = 0.85 // P1, P4
	leastOfGin         = 0.95 // P4, instead
	leastOfWidgetFloor = 0.70 // P7
	leastWidgetOfPHP   = 2.3  // P7
	mostOfHMAC         = 1.2  // P8
	mostIdle           = 24   // P13, MiB
	mostLoaded         = 40   // P13, MiB
	mostOfNaive        = 3.0  // P14
	leastOfKey         = 0.6  // S1
	mostQueries        = 1.01 // S1, per request
)

// leastOfPHP is P3, and leastCachedOfPHP is P4's half about PHP, by ids per request.
var (
	leastOfPHP       = map[int]float64{1: 5, 10: 3.5, 100: 2}
	leastCachedOfPHP = map[int]float64{1: 14, 10: 15, 100: 20}
)

// all is a goal that must hold in every case; the measured text lists each.
type all struct {
	met      bool
	measured []string
}

func newAll() *all { return &all{met: true} }

func (a *all) add(met bool, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !met {
		text = "**" + text + "**"
		a.met = false
	}
	a.measured = append(a.measured, text)
}

func (a *all) goal(number, text string) goal {
	return goal{number, text, strings.Join(a.measured, ", "), a.met && len(a.measured) > 0}
}

// goals judges what was measured; parts that did not run have no goals.
func (r *report) goals() []goal {
	if r.lab.skip {
		return r.tokenGoal()
	}
	goals := append(r.usersGoals(), r.cachedGoals()...)
	goals = append(goals, r.widgetGoals()...)
	goals = append(goals, r.identityGoals()...)
	goals = append(goals, r.tokenGoal()...)
	if len(r.idle) > 0 {
		a := newAll()
		idle, loaded := mib(r.idle["chatpass"]), mib(r.loaded["chatpass"])
		a.add(idle <= mostIdle, "%.1f MiB idle", idle)
		a.add(loaded <= mostLoaded, "%.1f after load", loaded)
		goals = append(goals, a.goal("P13", fmt.Sprintf("resident ≤ %d MiB idle, ≤ %d after a load run", mostIdle, mostLoaded)))
	}
	if len(r.starts) > 0 {
		a := newAll()
		ours, naive, php := median(r.starts["chatpass"]), median(r.starts["naive"]), median(r.starts["php-fpm"])
		a.add(float64(ours) <= mostOfNaive*float64(naive), "%.2f × naive", float64(ours)/float64(naive))
		a.add(ours < php, "%.1f ms against php-fpm's %.1f", float64(ours)/1e6, float64(php)/1e6)
		goals = append(goals, a.goal("P14", fmt.Sprintf("exec to first users answer ≤ %.0f × naive and below php-fpm's", mostOfNaive)))
	}
	return goals
}

func (r *report) usersGoals() []goal {
	if len(r.users) == 0 {
		return nil
	}
	floor, php := newAll(), newAll()
	for _, c := range r.users {
		refused := c.median("chatpass", func(t turn) float64 { return t.refused })
		if ratio := c.ratio("chatpass", "users"); c.ids <= 100 {
			floor.add(ratio >= leastOfFloor && refused == 0, "%d ids/%d: %.2f", c.ids, c.conns, ratio)
		}
		if least, ok := leastOfPHP[c.ids]; ok && c.conns >= 16 {
			ratio := c.ratio("chatpass", "php")
			php.add(ratio >= least, "%d ids/%d: %.1f", c.ids, c.conns, ratio)
		}
	}
	return []goal{
		floor.goal("P1", fmt.Sprintf("uncached ≥ %.2f × floor at 1, 10 and 100 ids (ids/connections)", leastOfFloor)),
		php.goal("P3", "uncached, 16–64 connections: ≥ 5 × PHP at 1 id, 3.5 × at 10, 2 × at 100"),
	}
}

func (r *report) cachedGoals() []goal {
	if len(r.cached) == 0 {
		return nil
	}
	floor, php := newAll(), newAll()
	for _, c := range r.cached {
		ratio, gin := c.ratio("chatpass", "cached"), c.ratio("chatpass", "gin")
		floor.add(ratio >= leastOfFloor || gin >= leastOfGin, "%d ids/%d: %.2f (%.2f × gin)", c.ids, c.conns, ratio, gin)
		if least, ok := leastCachedOfPHP[c.ids]; ok && c.conns >= 16 {
			ratio, same := c.ratio("chatpass", "php"), c.ratio("chatpass", "gin-headers")
			php.add(ratio >= least || same >= leastOfGin, "%d ids/%d: %.1f (%.3f × gin with our headers; the cached floor has %.1f)", c.ids, c.conns, ratio, same, c.ratio("cached", "php"))
		}
	}
	return []goal{
		floor.goal("P4", fmt.Sprintf("cached ≥ %.2f × cached floor, or ≥ %.2f × the same behind bare gin", leastOfFloor, leastOfGin)),
		php.goal("P4", fmt.Sprintf("cached, 16–64 connections: ≥ 14 × PHP at 1 id, 15 × at 10, 20 × at 100, or ≥ %.2f × the same bytes, header fields too, behind bare gin", leastOfGin)),
	}
}

func (r *report) widgetGoals() []goal {
	if len(r.widgets) == 0 {
		return nil
	}
	a := newAll()
	for _, c := range r.widgets {
		floor, php := c.ratio("chatpass", "widget"), c.ratio("chatpass", "php")
		a.add(floor >= leastOfWidgetFloor && php >= leastWidgetOfPHP, "%d connections: %.2f × floor, %.1f × PHP", c.conns, floor, php)
	}
	return []goal{a.goal("P7", fmt.Sprintf("widget ≥ %.2f × widget floor and ≥ %.1f × PHP", leastOfWidgetFloor, leastWidgetOfPHP))}
}

func (r *report) tokenGoal() []goal {
	if len(r.tokens.ratios) == 0 {
		return nil
	}
	a := newAll()
	ratio := median(r.tokens.ratios)
	a.add(ratio <= mostOfHMAC, "%.2f", ratio)
	return []goal{a.goal("P8", fmt.Sprintf("token in process ≤ %.1f × bare HMAC keyed per token", mostOfHMAC))}
}

func (r *report) passed() bool {
	for _, g := range r.goals() {
		if !g.met {
			return false
		}
	}
	return true
}
