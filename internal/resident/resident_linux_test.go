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

// filePages is the resident memory of this process that belongs to files, in KiB.
func filePages(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`RssFile:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatal("the kernel does not tell RssFile")
	}
	kib, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kib
}
