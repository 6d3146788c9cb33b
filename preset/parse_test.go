package preset_test

import (
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/userinfo"
)

// parse reads a mapping and lists every fault, those of the reader of YAML and those of the language.
func parse(text string) (*preset.File, []setting.Fault) {
	f, faults := preset.Parse("MAPPING", "m.yaml", []byte(text))
	if len(faults) > 0 {
		return nil, faults
	}
	_, faults = userinfo.NewMapping(&f.Users, userinfo.Settings{})
	return f, faults
}

// small is a mapping without a fault, in three lines; more is written below it.
const small = "users: { table: users, key: id }\nfields:\n  name: nick\n"

func TestASmallMappingHasNoFault(t *testing.T) {
	for name, text := range map[string]string{
		"as it is":               small,
		"with a byte order mark": "\uFEFF" + small,
		"with CRLF":              strings.ReplaceAll(small, "\n", "\r\n"),
		"in flow style":          `{users: {table: users, key: id}, fields: {name: nick}}`,
		"in JSON":                `{"users": {"table": "users", "key": "id"}, "fields": {"name": "nick"}}`,
		"with an end":            "---\n" + small + "...\n",
		"with comments":          "# one\n" + small + "# two\n",
	} {
		t.Run(name, func(t *testing.T) {
			f, faults := parse(text)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			if f.Users.Key != "id" || len(f.Users.Fields) != 1 || f.Users.Fields[0].Expr.Text != "nick" {
				t.Errorf("got %+v", f.Users)
			}
		})
	}
}

func TestEveryFaultOfAFileNamesItsLineAndPathAndWhatWasExpected(t *testing.T) {
	for name, c := range map[string]struct{ text, where, says string }{
		"an unknown part":                    {small + "feilds: {}", "m.yaml:4: feilds", "did you mean fields?"},
		"an unknown part of users":           {"users: { tabel: users, key: id }\nfields: { name: nick }", "m.yaml:1: users.tabel", "did you mean table?"},
		"an unknown part of the key":         {"users: { table: u, key: { col: id, typ: uint } }\nfields: { name: n }", "m.yaml:1: users.key.typ", "did you mean type?"},
		"an unknown part of a join":          {small + "joins: [ { as: a, table: t, on: { i: id }, one: true, wher: x } ]", "m.yaml:4: joins[0].wher", "did you mean where?"},
		"an unknown part of kv":              {small + "joins: [ { as: a, table: t, on: { i: id }, kv: { key: k, vale: v } } ]", "m.yaml:4: joins[0].kv.vale", "did you mean value?"},
		"an unknown part of friends":         {small + "friends: { table: t, user: a, frend: b }", "m.yaml:4: friends.frend", "did you mean friend?"},
		"an unknown flag":                    {small + "flags: { baned: x = 1 }", "m.yaml:4: flags.baned", "did you mean banned?"},
		"an unknown permission":              {small + "permissions: { send_mesage: true }", "m.yaml:4: permissions.send_mesage", "did you mean send_message?"},
		"an unknown part of profiles":        {small + "profiles: { table: t, parnt: u }", "m.yaml:4: profiles.parnt", "did you mean parent?"},
		"an unknown part of detect":          {small + "detect: { anchr: u }", "m.yaml:4: detect.anchr", "did you mean anchor?"},
		"an unknown part of a settings row":  {small + "detect: { settings: { url: { tabl: t } } }", "m.yaml:4: detect.settings.url.tabl", "did you mean table?"},
		"an unknown part of site":            {small + "site: { file: [a] }", "m.yaml:4: site.file", "did you mean files?"},
		"an unknown part of its database":    {small + "site: { database: { pasword: a } }", "m.yaml:4: site.database.pasword", "did you mean password?"},
		"an unknown form":                    {small + "  badge: { cole: x }", "m.yaml:4: fields.badge", "has no form"},
		"an unknown part of a form":          {small + "  badge: { meta: m.x, lik: true }", "m.yaml:4: fields.badge.lik", "did you mean like?"},
		"an unknown part of a case":          {small + "  badge: { case: [ { if: x = 1, than: y } ] }", "m.yaml:4: fields.badge.case[0].than", "did you mean then?"},
		"an unknown part of a condition":     {small + "flags: { banned: { of: x, inn: [a] } }", "m.yaml:4: flags.banned.inn", "did you mean in?"},
		"a part twice":                       {small + "fields: {}", "m.yaml:4: fields", "stands twice"},
		"a field twice":                      {small + "  name: login", "m.yaml:4: fields.name", "stands twice"},
		"a role under both names":            {small + "  role: a\n  chat_role: b", "m.yaml:5: fields.chat_role", "stands twice"},
		"a value of a map twice":             {small + "  badge: { map: x, to: { 1: a, '1': b } }", "m.yaml:4: fields.badge.to.1", "stands twice"},
		"a tab at the beginning of a line":   {"users:\n\ttable: users\n", "m.yaml:2:", "indent with blanks, not tabs"},
		"a tab further down":                 {small + "flags:\n\tbanned: x = 1\n", "m.yaml:", "indent with blanks, not tabs"},
		"a column in braces":                 {small + "  badge: {login}", "m.yaml:4: fields.badge", "a text with {…} stands in quotes"},
		"a column named like a form":         {small + "  badge: {first}", "m.yaml:4: fields.badge", "a text with {…} stands in quotes"},
		"two columns in braces":              {small + "  badge: {first} {last}", "m.yaml:4:", "a text with {…} stands in quotes"},
		"fields under users":                 {"users:\n  table: users\n  key: id\n  fields: { name: nick }\n", "m.yaml:4: users.fields", "fields belongs at the left margin, not under users"},
		"an address for a name":              {small + "\"mysql://u:canary@h/d\": x", "m.yaml:4: (an address)", "known here are"},
		"a list for a text":                  {"users: { table: users, key: [id] }\nfields: { name: n }", "m.yaml:1: users.key", "is a list, not a text"},
		"a text for a list":                  {small + "joins: m", "m.yaml:4: joins", "is a text, not a list"},
		"names for a text":                   {small + "  email: { col: { a: b } }", "m.yaml:4: fields.email.col", "not a text"},
		"a text for names":                   {"users: users\nfields: { name: n }", "m.yaml:1: users", "not names with values"},
		"a list of the whole file":           {"- a\n- b", "m.yaml:1:", "is a list, not names with values"},
		"a text of the whole file":           {"hello", "m.yaml:1:", "is a text, not names with values"},
		"a name that is a list":              {"[a, b]: c", "m.yaml:1:", "a name that is no text"},
		"a list in an expression":            {small + "  badge: [a, b]", "m.yaml:4: fields.badge", "is a list, not a text"},
		"a word for a truth":                 {small + "joins: [ { as: a, table: t, on: { i: id }, one: yes } ]", "m.yaml:4: joins[0].one", "is neither true nor false"},
		"a list for a truth":                 {small + "joins: [ { as: a, table: t, on: { i: id }, one: true, optional: [true] } ]", "m.yaml:4: joins[0].optional", "is a list, not a text"},
		"two forms at once":                  {small + "  badge: { col: a, const: b }", "m.yaml:4: fields.badge", "the forms col and const at once"},
		"three forms at once":                {small + "  badge: { php: a, path: x, json: b, tmpl: c }", "m.yaml:4: fields.badge", "at once"},
		"a part of another form":             {small + "  badge: { col: a, sep: b }", "m.yaml:4: fields.badge.sep", "is not known"},
		"a case without then":                {small + "  badge: { case: [ { if: x = 1 } ] }", "m.yaml:4: fields.badge.case[0]", "lacks if or then"},
		"a case without cases":               {small + "  badge: { case: [] }", "m.yaml:4: fields.badge", "has no cases"},
		"a first of nothing":                 {small + "  badge: { first: [] }", "m.yaml:4: fields.badge", "nothing to work on"},
		"a map without values":               {small + "  badge: { map: a, else: b }", "m.yaml:4: fields.badge", "has no to"},
		"a bit without a mask":               {small + "  badge: { bit: a }", "m.yaml:4: fields.badge", "mask"},
		"a bit of mask 0":                    {small + "  badge: { bit: a, mask: 0 }", "m.yaml:4: fields.badge", "no number above 0"},
		"a time of an unknown form":          {small + "  lastlogin: { time: a, as: epoch }", "m.yaml:4: fields.lastlogin", "epoch"},
		"a time of an unknown zone":          {small + "  lastlogin: { time: a, tz: Europe/Atlantis }", "m.yaml:4: fields.lastlogin", "no time zone"},
		"a time with another zero":           {small + "  lastlogin: { time: a, zero: 5 }", "m.yaml:4: fields.lastlogin.zero", "is not null"},
		"a list of no join":                  {small + "  badge: { list: roles.name }", "m.yaml:4: fields.badge", "no join roles"},
		"an unknown aggregate":               {small + "  badge: { list: r.name, agg: sum }\njoins: [ { as: r, table: t, on: { u: id }, many: true } ]", "m.yaml:4: fields.badge", "none of first"},
		"a has without a value":              {small + "  badge: { list: r.name, agg: has() }\njoins: [ { as: r, table: t, on: { u: id }, many: true } ]", "m.yaml:4: fields.badge", "has needs a value"},
		"a meta of no join":                  {small + "  badge: { meta: m.x }", "m.yaml:4: fields.badge", "no join m"},
		"a pattern of no join":               {small + "  badge: { meta: 'x', like: true }", "m.yaml:4: fields.badge", "no key of a key/value join"},
		"a pattern without a key":            {small + "  badge: { meta: m, like: true }\njoins: [ { as: m, table: t, on: { u: id }, kv: { key: k, value: v } } ]", "m.yaml:4: fields.badge", "no key of a key/value join"},
		"a reference to an unknown join":     {small + "  badge: d.fullname", "m.yaml:4: fields.badge", "no join d"},
		"a rule without an answer":           {small + "write: [ { from: x = 1 } ]", "m.yaml:4: write[0]", "write answer: allow, ask or deny"},
		"a rule of another answer":           {small + "write:\n  - { answer: deny }\n  - { answer: dney }", "m.yaml:6: write[1].answer", "write allow, ask or deny"},
		"an unknown part of a rule":          {small + "write: [ { form: x = 1, answer: deny } ]", "m.yaml:4: write[0].form", "known here are from, to, answer"},
		"rules that are no list":             {small + "write: { answer: deny }", "m.yaml:4: write", "write [ …, … ]"},
		"a rule that cannot be read":         {small + "write: [ { to: 'x =', answer: deny } ]", "m.yaml:4: write[0].to", "write conditions such as"},
		"a rule on what a secret is":         {small + "write: [ { to: \"password = 'x'\", answer: deny } ]", "m.yaml:4: write[0].to", "docs/mapping-language.md"},
		"a rule of a join nobody knows":      {small + "write: [ { to: exists(gone), answer: deny } ]", "m.yaml:4: write[0].to", "write conditions such as"},
		"a rule too many":                    {small + "write:" + strings.Repeat("\n  - { answer: allow }", 65), "m.yaml:69: write[64]", "join some"},
		"a join of no kind":                  {small + "joins: [ { as: a, table: t, on: { i: id } } ]", "m.yaml:4: joins[0] (a)", "write one: true"},
		"a join of two kinds":                {small + "joins: [ { as: a, table: t, on: { i: id }, one: true, many: true } ]", "m.yaml:4: joins[0] (a)", "more than one thing"},
		"a join without a table":             {small + "joins: [ { as: a, on: { i: id }, one: true } ]", "m.yaml:4: joins[0] (a)", "lacks as, table or on"},
		"a join on two columns":              {small + "joins: [ { as: a, table: t, on: { i: id, j: id }, one: true } ]", "m.yaml:4: joins[0].on", "more than one pair"},
		"a join on what comes later":         {small + "joins:\n  - { as: a, table: t, on: { i: b.x }, one: true }\n  - { as: b, table: t, on: { i: id }, one: true }", "m.yaml:5: joins[0] (a)", "no join b"},
		"a join on many rows":                {small + "joins:\n  - { as: a, table: t, on: { i: id }, many: true }\n  - { as: b, table: t, on: { i: a.x }, one: true }", "m.yaml:6: joins[1] (b)", "no column with one value"},
		"two joins of one name":              {small + "joins:\n  - { as: a, table: t, on: { i: id }, many: true }\n  - { as: a, table: t, on: { i: id }, one: true }", "m.yaml:6: joins[1] (a)", "used twice"},
		"a kv without its columns":           {small + "joins: [ { as: a, table: t, on: { i: id }, kv: { key: k } } ]", "m.yaml:4: joins[0] (a)", "names and values"},
		"an order that is none":              {small + "joins: [ { as: a, table: t, on: { i: id }, one: true, order: x down } ]", "m.yaml:4: joins[0] (a)", "column desc"},
		"a condition of nothing":             {small + "flags: { banned: }", "m.yaml:4: flags.banned", "is empty"},
		"a condition without a column":       {small + "flags: { banned: 1 }", "m.yaml:4: flags.banned", "must start with a column name"},
		"a condition of an unknown function": {small + "flags: { banned: lower(x) = 'a' }", "m.yaml:4: flags.banned", "unknown function lower()"},
		"a condition that stays open":        {small + "flags: { banned: (x = 1 }", "m.yaml:4: flags.banned", "not closed"},
		"a condition without in":             {small + "flags: { banned: { of: x } }", "m.yaml:4: flags.banned", "lacks of or in"},
		"an exists of kv":                    {small + "flags: { banned: exists(m) }\njoins: [ { as: m, table: t, on: { u: id }, kv: { key: k, value: v } } ]", "m.yaml:4: flags.banned", "one or many rows"},
		"a has of no list":                   {small + "flags: { banned: \"has(nick, 'x')\" }", "m.yaml:4: flags.banned", "many: true"},
		"a field of our own":                 {small + "  user_id: id", "m.yaml:4: fields.user_id", "is no field"},
		"a field of an odd name":             {small + "  'a b': id", "m.yaml:4: fields.a b", "is no field"},
		"no name":                            {"users: { table: users, key: id }\nfields:\n  email: mail", "m.yaml:3: fields.name", "is missing"},
		"no fields":                          {"users: { table: users, key: id }", "m.yaml:1: fields.name", "is missing"},
		"no table":                           {"users: { key: id }\nfields: { name: n }", "m.yaml:1: users", "is missing"},
		"no key":                             {"users: { table: u }\nfields: { name: n }", "m.yaml:1: users.key", "is missing"},
		"a key of an unknown type":           {"users: { table: u, key: { col: id, type: number } }\nfields: { name: n }", "m.yaml:1: users.key", "write uint, int, string"},
		"five tables to choose from":         {"users: { table: [a, b, c, d, e], key: id }\nfields: { name: n }", "m.yaml:1: users", "more than 4 tables"},
		"a family that is none":              {"family: blog\n" + small, "m.yaml:1: family", "write cms, forum"},
		"a rank that is none":                {small + "detect: { anchor: u, rank: high }", "m.yaml:4: detect.rank", "is no whole number"},
		"a format that is none":              {small + "site: { files: [a], format: xml }", "m.yaml:4: site.format", "php, dotenv, json, yaml, ini or python"},
		"a database that is none":            {"databases: [oracle]\n" + small, "m.yaml:1: databases[0]", "mysql, postgres or sqlite"},
		"a detect without an anchor":         {small + "detect: { columns: [a] }", "m.yaml:4: detect", "anchor"},
		"a constant with braces":             {small + "vars: { a: '{b}' }", "m.yaml:4: vars.a", "is no constant"},
		"a constant called site":             {small + "vars: { site: x }", "m.yaml:4: vars.site", "is no constant"},
		"a constant of 300 bytes":            {small + "vars: { a: " + strings.Repeat("x", 300) + " }", "m.yaml:4: vars.a", "at most 256 bytes"},
		"personas without a user id":         {small + "profiles: { table: p, parent: u, key: id, fields: { name: n } }", "m.yaml:4: profiles", "has no user_id"},
		"personas with the ids of users":     {small + "profiles: { table: p, parent: u, key: id, fields: { name: n, user_id: id } }", "m.yaml:4: profiles", "P{id}"},
		"personas without a name":            {small + "profiles: { table: p, parent: u, key: id, fields: { user_id: 'P{id}' } }", "m.yaml:4: profiles", "has no name"},
		"friends without columns":            {small + "friends: { table: t }", "m.yaml:4: friends", "a table and two columns"},
		"seventeen joins":                    {small + "joins:\n" + manyJoins(17), "m.yaml:21: joins[16] (j16)", "one join too many"},
		"65 further fields":                  {small + manyFields(65), "m.yaml:68: fields.f64", "one field too many"},
		"an anchor":                          {"users: &u { table: users, key: id }\nfields: { name: n }", "m.yaml:1:", "an anchor or alias"},
		"an alias":                           {small + "search: *x", "m.yaml:4:", "unknown anchor"},
		"a merge":                            {small + "flags: { <<: { banned: x = 1 } }", "m.yaml:4: flags.<<", "merges another value"},
		"a merge among fields":               {small + "  <<: { badge: x }", "m.yaml:4: fields.<<", "merges another value"},
		"a tag of bytes":                     {small + "  badge: !!binary aGk=", "m.yaml:4:", `the tag "!!binary"`},
		"a tag of one's own":                 {small + "  badge: !secret x", "m.yaml:4:", `the tag "!secret"`},
		"a tag of a language":                {small + "  badge: !!python/object/apply:os.system [id]", "m.yaml:4:", "uses the tag"},
		"a second document":                  {small + "---\n" + small, "m.yaml:4:", "second document"},
		"a second document that is broken":   {small + "---\n[", "m.yaml", "is no YAML"},
		"a tab for a blank":                  {"users:\n\ttable: users", "m.yaml:2:", "is no YAML"},
		"a bracket that stays open":          {"users: [", "m.yaml:", "is no YAML"},
		"a quote that stays open":            {small + "  badge: 'x", "m.yaml:", "is no YAML"},
		"a condition with a colon":           {small + "flags: { banned: a: b }", "m.yaml:4:", "is no YAML"},
		"an empty file":                      {"", "m.yaml:", "is empty"},
		"a file of comments":                 {"# nothing\n", "m.yaml:", "is empty"},
		"a file of null":                     {"~", "m.yaml:", "is empty"},
		"a NUL byte":                         {small + "\x00", "m.yaml:4:", "holds a NUL byte"},
		"a byte that is no UTF-8":            {small + "  badge: '\xff'", "m.yaml:4:", "is not UTF-8"},
		"UTF-16":                             {"\xff\xfeu\x00", "m.yaml:1:", "is not UTF-8"},
		"a prefix that cannot be":            {"users: { table: '{p}users', key: id }\nvars: { p: 'a b' }\nfields: { name: n }", "m.yaml:1: users", "not a plain name"},
		"a table of another schema":          {"users: { table: mysql.user, key: id }\nfields: { name: n }", "m.yaml:1: users", "not a plain name"},
		"an expression of 17 levels":         {small + "  badge: " + strings.Repeat("{ first: [ ", 17) + "x" + strings.Repeat(" ] }", 17), "m.yaml:4:", "deep"},
		"a text of 5000 bytes":               {small + "  badge: { const: " + strings.Repeat("x", 5000) + " }", "m.yaml:4: fields.badge", "longer than 4096"},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := parse(c.text)
			if len(faults) == 0 {
				t.Fatal("no fault")
			}
			for _, f := range faults {
				text := f.String()
				if strings.Contains(text, c.where) && strings.Contains(text, c.says) {
					if f.Remedy == "" || f.Var != "MAPPING" {
						t.Errorf("%+v has no remedy, or names another setting", f)
					}
					if len(text) > 1200 {
						t.Errorf("the message has %d bytes", len(text))
					}
					return
				}
			}
			t.Errorf("got %v\nwant %q with %q", faults, c.where, c.says)
		})
	}
}

func manyJoins(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  - { as: j%d, table: t, on: { u: id }, one: true }\n", i)
	}
	return b.String()
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  f%d: a\n", i)
	}
	return b.String()
}

func TestTheTruthsOfYAMLCountInEverySpelling(t *testing.T) {
	for _, word := range []string{"true", "True", "TRUE"} {
		f, faults := parse(small + "permissions: { send_message: " + word + " }\njoins: [ { as: a, table: t, on: { i: id }, one: " + word + " } ]")
		if len(faults) > 0 {
			t.Fatal(word, faults)
		}
		if truth := f.Users.Permissions[0].Cond.Const; truth == nil || !*truth {
			t.Errorf("%s reads as false", word)
		}
	}
}

func TestAllFaultsOfAFileAreToldAtOnceAndNoMoreThanTwenty(t *testing.T) {
	_, faults := preset.Parse("MAPPING", "m.yaml", []byte("a: 1\nb: 2\nusers: []\nfamily: x"))
	var got []string
	for _, f := range faults {
		got = append(got, strings.SplitN(f.Problem, " is ", 2)[0])
	}
	if diff := cmp.Diff([]string{"m.yaml:1: a", "m.yaml:2: b", "m.yaml:3: users", "m.yaml:4: family"}, got); diff != "" {
		t.Error(diff)
	}
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "k%d: 1\n", i)
	}
	if _, faults := preset.Parse("MAPPING", "m.yaml", []byte(many.String())); len(faults) != 20 {
		t.Errorf("%d faults, want 20", len(faults))
	}
}

// bombs are files that a reader without bounds would take long over, or much memory.
func bombs() map[string]string {
	laughs := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 12 {
		laughs += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d,", i), 9), i)
	}
	stairs := ""
	for i := range 700 {
		stairs += strings.Repeat(" ", i) + "a:\n"
	}
	keys := ""
	for i := range 25_000 {
		keys += fmt.Sprintf("k%d: 1\n", i)
	}
	return map[string]string{
		"a billion laughs":                  laughs,
		"a file of 1 MiB":                   strings.Repeat("# comment\n", 1<<20/10),
		"a scalar of 1 MiB":                 "name: " + strings.Repeat("x", 1<<20),
		"a scalar of 250 KiB":               "family: " + strings.Repeat("x", 250<<10),
		"a number of 250 KiB":               "family: " + strings.Repeat("7", 250<<10),
		"a name of 250 KiB":                 "? " + strings.Repeat("x", 250<<10) + "\n: 1",
		"a quoted name of 250 KiB":          "? \"" + strings.Repeat("\\n", 125<<10) + "\"\n: 1",
		"10,000 brackets":                   strings.Repeat("[", 10_000),
		"10,000 braces":                     strings.Repeat("{a: ", 10_000),
		"brackets that seem closed":         strings.Repeat("[\"]\",", 50_000),
		"brackets closed in comments":       strings.Repeat("[ #]\n", 50_000),
		"9,000 brackets closed in comments": strings.Repeat("[ #]\n", 9_000),
		"15,000 brackets in comments":       strings.Repeat("[ #]\n", 15_000),
		"brackets in an order of their own": strings.Repeat("[],[", 60_000),
		"10,000 dashes":                     strings.Repeat("- ", 10_000) + "x",
		"10,000 question marks":             strings.Repeat("? ", 10_000) + "x",
		"700 steps":                         stairs,
		"25,000 names":                      keys,
		"a list of 120,000":                 "search: [" + strings.Repeat("x,", 120_000) + "]",
		"a list of empty things":            "search: [" + strings.Repeat("[],", 80_000) + "]",
		"a list of dashes":                  "search:\n" + strings.Repeat("- \n", 80_000),
		"empty lines":                       "name:\n" + strings.Repeat("\n", 250_000),
		"documents":                         strings.Repeat("---\n", 60_000),
		"tags":                              "name: " + strings.Repeat("!!str ", 40_000) + "x",
		"a big binary":                      "name: !!binary " + base64.StdEncoding.EncodeToString(make([]byte, 180<<10)),
		"a folded text":                     "name: >\n" + strings.Repeat("  a\n\n", 50_000),
		"carriage returns":                  "name: a" + strings.Repeat("\r ", 120_000),
		"conditions":                        small + "flags: { banned: \"" + strings.Repeat("(", 100) + "\" }",
		"a chain of not":                    small + "flags: { banned: \"" + strings.Repeat("not ", 900) + "a = 1\" }",
		"a constant everywhere":             "vars: { a: " + strings.Repeat("x", 250) + " }\n" + small + "  badge: \"" + strings.Repeat("{a}", 1300) + "\"",
		"a long permission":                 small + "permissions: { ? " + strings.Repeat("x", 200<<10) + " : true }",
	}
}

func TestNoFileTakesLongOrMuchMemory(t *testing.T) {
	const (
		most = 64 << 20        // bytes in all, freed or not
		long = 1 * time.Second // 100 ms are meant; the machine may be busy
	)
	for name, text := range bombs() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, faults := parse(text)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if len(faults) == 0 {
				t.Error("no fault")
			}
			for _, f := range faults {
				if len(f.String()) > 2000 || len(faults) > 100 || strings.ContainsAny(f.String(), "\n\r\x1b") {
					t.Fatalf("%d messages, one of %d bytes: %.200q", len(faults), len(f.String()), f.String())
				}
			}
			if took > long {
				t.Errorf("took %v", took)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > most {
				t.Errorf("took %d MiB", n>>20)
			}
			t.Logf("%v, %d KiB: %.100s", took, (after.TotalAlloc-before.TotalAlloc)>>10, faults)
		})
	}
}

// FuzzParse: whatever a file holds, there is either a file or a fault that says where, and no panic.
func FuzzParse(f *testing.F) {
	for _, name := range preset.Names() {
		text, _ := preset.Text(name)
		f.Add(string(text))
	}
	for _, text := range bombs() {
		if len(text) < 4<<10 {
			f.Add(text)
		}
	}
	f.Add(small + "joins: [ { as: m, table: t, on: { u: id }, kv: { key: k, value: v } } ]\nflags: { banned: { of: { json: a, path: 'max(*.b)' }, in: ['1'] } }")
	f.Fuzz(func(t *testing.T, text string) {
		file, faults := preset.Parse("MAPPING", "m.yaml", []byte(text))
		if (file == nil) != (len(faults) > 0) {
			t.Fatalf("file %v, faults %v", file != nil, faults)
		}
		if file != nil {
			_, faults = userinfo.NewMapping(&file.Users, userinfo.Settings{SiteURL: "https://s.example"})
		}
		for _, fault := range faults {
			if fault.Var == "" || fault.Remedy == "" || fault.Var == "MAPPING" && !strings.HasPrefix(fault.Problem, "m.yaml:") {
				t.Errorf("%+v", fault)
			}
		}
	})
}
