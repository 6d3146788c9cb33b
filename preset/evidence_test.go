package preset_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

func TestMain(m *testing.M) {
	code := mysqltest.Main(m)
	pgtest.Stop()
	os.Exit(code)
}

const evidenceRoot = "testdata"

// directory opens the database and the mapping of a folder.
func directory(t *testing.T, f evidence.Folder, url, prefix string) *userinfo.Directory {
	t.Helper()
	file, faults := preset.Open(f.Preset)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	mapping, faults := userinfo.NewMapping(&file.Users, userinfo.Settings{SiteURL: f.SiteURL, Timezone: f.Timezone, Prefix: prefix})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	db, err := sitedb.Open(sitedb.Options{URL: secret.New(url), QueryTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	d, err := userinfo.NewDirectory(mapping, db, userinfo.Options{QueryTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if faults, err := d.Bind(t.Context()); err != nil {
		t.Fatal(err, faults)
	}
	return d
}

// answer is what users-info says of the ids.
func answer(t *testing.T, d *userinfo.Directory, ids string) []any {
	t.Helper()
	format := new(imbachat.Config).Format(d.KeyKind)
	answers, err := userinfo.NewAnswers(d, userinfo.AnswersOptions{Encode: format.AppendUser})
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := answers.Append(t.Context(), nil, strings.Split(ids, ","))
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, text)
}

func decode(t *testing.T, text []byte) []any {
	t.Helper()
	var list []any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&list); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return list
}

// TestEvidence answers users-info from every folder of evidence, in every database its platform runs on, with the usual prefix of its
// tables and with an odd one.
func TestEvidence(t *testing.T) {
	proven := map[string]bool{}
	for _, f := range evidence.Folders(t, evidenceRoot) {
		proven[f.Preset] = true
		file, faults := preset.Open(f.Preset)
		if len(faults) > 0 {
			t.Errorf("%s: %v", f.Name, faults)
			continue
		}
		want := decode(t, f.Read(t, "want_users.json"))
		f.Read(t, "SOURCE.md")
		for i, engine := range file.Databases {
			if _, err := os.Stat(f.Path + "/schema." + engine + ".sql"); i > 0 && err != nil && strings.Contains(f.Name, "--") {
				continue // a variant need not be shown everywhere
			}
			for _, prefix := range prefixes(f, file, engine) {
				t.Run(f.Name+"/"+engine+"/"+prefix, func(t *testing.T) {
					d := directory(t, f, f.Load(t, engine, prefix, i == 0), prefix)
					if diff := cmp.Diff(want, answer(t, d, f.Ask)); diff != "" {
						t.Errorf("- want, + got:\n%s", diff)
					}
				})
			}
		}
	}
	for _, name := range preset.Names() {
		if !proven[name] {
			t.Errorf("preset %s has no folder of evidence", name)
		}
	}
}

// prefixes are the platform's own and an odd one, where it has any.
func prefixes(f evidence.Folder, file *preset.File, engine string) []string {
	if !strings.Contains(strings.Join(file.Users.Tables, " "), "{p}") {
		return []string{f.Prefix}
	}
	odd := "x7Kq"
	if f.Prefix != "" && strings.TrimRight(strings.TrimSuffix(f.Prefix, "_"), "0123456789") != strings.TrimSuffix(f.Prefix, "_") {
		odd = "x7Kq_" + strings.TrimLeft(strings.TrimSuffix(f.Prefix, "_"), "abcdefghijklmnopqrstuvwxyz_") + "_"
	}
	if engine == "postgres" { // which makes names without quotes lower case
		odd = strings.ToLower(odd)
	}
	return slices.Compact([]string{f.Prefix, odd})
}
