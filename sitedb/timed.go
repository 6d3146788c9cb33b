package sitedb

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// driverConn is what database/sql asks of a connection of go-sql-driver.
type driverConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.QueryerContext
	driver.ExecerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	driver.NamedValueChecker
}

// timedConn is a connection whose socket we know, so that the socket can end a query in time. go-sql-driver has another goroutine
// watch a context, which wakes it twice in every query: a good part of what the look-up of one user costs.
type timedConn struct {
	driverConn
	socket net.Conn
}

// socketKey is where the context of a dial has the place for its socket.
type socketKey struct{}

// dialer keeps the socket of a new connection for connectTimed.
func dialer(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	socket, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if place, ok := ctx.Value(socketKey{}).(*net.Conn); ok {
		*place = socket
	}
	return socket, nil
}

// connectTimed connects by a connector that dials with dialer.
func connectTimed(ctx context.Context, inner driver.Connector) (driver.Conn, error) {
	var socket net.Conn
	conn, err := inner.Connect(context.WithValue(ctx, socketKey{}, &socket))
	if err != nil {
		return nil, err
	}
	if whole, ok := conn.(driverConn); ok && socket != nil {
		return &timedConn{whole, socket}, nil
	}
	return conn, nil
}

// read reads within the context's deadline. That the context is cancelled before ends nothing: the query would go on at the server
// all the same, and its few rows are read in no time.
func (c *timedConn) read(ctx context.Context, q *query, rows *userinfo.Rows) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		return readValues(ctx, c.driverConn, q, rows)
	}
	if err := c.socket.SetDeadline(deadline); err != nil {
		return errors.Join(driver.ErrBadConn, err)
	}
	err := readValues(context.WithoutCancel(ctx), c.driverConn, q, rows)
	if err == nil {
		return c.socket.SetDeadline(time.Time{})
	}
	if !time.Now().Before(deadline) { // the driver says no more than that the connection is gone
		_ = c.socket.Close() // whatever the driver thinks: nobody may read the rest of this answer as theirs
		return context.DeadlineExceeded
	}
	_ = c.socket.SetDeadline(time.Time{}) // the connection may go on after an error of the server
	return err
}
