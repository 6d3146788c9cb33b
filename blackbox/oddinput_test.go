package blackbox_test

import (
	"bytes"
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
