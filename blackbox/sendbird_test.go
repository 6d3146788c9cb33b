package blackbox_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/provider/providertest"
)

const (
	sendbirdApp   = "4F6A-App"
	sendbirdToken = "canary-sendbird-api-token-6Yb2kQ"
)

// sendbirdSite is a site of nine people, a proxy that names them, and a pretended Sendbird.
func sendbirdSite(t testing.TB, pairs ...string) (*providertest.Peer, *mysqltest.DB, env) {
	t.Helper()
	peer := providertest.NewPeer(sendbirdApp, sendbirdToken)
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 9).with(
		"IMBACHAT_WIDGET_ID", "", "IMBACHAT_API_LOGIN", "", "IMBACHAT_API_PASSWORD", "", "IMBACHAT_SECRET_KEY", "",
		"IDENTITY", "header,site", "TRUSTED_PROXIES", "127.0.0.1", "STATE_DIR", t.TempDir(),
		"SENDBIRD_APP_ID", sendbirdApp, "SENDBIRD_API_TOKEN", sendbirdToken, "SENDBIRD_BASE_URL", peer.Serve(t),
	).with(pairs...)
	return peer, db, e
}

// member is what the site's proxy passes on from a page of the site.
func member(id string) option {
	return func(r *http.Request) {
		r.Header.Set("X-Chatpass-User", id)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
}

// sendbirdPass is the answer to a request for a token.
type sendbirdPass struct {
	UserID    string `json:"user_id"`
	Access    string `json:"access_token"`
	Token     string `json:"token"`
	Sendbird  string `json:"sendbird_token"`
	ExpiresAt int64  `json:"expires_at"`
	AppID     string `json:"app_id"`
	Nickname  string `json:"nickname"`
	Error     string `json:"error"`
	Code      string `json:"code"`
}

func (a answer) sendbird(t testing.TB, status int, code string) (p sendbirdPass) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.status != status || p.Code != code {
		t.Fatalf("%d %s (%v), want %d %q", a.status, a.body, err, status, code)
	}
	if strings.Contains(a.body, sendbirdToken) || strings.Contains(a.body, providertest.Planted) {
		t.Errorf("the answer holds the API token or what the provider wrote: %s", a.body)
	}
	if cache := a.header.Get("Cache-Control"); !strings.Contains(cache, "no-store") {
		t.Errorf("Cache-Control %q", cache)
	}
	return p
}

// quiet fails the test when the log or the metrics hold a token.
func (s *sidecar) quiet(t testing.TB, tokens ...string) {
	t.Helper()
	metrics := ask(t, client, http.MethodGet, s.admin+"/metrics").body
	for _, secret := range append(tokens, sendbirdToken, providertest.Planted, "fake-session-token") {
		if strings.Contains(s.log.String(), secret) || strings.Contains(metrics, secret) {
			t.Errorf("S18: the log or the metrics hold %q", secret)
		}
	}
}

func TestS01S02S16ATokenIsForMembersOfTheSiteAlone(t *testing.T) {
	t.Parallel()
	peer, _, e := sendbirdSite(t)
	s := serve(t, e)
	const route = "/chat/sendbird/token"
	for name, c := range map[string]struct {
		method string
		status int
		code   string
		as     []option
	}{
		"nobody":                {http.MethodPost, 401, "unauthenticated", []option{asLoader}},
		"nobody at all":         {http.MethodPost, 401, "unauthenticated", nil},
		"a page of another":     {http.MethodPost, 403, "forbidden", []option{member("6"), header("Origin", "https://evil.example")}},
		"a user who is banned":  {http.MethodPost, 401, "unauthenticated", []option{member("99")}},
		"a browser that looks":  {http.MethodGet, 405, "", []option{member("6")}},
		"somebody else's token": {http.MethodPost, 403, "user_mismatch", []option{member("6"), body("application/json", `{"user_id":"7"}`)}},
		"a long body":           {http.MethodPost, 413, "too_large", []option{member("6"), body("application/json", strings.Repeat(" ", 5000))}},
	} {
		got := s.do(t, c.method, route, c.as...)
		if got.status != c.status || c.code != "" && !strings.HasSuffix(got.body, `"code":"`+c.code+`"}`) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if allowed := got.header.Get("Access-Control-Allow-Origin"); allowed != "" {
			t.Errorf("%s: Access-Control-Allow-Origin %q", name, allowed)
		}
	}
	if came := peer.Requests(); len(came) > 0 {
		t.Errorf("the provider was asked: %+v", came)
	}
	for _, target := range []string{route, "/login"} {
		got := s.do(t, http.MethodPost, target, member("6")).sendbird(t, 200, "")
		if got.UserID != "6" || got.Nickname != "User 6" || got.AppID != sendbirdApp || !peer.Good("6", got.Access) || got.Token != got.Access || got.Sendbird != got.Access || got.ExpiresAt < 1e12 {
			t.Errorf("%s: %+v", target, got)
		}
		s.quiet(t, got.Access)
	}
	who := s.get(t, "/chat/identity", member("6"))
	if want := `"sendbird":{"app_id":"4F6A-App","user_id":"6","nickname":"User 6","profile_url":"","token_url":"/chat/sendbird/token"}`; !strings.Contains(who.body, want) {
		t.Errorf("identity: %s", who.body)
	}
	if guest := s.get(t, "/chat/identity", asLoader); guest.body != guestAnswer {
		t.Errorf("identity of a guest: %s", guest.body)
	}
	inline := s.get(t, "/chat/widget?mode=inline", member("6"))
	if inline.status != 200 || strings.Contains(inline.body, `src=""`) || !strings.Contains(inline.body, "token_url") {
		t.Errorf("inline: %d %s", inline.status, inline.body)
	}
	if metrics := ask(t, client, http.MethodGet, s.admin+"/metrics").body; !strings.Contains(metrics, `chatpass_provider_requests_total{code="200",provider="sendbird"}`) ||
		!strings.Contains(metrics, `chatpass_tokens_minted_total{provider="sendbird"} 1`) {
		t.Error("the calls or the tokens are not counted")
	}
}

func TestF33ASickSendbirdHurtsNobodyElse(t *testing.T) {
	t.Parallel()
	peer, _, e := sendbirdSite(t)
	s := serve(t, e)
	peer.Always(peer.Hang)
	got := s.do(t, http.MethodPost, "/login", member("6"))
	got.sendbird(t, 503, "provider_unavailable")
	if got.took > 5*time.Second || got.header.Get("Retry-After") == "" { // 3 s on a machine with nothing else to do
		t.Errorf("after %s, Retry-After %q", got.took, got.header.Get("Retry-After"))
	}
	if who := s.get(t, "/chat/identity", member("7")); who.status != 200 || !strings.Contains(who.body, `"user_id":"7"`) {
		t.Errorf("identity: %d %s", who.status, who.body)
	}
	if ready := s.get(t, "/readyz"); ready.status != 200 {
		t.Errorf("readyz: %d", ready.status)
	}
	s.quiet(t)
}

// rows counts the jobs in a store.
func rows(t testing.TB, store *mysqltest.DB, where string) (n int) {
	t.Helper()
	if err := store.SQL().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM chat_provider_jobs WHERE "+where).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestS14TwoInstancesShutABannedUserOutOnce(t *testing.T) {
	t.Parallel()
	peer, db, e := sendbirdSite(t)
	store := mysqltest.Start(t).Database(t)
	e = e.with("STORE_URL", store.RootURL(t))
	one, two := serve(t, e), serve(t, e)
	first := one.do(t, http.MethodPost, "/login", member("6")).sendbird(t, 200, "")
	two.do(t, http.MethodPost, "/login", member("7")).sendbird(t, 200, "")
	peer.Always(providertest.Status(503))
	db.Exec(t, "UPDATE people SET banned = 1 WHERE id = 6")
	eventually(t, "somebody to tell the provider", runLimit, func() bool {
		return slices.ContainsFunc(peer.Requests(), func(r providertest.Request) bool { return r.Method == http.MethodPut })
	})
	peer.Always(nil)
	eventually(t, "the user to be shut out", runLimit, func() bool {
		_, _, active, _ := peer.User("6")
		return !active && !peer.Good("6", first.Access)
	})
	eventually(t, "nothing to be left to tell", runLimit, func() bool {
		return rows(t, store, "done_at = 0") == 0
	})
	if n := rows(t, store, "kind = 'deactivate'"); n != 1 {
		t.Errorf("%d jobs", n)
	}
	ends := 0 // of tokens, which follow an answer that was good
	for _, r := range peer.Requests() {
		if r.Method == http.MethodDelete && r.Target == "/v3/users/6/token" {
			ends++
		}
	}
	if _, _, active, _ := peer.User("7"); !active || ends != 1 {
		t.Errorf("told %d times; the other user is active: %t", ends, active)
	}
	one.quiet(t)
	two.quiet(t)
}

func TestCheckCallsSendbird(t *testing.T) {
	t.Parallel()
	peer, _, e := sendbirdSite(t)
	r := run(t, e, "check")
	if !strings.Contains(r.stdout, "ok    sendbird: the application id and the API token are accepted") || !strings.Contains(r.stdout, "ok    sendbird: a log-in without a token is refused") {
		t.Errorf("%s", r.stdout)
	}
	peer.Change(func(p *providertest.Peer) { p.DenyLogin = false })
	if r = run(t, e, "check"); !strings.Contains(r.stdout, "warn  sendbird: anybody may sign in") {
		t.Errorf("%s", r.stdout)
	}
	if r = run(t, e.with("SENDBIRD_API_TOKEN", "canary-sendbird-wrong-token-1"), "check"); r.code != 1 || !strings.Contains(r.stdout, "fail  sendbird: ") || strings.Contains(r.stdout, "canary") {
		t.Errorf("%d %s", r.code, r.stdout)
	}
	if r = run(t, e, "token", "6"); r.code != 0 || !peer.Good("6", strings.TrimSpace(r.stdout)) {
		t.Errorf("%d %s %s", r.code, r.stdout, r.stderr)
	}
}
