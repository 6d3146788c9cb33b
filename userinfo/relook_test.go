package userinfo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// withoutRight makes a column of members unreadable: as PostgreSQL does (barred), or as MySQL, which does not show it. again gives the right back.
func withoutRight(s *source, column string, hidden bool) (again func()) {
	var before []userinfo.Column
	denied := func() error {
		return fmt.Errorf("%w: %w: column %s", userinfo.ErrUnavailable, userinfo.ErrDenied, column)
	}
	s.set(func(s *source) {
		members := s.tables["members"]
		before = slices.Clone(members.columns)
		at := members.place(column)
		if hidden {
			members.columns[at].Name = "hidden"
		} else {
			members.columns[at].Unreadable = true
		}
		s.refuse = func(sel userinfo.Select) error {
			if slices.Contains(sel.Columns, column) {
				return denied()
			}
			return nil
		}
	})
	return func() {
		s.set(func(s *source) { s.tables["members"].columns, s.refuse = before, nil })
	}
}

func TestARightOnAPasswordThatIsTakenAwayEndsNothingElse(t *testing.T) {
	for name, hidden := range map[string]bool{"and the column is shown": false, "and the column is hidden": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from, logged := locked(), new(logBuffer)
				d := directory(t, lockedSettings("{pass?}"), from, userinfo.Options{Logger: logged.logger()})
				first := passwordOf(t, d, "1")
				again := withoutRight(from, "pass", hidden)
				time.Sleep(10 * time.Second) // of the bubble's own clock, as below
				if _, err := d.Whole(t.Context(), "1"); err == nil {
					t.Error("the query that nobody may make any more is answered")
				}
				if got := passwordOf(t, d, "1"); got != "" {
					t.Errorf("digest %q without a right", got)
				}
				if users, err := d.ByID(t.Context(), "1"); err != nil || len(users) != 1 {
					t.Errorf("others get %v, %v", users, err)
				}
				for range 5 {
					time.Sleep(65 * time.Second)
					passwordOf(t, d, "1")
				}
				if text := logged.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "members.pass") || !strings.Contains(text, "chatpass grants") || !strings.Contains(text, "CHATPASS_USERS_PASSWORD") {
					t.Errorf("logged %s", text)
				}
				again()
				time.Sleep(65 * time.Second)
				if got := passwordOf(t, d, "1"); got != first {
					t.Errorf("digest %q, with the right again; was %q", got, first)
				}
				if text := logged.String(); strings.Count(text, "level=INFO") != 1 || strings.Count(text, "level=WARN") != 1 || strings.Contains(text, "canary") {
					t.Errorf("logged %s", text)
				}
				looks := from.looks()
				time.Sleep(time.Hour)
				passwordOf(t, d, "1")
				if from.looks() != looks {
					t.Error("the tables are looked at again though nothing is missing")
				}
			})
		})
	}
}

func TestARightThatMustBeThereStaysRefusedAndIsSeenFromOutside(t *testing.T) {
	for name, c := range map[string]struct{ password, column string }{
		"the password's":         {"pass", "pass"},
		"the name's":             {"pass", "nick"},
		"a password's without ?": {"{old_pass?}{pass}", "pass"},
		"the name's beside a password that may be missing": {"{pass?}", "nick"},
	} {
		for _, hidden := range []bool{false, true} {
			t.Run(fmt.Sprint(name, hidden), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					from := locked()
					d := directory(t, lockedSettings(c.password), from, userinfo.Options{})
					first := passwordOf(t, d, "1")
					if err := d.Probe(t.Context()); err != nil {
						t.Fatal(err)
					}
					again := withoutRight(from, c.column, hidden)
					for range 5 {
						time.Sleep(65 * time.Second)
						if users, err := d.Whole(t.Context(), "1"); err == nil {
							t.Errorf("users %v", users)
						}
						if err := d.Probe(t.Context()); err == nil {
							t.Error("seems to be well")
						}
					}
					again()
					time.Sleep(65 * time.Second)
					if got := passwordOf(t, d, "1"); got != first {
						t.Errorf("digest %q after %q", got, first)
					}
				})
			})
		}
	}
}

func TestAPasswordsColumnThatIsNoLongerThereIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, logged := locked(), new(logBuffer)
		d := directory(t, lockedSettings("{pass?}|{old_pass?}"), from, userinfo.Options{Logger: logged.logger()})
		passwordOf(t, d, "1")
		from.set(func(s *source) { s.tables["members"].columns[5].Name = "gone" })
		time.Sleep(10 * time.Second)
		if _, err := d.Whole(t.Context(), "1"); err == nil {
			t.Error("a column that is not there is read")
		}
		passwordOf(t, d, "1")
		if text := logged.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "not all that tells") || !strings.Contains(text, "missing=members.old_pass") {
			t.Errorf("logged %s", text)
		}
	})
}

func TestAPasswordThatIsNowhereFromTheStartIsTold(t *testing.T) {
	logged := new(logBuffer)
	d := directory(t, lockedSettings("{pwd?}"), locked(), userinfo.Options{Logger: logged.logger()})
	passwordOf(t, d, "1")
	if text := logged.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "missing=pwd") {
		t.Errorf("logged %s", text)
	}
	for _, password := range []string{"{pwd?} ?? {pass?}", "off", ""} {
		logged := new(logBuffer)
		d := directory(t, lockedSettings(password), locked(), userinfo.Options{Logger: logged.logger()})
		passwordOf(t, d, "1")
		if text := logged.String(); text != "" {
			t.Errorf("%q: logged %s", password, text)
		}
	}
}
