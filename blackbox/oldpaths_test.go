package blackbox_test

import (
	"net/http"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// TestOldPlugins are the paths of ImbaChat §8.1: nothing has to change in the provider's dashboard.
func TestOldPlugins(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 30)
	db.Exec(t, "CREATE TABLE friends (a int unsigned, b int unsigned)", "INSERT INTO friends VALUES (1,2),(3,1)", "UPDATE people SET name='Mary Ann Ω' WHERE id=7")
	e = e.with("USERS_FRIENDS", "friends(a, b)")
	s := serve(t, e)
	const one, two = `{"user_id":1,"name":"User 1"}`, `{"user_id":2,"name":"User 2"}`
	const mary = `{"user_id":7,"name":"Mary Ann Ω"}`
	for name, c := range map[string]struct {
		method, target, want string
	}{
		"WordPress":                               {http.MethodGet, "/wp-json/imbachat/v1/getusers/1,2", "[" + one + "," + two + "]"},
		"WordPress without permalinks":            {http.MethodGet, "/?rest_route=/imbachat/v1/getusers/1,2", "[" + one + "," + two + "]"},
		"WordPress without permalinks, escaped":   {http.MethodGet, "/index.php?rest_route=%2Fimbachat%2Fv1%2Fgetusers%2F1%2C2", "[" + one + "," + two + "]"},
		"WordPress without permalinks, semicolon": {http.MethodGet, "/?rest_route=/imbachat/v1/getusers/1;2", "[" + one + "," + two + "]"},
		"WordPress search":                        {http.MethodPost, "/wp-json/imbachat/v1/searchusers/Mary_Ann", "[" + mary + "]"},
		"WordPress search without permalinks":     {http.MethodPost, "/?rest_route=/imbachat/v1/searchusers/Mary_Ann", "[" + mary + "]"},
		"WordPress search in another script":      {http.MethodGet, "/wp-json/imbachat/v1/searchusers/Ann%20%CE%A9", "[" + mary + "]"},
		"WordPress search without a hit":          {http.MethodPost, "/wp-json/imbachat/v1/searchusers/nobody", "[]"},
		"WordPress friends":                       {http.MethodGet, "/wp-json/imbachat/v1/user/friends/1", `[` + two + `,{"user_id":3,"name":"User 3"}]`},
		"October":                                 {http.MethodGet, "/imbachat/api/v1/users/1,2", "[" + one + "," + two + "]"},
		"October's first release":                 {http.MethodGet, "/integrationwidget/apiChat/1,2", "[" + one + "," + two + "]"},
		"October search":                          {http.MethodGet, "/imbachat/api/v1/search/Mary%20Ann", `{"code":200,"version":1,"data":[` + mary + `]}`},
		"October search without a hit":            {http.MethodGet, "/imbachat/api/v1/search/nobody", `{"code":200,"version":1,"data":[]}`},
		"October version":                         {http.MethodGet, "/imbachat/api/v1", `{"version":1,"type":"Chatpass"}`},
		"LiveStreet":                              {http.MethodGet, "/imba_chat/getusers/1,2", "[" + one + "," + two + "]"},
		"LiveStreet before 2020":                  {http.MethodGet, "/imba_chat_widget/getusers/1,2", "[" + one + "," + two + "]"},
		"LiveStreet search":                       {http.MethodGet, "/imba_chat/searchusers/Mary", "[" + mary + "]"},
		"OpenCart":                                {http.MethodGet, "/index.php?route=extension/module/imbachat/users&ids=1,2", "[" + one + "," + two + "]"},
		"OpenCart search answers one object":      {http.MethodGet, "/index.php?route=extension/module/imbachat/usersearch&str=Mary", mary},
		"OpenCart search without a hit":           {http.MethodGet, "/index.php?route=extension/module/imbachat/usersearch&str=nobody", `{"name":null,"user_id":null}`},
		"KVS at the root":                         {http.MethodGet, "/?user_ids=1,2", "[" + one + "," + two + "]"},
		"KVS with a script":                       {http.MethodGet, "/chat.php?user_ids=1,2", "[" + one + "," + two + "]"},
		"KVS with index.php":                      {http.MethodGet, "/index.php?user_ids=1%2C2", "[" + one + "," + two + "]"},
		"KVS with a raw semicolon":                {http.MethodGet, "/chat.php?user_ids=1;2", "[" + one + "," + two + "]"},
		"KVS with an empty list":                  {http.MethodGet, "/chat.php?user_ids=", "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.do(t, c.method, c.target, provider).expect(t, http.StatusOK, c.want)
			s.do(t, c.method, c.target).expect(t, http.StatusUnauthorized, unauthorized)
		})
	}
	t.Run("KVS sends a form", func(t *testing.T) {
		t.Parallel()
		s.do(t, http.MethodPost, "/chat.php", provider, form("user_ids=1,2")).expect(t, http.StatusOK, "["+one+","+two+"]")
		s.do(t, http.MethodPost, "/chat.php", form("user_ids=1,2")).expect(t, http.StatusUnauthorized, unauthorized)
	})
	t.Run("SEC-03: the old plugins' open doors do not exist", func(t *testing.T) {
		t.Parallel()
		for _, base := range []string{"/wp-json/imbachat/v1", "/imbachat/api/v1", "/imba_chat", "/chat", "", "/?rest_route=/imbachat/v1", "/index.php?route=extension/module/imbachat"} {
			for _, hole := range []string{"/sync", "/getauthdata", "/gettoken", "/setguestimbachat", "/notifications", "/authuser", "/auth_users", "/userauth"} {
				for _, method := range []string{http.MethodGet, http.MethodPost} {
					for _, who := range [][]option{nil, {provider}} {
						if a := s.do(t, method, base+hole, who...); a.status != http.StatusNotFound {
							t.Errorf("%s %s%s answered %d", method, base, hole, a.status)
						}
					}
				}
			}
		}
	})
	t.Run("only the plugins named are served", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e.with("IMBACHAT_COMPAT", "october"))
		s.get(t, "/imbachat/api/v1/users/1", provider).expectStatus(t, http.StatusOK)
		for _, target := range []string{"/wp-json/imbachat/v1/getusers/1", "/?rest_route=/imbachat/v1/getusers/1", "/imba_chat/getusers/1", "/chat.php?user_ids=1", "/?user_ids=1"} {
			s.get(t, target, provider).expectStatus(t, http.StatusNotFound)
		}
	})
	t.Run("none of them is served", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e.with("IMBACHAT_COMPAT", "none"))
		s.get(t, "/imbachat/api/v1/users/1", provider).expectStatus(t, http.StatusNotFound)
		s.users(t, "1").expect(t, http.StatusOK, "["+one+"]")
	})
}
