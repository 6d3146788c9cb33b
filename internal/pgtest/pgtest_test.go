package pgtest_test

import (
	"os"
	"testing"

	"github.com/chatpass/chatpass/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestDatabasesAreSeparate(t *testing.T) {
	s := pgtest.Start(t)
	a, b := s.Database(t), s.Database(t)
	a.Exec(t, "CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1),(2)")
	var n int
	if err := a.SQL().QueryRow("SELECT count(*) FROM u").Scan(&n); err != nil || n != 2 {
		t.Errorf("rows = %d, %v; want 2", n, err)
	}
	if err := b.SQL().QueryRow("SELECT count(*) FROM u").Scan(&n); err == nil {
		t.Error("one database sees the table of the other")
	}
}
