package detect_test

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/detect"
	"github.com/chatpass/chatpass/preset"
)

// known is what the tests need to know of a preset beside its rule.
type known struct {
	database string // the first it runs on
	key      string // of its users table
}

// shipped are the rules of the presets. They are read past the package's own reader, so
// that a preset with a fault elsewhere is still tried.
func shipped(t *testing.T) (rules []detect.Rule, presets map[string]known) {
	t.Helper()
	files, err := filepath.Glob("../preset/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d presets, %v; the folder is not where the test looks", len(files), err)
	}
	presets = map[string]known{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var f struct {
			Databases []string
			Detect    preset.Detect
			Users     struct{ Key any }
		}
		if err := yaml.Unmarshal(text, &f); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if f.Detect.Anchor == "" || len(f.Detect.Columns) == 0 || len(f.Databases) == 0 {
			t.Errorf("%s says not how the platform is recognised", file)
			continue
		}
		rules = append(rules, detect.Rule{Name: name, Detect: f.Detect})
		key, _ := f.Users.Key.(string)
		if form, ok := f.Users.Key.(map[string]any); ok {
			key, _ = form["col"].(string)
		}
		presets[name] = known{f.Databases[0], key}
	}
	return rules, presets
}

// evidence is a folder of preset/testdata.
type evidence struct {
	Preset string
	Prefix string `json:"table_prefix"`
	folder string
}

func evidences(t *testing.T) []evidence {
	t.Helper()
	files, err := filepath.Glob("../preset/testdata/*/evidence.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d folders of evidence, %v; the folder is not where the test looks", len(files), err)
	}
	all := make([]evidence, len(files))
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &all[i]); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[i].folder = filepath.Dir(file)
	}
	return all
}

// blog is the number of a site in a WordPress network.
var blog = regexp.MustCompile(`_[0-9]+_$`)

// base is what {base} stands for.
func base(prefix string) string { return blog.ReplaceAllString(prefix, "_") }

func TestEveryPresetIsFoundInItsEvidence(t *testing.T) {
	rules, presets := shipped(t)
	var right, wrong []string // whose users table and key a guess would find too
	tried := 0
	all := evidences(t)
	for _, r := range rules {
		if !slices.ContainsFunc(all, func(e evidence) bool { return e.Preset == r.Name }) {
			t.Errorf("the preset %s has no evidence", r.Name)
		}
	}
	for _, e := range all {
		i := slices.IndexFunc(rules, func(r detect.Rule) bool { return r.Name == e.Preset })
		if i < 0 {
			t.Errorf("%s is of a preset that is not there: %q", e.folder, e.Preset)
			continue
		}
		for _, engine := range []string{"mysql", "postgres", "sqlite"} {
			file := filepath.Join(e.folder, "schema."+engine+".sql")
			if engine == presets[e.Preset].database {
				file = filepath.Join(e.folder, "schema.sql")
			}
			text, err := os.ReadFile(file)
			if os.IsNotExist(err) && engine != presets[e.Preset].database {
				continue
			}
			if err != nil {
				t.Error(err)
				continue
			}
			t.Run(filepath.Base(e.folder)+" on "+engine, func(t *testing.T) {
				for _, together := range installs(string(text), e.Prefix, engine == presets[e.Preset].database) {
					tried++
					g := tryEvidence(t, engine, string(text), together, rules, rules[i])
					if g.ID != "" && g.ID == presets[e.Preset].key {
						right = append(right, t.Name())
					} else {
						wrong = append(wrong, t.Name())
					}
				}
			})
		}
	}
	if len(right)+len(wrong) < tried {
		t.Logf("only %d of %d could be loaded, too few to judge guesses by", len(right)+len(wrong), tried)
		return
	}
	if len(right) < 9*len(wrong) {
		t.Errorf("%d users tables are guessed right, fewer than nine in ten; wrong: %q", len(right), wrong)
	}
}

// fixed matches the making of a table that has no prefix.
var fixed = regexp.MustCompile(`(?i)CREATE TABLE [^{(]*\(`)

// installs are the prefixes to try, grouped as they fit in one database: the evidence's own, and, where there are prefixes, an odd one
// and one that parts nothing from the name.
func installs(text, prefix string, all bool) [][]string {
	number := blog.FindString(prefix)
	odd := []string{"odd_x" + cmp.Or(number, "_"), "zz" + number}
	switch {
	case !all || !strings.Contains(text, "{p}") && !strings.Contains(text, "{base}"):
		return [][]string{{prefix}}
	case fixed.MatchString(text):
		return [][]string{{prefix}, {odd[0]}, {odd[1]}}
	default:
		return [][]string{append(odd, prefix)}
	}
}

// tryEvidence loads a schema with each prefix and expects the rule to win everywhere, with the same score. It returns the best guess
// for somebody who does not know the platform, if it names the right table.
func tryEvidence(t *testing.T, engine, text string, prefixes []string, rules []detect.Rule, want detect.Rule) (guess detect.Guess) {
	t.Helper()
	var statements strings.Builder
	var wanted []detect.Match
	for _, prefix := range prefixes {
		statements.WriteString(strings.NewReplacer("{p}", prefix, "{base}", base(prefix)).Replace(text) + "\n")
		wanted = append(wanted, expected(text, prefix, want)...)
	}
	tables := load(t, engine, statements.String())
	found := detect.Platforms(tables, rules)
	if guesses := detect.Guesses(tables); len(guesses) > 0 && slices.ContainsFunc(found, func(m detect.Match) bool { return m.UsersTable == guesses[0].Table }) {
		guess = guesses[0]
	}
	if want.Anchor == "*" {
		if len(found) != len(prefixes) || found[0].Preset != want.Name {
			t.Errorf("found %q; want %s", short(found), want.Name)
		}
		return guess
	}
	byTable := func(a, b detect.Match) int { return cmp.Compare(a.UsersTable, b.UsersTable) }
	slices.SortFunc(wanted, byTable)
	slices.SortFunc(found, byTable)
	if diff := gocmp.Diff(wanted, found, ignoreScore); diff != "" {
		t.Errorf("with the prefixes %q (-want +got):\n%s", prefixes, diff)
	}
	for _, m := range found {
		if m.Score != found[0].Score {
			t.Errorf("an install is worth %v, another %v: a companion was taken from the wrong one", m.Score, found[0].Score)
		}
	}
	return guess
}

// expected is what a schema shows: the users tables it makes.
func expected(text, prefix string, want detect.Rule) []detect.Match {
	var matches []detect.Match
	for anchor := range strings.SplitSeq(strings.ReplaceAll(want.Anchor, " ", ""), "??") {
		anchor = strings.TrimPrefix(anchor, "=")
		for placeholder, before := range map[string]string{"{base}": base(prefix), "{p}": prefix, "": ""} {
			if regexp.MustCompile(`(?i)CREATE TABLE [^{\w]?` + regexp.QuoteMeta(placeholder+anchor) + `\W`).MatchString(text) {
				matches = append(matches, detect.Match{Preset: want.Name, Prefix: before, UsersTable: before + anchor})
			}
		}
	}
	return matches
}
