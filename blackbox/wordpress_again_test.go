package blackbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestAMemberWhoComesBackIsWhoTheDatabaseSaysNow visits a WordPress as members whose row was found before, which is then read by its key (ADR 8): whatever changed
// since, nobody is anybody but who the database says at that moment.
func TestAMemberWhoComesBackIsWhoTheDatabaseSaysNow(t *testing.T) {
	t.Parallel()
	server := logging(t)
	db := server.Database(t)
	members := wpSite(t, db)
	alice, bob := members[0], members[1]
	e := wpSettings(db)
	s := serve(t, e)
	who := func(cookie string) string {
		t.Helper()
		a := s.get(t, "/chat/identity", header("Cookie", cookie), header("Sec-Fetch-Site", "same-origin"))
		var body struct {
			UserID    json.Number                `json:"user_id"`
			Providers map[string]json.RawMessage `json:"providers"`
		}
		if err := json.Unmarshal([]byte(a.body), &body); a.status != http.StatusOK || err != nil {
			t.Fatalf("%d %s: %v", a.status, a.body, err)
		}
		if token := strings.Contains(string(body.Providers["imbachat"]), `"token"`); token != (body.UserID != "") {
			t.Errorf("user %q, and with a token: %t", body.UserID, token)
		}
		if body.UserID == "" {
			return "guest"
		}
		return body.UserID.String()
	}
	expect := func(when, wantAlice, wantBob string) {
		t.Helper()
		for range 2 {
			if gotAlice, gotBob := who(alice.cookie), who(bob.cookie); gotAlice != wantAlice || gotBob != wantBob {
				t.Errorf("%s: the cookies name %s and %s, want %s and %s", when, gotAlice, gotBob, wantAlice, wantBob)
			}
		}
	}
	expect("at first", "70", "71")
	user, _ := db.Credentials(t, e["DATABASE_URL"])
	seen := statements(t, server, user)
	if last := seen[len(seen)-1]; !strings.Contains(last, "FROM `wp_usermeta`") || !strings.Contains(last, "`umeta_id` IN (") {
		t.Fatalf("the last visit did not find the row again: %s", last)
	}
	const tokens = "meta_key='session_tokens'"
	row := func(m wpMember) string { return fmt.Sprintf("user_id=%d AND %s", m.id, tokens) }
	for _, change := range []struct{ when, do, undo, alice, bob string }{
		{"signed out", "UPDATE wp_usermeta SET meta_key='was' WHERE " + row(alice), "UPDATE wp_usermeta SET meta_key='session_tokens' WHERE meta_key='was'", "guest", "71"},
		{"the row is another's", "UPDATE wp_usermeta SET user_id=71 WHERE " + row(alice), "UPDATE wp_usermeta SET user_id=70 WHERE umeta_id=(SELECT low FROM (SELECT MIN(umeta_id) low FROM wp_usermeta WHERE " + tokens + ") x)", "guest", "71"},
		{"the rows changed places", "UPDATE wp_usermeta SET umeta_id=IF(user_id=70,900001,900002) WHERE " + tokens, "", "70", "71"},
		{"each row has the other's number", "UPDATE wp_usermeta SET umeta_id=IF(user_id=70,910002,910001) WHERE " + tokens + "; UPDATE wp_usermeta SET umeta_id=umeta_id-10000 WHERE " + tokens, "", "70", "71"},
		{"each has the other's tokens", "UPDATE wp_usermeta SET user_id=141-user_id WHERE " + tokens, "UPDATE wp_usermeta SET user_id=141-user_id WHERE " + tokens, "guest", "guest"},
		{"a new password", "UPDATE wp_users SET user_pass='$P$BabcdZZZZijklmnopqrstuvwxyz0123' WHERE ID=70", "UPDATE wp_users SET user_pass=(SELECT p FROM (SELECT user_pass p FROM wp_users WHERE ID=71) x) WHERE ID=70", "guest", "71"},
		{"each has the other's login", "UPDATE wp_users SET user_login=IF(ID=70,'bob','alice') WHERE ID IN (70,71)", "UPDATE wp_users SET user_login=IF(ID=70,'alice','bob') WHERE ID IN (70,71)", "guest", "guest"},
		{"marked as spam", "UPDATE wp_users SET user_status=2 WHERE ID=70", "UPDATE wp_users SET user_status=0 WHERE ID=70", "guest", "71"},
		{"another id", "UPDATE wp_users SET ID=170 WHERE ID=70", "UPDATE wp_users SET ID=70 WHERE ID=170", "guest", "71"},
		{"a row beside", "INSERT INTO wp_usermeta (umeta_id, user_id, meta_key, meta_value) VALUES (990001, 71, 'session_tokens', 'a:0:{}')", "DELETE FROM wp_usermeta WHERE umeta_id=990001", "70", "71"},
		{"the user is gone", "DELETE FROM wp_users WHERE ID=70", "", "guest", "71"},
	} {
		expect("before "+change.when, "70", "71")
		db.Exec(t, strings.Split(change.do, "; ")...)
		expect(change.when, change.alice, change.bob)
		if change.undo != "" {
			db.Exec(t, change.undo)
		}
	}
}
