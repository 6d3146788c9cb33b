package sitefile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/chatpass/chatpass/sitefile"
)

// nobody is the account that owns nothing.
const nobody = 65534

// asNobody does something without root's rights over files, where the test runs as root. The thread that gave them up is not used again.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		do()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0)
		do()
	}()
	<-done
}

func TestAFileWithoutPermissionIsNoPlatformMissing(t *testing.T) {
	closed := folder(t, map[string]string{"config.php": defines("NAME", "'db'")})
	file := filepath.Join(closed, "config.php")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{closed, filepath.Dir(closed)} { // which nobody else may enter
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	look := func() (err error) {
		asNobody(t, func() { _, err = sitefile.Look(closed, phpSite) })
		return err
	}
	if err := look(); errors.Is(err, fs.ErrPermission) {
		t.Fatalf("the folder itself is closed: %v", err)
	}
	if err := os.Chmod(file, 0); err != nil {
		t.Fatal(err)
	}
	if err := look(); !errors.Is(err, fs.ErrPermission) || errors.Is(err, sitefile.ErrNotThere) {
		t.Errorf("got %v", err)
	}
}
