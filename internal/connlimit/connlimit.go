// Package connlimit bounds the connections a listener has open. It does what golang.org/x/net/netutil does, but its connections
// still close their write side alone: without that, net/http cannot deliver its own refusals (431, 413) to a client that is still
// sending, and the client sees a reset connection instead.
package connlimit

import (
	"net"
	"sync"
)

// New returns a listener that has at most n connections of ln open at a time; Accept waits for one of them to close.
func New(ln net.Listener, n int) net.Listener {
	return &listener{Listener: ln, free: make(chan struct{}, n), done: make(chan struct{})}
}

type listener struct {
	net.Listener
	free chan struct{} // holds one element per open connection
	once sync.Once
	done chan struct{}
}

// Accept returns the next connection, net.ErrClosed after Close.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	limited := &conn{Conn: c, release: func() { <-l.free }}
	if half, ok := c.(closeWriter); ok {
		return &halfConn{limited, half}, nil
	}
	return limited, nil
}

// Close closes the listener; connections stay open.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

type conn struct {
	net.Conn
	once    sync.Once
	release func()
}

// Close closes the connection and makes room for another.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.release)
	return err
}

// NetConn is the connection as the listener below gave it.
func (c *conn) NetConn() net.Conn { return c.Conn }

type closeWriter interface{ CloseWrite() error }

// halfConn is a connection that can close its write side alone, as TCP and unix sockets can.
type halfConn struct {
	*conn
	closeWriter
}
