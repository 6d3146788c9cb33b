package blackbox_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestSeedOfTheFirstGeneration asks every address that the published tutorial of the first generation prints; see A4 for what is answered otherwise.
func TestSeedOfTheFirstGeneration(t *testing.T) {
	t.Parallel()
	m := mesiboSettings(t, 3)
	m.db.Exec(t, "UPDATE people SET phone = '919870000009' WHERE id = 1")
	m.start(t)
	get := func(address string) mesiboReply {
		r := mesiboReply{answer: m.get(t, strings.ReplaceAll(address, "91xxxxxxxxxx", "919870000009"), visitor)}
		r.expectStatus(t, http.StatusOK)
		r.read(t, nil)
		return r
	}
	get("/api.php").golden(t, noop)
	get("/api.php?op=login&aktoken=test&appid=com.mesibo.mesiboapplication").golden(t, `{"op":"login","ts":T,"error":"BADAKTOKEN","result":"FAIL"}`)
	if got := get("/messenger/api.php?op=login&phone=USER_PHONE_TO_SEND_OTP&name=USER_NAME&appid=APPLICATION_ID"); got.text("result") != "FAIL" { // what a reader has to fill in
		t.Errorf("%s", got.body)
	}
	get("/messenger/api.php?op=login&phone=91xxxxxxxxxx&name=myusername&appid=com.messenger.appid").golden(t, `{"op":"login","ts":T,"result":"OK"}`)
	code := m.sms.await(t, "919870000009", 0)
	const second = "/messenger/api.php?op=login&phone=91xxxxxxxxxx&name=myusername&appid=com.mesibo.messenger&code="
	get(second+code).fail(t, "BADCODE") // SEC-90: the tutorial's second line names another app than its first
	pass := get(strings.Replace(second, mesiboOther, mesiboApp, 1) + code).ok(t)
	for _, key := range []string{"cc", "downloadurl", "fileurl", "invite", "name", "op", "phone", "photo", "result", "share", "status", "token", "ts", "uploadurl", "urls"} {
		if !slices.Contains(pass.keys, key) {
			t.Errorf("no %s in %s", key, pass.body)
		}
	}
	if pass.text("phone") != "919870000009" || pass.text("cc") != "91" {
		t.Errorf("%s", pass.body)
	}
	for _, ask := range []string{"&ts=0&phones=[]", "&ts=LAST_SYNC_TIME&phones=LIST_OF_PHONE_NUMBERS", "&ts=0&phones=%5B%5D"} {
		got := get("/messenger/api.php?op=getcontacts&token=" + pass.text("token") + ask).ok(t)
		for _, key := range []string{"contacts", "downloadurl", "fileurl", "invite", "op", "result", "share", "ts", "u", "uploadurl", "urls"} {
			if !slices.Contains(got.keys, key) {
				t.Errorf("%s: no %s in %s", ask, key, got.body)
			}
		}
		if len(got.contacts(t)) != 0 {
			t.Errorf("%s: %s", ask, got.body)
		}
	}
	get("/messenger/api.php?op=getcontacts&token=bfab7bxxxxxxxxxxxxxxxxxxxxxxxxxx&ts=0&phones=[]").golden(t, `{"op":"getcontacts","error":"AUTHFAIL","result":"FAIL"}`)
}

// TestSeedOfTheSecondGeneration sends every request that the published tutorial of the second generation prints. Its result is true, which no client
// of it understands; ours is "OK" (decision 1 of the reference).
func TestSeedOfTheSecondGeneration(t *testing.T) {
	t.Parallel()
	m := mesiboSettings(t, 3)
	m.db.Exec(t, "UPDATE people SET phone = '18005551234' WHERE id = 1")
	m.start(t)
	const asPrinted = `{op: "login", phone: "18005551234", appid: "com.messenger.appid"}`
	for _, path := range []string{"/messenger/", mesiboAPI, "/api.php"} {
		r := mesiboReply{answer: m.do(t, http.MethodPost, path, body("application/json", asPrinted), visitor)}
		r.expectStatus(t, http.StatusOK)
		r.read(t, nil)
		r.fail(t, "BADJSON") // no JSON: the tutorial left the quotes out
	}
	quoted := func(text string) string {
		for _, key := range []string{"op", "phone", "appid", "otp"} {
			text = strings.Replace(text, key+": ", strconv.Quote(key)+": ", 1)
		}
		if !json.Valid([]byte(text)) {
			t.Fatal(text)
		}
		return text
	}
	m.sayRaw(t, quoted(asPrinted)).golden(t, `{"op":"login","ts":T,"result":"OK"}`)
	code := m.sms.await(t, "18005551234", 0)
	wrong := `{op: "login", phone: "18005551234", appid: "com.messenger.appid", otp: "123456"}`
	if code != "123456" {
		m.sayRaw(t, quoted(wrong)).fail(t, "BADUSER")
	}
	pass := m.sayRaw(t, quoted(strings.Replace(wrong, "123456", code, 1))).ok(t)
	if pass.text("op") != "login" || len(pass.text("token")) <= 16 || pass.text("phone") != "18005551234" {
		t.Errorf("%s", pass.body)
	}
}

// TestA2StockClientsSignInAndSynchronise asks as each of the stock clients does: which fields, in which body, in which order.
func TestA2StockClientsSignInAndSynchronise(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 12)
				m.tokens(t, 10, 11)
				for i, c := range []struct {
					name      string
					in, sync  way
					first     []string // fields of each log-in question
					second    []string // of the one with a code
					always    []string // of every question
					contacts  bool     // it asks for contacts
					phonePlus bool     // it writes a plus before phones
				}{
					{"Android of 2019", asMultipart, asMultipart, nil, nil, []string{"dt", "1"}, true, false},
					{"Android in Kotlin of 2020", asForm, asForm, []string{"name", ""}, nil, []string{"dt", "1"}, true, true},
					{"Android of 2024", asJSON, asJSON, nil, []string{"device", "5f0c2b1e-6d37-4bd5-9d0e-6f6a0d3c7b10"}, []string{"dt", "1"}, false, false},
					{"iOS, first generation", asForm, asForm, nil, nil, []string{"dt", "2"}, true, true},
					{"iOS, second generation", asJSON, asJSON, nil, []string{"device", "B1F7E0A2-1111-2222-3333-444455556666"}, []string{"dt", "2"}, false, true},
					{"web, first generation", asForm, asQuery, nil, nil, nil, true, false},
					{"web, second generation", asJSON, asJSON, nil, nil, nil, false, true},
				} {
					t.Run(c.name, func(t *testing.T) {
						id := i + 1
						phone := phoneOf(id)
						if c.phonePlus {
							phone = "+" + phone
						}
						login := fields{"op", "login", "phone", phone, "appid", mesiboApp}.and(c.first...).and(c.always...)
						m.say(t, c.in, login).ok(t).golden(t, `{"op":"login","ts":T,"result":"OK"}`)
						pass := m.say(t, c.in, login.and(c.in.code, m.sms.await(t, phoneOf(id), 0)).and(c.second...)).ok(t)
						m.isPass(t, pass, id)
						for _, alert := range []string{"message", "errmsg", "errtitle"} {
							if _, there := pass.values[alert]; there {
								t.Errorf("A2: %s would pop up in %s", alert, pass.body)
							}
						}
						token := pass.text("token")
						ask := func(f ...string) mesiboReply {
							return m.say(t, c.sync, fields{"op", "getcontacts", "token", token}.and(f...).and(c.always...)).ok(t)
						}
						if c.contacts {
							ask("reset", "1", "ts", "0").contacts(t)
							list := ask("ts", "0", "phones", "null"+phoneOf(10)[2:]+","+phoneOf(11)+",+"+phoneOf(12)).contacts(t)
							if !slices.Equal(phones(list), []string{phoneOf(10), phoneOf(11)}) {
								t.Errorf("A2: %+v", list)
							}
							ask("ts", newest(t, list)).contacts(t)
							m.say(t, c.sync, fields{"op", "setnotify", "token", token, "notifytoken", "push", "fcmid", "7", "prod", "1", "dt", "1"}).ok(t)
						}
						m.say(t, c.sync, fields{"op", "logout", "token", token}.and(c.always...)).ok(t)
						m.say(t, c.sync, fields{"op", "logout", "token", token}.and(c.always...)).ok(t)
					})
				}
			})
		})
	}
	both.Wait()
}
