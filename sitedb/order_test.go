package sitedb_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

const avatars = `CREATE TABLE avatars (owner INT, taken INT, place VARCHAR(20), flags INT);
INSERT INTO avatars VALUES (1,20,'b',5),(1,NULL,'a',4),(1,30,NULL,1),(1,10,'C',0),(2,20,'d',NULL)`

func TestRowsComeInOrderWithoutAValueLast(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, avatars)
		db := open(t, b.url)
		for _, tt := range []struct {
			name  string
			order []userinfo.Order
			want  string
		}{
			{"ascending", []userinfo.Order{{Column: "taken"}}, "10 20 30 NULL"},
			{"descending", []userinfo.Order{{Column: "taken", Descending: true}}, "30 20 10 NULL"},
			{"by another column than those read", []userinfo.Order{{Column: "place", Descending: true}, {Column: "taken"}}, map[string]string{
				"mariadb": "10 20 NULL 30", "postgres": "20 NULL 10 30", "sqlite": "20 NULL 10 30",
			}[b.name]},
			{"by two columns", []userinfo.Order{{Column: "owner"}, {Column: "taken", Descending: true}}, "30 20 10 NULL"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				l, err := db.ByKey(userinfo.Select{Table: "avatars", Columns: []string{"taken"}, Order: tt.order, PerKey: 4}, "owner")
				if got := column(must(t, l, err, int64(1)), 0); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			})
		}
		t.Run("before the limit is applied, with a join", func(t *testing.T) {
			b.exec(t, "CREATE TABLE owners (id INT PRIMARY KEY, taken INT)", "INSERT INTO owners VALUES (1, 99), (2, 98)")
			l, err := db.ByKey(userinfo.Select{
				Table: "avatars", Columns: []string{"taken"}, Order: []userinfo.Order{{Column: "taken", Descending: true}}, Limit: 2,
				Joins: []userinfo.Join{{Table: "owners", Column: "id", With: "owner", Columns: []string{"taken"}}},
			}, "owner")
			if diff := cmp.Diff([][]string{{"30", "99"}, {"20", "99"}}, must(t, l, err, int64(1))); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	})
}

func column(rows [][]string, i int) string {
	cells := make([]string, len(rows))
	for n, row := range rows {
		cells[n] = row[i]
	}
	return strings.Join(cells, " ")
}

func TestMoreRowsPerKeyThanExpectedAreAMappingFault(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, "CREATE TABLE meta (id INT, v INT)", "INSERT INTO meta VALUES (1,0)"+strings.Repeat(",(1,0)", 25), "INSERT INTO meta VALUES (2,0)"+strings.Repeat(",(2,0)", 26))
		db := open(t, b.url)
		meta := func(perKey, limit int) userinfo.Select {
			return userinfo.Select{Table: "meta", Columns: []string{"id"}, PerKey: perKey, Limit: limit}
		}
		for _, tt := range []struct {
			name          string
			perKey, limit int
			keys          []any
			rows          int // -1: ErrMapping
		}{
			{"as many as may be for one key", 10, 0, []any{int64(1)}, 26},
			{"one more for one key", 10, 0, []any{int64(2)}, -1},
			{"it counts on average over the keys", 5, 0, []any{int64(2), int64(3), int64(4)}, 27},
			{"one a key", 1, 0, []any{int64(1)}, -1},
			{"a limit wins", 1, 3, []any{int64(1)}, 3},
			{"a limit above wins too", 1, 100, []any{int64(1)}, 26},
			{"no bound given is one a key", 0, 0, []any{int64(1)}, -1},
			{"nobody asked has a row", 1, 0, []any{int64(9)}, 0},
		} {
			t.Run(tt.name, func(t *testing.T) {
				l, err := db.ByKey(meta(tt.perKey, tt.limit), "id")
				if err != nil {
					t.Fatal(err)
				}
				rows, err := l.Rows(t.Context(), tt.keys...)
				switch {
				case tt.rows < 0:
					if !errors.Is(err, userinfo.ErrMapping) || rows != nil {
						t.Errorf("%v, want ErrMapping", err)
					}
				case err != nil:
					t.Error(err)
				case rows.Len() != tt.rows:
					t.Errorf("%d rows, want %d", rows.Len(), tt.rows)
				}
			})
		}
	})
}

func TestPatternsAndBits(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, "CREATE TABLE words (id INT PRIMARY KEY, w VARCHAR(40), flags INT)")
		for i, w := range []string{"'pending'", "'Pending-old'", "'50%!'", "'5a%b'", `'back` + map[bool]string{true: `\\`, false: `\`}[b.name == "mariadb"] + `slash'`, "''", "NULL"} {
			b.exec(t, "INSERT INTO words VALUES ("+string(rune('1'+i))+", "+w+", "+[]string{"0", "1", "4", "5", "-1", "8", "NULL"}[i]+")")
		}
		db := open(t, b.url)
		for _, tt := range []struct {
			name string
			cond userinfo.Cond
			want string
		}{
			{"% stands for anything", userinfo.Cond{Column: "w", Op: userinfo.OpLike, Values: []any{"pending%"}}, "1 2"},
			{"in either case", userinfo.Cond{Column: "w", Op: userinfo.OpLike, Values: []any{"PENDING"}}, "1"},
			{"_ stands for one character", userinfo.Cond{Column: "w", Op: userinfo.OpLike, Values: []any{"5_%_"}}, "3 4"},
			{"an exclamation mark is one", userinfo.Cond{Column: "w", Op: userinfo.OpLike, Values: []any{"%!"}}, "3"},
			{"a backslash is one", userinfo.Cond{Column: "w", Op: userinfo.OpLike, Values: []any{`back\slash`}}, "5"},
			{"a backslash escapes nothing", userinfo.Cond{Column: "w", Op: userinfo.OpLike, Values: []any{`50\%!`}}, ""},
			{"a quote ends nothing", userinfo.Cond{Column: "w", Op: userinfo.OpLike, Values: []any{`%' OR 1=1 -- `}}, ""},
			{"an empty pattern is the empty text", userinfo.Cond{Column: "w", Op: userinfo.OpLike, Values: []any{""}}, "6"},
			{"not like leaves NULL out", userinfo.Cond{Column: "w", Op: userinfo.OpNotLike, Values: []any{"%p%"}}, "3 4 5 6"},
			{"one bit", userinfo.Cond{Column: "flags", Op: userinfo.OpBits, Values: []any{int64(4)}}, "3 4 5"},
			{"all of several bits", userinfo.Cond{Column: "flags", Op: userinfo.OpBits, Values: []any{int64(5)}}, "4 5"},
			{"no bits are always set", userinfo.Cond{Column: "flags", Op: userinfo.OpBits, Values: []any{int64(0)}}, "1 2 3 4 5 6"},
			{"an unsigned mask", userinfo.Cond{Column: "flags", Op: userinfo.OpBits, Values: []any{uint64(8)}}, "5 6"},
			{"a bit beyond the column", userinfo.Cond{Column: "flags", Op: userinfo.OpBits, Values: []any{int64(1) << 40}}, "5"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				l, err := db.ByKey(userinfo.Select{Table: "words", Columns: []string{"id"}, Where: []userinfo.Cond{tt.cond}}, "id")
				if got := column(sorted(must(t, l, err, []int64{1, 2, 3, 4, 5, 6, 7})), 0); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		}
	})
}
