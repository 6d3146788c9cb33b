package detect_test

import (
	"fmt"

	"github.com/chatpass/chatpass/detect"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/userinfo"
)

func column(name string, kind userinfo.ColumnType, unique bool) detect.Column {
	return detect.Column{Column: userinfo.Column{Name: name, Type: kind, Unique: unique, Indexed: unique}}
}

func ExamplePlatforms() {
	tables := []detect.Table{
		{Name: "blog_users", Columns: []detect.Column{column("user_login", userinfo.ColumnText, false), column("display_name", userinfo.ColumnText, false)}},
		{Name: "blog_usermeta", Columns: []detect.Column{column("meta_key", userinfo.ColumnText, false)}},
	}
	rules := []detect.Rule{{Name: "wordpress", Detect: preset.Detect{
		Anchor: "users", Columns: []string{"user_login", "display_name"}, Companions: map[string][]string{"usermeta": {"meta_key"}},
	}}}
	for _, m := range detect.Platforms(tables, rules) {
		fmt.Printf("%s with the prefix %q\n", m.Preset, m.Prefix)
	}
	// Output: wordpress with the prefix "blog_"
}

func ExampleGuesses() {
	tables := []detect.Table{{Name: "mitglieder", Rows: 4711, Columns: []detect.Column{
		column("nr", userinfo.ColumnUint, true), column("spitzname", userinfo.ColumnText, false),
		column("mailadresse", userinfo.ColumnText, false), column("kennwort", userinfo.ColumnText, false),
	}}}
	for _, g := range detect.Guesses(tables) {
		fmt.Println(g.Table, g.ID, g.Name, g.Email)
		for _, reason := range g.Reasons {
			fmt.Println("-", reason)
		}
	}
	// Output:
	// mitglieder nr spitzname mailadresse
	// - the name of the table says users
	// - rows, about: 4,711
	// - "nr" is the key: an integer with an index of its own
	// - the name is spitzname
	// - "mailadresse" looks like the e-mail address
	// - "kennwort" looks like a password, which is never read
}
