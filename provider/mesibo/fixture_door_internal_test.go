package mesibo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

const (
	testApp  = "com.messenger.app"
	otherApp = "com.messenger.other"
	alice    = "919876543210" // Alice's phone
	bob      = "918005551234"
	nobodys  = "917000000000"
)

// stoppedClock is a time that only the test moves.
type stoppedClock struct {
	sync.Mutex
	at time.Time
}

func (c *stoppedClock) Now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.at
}

func (c *stoppedClock) Add(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.at = c.at.Add(d)
}

// townsfolk are the users of a pretend site, by phone.
type townsfolk struct {
	sync.Mutex
	phones map[string][]userinfo.User
	err    error
}

func (c *townsfolk) byPhone(_ context.Context, phone string) (*userinfo.User, error) {
	c.Lock()
	defer c.Unlock()
	switch found := c.phones[phone]; {
	case c.err != nil:
		return nil, c.err
	case len(found) == 0:
		return nil, errNobody
	case len(found) > 1:
		return nil, errSeveral
	case found[0].Role == "banned":
		return nil, errBarred
	default:
		u := found[0]
		return &u, nil
	}
}

func (c *townsfolk) byID(_ context.Context, id userinfo.ID) (*userinfo.User, error) {
	c.Lock()
	defer c.Unlock()
	if c.err != nil {
		return nil, c.err
	}
	for _, users := range c.phones {
		for _, u := range users {
			if u.ID == id {
				return &u, nil
			}
		}
	}
	return nil, errNobody
}

func (c *townsfolk) phoneOf(u *userinfo.User) string {
	c.Lock()
	defer c.Unlock()
	for phone, users := range c.phones {
		for i := range users {
			if users[i].ID == u.ID {
				return strings.TrimPrefix(phone, "none")
			}
		}
	}
	return ""
}

// set gives a phone to users; without any it is nobody's.
func (c *townsfolk) set(phone string, users ...userinfo.User) {
	c.Lock()
	defer c.Unlock()
	c.phones[phone] = users
}

func (c *townsfolk) fail(err error) {
	c.Lock()
	defer c.Unlock()
	c.err = err
}

// kept is a provider.Store that has the real one and notes jobs.
type keptStore struct {
	provider.Store

	opened *store.Store
	mu     sync.Mutex
	jobs   []provider.Job
}

func (k *keptStore) Open(context.Context) (*store.Store, error) { return k.opened, nil }

func (k *keptStore) Enqueue(_ context.Context, j provider.Job) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.jobs = append(k.jobs, j)
	return nil
}

// pretendMesibo answers as the backend API does, and notes what it was asked.
type pretendMesibo struct {
	mu     sync.Mutex
	calls  []map[string]any
	answer func(call map[string]any) any // nil: as usual
	otp    string
}

func (m *pretendMesibo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var call map[string]any
	if r.URL.RawQuery != "" || json.NewDecoder(r.Body).Decode(&call) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, call)
	var got any
	if m.answer != nil {
		got = m.answer(call)
	}
	if got == nil {
		user, _ := call["user"].(map[string]any)
		got = map[string]any{
			"op": call["op"], "result": true, "otp": m.otp,
			"user": map[string]any{"uid": "17", "address": user["address"], "token": fmt.Sprintf("token-of-mesibo-%08d-abcdef", len(m.calls))},
		}
	}
	_ = json.NewEncoder(w).Encode(got)
}

// asked lists the calls of an operation.
func (m *pretendMesibo) asked(op string) (calls []map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, call := range m.calls {
		if call["op"] == op {
			calls = append(calls, call)
		}
	}
	return calls
}

// safeBuffer is a log that several goroutines write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// house is a provider with a real store, a pretend site, a pretend Mesibo and a pretend gateway for messages.
type house struct {
	t      *testing.T
	p      *Provider
	clock  *stoppedClock
	people *townsfolk
	store  *keptStore
	mesibo *pretendMesibo
	sent   chan map[string]string // messages
	log    *safeBuffer
	routes map[string]provider.Route
}

// newHouse returns it. dsn is the store's address; "" is a file.
func newHouse(t *testing.T, dsn string, change func(c *Config)) *house {
	t.Helper()
	h := &house{
		t: t, clock: &stoppedClock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}, mesibo: &pretendMesibo{otp: "482913"},
		people: &townsfolk{phones: map[string][]userinfo.User{
			alice: {{ID: "6", Name: "Alice", Email: "alice@example.com"}}, bob: {{ID: "7", Name: "Bob"}},
		}},
		sent: make(chan map[string]string, 1000), log: &safeBuffer{}, routes: map[string]provider.Route{},
	}
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m map[string]string
		if json.NewDecoder(r.Body).Decode(&m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		h.sent <- m
	}))
	t.Cleanup(gateway.Close)
	peer := httptest.NewServer(h.mesibo)
	t.Cleanup(peer.Close)
	c := &Config{
		AppToken: secret.New("app-token-of-the-tests-0123456789"), AppIDs: []string{testApp, otherApp}, BaseURL: peer.URL, Legacy: "v1,v2",
		LegacyPaths: []string{"/messenger/api.php", "/messenger/", "/api.php"}, Address: wordPhone, DefaultCountry: "91", OTP: wordLocal,
		OTPDelivery: secret.New("webhook:" + gateway.URL), Signup: wordOff, Privacy: wordOpen, UsersPhone: "phone",
	}
	if change != nil {
		change(c)
	}
	if dsn == "" {
		dsn = "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	}
	opened, err := store.Open(t.Context(), store.Options{
		URL: secret.New(dsn), Now: h.clock.Now, Keys: store.Keys{Derived: map[string][]secret.Secret{name: {c.AppToken}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	h.store = &keptStore{opened: opened}
	d := provider.Deps{
		Now: h.clock.Now, BasePath: "/chat", Origins: []string{"https://example.com"}, Store: h.store,
		KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint },
		Logger:  slog.New(slog.NewTextHandler(h.log, nil)),
	}
	opening, err := c.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	h.p = opening.(*Provider)
	t.Cleanup(func() { _ = h.p.Close() })
	h.p.people, h.p.front.floor = h.people, 0
	for _, route := range append(h.p.legacyRoutes(), h.p.linkRoute()) {
		h.routes[route.Method+" "+route.Path] = route
	}
	return h
}

// served is what a client got.
type served struct {
	status int
	header http.Header
	body   string
	err    error
	values map[string]any
}

// serve asks a legacy path.
func (h *house) serve(r *http.Request, address string) served {
	route, known := h.routes[r.Method+" "+r.URL.Path]
	if r.Method == http.MethodHead {
		route, known = h.routes[http.MethodGet+" "+r.URL.Path]
	}
	if !known {
		h.t.Errorf("no route %s %s", r.Method, r.URL.Path)
		return served{}
	}
	w := httptest.NewRecorder()
	r.Body = http.MaxBytesReader(w, r.Body, route.MaxBody)
	err := route.Serve(w, r, &provider.Visitor{Address: address})
	got := served{status: w.Code, header: w.Header(), body: w.Body.String(), err: err}
	if err == nil && got.body != "" {
		if jsonErr := json.Unmarshal(w.Body.Bytes(), &got.values); jsonErr != nil {
			h.t.Errorf("the answer is no JSON: %v\n%s", jsonErr, got.body)
		}
	}
	return got
}

// request is a question as one of the clients asks: G by query, F by form, J by JSON.
func request(t *testing.T, way string, pairs ...string) *http.Request {
	t.Helper()
	q, object := url.Values{}, map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
		object[pairs[i]] = pairs[i+1]
	}
	const path = "/messenger/api.php"
	switch way {
	case "G":
		return httptest.NewRequestWithContext(t.Context(), http.MethodGet, path+"?"+q.Encode(), nil)
	case "F":
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(q.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	case "J":
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		if len(pairs) == 0 {
			text = nil
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(text))
		r.Header.Set("Content-Type", "application/json")
		return r
	default:
		t.Fatalf("no way %q", way)
		return nil
	}
}

// ask asks by a way.
func (h *house) ask(way string, pairs ...string) served {
	h.t.Helper()
	return h.serve(request(h.t, way, pairs...), "192.0.2.7")
}

// code is the code of the next message, which has to go to a phone.
func (h *house) code(phone string) string {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 10*time.Second)
	defer cancel()
	select {
	case m := <-h.sent:
		if m["to"] != phone {
			h.t.Fatalf("the message went to %q", m["to"])
		}
		return m["code"]
	case <-ctx.Done():
		h.t.Fatal("no message came within 10 s")
		return ""
	}
}

// quiet fails the test if a message was sent, or will be.
func (h *house) quiet() {
	h.t.Helper()
	h.p.front.close() // waits for what is on its way
	select {
	case m := <-h.sent:
		h.t.Fatalf("a message was sent to %q", m["to"])
	default:
	}
}

// fresh has a code sent to a phone, after the time that another must wait, and returns it.
func (h *house) fresh(phone string) string {
	h.t.Helper()
	h.clock.Add(11 * time.Minute)
	if got := h.ask("F", "op", "login", "phone", phone, "appid", testApp); got.values["result"] != "OK" {
		h.t.Fatalf("no code: %s %v", got.body, got.err)
	}
	return h.code(phone)
}

// wrong is a code that another is not.
func wrong(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}

// token signs a phone in and returns the token.
func (h *house) token(phone string) string {
	h.t.Helper()
	got := h.ask("J", "op", "login", "phone", phone, "appid", testApp, "otp", h.fresh(phone))
	token, _ := got.values["token"].(string)
	if token == "" {
		h.t.Fatalf("no token: %s", got.body)
	}
	return token
}

// fault is the provider.Fault of an error.
func fault(t *testing.T, err error) *provider.Fault {
	t.Helper()
	var f *provider.Fault
	if !errors.As(err, &f) {
		t.Fatalf("no fault: %v", err)
	}
	return f
}

func drained(r io.Reader) string {
	text, _ := io.ReadAll(r)
	return string(text)
}

// silence is a courier of messages that nobody reads.
type silence struct{}

func (silence) send(context.Context, message) error { return nil }

// linkOnly is the setting by which nothing is sent.
var linkOnly = secret.New(byLink)

// keyless is a state without a key.
type keyless struct{ state }

func (keyless) KeyedHash(string, string) string { return "" }

// fresh2 has a code sent to a phone at once, and returns it.
func (h *house) fresh2(phone string) string {
	h.t.Helper()
	if got := h.ask("F", "op", "login", "phone", phone, "appid", testApp); got.values["result"] != "OK" {
		h.t.Fatalf("no code: %s %v", got.body, got.err)
	}
	return h.code(phone)
}

// blind are people whose phones are looked up elsewhere: with an error, or as another user's.
type blind struct {
	*townsfolk

	err error
}

func (b blind) byPhone(context.Context, string) (*userinfo.User, error) {
	if b.err != nil {
		return nil, b.err
	}
	return &userinfo.User{ID: "7"}, nil
}

// failing is a courier that never gets through.
type failing struct{ err error }

func (f failing) send(context.Context, message) error { return f.err }

// providerDeps are what the house's provider was opened with, as far as a post needs it.
func providerDeps(h *house) provider.Deps { return provider.Deps{Now: h.clock.Now, Logger: h.p.log} }
