package sitedb_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// offline are addresses nothing listens on: the texts below are made without a database.
var offline = map[string]string{"mysql": "mysql://u:p@127.0.0.1:1/site", "postgres": "postgres://u:p@127.0.0.1:1/site", "sqlite": "sqlite:/nowhere/site.db"}

// What is read without joins keeps its text: the speed of a look-up by key was measured with it.
func TestTheSQLOfASelectWithoutJoins(t *testing.T) {
	s := userinfo.Select{Table: "users", Columns: []string{"id", "name"}, Where: []userinfo.Cond{
		{Column: "status", Op: userinfo.OpIn, Values: []any{int64(2), int64(3)}}, {Column: "role", Op: userinfo.OpEqual, Values: []any{"x"}}, {Column: "gone", Op: userinfo.OpNull},
	}}
	plain, limited := userinfo.Select{Table: "users", Columns: []string{"id", "name"}}, s
	limited.Limit = 7
	for name, want := range map[string][]string{
		"mysql": {
			"SELECT `id`,`name` FROM `users` WHERE `id` IN (1,2) LIMIT 24",
			"SELECT `id`,`name` FROM `users` WHERE `status` IN (2,3) AND `role` = ? AND `gone` IS NULL AND `id` IN (?,?) LIMIT 7",
			"SELECT `id`,`name` FROM `users` WHERE `status` IN (2,3) AND `role` = ? AND `gone` IS NULL AND (`name` LIKE ? ESCAPE '!' OR `mail` LIKE ? ESCAPE '!') LIMIT 5",
			"SELECT `id`,`name` FROM `users` ORDER BY `id` LIMIT 5",
		},
		"postgres": {
			`SELECT "id","name" FROM "users" WHERE "id" IN (1,2) LIMIT 24`,
			`SELECT "id","name" FROM "users" WHERE "status" IN (2,3) AND "role" = $1 AND "gone" IS NULL AND "id" IN ($2,$3) LIMIT 7`,
			`SELECT "id","name" FROM "users" WHERE "status" IN (2,3) AND "role" = $1 AND "gone" IS NULL AND ("name"::text ILIKE $2 ESCAPE '!' OR "mail"::text ILIKE $2 ESCAPE '!') LIMIT 5`,
			`SELECT "id","name" FROM "users" ORDER BY "id" LIMIT 5`,
		},
		"sqlite": {
			"SELECT `id`,`name` FROM `users` WHERE `id` IN (1,2) LIMIT 24",
			"SELECT `id`,`name` FROM `users` WHERE `status` IN (2,3) AND `role` = ? AND `gone` IS NULL AND `id` IN (?,?) LIMIT 7",
			"SELECT `id`,`name` FROM `users` WHERE `status` IN (2,3) AND `role` = ? AND `gone` IS NULL AND (`name` LIKE ? ESCAPE '!' OR `mail` LIKE ? ESCAPE '!') LIMIT 5",
			"SELECT `id`,`name` FROM `users` ORDER BY `id` LIMIT 5",
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, offline[name])
			var got []string
			add := func(l userinfo.Lookup, err error, args ...any) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				text, err := sitedb.Text(l, args...)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, text)
			}
			l, err := db.ByKey(plain, "id")
			add(l, err, []uint64{1, 2})
			l, err = db.ByKey(limited, "id")
			add(l, err, "a", "b")
			l, err = db.Search(s, []string{"name", "mail"}, 5)
			add(l, err, "x")
			l, err = db.Sample(plain, "id", 5)
			add(l, err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
		})
	}
}
