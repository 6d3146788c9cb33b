package userinfo_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
	barred(from, "members", "pass")
	faults, err := directory(t, lockedSettings("pass"), from, userinfo.Options{}).Bind(t.Context())
	if !errors.Is(err, userinfo.ErrMapping) || len(faults) != 1 || !strings.Contains(faults[0].String(), "which the database account may not read: GRANT SELECT (pass) ON members") {
		t.Errorf("one that must be there: %v", faults)
	}
	from = locked()
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

func TestWhatIsMissingForADigestIsListed(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		barred   bool
		want     []userinfo.Unread
	}{
		"nothing":                           {"pass", false, nil},
		"one that is not there":             {"pwd", false, []userinfo.Unread{{Table: "members", Column: "pwd", Required: true}}},
		"one that may be missing":           {"{pwd?} ?? {pass?}", false, []userinfo.Unread{{Table: "members", Column: "pwd"}}},
		"one that there is no right on":     {"PASS", true, []userinfo.Unread{{Table: "members", Column: "pass", Seen: true, Required: true}}},
		"one of two without a right on one": {"{pass?}|{old_pass?}", true, []userinfo.Unread{{Table: "members", Column: "pass", Seen: true}}},
	} {
		from := locked()
		if c.barred {
			barred(from, "members", "pass")
		}
		facts, faults, err := directory(t, lockedSettings(c.password), from, userinfo.Options{Scan: []string{}, Visitor: []string{"name"}}).Lenient(t.Context())
		if err != nil {
			t.Fatal(name, faults, err)
		}
		if diff := cmp.Diff(c.want, facts.Unread); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	d := directory(t, lockedSettings("pwd"), locked(), userinfo.Options{})
	if _, _, err := d.Lenient(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Bind(t.Context()); err == nil {
		t.Error("what grants looks at changed what is needed")
	}
	s := lockedSettings("pwd")
	s.Name = "nobody"
	if _, faults, err := directory(t, s, locked(), userinfo.Options{}).Lenient(t.Context()); err == nil || len(faults) != 1 {
		t.Errorf("another fault: %v, %v", faults, err)
	}
}

func TestWhatElseAPasswordsColumnIsIsTold(t *testing.T) {
	s := lockedSettings("{id}{NICK}{seen}{mail}{pass}")
	s.LastLogin, s.Badge, s.Fields = "seen", "seen", "address=mail"
	facts, err := directory(t, s, locked(), userinfo.Options{}).Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range facts.PasswordOf {
		got = append(got, fmt.Sprint(c.Table, ".", c.Name, " ", c.Type, " ", c.Key, " ", c.As))
	}
	want := []string{
		fmt.Sprint("members.id ", userinfo.ColumnUint, " true "), fmt.Sprint("members.nick ", userinfo.ColumnText, " false USERS_NAME"),
		fmt.Sprint("members.seen ", userinfo.ColumnTime, " false USERS_LASTLOGIN"), fmt.Sprint("members.mail ", userinfo.ColumnText, " false address"),
		fmt.Sprint("members.pass ", userinfo.ColumnText, " false "),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
