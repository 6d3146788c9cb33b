package convert_test

import (
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo/convert"
)

// chain runs converters in turn, as an expression's {column|a|b} does.
func chain(tb testing.TB, specs, in string) string {
	tb.Helper()
	for spec := range strings.SplitSeq(specs, "|") {
		f, _, err := convert.New(spec, env)
		if err != nil {
			tb.Fatal(err)
		}
		in = string(f(nil, []byte(in)))
	}
	return in
}

func TestConvertersMakeTheAddressesOfPlatforms(t *testing.T) {
	const ada = "https://secure.gravatar.com/avatar/b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72?s=96&d=mm"
	for _, c := range []struct{ name, specs, in, want string }{
		{"October's folders", "sub(0,9)|split3", "5f0c1d2e3a4b5678.jpg", "5f0/c1d/2e3"},
		{"XenForo's folder", "div(1000)", "12345", "12"},
		{"Drupal's files", "repl(public://,/sites/default/files/)|abs", "public://pictures/2024-01/a b.jpg", "https://s.example/sites/default/files/pictures/2024-01/a%20b.jpg"},
		{"Drupal's private files are nobody's", "repl(public://,/sites/default/files/)|abs", "private://pictures/x.jpg", ""},
		{"MediaWiki's user page", "repl(' ',_)|url", "Ada Lovelace/2", "Ada_Lovelace%2F2"},
		{"SMF's Gravatar", "repl(gravatar://,)|gravatar", "gravatar://Ada@Example.com", ada},
		{"XenForo's Gravatar", "gravatar", "ada@example.com", ada},
		{"MyBB's file", "abs", "./uploads/avatars/avatar_5.png?dateline=1", "https://s.example/./uploads/avatars/avatar_5.png?dateline=1"},
		{"a remote avatar", "abs", "http://x.example/a.png", "http://x.example/a.png"},
		{"phpBB's escaped name", "html", "&quot;Ada&quot; &amp; Co", `"Ada" & Co`},
		{"a letter for an avatar", "sub(0,1)|lower", "Ada", "a"},
		{"an id in nine digits, in folders", "pad(9)|split3", "12345", "000/012/345"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := chain(t, c.specs, c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
