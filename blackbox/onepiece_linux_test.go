package blackbox_test

import (
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// TestALongAnswerLeavesInOnePiece counts the TCP segments of an answer; those of loopback hold 64 KiB, so that each is a write of the
// program.
func TestALongAnswerLeavesInOnePiece(t *testing.T) {
	t.Parallel()
	s := serve(t, people(t, mysqltest.Start(t).Database(t), 500))
	ids := make([]string, 500)
	for i := range ids {
		ids[i] = strconv.Itoa(i + 1)
	}
	c := newClient(t, nil, "")
	var conn *net.TCPConn
	traced := func(r *http.Request) {
		*r = *r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { conn = info.Conn.(*net.TCPConn) }}))
	}
	before := uint32(0)
	for _, n := range []int{100, 500, 3, 500} {
		a := ask(t, c, http.MethodGet, s.public+"/chat/users?user_ids="+strings.Join(ids[:n], ","), provider, traced)
		var users []map[string]any
		if decode(t, a.body, &users); a.status != http.StatusOK || len(users) != n {
			t.Fatalf("%d with %d users, want %d", a.status, len(users), n)
		}
		raw, err := conn.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		if err := raw.Control(func(fd uintptr) {
			info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
			if err != nil {
				t.Error(err)
				return
			}
			if got := info.Data_segs_in - before; got != 1 {
				t.Errorf("the answer for %d ids, %d bytes, came in %d segments, want 1", n, len(a.body), got)
			}
			before = info.Data_segs_in
		}); err != nil {
			t.Fatal(err)
		}
	}
}
