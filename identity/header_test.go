package identity_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/userinfo"
)

const proxy, stranger = "127.0.0.1:4711", "192.0.2.7:4711"

// noon is a moment in the life of all credentials of the tests.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// headers is a header resolver that trusts the peer proxy, and what it left.
type headers struct {
	*identity.Header

	log     bytes.Buffer
	ignored int
	now     time.Time
}

func newHeaders(t testing.TB, name string, kind userinfo.KeyKind) *headers {
	t.Helper()
	h := &headers{now: noon}
	var err error
	h.Header, err = identity.NewHeader(identity.HeaderOptions{
		Name: name, Trusted: func(r *http.Request) bool { return r.RemoteAddr == proxy }, KeyKind: func() userinfo.KeyKind { return kind },
		Now: func() time.Time { return h.now }, Logger: slog.New(slog.NewTextHandler(&h.log, nil)), Ignored: func() { h.ignored++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// request is one with these headers: name, value, name, value …
func request(peer string, pairs ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/chat/identity", nil)
	r.RemoteAddr = peer
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Add(pairs[i], pairs[i+1])
	}
	return r
}

// SEC-31, SEC-32, SEC-33.
func TestATrustedProxyNamesTheUser(t *testing.T) {
	const name = "X-Chatpass-User"
	six := identity.Identity{UserID: "6"}
	var none identity.Identity
	for label, c := range map[string]struct {
		kind  userinfo.KeyKind
		peer  string
		pairs []string
		want  identity.Identity
		err   error
	}{
		"a user":                                       {userinfo.KeyUint, proxy, []string{name, "6"}, six, nil},
		"the name in other letter case":                {userinfo.KeyUint, proxy, []string{"x-CHATPASS-user", "6"}, six, nil},
		"a user whose key is text":                     {userinfo.KeyText, proxy, []string{name, "žofie k"}, identity.Identity{UserID: "žofie k"}, nil},
		"SEC-31: a peer nobody trusts":                 {userinfo.KeyUint, stranger, []string{name, "6"}, none, identity.ErrNoCredential},
		"SEC-31: a peer nobody trusts, twice":          {userinfo.KeyUint, stranger, []string{name, "6", name, "7"}, none, identity.ErrNoCredential},
		"a unix socket":                                {userinfo.KeyUint, "@", []string{name, "6"}, none, identity.ErrNoCredential},
		"a forwarded address that is trusted":          {userinfo.KeyUint, stranger, []string{name, "6", "X-Forwarded-For", "127.0.0.1"}, none, identity.ErrNoCredential},
		"SEC-32: the header twice":                     {userinfo.KeyUint, proxy, []string{name, "6", name, "7"}, none, identity.ErrMalformed},
		"SEC-32: the same user twice":                  {userinfo.KeyUint, proxy, []string{name, "6", name, "6"}, none, identity.ErrMalformed},
		"SEC-32: a user and an empty header":           {userinfo.KeyUint, proxy, []string{name, "", name, "6"}, none, identity.ErrMalformed},
		"SEC-32: a list":                               {userinfo.KeyUint, proxy, []string{name, "6, 7"}, none, identity.ErrMalformed},
		"SEC-32: a list where keys are text":           {userinfo.KeyText, proxy, []string{name, "ada,bob"}, none, identity.ErrMalformed},
		"SEC-32: a tab inside":                         {userinfo.KeyText, proxy, []string{name, "a\tb"}, none, identity.ErrMalformed},
		"SEC-32: DEL":                                  {userinfo.KeyText, proxy, []string{name, "a\x7f"}, none, identity.ErrMalformed},
		"SEC-32: more than 256 bytes":                  {userinfo.KeyText, proxy, []string{name, strings.Repeat("a", 257)}, none, identity.ErrMalformed},
		"SEC-32: an underscore":                        {userinfo.KeyUint, proxy, []string{"X_Chatpass_User", "6"}, none, nil},
		"SEC-32: one underscore":                       {userinfo.KeyUint, proxy, []string{"X-Chatpass_User", "6"}, none, nil},
		"SEC-32: an underscore does not add a user":    {userinfo.KeyUint, proxy, []string{name, "6", "X_Chatpass_User", "7"}, six, nil},
		"SEC-32: an underscore from anybody":           {userinfo.KeyUint, stranger, []string{"X_Chatpass_User", "6"}, none, identity.ErrNoCredential},
		"SEC-32: the variable of CGI":                  {userinfo.KeyUint, proxy, []string{"Http_x_chatpass_user", "6"}, none, nil},
		"SEC-33: no header is the proxy's word":        {userinfo.KeyUint, proxy, []string{"Cookie", "session=of-bob"}, none, nil},
		"SEC-33: Connection takes the header away":     {userinfo.KeyUint, proxy, []string{name, "6", "Connection", "close, x-chatpass-user"}, none, identity.ErrRejected},
		"SEC-33: Connection names a header not there":  {userinfo.KeyUint, proxy, []string{"Connection", "X-Chatpass-User"}, none, identity.ErrRejected},
		"Connection names other things":                {userinfo.KeyUint, proxy, []string{name, "6", "Connection", "close, x-chatpass-user2"}, six, nil},
		"an empty header is a guest":                   {userinfo.KeyUint, proxy, []string{name, ""}, none, nil},
		"a variable that Apache does not have":         {userinfo.KeyUint, proxy, []string{name, "(null)"}, none, nil},
		"a 0 where keys are numbers is a guest":        {userinfo.KeyUint, proxy, []string{name, "0"}, none, nil},
		"a 0 where keys are text is a user":            {userinfo.KeyText, proxy, []string{name, "0"}, identity.Identity{UserID: "0"}, nil},
		"the site's server, with a 0":                  {userinfo.KeyInt, proxy, []string{name, "0", "Authorization", "Bearer x"}, none, identity.ErrNoCredential},
		"the site's server through the proxy":          {userinfo.KeyUint, proxy, []string{"Authorization", "Bearer x"}, none, identity.ErrNoCredential},
		"the site's server, with an empty header":      {userinfo.KeyUint, proxy, []string{name, "", "Authorization", "Bearer x"}, none, identity.ErrNoCredential},
		"a user and the site's server":                 {userinfo.KeyUint, proxy, []string{name, "6", "Authorization", "Bearer x"}, six, nil},
		"Basic auth of the site is not ours":           {userinfo.KeyUint, proxy, []string{"Authorization", "Basic eDp5"}, none, nil},
		"a log-in name where keys are numbers":         {userinfo.KeyUint, proxy, []string{name, "ada"}, none, identity.ErrRejected},
		"another spelling of user 6":                   {userinfo.KeyUint, proxy, []string{name, "06"}, none, identity.ErrRejected},
		"text that a database would read as user 6":    {userinfo.KeyUint, proxy, []string{name, "6abc"}, none, identity.ErrRejected},
		"digits of another script":                     {userinfo.KeyUint, proxy, []string{name, "٦"}, none, identity.ErrRejected},
		"text that is no UTF-8":                        {userinfo.KeyText, proxy, []string{name, "a\xff"}, none, identity.ErrRejected},
		"nobody can tell before the table was read":    {userinfo.KeyUnknown, proxy, []string{name, "6"}, none, identity.ErrUnavailable},
		"a guest is one before the table was read too": {userinfo.KeyUnknown, proxy, nil, none, nil},
	} {
		t.Run(label, func(t *testing.T) {
			h := newHeaders(t, "x-chatpass-USER", c.kind)
			got, err := h.Resolve(t.Context(), request(c.peer, c.pairs...))
			if !errors.Is(err, c.err) || err == nil != (c.err == nil) {
				t.Errorf("got error %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIgnoredHeadersAreCountedAndToldOnceAMinute(t *testing.T) {
	h := newHeaders(t, "X-Chatpass-User", userinfo.KeyUint)
	for range 100 {
		_, _ = h.Resolve(t.Context(), request(stranger, "X-Chatpass-User", "canary-6"))
	}
	_, _ = h.Resolve(t.Context(), request(stranger, "Cookie", "a=b"))
	h.now = h.now.Add(59 * time.Second)
	_, _ = h.Resolve(t.Context(), request(stranger, "X-Chatpass-User", "canary-6"))
	if lines := strings.Count(h.log.String(), "\n"); h.ignored != 101 || lines != 1 {
		t.Errorf("%d counted, %d told; want 101 and 1", h.ignored, lines)
	}
	h.now = h.now.Add(time.Second)
	_, _ = h.Resolve(t.Context(), request(stranger, "X-Chatpass-User", "canary-6"))
	if lines := strings.Count(h.log.String(), "\n"); lines != 2 {
		t.Errorf("%d told after a minute, want 2", lines)
	}
	if text := h.log.String(); strings.Contains(text, "canary") || !strings.Contains(text, "peer=192.0.2.7") {
		t.Errorf("the log says %s", text)
	}
}

func TestAHeaderThatNamesNobodyPossibleIsToldWithoutItsValue(t *testing.T) {
	h := newHeaders(t, "X-Chatpass-User", userinfo.KeyUint)
	for range 3 {
		if _, err := h.Resolve(t.Context(), request(proxy, "X-Chatpass-User", "canary@example.com")); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v", err)
		}
	}
	if text := h.log.String(); strings.Count(text, "\n") != 1 || strings.Contains(text, "canary") || !strings.Contains(text, "unsigned integer") {
		t.Errorf("the log says %q", text)
	}
}

func TestAHeaderResolverNeedsAllItsOptions(t *testing.T) {
	if _, err := identity.NewHeader(identity.HeaderOptions{Name: "X-Chatpass-User"}); err == nil {
		t.Error("without a rule whom to trust it would panic, or trust everybody")
	}
}
