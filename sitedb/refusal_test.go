package sitedb_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

func TestADatabaseThatCannotBeUsedSaysWhy(t *testing.T) {
	m := mysqltest.Start(t).Database(t)
	p := pgtest.Start(t).Database(t)
	_, password := m.Credentials(t, m.URL())
	folder := t.TempDir()
	other := filepath.Join(folder, "other.txt")
	if err := os.WriteFile(other, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	shut := pgtest.Start(t).Database(t)
	role, login, limited := shut.Name+"_outside", m.Name+"_socket", m.Name+"_limited"
	shut.Exec(t, "REVOKE CONNECT ON DATABASE "+shut.Name+" FROM PUBLIC", "CREATE ROLE "+role+" LOGIN PASSWORD 'canary'")
	m.Exec(t, "CREATE USER "+login+"@'127.0.0.1' IDENTIFIED VIA unix_socket",
		"CREATE USER "+limited+"@'127.0.0.1' IDENTIFIED BY 'canary' WITH MAX_QUERIES_PER_HOUR 1", "GRANT SELECT ON "+m.Name+".* TO "+limited+"@'127.0.0.1'")
	t.Cleanup(func() {
		shut.Exec(t, "DROP ROLE "+role)
		m.Exec(t, "DROP USER "+login+"@'127.0.0.1'", "DROP USER "+limited+"@'127.0.0.1'")
	})
	for _, tt := range []struct {
		name, address, class string
		refusal              sitedb.Refusal
		want                 string
	}{
		{"MariaDB, an account without a password", replaceUser(m.URL(), login+":canary"), sitedb.ClassDenied, sitedb.RefusedPlugin, "not let in by a password (error 1698)"},
		{"PostgreSQL, no right to connect", replaceUser(shut.URL(), role+":canary"), sitedb.ClassDenied, sitedb.RefusedRight, "no right to connect to this database"},
		{"MariaDB, a wrong password", strings.Replace(m.URL(), ":"+password+"@", ":canary@", 1), sitedb.ClassDenied, sitedb.RefusedLogin, "refuses user name or password (error 1045)"},
		{"MariaDB, no such database, seen by who may see all", strings.TrimSuffix(m.RootURL(t), m.Name) + "nowhere", sitedb.ClassDenied, sitedb.RefusedDatabase, "no database of this name (error 1049)"},
		{"MariaDB, no such database, seen by who may not", strings.TrimSuffix(m.URL(), m.Name) + "nowhere", sitedb.ClassDenied, sitedb.RefusedRight, "no right on a database of this name (error 1044)"},
		{"MariaDB, no TLS", m.URL() + "?tls=true", sitedb.ClassConnect, "", "offers no TLS"},
		{"PostgreSQL, no such user", replaceUser(p.URL(), "nobody:canary"), sitedb.ClassDenied, sitedb.RefusedLogin, "SQLSTATE 28"},
		{"PostgreSQL, no such database", strings.Replace(p.URL(), "/"+p.Name, "/nowhere", 1), sitedb.ClassDenied, sitedb.RefusedDatabase, "no database of this name (SQLSTATE 3D000)"},
		{"PostgreSQL, no TLS", withOption(p.URL(), "sslmode=require"), sitedb.ClassConnect, "", "offers no TLS"},
		{"SQLite, a folder", "sqlite:" + folder, sitedb.ClassConnect, "", "is a folder"},
		{"SQLite, another file", "sqlite:" + other, sitedb.ClassConnect, "", "is no SQLite database"},
		{"SQLite, no file", "sqlite:" + folder + "/missing.db", sitedb.ClassConnect, "", "does not exist"},
		{"MariaDB, an account that has used up its queries", replaceUser(m.URL(), limited+":canary"), sitedb.ClassConnect, sitedb.RefusedLimit, "a limit of its own (error 1226)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(t, tt.address).Tables(t.Context())
			var e *sitedb.Error
			if !errors.As(err, &e) || !errors.Is(err, userinfo.ErrUnavailable) || e.Class() != tt.class || e.Refusal() != tt.refusal || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one of class %s (%s) with %q", err, tt.class, tt.refusal, tt.want)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("error %v holds the password", err)
			}
		})
	}
}

func replaceUser(address, user string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	return scheme + "://" + user + rest[strings.IndexByte(rest, '@'):]
}

// withOption replaces the options of an address.
func withOption(address, option string) string {
	plain, _, _ := strings.Cut(address, "?")
	return plain + "?" + option
}

func TestSchemaIsTheDatabaseOfTheAddress(t *testing.T) {
	for address, want := range map[string]string{
		"mysql://u:p@127.0.0.1/site": "site", "u:p@tcp(127.0.0.1)/other": "other", "postgres://u:p@127.0.0.1/site": "", "sqlite:/site.db": "",
	} {
		if got := open(t, address).Schema(); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}
