package sitedb_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// status is a counter of SHOW GLOBAL STATUS.
func status(tb testing.TB, db *sql.DB, name string) int {
	tb.Helper()
	var got, value string
	if err := db.QueryRow("SHOW GLOBAL STATUS LIKE '"+name+"'").Scan(&got, &value); err != nil {
		tb.Fatal(err)
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func TestListsOfAnyLengthLeaveNoPreparedStatements(t *testing.T) {
	s := mysqltest.StartOwn(t)
	d := s.Database(t)
	d.Exec(t, members, "CREATE TABLE words (id VARCHAR(50) PRIMARY KEY)")
	db := open(t, d.URL())
	numbers, err := db.ByKey(membersBy("id"), "id")
	if err != nil {
		t.Fatal(err)
	}
	words, err := db.ByKey(userinfo.Select{Table: "words", Columns: []string{"id"}}, "id")
	if err != nil {
		t.Fatal(err)
	}
	before, prepares := status(t, s.SQL(), "Prepared_stmt_count"), status(t, s.SQL(), "Com_stmt_prepare")
	var ints, texts []any
	for i := range 300 {
		ints, texts = append(ints, int64(i)), append(texts, "w"+strconv.Itoa(i))
		must(t, numbers, nil, ints...)
		must(t, words, nil, texts...)
	}
	if after := status(t, s.SQL(), "Prepared_stmt_count"); after != before {
		t.Errorf("prepared statements went from %d to %d", before, after)
	}
	if after := status(t, s.SQL(), "Com_stmt_prepare"); after != prepares {
		t.Errorf("%d statements were prepared", after-prepares)
	}
}

func TestServerModesDoNotChangeQuotingOrEscaping(t *testing.T) {
	s := mysqltest.StartOwn(t)
	d := s.Database(t)
	d.Exec(t, "CREATE TABLE words (id VARCHAR(50) PRIMARY KEY); INSERT INTO words VALUES ('a'),('b'),('it''s'),('back\\\\slash')")
	for _, mode := range []string{"", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH", "ORACLE", "MSSQL"} {
		t.Run(mode, func(t *testing.T) {
			if _, err := s.SQL().Exec("SET GLOBAL sql_mode = ?", mode); err != nil {
				t.Fatal(err)
			}
			db := open(t, d.URL())
			l, err := db.ByKey(userinfo.Select{Table: "words", Columns: []string{"id"}}, "id")
			for text, want := range map[string]int{"it's": 1, `back\slash`: 1, `\' OR 1=1 -- `: 0, `' OR 1=1 -- `: 0, `x\`: 0, `" OR 1=1 -- `: 0} {
				if got := must(t, l, err, text); len(got) != want {
					t.Errorf("%q found %v, want %d", text, got, want)
				}
			}
			search, err := db.Search(userinfo.Select{Table: "words", Columns: []string{"id"}}, []string{"id"}, 10)
			if got := must(t, search, err, `\`); !cmp.Equal(got, [][]string{{`back\slash`}}) {
				t.Errorf("a search for a backslash found %v", got)
			}
		})
	}
}

func TestTheServerEndsALongStatementItself(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	// A view that sleeps longer than the limit; its reader needs nothing but SELECT.
	d.Exec(t, "CREATE TABLE one (id INT PRIMARY KEY); INSERT INTO one VALUES (1)", "CREATE VIEW slow AS SELECT id, SLEEP(30) AS nap FROM one")
	db := open(t, d.URL(), func(o *sitedb.Options) { o.QueryTimeout = 200 * time.Millisecond })
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := db.SQLDB().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var limit float64
	if err := conn.QueryRowContext(t.Context(), "SELECT @@max_statement_time").Scan(&limit); err != nil {
		t.Fatal(err)
	}
	if limit != 0.24 {
		t.Errorf("limit is %v s, want 0.24: a fifth above the query timeout", limit)
	}
	start := time.Now()
	if _, err := conn.ExecContext(t.Context(), "SELECT nap FROM slow"); err == nil || !strings.Contains(err.Error(), "1969") {
		t.Errorf("a statement beyond the limit ended with %v, want error 1969", err)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("the server took %s", d)
	}
	l, err := db.Sample(userinfo.Select{Table: "slow", Columns: []string{"nap"}}, "id", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Rows(t.Context()); !errors.Is(err, userinfo.ErrUnavailable) {
		t.Errorf("a look-up beyond its time: %v, want ErrUnavailable", err)
	}
	// the server rids itself of what the client gave up
	waitFor(t, "the abandoned statement to leave the server", func() bool {
		var n int
		err := d.SQL().QueryRow("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND INFO LIKE '%`slow`%' AND ID <> CONNECTION_ID()").Scan(&n)
		return err == nil && n == 0
	})
}

// waitFor polls a condition for at most ten seconds.
func waitFor(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			tb.Fatalf("waited 10 s for %s", what)
		}
	}
}

func TestCellsOfEveryTypeArriveAsTheRowPromises(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, `SET SESSION sql_mode = '', time_zone = '+05:00';
CREATE TABLE kinds (id BIGINT UNSIGNED PRIMARY KEY, tiny TINYINT(1), dec_ DECIMAL(20,2), dbl DOUBLE, flt FLOAT, latin VARCHAR(50) CHARACTER SET latin1,
 utf TEXT, bin16 BINARY(16), dt DATETIME, dt6 DATETIME(6), ts TIMESTAMP NULL, d DATE, bits BIT(10), y YEAR, e ENUM('x','y'), j JSON, u UUID, z INT(6) ZEROFILL);
INSERT INTO kinds VALUES (18446744073709551615, 1, -12.50, 1700000000, 1.1, 'Grüße €', '😀', UNHEX('00112233445566778899AABBCCDDEEFF'),
 '0000-00-00 00:00:00', '2026-01-02 03:04:05.600000', '2026-01-02 05:00:00', '0000-00-00', b'1000000001', 2026, 'y', '{"a":1}', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', 42)`,
		"INSERT INTO kinds (id, utf) VALUES (0, '')")
	columns := []string{"utf", "id", "tiny", "dec_", "dbl", "flt", "latin", "bin16", "dt", "dt6", "ts", "d", "bits", "y", "e", "j", "u", "z"}
	l, err := open(t, d.URL()).Sample(userinfo.Select{Table: "kinds", Columns: columns}, "id", 2)
	null := "NULL"
	want := [][]string{
		{"", "0", null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null},
		{
			"😀", "18446744073709551615", "1", "-12.50", "1700000000", "1.1", "Grüße €", "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff",
			"0000-00-00 00:00:00", "2026-01-02 03:04:05.600000", "2026-01-02 00:00:00", "0000-00-00", "513", "2026", "y", `{"a":1}`, "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "42",
		},
	}
	if diff := cmp.Diff(want, must(t, l, err)); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
}

func TestColumnsOfMariaDBAreClassified(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, `CREATE TABLE kinds (id INT UNSIGNED PRIMARY KEY, big BIGINT, tiny TINYINT(1), utiny TINYINT UNSIGNED, n DECIMAL(10,2), f FLOAT, c CHAR(36), v VARCHAR(191),
 t TEXT, vb VARCHAR(20) CHARACTER SET binary, b16 BINARY(16), bl BLOB, e ENUM('a'), st SET('a'), j JSON, dt DATETIME(3), ts TIMESTAMP, d DATE, tm TIME, y YEAR, bi BIT(1), u UUID,
 g POINT, KEY (v), KEY second (big, tiny))`)
	got, err := open(t, d.URL()).Columns(t.Context(), "kinds")
	if err != nil {
		t.Fatal(err)
	}
	type kind struct {
		Type    userinfo.ColumnType
		Size    int64
		Indexed bool
	}
	want := map[string]kind{
		"id": {userinfo.ColumnUint, 0, true}, "big": {userinfo.ColumnInt, 0, true}, "tiny": {Type: userinfo.ColumnInt}, "utiny": {Type: userinfo.ColumnUint},
		"n": {Type: userinfo.ColumnNumber}, "f": {Type: userinfo.ColumnNumber}, "c": {userinfo.ColumnText, 36, false}, "v": {userinfo.ColumnText, 191, true},
		"t": {userinfo.ColumnText, 65535, false}, "vb": {userinfo.ColumnBytes, 20, false}, "b16": {userinfo.ColumnBytes, 16, false}, "bl": {userinfo.ColumnBytes, 65535, false},
		"e": {userinfo.ColumnText, 1, false}, "st": {userinfo.ColumnText, 1, false}, "j": {userinfo.ColumnText, 4294967295, false}, "dt": {Type: userinfo.ColumnTime},
		"ts": {Type: userinfo.ColumnTimestamp}, "d": {Type: userinfo.ColumnDate}, "tm": {Type: userinfo.ColumnText}, "y": {Type: userinfo.ColumnUint},
		"bi": {Type: userinfo.ColumnUint}, "u": {Type: userinfo.ColumnUUID}, "g": {Type: userinfo.ColumnOther},
	}
	have := map[string]kind{}
	for _, c := range got {
		have[c.Name] = kind{c.Type, c.Size, c.Indexed}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if got[0].DBType != "int(10) unsigned" || got[0].Name != "id" {
		t.Errorf("first column %+v", got[0])
	}
}

func TestTextsTheColumnCannotHoldAreNotSent(t *testing.T) {
	s := mysqltest.StartOwn(t)
	d := s.Database(t)
	var rows strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&rows, ",('user%d')", i)
	}
	d.Exec(t, "CREATE TABLE old (id VARCHAR(50) CHARACTER SET latin1 PRIMARY KEY); INSERT INTO old VALUES ('Grüße'),('€')"+rows.String())
	db := open(t, d.URL())
	if _, err := db.Columns(t.Context(), "old"); err != nil {
		t.Fatal(err)
	}
	l, err := db.ByKey(userinfo.Select{Table: "old", Columns: []string{"id"}}, "id")
	before := status(t, s.SQL(), "Handler_read_next") + status(t, s.SQL(), "Handler_read_rnd_next")
	if got := must(t, l, err, "Grüße", "€", "😀", "Ā", "user7"); len(got) != 3 {
		t.Errorf("found %v, want Grüße, € and user7", got)
	}
	after := status(t, s.SQL(), "Handler_read_next") + status(t, s.SQL(), "Handler_read_rnd_next")
	if after-before > 1000 { // SHOW STATUS itself reads some rows of its own
		t.Errorf("the look-up read %d rows instead of using the index", after-before)
	}
	if got := must(t, l, err, "😀"); len(got) != 0 {
		t.Errorf("found %v", got)
	}
}

func TestKeysOfTheWrongTypeAreRefusedOnceTheColumnIsKnown(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, members, "CREATE TABLE words (id VARCHAR(20) PRIMARY KEY); INSERT INTO words VALUES ('abc')")
	db := open(t, d.URL())
	for _, table := range []string{"members", "words"} {
		if _, err := db.Columns(t.Context(), table); err != nil {
			t.Fatal(err)
		}
	}
	for table, keys := range map[string][]any{"members": {"1abc"}, "words": {int64(0), uint64(0), []int64{0}, []uint64{0}}} {
		l, err := db.ByKey(userinfo.Select{Table: table, Columns: []string{"id"}}, "id")
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if rows, err := l.Rows(t.Context(), key); !errors.Is(err, userinfo.ErrMapping) {
				t.Errorf("%T key on %s: %v, %v", key, table, rows, err)
			}
		}
	}
}

func TestGrantsHoldNoPassword(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, members)
	for name, address := range map[string]string{"reader": d.User(t, "SELECT (id, name) ON members"), "root": d.RootURL(t)} {
		grants, err := open(t, address).Grants(t.Context())
		if err != nil || len(grants) == 0 {
			t.Fatalf("%s: %v, %v", name, grants, err)
		}
		all := strings.Join(grants, "\n")
		if strings.Contains(all, "IDENTIFIED") || strings.Contains(all, "*") && strings.Contains(all, "PASSWORD") {
			t.Errorf("%s: grants hold a password's hash", name)
		}
		if name == "root" && !strings.Contains(all, "ALL PRIVILEGES ON *.* TO") || name == "root" && !strings.Contains(all, "WITH GRANT OPTION") {
			t.Errorf("root's grants are cut too short: %s", all)
		}
		if name == "reader" && !strings.Contains(all, "SELECT (`id`, `name`)") && !strings.Contains(all, "SELECT (`name`, `id`)") {
			t.Errorf("the reader's grants lack its columns: %s", all)
		}
	}
}

func TestDeniedIsUnavailableAndSaysSo(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	d.Exec(t, members)
	var log errorLog
	reader := open(t, d.User(t, "SELECT (id) ON members"), log.option)
	l, err := reader.ByKey(membersBy("id", "name"), "id")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Rows(t.Context(), int64(1)); !errors.Is(err, userinfo.ErrUnavailable) || log.last() != sitedb.ClassDenied {
		t.Errorf("a column without a grant: %v, class %q", err, log.last())
	}
	stranger := open(t, strings.Replace(d.URL(), "-Zq8", "-wrong-canary", 1), log.option)
	err = stranger.Ping(t.Context())
	if !errors.Is(err, userinfo.ErrUnavailable) || log.last() != sitedb.ClassDenied {
		t.Errorf("a wrong password: %v, class %q", err, log.last())
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "canary") {
		t.Error("the error holds the password")
	}
}

func TestBothFormsOfAnAddressConnectThroughTheSocket(t *testing.T) {
	s := mysqltest.Start(t)
	d := s.Database(t)
	user, password := d.Credentials(t, d.URL())
	for _, address := range []string{
		"mysql://" + user + ":" + password + "@localhost/" + d.Name + "?socket=" + s.Socket(),
		"mariadb://" + user + ":" + password + "@localhost/" + d.Name + "?unix_socket=" + s.Socket(),
		user + ":" + password + "@unix(" + s.Socket() + ")/" + d.Name,
		user + ":" + password + "@tcp(127.0.0.1:" + strconv.Itoa(s.Port()) + ")/" + d.Name + "?charset=utf8&parseTime=true&loc=Local",
	} {
		if err := open(t, address).Ping(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
