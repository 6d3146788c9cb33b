//go:build unix

package session

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// noFollow opens no link, and does not wait for the other end of a pipe.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// ownerOf is the account a file belongs to.
func ownerOf(info fs.FileInfo) (int, bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}

// locked tells whether a program keeps others from a file, as PHP does while it works with a session. It does not wait, and keeps nobody waiting. Of a file
// system without locks nobody can tell.
func locked(f *os.File) bool {
	fd := int(f.Fd())
	err := syscall.Flock(fd, syscall.LOCK_SH|syscall.LOCK_NB)
	if err == nil {
		_ = syscall.Flock(fd, syscall.LOCK_UN) // closing the file would do it too
	}
	return errors.Is(err, syscall.EWOULDBLOCK)
}
