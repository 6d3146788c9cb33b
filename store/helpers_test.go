package store_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
)

func TestMain(m *testing.M) {
	code := mysqltest.Main(m)
	pgtest.Stop()
	os.Exit(code)
}

// clock is a time that only the test moves.
type clock struct {
	sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.now = c.now.Add(d)
}

// database is one kind of database with nothing in it.
type database struct {
	url   string
	clock *clock
	keys  store.Keys
	keep  store.Retention
}

// open opens the database; a test that opens it twice is two instances.
func (d *database) open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), d.options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (d *database) options() store.Options {
	return store.Options{URL: secret.New(d.url), Now: d.clock.Now, Keys: d.keys, Retention: d.keep}
}

var testKey = secret.New("store-key-of-the-tests-0123456789-abcdef")

// onEach runs a test on every kind of database.
func onEach(t *testing.T, test func(t *testing.T, d *database)) {
	t.Helper()
	for _, kind := range []struct {
		name string
		url  func(t *testing.T) string
	}{
		{"sqlite", func(t *testing.T) string { t.Helper(); return "sqlite:" + filepath.Join(t.TempDir(), "store.db") }},
		{"mariadb", func(t *testing.T) string { t.Helper(); return mysqltest.Start(t).Database(t).User(t, "ALL ON *") }},
		{"postgres", func(t *testing.T) string { t.Helper(); return pgtest.Start(t).Database(t).URL() }},
	} {
		t.Run(kind.name, func(t *testing.T) {
			test(t, &database{url: kind.url(t), clock: newClock(), keys: store.Keys{Key: testKey}})
		})
	}
}

// must is a value that came without an error.
func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// john is a user of the site at a provider.
func john() store.Identity {
	return store.Identity{Provider: "sendbird", App: "APP-1", SiteUser: "6", Address: "u-6"}
}
