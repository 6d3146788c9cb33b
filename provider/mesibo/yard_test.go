package mesibo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// yardToken is the secret of these tests; no answer and no log line may hold it.
const yardToken = "canary-app-token-0123456789abcdef"

// The apps that may sign in.
const (
	androidApp = "com.example.messenger"
	webApp     = "com.example.web"
)

func yardSettings() *mesibo.Config {
	c := &mesibo.Config{
		AppToken: secret.New(yardToken), AppIDs: []string{androidApp, webApp}, BaseURL: "https://mesibo.test/backend/", Legacy: "v1,v2",
		LegacyPaths: []string{"/messenger/api.php", "/messenger/"}, UsersPhone: "{phone}", Address: "phone", DefaultCountry: "91", OTP: "local",
		OTPDelivery: secret.New("linkcode"), Signup: "off", Privacy: "open",
	}
	c.SetEnabled(true)
	return c
}

// yard is a provider with a pretended Mesibo behind it, a pretended site around it, and a real store.
type yard struct {
	*providertest.Mesibo
	T *testing.T // of the bubble

	provider *mesibo.Provider
	store    *store.Store
	memory   *providertest.Memory

	mu      sync.Mutex
	members map[userinfo.ID]userinfo.User
	down    error
	codes   []string // of the metric
	log     bytes.Buffer
}

// Write keeps what was logged.
func (y *yard) Write(text []byte) (int, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.log.Write(text)
}

func (y *yard) logged() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.log.String()
}

func (y *yard) counted() []string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return slices.Clone(y.codes)
}

// set changes a member of the site; without a name they are gone.
func (y *yard) set(id userinfo.ID, name, phone string) *userinfo.User {
	y.mu.Lock()
	defer y.mu.Unlock()
	delete(y.members, id)
	u := userinfo.User{ID: id, Name: name, Private: userinfo.Private{"phone": phone}}
	if name != "" {
		y.members[id] = u
	}
	return &u
}

// breakSite has every question for users of the site fail; nil ends that.
func (y *yard) breakSite(err error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.down = err
}

func (y *yard) users(_ context.Context, ids ...userinfo.ID) (found []userinfo.User, err error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, id := range ids {
		if u, ok := y.members[id]; ok {
			found = append(found, u)
		}
	}
	return found, y.down
}

// scan gives all members in one page.
func (y *yard) scan(context.Context, userinfo.Cursor) (userinfo.Page, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	var page userinfo.Page
	for _, u := range y.members {
		page.Users = append(page.Users, u)
	}
	page.Rows = len(page.Users)
	return page, y.down
}

// newYard opens a provider; change may be nil. The pretended Mesibo is called in this process, so that it can stand in a bubble of testing/synctest; with a base URL
// of another host the network is used.
func newYard(t *testing.T, change func(c *mesibo.Config, d *provider.Deps)) *yard {
	t.Helper()
	y := &yard{T: t, Mesibo: providertest.NewMesibo(yardToken), members: map[userinfo.ID]userinfo.User{}, memory: providertest.NewMemory(time.Now)}
	var err error
	y.store, err = store.Open(t.Context(), store.Options{
		URL: secret.New("sqlite:" + filepath.Join(t.TempDir(), "store.db")), Now: time.Now, Keys: store.Keys{Derived: map[string][]secret.Secret{"mesibo": {secret.New(yardToken)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := yardSettings()
	d := provider.Deps{
		Now: time.Now, KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, BasePath: "/chat", Logger: slog.New(slog.NewJSONHandler(y, nil)),
		Transport: y.Transport(), Users: y.users, Scan: y.scan, Store: deskKeeper{y.memory, y.store}, Origins: []string{"https://site.example"}, StateDir: t.TempDir(),
		Requested: func(name, code string) {
			y.mu.Lock()
			defer y.mu.Unlock()
			y.codes = append(y.codes, name+" "+code)
		},
	}
	if change != nil {
		change(c, &d)
	}
	if faults := c.Faults(); len(faults) > 0 {
		t.Fatal(faults)
	}
	p, err := c.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	y.provider = p.(*mesibo.Provider)
	t.Cleanup(func() {
		if err := y.provider.Close(); err != nil {
			t.Error(err)
		}
		y.Mesibo.Close()
		if err := y.store.Close(); err != nil {
			t.Error(err)
		}
		for _, canary := range []string{yardToken, "fake-mesibo-token", providertest.Planted, "9876543"} {
			if text := y.logged(); strings.Contains(text, canary) {
				t.Errorf("SEC-95: the log holds %q: %s", canary, text)
			}
		}
	})
	return y
}

// bubble runs a test with a clock of its own and a provider that works beside the requests.
func bubble(t *testing.T, change func(c *mesibo.Config, d *provider.Deps), test func(y *yard)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, change)
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			y.provider.Run(ctx)
		}()
		defer func() {
			end()
			<-done
		}()
		test(y)
	})
}

// quiet runs a test with a clock of its own and a provider that knows the phones of the site's users, without the work beside the requests, which days of would take long.
func quiet(t *testing.T, change func(c *mesibo.Config, d *provider.Deps), test func(y *yard)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, change)
		ctx, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		y.provider.Run(ctx)
		test(y)
	})
}

// yardAnswer is what a route answered.
type yardAnswer struct {
	status int
	fault  *provider.Fault
	text   string

	Token     string `json:"token"`
	UID       string `json:"uid"`
	Address   string `json:"address"`
	AppID     string `json:"appid"`
	ExpiresAt int64  `json:"expires_at"`
}

// ask calls the token's route as a member of the site.
func (y *yard) ask(t *testing.T, method string, u *userinfo.User, body string) yardAnswer {
	t.Helper()
	return y.askFrom(t, method, u, body, "")
}

func (y *yard) askFrom(t *testing.T, method string, u *userinfo.User, body, address string) yardAnswer {
	t.Helper()
	for _, route := range y.provider.Routes() {
		if route.Method != method || route.Path != "/mesibo/token" {
			continue
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), method, "/chat/mesibo/token", strings.NewReader(body))
		err := route.Serve(w, r, &provider.Visitor{User: u, Address: address})
		a := yardAnswer{status: w.Code, text: w.Body.String()}
		if err != nil {
			if !errors.As(err, &a.fault) {
				t.Fatal(err)
			}
			a.status = a.fault.Status
			for _, canary := range []string{yardToken, providertest.Planted, "mesibo answered"} {
				if strings.Contains(a.fault.Text, canary) || canary != "mesibo answered" && strings.Contains(err.Error(), canary) {
					t.Errorf("the error holds %q: %v", canary, err)
				}
			}
			return a
		}
		if a.text != "" {
			if err := json.Unmarshal([]byte(a.text), &a); err != nil {
				t.Fatal(err)
			}
		}
		return a
	}
	t.Fatalf("there is no route %s /mesibo/token", method)
	return yardAnswer{}
}

// login asks for a token of the first app.
func (y *yard) login(t *testing.T, u *userinfo.User) yardAnswer {
	t.Helper()
	a := y.ask(t, http.MethodPost, u, "")
	a.want(t, "a log-in", http.StatusOK, "")
	return a
}

// want fails the test when an answer is another.
func (a yardAnswer) want(t *testing.T, what string, status int, code string) {
	t.Helper()
	got := ""
	if a.fault != nil {
		got = a.fault.Code
	}
	if a.status != status || got != code {
		t.Errorf("%s: %d %q %v, want %d %q", what, a.status, got, a.fault, status, code)
	}
}

// operations are what Mesibo was asked for since the last time.
func (y *yard) operations() []string { return providertest.Operations(y.Requests()) }
