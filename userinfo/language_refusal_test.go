package userinfo_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/userinfo"
)

// told is what is wrong with a mapping, before the database is seen or after.
func told(t *testing.T, text string, s userinfo.Settings, from *source) string {
	t.Helper()
	m, faults := written(text, s)
	if len(faults) == 0 {
		d, err := userinfo.NewDirectory(m, from, userinfo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		faults, _ = d.Bind(t.Context())
	}
	var all []string
	for _, f := range faults {
		if f.Var == "" || f.Remedy == "" {
			t.Errorf("%+v names no setting, or no remedy", f)
		}
		all = append(all, f.String())
	}
	return strings.Join(all, "\n")
}

// TestASecretIsNeverShown maps passwords, tokens and keys by every form there is (SEC-80).
func TestASecretIsNeverShown(t *testing.T) {
	const secret = "looks like a secret"
	for text, where := range map[string]string{
		"  x: password":                               "fields.x",
		"  x: '{password}'":                           "fields.x",
		"  x: nick ?? password":                       "fields.x",
		"  x: '{nick} {password|md5}'":                "fields.x",
		"  badge: { col: auth_token }":                "fields.badge",
		"  badge: { col: PASSWORD }":                  "fields.badge",
		"  x: { tmpl: 'a{auth_token}' }":              "fields.x",
		"  x: { first: [ nick, password ] }":          "fields.x",
		"  x: { join: [ nick, password ] }":           "fields.x",
		"  x: { max: [ level, password ] }":           "fields.x",
		"  x: { map: password, to: { a: b } }":        "fields.x",
		"  x: { bit: password, mask: 1 }":             "fields.x",
		"  x: { time: auth_token }":                   "fields.x",
		"  x: { php: auth_token, path: a }":           "fields.x",
		"  x: { json: auth_token, path: a }":          "fields.x",
		"  lastlogin: auth_token":                     "fields.lastlogin",
		"  lastlogin: { time: auth_token, as: unix }": "fields.lastlogin",

		"  lastlogin: { first: [ { php: m.session_tokens, path: a }, auth_token ] }": "fields.lastlogin",

		"  avatar_url: '{site}/{auth_token}.png'": "fields.avatar_url",

		"  profile_url: { case: [ { if: level = 1, then: '/{password}' } ] }":                     "fields.profile_url",
		"  x: { case: [ { if: level = 1, then: password } ] }":                                    "fields.x",
		"  x: { case: [ { if: level = 1, then: nick } ], else: password }":                        "fields.x",
		"  x: { case: [ { if: \"password = 'a'\", then: nick } ] }":                               "fields.x",
		"  x: { case: [ { if: \"password like 'a%'\", then: nick } ] }":                           "fields.x",
		"  x: { case: [ { if: { of: password, in: [ a ] }, then: nick } ] }":                      "fields.x",
		"  x: { case: [ { if: { of: { json: auth_token, path: a }, in: [ a ] }, then: nick } ] }": "fields.x",

		"  x: { json: prefs, path: password }":                                                  "fields.x",
		"  x: { php: prefs, path: token }":                                                      "fields.x",
		"  x: { json: prefs, path: \"a.'user.api-key'.b\" }":                                    "fields.x",
		"  x: { json: prefs, path: first(*.passwordHash) }":                                     "fields.x",
		"  x: { json: prefs, path: keys(sessionid) }":                                           "fields.x",
		"  avatar_url: { map: { json: prefs, path: jwt }, to: { a: b } }":                       "fields.avatar_url",
		"  x: { case: [ { if: level = 1, then: { json: prefs, path: kennwort } } ] }":           "fields.x",
		"  x: { case: [ { if: { of: { json: prefs, path: hash }, in: [ a ] }, then: nick } ] }": "fields.x",
		"permissions: { send_files: { of: { php: prefs, path: secret }, in: [ x ] } }":          "permissions.send_files",

		"  x: m.session_tokens":                             "fields.x",
		"  x: m.session-tokens":                             "fields.x",
		"  x: m.user.api-key":                               "fields.x",
		"  x: { meta: m.x_password_hash }":                  "fields.x",
		"  x: { php: { meta: m.session_tokens }, path: a }": "fields.x",
		"  x: { list: r.password }":                         "fields.x",
		"  x: { list: r.password, agg: has(x) }":            "fields.x",

		"  x: v.anything":     "joins[2] (v)",
		"  x: pic.auth_token": "fields.x",

		"permissions: { send_files: \"password = 'x'\" }":                              "permissions.send_files",
		"permissions: { send_files: \"has(r.password, 'x')\" }":                        "permissions.send_files",
		"permissions: { send_files: { of: password, in: [ x ] } }":                     "permissions.send_files",
		"permissions: { send_files: { of: { php: auth_token, path: a }, in: [ x ] } }": "permissions.send_files",

		"flags: { admin: \"auth_token > 'x'\" }":         "flags.admin",
		"flags: { active: { of: password, in: [ x ] } }": "flags.active",
		"search: [ nick, password ]":                     "search",

		"friends: { table: roles, user: uid, friend: password }": "friends",

		"profiles: { table: roles, parent: uid, key: uid, fields: { user_id: 'P{uid}', name: password } }":                        "profiles.fields.name",
		"profiles: { table: roles, parent: uid, key: password, fields: { user_id: 'P{uid}', name: name } }":                       "profiles.key",
		"profiles: { table: roles, parent: uid, key: uid, fields: { user_id: 'P{password}', name: name } }":                       "profiles.fields.user_id",
		"profiles: { table: roles, parent: uid, key: uid, fields: { user_id: 'P{uid}', name: name, avatar_url: '/{password}' } }": "profiles.fields.avatar_url",
	} {
		t.Run(text, func(t *testing.T) {
			from := club()
			for _, name := range []string{"roles", "pics"} {
				from.tables[name].columns = append(from.tables[name].columns, col("password", userinfo.ColumnText), col("auth_token", userinfo.ColumnText))
			}
			got := told(t, secretJoins+text+"\n", userinfo.Settings{}, from)
			if !strings.Contains(got, secret) || !strings.Contains(got, where) {
				t.Errorf("got %q, want %q that %s", got, where, secret)
			}
		})
	}
}

const secretJoins = `
users: { table: users, key: id }
joins:
  - { as: m, table: meta, on: { uid: id }, kv: { key: k, value: v } }
  - { as: r, table: roles, on: { uid: id }, many: true }
  - { as: v, table: roles, on: { uid: id }, kv: { key: name, value: password } }
  - { as: pic, table: pics, on: { fid: pic }, one: true }
fields:
  name: login
`

func TestWhatOnlyTellsThatThereIsASecretIsNotRefused(t *testing.T) {
	for _, text := range []string{
		"  lastlogin: { php: { meta: m.session_tokens }, path: 'max(*.login)' }",
		"  lastlogin: { max: [ { time: { php: { meta: m.session_tokens }, path: 'max(*.login)' }, as: unix }, { time: born } ] }",
		"flags: { active: auth_token is null }",
		"flags: { banned: \"auth_token != ''\" }",
		"permissions: { send_files: password is not null }",
		"  x: { case: [ { if: empty(password), then: { const: guest } } ] }",
		"  x: { meta: m.%_capabilities, like: true }",
		"  x: passport ?? nick",
	} {
		from := club()
		from.tables["users"].columns = append(from.tables["users"].columns, col("passport", userinfo.ColumnText))
		for i := range from.tables["users"].rows {
			from.tables["users"].rows[i] = append(from.tables["users"].rows[i], nil)
		}
		if got := told(t, clubJoins+text+"\n", userinfo.Settings{}, from); got != "" {
			t.Errorf("%s: %s", text, got)
		}
	}
	d := site(t, clubJoins+"  lastlogin: { php: { meta: m.session_tokens }, path: 'max(*.login)' }\n", userinfo.Settings{}, club())
	if users, err := d.ByID(t.Context(), "1"); err != nil || users[0].LastLogin.Unix() != 1700000001 {
		t.Errorf("got %v, %v", users, err)
	}
}

func TestAPatternOfKeysNeverFindsASecret(t *testing.T) {
	for _, pattern := range []string{"%", "%%", "p%", "%token%", "%tokens", "session%", "%s", "%_%", "user_%", "%ss%", "a%", "%key", "wp_%", "%en", "reset_%", "PASS%"} {
		if got := told(t, clubJoins+"  x: { meta: 'm."+pattern+"', like: true }\n", userinfo.Settings{}, club()); !strings.Contains(got, "some of which would be secrets") {
			t.Errorf("%s: %q", pattern, got)
		}
	}
	from := club() // what no list of names foresees is not given either
	from.tables["meta"].rows = [][]any{{"1", "a_secret_capabilities", "hidden"}, {"1", "xCapabilities", "no underscore"}, {"1", "b_capabilities", "shown"}, {"2", "my_token_capabilities", "hidden"}}
	d := site(t, clubJoins+"  x: { meta: m.%_capabilities, like: true }\n", userinfo.Settings{}, from)
	users, err := d.ByID(t.Context(), "1", "2")
	if err != nil || len(users[0].Extra) != 1 || users[0].Extra[0].Text != "shown" || len(users[1].Extra) != 0 {
		t.Errorf("got %+v, %v", users, err)
	}
}

// odd are names that are none (SEC-50).
var odd = []string{
	"u`x", "u;drop table x", "u WHERE 1=1 -- ", "(select 1)x", "u AS a", strings.Repeat("x", 65), "information_schema.tables", "mysql.user", "usеrs", `u"x`,
	"u'x", "u--", "1u", "u/**/x", "ｕsers", "u\\x", "[u]",
}

// TestAnOddNameIsRefusedWhereverANameCanStand puts each where a table or column is named; nothing of it reaches the database.
func TestAnOddNameIsRefusedWhereverANameCanStand(t *testing.T) {
	places := map[string]string{
		"table":          "users: { table: X, key: id }\nfields: { name: n }",
		"a second table": "users: { table: [u, X], key: id }\nfields: { name: n }",

		"key":      "users: { table: u, key: X }\nfields: { name: n }",
		"where":    "users: { table: u, key: id, where: [ X ] }\nfields: { name: n }",
		"name":     "users: { table: u, key: id }\nfields: { name: X }",
		"template": "users: { table: u, key: id }\nfields: { name: { tmpl: Y } }",
		"col":      "users: { table: u, key: id }\nfields: { name: { col: X } }",

		"a name of fields": "users: { table: u, key: id }\nfields: { name: n, X: n }",
		"search":           "users: { table: u, key: id }\nfields: { name: n }\nsearch: [ X ]",
		"as":               "users: { table: u, key: id }\nfields: { name: n }\njoins: [ { as: X, table: t, on: { a: id }, one: true } ]",

		"a joined table":  "users: { table: u, key: id }\nfields: { name: n }\njoins: [ { as: j, table: X, on: { a: id }, one: true } ]",
		"a joined column": "users: { table: u, key: id }\nfields: { name: n }\njoins: [ { as: j, table: t, on: { X: id }, one: true } ]",

		"on":             "users: { table: u, key: id }\nfields: { name: n }\njoins: [ { as: j, table: t, on: { a: X }, one: true } ]",
		"order":          "users: { table: u, key: id }\nfields: { name: n }\njoins: [ { as: j, table: t, on: { a: id }, one: true, order: X } ]",
		"kv key":         "users: { table: u, key: id }\nfields: { name: n }\njoins: [ { as: j, table: t, on: { a: id }, kv: { key: X, value: v } } ]",
		"kv value":       "users: { table: u, key: id }\nfields: { name: n }\njoins: [ { as: j, table: t, on: { a: id }, kv: { key: k, value: X } } ]",
		"a join's where": "users: { table: u, key: id }\nfields: { name: n }\njoins: [ { as: j, table: t, on: { a: id }, one: true, where: [ X ] } ]",

		"list":             "users: { table: u, key: id }\nfields: { name: { list: X } }",
		"flags":            "users: { table: u, key: id }\nfields: { name: n }\nflags: { banned: X }",
		"friends":          "users: { table: u, key: id }\nfields: { name: n }\nfriends: { table: X, user: a, friend: b }",
		"friends' user":    "users: { table: u, key: id }\nfields: { name: n }\nfriends: { table: t, user: X, friend: b }",
		"friends' friend":  "users: { table: u, key: id }\nfields: { name: n }\nfriends: { table: t, user: a, friend: X }",
		"profiles":         "users: { table: u, key: id }\nfields: { name: n }\nprofiles: { table: X, parent: a, key: b, fields: { name: n, user_id: 'P{b}' } }",
		"profiles' parent": "users: { table: u, key: id }\nfields: { name: n }\nprofiles: { table: t, parent: X, key: b, fields: { name: n, user_id: 'P{b}' } }",
		"profiles' key":    "users: { table: u, key: id }\nfields: { name: n }\nprofiles: { table: t, parent: a, key: X, fields: { name: n, user_id: 'P{b}' } }",
		"a prefix":         "vars: { p: X }\nusers: { table: '{p}u', key: id }\nfields: { name: n }",
	}
	for place, text := range places {
		for _, name := range odd {
			quoted := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
			written := strings.Replace(text, "X", quoted(name), 1)
			written = strings.Replace(written, "Y", quoted("{"+name+"}"), 1)
			from := &source{tables: map[string]*table{}}
			if got := told(t, written, userinfo.Settings{}, from); got == "" || from.looks() > 0 && !slices.Contains([]string{"where", "a join's where", "flags"}, place) {
				t.Errorf("%s %q: %q, %d looks at the database", place, name, got, from.looks())
			}
		}
	}
	for _, name := range odd {
		_, faults := written("users: { table: '{p}u', key: id }\nfields: { name: n }", userinfo.Settings{Prefix: name})
		if name != "1u" && (len(faults) == 0 || faults[0].Var != "TABLE_PREFIX") {
			t.Errorf("prefix %q: %v", name, faults)
		}
	}
}

func TestVariablesWinOverTheFileFieldByField(t *testing.T) {
	const file = `
vars: { p: xx_ }
users: { table: "{p}users", key: { col: id, type: uint }, where: [ "level = 5" ] }
search: [ nick ]
joins: [ { as: m, table: meta, on: { uid: id }, kv: { key: k, value: v } } ]
fields: { name: login, email: mail, badge: { const: file }, city: { const: Rome }, vip: { const: no } }
flags: { banned: "login = 'cid'" }
`
	from := club()
	from.tables["xx_users"] = from.tables["users"]
	show := func(s userinfo.Settings) string {
		t.Helper()
		users, err := site(t, file, s, from).ByID(t.Context(), "1", "2", "3")
		if err != nil {
			return err.Error()
		}
		var all []string
		for _, u := range users {
			line := strings.Join([]string{u.Name, u.Badge, u.AvatarURL}, "|")
			for _, x := range u.Extra {
				line += "|" + x.Name + "=" + x.Text
			}
			all = append(all, line)
		}
		return strings.Join(all, "\n")
	}
	for name, c := range map[string]struct {
		settings userinfo.Settings
		want     string
	}{
		"nothing set":         {userinfo.Settings{}, "ann|file||city=Rome|vip=no"},
		"another name":        {userinfo.Settings{Name: "nick ?? login"}, "Ann <3|file||city=Rome|vip=no"},
		"another badge":       {userinfo.Settings{Badge: "'mine'"}, "ann|mine||city=Rome|vip=no"},
		"a field of the file": {userinfo.Settings{Fields: "vip='yes';more=level"}, "ann|file||city=Rome|vip=yes|more=5"},
		"a join of the file":  {userinfo.Settings{Badge: "m.color"}, "ann|red||city=Rome|vip=no"},
		"the file's e-mail":   {userinfo.Settings{Avatar: "https://x.example/{email|trim|lower}"}, "ann|file|https://x.example/ann@example.com|city=Rome|vip=no"},
		"another e-mail":      {userinfo.Settings{Email: "login", Avatar: "https://x.example/{email}"}, "ann|file|https://x.example/ann|city=Rome|vip=no"},
		"where":               {userinfo.Settings{Where: "level = 0"}, "bob|file||city=Rome|vip=no"},

		"where, and flags remain": {userinfo.Settings{Where: "pic is not null"}, "ann|file||city=Rome|vip=no"},
		"another table":           {userinfo.Settings{Table: "users"}, "ann|file||city=Rome|vip=no"},
		"another key":             {userinfo.Settings{ID: "level", Where: "login != ''"}, ""},
		"a prefix":                {userinfo.Settings{Prefix: "xx_"}, "ann|file||city=Rome|vip=no"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := show(c.settings); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	for name, c := range map[string]struct {
		settings userinfo.Settings
		want     []string
	}{
		"a column that is missing, of a variable":  {userinfo.Settings{Badge: "logim"}, []string{"CHATPASS_USERS_BADGE names column logim", "did you mean login?"}},
		"a key that is missing, of a variable":     {userinfo.Settings{ID: "idd"}, []string{"CHATPASS_USERS_ID names column idd"}},
		"a key of another type":                    {userinfo.Settings{ID: "login", Where: "login != ''"}, nil},
		"a table that is missing, of a variable":   {userinfo.Settings{Table: "userz"}, []string{"CHATPASS_USERS_TABLE names table userz", "did you mean users?"}},
		"a table that is missing, by the prefix":   {userinfo.Settings{Prefix: "yy_"}, []string{"CHATPASS_MAPPING m.yaml:3: users names table yy_users", "CHATPASS_TABLE_PREFIX"}},
		"a search in a missing column":             {userinfo.Settings{Search: "nic"}, []string{"CHATPASS_USERS_SEARCH names column nic"}},
		"a condition on a missing column":          {userinfo.Settings{Where: "leevel = 1"}, []string{"CHATPASS_USERS_WHERE names column leevel"}},
		"a condition of another type":              {userinfo.Settings{Where: "level = 'x'"}, []string{"CHATPASS_USERS_WHERE compares column level"}},
		"a prefix of no table":                     {userinfo.Settings{Prefix: "-"}, []string{}},
		"a further field that is a secret":         {userinfo.Settings{Fields: "x=password"}, []string{"CHATPASS_USERS_FIELDS", "looks like a secret"}},
		"a further field that is a secret of meta": {userinfo.Settings{Fields: "x=m.session_tokens"}, []string{"CHATPASS_USERS_FIELDS", "looks like a secret"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := told(t, file, c.settings, from)
			if (got == "") != (len(c.want) == 0) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
}

func TestAMissingColumnOfTheFileIsToldWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"  x: 'Member'":                                   "the quotes of YAML do not count",
		"  x: \"Member\"":                                 "a constant is written \"'Member'\"",
		"  x: { tmpl: \"{metta.a}\" }":                    "names metta.a, but there is no join metta; joins are",
		"  x: albun.color":                                "names albun.color, but there is no join albun; did you mean album?",
		"  x: { first: [ nick, nicc ] }":                  "m.yaml:13: fields.x names column nicc, which table users does not have: did you mean nick?",
		"flags: { banned: banedd = 1 }":                   "m.yaml:13: flags.banned names column banedd",
		"permissions: { send_files: \"level = 'high'\" }": "m.yaml:13: permissions.send_files compares column level",
		"  x: { case: [ { if: \"level = 'high' or nick = 'a'\", then: nick } ] }": "m.yaml:13: fields.x compares column level",

		"  x: pic.pathh": "m.yaml:13: fields.x names column pathh, which table pics does not have: did you mean path?",
	} {
		if got := told(t, clubJoins+text+"\n", userinfo.Settings{}, club()); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	bad := strings.Replace(clubJoins, "order: rank", "order: rankk desc", 1) + "  x: { list: r.name }\n"
	if got := told(t, bad, userinfo.Settings{}, club()); !strings.Contains(got, "m.yaml:7: joins[3] (r) names column rankk, which table roles does not have: did you mean rank?") {
		t.Errorf("got %q", got)
	}
}

// FuzzNewMapping: whatever stands in the places of a mapping, it is refused with a place and a remedy, or answers without a panic.
func FuzzNewMapping(f *testing.F) {
	f.Add("login", "level > 3", "m.color", "max(*.a)", "xx_")
	f.Add("{ meta: m, like: true }", "not (a? = 1)", "{login|lower}", "keys()", "-")
	f.Add("{ case: [ { if: exists(r), then: nick } ], else: { const: x } }", "has(r.name, 'x') or empty(m.k)", "r.name", "a.'b.c'", "")
	f.Add("{ time: { first: [ born, seen ] }, tz: site }", "m.x in (1,2,'3')", "album.title ?? 'x'", "count(*)", "{p}")
	f.Fuzz(func(t *testing.T, expr, cond, ref, path, prefix string) {
		p := func(form string) userinfo.ExprSpec {
			return userinfo.ExprSpec{Form: form, Of: []userinfo.ExprSpec{{Text: ref}}, Args: map[string]string{"path": path, "mask": "3", "as": path, "tz": path}, Pairs: [][2]string{{"a", "b"}}}
		}
		file, faults := preset.Parse("MAPPING", "m.yaml", []byte(clubJoins+"  x: "+expr+"\n"))
		if len(faults) > 0 {
			return
		}
		spec := file.Users
		for i, form := range []string{"php", "json", "time", "bit", "map"} {
			spec.Fields = append(spec.Fields, userinfo.FieldSpec{Name: "f" + string(rune('a'+i)), Expr: p(form)})
		}
		for _, form := range []string{"meta", "list", "col", "tmpl"} {
			spec.Fields = append(spec.Fields, userinfo.FieldSpec{Name: form, Expr: userinfo.ExprSpec{Form: form, Text: ref, Args: map[string]string{"like": "true", "agg": path, "sep": path}}})
		}
		for _, only := range [][]userinfo.FieldSpec{spec.Fields, file.Users.Fields} {
			spec.Fields = only
			spec.Banned = &userinfo.CondSpec{Text: cond}
			spec.Permissions = []userinfo.PermissionSpec{{Name: "send_files", Cond: userinfo.CondSpec{Of: &userinfo.ExprSpec{Text: expr}, In: []string{path}}}}
			m, faults := userinfo.NewMapping(&spec, userinfo.Settings{Prefix: prefix, SiteURL: "https://s.example"})
			for _, fault := range faults {
				if fault.Remedy == "" || fault.Problem == "" {
					t.Errorf("%+v", fault)
				}
			}
			if m == nil {
				continue
			}
			d, err := userinfo.NewDirectory(m, club(), userinfo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			users, err := d.ByID(t.Context(), "1", "2", "3")
			if err != nil {
				continue // names what is not there
			}
			for _, u := range users {
				for _, x := range u.Extra {
					if strings.Contains(x.Text, "secret1") || strings.Contains(x.Text, "secret2") {
						t.Errorf("shows a secret: %+v", x)
					}
				}
			}
		}
	})
}

// FuzzCondition: whatever stands in a condition, it is refused or holds for a row or not, as where and as a permission alike.
func FuzzCondition(f *testing.F) {
	for _, seed := range []string{
		"level = 5", "not (level = 5 or nick is null)", "gone? = 1", "born > now()", "m.color like 'r%'", "exists(r) and has(r.name, 'admin')", "level & 4", "nick in ('a', 'b')",
		"empty(mail)", "((((level > 1))))", "true and false", "seen > '2026-01-01'", "pic.path != ''", "level not in (1,2,3)", "nick not like '_'",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cond string) {
		spec := userinfo.Spec{
			Tables: []string{"users"}, Key: "id", Fields: []userinfo.FieldSpec{{Name: "name", Expr: userinfo.ExprSpec{Text: "login"}}},
			Joins: []userinfo.JoinSpec{
				{As: "pic", Tables: []string{"pics"}, Column: "fid", Ref: "pic", Kind: userinfo.JoinOne},
				{As: "m", Tables: []string{"meta"}, Column: "uid", Ref: "id", Kind: userinfo.JoinKV, Key: "k", Value: "v"},
				{As: "r", Tables: []string{"roles"}, Column: "uid", Ref: "id", Kind: userinfo.JoinMany},
			},
			Permissions: []userinfo.PermissionSpec{{Name: "send_files", Cond: userinfo.CondSpec{Text: cond}}, {Name: "send_geo", Cond: userinfo.CondSpec{Text: "not (" + cond + ")"}}},
		}
		m, faults := userinfo.NewMapping(&spec, userinfo.Settings{})
		if len(faults) > 0 {
			return
		}
		d, err := userinfo.NewDirectory(m, club(), userinfo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		users, err := d.ByID(t.Context(), "1", "2", "3")
		if err != nil {
			return
		}
		for _, u := range users {
			if u.Permissions[0].Allowed && u.Permissions[1].Allowed {
				t.Errorf("%q holds for user %s, and not as well", cond, u.ID)
			}
		}
	})
}
