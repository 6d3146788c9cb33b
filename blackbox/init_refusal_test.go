package blackbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// homeMade is a users table nobody knows, with a name and an address that must not be shown in clear.
func homeMade(t testing.TB) *mysqltest.DB {
	t.Helper()
	db := mysqltest.Start(t).Database(t)
	db.Exec(t, `CREATE TABLE mitglieder (mitglied_id int unsigned PRIMARY KEY, nickname varchar(80) NOT NULL, email varchar(120) NOT NULL,
		passwort varchar(100) NOT NULL DEFAULT '', avatar varchar(200), letzter_login datetime, gesperrt tinyint NOT NULL DEFAULT 0)`,
		`CREATE TABLE bestellungen (id int PRIMARY KEY, mitglied_id int unsigned, summe decimal(10,2))`,
		`INSERT INTO mitglieder (mitglied_id, nickname, email, letzter_login) SELECT seq, CONCAT('Zwetschge', seq), CONCAT('quitte', seq, '@canary.example'), '2026-01-01' FROM seq_1_to_8`)
	return db
}

func TestInitOfAHomeMadeSite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := runAt(t, dir, env{"DATABASE_URL": homeMade(t).URL()}, "init", "--site-url", "https://www.example.com")
	if r.code != 1 || r.stdout != "" {
		t.Fatalf("init ends with %d and prints %q:\n%s", r.code, r.stdout, r.stderr)
	}
	if n := strings.Count(r.stderr, "name Z***"); n != 5 {
		t.Errorf("%d users are shown masked, not 5:\n%s", n, r.stderr)
	}
	for _, hidden := range []string{"Zwetschge", "quitte", "canary.example"} {
		if strings.Contains(r.stderr, hidden) {
			t.Errorf("SEC-80: %q is shown:\n%s", hidden, r.stderr)
		}
	}
	text := settingsIn(t, dir)
	for _, want := range []string{"PRESET=custom\n", "USERS_TABLE=mitglieder\n", "USERS_ID=mitglied_id\n", "USERS_NAME=nickname\n", "USERS_EMAIL=email\n", "USERS_AVATAR=avatar\n"} {
		if !strings.Contains(text, "\nCHATPASS_"+want) {
			t.Errorf(".env lacks %q:\n%s", want, text)
		}
	}
	works(t, dir, "3")
}

func TestInitWithNothingToLookAt(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "a", "b")
	if err := os.MkdirAll(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	r := runAt(t, empty, nil, "init")
	text := settingsIn(t, empty)
	if r.code != 1 || !strings.Contains(r.stderr, "--site-root") || !strings.Contains(text, "#CHATPASS_DATABASE_URL=") || !strings.Contains(text, "#CHATPASS_USERS_TABLE=") {
		t.Errorf("init ends with %d, says\n%s and writes\n%s", r.code, r.stderr, text)
	}
}

// laravel is a folder of Laravel and its database.
func laravel(t testing.TB) (root string) {
	t.Helper()
	f := evidenceOf(t, "laravel")
	for _, site := range folders {
		if site.name == "laravel" {
			return fixture(t, site.name, site.file, serverOf(t, f.Load(t, "mysql", "", true)), site.change...)
		}
	}
	t.Fatal("there is no laravel")
	return ""
}

func TestInitInsideTheSite(t *testing.T) {
	t.Parallel()
	root := laravel(t)
	before, err := os.ReadFile(filepath.Join(root, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	for _, option := range []string{"--yes", "--force"} {
		if r := runAt(t, root, nil, "init", option); r.code != 1 || !strings.Contains(r.stderr, "--output") {
			t.Errorf("init %s ends with %d:\n%s", option, r.code, r.stderr)
		}
	}
	if after, err := os.ReadFile(filepath.Join(root, ".env")); err != nil || string(after) != string(before) {
		t.Errorf("the site's own .env is changed: %v\n%s", err, after)
	}
	r := runAt(t, root, nil, "init", "--output", "chatpass.env")
	if r.code != 0 || !strings.Contains(r.stderr, "a web server may hand them to anybody") {
		t.Errorf("init ends with %d and does not warn:\n%s", r.code, r.stderr)
	}
	below := filepath.Join(root, "sidecar")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	if r := runAt(t, below, nil, "init"); r.code != 0 || !strings.Contains(settingsIn(t, below), "\nCHATPASS_SITE_ROOT="+root+"\n") {
		t.Errorf("from the folder below init ends with %d:\n%s", r.code, r.stderr)
	}
}

func TestInitKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	root := laravel(t)
	const ours, foreign = "# mine\nCHATPASS_PRESET=custom\n", "DB_PASSWORD=x\nCHATPASS_PRESET=custom\n"
	for _, tt := range []struct {
		name    string
		prepare func(dir string) error
		options []string
		code    int
		says    string
		kept    string // what .env still holds; empty: it is written
	}{
		{"a file is there", file(ours), nil, 1, "is not overwritten", ours},
		{"a file of ours is overwritten with --force", file(ours), []string{"--force"}, 0, "settings written", ""},
		{"a file of another program never is", file(foreign), []string{"--force"}, 1, "not of Chatpass", foreign},
		{"a link", link, nil, 1, "symbolic link", ours},
		{"a link with --force", link, []string{"--force"}, 1, "symbolic link", ours},
		{"a link that leads nowhere", dangling, nil, 1, "symbolic link", "gone"},
		{"a folder", func(dir string) error { return os.Mkdir(filepath.Join(dir, ".env"), 0o700) }, []string{"--force"}, 1, "no regular file", "folder"},
		{"no folder to write to", func(string) error { return nil }, []string{"--output", "missing/.env"}, 1, "cannot be written", "nothing"},
		{"no name", func(string) error { return nil }, []string{"--output", ""}, 2, "--output", "nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := tt.prepare(dir); err != nil {
				t.Fatal(err)
			}
			r := runAt(t, dir, nil, append([]string{"init", "--site-root", root}, tt.options...)...)
			if r.code != tt.code || !strings.Contains(r.stderr, tt.says) {
				t.Errorf("init ends with %d, want %d and %q:\n%s", r.code, tt.code, tt.says, r.stderr)
			}
			kept(t, dir, tt.kept)
		})
	}
}

// kept checks what lies in place of .env.
func kept(t *testing.T, dir, want string) {
	t.Helper()
	path := filepath.Join(dir, ".env")
	switch want {
	case "":
		settingsIn(t, dir)
	case "nothing":
		nothingIn(t, dir)
	case "gone":
		if _, err := os.Stat(filepath.Join(dir, "elsewhere")); !os.IsNotExist(err) {
			t.Errorf("what the link leads to is there: %v", err)
		}
	case "folder":
		nothingIn(t, path)
	default:
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf(".env holds %q, %v", text, err)
		}
	}
}

func file(text string) func(string) error {
	return func(dir string) error { return os.WriteFile(filepath.Join(dir, ".env"), []byte(text), 0o600) }
}

func link(dir string) error {
	if err := os.WriteFile(filepath.Join(dir, "elsewhere"), []byte("# mine\nCHATPASS_PRESET=custom\n"), 0o600); err != nil {
		return err
	}
	return os.Symlink("elsewhere", filepath.Join(dir, ".env"))
}

func dangling(dir string) error { return os.Symlink("elsewhere", filepath.Join(dir, ".env")) }

func TestInitWritesNothingWhenItCannotLook(t *testing.T) {
	t.Parallel()
	const down = "mysql://u:canary-down-5Gq@127.0.0.1:1/site"
	wrong := strings.Replace(homeMade(t).URL(), ":pw-", ":wrong-pw-", 1)
	lone := t.TempDir()
	if err := os.WriteFile(filepath.Join(lone, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	broken := fixture(t, "wordpress", "wp-config.php", server{}, "$table_prefix = 'x7_';", "$table_prefix = 'x7_'; /* never closed")
	silent := fixture(t, "wordpress", "wp-config.php", server{}, "'DB_NAME', 'shop_wp'", "'DB_NAME', getenv('DB')")
	for _, tt := range []struct {
		name    string
		options []string
		code    int
		says    string
	}{
		{"the database is down", []string{"--database-url", down}, 1, "start the database"},
		{"the password is wrong", []string{"--database-url", wrong}, 1, "user name, password"},
		{"the site's database is down", []string{"--site-root", fixture(t, "joomla", "configuration.php", server{host: "127.0.0.1", port: "1"}, "'localhost'", "'{host}:{port}'")}, 1, "start the database"},
		{"no address", []string{"--database-url", "nonsense"}, 2, "no address of a database"},
		{"an unsafe address", []string{"--database-url", down + "?multiStatements=true"}, 2, "DATABASE_URL"},
		{"no such folder", []string{"--site-root", filepath.Join(lone, "missing")}, 1, "cannot be used"},
		{"a file for a folder", []string{"--site-root", filepath.Join(lone, "file")}, 1, "not a folder"},
		{"a configuration that cannot be read", []string{"--site-root", broken}, 1, "configuration cannot be read"},
		{"a configuration that does not tell the database", []string{"--site-root", silent}, 1, "--database-url"},
		{"an unknown preset", []string{"--preset", "wordpres"}, 2, "did you mean wordpress"},
		{"a prefix with a blank", []string{"--table-prefix", "x y"}, 2, "TABLE_PREFIX"},
		{"no address of a site", []string{"--site-url", "ftp://x"}, 2, "SITE_URL"},
		{"an argument", []string{"wordpress"}, 2, "unexpected argument"},
		{"a negative choice", []string{"--choose", "-1", "--database-url", "sqlite:" + filepath.Join(lone, "file")}, 2, "--choose"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r := runAt(t, dir, nil, append([]string{"init"}, tt.options...)...)
			if r.code != tt.code || !strings.Contains(r.stderr, tt.says) || r.stdout != "" {
				t.Errorf("init ends with %d, want %d and %q:\n%s", r.code, tt.code, tt.says, r.stderr)
			}
			for _, secret := range []string{"canary-", "wrong-pw", "p@ss"} {
				if strings.Contains(r.stderr, secret) {
					t.Errorf("SEC-02: a password is shown:\n%s", r.stderr)
				}
			}
			nothingIn(t, dir)
		})
	}
}

func TestInitOntoStandardOutput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := homeMade(t)
	r := runAt(t, dir, env{"DATABASE_URL": db.URL()}, "init", "--output", "-")
	if r.code != 1 || !strings.Contains(r.stdout, "\nCHATPASS_USERS_TABLE=mitglieder\n") || !strings.Contains(r.stdout, "\nCHATPASS_DATABASE_URL=") {
		t.Errorf("init ends with %d and prints:\n%s", r.code, r.stdout)
	}
	nothingIn(t, dir)
}
