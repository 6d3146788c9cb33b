package blackbox_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// TestOddIDs is the id part of ImbaChat §9.2 and SEC-51: whatever is asked, only canonical ids are answered.
func TestOddIDs(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 1100))
	for name, c := range map[string]struct {
		ids  string
		want []string
	}{
		"one id":                         {"1", []string{"1"}},
		"repeated ids are answered once": {"1,2,2,1", []string{"1", "2"}},
		"the order asked is kept":        {"9,3,7", []string{"9", "3", "7"}},
		"an empty place in the list":     {"1,,2", []string{"1", "2"}},
		"a lone comma":                   {",", nil},
		"an empty list":                  {"", nil},
		"a trailing comma":               {"1,2,", []string{"1", "2"}},
		"an escaped comma":               {"1%2C2", []string{"1", "2"}},
		"a raw semicolon":                {"1;2", []string{"1", "2"}},
		"an escaped semicolon":           {"1%3B2", []string{"1", "2"}},
		"an escaped bar":                 {"1%7C2", []string{"1", "2"}},
		"a plus sign as space":           {"1+2", []string{"1", "2"}},
		"an escaped space":               {"1%202", []string{"1", "2"}},
		"a line break":                   {"1%0A2", []string{"1", "2"}},
		"leading zeros":                  {"007,01", nil},
		"a sign":                         {"%2B1,-1,-0", nil},
		"a space is a separator":         {"%201", []string{"1"}},
		"a number with a tail":           {"1abc,a4,2", []string{"2"}},
		"fractions and exponents":        {"1.0,1e0,0e5,0x1", nil},
		"SQL":                            {"1'or'1'='1,(select%091),1/**/or/**/1=1", nil},
		"SQL words around an id":         {"1%20or%201=1", []string{"1"}},
		"other digits":                   {"%D9%A1,%EF%BC%91", nil},
		"words":                          {"true,null,NaN", nil},
		"2^32 and 2^63 and 20 digits":    {"4294967296,9223372036854775808,18446744073709551616,99999999999999999999", nil},
		"a NUL byte":                     {"1%00,2", []string{"2"}},
		"invalid UTF-8":                  {"%ff,1%fe,3", []string{"3"}},
		"a broken escape":                {"%zz", nil},
		"UUIDs":                          {"6ba7b810-9dad-11d1-80b4-00c04fd430c8,550e8400-e29b-41d4-a716-446655440000", nil},
		"unknown ids alone":              {"5000,6000", nil},
		"zero":                           {"0", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.users(t, c.ids)
			a.only(t, c.want...)
			if len(c.want) == 0 && a.body != "[]" {
				t.Errorf("nothing matched, but the answer is %q", a.body)
			}
		})
	}
	t.Run("500 ids are answered and more are refused", func(t *testing.T) {
		t.Parallel()
		if ids, _ := s.users(t, count(1, 500)).names(t); len(ids) != 500 {
			t.Errorf("answered %d users", len(ids))
		}
		for _, n := range []int{501, 1000, 10000} {
			s.users(t, count(1, n)).expectStatus(t, http.StatusBadRequest)
		}
	})
	t.Run("500 UUIDs fit into an address and into a form", func(t *testing.T) {
		t.Parallel()
		list := make([]string, 500)
		for i := range list {
			list[i] = fmt.Sprintf("6ba7b810-9dad-11d1-80b4-%012x", i)
		}
		s.users(t, strings.Join(list, ",")).expect(t, http.StatusOK, "[]")
		s.do(t, http.MethodPost, "/chat/users", provider, form("users="+strings.Join(list, "%2C"))).expect(t, http.StatusOK, "[]")
	})
}

func count(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		if i > from {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(i))
	}
	return b.String()
}

// TestOddRequests is the request part of ImbaChat §9.2: how ids may be passed.
func TestOddRequests(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 9))
	for name, c := range map[string]struct {
		method, target string
		options        []option
		want           []string
	}{
		"the parameter ids":                        {http.MethodGet, "/chat/users?ids=2,1", nil, []string{"2", "1"}},
		"the parameter users":                      {http.MethodGet, "/chat/users?users=2,1", nil, []string{"2", "1"}},
		"the parameter id":                         {http.MethodGet, "/chat/users?id=2", nil, []string{"2"}},
		"a list as PHP writes it":                  {http.MethodGet, "/chat/users?user_ids[]=2&user_ids%5B%5D=1", nil, []string{"2", "1"}},
		"other parameters are ignored":             {http.MethodGet, "/chat/users?x=9&user_ids=1&callback=f&format=xml", nil, []string{"1"}},
		"no parameter at all":                      {http.MethodGet, "/chat/users", nil, nil},
		"ids in the path":                          {http.MethodGet, "/chat/users/3,1", nil, []string{"3", "1"}},
		"ids in the path, escaped":                 {http.MethodGet, "/chat/users/3%2C1%3B2%7C4", nil, []string{"3", "1", "2", "4"}},
		"ids in the path with semicolons":          {http.MethodGet, "/chat/users/3;1", nil, []string{"3", "1"}},
		"a form":                                   {http.MethodPost, "/chat/users", []option{form("users=1,2")}, []string{"1", "2"}},
		"a form with its character set":            {http.MethodPost, "/chat/users", []option{body("application/x-www-form-urlencoded; charset=UTF-8", "user_ids=1%2C2")}, []string{"1", "2"}},
		"a form with a raw semicolon":              {http.MethodPost, "/chat/users", []option{form("ids=1;2")}, []string{"1", "2"}},
		"a query beside a form":                    {http.MethodPost, "/chat/users?user_ids=3", []option{form("users=1")}, []string{"3", "1"}},
		"a body of another type is not read":       {http.MethodPost, "/chat/users?user_ids=3", []option{body("application/json", `{"user_ids":[1]}`)}, []string{"3"}},
		"an empty form":                            {http.MethodPost, "/chat/users", []option{form("")}, nil},
		"a browser's user agent and other baggage": {http.MethodGet, "/chat/users?user_ids=1", []option{header("User-Agent", "Mozilla/5.0 '\"><script>"), header("Cookie", "a=\"b; c")}, []string{"1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.do(t, c.method, c.target, append(c.options, provider)...).only(t, c.want...)
		})
	}
	t.Run("a multipart form", func(t *testing.T) {
		t.Parallel()
		s.do(t, http.MethodPost, "/chat/users", provider, multi(t, "users", "1,2")).only(t, "1", "2")
		s.do(t, http.MethodPost, "/chat/users", provider, multi(t, "user_ids[]", "2")).only(t, "2")
	})
	t.Run("a form or multipart form that is too large is refused", func(t *testing.T) {
		t.Parallel()
		s.do(t, http.MethodPost, "/chat/users", provider, form("users="+strings.Repeat(" ", 100<<10))).expectStatus(t, http.StatusRequestEntityTooLarge)
		s.do(t, http.MethodPost, "/chat/users", provider, multi(t, "other", strings.Repeat("x", 1<<20))).expectStatus(t, http.StatusRequestEntityTooLarge)
	})
	t.Run("raw separators on the wire", func(t *testing.T) {
		t.Parallel()
		for _, target := range []string{"/chat/users?user_ids=3|1;2", "/chat/users/3|1;2"} {
			s.wire(t, "GET "+target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+authorization()+"\r\n").only(t, "3", "1", "2")
		}
	})
	t.Run("HEAD has the headers of GET and no body", func(t *testing.T) {
		t.Parallel()
		get := s.users(t, "1,2")
		head := s.do(t, http.MethodHead, "/chat/users?user_ids=1,2", provider)
		head.expect(t, http.StatusOK, "")
		head.expectHeader(t, "Content-Length", strconv.Itoa(len(get.body)))
		head.expectHeader(t, "Content-Type", "application/json")
		s.do(t, http.MethodHead, "/chat/users?user_ids=1,2").expectStatus(t, http.StatusUnauthorized)
	})
	t.Run("other methods are refused and the right ones named", func(t *testing.T) {
		t.Parallel()
		for _, method := range []string{http.MethodOptions, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace} {
			a := s.do(t, method, "/chat/users?user_ids=1", provider)
			a.expectStatus(t, http.StatusMethodNotAllowed)
			if allow := a.header.Get("Allow"); !strings.Contains(allow, "GET") || !strings.Contains(allow, "POST") {
				t.Errorf("%s: Allow is %q", method, allow)
			}
		}
	})
}

func multi(t testing.TB, name, value string) option {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField(name, value); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body(w.FormDataContentType(), b.String())
}

// TestOddRows is the row part of ImbaChat §9.2: names, pictures and dates as real tables hold them.
func TestOddRows(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	db.Exec(t, `CREATE TABLE members (id int PRIMARY KEY, name varbinary(200), latin varchar(100) CHARACTER SET latin1, avatar varchar(300), seen datetime)`,
		`SET SESSION sql_mode='';
INSERT INTO members VALUES
(1,  NULL,            'Jos\u00e9', NULL, NULL),
(2,  '   ',           'x',  '', '0000-00-00 00:00:00'),
(3,  X'416E6EE9',     'x',  'a.jpg', '2026-01-01 00:00:00'),
(4,  X'FFFE00410A42', 'x',  '//cdn.example.com/a.jpg', '2026-00-00 00:00:00'),
(5,  'h',             'x',  'http://cdn.example.com/a.jpg', '1970-01-01 00:00:00'),
(6,  'js',            'x',  'javascript:alert(1)', '2038-01-19 03:14:08'),
(7,  'data',          'x',  'data:text/html,<script>alert(1)</script>', '9999-12-31 23:59:59'),
(8,  'abs',           'x',  '/img/a b"c.jpg', '0001-01-01 00:00:00'),
(9,  'user',          'x',  'https://user:pw@evil.example/a.jpg', NULL),
(10, 'ctrl',          'x',  CONCAT('https://a.example/', CHAR(10), 'x'), NULL)`,
		"UPDATE members SET latin = _latin1 X'4A6F73E9' WHERE id = 1")
	e := settings(db).with("USERS_TABLE", "members", "USERS_ID", "id", "USERS_NAME", "name", "USERS_AVATAR", "avatar", "USERS_LASTLOGIN", "seen", "USERS_FIELDS", "latin=latin")
	s := serve(t, e)
	for id, want := range map[string]string{
		"1":  `[{"user_id":1,"name":"","latin":"José"}]`,
		"2":  `[{"user_id":2,"name":"","latin":"x"}]`,
		"3":  `[{"user_id":3,"name":"Ann` + "\uFFFD" + `","avatar_url":"https://www.example.com/a.jpg","lastlogin":1767225600,"latin":"x"}]`,
		"4":  `[{"user_id":4,"name":"` + "\uFFFD" + `\u0000A\nB","avatar_url":"https://cdn.example.com/a.jpg","latin":"x"}]`,
		"5":  `[{"user_id":5,"name":"h","avatar_url":"http://cdn.example.com/a.jpg","latin":"x"}]`,
		"6":  `[{"user_id":6,"name":"js","lastlogin":2147483648,"latin":"x"}]`,
		"7":  `[{"user_id":7,"name":"data","lastlogin":253402300799,"latin":"x"}]`,
		"8":  `[{"user_id":8,"name":"abs","avatar_url":"https://www.example.com/img/a%20b%22c.jpg","latin":"x"}]`,
		"9":  `[{"user_id":9,"name":"user","latin":"x"}]`,
		"10": `[{"user_id":10,"name":"ctrl","latin":"x"}]`,
	} {
		t.Run("row "+id, func(t *testing.T) {
			t.Parallel()
			s.users(t, id).expect(t, http.StatusOK, want)
		})
	}
	t.Run("lastlogin is in the site's time zone", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e.with("USERS_TIMEZONE", "Europe/Berlin", "USERS_AVATAR", ""))
		s.users(t, "3").expect(t, http.StatusOK, `[{"user_id":3,"name":"Ann`+"\uFFFD"+`","lastlogin":1767222000,"latin":"x"}]`)
	})
	t.Run("a name has an alternative", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e.with("USERS_NAME", "name ?? 'Member {id}'", "USERS_AVATAR", "", "USERS_FIELDS", "", "USERS_LASTLOGIN", ""))
		s.users(t, "2").expectStatus(t, http.StatusOK)
	})
}

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

// TestInboundTokens are the jwt_token forms of ImbaChat §9.2; the published vector is for other credentials and must not pass.
func TestInboundTokens(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3)
	key := apiLogin + ":" + apiPassword
	const good = `{"imba_id":4711,"exp":%d}`
	const head = `{"typ":"JWT","alg":"HS256"}`
	soon := inSeconds(600)
	tokens := map[string]struct {
		token  string
		strict bool // accepted in strict mode
	}{
		"a good one":                    {sign(head, fmt.Sprintf(good, soon), key), true},
		"a good one, widget id as text": {sign(head, fmt.Sprintf(`{"imba_id":"4711","exp":%d}`, soon), key), true},
		"no algorithm":                  {sign(`{"typ":"JWT","alg":"none"}`, fmt.Sprintf(good, soon), ""), false},
		"no algorithm, no signature":    {unsigned(`{"typ":"JWT","alg":"none"}`, fmt.Sprintf(good, soon)), false},
		"no algorithm, other case":      {unsigned(`{"typ":"JWT","alg":"nOnE"}`, fmt.Sprintf(good, soon)), false},
		"labelled RS256":                {sign(`{"typ":"JWT","alg":"RS256"}`, fmt.Sprintf(good, soon), key), false},
		"labelled HS512":                {sign(`{"typ":"JWT","alg":"HS512"}`, fmt.Sprintf(good, soon), key), false},
		"a key id in the header":        {sign(`{"typ":"JWT","alg":"HS256","kid":"../../etc/passwd"}`, fmt.Sprintf(good, soon), key), false},
		"expired":                       {sign(head, fmt.Sprintf(good, inSeconds(-60)), key), false},
		"another widget id":             {sign(head, fmt.Sprintf(`{"imba_id":276,"exp":%d}`, soon), key), false},
		"no widget id":                  {sign(head, fmt.Sprintf(`{"exp":%d}`, soon), key), false},
		"no end":                        {sign(head, `{"imba_id":4711}`, key), false},
		"an end as text":                {sign(head, fmt.Sprintf(`{"imba_id":4711,"exp":"%d"}`, soon), key), false},
		"an end in a month":             {sign(head, fmt.Sprintf(good, inSeconds(30*86400)), key), false},
		"not valid yet":                 {sign(head, fmt.Sprintf(`{"imba_id":4711,"exp":%d,"nbf":%d}`, soon, inSeconds(300)), key), false},
		"an end that stands twice":      {sign(head, fmt.Sprintf(`{"imba_id":4711,"exp":1,"exp":%d}`, soon), key), false},
		"the key of empty credentials":  {sign(head, fmt.Sprintf(good, soon), ":"), false},
		"the secret key":                {sign(head, fmt.Sprintf(good, soon), secretKey), false},
		"a widget token":                {sign(head, fmt.Sprintf(`{"exp":%d,"user_id":1}`, soon), secretKey), false},
		"the published vector":          {"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpbWJhX2lkIjoyNzYsImV4cCI6MTg5MzQ1NjAwMH0.oxQWLY-cWrzWYKv9HfmpHABbBNi4lgUK-LCgGgjxuXI", false},
		"no token":                      {"x", false},
		"a thousand dots":               {strings.Repeat(".", 1000), false},
		"padded":                        {sign(head, fmt.Sprintf(good, soon), key) + "=", false},
	}
	strict := serve(t, e.with("IMBACHAT_INBOUND_TOKEN", "strict"))
	off := serve(t, e)
	wrong := 0
	for name, c := range tokens {
		if !c.strict {
			if wrong++; wrong > 20 { // more would be answered 429
				strict, wrong = serve(t, e.with("IMBACHAT_INBOUND_TOKEN", "strict")), 0
			}
		}
		t.Run(name, func(t *testing.T) {
			target := "/chat/users?user_ids=1&jwt_token=" + c.token
			off.get(t, target).expect(t, http.StatusUnauthorized, unauthorized)
			if c.strict {
				strict.get(t, target).only(t, "1")
				strict.get(t, "/chat/users?user_ids=1;2&jwt_token="+c.token).only(t, "1", "2")
				strict.do(t, http.MethodPost, "/chat/users", form("users=1;2&jwt_token="+c.token)).only(t, "1", "2")
			} else {
				strict.get(t, target).expect(t, http.StatusUnauthorized, unauthorized)
			}
			if log := strict.log.String() + off.log.String(); strings.Contains(log, c.token) && len(c.token) > 10 {
				t.Error("the token stands in the log")
			}
		})
	}
	t.Run("with a token Basic is not looked at, without one it is", func(t *testing.T) {
		s := serve(t, e.with("IMBACHAT_INBOUND_TOKEN", "strict"))
		s.get(t, "/chat/users?user_ids=1&jwt_token=x", provider).expect(t, http.StatusUnauthorized, unauthorized)
		s.users(t, "1").only(t, "1")
		off.get(t, "/chat/users?user_ids=1&jwt_token=x", provider).only(t, "1")
	})
	t.Run("lenient takes a token without a widget id, but no other's", func(t *testing.T) {
		s := serve(t, e.with("IMBACHAT_INBOUND_TOKEN", "lenient"))
		s.get(t, "/chat/users?user_ids=1&jwt_token="+tokens["no widget id"].token).only(t, "1")
		s.get(t, "/chat/users?user_ids=1&jwt_token="+tokens["another widget id"].token).expectStatus(t, http.StatusUnauthorized)
		s.get(t, "/chat/users?user_ids=1&jwt_token="+tokens["no end"].token).expectStatus(t, http.StatusUnauthorized)
	})
}

func unsigned(header, claims string) string {
	e := base64.RawURLEncoding
	return e.EncodeToString([]byte(header)) + "." + e.EncodeToString([]byte(claims)) + "."
}
