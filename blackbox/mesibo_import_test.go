package blackbox_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mesibotest"
	"github.com/chatpass/chatpass/internal/mysqltest"
)

// importLimit is longer than an import of 10,000 users takes on a machine that is busy with others.
const importLimit = 3 * time.Minute

// oldBackend is a site of so many users and the PHP backend they used, and settings to import it.
func oldBackend(t *testing.T, users int) (settings env, known int) {
	t.Helper()
	site, old := mysqltest.Start(t).Database(t), mysqltest.Start(t).Database(t)
	mesibotest.FillSite(t, site, users)
	known = mesibotest.Fill(t, old, users)
	return env{
		"DATABASE_URL": site.URL(), "USERS_TABLE": "site_users", "USERS_ID": "id", "USERS_NAME": "nick", "SITE_URL": "https://example.com",
		"MESIBO_APP_TOKEN": mesiboToken, "MESIBO_APP_IDS": mesiboApp, "MESIBO_USERS_PHONE": "mobile", "MESIBO_IMPORT_FROM": old.URL(),
	}, known
}

// imported is all that an import left in a store, without times, numbers of rows and sealed texts, which differ from one store to the next.
func imported(t *testing.T, db *sql.DB) (lines []string) {
	t.Helper()
	const user = "(SELECT u.site_user FROM chat_mesibo_users u WHERE u.id = "
	for _, query := range []string{
		"SELECT 'user', site_user, address, phone, remote_uid, name, site_name, status, photo, cc FROM chat_mesibo_users",
		"SELECT 'contact', " + user + "c.owner), c.phone, '', '', '', '', '', '', '' FROM chat_mesibo_contacts c",
		"SELECT 'group', gid, name, status, photo, type, '', '', '', '' FROM chat_mesibo_groups",
		"SELECT 'member', m.gid, " + user + "m.user_id), m.role, m.joined_at, m.gone, '', '', '', '' FROM chat_mesibo_members m",
		"SELECT 'push', " + user + "p.user_id), p.device, p.production, '', '', '', '', '', '' FROM chat_mesibo_push p",
		"SELECT 'job', kind, site_user, address, '', '', '', '', '', '' FROM chat_provider_jobs",
		"SELECT 'note', kind, ref, hash, '', '', '', '', '', '' FROM chat_mesibo_imports WHERE kind <> 'group'", // whose hash is of numbers of rows
	} {
		lines = append(lines, cellLines(t, db, query)...)
	}
	slices.Sort(lines)
	return lines
}

// cellLines are the rows of a query of 10 columns, a line for each.
func cellLines(t *testing.T, db *sql.DB, query string) (lines []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		cells, into := make([]sql.NullString, 10), make([]any, 10)
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		line := ""
		for _, c := range cells {
			line += c.String + "|"
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// killedImport runs an import and kills it some moments after it told a step; false if it came to its end before.
func killedImport(t *testing.T, e env, step string, after time.Duration) bool {
	t.Helper()
	cmd := prepare(t, e, "mesibo", "import")
	messages, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	told, done := make(chan struct{}), make(chan string)
	go func() {
		var all strings.Builder
		for lines := bufio.NewScanner(messages); lines.Scan(); {
			all.WriteString(lines.Text() + "\n")
			if lines.Text() == "working on: "+step {
				close(told)
			}
		}
		done <- all.String()
	}()
	timer := time.NewTimer(importLimit)
	defer timer.Stop()
	select {
	case <-told:
		timer.Reset(after)
	case <-timer.C:
		t.Fatalf("it did not come to %s within %s", step, importLimit)
	case text := <-done:
		_ = cmd.Wait()
		t.Fatalf("it ended before it came to %s:\n%s", step, text)
	}
	select {
	case <-timer.C:
		_ = cmd.Process.Kill()
		<-done
	case <-done:
	}
	err = cmd.Wait()
	return err != nil && err.Error() == "signal: killed"
}

// wholeImport runs an import to its end.
func wholeImport(t *testing.T, e env) result {
	t.Helper()
	cmd := prepare(t, e, "mesibo", "import")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code, ended := ends(cmd, importLimit)
	if !ended || code != 0 {
		_ = cmd.Process.Kill()
		t.Fatalf("an import ended with %d:\n%s", code, stderr.String())
	}
	for _, canary := range []string{mesiboToken, "91900", "push-0", "Zoë"} {
		if strings.Contains(stdout.String()+stderr.String(), canary) {
			t.Errorf("it tells %q", canary)
		}
	}
	return result{stdout.String(), stderr.String(), code}
}

// TestMesiboImportThatIsKilledLosesAndDoublesNothing kills the program with signal 9 in each of its steps, over 10,000 users.
func TestMesiboImportThatIsKilledLosesAndDoublesNothing(t *testing.T) {
	const users = 10_000
	settings, known := oldBackend(t, users)
	whole := mysqltest.Start(t).Database(t)
	wholeImport(t, settings.with("STORE_URL", whole.RootURL(t)))
	want := imported(t, whole.SQL())
	if n := len(slices.DeleteFunc(slices.Clone(want), func(l string) bool { return !strings.HasPrefix(l, "user|") })); n != known {
		t.Fatalf("%d users are there, %d are known", n, known)
	}
	random := rand.New(rand.NewPCG(9, 9))
	for _, store := range []struct {
		name string
		make func(t *testing.T) (env, func() *sql.DB)
	}{
		{"with a store on MariaDB", func(t *testing.T) (env, func() *sql.DB) {
			t.Helper()
			db := mysqltest.Start(t).Database(t)
			return settings.with("STORE_URL", db.RootURL(t)), db.SQL
		}},
		{"with a store in a file", func(t *testing.T) (env, func() *sql.DB) {
			t.Helper()
			dir := t.TempDir()
			return settings.with("STATE_DIR", dir), func() *sql.DB {
				db, err := sql.Open("sqlite", filepath.Join(dir, "chatpass.db"))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = db.Close() })
				return db
			}
		}},
	} {
		t.Run(store.name, func(t *testing.T) {
			e, open := store.make(t)
			kills := 0
			for _, step := range []string{"reading the old users", "users", "users", "contacts", "contacts", "groups", "push tokens"} {
				if killedImport(t, e, step, time.Duration(random.IntN(150))*time.Millisecond) {
					kills++
				}
			}
			if kills < 4 {
				t.Errorf("only %d runs were killed", kills)
			}
			last := wholeImport(t, e)
			if got := imported(t, open()); !slices.Equal(got, want) {
				t.Errorf("after %d kills %d lines, of one run %d\n%s", kills, len(got), len(want), cmp.Diff(want, got))
			}
			row := regexp.MustCompile(`(?m)^\s*users\s+10002\s+(\d+)\s+0\s+(\d+)\s+0\s+\d+\s*$`).FindStringSubmatch(last.stdout)
			if row == nil || row[2] == "0" {
				t.Errorf("the last run did not go on where the killed ones were:\n%s", last.stdout)
			}
		})
	}
}
