package userinfo_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

// barred makes a column one that the account sees and may not read.
func barred(s *source, table, column string) {
	t := s.tables[table]
	i := slices.IndexFunc(t.columns, func(c userinfo.Column) bool { return c.Name == column })
	t.columns[i].Unreadable = true
}

func TestAColumnThatMayNotBeReadIsMissingForADigestThatCanDoWithoutItAndForNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		read     []string
		is       bool // there is a digest
	}{
		"one that may be missing":        {"{pass?}", nil, false},
		"one of two that may be missing": {"{pass?}|{old_pass?}", []string{"members.old_pass"}, true},
		"one that must be there":         {"pass", []string{"members.pass"}, true}, // the database refuses it
		"another":                        {"{nick?}", []string{"members.nick"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			from := locked()
			barred(from, "members", "pass")
			s := lockedSettings(c.password)
			d := directory(t, s, from, userinfo.Options{})
			facts, err := d.Facts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.read, facts.Password); diff != "" {
				t.Error(diff)
			}
			if slices.Contains(facts.Reads["members"], "pass") != slices.Contains(c.read, "members.pass") {
				t.Errorf("reads %v", facts.Reads)
			}
			if got := passwordOf(t, d, "1"); (got != "") != c.is {
				t.Errorf("digest %q", got)
			}
		})
	}
	from := locked()
	barred(from, "members", "nick")
	s := lockedSettings("pass")
	s.Name = "{nick?} ?? 'Member'"
	if facts, err := directory(t, s, from, userinfo.Options{}).Facts(t.Context()); err != nil || !slices.Contains(facts.Reads["members"], "nick") {
		t.Errorf("a name that may not be read is done without: %v, %v", facts.Reads, err)
	}
}

func TestAMappingTellsWhatAPasswordIsMappedTo(t *testing.T) {
	for name, c := range map[string]struct {
		setting string
		columns []string
		off     bool
	}{
		"a column":    {"pass", []string{"pass"}, false},
		"two columns": {"{pass?}|{old_pass?}", []string{"pass", "old_pass"}, false},
		"off":         {"off", nil, true},
		"nothing":     {"", nil, false},
	} {
		m, faults := userinfo.NewMapping(nil, lockedSettings(c.setting))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		if columns, off := m.Password(); !slices.Equal(columns, c.columns) || off != c.off {
			t.Errorf("%s: %v, off %t", name, columns, off)
		}
	}
}
