package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

// router is a provider with routes of its own.
type router struct {
	seen  []provider.Visitor
	login string // path; "" is /login
}

func (*router) Name() string { return "pretend" }

func (*router) Widget(context.Context, *userinfo.User, time.Time) (*provider.Widget, error) {
	return nil, nil //nolint:nilnil // shows nothing
}

func (p *router) Routes() []provider.Route {
	serve := func(w http.ResponseWriter, r *http.Request, v *provider.Visitor) error {
		p.seen = append(p.seen, *v)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		switch string(body) {
		case "fault":
			return &provider.Fault{Status: http.StatusBadGateway, Code: "provider_error", Text: "It failed", RetryAfter: 1500 * time.Millisecond, Cause: errors.New(planted)}
		case "gone":
			return context.Canceled
		case "nameless":
			return fmt.Errorf("%w: "+planted, provider.ErrNoToken)
		case "odd":
			return errors.New(planted)
		}
		_, err = io.WriteString(w, "served")
		return err
	}
	login := p.login
	if login == "" {
		login = "/login"
	}
	return []provider.Route{
		{Method: http.MethodPost, Path: "/pretend/token", Serve: serve},
		{Method: http.MethodGet, Path: "/pretend/me", Serve: serve},
		{Method: http.MethodDelete, Path: "/pretend/token", Hidden: true, Serve: serve},
		{Method: http.MethodPost, Path: login, Root: true, Var: "PRETEND_LOGIN_PATH", Serve: serve},
		{Method: http.MethodPost, Path: "/api.php", Root: true, Open: true, MaxBody: 1 << 20, Serve: serve},
	}
}

func newProvided(t *testing.T, change func(o *handlers.Options)) (*fixture, *router) {
	t.Helper()
	p := &router{}
	return newFixture(t, func(o *handlers.Options, _ *imbachat.Config) {
		o.Providers = append(o.Providers, p)
		if change != nil {
			change(o)
		}
	}), p
}

func body(text string) option {
	return func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(text)) }
}

// own is what a page of the site sends for user 6.
var own = []option{header("Cookie", "who=6"), header("Sec-Fetch-Site", "same-origin")}

func TestAProvidersRouteKnowsWhoAsks(t *testing.T) {
	f, p := newProvided(t, nil)
	for _, target := range []string{"/chat/pretend/token", "/login"} {
		got := f.ask(http.MethodPost, target, own...)
		if got.status != http.StatusOK || got.body != "served" {
			t.Fatalf("%s: %d %s", target, got.status, got.body)
		}
		if cache := got.header.Get("Cache-Control"); cache != "no-store, private" {
			t.Errorf("%s: Cache-Control %q", target, cache)
		}
		v := p.seen[len(p.seen)-1]
		if v.User == nil || v.User.ID != "6" || v.Address != "192.0.2.10" {
			t.Errorf("%s: the provider saw %+v", target, v)
		}
	}
	if got := f.ask(http.MethodPost, "/chat/pretend/token?user_id=7", bearer(siteKey)); got.status != http.StatusOK || p.seen[len(p.seen)-1].User.ID != "7" {
		t.Errorf("with the site key: %d %s", got.status, got.body)
	}
	if v := p.seen[len(p.seen)-1]; v.Address != "" {
		t.Errorf("the site's own server asks for everybody, but is limited by its address %q", v.Address)
	}
	f.ask(http.MethodPost, "/chat/pretend/token?user_id=6", append([]option{header("Authorization", "Basic eDp5")}, own...)...)
	if v := p.seen[len(p.seen)-1]; v.User.ID != "6" || v.Address == "" {
		t.Errorf("a visitor with an Authorization of another kind has no limit by address: %+v", v)
	}
}

func TestAProvidersRouteThatAnswersGETAnswersHEAD(t *testing.T) {
	f, _ := newProvided(t, nil)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		if got := f.ask(method, "/chat/pretend/me", own...); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", method, got.status, got.body)
		}
	}
}

func TestAProvidersRouteThatIsAnothersIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ base, login string }{
		"the users-info of ImbaChat":     {"/chat", "/chat/users"},
		"an old plugin's":                {"/chat", "/index.php"},
		"ours without a base path":       {"", "/users"},
		"another of the same provider's": {"/chat", "/chat/pretend/token"},
	} {
		t.Run(name, func(t *testing.T) {
			var f *fixture
			var o handlers.Options
			f = newFixture(t, func(opts *handlers.Options, _ *imbachat.Config) {
				opts.BasePath = c.base
				o = *opts
			})
			settings := &imbachat.Config{
				WidgetID: "17", APILogin: login, APIPassword: secret.New(password), SecretKey: secret.New("signing-key-of-the-tests"), TokenTTL: time.Hour,
				ScriptBase: "https://api.imbachat.com", Compat: "all", InboundToken: "off",
			}
			imba, err := settings.Open(provider.Deps{Now: f.clock.now, KeyKind: f.directory.KeyKind})
			if err != nil {
				t.Fatal(err)
			}
			o.Providers = []provider.Provider{imba, &router{login: c.login}}
			o.Metrics = handlers.NewMetrics("test", "none")
			_, err = handlers.New(o)
			var taken *handlers.RouteError
			if !errors.As(err, &taken) || *taken != (handlers.RouteError{Provider: "pretend", Method: http.MethodPost, Path: c.login, Var: "PRETEND_LOGIN_PATH"}) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTheSitesServerMayAskForAHiddenUserWhereTheRouteLetsIt(t *testing.T) {
	f, p := newProvided(t, func(o *handlers.Options) {
		o.Directory.(*directory).users[1].Permissions = []userinfo.Permission{{Name: "available_chat"}}
	})
	for _, id := range []string{"99", "7", "6"} { // who is hidden, who gets no chat, and a member
		got := f.ask(http.MethodDelete, "/chat/pretend/token", bearer(siteKey), func(r *http.Request) { r.URL.RawQuery = "user_id=" + id })
		if got.status != http.StatusOK || p.seen[len(p.seen)-1].User.ID != userinfo.ID(id) || p.seen[len(p.seen)-1].Address != "" {
			t.Errorf("user %s: %d %s", id, got.status, got.body)
		}
	}
	before := len(p.seen)
	for cookie, status := range map[string]int{"who=99": http.StatusUnauthorized, "who=7": http.StatusForbidden} {
		if got := f.ask(http.MethodDelete, "/chat/pretend/token", header("Cookie", cookie), header("Sec-Fetch-Site", "same-origin")); got.status != status {
			t.Errorf("%s by themselves: %d", cookie, got.status)
		}
	}
	if got := f.ask(http.MethodDelete, "/chat/pretend/token", bearer("wrong-site-key-of-the-tests-0123456789")); got.status != http.StatusUnauthorized {
		t.Errorf("a wrong key: %d", got.status)
	}
	if len(p.seen) > before {
		t.Error("the provider was asked")
	}
}

func TestAProvidersRouteIsForMembersOnly(t *testing.T) {
	f, p := newProvided(t, func(o *handlers.Options) {
		o.Directory.(*directory).users[1].Permissions = []userinfo.Permission{{Name: "available_chat"}}
	})
	for name, c := range map[string]struct {
		options []option
		status  int
		word    string
	}{
		"nobody":                       {nil, http.StatusUnauthorized, "unauthenticated"},
		"a forged session":             {[]option{header("Cookie", "who=forged"), header("Sec-Fetch-Site", "same-origin")}, http.StatusUnauthorized, "unauthenticated"},
		"a user who is not there":      {[]option{header("Cookie", "who=99"), header("Sec-Fetch-Site", "same-origin")}, http.StatusUnauthorized, "unauthenticated"},
		"a user without the chat":      {[]option{header("Cookie", "who=7"), header("Sec-Fetch-Site", "same-origin")}, http.StatusForbidden, "user_disabled"},
		"two users at once":            {[]option{header("Cookie", "who=twice"), header("Sec-Fetch-Site", "same-origin")}, http.StatusConflict, "identity_conflict"},
		"a session nobody can look at": {[]option{header("Cookie", "who=down"), header("Sec-Fetch-Site", "same-origin")}, http.StatusServiceUnavailable, "unavailable"},
		"another site's page":          {[]option{header("Cookie", "who=6"), header("Sec-Fetch-Site", "cross-site")}, http.StatusForbidden, "forbidden"},
		"another origin":               {[]option{header("Cookie", "who=6"), header("Origin", "https://evil.example")}, http.StatusForbidden, "forbidden"},
		"a form without any header":    {[]option{header("Cookie", "who=6")}, http.StatusForbidden, "forbidden"},
		"a wrong site key":             {[]option{bearer("wrong-site-key-of-the-tests-0123456789")}, http.StatusUnauthorized, "unauthenticated"},
		"an unknown user by site key":  {[]option{bearer(siteKey), func(r *http.Request) { r.URL.RawQuery = "user_id=99" }}, http.StatusNotFound, "not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(p.seen)
			got := f.ask(http.MethodPost, "/chat/pretend/token", c.options...)
			if got.status != c.status || !strings.HasSuffix(got.body, `,"code":"`+c.word+`"}`) || strings.Contains(got.body, planted) {
				t.Errorf("%d %s, want %d %s", got.status, got.body, c.status, c.word)
			}
			if len(p.seen) > before {
				t.Error("the provider was asked")
			}
			if cache := got.header.Get("Cache-Control"); !strings.Contains(cache, "no-store") {
				t.Errorf("Cache-Control %q", cache)
			}
		})
	}
	for method, target := range map[string]string{http.MethodGet: "/chat/pretend/token", http.MethodPut: "/login?x=1", http.MethodPost: "/chat/pretend/me"} {
		got := f.ask(method, target, own...)
		if got.status != http.StatusMethodNotAllowed || got.body != `{"error":"Method not allowed","code":"method_not_allowed"}` || got.header.Get("Allow") == "" {
			t.Errorf("%s %s: %d %s; a token must not be fetched ahead", method, target, got.status, got.body)
		}
	}
	if got := f.ask(http.MethodDelete, "/chat/identity", own...); !strings.HasPrefix(got.body, `{"code":405,`) {
		t.Errorf("our own route: %s", got.body)
	}
}

func TestAnOpenRouteFindsNobodyOut(t *testing.T) {
	f, p := newProvided(t, nil)
	got := f.ask(http.MethodPost, "/api.php", header("Cookie", "who=6"), header("Origin", "https://app.example"), body(strings.Repeat("x", 100_000)))
	if got.status != http.StatusOK || len(p.seen) != 1 || p.seen[0].User != nil {
		t.Errorf("%d %s, seen %+v", got.status, got.body, p.seen)
	}
}

func TestWhatAProviderFailsWithStaysInside(t *testing.T) {
	f, _ := newProvided(t, nil)
	got := f.ask(http.MethodPost, "/login", append([]option{body("fault")}, own...)...)
	if got.status != http.StatusBadGateway || got.body != `{"error":"It failed","code":"provider_error"}` || got.header.Get("Retry-After") != "2" {
		t.Errorf("%d %s, Retry-After %q", got.status, got.body, got.header.Get("Retry-After"))
	}
	if got = f.ask(http.MethodPost, "/login", append([]option{body("odd")}, own...)...); got.status != http.StatusInternalServerError || strings.Contains(got.body, planted) {
		t.Errorf("%d %s", got.status, got.body)
	}
	for text, want := range map[string]struct {
		status int
		word   string
	}{"gone": {http.StatusServiceUnavailable, "unavailable"}, "nameless": {http.StatusUnprocessableEntity, "no_token"}} {
		before := f.log.String()
		got = f.ask(http.MethodPost, "/login", append([]option{body(text)}, own...)...)
		if got.status != want.status || !strings.HasSuffix(got.body, `,"code":"`+want.word+`"}`) || strings.Contains(got.body, planted) {
			t.Errorf("%s: %d %s", text, got.status, got.body)
		}
		if logged := strings.TrimPrefix(f.log.String(), before); strings.Contains(logged, `"level":"ERROR"`) {
			t.Errorf("%s is nobody's fault: %s", text, logged)
		}
	}
	if got = f.ask(http.MethodPost, "/login", append([]option{body(strings.Repeat("x", 5000))}, own...)...); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 5000 bytes: %d %s", got.status, got.body)
	}
}
