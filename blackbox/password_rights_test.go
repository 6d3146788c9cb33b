package blackbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// TestARightOnPasswordsThatIsTakenAwayWhileItRuns revokes it from the account that serves, and gives it back.
func TestARightOnPasswordsThatIsTakenAwayWhileItRuns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		password, account string
		goes              bool // tokens are given without it
	}{
		"one that may be missing": {"{pass?}", "blackbox_revoke1", true},
		"one that must be there":  {"pass", "blackbox_revoke2", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, db, e := sendbirdSite(t, "USERS_PASSWORD", c.password)
			db.Exec(t, "ALTER TABLE people ADD COLUMN pass varchar(100)", "UPDATE people SET pass = CONCAT('canary-hash-', id)")
			e = e.with("DATABASE_URL", narrow(t, db, c.account, columnsOf(t, e)))
			s := serve(t, e)
			token := func(id string) int {
				return s.do(t, http.MethodPost, "/chat/sendbird/token", member(id), body("application/json", "")).status
			}
			ready := func() string { return ask(t, client, http.MethodGet, s.admin+"/readyz").body }
			eventually(t, "the first token", 15*time.Second, func() bool { return token("6") == http.StatusOK })
			on := " (`pass`) ON `" + db.Name + "`.people "
			exec := func(statement string) {
				t.Helper()
				if _, err := mysqltest.Start(t).SQL().ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			exec("REVOKE SELECT" + on + "FROM '" + c.account + "'@'%'")
			if c.goes {
				eventually(t, "the loss to be told", 30*time.Second, func() bool {
					return strings.Contains(s.log.String(), "a new password does not end the tokens")
				})
				eventually(t, "tokens without it", 15*time.Second, func() bool { return token("7") == http.StatusOK })
				if got := ready(); !strings.Contains(got, `"ready"`) {
					t.Errorf("readiness %s", got)
				}
			} else {
				eventually(t, "tokens to be refused", 15*time.Second, func() bool { return token("6") == http.StatusServiceUnavailable })
				eventually(t, "that to be seen", 15*time.Second, func() bool { return !strings.Contains(ready(), `"ready"`) })
				eventually(t, "the column to be told", 15*time.Second, func() bool {
					return strings.Contains(s.log.String(), "may not read column pass of table people; GRANT SELECT (pass) ON people")
				})
			}
			exec("GRANT SELECT" + on + "TO '" + c.account + "'@'%'")
			eventually(t, "readiness again", 15*time.Second, func() bool { return strings.Contains(ready(), `"ready"`) })
			if got := token("8"); got != http.StatusOK { // somebody who has not asked too often yet
				t.Errorf("a token with the right again: %d", got)
			}
			s.stop(t)
			if log := s.log.String(); strings.Contains(log, "canary-hash") || strings.Count(log, "does not end the tokens") > 1 {
				t.Errorf("the log is\n%s", log)
			}
		})
	}
}

func TestWhatIsWrongWithPasswordsIsToldOnce(t *testing.T) {
	t.Parallel()
	m := mesiboSettings(t, 1, "USERS_PASSWORD", "word_of_usr")
	lines := check(t, m.env, 1)
	expectLine(t, lines, "fail CHATPASS_USERS_PASSWORD: names column word_of_usr")
	if strings.Count(lines, "names column word_of_usr") != 1 || strings.Count(lines, "GRANT SELECT") != 1 {
		t.Errorf("told more than once:\n%s", lines)
	}
	expectLine(t, lines, "mesibo", "see CHATPASS_USERS_PASSWORD above")
	for setting, want := range map[string]string{
		`"pass"`: "write pass without them", "none": "write off", "people.pass": "write only the column: pass",
	} {
		if r := run(t, m.env.with("USERS_PASSWORD", setting), "check"); r.code != 78 || !strings.Contains(r.stdout+r.stderr, want) {
			t.Errorf("%s: %d %s%s", setting, r.code, r.stdout, r.stderr)
		}
	}
}
