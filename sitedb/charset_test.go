package sitedb_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/sitedb"
)

func TestTextsThatWereEncodedTwiceAreFound(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	for _, tt := range []struct {
		name, column string
		values       []string // SQL
		want         []sitedb.Doubled
	}{
		{"UTF-8 in a latin1 column", "VARCHAR(50) CHARACTER SET latin1", []string{"_latin1 X'4A6F73C3A9'", "'Ann'"}, []sitedb.Doubled{{Column: "name", Charset: "latin1", Found: 1, Of: 1}}},
		{"UTF-8 with bytes that have no character", "VARCHAR(50) CHARACTER SET latin1", []string{"_latin1 X'D09D'", "_latin1 X'E38181'"}, []sitedb.Doubled{{Column: "name", Charset: "latin1", Found: 2, Of: 2}}},
		{"UTF-8 encoded twice in utf8mb4", "VARCHAR(50) CHARACTER SET utf8mb4", []string{"'JosÃ©'", "'José'"}, []sitedb.Doubled{{Column: "name", Charset: "utf8mb4", Found: 1, Of: 2}}},
		{"latin1 in a latin1 column", "VARCHAR(50) CHARACTER SET latin1", []string{"'José'", "'Ångström'", "'SÃO'"}, nil},
		{"every script in utf8mb4", "VARCHAR(50) CHARACTER SET utf8mb4", []string{"'Ωmega'", "'Жанна'", "'愛'", "'👩‍🚀'", "'Ann'", "''", "NULL"}, nil},
		{"bytes", "VARBINARY(50)", []string{"X'4A6F73C3A9'", "X'C383C2A9'"}, nil},
		{"numbers", "INT", []string{"1"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d.Exec(t, "DROP TABLE IF EXISTS people", "CREATE TABLE people (id INT AUTO_INCREMENT PRIMARY KEY, name "+tt.column+")")
			for _, v := range tt.values {
				d.Exec(t, "INSERT INTO people (name) VALUES ("+v+")")
			}
			db := open(t, d.URL())
			know(t, db, "people")
			got, err := db.DoubleEncoded(t.Context(), "people", []string{"id", "name"}, "id", 100)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
		})
	}
}
