// Package cork writes an answer of some size to its connection in one piece. net/http has 4 KiB of room for a connection's header and
// body: the first 4 KiB of a longer answer leave alone, and the client is woken for them before the rest is there. That write is held
// back here until the rest comes, and both leave in one system call (writev(2)). It never waits for anything.
package cork

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// room is what net/http writes at once; what is held back is never more.
const room = 4 << 10

// worth is the shortest body for which holding back can save a write: a shorter one fits net/http's room with a header of 1 KiB, twice as
// long as ours are.
const worth = room - 1<<10

// New returns a listener whose connections can hold back a write. ln must hand out the connections of package net themselves, else
// the two writes stay two.
func New(ln net.Listener) net.Listener { return listener{ln} }

type listener struct{ net.Listener }

// Accept returns the next connection.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	corked := &conn{Conn: c}
	if half, ok := c.(closeWriter); ok {
		return &halfConn{corked, half}, nil
	}
	return corked, nil
}

type closeWriter interface{ CloseWrite() error }

// halfConn is a connection that can close its write side alone, as TCP and unix sockets can.
type halfConn struct {
	*conn
	closeWriter
}

type key struct{}

// Context is for [http.Server.ConnContext]: requests with this context can be answered by [Write] in one piece. Wrappers around a
// connection of [New] have to tell what they wrap by a method NetConn, as those of crypto/tls do.
func Context(ctx context.Context, c net.Conn) context.Context {
	for {
		switch inner := c.(type) {
		case *conn:
			return context.WithValue(ctx, key{}, inner)
		case *halfConn:
			return context.WithValue(ctx, key{}, inner.conn)
		case interface{ NetConn() net.Conn }:
			c = inner.NetConn()
		default:
			return ctx
		}
	}
}

// Write writes the body of an answer whose header is complete, Content-Length and all. A short body, and one whose connection cannot
// hold back, is written as ever. Only the goroutine that serves ctx's request may call it.
func Write(ctx context.Context, w http.ResponseWriter, body []byte) (int, error) {
	if len(body) < worth {
		return w.Write(body)
	}
	c, ok := ctx.Value(key{}).(*conn)
	flusher, canFlush := w.(http.Flusher)
	if !ok || !canFlush {
		return w.Write(body)
	}
	c.holding = true
	defer c.release() // also when a writer below panics: what was taken must leave
	n, err := w.Write(body)
	flusher.Flush() // the end of the body waits in net/http's room and is to leave with the rest
	return n, err
}

// conn is used by the goroutine that serves its requests alone, as net/http writes.
type conn struct {
	net.Conn
	holding bool
	held    *[room]byte // nil while nothing is held
	size    int
	pieces  [2][]byte   // what the next of both writes, kept here since it outlives the call's frame
	rest    net.Buffers // of pieces
	failed  error       // a write that was told to have been done and failed; there is no next one
}

var rooms = sync.Pool{New: func() any { return new([room]byte) }}

// Write writes p after what is held back. While holding it holds p back, if it is the first and there is room.
func (c *conn) Write(p []byte) (int, error) {
	if c.failed != nil {
		return 0, c.failed
	}
	if c.held != nil {
		return c.both(p)
	}
	if !c.holding || len(p) > room {
		return c.Conn.Write(p)
	}
	c.held = rooms.Get().(*[room]byte)
	c.size = copy(c.held[:], p)
	c.holding = false // what comes next takes it along
	return len(p), nil
}

// both writes what is held and then p, and tells how much of p was written.
func (c *conn) both(p []byte) (int, error) {
	size := c.size
	c.pieces = [2][]byte{c.held[:size], p}
	c.rest = c.pieces[:]
	n, err := c.rest.WriteTo(c.Conn)
	c.pieces, c.rest = [2][]byte{}, nil
	rooms.Put(c.held)
	c.held, c.size = nil, 0
	if err != nil {
		c.failed = err
	}
	return max(int(n)-size, 0), err
}

// release ends holding and writes what nothing came after.
func (c *conn) release() {
	c.holding = false
	if c.held != nil {
		_, _ = c.both(nil) // the next write of net/http hears of a failure
	}
}
