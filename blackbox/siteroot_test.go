package blackbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/internal/mysqltest"
)

// evidenceDatabase loads a folder of evidence of WordPress into a new database.
func evidenceDatabase(t testing.TB, name string, more ...string) (address string) {
	t.Helper()
	mysqltest.Start(t) // skips, or fails, where there is no server
	for _, f := range evidence.Folders(t, filepath.Join("..", "preset", "testdata")) {
		if f.Name == name {
			return f.Load(t, "mysql", "wp_", true, more...)
		}
	}
	t.Fatal("no evidence " + name)
	return ""
}

// wpConfig writes a wp-config.php that leads to a database.
func wpConfig(t testing.TB, root, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	text := fmt.Sprintf("<?php\ndefine( 'DB_NAME', '%s' );\ndefine( 'DB_USER', '%s' );\ndefine( 'DB_PASSWORD', '%s' );\ndefine( 'DB_HOST', '%s' );\n$table_prefix = 'wp_';\n",
		strings.TrimPrefix(u.Path, "/"), u.User.Username(), password, u.Host)
	replace(t, filepath.Join(root, "wp-config.php"), text)
}

// replace puts a file in place at once, as editors and installers do.
func replace(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// TestTheSitesOwnConfigurationIsFollowed: with SITE_ROOT alone the platform, its database and prefix are known; when the site moves to
// another database so does the sidecar, without a restart; a file that cannot be used changes nothing.
func TestTheSitesOwnConfigurationIsFollowed(t *testing.T) {
	first, second := evidenceDatabase(t, "wordpress"), evidenceDatabase(t, "wordpress--buddypress-woocommerce")
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "wp-includes"), 0o700); err != nil {
		t.Fatal(err)
	}
	wpConfig(t, root, first)
	e := settings(mysqltest.Start(t).Database(t)).with("DATABASE_URL", "", "SITE_ROOT", root, "SITE_URL", "https://www.example.com", "CACHE_TTL", "0")
	s := serve(t, e)
	name := func() string {
		a := s.users(t, "1")
		if a.status != http.StatusOK {
			return ""
		}
		return a.body
	}
	before := name()
	if !strings.Contains(before, `"user_id":1,`) {
		t.Fatalf("users-info says %s", before)
	}

	replace(t, filepath.Join(root, "wp-config.php"), "<?php\ndefine( 'DB_NAME', 'canary-half-written")
	s.log.await(t, "a word about the broken file", func(text string) bool { return strings.Contains(text, "cannot be used; the values before it stay") })
	if got := name(); got != before {
		t.Errorf("with a broken file users-info says %s", got)
	}

	wpConfig(t, root, second)
	eventually(t, "the other database", 30*time.Second, func() bool { now := name(); return now != "" && now != before })
	if code := s.stop(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if text := s.log.String(); strings.Contains(text, "canary-half-written") || secretIn(text) != "" {
		t.Errorf("the log holds what it must not: %s", text)
	}
}

// TestATicketCountsOnceAlsoWhenTheSitesConfigurationChanges: another reading of the configuration forgets nothing that was used up.
func TestATicketCountsOnceAlsoWhenTheSitesConfigurationChanges(t *testing.T) {
	t.Parallel()
	address, root := evidenceDatabase(t, "wordpress"), t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "wp-includes"), 0o700); err != nil {
		t.Fatal(err)
	}
	wpConfig(t, root, address)
	s := serve(t, settings(mysqltest.Start(t).Database(t)).with("DATABASE_URL", "", "SITE_ROOT", root, "SITE_URL", "https://www.example.com",
		"IDENTITY", "ticket,site", "TICKET_KEY", ticketKey))
	once := ticketOf(`"1"`, 3*time.Minute, `,"jti":"one"`)
	if a := s.get(t, "/chat/identity", bearer(once)); !strings.Contains(a.body, `"user_id":1,`) {
		t.Fatalf("at first it names %s", a.body)
	}
	file := filepath.Join(root, "wp-config.php")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, file, string(text)+"\n// another line\n")
	s.log.await(t, "a word about the changed file", func(text string) bool { return strings.Contains(text, "its values are used from now on") })
	if a := s.get(t, "/chat/identity", bearer(once)); !strings.HasPrefix(a.body, `{"user_id":null`) {
		t.Errorf("then it names %s", a.body)
	}
}
