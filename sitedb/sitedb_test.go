package sitedb_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

const members = `CREATE TABLE members (id BIGINT PRIMARY KEY, name VARCHAR(100), status INT, score NUMERIC(10,2));
INSERT INTO members VALUES (1,'Ann',1,1.50),(2,'Bob',2,NULL),(3,NULL,3,-2),(4,'50%_off!',1,0),(-5,'',1,0),(9007199254740993,'Far',1,0)`

func membersBy(columns ...string) userinfo.Select {
	return userinfo.Select{Table: "members", Columns: columns}
}

func TestByKeyReadsOnlyTheAskedRows(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, members)
		db := open(t, b.url)
		l, err := db.ByKey(membersBy("id", "name"), "id")
		got := must(t, l, err, int64(9007199254740993), int64(3), int64(-5), uint64(1), int64(77))
		want := map[string]string{"1": "Ann", "3": "NULL", "-5": "", "9007199254740993": "Far"}
		answered := map[string]string{}
		for _, row := range got {
			answered[row[0]] = row[1]
		}
		if diff := cmp.Diff(want, answered); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if listed := must(t, l, err, []int64{9007199254740993, 3, -5, 1, 77}); !cmp.Equal(got, listed) {
			t.Errorf("keys in one list found %v, one by one %v", listed, got)
		}
		if listed := must(t, l, err, []uint64{1, 1<<64 - 1, 77, 2}); !cmp.Equal(listed, [][]string{{"1", "Ann"}, {"2", "Bob"}}) {
			t.Errorf("unsigned keys in one list found %v", listed)
		}
		if rows, err := l.Rows(t.Context(), []uint64{}); !errors.Is(err, userinfo.ErrMapping) {
			t.Errorf("a list of no keys gave %v, %v", rows, err)
		}
	})
}

func TestByKeyAnswersNothingForKeysTheDatabaseCannotHold(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, members, "CREATE TABLE small (id INT PRIMARY KEY); INSERT INTO small VALUES (1)",
			"CREATE TABLE words (id VARCHAR(20) PRIMARY KEY); INSERT INTO words VALUES ('ab')")
		db := open(t, b.url)
		l, err := db.ByKey(membersBy("id"), "id")
		if got := must(t, l, err, uint64(1<<64-1)); len(got) != 0 {
			t.Errorf("2^64-1 found %v", got)
		}
		l, err = db.ByKey(userinfo.Select{Table: "small", Columns: []string{"id"}}, "id")
		if got := must(t, l, err, int64(1), int64(1)<<40); !cmp.Equal(got, [][]string{{"1"}}) {
			t.Errorf("a key beyond the column's range beside 1 found %v", got)
		}
		l, err = db.ByKey(userinfo.Select{Table: "words", Columns: []string{"id"}}, "id")
		if got := must(t, l, err, "a\x00b", "ab\xff", "\xff"); len(got) != 0 {
			t.Errorf("text with NUL or bad UTF-8 found %v", got)
		}
	})
}

func TestWhereConditionsAreAppliedTyped(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, members)
		db := open(t, b.url)
		for name, c := range map[string]struct {
			conds []userinfo.Cond
			want  int
		}{
			"equal":                        {[]userinfo.Cond{{Column: "status", Op: userinfo.OpEqual, Values: []any{int64(1)}}}, 4},
			"not equal":                    {[]userinfo.Cond{{Column: "status", Op: userinfo.OpNotEqual, Values: []any{int64(1)}}}, 2},
			"less":                         {[]userinfo.Cond{{Column: "score", Op: userinfo.OpLess, Values: []any{1.5}}}, 4},
			"less or equal":                {[]userinfo.Cond{{Column: "score", Op: userinfo.OpLessEqual, Values: []any{1.5}}}, 5},
			"greater":                      {[]userinfo.Cond{{Column: "status", Op: userinfo.OpGreater, Values: []any{uint64(2)}}}, 1},
			"greater or equal":             {[]userinfo.Cond{{Column: "status", Op: userinfo.OpGreaterEqual, Values: []any{int64(2)}}}, 2},
			"in":                           {[]userinfo.Cond{{Column: "status", Op: userinfo.OpIn, Values: []any{int64(2), int64(3)}}}, 2},
			"not in":                       {[]userinfo.Cond{{Column: "status", Op: userinfo.OpNotIn, Values: []any{int64(1)}}}, 2},
			"null":                         {[]userinfo.Cond{{Column: "name", Op: userinfo.OpNull}}, 1},
			"not null":                     {[]userinfo.Cond{{Column: "name", Op: userinfo.OpNotNull}}, 5},
			"text and a bound key":         {[]userinfo.Cond{{Column: "name", Op: userinfo.OpEqual, Values: []any{"Bob"}}}, 1},
			"two joined by and":            {[]userinfo.Cond{{Column: "name", Op: userinfo.OpNotNull}, {Column: "status", Op: userinfo.OpEqual, Values: []any{int64(1)}}}, 4},
			"a value beyond the int range": {[]userinfo.Cond{{Column: "status", Op: userinfo.OpLess, Values: []any{int64(1) << 40}}}, 6},
		} {
			t.Run(name, func(t *testing.T) {
				l, err := db.ByKey(userinfo.Select{Table: "members", Columns: []string{"id"}, Where: c.conds}, "id")
				got := must(t, l, err, int64(1), int64(2), int64(3), int64(4), int64(-5), int64(9007199254740993))
				if len(got) != c.want {
					t.Errorf("%d rows, want %d: %v", len(got), c.want, got)
				}
			})
		}
	})
}

func TestSearchTakesWildcardsLiterally(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, members)
		db := open(t, b.url)
		l, err := db.Search(membersBy("id"), []string{"name"}, 10)
		for text, want := range map[string]int{"%": 1, "_": 1, "!": 1, "%_": 1, `\`: 0, "an": 1, "ANN": 1, "": 5, "' OR 1=1 -- ": 0, `\' OR 1=1 -- `: 0} {
			if got := must(t, l, err, text); len(got) != want {
				t.Errorf("%q found %v, want %d rows", text, got, want)
			}
		}
		two, err := db.Search(userinfo.Select{
			Table: "members", Columns: []string{"id"},
			Where: []userinfo.Cond{{Column: "name", Op: userinfo.OpNotEqual, Values: []any{"Bob"}}},
		}, []string{"name", "name"}, 1)
		if got := must(t, two, err, "a"); !cmp.Equal(got, [][]string{{"1"}}) {
			t.Errorf("search in two columns with a condition and limit 1 found %v", got)
		}
	})
}

func TestSampleGivesTheFirstRowsInKeyOrder(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, members)
		l, err := open(t, b.url).Sample(membersBy("id", "name"), "id", 2)
		if diff := cmp.Diff([][]string{{"-5", ""}, {"1", "Ann"}}, must(t, l, err)); diff != "" {
			t.Errorf("sample (-want +got):\n%s", diff)
		}
	})
}

func TestSessionsCannotWrite(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, members)
		db := open(t, b.url)
		for _, statement := range []string{"INSERT INTO members (id) VALUES (99)", "UPDATE members SET name='x'", "DELETE FROM members", "DROP TABLE members"} {
			if _, err := db.SQLDB().Exec(statement); err == nil {
				t.Errorf("%s succeeded", statement)
			}
		}
		l, err := db.Sample(membersBy("id"), "id", 100)
		if got := must(t, l, err); len(got) != 6 {
			t.Errorf("%d rows left of 6", len(got))
		}
	})
}

func TestInjectionThroughValuesFindsNothing(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, "CREATE TABLE words (id VARCHAR(191) PRIMARY KEY, v VARCHAR(10)); INSERT INTO words VALUES ('a','1'),('b','2')")
		db := open(t, b.url)
		l, err := db.ByKey(userinfo.Select{Table: "words", Columns: []string{"id"}}, "id")
		for _, s := range []string{
			"' OR '1'='1", `\' OR 1=1 -- `, `\\' OR 1=1 -- `, "') OR 1=1 -- ", "a' UNION SELECT v FROM words -- ", "\u00bf' OR 1=1 -- ",
			"縗' OR 1=1 -- ", `a\`, "$1", "?", "a;DROP TABLE words", "/*", "*/ OR 1=1", "\u02bc OR 1=1",
		} {
			if got := must(t, l, err, s); len(got) != 0 {
				t.Errorf("%q found %v", s, got)
			}
			if got := must(t, l, err, s, "a", s); !cmp.Equal(got, [][]string{{"a"}}) {
				t.Errorf("%q beside a found %v", s, got)
			}
		}
	})
}

func TestUnusualIdentifiersAreRefusedBeforeAnySQL(t *testing.T) {
	// Nothing listens on the address, so a query that was sent would be ErrUnavailable and not ErrMapping.
	db := open(t, "mysql://u:p@127.0.0.1:1/site")
	long := make([]byte, 65)
	for i := range long {
		long[i] = 'a'
	}
	for _, name := range []string{
		"", "u`x", `u"x`, "u;drop table x", "u WHERE 1=1 -- ", "(select 1)x", "u AS a", string(long), "u\x00", "information_schema.tables",
		"mysql.user", "usеrs" /* Cyrillic е */, "1u", "u\n", "u-x", "*",
	} {
		_, colErr := db.Columns(t.Context(), name)
		_, tableErr := db.ByKey(userinfo.Select{Table: name, Columns: []string{"id"}}, "id")
		_, columnErr := db.ByKey(userinfo.Select{Table: "u", Columns: []string{"id", name}}, "id")
		_, keyErr := db.ByKey(userinfo.Select{Table: "u", Columns: []string{"id"}}, name)
		_, condErr := db.Sample(userinfo.Select{Table: "u", Columns: []string{"id"}, Where: []userinfo.Cond{{Column: name, Op: userinfo.OpNull}}}, "id", 1)
		_, searchErr := db.Search(userinfo.Select{Table: "u", Columns: []string{"id"}}, []string{name}, 1)
		for place, err := range map[string]error{"Columns": colErr, "table": tableErr, "column": columnErr, "key": keyErr, "condition": condErr, "search": searchErr} {
			if !errors.Is(err, userinfo.ErrMapping) {
				t.Errorf("%q as %s: %v, want ErrMapping", name, place, err)
			}
		}
	}
}

func TestMissingTablesAndColumnsAreMappingErrors(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, members)
		var log errorLog
		db := open(t, b.url, log.option)
		if _, err := db.Columns(t.Context(), "nobody"); !errors.Is(err, userinfo.ErrMapping) {
			t.Errorf("columns of a missing table: %v", err)
		}
		for name, s := range map[string]userinfo.Select{
			"table": {Table: "nobody", Columns: []string{"id"}}, "column": {Table: "members", Columns: []string{"id", "nothing"}},
		} {
			l, err := db.ByKey(s, "id")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Rows(t.Context(), int64(1)); !errors.Is(err, userinfo.ErrMapping) || log.last() != sitedb.ClassMapping {
				t.Errorf("missing %s: %v, class %q", name, err, log.last())
			}
		}
	})
}

func TestServerTimeIsTheClockInUTC(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		got, err := open(t, b.url).ServerTime(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(got); d < -time.Minute || d > time.Minute {
			t.Errorf("server time is %s away", d)
		}
	})
}

func TestTablesListsTablesAndViews(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, members, "CREATE VIEW seen AS SELECT id, name FROM members")
		db := open(t, b.url)
		got, err := db.Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"members", "seen"}, got); diff != "" {
			t.Errorf("tables (-want +got):\n%s", diff)
		}
		if cols, err := db.Columns(t.Context(), "seen"); err != nil || len(cols) != 2 {
			t.Errorf("columns of a view: %v, %v", cols, err)
		}
		if db.Flavour() != b.name {
			t.Errorf("flavour %q, want %q", db.Flavour(), b.name)
		}
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("ping: %v", err)
		}
	})
}
