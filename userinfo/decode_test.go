package userinfo_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

func TestTheTimeOfTheLastLogin(t *testing.T) {
	const berlin = "Europe/Berlin"
	for name, c := range map[string]struct {
		expression, zone string
		class            userinfo.ColumnType
		cell             any
		want             string
	}{
		"DATETIME without a zone set is UTC":      {"at", "", userinfo.ColumnTime, "2026-07-01 12:00:00", "2026-07-01T12:00:00Z"},
		"DATETIME is in the zone that is set":     {"at", berlin, userinfo.ColumnTime, "2026-07-01 12:00:00", "2026-07-01T10:00:00Z"},
		"DATETIME in winter":                      {"at", berlin, userinfo.ColumnTime, "2026-01-01 12:00:00", "2026-01-01T11:00:00Z"},
		"TIMESTAMP is UTC whatever is set":        {"at", berlin, userinfo.ColumnTimestamp, "2026-07-01 12:00:00", "2026-07-01T12:00:00Z"},
		"timestamptz has its offset":              {"at", berlin, userinfo.ColumnTimestamp, "2026-07-01T12:00:00+03:00", "2026-07-01T09:00:00Z"},
		"a filtered TIMESTAMP is UTC":             {"{at|unix}", berlin, userinfo.ColumnTimestamp, "2026-07-01 12:00:00", "2026-07-01T12:00:00Z"},
		"a filtered DATETIME is in the zone":      {"{at|unix}", berlin, userinfo.ColumnTime, "2026-07-01 12:00:00", "2026-07-01T10:00:00Z"},
		"a date is midnight in the zone":          {"at", berlin, userinfo.ColumnDate, "2026-07-01", "2026-06-30T22:00:00Z"},
		"a number is seconds":                     {"at", berlin, userinfo.ColumnInt, "1767225600", "2026-01-01T00:00:00Z"},
		"a number of milliseconds":                {"at", berlin, userinfo.ColumnInt, "1767225600999", "2026-01-01T00:00:00Z"},
		"a divided number":                        {"{at|div(10)}", "", userinfo.ColumnInt, "17672256000", "2026-01-01T00:00:00Z"},
		"text is in the zone":                     {"at", berlin, userinfo.ColumnText, "2026-07-01 12:00:00", "2026-07-01T10:00:00Z"},
		"the next alternative has its own zone":   {"none ?? at", berlin, userinfo.ColumnTimestamp, "2026-07-01 12:00:00", "2026-07-01T12:00:00Z"},
		"a zero date asks the next":               {"zero ?? at", berlin, userinfo.ColumnTime, "2026-07-01 12:00:00", "2026-07-01T10:00:00Z"},
		"the hour that comes twice is one of two": {"at", berlin, userinfo.ColumnTime, "2026-10-25 03:00:00", "2026-10-25T02:00:00Z"},
		"a zero date":                             {"at", berlin, userinfo.ColumnTime, "0000-00-00 00:00:00", ""},
		"NULL":                                    {"at", berlin, userinfo.ColumnTime, nil, ""},
		"zero":                                    {"at", berlin, userinfo.ColumnInt, "0", ""},
		"text that is no time":                    {"at", berlin, userinfo.ColumnText, "never", ""},
	} {
		t.Run(name, func(t *testing.T) {
			columns := []userinfo.Column{col("at", c.class), col("none", userinfo.ColumnTime), col("zero", userinfo.ColumnTime)}
			got := one(t, userinfo.Settings{LastLogin: c.expression, Timezone: c.zone}, columns, c.cell, nil, "0000-00-00 00:00:00")
			text := ""
			if !got.LastLogin.IsZero() {
				text = got.LastLogin.Format(time.RFC3339Nano)
			}
			if text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
}

func TestARowBecomesAUser(t *testing.T) {
	from := &source{tables: map[string]*table{"t": {
		columns: []userinfo.Column{
			{Name: "guid", Type: userinfo.ColumnBytes, Size: 16},
			col("nick", userinfo.ColumnText), col("pic", userinfo.ColumnText),
			col("mail", userinfo.ColumnText), col("seen", userinfo.ColumnTime), col("level", userinfo.ColumnText), col("role", userinfo.ColumnText),
		},
		rows: [][]any{
			{uuidBytes(aUUID), "Žofie 🦊", "6.jpg", "z@example.com", "2026-01-01 00:00:00", "Gold", "admin"},
			{uuidBytes("00000000-0000-0000-0000-000000000001"), nil, nil, nil, nil, nil, nil},
		},
	}}}
	s := userinfo.Settings{
		Table: "t", ID: "guid", Name: "nick", Avatar: "/img/{pic}", ProfileURL: "/m/{guid}", Email: "mail", LastLogin: "seen", Badge: "level",
		Role: "role", Fields: "mail={email}", SiteURL: "https://s.example",
	}
	// The key's bytes read as the id in a template, too.
	users, err := directory(t, s, from, userinfo.Options{}).ByID(t.Context(), aUUID, "00000000-0000-0000-0000-000000000001")
	want := []userinfo.User{
		{
			ID: aUUID, Name: "Žofie 🦊", AvatarURL: "https://s.example/img/6.jpg", ProfileURL: "https://s.example/m/" + aUUID, Email: "z@example.com",
			LastLogin: time.Unix(1767225600, 0).UTC(), Badge: "Gold", Role: "admin", Extra: []userinfo.Field{{Name: "mail", Text: "z@example.com"}},
		},
		{ID: "00000000-0000-0000-0000-000000000001", ProfileURL: "https://s.example/m/00000000-0000-0000-0000-000000000001"},
	}
	if diff := cmp.Diff(want, users); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestUsersOwnTheirFields(t *testing.T) {
	s := plainSettings
	s.Fields = "a={nick};b={mail}"
	users, err := directory(t, s, members(), userinfo.Options{}).ByID(t.Context(), "1", "2", "3")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]userinfo.Field{
		{{Name: "a", Text: "Ann"}, {Name: "b", Text: "ann@example.com"}}, {{Name: "a", Text: "Bob"}}, {{Name: "a", Text: "annabel"}, {Name: "b", Text: "a@example.com"}},
	}
	for i, u := range users {
		if diff := cmp.Diff(want[i], u.Extra); diff != "" {
			t.Errorf("user %s: %s", u.ID, diff)
		}
	}
}

func TestRowsKeepTheirCells(t *testing.T) {
	rows := userinfo.NewRows(3)
	big := make([]byte, 10_000)
	cell := []byte("first")
	rows.AppendCell(cell)
	rows.AppendNull()
	rows.AppendCell(nil)
	copy(cell, "XXXXX") // the driver uses its buffer again
	for range 3 {
		rows.AppendCell(big)
	}
	if rows.Len() != 2 {
		t.Fatalf("%d rows", rows.Len())
	}
	row := rows.Row(0)
	if string(row[0]) != "first" || row[1] != nil || row[2] == nil || len(row[2]) != 0 {
		t.Errorf("row is %q", row)
	}
	if _ = append(row[0], "overflow"...); string(rows.Row(0)[0]) != "first" || len(rows.Row(1)[0]) != 10_000 {
		t.Error("a cell can be written beyond its end")
	}
	rows.Reset()
	if rows.Len() != 0 {
		t.Errorf("%d rows after Reset", rows.Len())
	}
	if userinfo.NewRows(0).Len() != 0 {
		t.Error("a result without columns has no rows")
	}
}
