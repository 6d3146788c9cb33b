package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/config"
)

// dotenv returns the input of good settings with a file .env beside them.
func dotenv(t *testing.T, e env, content string) config.Input {
	t.Helper()
	in := e.input()
	in.Dir = filepath.Dir(write(t, ".env", content, 0o600))
	return in
}

func TestTheEnvironmentIsStrongerThanTheFileAndTheFileThanTheDefault(t *testing.T) {
	c := load(t, dotenv(t, with("LISTEN", "127.0.0.1:1"), "CHATPASS_LISTEN=127.0.0.1:2\nCHATPASS_ADMIN_LISTEN=127.0.0.1:3\n"))
	if got := c.Listen.Address + " " + c.AdminListen.Address + " " + c.BasePath; got != "127.0.0.1:1 127.0.0.1:3 /chat" {
		t.Error(got)
	}
}

func TestAnEmptyValueIsNone(t *testing.T) {
	key := write(t, "empty", "\n", 0o600)
	for name, in := range map[string]config.Input{
		"in the environment, before the file .env": dotenv(t, with("LOG_LEVEL", ""), "CHATPASS_LOG_LEVEL=warn"),
		"in .env":                          dotenv(t, with("LOG_LEVEL", "warn"), "CHATPASS_LOG_LEVEL=\nCHATPASS_NONSENSE="),
		"as the name of a file":            with("LOG_LEVEL", "warn", "LOG_LEVEL_FILE", "").input(),
		"of an unknown variable":           with("LOG_LEVEL", "warn", "NONSENSE", "").input(),
		"of a variable that is not built":  with("LOG_LEVEL", "warn", "REDIS_URL", "").input(),
		"of a variable with quotes around": dotenv(t, with("LOG_LEVEL", "warn"), `CHATPASS_LISTEN=""`),
	} {
		t.Run(name, func(t *testing.T) {
			if c := load(t, in); c.LogLevel.String() != "WARN" || c.Listen.Address != "127.0.0.1:8090" {
				t.Errorf("got %v, %v", c.LogLevel, c.Listen)
			}
		})
	}
	t.Run("in the file a variable names, with a warning", func(t *testing.T) {
		c := load(t, with("SITE_KEY", "", "SITE_KEY_FILE", key).input())
		if !c.SiteKey.IsZero() || !slices.ContainsFunc(lines(c.Warnings), func(s string) bool {
			return strings.HasPrefix(s, "CHATPASS_SITE_KEY_FILE names an empty file")
		}) {
			t.Errorf("got %q", lines(c.Warnings))
		}
	})
	t.Run("even of the phrase that allows weak secrets", func(t *testing.T) {
		if c := load(t, with("ALLOW_WEAK_SECRETS", "").input()); c.AllowWeakSecrets {
			t.Error("weak secrets are allowed")
		}
	})
}

func TestOfTwoEqualNamesInTheEnvironmentTheLastCounts(t *testing.T) {
	in := good().input()
	in.Environ = append(in.Environ, "CHATPASS_LOG_LEVEL=debug", "CHATPASS_LOG_LEVEL=error", "no equals sign", "=C:=C:\\")
	if c := load(t, in); c.LogLevel.String() != "ERROR" {
		t.Error(c.LogLevel)
	}
}

func TestNamesWithoutThePrefixAreNotRead(t *testing.T) {
	foreign := []string{
		"TABLE=other", "USERS_TABLE=other", "LISTEN=1.2.3.4:5", "USER=root", "DATABASE_URL=other", "SITE_KEY=other", "LOG_LEVEL=debug",
		"IMBACHAT_TOKEN_TTL=2h", "TOKEN_TTL=2h", "CACHE_SIZE=5", "QUERY_TIMEOUT=1s", "VALUE=5",
	}
	for _, entry := range foreign { // what a library might look up behind our back
		name, text, _ := strings.Cut(entry, "=")
		t.Setenv(name, text)
	}
	t.Setenv("CHATPASS_CACHE_STALE", "1h")
	plain := load(t, good().input())
	in := dotenv(t, good(), strings.Join(foreign, "\n"))
	in.Environ = append(in.Environ, foreign...)
	c := load(t, in)
	if c.Listen != plain.Listen || c.Mapping.Table() != "users" || c.DatabaseURL.Reveal() != databaseURL || c.SiteKey.Reveal() != siteKey ||
		c.LogLevel != plain.LogLevel || c.CacheSize != 100_000 || c.QueryTimeout.String() != "500ms" || c.CacheStale.String() != "10m0s" {
		t.Errorf("got %+v", c)
	}
	if diff := cmp.Diff(len(c.Warnings), 0); diff != "" {
		t.Errorf("warnings: %q", lines(c.Warnings))
	}
}

func TestLoadingLeavesTheProcessEnvironmentAsItWas(t *testing.T) {
	before := os.Environ()
	load(t, with("CACHE_TTL", "7s").input())
	if diff := cmp.Diff(before, os.Environ()); diff != "" {
		t.Error(diff)
	}
}

func TestKubernetesNamesAreIgnored(t *testing.T) {
	c := load(t, with("PORT", "tcp://10.0.0.1:8090", "PORT_8090_TCP", "tcp://10.0.0.1:8090", "PORT_8090_TCP_ADDR", "10.0.0.1",
		"SERVICE_HOST", "10.0.0.1", "SERVICE_PORT", "8090", "SERVICE_PORT_HTTP", "8090").input())
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %q", lines(c.Warnings))
	}
}

func TestVariablesThatAreNotBuiltAreRefusedByName(t *testing.T) {
	names := []string{"DATABASE_REPLICAS", "REDIS_URL"}
	file := write(t, "value", "canary-of-a-file", 0o600)
	for _, name := range names {
		for _, e := range []env{with(name, "canary-of-the-future"), with(name+"_FILE", file)} {
			got := refuse(t, e.input()).Error()
			if want := "CHATPASS_" + name + " is not built yet in this version: remove it"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}

func TestEveryVariableMayComeFromAFile(t *testing.T) {
	for name, test := range map[string]struct{ content, want string }{
		"as it is":                             {siteKey, siteKey},
		"without the newline at its end":       {siteKey + "\n", siteKey},
		"without a Windows newline":            {siteKey + "\r\n", siteKey},
		"with all but the last newline":        {siteKey + "\n\n", siteKey + "\n"},
		"with a carriage return of its own":    {siteKey + "\r", siteKey + "\r"},
		"with spaces and bytes of any charset": {" " + siteKey + "\xff\n", " " + siteKey + "\xff"},
	} {
		t.Run(name, func(t *testing.T) {
			c := load(t, with("SITE_KEY", "", "SITE_KEY_FILE", write(t, "key", test.content, 0o600)).input())
			if got := c.SiteKey.Reveal(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	t.Run("whatever its type", func(t *testing.T) {
		vars, err := config.Variables(sections()...)
		if err != nil {
			t.Fatal(err)
		}
		e := good()
		for _, v := range vars {
			name := strings.TrimPrefix(v.Name, "CHATPASS_")
			text := e[name]
			if text == "" {
				text = v.Default
			}
			if text == "" || name == "IDENTITY" || strings.HasPrefix(name, "SENDBIRD_") || strings.HasPrefix(name, "MESIBO_") { // one provider is enough; the default of IDENTITY names what is not built
				continue
			}
			delete(e, name)
			e[name+"_FILE"] = write(t, "value", text+"\n", 0o600)
		}
		c, want := load(t, e.input()), load(t, good().input())
		if c.DatabaseURL.Reveal() != databaseURL || c.Mapping.Table() != "users" || c.Listen != want.Listen || c.CacheTTL != want.CacheTTL || len(c.Sections) != 1 {
			t.Errorf("got %+v", c)
		}
	})
	t.Run("named relative to the folder of .env", func(t *testing.T) {
		in := dotenv(t, with("SITE_KEY", ""), "CHATPASS_SITE_KEY_FILE=key")
		if err := os.WriteFile(filepath.Join(in.Dir, "key"), []byte(siteKey), 0o600); err != nil {
			t.Fatal(err)
		}
		if c := load(t, in); c.SiteKey.Reveal() != siteKey {
			t.Error("not read")
		}
	})
}

func TestAFileThatCannotBeUsedIsAFaultOfTheFileVariable(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ path, want string }{
		"that does not exist":       {"/nonexistent/chatpass", "no such file"},
		"that is a folder":          {t.TempDir(), "not a regular file"},
		"that is a pipe":            {pipe, "not a regular file"},
		"that is too large":         {write(t, "large", strings.Repeat("k", 64<<10+1), 0o600), "larger than 64 KiB"},
		"that holds a NUL":          {write(t, "nul", siteKey+"\x00", 0o600), "NUL"},
		"whose name is beyond any":  {"/" + strings.Repeat("x", 5000), "too long"},
		"whose name has a new line": {"/nonexistent\n/x", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			got := refuse(t, with("SITE_KEY", "", "IDENTITY", "site", "SITE_KEY_FILE", test.path).input()).Error()
			if !strings.HasPrefix(got, "CHATPASS_SITE_KEY_FILE names a file which cannot be used") || !strings.Contains(got, test.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q", got)
			}
		})
	}
	t.Run("of a required variable, which is not called missing too", func(t *testing.T) {
		got := refuse(t, with("USERS_TABLE", "", "USERS_TABLE_FILE", "/nonexistent", "DATABASE_URL", "", "DATABASE_URL_FILE", "/nonexistent",
			"IMBACHAT_SECRET_KEY", "", "IMBACHAT_SECRET_KEY_FILE", "/nonexistent").input())
		if len(got.Faults) != 3 {
			t.Errorf("got\n%v", got)
		}
	})
	t.Run("with its name, where that cannot be a secret", func(t *testing.T) {
		got := refuse(t, with("LOG_LEVEL_FILE", "/nonexistent/level\n").input()).Error()
		if want := `CHATPASS_LOG_LEVEL_FILE names the file "/nonexistent/level\n" which cannot be used: no such file`; !strings.HasPrefix(got, want) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("without its name, where that may be the secret itself", func(t *testing.T) {
		if got := refuse(t, with("SITE_KEY", "", "SITE_KEY_FILE", siteKey).input()).Error(); strings.Contains(got, siteKey) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("as large as it may be is fine", func(t *testing.T) {
		load(t, with("SITE_KEY", "", "SITE_KEY_FILE", write(t, "large", siteKey+strings.Repeat("k", 64<<10-len(siteKey)), 0o600)).input())
	})
}

func TestAVariableAndItsFileAreOneTooMany(t *testing.T) {
	file := write(t, "key", siteKey, 0o600)
	for name, in := range map[string]config.Input{
		"both in the environment": with("SITE_KEY_FILE", file).input(),
		"one in .env":             dotenv(t, good(), "CHATPASS_SITE_KEY_FILE="+file),
		"both in .env":            dotenv(t, with("SITE_KEY", ""), "CHATPASS_SITE_KEY_FILE="+file+"\nCHATPASS_SITE_KEY="+siteKey),
	} {
		t.Run(name, func(t *testing.T) {
			got := refuse(t, in)
			if len(got.Faults) != 1 || !strings.HasPrefix(got.Error(), "CHATPASS_SITE_KEY is set twice: in ") || !strings.Contains(got.Error(), "CHATPASS_SITE_KEY_FILE in ") {
				t.Errorf("got\n%v", got)
			}
		})
	}
}

func TestSecretsThatEverybodyCanReadAreWarnedOf(t *testing.T) {
	for name, test := range map[string]struct {
		in   config.Input
		want string
	}{
		"a key file":    {with("SITE_KEY", "", "SITE_KEY_FILE", write(t, "key", siteKey, 0o644)).input(), "CHATPASS_SITE_KEY_FILE names a secret file that every user"},
		"the file .env": {open(t, dotenv(t, with("SITE_KEY", ""), "CHATPASS_SITE_KEY="+siteKey)), "the file .env holds secrets and every user"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := lines(load(t, test.in).Warnings); len(got) != 1 || !strings.HasPrefix(got[0], test.want) {
				t.Errorf("got %q", got)
			}
		})
	}
	for name, in := range map[string]config.Input{
		"but not a file of no secret":       with("LOG_LEVEL_FILE", write(t, "level", "warn", 0o644)).input(),
		"but not a file for a group":        with("SITE_KEY", "", "SITE_KEY_FILE", write(t, "key", siteKey, 0o640)).input(),
		"but not a file .env of no secrets": open(t, dotenv(t, good(), "CHATPASS_LOG_LEVEL=warn")),
	} {
		t.Run(name, func(t *testing.T) {
			if got := lines(load(t, in).Warnings); len(got) > 0 {
				t.Errorf("got %q", got)
			}
		})
	}
}

// open lets everybody read the file .env.
func open(t *testing.T, in config.Input) config.Input {
	t.Helper()
	if err := os.Chmod(filepath.Join(in.Dir, ".env"), 0o644); err != nil {
		t.Fatal(err)
	}
	return in
}
