package sitedb_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

func TestAColumnThatIsNoKeyIsNotReadWhole(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, "CREATE TABLE t (grp INT, name VARCHAR(20), KEY (grp))",
		"INSERT INTO t SELECT 1, CONCAT('n', seq) FROM seq_1_to_5000", "INSERT INTO t VALUES (2, 'only')")
	db := open(t, d.URL())
	lookup, err := db.ByKey(userinfo.Select{Table: "t", Columns: []string{"grp", "name"}}, "grp")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lookup.Rows(t.Context(), int64(1)); !errors.Is(err, userinfo.ErrMapping) {
		t.Errorf("5,000 rows of one key: %v, want ErrMapping", err)
	}
	if rows, err := lookup.Rows(t.Context(), int64(2)); err != nil || rows.Len() != 1 {
		t.Errorf("one row: %v", err)
	}
	limited, err := db.ByKey(userinfo.Select{Table: "t", Columns: []string{"grp", "name"}, Limit: 7}, "grp")
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := limited.Rows(t.Context(), int64(1)); err != nil || rows.Len() != 7 {
		t.Errorf("limit of 7: %v", err)
	}
}

func TestUniqueKeysAreTold(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, "CREATE TABLE t (id INT PRIMARY KEY, mail VARCHAR(50) UNIQUE, grp INT, site INT, nr INT, KEY (grp), UNIQUE (site, nr))")
	columns, err := open(t, d.URL()).Columns(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, c := range columns {
		got += fmt.Sprintf("%s %v %v; ", c.Name, c.Indexed, c.Unique)
	}
	if want := "id true true; mail true true; grp true false; site true false; nr false false; "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A question to information_schema that names its table only by another row makes MariaDB open every table of the site.
func TestReadingTheColumnsOfOneTableOpensNoOther(t *testing.T) {
	d := mysqltest.StartOwn(t).Database(t)
	statements := make([]string, 0, 101)
	for i := range 100 {
		statements = append(statements, fmt.Sprintf("CREATE TABLE t%d (id INT PRIMARY KEY, a INT, KEY (a)) ENGINE=MyISAM", i))
	}
	d.Exec(t, append(statements, "FLUSH TABLES")...)
	db := open(t, d.URL())
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	opened := func() (n int) {
		var name string
		if err := d.SQL().QueryRowContext(t.Context(), "SHOW GLOBAL STATUS LIKE 'Opened_tables'").Scan(&name, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := opened()
	columns, err := db.Columns(t.Context(), "t7")
	if err != nil || len(columns) != 2 {
		t.Fatalf("%d columns, %v", len(columns), err)
	}
	if n := opened() - before; n > 10 {
		t.Errorf("reading the columns of one table opened %d", n)
	}
}

func sqliteFile(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "site.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAClosedSQLiteDatabaseInWALModeOfAnotherOwnerIsLeftAlone(t *testing.T) {
	path := sqliteFile(t, "PRAGMA journal_mode=WAL", "CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)")
	ask := func() error {
		db, err := sitedb.Open(sitedb.Options{URL: secret.New("sqlite:" + path)})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		return db.Ping(t.Context())
	}
	if err := ask(); err != nil {
		t.Errorf("the owner's own file: %v", err)
	}
	if os.Geteuid() != 0 {
		t.Log("not root: the file cannot be given to another owner, the second half is not run")
		return
	}
	if err := os.Chown(path, 1, 1); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path + "-shm", path + "-wal"} {
		if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	err := ask()
	if !errors.Is(err, userinfo.ErrUnavailable) || !strings.Contains(err.Error(), "WAL") {
		t.Errorf("another owner's file: %v, want a refusal that names WAL", err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("files beside the database: %v %v", files, err)
	}
}

func TestBooleanColumnsAreCompared(t *testing.T) {
	path := sqliteFile(t, "CREATE TABLE t (id INTEGER PRIMARY KEY, active BOOLEAN)", "INSERT INTO t VALUES (1, 1), (2, 0)")
	db := open(t, "sqlite:"+path)
	lookup, err := db.ByKey(userinfo.Select{
		Table: "t", Columns: []string{"id"}, Where: []userinfo.Cond{{Column: "active", Op: userinfo.OpEqual, Values: []any{true}}},
	}, "id")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := lookup.Rows(t.Context(), int64(1), int64(2))
	if err != nil || rows.Len() != 1 || string(rows.Row(0)[0]) != "1" {
		t.Errorf("active users: %v", err)
	}
}

func TestSettingsOfPostgresComeFromTheAddressAlone(t *testing.T) {
	d := pgtest.Start(t).Database(t)
	for name, value := range map[string]string{"PGSSLMODE": "verify-full", "PGOPTIONS": "-c statement_timeout=1", "PGPASSWORD": "x", "PGUSER": "nobody", "PGTARGETSESSIONATTRS": "read-write"} {
		t.Setenv(name, value)
	}
	if err := open(t, d.URL()).Ping(t.Context()); err != nil {
		t.Error(err)
	}
	for _, option := range []string{"options=-c%20default_transaction_read_only%3Doff", "role=postgres", "target_session_attrs=read-write", "service=x"} {
		if faults := sitedb.CheckURL(secret.New("postgres://u:p@localhost/db?" + option)); len(faults) != 1 {
			t.Errorf("%s: %v, want one fault", option, faults)
		}
	}
}
