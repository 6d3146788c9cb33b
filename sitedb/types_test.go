package sitedb_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// classes maps the columns of a table to their classes, "*" behind the name of an indexed one.
func classes(tb testing.TB, db *sitedb.DB, table string) map[string]userinfo.ColumnType {
	tb.Helper()
	columns, err := db.Columns(tb.Context(), table)
	if err != nil {
		tb.Fatal(err)
	}
	m := map[string]userinfo.ColumnType{}
	for _, c := range columns {
		name := c.Name
		if c.Indexed {
			name += "*"
		}
		m[name] = c.Type
	}
	return m
}

func TestPostgresTypesAreClassifiedAndRead(t *testing.T) {
	d := pgtest.Start(t).Database(t)
	d.Exec(t, `CREATE TYPE mood AS ENUM ('happy','sad'); CREATE DOMAIN handle AS varchar(30); CREATE EXTENSION citext`,
		`CREATE TABLE kinds (s2 smallint, i4 serial, i8 bigint PRIMARY KEY, n numeric(10,2), f double precision, t text, v varchar(20), c char(6), ci citext UNIQUE,
 u uuid, b boolean, ts timestamp, tz timestamptz, d date, by bytea, j jsonb, m mood, h handle, arr int[], part int);
CREATE INDEX ON kinds (s2, n); CREATE INDEX ON kinds (part) WHERE part > 1;
INSERT INTO kinds VALUES (-2, 4, 9223372036854775807, 1.50, 1.5, '', 'é😀', 'ab', 'Ann', '6BA7B810-9DAD-11D1-80B4-00C04FD430C8', true, '2026-01-02 03:04:05.6', '2026-01-02 03:04:05+02',
 '2026-01-02', '\x00ff10', '{"a": 1}', 'sad', 'joe', '{1,2}', 1), (0, 0, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 'infinity', 'infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
	db := open(t, d.URL())
	want := map[string]userinfo.ColumnType{
		"s2*": userinfo.ColumnInt, "i4": userinfo.ColumnInt, "i8*": userinfo.ColumnInt, "n": userinfo.ColumnNumber, "f": userinfo.ColumnNumber, "t": userinfo.ColumnText,
		"v": userinfo.ColumnText, "c": userinfo.ColumnText, "ci*": userinfo.ColumnText, "u": userinfo.ColumnUUID, "b": userinfo.ColumnBool, "ts": userinfo.ColumnTime,
		"tz": userinfo.ColumnTimestamp, "d": userinfo.ColumnDate, "by": userinfo.ColumnBytes, "j": userinfo.ColumnText, "m": userinfo.ColumnText, "h": userinfo.ColumnText,
		"arr": userinfo.ColumnOther, "part": userinfo.ColumnInt,
	}
	if diff := cmp.Diff(want, classes(t, db, "kinds")); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
	l, err := db.Sample(userinfo.Select{Table: "kinds", Columns: []string{"t", "s2", "i8", "n", "f", "v", "c", "ci", "u", "b", "ts", "tz", "d", "by", "j", "m", "h"}}, "i8", 2)
	null := "NULL"
	wantRows := [][]string{
		{null, "0", "1", null, null, null, null, null, null, "0", "infinity", "infinity", null, null, null, null, null},
		{"", "-2", "9223372036854775807", "1.50", "1.5", "é😀", "ab", "Ann", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "1", "2026-01-02 03:04:05.6", "2026-01-02T01:04:05Z", "2026-01-02", "\x00\xff\x10", `{"a": 1}`, "sad", "joe"},
	}
	if diff := cmp.Diff(wantRows, must(t, l, err)); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	for column, key := range map[string]any{"u": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "ci": "ann", "c": "ab", "by": []byte{0, 0xff, 0x10}, "s2": int64(-2), "v": "é😀"} {
		l, err := db.ByKey(userinfo.Select{Table: "kinds", Columns: []string{"i8"}}, column)
		if got := must(t, l, err, key); !cmp.Equal(got, [][]string{{"9223372036854775807"}}) {
			t.Errorf("by %s: %v", column, got)
		}
	}
}

func TestPostgresEndsALongStatementItself(t *testing.T) {
	d := pgtest.Start(t).Database(t)
	d.Exec(t, "CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(30)::text AS nap")
	var log errorLog
	db := open(t, d.URL(), log.option, func(o *sitedb.Options) { o.QueryTimeout = 200 * time.Millisecond })
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if _, err := db.SQLDB().ExecContext(t.Context(), "SELECT nap FROM slow"); err == nil || !strings.Contains(err.Error(), "57014") {
		t.Errorf("a statement beyond the limit ended with %v, want 57014", err)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("the server took %s", d)
	}
	l, err := db.Sample(userinfo.Select{Table: "slow", Columns: []string{"nap"}}, "id", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Rows(t.Context()); !errors.Is(err, userinfo.ErrUnavailable) || log.last() != sitedb.ClassTimeout {
		t.Errorf("a look-up beyond its time: %v, class %q", err, log.last())
	}
}

func TestPostgresErrorsAreClassified(t *testing.T) {
	d := pgtest.Start(t).Database(t)
	role := "r_" + d.Name
	d.Exec(t, members, "CREATE ROLE "+role+" LOGIN PASSWORD 'reader-pw'")
	t.Cleanup(func() { d.Exec(t, "DROP ROLE "+role) })
	_, tail, _ := strings.Cut(d.URL(), "@")
	var log errorLog
	reader := open(t, "postgres://"+role+":reader-pw@"+tail, log.option)
	l, err := reader.ByKey(membersBy("id"), "id")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Rows(t.Context(), int64(1)); !errors.Is(err, userinfo.ErrUnavailable) || log.last() != sitedb.ClassDenied {
		t.Errorf("a table without a grant: %v, class %q", err, log.last())
	}
	err = open(t, "postgres://"+role+":canary@"+tail, log.option).Ping(t.Context())
	if !errors.Is(err, userinfo.ErrUnavailable) || log.last() != sitedb.ClassDenied || strings.Contains(err.Error(), "canary") {
		t.Errorf("a wrong password: %v, class %q", err, log.last())
	}
	err = open(t, strings.Replace(d.URL(), d.Name, "nowhere", 1), log.option).Ping(t.Context())
	if !errors.Is(err, userinfo.ErrUnavailable) || log.last() != sitedb.ClassDenied {
		t.Errorf("a missing database: %v, class %q", err, log.last())
	}
}

func TestSQLiteTypesAreClassifiedAndRead(t *testing.T) {
	b := sqliteBackend(t)
	b.exec(t, `CREATE TABLE kinds (id INTEGER PRIMARY KEY, big UNSIGNED BIG INT, v VARCHAR(20) UNIQUE, t TEXT, bl BLOB, r REAL, n DECIMAL(10,2), dt DATETIME, d DATE, b BOOLEAN, u UUID, j JSON, bare)`,
		`INSERT INTO kinds VALUES (1, 5, 'é😀', '', x'00ff', 1700000000.0, 2, '2026-01-02 03:04:05.600', '2026-01-02', 1, '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '{}', 'free'),
 (2, NULL, NULL, NULL, NULL, 1.5, NULL, '2026-01-02T03:04:05+02:00', NULL, 0, NULL, NULL, NULL), (3, NULL, 'x', NULL, NULL, NULL, NULL, 1767322800, 'not a date', NULL, NULL, NULL, NULL)`)
	db := open(t, b.url)
	want := map[string]userinfo.ColumnType{
		"id*": userinfo.ColumnInt, "big": userinfo.ColumnUint, "v*": userinfo.ColumnText, "t": userinfo.ColumnText, "bl": userinfo.ColumnBytes, "r": userinfo.ColumnNumber,
		"n": userinfo.ColumnNumber, "dt": userinfo.ColumnTime, "d": userinfo.ColumnDate, "b": userinfo.ColumnBool, "u": userinfo.ColumnUUID, "j": userinfo.ColumnText, "bare": userinfo.ColumnText,
	}
	if diff := cmp.Diff(want, classes(t, db, "kinds")); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
	l, err := db.Sample(userinfo.Select{Table: "kinds", Columns: []string{"t", "id", "big", "v", "bl", "r", "n", "dt", "d", "b", "u", "j", "bare"}}, "id", 3)
	null := "NULL"
	wantRows := [][]string{
		{"", "1", "5", "é😀", "\x00\xff", "1700000000", "2", "2026-01-02 03:04:05.6", "2026-01-02", "1", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "{}", "free"},
		{null, "2", null, null, null, "1.5", null, "2026-01-02T03:04:05+02:00", null, "0", null, null, null},
		{null, "3", null, "x", null, null, null, "1767322800", "not a date", null, null, null, null},
	}
	if diff := cmp.Diff(wantRows, must(t, l, err)); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
}

// TestByKeyMatchesAMapOfTheTable reads random keys of every key type and compares with what was written. Text keys may bring rows
// that only the collation takes for equal; the asked ones must be among them.
func TestByKeyMatchesAMapOfTheTable(t *testing.T) {
	words := []string{"admin", "ADMIN2", "ádmin", "admin3 ", "0", "1", "1abc", "😀", "a'b", `a\`, `a\'b`, "%", "a_b", "x;--", "NULL", "true"}
	onEach(t, func(t *testing.T, b backend) {
		blob := map[string]string{"mariadb": "BINARY(16)", "postgres": "bytea", "sqlite": "BLOB"}[b.name]
		text := map[string]string{"mariadb": "VARCHAR(50) COLLATE utf8mb4_bin", "postgres": "varchar(50)", "sqlite": "VARCHAR(50)"}[b.name]
		b.exec(t, "CREATE TABLE ints (k BIGINT PRIMARY KEY)", "CREATE TABLE texts (k "+text+" PRIMARY KEY)", "CREATE TABLE blobs (k "+blob+" PRIMARY KEY)")
		tables := map[string][]any{}
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 1))
		for i := range 40 {
			n := int64(random.Uint64()) >> random.IntN(60)
			tables["ints"] = append(tables["ints"], n)
			b.exec(t, insert(b.name, "ints", strconv.FormatInt(n, 10)))
			if i < len(words) {
				tables["texts"] = append(tables["texts"], words[i])
				b.exec(t, insert(b.name, "texts", quote(b.name, words[i])))
			}
			key := make([]byte, 16)
			for j := range key {
				key[j] = byte(random.Uint32())
			}
			tables["blobs"] = append(tables["blobs"], key)
			b.exec(t, insert(b.name, "blobs", hexLiteral(b.name, key)))
		}
		db := open(t, b.url)
		for table, keys := range tables {
			if _, err := db.Columns(t.Context(), table); err != nil {
				t.Fatal(err)
			}
			l, err := db.ByKey(userinfo.Select{Table: table, Columns: []string{"k"}}, "k")
			for range 40 {
				want, asked := map[string]bool{}, []any{}
				for range 1 + random.IntN(20) {
					k := keys[random.IntN(len(keys))]
					want[cell(k)] = true
					asked = append(asked, k)
				}
				asked = append(asked, absent(asked[0]))
				got := map[string]bool{}
				for _, row := range must(t, l, err, asked...) {
					got[row[0]] = true
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%s: asked %v (-want +got):\n%s", table, asked, diff)
				}
			}
		}
	})
}

// absent is a key of the same type that no table holds.
func absent(like any) any {
	switch like.(type) {
	case int64:
		return int64(-1 << 63)
	case string:
		return "' OR '1'='1"
	default:
		return []byte("' OR 1=1 -- abcd")
	}
}

func cell(key any) string {
	switch k := key.(type) {
	case int64:
		return strconv.FormatInt(k, 10)
	case []byte:
		return string(k)
	default:
		return k.(string)
	}
}

func insert(backend, table, literal string) string {
	switch backend {
	case "mariadb":
		return "INSERT IGNORE INTO " + table + " VALUES (" + literal + ")"
	case "postgres":
		return "INSERT INTO " + table + " VALUES (" + literal + ") ON CONFLICT DO NOTHING"
	default:
		return "INSERT OR IGNORE INTO " + table + " VALUES (" + literal + ")"
	}
}

func quote(backend, s string) string {
	s = strings.ReplaceAll(s, "'", "''")
	if backend == "mariadb" {
		s = strings.ReplaceAll(s, `\`, `\\`)
	}
	return "'" + s + "'"
}

func hexLiteral(backend string, b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	if backend == "postgres" {
		return `'\x` + s.String() + "'"
	}
	return "x'" + s.String() + "'"
}
