package sitedb_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// closedPort is an address of this machine nothing listens on.
func closedPort(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestOpenNeedsNoDatabaseAndADownOneAnswersAtOnce(t *testing.T) {
	for name, address := range map[string]string{
		"mysql": "mysql://u:canary-password@" + closedPort(t) + "/site", "postgres": "postgres://u:canary-password@" + closedPort(t) + "/site",
		"sqlite": "sqlite:" + t.TempDir() + "/missing.db",
	} {
		t.Run(name, func(t *testing.T) {
			var log errorLog
			db := open(t, address, log.option, func(o *sitedb.Options) { o.QueryTimeout = 500 * time.Millisecond })
			for range 20 { // more than open the breaker
				start := time.Now()
				if err := db.Ping(t.Context()); !errors.Is(err, userinfo.ErrUnavailable) {
					t.Fatalf("ping: %v, want ErrUnavailable", err)
				}
				if d := time.Since(start); d > time.Second {
					t.Errorf("took %s", d)
				}
			}
			if log.last() != sitedb.ClassConnect {
				t.Errorf("class %q, want connect", log.last())
			}
		})
	}
}

func TestADownDatabaseIsDialledByFew(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var dials atomic.Int64
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			dials.Add(1)
			_ = conn.Close() // a handshake that breaks off
		}
	})
	defer accepting.Wait()
	defer func() { _ = l.Close() }()
	db := open(t, "mysql://u:p@"+l.Addr().String()+"/site")
	start := time.Now()
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 500 {
				if err := db.Ping(t.Context()); err == nil {
					t.Error("a broken handshake counts as an answer")
				}
			}
		})
	}
	callers.Wait()
	// five to open, those on their way meanwhile, and one each half second
	if most := 5 + 8 + int64(time.Since(start)/(500*time.Millisecond)); dials.Load() > most {
		t.Errorf("%d dials for 4,000 calls, want at most %d", dials.Load(), most)
	}
}

func TestRecoveryAfterAKillAndARestart(t *testing.T) {
	s := mysqltest.StartOwn(t)
	d := s.Database(t)
	d.Exec(t, members)
	db := open(t, d.URL(), func(o *sitedb.Options) { o.QueryTimeout = 500 * time.Millisecond })
	l, err := db.ByKey(membersBy("id"), "id")
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "a first answer", func() bool { _, err := l.Rows(t.Context(), int64(1)); return err == nil })
	s.Kill(t)
	for range 50 {
		start := time.Now()
		if _, err := l.Rows(t.Context(), int64(1)); !errors.Is(err, userinfo.ErrUnavailable) {
			t.Fatalf("while down: %v", err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("an answer took %s", d)
		}
	}
	s.Restart(t)
	back := time.Now()
	waitFor(t, "an answer after the restart", func() bool { _, err := l.Rows(t.Context(), int64(1)); return err == nil })
	if d := time.Since(back); d > 2*time.Second {
		t.Errorf("recovery took %s, want 2 s at most", d)
	}
}

func TestAFrozenDatabaseCostsTheTimeoutAndRecovers(t *testing.T) {
	const timeout = 300 * time.Millisecond
	s := mysqltest.StartOwn(t)
	d := s.Database(t)
	d.Exec(t, members)
	db := open(t, d.URL(), func(o *sitedb.Options) { o.QueryTimeout = timeout })
	l, err := db.ByKey(membersBy("id"), "id")
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "a first answer", func() bool { _, err := l.Rows(t.Context(), int64(1)); return err == nil })
	s.Freeze(t)
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 5 {
				start := time.Now()
				if _, err := l.Rows(t.Context(), int64(1)); !errors.Is(err, userinfo.ErrUnavailable) {
					t.Errorf("while frozen: %v", err)
				}
				if d := time.Since(start); d > timeout+500*time.Millisecond { // slack for a busy machine
					t.Errorf("an answer took %s", d)
				}
			}
		})
	}
	callers.Wait()
	start := time.Now()
	if _, err := l.Rows(t.Context(), int64(1)); err == nil {
		t.Error("a frozen database answered")
	}
	if d := time.Since(start); d > timeout+500*time.Millisecond {
		t.Errorf("behind the breaker an answer took %s", d)
	}
	s.Thaw(t)
	back := time.Now()
	waitFor(t, "an answer after the thaw", func() bool { _, err := l.Rows(t.Context(), int64(1)); return err == nil })
	if d := time.Since(back); d > 2*time.Second {
		t.Errorf("recovery took %s, want 2 s at most", d)
	}
}

// fill opens n connections of the pool and lets them go idle.
func fill(tb testing.TB, db *sitedb.DB, n int) {
	tb.Helper()
	for range n {
		conn, err := db.SQLDB().Conn(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
	}
}

func TestKilledIdleConnectionsAreNoUsersBusiness(t *testing.T) {
	kills := map[string]func(t *testing.T) (address string, exec func(testing.TB, ...string), kill func()){
		"MariaDB": func(t *testing.T) (string, func(testing.TB, ...string), func()) {
			t.Helper()
			d := mysqltest.Start(t).Database(t)
			user, _ := d.Credentials(t, d.URL())
			return d.URL(), d.Exec, func() { d.Exec(t, "KILL USER '"+user+"'") }
		},
		"PostgreSQL": func(t *testing.T) (string, func(testing.TB, ...string), func()) {
			t.Helper()
			d := pgtest.Start(t).Database(t)
			return d.URL(), d.Exec, func() {
				d.Exec(t, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'chatpass' AND datname = current_database()")
			}
		},
	}
	for name, start := range kills {
		t.Run(name, func(t *testing.T) {
			address, exec, kill := start(t)
			exec(t, members)
			db := open(t, address)
			l, err := db.ByKey(membersBy("id"), "id")
			for range 3 {
				fill(t, db, 10)
				kill()
				for range 20 {
					must(t, l, err, int64(1))
				}
			}
		})
	}
}

func TestCancellingIsTheCallersOwnError(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, members)
		var log errorLog
		db := open(t, b.url, log.option)
		l, err := db.ByKey(membersBy("id"), "id")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.Rows(ctx, int64(1)); !errors.Is(err, context.Canceled) || errors.Is(err, userinfo.ErrUnavailable) || log.last() != "" {
			t.Errorf("cancelled before: %v, class %q", err, log.last())
		}
		past, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		if _, err := l.Rows(past, int64(1)); !errors.Is(err, userinfo.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) || log.last() != sitedb.ClassTimeout {
			t.Errorf("without time left: %v, class %q", err, log.last())
		}
	})
}

func TestSlowSearchesDoNotOpenTheBreaker(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, members, "CREATE VIEW slow AS SELECT id, name, SLEEP(5) AS nap FROM members")
	db := open(t, d.URL(), func(o *sitedb.Options) { o.QueryTimeout = 100 * time.Millisecond })
	search, err := db.Search(userinfo.Select{Table: "slow", Columns: []string{"nap"}}, []string{"name"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		if _, err := search.Rows(t.Context(), "A"); !errors.Is(err, userinfo.ErrUnavailable) {
			t.Fatalf("a slow search: %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	if err := db.Ping(ctx); err != nil {
		t.Errorf("after slow searches: %v", err)
	}
}

func TestCallersInAHurryDoNotOpenTheBreaker(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, members, "CREATE VIEW slow AS SELECT id, SLEEP(5) AS nap FROM members")
	db := open(t, d.URL())
	l, err := db.ByKey(userinfo.Select{Table: "slow", Columns: []string{"nap"}}, "id")
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := l.Rows(ctx, int64(1))
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, userinfo.ErrUnavailable) {
			t.Fatalf("a caller with 20 ms: %v", err)
		}
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("after callers in a hurry: %v", err)
	}
}

func TestCancellingNeverMixesRows(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, "CREATE TABLE pairs (id BIGINT PRIMARY KEY, name VARCHAR(300))")
		for i := range 50 {
			b.exec(t, "INSERT INTO pairs VALUES ("+strconv.Itoa(i)+",'"+pairName(i)+"')")
		}
		db := open(t, b.url, func(o *sitedb.Options) { o.MaxOpen = 4 })
		l, err := db.ByKey(userinfo.Select{Table: "pairs", Columns: []string{"id", "name"}}, "id")
		if err != nil {
			t.Fatal(err)
		}
		stop := time.Now().Add(700 * time.Millisecond)
		var answered atomic.Int64
		var readers sync.WaitGroup
		for range 16 {
			readers.Go(func() {
				for time.Now().Before(stop) {
					a, c := int64(rand.IntN(50)), int64(rand.IntN(50))
					hurry := time.Duration(rand.IntN(4000)) * time.Microsecond
					if rand.IntN(3) == 0 {
						hurry = patient // connections must also be made
					}
					ctx, cancel := context.WithTimeout(t.Context(), hurry)
					rows, err := l.Rows(ctx, a, c)
					cancel()
					if err != nil {
						continue
					}
					answered.Add(1)
					for _, row := range texts(rows) {
						id, err := strconv.ParseInt(row[0], 10, 64)
						if err != nil || id != a && id != c || row[1] != pairName(int(id)) {
							t.Errorf("asked for %d and %d, got %v", a, c, row)
						}
					}
				}
			})
		}
		readers.Wait()
		if answered.Load() == 0 {
			t.Error("no look-up was answered")
		}
	})
}

// pairName is a text that only user i has, of a length of its own.
func pairName(i int) string {
	b := make([]byte, 0, 300)
	for range i*5 + 1 {
		b = append(b, byte('a'+i%26))
	}
	return strconv.Itoa(i) + string(b)
}

func TestNothingIsLeftRunningAfterClose(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, members)
		before := goleak.IgnoreCurrent()
		db, err := sitedb.Open(sitedb.Options{URL: secret.New(b.url), QueryTimeout: patient})
		if err != nil {
			t.Fatal(err)
		}
		l, err := db.ByKey(membersBy("id"), "id")
		must(t, l, err, int64(1))
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		goleak.VerifyNone(t, before)
	})
}
