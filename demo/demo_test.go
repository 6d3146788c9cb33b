package demo_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/demo"
)

func TestRunRefuses(t *testing.T) {
	taken := freeListener(t).Addr().String()
	for name, test := range map[string]struct {
		listen string
		want   string
	}{
		"every address of the computer":  {"0.0.0.0:8080", "not a loopback address"},
		"an address without a host":      {":8080", "not a loopback address"},
		"an address of the network":      {"192.0.2.1:8080", "not a loopback address"},
		"a name other than localhost":    {"example.com:8080", "not a loopback address"},
		"an address without a port":      {"127.0.0.1", "is not host:port"},
		"every address in the IPv6 form": {"[::]:8080", "not a loopback address"},
		"a port in use, with a remedy":   {taken, "--listen 127.0.0.1:8081"},
		"a port that does not exist":     {"127.0.0.1:99999", "invalid port"},
	} {
		t.Run(name, func(t *testing.T) {
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			err := demo.Run(t.Context(), demo.Options{
				Listen: test.listen,
				Serve: func(context.Context, []string, func(string)) error {
					t.Error("a sidecar was started")
					return nil
				},
			})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Run returned %v, want an error with %q", err, test.want)
			}
			isEmpty(t, temp)
		})
	}
}

func TestRunEndsCleanly(t *testing.T) {
	broken := errors.New("broken on purpose")
	for name, test := range map[string]struct {
		serve func(ctx context.Context, environ []string, ready func(string)) error
		stop  bool // end the context as soon as the demo is ready
		want  string
	}{
		"when its context ends": {
			serve: newFakeSidecar().serve, stop: true,
		},
		"when the sidecar does not start": {
			serve: func(context.Context, []string, func(string)) error { return broken },
			want:  "sidecar: broken on purpose",
		},
		"when the sidecar ends by itself": {
			serve: func(_ context.Context, _ []string, ready func(string)) error {
				ready("127.0.0.1:1")
				return nil
			},
			want: "sidecar: ended by itself",
		},
		"when the sidecar reports no address": {
			serve: func(ctx context.Context, _ []string, ready func(string)) error {
				ready("unix:")
				<-ctx.Done()
				return ctx.Err()
			},
			want: "cannot be reached",
		},
		"when the sidecar cannot stop": {
			serve: func(ctx context.Context, environ []string, ready func(string)) error {
				return errors.Join(newFakeSidecar().serve(ctx, environ, ready), broken)
			},
			stop: true,
			want: "sidecar: broken on purpose",
		},
	} {
		t.Run(name, func(t *testing.T) {
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var stdout io.Writer
			if test.stop {
				stdout = writerFunc(func() { cancel() })
			}
			err := demo.Run(ctx, demo.Options{Listen: "127.0.0.1:0", Stdout: stdout, Serve: test.serve})
			switch {
			case test.want == "" && err != nil:
				t.Errorf("Run returned %v, want nil", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("Run returned %v, want an error with %q", err, test.want)
			}
			isEmpty(t, temp)
		})
	}
}

func TestRunNeedsASidecar(t *testing.T) {
	if err := demo.Run(t.Context(), demo.Options{Listen: "127.0.0.1:0"}); err == nil {
		t.Error("Run without Serve returned nil")
	}
}

func TestSecretsDifferAtEachStart(t *testing.T) {
	first, second := newFakeSidecar(), newFakeSidecar()
	start(t, first)
	start(t, second)
	seen := map[string]string{}
	for _, f := range []*fakeSidecar{first, second} {
		for _, name := range []string{"SITE_KEY", "IMBACHAT_API_PASSWORD", "IMBACHAT_SECRET_KEY"} {
			value := f.env[name]
			if len(value) < 48 {
				t.Errorf("%s has %d characters, want 48 at least", name, len(value))
			}
			if other, again := seen[value]; again {
				t.Errorf("%s equals %s", name, other)
			}
			seen[value] = name
		}
	}
}

func TestNoSecretIsPrinted(t *testing.T) {
	f := newFakeSidecar()
	d := start(t, f)
	f.set(func(f *fakeSidecar) { f.buttonCode = 500 })
	d.browser().signIn("1").get("/members")
	for _, name := range []string{"SITE_KEY", "IMBACHAT_API_PASSWORD", "IMBACHAT_SECRET_KEY"} {
		if strings.Contains(d.log.String(), f.env[name]) {
			t.Errorf("the log holds %s", name)
		}
	}
	if !strings.Contains(d.log.String(), "button not available") {
		t.Errorf("the log does not say that buttons are missing: %s", d.log)
	}
}

type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) { f(); return len(p), nil }

// isEmpty checks that nothing is left in a folder.
func isEmpty(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("%s was left behind", entry.Name())
	}
}
