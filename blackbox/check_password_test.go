package blackbox_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

func TestCheckTellsWhetherANewPasswordEndsTokens(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings []string
		line     []string // empty: nothing is said of passwords
	}{
		"a column that is mapped": {
			[]string{"USERS_PASSWORD", "word_of_user"},
			[]string{"ok passwords: a new password ends the tokens of sendbird", "people.word_of_user, of which a digest is read"},
		},
		"none": {nil, []string{
			"warn passwords: no column is known that changes with a user's password", "does not end the tokens of sendbird", "→ set CHATPASS_USERS_PASSWORD to the column",
		}},
		"a column that is not there": {
			[]string{"USERS_PASSWORD", "{hash?}"},
			[]string{"warn passwords: a new password does not end the tokens of sendbird", "hash, which would show it, is not there", "`chatpass grants`", "CHATPASS_USERS_PASSWORD"},
		},
		"the last visit": {[]string{"USERS_PASSWORD", "{word_of_user}{last_login_at}"}, []string{
			"warn passwords: what is to end tokens of sendbird with a new password cannot be right: people.last_login_at", "with every visit", "→ set CHATPASS_USERS_PASSWORD to the column",
		}},
		"the key":           {[]string{"USERS_PASSWORD", "id"}, []string{"warn passwords: ", "people.id is the key of users, which never changes with a password"}},
		"the name":          {[]string{"USERS_PASSWORD", "name"}, []string{"warn passwords: ", "people.name is shown as CHATPASS_USERS_NAME, which never changes with a password"}},
		"a switch":          {[]string{"USERS_PASSWORD", "is_member"}, []string{"warn passwords: ", "people.is_member has room for a few values only"}},
		"a switch beside":   {[]string{"USERS_PASSWORD", "{word_of_user}{is_member}"}, []string{"ok passwords: ", "people.word_of_user, people.is_member"}},
		"a time":            {[]string{"USERS_PASSWORD", "updated_at"}, []string{"warn passwords: ", "people.updated_at is a time"}},
		"a password's time": {[]string{"USERS_PASSWORD", "{word_of_user}{password_changed_at}"}, []string{"ok passwords: ", "people.password_changed_at"}},
		"Off":               {[]string{"USERS_PASSWORD", "Off"}, []string{"ok passwords: CHATPASS_USERS_PASSWORD is off"}},
		"off":               {[]string{"USERS_PASSWORD", "off"}, []string{"ok passwords: CHATPASS_USERS_PASSWORD is off"}},
		"nobody asks": {[]string{
			"USERS_PASSWORD", "word_of_user", "SENDBIRD_APP_ID", "", "SENDBIRD_API_TOKEN", "", "SENDBIRD_BASE_URL", "",
			"IMBACHAT_WIDGET_ID", "4711", "IMBACHAT_API_LOGIN", apiLogin, "IMBACHAT_API_PASSWORD", apiPassword, "IMBACHAT_SECRET_KEY", secretKey,
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, db, e := sendbirdSite(t)
			db.Exec(t, "ALTER TABLE people ADD word_of_user VARCHAR(80) NOT NULL DEFAULT 'canary-hash-JosÃ©', ADD last_login_at DATETIME, ADD is_member TINYINT(1) NOT NULL DEFAULT 1, ADD updated_at DATETIME, ADD password_changed_at DATETIME")
			lines := check(t, e.with(c.settings...), 0)
			if c.line != nil {
				expectLine(t, lines, c.line...)
			} else if strings.Contains(lines, " passwords: ") {
				t.Errorf("told, though nobody asks:\n%s", lines)
			}
			if strings.Contains(lines, "canary-hash") || strings.Contains(lines, "column word_of_user of people") {
				t.Errorf("the hashes are looked at:\n%s", lines)
			}
		})
	}
}

// TestAnAccountFromBeforePasswordsGoesOnAndIsToldOf checks a site through the account that was made before a provider asked for passwords, and through the one that grants
// makes since.
func TestAnAccountFromBeforePasswordsGoesOnAndIsToldOf(t *testing.T) {
	t.Parallel()
	address := evidenceDatabase(t, "drupal")
	server := mysqltest.Start(t)
	_, _, sendbird := sendbirdSite(t)
	with := sendbird.with("DATABASE_URL", address, "PRESET", "drupal", "TABLE_PREFIX", "wp_", "IDENTITY", "header,site")
	for _, name := range []string{"USERS_TABLE", "USERS_ID", "USERS_NAME", "USERS_WHERE"} {
		with = with.with(name, "")
	}
	without := settings(server.Database(t)).with("DATABASE_URL", address, "PRESET", "drupal", "TABLE_PREFIX", "wp_", "IDENTITY", "site")
	old := granted(t, server, without, address, "blackbox_before") // which wants that no right on a password is in it

	lines := check(t, with.with("DATABASE_URL", old), 0)
	expectLine(t, lines, "warn passwords: ", "tokens of sendbird", "pass, which would show it, is not there, or the database account has no right on it", "→ `chatpass grants` prints the right, which an administrator gives")
	if strings.Contains(lines, "\nfail ") {
		t.Errorf("the former account no longer does:\n%s", lines)
	}

	r := run(t, with, "grants", "--account", "blackbox_since")
	if r.code != 0 || !strings.Contains(r.stdout, "`pass`") {
		t.Fatalf("grants ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
	t.Cleanup(func() {
		if _, err := server.SQL().Exec("DROP USER 'blackbox_since'@'%'"); err != nil {
			t.Error(err)
		}
	})
	const password = "pw-test_1_1-Zq8"
	for line := range strings.Lines(strings.ReplaceAll(r.stdout, "CHANGE-ME", password)) {
		if _, err := server.SQL().ExecContext(t.Context(), strings.TrimSuffix(strings.TrimSpace(line), ";")); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("blackbox_since", password)
	lines = check(t, with.with("DATABASE_URL", u.String()), 0)
	expectLine(t, lines, "ok passwords: ", "wp_users_field_data.pass")
	expectLine(t, lines, "ok rights: the database account may only read what the mapping needs")
}
