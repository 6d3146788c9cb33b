package userinfo_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

func TestBitsOfWhatIsNoWholeNumberAreUnknown(t *testing.T) {
	for cell, want := range map[string]string{"4": "set", "4.0": "set", "3.00": "not set", "0": "not set", "4.5": "", "four": "", "": "", "4e0": ""} {
		from := &source{tables: map[string]*table{"u": {
			[]userinfo.Column{col("id", userinfo.ColumnUint), col("flags", userinfo.ColumnText)}, [][]any{{"1", cell}},
		}}}
		d := site(t, `
users: { table: u, key: id }
fields: { name: { case: [ { if: "flags & 4", then: "'set'" }, { if: "not (flags & 4)", then: "'not set'" } ], else: "'unknown'" } }
`, userinfo.Settings{}, from)
		if want == "" {
			want = "unknown"
		}
		if got := names(t, d, "1"); got != want {
			t.Errorf("%q: %s, want %s", cell, got, want)
		}
	}
}

const personasOfClub = `
profiles:
  table: personas
  parent: owner
  key: pid
  fields: { user_id: "P{pid}", name: title }
`

func TestPersonasOfUsersWhoseKeyIsATextAreRefused(t *testing.T) {
	from := club()
	from.tables["users"].columns[0] = userinfo.Column{Name: "id", Type: userinfo.ColumnText, DBType: "varchar(40)", Unique: true}
	from.tables["personas"].columns[1] = col("owner", userinfo.ColumnText)
	d := site(t, "users: { table: users, key: id }\nfields: { name: login }"+personasOfClub, userinfo.Settings{}, from)
	faults, err := d.Bind(t.Context())
	if !errors.Is(err, userinfo.ErrMapping) || len(faults) != 1 || !strings.Contains(faults[0].String(), "profiles") || !strings.Contains(faults[0].Problem, "text") {
		t.Errorf("got %v, %v; want a refusal: any text could be a user's id", faults, err)
	}
}

func TestManyPersonasOfAUserAreCutAndHideNobody(t *testing.T) {
	from := club()
	from.tables["personas"].rows = nil
	for i := range 67 {
		from.tables["personas"].rows = append(from.tables["personas"].rows, []any{fmt.Sprint(900 - i), "1", "A persona", "active", nil})
	}
	from.tables["personas"].rows = append(from.tables["personas"].rows, []any{"990", "2", "Bob's", "active", nil})
	d := site(t, clubJoins+personasOfClub, userinfo.Settings{}, from)
	users, err := d.ByID(t.Context(), "1", "2")
	if err != nil || len(users) != 2 {
		t.Fatal(users, err)
	}
	if n := len(users[0].Profiles); n != 50 || users[0].Profiles[0].Key != "834" || users[0].Profiles[49].Key != "883" || len(users[1].Profiles) != 1 {
		t.Errorf("%d personas, %v; %v", n, users[0].Profiles, users[1].Profiles)
	}
	for _, s := range from.selects {
		if s.Table == "personas" && (s.PerKey != 0 || s.Limit < 500*50 || len(s.Order) != 2) {
			t.Errorf("limit %d, %d rows a key, order %v; want a cut in a certain order", s.Limit, s.PerKey, s.Order)
		}
	}
}
