package blackbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/internal/mysqltest"
)

// runAt is run in a folder of the test's choice.
func runAt(t testing.TB, dir string, e env, args ...string) result {
	t.Helper()
	cmd := prepare(t, e, args...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code, ended := ends(cmd, runLimit)
	if !ended {
		_ = cmd.Process.Kill()
		t.Fatalf("chatpass %s did not end within %s; it said:\n%s", strings.Join(args, " "), runLimit, stderr.String())
	}
	r := result{stdout.String(), stderr.String(), code}
	leaks(t, "chatpass "+strings.Join(args, " "), r.stderr)
	if !slices.Contains(args, "-") { // the settings themselves on standard output
		leaks(t, "chatpass "+strings.Join(args, " "), r.stdout)
	}
	return r
}

// patient is the settings of a machine busy with other tests.
var patient = env{"QUERY_TIMEOUT": "10s", "ADMIN_LISTEN": "off"}

// server is where a private database is, in the parts a configuration has.
type server struct{ host, port, name, user, password string }

func serverOf(t testing.TB, address string) server {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	return server{u.Hostname(), u.Port(), strings.TrimPrefix(u.Path, "/"), u.User.Username(), password}
}

// fixture copies a folder of sitefile's tests and puts the address of a database into its configuration. change is pairs of a text
// that stands there once and what replaces it.
func fixture(t testing.TB, name, file string, s server, change ...string) (root string) {
	t.Helper()
	root = t.TempDir()
	if err := os.CopyFS(root, os.DirFS(filepath.Join("..", "sitefile", "testdata", name, "site"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, file)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.NewReplacer("{host}", s.host, "{port}", s.port, "{name}", s.name, "{user}", s.user, "{password}", s.password)
	for i := 0; i < len(change); i += 2 {
		if n := bytes.Count(text, []byte(change[i])); n != 1 {
			t.Fatalf("%q stands %d times in %s of %s", change[i], n, file, name)
		}
		text = bytes.Replace(text, []byte(change[i]), []byte(parts.Replace(change[i+1])), 1)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// evidenceOf is the evidence of a preset.
func evidenceOf(t testing.TB, name string) evidence.Folder {
	t.Helper()
	for _, f := range evidence.Folders(t, filepath.Join("..", "preset", "testdata")) {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no evidence %s", name)
	return evidence.Folder{}
}

// firstUser is the id of the first user the evidence shows.
func firstUser(t testing.TB, f evidence.Folder) string {
	t.Helper()
	var users []struct {
		ID json.RawMessage `json:"user_id"`
	}
	if err := json.Unmarshal(f.Read(t, "want_users.json"), &users); err != nil || len(users) == 0 {
		t.Fatalf("%s wants no users: %v", f.Name, err)
	}
	return strings.Trim(string(users[0].ID), `"`)
}

// works checks settings that were written: only the provider's credentials are missing, and users are read. known is subjects of
// further warnings that lie in the platform itself.
func works(t *testing.T, dir, id string, known ...string) {
	t.Helper()
	r := runAt(t, dir, patient, "check", "--json")
	var report struct {
		Findings []struct{ Level, Subject, Text string }
	}
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || r.code != 0 {
		t.Fatalf("check ends with %d, %v:\n%s%s", r.code, err, r.stdout, r.stderr)
	}
	// No sidecar runs, and the site's own account may do more than read: check says so, and that is right.
	known = append(known, "running", "rights")
	for _, f := range report.Findings {
		if f.Level == "ok" || f.Level == "warn" && slices.Contains(known, f.Subject) {
			continue
		}
		if f.Level == "fail" || !strings.Contains(f.Text, "no chat provider is set up") && !strings.HasPrefix(f.Subject, "provider") {
			t.Errorf("check finds %s %s: %s", f.Level, f.Subject, f.Text)
		}
	}
	if r := runAt(t, dir, patient, "users", id); r.code != 0 || !strings.Contains(r.stdout, `"name":`) {
		t.Errorf("users %s ends with %d: %s%s", id, r.code, r.stdout, r.stderr)
	}
}

// settingsIn reads the .env of a folder and checks that only its owner can.
func settingsIn(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, ".env")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("SEC-50: .env has mode %v", info.Mode())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("more than .env is left behind: %v %v", entries, err)
	}
	return string(text)
}

// folders is the sites of the acceptance of init: a folder with a configuration, and the evidence that its database holds.
var folders = []struct {
	name, engine, file, prefix string
	change                     []string
	options                    []string // what the folder cannot tell
	known                      []string // warnings of check that lie in the platform
}{
	{"wordpress", "mysql", "wp-config.php", "x7_", []string{"'DB_NAME', 'shop_wp'", "'DB_NAME', '{name}'", `"wp_user"`, "'{user}'", `'p@ss\'w"ö/rd?#'`, "'{password}'", "'localhost'", "'{host}:{port}'"}, nil, nil},
	{"phpbb", "mysql", "config.php", "phpbb_", []string{"$dbhost = ''", "$dbhost = '{host}'", "$dbport = ''", "$dbport = '{port}'", "$dbname = 'forum'", "$dbname = '{name}'", "$dbuser = 'forum'", "$dbuser = '{user}'", `'p@ss\'w"ö/rd?#'`, "'{password}'"}, []string{"--site-url", "https://forum.example.com"}, nil},
	{"joomla", "mysql", "configuration.php", "q8xyz_", []string{"'localhost'", "'{host}:{port}'", "'joomla'", "'{user}'", `'p@ss\'w"ö/rd?#'`, "'{password}'", "'joomla_db'", "'{name}'"}, []string{"--site-url", "https://www.example.com"}, []string{"index"}},                                                                                     // contacts have none by user
	{"drupal", "mysql", "sites/default/settings.php", "", []string{"'database' => 'drupal'", "'database' => '{name}'", "'username' => 'drupal'", "'username' => '{user}'", `'p@ss\'w"ö/rd?#'`, "'{password}'", "'db.example.net'", "'{host}'", "3306", "{port}"}, []string{"--site-url", "https://www.example.com"}, []string{"CHATPASS_USERS_ID"}}, // a row for each language of an account
	{"laravel", "mysql", ".env", "", []string{"DB_HOST=127.0.0.1", "DB_HOST={host}", "DB_PORT=3306", "DB_PORT={port}", "DB_DATABASE=laravel", "DB_DATABASE={name}", "DB_USERNAME=laravel", "DB_USERNAME={user}", `"p@ss'w\"ö/rd?#"`, "{password}"}, nil, nil},
	{"moodle", "mysql", "config.php", "mdl_", []string{"'localhost'", "'{host}'", "dbname    = 'moodle'", "dbname    = '{name}'", "dbuser    = 'moodle'", "dbuser    = '{user}'", `'p@ss\'w"ö/rd?#'`, "'{password}'", "3306", "{port}"}, nil, nil},
	{"opencart", "mysql", "config.php", "oc_", []string{"'localhost'", "'{host}'", "'DB_USERNAME', 'opencart'", "'DB_USERNAME', '{user}'", `'p@ss\'w"ö/rd?#'`, "'{password}'", "'DB_DATABASE', 'oc'", "'DB_DATABASE', '{name}'", "3306", "{port}"}, nil, nil},
}

func TestInitFromTheFolderOfASite(t *testing.T) {
	t.Parallel()
	for _, site := range folders {
		t.Run(site.name, func(t *testing.T) {
			t.Parallel()
			f := evidenceOf(t, site.name)
			root := fixture(t, site.name, site.file, serverOf(t, f.Load(t, site.engine, site.prefix, true)), site.change...)
			dir := t.TempDir()
			r := runAt(t, dir, nil, append([]string{"init", "--site-root", root}, site.options...)...)
			if r.code != 0 || r.stdout != "" {
				t.Fatalf("init ends with %d:\n%s%s", r.code, r.stdout, r.stderr)
			}
			text := settingsIn(t, dir)
			leaks(t, ".env, which need not hold it,", text)
			for _, want := range []string{"CHATPASS_PRESET=" + site.name + "\n", "CHATPASS_SITE_ROOT=" + root + "\n", "CHATPASS_TRUSTED_PROXIES=127.0.0.1/32,::1/128\n", "#CHATPASS_IMBACHAT_SECRET_KEY=\n"} {
				if !strings.Contains(text, want) {
					t.Errorf(".env lacks %q:\n%s", want, text)
				}
			}
			if strings.Contains(text, "\nCHATPASS_TABLE_PREFIX=") {
				t.Errorf("the prefix stands in the site's configuration and is copied:\n%s", text)
			}
			works(t, dir, firstUser(t, f), site.known...)
		})
	}
}

func TestInitFromADatabase(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, evidence, engine, prefix string
		want                           []string
	}{
		{"an odd prefix", "wordpress", "mysql", "x7Kq", []string{"PRESET=wordpress\n", "TABLE_PREFIX=x7Kq\n"}},
		{"the usual prefix is not told", "opencart", "mysql", "oc_", []string{"PRESET=opencart\n"}},
		{"PostgreSQL", "discourse", "postgres", "", []string{"PRESET=discourse\n", "DATABASE_URL=postgres"}},
		{"SQLite", "django", "sqlite", "", []string{"PRESET=django\n", "DATABASE_URL=sqlite:"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := evidenceOf(t, tt.evidence)
			address := f.Load(t, tt.engine, tt.prefix, tt.engine != "sqlite")
			dir := t.TempDir()
			r := runAt(t, dir, env{"DATABASE_URL": address}, "init", "--site-url", "https://www.example.com")
			if r.code != 0 {
				t.Fatalf("init ends with %d:\n%s", r.code, r.stderr)
			}
			text := settingsIn(t, dir)
			for _, want := range tt.want {
				if !strings.Contains(text, "\nCHATPASS_"+want) {
					t.Errorf(".env lacks %q:\n%s", want, text)
				}
			}
			if len(tt.want) == 1 && strings.Contains(text, "TABLE_PREFIX") {
				t.Errorf("the usual prefix is told:\n%s", text)
			}
			works(t, dir, firstUser(t, f), "sessions") // whose secrets only the site's folder tells
		})
	}
}

// twoBlogs is a database with two installs of WordPress, of which the second has more users.
func twoBlogs(t testing.TB) *mysqltest.DB {
	t.Helper()
	db := mysqltest.Start(t).Database(t)
	for prefix, users := range map[string]int{"blog_": 2, "shop_": 40} {
		for _, statement := range evidence.Statements(strings.ReplaceAll(strings.ReplaceAll(string(schemaOf(t, "wordpress")), "{p}", prefix), "{base}", prefix)) {
			db.Exec(t, statement)
		}
		db.Exec(t, fmt.Sprintf("INSERT INTO %susers (ID, user_login, user_nicename, display_name) SELECT seq, CONCAT('u', seq), CONCAT('u', seq), CONCAT('%s member ', seq) FROM seq_1_to_%d", prefix, prefix, users),
			fmt.Sprintf("ANALYZE TABLE %susers", prefix))
	}
	return db
}

func schemaOf(t testing.TB, name string) []byte {
	t.Helper()
	f := evidenceOf(t, name)
	return f.Read(t, "schema.sql")
}

func TestInitWithTwoInstallsInOneDatabase(t *testing.T) {
	t.Parallel()
	e := env{"DATABASE_URL": twoBlogs(t).URL()}
	for _, tt := range []struct {
		name    string
		options []string
		code    int
		prefix  string
	}{
		{"the one with more users is taken in a pipe", nil, 0, "shop_"},
		{"the first is taken", []string{"--choose", "1"}, 0, "shop_"},
		{"the second is taken", []string{"--choose", "2"}, 0, "blog_"},
		{"a prefix chooses", []string{"--table-prefix", "blog_"}, 0, "blog_"},
		{"there is no third", []string{"--choose", "3"}, 2, ""},
		{"there is no other with that prefix", []string{"--table-prefix", "blog_", "--choose", "2"}, 2, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r := runAt(t, dir, e, append([]string{"init"}, tt.options...)...)
			if r.code != tt.code {
				t.Fatalf("init ends with %d, want %d:\n%s", r.code, tt.code, r.stderr)
			}
			if tt.code != 0 {
				nothingIn(t, dir)
				return
			}
			if text := settingsIn(t, dir); !strings.Contains(text, "\nCHATPASS_TABLE_PREFIX="+tt.prefix+"\n") {
				t.Errorf(".env does not name the prefix %s:\n%s", tt.prefix, text)
			}
			if tt.options == nil && (!strings.Contains(r.stderr, "1. WordPress, users in the table shop_users") || !strings.Contains(r.stderr, "2. WordPress, users in the table blog_users")) {
				t.Errorf("it does not name both:\n%s", r.stderr)
			}
		})
	}
}

// nothingIn checks that a folder is empty.
func nothingIn(t testing.TB, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("something is left behind: %v %v", entries, err)
	}
}
