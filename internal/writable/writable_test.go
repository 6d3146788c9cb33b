package writable_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatpass/chatpass/internal/writable"
)

func TestAFolderTakesFilesOrCanBeMade(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for path, want := range map[string]bool{
		dir: true, filepath.Join(dir, "a", "b"): true, "relative/folder": true, file: false, filepath.Join(file, "below"): false, filepath.Join(file, "far", "below"): false, "file": false,
	} {
		probed, blocked := writable.Probe(path), writable.Blocked(path)
		if (probed == nil) != want || (blocked == nil) != want || !want && !errors.Is(probed, writable.ErrNoFolder) {
			t.Errorf("%s: %v, %v", path, probed, blocked)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("something was left: %v, %v", entries, err)
	}
}

func TestAFolderThatTakesNothingIsNotBlocked(t *testing.T) {
	kernels := "/proc/self" // where nobody makes anything, not even root
	if _, err := os.Stat(kernels); err != nil {
		kernels = "/dev" // of a system without /proc, where the tests are not root's
	}
	if err := writable.Probe(kernels + "/folder"); err == nil || errors.Is(err, writable.ErrNoFolder) {
		t.Errorf("got %v", err)
	}
	if err := writable.Blocked(kernels + "/folder"); err != nil {
		t.Errorf("got %v", err)
	}
}
