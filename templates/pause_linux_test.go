package templates_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chatpass/chatpass/templates"
)

// hangs is a Chatpass that never answers, and what it was asked.
func hangs(t *testing.T) (listen string, asked chan string) {
	t.Helper()
	asked = make(chan string, 100)
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		<-release
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	return strings.TrimPrefix(server.URL, "http://"), asked
}

// pageOf is a folder with a page that holds the PHP snippet and tells how long it took.
func pageOf(t *testing.T, listen string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	code := "<?php $begin = microtime(true); ?>" + snippet(t, "php", templates.SnippetData{BasePath: "/chat", Listen: listen}) +
		"\necho 'waited ', microtime(true) - $begin > 0.2 ? 'long' : 'not';"
	if err := os.WriteFile(filepath.Join(dir, "index.php"), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// begun starts a server of PHP and ends it with the test.
func begun(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
}

// within calls f until it does not fail, for ten seconds.
func within(t *testing.T, f func() error) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var err error
	for range 200 {
		if err = f(); err == nil {
			return
		}
		<-tick.C
	}
	t.Fatal(err)
}

// builtIn is a page behind PHP's own web server.
func builtIn(t *testing.T, listen, temp string) (page func() string) {
	t.Helper()
	program := php(t)
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-d", "apc.enabled=0", "-d", "display_errors=1", "-d", "log_errors=0", "-S", at, "-t", pageOf(t, listen))
	cmd.Env = append(os.Environ(), "TMPDIR="+temp, "CHATPASS_SITE_KEY="+siteKey)
	begun(t, cmd)
	within(t, func() error {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", at)
		if err == nil {
			_ = conn.Close()
		}
		return err
	})
	return func() string {
		resp, err := http.Get("http://" + at + "/")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
}

// fpm is a page behind php-fpm with one process for each request, so that nothing is remembered in a process.
func fpm(t *testing.T, listen, temp string) (page func() string) {
	t.Helper()
	missing := t.Skip
	if os.Getenv("REQUIRE_SERVICES") == "1" {
		missing = t.Fatal
	}
	var program string
	for _, pattern := range []string{"/usr/sbin/php-fpm*", "/usr/local/sbin/php-fpm*"} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			program = found[0]
		}
	}
	client, err := exec.LookPath("cgi-fcgi")
	if program == "" || err != nil {
		missing("php-fpm or cgi-fcgi is not installed (Debian: php-fpm libfcgi-bin)")
	}
	php(t)
	dir, err := os.MkdirTemp("", "chatpass-f-") // a socket's path has at most 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	who, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	config := fmt.Sprintf("[global]\nerror_log = %[1]s/log\ndaemonize = no\n[www]\nlisten = %[1]s/s\nuser = %[2]s\npm = static\npm.max_children = 2\npm.max_requests = 1\n"+
		"clear_env = yes\nenv[CHATPASS_SITE_KEY] = %[3]s\nenv[TMPDIR] = %[4]s\nphp_admin_value[sys_temp_dir] = %[4]s\nphp_admin_flag[display_errors] = on\n", dir, who.Username, siteKey, temp)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-F", "-y", filepath.Join(dir, "conf"), "-d", "apc.enabled=0"}
	if os.Geteuid() == 0 {
		args = append(args, "-R")
	}
	begun(t, exec.Command(program, args...))
	index := filepath.Join(pageOf(t, listen), "index.php")
	ask := func() (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, client, "-bind", "-connect", socket)
		cmd.Env = []string{"REQUEST_METHOD=GET", "SCRIPT_FILENAME=" + index}
		out, err := cmd.Output()
		_, body, _ := strings.Cut(string(out), "\r\n\r\n")
		return body, err
	}
	within(t, func() error {
		_, err := os.Stat(socket)
		return err
	})
	return func() string {
		body, err := ask()
		if err != nil {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Fatalf("%v\n%s", err, log)
		}
		return body
	}
}

// Nothing of a page is left when the next begins, so that what was learned of Chatpass must lie elsewhere.
func TestPagesAfterOneThatWaitedInVainDoNotWait(t *testing.T) {
	for name, start := range map[string]func(t *testing.T, listen, temp string) func() string{"PHP's own web server": builtIn, "php-fpm": fpm} {
		t.Run(name, func(t *testing.T) {
			listen, asked := hangs(t)
			temp := t.TempDir()
			page := start(t, listen, temp)
			if got := page(); got != "waited long" {
				t.Errorf("the first page: %q", got)
			}
			for range 5 {
				if got := page(); got != "waited not" {
					t.Errorf("a page after the first: %q", got)
				}
			}
			if len(asked) != 1 {
				t.Errorf("asked %d times, want once", len(asked))
			}
			files, err := filepath.Glob(filepath.Join(temp, "*"))
			if err != nil || len(files) != 1 {
				t.Fatalf("files %q, %v", files, err)
			}
			info, err := os.Lstat(files[0])
			if err != nil || !info.Mode().IsRegular() || info.Size() != 0 {
				t.Errorf("the mark is %v, %v", info, err)
			}
			// Five seconds later Chatpass is asked again.
			old := time.Now().Add(-6 * time.Second)
			if err := os.Chtimes(files[0], old, old); err != nil {
				t.Fatal(err)
			}
			if got := page(); got != "waited long" || len(asked) != 2 {
				t.Errorf("after five seconds: %q, asked %d times", got, len(asked))
			}
			if got := page(); got != "waited not" {
				t.Errorf("the page after that: %q", got)
			}
		})
	}
}

// The functions of APCu, whose memory is what the page says it is.
const apcu = `function apcu_enabled() { return true; }
function apcu_exists($key) { return getenv('RESTS') === 'yes'; }
function apcu_store($key, $value, $seconds) { echo 'for ', $seconds, ' seconds'; }
`

func TestPagesLearnByAPCuWhereItIsThere(t *testing.T) {
	listen, asked := hangs(t)
	code := "<?php " + apcu + "?>" + snippet(t, "php", templates.SnippetData{BasePath: "/chat", Listen: listen})
	temp := t.TempDir()
	if page, _ := runPHP(t, code, "RESTS=yes", "TMPDIR="+temp, "CHATPASS_SITE_KEY="+siteKey); page != "" || len(asked) != 0 {
		t.Errorf("page %q, asked %d times", page, len(asked))
	}
	if page, _ := runPHP(t, code, "TMPDIR="+temp, "CHATPASS_SITE_KEY="+siteKey); page != "for 5 seconds" || len(asked) != 1 {
		t.Errorf("page %q, asked %d times", page, len(asked))
	}
	if files, err := filepath.Glob(filepath.Join(temp, "*")); err != nil || len(files) != 0 {
		t.Errorf("files %q, %v", files, err)
	}
}

func TestMarkOfAnotherNeitherStopsPagesNorIsWrittenThrough(t *testing.T) {
	listen, asked := hangs(t)
	temp := t.TempDir()
	page := builtIn(t, listen, temp)
	page()
	files, err := filepath.Glob(filepath.Join(temp, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, %v", files, err)
	}
	mark := files[0]
	elsewhere := filepath.Join(t.TempDir(), "other")
	for name, plant := range map[string]func() error{
		"a link to a fresh file":    func() error { return os.WriteFile(elsewhere, nil, 0o600) },
		"a link that leads nowhere": func() error { return os.Remove(elsewhere) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(elsewhere, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := plant(); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(mark); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(elsewhere, mark); err != nil {
				t.Fatal(err)
			}
			before := len(asked)
			if got := page(); got != "waited long" || len(asked) != before+1 {
				t.Errorf("a link counts: %q", got)
			}
			if info, err := os.Lstat(mark); err != nil || !info.Mode().IsRegular() {
				t.Errorf("the mark is %v, %v", info, err)
			}
			if _, err := os.Lstat(elsewhere); name == "a link that leads nowhere" && err == nil {
				t.Error("a file was made through the link")
			}
		})
	}
	t.Run("a file of another account", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Log("not root: the file cannot be given to another owner, this part is not run")
			return
		}
		now := time.Now()
		if err := os.Chown(mark, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(mark, now, now); err != nil {
			t.Fatal(err)
		}
		if got := page(); got != "waited long" {
			t.Errorf("it counts: %q", got)
		}
	})
}
