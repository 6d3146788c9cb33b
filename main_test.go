package main

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chatpass/chatpass/config"
)

func TestServe(t *testing.T) {
	dir := newSite(t, "CHATPASS_SITE_KEY=0123456789abcdef0123456789abcdef")
	r := start(t, dir)
	public, admin := dir+"/public", dir+"/admin"
	if code, body, h := get(t, public, "/chat/users?user_ids=7;6,x", asProvider); code != 200 ||
		body != `[{"user_id":7,"name":"Zoë"},{"user_id":6,"name":"John","avatar_url":"https://example.com/6.jpg"}]` || h.Get("Content-Length") != strconv.Itoa(len(body)) {
		t.Errorf("users-info answers %d %s %v", code, body, h)
	}
	key := func(r *http.Request) { r.Header.Set("Authorization", "Bearer 0123456789abcdef0123456789abcdef") }
	for socket, want := range map[string]os.FileMode{public: 0o666, admin: 0o600} { // nginx runs as another account
		if info, err := os.Lstat(socket); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v, error %v", socket, info.Mode().Perm(), want, err)
		}
	}
	if code, body, _ := get(t, public, "/chat/identity?user_id=6", key); code != 200 || !strings.Contains(body, `"user_id":6`) || !strings.Contains(body, `"token":"eyJ`) {
		t.Errorf("identity answers %d %s", code, body)
	}
	for path, want := range map[string]int{"/metrics": 404, "/debug/pprof/": 404, "/status": 404, "/healthz": 200, "/readyz": 200} {
		if code, _, _ := get(t, public, path, nil); code != want {
			t.Errorf("%s on the public listener answers %d, want %d", path, code, want)
		}
		if code, _, _ := get(t, admin, path, nil); code != 200 {
			t.Errorf("%s on the admin listener answers %d", path, code)
		}
	}
	if _, page, _ := get(t, admin, "/metrics", nil); !strings.Contains(page, `go_sql_open_connections{db_name="site"}`) ||
		!strings.Contains(page, "\nchatpass_log_dropped_total 0\n") || !strings.Contains(page, `chatpass_cache_total{result="miss"} 2`) {
		t.Errorf("the metrics are:\n%s", page)
	}
	if code := r.end(t); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	log := r.messages.String()
	for line := range strings.Lines(log) {
		if !json.Valid([]byte(line)) {
			t.Errorf("the log line %q is no JSON", line)
		}
	}
	for _, want := range []string{`"msg":"listening"`, `"route":"/chat/users"`, `"msg":"stopping"`, `"msg":"stopped"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	for _, hidden := range []string{apiPassword, secretKey, "0123456789abcdef0123", "John", "eyJ"} {
		if strings.Contains(log, hidden) {
			t.Errorf("the log holds %q:\n%s", hidden, log)
		}
	}
	for _, socket := range []string{public, admin} {
		if _, err := os.Lstat(socket); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left behind: %v", socket, err)
		}
	}
}

func TestServeSaysNotReadyBeforeItStops(t *testing.T) {
	dir := newSite(t)
	r := start(t, dir, "CHATPASS_DRAIN_DELAY=1s")
	r.stop()
	for deadline := time.Now().Add(patience); ; {
		if code, body, _ := get(t, dir+"/admin", "/readyz", nil); code == http.StatusServiceUnavailable {
			if body != `{"reason":"stopping","status":"unready"}` {
				t.Errorf("readyz answers %s", body)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for readyz to say 503", patience)
		}
	}
	if code, _, _ := get(t, dir+"/public", "/chat/users/6", asProvider); code != 200 {
		t.Errorf("while draining users-info answers %d", code)
	}
	if code := r.end(t); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestServeWithoutADatabaseAnswers503(t *testing.T) {
	dir := newSite(t)
	if err := os.Rename(dir+"/site.db", dir+"/away.db"); err != nil {
		t.Fatal(err)
	}
	r := start(t, dir)
	code, body, h := get(t, dir+"/public", "/chat/users/6", asProvider)
	if code != http.StatusServiceUnavailable || h.Get("Retry-After") == "" || strings.Contains(body, dir) {
		t.Errorf("users-info answers %d %s", code, body)
	}
	if code, _, _ := get(t, dir+"/public", "/readyz", nil); code != http.StatusServiceUnavailable {
		t.Errorf("readyz answers %d", code)
	}
	if err := os.Rename(dir+"/away.db", dir+"/site.db"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; {
		if code, _, _ := get(t, dir+"/public", "/chat/users/6", asProvider); code == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for the database to be seen again:\n%s", patience, &r.messages)
		}
	}
	if code := r.end(t); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestServeCannotListen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	dir := newSite(t)
	for _, variable := range []string{"CHATPASS_LISTEN", "CHATPASS_ADMIN_LISTEN"} {
		got := runProgram(dir, []string{variable + "=" + taken.Addr().String()}, "serve")
		want := "chatpass: cannot listen on " + variable + " " + taken.Addr().String() + ": "
		if got.code != exitFailed || !strings.Contains(got.err, want) || !strings.Contains(got.err, "another program listens there") {
			t.Errorf("%s: exit %d, messages %q", variable, got.code, got.err)
		}
		if strings.Contains(got.err, `"msg":"listening"`) {
			t.Errorf("%s: it served before it knew that it can listen: %q", variable, got.err)
		}
	}
}

func TestListenUnix(t *testing.T) {
	dir := folder(t)
	unix := func(path string) (net.Listener, error) {
		return listen(t.Context(), config.Listen{Network: "unix", Address: path}, publicSocket)
	}
	t.Run("the file goes with the listener", func(t *testing.T) {
		ln, err := unix(dir + "/new")
		if err != nil {
			t.Fatal(err)
		}
		_ = ln.Close()
		if _, err := os.Lstat(dir + "/new"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the file is left behind: %v", err)
		}
	})
	t.Run("a file that a killed program left is replaced", func(t *testing.T) {
		old, err := net.ListenUnix("unix", &net.UnixAddr{Name: dir + "/stale", Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		old.SetUnlinkOnClose(false)
		_ = old.Close()
		ln, err := unix(dir + "/stale")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("unix", dir+"/stale")
		if err != nil {
			t.Errorf("nobody answers: %v", err)
		} else {
			_ = conn.Close()
		}
		_ = ln.Close()
	})
	t.Run("a running program keeps its socket", func(t *testing.T) {
		ln, err := unix(dir + "/busy")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = ln.Close() }()
		if other, err := unix(dir + "/busy"); err == nil || !strings.Contains(err.Error(), "another program listens on") {
			t.Errorf("listener %v, error %v", other, err)
		}
		conn, err := net.Dial("unix", dir+"/busy")
		if err != nil {
			t.Fatalf("its socket is gone: %v", err)
		}
		_ = conn.Close()
	})
	for name, place := range map[string]func(path string) error{
		"a file":           func(path string) error { return os.WriteFile(path, []byte("precious"), 0o600) },
		"a folder":         func(path string) error { return os.Mkdir(path, 0o700) },
		"a symbolic link":  func(path string) error { return os.Symlink(dir+"/elsewhere", path) },
		"a link to itself": func(path string) error { return os.Symlink(path, path) },
	} {
		t.Run(name+" is never removed", func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
			if err := place(path); err != nil {
				t.Fatal(err)
			}
			if ln, err := unix(path); err == nil || !strings.Contains(err.Error(), "is there and is no socket") {
				t.Errorf("listener %v, error %v", ln, err)
			}
			if _, err := os.Lstat(path); err != nil {
				t.Errorf("it is gone: %v", err)
			}
		})
	}
	t.Run("a folder that does not exist", func(t *testing.T) {
		if ln, err := unix(dir + "/none/socket"); err == nil {
			t.Errorf("listener %v", ln)
		}
	})
}

func TestListenOnAnInheritedDescriptor(t *testing.T) {
	fd := func(n int) (net.Listener, error) {
		return listen(t.Context(), config.Listen{Network: "fd", Address: strconv.Itoa(n)}, publicSocket)
	}
	t.Run("a listening socket", func(t *testing.T) {
		opened, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = opened.Close() }()
		file, err := opened.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		n, err := syscall.Dup(int(file.Fd())) // the listener takes it over
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
		ln, err := fd(n)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = ln.Close() }()
		if ln.Addr().String() != opened.Addr().String() {
			t.Errorf("it listens on %s, want %s", ln.Addr(), opened.Addr())
		}
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		accepted, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_ = accepted.Close()
	})
	t.Run("a file", func(t *testing.T) {
		file, err := os.Create(filepath.Join(t.TempDir(), "file"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		if ln, err := fd(int(file.Fd())); err == nil || !strings.Contains(err.Error(), "is no listening socket") {
			t.Errorf("listener %v, error %v", ln, err)
		}
		if _, err := file.Stat(); err != nil {
			t.Errorf("the file was closed: %v", err)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		if ln, err := fd(65000); err == nil || !strings.Contains(err.Error(), "is no listening socket") {
			t.Errorf("listener %v, error %v", ln, err)
		}
	})
	t.Run("no number", func(t *testing.T) {
		if ln, err := listen(t.Context(), config.Listen{Network: "fd", Address: "x"}, publicSocket); err == nil {
			t.Errorf("listener %v", ln)
		}
	})
}

func TestConnectionsAreBoundedByFileDescriptors(t *testing.T) {
	if n := connectionLimit(); n < leastConnection || n > maxConnections {
		t.Errorf("limit %d, want %d to %d", n, leastConnection, maxConnections)
	}
}
