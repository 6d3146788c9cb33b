package blackbox_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// The secrets of all tests. No answer, output or log line may ever hold one of them.
const (
	apiLogin    = "provider-login"
	apiPassword = "canary-api:Pässword-7Q2wv" // a colon and an umlaut, as RFC 7617 allows
	apiPrevious = "canary-api-before-8Kd3mz"
	secretKey   = "canary-widget-signing-key-4Tz9fL0pXa"
	siteKey     = "canary-site-key-of-the-own-server-1Hn6bYq3Ws8e"
)

// databasePassword is how the passwords of mysqltest look.
var databasePassword = regexp.MustCompile(`pw-test_[0-9_]+-Zq8`)

// spellings are the secrets as they might leave: plain, in base64 alone and as Basic credentials, in hex, in an address.
var spellings = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for name, s := range map[string]string{"API password": apiPassword, "previous API password": apiPrevious, "secret key": secretKey, "site key": siteKey} {
		all[s] = name
		all[base64.StdEncoding.EncodeToString([]byte(s))[:16]] = name + " in base64"
		all[base64.RawURLEncoding.EncodeToString([]byte(apiLogin+":"+s))] = name + " in base64"
		all[hex.EncodeToString([]byte(s))] = name + " in hex"
		all[url.QueryEscape(s)] = name + " in an address"
		all[strconv.QuoteToASCII(s)[1:len(s)]] = name + " quoted"
	}
	return all
})

// secretIn names the secret that a text holds; empty for none.
func secretIn(text string) string {
	for spelling, name := range spellings() {
		if strings.Contains(text, spelling) {
			return name
		}
	}
	if databasePassword.MatchString(text) {
		return "password of the database"
	}
	return ""
}

// leaks fails the test when text holds a secret.
func leaks(t testing.TB, where, text string) {
	t.Helper()
	if name := secretIn(text); name != "" {
		t.Errorf("SEC-02: %s holds the %s", where, name)
	}
}

// buildFolder is where the program under test is built; TestMain removes it.
var buildFolder string

// program builds Chatpass once per test process and returns its path.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildFolder, "chatpass")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) { os.Exit(mainOf(m)) }

func mainOf(m *testing.M) int {
	folder, err := os.MkdirTemp("", "chatpass-blackbox-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a leftover of a temporary folder harms nobody
	buildFolder = folder
	return mysqltest.Main(m)
}

// env is the settings of a run, without the prefix CHATPASS_; an empty value is as good as none.
type env map[string]string

// with returns a copy in which the given names have the given values: name, value, name, value …
func (e env) with(pairs ...string) env {
	e = maps.Clone(e)
	for i := 0; i < len(pairs); i += 2 {
		e[pairs[i]] = pairs[i+1]
	}
	return e
}

func (e env) environ(home string) []string {
	list := []string{"HOME=" + home, "TMPDIR=" + os.TempDir()}
	for name, value := range e {
		list = append(list, "CHATPASS_"+name+"="+value)
	}
	return list
}

// prepare is the program with exactly these settings, in an empty folder.
func prepare(t testing.TB, e env, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = t.TempDir() // no .env of somebody else
	cmd.Env = e.environ(cmd.Dir)
	return cmd
}

// result is what a finished run left.
type result struct {
	stdout, stderr string
	code           int
}

// runLimit is longer than any command but serve takes, and shorter than anybody's patience.
const runLimit = 20 * time.Second

// run runs a command to its end.
func run(t testing.TB, e env, args ...string) result {
	t.Helper()
	cmd := prepare(t, e, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code, ended := ends(cmd, runLimit)
	if !ended {
		_ = cmd.Process.Kill()
		t.Fatalf("chatpass %s did not end within %s; it said:\n%s", strings.Join(args, " "), runLimit, stderr.String())
	}
	r := result{stdout.String(), stderr.String(), code}
	leaks(t, "chatpass "+strings.Join(args, " "), r.stdout+r.stderr)
	return r
}

// ends waits for a process; false if it still runs after the limit.
func ends(cmd *exec.Cmd, limit time.Duration) (code int, ended bool) {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode(), true
		}
		return 0, err == nil
	case <-time.After(limit):
		return -1, false
	}
}

// output is what a running program writes, while a test reads it.
type output struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

func newOutput() *output { return &output{changed: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.changed)
	o.changed = make(chan struct{})
	return o.text.Write(p)
}

func (o *output) String() string {
	text, _ := o.state()
	return text
}

func (o *output) state() (string, chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.changed
}

// await waits until the program has written what found accepts.
func (o *output) await(t testing.TB, what string, found func(text string) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	defer cancel()
	for {
		text, changed := o.state()
		if found(text) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("waited %s for %s; the program wrote:\n%s", runLimit, what, text)
		}
	}
}

// sidecar is a running chatpass serve.
type sidecar struct {
	cmd           *exec.Cmd
	public, admin string // addresses as it logs them
	stdout, log   *output
	stopped       bool
}

// serve starts the sidecar, waits until it listens, and stops it with the test; it must end cleanly then.
func serve(t testing.TB, e env) *sidecar {
	t.Helper()
	return launch(t, prepare(t, e))
}

func launch(t testing.TB, cmd *exec.Cmd) *sidecar {
	t.Helper()
	s := &sidecar{cmd: cmd, stdout: newOutput(), log: newOutput()}
	cmd.Stdout, cmd.Stderr = s.stdout, s.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.stopped {
			return
		}
		if code := s.stop(t); code != 0 {
			t.Errorf("the sidecar ended with %d; its log:\n%s", code, s.log)
		}
	})
	s.log.await(t, "the line that says where it listens", func(text string) bool {
		if strings.Contains(text, "the settings are refused") {
			t.Fatalf("the settings are refused:\n%s", text)
		}
		for line := range strings.Lines(text) {
			var l struct{ Msg, Public, Admin string }
			if json.Unmarshal([]byte(line), &l) == nil && l.Msg == "listening" {
				s.public, s.admin = l.Public, l.Admin
				return true
			}
		}
		return false
	})
	return s
}

// stop asks the sidecar to end and returns its exit code.
func (s *sidecar) stop(t testing.TB) int {
	t.Helper()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	return s.wait(t)
}

// wait waits for the end of a sidecar that was asked to end, and returns its exit code.
func (s *sidecar) wait(t testing.TB) int {
	t.Helper()
	s.stopped = true
	code, ended := ends(s.cmd, runLimit)
	if !ended {
		_ = s.cmd.Process.Kill()
		t.Fatalf("the sidecar did not end within %s of SIGTERM; its log:\n%s", runLimit, s.log)
	}
	leaks(t, "the log", s.log.String())
	leaks(t, "standard output", s.stdout.String())
	return code
}

// eventually asks until good says yes.
func eventually(t testing.TB, what string, within time.Duration, good func() bool) {
	t.Helper()
	end := time.NewTimer(within)
	defer end.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !good() {
		select {
		case <-end.C:
			t.Fatalf("waited %s for %s", within, what)
		case <-tick.C:
		}
	}
}
