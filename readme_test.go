package main_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/provider/all"
)

// The table of settings in README is the first thing an owner reads: it must name every variable this version has, and no other.
func TestReadmeNamesEverySetting(t *testing.T) {
	var sections []config.Section
	for _, p := range all.Configs() {
		sections = append(sections, p)
	}
	known, err := config.Variables(sections...)
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var table []string
	for line := range strings.Lines(string(readme)) {
		if strings.HasPrefix(line, "| `CHATPASS_") {
			first, _, _ := strings.Cut(line[2:], "|")
			table = append(table, regexp.MustCompile(`CHATPASS_\w+`).FindAllString(first, -1)...)
		}
	}
	built := map[string]bool{}
	for _, v := range known {
		built[v.Name] = v.Built
		if v.Built && !slices.Contains(table, v.Name) {
			t.Errorf("README's table does not name %s", v.Name)
		}
	}
	for _, name := range table {
		if !built[name] {
			t.Errorf("README's table names %s, which this version does not have", name)
		}
	}
}
