package blackbox_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is an account without rights of its own: what root may do whatever the mode says, it may not.
const nobody = 65534

// asNobody runs a command in a folder, where the tests run as root as nobody.
func asNobody(t *testing.T, dir string, args ...string) result {
	t.Helper()
	cmd := prepare(t, nil, args...)
	if os.Getuid() == 0 {
		built, err := os.ReadFile(cmd.Path)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(openFolder(t), "chatpass") // the build folder is root's alone
		if err := os.WriteFile(copied, built, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd = &exec.Cmd{Path: copied, Args: cmd.Args, Env: cmd.Env, SysProcAttr: &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}}
	}
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code, ended := ends(cmd, runLimit)
	if !ended {
		_ = cmd.Process.Kill()
		t.Fatalf("it does not end: %s", stderr.String())
	}
	leaks(t, "what it says", stdout.String()+stderr.String())
	return result{stdout.String(), stderr.String(), code}
}

// openFolder is a temporary folder for everybody; those of the testing package lie in one of root's.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "chatpass-init-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// closed makes a folder that its mode keeps others out of, and opens it again when the test ends, so that it can be removed.
func closed(t *testing.T, dir string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(dir, mode); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
}

func TestInitWithoutRights(t *testing.T) {
	t.Parallel()
	root := openFolder(t)
	if err := os.CopyFS(root, os.DirFS(laravel(t))); err != nil {
		t.Fatal(err)
	}
	t.Run("a folder that cannot be written to", func(t *testing.T) {
		dir := openFolder(t)
		closed(t, dir, 0o555)
		r := asNobody(t, dir, "init", "--site-root", root)
		if r.code != 1 || !strings.Contains(r.stderr, "cannot be written: permission denied") {
			t.Errorf("init ends with %d:\n%s", r.code, r.stderr)
		}
		nothingIn(t, dir)
	})
	t.Run("a site that cannot be read", func(t *testing.T) {
		dir, site := openFolder(t), openFolder(t)
		if err := os.CopyFS(site, os.DirFS(root)); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o700)
		if os.Getuid() != 0 {
			mode = 0
		}
		closed(t, site, mode)
		r := asNobody(t, dir, "init", "--site-root", site)
		if r.code != 1 || !strings.Contains(r.stderr, "permission denied") {
			t.Errorf("init ends with %d:\n%s", r.code, r.stderr)
		}
		nothingIn(t, dir)
	})
	t.Run("a configuration that cannot be read", func(t *testing.T) {
		dir, site := openFolder(t), openFolder(t)
		if err := os.CopyFS(site, os.DirFS(root)); err != nil {
			t.Fatal(err)
		}
		closed(t, filepath.Join(site, ".env"), 0)
		r := asNobody(t, dir, "init", "--site-root", site)
		if r.code != 1 || !strings.Contains(r.stderr, "looks like Laravel, but its configuration cannot be read: permission denied") {
			t.Errorf("init ends with %d:\n%s", r.code, r.stderr)
		}
		nothingIn(t, dir)
	})
}
