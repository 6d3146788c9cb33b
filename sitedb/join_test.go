package sitedb_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// pictures is Drupal's way to a picture: users → field table → file. Bob's field row is deleted, Cid's file is not published, Dan has
// nothing.
var pictures = []string{
	"CREATE TABLE users (uid INT PRIMARY KEY, name VARCHAR(60), pass VARCHAR(60))",
	"CREATE TABLE user_picture (entity_id INT PRIMARY KEY, deleted INT, target_id INT)",
	"CREATE TABLE files (fid INT PRIMARY KEY, uri VARCHAR(200), status INT)",
	"INSERT INTO users VALUES (1,'Ann','canary'),(2,'Bob','canary'),(3,'Cid','canary'),(4,'Dan','canary'),(5,NULL,'canary')",
	"INSERT INTO user_picture VALUES (1,0,11),(2,1,12),(3,0,13),(5,0,NULL)",
	"INSERT INTO files VALUES (11,'public://ann.jpg',1),(12,'public://bob.jpg',1),(13,'public://cid.jpg',0)",
}

func picture() userinfo.Select {
	return userinfo.Select{
		Table: "users", Columns: []string{"uid", "name"},
		Joins: []userinfo.Join{
			{Table: "user_picture", Column: "entity_id", With: "uid", Columns: []string{"target_id"}, Where: []userinfo.Cond{{Column: "deleted", Op: userinfo.OpEqual, Values: []any{int64(0)}}}},
			{Table: "files", Column: "fid", Of: 1, With: "target_id", Columns: []string{"uri", "status"}, Where: []userinfo.Cond{{Column: "uri", Op: userinfo.OpLike, Values: []any{"public://%"}}, {Column: "status", Op: userinfo.OpEqual, Values: []any{int64(1)}}}},
		},
	}
}

// know lets the database look at the tables, as userinfo does before it asks.
func know(tb testing.TB, db *sitedb.DB, tables ...string) {
	tb.Helper()
	for _, table := range tables {
		if _, err := db.Columns(tb.Context(), table); err != nil {
			tb.Fatal(err)
		}
	}
}

func sorted(rows [][]string) [][]string {
	slices.SortFunc(rows, slices.Compare[[]string])
	return rows
}

func TestChainedJoinsGiveTheirColumnsBehindTheRowOrNulls(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, pictures...)
		db := open(t, b.url)
		know(t, db, "users", "user_picture", "files")
		all := [][]string{
			{"1", "Ann", "11", "public://ann.jpg", "1"},
			{"2", "Bob", "NULL", "NULL", "NULL"},
			{"3", "Cid", "13", "NULL", "NULL"},
			{"4", "Dan", "NULL", "NULL", "NULL"},
			{"5", "NULL", "NULL", "NULL", "NULL"},
		}
		l, err := db.ByKey(picture(), "uid")
		if diff := cmp.Diff(all, sorted(must(t, l, err, []int64{1, 2, 3, 4, 5, 6}))); diff != "" {
			t.Errorf("by key (-want +got):\n%s", diff)
		}
		l, err = db.Sample(picture(), "uid", 3)
		if diff := cmp.Diff(all[:3], must(t, l, err)); diff != "" {
			t.Errorf("sample (-want +got):\n%s", diff)
		}
		l, err = db.Search(picture(), []string{"name"}, 9)
		if diff := cmp.Diff([][]string{all[0], all[3]}, sorted(must(t, l, err, "an"))); diff != "" {
			t.Errorf("search (-want +got):\n%s", diff)
		}
	})
}

func TestAJoinWithoutColumnsIsABridge(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, pictures...)
		s := picture()
		s.Joins[0].Columns, s.Joins[1].Columns, s.Joins[1].Where = nil, []string{"uri"}, nil
		s.Where = []userinfo.Cond{{Column: "name", Op: userinfo.OpNotLike, Values: []any{"b%"}}}
		l, err := open(t, b.url).ByKey(s, "uid")
		want := [][]string{{"1", "Ann", "public://ann.jpg"}, {"3", "Cid", "public://cid.jpg"}}
		if diff := cmp.Diff(want, sorted(must(t, l, err, int64(1), int64(2), int64(3)))); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

func TestAJoinOnAColumnThatIsNotUniqueDoublesRowsAndIsBounded(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, pictures[0], pictures[3], "CREATE TABLE posts (author INT, title VARCHAR(20))", "INSERT INTO posts VALUES (1,'a'),(1,'b')")
		db := open(t, b.url)
		s := userinfo.Select{Table: "users", Columns: []string{"uid"}, Joins: []userinfo.Join{{Table: "posts", Column: "author", With: "uid", Columns: []string{"title"}}}}
		l, err := db.ByKey(s, "uid")
		if diff := cmp.Diff([][]string{{"1", "a"}, {"1", "b"}, {"2", "NULL"}}, sorted(must(t, l, err, int64(1), int64(2)))); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		b.exec(t, "INSERT INTO posts VALUES (1,'x')"+strings.Repeat(",(1,'x')", 30))
		if _, err := l.Rows(t.Context(), int64(1), int64(2)); !errors.Is(err, userinfo.ErrMapping) {
			t.Errorf("33 rows of one key: %v, want ErrMapping", err)
		}
	})
}

func TestValuesOfAJoinsConditionsAreBoundInTheOrderOfTheText(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, "CREATE TABLE u (id VARCHAR(20) PRIMARY KEY, k VARCHAR(20))", "CREATE TABLE d (id VARCHAR(20) PRIMARY KEY, v VARCHAR(20))",
			"INSERT INTO u VALUES ('a','main'),('b','other')", "INSERT INTO d VALUES ('a','joined'),('b','joined')")
		s := userinfo.Select{
			Table: "u", Columns: []string{"id"}, Where: []userinfo.Cond{{Column: "k", Op: userinfo.OpEqual, Values: []any{"main"}}},
			Joins: []userinfo.Join{{Table: "d", Column: "id", With: "id", Columns: []string{"v"}, Where: []userinfo.Cond{{Column: "v", Op: userinfo.OpEqual, Values: []any{"joined"}}}}},
		}
		db := open(t, b.url)
		l, err := db.ByKey(s, "id")
		if diff := cmp.Diff([][]string{{"a", "joined"}}, must(t, l, err, "a", "b")); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		l, err = db.Search(s, []string{"id", "k"}, 5)
		if diff := cmp.Diff([][]string{{"a", "joined"}}, must(t, l, err, "main")); diff != "" {
			t.Errorf("search (-want +got):\n%s", diff)
		}
		for _, attack := range []string{"joined' OR '1'='1", `joined\' OR 1=1 -- `, "joined') OR 1=1 -- "} {
			s.Joins[0].Where[0].Values = []any{attack}
			l, err = db.ByKey(s, "id")
			if diff := cmp.Diff([][]string{{"a", "NULL"}}, must(t, l, err, "a", "b")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", attack, diff)
			}
		}
	})
}

func TestTheSQLOfASelectWithJoins(t *testing.T) {
	s := picture()
	s.Order = []userinfo.Order{{Column: "name"}, {Column: "uid", Descending: true}}
	s.Where = []userinfo.Cond{{Column: "name", Op: userinfo.OpBits, Values: []any{int64(4)}}}
	for name, want := range map[string]string{
		"mysql": "SELECT `t0`.`uid`,`t0`.`name`,`t1`.`target_id`,`t2`.`uri`,`t2`.`status` FROM `users` `t0` LEFT JOIN `user_picture` `t1` ON `t1`.`entity_id` = `t0`.`uid` AND `t1`.`deleted` = 0" +
			" LEFT JOIN `files` `t2` ON `t2`.`fid` = `t1`.`target_id` AND `t2`.`uri` LIKE ? ESCAPE '!' AND `t2`.`status` = 1" +
			" WHERE (`t0`.`name` & 4) = 4 AND `t0`.`uid` IN (7) ORDER BY `t0`.`name` IS NULL,`t0`.`name`,`t0`.`uid` DESC LIMIT 20",
		"postgres": `SELECT "t0"."uid","t0"."name","t1"."target_id","t2"."uri","t2"."status" FROM "users" "t0" LEFT JOIN "user_picture" "t1" ON "t1"."entity_id" = "t0"."uid" AND "t1"."deleted" = 0` +
			` LEFT JOIN "files" "t2" ON "t2"."fid" = "t1"."target_id" AND "t2"."uri"::text ILIKE $1 ESCAPE '!' AND "t2"."status" = 1` +
			` WHERE ("t0"."name" & 4) = 4 AND "t0"."uid" IN (7) ORDER BY "t0"."name" NULLS LAST,"t0"."uid" DESC NULLS LAST LIMIT 20`,
		"sqlite": "SELECT `t0`.`uid`,`t0`.`name`,`t1`.`target_id`,`t2`.`uri`,`t2`.`status` FROM `users` `t0` LEFT JOIN `user_picture` `t1` ON `t1`.`entity_id` = `t0`.`uid` AND `t1`.`deleted` = 0" +
			" LEFT JOIN `files` `t2` ON `t2`.`fid` = `t1`.`target_id` AND `t2`.`uri` LIKE ? ESCAPE '!' AND `t2`.`status` = 1" +
			" WHERE (`t0`.`name` & 4) = 4 AND `t0`.`uid` IN (7) ORDER BY `t0`.`name` NULLS LAST,`t0`.`uid` DESC NULLS LAST LIMIT 20",
	} {
		t.Run(name, func(t *testing.T) {
			l, err := open(t, offline[name]).ByKey(s, "uid")
			if err != nil {
				t.Fatal(err)
			}
			got, err := sitedb.Text(l, []int64{7})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("text (-want +got):\n%s%v", diff, err)
			}
		})
	}
}

// attacks are names of SEC-50: none may reach a database, whichever field it comes in by.
var attacks = []string{
	"", "u`x", `u"x`, "u;drop table x", "u WHERE 1=1 -- ", "(select 1)x", "u AS a", strings.Repeat("a", 65), "u\x00",
	"information_schema.tables", "mysql.user", "usеrs" /* Cyrillic е */, "1u", "u\n", "u-x", "*", "t0.pass", "u/**/x", "~~~py~~~", "`u`",
}

func TestUnusualIdentifiersInJoinsAndOrderAreRefusedBeforeAnySQL(t *testing.T) {
	fields := map[string]func(s *userinfo.Select, name string){
		"table of a join":             func(s *userinfo.Select, name string) { s.Joins[0].Table = name },
		"column of a join":            func(s *userinfo.Select, name string) { s.Joins[1].Column = name },
		"column it is joined with":    func(s *userinfo.Select, name string) { s.Joins[1].With = name },
		"column read of a join":       func(s *userinfo.Select, name string) { s.Joins[0].Columns = []string{"target_id", name} },
		"condition of a join":         func(s *userinfo.Select, name string) { s.Joins[1].Where[1].Column = name },
		"pattern condition of a join": func(s *userinfo.Select, name string) { s.Joins[1].Where[0].Column = name },
		"condition on bits": func(s *userinfo.Select, name string) {
			s.Where = []userinfo.Cond{{Column: name, Op: userinfo.OpBits, Values: []any{int64(1)}}}
		},
		"pattern condition": func(s *userinfo.Select, name string) {
			s.Where = []userinfo.Cond{{Column: name, Op: userinfo.OpNotLike, Values: []any{"x"}}}
		},
		"order": func(s *userinfo.Select, name string) { s.Order = []userinfo.Order{{Column: name}} },
		"descending order": func(s *userinfo.Select, name string) {
			s.Order = []userinfo.Order{{Column: "uid"}, {Column: name, Descending: true}}
		},
		"table":  func(s *userinfo.Select, name string) { s.Table = name },
		"column": func(s *userinfo.Select, name string) { s.Columns = []string{name} },
	}
	for kind, address := range offline { // a query that was sent would be ErrUnavailable
		db := open(t, address)
		for field, change := range fields {
			for _, name := range attacks {
				s := picture()
				change(&s, name)
				if l, err := db.ByKey(s, "uid"); !errors.Is(err, userinfo.ErrMapping) || l != nil {
					t.Errorf("%s, %q as %s: %v, want ErrMapping", kind, name, field, err)
				}
			}
		}
	}
}

func TestSelectsThatMakeNoSenseAreRefused(t *testing.T) {
	db := open(t, offline["mysql"])
	for name, change := range map[string]func(s *userinfo.Select){
		"a join with itself":         func(s *userinfo.Select) { s.Joins[1].Of = 2 },
		"a join with a later one":    func(s *userinfo.Select) { s.Joins[0].Of = 1 },
		"a join with none":           func(s *userinfo.Select) { s.Joins[0].Of = -1 },
		"too many joins":             func(s *userinfo.Select) { s.Joins = slices.Repeat(s.Joins[:1], 61) },
		"a negative limit":           func(s *userinfo.Select) { s.Limit = -1 },
		"a negative number of rows":  func(s *userinfo.Select) { s.PerKey = -1 },
		"an enormous number of rows": func(s *userinfo.Select) { s.PerKey = 1 << 40 },
		"a pattern that is a number": func(s *userinfo.Select) { s.Joins[1].Where[0].Values = []any{int64(1)} },
		"a pattern that is no UTF-8": func(s *userinfo.Select) { s.Joins[1].Where[0].Values = []any{"\xff%"} },
		"a pattern with NUL":         func(s *userinfo.Select) { s.Joins[1].Where[0].Values = []any{"a\x00"} },
		"two patterns":               func(s *userinfo.Select) { s.Joins[1].Where[0].Values = []any{"a", "b"} },
		"no pattern":                 func(s *userinfo.Select) { s.Joins[1].Where[0].Values = nil },
		"negative bits": func(s *userinfo.Select) {
			s.Joins[0].Where[0] = userinfo.Cond{Column: "a", Op: userinfo.OpBits, Values: []any{int64(-1)}}
		},
		"bits of a text": func(s *userinfo.Select) {
			s.Joins[0].Where[0] = userinfo.Cond{Column: "a", Op: userinfo.OpBits, Values: []any{"4"}}
		},
		"no bits":                        func(s *userinfo.Select) { s.Joins[0].Where[0] = userinfo.Cond{Column: "a", Op: userinfo.OpBits} },
		"an operator nobody knows":       func(s *userinfo.Select) { s.Joins[0].Where[0].Op = 200 },
		"a condition without its values": func(s *userinfo.Select) { s.Joins[0].Where[0].Values = nil },
	} {
		s := picture()
		change(&s)
		if _, err := db.ByKey(s, "uid"); !errors.Is(err, userinfo.ErrMapping) {
			t.Errorf("%s: %v, want ErrMapping", name, err)
		}
	}
}

func TestBitsBeyondWhatTheDatabaseHasAreRefused(t *testing.T) {
	for kind, refused := range map[string]bool{"mysql": false, "postgres": true, "sqlite": true} {
		s := userinfo.Select{Table: "u", Columns: []string{"id"}, Where: []userinfo.Cond{{Column: "f", Op: userinfo.OpBits, Values: []any{uint64(1) << 63}}}}
		if _, err := open(t, offline[kind]).ByKey(s, "id"); errors.Is(err, userinfo.ErrMapping) != refused {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
