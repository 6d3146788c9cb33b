package userinfo_test

import (
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

// TestRowsChosenForTheirSecretsAreNeverShown joins tables of names and values by what looks like the name of a secret.
func TestRowsChosenForTheirSecretsAreNeverShown(t *testing.T) {
	const base = "users: { table: users, key: id }\njoins:\n  - { as: s, table: meta, on: { uid: id }, KIND: true, where: [ WHERE ] }\nfields:\n  name: login\n"
	shows := map[string]string{
		"  x: s.v":                        "one many",
		"  x: s.uid":                      "one many",
		"  x: '{s.v|md5}'":                "one many",
		"  x: { list: s.v, agg: has(a) }": "many",
		"  x: { list: s.v, agg: join }":   "many",
		"  x: { case: [ { if: \"s.v = 'a'\", then: login } ] }":     "one many",
		"  x: { case: [ { if: \"has(s.v, 'a')\", then: login } ] }": "many",
		"permissions: { send_files: { of: s.v, in: [ x ] } }":       "one many",
		"flags: { admin: \"s.v like 'a%'\" }":                       "one many",
	}
	harmless := []string{"  x: login", "flags: { banned: exists(s) }", "flags: { admin: exists(s) }", "flags: { banned: \"s.v = 'a'\" }", "permissions: { send_files: s.v is null }"}
	wheres := map[string]bool{
		"k = 'auth_key'": true, "k in ('color','session_tokens')": true, "uid > 0 and k = 'AUTH_KEY'": true, "k = 'color' or k = 'password'": true, "k like 'auth%'": true,
		"not (k != 'auth_key')": true, "not (k not in ('auth_key'))": true, "k >= 'auth_key'": true, "not (not (k = 'auth_key'))": true,
		"k = 'color'": false, "k in ('color','size')": false, "k != 'auth_key'": false, "k not in ('auth_key')": false, "not (k = 'auth_key')": false, "k like 'color%'": false, "k not like 'auth%'": false,
	}
	for _, kind := range []string{"one", "many"} {
		for where, secret := range wheres {
			head := strings.NewReplacer("KIND", kind, "WHERE", "\""+where+"\"").Replace(base)
			for text, kinds := range shows {
				got := told(t, head+text+"\n", userinfo.Settings{}, club())
				if strings.Contains(kinds, kind) && secret != strings.Contains(got, "looks like a secret") || !secret && got != "" && strings.Contains(kinds, kind) {
					t.Errorf("%s: true, %s, %s: %q", kind, where, text, got)
				}
			}
			for _, text := range harmless {
				if got := told(t, head+text+"\n", userinfo.Settings{}, club()); got != "" {
					t.Errorf("%s: true, %s, %s: %q", kind, where, text, got)
				}
			}
		}
	}
	const chained = "users: { table: users, key: id }\njoins:\n  - { as: s, table: meta, on: { uid: id }, one: true, where: [ \"k = 'auth_key'\" ] }\n" +
		"  - { as: again, table: meta, on: { v: s.v }, one: true }\nfields:\n  name: login\n  x: again.v\n"
	if got := told(t, chained, userinfo.Settings{}, club()); !strings.Contains(got, "looks like a secret") {
		t.Errorf("a join on a join: %q", got)
	}
}

func TestKeysAndOrdersByASecretAreRefused(t *testing.T) {
	const head = "users: { table: users, key: id }\nfields: { name: login, x: j.name }\njoins: [ "
	for text, where := range map[string]string{
		head + "{ as: j, table: roles, on: { uid: id }, kv: { key: password, value: name } } ]":             "joins[0]",
		head + "{ as: j, table: roles, on: { uid: id }, kv: { key: k, value: name }, order: auth_token } ]": "joins[0]",
		head + "{ as: j, table: roles, on: { uid: id }, one: true, order: userpass desc } ]":                "joins[0]",
		head + "{ as: j, table: roles, on: { uid: id }, one: true, order: [ name, mypa, password ] } ]":     "joins[0]",
		head + "{ as: j, table: roles, on: { uid: id }, many: true, order: auth_token } ]":                  "joins[0]",
		"users: { table: users, key: id }\nfields: { name: login }\nprofiles: { table: roles, parent: uid, key: uid, joins: [ { as: j, table: roles, on: { uid: uid }, many: true, order: password } ], fields: { user_id: 'P{uid}', name: j.name } }": "profiles.joins[0]",
		"users: { table: users, key: id }\nfields: { name: login }\nfriends: { table: roles, user: uid, friend: session_id }":                                                                                                                          "friends",
	} {
		from := club()
		from.tables["roles"].columns = append(from.tables["roles"].columns, col("password", userinfo.ColumnText), col("auth_token", userinfo.ColumnText), col("session_id", userinfo.ColumnUint))
		if got := told(t, text+"\n", userinfo.Settings{}, from); !strings.Contains(got, "looks like a secret") || !strings.Contains(got, where) {
			t.Errorf("%s: %q", text, got)
		}
	}
	from := club() // a name without capitals is no secret, until the table spells it
	from.tables["roles"].columns = append(from.tables["roles"].columns, col("myOtp", userinfo.ColumnText), col("frOtp", userinfo.ColumnUint))
	for _, text := range []string{
		head + "{ as: j, table: roles, on: { uid: id }, kv: { key: myotp, value: name } } ]",
		head + "{ as: j, table: roles, on: { uid: id }, one: true, order: myotp } ]",
		"users: { table: users, key: id }\nfields: { name: login }\nfriends: { table: roles, user: uid, friend: frotp }",
	} {
		if got := told(t, text+"\n", userinfo.Settings{}, from); !strings.Contains(got, "looks like a secret") {
			t.Errorf("%s: %q", text, got)
		}
	}
	const plain = "users: { table: users, key: id }\nfields: { name: login }\n"
	if got := told(t, plain, userinfo.Settings{Friends: "roles(uid, auth_token)"}, club()); !strings.Contains(got, "looks like a secret") {
		t.Errorf("USERS_FRIENDS: %q", got)
	}
}

// TestASecretWithinAValueIsPassedOver takes whole values and every element of them.
func TestASecretWithinAValueIsPassedOver(t *testing.T) {
	from := club()
	prefs, opts := from.tables["users"].place("prefs"), from.tables["users"].place("opts")
	from.tables["users"].rows[0][prefs] = `a:3:{s:4:"city";s:4:"Rome";s:10:"auth_token";s:6:"hidden";s:3:"zip";i:12;}`
	from.tables["users"].rows[0][opts] = `{"city":"Rome","pass\u0077ord":"hidden","in":{"a":"b","sessionId":"hidden","secret":{"a":"hidden"}},"zip":12,"list":["x","y"]}`
	for _, c := range []struct{ form, want string }{
		{"{ json: opts }", "Rome,12"},
		{"{ json: opts, path: '*' }", "Rome,12"},
		{"{ json: opts, path: join(*) }", "Rome,12"},
		{"{ json: opts, path: last(*) }", "12"},
		{"{ json: opts, path: in }", "b"},
		{"{ json: opts, path: '*.a' }", "b"},
		{"{ json: opts, path: '*.*' }", "b,x,y"},
		{"{ json: opts, path: list }", "x,y"},
		{"{ php: prefs }", "Rome,12"},
		{"{ php: prefs, path: '*' }", "Rome,12"},
		{"{ php: prefs, path: join(*) }", "Rome,12"},
	} {
		users, err := site(t, clubJoins+"  x: "+c.form+"\n", userinfo.Settings{}, from).ByID(t.Context(), "1")
		if err != nil || len(users) != 1 || len(users[0].Extra) != 1 || users[0].Extra[0].Text != c.want {
			t.Errorf("%s: %+v, %v, want %s", c.form, users, err, c.want)
		}
	}
}
