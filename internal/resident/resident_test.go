package resident_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/resident"
)

const smaps = `00400000-00b00000 r-xp 00000000 fe:01 77 /usr/local/bin/chat pass
Size:               7168 kB
Rss:                5000 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
00b00000-01c00000 r--p 00700000 fe:01 77 /usr/local/bin/chat pass
Rss:                6000 kB
Anonymous:             0 kB
01c00000-01c08000 r--p 01800000 fe:01 77 /usr/local/bin/chat pass
Rss:                  64 kB
Anonymous:            64 kB
01c08000-01c0c000 r--p 01808000 fe:01 77 /usr/local/bin/chat pass
Rss:                   0 kB
Anonymous:             0 kB
Swap:                 16 kB
01c0c000-01c10000 r--p 0180c000 fe:01 77 /usr/local/bin/chat pass
Rss:                  16 kB
Swap:                  0 kB
01c10000-01c20000 rw-p 01810000 fe:01 77 /usr/local/bin/chat pass
Anonymous:             0 kB
7f0000000000-7f0000100000 r-xp 00000000 fe:01 99 /usr/lib/libc.so.6
Anonymous:             0 kB
7f0000200000-7f0000300000 r--p 00000000 00:00 0
Anonymous:             0 kB
7ffd00000000-7ffd00020000 r-xp 00000000 00:00 0 [vdso]
Anonymous:             0 kB
`

func TestOnlyUnchangedReadOnlyPagesOfTheProgramAreClean(t *testing.T) {
	got, err := resident.Clean(strings.NewReader(smaps), 0x00400100)
	if err != nil {
		t.Fatal(err)
	}
	want := [][2]uintptr{{0x00400000, 0x00b00000}, {0x00b00000, 0x01c00000}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutAFileThereIsNothingToForget(t *testing.T) {
	for name, address := range map[string]uintptr{"an address outside": 1, "memory without a file": 0x7f0000200000, "what may be written": 0x01c10000} {
		if got, err := resident.Clean(strings.NewReader(smaps), address); err != nil || len(got) > 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := resident.Clean(strings.NewReader("no such thing as smaps\n"), 1); err == nil {
		t.Error("nonsense was understood")
	}
}
