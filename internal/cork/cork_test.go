package cork_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/cork"
)

// serve serves h behind a listener of cork and returns a way to connect.
func serve(t *testing.T, network string, wrap func(net.Listener) net.Listener, h http.HandlerFunc) func() net.Conn {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	inner, err := new(net.ListenConfig).Listen(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, ConnContext: cork.Context, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(wrap(inner)) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the server ended with %v", err)
		}
	})
	return func() net.Conn {
		c, err := new(net.Dialer).DialContext(t.Context(), network, inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
}

// body is what is answered to a request for n bytes: no two places of it look alike.
func body(n int) []byte {
	b := make([]byte, 0, n+16)
	for i := 0; len(b) < n; i++ {
		b = append(strconv.AppendInt(b, int64(i), 36), ',')
	}
	return b[:n]
}

// answer writes ?n= bytes of body after a header with ?h= bytes of padding, by write.
func answer(write func(*http.Request, http.ResponseWriter, []byte) (int, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		padding, _ := strconv.Atoi(r.FormValue("h"))
		w.Header().Set("Content-Length", strconv.Itoa(n))
		w.Header().Set("X-Padding", strings.Repeat("p", padding))
		if wrote, err := write(r, w, body(n)); wrote != n || err != nil {
			panic(fmt.Sprintf("wrote %d of %d bytes: %v", wrote, n, err))
		}
	}
}

func corked(r *http.Request, w http.ResponseWriter, b []byte) (int, error) {
	return cork.Write(r.Context(), w, b)
}

// hidden is a connection that is none of package net's, so that its writes cannot be joined.
type hidden struct{ net.Listener }

func (l hidden) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return struct{ net.Conn }{c}, err
}

// outer wraps what cork gave, as a limit of connections does.
type outer struct{ net.Listener }

type outerConn struct{ net.Conn }

func (c outerConn) NetConn() net.Conn { return c.Conn }

func (l outer) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return outerConn{c}, err
}

func TestTheClientGetsEveryByteInOrder(t *testing.T) {
	lengths := []int{0, 1, 2047, 2048, 3071, 3072, 3073, 4095, 4096, 4097, 8191, 8192, 8193, 20_000, 70_000, 300_000}
	for n := 3900; n < 4100; n += 7 { // the end of the body falls on each side of the end of net/http's room
		lengths = append(lengths, n)
	}
	for _, test := range []struct {
		name, network string
		wrap          func(net.Listener) net.Listener
	}{
		{"tcp", "tcp", cork.New},
		{"unix", "unix", cork.New},
		{"wrapped", "tcp", func(ln net.Listener) net.Listener { return outer{cork.New(ln)} }},
		{"none of package net's", "tcp", func(ln net.Listener) net.Listener { return cork.New(hidden{ln}) }},
		{"another's", "tcp", func(ln net.Listener) net.Listener { return ln }},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := serve(t, test.network, test.wrap, answer(corked))()
			in := bufio.NewReader(c)
			for _, n := range lengths {
				for _, padding := range []int{0, 150, 2000, 3900, 4096, 9000} {
					if _, err := fmt.Fprintf(c, "GET /?n=%d&h=%d HTTP/1.1\r\nHost: x\r\n\r\n", n, padding); err != nil {
						t.Fatal(err)
					}
					res, err := http.ReadResponse(in, nil)
					if err != nil {
						t.Fatalf("%d bytes, header of %d: %v", n, padding, err)
					}
					got, err := io.ReadAll(res.Body)
					if err := errors.Join(err, res.Body.Close()); err != nil {
						t.Fatalf("%d bytes, header of %d: %v", n, padding, err)
					}
					if !bytes.Equal(got, body(n)) || len(res.Header.Get("X-Padding")) != padding {
						t.Fatalf("%d bytes, header of %d: got %d other bytes, header of %d", n, padding, len(got), len(res.Header.Get("X-Padding")))
					}
				}
			}
		})
	}
}

// TestACutAnswerIsTheConnectionsLast sends two requests at once and never reads: after a write that timed out nothing may follow, since
// the client would take it for the rest of the first answer.
func TestACutAnswerIsTheConnectionsLast(t *testing.T) {
	const long = 32 << 20 // more than the sockets hold
	served := make(chan error, 2)
	c := serve(t, "tcp", cork.New, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(long))
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
			t.Error(err)
		}
		wrote, err := cork.Write(r.Context(), w, bytes.Repeat([]byte{'x'}, long))
		if err == nil && wrote != long {
			err = io.ErrShortWrite
		}
		served <- err
	})()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err == nil {
		t.Fatal("a write to a client that does not read succeeded")
	}
	got, err := io.ReadAll(c)
	if len(got) >= long || bytes.Count(got, []byte("HTTP/1.1")) != 1 {
		t.Errorf("got %d bytes (%v) with %d answers, want a part of one", len(got), err, bytes.Count(got, []byte("HTTP/1.1")))
	}
	select {
	case err := <-served:
		t.Errorf("%v: a second request was served on a connection whose first answer was cut", err)
	default:
	}
}

// broken fails and counts every write.
type broken struct {
	net.Conn
	writes *atomic.Int64
}

func (c broken) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return 0, errors.New("broken")
}

type breaking struct {
	net.Listener
	writes *atomic.Int64
}

func (l breaking) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return broken{c, l.writes}, err
}

// The whole answer fits net/http's room, so that nothing comes after what was held, and its own write fails: net/http was told it had
// been done. The next answer must not be the connection's first.
func TestAFailureOfWhatWasHeldEndsTheConnection(t *testing.T) {
	var writes atomic.Int64
	c := serve(t, "tcp", func(ln net.Listener) net.Listener { return cork.New(breaking{ln, &writes}) }, answer(func(r *http.Request, w http.ResponseWriter, b []byte) (int, error) {
		n, _ := cork.Write(r.Context(), w, b)
		return max(n, len(b)), nil
	}))()
	if _, err := io.WriteString(c, "GET /?n=3500 HTTP/1.1\r\nHost: x\r\n\r\nGET /?n=5 HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(c); len(got) > 0 {
		t.Errorf("got %q after a write that failed", got)
	}
	if n := writes.Load(); n != 1 {
		t.Errorf("%d writes were tried, want 1: after a failed one there is no next", n)
	}
}

func TestAHandlerThatPanicsLeavesNothingBehind(t *testing.T) {
	c := serve(t, "tcp", cork.New, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "4000")
		_, _ = cork.Write(r.Context(), panics{w}, body(4000))
	})()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(c)
	if len(got) == 0 || !bytes.HasPrefix(got, []byte("HTTP/1.1 200 OK\r\n")) {
		t.Errorf("got %q, want what was written before the panic", got)
	}
}

// panics writes more than net/http's room and then gives up.
type panics struct{ http.ResponseWriter }

func (panics) Flush() {}

func (p panics) Write(b []byte) (int, error) {
	_, _ = p.ResponseWriter.Write(b)
	panic(http.ErrAbortHandler)
}

func TestWithoutAConnectionItOnlyWrites(t *testing.T) {
	rec := httptest.NewRecorder()
	n, err := cork.Write(t.Context(), rec, body(5000))
	if n != 5000 || err != nil || !bytes.Equal(rec.Body.Bytes(), body(5000)) || rec.Flushed {
		t.Errorf("wrote %d (%v), flushed %v", n, err, rec.Flushed)
	}
}
