package blackbox_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// granted makes the account that grants prints, as an administrator would, and returns the address for it.
func granted(t *testing.T, server *mysqltest.Server, e env, address, account string) string {
	t.Helper()
	const password = "pw-test_1_1-Zq8"
	r := run(t, e, "grants", "--account", account)
	if r.code != 0 || !strings.HasPrefix(r.stdout, "CREATE USER '"+account+"'@'%' IDENTIFIED BY 'CHANGE-ME';\n") || !strings.Contains(r.stderr, "CHANGE-ME") {
		t.Fatalf("grants ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
	if strings.Contains(r.stdout, "pass") || strings.Contains(r.stdout, "*") {
		t.Errorf("grants more than the mapping reads:\n%s", r.stdout)
	}
	t.Cleanup(func() {
		if _, err := server.SQL().Exec("DROP USER '" + account + "'@'%'"); err != nil {
			t.Error(err)
		}
	})
	for line := range strings.Lines(strings.ReplaceAll(r.stdout, "CHANGE-ME", password)) {
		if _, err := server.SQL().ExecContext(t.Context(), strings.TrimSuffix(strings.TrimSpace(line), ";")); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(account, password)
	return u.String()
}

// TestTheAccountOfGrantsIsAllThatIsNeeded does what grants tells an administrator to do, and runs the site through that account.
func TestTheAccountOfGrantsIsAllThatIsNeeded(t *testing.T) {
	t.Parallel()
	address, root := evidenceDatabase(t, "wordpress"), t.TempDir()
	wpConfig(t, root, address)
	if err := os.Mkdir(filepath.Join(root, "wp-includes"), 0o755); err != nil {
		t.Fatal(err)
	}
	server := mysqltest.Start(t)
	e := settings(server.Database(t)).with("DATABASE_URL", "", "SITE_ROOT", root, "IDENTITY", "site")
	wpConfig(t, root, granted(t, server, e, address, "blackbox_grants"))
	lines := check(t, e, 0)
	expectLine(t, lines, "ok platform: ", filepath.Join(root, "wp-config.php"))
	expectLine(t, lines, "ok rights: the database account may only read what the mapping needs")
	expectLine(t, lines, "ok index: ")
	if r := run(t, e, "users", "1"); r.code != 0 || !strings.HasPrefix(r.stdout, `[{"user_id":1,"name":`) {
		t.Errorf("users ended with %d: %s%s", r.code, r.stdout, r.stderr)
	}
}

// TestAnAccountOfColumnsDoesNotHideIndexes checks a site whose indexes have columns that the mapping does not read: the database does
// not show them to the account.
func TestAnAccountOfColumnsDoesNotHideIndexes(t *testing.T) {
	t.Parallel()
	address := evidenceDatabase(t, "drupal")
	server := mysqltest.Start(t)
	e := settings(server.Database(t)).with("DATABASE_URL", address, "PRESET", "drupal", "TABLE_PREFIX", "wp_", "IDENTITY", "site")
	lines := check(t, e.with("DATABASE_URL", granted(t, server, e, address, "blackbox_indexes")), 0)
	expectLine(t, lines, "ok index: every column")
	expectLine(t, lines, "ok rights: ")
	if strings.Contains(lines, "no index begins") {
		t.Errorf("an index that is there is missed:\n%s", lines)
	}
}

func TestGrantsWithoutADatabase(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	e := people(t, server.Database(t), 1)
	server.Kill(t)
	if r := run(t, e, "grants"); r.code != 1 || r.stdout != "" || !strings.Contains(r.stderr, "no connection") || !strings.Contains(r.stderr, "start the database") {
		t.Errorf("grants ended with %d: %s%s", r.code, r.stdout, r.stderr)
	}
}
