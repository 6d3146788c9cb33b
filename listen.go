package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/connlimit"
	"github.com/chatpass/chatpass/internal/cork"
)

// maxConnections bounds open connections; the limit of file descriptors less those we need ourselves may lower it.
const (
	maxConnections  = 1024
	ownDescriptors  = 64
	leastConnection = 16
)

// Who may connect to a socket file. The public one is for the site's web server, which runs as an account of its own (www-data), so
// whoever may connect to 127.0.0.1:8090 may connect here; the folder it lies in can say more. The admin one asks for no password.
const (
	publicSocket fs.FileMode = 0o666
	adminSocket  fs.FileMode = 0o600
)

// listen opens a listener that takes no more connections at a time than there are file descriptors for. mode is that of a socket file.
func listen(ctx context.Context, l config.Listen, mode fs.FileMode) (net.Listener, error) {
	var (
		ln  net.Listener
		err error
	)
	switch l.Network {
	case "unix":
		ln, err = listenUnix(ctx, l.Address, mode)
	case "fd":
		ln, err = inherit(l.Address)
	default:
		ln, err = new(net.ListenConfig).Listen(ctx, "tcp", l.Address)
	}
	if err != nil {
		return nil, err
	}
	return connlimit.New(cork.New(ln), connectionLimit()), nil
}

// listenUnix listens on a socket file. A file that an earlier run left behind is removed first; nothing
// else is ever removed.
func listenUnix(ctx context.Context, path string, mode fs.FileMode) (net.Listener, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case info.Mode()&os.ModeSocket == 0:
		return nil, fmt.Errorf("%s is there and is no socket", path)
	default:
		conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
		if err == nil {
			_ = conn.Close()
			return nil, fmt.Errorf("another program listens on %s", path)
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return nil, fmt.Errorf("whether another program listens on %s cannot be told: %w", path, err)
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, mode); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

// inherit uses a listening socket that a service manager has opened (sd_listen_fds(3)).
func inherit(number string) (net.Listener, error) {
	fd, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%q is no file descriptor", number)
	}
	if on, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN); err != nil || on == 0 {
		return nil, fmt.Errorf("file descriptor %s is no listening socket; a service manager such as systemd has to open it", number)
	}
	f := os.NewFile(uintptr(fd), "listen")
	ln, err := net.FileListener(f) // which makes a copy of its own
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("file descriptor %s: %w", number, err)
	}
	return ln, nil
}

func connectionLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return maxConnections
	}
	if limit.Cur < maxConnections+ownDescriptors {
		return max(int(limit.Cur)-ownDescriptors, leastConnection)
	}
	return maxConnections
}

// reached is the address under which a listener is reached.
func reached(l config.Listen, ln net.Listener) string {
	if l.Network == "unix" {
		return "unix:" + l.Address
	}
	return "http://" + ln.Addr().String()
}
