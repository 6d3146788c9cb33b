package blackbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/provider/providertest"
)

// byLink signs a user in with a code that the site shows; f are further fields.
func (m *messenger) byLink(t testing.TB, id int, app string, f ...string) mesiboReply {
	t.Helper()
	return m.say(t, asJSON, fields{"op", "login", "phone", phoneOf(id), "appid", app, "otp", m.linkCode(t, id)}.and(f...))
}

func TestM20ATokenIsUsedAgainByItsUserAppAndDeviceAlone(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 4)
				asked := func() int { return len(m.peer.calls("useradd")) }
				first := m.signIn(t, asJSON, 1, "device", "phone-1").text("token")
				for _, c := range []struct {
					name, app, device string
					more              int // calls
				}{
					{"the same again", mesiboApp, "phone-1", 0},
					{"another device", mesiboApp, "phone-2", 1},
					{"another app", mesiboOther, "phone-1", 1},
					{"a device that says nothing", mesiboApp, "", 1},
					{"the first once more", mesiboApp, "phone-1", 0},
				} {
					before := asked()
					var device []string
					if c.device != "" {
						device = []string{"device", c.device}
					}
					token := m.byLink(t, 1, c.app, device...).ok(t).text("token")
					if n := asked() - before; n != c.more || (token == first) != (c.more == 0) {
						t.Errorf("SEC-98: %s: %d calls, the first token: %t", c.name, n, token == first)
					}
				}
				before := asked()
				if token := m.byLink(t, 2, mesiboApp, "device", "phone-1").ok(t).text("token"); token == first || asked() != before+1 {
					t.Errorf("SEC-98: another user got the token of the first, or none was asked for")
				}
				one, two := m.pass(t, 3, `{"appid":"`+mesiboOther+`","device":"web"}`), m.pass(t, 3, `{"appid":"`+mesiboOther+`","device":"web"}`)
				if one.Token != two.Token || one.AppID != mesiboOther || one.Address != phoneOf(3) || len(m.peer.of("useradd", phoneOf(3))) != 1 {
					t.Errorf("%+v, then %+v", one, two)
				}
				if ends := time.UnixMilli(one.ExpiresAt); ends.Before(time.Now().Add(29*24*time.Hour)) || ends.After(time.Now().Add(31*24*time.Hour)) {
					t.Errorf("the token ends %s", ends)
				}
			})
		})
	}
	both.Wait()
}

func TestM21WhatMesiboIsTold(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 3)
	m.signIn(t, asForm, 1)
	m.pass(t, 2, "")
	m.pass(t, 3, `{"appid":"`+mesiboOther+`"}`)
	for i, want := range []struct{ app, minutes string }{{mesiboApp, "525600"}, {mesiboApp, "43200"}, {mesiboOther, "43200"}} {
		calls := m.peer.of("useradd", phoneOf(i+1))
		if len(calls) != 1 {
			t.Fatalf("user %d: %+v", i+1, calls)
		}
		c := calls[0]
		if c.method != http.MethodPost || c.target != "/backend/" || c.body["token"] != mesiboToken || !strings.HasPrefix(c.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s %s %v", c.method, c.target, c.header)
		}
		if c.value("user", "token", "appid") != want.app || c.value("user", "token", "expiry") != json.Number(want.minutes) {
			t.Errorf("user %d: %+v, want %+v", i+1, c.body, want)
		}
		for name, values := range c.header {
			if strings.Contains(strings.Join(values, ""), mesiboToken) || name == "Cookie" {
				t.Errorf("header %s: %q", name, values)
			}
		}
	}
	t.Run("MESIBO_TOKEN_TTL", func(t *testing.T) {
		t.Parallel()
		m := mesiboSite(t, 2, "MESIBO_TOKEN_TTL", "90m")
		m.pass(t, 1, "")
		m.signIn(t, asJSON, 2)
		for _, c := range m.peer.calls("useradd") {
			if c.value("user", "token", "expiry") != json.Number("90") {
				t.Errorf("%+v", c.body)
			}
		}
	})
	t.Run("an opaque address", func(t *testing.T) {
		t.Parallel()
		m := mesiboSite(t, 2, "MESIBO_ADDRESS", "opaque", "MESIBO_LEGACY", "v2")
		one, two := m.pass(t, 1, ""), m.pass(t, 2, "")
		if len(one.Address) != 26 || one.Address == two.Address || strings.Contains(one.Address, "9870") {
			t.Errorf("%q and %q", one.Address, two.Address)
		}
	})
}

func TestTheModernRouteIsForMembersOfTheSiteAlone(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 4)
	m.db.Exec(t, "UPDATE people SET banned = 1 WHERE id = 4")
	const route = "/chat/mesibo/token"
	for name, c := range map[string]struct {
		method string
		status []int
		as     []option
	}{
		"nobody":               {http.MethodPost, []int{401}, []option{asLoader}},
		"nobody at all":        {http.MethodPost, []int{401}, nil},
		"a page of another":    {http.MethodPost, []int{403}, []option{member("1"), header("Origin", "https://evil.example")}},
		"a user who is banned": {http.MethodPost, []int{401, 403}, []option{member("4")}}, // M25; 401 is what a header names that the site does not know
		"a browser that looks": {http.MethodGet, []int{405}, []option{member("1")}},
		"an app that is none":  {http.MethodPost, []int{403}, []option{member("1"), body("application/json", `{"appid":"com.evil.app"}`)}},
		"a long body":          {http.MethodPost, []int{413}, []option{member("1"), body("application/json", strings.Repeat(" ", 1<<20))}},
		"a body of nonsense":   {http.MethodPost, []int{400}, []option{member("1"), body("application/json", `{`)}},
		"a site key and a ban": {http.MethodPost, []int{401, 403, 404}, []option{theSite, header("X-Chatpass-User", "4")}},
	} {
		got := m.do(t, c.method, route, append(c.as, visitor)...)
		if !slices.Contains(c.status, got.status) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if allowed := got.header.Get("Access-Control-Allow-Origin"); allowed != "" {
			t.Errorf("%s: Access-Control-Allow-Origin %q", name, allowed)
		}
	}
	if len(m.peer.calls()) > 0 {
		t.Errorf("the provider was asked: %+v", m.peer.calls())
	}
	p := m.pass(t, 1, "")
	if p.AppID != mesiboApp || p.Address != phoneOf(1) || fmt.Sprint(p.UID) != "500" || p.ExpiresAt < 1e12 {
		t.Errorf("%+v", p)
	}
	if a := m.do(t, http.MethodDelete, route, member("1"), visitor); a.status != http.StatusNoContent {
		t.Errorf("DELETE: %d %s", a.status, a.body)
	}
	m.say(t, asForm, fields{"op", "getcontacts", "token", p.Token}).fail(t, "AUTHFAIL")
	eventually(t, "Mesibo to be told", runLimit, func() bool { return m.peer.revoked(phoneOf(1)) == 1 })
	if again := m.pass(t, 1, ""); again.Token == p.Token {
		t.Error("a revoked token is given again")
	}
	who := m.get(t, "/chat/identity", member("2"))
	if !strings.Contains(who.body, `"mesibo":{`) || !strings.Contains(who.body, "/chat/mesibo/token") || strings.Contains(who.body, "fake-mesibo-token-") {
		t.Errorf("identity: %s", who.body)
	}
	if metrics := ask(t, client, http.MethodGet, m.admin+"/metrics").body; !strings.Contains(metrics, `chatpass_tokens_minted_total{provider="mesibo"}`) || !strings.Contains(metrics, `provider="mesibo"} `) {
		t.Error("the calls or the tokens are not counted")
	}
}

func TestM24ALogOutEndsOneDevice(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 3)
				m.peer.Change(func(p *providertest.Mesibo) { p.Several = true })
				one, two := m.byLink(t, 1, mesiboApp, "device", "d1").ok(t).text("token"), m.byLink(t, 1, mesiboApp, "device", "d2").ok(t).text("token")
				m.say(t, asForm, fields{"op", "setnotify", "token", one, "notifytoken", "push-token", "dt", "1"}).ok(t)
				m.say(t, asForm, fields{"op", "logout", "token", one}).golden(t, `{"op":"logout","ts":T,"result":"OK"}`)
				m.say(t, asForm, fields{"op", "getcontacts", "token", one}).fail(t, "AUTHFAIL")
				m.say(t, asForm, fields{"op", "getcontacts", "token", two}).ok(t)
				m.say(t, asForm, fields{"op", "logout", "token", one}).golden(t, `{"op":"logout","result":"OK"}`)
				m.peer.next(mesiboStatus(500), mesiboStatus(500), mesiboStatus(500)) // the job is tried again
				m.say(t, asJSON, fields{"op", "logout", "token", two}).ok(t)
				eventually(t, "Mesibo to be told of the last of the devices", runLimit, func() bool { return m.peer.revoked(phoneOf(1)) >= 4 })
				eventually(t, "Mesibo to end both tokens", runLimit, func() bool { return !m.peer.is(one, 1, mesiboApp) && !m.peer.is(two, 1, mesiboApp) })
				if again := m.byLink(t, 1, mesiboApp, "device", "d1").ok(t).text("token"); again == one {
					t.Error("a revoked token is given again")
				}
			})
		})
	}
	both.Wait()
}

func TestM25AUserWhoIsBannedIsShutOut(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 6)
				token := m.pass(t, 1, "").Token
				ways, codes := []way{asForm, asJSON}, make([]string, 2)
				for i, w := range ways {
					codes[i] = m.codeFor(t, w, phoneOf(i+2), mesiboApp)
				}
				link := m.linkCode(t, 4)
				m.db.Exec(t, "UPDATE people SET banned = 1 WHERE id <= 4")
				m.say(t, asForm, fields{"op", "getcontacts", "token", token}).fail(t, "AUTHFAIL")
				for i, w := range ways {
					m.say(t, w, fields{"op", "login", "phone", phoneOf(i + 2), "appid", mesiboApp, w.code, codes[i]}).fail(t, "BADUSER")
				}
				m.say(t, asJSON, fields{"op", "login", "phone", phoneOf(4), "appid", mesiboApp, "otp", link}).fail(t, "BADUSER")
				if n := len(m.peer.calls("useradd")); n != 1 {
					t.Errorf("%d calls of useradd", n)
				}
				if a := m.do(t, http.MethodPost, "/chat/mesibo/token", member("1"), visitor); a.status != http.StatusForbidden && a.status != http.StatusUnauthorized {
					t.Errorf("%d %s", a.status, a.body)
				}
				eventually(t, "Mesibo to shut the user out", 5*time.Second, func() bool { // SEC-98
					_, active, _ := m.peer.User(phoneOf(1))
					return !active && !m.peer.is(token, 1, mesiboApp)
				})
				m.db.Exec(t, "UPDATE people SET banned = 0 WHERE id = 1")
				m.say(t, asForm, fields{"op", "getcontacts", "token", token}).fail(t, "AUTHFAIL") // revoked is revoked
				if again := m.pass(t, 1, ""); again.Token == token || !m.peer.is(again.Token, 1, mesiboApp) {
					t.Error("a revoked token is given again, or one that does not count")
				}
			})
		})
	}
	both.Wait()
}
