package blackbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestM15ACodeShownOnTheSiteSignsIn(t *testing.T) {
	t.Parallel()
	for _, delivery := range []string{"linkcode", "webhook"} {
		t.Run("codes by "+delivery, func(t *testing.T) {
			t.Parallel()
			var pairs []string
			if delivery == "linkcode" {
				pairs = []string{"MESIBO_OTP_DELIVERY", "linkcode"}
			}
			for _, s := range mesiboStores {
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					m, _ := s.settings(t, 6, pairs...)
					m.db.Exec(t, "UPDATE people SET phone = NULL WHERE id = 3", "UPDATE people SET phone = '+919870000004' WHERE id IN (4, 5)")
					m.start(t)
					signInByLinkCode(t, m)
				})
			}
		})
	}
}

// signInByLinkCode is M15.
func signInByLinkCode(t *testing.T, m *messenger) {
	t.Helper()
	const route = "/chat/mesibo/link-code"
	m.do(t, http.MethodPost, route).expectStatus(t, http.StatusUnauthorized)
	m.do(t, http.MethodPost, route, asLoader).expectStatus(t, http.StatusUnauthorized)
	m.do(t, http.MethodPost, route, member("1"), header("Origin", "https://evil.example")).expectStatus(t, http.StatusForbidden)
	m.get(t, route, member("1")).expectStatus(t, http.StatusMethodNotAllowed)
	before := time.Now()
	a := m.do(t, http.MethodPost, route, member("1"))
	var shown struct {
		Code      string `json:"code"`
		ExpiresAt int64  `json:"expires_at"`
		Phone     string `json:"phone"`
	}
	if err := json.Unmarshal([]byte(a.body), &shown); err != nil || a.status != http.StatusOK || len(shown.Code) < 6 || strings.Trim(shown.Code, "0123456789") != "" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	m.sms.remember(shown.Code)
	if ends := time.UnixMilli(shown.ExpiresAt); ends.Before(before.Add(time.Minute)) || ends.After(time.Now().Add(6*time.Minute)) {
		t.Errorf("the code ends %s", ends)
	}
	if strings.Contains(a.body, phoneOf(1)) || !strings.Contains(a.header.Get("Cache-Control"), "no-store") {
		t.Errorf("%v %s", a.header, a.body)
	}
	for name, f := range map[string]fields{
		"another's number": {"op", "login", "phone", phoneOf(2), "appid", mesiboApp, "otp", shown.Code},
		"nobody's number":  {"op", "login", "phone", "919700000002", "appid", mesiboApp, "otp", shown.Code},
	} {
		if r := m.say(t, asJSON, f); r.text("result") != "FAIL" {
			t.Errorf("%s: %s", name, r.body)
		}
	}
	m.say(t, asJSON, fields{"op", "login", "phone", phoneOf(1), "appid", mesiboApp}).ok(t) // as stock clients do before they ask for a code
	m.isPass(t, m.say(t, asJSON, fields{"op", "login", "phone", "+" + phoneOf(1), "appid", mesiboApp, "otp", shown.Code}).ok(t), 1)
	if r := m.say(t, asJSON, fields{"op", "login", "phone", phoneOf(1), "appid", mesiboApp, "otp", shown.Code}); r.text("result") != "FAIL" {
		t.Errorf("M15: a used code counts again: %s", r.body)
	}
	t.Run("for one without a phone, or whose phone is another's too", func(t *testing.T) {
		for _, id := range []string{"3", "4", "5"} {
			got := m.do(t, http.MethodPost, route, member(id))
			if got.status < 400 || got.status >= 500 || got.status == http.StatusUnauthorized || strings.Contains(got.body, `"code":"0`) {
				t.Errorf("%s: %d %s", id, got.status, got.body)
			}
		}
	})
	t.Run("first generation", func(t *testing.T) {
		code := m.linkCode(t, 2)
		m.isPass(t, m.say(t, asQuery, fields{"op", "login", "phone", phoneOf(2), "appid", mesiboOther, "code", code}).ok(t), 2)
	})
}

func TestAPhoneOfTwoUsersSignsNobodyIn(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 6)
	code := m.codeFor(t, asForm, phoneOf(2), mesiboApp)
	m.db.Exec(t, "UPDATE people SET phone = '+91 98700 00002' WHERE id = 3") // after the code was sent
	if r := m.say(t, asForm, fields{"op", "login", "phone", phoneOf(2), "appid", mesiboApp, "code", code}); r.text("result") == "OK" && r.text("name") != "User 2" {
		t.Errorf("signed in as somebody else: %s", r.body)
	}
	code = m.codeFor(t, asForm, phoneOf(4), mesiboApp)
	m.db.Exec(t, "UPDATE people SET phone = '919700000000' WHERE id = 4", "UPDATE people SET phone = '"+phoneOf(4)+"' WHERE id = 5")
	if r := m.say(t, asForm, fields{"op", "login", "phone", phoneOf(4), "appid", mesiboApp, "code", code}); r.text("result") != "FAIL" {
		t.Errorf("a code that was sent for user 4 signed in when the phone was user 5's: %s", r.body)
	}
}

func TestSignUpIsOpenOnlyWhereItIsSaid(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 3, "MESIBO_SIGNUP", "open")
	code := m.codeFor(t, asJSON, "919700000007", mesiboApp)
	got := m.say(t, asJSON, fields{"op", "login", "phone", "919700000007", "appid", mesiboApp, "otp", code, "name", "Newcomer"}).ok(t)
	if got.text("name") != "Newcomer" || got.text("phone") != "919700000007" || len(m.peer.of("useradd", "919700000007")) != 1 {
		t.Errorf("%s", got.body)
	}
	m.say(t, asJSON, fields{"op", "getcontacts", "token", got.text("token")}).ok(t)
	m.db.Exec(t, "UPDATE people SET banned = 1 WHERE id = 3")
	before := m.sms.count(phoneOf(3))
	m.say(t, asJSON, fields{"op", "login", "phone", phoneOf(2), "appid", mesiboApp}).ok(t)
	m.sms.await(t, phoneOf(2), 0)
	if m.sms.count(phoneOf(3)) != before {
		t.Error("a code was sent to a banned user")
	}
}

func TestMesiboMakesTheCodeWhereItIsSaid(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 4, "MESIBO_OTP", "mesibo")
	m.say(t, asJSON, fields{"op", "login", "phone", phoneOf(1), "appid", mesiboApp}).ok(t)
	code := m.sms.await(t, phoneOf(1), 0)
	calls := m.peer.calls("otp")
	if len(calls) != 1 || calls[0].value("otp", "address") != phoneOf(1) || m.peer.OTP(phoneOf(1)) != code {
		t.Fatalf("%+v", calls)
	}
	if tries, expiry := calls[0].value("otp", "tries"), calls[0].value("otp", "expiry"); tries != json.Number("5") || expiry != json.Number("300") {
		t.Errorf("tries %v, expiry %v", tries, expiry)
	}
	got := m.say(t, asJSON, fields{"op", "login", "phone", phoneOf(1), "appid", mesiboApp, "otp", code}).ok(t)
	m.isPass(t, got, 1)
	if add := m.peer.of("useradd", phoneOf(1)); len(add) != 1 || add[0].value("user", "otp") != code {
		t.Errorf("useradd: %+v", add)
	}
	m.peer.next(mesiboRefuses("QUOTA"))
	refusal := m.say(t, asJSON, fields{"op", "login", "phone", phoneOf(2), "appid", mesiboApp})
	if refusal.text("result") != "OK" { // it is uniform for phones that are nobody's, or tells BADAPP as the reference does
		refusal.fail(t, "BADAPP")
		if refusal.text("title") != "" || refusal.text("message") != "" {
			t.Errorf("%s", refusal.body)
		}
	}
	m.peer.next(mesiboRefuses("BADOTP"))
	m.say(t, asJSON, fields{"op", "login", "phone", phoneOf(1), "appid", mesiboApp, "otp", "000000"}).fail(t, "BADUSER")
	if add := m.peer.of("useradd", "919700000001"); len(add) != 0 {
		t.Errorf("%+v", add)
	}
}
