package blackbox_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
)

// narrow makes an account that may read some columns of people, and returns the address for it.
func narrow(t *testing.T, db *mysqltest.DB, account, columns string) (address string) {
	t.Helper()
	server := mysqltest.Start(t)
	for _, statement := range []string{
		"CREATE USER '" + account + "'@'%' IDENTIFIED BY 'pw-test_1_1-Zq8'", "GRANT SELECT (" + columns + ") ON `" + db.Name + "`.people TO '" + account + "'@'%'",
	} {
		if _, err := server.SQL().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if _, err := server.SQL().Exec("DROP USER '" + account + "'@'%'"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(db.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(account, "pw-test_1_1-Zq8")
	return u.String()
}

// TestPasswordsAreSetGrantedAndRead does what docs/mapping.md says, in its order, with the account that is in use.
func TestPasswordsAreSetGrantedAndRead(t *testing.T) {
	t.Parallel()
	for i, password := range []string{"word_of_user", "{word_of_user?}"} {
		t.Run(password, func(t *testing.T) {
			t.Parallel()
			_, db, e := sendbirdSite(t)
			db.Exec(t, "ALTER TABLE people ADD word_of_user VARCHAR(80) NOT NULL DEFAULT 'canary-hash'")
			account := fmt.Sprintf("blackbox_narrow%d", i)
			e = e.with("DATABASE_URL", narrow(t, db, account, columnsOf(t, e)))
			check(t, e, 0)

			e = e.with("USERS_PASSWORD", password)
			r := run(t, e, "grants", "--account", account)
			want := "GRANT SELECT (`word_of_user`) ON `" + db.Name + "`.`people` TO '" + account + "'@'%';"
			if r.code != 0 || !strings.Contains(r.stdout, "\n"+want) || !strings.Contains(r.stderr, "cannot see people.word_of_user") {
				t.Fatalf("grants ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
			}
			if _, err := mysqltest.Start(t).SQL().ExecContext(t.Context(), strings.TrimSuffix(want, ";")); err != nil {
				t.Fatal(err)
			}
			expectLine(t, check(t, e, 0), "ok passwords: ", "people.word_of_user")
			r = run(t, e, "grants", "--account", account)
			if r.code != 0 || strings.Count(r.stdout, "GRANT SELECT") != 1 || !strings.Contains(r.stdout, "`word_of_user`") || strings.Contains(r.stderr, "cannot see") {
				t.Errorf("grants with the right ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
			}
		})
	}
}

// columnsOf are the columns that grants names for a site.
func columnsOf(t *testing.T, e env) string {
	t.Helper()
	r := run(t, e, "grants")
	_, rest, found := strings.Cut(r.stdout, "GRANT SELECT (")
	columns, _, _ := strings.Cut(rest, ")")
	if r.code != 0 || !found {
		t.Fatalf("grants ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
	return columns
}

func TestAMisspelledPasswordIsToldByGrantsAsFarAsItCanBeSeen(t *testing.T) {
	t.Parallel()
	_, db, e := sendbirdSite(t)
	db.Exec(t, "ALTER TABLE people ADD word_of_user VARCHAR(80)")
	r := run(t, e.with("USERS_PASSWORD", "word_of_usr"), "grants")
	if r.code != 78 || r.stdout != "" || !strings.Contains(r.stderr, "did you mean word_of_user?") {
		t.Errorf("grants ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
	r = run(t, e.with("USERS_PASSWORD", "{word_of_usr?}"), "grants")
	if r.code != 0 || strings.Contains(r.stdout, "word_of_usr") {
		t.Errorf("grants of one that may be missing ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
}

func TestGrantsWithAnAccountThatIsNotThereAsksForAnAdministrators(t *testing.T) {
	t.Parallel()
	_, db, e := sendbirdSite(t)
	u, err := url.Parse(db.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("blackbox_nobody", "canary-no-such")
	r := run(t, e.with("DATABASE_URL", u.String()), "grants")
	if r.code != 1 || r.stdout != "" || !strings.Contains(r.stderr, "give this one command an administrator's address") || strings.Contains(r.stderr, "canary") {
		t.Errorf("grants ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
}

func TestPasswordsOnPostgreSQLAreGrantedWithTheRest(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	db := server.Database(t)
	db.Exec(t, "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(40), word_of_user CHAR(60))")
	db.Exec(t, "INSERT INTO people VALUES (1, 'Ann', 'canary-hash')")
	const account, password = "blackbox_pg_narrow", "pw-test_1_1-Zq8"
	db.Exec(t, "CREATE ROLE "+account+" LOGIN PASSWORD '"+password+"'")
	t.Cleanup(func() { db.Exec(t, "DROP OWNED BY "+account); db.Exec(t, "DROP ROLE "+account) })
	db.Exec(t, "GRANT SELECT (id, name) ON people TO "+account)
	u, err := url.Parse(db.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(account, password)
	_, _, e := sendbirdSite(t)
	e = e.with("DATABASE_URL", u.String(), "USERS_TABLE", "people", "USERS_ID", "id", "USERS_NAME", "name", "USERS_AVATAR", "", "USERS_WHERE", "", "USERS_PASSWORD", "word_of_user", "IDENTITY", "header")
	lines := check(t, e, 1)
	expectLine(t, lines, "fail CHATPASS_USERS_PASSWORD", "which the database account may not read", "GRANT SELECT (word_of_user) ON people")
	r := run(t, e, "grants", "--account", account)
	if r.code != 0 || !strings.Contains(r.stdout, `"word_of_user")`) {
		t.Fatalf("grants ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
	db.Exec(t, "GRANT SELECT (word_of_user) ON people TO "+account)
	expectLine(t, check(t, e, 0), "ok passwords: ", "people.word_of_user")
}
