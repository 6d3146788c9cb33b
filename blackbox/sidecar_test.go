package blackbox_test

import (
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

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
	ctx, cancel := context.WithTimeout(t.Context(), runLimit)
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
