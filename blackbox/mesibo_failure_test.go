package blackbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/provider/providertest"
)

// failing is what the client of the private backend is answered while Mesibo fails.
func (m *messenger) failing(t testing.TB, id int) mesiboReply {
	t.Helper()
	got := m.byLink(t, id, mesiboApp)
	got.fail(t, "BADUSER")
	if got.text("token") != "" {
		t.Errorf("%s", got.body)
	}
	return got
}

func TestM22AFailureOfMesiboIsTheUsersFailureAlone(t *testing.T) {
	t.Parallel()
	elsewhere := newMesiboPeer()
	redirect := elsewhere.serve(t)
	for name, how := range map[string]http.HandlerFunc{
		"a refusal":           mesiboRefuses("ODDCODE7"),
		"no JSON":             mesiboSays("<html>" + providertest.Planted),
		"half an object":      mesiboSays(`{"op":"useradd","result":true,"user":{"uid":1,"tok`),
		"nothing":             mesiboSays(""),
		"no token":            mesiboSays(`{"op":"useradd","result":true,"user":{"uid":1,"address":"x"}}`),
		"a token of nothing":  mesiboSays(`{"op":"useradd","result":true,"user":{"uid":1,"address":"x","token":""}}`),
		"a success as a text": mesiboSays(`{"op":"useradd","result":"OK","error":"` + providertest.Planted + `"}`),
		"two MiB":             mesiboHuge,
		"status 401":          mesiboStatus(401),
		"status 403":          mesiboStatus(403),
		"status 429":          mesiboStatus(429, "Retry-After", "7"),
		"another address":     mesiboStatus(307, "Location", redirect+"/backend/"),
		"a broken connection": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := mesiboSite(t, 3)
			m.peer.all(how)
			m.failing(t, 1)
			if len(m.peer.calls("useradd")) == 0 {
				t.Error("Mesibo was not asked")
			}
			if name == "a refusal" {
				m.log.await(t, "the raw code", func(text string) bool { return strings.Contains(text, "ODDCODE7") })
			}
			a := m.do(t, http.MethodPost, "/chat/mesibo/token", member("2"), visitor)
			if a.status < 502 || a.status > 504 || strings.Contains(a.body, providertest.Planted) || strings.Contains(a.body, `"token"`) {
				t.Errorf("SEC-96: the modern route answers %d %s", a.status, a.body)
			}
			if name == "status 429" && (a.status != 503 || a.header.Get("Retry-After") == "") {
				t.Errorf("SEC-96: 429 is answered %d, Retry-After %q", a.status, a.header.Get("Retry-After"))
			}
			m.get(t, "/chat/identity", member("3")).expectStatus(t, http.StatusOK)
			m.get(t, "/readyz").expectStatus(t, http.StatusOK)
		})
	}
	t.Run("a certificate that nobody trusts", func(t *testing.T) {
		t.Parallel()
		m := mesiboSettings(t, 3)
		m.env = m.env.with("MESIBO_BASE_URL", m.peer.serveTLS(t)+"/backend/")
		m.start(t)
		m.failing(t, 1)
		if n := len(m.peer.calls()); n != 0 {
			t.Errorf("%d calls reached a server that nobody trusts", n)
		}
	})
	t.Run("the number of a user is a text", func(t *testing.T) {
		t.Parallel()
		m := mesiboSite(t, 3)
		m.peer.Change(func(p *providertest.Mesibo) { p.Texts = true })
		m.isPass(t, m.byLink(t, 1, mesiboApp).ok(t), 1)
		if p := m.pass(t, 2, ""); fmt.Sprint(p.UID) != "501" {
			t.Errorf("%+v", p)
		}
	})
	if n := len(elsewhere.calls()); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

// TestM22F33AMesiboThatHangsHurtsNobodyElse takes as long as Chatpass waits for Mesibo.
func TestM22F33AMesiboThatHangsHurtsNobodyElse(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 5)
	code := m.linkCode(t, 1)
	m.peer.all(m.peer.hang)
	patient := newClient(t, nil, "")
	patient.Timeout = 20 * time.Second
	done := make(chan answer, 2)
	for _, c := range []struct {
		path string
		with option
	}{
		{mesiboAPI, form(fields{"op", "login", "phone", phoneOf(1), "appid", mesiboApp, "code", code}.encode())},
		{"/chat/mesibo/token", member("2")},
	} {
		go func() {
			a, err := try(t.Context(), patient, http.MethodPost, m.public+c.path, c.with, visitor)
			if err != nil {
				a.body = err.Error()
			}
			done <- a
		}()
	}
	eventually(t, "Mesibo to be asked twice", runLimit, func() bool { return len(m.peer.calls("useradd")) >= 2 })
	for range 20 {
		if who := m.get(t, "/chat/identity", member("3")); who.status != http.StatusOK || who.took > 2*time.Second {
			t.Errorf("identity: %d after %s", who.status, who.took)
		}
	}
	m.get(t, "/readyz").expectStatus(t, http.StatusOK)
	m.say(t, asForm, fields{"op", "login", "phone", phoneOf(4), "appid", mesiboApp}).ok(t)
	for range 2 {
		a := <-done
		if a.took > 17*time.Second || !strings.Contains(a.body, `"error":"BADUSER"`) && (a.status < 502 || a.status > 504) {
			t.Errorf("M22: %d %s after %s", a.status, a.body, a.took)
		}
	}
}

func TestM23AShortFailureIsTriedAgainAndABreachNever(t *testing.T) {
	t.Parallel()
	t.Run("500 twice and then an answer", func(t *testing.T) {
		t.Parallel()
		m := mesiboSite(t, 3)
		m.peer.next(mesiboStatus(500), mesiboStatus(500))
		m.isPass(t, m.byLink(t, 1, mesiboApp).ok(t), 1)
		if n := len(m.peer.calls("useradd")); n != 3 {
			t.Errorf("%d calls", n)
		}
		m.peer.next(mesiboStatus(500), mesiboStatus(500), mesiboStatus(500))
		m.failing(t, 2)
		if n := len(m.peer.calls("useradd")); n != 6 {
			t.Errorf("%d calls", n)
		}
	})
	for _, code := range []string{"TOKENBREACH", "AUTHFAIL"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			m := mesiboSite(t, 5)
			held := m.pass(t, 4, "").Token
			m.peer.all(mesiboRefuses(code))
			m.failing(t, 1)
			n := len(m.peer.calls())
			m.failing(t, 2)
			if a := m.do(t, http.MethodPost, "/chat/mesibo/token", member("3"), visitor); a.status < 502 || a.status > 504 {
				t.Errorf("%d %s", a.status, a.body)
			}
			if more := len(m.peer.calls()) - n; more != 0 || n != 2 {
				t.Errorf("%d calls, then %d more", n, more)
			}
			eventually(t, "readyz to say degraded", 5*time.Second, func() bool { return m.ready(t, http.StatusOK) == "degraded" })
			m.log.await(t, code, func(text string) bool { return strings.Contains(text, code) })
			m.say(t, asForm, fields{"op", "getcontacts", "token", held}).ok(t) // what needs no Mesibo goes on
			if p := m.pass(t, 4, ""); p.Token != held {
				t.Error("a token that is held is not given")
			}
		})
	}
	t.Run("F34 the answer is lost", func(t *testing.T) {
		t.Parallel()
		m := mesiboSite(t, 3)
		m.peer.next(m.peer.lose)
		m.isPass(t, m.byLink(t, 1, mesiboApp).ok(t), 1)
		if calls := m.peer.of("useradd", phoneOf(1)); len(calls) != 2 {
			t.Errorf("%d calls", len(calls))
		}
	})
}

func TestTheSiteDatabaseIsAwayAndNobodyIsSignedIn(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	m := mesiboSettings(t, 3)
	db := server.Database(t)
	e := m.env
	db.Exec(t, "CREATE TABLE people (id int unsigned PRIMARY KEY, name varchar(100), banned tinyint NOT NULL DEFAULT 0, phone varchar(60))",
		"INSERT INTO people (id, name, phone) VALUES (1, 'User 1', '"+phoneOf(1)+"'), (2, 'User 2', '"+phoneOf(2)+"')")
	m.env = e.with("DATABASE_URL", db.URL(), "QUERY_TIMEOUT", "1s")
	m.start(t)
	token := m.pass(t, 1, "").Token
	code := m.codeFor(t, asForm, phoneOf(2), mesiboApp)
	server.Kill(t)
	for name, f := range map[string]fields{
		"contacts": {"op", "getcontacts", "token", token},
		"a log-in": {"op", "login", "phone", phoneOf(2), "appid", mesiboApp, "code", code},
		"a code":   {"op", "login", "phone", phoneOf(1), "appid", mesiboApp},
	} {
		a := m.do(t, http.MethodPost, mesiboAPI, form(f.encode()), visitor)
		if strings.Contains(a.body, `"result":"OK"`) && name != "a code" { // a code may be promised, as for a phone that is nobody's
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if name == "contacts" && strings.Contains(a.body, "AUTHFAIL") {
			t.Errorf("clients would forget their user: %s", a.body)
		}
	}
	if a := m.do(t, http.MethodPost, "/chat/mesibo/token", member("2"), visitor); a.status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", a.status, a.body)
	}
	server.Restart(t)
	eventually(t, "contacts after the return of the database", runLimit, func() bool {
		a := m.do(t, http.MethodPost, mesiboAPI, form(fields{"op", "getcontacts", "token", token}.encode()), visitor)
		return strings.Contains(a.body, `"result":"OK"`)
	})
}
