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
