//go:build unix

package sitefile_test

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/chatpass/chatpass/sitefile"
)

func TestAPipeIsNotOpened(t *testing.T) {
	pipe := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(pipe, "config.php"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sitefile.Look(pipe, phpSite); !errors.Is(err, sitefile.ErrNotThere) {
		t.Errorf("a pipe: %v", err)
	}
}
