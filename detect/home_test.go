package detect_test

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/detect"
	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/sitedb"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	flag.Parse()
	code := mysqltest.Main(m)
	pgtest.Stop()
	os.Exit(code)
}

// load puts statements into an empty database and reads its catalogue.
func load(t *testing.T, engine, statements string) []detect.Table {
	t.Helper()
	address := ""
	switch engine {
	case "mysql":
		d := mysqltest.Start(t).Database(t)
		d.Exec(t, statements)
		address = d.URL()
	case "postgres":
		d := pgtest.Start(t).Database(t)
		d.Exec(t, statements)
		address = d.URL()
	case "sqlite":
		address = "sqlite:" + sqliteFile(t, statements)
	default:
		t.Fatalf("no such database: %q", engine)
	}
	db, err := sitedb.Open(sitedb.Options{URL: secret.New(address), QueryTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	infos, err := db.Catalogue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return described(infos)
}

func sqliteFile(t *testing.T, statements string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "site.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), statements); err != nil {
		t.Fatalf("%v in\n%s", err, statements)
	}
	return path
}

// described is a catalogue as detect takes it.
func described(infos []sitedb.TableInfo) []detect.Table {
	tables := make([]detect.Table, len(infos))
	for i, info := range infos {
		tables[i] = detect.Table{Name: info.Name, Rows: info.Rows}
		for _, c := range info.Columns {
			tables[i].Columns = append(tables[i].Columns, detect.Column{Column: c, Charset: info.Charsets[c.Name]})
		}
	}
	return tables
}

// right are the five things a guess has to get right: table, id, name, e-mail address, avatar.
var right = map[string][5]string{
	"club.mysql":       {"members", "id", "login", "mail", "photo"},
	"shop.mysql":       {"kunden", "kd_kundennr", "{kd_vorname} {kd_nachname}", "kd_emailadresse", "kd_profilbild"},
	"portal.mysql":     {"polzovateli", "nomer", "nik", "pochta", "kartinka"},
	"service.postgres": {"accounts", "id", "display_name ?? handle", "email_address", "avatar_url"},
	"crm.sqlite":       {"app_user", "user_id", "full_name ?? user_name", "user_email", "user_image"},
}

func TestHomeMadeSitesAreNoPlatformAndAreGuessed(t *testing.T) {
	files, err := filepath.Glob("testdata/home/*.sql")
	if err != nil || len(files) != len(right) {
		t.Fatalf("%d home-made sites in testdata/home, %v; want the %d that right lists", len(files), err, len(right))
	}
	presets, _ := shipped(t)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".sql")
		t.Run(name, func(t *testing.T) {
			statements, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tables := load(t, strings.TrimPrefix(filepath.Ext(name), "."), string(statements))
			if found := detect.Platforms(tables, slices.Concat(rules(), presets)); len(found) != 0 {
				t.Errorf("recognised as %v", short(found))
			}
			guesses := detect.Guesses(tables)
			if len(guesses) == 0 {
				t.Fatal("no guess")
			}
			g := guesses[0]
			if diff := cmp.Diff(right[name], [5]string{g.Table, g.ID, g.Name, g.Email, g.Avatar}); diff != "" {
				t.Errorf("the best guess (-want +got):\n%s", diff)
			}
			compareGolden(t, strings.TrimSuffix(file, ".sql")+".golden", explain(guesses))
		})
	}
}

// explain writes guesses as a person reads them.
func explain(guesses []detect.Guess) string {
	var b strings.Builder
	for i, g := range guesses {
		fmt.Fprintf(&b, "%d. %s (%.1f)\n", i+1, g.Table, g.Score)
		for _, line := range [][2]string{
			{"ID", g.ID},
			{"NAME", g.Name},
			{"EMAIL", g.Email},
			{"AVATAR", g.Avatar},
			{"PROFILE_URL", g.ProfileURL},
			{"LASTLOGIN", g.LastLogin},
			{"WHERE", g.Where},
		} {
			if line[1] != "" {
				fmt.Fprintf(&b, "   %s = %s\n", line[0], line[1])
			}
		}
		for _, reason := range g.Reasons {
			fmt.Fprintf(&b, "   - %s\n", reason)
		}
	}
	return b.String()
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
