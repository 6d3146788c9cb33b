package session_test

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// members is a site whose members stand in one table and their tokens in another.
func members() *database {
	return &database{tables: map[string]*table{
		"t_users": rows("id uint unique, login text, name text, state uint",
			[]any{"1", "ada", "Ada", "0"}, []any{"2", "bob", "Bob", "0"}, []any{"3", "eve", "Eve", "2"}, []any{"4", "dan", "Dan", "0"}, []any{"5", "two", "Two", "0"},
			[]any{"6", "same", "Same", "0"}, []any{"7", "SAME", "SAME", "0"}, []any{"8", "pair", "Pair", "0"}, []any{"9", "pair", "Pair", "2"}, []any{"10", "none", "None", "0"}),
		"t_meta": rows("owner uint, kind text, text text",
			[]any{"1", "token", "a"}, []any{"1", "other", "x"}, []any{"1", "TOKEN", "A"}, []any{"2", "token", "b"}, []any{"3", "token", "e"}, []any{"4", "TOKEN", "d"},
			[]any{"5", "token", "t"}, []any{"5", "token", "u"}, []any{"6", "token", "s"}, []any{"7", "token", "S"}, []any{"8", "token", "p"}, []any{"9", "token", "q"}),
	}}
}

// member signs in whose login a cookie says, if their token is in the cookie too.
func member(join session.JoinSpec) session.Recipe {
	if join.Tables == nil {
		join.Tables = []string{"{p}meta"}
	}
	join.By, join.And, join.Take = [2]string{"owner", "id"}, [][2]string{{"kind", "'token'"}}, [][2]string{{"token", "text"}}
	return session.Recipe{
		Name: "member", Cookie: "who",
		Steps: []session.Step{
			{Set: [][2]string{{"login", "item(split($value, ':', 2), 0)"}, {"sent", "item(split($value, ':', 2), 1)"}}},
			{Row: &session.RowSpec{Tables: []string{"{p}users"}, By: [2]string{"login", "$login"}, Take: [][2]string{{"uid", "id"}}, Join: &join}},
			{Check: "equal($token, $sent)"},
		},
		User: "$uid",
	}
}

// directoryOf reads the members that are not hidden, from the same database.
func directoryOf(tb testing.TB, d *database) *userinfo.Directory {
	tb.Helper()
	mapping, faults := userinfo.ParseMapping(userinfo.Settings{Table: "t_users", ID: "id", Name: "name", Where: "state != 2", SiteURL: "https://example.com"})
	if len(faults) > 0 {
		tb.Fatal(faults)
	}
	directory, err := userinfo.NewDirectory(mapping, samples{d}, userinfo.Options{Visitor: []string{"name"}})
	if err != nil {
		tb.Fatal(err)
	}
	if faults, err := directory.Bind(tb.Context()); err != nil {
		tb.Fatal(err, faults)
	}
	return directory
}

// samples is a database in which everything can be looked up.
type samples struct{ *database }

func (s samples) Sample(sel userinfo.Select, key string, _ int) (userinfo.Lookup, error) {
	return lookup{s.database, sel, key}, nil
}

func (s samples) Search(sel userinfo.Select, in []string, _ int) (userinfo.Lookup, error) {
	return lookup{s.database, sel, in[0]}, nil
}

// visits are cookies of the site of members, and whom they name.
var memberVisits = []struct{ name, cookie, want string }{
	{"a member", "ada:a", "1 Ada"},
	{"another member", "bob:b", "2 Bob"},
	{"the token of another", "ada:b", "rejected"},
	{"a token under a name in other letter case", "ada:A", "rejected"},
	{"a login in other letter case", "ADA:a", "rejected"},
	{"a login with a blank behind it", "ada :a", "rejected"},
	{"nobody of this name", "zoe:a", "rejected"},
	{"no token", "ada:", "rejected"},
	{"no login", ":a", "rejected"},
	{"a member who is hidden", "eve:e", "3"},
	{"only a token under a name in other letter case", "dan:d", "rejected"},
	{"a member without any token", "none:", "rejected"},
	{"two tokens, the first", "two:t", "rejected"},
	{"two tokens, the second", "two:u", "rejected"},
	{"one of two logins that differ in letter case", "same:s", "6 Same"},
	{"the other of them", "SAME:S", "7 SAME"},
	{"the token of the other", "same:S", "rejected"},
	{"two members of one login, one of them hidden", "pair:p", "rejected"},
	{"two members of one login, the token of the hidden one", "pair:q", "rejected"},
}

// whom names the visitor of a cookie, with the name if they are shown.
func whom(tb testing.TB, r *session.Resolver, directory *userinfo.Directory, cookie string) string {
	tb.Helper()
	id, err := r.Resolve(tb.Context(), visit(tb, "who="+cookie))
	got := said(tb, string(id.UserID), err)
	if err != nil {
		return got
	}
	u, known, err := directory.Visitor(tb.Context(), id.UserID, id.Seen)
	if err != nil {
		tb.Fatal(err)
	}
	if known {
		got += " " + u.Name
	}
	return got
}

func TestARowAndWhatBelongsToItNameTheSameVisitorHoweverTheyAreRead(t *testing.T) {
	refusing := func(refuse func(userinfo.Select) bool) func(*database) {
		return func(d *database) {
			d.refuse = func(s userinfo.Select) error {
				if refuse(s) {
					return fmt.Errorf("%w: cannot be", userinfo.ErrMapping)
				}
				return nil
			}
		}
	}
	failing := func(fails func(userinfo.Select) bool) func(*database) {
		return func(d *database) {
			d.during = func(_ context.Context, s userinfo.Select, _ []any) error {
				if fails(s) {
					return fmt.Errorf("%w: changed meanwhile", userinfo.ErrMapping)
				}
				return nil
			}
		}
	}
	ways := []struct {
		name    string
		change  func(*database)
		apart   bool // users are read by themselves
		queries int  // of a member's visit
	}{
		{"in one query", nil, false, 1},
		{"the session in one, the user in another", nil, true, 2},
		{"by a database that cannot join", refusing(func(s userinfo.Select) bool { return len(s.Joins) > 0 }), false, 4},
		{"by a database that refuses the query later", failing(func(s userinfo.Select) bool { return len(s.Joins) > 0 }), false, 5},
		{"where ids may stand twice", func(d *database) { d.tables["t_users"].columns[0].Unique = false }, false, 4},
		{"where the tables' keys are of different types", func(d *database) { d.tables["t_meta"].columns[0].Type = userinfo.ColumnText }, false, 3},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			d := members()
			if way.change != nil {
				way.change(d)
			}
			directory := directoryOf(t, d)
			o := options(d, nil)
			if !way.apart {
				o.Visitors = directory.Reading
			}
			r := open(t, o, member(session.JoinSpec{}))
			whom(t, r, directory, "ada:a") // the first looks at the tables
			before := d.queries
			whom(t, r, directory, "ada:a")
			if got := d.queries - before; got != way.queries {
				t.Errorf("%d queries, want %d", got, way.queries)
			}
			for _, v := range memberVisits {
				if got := whom(t, r, directory, v.cookie); got != v.want {
					t.Errorf("%s (%s) is %q, want %q", v.name, v.cookie, got, v.want)
				}
			}
		})
	}
}

func TestARowThatBelongsToAnotherMayBeMissingWhereTheRecipeSaysSo(t *testing.T) {
	recipe := member(session.JoinSpec{Optional: true})
	recipe.Steps[2].Check = "not has($token)"
	for name, change := range map[string]func(*database){
		"in one query": func(*database) {},
		"in two":       func(d *database) { d.refuse = func(s userinfo.Select) error { return cannotJoin(s) } },
		"no table":     func(d *database) { delete(d.tables, "t_meta") },
	} {
		t.Run(name, func(t *testing.T) {
			d := members()
			change(d)
			r := open(t, options(d, nil), recipe)
			want := map[string]string{"none:": "10", "dan:": "4", "zoe:": "rejected", "ada:": "rejected", "two:": "rejected"}
			if d.tables["t_meta"] == nil {
				want["ada:"], want["two:"] = "1", "5"
			}
			got := map[string]string{}
			for cookie := range want {
				got[cookie] = ask(t, r, "who="+cookie)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func cannotJoin(s userinfo.Select) error {
	if len(s.Joins) > 0 {
		return fmt.Errorf("%w: cannot be", userinfo.ErrMapping)
	}
	return nil
}

func TestAUserWhoWasSeenIsOnlyTakenForThemselvesAndWhileTheTableIsAsItWas(t *testing.T) {
	d := members()
	directory := directoryOf(t, d)
	o := options(d, nil)
	o.Visitors = directory.Reading
	r := open(t, o, member(session.JoinSpec{}))
	see := func(cookie string) identity.Identity {
		t.Helper()
		id, err := r.Resolve(t.Context(), visit(t, "who="+cookie))
		if err != nil || id.Seen == nil {
			t.Fatalf("%s: %v, seen %v", cookie, err, id.Seen)
		}
		return id
	}
	ada := see("ada:a")
	before := d.queries
	if u, known, err := directory.Visitor(t.Context(), "2", ada.Seen); err != nil || !known || u.ID != "2" || u.Name != "Bob" || d.queries == before {
		t.Errorf("user 2 with the row of user 1 is %s %q (%t, %v) after %d queries", u.ID, u.Name, known, err, d.queries-before)
	}
	if _, known, err := directory.Visitor(t.Context(), "01", ada.Seen); err != nil || known {
		t.Errorf("user 01 is known (%t, %v): ids are compared byte for byte", known, err)
	}
	other := directoryOf(t, members())
	if u, known, err := other.Visitor(t.Context(), "1", ada.Seen); err != nil || !known || u.Name != "Ada" {
		t.Errorf("another directory: %s %q (%t, %v)", u.ID, u.Name, known, err)
	}
	// The site renames a column: the row read with the session cannot be, and the directory looks at the table again.
	d.tables["t_users"].columns[2].Name = "label"
	d.during = func(_ context.Context, s userinfo.Select, _ []any) error {
		if slices.Contains(s.Columns, "name") {
			return fmt.Errorf("%w: no column name", userinfo.ErrMapping)
		}
		return nil
	}
	id, err := r.Resolve(t.Context(), visit(t, "who=ada:a"))
	if err != nil || id.UserID != "1" || id.Seen != nil {
		t.Errorf("after the change the session names %q (%v, seen %v)", id.UserID, err, id.Seen)
	}
	if _, known, err := directory.Visitor(t.Context(), "1", ada.Seen); err != nil || !known {
		t.Errorf("a row of the time before was refused while nobody looked at the table: %t, %v", known, err)
	}
}

func TestFaultsOfAJoinAreTold(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*session.JoinSpec)
		want   string
	}{
		"a term that is no constant": {func(j *session.JoinSpec) { j.And = [][2]string{{"kind", "$sent"}} }, "is no constant"},
		"an empty constant":          {func(j *session.JoinSpec) { j.And = [][2]string{{"kind", "''"}} }, "is no constant"},
		"a column that is no name":   {func(j *session.JoinSpec) { j.By[0] = "owner id" }, "is no plain name"},
		"no column of the row":       {func(j *session.JoinSpec) { j.By[1] = "" }, "is no plain name"},
		"no table":                   {func(j *session.JoinSpec) { j.Tables = nil }, "must be one of 1 to 4 names"},
	} {
		t.Run(name, func(t *testing.T) {
			recipe := member(session.JoinSpec{})
			tt.change(recipe.Steps[1].Row.Join)
			faults := session.Check([]session.Recipe{recipe})
			if !slices.ContainsFunc(faults, func(f setting.Fault) bool { return strings.Contains(f.String(), tt.want) }) {
				t.Errorf("faults %v, want one with %q", faults, tt.want)
			}
		})
	}
}

// TestVisitorsWhoShareAQueryAreNeverTakenForEachOther holds the database up until many wait, who then share queries.
func TestVisitorsWhoShareAQueryAreNeverTakenForEachOther(t *testing.T) {
	d := members()
	for i := range 200 {
		n := fmt.Sprint(100 + i)
		d.tables["t_users"].rows = append(d.tables["t_users"].rows, []any{n, "m" + n, "M" + n, "0"})
		d.tables["t_meta"].rows = append(d.tables["t_meta"].rows, []any{n, "token", "t" + n}, []any{n, "TOKEN", "x" + n})
	}
	for range 300 { // more than any query reads
		d.tables["t_users"].rows = append(d.tables["t_users"].rows, []any{"99", "CROWD", "Crowd", "0"})
	}
	d.tables["t_users"].rows = append(d.tables["t_users"].rows, []any{"98", "crowd", "Crowd", "0"})
	d.tables["t_meta"].rows = append(d.tables["t_meta"].rows, []any{"98", "token", "c"})
	directory := directoryOf(t, d)
	o := options(d, nil)
	o.Visitors = directory.Reading
	r := open(t, o, member(session.JoinSpec{}))
	whom(t, r, directory, "ada:a")
	var mu sync.Mutex
	most := 0
	d.during = func(_ context.Context, _ userinfo.Select, keys []any) error {
		mu.Lock()
		most = max(most, len(keys))
		mu.Unlock()
		runtime.Gosched()
		return nil
	}
	var all sync.WaitGroup
	for round := range 20 {
		for i := range 200 {
			n := fmt.Sprint(100 + i)
			cookie, want := "m"+n+":t"+n, n+" M"+n
			if (i+round)%5 == 0 {
				cookie, want = "m"+n+":t"+fmt.Sprint(101+i), "rejected"
			}
			if round == 7 && i%50 == 0 { // nobody can tell whether there is another, and the others do not notice
				cookie, want = "crowd:c", "rejected"
			}
			all.Go(func() {
				if got := whom(t, r, directory, cookie); got != want {
					t.Errorf("%s is %q, want %q", cookie, got, want)
				}
			})
		}
		all.Wait()
	}
	if most < 2 {
		t.Error("nobody shared a query, which proves nothing")
	}
	if most > 32 {
		t.Errorf("%d shared a query", most)
	}
}

// BenchmarkWordPressSession is everything but the database: cookie, MAC, tokens, and the visitor's row.
func BenchmarkWordPressSession(b *testing.B) {
	mac := func(digest func() hash.Hash, key, text string) string {
		h := hmac.New(digest, []byte(key))
		h.Write([]byte(text))
		return hex.EncodeToString(h.Sum(nil))
	}
	const pass, token = "$P$Bxxxxyyyyzzzzxxxxyyyyzzzzxxxxy", "0123456789012345678901234567890123456789012"
	sum := sha256.Sum256([]byte(token))
	text := "ada|1900000000|" + token
	inner := mac(md5.New, "keysalt", "ada|"+pass[8:12]+"|1900000000|"+token)
	cookie := "wordpress_logged_in_x=" + strings.ReplaceAll(text+"|"+mac(sha256.New, inner, text), "|", "%7C")
	d := &database{tables: map[string]*table{
		"t_users":    rows("ID uint unique, user_login text, user_pass text, display_name text, user_status uint", []any{"1", "ada", pass, "Ada", "0"}),
		"t_usermeta": rows("user_id uint, meta_key text, meta_value text", []any{"1", "session_tokens", `a:1:{s:64:"` + hex.EncodeToString(sum[:]) + `";a:1:{s:10:"expiration";i:1900000000;}}`}),
	}}
	recipe := session.Recipe{
		Name: "login", Cookie: "wordpress_logged_in_*", Read: "php", Needs: []string{"key", "salt"},
		Steps: []session.Step{
			{Set: [][2]string{{"login", "item(wordpress($value), 0)"}}},
			{Row: &session.RowSpec{Tables: []string{"t_users"}, By: [2]string{"user_login", "$login"}, Take: [][2]string{{"uid", "ID"}, {"pass", "user_pass"}}, Join: &session.JoinSpec{
				Tables: []string{"t_usermeta"}, By: [2]string{"user_id", "ID"}, And: [][2]string{{"meta_key", "'session_tokens'"}}, Take: [][2]string{{"tokens", "meta_value"}},
			}}},
			{Check: "wordpress_mac($value, $pass, secret('key'), secret('salt'))"},
			{Set: [][2]string{{"until", "wordpress_until($value, $tokens)"}}},
		},
		User: "$uid", Expires: "$until",
	}
	r := open(b, options(d, map[string]string{"key": "key", "salt": "salt"}), recipe)
	request := visit(b, cookie)
	b.ReportAllocs()
	for b.Loop() {
		if id, err := r.Resolve(b.Context(), request); err != nil || id.UserID != "1" {
			b.Fatal(id, err)
		}
	}
}

// apartWays are the ways in which a joined row is looked up by itself.
var apartWays = map[string]func(*database){
	"in two queries":               func(d *database) { d.refuse = cannotJoin },
	"where the user is read along": func(d *database) { d.tables["t_meta"].columns[0].Type = userinfo.ColumnText },
}

// The site changes its members while the two rows of one are read one after the other. Of no moment does the database say that ada's login has bob's token, so that such a
// cookie must not name anybody; and whom a cookie names before and after, it names meanwhile.
func TestTwoRowsThatNeverStoodBesideEachOtherNameNobody(t *testing.T) {
	swap := func(users, meta *table) {
		users.rows[0][1], users.rows[1][1] = users.rows[1][1], users.rows[0][1]
		meta.rows[0][2], meta.rows[3][2] = meta.rows[3][2], meta.rows[0][2] // the tokens move with the logins
	}
	for way, change := range apartWays {
		for _, tt := range []struct {
			name, cookie, want, later string
			times                     int // that the site changes something
			change                    func(users, meta *table)
		}{
			{"two logins change places", "ada:b", "rejected", "rejected", 1, swap},
			{"a member gets another number", "ada:a", "2 Bob", "2 Bob", 1, swap},
			{"they change places all the time", "ada:b", "unavailable", "rejected", 2, swap},
			{"the member goes and another takes the number", "ada:b", "unavailable", "rejected", 1, func(users, meta *table) {
				users.rows[0][1] = "zoe"
				meta.rows[0][2] = "b"
			}},
			{"what is read of the member and matters to nobody changes", "ada:a", "1 Ada", "1 Ada", 1, func(users, _ *table) { users.rows[0][3] = "1" }},
			{"another row changes", "ada:a", "1 Ada", "1 Ada", 1, func(users, _ *table) { users.rows[1][1] = "zoe" }},
		} {
			t.Run(way+", "+tt.name, func(t *testing.T) {
				d := members()
				change(d)
				directory := directoryOf(t, d)
				o := options(d, nil)
				o.Visitors = directory.Reading
				recipe := member(session.JoinSpec{})
				recipe.Steps[1].Row.Take = append(recipe.Steps[1].Row.Take, [2]string{"state", "state"})
				r := open(t, o, recipe)
				whom(t, r, directory, "dan:d") // looks at the tables
				changed := 0
				d.during = func(_ context.Context, s userinfo.Select, _ []any) error {
					if s.Table != "t_meta" || changed == tt.times {
						return nil
					}
					changed++
					d.mu.Lock()
					defer d.mu.Unlock()
					tt.change(d.tables["t_users"], d.tables["t_meta"])
					return nil
				}
				if got := whom(t, r, directory, tt.cookie); got != tt.want || changed != tt.times {
					t.Errorf("%s is %q, want %q; changed %d times", tt.cookie, got, tt.want, changed)
				}
				if got := whom(t, r, directory, tt.cookie); got != tt.later {
					t.Errorf("%s is %q afterwards, want %q", tt.cookie, got, tt.later)
				}
			})
		}
	}
}

// A visitor may have cookies of old sessions beside the one that lives.
func TestRowsThatAreReadAgainTakeNoQueriesFromALivingCookie(t *testing.T) {
	for way, change := range apartWays {
		t.Run(way, func(t *testing.T) {
			d := members()
			change(d)
			recipe := member(session.JoinSpec{})
			recipe.Cookie = "who*"
			r := open(t, options(d, nil), recipe)
			if got := ask(t, r, "who1=ada:x; who2=ada:y; who3=bob:x; who4=bob:y; who=ada:a"); got != "1" {
				t.Errorf("ada is %q", got)
			}
		})
	}
}

func TestARowIsReadAgainOnlyAfterAnother(t *testing.T) {
	d := members()
	delete(d.tables, "t_meta")
	recipe := member(session.JoinSpec{Optional: true})
	recipe.Steps[2].Check = "not has($token)"
	r := open(t, options(d, nil), recipe)
	ask(t, r, "who=ada:")
	before := d.queries
	if got := ask(t, r, "who=ada:"); got != "1" || d.queries-before != 1 {
		t.Errorf("ada is %q after %d queries, want 1", got, d.queries-before)
	}
}
