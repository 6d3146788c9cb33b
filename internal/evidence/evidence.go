// Package evidence loads the folders that prove a preset: schema, rows chosen to hurt, and what users-info must answer, into a real
// database. It is for tests.
package evidence

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/glebarez/go-sqlite" // as sitedb has it

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
)

// Folder is one folder of evidence.
type Folder struct {
	Name     string // "wordpress--multisite"
	Path     string
	Preset   string `json:"preset"`
	Prefix   string `json:"table_prefix"`
	SiteURL  string `json:"site_url"`
	Timezone string `json:"timezone"`
	Ask      string `json:"ask"` // ids, separated by commas
}

// Folders reads the folders below root. An empty or broken one fails the test.
func Folders(tb testing.TB, root string) []Folder {
	tb.Helper()
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) == 0 {
		tb.Fatalf("no evidence: %v", err)
	}
	var folders []Folder
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), "fuzz") {
			continue
		}
		f := Folder{Name: e.Name(), Path: filepath.Join(root, e.Name())}
		if err := json.Unmarshal(f.Read(tb, "evidence.json"), &f); err != nil {
			tb.Errorf("%s: evidence.json: %v", e.Name(), err)
			continue
		}
		folders = append(folders, f)
	}
	return folders
}

// Read is a file of the folder; the test fails without it.
func (f *Folder) Read(tb testing.TB, name string) []byte {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(f.Path, name)) //nolint:gosec // G304: a folder of the test
	if err != nil || len(text) == 0 {
		tb.Errorf("%s: %s is missing or empty", f.Name, name)
	}
	return text
}

// Load puts schema and rows into a new database of an engine (mysql, postgres, sqlite) with a prefix for the tables, and returns the address for an account that
// can read all of it. first tells that the engine is the first of the preset's list, whose files have plain names. more are further files of the folder, as they are.
func (f *Folder) Load(tb testing.TB, engine, prefix string, first bool, more ...string) (url string) {
	tb.Helper()
	var text strings.Builder
	for _, part := range []string{"schema", "seed"} {
		name := part + ".sql"
		if !first {
			own := part + "." + engine + ".sql"
			if _, err := os.Stat(filepath.Join(f.Path, own)); err == nil || part == "schema" {
				name = own
			}
		}
		text.Write(f.Read(tb, name))
		text.WriteByte('\n')
	}
	for _, name := range more {
		text.Write(f.Read(tb, name))
		text.WriteByte('\n')
	}
	base := prefix
	if cut, ok := strings.CutSuffix(base, "_"); ok {
		if short := strings.TrimRight(cut, "0123456789"); short != cut && strings.HasSuffix(short, "_") {
			base = short
		}
	}
	statements := Statements(strings.NewReplacer("{p}", prefix, "{base}", base).Replace(text.String()))
	switch engine {
	case "mysql":
		db := mysqltest.Start(tb).Database(tb)
		run(tb, db.SQL(), append([]string{"SET SESSION sql_mode = ''"}, statements...))
		return db.URL()
	case "postgres":
		db := pgtest.Start(tb).Database(tb)
		run(tb, db.SQL(), statements)
		return db.URL()
	default:
		path := filepath.Join(tb.TempDir(), "site.sqlite")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			tb.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		run(tb, db, statements)
		return "sqlite:" + path
	}
}

// run runs statements on one connection, since some set what is the session's.
func run(tb testing.TB, db *sql.DB, statements []string) {
	tb.Helper()
	conn, err := db.Conn(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, s := range statements {
		if _, err := conn.ExecContext(tb.Context(), s); err != nil {
			tb.Fatalf("%v in\n%s", err, s)
		}
	}
}

// Statements splits a file at the semicolons that end a line.
func Statements(text string) []string {
	var statements []string
	var current strings.Builder
	for line := range strings.Lines(text) {
		if trimmed := strings.TrimSpace(line); trimmed == "" || strings.HasPrefix(trimmed, "--") {
			continue
		}
		current.WriteString(line)
		if strings.HasSuffix(strings.TrimSpace(line), ";") {
			statements = append(statements, current.String())
			current.Reset()
		}
	}
	if rest := strings.TrimSpace(current.String()); rest != "" {
		statements = append(statements, rest)
	}
	return statements
}
