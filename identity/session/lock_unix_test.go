//go:build unix

package session_test

import (
	"os"
	"syscall"
)

// lock keeps others from a file until it is closed, as PHP does.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }
