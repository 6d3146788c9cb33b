package sendbird_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/userinfo"
)

// apiToken is the secret of these tests; no answer and no log line may hold it.
const apiToken = "canary-api-token-0123456789abcdef"

func settings() *sendbird.Config {
	c := &sendbird.Config{AppID: "4F6A-App", APIToken: secret.New(apiToken), LoginPath: "/login", UserID: "{id}", WritesPerSecond: 1000}
	c.SetEnabled(true)
	return c
}

// site is a provider with a pretended server behind it and a pretended site around it.
type site struct {
	*providertest.Peer

	provider *sendbird.Provider
	store    *providertest.Memory
	mu       sync.Mutex
	members  map[userinfo.ID]userinfo.User
	down     error
	codes    []string // of the metric
	log      bytes.Buffer
}

// Write keeps what was logged.
func (s *site) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(text)
}

func (s *site) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

func (s *site) counted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.codes)
}

// set changes a member of the site; without a name they are gone.
func (s *site) set(id userinfo.ID, name, avatar string) *userinfo.User {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.members, id)
	u := userinfo.User{ID: id, Name: name, AvatarURL: avatar}
	if name != "" {
		s.members[id] = u
	}
	return &u
}

func (s *site) users(_ context.Context, ids ...userinfo.ID) (found []userinfo.User, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if u, ok := s.members[id]; ok {
			found = append(found, u)
		}
	}
	return found, s.down
}

// newSite opens a provider. change may be nil. With a base URL among the settings the network is used, else the server is called in this
// process, so that it can stand in a bubble of testing/synctest.
func newSite(t *testing.T, change func(c *sendbird.Config, d *provider.Deps)) *site {
	t.Helper()
	s := &site{Peer: providertest.NewPeer("4F6A-App", apiToken), members: map[userinfo.ID]userinfo.User{}}
	s.store = providertest.NewMemory(time.Now)
	c := settings()
	d := provider.Deps{
		Now: time.Now, KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, BasePath: "/chat", Logger: slog.New(slog.NewJSONHandler(s, nil)),
		Transport: s.Transport(), Users: s.users, Store: s.store,
		Requested: func(name, code string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.codes = append(s.codes, name+" "+code)
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
	s.provider = p.(*sendbird.Provider)
	t.Cleanup(func() {
		if err := s.provider.Close(); err != nil {
			t.Error(err)
		}
		s.Peer.Close()
		if text := s.logged(); strings.Contains(text, apiToken) || strings.Contains(text, "fake-session-token") || strings.Contains(text, providertest.Planted) || strings.Contains(text, digestCanary) {
			t.Errorf("S18: the log holds a secret or what the provider wrote: %s", text)
		}
	})
	return s
}

// answer is what a route answered.
type answer struct {
	status int
	fault  *provider.Fault
	header http.Header
	text   string

	UserID        string `json:"user_id"`
	AccessToken   string `json:"access_token"`
	Token         string `json:"token"`
	SendbirdToken string `json:"sendbird_token"`
	ExpiresAt     int64  `json:"expires_at"`
	AppID         string `json:"app_id"`
	Nickname      string `json:"nickname"`
	ProfileURL    string `json:"profile_url"`
}

// visit is a request for one of the provider's routes by somebody who is known.
type visit struct {
	method, path, body string
	query              string
	visitor            provider.Visitor
	header             http.Header
	ctx                context.Context //nolint:containedctx // of a request
}

func (s *site) visit(t *testing.T, v visit) answer {
	t.Helper()
	if v.ctx == nil {
		v.ctx = t.Context()
	}
	for _, route := range s.provider.Routes() {
		if route.Method != v.method || route.Path != v.path {
			continue
		}
		r := httptest.NewRequestWithContext(v.ctx, v.method, "/chat"+v.path+v.query, strings.NewReader(v.body))
		for name, values := range v.header {
			r.Header[name] = values
		}
		w := httptest.NewRecorder()
		a := answer{}
		err := route.Serve(w, r, &v.visitor)
		a.status, a.header, a.text = w.Code, w.Header(), w.Body.String()
		if err != nil {
			if a.text != "" {
				t.Errorf("an error came after %q was written", a.text)
			}
			if !errors.As(err, &a.fault) {
				t.Fatalf("%s %s: %v", v.method, v.path, err)
			}
			a.status = a.fault.Status
			if strings.Contains(err.Error(), apiToken) || strings.Contains(err.Error(), providertest.Planted) || strings.Contains(a.fault.Text, "sendbird answered") {
				t.Errorf("the error holds a secret or what the provider wrote: %v", err)
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
	t.Fatalf("there is no route %s %s", v.method, v.path)
	return answer{}
}

// login asks for a token as a member of the site.
func (s *site) login(t *testing.T, u *userinfo.User, body string) answer {
	t.Helper()
	return s.visit(t, visit{method: http.MethodPost, path: "/sendbird/token", body: body, visitor: provider.Visitor{User: u}})
}

// targets are the methods and paths of requests.
func targets(requests []providertest.Request) (list []string) {
	for _, r := range requests {
		list = append(list, r.Method+" "+r.Target)
	}
	return list
}

// want fails the test when an answer is another.
func (a answer) want(t *testing.T, what string, status int, code string) {
	t.Helper()
	got := ""
	if a.fault != nil {
		got = a.fault.Code
	}
	if a.status != status || got != code {
		t.Errorf("%s: %d %q %v, want %d %q", what, a.status, got, a.fault, status, code)
	}
}
