//go:build unix

package sitedb

import (
	"net"
	"syscall"
)

// alive looks whether an idle connection is still open and silent, without a round trip. Anything to read on an idle connection is
// the server's good-bye.
func alive(conn net.Conn) bool {
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn = wrapped.NetConn()
	}
	sys, ok := conn.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return false
	}
	silent := false
	// Not raw.Read, which waits for whoever is reading: after a slow write pgx leaves a reader behind in the background.
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		silent = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK || err == syscall.EINTR
	})
	return err == nil && silent
}
