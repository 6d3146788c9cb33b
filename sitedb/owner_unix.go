//go:build unix

package sitedb

import (
	"os"
	"syscall"
)

// ownedByUs reports whether a file belongs to the account this process runs as. The superuser's files lock everybody else out, so
// that it counts as the owner of its own files only.
func ownedByUs(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(stat.Uid) == int64(os.Geteuid())
}
