package sitedb_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// pair joins table r by its column k to table l with its column k; both have a number n, and l's is the key.
func pair(tb testing.TB, db *sitedb.DB) (userinfo.Lookup, error) {
	tb.Helper()
	know(tb, db, "l", "r")
	return db.ByKey(userinfo.Select{Table: "l", Columns: []string{"n"}, Joins: []userinfo.Join{{Table: "r", Column: "k", With: "k", Columns: []string{"n"}}}}, "n")
}

// fill makes the two tables with their values, literals of the database, numbered from 1.
func fillPair(tb testing.TB, b backend, leftType, rightType string, left, right []string) {
	tb.Helper()
	b.exec(tb, "DROP TABLE IF EXISTS l", "DROP TABLE IF EXISTS r", "CREATE TABLE l (n INT PRIMARY KEY, k "+leftType+")", "CREATE TABLE r (n INT, k "+rightType+")")
	for table, values := range map[string][]string{"l": left, "r": right} {
		for i, v := range values {
			b.exec(tb, fmt.Sprintf("INSERT INTO %s VALUES (%d, %s)", table, i+1, v))
		}
	}
}

// joined asks for all rows of l; "1-2" is its first row with the second of r, "1-" one with none.
func joined(tb testing.TB, db *sitedb.DB, n int) string {
	tb.Helper()
	l, err := pair(tb, db)
	if err != nil {
		tb.Fatal(err)
	}
	keys := make([]int64, n)
	for i := range keys {
		keys[i] = int64(i + 1)
	}
	var pairs []string
	for _, row := range sorted(must(tb, l, nil, keys)) {
		pairs = append(pairs, row[0]+"-"+strings.Replace(row[1], "NULL", "", 1))
	}
	return strings.Join(pairs, " ")
}

func TestColumnsOfDifferentTypesAreJoinedByTheirExactText(t *testing.T) {
	type types map[string]string
	texts := []string{"'7abc'", "'7'", "'07'", "'7.0'", "' 7'", "'+7'", "''", "'-3'", "'7 '", "'9007199254740993'", "'8999999999999999999'", "'99999999999999999999'", "'\uff17'", "'abc'", "NULL"}
	numbers := []string{"7", "-3", "0", "9007199254740993", "9007199254740992", "8999999999999999999", "NULL"}
	const uuid = "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'"
	integer, text := types{"": "BIGINT"}, types{"": "VARCHAR(60)"}
	bytea := types{"mariadb": "VARBINARY(60)", "postgres": "bytea", "sqlite": "BLOB"}
	onEach(t, func(t *testing.T, b backend) {
		db := open(t, b.url)
		for _, tt := range []struct {
			name        string
			left, right types
			l, r        []string
			want        string
		}{
			{"a text with an integer column", text, integer, texts, numbers, "1- 10-4 11-6 12- 13- 14- 15- 2-1 3- 4- 5- 6- 7- 8-2 9-"},
			{"an integer with a text column", integer, text, numbers, texts, "1-2 2-8 3- 4-10 5- 6-11 7-"},
			{"a text with an indexed integer column", text, types{"": "BIGINT PRIMARY KEY"}, texts, numbers[:6], "1- 10-4 11-6 12- 13- 14- 15- 2-1 3- 4- 5- 6- 7- 8-2 9-"},
			{"an integer with an indexed text column", integer, types{"": "VARCHAR(60) PRIMARY KEY"}, numbers, []string{"'7abc'", "'7'", "'07'", "'-3'", "'9007199254740993'"}, "1-2 2-4 3- 4-5 5- 6- 7-"},
			{"a small text with a small integer column", types{"": "CHAR(9)"}, types{"": "SMALLINT"}, []string{"'7'", "'99999'", "'7x'"}, []string{"7"}, "1-1 2- 3-"},
			{"an integer with bytes", integer, bytea, numbers, []string{"'7'", "'07'", "'-3'"}, "1-1 2-3 3- 4- 5- 6- 7-"},
			{"bytes with an integer column", bytea, integer, []string{"'7'", "'7abc'", "'é'", "''", "NULL"}, numbers, "1-1 2- 3- 4- 5-"},
			{"a text with bytes", text, bytea, []string{"'é'", "'E'", "'7'"}, []string{"'e'", "'é'", "'7'"}, "1-2 2- 3-3"},
			{"bytes with a text column", bytea, text, []string{"'é'", "'E'", "'7'"}, []string{"'e'", "'é'", "'7'"}, "1-2 2- 3-3"},
			{"a text with a decimal column", text, types{"": "NUMERIC(10,2)"}, []string{"'7.25'", "'7.25abc'", "'7'"}, []string{"7.25"}, "1-1 2- 3-"},
			{"a decimal with a text column", types{"": "NUMERIC(10,2)"}, text, []string{"7.25"}, []string{"'7.25abc'", "'7.25'"}, "1-2"},
			{"an integer with a decimal column", integer, types{"": "NUMERIC(10,2)"}, []string{"7", "8"}, []string{"7.00"}, "1-1 2-"},
			{"a text with a uuid column", text, types{"": "UUID"}, []string{uuid, "'6ba7'", "''", "NULL"}, []string{uuid}, "1-1 2- 3- 4-"},
			{"a uuid with a text column", types{"": "UUID"}, text, []string{uuid}, []string{"'6ba7'", uuid}, "1-2"},
			{"dates of two precisions", types{"": "DATE"}, types{"": "DATE"}, []string{"'2026-01-02'"}, []string{"'2026-01-02'"}, "1-1"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				kind := func(of types) string {
					if name := of[b.name]; name != "" {
						return name
					}
					return of[""]
				}
				l, r := blobs(b, kind(tt.left), tt.l), blobs(b, kind(tt.right), tt.r)
				fillPair(t, b, kind(tt.left), kind(tt.right), l, r)
				if diff := cmp.Diff(tt.want, joined(t, db, len(l))); diff != "" {
					t.Errorf("pairs (-want +got):\n%s", diff)
				}
			})
		}
	})
}

// blobs makes texts into SQLite's bytes, which a quoted literal is not.
func blobs(b backend, kind string, values []string) []string {
	if b.name != "sqlite" || kind != "BLOB" {
		return values
	}
	made := make([]string, len(values))
	for i, v := range values {
		made[i] = "CAST(" + v + " AS BLOB)"
	}
	return made
}

func TestColumnsThatCannotBeComparedAreRefused(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		db := open(t, b.url)
		for _, types := range [][2]string{{"DATE", "INT"}, {"VARCHAR(20)", "DATE"}, {"TIMESTAMP", "VARCHAR(20)"}} {
			fillPair(t, b, types[0], types[1], nil, nil)
			if _, err := pair(t, db); !errors.Is(err, userinfo.ErrMapping) || !strings.Contains(err.Error(), "cannot be compared") {
				t.Errorf("%s with %s: %v, want ErrMapping", types[0], types[1], err)
			}
		}
	})
}

func TestTextsOfAnyCollationAndCharacterSetAreJoined(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	b, db := backend{"mariadb", d.RootURL(t), d.Exec}, open(t, d.URL())
	kinds := []string{
		"VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
		"VARCHAR(50) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci", "VARCHAR(50) CHARACTER SET latin1 COLLATE latin1_swedish_ci", "VARCHAR(50) CHARACTER SET latin1 COLLATE latin1_german2_ci",
		"VARCHAR(50) CHARACTER SET cp1251", "VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin", "ENUM('ann','7') COLLATE utf8mb4_unicode_520_ci", "CHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
	}
	joinKinds(t, b, db, kinds)
	t.Run("numbers above 2^63 with texts", func(t *testing.T) {
		fillPair(t, b, "VARCHAR(30)", "BIGINT UNSIGNED", []string{"'18446744073709551615'", "'-1'"}, []string{"18446744073709551615"})
		if got := joined(t, db, 2); got != "1-1 2-" {
			t.Errorf("pairs %s", got)
		}
	})
}

func TestPostgresTypesThatAreNoPlainTextAreJoined(t *testing.T) {
	d := pgtest.Start(t).Database(t)
	d.Exec(t, "CREATE TYPE kind AS ENUM ('ann','7')", "CREATE EXTENSION citext", "CREATE DOMAIN handle AS varchar(30)")
	b, db := backend{"postgres", d.URL(), d.Exec}, open(t, d.URL())
	kinds := []string{"text", "varchar(9)", "char(9)", "citext", "kind", "handle", "name"}
	joinKinds(t, b, db, kinds)
}

// joinKinds joins texts of every type with texts of every type and with integers, each way.
func joinKinds(t *testing.T, b backend, db *sitedb.DB, kinds []string) {
	t.Helper()
	definition, ann, seven := "n INT PRIMARY KEY, i INT", "", ""
	for i, kind := range kinds {
		definition += fmt.Sprintf(", c%d %s", i, kind)
		ann, seven = ann+", 'ann'", seven+", '7'"
	}
	b.exec(t, "CREATE TABLE a ("+definition+")", "CREATE TABLE z ("+definition+")",
		"INSERT INTO a VALUES (1, 0"+ann+"), (2, 7"+seven+")", "INSERT INTO z VALUES (1, 7"+seven+"), (2, 0"+ann+")")
	know(t, db, "a", "z")
	join := func(name, left, right, want string) {
		t.Run(name, func(t *testing.T) {
			l, err := db.ByKey(userinfo.Select{Table: "a", Columns: []string{"n"}, Joins: []userinfo.Join{{Table: "z", Column: right, With: left, Columns: []string{"n"}}}}, "n")
			var pairs []string
			for _, row := range sorted(must(t, l, err, int64(1), int64(2))) {
				pairs = append(pairs, strings.Join(row, "-"))
			}
			if got := strings.Join(pairs, " "); got != want {
				t.Errorf("pairs %s, want %s", got, want)
			}
		})
	}
	for i, left := range kinds {
		for j, right := range kinds {
			join(left+" with "+right, fmt.Sprintf("c%d", i), fmt.Sprintf("c%d", j), "1-2 2-1")
		}
		join(left+" with an integer", fmt.Sprintf("c%d", i), "i", "1-NULL 2-1")
		join("an integer with "+left, "i", fmt.Sprintf("c%d", i), "1-NULL 2-1")
	}
}

// The side before the join is the one that is converted: a joined table may have millions of rows.
func TestJoinsOfDifferentTypesAskTheIndexOfTheJoinedColumn(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		rows := map[string]string{
			"mariadb": "SELECT seq, seq FROM seq_1_to_3000", "postgres": "SELECT n, n FROM generate_series(1, 3000) n",
			"sqlite": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n < 3000) SELECT n, n FROM c",
		}[b.name]
		db := open(t, b.url)
		for _, types := range [][2]string{{"VARCHAR(60)", "BIGINT"}, {"BIGINT", "VARCHAR(60)"}} {
			t.Run(types[0]+" with "+types[1], func(t *testing.T) {
				fillPair(t, b, types[0], types[1]+" NOT NULL UNIQUE", nil, nil)
				if b.name == "postgres" {
					b.exec(t, "INSERT INTO l SELECT a, b::text::"+types[0]+" FROM ("+rows+") x(a, b)", "INSERT INTO r SELECT a, b::text::"+types[1]+" FROM ("+rows+") x(a, b)")
				} else {
					b.exec(t, "INSERT INTO l "+rows, "INSERT INTO r "+rows)
				}
				b.exec(t, map[string]string{"mariadb": "ANALYZE TABLE l, r", "postgres": "ANALYZE", "sqlite": "ANALYZE"}[b.name])
				l, err := pair(t, db)
				if err != nil {
					t.Fatal(err)
				}
				text, err := sitedb.Text(l, []int64{7, 8})
				if err != nil {
					t.Fatal(err)
				}
				explain := map[string]string{"mariadb": "EXPLAIN ", "postgres": "EXPLAIN ", "sqlite": "EXPLAIN QUERY PLAN "}[b.name]
				plan := planOf(t, db, explain+text)
				want := map[string]string{"mariadb": "t1 eq_ref", "postgres": "on r t1|Index Scan using", "sqlite": "SEARCH t1 USING INDEX"}[b.name]
				for _, piece := range strings.Split(want, "|") {
					if !strings.Contains(plan, piece) {
						t.Errorf("the plan lacks %q:\n%s", piece, plan)
					}
				}
				if strings.Contains(plan, "Seq Scan on r") {
					t.Errorf("the joined table is read whole:\n%s", plan)
				}
			})
		}
	})
}

// planOf is the text of an EXPLAIN, its cells separated by blanks.
func planOf(tb testing.TB, db *sitedb.DB, statement string) string {
	tb.Helper()
	rows, err := db.SQLDB().QueryContext(tb.Context(), statement)
	if err != nil {
		tb.Fatalf("%v in %s", err, statement)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		tb.Fatal(err)
	}
	var plan strings.Builder
	for rows.Next() {
		cells, places := make([]any, len(names)), make([]any, len(names))
		for i := range cells {
			places[i] = &cells[i]
		}
		if err := rows.Scan(places...); err != nil {
			tb.Fatal(err)
		}
		for i, c := range cells {
			if b, ok := c.([]byte); ok {
				cells[i] = string(b)
			}
		}
		_, _ = fmt.Fprintln(&plan, cells...)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return plan.String()
}
