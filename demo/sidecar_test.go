package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chatpass/chatpass/demo"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/userinfo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeSidecar stands in for the real one: it believes the site key as the real one does, and can misbehave on purpose.
type fakeSidecar struct {
	mu          sync.Mutex
	env         map[string]string
	usersStatus int               // 0 answers users-info as it should be
	usersBody   string            // with usersStatus 200
	buttonCode  int               // 0 answers buttons as it should be
	names       map[string]string // known users
	seen        []*http.Request
}

func newFakeSidecar() *fakeSidecar {
	return &fakeSidecar{names: map[string]string{"1": "Ada", "2": "Mia 😊", "3": "</script><b>", "4": "Tomás"}}
}

// set changes the behaviour while it runs.
func (f *fakeSidecar) set(change func(f *fakeSidecar)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// requests are what it received for a path.
func (f *fakeSidecar) requests(path string) []*http.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []*http.Request
	for _, r := range f.seen {
		if r.URL.Path == path {
			found = append(found, r)
		}
	}
	return found
}

// serve has the signature of Options.Serve.
func (f *fakeSidecar) serve(ctx context.Context, environ []string, ready func(string)) error {
	env := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		env[strings.TrimPrefix(name, "CHATPASS_")] = value
	}
	f.set(func(f *fakeSidecar) { f.env = env })
	server := httptest.NewServer(f)
	defer server.Close()
	ready(server.URL)
	<-ctx.Done()
	return nil
}

func (f *fakeSidecar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, r.Clone(context.Background()))
	switch r.URL.Path {
	case "/chat/identity":
		fmt.Fprintf(w, `{"user_id":%q}`, f.named(r))
	case "/chat/button":
		if f.buttonCode != 0 {
			w.WriteHeader(f.buttonCode)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if from, to := f.named(r), r.FormValue("to"); from != "" && from != to {
			fmt.Fprintf(w, `<button type="button" data-chatpass-to="%s">%s</button>`, to, r.FormValue("label"))
		}
	case "/chat/users":
		f.users(w, r)
	default:
		http.NotFound(w, r)
	}
}

// named is the user the site names with its key, "" for a guest.
func (f *fakeSidecar) named(r *http.Request) string {
	if r.Header.Get("Authorization") != "Bearer "+f.env["SITE_KEY"] {
		return ""
	}
	return r.URL.Query().Get("user_id")
}

func (f *fakeSidecar) users(w http.ResponseWriter, r *http.Request) {
	login, password, _ := r.BasicAuth()
	if login != f.env["IMBACHAT_API_LOGIN"] || password != f.env["IMBACHAT_API_PASSWORD"] {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if f.usersStatus != 0 {
		w.WriteHeader(f.usersStatus)
		_, _ = io.WriteString(w, f.usersBody)
		return
	}
	rows := []map[string]any{}
	for id := range strings.SplitSeq(r.URL.Query().Get("user_ids"), ",") {
		if name, ok := f.names[id]; ok {
			rows = append(rows, map[string]any{"user_id": json.Number(id), "name": name, "avatar_url": f.env["SITE_URL"] + "/avatars/ada.svg"})
		}
	}
	_ = json.NewEncoder(w).Encode(rows)
}

// running is a demo under test.
type running struct {
	t        *testing.T
	sidecar  *fakeSidecar
	site     string
	provider string
	log      *lockedBuffer
}

// start runs a demo around the fake sidecar until the test ends.
func start(t *testing.T, f *fakeSidecar) *running {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	stdout, stderr := &lockedBuffer{written: make(chan struct{}, 100)}, &lockedBuffer{}
	ended := make(chan error, 1)
	go func() {
		ended <- demo.Run(ctx, demo.Options{Listen: "127.0.0.1:0", Stdout: stdout, Stderr: stderr, Serve: f.serve})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v after its context ended, want nil", err)
		}
	})
	select {
	case <-stdout.written:
	case err := <-ended:
		ended <- nil
		t.Fatalf("the demo ended before it was ready: %v", err)
	case <-time.After(30 * time.Second):
		t.Fatal("the demo did not print its address within 30 s")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return &running{t: t, sidecar: f, site: f.env["SITE_URL"], provider: f.env["IMBACHAT_SCRIPT_BASE"], log: stderr}
}

// token signs as the sidecar would.
func (d *running) token(user string, ttl time.Duration) string {
	d.t.Helper()
	token, _, err := d.signer(ttl).Widget(userinfo.ID(user), jwt.IDNumber)
	if err != nil {
		d.t.Fatal(err)
	}
	return token
}

func (d *running) dialogToken(to, from string, status int) string {
	d.t.Helper()
	token, err := d.signer(time.Hour).Dialog(userinfo.ID(to), userinfo.ID(from), status, jwt.IDNumber)
	if err != nil {
		d.t.Fatal(err)
	}
	return token
}

func (d *running) signer(ttl time.Duration) *jwt.Signer {
	d.t.Helper()
	return signer(d.t, d.sidecar.env["IMBACHAT_SECRET_KEY"], ttl)
}

func signer(t *testing.T, key string, ttl time.Duration) *jwt.Signer {
	t.Helper()
	s, err := jwt.NewSigner(secret.New(key), 16, max(ttl, time.Second), func() time.Time { return time.Now().Add(min(ttl, 0)) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// browser is a client with cookies that follows no redirect.
type browser struct {
	*running
	client *http.Client
}

func (d *running) browser() *browser {
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{}
	d.t.Cleanup(transport.CloseIdleConnections)
	return &browser{d, &http.Client{
		Jar: jar, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

// get asks the site; headers are pairs of name and value, "Host" included.
func (b *browser) get(path string, headers ...string) answer {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil, headers...)
}

// post sends a form of the site; without an Origin among the headers it is the site's own.
func (b *browser) post(path string, form url.Values, headers ...string) answer {
	b.t.Helper()
	if !slices.Contains(headers, "Origin") {
		headers = append(headers, "Origin", b.site)
	}
	return b.do(http.MethodPost, path, strings.NewReader(form.Encode()), append(headers, "Content-Type", "application/x-www-form-urlencoded")...)
}

func (b *browser) do(method, path string, body io.Reader, headers ...string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.site+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for pair := range slices.Chunk(headers, 2) {
		if pair[0] == "Host" {
			r.Host = pair[1]
		} else if pair[1] != "" {
			r.Header.Set(pair[0], pair[1])
		}
	}
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{response, string(text)}
}

// signIn makes the browser member's.
func (b *browser) signIn(member string) *browser {
	b.t.Helper()
	if got := b.post("/sign-in", url.Values{"member": {member}}); got.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("sign-in as member %s: status %d: %s", member, got.StatusCode, got.body)
	}
	return b
}

// lockedBuffer is a buffer that many goroutines write to.
type lockedBuffer struct {
	mu      sync.Mutex
	buffer  bytes.Buffer
	written chan struct{}
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.written != nil {
		select {
		case b.written <- struct{}{}:
		default:
		}
	}
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// freeListener takes a port of the kernel's choice.
func freeListener(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return l
}
