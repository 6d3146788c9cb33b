package blackbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
)

// TestOddInputOfMessengersIsNoFaultOfOurs sends what no stock client sends: whatever it is, the answer is one of the protocol, and no failure of the program or of its store.
func TestOddInputOfMessengersIsNoFaultOfOurs(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]func(t *testing.T) string{
		"the store is a file":        func(*testing.T) string { return "" },
		"the store is on MariaDB":    func(t *testing.T) string { t.Helper(); return mysqltest.Start(t).Database(t).RootURL(t) },
		"the store is on PostgreSQL": func(t *testing.T) string { t.Helper(); return pgtest.Start(t).Database(t).URL() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := mesiboSite(t, 8, "STORE_URL", store(t))
			oddInput(t, m)
		})
	}
}

func oddInput(t *testing.T, m *messenger) {
	t.Helper()
	token := m.tokens(t, 1, 2, 3)
	gid := m.group(t, token[0], phonesOf(2))
	long := strings.Repeat("ä", 40_000)
	texts := []string{"\x00", "a\x00b", "\xff\xfe", "\xed\xa0\x80", "\u202e\u0000", "👩‍🚀", long, "'; DROP TABLE people; --", "%s%n", "${jndi:x}", "\r\nSet-Cookie: a=b", "0x1F", "-1", "1e99", "NaN", "null", "[]", "{}", strings.Repeat("9", 30), " "}
	ask := func(w way, f fields) {
		method, query, carry := w.ask(t, f)
		a := m.do(t, method, mesiboAPI+query, append(carry, visitor)...)
		if a.status != http.StatusOK && a.status != http.StatusRequestEntityTooLarge && a.status != http.StatusRequestURITooLong && a.status != http.StatusRequestHeaderFieldsTooLarge ||
			strings.Contains(a.body, "UNAVAILABLE") || strings.ContainsAny(a.body, "\x00\r") || len(a.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%.80q as %s: %d %.200s", f, w.name, a.status, a.body)
		}
		if a.status == http.StatusOK && !strings.Contains(a.body, `"result":"`) {
			t.Errorf("%.80q as %s: %.200s", f, w.name, a.body)
		}
	}
	for _, text := range texts {
		for _, w := range []way{asForm, asJSON} {
			for _, f := range []fields{
				{"op", text},
				{"op", "login", "appid", text, "phone", phoneOf(7)},
				{"op", "login", "appid", mesiboApp, "phone", text},
				{"op", "login", "appid", mesiboApp, "phone", phoneOf(8), w.code, text, "device", text, "name", text},
				{"op", "getcontacts", "token", text},
				{"op", "getcontacts", "token", token[0], "ts", text, "reset", "0", "hidden", text},
				{"op", "getcontacts", "token", token[0], "phones", text},
				{"op", "delcontacts", "token", token[0], "phones", text},
				{"op", "profile", "token", token[1], "name", text, "status", text},
				{"op", "profile", "token", token[0], "gid", text, "name", text},
				{"op", "setgroup", "token", token[0], "gid", gid, "name", text, "status", text, "type", text},
				{"op", "getgroup", "token", token[0], "gid", text},
				{"op", "editmembers", "token", token[0], "gid", gid, "m", text, "delete", text},
				{"op", "setadmin", "token", token[0], "gid", gid, "m", text, "admin", text},
				{"op", "delgroup", "token", token[2], "gid", text},
				{"op", "setnotify", "token", token[1], "notifytoken", text, "dt", text, "prod", text, "fcmid", text},
				{"op", "upload", "token", token[1], "profile", text, "gid", text, "mid", text, "delete", text},
				{"op", "logout", "token", text},
			} {
				ask(w, f)
			}
		}
	}
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprintf("9196000%05d", i))
	}
	ask(asForm, fields{"op", "getcontacts", "token", token[2], "phones", strings.Join(many, ",")})
	ask(asForm, fields{"op", "setgroup", "token", token[2], "gid", "0", "name", "Many", "m", strings.Join(many, ",")})
	var crowd fields
	for i := range 3000 {
		crowd = crowd.and(fmt.Sprint("k", i), "v")
	}
	for _, w := range []way{asForm, asJSON, asMultipart} {
		ask(w, crowd)
		ask(w, fields{"op", "nosuch", "op", "logout"})
	}
	for _, raw := range []string{"--x\r\nContent-Disposition: form-data; name=\"op\"\r\n\r\nlogout", "--x--", "", "--y\r\n\r\n", "\x00"} {
		if a := m.do(t, http.MethodPost, mesiboAPI, body("multipart/form-data; boundary=x", raw)); a.status != http.StatusOK && a.status != http.StatusBadRequest {
			t.Errorf("%q: %d %s", raw, a.status, a.body)
		}
	}
	if got := m.me(t, token[1]); got["phone"] != phoneOf(2) {
		t.Errorf("%v", got)
	}
	sameMembers(t, m.membersOf(t, token[0], gid), "1:"+phonesOf(1, 2))
}
