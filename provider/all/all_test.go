package all_test

import (
	"os"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/provider/all"
)

func TestEveryProvidersFolderIsInTheList(t *testing.T) {
	listed := map[string]bool{}
	for _, c := range all.Configs() {
		if c.Enabled() || listed[c.Name()] || c.Name() != strings.ToLower(c.Name()) {
			t.Errorf("provider %q is on without settings, listed twice or not in lower case", c.Name())
		}
		listed[c.Name()] = true
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	folders := 0
	for _, e := range entries {
		if e.IsDir() && e.Name() != "all" && !strings.HasSuffix(e.Name(), "test") {
			folders++
			if !listed[e.Name()] {
				t.Errorf("provider/%s is not in the list", e.Name())
			}
		}
	}
	if folders == 0 || folders != len(listed) {
		t.Errorf("%d folders, %d providers", folders, len(listed))
	}
}

func TestEveryCallGivesFreshSettings(t *testing.T) {
	a, b := all.Configs(), all.Configs()
	if a[0] == b[0] {
		t.Error("two callers share their settings")
	}
}
