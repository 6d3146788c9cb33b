package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sessionEnv are good settings of a home-made site with these of its sessions.
func sessionEnv(pairs ...string) env { return with(append([]string{"SITE_KEY", ""}, pairs...)...) }

func TestSessionsThatVariablesDescribeAreFollowed(t *testing.T) {
	for name, c := range map[string]struct {
		env      env
		want     string // recipes
		warnings int
	}{
		"five lines":                 {sessionEnv("SESSION_COOKIE", "sid", "SESSION_TABLE", "sessions", "SESSION_KEY", "token", "SESSION_USER", "user_id", "SESSION_EXPIRES", "expires_at"), "own", 0},
		"no end, which is warned of": {sessionEnv("SESSION_COOKIE", "sid", "SESSION_TABLE", "sessions", "SESSION_KEY", "token", "SESSION_USER", "user_id"), "own", 1},
		"files":                      {sessionEnv("SESSION_COOKIE", "PHPSESSID", "SESSION_FILES", "/srv/sessions", "SESSION_USER", "user_id"), "own", 0},
		"instead of a preset's":      {sessionEnv("USERS_TABLE", "", "USERS_ID", "", "USERS_NAME", "", "PRESET", "wordpress", "SESSION_COOKIE", "sid", "SESSION_FILES", "/srv", "SESSION_USER", "id"), "own", 0},
		"files of a preset":          {sessionEnv("USERS_TABLE", "", "USERS_ID", "", "USERS_NAME", "", "PRESET", "kvs", "SESSION_FILES", "/srv"), "files", 0},
		"a secret of one's own":      {sessionEnv("SESSION_COOKIE", "sid", "SESSION_FILES", "/srv", "SESSION_USER", "id", "SESSION_TRANSFORM", "hmac-sha256", "SESSION_SECRETS", "session_key=throw-away-throw-away"), "own", 0},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := load(t, c.env.input())
			var names []string
			for _, r := range cfg.Sessions {
				names = append(names, r.Name)
			}
			if got := strings.Join(names, " "); got != c.want || !cmp.Equal(cfg.Identity, []string{"session"}) {
				t.Errorf("recipes %q of resolvers %q, want %q", got, cfg.Identity, c.want)
			}
			if len(cfg.Warnings) != c.warnings {
				t.Errorf("%d warnings: %q", len(cfg.Warnings), lines(cfg.Warnings))
			}
		})
	}
}

func TestSessionSettingsThatCannotWorkAreFaults(t *testing.T) {
	for name, c := range map[string]struct {
		env  env
		want string
	}{
		"only a cookie":                 {sessionEnv("SESSION_COOKIE", "sid"), "CHATPASS_SESSION_TABLE is missing"},
		"only a folder":                 {sessionEnv("SESSION_FILES", "/srv", "SESSION_USER", "id"), "CHATPASS_SESSION_COOKIE is missing"},
		"the users' key as secret":      {sessionEnv("USERS_TABLE", "people", "USERS_ID", "id", "SESSION_COOKIE", "c", "SESSION_TABLE", "People", "SESSION_KEY", "ID", "SESSION_USER", "user_id", "SESSION_EXPIRES", "e"), "CHATPASS_SESSION_KEY is the users' own key"},
		"a name as secret":              {sessionEnv("USERS_TABLE", "people", "USERS_ID", "id", "USERS_NAME", "nick", "SESSION_COOKIE", "c", "SESSION_TABLE", "People", "SESSION_KEY", "Nick", "SESSION_USER", "id", "SESSION_EXPIRES", "e"), "CHATPASS_SESSION_KEY is \"Nick\", a column that CHATPASS_USERS_NAME shows to everybody"},
		"a part of an avatar as secret": {sessionEnv("USERS_TABLE", "people", "USERS_ID", "id", "USERS_NAME", "nick", "USERS_AVATAR", "https://x.example/{file}.jpg", "SESSION_COOKIE", "c", "SESSION_TABLE", "People", "SESSION_KEY", "file", "SESSION_USER", "id", "SESSION_EXPIRES", "e"), "CHATPASS_SESSION_KEY is \"file\", a column that CHATPASS_USERS_AVATAR shows to everybody"},
		"a mail as secret":              {sessionEnv("USERS_TABLE", "people", "USERS_ID", "id", "USERS_NAME", "nick", "USERS_EMAIL", "mail", "SESSION_COOKIE", "c", "SESSION_TABLE", "People", "SESSION_KEY", "mail", "SESSION_USER", "id", "SESSION_EXPIRES", "e"), "CHATPASS_SESSION_KEY is \"mail\", a column that CHATPASS_USERS_EMAIL shows to everybody"},
		"an alternative of the name":    {sessionEnv("USERS_TABLE", "people", "USERS_ID", "id", "USERS_NAME", "nick ?? login", "SESSION_COOKIE", "c", "SESSION_TABLE", "People", "SESSION_KEY", "login", "SESSION_USER", "id", "SESSION_EXPIRES", "e"), "CHATPASS_SESSION_KEY is \"login\", a column that CHATPASS_USERS_NAME shows to everybody"},
		"a field as secret":             {sessionEnv("USERS_TABLE", "people", "USERS_ID", "id", "USERS_NAME", "nick", "USERS_FIELDS", "city=town", "SESSION_COOKIE", "c", "SESSION_TABLE", "People", "SESSION_KEY", "town", "SESSION_USER", "id", "SESSION_EXPIRES", "e"), "CHATPASS_SESSION_KEY is \"town\", a column that CHATPASS_USERS_FIELDS shows to everybody"},
		"what is searched as secret":    {sessionEnv("USERS_TABLE", "people", "USERS_ID", "id", "USERS_NAME", "nick", "USERS_SEARCH", "login", "SESSION_COOKIE", "c", "SESSION_TABLE", "People", "SESSION_KEY", "login", "SESSION_USER", "id", "SESSION_EXPIRES", "e"), "CHATPASS_SESSION_KEY is \"login\", a column that CHATPASS_USERS_SEARCH shows to everybody"},
		"a preset's users' key":         {sessionEnv("USERS_TABLE", "", "USERS_ID", "", "USERS_NAME", "", "PRESET", "wordpress", "SESSION_COOKIE", "c", "SESSION_TABLE", "WP_users", "SESSION_KEY", "id", "SESSION_USER", "member", "SESSION_EXPIRES", "e"), "CHATPASS_SESSION_KEY is the users' own key"},
		"too short a life":              {sessionEnv("SESSION_COOKIE", "c", "SESSION_FILES", "/srv", "SESSION_USER", "u", "SESSION_LIFETIME", "1s"), "CHATPASS_SESSION_LIFETIME is 1s"},
		"a life that is none":           {sessionEnv("SESSION_COOKIE", "c", "SESSION_FILES", "/srv", "SESSION_USER", "u", "SESSION_LIFETIME", "long"), "CHATPASS_SESSION_LIFETIME"},
		"a secret nobody uses":          {sessionEnv("SESSION_COOKIE", "c", "SESSION_FILES", "/srv", "SESSION_USER", "u", "SESSION_TRANSFORM", "hmac-sha256", "SESSION_SECRETS", "other=x"), "CHATPASS_SESSION_SECRETS"},
	} {
		t.Run(name, func(t *testing.T) {
			faults := lines(refuse(t, c.env.input()).Faults)
			if len(faults) != 1 || !strings.HasPrefix(faults[0], c.want) {
				t.Errorf("faults %q, want one: %s", faults, c.want)
			}
		})
	}
}

func TestSettingsThatNothingCountsAreWarnedOf(t *testing.T) {
	preset := func(name string, more ...string) env {
		return sessionEnv(append([]string{"USERS_TABLE", "", "USERS_ID", "", "USERS_NAME", "", "PRESET", name, "SITE_KEY", good()["SITE_KEY"]}, more...)...)
	}
	for name, c := range map[string]struct {
		env  env
		want string
	}{
		"a life where the site tells the end": {preset("wordpress", "SESSION_LIFETIME", "1h"), "CHATPASS_SESSION_LIFETIME is set, but nothing counts it"},
		"a folder where sessions are rows":    {preset("wordpress", "SESSION_FILES", "/srv"), "CHATPASS_SESSION_FILES is set, but this platform's sessions are not read from files"},
		"a life where it counts":              {preset("joomla", "SESSION_LIFETIME", "1h"), ""},
		"sessions in redis":                   {preset("laravel", "SESSION_SECRETS", "app_key=base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=;session_driver=redis"), "CHATPASS_IDENTITY finds only remembered visitors"},
		"sessions in files":                   {preset("laravel", "SESSION_SECRETS", "app_key=base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=;session_driver=file"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := lines(load(t, c.env.input()).Warnings)
			if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], c.want)) {
				t.Errorf("warnings %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheLifeOfSessionsIsReadFromTheSite(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{"artisan": "", ".env": "APP_KEY=base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nDB_CONNECTION=mysql\nDB_DATABASE=app\nDB_USERNAME=u\nDB_PASSWORD=p\nSESSION_DRIVER=file\nSESSION_LIFETIME=30\n"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg := load(t, sessionEnv("USERS_TABLE", "", "USERS_ID", "", "USERS_NAME", "", "PRESET", "laravel", "SITE_ROOT", root, "SESSION_LIFETIME", "2h").input())
	got := map[string]string{}
	for _, name := range []string{"session_driver", "session_minutes"} {
		got[name] = cfg.SessionSecrets[name].Reveal()
	}
	if diff := cmp.Diff(map[string]string{"session_driver": "file", "session_minutes": "30"}, got); diff != "" || cfg.SessionLifetime != 2*time.Hour {
		t.Errorf("life %v; - want, + got:\n%s", cfg.SessionLifetime, diff)
	}
}
