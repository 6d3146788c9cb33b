package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programs are the built programs of the parent module: chatpass itself, and seed, which writes an SQLite file.
var programs = sync.OnceValues(func() (folder string, err error) {
	folder, err = os.MkdirTemp("", "chatpass-e2e")
	if err != nil {
		return "", err
	}
	whenDone(func() { _ = os.RemoveAll(folder) })
	for name, source := range map[string]string{"chatpass": ".", "seed": "./e2e/testdata/seed/main.go"} {
		cmd := exec.Command("go", "build", "-o", filepath.Join(folder, name), source)
		cmd.Dir = ".."
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
		}
	}
	return folder, nil
})

func program(t *testing.T, name string) string {
	t.Helper()
	folder, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, name)
}

// lockedBuffer is what a program under test writes while the test reads it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start runs chatpass with exactly this environment and stops it when the test ends. It returns its standard output and what it
// writes on standard error.
func start(t *testing.T, environ []string, args ...string) (stdout io.Reader, stderr *lockedBuffer) {
	t.Helper()
	stderr = &lockedBuffer{}
	cmd := exec.Command(program(t, "chatpass"), args...)
	cmd.Env = append([]string{"HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir()}, environ...)
	cmd.Dir = t.TempDir() // no .env of somebody else
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	launch(t, cmd)
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			t.Errorf("chatpass %v did not end well: %v\n%s", args, err, stderr)
		}
	})
	return out, stderr
}

// launch starts a program in a group of processes of its own, and a small shell that ends the group when this test process ends, however it
// ends: the pipe between them closes then.
func launch(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	guard := exec.Command("/bin/sh", "-c", `read -r _; kill -9 -"$0" 2>/dev/null`, strconv.Itoa(cmd.Process.Pid))
	guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := guard.StdinPipe()
	if err == nil {
		err = guard.Start()
	}
	if err != nil {
		_ = cmd.Process.Kill()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = guard.Process.Kill()
		_ = guard.Wait()
		_ = pipe.Close()
	})
}

// freeAddress is a loopback address nobody listens at right now.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

const (
	siteKey     = "e2e-site-key-7f3a91c05d2e48b6a1c9d4e8f7b2a365"
	apiPassword = "e2e-api-password-4c1d9e"
	signingKey  = "e2e-signing-key-0b8f5a7c3d6e9124"
)

// serve runs a sidecar on a members table with these names, users 1, 2, 3 and so on, and more settings, and returns its address.
func serve(t *testing.T, siteURL, scriptBase string, names []string, more ...string) (address string) {
	t.Helper()
	raw := make([][]byte, len(names))
	for i, name := range names {
		raw[i] = []byte(name)
	}
	list, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "site.db")
	seed := exec.CommandContext(t.Context(), program(t, "seed"), file)
	seed.Stdin = bytes.NewReader(list)
	if out, err := seed.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	address = freeAddress(t)
	_, stderr := start(t, append([]string{
		"CHATPASS_LISTEN=" + address, "CHATPASS_ADMIN_LISTEN=off", "CHATPASS_SITE_URL=" + siteURL, "CHATPASS_DATABASE_URL=sqlite:" + file,
		"CHATPASS_USERS_TABLE=members", "CHATPASS_USERS_ID=id", "CHATPASS_USERS_NAME=name", "CHATPASS_USERS_AVATAR=avatar",
		"CHATPASS_SITE_KEY=" + siteKey, "CHATPASS_IMBACHAT_WIDGET_ID=276", "CHATPASS_IMBACHAT_API_LOGIN=imbachat",
		"CHATPASS_IMBACHAT_API_PASSWORD=" + apiPassword, "CHATPASS_IMBACHAT_SECRET_KEY=" + signingKey,
		"CHATPASS_IMBACHAT_SCRIPT_BASE=" + scriptBase, "CHATPASS_IMBACHAT_GUESTS=load", "CHATPASS_DRAIN_DELAY=0s",
	}, more...), "serve")
	awaitReady(t, "http://"+address+"/readyz", stderr)
	return "http://" + address
}

// awaitReady asks until the sidecar says that it is ready.
func awaitReady(t *testing.T, address string, stderr *lockedBuffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		if status, _ := get(ctx, address, nil); status == http.StatusOK {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s did not get ready\n%s", address, stderr)
		case <-again.C:
		}
	}
}

// get returns the status and body of an address; status 0 when there is no answer.
func get(ctx context.Context, address string, header http.Header) (status int, body string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err.Error()
	}
	r.Header = header
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(text)
}
