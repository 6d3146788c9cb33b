package blackbox_test

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// goldenUsers is what the provider gets for users 3, 1 and 2, byte for byte.
const goldenUsers = `[` +
	`{"user_id":3,"name":"👩‍🚀 Ωmega","profile_url":"https://www.example.com/members/3/"},` +
	`{"user_id":1,"name":"Ada Lovelace","avatar_url":"https://www.example.com/contents/avatars/ada.jpg","profile_url":"https://www.example.com/members/1/","lastlogin":1767225600,"badge":"Gold"},` +
	`{"user_id":2,"name":"Sinéad \"Q\" O'Neil \\ \u003cb\u003e\u0026amp;\u003c/b\u003e","profile_url":"https://www.example.com/members/2/"}` +
	`]`

func TestSeedTableByEnvAlone(t *testing.T) {
	t.Parallel()
	db, e := kvsSite(t)
	s := serve(t, e)
	t.Run("users 3, 1 and 2 are answered in the order asked, byte for byte", func(t *testing.T) {
		t.Parallel()
		a := s.users(t, "3,1,2,2,99,abc")
		a.expect(t, http.StatusOK, goldenUsers)
		a.expectHeader(t, "Content-Type", "application/json")
	})
	t.Run("the command users prints the same", func(t *testing.T) {
		t.Parallel()
		r := run(t, e, "users", "3", "1,2")
		if r.code != 0 || r.stdout != goldenUsers+"\n" {
			t.Errorf("ended with %d and printed\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
	t.Run("a name that ends a script element stays a text", func(t *testing.T) {
		t.Parallel()
		a := s.users(t, "4")
		if strings.Contains(a.body, "<") {
			t.Errorf("the answer could end a script element: %s", a.body)
		}
		if _, names := a.names(t); names["4"] != "</script><script>alert(1)</script>" {
			t.Errorf("the name became %q", names["4"])
		}
	})
	t.Run("every known user is answered as the PHP sample answers", func(t *testing.T) {
		t.Parallel()
		ids := "1,2,3,4,5,6,7,4294967295,99"
		var ours []map[string]any
		decode(t, s.users(t, ids).body, &ours)
		if diff := cmp.Diff(byID(phpSample(t, db.SQL(), ids)), byID(ours)); diff != "" {
			t.Errorf("the sample (-) and Chatpass (+) differ:\n%s", diff)
		}
	})
	t.Run("with avatar_url false for users without one, as the sample has it", func(t *testing.T) {
		t.Parallel()
		a := serve(t, e.with("IMBACHAT_AVATAR_EMPTY", "false")).users(t, "3")
		a.expect(t, http.StatusOK, `[{"user_id":3,"name":"👩‍🚀 Ωmega","avatar_url":false,"profile_url":"https://www.example.com/members/3/"}]`)
	})
}

// decode reads numbers as they are spelled.
func decode(t testing.TB, text string, into any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%v in %.300q", err, text)
	}
}

// phpSample is the provider's published PHP sample for a KVS site: SELECT * … WHERE user_id IN ( ids ), one array per row.
// Its answer goes through JSON, so that both sides are compared as what a reader sees.
func phpSample(t testing.TB, db *sql.DB, ids string) []map[string]any {
	t.Helper()
	rows, err := db.Query("SELECT user_id, display_name, CAST(last_login_date AS CHAR), custom10, avatar FROM ktvs_users WHERE user_id IN (" + ids + ")")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	result := []map[string]any{}
	for rows.Next() {
		var id string
		var name, login, badge, avatar sql.NullString
		if err := rows.Scan(&id, &name, &login, &badge, &avatar); err != nil {
			t.Fatal(err)
		}
		user := map[string]any{"user_id": id, "name": null(name), "profile_url": "https://www.example.com/members/" + id + "/", "badge": null(badge)}
		user["avatar_url"] = any(false)
		if avatar.String != "" && avatar.String != "0" { // PHP's empty()
			user["avatar_url"] = "https://www.example.com/contents/avatars/" + avatar.String
		}
		user["lastlogin"] = strtotime(login)
		result = append(result, user)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	var read []map[string]any
	decode(t, string(text), &read)
	return read
}

func null(s sql.NullString) any {
	if !s.Valid {
		return nil
	}
	return s.String
}

// strtotime is PHP's, for what a DATETIME column holds: false for NULL, and a zero date 400 years before 370 AD or so.
func strtotime(s sql.NullString) any {
	if !s.Valid {
		return false
	}
	if strings.HasPrefix(s.String, "0000-00-00") {
		return int64(-62169984000)
	}
	at, err := time.Parse(time.DateTime, s.String)
	if err != nil {
		return false
	}
	return at.Unix()
}

// byID orders users by id and drops what the contract drops: ids are integers; false, null, empty and negative values are left out.
func byID(users []map[string]any) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, u := range users {
		id := ""
		kept := map[string]any{}
		for key, v := range u {
			switch value := v.(type) {
			case nil, bool:
				continue
			case json.Number:
				if strings.HasPrefix(value.String(), "-") {
					continue
				}
				if key == "user_id" {
					id = value.String()
				}
			case string:
				if strings.TrimSpace(value) == "" {
					continue
				}
				if key == "user_id" {
					id = value
					if _, err := strconv.ParseUint(value, 10, 64); err == nil {
						v = json.Number(value)
					}
				}
			}
			kept[key] = v
		}
		all[id] = kept
	}
	return all
}
