//go:build linux || darwin || freebsd

package mesibo

import (
	"math"
	"syscall"
)

// freeBytes is how much may be written on the disk of a folder; an error while it is not there.
func freeBytes(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(min(float64(s.Bavail)*float64(s.Bsize), math.MaxInt64/2)), nil
}
