package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
)

func TestGrantsCommand(t *testing.T) {
	const table = "CREATE TABLE members (id INT PRIMARY KEY, name VARCHAR(20), avatar VARCHAR(20), password VARCHAR(20))"
	my := mysqltest.Start(t).Database(t)
	my.Exec(t, table)
	pg := pgtest.Start(t).Database(t)
	pg.Exec(t, table)
	dir := newSite(t)
	for _, tt := range []struct {
		name, address string
		args          []string
		out           string
		err           []string
	}{
		{
			"MariaDB", my.URL(), nil,
			"CREATE USER 'chatpass'@'%' IDENTIFIED BY 'CHANGE-ME';\nGRANT SELECT (`id`, `name`, `avatar`) ON `" + my.Name + "`.`members` TO 'chatpass'@'%';\n",
			[]string{"in the place of CHANGE-ME", "CHATPASS_DATABASE_URL", "REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'chatpass'@'%';"},
		},
		{
			"MariaDB, an account of another name and host", my.URL(),
			[]string{"--account", "reader", "--host", "10.0.0.%"},
			"CREATE USER 'reader'@'10.0.0.%' IDENTIFIED BY 'CHANGE-ME';\nGRANT SELECT (`id`, `name`, `avatar`) ON `" + my.Name + "`.`members` TO 'reader'@'10.0.0.%';\n",
			[]string{"FROM 'reader'@'10.0.0.%';"},
		},
		{
			"PostgreSQL", pg.URL(), nil,
			"CREATE ROLE \"chatpass\" LOGIN PASSWORD 'CHANGE-ME';\nGRANT CONNECT ON DATABASE \"" + pg.Name + "\" TO \"chatpass\";\nGRANT USAGE ON SCHEMA \"public\" TO \"chatpass\";\n" +
				"GRANT SELECT (\"id\", \"name\", \"avatar\") ON \"public\".\"members\" TO \"chatpass\";\n",
			[]string{"in the place of CHANGE-ME"},
		},
		{"SQLite", "sqlite:" + dir + "/site.db", nil, "-- SQLite has no accounts: let the user Chatpass runs as read the database file and its folder, and write neither\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := runProgram(dir, []string{"CHATPASS_DATABASE_URL=" + tt.address, "CHATPASS_QUERY_TIMEOUT=10s"}, append([]string{"grants"}, tt.args...)...)
			if diff := cmp.Diff(tt.out, got.out); diff != "" || got.code != exitOK || (got.err == "") != (tt.err == nil) {
				t.Errorf("exit %d, messages %q, output (-want +got):\n%s", got.code, got.err, diff)
			}
			for _, want := range tt.err {
				if !strings.Contains(got.err, want) {
					t.Errorf("the messages %q lack %q", got.err, want)
				}
			}
		})
	}
}

func TestGrantsThatCannotBePrinted(t *testing.T) {
	dir := newSite(t)
	if err := os.WriteFile(dir+"/not.db", []byte("no database at all, but long enough for a header of one"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		environ []string
		args    []string
		code    int
		want    string
	}{
		{"the database is away", []string{"CHATPASS_DATABASE_URL=mysql://u:canary-pw@127.0.0.1:1/site"}, nil, exitFailed, "no connection"},
		{"it is no database", []string{"CHATPASS_DATABASE_URL=sqlite:" + dir + "/not.db"}, nil, exitFailed, "is no SQLite database"},
		{"a column that does not exist", []string{"CHATPASS_USERS_BADGE=rank"}, nil, exitRefused, "CHATPASS_USERS_BADGE"},
		{"a name with a blank", nil, []string{"--account", "a b"}, exitFailed, "letters, digits"},
		{"a host with a quote", nil, []string{"--host", "a'b"}, exitFailed, "host"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := runProgram(dir, tt.environ, append([]string{"grants"}, tt.args...)...)
			if got.code != tt.code || got.out != "" || !strings.Contains(got.err, tt.want) || strings.Contains(got.err, "canary-pw") {
				t.Errorf("exit %d, output %q, messages %q; want exit %d and %q", got.code, got.out, got.err, tt.code, tt.want)
			}
		})
	}
}
