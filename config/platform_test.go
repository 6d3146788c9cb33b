package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder makes a folder with these files; a name that ends in / is a folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const (
	wpConfig = "<?php\ndefine('DB_NAME', 'site');\ndefine('DB_USER', 'wp');\ndefine('DB_PASSWORD', 'canary-wp-4711');\ndefine('DB_HOST', 'db.example.com');\n$table_prefix = 'x7_';\n"
	dotEnv   = "APP_NAME=x\nDB_CONNECTION=mysql\nDB_HOST=127.0.0.1\nDB_PORT=3306\nDB_DATABASE=site\nDB_USERNAME=app\nDB_PASSWORD=canary-app-4711\n"
)

// bare is settings without a database and a mapping.
func bare(pairs ...string) env {
	e := with(append([]string{"DATABASE_URL", "", "USERS_TABLE", "", "USERS_ID", "", "USERS_NAME", ""}, pairs...)...)
	for name := range e {
		if strings.HasPrefix(name, "USERS_") {
			delete(e, name)
		}
	}
	return e
}

func TestTheFolderOfASiteTellsPlatformDatabaseAndPrefix(t *testing.T) {
	root := folder(t, map[string]string{"wp-config.php": wpConfig, "wp-includes/": ""})
	c := load(t, bare("SITE_ROOT", root).input())
	if c.Preset != "wordpress" || c.Mapping.Table() != "x7_users" || c.SiteFile != filepath.Join(root, "wp-config.php") {
		t.Errorf("preset %s, table %s, file %s", c.Preset, c.Mapping.Table(), c.SiteFile)
	}
	if got := c.DatabaseURL.Reveal(); got != "mysql://wp:canary-wp-4711@db.example.com/site" && got != "mysql://wp:canary-wp-4711@db.example.com:3306/site" {
		t.Errorf("the database is %s", got)
	}
	c = load(t, bare("SITE_ROOT", root, "TABLE_PREFIX", "other_", "DATABASE_URL", "mysql://a:b@127.0.0.1/c").input())
	if c.Mapping.Table() != "other_users" || c.DatabaseURL.Reveal() != "mysql://a:b@127.0.0.1/c" {
		t.Errorf("settings do not win over the site's own: %s", c.Mapping.Table())
	}
}

func TestWhatIsBuiltUponAFrameworkIsNotTakenForTheFramework(t *testing.T) {
	october := folder(t, map[string]string{".env": dotEnv, "artisan": "", "modules/system/": ""})
	if c := load(t, bare("SITE_ROOT", october).input()); c.Preset == "laravel" {
		t.Error("a folder of October is taken for Laravel")
	}
	laravel := folder(t, map[string]string{".env": dotEnv, "artisan": ""})
	if c := load(t, bare("SITE_ROOT", laravel).input()); c.Preset != "laravel" {
		t.Errorf("a folder of Laravel is taken for %s", c.Preset)
	}
}

func TestAFolderThatTellsNothingIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		pairs []string
		want  []string
	}{
		"an empty folder":                   {nil, nil, []string{"CHATPASS_SITE_ROOT", "no platform is recognised"}},
		"another platform than the preset":  {map[string]string{"artisan": "", ".env": dotEnv}, []string{"PRESET", "wordpress"}, []string{"CHATPASS_SITE_ROOT", "no configuration of WordPress"}},
		"a configuration without an answer": {map[string]string{"wp-config.php": "<?php\n$table_prefix = 'wp_';\n", "wp-includes/": ""}, []string{"PRESET", "wordpress"}, []string{"CHATPASS_"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := refuse(t, bare(append([]string{"SITE_ROOT", folder(t, test.files)}, test.pairs...)...).input()).Error()
			for _, part := range test.want {
				if !strings.Contains(text, part) {
					t.Errorf("%q does not hold %q", text, part)
				}
			}
			if strings.Contains(text, "canary") {
				t.Errorf("a secret is told: %s", text)
			}
		})
	}
}

func TestWhatTheSitesFileLeavesInDoubtIsTold(t *testing.T) {
	twice := wpConfig + "if (getenv('STAGE')) { $table_prefix = 'stage_'; }\n"
	c := load(t, bare("SITE_ROOT", folder(t, map[string]string{"wp-config.php": twice, "wp-includes/": ""})).input())
	text := strings.Join(lines(c.Warnings), "\n")
	if !strings.Contains(text, "CHATPASS_SITE_ROOT") || !strings.Contains(text, "$table_prefix is set in line 6 and in line 7") || strings.Contains(text, "canary") {
		t.Errorf("warnings: %q", text)
	}
	c = load(t, bare("SITE_ROOT", folder(t, map[string]string{"wp-config.php": wpConfig, "wp-includes/": ""})).input())
	for _, line := range lines(c.Warnings) {
		if strings.Contains(line, "SITE_ROOT") {
			t.Errorf("a plain file leaves a doubt: %q", line)
		}
	}
}

func TestTheSitesSecretsComeFromItsFileAndTheSettings(t *testing.T) {
	root := folder(t, map[string]string{"wp-includes/": "", "wp-config.php": wpConfig + "define('LOGGED_IN_KEY', 'key;of=the file');\ndefine('LOGGED_IN_SALT', 'salt of the file');\n"})
	c := load(t, bare("SITE_ROOT", root).input())
	if got := c.SessionSecrets["logged_in_key"].Reveal(); got != "key;of=the file" {
		t.Errorf("the key is %q", got)
	}
	c = load(t, bare("SITE_ROOT", root, "SESSION_SECRETS", `LOGGED_IN_KEY='set; with "quotes" = and more';logged_in_salt=plain`).input())
	if got := c.SessionSecrets["logged_in_key"].Reveal(); got != `set; with "quotes" = and more` {
		t.Errorf("the key is %q", got)
	}
	if got := c.SessionSecrets["logged_in_salt"].Reveal(); got != "plain" {
		t.Errorf("the salt is %q", got)
	}
	if c.Identity[0] != "session" {
		t.Errorf("the resolvers are %v", c.Identity)
	}
	if got := strings.Join(lines(c.Warnings), "\n"); !strings.Contains(got, "CHATPASS_SESSION_SECRETS has another logged_in_key than wp-config.php of the site") ||
		!strings.Contains(got, "another logged_in_salt") || strings.Contains(got, "plain") || strings.Contains(got, "of the file") {
		t.Errorf("the warnings are %q", got)
	}
	c = load(t, bare("SITE_ROOT", root, "SESSION_SECRETS", `logged_in_salt=salt of the file`).input())
	if got := strings.Join(lines(c.Warnings), "\n"); strings.Contains(got, "SESSION_SECRETS") {
		t.Errorf("secrets that agree are warned of: %q", got)
	}
}

func TestAMappingPresetsNothingOfTrust(t *testing.T) {
	const head = "users: { table: members, key: id }\nfields: { name: nick }\nsettings: { "
	for _, line := range []string{"IDENTITY: header", "TRUSTED_PROXIES: 127.0.0.0/8", "LISTEN: 0.0.0.0:18691", "ALLOW_WEAK_SECRETS: x", "SITE_KEY: x", "NONSENSE: x"} {
		file := filepath.Join(t.TempDir(), "mapping.yaml")
		if err := os.WriteFile(file, []byte(head+`"`+strings.Replace(line, ": ", `": "`, 1)+`" }`+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(line, ":")
		if got := refuse(t, bare("MAPPING", file, "DATABASE_URL", "mysql://a:b@127.0.0.1/c").input()).Error(); !strings.Contains(got, "CHATPASS_MAPPING") || !strings.Contains(got, name) {
			t.Errorf("%s: %s", line, got)
		}
	}
}
