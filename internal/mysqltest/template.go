package mysqltest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// serverArgs are the options of the installation and of the server: small, and safe against a killed process but not
// against a crash of the machine. Temporary tables lie in the data folder, since a server that starts deletes those of every server that uses the same folder for them.
func serverArgs(data string) []string {
	args := []string{
		"--no-defaults", "--datadir=" + data, "--tmpdir=" + data,
		"--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=O_DIRECT_NO_FSYNC", "--innodb-doublewrite=0",
		"--innodb-buffer-pool-size=64M", "--innodb-log-file-size=8M", "--innodb-use-native-aio=0",
		"--skip-name-resolve", "--skip-log-bin", "--performance-schema=0", "--log-warnings=1",
	}
	if os.Getuid() == 0 {
		args = append(args, "--user=root")
	}
	return args
}

// find returns the path of a server program, which Debian keeps outside of an ordinary user's PATH.
func find(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, folder := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"} {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: no program %s", errMissing, name)
}

// template returns a fresh data folder to copy from. It is made by the first test process that needs it and kept in the
// user's temporary folder, so that a package costs a copy and a start instead of an installation.
func template(program string) (string, error) {
	installer, err := find("mariadb-install-db")
	if err != nil {
		return "", err
	}
	version, err := exec.Command(program, "--no-defaults", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("ask mariadbd for its version: %w", err)
	}
	key := sha256.Sum256(fmt.Append(version, serverArgs("")))
	base := filepath.Join(os.TempDir(), "chatpass-mariadb-template-"+strconv.Itoa(os.Getuid()))
	if err := ownFolder(base); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(filepath.Join(base, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }() // closing unlocks
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock the template: %w", err)
	}
	folder := filepath.Join(base, hex.EncodeToString(key[:8]))
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	fresh, err := os.MkdirTemp(base, "new-")
	if err != nil {
		return "", err
	}
	args := append(serverArgs(fresh), "--auth-root-authentication-method=normal", "--skip-test-db")
	if out, err := exec.Command(installer, args...).CombinedOutput(); err != nil {
		_ = os.RemoveAll(fresh)
		return "", fmt.Errorf("mariadb-install-db: %w\n%s", err, tail(out))
	}
	return folder, os.Rename(fresh, folder)
}

// ownFolder makes a folder only this user may enter, and refuses one that somebody else put in its place.
func ownFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(stat.Uid) != os.Getuid() || info.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s is not this user's own folder; remove it", path)
	}
	return nil
}
