package sitedb_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/sitedb"
)

func TestPrivilegesOfAPostgreSQLAccount(t *testing.T) {
	d := pgtest.Start(t).Database(t)
	d.Exec(t, "CREATE TABLE users (id INT PRIMARY KEY, name TEXT, pass TEXT)", "CREATE TABLE orders (id INT)", "CREATE SCHEMA shop", "CREATE TABLE shop.carts (id INT)")
	all, err := url.Parse(d.URL())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name       string
		statements []string // what the account "reader" gets
		want       []sitedb.Privilege
	}{
		{"columns", []string{"GRANT SELECT (id, name) ON users TO privileged"}, []sitedb.Privilege{{"SELECT", "users", "id"}, {"SELECT", "users", "name"}}},
		{"nothing", nil, []sitedb.Privilege{}},
		{"a table", []string{"GRANT SELECT, INSERT ON users TO privileged"}, []sitedb.Privilege{{"INSERT", "users", ""}, {"SELECT", "users", ""}}},
		{"a column to change", []string{"GRANT UPDATE (pass) ON users TO privileged"}, []sitedb.Privilege{{"UPDATE", "users", "pass"}}},
		{"a table in a schema that may not be used", []string{"GRANT SELECT ON shop.carts TO privileged"}, []sitedb.Privilege{}},
		{"a table in another schema", []string{"GRANT USAGE ON SCHEMA shop TO privileged", "GRANT SELECT ON shop.carts TO privileged"}, []sitedb.Privilege{{"SELECT", "shop.carts", ""}}},
		{"what everybody may", []string{"GRANT SELECT ON orders TO PUBLIC"}, []sitedb.Privilege{{"SELECT", "orders", ""}}},
		{"attributes", []string{"ALTER ROLE privileged CREATEDB BYPASSRLS"}, []sitedb.Privilege{{"BYPASSRLS", "", ""}, {"CREATEDB", "", ""}}},
		{"a role of the server", []string{"GRANT pg_read_server_files TO privileged"}, []sitedb.Privilege{{"ROLE pg_read_server_files", "", ""}}},
		{"a superuser", []string{"ALTER ROLE privileged SUPERUSER"}, []sitedb.Privilege{{"SUPERUSER", "", ""}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d.Exec(t, "CREATE ROLE privileged LOGIN PASSWORD 'pw-privileged'")
			defer d.Exec(t, "REVOKE ALL ON orders FROM PUBLIC", "DROP OWNED BY privileged", "DROP ROLE privileged")
			d.Exec(t, tt.statements...)
			address := *all
			address.User = url.UserPassword("privileged", "pw-privileged")
			got, err := open(t, address.String()).Privileges(t.Context())
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
		})
	}
}

func TestOtherDatabasesListNoPrivileges(t *testing.T) {
	if got, err := open(t, mysqltest.Start(t).Database(t).URL()).Privileges(t.Context()); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}
