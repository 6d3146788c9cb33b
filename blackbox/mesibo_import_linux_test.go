package blackbox_test

import (
	"database/sql"
	"io"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// killedImport runs an import on a terminal, where it tells its steps, and kills it some moments after it told one; false if it came to its end before.
func killedImport(t *testing.T, e env, step string, after time.Duration) bool {
	t.Helper()
	cmd := prepare(t, e, "mesibo", "import")
	cmd.Env = append(cmd.Env, "TERM=dumb")
	term := onTerminal(t, cmd, io.Discard)
	term.shown.await(t, step, func(text string) bool { return strings.Contains(text, "working on: "+step+"\r\n") })
	timer := time.NewTimer(after)
	defer timer.Stop()
	select {
	case <-timer.C:
		_ = cmd.Process.Kill()
		<-term.read
	case <-term.read:
	}
	err := cmd.Wait()
	return err != nil && err.Error() == "signal: killed"
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
			for _, step := range []string{"reading the old users", "users", "users", "contacts", "contacts", "groups", "groups"} {
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
