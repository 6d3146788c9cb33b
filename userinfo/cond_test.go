package userinfo_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

// conditionTable has a column of every class, named like it.
func conditionTable() *source {
	return &source{tables: map[string]*table{"t": {columns: []userinfo.Column{
		col("id", userinfo.ColumnUint), col("status_id", userinfo.ColumnInt), col("u", userinfo.ColumnUint), col("rate", userinfo.ColumnNumber),
		col("role", userinfo.ColumnText), col("deleted_at", userinfo.ColumnTime), col("born", userinfo.ColumnDate), col("ts", userinfo.ColumnTimestamp),
		col("ok", userinfo.ColumnBool), col("guid", userinfo.ColumnUUID), col("raw", userinfo.ColumnBytes), col("shape", userinfo.ColumnOther),
	}}}}
}

// bindWhere returns the conditions a setting becomes, or the problem of its only fault.
func bindWhere(tb testing.TB, where string) ([]userinfo.Cond, string) {
	tb.Helper()
	m, faults := userinfo.ParseMapping(userinfo.Settings{Table: "t", ID: "id", Name: "'x'", Where: where})
	if len(faults) == 0 {
		from := conditionTable()
		d, err := userinfo.NewDirectory(m, from, userinfo.Options{})
		if err != nil {
			tb.Fatal(err)
		}
		if faults, err = d.Bind(tb.Context()); err == nil {
			if len(from.selects) != 1 {
				tb.Fatalf("prepared %d look-ups by key", len(from.selects))
			}
			return from.selects[0].Where, ""
		}
	}
	if len(faults) == 0 {
		tb.Fatalf("%q: refused without a fault", where)
	}
	for i, fault := range faults {
		if fault.Var != "USERS_WHERE" || fault.Remedy == "" || slices.Contains(faults[:i], fault) {
			tb.Fatalf("%q: faults %v, want distinct ones of USERS_WHERE with a remedy each", where, faults)
		}
	}
	return nil, faults[0].Problem
}

func TestConditionsAreBoundAsTheirColumnsType(t *testing.T) {
	type conds = []userinfo.Cond
	is := func(column string, op userinfo.Op, values ...any) userinfo.Cond {
		return userinfo.Cond{Column: column, Op: op, Values: values}
	}
	for where, want := range map[string]conds{
		"":                            nil,
		" ; ;; ":                      nil,
		"status_id = 2":               {is("status_id", userinfo.OpEqual, int64(2))},
		"status_id=2":                 {is("status_id", userinfo.OpEqual, int64(2))},
		"status_id == 2":              {is("status_id", userinfo.OpEqual, int64(2))},
		"STATUS_ID = 2":               {is("status_id", userinfo.OpEqual, int64(2))},
		"status_id = 1.0":             {is("status_id", userinfo.OpEqual, int64(1))},
		"status_id in (-1.00, 2)":     {is("status_id", userinfo.OpIn, int64(-1), int64(2))},
		"status_id = -2":              {is("status_id", userinfo.OpEqual, int64(-2))},
		"status_id = '2'":             {is("status_id", userinfo.OpEqual, int64(2))},
		"status_id != 2":              {is("status_id", userinfo.OpNotEqual, int64(2))},
		"status_id <> 2":              {is("status_id", userinfo.OpNotEqual, int64(2))},
		"status_id < 2":               {is("status_id", userinfo.OpLess, int64(2))},
		"status_id <= 2":              {is("status_id", userinfo.OpLessEqual, int64(2))},
		"status_id > 2":               {is("status_id", userinfo.OpGreater, int64(2))},
		"status_id >= 2":              {is("status_id", userinfo.OpGreaterEqual, int64(2))},
		"status_id = true":            {is("status_id", userinfo.OpEqual, int64(1))},
		"status_id = FALSE":           {is("status_id", userinfo.OpEqual, int64(0))},
		"status_id in (2,3)":          {is("status_id", userinfo.OpIn, int64(2), int64(3))},
		"status_id IN ( 2 )":          {is("status_id", userinfo.OpIn, int64(2))},
		"status_id not in (2,'3')":    {is("status_id", userinfo.OpNotIn, int64(2), int64(3))},
		"u > -1":                      {is("u", userinfo.OpGreater, int64(-1))},
		"rate > 1.5":                  {is("rate", userinfo.OpGreater, 1.5)},
		"rate > -1":                   {is("rate", userinfo.OpGreater, -1.0)},
		"role = 'admin'":              {is("role", userinfo.OpEqual, "admin")},
		`role = "admin"`:              {is("role", userinfo.OpEqual, "admin")},
		"role = 7":                    {is("role", userinfo.OpEqual, "7")},
		"role = '7'":                  {is("role", userinfo.OpEqual, "7")},
		"role = 0":                    {is("role", userinfo.OpEqual, "0")},
		"role = true":                 {is("role", userinfo.OpEqual, "true")},
		"role = ''":                   {is("role", userinfo.OpEqual, "")},
		"role = 'it''s; ok'":          {is("role", userinfo.OpEqual, "it's; ok")},
		"role = 'a;b'; u = 1":         {is("role", userinfo.OpEqual, "a;b"), is("u", userinfo.OpEqual, int64(1))},
		"role in ('a','b;c') ; u = 1": {is("role", userinfo.OpIn, "a", "b;c"), is("u", userinfo.OpEqual, int64(1))},
		"role = 'x'' or 1=1 -- '":     {is("role", userinfo.OpEqual, "x' or 1=1 -- ")},
		`role = 'back\slash'`:         {is("role", userinfo.OpEqual, `back\slash`)},
		"role = 'žofie'":              {is("role", userinfo.OpEqual, "žofie")},
		"deleted_at is null":          {is("deleted_at", userinfo.OpNull)},
		"deleted_at IS NOT NULL":      {is("deleted_at", userinfo.OpNotNull)},
		"shape is null":               {is("shape", userinfo.OpNull)},
		"deleted_at > '2026-01-01'":   {is("deleted_at", userinfo.OpGreater, "2026-01-01 00:00:00")},
		"ts < '2026-01-01 10:00:00'":  {is("ts", userinfo.OpLess, "2026-01-01 10:00:00")},
		"born >= '2000-02-29'":        {is("born", userinfo.OpGreaterEqual, "2000-02-29")},
		"ok = true":                   {is("ok", userinfo.OpEqual, true)},
		"ok = 0":                      {is("ok", userinfo.OpEqual, false)},
		"guid = '" + aUUID + "'":      {is("guid", userinfo.OpEqual, aUUID)},
		"status_id = 1 and deleted_at is null AND ok = 1; u != 0": {
			is("status_id", userinfo.OpEqual, int64(1)), is("deleted_at", userinfo.OpNull), is("ok", userinfo.OpEqual, true), is("u", userinfo.OpNotEqual, int64(0)),
		},
		"status_id\nin\t(2,\n3);\nu = 1": {is("status_id", userinfo.OpIn, int64(2), int64(3)), is("u", userinfo.OpEqual, int64(1))},
	} {
		t.Run(where, func(t *testing.T) {
			got, problem := bindWhere(t, where)
			if problem != "" {
				t.Fatalf("refused: %s", problem)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestConditionsThatAreRefused(t *testing.T) {
	for where, says := range map[string]string{
		"status_id":                       "must be followed by",
		"status_id = '1.0'":               "not of its type",
		"status_id 2":                     "must be followed by",
		"status_id = ":                    "value is missing",
		"status_id = = 2":                 "value is missing",
		"= 2":                             "must start with a column",
		"2 = status_id":                   "must start with a column",
		"'role' = 'x'":                    "must start with a column",
		"(status_id = 2)":                 "must start with a column",
		"t.status_id = 2":                 "must be followed by",
		"`role` = 'x'":                    "must start with a column",
		"role like 'a%'":                  "must be followed by",
		"role = admin":                    "in quotes",
		"role = lower('x')":               "in quotes",
		"role = null":                     "IS NULL",
		"role != NULL":                    "IS NULL",
		"role in (null)":                  "IS NULL",
		"role is 'x'":                     "NULL or NOT NULL",
		"role is not 'x'":                 "NULL or NOT NULL",
		"role not 'x'":                    "followed by IN",
		"role in 'x'":                     "parentheses",
		"role in ()":                      "value is missing",
		"role in ('x'":                    "closed with )",
		"role in ('x',)":                  "value is missing",
		"role in (select 1)":              "in quotes",
		"role = 'x":                       "value is missing",
		"role = 'x' -- ":                  "expected",
		"role = 'x' 'y'":                  "expected",
		"role = 'x' union select 1":       "expected",
		"status_id = 1 or u = 2":          "use IN (…)",
		"status_id = 1 OR u = 2":          "use IN (…)",
		"status_id = 1 and":               "must start with a column",
		"status_id = 1.5":                 "not of its type",
		"status_id = 'abc'":               "not of its type",
		"status_id = '1abc'":              "not of its type",
		"status_id = ''":                  "not of its type",
		"status_id = 9223372036854775808": "not of its type",
		"u = 9223372036854775808":         "not of its type",
		"u = 18446744073709551616":        "not of its type",
		"ok = 2":                          "not of its type",
		"ok = 'yes'":                      "not of its type",
		"rate = 'abc'":                    "not of its type",
		"rate = 'NaN'":                    "not of its type",
		"rate = 'inf'":                    "not of its type",
		"rate = 1.2.3":                    "not of its type",
		"deleted_at = 0":                  "not of its type",
		"deleted_at > 'yesterday'":        "not of its type",
		"deleted_at > '2026-02-30'":       "not of its type",
		"guid = 'x'":                      "not of its type",
		"raw = 'x'":                       "cannot compare",
		"shape = 'x'":                     "cannot compare",
		"statusid = 1":                    "does not have",
		"u = 1 = 1":                       "expected",
		"u = 1, 2":                        "expected",
		"u = 1\x00":                       "expected",
		"u = (1)":                         "value is missing",
		"u = 1 and and u = 2":             "must be followed by",
		strings.Repeat("u = 1;", 33):      "more than 32",
		"u in (" + strings.Repeat("1,", 256) + "1)":  "more than 256",
		"role = '" + strings.Repeat("x", 4096) + "'": "longer than",
		"u = 1 and (status_id = 2 or status_id = 3)": "must start with a column",
		"role = 'x'; drop table t":                   "must be followed by",
		"role = 'x' /* comment */":                   "expected",
		"role = @@version":                           "value is missing",
		"role = 'a' || 'b'":                          "expected",
		"role = 0x41":                                "expected",
		"role = char(65)":                            "in quotes",
		"role = ;":                                   "value is missing",
		"status_id between 1 and 2":                  "must be followed by",
		"role = 'x' collate utf8mb4_bin":             "expected",
		"not role = 'x'":                             "must be followed by",
		"exists (select 1)":                          "must be followed by",
	} {
		t.Run(where, func(t *testing.T) {
			got, problem := bindWhere(t, where)
			if problem == "" {
				t.Fatalf("accepted as %+v", got)
			}
			if !strings.Contains(problem, says) {
				t.Errorf("says %q, want %q in it", problem, says)
			}
		})
	}
}

func TestAMisspelledConditionIsToldWhatWasMeant(t *testing.T) {
	m := mapping(t, userinfo.Settings{Table: "t", ID: "id", Name: "'x'", Where: "statusid = 1"})
	d, err := userinfo.NewDirectory(m, conditionTable(), userinfo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	faults, err := d.Bind(t.Context())
	if err == nil || len(faults) != 1 || !strings.HasPrefix(faults[0].Remedy, "did you mean status_id?") {
		t.Errorf("got %v, %v", faults, err)
	}
}

// FuzzWhere: whatever stands in the setting, a query only ever sees columns of the table and values of their types.
func FuzzWhere(f *testing.F) {
	for _, seed := range []string{
		"status_id in (2,3); deleted_at is null", "role = 'it''s; ok'", `role = "x" and u != 0`, "rate >= 1.5", "u = 1 or 1=1", "role = 'x' -- ",
		"ok = true", "guid = '" + aUUID + "'", "born < '2000-01-01'", "role not in ('a', 'b')", "((", "'", "u in (", "u = -", "status_id = 1and u = 2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, where string) {
		conds, problem := bindWhere(t, where)
		if problem != "" {
			return
		}
		columns := conditionTable().tables["t"].columns
		for _, c := range conds {
			i := slices.IndexFunc(columns, func(column userinfo.Column) bool { return column.Name == c.Column })
			if i < 0 {
				t.Fatalf("column %q is not in the table", c.Column)
			}
			switch n := len(c.Values); c.Op {
			case userinfo.OpNull, userinfo.OpNotNull:
				if n != 0 {
					t.Errorf("%+v has values", c)
				}
			case userinfo.OpIn, userinfo.OpNotIn:
				if n == 0 || n > 256 {
					t.Errorf("%s has %d values", c.Column, n)
				}
			default:
				if n != 1 {
					t.Errorf("%s has %d values", c.Column, n)
				}
			}
			for _, v := range c.Values {
				if !fits(columns[i].Type, v) {
					t.Errorf("column %s is compared with %T", c.Column, v)
				}
			}
		}
	})
}

func fits(class userinfo.ColumnType, v any) bool {
	switch v.(type) {
	case int64:
		return class == userinfo.ColumnInt || class == userinfo.ColumnUint
	case float64:
		return class == userinfo.ColumnNumber
	case bool:
		return class == userinfo.ColumnBool
	case string:
		return class == userinfo.ColumnText || class == userinfo.ColumnTime || class == userinfo.ColumnTimestamp || class == userinfo.ColumnDate || class == userinfo.ColumnUUID
	default:
		return false
	}
}
