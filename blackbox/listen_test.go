package blackbox_test

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// freePort is a port that nobody listens on. It is none of those that systems give to who asks for any (32768 and up, or 49152), so that no other test is given it before it is used.
func freePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(20_000 + rand.IntN(12_000)) //nolint:gosec // no secret
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port between 20000 and 31999")
	return ""
}

func TestListenForms(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3)
	socket := filepath.Join(t.TempDir(), "chatpass.sock")
	forms := map[string]string{
		"loopback": "127.0.0.1:" + freePort(t), "every IPv4 address": "0.0.0.0:" + freePort(t), "every address": ":" + freePort(t),
		"a name": "localhost:" + freePort(t), "a unix socket": "unix:" + socket,
	}
	if l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "[::1]:0"); err == nil {
		_ = l.Close()
		forms["IPv6 loopback"], forms["every IPv6 address"] = "[::1]:"+freePort(t), "[::]:"+freePort(t)
	} else {
		t.Log("this machine has no IPv6")
	}
	for name, listen := range forms {
		t.Run("healthcheck asks "+name, func(t *testing.T) {
			t.Parallel()
			e := e.with("LISTEN", listen)
			if r := run(t, e, "healthcheck"); r.code != 1 || r.stdout != "" {
				t.Errorf("before the start it ended with %d and printed %q", r.code, r.stdout)
			}
			s := serve(t, e)
			if r := run(t, e, "healthcheck"); r.code != 0 || !strings.Contains(r.stdout, `"ready"`) {
				t.Errorf("it ended with %d: %s%s", r.code, r.stdout, r.stderr)
			}
			if code := s.stop(t); code != 0 {
				t.Errorf("the sidecar ended with %d", code)
			}
			if r := run(t, e, "healthcheck"); r.code != 1 {
				t.Errorf("after the end it ended with %d", r.code)
			}
		})
	}
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	socket := filepath.Join(t.TempDir(), "chatpass.sock")
	e := people(t, db, 3).with("LISTEN", "unix:"+socket)
	s := serve(t, e)
	c := newClient(t, nil, socket)
	ask(t, c, http.MethodGet, "http://chatpass/chat/users?user_ids=1", provider).only(t, "1")
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o666 {
		t.Errorf("the site's web server, which is another account, may not use the socket: %v %v", info.Mode(), err)
	}
	t.Run("a second sidecar does not take it", func(t *testing.T) {
		if r := run(t, e, "serve"); r.code == 0 || !strings.Contains(r.stderr, "CHATPASS_LISTEN") {
			t.Errorf("it ended with %d: %s", r.code, r.stderr)
		}
		ask(t, c, http.MethodGet, "http://chatpass/chat/users?user_ids=1", provider).only(t, "1")
	})
	t.Run("forwarded headers make nobody trusted on it", func(t *testing.T) {
		for range 25 {
			a := ask(t, c, http.MethodGet, "http://chatpass/chat/users?user_ids=1", basic("x", "wrong-password-1"), header("X-Forwarded-For", "127.0.0.1"))
			a.expectStatus(t, http.StatusUnauthorized)
		}
	})
	t.Run("one that a killed sidecar left behind is taken over", func(t *testing.T) {
		s.stopped = true
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		serve(t, e)
		ask(t, newClient(t, nil, socket), http.MethodGet, "http://chatpass/chat/users?user_ids=2", provider).only(t, "2")
	})
}

func TestInheritedSocket(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	admin := "127.0.0.1:" + freePort(t)
	e := people(t, db, 3).with("LISTEN", "fd:3", "ADMIN_LISTEN", admin)
	cmd := prepare(t, e)
	cmd.ExtraFiles = []*os.File{file}
	s := launch(t, cmd)
	for _, c := range []interface{ Close() error }{file, l} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	ask(t, client, http.MethodGet, "http://"+l.Addr().String()+"/chat/users?user_ids=1", provider).only(t, "1")
	if s.public != "http://"+l.Addr().String() {
		t.Errorf("the log says %s", s.public)
	}
	if r := run(t, e, "healthcheck"); r.code != 0 {
		t.Errorf("healthcheck ended with %d: %s", r.code, r.stderr)
	}
	t.Run("without the descriptor it does not start", func(t *testing.T) {
		if r := run(t, e.with("ADMIN_LISTEN", "off")); r.code != 1 || !strings.Contains(r.stderr, "CHATPASS_LISTEN") {
			t.Errorf("it ended with %d: %s", r.code, r.stderr)
		}
	})
}

func TestSEC04TheListenersAreSplit(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3)
	s := serve(t, e)
	s.users(t, "1").only(t, "1")
	for _, target := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline", "/status", "/chat/metrics", "/chat/status", "/chat/debug/pprof/"} {
		s.get(t, target).expectStatus(t, http.StatusNotFound)
		s.get(t, target, provider).expectStatus(t, http.StatusNotFound)
	}
	for _, target := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/status", "/healthz", "/readyz"} {
		ask(t, client, http.MethodGet, s.admin+target).expectStatus(t, http.StatusOK)
	}
	for _, target := range []string{"/chat/users?user_ids=1", "/chat/identity?user_id=1", "/chat/loader.js", "/debug/pprof/cmdline"} {
		ask(t, client, http.MethodGet, s.admin+target, provider).expectStatus(t, http.StatusNotFound)
	}
	t.Run("a page in the operator's browser may not ask the admin listener", func(t *testing.T) {
		for _, o := range []option{header("Origin", "https://evil.example"), header("Sec-Fetch-Site", "cross-site"), header("Origin", "null")} {
			ask(t, client, http.MethodGet, s.admin+"/debug/pprof/heap", o).expectStatus(t, http.StatusForbidden)
		}
	})
	t.Run("status tells how the provider called, without ids", func(t *testing.T) {
		body := ask(t, client, http.MethodGet, s.admin+"/status").body
		var status struct {
			Status, Provider string
			Calls            []struct {
				Route  string
				Status int
				Total  int64
			} `json:"provider_calls"`
		}
		decode(t, body, &status)
		if status.Status != "ready" || status.Provider != "imbachat" || len(status.Calls) != 1 || status.Calls[0].Route != "/chat/users" || status.Calls[0].Status != 200 || status.Calls[0].Total != 1 {
			t.Errorf("the status is %s", body)
		}
	})
	t.Run("the admin listener can be off", func(t *testing.T) {
		s := serve(t, e.with("ADMIN_LISTEN", "off"))
		if s.admin != "off" {
			t.Errorf("it listens on %s", s.admin)
		}
		s.get(t, "/metrics").expectStatus(t, http.StatusNotFound)
	})
}

func TestStopping(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3).with("DRAIN_DELAY", "1s")
	for name, signal := range map[string]os.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": os.Interrupt} {
		t.Run(name+": not ready at once, still answering, then a clean end", func(t *testing.T) {
			t.Parallel()
			s := serve(t, e)
			s.get(t, "/readyz").expectStatus(t, http.StatusOK)
			if err := s.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			s.log.await(t, "the line that says it stops", func(text string) bool { return strings.Contains(text, `"msg":"stopping"`) })
			eventually(t, "readyz to say 503", time.Second, func() bool { return s.get(t, "/readyz").status == http.StatusServiceUnavailable })
			s.users(t, "1").only(t, "1")
			if code := s.wait(t); code != 0 {
				t.Errorf("it ended with %d", code)
			}
			if _, err := try(context.WithoutCancel(t.Context()), client, http.MethodGet, s.public+"/healthz"); err == nil {
				t.Error("something still answers")
			}
		})
	}
}

func TestExitCodesOfCommands(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3)
	for name, c := range map[string]struct {
		args   []string
		code   int
		stdout string
	}{
		"a known user":           {[]string{"users", "2"}, 0, `[{"user_id":2,"name":"User 2"}]` + "\n"},
		"an unknown user":        {[]string{"users", "99"}, 1, "[]\n"},
		"one of two is unknown":  {[]string{"users", "2", "99"}, 1, `[{"user_id":2,"name":"User 2"}]` + "\n"},
		"another spelling":       {[]string{"users", "02"}, 1, "[]\n"},
		"no user":                {[]string{"users"}, 2, ""},
		"a token for an unknown": {[]string{"token", "99"}, 1, ""},
		"a token for a spelling": {[]string{"token", "1abc"}, 1, ""},
		"a token for nobody":     {[]string{"token"}, 2, ""},
		"an unknown command":     {[]string{"user"}, 2, ""},
		"an unknown option":      {[]string{"check", "--jsn"}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, e, c.args...)
			if r.code != c.code || r.stdout != c.stdout {
				t.Errorf("ended with %d and printed %q, want %d and %q; it said %s", r.code, r.stdout, c.code, c.stdout, r.stderr)
			}
			if c.code != 0 && r.stderr == "" {
				t.Error("it does not say why")
			}
		})
	}
}
