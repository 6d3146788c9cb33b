package sitedb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"gorm.io/gorm"

	"github.com/chatpass/chatpass/userinfo"
)

// dialect is what differs between the databases.
type dialect interface {
	connector() driver.Connector
	gorm(pool *sql.DB) gorm.Dialector
	flavour() string
	// read runs a query on a driver's connection and appends the rows.
	read(ctx context.Context, conn any, q *query, rows *userinfo.Rows) error
	// fault classifies an error of the driver that is neither the context's nor a broken connection; nil if it knows none.
	fault(err error) *Error
	// broken reports that the connection is gone and a new one may answer.
	broken(err error) bool
	// wideUint reports whether integers above 2^63−1 can be compared with.
	wideUint() bool
	// like writes a condition that holds if the column contains the n-th argument (from 1).
	like(column string, n int) string
	// order writes a column of ORDER BY, rows without a value last.
	order(column string, descending bool) string
	comparer
	grants(ctx context.Context, db *DB, to Account, tables map[string][]string) ([]string, error)
	// placeholder is the text of the n-th argument (from 1).
	placeholder(n int) string
	// repeatable reports whether one argument may stand at several places.
	repeatable() bool
	clock() string
	tables() string
	// columns is the query for the columns of a table and how to read its answer.
	columns(table string) *query
	column(row userinfo.Row) (userinfo.Column, fact)
}

// query is a text ready to be sent and its texts and bytes.
type query struct {
	text  string
	args  []any  // string or []byte
	width int    // columns of the answer
	rows  int    // rows to make room for, a guess
	table string // whose rows it reads; empty for none of the site's
	most  int    // bytes of all cells; 0: userinfo.MaxResult
	// brief marks a query that nobody needs to cancel: its rows are few and looked up by key.
	brief bool
	// mayBeSlow marks a query whose time says nothing about the database's health.
	mayBeSlow bool
}

// tooBig is the fault of an answer with more bytes than a look-up may keep.
func (q *query) tooBig(rows *userinfo.Rows) error {
	most := q.most
	if most == 0 {
		most = userinfo.MaxResult
		if q.brief {
			most = max(most, q.rows*userinfo.MaxCell) // of many who share a query nobody must fail for the others
		}
	}
	if rows.Bytes() <= most {
		return nil
	}
	return mappingFault(fmt.Sprintf("a look-up in table %s gives more than %d bytes: map columns with shorter texts, or add a where to the join", q.table, most))
}

// connector makes connections and marks every error of it, so that a failed dial can be told from a failed query.
type connector struct {
	inner  driver.Connector
	driver driver.Driver
}

// dialError is a connection that was not made. It does not unwrap: database/sql would dial three times for driver.ErrBadConn.
type dialError struct{ cause error }

func (e *dialError) Error() string { return "connect: " + e.cause.Error() }

// Connect makes a connection within the dial timeout.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := c.inner.Connect(ctx)
	if err != nil {
		return nil, &dialError{cause: err}
	}
	return conn, nil
}

// Driver is the driver beneath.
func (c *connector) Driver() driver.Driver { return c.driver }

// readValues runs a query on a connection of a database/sql driver and copies every value at once: the driver reuses its
// buffers with the next row. It does not go through sql.Rows, whose Close may race with a cancelled context (GO-2025-3849).
func readValues(ctx context.Context, conn any, q *query, rows *userinfo.Rows) (err error) {
	queryer, ok := conn.(driver.QueryerContext)
	if !ok {
		return fmt.Errorf("driver connection %T cannot query", conn)
	}
	var args []driver.NamedValue
	if len(q.args) > 0 {
		args = make([]driver.NamedValue, len(q.args))
		for i, a := range q.args {
			args[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
		}
	}
	result, err := queryer.QueryContext(ctx, q.text, args)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := result.Close(); err == nil {
			err = closeErr
		}
	}()
	s := scratches.Get().(*scratch)
	defer s.release()
	if err := s.prepare(result, q.width); err != nil {
		return err
	}
	return s.copyRows(ctx, result, q, rows)
}
