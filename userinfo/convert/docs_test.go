package convert_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo/convert"
)

func TestTheGuideListsEveryConverter(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "mapping.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(raw), "\n## Converters\n")
	if !ok {
		t.Fatal("the guide has no section Converters")
	}
	table, _, _ = strings.Cut(table, "\n## ")
	name := regexp.MustCompile("`([a-z0-9_]+)(?:\\([^`]*\\))?`")
	var got []string
	for line := range strings.Lines(table) {
		if cell, ok := strings.CutPrefix(line, "| `"); ok {
			cell, _, _ = strings.Cut("`"+cell, " | ")
			for _, match := range name.FindAllStringSubmatch(cell, -1) {
				got = append(got, match[1])
			}
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(convert.Names(), got); diff != "" {
		t.Error(diff)
	}
}
