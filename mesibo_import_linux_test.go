package main

import (
	"regexp"
	"strings"
	"testing"
)

func TestImportShowsABarOnATerminal(t *testing.T) {
	dir, _, _ := mesiboSite(t, 20)
	got := onTerminal(t, dir, []string{"TERM=xterm"}, "mesibo", "import")
	if !regexp.MustCompile(`\r\x1b\[Kusers +\[-{24}\] 0 of 22\r\x1b\[Kusers +\[#{24}\] 22 of 22\r\x1b\[K`).MatchString(got) || strings.Contains(got, "working on") {
		t.Errorf("it shows %q", got)
	}
	if dumb := onTerminal(t, dir, []string{"TERM=dumb"}, "mesibo", "import"); strings.Contains(dumb, "\x1b") || !strings.Contains(dumb, "working on: users") {
		t.Errorf("a dumb terminal gets %q", dumb)
	}
}
