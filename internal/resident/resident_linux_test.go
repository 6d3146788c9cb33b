package resident_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/chatpass/chatpass/internal/resident"
)

func TestTheProgramGoesOnAfterItsPagesWereForgotten(t *testing.T) {
	before := filePages(t)
	if err := resident.ForgetProgram(); err != nil {
		t.Fatal(err)
	}
	if after := filePages(t); after >= before {
		t.Errorf("%d KiB of files were resident, and %d are now", before, after)
	}
}

// filePages is the resident memory of this process that belongs to files, in KiB. The kernel counts files of a disk and of a tmpfs, where a test's program may lie, apart.
func filePages(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`Rss(?:File|Shmem):\s+(\d+) kB`).FindAllSubmatch(status, -1)
	if len(found) != 2 {
		t.Fatalf("the kernel tells %q of RssFile and RssShmem", found)
	}
	sum := 0
	for _, f := range found {
		kib, err := strconv.Atoi(string(f[1]))
		if err != nil {
			t.Fatal(err)
		}
		sum += kib
	}
	return sum
}
