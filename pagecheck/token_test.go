package pagecheck_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/pagecheck"
)

// signed is a token with these claims and a signature of nobody.
func signed(claims string) string {
	e := base64.RawURLEncoding
	return e.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + e.EncodeToString([]byte(claims)) + "." + strings.Repeat("-_A", 14)
}

func TestTokensOfUsersAreFound(t *testing.T) {
	widget, dialog := signed(`{"exp":1893456000,"user_id":6}`), signed(`{"user_id":2,"initiator":"1","status":0,"exp":1893456000}`)
	escaped := strings.NewReplacer(".", "&#46;", "-", "\\u002d", "_", "%5F").Replace(widget)
	for _, tt := range []struct {
		name, body string
		header     http.Header
		want       []string
	}{
		{"none", "<p>eyJ</p>", nil, nil},
		{"a widget token", `{"token":"` + widget + `"}`, nil, []string{"6 body"}},
		{"an open-dialog token", `<button data-chatpass-token="` + dialog + `">`, nil, []string{"dialog of 1 body"}},
		{"both, twice", widget + " " + dialog + " " + widget, nil, []string{"6 body", "dialog of 1 body"}},
		{"at the end of a word", "token" + widget, nil, []string{"6 body"}},
		{"a parameter of an address", "/x?t=" + widget + "&y=1", nil, []string{"6 body"}},
		{"escaped", escaped, nil, []string{"6 body"}},
		{"headers", "", http.Header{"Set-Cookie": {"a=b", "t=" + widget + "; Path=/"}, "Link": {"<" + dialog + ">"}}, []string{"dialog of 1 Link", "6 Set-Cookie"}},
		{"an id of text", signed(`{"exp":1893456000,"user_id":"a b"}`), nil, []string{"a b body"}},
		{"another order", signed(`{"user_id":6,"exp":1893456000}`), nil, []string{"6 body"}},
		{"no end", signed(`{"user_id":6,"iat":1893456000}`), nil, nil},
		{"a third claim makes it somebody else's", signed(`{"exp":1893456000,"user_id":6,"iss":"x"}`), nil, nil},
		{"another claim for the user", signed(`{"exp":1893456000,"sub":"6"}`), nil, nil},
		{"an id that is none", signed(`{"exp":1893456000,"user_id":[6]}`), nil, nil},
		{"claims that are no object", signed(`{"exp"`), nil, nil},
		{"a signature that is too short", widget[:strings.LastIndexByte(widget, '.')+5], nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, token := range pagecheck.FindTokens([]byte(tt.body), tt.header) {
				text := token.Owner + " " + token.Where
				if token.Dialog {
					text = "dialog of " + text
				}
				if len(token.Fingerprint()) != 8 || token.Expires.Unix() != 1893456000 || strings.Contains(fmt.Sprintf("%+v", token), "eyJ") {
					t.Errorf("token %+v has the fingerprint %s", token, token.Fingerprint())
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTokensAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 2 * pagecheck.MaxTokens {
		text.WriteString(signed(fmt.Sprintf(`{"exp":1893456000,"user_id":%d}`, i+1)) + "\n")
	}
	if n := len(pagecheck.FindTokens([]byte(text.String()), nil)); n != pagecheck.MaxTokens {
		t.Errorf("%d tokens, want %d", n, pagecheck.MaxTokens)
	}
}

func FuzzFindTokens(f *testing.F) {
	f.Add("x" + signed(`{"exp":1,"user_id":"a"}`) + "y")
	f.Add(signed(`{"user_id":2,"initiator":null,"status":{},"exp":1e3}`))
	f.Add(signed(`{"exp":9223372036854775807,"user_id":1e999}`))
	f.Fuzz(func(t *testing.T, text string) {
		for _, token := range pagecheck.FindTokens([]byte(text), http.Header{"X-A": {text}}) {
			if token.Owner == "" || token.Text.IsZero() || token.Where != "body" {
				t.Errorf("token of %q in %q", token.Owner, token.Where)
			}
		}
	})
}
