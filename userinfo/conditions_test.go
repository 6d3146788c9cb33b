package userinfo_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

func TestConditionsGetTheTypesOfTheirColumns(t *testing.T) {
	columns := []userinfo.Column{
		{Name: "Active", Type: userinfo.ColumnInt}, {Name: "kind", Type: userinfo.ColumnText}, {Name: "ended", Type: userinfo.ColumnTime}, {Name: "raw", Type: userinfo.ColumnBytes},
	}
	c, err := userinfo.ParseConditions("active = 1; kind in ('web', 'app') and ended is null")
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Bind("sessions", columns)
	want := []userinfo.Cond{
		{Column: "Active", Op: userinfo.OpEqual, Values: []any{int64(1)}},
		{Column: "kind", Op: userinfo.OpIn, Values: []any{"web", "app"}},
		{Column: "ended", Op: userinfo.OpNull},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v; - want, + got:\n%s", err, diff)
	}
	for _, text := range []string{"gone = 1", "active = 'x'", "raw = 'x'"} {
		c, err := userinfo.ParseConditions(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Bind("sessions", columns); !errors.Is(err, userinfo.ErrMapping) {
			t.Errorf("%s: error %v, want one of the mapping", text, err)
		}
	}
	for _, text := range []string{"active", "active = 1 or kind = 'x'", "1 = 1", "kind = web", "sleep(1) = 1"} {
		if _, err := userinfo.ParseConditions(text); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}
