package sitedb

import (
	"context"
	"errors"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// run sends a query and copies its answer, within the deadline, behind the breaker, and once more if a connection broke.
func (db *DB) run(parent context.Context, q *query) (*userinfo.Rows, error) {
	if err := parent.Err(); err != nil {
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		return nil, db.fail(&Error{class: ClassTimeout, sentinel: userinfo.ErrUnavailable, text: "no time left", cause: err, idle: true})
	}
	done, err := db.breaker.Allow()
	if err != nil {
		return nil, db.fail(unavailable(ClassConnect, "the database does not answer"))
	}
	ctx, cancel := db.limit(parent)
	defer cancel()
	reported := false
	defer func() {
		if !reported { // a panic must not leave the breaker waiting for its single caller
			done(unavailable(ClassConnect, "panic"))
		}
	}()
	rows := userinfo.NewRowsFor(q.width, q.rows)
	err = db.once(ctx, q, rows)
	if err != nil && db.broken(err) && ctx.Err() == nil {
		rows.Reset()
		err = db.once(ctx, q, rows)
	}
	reported = true
	if err == nil {
		done(nil)
		return rows, nil
	}
	err = db.classify(parent, err)
	if e := (*Error)(nil); errors.As(err, &e) && e.class == ClassTimeout && (q.mayBeSlow || over(parent)) {
		e.idle = true // a slow query or a caller in a hurry is not the database's fault
	}
	done(err)
	return nil, db.fail(err)
}

// over reports whether the caller's own time is up. A socket's deadline may fire a moment before the context's timer of the same time.
func over(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// limit applies the query timeout unless the caller's deadline is earlier.
func (db *DB) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= db.timeout {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, db.timeout)
}

// once runs the query on one connection of the pool.
func (db *DB) once(ctx context.Context, q *query, rows *userinfo.Rows) error {
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		var dial *dialError
		if !errors.As(err, &dial) && ctx.Err() != nil {
			return errWaiting
		}
		return err
	}
	err = conn.Raw(func(c any) error { return db.dialect.read(ctx, c, q, rows) })
	if closeErr := conn.Close(); err == nil && closeErr != nil && !db.broken(closeErr) {
		err = closeErr
	}
	return err
}
