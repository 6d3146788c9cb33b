package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// phonesSite is a site on MariaDB whose members have phones, with Mesibo beside ImbaChat.
func phonesSite(t *testing.T) (dir string, db *mysqltest.DB) {
	t.Helper()
	db = mysqltest.Start(t).Database(t)
	db.Exec(t, "CREATE TABLE members (id INT PRIMARY KEY, name VARCHAR(20), avatar VARCHAR(20), mobile VARCHAR(40), password VARCHAR(20))",
		"INSERT INTO members VALUES (6, 'John', '/6.jpg', '+49 171 5550123', 'x')")
	dir = newSite(t, "CHATPASS_MESIBO_APP_TOKEN=canary-app-token-0123456789abcdef", "CHATPASS_MESIBO_APP_IDS=com.example.messenger",
		"CHATPASS_MESIBO_BASE_URL=http://127.0.0.1:1/backend/", "CHATPASS_STATE_DIR=state")
	return dir, db
}

func TestAPhoneOfTheSiteIsReadAndNeverShown(t *testing.T) {
	dir, db := phonesSite(t)
	run := func(address, mapped string, args ...string) result {
		t.Helper()
		got := runProgram(dir, []string{"CHATPASS_DATABASE_URL=" + address, "CHATPASS_QUERY_TIMEOUT=10s", "CHATPASS_MESIBO_USERS_PHONE=" + mapped}, args...)
		if text := got.out + got.err; strings.Contains(text, "5550123") || strings.Contains(text, "171 555") || strings.Contains(text, "canary-app-token") {
			t.Errorf("%v shows a secret or a phone: %s", args, text)
		}
		return got
	}
	if got := run(db.URL(), "mobile", "users", "6"); got.code != exitOK || !strings.Contains(got.out, `"name":"John"`) {
		t.Errorf("users: %d, %s%s", got.code, got.out, got.err)
	}
	if got := run(db.URL(), "mobile", "token", "6"); got.code != exitOK {
		t.Errorf("token: %d, %s", got.code, got.err)
	}
	want := "GRANT SELECT (`id`, `name`, `avatar`, `mobile`) ON `" + db.Name + "`.`members` TO 'chatpass'@'%';"
	if got := run(db.URL(), "{mobile}", "grants"); got.code != exitOK || !strings.Contains(got.out, want) {
		t.Errorf("grants: %d\n%s", got.code, cmp.Diff(want, got.out))
	}
	// An account that may not read the phones cannot look anybody up by them: serve refuses it, as it does a column that is not there.
	narrow := db.User(t, "SELECT (id, name, avatar) ON members")
	for name, address := range map[string]string{"no right": narrow, "no column": db.URL()} {
		column := map[string]string{"no right": "mobile", "no column": "mobil"}[name]
		for _, command := range []string{"check", "grants"} {
			if got := run(address, column, command); got.code == exitOK || !strings.Contains(got.out+got.err, "CHATPASS_MESIBO_USERS_PHONE") || !strings.Contains(got.out+got.err, column) {
				t.Errorf("%s, %s: %d, %s%s", name, command, got.code, got.out, got.err)
			}
		}
	}
	if got := run(db.URL(), "password", "users", "6"); got.code != exitRefused || !strings.Contains(got.err, "CHATPASS_MESIBO_USERS_PHONE maps column password, which looks like a secret") {
		t.Errorf("a secret: %d, %s", got.code, got.err)
	}
	if got := run(db.URL(), "", "users", "6"); got.code != exitRefused || !strings.Contains(got.err, "CHATPASS_MESIBO_USERS_PHONE is missing") {
		t.Errorf("no phone: %d, %s", got.code, got.err)
	}
	if got := run(db.URL(), "mobile", "check"); !strings.Contains(got.out+got.err, "John") && !strings.Contains(got.out, "J***") {
		t.Errorf("check: %d, %s%s", got.code, got.out, got.err)
	}
}
