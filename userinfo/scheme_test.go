package userinfo_test

import (
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

// TestAFieldOfOnesOwnNeverBeginsWithAScript shows a column and a template as fields that a chat may make a link of.
func TestAFieldOfOnesOwnNeverBeginsWithAScript(t *testing.T) {
	for text, shown := range map[string]bool{
		"javascript:alert(1)":                     false,
		"JavaScript:alert(1)":                     false,
		"VBSCRIPT:x":                              false,
		"data:text/html,x":                        false,
		"dAtA:":                                   false,
		" \t\r\n\x00\x01\x1fjavascript:x":         false,
		"\u00a0\u2028\ufeff\u200bjavascript:x":    false,
		"java\tscr\nipt\r:x":                      false,
		"j a v a s c r i p t : x":                 false,
		"java\x00script\x7f:x":                    false,
		strings.Repeat(" ", 3000) + "javascript:": false,
		"javascripts:x":                           true,
		"xjavascript:x":                           true,
		"javascript":                              true,
		"data":                                    true,
		"see data:x":                              true,
		"metadata: x":                             true,
		"https://example.com/?a=javascript:x":     true,
		"/javascript:x":                           true,
		"Rome":                                    true,
		"данные:x":                                true,
		"jаvascript:x":                            true, // a Cyrillic letter makes it no scheme
	} {
		from := club()
		from.tables["users"].rows[0][from.tables["users"].place("nick")] = text
		for _, field := range []string{"  x: nick\n", "  x: '{nick}'\n", "  x: { json: empty }\n  y: { map: nick, to: { a: b } }\n  z: { first: [ empty, nick ] }\n"} {
			users, err := site(t, clubJoins+field, userinfo.Settings{}, from).ByID(t.Context(), "1")
			if err != nil || len(users) != 1 || shown != (len(users[0].Extra) == 1) || shown && users[0].Extra[0].Text != text {
				t.Errorf("%q by %q: %+v, %v", text, field, users, err)
			}
		}
		users, err := site(t, clubJoins, userinfo.Settings{Fields: "x=nick"}, from).ByID(t.Context(), "1")
		if err != nil || len(users) != 1 || shown != (len(users[0].Extra) == 1) {
			t.Errorf("%q by USERS_FIELDS: %+v, %v", text, users, err)
		}
	}
}
