package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

const identityHeader = "X-Chatpass-User"

// proxied is a resolver of the name header that trusts everybody: the header names the user, or how it fails.
type proxied struct{}

func (proxied) Name() string { return "header" }

func (proxied) Resolve(_ context.Context, r *http.Request) (identity.Identity, error) {
	switch value := r.Header.Get(identityHeader); value {
	case "":
		return identity.Identity{}, identity.ErrNoCredential
	case "malformed":
		return identity.Identity{}, fmt.Errorf("%w: %s", identity.ErrMalformed, planted)
	case "rejected":
		return identity.Identity{}, fmt.Errorf("%w: %s", identity.ErrRejected, planted)
	default:
		return identity.Identity{UserID: userinfo.ID(value)}, nil
	}
}

func behindProxy(o *handlers.Options, _ *imbachat.Config) {
	o.Identity = append(identity.Chain{proxied{}}, o.Identity...)
	o.IdentityHeader = identityHeader
	o.SiteOrigins = []string{"https://example.com"}
}

func TestAnIdentityInAHeader(t *testing.T) {
	asks := header("X-Requested-With", "chatpass")
	const guest, six = `{"user_id":null,`, `{"user_id":6,`
	for name, c := range map[string]struct {
		options []option
		status  int
		want    string
	}{
		"a user":                                   {[]option{header(identityHeader, "6")}, 200, six},
		"a user on a page of the site":             {[]option{header(identityHeader, "6"), header("Sec-Fetch-Site", "same-origin")}, 200, six},
		"a user in an old browser":                 {[]option{header(identityHeader, "6"), header("Cookie", "a=b"), asks}, 200, six},
		"a user on a page of another site":         {[]option{header(identityHeader, "6"), header("Sec-Fetch-Site", "cross-site")}, 403, ""},
		"a user on a page of a site beside it":     {[]option{header(identityHeader, "6"), header("Sec-Fetch-Site", "same-site"), asks}, 403, ""},
		"a user with a foreign origin":             {[]option{header(identityHeader, "6"), header("Origin", "https://evil.example")}, 403, ""},
		"a user who typed the address":             {[]option{header(identityHeader, "6"), header("Sec-Fetch-Site", "none")}, 403, ""},
		"a guest who typed the address":            {[]option{header("Sec-Fetch-Site", "none")}, 200, guest},
		"a user with cookies and no word of where": {[]option{header(identityHeader, "6"), header("Cookie", "a=b")}, 403, ""},
		"SEC-32: a header twice":                   {[]option{header(identityHeader, "malformed")}, 400, `{"code":400,`},
		"SEC-32: behind a session it counts too":   {[]option{header(identityHeader, "malformed"), header("Cookie", "who=6"), asks}, 400, `{"code":400,`},
		"a header that names nobody possible":      {[]option{header(identityHeader, "rejected")}, 200, guest},
		"it ends the chain":                        {[]option{header(identityHeader, "rejected"), header("Cookie", "who=6"), asks}, 200, guest},
		"SEC-34: a session of another user":        {[]option{header(identityHeader, "6"), header("Cookie", "who=7"), asks}, 409, `{"code":409,`},
		"SEC-34: a session of the same user":       {[]option{header(identityHeader, "6"), header("Cookie", "who=6"), asks}, 200, six},
		"a user no row has":                        {[]option{header(identityHeader, "99")}, 200, guest},
	} {
		t.Run(name, func(t *testing.T) {
			got := newFixture(t, behindProxy).ask(http.MethodGet, "/chat/identity", c.options...)
			if got.status != c.status || !strings.HasPrefix(got.body, c.want) {
				t.Errorf("answers %d %s, want %d %s", got.status, got.body, c.status, c.want)
			}
			if got.status != 200 && strings.Contains(got.body, "token") {
				t.Errorf("a refusal holds a token: %s", got.body)
			}
			noneOf(t, name, got)
			if got := got.header.Get("Vary"); got != "Cookie, "+identityHeader { // SEC-70
				t.Errorf("Vary is %q", got)
			}
		})
	}
}

func TestRefusedIdentitiesAreCountedByTheirResolverAndLimited(t *testing.T) {
	for value, c := range map[string]struct {
		status int
		label  string
	}{
		"malformed": {400, `{kind="header",reason="malformed"}`}, "rejected": {200, `{kind="header",reason="rejected"}`},
	} {
		t.Run(value, func(t *testing.T) {
			f := newFixture(t, behindProxy)
			for i := range 61 {
				want := c.status
				if i == 60 {
					want = http.StatusTooManyRequests
				}
				if got := f.ask(http.MethodGet, "/chat/identity", header(identityHeader, value)); got.status != want {
					t.Fatalf("request %d answers %d, want %d", i+1, got.status, want)
				}
			}
			if got := f.ask(http.MethodGet, "/chat/identity", header(identityHeader, "6")); got.status != 200 {
				t.Errorf("a good one answers %d", got.status)
			}
			if got := f.ask(http.MethodGet, "/chat/identity", header(identityHeader, value), from("192.0.2.99:1")); got.status != c.status {
				t.Errorf("another address is answered %d", got.status)
			}
			if m := f.operator(http.MethodGet, "/metrics").body; !strings.Contains(m, "chatpass_auth_failures_total"+c.label+" 62") {
				t.Errorf("the metrics do not say 62 for %s", c.label)
			}
		})
	}
	t.Run("a conflict", func(t *testing.T) {
		f := newFixture(t, behindProxy)
		f.ask(http.MethodGet, "/chat/identity", header(identityHeader, "6"), header("Cookie", "who=7"), header("X-Requested-With", "chatpass"))
		if m := f.operator(http.MethodGet, "/metrics").body; !strings.Contains(m, `chatpass_auth_failures_total{kind="session",reason="conflict"} 1`) {
			t.Error("the metrics do not tell of it")
		}
	})
}

func TestWhoCannotBeToldIsNotBlamedOnTheUsersTable(t *testing.T) {
	f := newFixture(t, nil)
	got := f.ask(http.MethodGet, "/chat/identity", header("Cookie", "who=down"), header("X-Requested-With", "chatpass"))
	if got.status != 503 || !strings.Contains(got.body, "It cannot be found out now who asks") || got.header.Get("Retry-After") != "1" {
		t.Errorf("answers %d %s", got.status, got.body)
	}
}

func TestPeersAreKnownByTheRulesOfTheHandlers(t *testing.T) {
	p := handlers.NewPeers([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8")})
	none := handlers.NewPeers(nil)
	for name, c := range map[string]struct {
		peers             handlers.Peers
		remote, forwarded string
		trusted           bool
		address           string
	}{
		"a trusted proxy":                   {p, "127.0.0.1:1", "203.0.113.5", true, "203.0.113.5"},
		"a trusted proxy in IPv6's clothes": {p, "[::ffff:127.0.0.1]:1", "203.0.113.5", true, "203.0.113.5"},
		"SEC-36: the right-most untrusted":  {p, "10.1.2.3:1", "6.6.6.6, 1.2.3.4, 10.9.9.9", true, "1.2.3.4"},
		"SEC-36: rubbish":                   {p, "10.1.2.3:1", "1.2.3.4, <script>", true, "10.1.2.3"},
		"SEC-35: anybody else":              {p, "192.0.2.1:1", "127.0.0.1", false, "192.0.2.1"},
		"SEC-36: a unix socket":             {p, "@", "203.0.113.5", false, ""},
		"no trusted proxies":                {none, "192.0.2.1:1", "", false, "192.0.2.1"},
		"the site's own proxy, not trusted": {none, "127.0.0.1:1", "203.0.113.5", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.remote
			if c.forwarded != "" {
				r.Header.Set("X-Forwarded-For", c.forwarded)
			}
			if trusted, address := c.peers.Trusted(r), c.peers.Address(r); trusted != c.trusted || address != c.address {
				t.Errorf("trusted %t, address %q; want %t, %q", trusted, address, c.trusted, c.address)
			}
		})
	}
}
