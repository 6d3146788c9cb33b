package blackbox_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// addresses are what a user may have written where a site keeps the address of a picture or a page. The value tells whether anything of it
// may be shown.
var addresses = map[string]bool{
	"https://cdn.example/a.jpg": true, "http://cdn.example/a.jpg": true, "//cdn.example/a.jpg": true, "/a.jpg": true, "a.jpg": true, "a b.jpg": true,
	"javascript:alert(1)": false, "JaVaScRiPt:alert(1)": false, " javascript:alert(1)": false, "java\tscript:alert(1)": false, "java\nscript:alert(1)": false,
	"\x01javascript:alert(1)": false, "\x00javascript:alert(1)": false, "javascript\x00:alert(1)": false, "\u00a0javascript:alert(1)": false,
	"javascript&colon;alert(1)": true, "javascript://www.example.com/%0aalert(1)": false, "vbscript:msgbox(1)": false, "data:text/html,<script>alert(1)</script>": false,
	"data:image/svg+xml,<svg onload=alert(1)>": false, "file:///etc/passwd": false, "blob:https://www.example.com/1": false, "ftp://cdn.example/a.jpg": false,
	"filesystem:https://www.example.com/x": false, "view-source:https://x.example": false, "about:blank": false, "mailto:a@example.com": false, "tel:+1": false,
	"intent://x#Intent;end": false, "ws://x.example": false, "httpsx://x.example": false, "https:javascript:alert(1)": false, "https:a.jpg": false, "http:/a.jpg": false,
	"https:///a.jpg": false, "https://user:pass@cdn.example/a.jpg": false, "https://user@cdn.example/a.jpg": false, "//user:pass@cdn.example/a.jpg": false,
	"https://www.example.com@evil.example/": false, "https://cdn.example\\@evil.example/": false, "https:\\\\evil.example\\a": false, "\\\\evil.example\\a": true,
	"/\\evil.example/a": false, "https://cdn.example/a\r\nSet-Cookie: x=1": false, "https://cdn.example/\x00": false, "https://cdn.example/\x1b[31m": false,
	"https://cdn.example/\u202egpj.exe": false, "https://cdn.example/a\u2028b": false, "https://cdn.example/\u0085x": false, "https://exa mple/a": false,
	"https://cdn.example/\"><script>alert(1)</script>": true, "https://[::1": false, "https://cdn.example:99999/": true, "https://cdn.example:x/": false,
	"https://cdn.example/%zz": true,
}

// harmless tells what is wrong with an address that is shown; empty for nothing.
func harmless(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "it cannot be read"
	case u.Scheme != "https" && u.Scheme != "http":
		return "its scheme is " + u.Scheme
	case u.Host == "" || u.Opaque != "":
		return "it has no host"
	case u.User != nil:
		return "it has credentials"
	case strings.ContainsAny(address, "<>\"'`\\ "):
		return "it could end an attribute"
	case strings.ContainsFunc(address, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
	}):
		return "it has control characters"
	}
	return ""
}

// expectHarmless fails unless the answer is user id, with text as both addresses exactly when it is one that may be shown.
func expectHarmless(t *testing.T, route string, a answer, id, text string) {
	t.Helper()
	var users []map[string]any
	decode(t, a.body, &users)
	if len(users) != 1 || users[0]["user_id"] != json.Number(id) {
		t.Fatalf("%s answered %s, want user %s", route, a.body, id)
	}
	for _, key := range []string{"avatar_url", "profile_url"} {
		address, shown := users[0][key].(string)
		if shown != addresses[text] {
			t.Errorf("%s: %s of %q is %q", route, key, text, address)
		}
		if fault := harmless(address); shown && fault != "" {
			t.Errorf("%s: %s of %q is %q: %s", route, key, text, address, fault)
		}
	}
}

// TestSEC62OnlyAddressesOfTheWebAreShown puts what users write into every field that holds an address, in every way a mapping can, and reads all
// answers that hold users.
func TestSEC62OnlyAddressesOfTheWebAreShown(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	db.Exec(t, "CREATE TABLE links (id int PRIMARY KEY, name varchar(60), link varchar(200), friend int) CHARSET utf8mb4", "CREATE TABLE friends (a int, b int)")
	n := 0
	written := map[int]string{}
	for text := range addresses {
		n++
		written[n] = text
		if _, err := db.SQL().ExecContext(t.Context(), "INSERT INTO links VALUES (?, ?, ?, 1)", n, fmt.Sprintf("Member %d.", n), text); err != nil {
			t.Fatal(err)
		}
	}
	e := settings(db).with("USERS_TABLE", "links", "USERS_ID", "id", "USERS_NAME", "name", "CACHE_TTL", "0")
	for how, avatar := range map[string]string{
		"the column": "link", "the column as a template": "{link}", "what is there first": "{link} ?? {link|trim}", "trimmed": "{link|trim}",
	} {
		t.Run("by "+how, func(t *testing.T) {
			t.Parallel()
			s := serve(t, e.with("USERS_AVATAR", avatar, "USERS_PROFILE_URL", avatar))
			for id, text := range written {
				own := strconv.Itoa(id)
				for route, a := range map[string]answer{
					"users-info": s.users(t, own), "the old path": s.get(t, "/wp-json/imbachat/v1/getusers/"+own, provider), "the search": s.get(t, "/chat/search/Member%20"+own+".", provider),
				} {
					expectHarmless(t, route, a, own, text)
				}
			}
			for id, text := range written {
				for _, target := range []string{"/chat/identity?user_id=", "/chat/widget?mode=inline&user_id=", "/chat/button?to=1&user_id="} {
					if a := s.get(t, target+strconv.Itoa(id), theSite); !addresses[text] && strings.Contains(a.body, text) {
						t.Errorf("%s repeats %q: %s", target, text, a.body)
					}
				}
			}
		})
	}
}
