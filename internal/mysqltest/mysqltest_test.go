package mysqltest_test

import (
	"context"
	"database/sql"
	"os"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

func TestMain(m *testing.M) { os.Exit(mysqltest.Main(m)) }

func TestDatabaseIsEmptyAndItsReaderMayOnlyRead(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, "CREATE TABLE u (id INT PRIMARY KEY); INSERT INTO u VALUES (1),(2)")
	var n int
	if err := d.SQL().QueryRow("SELECT COUNT(*) FROM u").Scan(&n); err != nil || n != 2 {
		t.Fatalf("rows = %d, %v; want 2", n, err)
	}
	if want := "mysql://"; d.URL()[:len(want)] != want {
		t.Errorf("URL does not start with %s", want)
	}
}

func TestAServerOfOnesOwnSurvivesKillFreezeAndRestart(t *testing.T) {
	s := mysqltest.StartOwn(t)
	d := s.Database(t)
	d.Exec(t, "CREATE TABLE u (id INT PRIMARY KEY); INSERT INTO u VALUES (7)")
	port := s.Port()
	s.Kill(t)
	if err := d.SQL().Ping(); err == nil {
		t.Error("a killed server answers")
	}
	s.Restart(t)
	if s.Port() != port {
		t.Errorf("port changed from %d to %d", port, s.Port())
	}
	var id int
	if err := d.SQL().QueryRow("SELECT id FROM u").Scan(&id); err != nil || id != 7 {
		t.Errorf("after the restart: id %d, %v; want 7", id, err)
	}
	s.Freeze(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := d.SQL().PingContext(ctx); err == nil {
		t.Error("a frozen server answers")
	}
	s.Thaw(t)
	if err := d.SQL().Ping(); err != nil {
		t.Errorf("a thawed server does not answer: %v", err)
	}
}

func TestUserHasTheGrantsItIsGiven(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, "CREATE TABLE u (id INT PRIMARY KEY, pass INT)")
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName = "unix", mysqltest.Start(t).Socket(), d.Name
	cfg.User, cfg.Passwd = d.Credentials(t, d.User(t, "SELECT (id) ON u"))
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Exec("SELECT id FROM u"); err != nil {
		t.Errorf("the granted column cannot be read: %v", err)
	}
	if _, err := db.Exec("SELECT pass FROM u"); err == nil {
		t.Error("a column that was not granted can be read")
	}
}
