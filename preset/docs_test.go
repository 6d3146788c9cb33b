package preset_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/userinfo"
)

// TestEveryExampleOfTheGuideCanBeRead reads the blocks of YAML in docs/mapping-language.md; a block of a part only is read as part of a
// small mapping with the joins it speaks of.
func TestEveryExampleOfTheGuideCanBeRead(t *testing.T) {
	guide, err := os.ReadFile("../docs/mapping-language.md")
	if err != nil {
		t.Fatal(err)
	}
	const around = `
users: { table: users, key: id }
joins:
  - { as: m, table: meta, on: { user_id: id }, kv: { key: k, value: v } }
  - { as: g, table: groups, on: { user_id: id }, many: true }
  - { as: album, table: albums, on: { user_id: id }, many: true }
`
	blocks := strings.Split(string(guide), "```yaml\n")[1:]
	if len(blocks) != 6 {
		t.Fatalf("%d blocks", len(blocks))
	}
	s := schema(t)
	forms, passwords := map[string]bool{}, []string(nil)
	for _, block := range blocks {
		text, _, ok := strings.Cut(block, "```")
		if !ok {
			t.Fatal("a block is not closed")
		}
		switch {
		case strings.HasPrefix(text, "fields:"):
			text = around + text
		case !strings.Contains(text, "users:\n"):
			text = around + "fields: { name: nick }\n" + text
		}
		if err := validate(t, s, []byte(text)); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
		f, faults := preset.Parse("MAPPING", "guide.yaml", []byte(text))
		if len(faults) == 0 {
			var m *userinfo.Mapping
			m, faults = userinfo.NewMapping(&f.Users, userinfo.Settings{Private: append([]userinfo.PrivateField{{Name: "phone", Var: "MESIBO_USERS_PHONE"}}, asksPassword...)})
			if len(faults) == 0 {
				columns, _ := m.Password()
				passwords = append(passwords, columns...)
			}
		}
		if len(faults) > 0 {
			t.Errorf("%v in\n%s", faults, text)
			continue
		}
		for _, field := range f.Users.Fields {
			note(forms, field.Expr)
		}
	}
	if !slices.Equal(passwords, []string{"user_pass", "password_hash", "sign_out_stamp"}) {
		t.Errorf("the guide's passwords are %q", passwords)
	}
	for _, form := range []string{"", "col", "const", "first", "join", "max", "meta", "tmpl", "map", "time", "bit", "php", "json", "case", "list"} {
		if !forms[form] {
			t.Errorf("the guide has no example of form %q", form)
		}
	}
}

// note marks the forms within an expression.
func note(forms map[string]bool, e userinfo.ExprSpec) {
	forms[e.Form] = true
	for _, of := range e.Of {
		note(forms, of)
	}
	for _, c := range e.Cases {
		note(forms, c.Then)
	}
}
