// Package sitedb reads the site's own database: MariaDB and MySQL, PostgreSQL, SQLite. It never writes.
//
// It implements [userinfo.Source]. gorm keeps pool, dialect and quoting; the rows are taken from the driver and copied straight
// into [userinfo.Rows], so no cell is ever a view of memory that another query may reuse.
//
// What protects the site: a session that is read-only and has a time limit on the server, identifiers checked and quoted, texts
// bound, a bounded pool, and a breaker that leaves a database that is down to a single caller every half second.
package sitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo"
)

const (
	defaultMaxOpen      = 10
	defaultQueryTimeout = 500 * time.Millisecond
	dialTimeout         = time.Second            // most that one new connection may take
	idleTime            = time.Minute            // below the idle limits of common firewalls and proxies
	lifetime            = 3 * time.Minute        // a switched-over database is noticed within this
	lifetimeJitter      = 20 * time.Second       // so that instances started together do not reconnect together
	breakerFailures     = 5                      // failures in a row that open the breaker
	breakerPause        = 500 * time.Millisecond // how long an open breaker asks nobody; recovery takes at most this and one query
)

// Options say which database to read and how patiently.
type Options struct {
	URL          secret.Secret      // as CheckURL accepts it
	MaxOpen      int                // most connections at a time; 0 means 10
	QueryTimeout time.Duration      // limit of one look-up, retry and connecting included; 0 means 500 ms
	Logger       *slog.Logger       // nil means no log
	OnError      func(class string) // told the class of every failure: one of the Class constants; nil means nobody is told
}

// DB is read-only access to the site's database. It is safe for concurrent use.
type DB struct {
	gorm    *gorm.DB
	sql     *sql.DB
	dialect dialect
	timeout time.Duration
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	log     *slog.Logger
	onError func(string)
	facts   sync.Map // table name -> map[string]fact, filled by Columns
}

var _ userinfo.Source = (*DB)(nil)

// Open prepares access to the database that o.URL names. It makes no connection: the database may be down now and at any time
// later. An address that CheckURL finds fault with is an error, which never holds the address.
func Open(o Options) (*DB, error) {
	t, faults := parse(o.URL)
	if len(faults) > 0 {
		texts := make([]string, len(faults))
		for i, f := range faults {
			texts[i] = f.String()
		}
		return nil, errors.New(strings.Join(texts, "; "))
	}
	if o.MaxOpen <= 0 {
		o.MaxOpen = defaultMaxOpen
	}
	if o.QueryTimeout <= 0 {
		o.QueryTimeout = defaultQueryTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnError == nil {
		o.OnError = func(string) {}
	}
	d, err := dialectOf(t, o.QueryTimeout)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(&connector{inner: d.connector(), driver: d.connector().Driver()})
	pool.SetMaxOpenConns(o.MaxOpen)
	pool.SetMaxIdleConns(o.MaxOpen)
	pool.SetConnMaxIdleTime(idleTime)
	pool.SetConnMaxLifetime(lifetime - rand.N(lifetimeJitter)) //nolint:gosec // spreads load, nothing to guess
	g, err := gorm.Open(d.gorm(pool), &gorm.Config{
		DisableAutomaticPing: true, SkipDefaultTransaction: true, PrepareStmt: false, Logger: logger.Discard,
	})
	if err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("set up gorm: %w", err)
	}
	db := &DB{gorm: g, sql: pool, dialect: d, timeout: o.QueryTimeout, log: o.Logger, onError: o.OnError}
	db.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests: 1, Timeout: breakerPause, OnStateChange: db.breakerChanged,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakerFailures },
		IsSuccessful: func(err error) bool { return !isDown(err) },
		IsExcluded:   isNoEvidence,
	})
	return db, nil
}

func (db *DB) breakerChanged(_ string, from, to gobreaker.State) {
	switch {
	case to == gobreaker.StateOpen && from == gobreaker.StateClosed:
		db.log.Warn("site database does not answer", "retry_ms", breakerPause.Milliseconds())
	case to == gobreaker.StateClosed:
		db.log.Info("site database answers again")
	}
}

// SQLDB is the pool, for a collector of its statistics. Queries do not belong on it.
func (db *DB) SQLDB() *sql.DB { return db.sql }

// Flavour is "mariadb", "mysql", "postgres" or "sqlite". Before the first connection MariaDB counts as what the address says.
func (db *DB) Flavour() string { return db.dialect.flavour() }

// Schema is the database the address names; "" where that does not matter for rights (PostgreSQL, SQLite).
func (db *DB) Schema() string {
	if d, ok := db.dialect.(*mysqlDialect); ok {
		return d.schema
	}
	return ""
}

// Close closes the pool.
func (db *DB) Close() error { return db.sql.Close() }

// Ping asks the database for nothing but an answer.
func (db *DB) Ping(ctx context.Context) error {
	_, err := db.run(ctx, &query{text: "SELECT 1", width: 1})
	return err
}

// ServerTime is the database's clock in UTC, with at least the precision of milliseconds.
func (db *DB) ServerTime(ctx context.Context) (time.Time, error) {
	rows, err := db.run(ctx, &query{text: db.dialect.clock(), width: 1})
	if err != nil {
		return time.Time{}, err
	}
	if rows.Len() != 1 {
		return time.Time{}, db.fail(&Error{class: ClassOther, sentinel: userinfo.ErrUnavailable, text: "the database gave no time"})
	}
	t, err := time.Parse("2006-01-02 15:04:05.999999", string(rows.Row(0)[0]))
	if err != nil {
		return time.Time{}, db.fail(&Error{class: ClassOther, sentinel: userinfo.ErrUnavailable, text: "the database's time cannot be read"})
	}
	return t, nil
}

// Grants lists what the account may do, as MySQL and MariaDB put it but without passwords and their hashes.
// For other databases the list is empty.
func (db *DB) Grants(ctx context.Context) ([]string, error) {
	if _, ok := db.dialect.(*mysqlDialect); !ok {
		return nil, nil
	}
	rows, err := db.run(ctx, &query{text: "SHOW GRANTS", width: 1})
	if err != nil {
		return nil, err
	}
	grants := make([]string, rows.Len())
	for i := range grants {
		grants[i] = withoutPassword(string(rows.Row(i)[0]))
	}
	return grants, nil
}

// withoutPassword cuts the IDENTIFIED clause, which holds the password's hash, out of a line of SHOW GRANTS.
func withoutPassword(grant string) string {
	const option = " WITH GRANT OPTION"
	head, rest, cut := strings.Cut(grant, " IDENTIFIED ")
	if cut && strings.HasSuffix(rest, option) {
		head += option
	}
	return head
}
