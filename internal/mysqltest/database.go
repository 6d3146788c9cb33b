package mysqltest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"testing"
)

// DB is a database of its own on a server.
type DB struct {
	Name   string
	server *Server
	root   *sql.DB
	users  int
	reader string
}

// Database creates an empty utf8mb4 database; it is dropped when the test ends.
func (s *Server) Database(tb testing.TB) *DB {
	tb.Helper()
	shared.Lock()
	s.names++
	name := "test_" + strconv.Itoa(os.Getpid()) + "_" + strconv.Itoa(s.names)
	shared.Unlock()
	if _, err := s.root.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4"); err != nil {
		tb.Fatalf("mysqltest: create a database: %v", err)
	}
	root, err := s.open(name)
	if err != nil {
		tb.Fatalf("mysqltest: open a database: %v", err)
	}
	d := &DB{Name: name, server: s, root: root}
	tb.Cleanup(func() {
		_ = root.Close()
		if s.cmd == nil {
			return // a test that killed its own server is done with it
		}
		if _, err := s.root.Exec("DROP DATABASE IF EXISTS " + name); err != nil {
			tb.Errorf("mysqltest: drop the database: %v", err)
		}
	})
	d.reader = d.User(tb, "SELECT ON *")
	return d
}

// SQL is the root account in this database.
func (d *DB) SQL() *sql.DB { return d.root }

// Exec runs statements as root; one string may hold several, separated by semicolons.
func (d *DB) Exec(tb testing.TB, statements ...string) {
	tb.Helper()
	for _, s := range statements {
		if _, err := d.root.Exec(s); err != nil {
			tb.Fatalf("mysqltest: %v in\n%s", err, s)
		}
	}
}

// URL is the address of the database for an account that may read all of its tables and nothing else.
func (d *DB) URL() string { return d.reader }

// RootURL is the address of the database for an account that may do everything.
func (d *DB) RootURL(tb testing.TB) string {
	tb.Helper()
	return d.account(tb, "GRANT ALL ON *.* TO %s WITH GRANT OPTION")
}

// User creates an account with a password of its own and returns the address for it. A grant is the middle of a GRANT
// statement, "SELECT (user_id, name) ON users"; tables without a database are of this one. The account goes when the test ends.
func (d *DB) User(tb testing.TB, grants ...string) string {
	tb.Helper()
	statements := make([]string, 0, len(grants))
	for _, g := range grants {
		statements = append(statements, "GRANT "+g+" TO %s")
	}
	return d.account(tb, statements...)
}

func (d *DB) account(tb testing.TB, statements ...string) string {
	tb.Helper()
	d.users++
	name := d.Name + "_" + strconv.Itoa(d.users)
	password := "pw-" + name + "-Zq8" // known to the test, not to a reader of a leaked log
	account := fmt.Sprintf("'%s'@'%%'", name)
	d.Exec(tb, "CREATE USER "+account+" IDENTIFIED BY '"+password+"'")
	for _, s := range statements {
		d.Exec(tb, fmt.Sprintf(s, account))
	}
	tb.Cleanup(func() {
		if d.server.cmd != nil {
			_, _ = d.server.root.Exec("DROP USER IF EXISTS " + account)
		}
	})
	u := url.URL{Scheme: "mysql", User: url.UserPassword(name, password), Host: "127.0.0.1:" + strconv.Itoa(d.server.port), Path: "/" + d.Name}
	return u.String()
}

// Credentials takes user name and password out of an address that URL, RootURL or User returned.
func (d *DB) Credentials(tb testing.TB, address string) (user, password string) {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal("mysqltest: not an address of this database")
	}
	password, _ = u.User.Password()
	return u.User.Username(), password
}
