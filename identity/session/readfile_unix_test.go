//go:build unix

package session_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestAnEmptyFileThatIsBeingWrittenTellsNothing: PHP empties a file within its lock, and may be interrupted there. A session without anything in it is a guest's.
func TestAnEmptyFileThatIsBeingWrittenTellsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sess_ada")
	r := resolverOf(t, ownFiles(filepath.Dir(path)), nil)
	for _, c := range []struct {
		age    time.Duration
		locked bool
		want   string
	}{
		{0, false, "none"}, {0, true, "unavailable"}, {900 * time.Millisecond, true, "unavailable"}, {1100 * time.Millisecond, true, "none"}, {time.Minute, false, "none"}, {time.Minute, true, "none"},
	} {
		put(t, path, "", now.Add(-c.age))
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if c.locked {
			if err := lock(f); err != nil {
				t.Fatal(err)
			}
		}
		if got := ask(t, r, "PHPSESSID=ada"); got != c.want {
			t.Errorf("a file that has been empty for %v, locked: %t, gives %s, want %s", c.age, c.locked, got, c.want)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
