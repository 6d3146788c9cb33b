package preset_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// engine is a database of a kind, with an address for an account that reads all of it.
type engine struct {
	name, url string
	db        *sql.DB
	source    userinfo.Source
}

// onEveryEngine runs a test on a new database of every kind, made by statements. {uint}, {moment} and {bytes16} are what the types are
// called there.
func onEveryEngine(t *testing.T, statements []string, test func(t *testing.T, e engine)) {
	t.Helper()
	onEngines(t, []string{"mysql", "postgres", "sqlite"}, statements, test)
}

func onEngines(t *testing.T, names, statements []string, test func(t *testing.T, e engine)) {
	t.Helper()
	start := map[string]func(t *testing.T) engine{
		"mysql": func(t *testing.T) engine {
			t.Helper()
			d := mysqltest.Start(t).Database(t)
			return engine{name: "mysql", url: d.URL(), db: d.SQL()}
		},
		"postgres": func(t *testing.T) engine {
			t.Helper()
			d := pgtest.Start(t).Database(t)
			return engine{name: "postgres", url: d.URL(), db: d.SQL()}
		},
		"sqlite": func(t *testing.T) engine {
			t.Helper()
			path := filepath.Join(t.TempDir(), "site.sqlite")
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			return engine{name: "sqlite", url: "sqlite:" + path, db: db}
		},
	}
	types := map[string][]string{
		"mysql":    {"{uint}", "BIGINT UNSIGNED", "{moment}", "DATETIME", "{stamp}", "TIMESTAMP NULL", "{bytes16}", "BINARY(16)", "{exact}", "COLLATE utf8mb4_bin"},
		"postgres": {"{uint}", "BIGINT", "{moment}", "TIMESTAMP", "{stamp}", "TIMESTAMPTZ", "{bytes16}", "BYTEA", "{exact}", ""},
		"sqlite":   {"{uint}", "BIGINT", "{moment}", "DATETIME", "{stamp}", "DATETIME", "{bytes16}", "BLOB(16)", "{exact}", ""},
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			e := start[name](t)
			if name == "mysql" {
				e.db.SetMaxOpenConns(1)
				statements = append([]string{"SET SESSION sql_mode = '', time_zone = '+00:00'"}, statements...)
			}
			for _, s := range statements {
				if name != "mysql" && strings.HasPrefix(s, "SET SESSION sql_mode") {
					continue
				}
				s = strings.NewReplacer(types[name]...).Replace(s)
				if _, err := e.db.ExecContext(t.Context(), s); err != nil {
					t.Fatalf("%v in %s", err, s)
				}
			}
			source, err := sitedb.Open(sitedb.Options{URL: secret.New(e.url), QueryTimeout: 20 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = source.Close() })
			e.source = source
			test(t, e)
		})
	}
}

// mapped is a directory of the users of a mapping in YAML.
func mapped(t *testing.T, source userinfo.Source, text string) (*userinfo.Directory, error) {
	t.Helper()
	file, faults := preset.Parse("MAPPING", "m.yaml", []byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	m, faults := userinfo.NewMapping(&file.Users, userinfo.Settings{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	d, err := userinfo.NewDirectory(m, source, userinfo.Options{QueryTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Bind(t.Context())
	return d, err
}

// conditionRows are rows whose cells are told apart by NULL, zero, emptiness and kind.
var conditionRows = []string{
	`CREATE TABLE u (id {uint} PRIMARY KEY, n INT, f DECIMAL(8,2), s VARCHAR(40) {exact}, b BOOLEAN, d {moment}, ts {stamp}, unix INT, ms BIGINT, day DATE)`,
	`INSERT INTO u VALUES (1, 5, 5.00, '5', TRUE, '2020-01-01 00:00:00', '2020-01-01 00:00:00', 1577836800, 1577836800000, '2020-01-01')`,
	`INSERT INTO u VALUES (2, 10, 10.50, '10', FALSE, '2037-01-01 12:00:00', '2037-01-01 12:00:00', 2114424000, 2114424000000, '2037-01-01')`,
	`INSERT INTO u VALUES (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
	`INSERT INTO u VALUES (4, -1, -0.5, '', FALSE, '1969-12-31 23:59:59', '1971-01-01 00:00:00', 0, 0, '1969-12-31')`,
	`INSERT INTO u VALUES (5, 0, 0, 'Admin', TRUE, '2020-01-01 00:00:01', '2020-01-01 00:00:01', 1577836801, 1577836801000, '2020-01-02')`,
	`INSERT INTO u VALUES (6, 7, 5.5, '05', FALSE, '2019-12-31 23:59:59', '2019-12-31 23:59:59', 1577836799, 1577836799000, '2019-12-31')`,
	`INSERT INTO u VALUES (7, 2, 100, 'admin%_', TRUE, '2020-06-01 00:00:00', '2020-06-01 00:00:00', 1590969600, 1590969600000, '2020-06-01')`,
}

// TestAConditionMeansTheSameInTheDatabaseAndInOurHands asks every condition three ways: as where, which the database checks if it can; as a permission,
// which is held against the rows that were read; and, where the database's own language is the same, of the database itself.
func TestAConditionMeansTheSameInTheDatabaseAndInOurHands(t *testing.T) {
	const same, none = "", "-"
	cases := []struct {
		cond string
		sql  string // none: the database's language has other words
		want string // ids
	}{
		{"n = 5", same, "1"},
		{"n = '5'", none, "1"},
		{"n != 5", same, "2 4 5 6 7"},
		{"n <> 5", same, "2 4 5 6 7"},
		{"n < 5", same, "4 5 7"},
		{"n <= 5", same, "1 4 5 7"},
		{"n > 5", same, "2 6"},
		{"n > '5'", none, "2 6"},
		{"n >= 5", same, "1 2 6"},
		{"n = -1", same, "4"},
		{"n in (5, 7)", same, "1 6"},
		{"n in ('5', 7)", none, "1 6"},
		{"n not in (5, 7)", same, "2 4 5 7"},
		{"n is null", same, "3"},
		{"n is not null", same, "1 2 4 5 6 7"},
		{"not (n = 5)", same, "2 4 5 6 7"},
		{"not (n != 5)", same, "1"},
		{"not n is null", same, "1 2 4 5 6 7"},
		{"not not (n = 5)", same, "1"},
		{"n = 5 or s is null", same, "1 3"},
		{"n = 5 or n is null", same, "1 3"},
		{"not (n = 5 or s = '10')", same, "4 5 6 7"},
		{"not (n = 5 and s = '5')", same, "2 4 5 6 7"},
		{"n > 0 and s = '5' or s = 'Admin'", same, "1 5"},
		{"n > 0 and (s = '5' or s = 'Admin')", same, "1"},
		{"n & 4", none, "1 4 6"},
		{"n & 3", none, "4 6"},
		{"n & 2 and n < 10", none, "4 6 7"},
		{"not n & 4", none, "2 5 7"},
		{"f = 5", same, "1"},
		{"f = 5.0", same, "1"},
		{"f > 5", same, "2 6 7"},
		{"f <= -0.5", same, "4"},
		{"f in (5, 10.5)", same, "1 2"},
		{"s = '5'", same, "1"},
		{"s = 5", none, "1"},
		{"s = ''", same, "4"},
		{"s != ''", same, "1 2 5 6 7"},
		{"s != '5'", same, "2 4 5 6 7"},
		{"s in ('5', 'Admin')", same, "1 5"},
		{"s not in ('5', 'Admin')", same, "2 4 6 7"},
		{"s > 6", none, "2"},
		{"s >= 5", none, "1 2 6"},
		{"empty(s)", "s is null or s = ''", "3 4"},
		{"not empty(s)", "s <> ''", "1 2 5 6 7"},
		{"s like 'a%'", none, "5 7"},
		{"s like 'ADMIN'", none, "5"},
		{"s like '_0'", none, "2"},
		{"s like '%'", none, "1 2 4 5 6 7"},
		{"s not like 'a%'", none, "1 2 4 6"},
		{"not (s like 'a%')", none, "1 2 4 6"},
		{"b = true", same, "1 5 7"},
		{"b = false", same, "2 4 6"},
		{"b = 1", none, "1 5 7"},
		{"b != true", same, "2 4 6"},
		{"not (b = true)", same, "2 4 6"},
		{"b = true or n = 10", same, "1 2 5 7"},
		{"b is null", same, "3"},
		{"d = '2020-01-01'", none, "1"},
		{"d > '2020-01-01'", none, "2 5 7"},
		{"d >= '2020-01-01 00:00:01'", same, "2 5 7"},
		{"d < '1970-01-01'", none, "4"},
		{"ts > '2020-01-01 00:00:00'", none, "2 5 7"},
		{"day = '2020-01-01'", same, "1"},
		{"day > '2020-01-01'", same, "2 5 7"},
		{"unix > now()", none, "2"},
		{"unix < now()", none, "1 4 5 6 7"},
		{"ms > now()", none, "2"},
		{"d > now()", none, "2"},
		{"d <= now()", none, "1 4 5 6 7"},
		{"ts > now()", none, "2"},
		{"day > now()", none, "2"},
		{"not (d > now())", none, "1 4 5 6 7"},
		{"unix = 0 or unix > now()", none, "2 4"},
		{"true", none, "1 2 3 4 5 6 7"},
		{"false", none, ""},
		{"false or n = 5", none, "1"},
		{"gone? = 1 or n = 5", none, "1"},
	}
	onEveryEngine(t, conditionRows, func(t *testing.T, e engine) {
		t.Helper()
		for _, c := range cases {
			t.Run(c.cond, func(t *testing.T) {
				if c.sql != none {
					if got := askedOf(t, e.db, "SELECT id FROM u WHERE "+orElse(c.sql, c.cond)+" ORDER BY id"); got != c.want {
						t.Errorf("the database itself says %q, want %q", got, c.want)
					}
				}
				for way, form := range map[string]string{
					"where":            "users: { table: u, key: id, where: [ %[1]q ] }",
					"where within or":  "users: { table: u, key: id, where: [ \"false or (%[2]s)\" ] }",
					"active":           "users: { table: u, key: id }\nflags: { active: %[1]q }",
					"where of a join":  "users: { table: u, key: id, where: [ exists(j) ] }\njoins: [ { as: j, table: u, on: { id: id }, one: true, where: [ %[1]q ] } ]",
					"where of a list":  "users: { table: u, key: id, where: [ exists(j) ] }\njoins: [ { as: j, table: u, on: { id: id }, many: true, where: [ %[1]q ] } ]",
					"not banned twice": "users: { table: u, key: id }\nflags: { banned: \"not (%[2]s) or (%[2]s) and false\" }\npermissions: { send_message: %[1]q }",
				} {
					d, err := mapped(t, e.source, fmt.Sprintf(form, c.cond, c.cond)+"\nfields: { name: \"'x'\" }")
					if err != nil {
						t.Fatal(way, err)
					}
					users, err := d.ByID(t.Context(), "1", "2", "3", "4", "5", "6", "7")
					if err != nil {
						t.Fatal(way, err)
					}
					var got []string
					for _, u := range users {
						if way != "not banned twice" || u.Permissions[0].Allowed {
							got = append(got, string(u.ID))
						}
					}
					if strings.Join(got, " ") != c.want {
						t.Errorf("%s: %q, want %q", way, strings.Join(got, " "), c.want)
					}
				}
			})
		}
	})
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// askedOf is the first column of a query's rows, with blanks between them.
func askedOf(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err, query)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}
