package sitedb_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/userinfo"
)

func TestAnIndexThatTheAccountDoesNotSeeIsFound(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	for _, tt := range []struct {
		name, table, value string
		want               bool
	}{
		{"the primary key", "(a INT PRIMARY KEY, b INT)", "seq", true},
		{"an index with a column that may not be read", "(a INT, b INT, KEY (a, b))", "seq", true},
		{"a text", "(a VARCHAR(50) CHARACTER SET latin1, b INT, KEY (a, b))", "seq", true},
		{"bytes", "(a BINARY(16), b INT, KEY (a, b))", "seq", true},
		{"a uuid", "(a UUID, b INT, KEY (a, b))", "UUID()", true},
		{"an index that begins with another column", "(a INT, b INT, KEY (b, a))", "seq", false},
		{"no index", "(a INT, b INT)", "seq", false},
		{"no index of a text", "(a VARCHAR(50), b INT)", "seq", false},
	} {
		for name, rows := range map[string]string{"empty": "", "with rows": "INSERT INTO t (a, b) SELECT seq, seq FROM seq_1_to_50"} {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				d.Exec(t, "DROP TABLE IF EXISTS t", "CREATE TABLE t "+tt.table)
				if rows != "" {
					d.Exec(t, strings.ReplaceAll(rows, "SELECT seq", "SELECT "+tt.value))
				}
				db := open(t, d.User(t, "SELECT (a) ON t"))
				know(t, db, "t")
				if got, err := db.UsesIndex(t.Context(), "t", "a"); got != tt.want || err != nil {
					t.Errorf("%v, %v, want %v", got, err, tt.want)
				}
			})
		}
	}
}

func TestPlansAreAskedForNamesOnly(t *testing.T) {
	for flavour, address := range offline {
		for _, name := range attacks {
			for _, pair := range [][2]string{{name, "id"}, {"users", name}} {
				if got, err := open(t, address).UsesIndex(t.Context(), pair[0], pair[1]); got || (err == nil) != (flavour != "mysql") || flavour == "mysql" && !errors.Is(err, userinfo.ErrMapping) {
					t.Errorf("%s: %q: %v, %v", flavour, pair, got, err)
				}
			}
		}
	}
}
