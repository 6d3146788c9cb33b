package handlers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Credentials of the tests; made up for them.
const (
	login    = "imba-login"
	password = "correct horse: battery"
	siteKey  = "site-key-of-the-tests-0123456789abcdef"
	planted  = "SELECT user_pass FROM wp_users -- hunter2:/etc/secret"
)

// directory is a users table in memory. It is safe for concurrent use.
type directory struct {
	kind   userinfo.KeyKind
	users  []userinfo.User
	mu     sync.Mutex
	err    error
	enter  chan struct{} // told of each search; nil = nobody
	leave  chan struct{} // searches wait for it; nil = they do not
	panics bool
	writes map[[2]userinfo.ID]userinfo.Writing // what is not allowed
}

func (d *directory) set(change func(d *directory)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

func (d *directory) fault() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.panics {
		panic(planted)
	}
	return d.err
}

func (d *directory) KeyKind() userinfo.KeyKind {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kind
}

func (d *directory) MayWrite(from, to *userinfo.User) userinfo.Writing {
	if w, ok := d.writes[[2]userinfo.ID{from.ID, to.ID}]; ok {
		return w
	}
	return userinfo.WriteAllowed
}

func (d *directory) ByID(_ context.Context, ids ...userinfo.ID) (found []userinfo.User, err error) {
	if err := d.fault(); err != nil {
		return nil, err
	}
	seen := map[userinfo.ID]bool{}
	for _, id := range ids {
		if _, ok := d.KeyKind().Parse(string(id)); !ok || seen[id] {
			continue
		}
		seen[id] = true
		for _, u := range d.users {
			if u.ID == id {
				found = append(found, u)
			}
		}
	}
	return found, nil
}

func (d *directory) Visitor(ctx context.Context, id userinfo.ID, _ *userinfo.Seen) (userinfo.User, bool, error) {
	users, err := d.ByID(ctx, id)
	if err != nil || len(users) == 0 {
		return userinfo.User{}, false, err
	}
	return users[0], true, nil
}

func (d *directory) Search(_ context.Context, term string) (found []userinfo.User, err error) {
	if err := d.fault(); err != nil {
		return nil, err
	}
	if d.enter != nil {
		d.enter <- struct{}{}
		<-d.leave
	}
	if len([]rune(term)) < userinfo.MinSearch {
		return nil, userinfo.ErrSearchTerm
	}
	for _, u := range d.users {
		if strings.Contains(strings.ToLower(u.Name), strings.ToLower(term)) {
			found = append(found, u)
		}
	}
	return found, nil
}

func (d *directory) Friends(ctx context.Context, id userinfo.ID) ([]userinfo.User, error) {
	if id != "6" {
		return nil, d.fault()
	}
	return d.ByID(ctx, "7")
}

// answers encodes users as the provider wants them, from the directory.
type answers struct {
	d      *directory
	encode func([]byte, *userinfo.User) []byte
	age    time.Duration
}

func (a *answers) Append(ctx context.Context, dst []byte, texts []string) ([]byte, time.Duration, error) {
	ids := make([]userinfo.ID, len(texts))
	for i, text := range texts {
		ids[i] = userinfo.ID(text)
	}
	users, err := a.d.ByID(ctx, ids...)
	if err != nil {
		return dst, 0, err
	}
	dst = append(dst, '[')
	for i := range users {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = a.encode(dst, &users[i])
	}
	return append(dst, ']'), a.age, nil
}

// cookies is a resolver of sessions for the tests: the cookie "who" names the user, or how it fails.
type cookies struct{}

func (cookies) Name() string { return "session" }

func (cookies) Resolve(_ context.Context, r *http.Request) (identity.Identity, error) {
	c, err := r.Cookie("who")
	if err != nil {
		return identity.Identity{}, identity.ErrNoCredential
	}
	switch c.Value {
	case "forged":
		return identity.Identity{}, fmt.Errorf("%w: %s", identity.ErrRejected, planted)
	case "twice":
		return identity.Identity{}, fmt.Errorf("%w: %s", identity.ErrConflict, planted)
	case "down":
		return identity.Identity{}, fmt.Errorf("%w: %s", identity.ErrUnavailable, planted)
	case "odd":
		return identity.Identity{}, errors.New(planted)
	}
	return identity.Identity{UserID: userinfo.ID(c.Value)}, nil
}

// clock is a time that only moves when a test says so.
type clock struct{ nano atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nano.Store(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time { return time.Unix(0, c.nano.Load()).UTC() }

func (c *clock) pass(d time.Duration) { c.nano.Add(int64(d)) }

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// fixture is a server with everything around it pretended, but for the provider, which is ImbaChat's own.
type fixture struct {
	*handlers.Server
	directory *directory
	answers   *answers
	clock     *clock
	log       *lockedBuffer // of the server
	access    *lockedBuffer
	dbErr     atomic.Pointer[error] // what the database says to readyz
}

// newFixture starts no listener. change may alter the options and the settings of the provider.
func newFixture(tb testing.TB, change func(o *handlers.Options, c *imbachat.Config)) *fixture {
	tb.Helper()
	f := &fixture{
		directory: &directory{kind: userinfo.KeyUint, users: []userinfo.User{
			{ID: "6", Name: "John", AvatarURL: "https://example.com/6.jpg", Badge: "Gold"},
			{ID: "7", Name: "Zoë </script>"},
			{ID: "9007199254740993", Name: "John the exact"},
		}},
		clock: newClock(), log: &lockedBuffer{}, access: &lockedBuffer{},
	}
	settings := &imbachat.Config{
		WidgetID: "17", APILogin: login, APIPassword: secret.New(password), SecretKey: secret.New("signing-key-of-the-tests"),
		TokenTTL: time.Hour, ScriptBase: "https://api.imbachat.com", Guests: "load", Compat: "all", InboundToken: "off",
	}
	site, err := identity.NewSite(secret.New(siteKey))
	if err != nil {
		tb.Fatal(err)
	}
	f.answers = &answers{d: f.directory}
	o := handlers.Options{
		BasePath: "/chat", Searches: true, Friends: true, Version: "test", Directory: f.directory, Answers: f.answers,
		Identity: identity.Chain{cookies{}, site}, Database: f.database, Now: f.clock.now,
		Logger: slog.New(slog.NewJSONHandler(f.log, nil)), AccessLog: f.access, JSONLog: true,
		Metrics: handlers.NewMetrics("test", "none"),
	}
	if change != nil {
		change(&o, settings)
	}
	p, err := settings.Open(provider.Deps{Now: f.clock.now, KeyKind: f.directory.KeyKind})
	if err != nil {
		tb.Fatal(err)
	}
	f.answers.encode = p.(provider.UsersInfo).AppendUser
	o.Providers = append(o.Providers, p)
	if f.Server, err = handlers.New(o); err != nil {
		tb.Fatal(err)
	}
	return f
}

func (f *fixture) database(context.Context) error {
	if err := f.dbErr.Load(); err != nil {
		return *err
	}
	return nil
}

// option changes a request before it is sent.
type option func(r *http.Request)

func header(name string, values ...string) option {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func from(address string) option { return func(r *http.Request) { r.RemoteAddr = address } }

func basic(r *http.Request) { r.SetBasicAuth(login, password) }

func bearer(key string) option { return header("Authorization", "Bearer "+key) }

func form(body string) option {
	return func(r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
}

// answered is an answer and its body.
type answered struct {
	status int
	header http.Header
	body   string
}

// ask sends a request to the public routes.
func (f *fixture) ask(method, target string, options ...option) answered {
	return send(f.Public(), method, target, options...)
}

// operator sends a request to the admin routes.
func (f *fixture) operator(method, target string, options ...option) answered {
	return send(f.Admin(), method, target, options...)
}

func send(h http.Handler, method, target string, options ...option) answered {
	r := httptest.NewRequest(method, target, nil)
	r.RemoteAddr = "192.0.2.10:4711"
	for _, o := range options {
		o(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answered{w.Code, w.Result().Header, w.Body.String()}
}

const (
	wrong401 = `{"code":401,"version":1,"error":"Authenticate required!","debug":""}`
	john     = `{"user_id":6,"name":"John","avatar_url":"https://example.com/6.jpg","badge":"Gold"}`
	zoe      = `{"user_id":7,"name":"Zoë \u003c/script\u003e"}`
)
