package userinfo_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

// guildText is a mapping whose bans and nicknames stand in other tables.
const guildText = `
name: guild
users: { table: users, key: id }
joins:
  - { as: ban, table: bans, on: { user: id }, where: ["kind = 'chat'"], one: true, order: kind }
  - { as: nick, table: nicks, on: { user: id }, one: true }
fields:
  name: { first: [name, nick.text] }
  badge: nick.text
  role: nick.rank
  email: mail
flags:
  active: state != 2
  banned: state = 1 and ban.kind is not null
permissions: { available_chat: state != 3, send_files: nick.rank = 'boss' }
`

// guild is its database. Bea is hidden by her row and Cat by a ban, Dot is looked up among the banned and is not, Eve has only a nickname, Fay gets no chat.
func guild() *source {
	id := col("id", userinfo.ColumnUint)
	id.Unique = true
	text := func(name string) userinfo.Column { return col(name, userinfo.ColumnText) }
	return &source{tables: map[string]*table{
		"users": {
			columns: []userinfo.Column{id, text("name"), text("mail"), col("state", userinfo.ColumnInt)},
			rows: [][]any{
				{"1", "Ann", "ann@example.com", "0"}, {"2", "Bea", nil, "2"}, {"3", "Cat", nil, "1"}, {"4", "Dot", nil, "1"}, {"5", "", nil, "0"}, {"6", "Fay", nil, "3"},
			},
		},
		"bans":  {columns: []userinfo.Column{col("user", userinfo.ColumnUint), text("kind")}, rows: [][]any{{"3", "chat"}, {"1", "chat"}, {"4", "mail"}}},
		"nicks": {columns: []userinfo.Column{col("user", userinfo.ColumnUint), text("text"), text("rank")}, rows: [][]any{{"1", "annie", "boss"}, {"5", "evie", "guest"}}},
	}}
}

func guildDirectory(t *testing.T, from userinfo.Source, fields []string) *userinfo.Directory {
	t.Helper()
	m, faults := written(guildText, userinfo.Settings{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	d, err := userinfo.NewDirectory(m, from, userinfo.Options{QueryTimeout: 10 * time.Second, Visitor: fields})
	if err != nil {
		t.Fatal(err)
	}
	if faults, err := d.Bind(t.Context()); err != nil {
		t.Fatal(err, faults)
	}
	return d
}

// seen reads the row of a user as a session's query would, whose own column is the id.
func seen(t *testing.T, d *userinfo.Directory, from userinfo.Source, id string) *userinfo.Seen {
	t.Helper()
	r := d.Reading()
	if r == nil || r.Table() != "users" || r.Key() != "id" {
		t.Fatalf("reading %+v", r)
	}
	s := userinfo.Select{Table: "users", Columns: []string{"id"}, Limit: 5}
	places := r.Add(&s)
	l, err := from.ByKey(s, "id")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := l.Rows(t.Context(), id)
	if err != nil || rows.Len() != 1 {
		t.Fatal(rows, err)
	}
	return r.Seen(rows.Row(0), places)
}

func TestAVisitorIsReadWithNoMoreThanTheirRoutesNeed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fields []string
		id     userinfo.ID
		want   string   // name, badge, role, mail and the permissions; empty: nobody
		asks   []string // tables
		again  []string // tables that are asked when the row was seen before
	}{
		{"the name alone", []string{"name"}, "1", "Ann||| [{available_chat true}]", []string{"users"}, nil},
		{"hidden by the row", []string{"name"}, "2", "", []string{"users"}, []string{"users"}},
		{"hidden by another table", []string{"name"}, "3", "", []string{"users", "bans", "nicks"}, []string{"bans", "nicks"}},
		{"not hidden after a look at the other table", []string{"name"}, "4", "Dot||| [{available_chat true}]", []string{"users", "bans", "nicks"}, []string{"bans", "nicks"}},
		{"a name that stands in another table", []string{"name"}, "5", "evie||| [{available_chat true}]", []string{"users", "bans", "nicks"}, []string{"bans", "nicks"}},
		{"who gets no chat", []string{"name"}, "6", "Fay||| [{available_chat false}]", []string{"users"}, nil},
		{"nobody", []string{"name"}, "7", "", []string{"users"}, nil},
		{"the role too", []string{"name", "chat_role"}, "1", "Ann||boss| [{available_chat true}]", []string{"users", "bans", "nicks"}, []string{"bans", "nicks"}},
		{"an address of the row", []string{"email"}, "1", "|||ann@example.com [{available_chat true}]", []string{"users"}, nil},
		{"everything", nil, "1", "Ann|annie|boss|ann@example.com [{send_files true} {available_chat true}]", []string{"users", "bans", "nicks"}, []string{"users", "bans", "nicks"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from := guild()
			d := guildDirectory(t, from, tt.fields)
			check := func(how string, row *userinfo.Seen, want []string) {
				t.Helper()
				from.set(func(s *source) { s.asks = nil })
				u, known, err := d.Visitor(t.Context(), tt.id, row)
				got := ""
				if known {
					got = fmt.Sprintf("%s|%s|%s|%s %v", u.Name, u.Badge, u.Role, u.Email, u.Permissions)
				}
				if err != nil || got != tt.want || known && u.ID != tt.id {
					t.Errorf("%s: %q (%v), want %q", how, got, err, tt.want)
				}
				if diff := cmp.Diff(want, from.asks); diff != "" {
					t.Errorf("%s: tables asked (-want +got):\n%s", how, diff)
				}
			}
			check("asked", nil, tt.asks)
			if tt.fields == nil {
				if d.Reading() != nil {
					t.Error("everything of a user would be read with a session")
				}
				return
			}
			if tt.id == "7" {
				return
			}
			row := seen(t, d, from, string(tt.id))
			check("seen", row, tt.again)
			check("seen twice", row, tt.again)
		})
	}
}

func TestARowOfSomebodyElseOrOfAnOlderTableIsNotUsed(t *testing.T) {
	from := guild()
	d := guildDirectory(t, from, []string{"name"})
	ann := seen(t, d, from, "1")
	name := func(id userinfo.ID, row *userinfo.Seen) string {
		t.Helper()
		u, known, err := d.Visitor(t.Context(), id, row)
		if err != nil || known && u.ID != id {
			t.Errorf("user %s is %+v, %v", id, u, err)
		}
		return u.Name
	}
	for id, want := range map[userinfo.ID]string{"1": "Ann", "4": "Dot", "2": "", "01": "", "1 ": "", "": ""} {
		if got := name(id, ann); got != want {
			t.Errorf("with the row of 1, %q is %q, want %q", id, got, want)
		}
	}
	other := guild()
	other.tables["users"].rows[0][1] = "Another Ann"
	if u, known, err := guildDirectory(t, other, []string{"name"}).Visitor(t.Context(), "1", ann); err != nil || !known || u.Name != "Another Ann" {
		t.Errorf("another directory takes the row: %+v %t %v", u, known, err)
	}
	// The table changes: the next look-up fails, the one after it looks at the table anew, and rows read before count no more.
	changed := fmt.Errorf("%w: changed", userinfo.ErrMapping)
	eventually := time.Now().Add(10 * time.Second)
	for d.Reading() != nil && time.Now().Before(eventually) { // it is not believed within the first second
		from.set(func(s *source) { s.fail = changed })
		_, _, _ = d.Visitor(t.Context(), "4", nil)
	}
	if d.Reading() != nil {
		t.Fatal("the table is not looked at again")
	}
	from.set(func(s *source) { s.fail, s.tables["users"].rows[0][1] = nil, "Ann II" })
	if got := name("1", ann); got != "Ann II" {
		t.Errorf("after the change 1 is %q", got)
	}
}

func TestNoRowIsReadWithASessionWhereTheKeyMayStandTwice(t *testing.T) {
	from := guild()
	from.tables["users"].columns[0].Unique = false
	if r := guildDirectory(t, from, []string{"name"}).Reading(); r != nil {
		t.Errorf("reading of %s", r.Table())
	}
}

func TestALookUpOfAVisitorThatFailsIsNotAnswered(t *testing.T) {
	from := guild()
	d := guildDirectory(t, from, []string{"name"})
	dot := seen(t, d, from, "4")
	from.set(func(s *source) {
		s.during = func(context.Context, []any) error { return fmt.Errorf("%w: down", userinfo.ErrUnavailable) }
	})
	for _, row := range []*userinfo.Seen{nil, dot} {
		if u, known, err := d.Visitor(t.Context(), "4", row); err == nil || known || u.ID != "" {
			t.Errorf("%+v %t %v", u, known, err)
		}
	}
	if !slices.Contains(from.asks, "bans") {
		t.Error("the bans were not asked, which proves nothing")
	}
}
