package blackbox_test

import (
	"strings"
	"testing"
)

func TestTheCommandTokenGivesTheTokenThatTheUsersPageGets(t *testing.T) {
	t.Parallel()
	m := mesiboSettings(t, 4)
	if r := run(t, m.env, "token", "2"); r.code != 1 || r.stdout != "" || !strings.Contains(r.stderr, "there is no store yet") {
		t.Errorf("before the first start it ended with %d, %q, %q", r.code, r.stdout, r.stderr)
	}
	m.start(t)
	page := m.pass(t, 2, `{}`)
	r := run(t, m.env, "token", "2")
	if r.code != 0 || strings.TrimSpace(r.stdout) != page.Token || strings.Contains(r.stderr, "until 0001") {
		t.Errorf("it ended with %d, %q", r.code, r.stderr)
	}
	if got := len(m.peer.of("useradd", phoneOf(2))); got != 1 {
		t.Errorf("Mesibo was asked %d times", got)
	}
	m.db.Exec(t, "UPDATE people SET phone = '' WHERE id = 3")
	if r := run(t, m.env, "token", "3"); r.code != 1 || r.stdout != "" || !strings.Contains(r.stderr, "phone number of this account is missing") {
		t.Errorf("for a user without a phone it ended with %d, %q, %q", r.code, r.stdout, r.stderr)
	}
}

func TestCheckSaysNothingOfATokenThatItDidNotSign(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 4)
	if r := run(t, m.env, "check"); strings.Contains(r.stdout, "mesibo: signed") || !strings.Contains(r.stdout, "Mesibo takes the app token") {
		t.Errorf("it ended with %d:\n%s", r.code, r.stdout)
	}
}
