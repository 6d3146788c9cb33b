// Package store is Chatpass's own small database, for providers that need state: which address a user has at a provider, what is still
// to be told to the provider, which tokens were issued, and sealed secrets. It is never the site's.
//
// It is a SQLite file by default, or a database of MySQL, MariaDB or PostgreSQL that several instances of Chatpass may share. All times
// are kept in UTC with milliseconds; the clock is an argument. Nothing is kept that could be read off the site: no names, no mail
// addresses, no text of a token. Only a Mesibo chat, whose messengers ask for them, has names and phones of its users here, and its tokens
// sealed. Errors hold neither values nor addresses of databases.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/chatpass/chatpass/internal/secret"
)

// Var is the variable, without prefix, that faults of the store's address name; DirVar is that of the folder of its file.
const (
	Var    = "STORE_URL"
	DirVar = "STATE_DIR"
)

// FileName is the name of the file of the default store in the state folder.
const FileName = "chatpass.db"

const (
	openTimeout = 20 * time.Second       // most that Open takes, with the wait for another instance that prepares the tables
	callTimeout = 5 * time.Second        // most that one call takes; no visitor waits longer
	callTries   = 8                      // of a statement that lost against another; each waits longer than the last
	firstPause  = 5 * time.Millisecond   // before the second try
	lastPause   = 250 * time.Millisecond // most between two tries
	maxOpen     = 8                      // connections to a server; the queries are short, and the server has other guests
	idleTime    = time.Minute            // below the idle limits of common firewalls and proxies
	lifetime    = 3 * time.Minute        // a switched-over database is noticed within this
)

// Options say where the store is and how it is kept.
type Options struct {
	URL       secret.Secret // as CheckURL accepts it; unset: the file FileName in Dir
	Dir       string        // folder of the default file; made, for this account alone, if it is not there
	Existing  bool          // a file that is not there is ErrNoStore and is not made
	Tables    bool          // a database without the tables is ErrNoStore too and gets none
	Keys      Keys
	Retention Retention
	Now       func() time.Time // required
	Logger    *slog.Logger     // nil means no log
}

// Store is Chatpass's own database. It is safe for concurrent use, and beside other instances on the same database.
type Store struct {
	gorm      *gorm.DB
	sql       *sql.DB
	dialect   dialect
	keys      *keyring
	retention Retention
	now       func() time.Time
	log       *slog.Logger
}

// Open opens the store and brings its tables up to date; instances that do so at the same time wait for each other, at most 20 s.
// The error is an [*OpenError], which names the setting and the remedy, or ErrNoStore with o.Existing or o.Tables.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		return nil, fmt.Errorf("%w: no clock", ErrInvalid)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	keys, err := newKeyring(o.Keys)
	if err != nil {
		return nil, err
	}
	d, err := place(o)
	if err != nil {
		return nil, err
	}
	s := &Store{dialect: d, keys: keys, retention: o.Retention.orDefault(), now: o.Now, log: o.Logger}
	s.sql = sql.OpenDB(d.connector())
	s.sql.SetMaxOpenConns(d.connections())
	s.sql.SetMaxIdleConns(d.connections())
	if !d.file() {
		s.sql.SetConnMaxIdleTime(idleTime)
		s.sql.SetConnMaxLifetime(lifetime)
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := s.prepare(ctx, o.Tables); err != nil {
		_ = s.sql.Close()
		if errors.Is(err, ErrNoStore) {
			return nil, ErrNoStore
		}
		return nil, d.openError(err)
	}
	s.log.Info("store opened", "place", d.place())
	return s, nil
}

// prepare connects and migrates; ErrNoStore if there should be tables, and are none.
func (s *Store) prepare(ctx context.Context, tables bool) error {
	if err := s.sql.PingContext(ctx); err != nil {
		return err
	}
	g, err := gorm.Open(s.dialect.gorm(s.sql), &gorm.Config{
		DisableAutomaticPing: true, SkipDefaultTransaction: true, PrepareStmt: false, Logger: logger.Discard,
	})
	if err != nil {
		return err
	}
	s.gorm = g
	if tables && !g.WithContext(ctx).Migrator().HasTable(schemaTable) {
		return ErrNoStore
	}
	return again(ctx, s.dialect, func() error { return migrate(g.WithContext(ctx), s.dialect) })
}

// Place tells where the store is, without user name or password: the path of its file, or "mysql host:port/database".
func (s *Store) Place() string { return s.dialect.place() }

// SQLDB is the pool, for a collector of its statistics. Queries do not belong on it.
func (s *Store) SQLDB() *sql.DB { return s.sql }

// Close closes the store. Calls that run end with an error.
func (s *Store) Close() error { return s.sql.Close() }

// do runs f, again if it lost against another instance, and classifies its error.
func (s *Store) do(ctx context.Context, op string, f func(db *gorm.DB) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return s.fail(op, again(ctx, s.dialect, func() error { return f(s.gorm.WithContext(ctx)) }))
}

// inOne is do in one transaction.
func (s *Store) inOne(ctx context.Context, op string, f func(tx *gorm.DB) error) error {
	return s.do(ctx, op, func(db *gorm.DB) error { return db.Transaction(f) })
}

// again calls f until it succeeds or fails for another reason than that it lost against another: a deadlock, a lock, a snapshot too old.
func again(ctx context.Context, d dialect, f func() error) error {
	pause := firstPause
	for try := 1; ; try++ {
		err := f()
		if err == nil || try == callTries || !d.lost(err) {
			return err
		}
		timer := time.NewTimer(pause/2 + rand.N(pause)) //nolint:gosec // spreads load, nothing to guess
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
		pause = min(2*pause, lastPause)
	}
}

// millis is a time as the tables hold it: Unix milliseconds, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMillis is the reverse of millis.
func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
