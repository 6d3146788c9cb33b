package session_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/userinfo"
)

func TestSettingsOfTheSiteAreReadOnceAMinute(t *testing.T) {
	d := sessions()
	d.tables["t_config"] = rows("name text, value text, site uint", []any{"life", "100", "1"}, []any{"LIFE", "1", "1"}, []any{"life", "7", "2"})
	c := plain()
	c.Steps = append(c.Steps, session.Step{Settings: &session.SettingsSpec{
		Tables: []string{"{p}config"}, Name: "name", Value: "value", Where: [][2]string{{"site", "1"}}, Take: [][2]string{{"life", "life"}, {"gone", "gone"}},
	}}, session.Step{Check: "not has($gone)"})
	c.Expires = "now() + $life"
	clock := now
	o := options(d, nil)
	o.Now = func() time.Time { return clock }
	r := open(t, o, c)
	for range 3 {
		id, err := r.Resolve(t.Context(), visit(t, "sid=ada"))
		if err != nil || !id.ExpiresAt.Equal(clock.Add(100*time.Second)) {
			t.Fatalf("ends at %v: %v", id.ExpiresAt, err)
		}
	}
	if d.queries != 4 {
		t.Errorf("%d queries, want 3 of sessions and 1 of settings", d.queries)
	}
	d.tables["t_config"].rows[0][1] = "50"
	clock = clock.Add(time.Minute)
	if id, err := r.Resolve(t.Context(), visit(t, "sid=ada")); err != nil || !id.ExpiresAt.Equal(clock.Add(50*time.Second)) {
		t.Errorf("after a minute it ends at %v: %v", id.ExpiresAt, err)
	}
	clock = now.Add(-time.Hour)
	d.tables["t_config"].rows[0][1] = "40"
	if id, err := r.Resolve(t.Context(), visit(t, "sid=ada")); err != nil || !id.ExpiresAt.Equal(clock.Add(40*time.Second)) {
		t.Errorf("with the clock set back it ends at %v: %v", id.ExpiresAt, err)
	}
}

func TestARequestSendsFewQueries(t *testing.T) {
	d := sessions()
	c := plain()
	for i := range 12 {
		step := *c.Steps[0].Row
		step.Take = [][2]string{{fmt.Sprintf("again%d", i), "uid"}}
		c.Steps = append(c.Steps, session.Step{Row: &step})
	}
	if got := ask(t, open(t, options(d, nil), c), "sid=ada"); got != "rejected" || d.queries != 10 {
		t.Errorf("%s after %d queries, want rejected after 10", got, d.queries)
	}
}

func TestReadsListsColumnsOfRecipesInUse(t *testing.T) {
	d := sessions()
	unused := plain()
	unused.Name, unused.Needs = "unused", []string{"nowhere"}
	unused.Steps[0].Row.Tables = []string{"secrets"}
	broken := plain()
	broken.Name = "broken"
	broken.Steps[0].Row.Tables = []string{"gone"}
	reads, faults, err := open(t, options(d, nil), plain(), unused, broken).Reads(t.Context())
	if diff := cmp.Diff(map[string][]string{"t_sessions": {"sid", "uid", "until"}}, reads); diff != "" || err != nil {
		t.Errorf("error %v; - want, + got:\n%s", err, diff)
	}
	if len(faults) != 1 || !errors.Is(faults[0], userinfo.ErrMapping) || !strings.Contains(faults[0].Error(), "recipe broken") || !strings.Contains(faults[0].Error(), "gone") {
		t.Errorf("faults %v, want that of the table gone", faults)
	}
}

func TestRowsAndTablesMayBeMissingWhereARecipeSaysSo(t *testing.T) {
	for _, tt := range []struct {
		name            string
		table           string
		row, onlyTable  bool
		known, stranger string
	}{
		{"neither", "t_sessions", false, false, "1", "rejected"},
		{"neither, and the table is missing", "gone", false, false, "unavailable", "unavailable"},
		{"a row", "t_sessions", true, false, "1", "none"},
		{"a row, and the table is missing", "gone", true, false, "none", "none"},
		{"a table", "t_sessions", false, true, "1", "rejected"},
		{"a table, and it is missing", "gone", false, true, "none", "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := plain()
			c.Steps[0].Row.Tables, c.Steps[0].Row.Optional, c.Steps[0].Row.NoTable = []string{tt.table}, tt.row, tt.onlyTable
			c.Steps[1].Guest = "not has($uid)"
			r := open(t, options(sessions(), nil), c)
			if got := ask(t, r, "sid=ada"); got != tt.known {
				t.Errorf("a known session is %s, want %s", got, tt.known)
			}
			if got := ask(t, r, "sid=eve"); got != tt.stranger {
				t.Errorf("an unknown session is %s, want %s", got, tt.stranger)
			}
		})
	}
}

func TestSeveralRowsAreNotTakenForNoneWhereTheRowMayBeMissing(t *testing.T) {
	for name, rest := range map[string][]any{
		"two of the user": {"1", "backup"},
		"more of others than are read before the user": nil,
	} {
		t.Run(name, func(t *testing.T) {
			d := sessions()
			factors := rows("owner text, factor text", []any{"1", "totp"})
			if rest != nil {
				factors.rows = append(factors.rows, rest)
			} else {
				factors.rows = nil
				for range 64 {
					factors.rows = append(factors.rows, []any{"1 ", "totp"})
				}
				factors.rows = append(factors.rows, []any{"1", "totp"})
			}
			d.tables["t_factors"] = factors
			c := plain()
			c.Steps = append(c.Steps, session.Step{Row: &session.RowSpec{
				Tables: []string{"t_factors"}, By: [2]string{"owner", "$uid"}, Take: [][2]string{{"factor", "factor"}}, Optional: true,
			}}, session.Step{Check: "not has($factor)"})
			if got := ask(t, open(t, options(d, nil), c), "sid=ada"); got != "rejected" {
				t.Errorf("a user with factors is %s, want rejected", got)
			}
		})
	}
}
