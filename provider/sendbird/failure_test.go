package sendbird_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/provider/sendbird"
)

// overNetwork opens a provider that calls an address by the network.
func overNetwork(t *testing.T, address func(s *site) string) *site {
	t.Helper()
	s := newSite(t, nil) // for the pretended server; the provider is another
	base := address(s)
	over := newSite(t, func(c *sendbird.Config, d *provider.Deps) { c.BaseURL, d.Transport = base, nil })
	over.Peer = s.Peer
	return over
}

func TestF33OverTheNetwork(t *testing.T) {
	for name, c := range map[string]struct {
		behaviour providertest.Behaviour
		status    int
	}{
		"500":              {providertest.Status(500), 503},
		"503":              {providertest.Status(503), 503},
		"429":              {providertest.Limited("Retry-After", 30), 503},
		"half an object":   {providertest.Truncated, 502},
		"10 MiB":           {providertest.Huge, 502},
		"a redirect":       {providertest.Redirect("/v3/users/7/token"), 502},
		"a connection cut": {providertest.Reset, 503},
		"401":              {providertest.Status(401), 502},
		"403":              {providertest.Status(403), 502},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := overNetwork(t, func(s *site) string { return s.Serve(t) })
			s.AddUser("6", "Ann", "")
			u := s.set("6", "Ann", "")
			s.login(t, u, "").want(t, "while all is well", http.StatusOK, "")
			s.Always(c.behaviour)
			began := time.Now()
			if got := s.login(t, u, `{"fresh":true}`); got.status != c.status {
				t.Errorf("%d %v, want %d", got.status, got.fault, c.status)
			}
			if took := time.Since(began); took > 10*time.Second { // 3 s on a machine with nothing else to do, 12 s if nobody sent the visitor away
				t.Errorf("it took %s", took)
			}
			for _, r := range s.Requests() {
				if strings.Contains(r.Target, "/7/") {
					t.Error("the redirect was followed")
				}
			}
		})
	}
}

func TestF33ACertificateNobodyTrustsIsRefused(t *testing.T) {
	t.Parallel()
	s := overNetwork(t, func(s *site) string { return s.ServeTLS(t) })
	s.AddUser("6", "Ann", "")
	s.login(t, s.set("6", "Ann", ""), "").want(t, "a log-in", http.StatusServiceUnavailable, "provider_unavailable")
	if came := s.Requests(); len(came) > 0 {
		t.Errorf("the API token went to somebody: %v", targets(came))
	}
	if text := s.logged(); !strings.Contains(text, "connection to sendbird failed") || !strings.Contains(text, "certificate") || strings.Contains(text, "refuses the application") {
		t.Errorf("the log tells of something else: %s", text)
	}
}

func TestF33NobodyListens(t *testing.T) {
	t.Parallel()
	s := overNetwork(t, func(*site) string { return "http://127.0.0.1:1" })
	s.login(t, s.set("6", "Ann", ""), "").want(t, "a log-in", http.StatusServiceUnavailable, "provider_unavailable")
}

func TestF34AnAnswerThatIsLostMakesNoSecondUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.Script(providertest.Honest, s.Lose, providertest.Honest, s.Lose) // the user is made, and the first token too
		got := s.login(t, s.set("6", "Ann", ""), "")
		got.want(t, "a log-in", http.StatusOK, "")
		if !s.Good("6", got.Token) {
			t.Error("the token does not count")
		}
		want := "POST /v3/users/6/token,POST /v3/users,POST /v3/users,POST /v3/users/6/token,POST /v3/users/6/token"
		if came := strings.Join(targets(s.Requests()), ","); came != want {
			t.Errorf("calls %s", came)
		}
	})
}

func TestAVisitorWhoLeavesDoesNotEndTheLogInOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		s.AddUser("6", "Ann", "")
		s.Always(providertest.Slow(time.Second))
		u := s.set("6", "Ann", "")
		ctx, leave := context.WithCancel(t.Context())
		var both sync.WaitGroup
		both.Go(func() {
			for _, route := range s.provider.Routes() {
				if route.Path == "/login" {
					r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/login", http.NoBody)
					if err != nil {
						t.Error(err)
						return
					}
					if err := route.Serve(nil, r, &provider.Visitor{User: u}); err == nil {
						t.Error("somebody who left got a token")
					}
				}
			}
		})
		synctest.Wait()
		both.Go(func() { s.login(t, u, "").want(t, "the other", http.StatusOK, "") })
		synctest.Wait()
		leave()
		both.Wait()
	})
}

// sdk is what a client does by itself (Sendbird B1): it exchanges its token for a session key, exchanges it again when the key ends, and asks
// the app for another token when the token is refused.
type sdk struct {
	t      *testing.T
	site   *site
	id     string
	token  string
	key    string
	asked  int  // for another token
	closed bool // "session closed": the app must show its log-in
}

// call calls the pretended server as a client does, and returns the error's code; 0 is none.
func (c *sdk) call(method, path string, header map[string]string) (code int) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, "http://sendbird.example/v3/users/"+c.id+path, http.NoBody)
	if err != nil {
		c.t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	a, err := c.site.Transport().RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer a.Body.Close()
	var answer struct {
		Code int    `json:"code"`
		Key  string `json:"key"`
	}
	if err := json.NewDecoder(a.Body).Decode(&answer); err != nil {
		c.t.Fatal(err)
	}
	if answer.Key != "" {
		c.key = answer.Key
	}
	return answer.Code
}

// use does something with the chat.
func (c *sdk) use(app func() (token string, signedIn bool)) (code int) {
	c.t.Helper()
	code = c.call(http.MethodGet, "", map[string]string{"Session-Key": c.key})
	if code == 400309 {
		code = c.call(http.MethodPost, "/session_key", map[string]string{"App-Id": c.site.App, "Access-Token": c.token})
		if code == 400302 {
			c.asked++
			token, signedIn := app()
			if !signedIn {
				c.closed = true
				return code
			}
			c.token = token
			code = c.call(http.MethodPost, "/session_key", map[string]string{"App-Id": c.site.App, "Access-Token": c.token})
		}
	}
	if code == 400310 {
		c.closed = true
	}
	return code
}

func TestS20ASessionGoesOnWithNewTokensUntilItIsRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, func(c *sendbird.Config, _ *provider.Deps) { c.TokenTTL = 24 * time.Hour })
		u := s.set("6", "Ann", "")
		first := s.login(t, u, "")
		c := &sdk{t: t, site: s, id: "6", token: first.AccessToken}
		if code := c.call(http.MethodPost, "/login", map[string]string{"App-Id": s.App, "Access-Token": c.token}); code != 0 {
			t.Fatalf("the client's log-in: %d", code)
		}
		app := func() (string, bool) {
			got := s.login(t, u, `{"user_id":"6","app_id":"4F6A-App","fresh":true}`)
			return got.AccessToken, got.status == http.StatusOK
		}
		for range 3 { // the key ends, the token does not
			if code := c.use(app); code != 0 || c.asked > 0 {
				t.Fatalf("%d, asked for %d tokens", code, c.asked)
			}
			time.Sleep(2 * time.Hour)
		}
		time.Sleep(24 * time.Hour)
		if code := c.use(app); code != 0 || c.asked != 1 || c.closed {
			t.Fatalf("after a day: %d, asked for %d tokens, closed %t", code, c.asked, c.closed)
		}
		s.revoke(t, "6").want(t, "a log-out", http.StatusNoContent, "")
		if code := c.use(app); code != 400310 || !c.closed || c.asked != 1 {
			t.Errorf("after the log-out: %d, closed %t, asked %d", code, c.closed, c.asked)
		}
	})
}

func TestCheckTellsWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *site)
		levels string
		says   string
	}{
		"all is well":         {func(*site) {}, "ok ok", "refused"},
		"anybody may sign in": {func(s *site) { s.DenyLogin = false }, "ok warn", "Deny login"},
		"a wrong API token":   {func(s *site) { s.APIToken = "another" }, "fail", "CHATPASS_SENDBIRD_API_TOKEN"},
		"a wrong application": {func(s *site) { s.Always(providertest.Fail(403, 403100)) }, "fail", "CHATPASS_SENDBIRD_APP_ID"},
		"the plan is used up": {func(s *site) { s.Always(providertest.Fail(400, 400306)) }, "fail", "plan"},
		"another server":      {func(s *site) { s.Always(providertest.Status(404)) }, "fail", "CHATPASS_SENDBIRD_BASE_URL"},
		"nobody answers":      {func(s *site) { s.Always(s.Hang) }, "fail", "reaches"},
		"too many calls":      {func(s *site) { s.Always(providertest.Limited("Retry-After", 60)) }, "fail", "WRITES_PER_SECOND"},
		"an odd log-in":       {func(s *site) { s.Script(providertest.Honest, providertest.Status(404)) }, "ok warn", "could not be found out"},
		"a log-in that hangs": {func(s *site) { s.Script(providertest.Honest, s.Hang) }, "ok warn", "could not be found out"},
		"it stays in the making": {func(s *site) {
			s.DenyLogin = false
			s.Script(providertest.Honest, providertest.Honest, providertest.Fail(400, 400108))
		}, "ok warn", "could not be deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, nil)
				c.change(s)
				began := time.Now()
				var levels []string
				var text strings.Builder
				for _, f := range s.provider.Check(t.Context()) {
					levels = append(levels, f.Level)
					text.WriteString(f.Text + " " + f.Remedy + "\n")
					if f.Level != provider.LevelOK && f.Remedy == "" {
						t.Errorf("no remedy: %s", f.Text)
					}
				}
				if got := strings.Join(levels, " "); got != c.levels || !strings.Contains(text.String(), c.says) {
					t.Errorf("%s: %s", got, text.String())
				}
				if strings.Contains(text.String(), apiToken) || strings.Contains(text.String(), providertest.Planted) || time.Since(began) > 13*time.Second {
					t.Errorf("after %s: %s", time.Since(began), text.String())
				}
				for _, r := range s.Requests() {
					if strings.HasSuffix(r.Target, "/login") && r.Header.Get("Api-Token") != "" {
						t.Error("the log-in without a token came with the API token")
					}
				}
			})
		})
	}
}

func TestFaultsOfTheSettings(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*sendbird.Config)
		variable string
		says     string
	}{
		"no application id":                  {func(c *sendbird.Config) { c.AppID = "" }, "APP_ID", "is missing"},
		"an application id with a dot":       {func(c *sendbird.Config) { c.AppID = "a.example" }, "APP_ID", "no application id"},
		"an application id with a slash":     {func(c *sendbird.Config) { c.AppID = "a/b" }, "APP_ID", "no application id"},
		"an address by plain http":           {func(c *sendbird.Config) { c.BaseURL = "http://api-x.sendbird.com" }, "BASE_URL", "plain http"},
		"an address with /v3":                {func(c *sendbird.Config) { c.BaseURL = "https://api-x.sendbird.com/v3/" }, "BASE_URL", "/v3"},
		"an address with a password":         {func(c *sendbird.Config) { c.BaseURL = "https://u:p@x.example" }, "BASE_URL", "https://host"},
		"an address with a query":            {func(c *sendbird.Config) { c.BaseURL = "https://x.example?a" }, "BASE_URL", "https://host"},
		"an address of another kind":         {func(c *sendbird.Config) { c.BaseURL = "ftp://x.example" }, "BASE_URL", "https"},
		"tokens of 59 seconds":               {func(c *sendbird.Config) { c.TokenTTL = 59 * time.Second }, "TOKEN_TTL", "59s"},
		"tokens without an end":              {func(c *sendbird.Config) { c.TokenTTL = -1 }, "TOKEN_TTL", "-1ns"},
		"tokens of 31 days":                  {func(c *sendbird.Config) { c.TokenTTL = 31 * 24 * time.Hour }, "TOKEN_TTL", "744h"},
		"a path without a slash":             {func(c *sendbird.Config) { c.LoginPath = "login" }, "LOGIN_PATH", "no path"},
		"a path that is a pattern":           {func(c *sendbird.Config) { c.LoginPath = "/:login" }, "LOGIN_PATH", "no path"},
		"a path with a query":                {func(c *sendbird.Config) { c.LoginPath = "/login?x" }, "LOGIN_PATH", "no path"},
		"a path out of its folder":           {func(c *sendbird.Config) { c.LoginPath = "/../login" }, "LOGIN_PATH", "no path"},
		"no path":                            {func(c *sendbird.Config) { c.LoginPath = "" }, "LOGIN_PATH", "no path"},
		"a user id without the site's":       {func(c *sendbird.Config) { c.UserID = "prod" }, "USER_ID", "prod"},
		"a user id with the site's twice":    {func(c *sendbird.Config) { c.UserID = "{id}-{id}" }, "USER_ID", "{id}"},
		"a user id with a slash":             {func(c *sendbird.Config) { c.UserID = "prod/{id}" }, "USER_ID", "prod/"},
		"a user id with a digit before":      {func(c *sendbird.Config) { c.UserID = "site1{id}" }, "USER_ID", "site1"}, // user 6 would be site{id}'s user 16
		"a user id with a digit behind":      {func(c *sendbird.Config) { c.UserID = "{id}1" }, "USER_ID", "{id}1"},
		"a user id that leaves no room":      {func(c *sendbird.Config) { c.UserID = strings.Repeat("x", 41) + "{id}" }, "USER_ID", "xxx"},
		"no calls at all":                    {func(c *sendbird.Config) { c.WritesPerSecond = 0 }, "WRITES_PER_SECOND", "is 0"},
		"more calls than any plan allows":    {func(c *sendbird.Config) { c.WritesPerSecond = 1001 }, "WRITES_PER_SECOND", "1001"},
		"an address that is an API token":    {func(c *sendbird.Config) { c.BaseURL = apiToken }, "BASE_URL", "https://host"},
		"an address with a port and no name": {func(c *sendbird.Config) { c.BaseURL = "https://:443" }, "BASE_URL", "https://host"},
	} {
		t.Run(name, func(t *testing.T) {
			config := settings()
			c.change(config)
			faults := config.Faults()
			if len(faults) != 1 {
				t.Fatalf("got %v, want one fault", faults)
			}
			if f := faults[0]; f.Var != "SENDBIRD_"+c.variable || !strings.Contains(f.Problem, c.says) || f.Remedy == "" || strings.Contains(f.String(), apiToken) {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestSettingsThatAreFine(t *testing.T) {
	for name, change := range map[string]func(*sendbird.Config){
		"a server on this machine":  func(c *sendbird.Config) { c.BaseURL = "http://127.0.0.1:9000" },
		"a server on localhost":     func(c *sendbird.Config) { c.BaseURL = "http://localhost:9000/fake/" },
		"a server on [::1]":         func(c *sendbird.Config) { c.BaseURL = "http://[::1]:9000" },
		"another host":              func(c *sendbird.Config) { c.BaseURL = "https://api-x.svc.delight.ai" },
		"a minute":                  func(c *sendbird.Config) { c.TokenTTL = time.Minute },
		"30 days":                   func(c *sendbird.Config) { c.TokenTTL = 720 * time.Hour },
		"a deeper path":             func(c *sendbird.Config) { c.LoginPath = "/api/v1/log-in.json" },
		"a prefix":                  func(c *sendbird.Config) { c.UserID = "prod-{id}" },
		"a prefix with a digit":     func(c *sendbird.Config) { c.UserID = "site1-{id}_2" },
		"no API token, told apart":  func(c *sendbird.Config) { c.APIToken = secret.Secret{} },
		"an application id of UUID": func(c *sendbird.Config) { c.AppID = "2D7B4CDB-932F-4082-9B09-A1153792DC8D" },
	} {
		config := settings()
		change(config)
		if faults := config.Faults(); len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
}
