package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/preset"
)

func presetNamed(t *testing.T, name string) *preset.File {
	t.Helper()
	f, faults := preset.Open(name)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return f
}

func TestPresetsAreListed(t *testing.T) {
	got := runProgram(t.TempDir(), nil, "presets")
	lines := strings.Split(strings.TrimSuffix(got.out, "\n"), "\n")
	if got.code != exitOK || got.err != "" || len(lines) != len(preset.Names())+1 {
		t.Fatalf("exit %d, %d lines: %s%s", got.code, len(lines), got.out, got.err)
	}
	title, versions := strings.Index(lines[0], "TITLE"), strings.Index(lines[0], "VERSIONS")
	for n, name := range preset.Names() {
		line, f := lines[n+1], presetNamed(t, name)
		if strings.TrimSpace(line[:title]) != name || strings.TrimSpace(line[title:versions]) != f.Title || line[versions:] != f.Versions {
			t.Errorf("the line of %s is %q", name, line)
		}
	}
}

func TestPresetsAreListedAsJSON(t *testing.T) {
	got := runProgram(t.TempDir(), nil, "presets", "--json")
	var list []platform
	if err := json.Unmarshal([]byte(got.out), &list); err != nil || got.code != exitOK {
		t.Fatalf("exit %d, %v: %s", got.code, err, got.out)
	}
	names := make([]string, len(list))
	for n, p := range list {
		names[n] = p.Name
		if p.Title == "" || p.Versions == "" || p.Family == "" || len(p.Databases) == 0 {
			t.Errorf("something of %s is missing: %+v", p.Name, p)
		}
	}
	if diff := cmp.Diff(preset.Names(), names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPresetIsPrintedByteForByte(t *testing.T) {
	for _, name := range preset.Names() {
		want, err := os.ReadFile("preset/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if got := runProgram(t.TempDir(), nil, "presets", name); got.code != exitOK || got.err != "" || got.out != string(want) {
			t.Errorf("presets %s ends with %d and is not the file: %s", name, got.code, got.err)
		}
	}
	schema, err := os.ReadFile("preset/mapping.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := runProgram(t.TempDir(), nil, "presets", "--schema"); got.code != exitOK || !bytes.Equal([]byte(got.out), schema) {
		t.Errorf("presets --schema ends with %d and is not the file", got.code)
	}
}

func TestPresetsThatCannotBePrinted(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"a typo", []string{"wordpres"}, exitFailed, `there is no preset "wordpres"; did you mean wordpress?`},
		{"a stranger", []string{"zzzzzzzz"}, exitFailed, "There are: discourse"},
		{"a path", []string{"../go"}, exitFailed, "there is no preset"},
		{"two", []string{"wordpress", "phpbb"}, exitUsage, "name one preset"},
		{"a name and the list", []string{"wordpress", "--json"}, exitUsage, "exclude each other"},
		{"the schema and the list", []string{"--schema", "--json"}, exitUsage, "exclude each other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := runProgram(t.TempDir(), nil, append([]string{"presets"}, tt.args...)...)
			if got.code != tt.code || got.out != "" || !strings.Contains(got.err, tt.want) {
				t.Errorf("exit %d, output %q, messages %q", got.code, got.out, got.err)
			}
		})
	}
}
