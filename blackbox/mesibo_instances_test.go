package blackbox_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// again stops the program and starts it with what it remembers.
func (m *messenger) again(t testing.TB, pairs ...string) {
	t.Helper()
	if code := m.stop(t); code != 0 {
		t.Errorf("the sidecar ended with %d:\n%s", code, m.log)
	}
	m.env = m.env.with(pairs...)
	m.start(t)
}

func TestANewStartRemembersTokensCodesAndLimits(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 4)
				first := m.pass(t, 1, "")
				code := m.codeFor(t, asForm, phoneOf(2), mesiboApp)
				m.sync(t, first.Token, "phones", phonesOf(2))
				m.again(t)
				if now := m.pass(t, 1, ""); now.Token != first.Token || now.ExpiresAt != first.ExpiresAt || len(m.peer.calls("useradd")) != 1 {
					t.Errorf("%+v, after a new start %+v", first, now)
				}
				m.say(t, asForm, fields{"op", "login", "phone", phoneOf(2), "appid", mesiboApp}).fail(t, "RATELIMIT")
				m.say(t, asForm, fields{"op", "login", "phone", phoneOf(2), "appid", mesiboApp, "code", code}).ok(t)
				m.settled(t, first.Token, "0", phoneOf(2))
			})
		})
	}
	both.Wait()
}

// TestTwoInstancesAreOne has two programs with one store: what one of them begins the other ends, and nothing is done twice.
func TestTwoInstancesAreOne(t *testing.T) {
	t.Parallel()
	m, _ := mesiboStore{server: true}.settings(t, 4)
	m.start(t)
	other := &messenger{peer: m.peer, sms: m.sms, db: m.db, env: m.env.with("STATE_DIR", t.TempDir())}
	other.start(t)
	code := m.codeFor(t, asForm, phoneOf(1), mesiboApp)
	other.say(t, asForm, fields{"op", "login", "phone", phoneOf(1), "appid", mesiboApp}).fail(t, "RATELIMIT")
	var got atomic.Int32
	atOnce(40, func(i int) {
		values, err := []*messenger{m, other}[i%2].quickly(t, fields{"op", "login", "phone", phoneOf(1), "appid", mesiboApp, "code", code})
		if err != nil {
			t.Error(err)
		} else if values["result"] == "OK" {
			got.Add(1)
		}
	})
	if got.Load() != 1 || len(m.peer.calls("useradd")) != 1 {
		t.Errorf("SEC-93: %d tokens by %d calls", got.Load(), len(m.peer.calls("useradd")))
	}
	one, two := m.pass(t, 2, ""), other.pass(t, 2, "")
	if one.Token != two.Token {
		t.Error("two instances give two tokens")
	}
	m.say(t, asForm, fields{"op", "logout", "token", one.Token}).ok(t)
	other.say(t, asForm, fields{"op", "getcontacts", "token", two.Token}).fail(t, "AUTHFAIL")
}

// TestAPhoneThatIsHandedOnBringsNothingOfItsFormerUser is the reference's own complaint about a phone as the key of everything (A9).
func TestAPhoneThatIsHandedOnBringsNothingOfItsFormerUser(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 4)
				token := m.tokens(t, 1, 3)
				former := m.pass(t, 1, "").UID
				gid := m.group(t, token[0], phonesOf(3))
				m.sync(t, token[0], "phones", phonesOf(3))
				m.say(t, asForm, fields{"op", "profile", "token", token[0], "name", "Former", "status", "mine"}).ok(t)
				m.settled(t, token[0], "0", phoneOf(3), "group "+gid) // new users are looked for every 2 s
				m.db.Exec(t, "UPDATE people SET phone = '919700000123' WHERE id = 1", "INSERT INTO people (id, name, phone) VALUES (5, 'User 5', '+91 98700 00001')")
				code := m.codeFor(t, asForm, phoneOf(1), mesiboApp)
				now := m.say(t, asForm, fields{"op", "login", "phone", phoneOf(1), "appid", mesiboApp, "code", code}).ok(t)
				if now.text("name") != "User 5" || now.text("status") != "" || now.text("token") == token[0] {
					t.Errorf("%s", now.body)
				}
				m.say(t, asForm, fields{"op", "getgroup", "token", now.text("token"), "gid", gid}).fail(t, "NOTMEMBER")
				if list := m.sync(t, now.text("token"), "ts", "0").contacts(t); len(list) != 0 {
					t.Errorf("%+v", list)
				}
				if uid := m.pass(t, 5, "").UID; fmt.Sprint(uid) == fmt.Sprint(former) {
					t.Errorf("at Mesibo they are one user: %v", uid)
				}
				back := m.pass(t, 1, "")
				if u := m.me(t, back.Token); back.Address != "919700000123" || back.Token == token[0] || u["name"] != "Former" || u["phone"] != "919700000123" {
					t.Errorf("%+v %+v", back, u)
				}
				m.say(t, asForm, fields{"op", "getcontacts", "token", token[0]}).fail(t, "AUTHFAIL") // it is a pass to the former address
				sameMembers(t, m.membersOf(t, back.Token, gid), "1:919700000123,"+phoneOf(3))
				number, err := strconv.ParseInt(gid, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				eventually(t, "the group at Mesibo to have the new address, and not the old", runLimit, func() bool {
					_, members, _ := m.peer.Group(number)
					return slices.Equal(members, slices.Sorted(slices.Values([]string{"919700000123", phoneOf(3)})))
				})
			})
		})
	}
	both.Wait()
}

func TestSettingsOfMesiboThatAreRefused(t *testing.T) {
	t.Parallel()
	m := mesiboSettings(t, 1)
	for name, c := range map[string]struct {
		pairs []string
		named string // in what is said
	}{
		"no app token":                         {[]string{"MESIBO_APP_TOKEN", ""}, "CHATPASS_MESIBO_APP_TOKEN"},
		"no app ids":                           {[]string{"MESIBO_APP_IDS", ""}, "CHATPASS_MESIBO_APP_IDS"},
		"an address that is not https":         {[]string{"MESIBO_BASE_URL", "http://api.mesibo.example/"}, "CHATPASS_MESIBO_BASE_URL"},
		"codes in the log of a public program": {[]string{"MESIBO_OTP_DELIVERY", "log", "LISTEN", "0.0.0.0:0"}, "CHATPASS_MESIBO_OTP_DELIVERY"},
		"a delivery that is none":              {[]string{"MESIBO_OTP_DELIVERY", "pigeon"}, "CHATPASS_MESIBO_OTP_DELIVERY"},
		"a webhook without https":              {[]string{"MESIBO_OTP_DELIVERY", "webhook:http://sms.example/send"}, "CHATPASS_MESIBO_OTP_DELIVERY"},
		"a fixed code":                         {[]string{"MESIBO_OTP", "123456"}, "CHATPASS_MESIBO_OTP"},
		"a generation that is none":            {[]string{"MESIBO_LEGACY", "v3"}, "CHATPASS_MESIBO_LEGACY"},
		"a country that is none":               {[]string{"MESIBO_DEFAULT_COUNTRY", "IN"}, "CHATPASS_MESIBO_DEFAULT_COUNTRY"},
		"any origin":                           {[]string{"MESIBO_ORIGINS", "*"}, "CHATPASS_MESIBO_ORIGINS"},
		"a privacy that is none":               {[]string{"MESIBO_PRIVACY", "secret"}, "CHATPASS_MESIBO_PRIVACY"},
		"a sign-up that is none":               {[]string{"MESIBO_SIGNUP", "yes"}, "CHATPASS_MESIBO_SIGNUP"},
		"a phone column that is not there":     {[]string{"MESIBO_USERS_PHONE", "telephone"}, "CHATPASS_MESIBO_USERS_PHONE"},
		"a phone column that is a secret":      {[]string{"MESIBO_USERS_PHONE", "password_at"}, "CHATPASS_MESIBO_USERS_PHONE"},
		"a name that is nearly one":            {[]string{"MESIBO_APP_ID", "x"}, "CHATPASS_MESIBO_APP_IDS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, m.env.with(c.pairs...))
			if r.code != refused || !strings.Contains(r.stderr, c.named) || strings.Contains(r.stderr, mesiboToken) {
				t.Errorf("ended with %d: %s", r.code, r.stderr)
			}
		})
	}
}

func TestCommandsKnowMesiboAndShowNoPhone(t *testing.T) {
	t.Parallel()
	m := mesiboSettings(t, 3)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"check"}, 0, "mesibo"},
		{[]string{"grants"}, 0, "phone"},
		{[]string{"users", "1", "2"}, 0, `"User 1"`},
	} {
		r := run(t, m.env, c.args...)
		if r.code != c.code || !strings.Contains(r.stdout, c.says) {
			t.Errorf("%v ended with %d: %s%s", c.args, r.code, r.stdout, r.stderr)
		}
		for _, secret := range m.canaries() {
			if strings.Contains(r.stdout+r.stderr, secret) {
				t.Errorf("%v shows %q: %s%s", c.args, secret, r.stdout, r.stderr)
			}
		}
	}
	m.peer.all(mesiboRefuses("AUTHFAIL"))
	before := len(m.peer.calls())
	if r := run(t, m.env, "check"); r.code != 1 || !strings.Contains(r.stdout, "fail  mesibo") || len(m.peer.calls()) == before {
		t.Errorf("with a refused app token it ended with %d after %d calls: %s%s", r.code, len(m.peer.calls())-before, r.stdout, r.stderr)
	}
	if slices.ContainsFunc(m.peer.calls(), func(c mesiboCall) bool {
		return !strings.HasPrefix(c.target, "/backend/") || c.method != http.MethodPost
	}) {
		t.Errorf("%+v", m.peer.calls())
	}
}
