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
	both := m.env.with("SENDBIRD_APP_ID", "2D7B4CDB-932F-4082-9B09-A1153792DC8D", "SENDBIRD_API_TOKEN", "canary-sendbird-api-token-0123456789abcdef", "SENDBIRD_BASE_URL", "http://127.0.0.1:9")
	if r := run(t, both, "token", "2", "Mesibo"); r.code != 0 || strings.TrimSpace(r.stdout) != page.Token || !strings.Contains(r.stderr, "of mesibo; of another: chatpass token 2 sendbird") {
		t.Errorf("beside another provider it ended with %d, %q", r.code, r.stderr)
	}
	if r := run(t, both, "token", "2", "imbachat"); r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, `the provider "imbachat" is not set; there is sendbird and mesibo`) {
		t.Errorf("for a provider that is not set it ended with %d, %q", r.code, r.stderr)
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
