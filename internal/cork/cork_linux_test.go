package cork_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/chatpass/chatpass/internal/cork"
)

// segments asks for n bytes and returns in how many TCP segments the answer came. Those of loopback hold 64 KiB.
func segments(t *testing.T, c net.Conn, n int) uint32 {
	t.Helper()
	before := received(t, c)
	if _, err := fmt.Fprintf(c, "GET /?n=%d HTTP/1.1\r\nHost: x\r\n\r\n", n); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for p := make([]byte, 64<<10); ; {
		k, err := c.Read(p)
		if err != nil {
			t.Fatal(err)
		}
		got.Write(p[:k])
		if head, rest, ok := strings.Cut(got.String(), "\r\n\r\n"); ok && len(rest) >= n {
			if !strings.HasPrefix(head, "HTTP/1.1 200") || rest != string(body(n)) {
				t.Fatalf("got another answer: %.80q", got.String())
			}
			return received(t, c) - before
		}
	}
}

func received(t *testing.T, c net.Conn) uint32 {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var info *unix.TCPInfo
	var infoErr error
	if err := raw.Control(func(fd uintptr) { info, infoErr = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) }); err != nil {
		t.Fatal(err)
	}
	if infoErr != nil {
		t.Fatal(infoErr)
	}
	return info.Data_segs_in
}

func TestALongAnswerLeavesInOnePiece(t *testing.T) {
	plain := serve(t, "tcp", func(ln net.Listener) net.Listener { return ln }, answer(func(_ *http.Request, w http.ResponseWriter, b []byte) (int, error) { return w.Write(b) }))()
	whole := serve(t, "tcp", cork.New, answer(corked))()
	for _, n := range []int{4500, 20_000, 50_000} {
		for range 3 { // the connection is as good the third time
			if got := segments(t, whole, n); got != 1 {
				t.Errorf("an answer of %d bytes came in %d segments, want 1", n, got)
			}
			if got := segments(t, plain, n); got < 2 {
				t.Errorf("the control: net/http alone wrote %d bytes in %d segment; this test shows nothing", n, got)
			}
		}
	}
	if got := segments(t, whole, 500); got != 1 {
		t.Errorf("a short answer came in %d segments", got)
	}
}
