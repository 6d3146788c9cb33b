package config_test

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/provider/all"
	"github.com/chatpass/chatpass/provider/imbachat"
)

// Throw-away secrets, long enough and all different.
const (
	databaseURL = "mysql://chatpass:canary-database-0@127.0.0.1:3306/site"
	siteKey     = "canary-site-key-1-YmFzZTY0IHRleHQgb2YgMzIgYnl0ZXM"
	apiPassword = "canary-password-2-x8Kq"
	secretKey   = "canary-secret-key-3-Qm9yaW5nIHRleHQ"
)

type env map[string]string

// good is a configuration nothing is wrong with.
func good() env {
	return env{
		"DATABASE_URL": databaseURL, "USERS_TABLE": "users", "USERS_ID": "id", "USERS_NAME": "name",
		"SITE_KEY": siteKey, "IMBACHAT_WIDGET_ID": "42", "IMBACHAT_API_LOGIN": "site",
		"IMBACHAT_API_PASSWORD": apiPassword, "IMBACHAT_SECRET_KEY": secretKey,
	}
}

// with returns good with some variables changed; an empty value removes one.
func with(pairs ...string) env {
	e := good()
	for i := 0; i < len(pairs); i += 2 {
		e[pairs[i]] = pairs[i+1]
	}
	return e
}

func (e env) list() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(e)) {
		list = append(list, "CHATPASS_"+name+"="+e[name])
	}
	return list
}

func sections() []config.Section {
	var list []config.Section
	for _, s := range all.Configs() {
		list = append(list, s)
	}
	return list
}

func (e env) input() config.Input { return config.Input{Environ: e.list(), Sections: sections()} }

// load loads settings that must be accepted.
func load(t *testing.T, in config.Input) *config.Config {
	t.Helper()
	c, err := config.Load(in)
	if err != nil {
		t.Fatalf("refused:\n%v", err)
	}
	return c
}

// refuse loads settings that must be refused.
func refuse(t *testing.T, in config.Input) *config.Refusal {
	t.Helper()
	c, err := config.Load(in)
	var refusal *config.Refusal
	if !errors.As(err, &refusal) || c != nil || len(refusal.Faults) == 0 {
		t.Fatalf("got %+v, %v; want a refusal", c, err)
	}
	return refusal
}

func lines(faults []setting.Fault) []string {
	list := make([]string, len(faults))
	for i, f := range faults {
		list[i] = f.String()
	}
	return list
}

// write puts a file into a fresh folder of the test and returns its path.
func write(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return path
}

func TestTheDefaultsAreThoseOfTheContract(t *testing.T) {
	c := load(t, good().input())
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %v", lines(c.Warnings))
	}
	if c.Mapping == nil || c.Mapping.Table() != "users" || c.Mapping.Key() != "id" {
		t.Errorf("mapping: %+v", c.Mapping)
	}
	if len(c.Sections) != 1 || c.Sections[0].(*imbachat.Config).TokenTTL != time.Hour {
		t.Errorf("sections: %+v", c.Sections)
	}
	if c.DatabaseURL.Reveal() != databaseURL || c.SiteKey.Reveal() != siteKey {
		t.Error("a secret lost its value")
	}
	got := *c
	got.Mapping, got.Sections, got.DatabaseURL, got.SiteKey = nil, nil, config.Config{}.DatabaseURL, config.Config{}.SiteKey
	want := config.Config{
		Listen: config.Listen{Network: "tcp", Address: "127.0.0.1:8090"}, AdminListen: config.Listen{Network: "tcp", Address: "127.0.0.1:8091"},
		BasePath: "/chat", DatabaseMaxOpen: 10, QueryTimeout: 500 * time.Millisecond, Preset: "custom", UsersGone: "omit",
		CacheTTL: 10 * time.Second, CacheStale: 10 * time.Minute, CacheSize: 100_000, Identity: []string{"site"}, WidgetMode: "loader",
		IdentityHeader: "X-Chatpass-User", WhoamiField: "user_id",
		StoreRetention: config.Retention{Tokens: 30 * 24 * time.Hour, Jobs: 7 * 24 * time.Hour, Audit: 365 * 24 * time.Hour},
		DrainDelay:     5 * time.Second, LogLevel: slog.LevelInfo, LogFormat: "auto",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSettingsArriveTyped(t *testing.T) {
	for name, test := range map[string]struct {
		env  env
		got  func(*config.Config) any
		want any
	}{
		"listen on a host and port":                {with("LISTEN", "0.0.0.0:80"), listen, config.Listen{Network: "tcp", Address: "0.0.0.0:80"}},
		"listen on all addresses":                  {with("LISTEN", ":80"), listen, config.Listen{Network: "tcp", Address: ":80"}},
		"listen on IPv6":                           {with("LISTEN", "[::1]:80"), listen, config.Listen{Network: "tcp", Address: "[::1]:80"}},
		"listen on a name":                         {with("LISTEN", " localhost:0 "), listen, config.Listen{Network: "tcp", Address: "localhost:0"}},
		"listen on a socket":                       {with("LISTEN", "unix:/run/chatpass.sock"), listen, config.Listen{Network: "unix", Address: "/run/chatpass.sock"}},
		"listen on an inherited socket":            {with("LISTEN", "fd:3"), listen, config.Listen{Network: "fd", Address: "3"}},
		"the admin listener is off":                {with("ADMIN_LISTEN", "off"), func(c *config.Config) any { return c.AdminListen.Off() }, true},
		"two kernel-chosen ports are no collision": {with("LISTEN", "127.0.0.1:0", "ADMIN_LISTEN", "127.0.0.1:0"), listen, config.Listen{Network: "tcp", Address: "127.0.0.1:0"}},
		"the root as base path":                    {with("BASE_PATH", "/"), basePath, ""},
		"a base path with a slash at its end":      {with("BASE_PATH", "/a/b-c_d.e/"), basePath, "/a/b-c_d.e"},
		"one site address":                         {with("SITE_URL", "https://Example.COM/"), siteURL, []config.SiteURL{{Origin: "https://example.com", Base: "https://example.com"}}},
		"a site below a path":                      {with("SITE_URL", "http://example.com:8080/Forum/"), siteURL, []config.SiteURL{{Origin: "http://example.com:8080", Base: "http://example.com:8080/Forum"}}},
		"a scheme's own port is left out":          {with("SITE_URL", "https://example.com:443,http://example.com:80"), siteURL, []config.SiteURL{{Origin: "https://example.com", Base: "https://example.com"}, {Origin: "http://example.com", Base: "http://example.com"}}},
		"a site on IPv6":                           {with("SITE_URL", "http://[::1]:8080"), siteURL, []config.SiteURL{{Origin: "http://[::1]:8080", Base: "http://[::1]:8080"}}},
		"trusted networks and addresses":           {with("TRUSTED_PROXIES", "127.0.0.1, 10.1.2.3/8 ::1,fd00::/16"), proxies, []string{"127.0.0.1/32", "10.0.0.0/8", "::1/128", "fd00::/16"}},
		"IPv4 spelled as IPv6":                     {with("TRUSTED_PROXIES", "::ffff:10.0.0.0/104,::ffff:127.0.0.1"), proxies, []string{"10.0.0.0/8", "127.0.0.1/32"}},
		"a long query timeout":                     {with("QUERY_TIMEOUT", "30s"), func(c *config.Config) any { return c.QueryTimeout }, 30 * time.Second},
		"the cache is off":                         {with("CACHE_TTL", "0", "CACHE_STALE", "0s", "CACHE_SIZE", "0"), func(c *config.Config) any { return fmt.Sprint(c.CacheTTL, c.CacheStale, c.CacheSize) }, "0s 0s 0"},
		"no resolver has settings":                 {with("SITE_KEY", ""), func(c *config.Config) any { return len(c.Identity) }, 0},
		"the resolver is named":                    {with("IDENTITY", " SITE "), func(c *config.Config) any { return c.Identity }, []string{"site"}},
		"words in capitals":                        {with("WIDGET_MODE", "Inline", "LOG_LEVEL", "WARN", "LOG_FORMAT", "TEXT", "USERS_GONE", "Placeholder"), words, "inline WARN text placeholder"},
		"numbers with a plus and space around":     {with("DATABASE_MAX_OPEN", " +200 ", "DRAIN_DELAY", " 5m "), func(c *config.Config) any { return fmt.Sprint(c.DatabaseMaxOpen, c.DrainDelay) }, "200 5m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.got(load(t, test.env.input()))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func listen(c *config.Config) any   { return c.Listen }
func basePath(c *config.Config) any { return c.BasePath }
func siteURL(c *config.Config) any  { return c.SiteURL }
func words(c *config.Config) any {
	return fmt.Sprint(c.WidgetMode, " ", c.LogLevel, " ", c.LogFormat, " ", c.UsersGone)
}

func proxies(c *config.Config) any {
	list := make([]string, len(c.TrustedProxies))
	for i, p := range c.TrustedProxies {
		list[i] = p.String()
	}
	return list
}

func TestTrustedProxiesContainWhatTheyName(t *testing.T) {
	c := load(t, with("TRUSTED_PROXIES", "::ffff:10.0.0.0/104").input())
	if !c.TrustedProxies[0].Contains(netip.MustParseAddr("10.9.9.9")) {
		t.Errorf("%v does not contain 10.9.9.9", c.TrustedProxies)
	}
}

func TestRelativeAddressesOfUsersUseTheFirstSiteAddress(t *testing.T) {
	load(t, with("SITE_URL", "https://example.com/forum", "USERS_AVATAR", "/avatars/{avatar}").input())
}

func TestListenSpellsItselfAsTheSettingDoes(t *testing.T) {
	for _, text := range []string{"127.0.0.1:8099", "unix:/run/a.sock", "fd:3", "off", "[::]:1"} {
		c := load(t, with("ADMIN_LISTEN", text).input())
		if got := c.AdminListen.String(); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestCommandsThatNeedNoDatabaseRunWithoutSettings(t *testing.T) {
	for _, command := range []string{"demo", "healthcheck", "init", "presets", "snippet", "version"} {
		t.Run(command, func(t *testing.T) {
			c := load(t, config.Input{Sections: sections(), Command: command})
			if c.Mapping != nil || !c.DatabaseURL.IsZero() || len(c.Sections) > 0 {
				t.Errorf("got %+v", c)
			}
			if _, err := config.Load(config.Input{Environ: env{"USERS_WHERE": "1 or 1"}.list(), Command: command}); err == nil {
				t.Error("a wrong mapping is accepted")
			}
		})
	}
	for _, command := range []string{"", "serve", "check", "users", "token", "grants"} {
		t.Run("but not "+command, func(t *testing.T) {
			missing := map[string]int{}
			for _, f := range refuse(t, config.Input{Sections: sections(), Command: command}).Faults {
				missing[f.Var]++
			}
			want := map[string]int{"DATABASE_URL": 1, "USERS_TABLE": 1, "USERS_ID": 1, "USERS_NAME": 1}
			if command == "" || command == "serve" {
				want[""] = 1 // no provider
			}
			if diff := cmp.Diff(want, missing); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAProviderIsOnWhenAnyOfItsVariablesIsSet(t *testing.T) {
	bare := with("IMBACHAT_WIDGET_ID", "", "IMBACHAT_API_LOGIN", "", "IMBACHAT_API_PASSWORD", "", "IMBACHAT_SECRET_KEY", "")

	t.Run("none is a refusal for serve, with a remedy", func(t *testing.T) {
		got := refuse(t, bare.input()).Error()
		if want := "no chat provider is set up: set the variables CHATPASS_IMBACHAT_* or CHATPASS_SENDBIRD_* or CHATPASS_MESIBO_*"; got != want {
			t.Errorf("got %q", got)
		}
	})
	t.Run("none is a warning for check", func(t *testing.T) {
		in := bare.input()
		in.Command = "check"
		c := load(t, in)
		if len(c.Sections) > 0 || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].String(), "no chat provider") {
			t.Errorf("sections %v, warnings %v", c.Sections, lines(c.Warnings))
		}
	})
	t.Run("one variable makes all required", func(t *testing.T) {
		bare["IMBACHAT_TOKEN_TTL"] = "2h"
		var names []string
		for _, f := range refuse(t, bare.input()).Faults {
			names = append(names, f.Var)
		}
		slices.Sort(names)
		want := []string{"IMBACHAT_API_LOGIN", "IMBACHAT_API_PASSWORD", "IMBACHAT_SECRET_KEY", "IMBACHAT_WIDGET_ID"}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Error(diff)
		}
	})
}

// plain is a section of a type no provider has: a pointer to something else than a struct.
type plain string

func (*plain) Name() string              { return "plain" }
func (*plain) Faults() []setting.Fault   { return nil }
func (*plain) Secrets() []setting.Secret { return nil }
func (*plain) Enabled() bool             { return false }

func TestASectionThatIsNoStructIsAnErrorOfTheProgram(t *testing.T) {
	_, err := config.Load(config.Input{Sections: []config.Section{new(plain)}, Command: "version"})
	if err == nil || errors.As(err, new(*config.Refusal)) {
		t.Errorf("got %v", err)
	}
	if _, err := config.Variables(new(plain)); err == nil {
		t.Error("Variables accepts it")
	}
}

// future is a provider that is not there yet.
type future struct {
	AppID  string `envconfig:"APP_ID"`
	Ignore string
	Count  int     `envconfig:"COUNT" default:"4"`
	Share  float64 `envconfig:"SHARE" default:"0.5"`
	On     bool    `envconfig:"ON"`
	Small  uint8   `envconfig:"SMALL"`
	on     bool
}

func (*future) Name() string              { return "matrix" }
func (*future) Faults() []setting.Fault   { return nil }
func (*future) Secrets() []setting.Secret { return nil }
func (f *future) Enabled() bool           { return f.on }
func (f *future) SetEnabled(on bool)      { f.on = on }

func TestAFurtherProviderNeedsNoChangeHere(t *testing.T) {
	s := &future{}
	in := with("MATRIX_APP_ID", "abc", "MATRIX_ON", "true", "MATRIX_SHARE", "0.25", "MATRIX_SMALL", "255").input()
	in.Sections = append(in.Sections, s)
	if c := load(t, in); len(c.Sections) != 2 {
		t.Errorf("sections %v", c.Sections)
	}
	if s.AppID != "abc" || s.Count != 4 || !s.On || s.Share != 0.25 || s.Small != 255 {
		t.Errorf("got %+v", s)
	}
	in = with("MATRIX_ON", "maybe", "MATRIX_COUNT", "08", "MATRIX_SHARE", "half", "MATRIX_SMALL", "256", "MATRIX_IGNORE", "x").input()
	in.Sections = append(in.Sections, s)
	got := lines(refuse(t, in).Faults)
	want := []string{
		`CHATPASS_MATRIX_COUNT is "08", which is no whole number: write digits only, such as 4`,
		`CHATPASS_MATRIX_SHARE is "half", which is no number: write a number, such as 0.5`,
		`CHATPASS_MATRIX_ON is "maybe", which is neither true nor false: write true or false`,
		`CHATPASS_MATRIX_SMALL is "256", which is out of range: write a number of fewer digits`,
		`CHATPASS_MATRIX_IGNORE in the environment is not a variable of Chatpass: remove it`,
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s.AppID != "" {
		t.Errorf("the value of an earlier Load is still there: %+v", s)
	}
}

func TestAPresetHasDefaultsOfItsOwn(t *testing.T) {
	section := func(e env) string {
		c := load(t, e.input())
		return fmt.Sprintf("%+v", c.Sections[0])
	}
	for name, test := range map[string]struct {
		env  env
		want string
	}{
		"the sample's answer for KVS": {with("PRESET", "kvs"), "AvatarEmpty:false"},
		"the owner's word wins":       {with("PRESET", "kvs", "IMBACHAT_AVATAR_EMPTY", "omit"), "AvatarEmpty:omit"},
		"no other site":               {with("PRESET", "wordpress"), "AvatarEmpty:omit"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := section(test.env); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	in := with("PRESET", "kvs", "IMBACHAT_WIDGET_ID", "", "IMBACHAT_API_LOGIN", "", "IMBACHAT_API_PASSWORD", "", "IMBACHAT_SECRET_KEY", "").input()
	in.Command = "users"
	if c := load(t, in); len(c.Sections) != 0 {
		t.Error("a default of a preset turns a provider on")
	}
}
