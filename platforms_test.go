package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/preset"
)

// families are the headings of the index of platforms, in its order.
var families = [][2]string{
	{"cms", "Content management"},
	{"forum", "Forums"},
	{"community", "Communities"},
	{"shop", "Shops"},
	{"learning", "Learning"},
	{"media", "Video sites"},
	{"framework", "Frameworks"},
}

const (
	tableStart = "<!-- platforms: made by go test . -run Platform -update -->\n"
	tableEnd   = "<!-- end of platforms -->\n"
)

// databaseNames are what people call the databases of a preset.
var databaseNames = strings.NewReplacer("mysql", "MySQL, MariaDB", "postgres", "PostgreSQL", "sqlite", "SQLite")

// platformTable lists the presets, those of one family or all.
func platformTable(family, docs string) string {
	var b strings.Builder
	b.WriteString("| platform | versions | `CHATPASS_PRESET` | database |\n|---|---|---|---|\n")
	all := slices.Clone(preset.All())
	slices.SortFunc(all, func(a, b *preset.File) int {
		return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
	for _, f := range all {
		if family != "" && f.Family != family {
			continue
		}
		versions, _, _ := strings.Cut(f.Versions, ";")
		fmt.Fprintf(&b, "| [%s](%s%s.md) | %s | `%s` | %s |\n", f.Title, docs, page(f.Name), versions, f.Name, databaseNames.Replace(strings.Join(f.Databases, ", ")))
	}
	return b.String()
}

// page is the page that tells of a preset; close relatives share one.
func page(name string) string {
	if name == "rails8" {
		return "rails"
	}
	return name
}

// indexPage is docs/platforms/README.md.
func indexPage() string {
	var b strings.Builder
	b.WriteString("# Platforms\n\nWhat Chatpass knows by itself: where the users are, who is hidden, and where each thing a chat shows comes from. `chatpass init` finds the\nplatform; `chatpass presets NAME` prints the mapping, in [the language](../mapping-language.md) in which you can write your own.\n")
	for _, f := range families {
		fmt.Fprintf(&b, "\n## %s\n\n%s", f[1], platformTable(f[0], ""))
	}
	return b.String()
}

// TestReadmeNamesEveryPlatform keeps the table "Your platform" and the index of platforms equal to the presets.
func TestReadmeNamesEveryPlatform(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(readme), tableStart)
	table, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		t.Fatal("README has no place for the table of platforms")
	}
	index := filepath.Join("docs", "platforms", "README.md")
	want := platformTable("", "docs/platforms/")
	if *update {
		if err := os.WriteFile("README.md", []byte(before+tableStart+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(index, []byte(indexPage()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("README is not what the presets say; go test . -run Platform -update writes it anew:\n%s", diff)
	}
	page, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(indexPage(), string(page)); diff != "" {
		t.Errorf("%s is not what the presets say:\n%s", index, diff)
	}
}

// TestEveryPlatformHasAPage: what is shown, what is hidden, how to set it up.
func TestEveryPlatformHasAPage(t *testing.T) {
	if len(preset.All()) != len(preset.Names()) || len(preset.Names()) < 20 {
		t.Fatalf("%d of %d presets can be read", len(preset.All()), len(preset.Names()))
	}
	for _, f := range preset.All() {
		text, err := os.ReadFile(filepath.Join("docs", "platforms", page(f.Name)+".md"))
		if err != nil || !strings.Contains(string(text), "CHATPASS_PRESET="+f.Name) {
			t.Errorf("docs/platforms/%s.md does not tell how to set %s up", page(f.Name), f.Name)
		}
		if f.Title == "" || f.Versions == "" || f.Notes == "" || len(f.Databases) == 0 || f.Detect == nil || f.Site == nil && f.Name != "kvs" {
			t.Errorf("preset %s is not complete", f.Name)
		}
		if !slices.ContainsFunc(families, func(pair [2]string) bool { return pair[0] == f.Family }) {
			t.Errorf("preset %s is of no family: %q", f.Name, f.Family)
		}
	}
}
