package blackbox_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// TestSEC33WhatTheProxyLeavesOutIsNotSoughtElsewhere: whoever makes the site's proxy lose its header is a guest, although their cookies
// and their query name somebody. From any other peer the same cookies count, so that the test could fail.
func TestSEC33WhatTheProxyLeavesOutIsNotSoughtElsewhere(t *testing.T) {
	t.Parallel()
	site := whoamiSite(t)
	const name = "X-Chatpass-User"
	s := serve(t, behindProxy(t, "IDENTITY", "header,whoami,ticket,site", "WHOAMI_URL", site.URL+"/who", "TICKET_KEY", ticketKey))
	cookie := "Cookie: secret=" + session + "; user=1\r\nX-Requested-With: chatpass\r\n"
	for what, lines := range map[string]string{
		"the proxy sends none":                            "",
		"Connection takes it away":                        "Connection: close, " + name + "\r\n",
		"Connection takes it away before it is there":     "Connection: close, " + name + "\r\n" + name + ": 2\r\n",
		"Connection takes it away in other letter case":   "Connection: close, x-CHATPASS-user\r\n" + name + ": 2\r\n",
		"a second Connection takes it away":               "Connection: close\r\nConnection: keep-alive ,\t" + name + " ,\r\n" + name + ": 2\r\n",
		"it is empty":                                     name + ":\r\n",
		"it is blank":                                     name + ":   \r\n",
		"it is what Apache writes for an unset variable":  name + ": (null)\r\n",
		"it is the word of a proxy for guests":            name + ": anonymous\r\n",
		"it is a zero":                                    name + ": 0\r\n",
		"it is a dash":                                    name + ": -\r\n",
		"it comes under a name that servers fold into it": "X_Chatpass_User: 2\r\n",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			a := s.wire(t, "GET /chat/identity?user_id=3 HTTP/1.1\r\nHost: www.example.com\r\n"+cookie+lines+"\r\n")
			a.expectUser(t, "")
			for _, target := range []string{"/chat/widget?mode=inline&user_id=3", "/chat/button?to=5&user_id=3"} {
				s.wire(t, "GET "+target+" HTTP/1.1\r\nHost: www.example.com\r\n"+cookie+lines+"\r\n").expect(t, http.StatusOK, "")
			}
		})
	}
	t.Run("the same cookies count from a peer that is no proxy", func(t *testing.T) {
		t.Parallel()
		direct := newClient(t, net.IPv4(127, 0, 0, 7), "")
		ask(t, direct, http.MethodGet, s.public+"/chat/identity", visitorOf("1"), asLoader).expectUser(t, "1")
	})
	t.Run("where keys are names, a word for guests is nobody's name", func(t *testing.T) {
		t.Parallel()
		db := mysqltest.Start(t).Database(t)
		db.Exec(t, "CREATE TABLE named (id varchar(40) PRIMARY KEY, name varchar(40))", "INSERT INTO named VALUES ('ada', 'Ada')")
		s := serve(t, settings(db).with("USERS_TABLE", "named", "USERS_ID", "id", "USERS_NAME", "name", "IDENTITY", "header,site", "TRUSTED_PROXIES", "127.0.0.1"))
		if a := s.get(t, "/chat/identity", header(name, "ada")); !strings.Contains(a.body, tokenHeader) {
			t.Errorf("the proxy's user got %d %s", a.status, a.body)
		}
		for _, word := range []string{"anonymous", "guest", "(null)", "-", "ADA", "ada "} {
			a := s.wire(t, "GET /chat/identity HTTP/1.1\r\nHost: www.example.com\r\n"+name+": "+word+"\r\n\r\n")
			if named := strings.Contains(a.body, tokenHeader); named != (word == "ada ") { // blanks at the end of a header are none of it (RFC 9110 §5.5)
				t.Errorf("%q got %d %s", word, a.status, a.body)
			}
		}
	})
}

// clientOf is the address that the access log gives for the request with this id.
func (s *sidecar) clientOf(t testing.TB, id string) string {
	t.Helper()
	var line struct {
		RequestID string `json:"request_id"`
		Client    string `json:"client"`
		Msg       string `json:"msg"`
	}
	s.log.await(t, "the line of the request "+id, func(text string) bool {
		for l := range strings.Lines(text) {
			if json.Unmarshal([]byte(l), &line) == nil && line.Msg == "request" && line.RequestID == id {
				return true
			}
		}
		return false
	})
	return line.Client
}

func TestSEC36TheRightMostUntrustedAddressIsTheVisitors(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3)
	s := serve(t, e.with("TRUSTED_PROXIES", "127.0.0.0/8,10.0.0.0/8"))
	longest := strings.Repeat("6.6.6.6, ", 2000) + "1.2.3.4"
	i := 0
	for forwarded, want := range map[string]string{
		"6.6.6.6, 1.2.3.4":                     "1.2.3.4",
		"1.2.3.4":                              "1.2.3.4",
		"6.6.6.6, 1.2.3.4, 10.9.9.9":           "1.2.3.4",
		"6.6.6.6,1.2.3.4,10.1.1.1,127.0.0.9":   "1.2.3.4",
		"6.6.6.6|1.2.3.4":                      "1.2.3.4", // two headers are one list
		"10.1.1.1, 10.2.2.2":                   "10.1.1.1",
		"1.2.3.4, <script>alert(1)</script>":   "127.0.0.1",
		"1.2.3.4, unknown":                     "127.0.0.1",
		"<script>, 1.2.3.4":                    "1.2.3.4",
		"1.2.3.4, ":                            "127.0.0.1",
		",,,":                                  "127.0.0.1",
		"1.2.3.4 5.6.7.8":                      "127.0.0.1",
		"1.2.3.4, 01.02.03.04":                 "127.0.0.1",
		"1.2.3.4, 999.1.1.1":                   "127.0.0.1",
		"1.2.3.4, <nil>":                       "127.0.0.1",
		"\"1.2.3.4\"":                          "127.0.0.1",
		"1.2.3.4:5678":                         "1.2.3.4",
		"6.6.6.6, 2001:db8::1":                 "2001:db8::1",
		"6.6.6.6, [2001:db8::1]:443":           "2001:db8::1",
		"6.6.6.6, ::ffff:1.2.3.4":              "1.2.3.4",
		"6.6.6.6, 1.2.3.4, ::ffff:10.0.0.1":    "1.2.3.4",
		"6.6.6.6, fe80::1%eth0":                "fe80::1",
		longest:                                "1.2.3.4",
		strings.Repeat("10.0.0.1, ", 2000):     "127.0.0.1",
		"6.6.6.6, for=1.2.3.4;proto=https":     "127.0.0.1",
		"6.6.6.6, 1.2.3.4\t":                   "1.2.3.4",
		"6.6.6.6, \xff\xfe":                    "127.0.0.1",
		"6.6.6.6, 1.2.3.4, 10.0.0.1, 10.0.0.2": "1.2.3.4",
	} {
		i++
		id := fmt.Sprintf("sec36-%d", i)
		t.Run(fmt.Sprintf("%.40q", forwarded), func(t *testing.T) {
			t.Parallel()
			o := []option{bearer("wrong"), header("X-Request-Id", id)}
			for one := range strings.SplitSeq(forwarded, "|") {
				o = append(o, header("X-Forwarded-For", one))
			}
			s.get(t, "/chat/identity?user_id=1", o...).expectStatus(t, http.StatusUnauthorized)
			if got := s.clientOf(t, id); got != want {
				t.Errorf("the visitor is at %q, want %q", got, want)
			}
		})
	}
	t.Run("what a visitor claims to the left of it gets them no limit of their own", func(t *testing.T) {
		s := serve(t, e.with("TRUSTED_PROXIES", "127.0.0.0/8"))
		from := func(i int, address string) int {
			return s.get(t, "/chat/identity?user_id=1", bearer("wrong"), header("X-Forwarded-For", fmt.Sprintf("198.51.100.%d, %s", i, address))).status
		}
		for i := range 60 {
			if got := from(i, "1.2.3.4"); got != http.StatusUnauthorized {
				t.Fatalf("wrong key %d was answered %d", i+1, got)
			}
		}
		if got := from(77, "1.2.3.4"); got != http.StatusTooManyRequests {
			t.Errorf("wrong key 61 was answered %d", got)
		}
		if got := from(77, "1.2.3.5"); got != http.StatusUnauthorized {
			t.Errorf("another visitor behind the proxy was answered %d", got)
		}
	})
	t.Run("a unix socket has a name", func(t *testing.T) {
		t.Parallel()
		folder, err := os.MkdirTemp("", "chatpass") // that of the test has a long name, of which a socket's address has no room
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(folder) })
		socket := filepath.Join(folder, "chatpass.sock")
		s := serve(t, e.with("LISTEN", "unix:"+socket))
		c := newClient(t, nil, socket)
		for id, forwarded := range map[string]string{"unix-1": "", "unix-2": "6.6.6.6, 1.2.3.4", "unix-3": "<nil>"} {
			ask(t, c, http.MethodGet, "http://chatpass/chat/identity?user_id=1", bearer("wrong"), header("X-Request-Id", id), header("X-Forwarded-For", forwarded)).
				expectStatus(t, http.StatusUnauthorized)
			if got := s.clientOf(t, id); got != "unix" {
				t.Errorf("the visitor is at %q, want unix", got)
			}
		}
		if strings.Contains(s.log.String(), "<nil>") {
			t.Errorf("the log has a nil:\n%s", s.log)
		}
	})
}

// TestSEC41OnlyTheWholeSiteKeyCounts: the bearer form of the call between servers. That the comparison takes the same time wherever two keys
// differ is checked where it is made, in package identity.
func TestSEC41OnlyTheWholeSiteKeyCounts(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 3).with("TRUSTED_PROXIES", "127.0.0.0/8"))
	flipped := []byte(siteKey)
	flipped[len(flipped)-1] ^= 1
	i := 0
	for what, c := range map[string]struct {
		lines  string
		status int
		user   string
	}{
		"the key":                            {"Authorization: Bearer " + siteKey, 200, "1"},
		"the scheme in other letter case":    {"Authorization: bEARER " + siteKey, 200, "1"},
		"no header":                          {"X-Nothing: x", 200, ""},
		"an empty header":                    {"Authorization:", 200, ""},
		"the scheme alone":                   {"Authorization: Bearer", 401, ""},
		"the scheme and a blank":             {"Authorization: Bearer ", 401, ""},
		"the key without a scheme":           {"Authorization: " + siteKey, 200, ""},
		"the key in another scheme":          {"Authorization: Token " + siteKey, 200, ""},
		"the key as a password":              {"Authorization: Basic " + siteKey, 200, ""},
		"the key in another header":          {"X-Api-Key: " + siteKey, 200, ""},
		"a wrong key":                        {"Authorization: Bearer wrong", 401, ""},
		"a wrong key of the same length":     {"Authorization: Bearer " + strings.Repeat("x", len(siteKey)), 401, ""},
		"a wrong first byte":                 {"Authorization: Bearer x" + siteKey[1:], 401, ""},
		"a wrong last bit":                   {"Authorization: Bearer " + string(flipped), 401, ""},
		"all but the last byte":              {"Authorization: Bearer " + siteKey[:len(siteKey)-1], 401, ""},
		"all but the first byte":             {"Authorization: Bearer " + siteKey[1:], 401, ""},
		"a byte more":                        {"Authorization: Bearer " + siteKey + "0", 401, ""},
		"twice in a row":                     {"Authorization: Bearer " + siteKey + siteKey, 401, ""},
		"in upper case":                      {"Authorization: Bearer " + strings.ToUpper(siteKey), 401, ""},
		"in lower case":                      {"Authorization: Bearer " + strings.ToLower(siteKey), 401, ""},
		"a blank inside":                     {"Authorization: Bearer " + siteKey[:9] + " " + siteKey[9:], 401, ""},
		"the key and a word":                 {"Authorization: Bearer " + siteKey + " x", 401, ""},
		"a list of two":                      {"Authorization: Bearer " + siteKey + ", Bearer " + siteKey, 401, ""},
		"in quotes":                          {`Authorization: Bearer "` + siteKey + `"`, 401, ""},
		"escaped":                            {"Authorization: Bearer " + strings.ReplaceAll(siteKey, "-", "%2D"), 401, ""},
		"a NUL behind it":                    {"Authorization: Bearer " + siteKey + "\x00", 400, ""},
		"a tab for the blank":                {"Authorization: Bearer\t" + siteKey, 200, ""},
		"blanks around it are none of it":    {"Authorization: Bearer   " + siteKey + "  ", 200, "1"},
		"the key of tickets":                 {"Authorization: Bearer " + ticketKey, 401, ""},
		"the key that signs for the widget":  {"Authorization: Bearer " + secretKey, 401, ""},
		"the password of the provider":       {"Authorization: Bearer " + apiPrevious, 401, ""},
		"two headers":                        {"Authorization: Bearer " + siteKey + "\r\nAuthorization: Bearer " + siteKey, 400, ""},
		"a wrong header before it":           {"Authorization: Bearer wrong\r\nAuthorization: Bearer " + siteKey, 400, ""},
		"a wrong header behind it":           {"Authorization: Bearer " + siteKey + "\r\nauthorization: Bearer wrong", 400, ""},
		"Basic behind it":                    {"Authorization: Bearer " + siteKey + "\r\nAuthorization: Basic eDp5", 400, ""},
		"8 KiB":                              {"Authorization: Bearer " + siteKey + strings.Repeat("0", 8<<10), 401, ""},
		"the key in a header for the origin": {"Proxy-Authorization: Bearer " + siteKey, 200, ""},
	} {
		i++
		visitor := fmt.Sprintf("X-Forwarded-For: 203.0.113.%d\r\n", i) // no limit is reached
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for _, target := range []string{"/chat/identity?user_id=1", "/chat/widget?mode=inline&user_id=1", "/chat/button?to=2&user_id=1"} {
				a := s.wire(t, "GET "+target+" HTTP/1.1\r\nHost: www.example.com\r\n"+visitor+c.lines+"\r\n\r\n")
				a.expectStatus(t, c.status)
				if named := strings.Contains(a.body, "ey") && len(a.body) > 100; named != (c.user != "") {
					t.Errorf("%s: a pass in the answer: %t; it is %s", target, named, a.body)
				}
				if target == "/chat/identity?user_id=1" && c.status == http.StatusOK {
					a.expectUser(t, c.user)
				}
			}
		})
	}
	t.Run("in the query or a cookie it is nothing", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"access_token", "site_key", "key", "token", "authorization"} {
			s.get(t, "/chat/identity?user_id=1&"+name+"="+siteKey, header("Cookie", name+"="+siteKey), asLoader).expectUser(t, "")
		}
	})
}
