package pgtest

import (
	"database/sql"
	"os"
	"strconv"
	"testing"
)

// DB is a database of its own on the server.
type DB struct {
	Name   string
	server *Server
	db     *sql.DB
}

// Database creates an empty UTF-8 database; it is dropped when the test ends.
func (s *Server) Database(tb testing.TB) *DB {
	tb.Helper()
	shared.Lock()
	s.names++
	name := "test_" + strconv.Itoa(os.Getpid()) + "_" + strconv.Itoa(s.names)
	shared.Unlock()
	s.admin(tb, "CREATE DATABASE "+name)
	db := s.open(tb, name)
	tb.Cleanup(func() {
		_ = db.Close()
		s.admin(tb, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	})
	return &DB{Name: name, server: s, db: db}
}

func (s *Server) open(tb testing.TB, name string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("pgx", s.url(name))
	if err != nil {
		tb.Fatalf("pgtest: open a database: %v", err)
	}
	db.SetMaxIdleConns(0) // idle connections would show up in the goroutine counts of the tests
	return db
}

func (s *Server) admin(tb testing.TB, statement string) {
	tb.Helper()
	db := s.open(tb, "postgres")
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement); err != nil {
		tb.Errorf("pgtest: %v in %s", err, statement)
	}
}

// URL is the address of the database for the superuser.
func (d *DB) URL() string { return d.server.url(d.Name) }

// SQL is the superuser in this database.
func (d *DB) SQL() *sql.DB { return d.db }

// Exec runs statements as superuser; one string may hold several, separated by semicolons.
func (d *DB) Exec(tb testing.TB, statements ...string) {
	tb.Helper()
	for _, s := range statements {
		if _, err := d.db.Exec(s); err != nil {
			tb.Fatalf("pgtest: %v in\n%s", err, s)
		}
	}
}
