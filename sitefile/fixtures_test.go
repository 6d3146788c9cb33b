package sitefile_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/sitefile"
)

var update = flag.Bool("update", false, "write want.json anew; read the difference before it is committed")

// sites are the site sections of testdata/site.yaml.
func sites(t *testing.T) map[string]preset.Site {
	t.Helper()
	text, err := os.ReadFile("testdata/site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]struct{ Site preset.Site }
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&all); err != nil {
		t.Fatal(err)
	}
	found := map[string]preset.Site{}
	for name, platform := range all {
		found[name] = platform.Site
	}
	return found
}

// want is what a fixture holds and what is found in it. Paths begin with {fixture}.
type want struct {
	Found  sitefile.Found
	Values map[string]string
}

// fixture is a folder of testdata, the folder of the site in it, and the platform it belongs to.
type fixture struct {
	dir, root string
	site      preset.Site
}

// fixtures are all folders of testdata. A platform without one is an error.
func fixtures(t *testing.T) []fixture {
	t.Helper()
	var found []fixture
	platforms := sites(t)
	seen := map[string]bool{}
	folders, err := filepath.Glob("testdata/*/site")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		dir, err := filepath.Abs(filepath.Dir(folder))
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(filepath.Base(dir), "--")
		site, ok := platforms[name]
		if !ok {
			t.Errorf("%s belongs to no platform of site.yaml", folder)
			continue
		}
		seen[name] = true
		root := filepath.Join(dir, "site")
		if public := filepath.Join(root, "public"); exists(public) {
			root = public
		}
		found = append(found, fixture{dir, root, site})
	}
	for name := range platforms {
		if !seen[name] {
			t.Errorf("%s has no folder in testdata", name)
		}
	}
	return found
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestEveryPlatformsConfigurationIsRead(t *testing.T) {
	for _, f := range fixtures(t) {
		t.Run(filepath.Base(f.dir), func(t *testing.T) {
			found, err := sitefile.Look(f.root, f.site)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(found.File)
			if err != nil {
				t.Fatal(err)
			}
			values, err := sitefile.Parse(f.site.Format, text)
			if err != nil {
				t.Fatal(err)
			}
			if faults := sitedb.CheckURL(secret.New(found.Database)); found.Database != "" && len(faults) > 0 {
				t.Errorf("the address is not one of a database: %v", faults)
			}
			got := want{Found: *found, Values: values}
			got.Found.File = strings.ReplaceAll(found.File, f.dir, "{fixture}")
			got.Found.Database = strings.ReplaceAll(found.Database, f.dir, "{fixture}")
			file := filepath.Join(f.dir, "want.json")
			if *update {
				writeWant(t, file, got)
			}
			if diff := cmp.Diff(readWant(t, file), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func writeWant(t *testing.T, file string, w want) {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(w); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readWant(t *testing.T, file string) want {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var w want
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&w); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestPresetsRepeatTheSectionOfTheirPlatform(t *testing.T) {
	for name, site := range sites(t) {
		file, faults := preset.Open(name)
		if len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
			continue
		}
		if diff := cmp.Diff(&site, file.Site, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-site.yaml +preset):\n%s", name, diff)
		}
	}
}

func TestNotesHoldNoValues(t *testing.T) {
	for _, f := range fixtures(t) {
		found, err := sitefile.Look(f.root, f.site)
		if err != nil {
			t.Fatal(err)
		}
		for _, canary := range []string{"canary", "p@ss", "can%40ary", "%2Frd"} {
			for _, text := range []string{strings.Join(found.Notes, "\n"), printed(found), printed(*found)} {
				if strings.Contains(text, canary) {
					t.Errorf("%s: %q holds %q", f.dir, text, canary)
				}
			}
		}
	}
}
