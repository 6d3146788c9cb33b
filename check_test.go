package main

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// change runs a statement on the database of newSite.
func change(t *testing.T, dir, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "site.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// about lists what check finds about a subject, one finding a line.
func about(t *testing.T, dir, subject string, environ ...string) (code int, lines string) {
	t.Helper()
	got := runProgram(dir, environ, "check", "--json")
	var doc struct{ Findings []finding }
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil {
		t.Fatalf("check --json prints %q: %v", got.out, err)
	}
	for _, f := range doc.Findings {
		if f.Subject == subject {
			lines += f.Level + " " + f.Text + " → " + f.Remedy + "\n"
		}
	}
	return got.code, lines
}

func TestCheckFindings(t *testing.T) {
	const big = "DELETE FROM members; INSERT INTO members VALUES (9007199254740993, 'Big', NULL)"
	for _, tt := range []struct {
		name     string
		change   string
		settings []string
		code     int
		subject  string
		want     []string // in what is found about the subject; none means that nothing is found
	}{
		{"a row with id 0 does not stand for the others", "INSERT INTO members VALUES (0, 'Guest', NULL); DELETE FROM members WHERE id < 0", nil, exitOK, "token", []string{"ok imbachat: signed for"}},
		{"a first row beyond 2^53 does not stand for the others", "INSERT INTO members VALUES (-9007199254740993, 'Big', NULL)", nil, exitOK, "token", []string{
			"ok imbachat: signed for", "warn imbachat: the id -9***, and perhaps others, is beyond 2^53", "CHATPASS_IMBACHAT_USER_ID_AS=string",
		}},
		{"users-info is asked for a user a number can name", "INSERT INTO members VALUES (-9007199254740993, 'Big', NULL)", nil, exitOK, "users-info", []string{"with 1 of 1 user"}},
		{"nobody whom users-info could be asked for", "DELETE FROM members", nil, exitOK, "users-info", []string{"warn answers imbachat's call with 0 of 1 user"}},
		{"only a row with id 0", "DELETE FROM members; INSERT INTO members VALUES (0, 'Guest', NULL)", nil, exitOK, "token", []string{"warn imbachat: the only id seen is 0", "a guest", "nothing has to be done"}},
		{"only ids beyond 2^53", big, nil, exitFailed, "token", []string{"fail imbachat: ", "beyond 2^53", "CHATPASS_IMBACHAT_USER_ID_AS=string"}},
		{"ids beyond 2^53 as text", big, []string{"CHATPASS_IMBACHAT_USER_ID_AS=string"}, exitOK, "ids", []string{"ok the id is a text in quotes in users-info and in the token"}},
		{"a name that would rule the terminal", "DELETE FROM members; INSERT INTO members VALUES (1, char(27) || '[31mred', NULL)", nil, exitOK, "user", []string{"name \uFFFD***"}},
		{"a unique key", "", nil, exitOK, "CHATPASS_USERS_ID", nil},
		{"a key that is not unique", "CREATE TABLE twice (nr INTEGER, name TEXT, avatar TEXT); CREATE INDEX i ON twice (nr); INSERT INTO twice VALUES (1, 'A', NULL)", []string{"CHATPASS_USERS_TABLE=twice", "CHATPASS_USERS_ID=nr"}, exitOK, "CHATPASS_USERS_ID", []string{"warn is a column in which two rows may have the same id", "left out"}},
		{"a last log-in that nobody has", "ALTER TABLE members ADD seen DATETIME", []string{"CHATPASS_USERS_LASTLOGIN=seen"}, exitOK, "CHATPASS_USERS_LASTLOGIN", []string{"warn gives no time for any of the users looked at"}},
		{"a last log-in that somebody has", "ALTER TABLE members ADD seen DATETIME; UPDATE members SET seen = '2026-01-02 03:04:05' WHERE id = 7", []string{"CHATPASS_USERS_LASTLOGIN=seen"}, exitOK, "CHATPASS_USERS_LASTLOGIN", nil},
		{"no last log-in mapped", "", nil, exitOK, "CHATPASS_USERS_LASTLOGIN", nil},
		{"a picture for everybody", "", []string{"CHATPASS_USERS_AVATAR=https://example.com/a.png"}, exitOK, "CHATPASS_USERS_AVATAR", []string{"warn names no column", "the same for everybody"}},
		{"a page for everybody", "", []string{"CHATPASS_USERS_PROFILE_URL={site}/member"}, exitOK, "CHATPASS_USERS_PROFILE_URL", []string{"warn names no column", "{id}"}},
		{"a picture for those without one", "", []string{"CHATPASS_USERS_AVATAR=avatar ?? /none.png"}, exitOK, "CHATPASS_USERS_AVATAR", nil},
		{"a key with a separator of users-info in it", "CREATE TABLE named (nick TEXT PRIMARY KEY, name TEXT, avatar TEXT); INSERT INTO named VALUES ('ann', 'A', NULL), ('bob; jr', 'B', NULL)", []string{"CHATPASS_USERS_TABLE=named", "CHATPASS_USERS_ID=nick"}, exitOK, "CHATPASS_USERS_ID", []string{"warn holds a separator of users-info", "of user bo***"}},
		{"proxies that are not named, on a unix socket", "", nil, exitOK, "CHATPASS_TRUSTED_PROXIES", nil},
		{"proxies that are not named, on a port", "", []string{"CHATPASS_LISTEN=127.0.0.1:0"}, exitOK, "CHATPASS_TRUSTED_PROXIES", []string{"warn is not set", "count as one", "X-Forwarded-For"}},
		{"proxies that are named", "", []string{"CHATPASS_LISTEN=127.0.0.1:0", "CHATPASS_TRUSTED_PROXIES=127.0.0.1"}, exitOK, "CHATPASS_TRUSTED_PROXIES", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := newSite(t)
			if tt.change != "" {
				change(t, dir, tt.change)
			}
			code, lines := about(t, dir, tt.subject, tt.settings...)
			if code != tt.code || (lines == "") != (len(tt.want) == 0) {
				t.Errorf("exit %d, found %q; want exit %d and %q", code, lines, tt.code, tt.want)
			}
			for _, want := range tt.want {
				if !strings.Contains(lines, want) {
					t.Errorf("what is found lacks %q:\n%s", want, lines)
				}
			}
		})
	}
}

func TestMaskShowsOnlyWhatCanBePrinted(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		keep       int
		want       string
	}{
		{"a name", "John", 1, "J***"},
		{"a letter alone", "J", 1, "***"},
		{"nothing", "", 1, "(empty)"},
		{"an escape", "\x1b[2Jx", 2, "\uFFFD[***"},
		{"a line break", "\nfail: x", 1, "\uFFFD***"},
		{"a mark that turns the direction of writing", "\u202eabc", 1, "\uFFFD***"},
		{"a byte that is no character", "\xffab", 1, "\uFFFD***"},
		{"an emoji", "😀 Zoë", 1, "😀***"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := mask(tt.text, tt.keep); got != tt.want {
				t.Errorf("mask(%q, %d) = %q, want %q", tt.text, tt.keep, got, tt.want)
			}
		})
	}
}

// driverForm is an address of MariaDB in the form of its driver, with a password that is wrong.
func driverForm(user, address string) string {
	_, rest, _ := strings.Cut(address, "@")
	host, name, _ := strings.Cut(rest, "/")
	return user + ":wr%ong@tcp(" + host + ")/" + name
}

func TestCheckSaysHowToReachTheDatabase(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, "CREATE TABLE members (id INT PRIMARY KEY, name VARCHAR(20), avatar VARCHAR(20))")
	user, password := d.Credentials(t, d.URL())
	dir := newSite(t)
	for _, tt := range []struct {
		name, address string
		want          []string
	}{
		{"a wrong password", strings.Replace(d.URL(), ":"+password+"@", ":wrong@", 1), []string{"user name or password", "1045", "correct user name and password in CHATPASS_DATABASE_URL, where special characters are written percent-encoded; right ones are refused"}},
		{"no account of this name", strings.Replace(d.URL(), "://"+user, "://nobody", 1), []string{"1045", "correct user name and password in CHATPASS_DATABASE_URL"}},
		{"a wrong password in the driver's own form", driverForm(user, d.URL()), []string{"1045", "correct user name and password in CHATPASS_DATABASE_URL; right ones"}},
		{"a database that does not exist", strings.TrimSuffix(d.URL(), d.Name) + "nowhere", []string{"no right on a database of this name", "run `chatpass grants` with an administrator's address"}},
		{"TLS with a server without", d.URL() + "?tls=true", []string{"TLS", "tls=true"}},
		{"nobody who listens", "mysql://" + user + "@127.0.0.1:1/site", []string{"no connection", "start the database"}},
		{"a folder", "sqlite:" + filepath.Dir(dir), []string{"is a folder", "or path in CHATPASS_DATABASE_URL"}},
		{"a file of another kind", "sqlite:" + filepath.Join(dir, ".env"), []string{"is no SQLite database", "or path in CHATPASS_DATABASE_URL"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, lines := about(t, dir, "database", "CHATPASS_DATABASE_URL="+tt.address)
			if code != exitFailed {
				t.Errorf("exit %d", code)
			}
			for _, want := range tt.want {
				if !strings.Contains(lines, want) {
					t.Errorf("found %q, want %q", lines, want)
				}
			}
			if strings.Contains(tt.name, "password") && strings.Contains(lines, "GRANT") {
				t.Errorf("found %q; no right helps against a wrong password", lines)
			}
			if strings.Contains(lines, password) {
				t.Errorf("found %q, which holds the password", lines)
			}
		})
	}
}

func TestSeparatorsOfUsersInfo(t *testing.T) {
	for id, want := range map[userinfo.ID]bool{"ann": false, "a b": true, "a,b": true, "a;b": true, "a|b": true, "a-b.c@d": false} {
		if got := separated(id); got != want {
			t.Errorf("%q: %v, want %v", id, got, want)
		}
	}
}

func TestAMissingProviderIsWarnedOfOnce(t *testing.T) {
	dir := newSite(t)
	text, err := os.ReadFile(filepath.Join(dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	bare := regexp.MustCompile(`(?m)^CHATPASS_IMBACHAT_.*\n`).ReplaceAll(text, nil)
	if err := os.WriteFile(filepath.Join(dir, ".env"), bare, 0o600); err != nil {
		t.Fatal(err)
	}
	got := runProgram(dir, []string{"NO_COLOR=1"}, "check")
	if n := strings.Count(got.out, "\nwarn  provider: "); n != 1 || strings.Count(got.out, "CHATPASS_IMBACHAT_") != 1 {
		t.Errorf("told %d times:\n%s%s", n, got.out, got.err)
	}
}

func TestEveryRefusalOfAnAccountHasARemedy(t *testing.T) {
	s := &site{cfg: &config.Config{DatabaseURL: secret.New("mysql://u:p@127.0.0.1/site"), DatabaseFile: "/var/www/wp-config.php"}}
	told := map[string]sitedb.Refusal{}
	for _, why := range []sitedb.Refusal{
		sitedb.RefusedLogin, sitedb.RefusedPlugin, sitedb.RefusedDatabase, sitedb.RefusedRight, sitedb.RefusedOrigin, sitedb.RefusedBlocked, sitedb.RefusedAccount, sitedb.RefusedLimit,
	} {
		remedy := s.refused(why)
		if other, known := told[remedy]; remedy == "" || known {
			t.Errorf("%s: %q, the same as of %q", why, remedy, other)
		}
		told[remedy] = why
		if strings.Contains(remedy, "CHATPASS_DATABASE_URL") {
			t.Errorf("%s: %q names a variable that is not set: the address is in the site's file", why, remedy)
		}
	}
}
