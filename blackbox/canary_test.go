package blackbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

func TestTheSearchForSecretsFindsThem(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	_, password := db.Credentials(t, db.URL())
	for _, text := range []string{
		"x" + apiPassword + "x", apiPrevious, secretKey, `{"key":"` + siteKey + `"}`, password, strings.TrimSpace(authorization()), url.QueryEscape(apiPassword), fmt.Sprintf("%x", secretKey),
		fmt.Sprintf("%+q", apiPassword),
	} {
		if secretIn(text) == "" {
			t.Errorf("nothing found in %s", text)
		}
	}
	if name := secretIn(apiLogin + goldenUsers + unauthorized); name != "" {
		t.Errorf("%s found where none is", name)
	}
}

// TestSEC02NoSecretLeaves walks through everything the program can be asked, with right and wrong input, while the database is
// there, refuses us, and is away. ask, run and stop search every answer, output and log for the secrets; see leaks.
func TestSEC02NoSecretLeaves(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	db, e := kvsSiteOn(t, server)
	e = e.with("IMBACHAT_API_PASSWORD_PREVIOUS", apiPrevious, "IMBACHAT_SECRET_KEY_PREVIOUS", "canary-before-"+secretKey, "IMBACHAT_INBOUND_TOKEN", "lenient",
		"QUERY_TIMEOUT", "500ms", "TRUSTED_PROXIES", "127.0.0.1", "CACHE_TTL", "100ms", "LOG_LEVEL", "debug")
	s := serve(t, e)
	t.Run("every route", func(t *testing.T) { crawl(t, s) })
	t.Run("every command", func(t *testing.T) { commands(t, e) })
	t.Run("the secrets come from files", func(t *testing.T) {
		folder, fromFiles := t.TempDir(), e
		for _, name := range []string{"IMBACHAT_API_PASSWORD", "IMBACHAT_SECRET_KEY", "SITE_KEY", "DATABASE_URL", "IMBACHAT_API_PASSWORD_PREVIOUS"} {
			file := filepath.Join(folder, name)
			if err := os.WriteFile(file, []byte(e[name]+"\n"), 0o644); err != nil { // readable by all, which is warned of
				t.Fatal(err)
			}
			fromFiles = fromFiles.with(name, "", name+"_FILE", file)
		}
		crawl(t, serve(t, fromFiles))
		commands(t, fromFiles)
	})
	t.Run("secrets in the wrong places", func(t *testing.T) {
		for name, value := range map[string]string{
			"LISTEN": secretKey, "SITE_URL": siteKey, "USERS_TABLE": apiPassword, "USERS_WHERE": siteKey, "TRUSTED_PROXIES": apiPassword, "IMBACHAT_WIDGET_ID": secretKey + "!",
			"IMBACHAT_OPTIONS": secretKey, "DATABASE_URL": "mysql://" + siteKey, "LOG_LEVEL": siteKey, "CACHE_TTL": secretKey, "SITE_KEY_FILE": siteKey, "BASE_PATH": siteKey,
			"USERS_FIELDS": siteKey, "IDENTITY": siteKey, "IMBACHAT_SCRIPT_BASE": "https://" + apiPassword + "@x", "IMBACHAT_API_LOGIN": apiPassword, "PRESET": secretKey,
		} {
			if r := run(t, e.with(name, value)); r.code != refused {
				t.Errorf("%s: ended with %d", name, r.code)
			}
		}
		for _, address := range []string{"mysql://u:" + siteKey + "@[::1/x", "u:" + siteKey + "@tcp(127.0.0.1:1)/x?parseTime=maybe", "postgres://u:" + siteKey + "@h:port/x", "oracle://u:" + siteKey + "@h/x", "mysql://u:" + siteKey + "@127.0.0.1/x?charset=" + siteKey} {
			run(t, e.with("DATABASE_URL", address))
			run(t, e.with("DATABASE_URL", address), "check")
		}
	})
	t.Run("the database refuses the password", func(t *testing.T) {
		address, err := url.Parse(e["DATABASE_URL"])
		if err != nil {
			t.Fatal(err)
		}
		password, _ := address.User.Password()
		address.User = url.UserPassword(address.User.Username(), siteKey+password) // not a password of the server
		wrong := e.with("DATABASE_URL", address.String(), "SITE_KEY", "")
		s := serve(t, wrong)
		crawl(t, s)
		commands(t, wrong)
	})
	t.Run("the account may not read", func(t *testing.T) {
		less := e.with("DATABASE_URL", db.User(t, "SELECT (user_id) ON ktvs_users"))
		for _, command := range [][]string{{"check"}, {"users", "1"}, {"token", "1"}} {
			run(t, less, command...)
		}
		if r := run(t, less); r.code != refused {
			t.Errorf("serve ended with %d", r.code)
		}
	})
	t.Run("the database is away", func(t *testing.T) {
		server.Kill(t)
		crawl(t, s)
		commands(t, e)
		server.Restart(t)
		eventually(t, "the users to come back", 10*time.Second, func() bool { return s.users(t, "1").status == http.StatusOK })
	})
}

// someAddress is an address that no request came from yet: as one visitor the crawl would only see that it is limited.
func someAddress() option {
	n := crawled.Add(1)
	return header("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
}

var crawled atomic.Uint32

// crawl asks for everything there is, with every kind of credential.
func crawl(t *testing.T, s *sidecar) {
	t.Helper()
	ordinary := [][]option{nil, {provider}, {theSite}}
	odd := [][]option{
		{basic(apiLogin, apiPassword+"x")},
		{bearer(siteKey + "x")},
		{theSite, provider},
		{header("Authorization", "Digest "+siteKey)},
		{header("Cookie", "session=abc"), header("X-Requested-With", "chatpass")},
		{header("Origin", "https://evil.example")},
		{header("X-Request-Id", "a b<")},
	}
	targets := []string{
		"/", "/healthz", "/readyz", "/index.php", "/chat.php?user_ids=1", "/?user_ids=1", "/?rest_route=/imbachat/v1/getusers/1", "/nothing",
		"/chat/loader.js", "/chat/identity", "/chat/identity?user_id=1", "/chat/identity?user_id=99", "/chat/identity?user_id=1&user_id=2",
		"/chat/widget", "/chat/widget?mode=inline&user_id=1", "/chat/widget?mode=x", "/chat/widget?nonce=%22", "/chat/button?to=2&user_id=1", "/chat/button?to=1&user_id=1",
		"/chat/users?user_ids=1,2", "/chat/users/1,2", "/chat/users?user_ids=" + count(1, 501), "/chat/users?user_ids=%ff%00'", "/chat/users?user_ids=1&jwt_token=x.y.z",
		"/chat/search?q=x", "/chat/version", "/chat/friends/1", "/wp-json/imbachat/v1/getusers/1", "/wp-json/imbachat/v1/sync", "/wp-json/imbachat/v1/getauthdata",
		"/imbachat/api/v1", "/imbachat/api/v1/users/1", "/imba_chat/getusers/1", "/index.php?route=extension/module/imbachat/users&ids=1", "/.env", "/chat/../.env", "/metrics", "/debug/pprof/",
		"/chat/search?q=Ada", "/chat/users?user_ids=3", "/chat/identity?user_id=3", "/chat/widget?mode=inline&user_id=3", "/chat/button?to=2&user_id=3",
	}
	const askedByAll = 5 // the last ones
	c := newClient(t, nil, "")
	for i, target := range targets {
		who := ordinary
		if i >= len(targets)-askedByAll {
			who = slices.Concat(ordinary, odd)
		}
		for _, visitor := range who {
			ask(t, c, http.MethodGet, s.public+target, append(visitor, someAddress())...)
		}
		ask(t, c, http.MethodPost, s.public+target, form("user_ids=1&in_password=x&jwt_token=a.b.c"), someAddress())
		ask(t, c, http.MethodDelete, s.public+target, provider, someAddress())
	}
	for _, target := range []string{
		"/metrics", "/status", "/healthz", "/readyz", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1",
		"/debug/pprof/threadcreate?debug=1", "/debug/pprof/symbol", "/debug/pprof/nothing", "/debug/vars", "/nothing",
	} {
		ask(t, c, http.MethodGet, s.admin+target)
		ask(t, c, http.MethodGet, s.admin+target, provider)
	}
}

// commands runs every command there is, and its help.
func commands(t *testing.T, e env) {
	t.Helper()
	for _, command := range []string{"serve", "demo", "check", "grants", "users", "token", "snippet", "healthcheck", "version"} {
		if r := run(t, e, command, "--help"); r.code != 0 || r.stdout == "" {
			t.Errorf("%s --help ended with %d", command, r.code)
		}
	}
	for _, args := range [][]string{
		{"--help"},
		{"help"},
		{"version"},
		{"--version"},
		{"check"},
		{"check", "--json"},
		{"check", "--base-url", "http://127.0.0.1:1"},
		{"check", "--base-url", "https://u:" + siteKey + "@www.example.com"},
		{"users", "1", "2", "99"},
		{"users", siteKey[:5]},
		{"token", "1"},
		{"token", "99"},
		{"token"},
		{"snippet"},
		{"snippet", "loader"},
		{"snippet", "include"},
		{"snippet", "php"},
		{"snippet", "button"},
		{"snippet", "nothing"},
		{"healthcheck"},
		{"nothing"},
		{"grants"},
		{"grants", "--account", "reader"},
		{"grants", "--account", siteKey + "'"},
	} {
		run(t, e, args...)
	}
}
