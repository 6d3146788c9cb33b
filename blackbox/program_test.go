package blackbox_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
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
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
)

// The secrets of all tests. No answer, output or log line may ever hold one of them.
const (
	apiLogin    = "provider-login"
	apiPassword = "canary-api:Pässword-7Q2wv" // a colon and an umlaut, as RFC 7617 allows
	apiPrevious = "canary-api-before-8Kd3mz"
	secretKey   = "canary-widget-signing-key-4Tz9fL0pXa"
	siteKey     = "canary-site-key-of-the-own-server-1Hn6bYq3Ws8e"
	ticketKey   = "canary-ticket-key-that-the-site-signs-with-5Jd0"
	session     = "canary-session-of-a-visitor-9Rt4" // in the cookies of visitors
)

// databasePassword is how the passwords of mysqltest look.
var databasePassword = regexp.MustCompile(`pw-test_[0-9_]+-Zq8`)

// spellings are the secrets as they might leave: plain, in base64 alone and as Basic credentials, in hex, in an address.
var spellings = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for name, s := range map[string]string{"API password": apiPassword, "previous API password": apiPrevious, "secret key": secretKey, "site key": siteKey, "ticket key": ticketKey, "visitor's session": session} {
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
	defer os.RemoveAll(folder)
	buildFolder = folder
	defer pgtest.Stop()
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
