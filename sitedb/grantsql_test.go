package sitedb_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

func TestStatementsForAnAccountWhenTheDatabaseDoesNotAnswer(t *testing.T) {
	tables := map[string][]string{"wp_users": {"ID", "user_login", "ID"}, "wp_usermeta": {"user_id"}}
	for _, tt := range []struct {
		name, address string
		to            sitedb.Account
		want          []string
	}{
		{"MySQL", offline["mysql"], sitedb.Account{}, []string{
			"CREATE USER 'chatpass'@'%' IDENTIFIED BY 'CHANGE-ME'",
			"GRANT SELECT (`user_id`) ON `site`.`wp_usermeta` TO 'chatpass'@'%'",
			"GRANT SELECT (`ID`, `user_login`) ON `site`.`wp_users` TO 'chatpass'@'%'",
		}},
		{"MySQL, everything given, a name with a hyphen", "mysql://u:p@127.0.0.1:1/my-site", sitedb.Account{Name: "chat-reader", Password: "long & random; é", Host: "10.0.0.%"}, []string{
			"CREATE USER 'chat-reader'@'10.0.0.%' IDENTIFIED BY 'long & random; é'",
			"GRANT SELECT (`user_id`) ON `my-site`.`wp_usermeta` TO 'chat-reader'@'10.0.0.%'",
			"GRANT SELECT (`ID`, `user_login`) ON `my-site`.`wp_users` TO 'chat-reader'@'10.0.0.%'",
		}},
		{"PostgreSQL", offline["postgres"], sitedb.Account{Name: "chat.reader"}, []string{
			`CREATE ROLE "chat.reader" LOGIN PASSWORD 'CHANGE-ME'`, `GRANT CONNECT ON DATABASE "site" TO "chat.reader"`, `GRANT USAGE ON SCHEMA "public" TO "chat.reader"`,
			`GRANT SELECT ("user_id") ON "public"."wp_usermeta" TO "chat.reader"`, `GRANT SELECT ("ID", "user_login") ON "public"."wp_users" TO "chat.reader"`,
		}},
		{"SQLite", offline["sqlite"], sitedb.Account{}, []string{"-- SQLite has no accounts: let the user Chatpass runs as read the database file and its folder, and write neither"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := open(t, tt.address).GrantStatements(t.Context(), tt.to, tables)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("statements (-want +got):\n%s%v", diff, err)
			}
		})
	}
}

func TestStatementsForAnAccountAreRefusedForNamesThatAreNone(t *testing.T) {
	fine := map[string][]string{"users": {"id"}}
	for _, address := range offline {
		db := open(t, address)
		for _, name := range attacks {
			for field, tables := range map[string]map[string][]string{"table": {name: {"id"}}, "column": {"users": {"id", name}}} {
				if got, err := db.GrantStatements(t.Context(), sitedb.Account{}, tables); !errors.Is(err, userinfo.ErrMapping) || got != nil {
					t.Errorf("%q as %s: %q, %v", name, field, got, err)
				}
			}
		}
		for _, tables := range []map[string][]string{nil, {"users": nil}} {
			if got, err := db.GrantStatements(t.Context(), sitedb.Account{}, tables); !errors.Is(err, userinfo.ErrMapping) || got != nil {
				t.Errorf("%v: %q, %v", tables, got, err)
			}
		}
		for _, to := range []sitedb.Account{
			{Name: "a'@'%"},
			{Name: "a b"},
			{Name: strings.Repeat("a", 33)},
			{Name: "é"},
			{Name: "a\n"},
			{Name: `a"`},
			{Name: "-a"},
			{Password: "canary'"},
			{Password: `canary\`},
			{Password: "canary\n"},
			{Password: "canary\xff"},
			{Password: strings.Repeat("canary", 22)},
			{Password: "canary`"},
			{Host: "a'b"},
			{Host: "a b"},
			{Host: "%\n"},
		} {
			got, err := db.GrantStatements(t.Context(), to, fine)
			if err == nil || got != nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("%q: %q, %v", to, got, err)
			}
		}
	}
	for _, name := range []string{"a%60b", "a.b"} {
		if got, err := open(t, "mysql://u:p@127.0.0.1:1/"+name).GrantStatements(t.Context(), sitedb.Account{}, fine); err == nil || got != nil {
			t.Errorf("database %s: %q, %v", name, got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(t, offline["mysql"]).GrantStatements(ctx, sitedb.Account{}, fine); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// read is what picture needs of its tables.
var read = map[string][]string{"users": {"uid", "name"}, "user_picture": {"entity_id", "deleted", "target_id"}, "files": {"fid", "uri", "status"}}

// reads checks that an account reads through joins what it was given, and nothing else.
func reads(t *testing.T, address string) {
	t.Helper()
	var log errorLog
	db := open(t, address, log.option)
	know(t, db, "users", "user_picture", "files")
	s := picture()
	s.Order = []userinfo.Order{{Column: "name"}}
	l, err := db.ByKey(s, "uid")
	if diff := cmp.Diff([][]string{{"1", "Ann", "11", "public://ann.jpg", "1"}, {"3", "Cid", "13", "NULL", "NULL"}}, must(t, l, err, int64(1), int64(3))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for name, change := range map[string]func(s *userinfo.Select){
		"column":                     func(s *userinfo.Select) { s.Columns = []string{"uid", "pass"} },
		"column as a condition":      func(s *userinfo.Select) { s.Where = []userinfo.Cond{{Column: "pass", Op: userinfo.OpNotNull}} },
		"column as an order":         func(s *userinfo.Select) { s.Order = []userinfo.Order{{Column: "pass"}} },
		"column to join with":        func(s *userinfo.Select) { s.Joins[0].With = "pass" },
		"column of a joined table":   func(s *userinfo.Select) { s.Joins[1].Columns = []string{"secret"} },
		"condition of joined tables": func(s *userinfo.Select) { s.Joins[1].Where[1].Column = "secret" },
		"joined table":               func(s *userinfo.Select) { s.Joins[1].Table = "others" },
	} {
		s := picture()
		change(&s)
		l, err := db.ByKey(s, "uid")
		if err != nil {
			t.Fatal(err)
		}
		rows, err := l.Rows(t.Context(), int64(1))
		if !errors.Is(err, userinfo.ErrUnavailable) || log.last() != sitedb.ClassDenied || rows != nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("another %s: %v, class %q; want it denied", name, err, log.last())
		}
	}
}

// secrets are a column and a table that nobody was given.
var secrets = []string{"ALTER TABLE files ADD secret INT", "CREATE TABLE others (fid INT PRIMARY KEY, uri VARCHAR(20), status INT)"}

func TestAnAccountMadeByTheStatementsReadsOnlyWhatItWasGivenFromMariaDB(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, append(pictures, secrets...)...)
	to := sitedb.Account{Name: "g_" + d.Name, Password: "canary-Zq8 & é"}
	db := open(t, d.RootURL(t))
	statements, err := db.GrantStatements(t.Context(), to, read)
	if err != nil {
		t.Fatal(err)
	}
	if want := "CREATE USER '" + to.Name + "'@'%'"; !strings.HasPrefix(statements[0], want) {
		t.Errorf("%s; want it to begin with %s, the host of the present account", statements[0], want)
	}
	t.Cleanup(func() { d.Exec(t, "DROP USER '"+to.Name+"'@'%'") })
	d.Exec(t, statements...)
	account := withUser(t, d.URL(), to)
	reads(t, account)
	columns, err := open(t, account).Columns(t.Context(), "users")
	if err != nil || len(columns) != 2 || !columns[0].Unique {
		t.Errorf("columns the account sees: %+v, %v; want uid, which is unique, and name", columns, err)
	}
	grants, err := open(t, account).Grants(t.Context())
	if err != nil || len(grants) != 4 {
		t.Errorf("%q, %v; want USAGE and three tables", grants, err)
	}
}

func TestTheHostOfTheStatementsIsThatOfThePresentAccount(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	name := "h@" + d.Name
	d.Exec(t, "CREATE USER '"+name+"'@'127.0.0.%' IDENTIFIED BY 'pw-Zq8'", "GRANT SELECT ON "+d.Name+".* TO '"+name+"'@'127.0.0.%'")
	t.Cleanup(func() { d.Exec(t, "DROP USER '"+name+"'@'127.0.0.%'") })
	statements, err := open(t, withUser(t, d.URL(), sitedb.Account{Name: name, Password: "pw-Zq8"})).GrantStatements(t.Context(), sitedb.Account{}, read)
	if err != nil || statements[0] != "CREATE USER 'chatpass'@'127.0.0.%' IDENTIFIED BY 'CHANGE-ME'" {
		t.Errorf("%q, %v", statements, err)
	}
}

func TestAnAccountMadeByTheStatementsReadsOnlyWhatItWasGivenFromPostgres(t *testing.T) {
	for name, setUp := range map[string][]string{
		"in the schema public": nil,
		"in a schema of the site's own": {
			`CREATE SCHEMA "Forum-1"`, "ALTER TABLE users SET SCHEMA \"Forum-1\"", "ALTER TABLE files SET SCHEMA \"Forum-1\"",
			"CREATE TABLE files (fid int, uri text, status int, secret int)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := pgtest.Start(t).Database(t)
			d.Exec(t, append(append(pictures, secrets...), setUp...)...)
			if setUp != nil {
				d.Exec(t, "ALTER DATABASE "+d.Name+` SET search_path = nowhere, "Forum-1", public`)
			}
			to := sitedb.Account{Name: "g_" + d.Name, Password: "canary-Zq8 & é"}
			db := open(t, d.URL())
			statements, err := db.GrantStatements(t.Context(), to, read)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { d.Exec(t, `DROP OWNED BY "`+to.Name+`"`, `DROP ROLE "`+to.Name+`"`) })
			d.Exec(t, statements...)
			if setUp != nil { // the account does not need what the database says
				d.Exec(t, "ALTER DATABASE "+d.Name+" RESET search_path")
			}
			reads(t, withUser(t, d.URL(), to))
			if _, err := db.GrantStatements(t.Context(), to, map[string][]string{"nobody": {"id"}}); !errors.Is(err, userinfo.ErrMapping) {
				t.Errorf("a table that is not there: %v, want ErrMapping", err)
			}
		})
	}
}

func withUser(tb testing.TB, address string, to sitedb.Account) string {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal("no address")
	}
	u.User = url.UserPassword(to.Name, to.Password)
	return u.String()
}
