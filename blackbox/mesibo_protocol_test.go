package blackbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const noop = `{"code":"NOOP","result":"FAIL"}`

func TestM01NothingAskedIsToldSo(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 3)
	for _, path := range []string{mesiboAPI, "/messenger/", "/api.php"} {
		for name, c := range map[string]struct {
			method string
			with   []option
		}{
			"a browser that looks":    {http.MethodGet, nil},
			"a form of nothing":       {http.MethodPost, []option{form("")}},
			"a post of nothing":       {http.MethodPost, nil},
			"an empty object":         {http.MethodPost, []option{body("application/json", "{}")}},
			"an object in a form":     {http.MethodPost, []option{form(" \n {} ")}},
			"an op of nothing":        {http.MethodPost, []option{body("application/json", `{"op":""}`)}},
			"an op that is null":      {http.MethodPost, []option{body("application/json", `{"op":null}`)}},
			"a multipart of nothing":  {http.MethodPost, []option{multipartBody(t, fields{"x", "y"}, nil)}},
			"a browser and others":    {http.MethodGet, []option{header("Origin", "https://elsewhere.example")}},
			"a proxy that adds a key": {http.MethodGet, []option{header("Cookie", "session="+session)}},
		} {
			a := m.do(t, c.method, path, c.with...)
			if strings.TrimSuffix(a.body, "\n") != noop || a.status != http.StatusOK || a.header.Get("Location") != "" || a.header.Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("%s at %s: %d %v %s", name, path, a.status, a.header, a.body)
			}
		}
	}
}

// TestA5GoldenAnswers are the answers of the reference's tables that need no code of a log-in, byte for byte.
func TestA5GoldenAnswers(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 3)
	token := m.tokens(t, 1)[0]
	for name, c := range map[string]struct {
		ask  fields
		ways []way
		want string
	}{
		"M02 Account Kit is gone":              {fields{"op", "login", "aktoken", "test", "appid", "x"}, allWays, `{"op":"login","ts":T,"error":"BADAKTOKEN","result":"FAIL"}`},
		"M02 of an app that is known":          {fields{"op", "login", "aktoken", "test", "akct", "1", "akaid", "2", "appid", mesiboApp}, allWays, `{"op":"login","ts":T,"error":"BADAKTOKEN","result":"FAIL"}`},
		"M03 no app":                           {fields{"op", "login"}, allWays, `{"op":"login","ts":T,"error":"MISSINGAPPID","result":"FAIL"}`},
		"M03 no app and a bad phone":           {fields{"op", "login", "phone", "12", "appid", ""}, allWays, `{"op":"login","ts":T,"error":"MISSINGAPPID","result":"FAIL"}`},
		"M11 no app, in capitals":              {fields{"op", "LOGIN"}, allWays, `{"op":"login","ts":T,"error":"MISSINGAPPID","result":"FAIL"}`},
		"a log-in's look":                      {fields{"op", "loginui", "d", "1", "v", "2"}, allWays, `{"op":"loginui","ts":T,"ui":"0","result":"OK"}`},
		"M09 a code nobody was sent":           {fields{"op", "login", "phone", phoneOf(2), "appid", mesiboApp, "code", "123456"}, []way{asQuery}, `{"op":"login","ts":T,"error":"BADCODE","errmsg":"Invalid OTP","result":"FAIL"}`},
		"M30 contacts without a token":         {fields{"op", "getcontacts"}, allWays, `{"op":"getcontacts","error":"AUTHFAIL","result":"FAIL"}`},
		"M30 contacts with a short token":      {fields{"op", "getcontacts", "token", token[:16]}, allWays, `{"op":"getcontacts","error":"AUTHFAIL","result":"FAIL"}`},
		"M30 contacts with another's token":    {fields{"op", "getcontacts", "token", token + "0"}, allWays, `{"op":"getcontacts","error":"AUTHFAIL","result":"FAIL"}`},
		"M30 contacts with a token in a quote": {fields{"op", "getcontacts", "token", "' or '1'='1' -- " + token}, allWays, `{"op":"getcontacts","error":"AUTHFAIL","result":"FAIL"}`},
		"M24 log-out with no token":            {fields{"op", "logout"}, allWays, `{"op":"logout","result":"OK"}`},
		"M24 log-out with an unknown token":    {fields{"op", "logout", "token", "bfab7bxxxxxxxxxxxxxxxxxxxxxxxxxx"}, allWays, `{"op":"logout","result":"OK"}`},
		"M11 an unknown op":                    {fields{"op", "nosuch", "token", token}, allWays, `{"op":"nosuch","error":"BADOP","result":"FAIL"}`},
		"M11 an unknown op of a stranger":      {fields{"op", "nosuch"}, allWays, `{"op":"nosuch","error":"AUTHFAIL","result":"FAIL"}`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, w := range c.ways {
				if got := m.say(t, w, c.ask).masked(); got != c.want {
					t.Errorf("as %s:\n%s, want\n%s", w.name, got, c.want)
				}
			}
		})
	}
	for name, c := range map[string]struct {
		ask    fields
		before string
		after  string
	}{
		"M04 a phone too short":       {fields{"op", "login", "phone", "12345678", "appid", mesiboApp}, `{"op":"login","ts":T,"error":"BADPHONE","errmsg":"`, `","result":"FAIL"}`},
		"an app that is not on ours":  {fields{"op", "login", "phone", phoneOf(2), "appid", "com.evil.app"}, `{"op":"login","ts":T,"error":"BADAPPID","errmsg":"`, `","result":"FAIL"}`},
		"M09 a wrong code, as JSON":   {fields{"op", "login", "phone", phoneOf(3), "appid", mesiboApp, "otp", "123456"}, `{"op":"login","ts":T,"error":"BADUSER","errmsg":"`, `","result":"FAIL"}`},
		"contacts of one with nobody": {fields{"op", "getcontacts", "token", token}, `{"op":"getcontacts","ts":T,"contacts":[],`, `"result":"OK"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got := m.say(t, asJSON, c.ask).masked()
			if !strings.HasPrefix(got, c.before) || !strings.HasSuffix(got, c.after) || len(got) == len(c.before)+len(c.after) {
				t.Errorf("%s, want\n%s…%s", got, c.before, c.after)
			}
		})
	}
	if n := m.sms.all(); n != 0 {
		t.Errorf("%d codes were sent", n)
	}
}

func TestM04APhoneThatIsNoneIsRefusedAndNobodyIsAsked(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 3)
	for _, phone := range []string{"12345678", "abcdefghij", "", " ", "+", "0", "00", "++919870000001", "1234567890123456", "0012", "91987o000001", "91 98700;00001", "919870000001,919870000002", "null", "nullnull", "９１", "98'0000'0001"} {
		for _, w := range allWays {
			m.say(t, w, fields{"op", "login", "phone", phone, "appid", mesiboApp}).fail(t, "BADPHONE")
			m.say(t, w, fields{"op", "login", "phone", phone, "appid", mesiboApp, w.code, "123456"}).fail(t, "BADPHONE")
		}
	}
	m.say(t, asForm, fields{"op", "login", "appid", mesiboApp}).fail(t, "BADPHONE")
	for _, raw := range []string{`[]`, `true`, `""`, `12345678`, `9.19e11`, `0`} {
		m.sayRaw(t, `{"op":"login","appid":"`+mesiboApp+`","phone":`+raw+`}`).fail(t, "BADPHONE")
	}
	if m.sms.all() != 0 || len(m.peer.calls()) != 0 {
		t.Errorf("%d messages, %d calls", m.sms.all(), len(m.peer.calls()))
	}
}

// sayRaw sends JSON as it is.
func (m *messenger) sayRaw(t testing.TB, text string) mesiboReply {
	t.Helper()
	r := mesiboReply{answer: m.do(t, http.MethodPost, mesiboAPI, body("application/json", text), visitor)}
	if r.status != http.StatusOK {
		t.Fatalf("%.80s: answered %d %.300s", text, r.status, r.body)
	}
	r.read(t, nil)
	return r
}

func TestM05SpellingsOfAPhoneAreOnePhone(t *testing.T) {
	t.Parallel()
	spell := []string{
		"+91 98700 %s", "0091-98700.%s", "9198700%s", "±9198700%s", "098700%s", "+91 (98700) %s", "９１９８７００%s", "٩١٩٨٧٠٠%s", "+91\u00a098700\u200b%s", " 9198700%s ", "0 98700/%s",
	}
	m := mesiboSite(t, len(spell)+1)
	for i, format := range spell {
		id := i + 1
		written := fmt.Sprintf(format, fmt.Sprintf("%05d", id))
		t.Run(written, func(t *testing.T) {
			t.Parallel()
			m.say(t, asForm, fields{"op", "login", "phone", written, "appid", mesiboApp}).ok(t)
			code := m.sms.await(t, phoneOf(id), 0)
			got := m.say(t, asForm, fields{"op", "login", "phone", phoneOf(id), "appid", mesiboApp, "code", code}).ok(t)
			if got.text("phone") != phoneOf(id) || len(m.peer.of("useradd", phoneOf(id))) != 1 {
				t.Errorf("phone %q, calls %+v", got.text("phone"), m.peer.calls())
			}
		})
	}
	t.Run("a number of JSON", func(t *testing.T) {
		t.Parallel()
		id := len(spell) + 1
		m.sayRaw(t, `{"op":"login","appid":"`+mesiboApp+`","phone":`+phoneOf(id)+`}`).ok(t)
		code := m.sms.await(t, phoneOf(id), 0)
		got := m.sayRaw(t, `{"op":"login","appid":"`+mesiboApp+`","phone":`+phoneOf(id)+`,"otp":`+strconv.Quote(code)+`}`).ok(t)
		if got.text("phone") != phoneOf(id) {
			t.Errorf("phone %q", got.text("phone"))
		}
	})
}

func TestM05ANationalNumberIsNotGuessedAtWithoutACountry(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 3, "MESIBO_DEFAULT_COUNTRY", "")
	m.say(t, asForm, fields{"op", "login", "phone", "09870000002", "appid", mesiboApp}).fail(t, "BADPHONE")
	m.say(t, asForm, fields{"op", "login", "phone", "+1 (800) 555-1234", "appid", mesiboApp}).ok(t)
	m.codeFor(t, asForm, phoneOf(2), mesiboApp)
}

func TestM11CapitalsAreNoOtherOperation(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 3)
	for i, w := range []way{asForm, asJSON} {
		m.say(t, w, fields{"op", "LOGIN", "phone", phoneOf(i + 1), "appid", mesiboApp}).ok(t)
		code := m.sms.await(t, phoneOf(i+1), 0)
		token := m.say(t, w, fields{"op", "Login", "phone", phoneOf(i + 1), "appid", mesiboApp, w.code, code}).ok(t).text("token")
		m.say(t, w, fields{"op", "GETCONTACTS", "token", token}).ok(t)
		m.say(t, w, fields{"op", "LogOut", "token", token}).ok(t)
		m.say(t, w, fields{"op", "GETCONTACTS", "token", token}).fail(t, "AUTHFAIL")
	}
}

func TestM12JSONIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 5)
	for i, name := range []string{`say \"hi\" \\ there`, `Andr\u00e9`, `👩‍🚀 Ωmega`, `\ud83d\udc69 \/ <b>`} {
		id := i + 1
		var want string
		if err := json.Unmarshal([]byte(`"`+name+`"`), &want); err != nil {
			t.Fatal(err)
		}
		code := m.codeFor(t, asJSON, phoneOf(id), mesiboApp)
		got := m.sayRaw(t, `{"op":"login","appid":"`+mesiboApp+`","phone":"`+phoneOf(id)+`","otp":"`+code+`","name":"`+name+`"}`).ok(t)
		calls := m.peer.of("useradd", phoneOf(id))
		if len(calls) != 1 || calls[0].value("user", "name") != want || got.text("name") != want {
			t.Errorf("%s reached Mesibo as %+v, and was answered as %q", name, calls, got.text("name"))
		}
	}
	for _, text := range []string{
		`{op: "login", phone: "18005551234", appid: "com.messenger.appid"}`, `{"op":"login"`, `{"op":"login"} x`, `{"op":"login"}{"op":"login"}`, `[`, `[{"op":"login"}]`, `{'op':'login'}`, `{"op":"log` + "\xff" + ``,
		`{"op":}`, `{"":`, `{`,
	} {
		a := m.sayRaw(t, text)
		a.fail(t, "BADJSON")
		if a.header.Get("Location") != "" || a.text("errmsg") == "" {
			t.Errorf("%s: %v %s", text, a.header, a.body)
		}
	}
	for _, text := range []string{`{"op":["x"]}`, `{"op":{"a":"b"}}`, `{"op":[]}`, `{"op":1}`, `{"op":true}`, `{"op":["login"],"appid":["x"]}`} {
		if a := m.sayRaw(t, text); a.text("result") != "FAIL" {
			t.Errorf("%s: %s", text, a.body)
		}
	}
	long := strings.Repeat("x", 1<<20+1)
	for name, o := range map[string]option{"JSON": body("application/json", `{"op":"login","name":"`+long+`"}`), "a form": form("op=login&name=" + long)} {
		if a := m.do(t, http.MethodPost, mesiboAPI, o); a.status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s over 1 MiB: %d %.200s", name, a.status, a.body)
		}
	}
	m.sayRaw(t, `{"op":"login","appid":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}`)
}

func TestM13OnlyNamedOriginsMayAsk(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 3, "MESIBO_ORIGINS", "https://web.example.com,https://chat.example.com:8443")
	preflight := func(origin, path string) answer {
		return m.do(t, http.MethodOptions, path, header("Origin", origin), header("Access-Control-Request-Method", "POST"), header("Access-Control-Request-Headers", "content-type"))
	}
	for _, path := range []string{mesiboAPI, "/messenger/", "/api.php"} {
		for _, origin := range []string{"https://web.example.com", "https://chat.example.com:8443", "https://www.example.com"} {
			a := preflight(origin, path)
			methods := a.header.Get("Access-Control-Allow-Methods")
			if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Origin") != origin || !strings.Contains(methods, "POST") || !strings.Contains(methods, "GET") ||
				!strings.Contains(strings.ToLower(a.header.Get("Access-Control-Allow-Headers")), "content-type") || !strings.Contains(strings.Join(a.header.Values("Vary"), " "), "Origin") {
				t.Errorf("preflight of %s at %s: %d %v", origin, path, a.status, a.header)
			}
			if a.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("cookies are allowed: %v", a.header)
			}
			if got := m.do(t, http.MethodPost, path, header("Origin", origin), form("")); got.header.Get("Access-Control-Allow-Origin") != origin || !strings.Contains(strings.Join(got.header.Values("Vary"), " "), "Origin") {
				t.Errorf("%s at %s: %v", origin, path, got.header)
			}
		}
		for _, origin := range []string{"https://evil.example", "null", "http://web.example.com", "https://web.example.com.evil.example", "https://chat.example.com", "https://WEB.example.com.", "*"} {
			for _, a := range []answer{preflight(origin, path), m.do(t, http.MethodPost, path, header("Origin", origin), form(""))} {
				if got := a.header.Get("Access-Control-Allow-Origin"); got != "" {
					t.Errorf("%s at %s: allowed %q", origin, path, got)
				}
			}
		}
	}
	if a := m.do(t, http.MethodGet, mesiboAPI); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("nobody's origin: %v", a.header)
	}
}

func TestLegacyPathsFollowTheSettings(t *testing.T) {
	t.Parallel()
	t.Run("other paths", func(t *testing.T) {
		t.Parallel()
		m := mesiboSite(t, 1, "MESIBO_LEGACY_PATHS", "/m/old.php")
		if a := m.get(t, "/m/old.php"); strings.TrimSpace(a.body) != noop {
			t.Errorf("%d %s", a.status, a.body)
		}
		m.get(t, mesiboAPI).expectStatus(t, http.StatusNotFound)
	})
	t.Run("off", func(t *testing.T) {
		t.Parallel()
		m := mesiboSite(t, 1, "MESIBO_LEGACY", "off")
		for _, path := range []string{mesiboAPI, "/messenger/", "/api.php"} {
			m.get(t, path).expectStatus(t, http.StatusNotFound)
		}
		m.pass(t, 1, "")
	})
	t.Run("the second generation alone", func(t *testing.T) {
		t.Parallel()
		m := mesiboSite(t, 1, "MESIBO_LEGACY", "v2")
		token := m.signIn(t, asJSON, 1).text("token")
		m.say(t, asJSON, fields{"op", "getcontacts", "token", token}).fail(t, "BADOP")
		m.say(t, asJSON, fields{"op", "logout", "token", token}).ok(t)
	})
	t.Run("the first generation alone", func(t *testing.T) {
		t.Parallel()
		m := mesiboSite(t, 1, "MESIBO_LEGACY", "v1")
		token := m.signIn(t, asForm, 1).text("token")
		got := m.say(t, asQuery, fields{"op", "getcontacts", "token", token}).ok(t)
		if !slices.Contains(got.keys, "contacts") {
			t.Errorf("%s", got.body)
		}
	})
}
