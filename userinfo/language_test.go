package userinfo_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/userinfo"
)

// written reads a mapping in YAML and the settings that win over it.
func written(text string, s userinfo.Settings) (*userinfo.Mapping, []setting.Fault) {
	f, faults := preset.Parse("MAPPING", "m.yaml", []byte(text))
	if len(faults) > 0 {
		return nil, faults
	}
	return userinfo.NewMapping(&f.Users, s)
}

func site(tb testing.TB, text string, s userinfo.Settings, from userinfo.Source) *userinfo.Directory {
	tb.Helper()
	m, faults := written(text, s)
	if len(faults) > 0 {
		tb.Fatalf("%v in %s", faults, text)
	}
	d, err := userinfo.NewDirectory(m, from, userinfo.Options{QueryTimeout: 10 * time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// club is a users table with tables beside it.
func club() *source {
	unique := func(c userinfo.Column) userinfo.Column {
		c.Unique = true
		return c
	}
	text := func(names ...string) (columns []userinfo.Column) {
		for _, n := range names {
			columns = append(columns, col(n, userinfo.ColumnText))
		}
		return columns
	}
	id := func(name string) userinfo.Column { return col(name, userinfo.ColumnUint) }
	return &source{tables: map[string]*table{
		"users": {
			append([]userinfo.Column{unique(id("id")), col("level", userinfo.ColumnInt), col("born", userinfo.ColumnTime), col("seen", userinfo.ColumnTimestamp), col("pic", userinfo.ColumnUint)},
				text("login", "nick", "mail", "prefs", "opts", "empty", "password", "auth_token")...),
			[][]any{
				{"1", "5", "2026-01-02 03:04:05", "2026-01-02 03:04:05", "11", "ann", "Ann <3", " Ann@Example.com ", `a:2:{s:4:"city";s:4:"Rome";s:5:"times";a:2:{i:0;i:1700000000;i:1;i:1800000000;}}`, `{"a":{"b":[1,2]},"vip":true}`, nil, "secret1", "secret2"},
				{"2", "0", "0000-00-00 00:00:00", nil, nil, "bob", "", nil, "", "", "", "secret1", "secret2"},
				{"3", nil, nil, nil, "99", "cid", nil, "c@example.com", nil, nil, nil, "secret1", "secret2"},
			},
		},
		"pics":  {append([]userinfo.Column{unique(id("fid")), id("album")}, text("path")...), [][]any{{"11", "7", "a b.jpg"}, {"12", "7", "other.jpg"}}},
		"album": {append([]userinfo.Column{unique(id("aid"))}, text("title")...), [][]any{{"7", "Holiday"}}},
		"meta": {append([]userinfo.Column{id("uid")}, text("k", "v")...), [][]any{
			{"1", "color", "red"},
			{"1", "COLOR", "wrong"},
			{"1", "x_capabilities", "a:1:{s:13:\"administrator\";b:1;}"},
			{"1", "session_tokens", `a:1:{s:1:"x";a:1:{s:5:"login";i:1700000001;}}`},
			{"2", "color", nil},
			{"2", "color", "blue"},
			{"2", "badge-of.honour", "gold"},
			{"2", "a_capabilities", "second"},
			{"2", "b_secret_capabilities", "hidden"},
			{"9", "color", "nobody's"},
		}},
		"roles": {append([]userinfo.Column{id("uid"), col("rank", userinfo.ColumnInt)}, text("name", "state")...), [][]any{
			{"1", "10", "writer", "on"}, {"1", "9", "admin", "on"}, {"1", "100", "ghost", "off"}, {"2", "1", "reader", "on"}, {"9", "99", "admin", "on"},
		}},
		"bans": {append([]userinfo.Column{id("uid")}, text("until")...), [][]any{{"2", "4102444800"}, {"3", "1000000000"}}},
		"personas": {append([]userinfo.Column{id("pid"), id("owner")}, text("title", "status", "pic_name")...), [][]any{
			{"71", "1", "Ann the Bard", "active", "bard.png"}, {"72", "1", "Gone", "deleted", nil}, {"73", "9", "Nobody's", "active", nil}, {"74", "2", "", "active", nil},
		}},
	}}
}

const clubJoins = `
users: { table: users, key: id }
joins:
  - { as: pic, table: pics, on: { fid: pic }, one: true }
  - { as: album, table: album, on: { aid: pic.album }, one: true }
  - { as: m, table: meta, on: { uid: id }, kv: { key: k, value: v } }
  - { as: r, table: roles, on: { uid: id }, many: true, where: [ "state = 'on'" ], order: rank }
  - { as: ban, table: bans, on: { uid: id }, many: true, where: [ "until = 0 or until > now()" ] }
  - { as: none, table: nothing, on: { uid: id }, many: true, optional: true }
  - { as: later, table: nothing_kv, on: { uid: id }, kv: { key: k, value: v }, optional: true }
fields:
  name: login
`

// TestEveryFormOfExpressionGivesWhatTheGuideSays takes each as a further field of three users.
func TestEveryFormOfExpressionGivesWhatTheGuideSays(t *testing.T) {
	for expr, want := range map[string][3]string{
		"nick": {"Ann <3", "", ""},

		"nick ?? login":                     {"Ann <3", "bob", "cid"},
		"gone? ?? login":                    {"ann", "bob", "cid"},
		`"'Member'"`:                        {"Member", "Member", "Member"},
		`"{login}: {nick}"`:                 {"ann: Ann <3", "bob:", "cid:"},
		`"{mail|trim|lower|md5}"`:           {md5Of("ann@example.com"), "", md5Of("c@example.com")},
		"{ col: nick }":                     {"Ann <3", "", ""},
		"{ col: pic.path }":                 {"a b.jpg", "", ""},
		"album.title":                       {"Holiday", "", ""},
		"{ const: Hello }":                  {"Hello", "Hello", "Hello"},
		"{ first: [ nick, empty, login ] }": {"Ann <3", "bob", "cid"},
		"{ first: [ level, { const: x } ], empty_zero: true }": {"5", "x", "x"},
		"{ first: [ level, { const: x } ] }":                   {"5", "0", "x"},
		"{ first: [ born, { const: x } ], empty_zero: true }":  {"2026-01-02 03:04:05", "x", "x"},
		"{ join: [ login, nick, level ] }":                     {"ann Ann <3 5", "bob 0", "cid"},
		"{ join: [ login, nick, level ], sep: '/' }":           {"ann/Ann <3/5", "bob/0", "cid"},
		"{ max: [ level, pic ] }":                              {"11", "0", "99"},

		"m.color":                                {"red", "blue", ""},
		"{ meta: m.color }":                      {"red", "blue", ""},
		"{ meta: m.badge-of.honour }":            {"", "gold", ""},
		"{ meta: m.%_capabilities, like: true }": {`a:1:{s:13:"administrator";b:1;}`, "second", ""},
		"{ php: { meta: m.%_capabilities, like: true }, path: keys() }": {"administrator", "", ""},

		"later.color":                 {"", "", ""},
		`{ tmpl: "{login}-{level}" }`: {"ann-5", "bob-0", "cid-"},
		"{ map: level, to: { 5: five, 0: none }, else: other }": {"five", "none", "other"},
		"{ map: level, to: { 5: five } }":                       {"five", "", ""},
		"{ time: born, as: sql, tz: UTC }":                      {"1767323045", "", ""},
		"{ time: born, as: sql }":                               {"1767319445", "", ""},
		"{ time: born, as: sql, tz: America/New_York }":         {"1767341045", "", ""},
		"{ time: seen, as: sql }":                               {"1767323045", "", ""},
		"{ time: seen, as: sql, tz: America/New_York }":         {"1767323045", "", ""},
		"{ time: { first: [ 'gone?', seen, born ] } }":          {"1767323045", "", ""},
		"{ time: { first: [ 'gone?', born, seen ] } }":          {"1767319445", "", ""},
		"{ bit: level, mask: 4 }":                               {"1", "", ""},
		"{ bit: level, mask: 0x2 }":                             {"", "", ""},
		"{ php: prefs, path: city }":                            {"Rome", "", ""},
		"{ php: prefs, path: max(times.*) }":                    {"1800000000", "", ""},
		"{ json: opts, path: a.b.0 }":                           {"1", "", ""},
		"{ json: opts, path: 'a.b.*' }":                         {"1,2", "", ""},
		"{ json: opts, path: 'count(a.b)' }":                    {"2", "", ""},

		"{ case: [ { if: level > 3, then: { const: high } }, { if: level = 0, then: 'nick ?? login' } ], else: { const: unknown } }": {"high", "bob", "unknown"},

		"{ case: [ { if: not (level = 5), then: { const: low } } ], else: { const: rest } }": {"rest", "low", "rest"},
		"{ case: [ { if: 'gone? = 1', then: login } ], else: { const: rest } }":              {"rest", "rest", "rest"},
		"{ case: [ { if: 'gone? is null', then: login } ] }":                                 {"ann", "bob", "cid"},

		"{ case: [ { if: password = '', then: { const: none } } ], else: { const: some } }": {"some", "some", "some"},
		// Roles are in the order of rank, which the fake reads as text.
		"{ list: r.name }":                        {"writer", "reader", ""},
		"{ list: r.name, agg: first }":            {"writer", "reader", ""},
		"{ list: r.name, agg: join }":             {"writer,admin", "reader", ""},
		"{ list: r.name, agg: join, sep: ' & ' }": {"writer & admin", "reader", ""},
		"{ list: r.rank, agg: min }":              {"9", "1", ""},
		"{ list: r.rank, agg: max }":              {"10", "1", ""},
		"{ list: r.name, agg: count }":            {"2", "1", "0"},
		"{ list: r.name, agg: has(admin) }":       {"1", "", ""},
		"{ list: r.name, agg: has('ghost') }":     {"", "", ""},
		"{ list: none.name, agg: join }":          {"", "", ""},

		"{ map: { list: r.name, agg: has(admin) }, to: { 1: admin }, else: user }":     {"admin", "user", "user"},
		"{ map: { list: r.name, agg: join }, to: { 'writer,admin': both }, else: '' }": {"both", "", ""},
	} {
		t.Run(expr, func(t *testing.T) {
			d := site(t, clubJoins+"  x: "+expr+"\n", userinfo.Settings{Timezone: "Europe/Berlin", SiteURL: "https://s.example"}, club())
			users, err := d.ByID(t.Context(), "1", "2", "3")
			if err != nil || len(users) != 3 {
				t.Fatal(users, err)
			}
			var got [3]string
			for i, u := range users {
				for _, x := range u.Extra {
					got[i] = x.Text
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestConditionsOnJoinsHideAndPermit(t *testing.T) {
	for cond, want := range map[string]string{
		"exists(r)":                      "ann bob",
		"exists(pic)":                    "ann",
		"exists(ban)":                    "bob",
		"not exists(ban)":                "ann cid",
		"exists(none)":                   "",
		"has(r.name, 'admin')":           "ann",
		"has(r.name, 'Admin')":           "",
		"has(r.rank, 10)":                "ann",
		"m.color = 'red'":                "ann",
		"m.color != 'red'":               "bob",
		"not (m.color = 'red')":          "bob",
		"m.color is null":                "cid",
		"later.x is null":                "ann bob cid",
		"empty(m.color)":                 "cid",
		"m.color like 'B%'":              "bob",
		"album.title = 'Holiday'":        "ann",
		"r.name = 'writer' or level = 0": "ann bob",
		"pic.path is null and pic = 99":  "cid",
	} {
		t.Run(cond, func(t *testing.T) {
			d := site(t, clubJoins+fmt.Sprintf("flags: { active: %q }\n", cond), userinfo.Settings{}, club())
			if got := names(t, d, "1", "2", "3"); got != want {
				t.Errorf("active: %q, want %q", got, want)
			}
			d = site(t, clubJoins+fmt.Sprintf("permissions: { send_files: %q }\n", cond), userinfo.Settings{}, club())
			users, err := d.ByID(t.Context(), "1", "2", "3")
			if err != nil {
				t.Fatal(err)
			}
			users = slices.DeleteFunc(users, func(u userinfo.User) bool { return !u.Permissions[0].Allowed })
			if got := joinNames(users); got != want {
				t.Errorf("permitted: %q, want %q", got, want)
			}
		})
	}
}

func names(t *testing.T, d *userinfo.Directory, ids ...userinfo.ID) string {
	t.Helper()
	users, err := d.ByID(t.Context(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	return joinNames(users)
}

func joinNames(users []userinfo.User) string {
	var all []string
	for _, u := range users {
		all = append(all, u.Name)
	}
	return strings.Join(all, " ")
}

func TestOnlyWhatIsNeededIsAskedAndOnceForAll(t *testing.T) {
	for fields, want := range map[string][]string{
		"": {"users"},

		"  x: pic.path":    {"users"},
		"  x: album.title": {"users"},
		"  x: m.color":     {"users", "meta"},

		"  x: m.color\n  y: m.other\n  z: later.color":   {"users", "meta"},
		"  x: m.color\n  y: { list: r.name, agg: join }": {"users", "meta", "roles"},
	} {
		from := club()
		d := site(t, clubJoins+fields+"\n", userinfo.Settings{}, from)
		if got := names(t, d, "1", "2", "3"); got != "ann bob cid" {
			t.Fatal(got)
		}
		if diff := cmp.Diff(want, from.asks); diff != "" {
			t.Errorf("%s: %s", fields, diff)
		}
	}
	from := club()
	d := site(t, strings.Replace(clubJoins, "fields:", "  - { as: p2, table: meta, on: { uid: m.nobody_has_this }, kv: { key: k, value: v } }\nfields:", 1)+"  x: p2.color\n", userinfo.Settings{}, from)
	if got := names(t, d, "1", "2"); got != "ann bob" || !slices.Equal(from.asks, []string{"users", "meta"}) {
		t.Errorf("%q: a join that nobody has a value for is asked: %q", got, from.asks)
	}
}

func TestAJoinThatIsOnlyPassedThroughMustExist(t *testing.T) {
	from := club()
	delete(from.tables, "pics")
	d := site(t, clubJoins+"  x: album.title\n", userinfo.Settings{}, from)
	if faults, err := d.Bind(t.Context()); !errors.Is(err, userinfo.ErrMapping) || len(faults) != 1 || !strings.Contains(faults[0].Problem, "joins[0] (pic) names table pics") {
		t.Errorf("got %v, %v", faults, err)
	}
	from = club()
	delete(from.tables, "pics") // but nobody needs it
	if got := names(t, site(t, clubJoins, userinfo.Settings{}, from), "1"); got != "ann" {
		t.Errorf("got %q", got)
	}
}

func TestPersonasAreTheirOwnersAndNobodyElse(t *testing.T) {
	const profiles = `
profiles:
  table: personas
  parent: owner
  key: pid
  where: [ "status = 'active'" ]
  fields: { user_id: "P{pid}", name: title, avatar_url: "https://x.example/{pic_name}" }
`
	d := site(t, clubJoins+profiles, userinfo.Settings{}, club())
	users, err := d.ByID(t.Context(), "1", "2", "3")
	if err != nil || len(users) != 3 {
		t.Fatal(users, err)
	}
	want := []userinfo.Profile{{Key: "71", UserID: "P71", Name: "Ann the Bard", AvatarURL: "https://x.example/bard.png"}}
	if diff := cmp.Diff(want, users[0].Profiles); diff != "" || users[1].Profiles != nil || users[2].Profiles != nil {
		t.Errorf("%s%v %v", diff, users[1].Profiles, users[2].Profiles)
	}
	d = site(t, clubJoins+strings.Replace(profiles, "P{pid}", "1{pid}", 1), userinfo.Settings{}, club())
	if users, err = d.ByID(t.Context(), "1"); err != nil || users[0].Profiles != nil {
		t.Errorf("a persona has an id that a user may have: %+v, %v", users[0].Profiles, err)
	}
}

func TestTwoRowsWithOneKeyAreNobody(t *testing.T) {
	from := club()
	from.tables["users"].rows = append(from.tables["users"].rows, slices.Clone(from.tables["users"].rows[0]))
	d := site(t, clubJoins+"  x: m.color\n  y: { list: r.name, agg: join }\n", userinfo.Settings{}, from)
	if got := names(t, d, "1", "2", "3"); got != "bob cid" {
		t.Errorf("got %q", got)
	}
}

// TestRowsJoinedByALooseDatabaseAreNotBelieved lets the database compare without letter case.
func TestRowsJoinedByALooseDatabaseAreNotBelieved(t *testing.T) {
	key := func(c userinfo.Column) userinfo.Column { c.Unique = true; return c }
	from := &source{loose: true, tables: map[string]*table{
		"u": {[]userinfo.Column{key(col("id", userinfo.ColumnText))}, [][]any{{"admin"}, {"ADMIN"}, {"admin "}}},
		"a": {[]userinfo.Column{key(col("k", userinfo.ColumnText)), col("b", userinfo.ColumnText)}, [][]any{{"Admin", "x"}, {"ADMIN", "y"}}},
		"b": {[]userinfo.Column{key(col("k", userinfo.ColumnText)), col("v", userinfo.ColumnText)}, [][]any{{"X", "wrong"}, {"y", "right"}}},
		"m": {[]userinfo.Column{col("k", userinfo.ColumnText), col("n", userinfo.ColumnText), col("v", userinfo.ColumnText)}, [][]any{{"Admin", "c", "wrong"}, {"admin", "C", "wrong"}, {"ADMIN", "c", "right"}}},
	}}
	d := site(t, `
users: { table: u, key: id }
joins:
  - { as: a, table: a, on: { k: id }, one: true }
  - { as: b, table: b, on: { k: a.b }, one: true }
  - { as: m, table: m, on: { k: id }, kv: { key: n, value: v } }
fields: { name: "'x'", a: a.b, b: b.v, m: m.c }
`, userinfo.Settings{}, from)
	users, err := d.ByID(t.Context(), "admin", "ADMIN", "admin ")
	if err != nil || len(users) != 3 {
		t.Fatal(users, err)
	}
	for _, u := range users {
		want := ""
		if u.ID == "ADMIN" {
			want = "a=y b=right m=right "
		}
		got := ""
		for _, x := range u.Extra {
			got += x.Name + "=" + x.Text + " "
		}
		if got != want {
			t.Errorf("%q: %q, want %q", u.ID, got, want)
		}
	}
}

// TestSharedLookUpsKeepJoinedValuesApart asks from many sides at once, some of which leave.
func TestSharedLookUpsKeepJoinedValuesApart(t *testing.T) {
	from := club()
	meta := from.tables["meta"]
	users := from.tables["users"]
	template := users.rows[2]
	users.rows, meta.rows = nil, nil
	for i := 1; i <= 300; i++ {
		row := slices.Clone(template)
		row[0], row[5] = fmt.Sprint(i), fmt.Sprint("user", i)
		users.rows = append(users.rows, row)
		meta.rows = append(meta.rows, []any{fmt.Sprint(i), "color", fmt.Sprint("color", i)})
	}
	m, faults := written(clubJoins+"  x: m.color\n", userinfo.Settings{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	d, err := userinfo.NewDirectory(m, from, userinfo.Options{Readers: 1, Few: 1, QueryTimeout: 10 * time.Second, Queue: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for side := range 24 {
		wait.Go(func() {
			for round := range 10 {
				ctx, cancel := context.WithCancel(t.Context())
				if (side+round)%3 == 0 {
					cancel()
				}
				var ids []userinfo.ID
				for i := range 10 {
					ids = append(ids, userinfo.ID(fmt.Sprint(1+(side*37+round*11+i*7)%300)))
				}
				got, err := d.ByID(ctx, ids...)
				cancel()
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				for _, u := range got {
					if u.Name != "user"+string(u.ID) || len(u.Extra) != 1 || u.Extra[0].Text != "color"+string(u.ID) {
						t.Errorf("%q: %+v", u.ID, u)
					}
				}
			}
		})
	}
	wait.Wait()
}

func md5Of(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
