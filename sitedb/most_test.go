package sitedb_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

func TestAnAnswerOfTooManyBytesIsRefusedAndNamesItsTable(t *testing.T) {
	statements := []string{"CREATE TABLE prefs (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO prefs VALUES (1, '0123456789'), (2, '0123456789'), (3, NULL)"}
	for name, address := range map[string]func() string{
		"sqlite": func() string { return "sqlite:" + sqliteFile(t, statements...) },
		"mysql": func() string {
			d := mysqltest.Start(t).Database(t)
			d.Exec(t, statements...)
			return d.URL()
		},
		"postgres": func() string {
			d := pgtest.Start(t).Database(t)
			d.Exec(t, statements...)
			return d.URL()
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, address())
			lookup, err := db.ByKey(userinfo.Select{Table: "prefs", Columns: []string{"id", "v"}}, "id")
			if err != nil {
				t.Fatal(err)
			}
			sitedb.SetMost(lookup, 12)
			for range 2 { // memory that is used again starts at nothing
				if rows, err := lookup.Rows(t.Context(), int64(1), int64(3)); err != nil || rows.Bytes() != 12 || rows.Len() != 2 {
					t.Errorf("12 bytes: %v", err)
				}
			}
			_, err = lookup.Rows(t.Context(), int64(1), int64(2))
			if !errors.Is(err, userinfo.ErrMapping) || !strings.Contains(err.Error(), "table prefs") {
				t.Errorf("22 bytes: %v, want ErrMapping with the table's name", err)
			}
			if _, err = lookup.Rows(t.Context(), int64(1)); err != nil {
				t.Errorf("after a refusal: %v", err)
			}
		})
	}
}

func TestTheBytesOfAnAnswerAreBounded(t *testing.T) {
	path := sqliteFile(t, "CREATE TABLE logs (uid INTEGER, v TEXT)", "CREATE INDEX i ON logs (uid)",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) INSERT INTO logs SELECT 1, printf('%.*c', 60000, 'x') FROM n")
	lookup, err := open(t, "sqlite:"+path).ByKey(userinfo.Select{Table: "logs", Columns: []string{"uid", "v"}, PerKey: 1000}, "uid")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lookup.Rows(t.Context(), int64(1)); !errors.Is(err, userinfo.ErrMapping) || !strings.Contains(err.Error(), "table logs") {
		t.Errorf("36 MB: %v, want ErrMapping with the table's name", err)
	}
}
