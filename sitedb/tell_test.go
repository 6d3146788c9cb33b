package sitedb_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

func TestARowTellsWhetherConditionsHoldAndIsThereEitherWay(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, pictures...)
		db := open(t, b.url)
		know(t, db, "users", "user_picture", "files")
		s := picture()
		s.Joins = s.Joins[:1]
		s.Tell = []userinfo.Cond{{Column: "name", Op: userinfo.OpNotIn, Values: []any{"Bob", "Eve"}}, {Column: "uid", Op: userinfo.OpLess, Values: []any{int64(4)}}}
		s.Where = []userinfo.Cond{{Column: "name", Op: userinfo.OpNotEqual, Values: []any{"Cid"}}}
		s.Limit = 10
		l, err := db.ByKey(s, "uid")
		want := [][]string{{"1", "Ann", "11", "1"}, {"2", "Bob", "NULL", "0"}, {"4", "Dan", "NULL", "0"}}
		if diff := cmp.Diff(want, sorted(must(t, l, err, []int64{1, 2, 3, 4, 5, 6}))); diff != "" {
			t.Errorf("with joins (-want +got):\n%s", diff)
		}
		s.Joins, s.Where = nil, nil // NULL is neither in a list nor not
		l, err = db.ByKey(s, "uid")
		want = [][]string{{"1", "Ann", "1"}, {"2", "Bob", "0"}, {"3", "Cid", "1"}, {"4", "Dan", "0"}, {"5", "NULL", "0"}}
		if diff := cmp.Diff(want, sorted(must(t, l, err, []int64{1, 2, 3, 4, 5, 6}))); diff != "" {
			t.Errorf("of one table (-want +got):\n%s", diff)
		}
	})
}

func TestARowTellsOfATableThatIsJoinedToIt(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		b.exec(t, pictures...)
		db := open(t, b.url)
		know(t, db, "users", "user_picture", "files")
		s := userinfo.Select{
			Table: "user_picture", Columns: []string{"entity_id"},
			Joins: []userinfo.Join{{Table: "users", Column: "uid", With: "entity_id", Columns: []string{"name"}}, {Table: "files", Column: "fid", With: "target_id", Columns: []string{"uri"}}},
			Tell:  []userinfo.Cond{{Column: "status", Op: userinfo.OpEqual, Values: []any{int64(1)}}}, TellOf: 2,
		}
		l, err := db.ByKey(s, "entity_id")
		want := [][]string{{"1", "Ann", "public://ann.jpg", "1"}, {"2", "Bob", "public://bob.jpg", "1"}, {"3", "Cid", "public://cid.jpg", "0"}, {"5", "NULL", "NULL", "0"}}
		if diff := cmp.Diff(want, sorted(must(t, l, err, []int64{1, 2, 3, 4, 5}))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, of := range []int{-1, 3} {
			s.TellOf = of
			if _, err := db.ByKey(s, "entity_id"); err == nil {
				t.Errorf("table %d is none", of)
			}
		}
	})
}

func TestAConditionThatCannotBeIsRefusedAlsoWhereItIsOnlyTold(t *testing.T) {
	db := open(t, sqliteBackend(t).url)
	s := userinfo.Select{Table: "users", Columns: []string{"uid"}, Tell: []userinfo.Cond{{Column: "name; --", Op: userinfo.OpEqual, Values: []any{"x"}}}}
	if _, err := db.ByKey(s, "uid"); err == nil {
		t.Error("a column that is no name was accepted")
	}
	s.Tell = []userinfo.Cond{{Column: "name", Op: userinfo.OpEqual, Values: []any{"x", "y"}}}
	if _, err := db.ByKey(s, "uid"); err == nil {
		t.Error("a comparison with two values was accepted")
	}
}
