package providertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// network counts the calls of a provider that must make none.
type network struct{ calls atomic.Int32 }

// RoundTrip refuses.
func (n *network) RoundTrip(*http.Request) (*http.Response, error) {
	n.calls.Add(1)
	return nil, errors.New("no network in this test")
}

// suite is what the conformance tests share.
type suite struct {
	settings func() provider.Config
	now      time.Time
	network  *network
	log      *bytes.Buffer
	guard    *sync.Mutex
}

// Write keeps what was logged.
func (s *suite) Write(text []byte) (int, error) {
	s.guard.Lock()
	defer s.guard.Unlock()
	return s.log.Write(text)
}

// deps is what a provider may use.
func (s *suite) deps() provider.Deps {
	return provider.Deps{
		Now: func() time.Time { return s.now }, KeyKind: func() userinfo.KeyKind { return userinfo.KeyText }, BasePath: "/chat",
		Transport: s.network, Logger: slog.New(slog.NewTextHandler(s, nil)),
	}
}

func (s *suite) open(t *testing.T) provider.Provider {
	t.Helper()
	p, err := s.settings().Open(s.deps())
	if err != nil {
		t.Fatal(err)
	}
	if closer, ok := p.(io.Closer); ok {
		t.Cleanup(func() {
			if err := closer.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return p
}

var providerName = regexp.MustCompile(`^[a-z][a-z0-9]{1,30}$`)

// Run tries what every provider must hold to. settings returns good settings each time anew, with all secrets set and enabled.
func Run(t *testing.T, settings func() provider.Config) {
	t.Helper()
	s := &suite{
		settings: settings, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), network: &network{}, log: &bytes.Buffer{}, guard: &sync.Mutex{},
	}
	t.Run("settings and provider have one name, in lower case", s.names)
	t.Run("good settings have no fault, and each secret its least length and remedy", s.faults)
	t.Run("a guest gets no token", s.guests)
	t.Run("a user's pass ends with their session", s.ends)
	t.Run("two users never share a pass, and no user with an odd id is another", s.odd)
	t.Run("routes have a method and a path", s.routes)
	t.Run("nothing printed holds a secret", s.secrets)
	t.Run("many visitors at once", s.crowd)
	if n := s.network.calls.Load(); n > 0 {
		t.Errorf("opening the provider and making widgets called the network %d times", n)
	}
}

func (s *suite) names(t *testing.T) {
	c := s.settings()
	p := s.open(t)
	if c.Name() != p.Name() || !providerName.MatchString(c.Name()) {
		t.Errorf("settings %q, provider %q", c.Name(), p.Name())
	}
}

func (s *suite) faults(t *testing.T) {
	c := s.settings()
	if !c.Enabled() {
		t.Error("the settings are not enabled")
	}
	if faults := c.Faults(); len(faults) > 0 {
		t.Errorf("faults: %v", faults)
	}
	if len(c.Secrets()) == 0 {
		t.Error("the settings list no secret")
	}
	prefix := strings.ToUpper(c.Name()) + "_"
	for _, one := range c.Secrets() {
		if one.Value.IsZero() || one.Min < 8 || one.Remedy == "" || !strings.HasPrefix(one.Var, prefix) || one.Value.Len() < one.Min {
			t.Errorf("the secret %s: least length %d, remedy %q", one.Var, one.Min, one.Remedy)
		}
	}
}

func (s *suite) guests(t *testing.T) {
	w, err := s.open(t).Widget(t.Context(), nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if w != nil && (w.Token != "" || !w.ExpiresAt.IsZero() || strings.Contains(string(w.AppendJSON(nil)), "user_id")) {
		t.Errorf("got %+v", w)
	}
}

// widget is a user's, and false where the provider refuses the user.
func (s *suite) widget(t *testing.T, p provider.Provider, u *userinfo.User, until time.Time) (*provider.Widget, bool) {
	t.Helper()
	w, err := p.Widget(t.Context(), u, until)
	if err != nil && !errors.Is(err, provider.ErrNoToken) {
		t.Fatalf("user %.20q: %v", u.ID, err)
	}
	return w, w != nil && err == nil
}

func (s *suite) ends(t *testing.T) {
	p := s.open(t)
	for _, left := range []time.Duration{time.Second, time.Minute, time.Hour, 1000 * time.Hour} {
		until := s.now.Add(left)
		w, ok := s.widget(t, p, &userinfo.User{ID: "6", Name: "Ann"}, until)
		if !ok {
			t.Fatal("user 6 is refused")
		}
		if w.ExpiresAt.After(until) || (w.Token == "") != w.ExpiresAt.IsZero() {
			t.Errorf("a session ends at %s, the pass at %s", until, w.ExpiresAt)
		}
		if !json.Valid(w.AppendJSON(nil)) {
			t.Errorf("no JSON: %s", w.AppendJSON(nil))
		}
	}
}

func (s *suite) odd(t *testing.T) {
	p := s.open(t)
	owner := map[string]userinfo.ID{}
	for _, id := range []userinfo.ID{
		"6", "06", "6 ", " 6", "6/", "../6", ".", "..", "6?x=1", "6#", "6%2F", "%36", "ü", "u\u0308", "Ann", "ann", "a\x00b", "a\nb", "\xff",
		userinfo.ID(strings.Repeat("9", 80)), userinfo.ID(strings.Repeat("9", 81)), userinfo.ID(strings.Repeat("é", 100)), "", "0", "-1", `"`, "</script>",
	} {
		w, ok := s.widget(t, p, &userinfo.User{ID: id, Name: "Same name"}, time.Time{})
		if !ok {
			continue
		}
		text := string(w.AppendJSON(nil))
		if other, taken := owner[text]; taken {
			t.Errorf("users %q and %q get the same: %s", id, other, text)
		}
		owner[text] = id
		if !json.Valid([]byte(text)) || strings.Contains(text, "</script>") {
			t.Errorf("user %q: %s", id, text)
		}
	}
	if len(owner) < 3 {
		t.Errorf("only %d users of ordinary ids got a pass", len(owner))
	}
}

func (s *suite) routes(t *testing.T) {
	router, ok := s.open(t).(provider.Router)
	if !ok {
		return
	}
	seen := map[string]bool{}
	for _, r := range router.Routes() {
		key := fmt.Sprint(r.Method, r.Root, r.Path)
		if r.Method == "" || !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "?#% ") || r.Serve == nil || seen[key] {
			t.Errorf("route %s %s", r.Method, r.Path)
		}
		seen[key] = true
	}
}

func (s *suite) secrets(t *testing.T) {
	c := s.settings()
	p := s.open(t)
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	printed := []string{string(asJSON), fmt.Sprintf("%v %+v %#v", c, c, c), fmt.Sprintf("%v %+v", c.Faults(), c.Secrets()), fmt.Sprintf("%v %+v %#v", p, p, p)}
	for _, u := range []*userinfo.User{{}, {ID: "0"}, {ID: "\xff"}, {ID: "6"}} {
		if w, err := p.Widget(t.Context(), u, s.now.Add(-time.Hour)); err != nil {
			printed = append(printed, err.Error())
		} else if w != nil {
			printed = append(printed, string(w.AppendJSON(nil)))
		}
	}
	s.guard.Lock()
	printed = append(printed, s.log.String())
	s.guard.Unlock()
	for _, one := range c.Secrets() {
		for _, text := range printed {
			if strings.Contains(text, one.Value.Reveal()) {
				t.Errorf("the secret %s is printed: %.200s", one.Var, strings.ReplaceAll(text, one.Value.Reveal(), "<here>"))
			}
		}
	}
}

func (s *suite) crowd(t *testing.T) {
	p := s.open(t)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			u := &userinfo.User{ID: userinfo.ID(fmt.Sprint(i + 1)), Name: fmt.Sprint("Name ", i)}
			for range 20 {
				w, err := p.Widget(t.Context(), u, s.now.Add(time.Hour))
				if err != nil || w == nil {
					t.Errorf("user %s: %v, %v", u.ID, w, err)
					return
				}
			}
		})
	}
	all.Wait()
}
