package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/sitedb"
)

// needed is a mapping that reads two columns of one table and the whole of another.
func needed(schema string) need {
	return need{schema: schema, reads: map[string][]string{"users": {"id", "name"}, "groups": {"id"}}, whole: map[string]bool{"groups": true}}
}

func TestExcessOfRights(t *testing.T) {
	for _, tt := range []struct {
		name   string
		grants []string
		want   []string
	}{
		{"reading columns", []string{"GRANT USAGE ON *.* TO `c`@`%`", "GRANT SELECT (`id`, `name`) ON `site`.`users` TO `c`@`%`"}, nil},
		{"reading columns that are not quoted", []string{"GRANT SELECT (name, ID) ON `site`.`users` TO 'c'@'%'"}, nil},
		{"a table of which everything is read", []string{"GRANT SELECT ON `site`.`groups` TO `c`@`%`"}, nil},
		{"a column more", []string{"GRANT SELECT (`id`, `user_pass`) ON `site`.`users` TO `c`@`%`"}, []string{"SELECT on users.user_pass"}},
		{"a column with a comma and a parenthesis in its name", []string{"GRANT SELECT (`id`, `a,(b`) ON `site`.`users` TO `c`@`%`"}, []string{"SELECT on users.a,(b"}},
		{"the whole table", []string{"GRANT SELECT ON `site`.`users` TO `c`@`%`"}, []string{"SELECT on every column of users"}},
		{"a table in other letter case", []string{"GRANT SELECT (`id`) ON `site`.`Users` TO `c`@`%`"}, nil},
		{"another table", []string{"GRANT SELECT ON `site`.`orders` TO `c`@`%`"}, []string{"SELECT on orders"}},
		{"the whole database", []string{"GRANT SELECT ON `site`.* TO `c`@`%`"}, []string{"SELECT on site"}},
		{"the whole server", []string{"GRANT SELECT ON *.* TO `c`@`%`"}, []string{"SELECT on every database"}},
		{"another database", []string{"GRANT SELECT ON `shop`.`users` TO `c`@`%`"}, []string{"SELECT on shop"}},
		{"what a fresh MariaDB grants everybody", []string{
			"GRANT SELECT, INSERT, DROP ON `test`.* TO PUBLIC", "GRANT SELECT, INSERT, DROP ON `test\\_%`.* TO PUBLIC",
		}, nil},
		{"a fresh MySQL's test databases", []string{"GRANT ALL PRIVILEGES ON `test`.* TO ``@`%`", "GRANT ALL PRIVILEGES ON `test\\_%`.* TO ``@`%`"}, nil},
		{"the site in a database named test", []string{"GRANT ALL PRIVILEGES ON `test`.* TO `c`@`%`"}, []string{"ALL PRIVILEGES on test"}},
		{"everything on the site", []string{"GRANT ALL PRIVILEGES ON `site`.* TO `c`@`%`"}, []string{"ALL PRIVILEGES on site"}},
		{"a right on the server", []string{"GRANT SELECT, FILE ON *.* TO `c`@`%`"}, []string{"SELECT, FILE on every database"}},
		{"writing to a table", []string{"GRANT SELECT (`id`), INSERT (`a`, `b`), UPDATE ON `site`.`users` TO `c`@`%`"}, []string{"INSERT, UPDATE on users"}},
		{"writing to another site's database", []string{"GRANT DELETE ON `shop`.* TO `c`@`%`"}, []string{"DELETE on shop"}},
		{"a procedure", []string{"GRANT EXECUTE ON PROCEDURE `site`.`wipe` TO `c`@`%`"}, []string{"EXECUTE on site"}},
		{"passing rights on", []string{"GRANT SELECT (`id`) ON `site`.`users` TO `c`@`%` WITH GRANT OPTION"}, []string{"GRANT OPTION on users"}},
		{"a quote in a name", []string{"GRANT INSERT ON `my``site`.* TO `c`@`%`"}, []string{"INSERT on my`site"}},
		{"a role that only reads", []string{"GRANT `reader` TO `c`@`%`", "GRANT USAGE ON *.* TO `c`@`%`", "GRANT SELECT (`id`) ON `site`.`users` TO `reader`", "SET DEFAULT ROLE `reader` FOR `c`@`%`"}, nil},
		{"a role that writes", []string{"GRANT `writer` TO `c`@`%`", "GRANT INSERT ON `site`.* TO `writer`"}, []string{"INSERT on site"}},
		{"lines that are none", []string{"", "GRANT", "GRANT SELECT", "GRANT SELECT ON x", "GRANT (((` ON ` TO `"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			schema := "site"
			if strings.Contains(tt.name, "named test") {
				schema = "test"
			}
			if diff := cmp.Diff(tt.want, needed(schema).excess(tt.grants)); diff != "" {
				t.Errorf("excess (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExcessOfRightsInPostgreSQL(t *testing.T) {
	for _, tt := range []struct {
		name string
		has  []sitedb.Privilege
		want []string
	}{
		{"reading columns", []sitedb.Privilege{{Name: "SELECT", Table: "users", Column: "id"}, {Name: "SELECT", Table: "groups"}}, nil},
		{"a column more", []sitedb.Privilege{{Name: "SELECT", Table: "users", Column: "pass"}}, []string{"SELECT on users.pass"}},
		{"the whole table, to write too", []sitedb.Privilege{{Name: "INSERT", Table: "users"}, {Name: "UPDATE", Table: "users"}, {Name: "SELECT", Table: "users"}}, []string{"INSERT, UPDATE on users", "SELECT on every column of users"}},
		{"a column to change", []sitedb.Privilege{{Name: "UPDATE", Table: "users", Column: "name"}}, []string{"UPDATE on users.name"}},
		{"other tables", []sitedb.Privilege{{Name: "SELECT", Table: "orders"}, {Name: "SELECT", Table: "shop.users"}}, []string{"SELECT on orders", "SELECT on shop.users"}},
		{"everything", []sitedb.Privilege{{Name: "SUPERUSER"}}, []string{"SUPERUSER"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, needed("").excessOf(tt.has)); diff != "" {
				t.Errorf("excess (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlySomeOfManyRightsAreTold(t *testing.T) {
	if got := several([]string{"a", "b", "c", "d", "e", "f", "g"}); got != "a; b; c; d; e; and 2 more" {
		t.Error(got)
	}
}

func FuzzGrantsOfTheServer(f *testing.F) {
	for _, seed := range []string{"GRANT SELECT (`a`, b) ON `s`.`t` TO `c`@`%` WITH GRANT OPTION", "GRANT ALL PRIVILEGES ON *.* TO 'c'", "GRANT EXECUTE ON PROCEDURE `s`.`p` TO c", "GRANT ((`"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		g, ok := parseGrant(line)
		if !ok {
			return
		}
		if len(g.privileges) == 0 {
			t.Errorf("%q gives no privilege", line)
		}
		needed("site").excess([]string{line})
	})
}

func TestCheckOfAnAccountsRights(t *testing.T) {
	const table = "CREATE TABLE members (id INT PRIMARY KEY, name VARCHAR(20), avatar VARCHAR(20), password VARCHAR(20))"
	const remedy = "`chatpass grants`"
	my := mysqltest.Start(t).Database(t)
	my.Exec(t, table, "CREATE TABLE orders (id INT PRIMARY KEY)")
	pg := pgtest.Start(t).Database(t)
	pg.Exec(t, table, "CREATE ROLE checked LOGIN PASSWORD 'pw-checked'", "GRANT SELECT (id, name, avatar) ON members TO checked",
		"CREATE ROLE checked_more LOGIN PASSWORD 'pw-checked'", "GRANT SELECT, DELETE ON members TO checked_more")
	t.Cleanup(func() { pg.Exec(t, "DROP OWNED BY checked, checked_more", "DROP ROLE checked, checked_more") })
	as := func(account string) string {
		u, err := url.Parse(pg.URL())
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(account, "pw-checked")
		return u.String()
	}
	dir := newSite(t)
	for _, tt := range []struct {
		name, address string
		want          []string
	}{
		{"MariaDB: an account that reads the columns", my.User(t, "SELECT (id, name, avatar) ON members"), []string{"ok the database account may only read what the mapping needs"}},
		{"MariaDB: an account that reads everything", my.URL(), []string{"warn the database account may do more than SELECT the columns that are mapped: SELECT on " + my.Name, remedy}},
		{"MariaDB: an account that writes", my.User(t, "SELECT, INSERT ON members"), []string{"INSERT on members; SELECT on every column of members", remedy}},
		{"MariaDB: an account that may do everything", my.RootURL(t), []string{"ALL PRIVILEGES, GRANT OPTION on every database", remedy}},
		{"PostgreSQL: an account that reads the columns", as("checked"), []string{"ok the database account may only read what the mapping needs"}},
		{"PostgreSQL: an account that deletes", as("checked_more"), []string{"DELETE on members; SELECT on every column of members", remedy}},
		{"PostgreSQL: a superuser", pg.URL(), []string{"mapped: SUPERUSER", remedy}},
		{"SQLite", "sqlite:" + dir + "/site.db", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, lines := about(t, dir, "rights", "CHATPASS_DATABASE_URL="+tt.address, "CHATPASS_QUERY_TIMEOUT=10s")
			if code != exitOK || (lines == "") != (tt.want == nil) {
				t.Errorf("exit %d, found %q", code, lines)
			}
			for _, want := range tt.want {
				if !strings.Contains(lines, want) {
					t.Errorf("found %q, want %q", lines, want)
				}
			}
		})
	}
}
