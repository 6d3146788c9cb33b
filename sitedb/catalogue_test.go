package sitedb_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chatpass/chatpass/sitedb"
)

// described is a catalogue as lines: table, column, Go's class, u for unique, i for indexed.
func described(tables []sitedb.TableInfo) []string {
	var lines []string
	for _, t := range tables {
		for _, c := range t.Columns {
			key := "-"
			if c.Unique {
				key = "unique"
			} else if c.Indexed {
				key = "indexed"
			}
			lines = append(lines, fmt.Sprintf("%s.%s %d %s", t.Name, c.Name, c.Type, key))
		}
	}
	return lines
}

func TestCatalogueDescribesEveryTableAndItsKeys(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t,
			`CREATE TABLE members (id INTEGER NOT NULL PRIMARY KEY, login VARCHAR(40) NOT NULL UNIQUE, mail VARCHAR(80), city VARCHAR(40))`,
			`CREATE INDEX members_mail ON members (mail, city)`,
			`CREATE TABLE memberof (member INTEGER NOT NULL, club INTEGER NOT NULL, PRIMARY KEY (member, club))`,
			`CREATE TABLE noted (a INTEGER, b INTEGER, UNIQUE (a, b))`,
			`CREATE VIEW visible AS SELECT id, login FROM members`)
		got, err := open(t, b.url).Catalogue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		clubKey := "indexed" // a later part of a primary key
		if b.name == "postgres" {
			clubKey = "-"
		}
		want := []string{
			"memberof.member 1 indexed", "memberof.club 1 " + clubKey,
			"members.id 1 unique", "members.login 4 unique", "members.mail 4 indexed", "members.city 4 -",
			"noted.a 1 indexed", "noted.b 1 -",
			"visible.id 1 -", "visible.login 4 -",
		}
		if diff := cmp.Diff(want, described(got)); diff != "" {
			t.Errorf("the catalogue (-want +got):\n%s", diff)
		}
	})
}

func TestCatalogueDescribesColumnsAsColumnsDoes(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, `CREATE TABLE wide (id BIGINT NOT NULL PRIMARY KEY, small SMALLINT, price DECIMAL(8,2), name VARCHAR(123) NOT NULL,
body TEXT, born DATE, code CHAR(7), seen TIMESTAMP NULL)`, `CREATE UNIQUE INDEX wide_name ON wide (name)`)
		db := open(t, b.url)
		catalogue, err := db.Catalogue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want, err := db.Columns(t.Context(), "wide")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, catalogue[0].Columns); diff != "" {
			t.Errorf("Columns and Catalogue differ (-Columns +Catalogue):\n%s", diff)
		}
	})
}

func TestCatalogueTellsCharsetsAndEstimates(t *testing.T) {
	numbers := make([]string, 300)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("(%d, 'x')", i)
	}
	insert := "INSERT INTO old VALUES " + strings.Join(numbers, ",")
	onEach(t, func(t *testing.T, b backend) {
		want := []sitedb.TableInfo{{Name: "old", Rows: -1}}
		switch b.name {
		case "mariadb":
			b.exec(t, "CREATE TABLE old (id INT PRIMARY KEY, name VARCHAR(9) CHARACTER SET latin1) ENGINE=MyISAM", insert,
				"CREATE VIEW seen AS SELECT name FROM old")
			want = []sitedb.TableInfo{
				{Name: "old", Rows: 300, Charsets: map[string]string{"name": "latin1"}},
				{Name: "seen", Rows: -1, Charsets: map[string]string{"name": "latin1"}},
			}
		case "postgres":
			b.exec(t, "CREATE TABLE old (id INT PRIMARY KEY, name VARCHAR(9))", insert, "ANALYZE old", "CREATE TABLE fresh (id INT)",
				"CREATE TABLE parted (id INT) PARTITION BY RANGE (id)", "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (9)")
			want = []sitedb.TableInfo{{Name: "fresh", Rows: -1}, {Name: "old", Rows: 300}, {Name: "parted", Rows: -1}}
		default:
			b.exec(t, "CREATE TABLE old (id INT PRIMARY KEY, name VARCHAR(9))", insert)
		}
		got, err := open(t, b.url).Catalogue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(sitedb.TableInfo{}, "Columns")); diff != "" {
			t.Errorf("tables (-want +got):\n%s", diff)
		}
	})
}

func TestCatalogueKeepsTablesApartThatDifferInCase(t *testing.T) {
	b := backends(t)[0](t)
	b.exec(t, "CREATE TABLE users (id INT PRIMARY KEY, name TEXT)", "CREATE TABLE Users (nr INT PRIMARY KEY, title TEXT)")
	got, err := open(t, b.url).Catalogue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Users.nr 1 unique", "Users.title 4 -", "users.id 1 unique", "users.name 4 -"}
	if diff := cmp.Diff(want, described(got)); diff != "" {
		t.Errorf("the catalogue (-want +got):\n%s", diff)
	}
}

func TestCatalogueOfAnEmptyDatabaseIsEmpty(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		got, err := open(t, b.url).Catalogue(t.Context())
		if err != nil || len(got) != 0 {
			t.Errorf("got %v, %v; want nothing", got, err)
		}
	})
}

func TestCatalogueRefusesADatabaseOfTooManyTablesOrColumns(t *testing.T) {
	tests := []struct {
		name            string
		tables, columns int
		want            string // "" for none
	}{
		{"2,000 tables are looked through", 2000, 1, ""},
		{"2,001 tables are too many", 2001, 1, "2,000 tables"},
		{"60,001 columns are too many", 31, 1936, "60,000 columns"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := sqliteBackend(t)
			names := make([]string, tt.columns)
			for i := range names {
				names[i] = fmt.Sprintf("c%d INT", i)
			}
			statements := make([]string, 0, tt.tables+2)
			statements = append(statements, "BEGIN")
			for i := range tt.tables {
				statements = append(statements, fmt.Sprintf("CREATE TABLE t%04d (%s)", i, strings.Join(names, ",")))
			}
			b.exec(t, append(statements, "COMMIT")...)
			got, err := open(t, b.url).Catalogue(t.Context())
			switch {
			case tt.want == "" && (err != nil || len(got) != tt.tables):
				t.Errorf("got %d tables, %v", len(got), err)
			case tt.want != "" && (!errors.Is(err, sitedb.ErrTooManyTables) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v; want ErrTooManyTables with %q", err, tt.want)
			}
		})
	}
}

func TestCatalogueEndsWithItsContext(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := open(t, b.url).Catalogue(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v; want the context's error", err)
		}
	})
}

func TestCatalogueShowsTheAccountOnlyWhatItMayRead(t *testing.T) {
	b := backends(t)[0](t)
	b.exec(t, "CREATE TABLE secret_things (id INT PRIMARY KEY)", "CREATE TABLE members (id INT PRIMARY KEY, pass VARCHAR(9), name VARCHAR(9))")
	account := "narrow_" + strings.ReplaceAll(b.url[strings.LastIndex(b.url, "/")+1:], "test_", "")
	b.exec(t, "CREATE USER '"+account+"'@'%' IDENTIFIED BY 'Zq8-narrow'", "GRANT SELECT (id, name) ON members TO '"+account+"'@'%'")
	t.Cleanup(func() { b.exec(t, "DROP USER '"+account+"'@'%'") })
	address := "mysql://" + account + ":Zq8-narrow" + b.url[strings.LastIndex(b.url, "@"):]
	got, err := open(t, address).Catalogue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lines := described(got)
	if slices.Contains(lines, "members.pass 4 -") || len(got) != 1 || len(got[0].Columns) != 2 {
		t.Errorf("got %q; want the two columns of one table", lines)
	}
}
