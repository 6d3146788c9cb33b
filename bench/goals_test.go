package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func turns(perSecond ...float64) []turn {
	all := make([]turn, len(perSecond))
	for i, n := range perSecond {
		all[i].perSecond = n
	}
	return all
}

func TestARatioIsTheMedianOfTheRounds(t *testing.T) {
	c := &contest{turns: map[string][]turn{"a": turns(100, 90, 10), "b": turns(100, 100, 100)}}
	if got := c.ratio("a", "b"); got != 0.9 {
		t.Errorf("ratio = %v, want 0.9: one bad round must not count", got)
	}
	if got := c.ratio("a", "absent"); got != 0 {
		t.Errorf("ratio with an absent rival = %v, want 0", got)
	}
	if got := median([]float64{4, 1, 2, 3}); got != 2.5 {
		t.Errorf("median of an even number = %v, want 2.5", got)
	}
}

func TestGoalsAreJudgedByTheirWorstCase(t *testing.T) {
	users := func(ids, conns int, ours, floor, php float64) *contest {
		return &contest{
			load:  load{"users", ids, 1, conns},
			turns: map[string][]turn{"chatpass": turns(ours), "users": turns(floor), "php": turns(php)},
		}
	}
	tests := []struct {
		name  string
		users []*contest
		want  map[string]bool
	}{
		{"all cases are good", []*contest{users(1, 64, 90, 100, 10), users(100, 64, 86, 100, 40)}, map[string]bool{"P1": true, "P3": true}},
		{"one case is below the floor", []*contest{users(1, 64, 90, 100, 10), users(100, 64, 84, 100, 40)}, map[string]bool{"P1": false, "P3": true}},
		{"one case is too near to PHP", []*contest{users(1, 64, 90, 100, 10), users(100, 64, 86, 100, 44)}, map[string]bool{"P1": true, "P3": false}},
		{"PHP is not judged on one connection", []*contest{users(1, 1, 90, 100, 80), users(1, 16, 90, 100, 10)}, map[string]bool{"P1": true, "P3": true}},
		{"500 ids are shown and not judged", []*contest{users(500, 64, 10, 100, 100), users(1, 64, 90, 100, 10)}, map[string]bool{"P1": true, "P3": true}},
		{"nothing measured is nothing met", []*contest{users(500, 64, 10, 100, 100)}, map[string]bool{"P1": false, "P3": false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newReport(&lab{})
			r.users = tt.users
			got := map[string]bool{}
			for _, g := range r.goals() {
				got[g.number] = g.met
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheIdentityGoalAsksForSpeedAndOneQuery(t *testing.T) {
	tests := []struct {
		name             string
		ours, key, floor float64
		queries          float64
		met              bool
	}{
		{"fast enough in one query", 61, 100, 100, 1, true},
		{"too slow against its own look-up by key", 59, 100, 90, 1, false},
		{"too slow against the floor", 61, 100, 110, 1, false},
		{"fast enough in two queries", 90, 100, 100, 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newReport(&lab{})
			r.identities.queries = tt.queries
			r.identities.contests = []*contest{{load: load{"users", 1, 1, 64}, turns: map[string][]turn{"chatpass": turns(tt.ours), "site key": turns(tt.key), "users": turns(tt.floor)}}}
			goals := r.goals()
			if len(goals) != 1 || goals[0].number != "S1" || goals[0].met != tt.met {
				t.Errorf("goals %+v, want S1 met: %t", goals, tt.met)
			}
		})
	}
}

func TestAnswersAreComparedAsTheContractHasThem(t *testing.T) {
	php := `[{"user_id":"6","name":"John","avatar_url":false,"profile_url":"https://x/6/","lastlogin":-62169984000,"badge":""}]`
	ours := `[{"user_id":6,"name":"John","profile_url":"https://x/6/"}]`
	a, err := normalized([]byte(php))
	if err != nil {
		t.Fatal(err)
	}
	b, err := normalized([]byte(ours))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("equal users differ (-php +ours):\n%s", diff)
	}
	other, err := normalized([]byte(strings.Replace(ours, "John", "Jon", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if cmp.Equal(a, other) {
		t.Error("different users are equal")
	}
}

func TestAWidgetIsAcceptedOnlyForItsUserAndKey(t *testing.T) {
	l := &lab{signingKey: "lPXBFPqNg3f661JcegBY0N0dPXqUBdHXqj2cHf04PZgLHxT6z55e20ozojvMRvB8"}
	const token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjE4OTM0NTYwMDAsInVzZXJfaWQiOjF9.kLXAeWF_XbUlzPgErPfQdvupWgRLufw699IS8fNzmOw"
	page := `<script type="application/json" id="chatpass-data">{"user_id":1,"providers":{"imbachat":{"token":"` + token + `"}}}</script><script src="/chat/loader.js" async></script>`
	if err := l.checkWidget([]byte(page), "1"); err != nil {
		t.Errorf("a good page is refused: %v", err)
	}
	for name, broken := range map[string]string{
		"another user's":  strings.Replace(page, `"user_id":1`, `"user_id":2`, 1),
		"no loader":       strings.Replace(page, "loader.js", "x.js", 1),
		"forged token":    strings.Replace(page, ".kLX", ".kLY", 1),
		"no data block":   strings.Replace(page, "chatpass-data", "data", 1),
		"no token at all": strings.Replace(page, token, "", 1),
	} {
		if err := l.checkWidget([]byte(broken), "1"); err == nil {
			t.Errorf("%s page is accepted", name)
		}
	}
}
