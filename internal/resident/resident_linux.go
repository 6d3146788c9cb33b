package resident

import (
	"fmt"
	"os"
	"reflect"
	"syscall"
)

// ForgetProgram takes the pages of the program's file out of the resident memory; those still needed come back from the system's cache as they are touched, for
// some microseconds each. Nothing else changes. It returns an error when the system does not let it.
func ForgetProgram() error {
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return err
	}
	defer func() { _ = smaps.Close() }()
	regions, err := clean(smaps, reflect.ValueOf(ForgetProgram).Pointer())
	if err != nil {
		return err
	}
	for _, r := range regions {
		// A file's pages that nobody wrote to are read again (madvise(2)).
		if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, r.start, r.end-r.start, syscall.MADV_DONTNEED); errno != 0 {
			return fmt.Errorf("madvise: %w", errno)
		}
	}
	return nil
}
