package sitedb_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

func TestMain(m *testing.M) {
	code := mysqltest.Main(m)
	pgtest.Stop()
	os.Exit(code)
}

// patient is a query timeout for tests that are not about time; the machine may be busy.
const patient = 20 * time.Second

// open opens the database with a timeout no test is meant to reach.
func open(tb testing.TB, address string, change ...func(*sitedb.Options)) *sitedb.DB {
	tb.Helper()
	o := sitedb.Options{URL: secret.New(address), QueryTimeout: patient}
	for _, c := range change {
		c(&o)
	}
	db, err := sitedb.Open(o)
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// errorLog remembers the classes OnError was told.
type errorLog struct {
	sync.Mutex
	classes []string
}

func (l *errorLog) option(o *sitedb.Options) {
	o.OnError = func(class string) {
		l.Lock()
		defer l.Unlock()
		l.classes = append(l.classes, class)
	}
}

func (l *errorLog) last() string {
	l.Lock()
	defer l.Unlock()
	if len(l.classes) == 0 {
		return ""
	}
	return l.classes[len(l.classes)-1]
}

// backend is one kind of database with an empty database on it.
type backend struct {
	name string
	url  string
	exec func(tb testing.TB, statements ...string)
}

// backends starts every kind of database.
func backends(tb testing.TB) []func(*testing.T) backend {
	tb.Helper()
	return []func(*testing.T) backend{
		func(t *testing.T) backend {
			t.Helper()
			d := mysqltest.Start(t).Database(t)
			return backend{"mariadb", d.RootURL(t), d.Exec}
		},
		func(t *testing.T) backend {
			t.Helper()
			d := pgtest.Start(t).Database(t)
			return backend{"postgres", d.URL(), d.Exec}
		},
		sqliteBackend,
	}
}

func sqliteBackend(t *testing.T) backend {
	t.Helper()
	folder := t.TempDir()
	writer, err := sql.Open("sqlite", "file:"+folder+"/site%20%23%25.db") // the driver takes a URI, our address a plain path
	if err != nil {
		t.Fatal(err)
	}
	writer.SetMaxOpenConns(1)
	if _, err := writer.Exec("PRAGMA user_version = 1"); err != nil { // makes the file
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = writer.Close() })
	return backend{"sqlite", "sqlite:" + filepath.Join(folder, "site #%.db"), func(tb testing.TB, statements ...string) {
		tb.Helper()
		for _, s := range statements {
			if _, err := writer.Exec(s); err != nil {
				tb.Fatalf("%v in\n%s", err, s)
			}
		}
	}}
}

// onEach runs a test on every kind of database.
func onEach(t *testing.T, test func(t *testing.T, b backend)) {
	t.Helper()
	names := []string{"MariaDB", "PostgreSQL", "SQLite"}
	for i, start := range backends(t) {
		t.Run(names[i], func(t *testing.T) { test(t, start(t)) })
	}
}

// texts is a result as strings, "NULL" for NULL.
func texts(rows *userinfo.Rows) [][]string {
	all := make([][]string, rows.Len())
	for i := range all {
		for _, cell := range rows.Row(i) {
			if cell == nil {
				all[i] = append(all[i], "NULL")
			} else {
				all[i] = append(all[i], string(cell))
			}
		}
	}
	return all
}

// must runs a look-up that has to succeed.
func must(tb testing.TB, l userinfo.Lookup, err error, args ...any) [][]string {
	tb.Helper()
	if err != nil {
		tb.Fatalf("prepare: %v", err)
	}
	rows, err := l.Rows(tb.Context(), args...)
	if err != nil {
		tb.Fatalf("rows: %v", err)
	}
	return texts(rows)
}
