//go:build unix

package session

import (
	"os"
	"syscall"
)

// Lock keeps others from a file until it is closed, as PHP does.
func Lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }
