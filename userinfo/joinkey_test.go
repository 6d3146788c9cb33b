package userinfo_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

func TestAJoinThatNoValueCouldEverFindIsRefusedAndHidesNobodyByChance(t *testing.T) {
	for _, c := range []struct {
		name   string
		column userinfo.Column
		where  string // what keeps the join out of the SELECT, or not
		want   string // users shown; empty: refused
	}{
		{"an exact decimal in the same SELECT", userinfo.Column{Name: "uid", Type: userinfo.ColumnNumber, DBType: "decimal(20,0)", Unique: true}, "until = 4102444800", "ann cid"},
		{"an exact decimal in a query of its own", userinfo.Column{Name: "uid", Type: userinfo.ColumnNumber, DBType: "decimal(20,0)", Unique: true}, "until > now()", ""},
		{"an exact decimal that is not unique", userinfo.Column{Name: "uid", Type: userinfo.ColumnNumber, DBType: "decimal(20,0)"}, "until = 4102444800", ""},
		{"bytes in a query of their own", userinfo.Column{Name: "uid", Type: userinfo.ColumnBytes, DBType: "varbinary(40)", Unique: true}, "until > now()", ""},
		{"an integer in a query of its own", userinfo.Column{Name: "uid", Type: userinfo.ColumnUint, DBType: "int unsigned", Unique: true}, "until > now()", "ann cid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			from := club()
			from.tables["held"] = &table{[]userinfo.Column{c.column, col("until", userinfo.ColumnInt)}, [][]any{{"2", "4102444800"}}}
			d := site(t, fmt.Sprintf(`
users: { table: users, key: id }
joins: [ { as: held, table: held, on: { uid: id }, one: true, where: [ %q ] } ]
fields: { name: login }
flags: { banned: exists(held) }
`, c.where), userinfo.Settings{}, from)
			faults, err := d.Bind(t.Context())
			if c.want == "" {
				if !errors.Is(err, userinfo.ErrMapping) || len(faults) != 1 || !strings.Contains(faults[0].Problem, "which cannot be a key") {
					t.Errorf("got %v, %v; want a refusal", faults, err)
				}
				return
			}
			if err != nil {
				t.Fatal(faults, err)
			}
			if got := names(t, d, "1", "2", "3"); got != c.want {
				t.Errorf("shown: %q, want %q", got, c.want)
			}
		})
	}
}

// TestARowThatIsNotBelievedLeadsNowhere joins by way of another user's row, whose value is empty.
func TestARowThatIsNotBelievedLeadsNowhere(t *testing.T) {
	unique := func(name string) userinfo.Column {
		c := col(name, userinfo.ColumnText)
		c.Unique = true
		return c
	}
	from := &source{loose: true, tables: map[string]*table{
		"u": {[]userinfo.Column{unique("id")}, [][]any{{"admin"}}},
		"a": {[]userinfo.Column{unique("k"), col("b", userinfo.ColumnText)}, [][]any{{"Admin", ""}}},
		"b": {[]userinfo.Column{unique("k"), col("v", userinfo.ColumnText)}, [][]any{{"", "of somebody else"}}},
	}}
	d := site(t, `
users: { table: u, key: id }
joins:
  - { as: a, table: a, on: { k: id }, one: true }
  - { as: b, table: b, on: { k: a.b }, one: true }
fields: { name: "'x'", b: b.v }
`, userinfo.Settings{}, from)
	users, err := d.ByID(t.Context(), "admin")
	if err != nil || len(users) != 1 || len(users[0].Extra) != 0 {
		t.Errorf("got %+v, %v; want a user without what is somebody else's", users, err)
	}
}
