package userinfo_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

const bobUUID = "0b000000-0000-4000-8000-000000000002"

// TestABanIsFoundOrItsJoinIsRefused bans bob by a join of two columns whose types differ.
func TestABanIsFoundOrItsJoinIsRefused(t *testing.T) {
	typed := func(kind userinfo.ColumnType, dbType string, size int64) userinfo.Column {
		return userinfo.Column{Type: kind, DBType: dbType, Size: size}
	}
	binary16, char36 := typed(userinfo.ColumnBytes, "binary(16)", 16), typed(userinfo.ColumnText, "char(36)", 36)
	varchar, varbinary := typed(userinfo.ColumnText, "varchar(255)", 255), typed(userinfo.ColumnBytes, "varbinary(255)", 255)
	uuid, integer, when := typed(userinfo.ColumnUUID, "uuid", 0), typed(userinfo.ColumnInt, "int", 0), typed(userinfo.ColumnTime, "datetime", 0)
	decimal, whole := typed(userinfo.ColumnNumber, "decimal(10,2)", 0), typed(userinfo.ColumnNumber, "decimal(20,0)", 0)
	float, truth := typed(userinfo.ColumnNumber, "double", 0), typed(userinfo.ColumnBool, "boolean", 0)
	for _, c := range []struct {
		on      userinfo.Column
		value   string // of bob
		column  userinfo.Column
		ban     string
		refused bool
	}{
		{binary16, uuidBytes(bobUUID), char36, bobUUID, false},
		{binary16, uuidBytes(bobUUID), char36, strings.ToUpper(bobUUID), false},
		{binary16, uuidBytes(bobUUID), uuid, bobUUID, false},
		{char36, bobUUID, binary16, uuidBytes(bobUUID), false},
		{char36, strings.ToUpper(bobUUID), binary16, uuidBytes(bobUUID), false},
		{uuid, bobUUID, binary16, uuidBytes(bobUUID), false},
		{binary16, uuidBytes(bobUUID), binary16, uuidBytes(bobUUID), false},
		{uuid, bobUUID, char36, bobUUID, false},
		{decimal, "7.00", integer, "7", false},
		{decimal, "-7.00", integer, "-7", false},
		{whole, "7", varchar, "7", false},
		{varchar, "7", integer, "7", false},
		{varbinary, "7", integer, "7", false},
		{integer, "7", varchar, "7", false},
		{varchar, "bob", varchar, "bob", false},
		{binary16, uuidBytes(bobUUID), varchar, bobUUID, true},
		{binary16, uuidBytes(bobUUID), integer, "7", true},
		{varbinary, "bob", binary16, "bob", true},
		{varbinary, "bob", varchar, "bob", true},
		{varbinary, bobUUID, uuid, bobUUID, true},
		{integer, "1234567890123456", binary16, "1234567890123456", true},
		{integer, "7", uuid, bobUUID, true},
		{decimal, "7.00", varchar, "7", true},
		{decimal, "7.00", binary16, "7", true},
		{float, "7", integer, "7", true},
		{when, "2026-01-01 00:00:00", varchar, "2026-01-01", true},
		{truth, "1", integer, "1", true},
		{typed(userinfo.ColumnText, "char(32)", 32), strings.ReplaceAll(bobUUID, "-", ""), uuid, bobUUID, true},
	} {
		for _, way := range []string{"many: true", "one: true"} {
			for _, unique := range []bool{false, true} {
				name := fmt.Sprintf("%s with %s, %s, unique %v", c.on.DBType, c.column.DBType, way, unique)
				c.on.Name, c.column.Name, c.column.Unique = "code", "code", unique
				from := &source{tables: map[string]*table{
					"users": {[]userinfo.Column{col("id", userinfo.ColumnUint), c.on, col("login", userinfo.ColumnText)}, [][]any{{"1", nil, "ann"}, {"2", c.value, "bob"}}},
					"bans":  {[]userinfo.Column{c.column}, [][]any{{c.ban}}},
				}}
				d := site(t, "users: { table: users, key: id }\njoins: [ { as: b, table: bans, on: { code: code }, "+way+" } ]\nfields: { name: login }\nflags: { banned: exists(b) }", userinfo.Settings{}, from)
				faults, err := d.Bind(t.Context())
				if inSelect := unique && way == "one: true"; c.refused && (!inSelect || c.on.DBType != "double" && c.on.Type != c.column.Type) {
					if !errors.Is(err, userinfo.ErrMapping) || len(faults) != 1 || !strings.Contains(faults[0].Problem, "can never be equal") {
						t.Errorf("%s: got %v, %v; want a refusal", name, faults, err)
					}
					continue
				} else if inSelect && c.on.Type != c.column.Type && c.on.Type != userinfo.ColumnBytes && c.column.Type != userinfo.ColumnBytes {
					continue // compared by the database, which is tested with real ones
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
				} else if got := names(t, d, "1", "2"); got != "ann" {
					t.Errorf("%s: shown: %q, want only ann", name, got)
				}
			}
		}
	}
}

func TestAFractionIsNobodysKey(t *testing.T) {
	from := &source{tables: map[string]*table{
		"users": {[]userinfo.Column{col("id", userinfo.ColumnUint), {Name: "grp", Type: userinfo.ColumnNumber, DBType: "decimal(10,2)"}}, [][]any{{"1", "7.50"}, {"2", "70.00"}, {"3", "7.00"}}},
		"grps":  {[]userinfo.Column{col("gid", userinfo.ColumnInt), col("title", userinfo.ColumnText)}, [][]any{{"7", "seven"}, {"70", "seventy"}}},
	}}
	d := site(t, "users: { table: users, key: id }\njoins: [ { as: g, table: grps, on: { gid: grp }, one: true } ]\nfields: { name: { first: [ g.title, { const: none } ] } }", userinfo.Settings{}, from)
	if got := names(t, d, "1", "2", "3"); got != "none seventy seven" {
		t.Errorf("got %q", got)
	}
}

func TestAnOptionalJoinWhoseTypesDifferIsMissingUnlessItHides(t *testing.T) {
	for flags, want := range map[string]string{"": "none", "flags: { banned: exists(g) }": ""} {
		from := &source{tables: map[string]*table{
			"users": {[]userinfo.Column{{Name: "id", Type: userinfo.ColumnUUID, DBType: "uuid"}}, [][]any{{bobUUID}}},
			"seen":  {[]userinfo.Column{col("uid", userinfo.ColumnInt), col("at", userinfo.ColumnText)}, [][]any{{"7", "now"}}},
		}}
		d := site(t, "users: { table: users, key: id }\njoins: [ { as: g, table: seen, on: { uid: id }, one: true, optional: true } ]\nfields: { name: { first: [ g.at, { const: none } ] } }\n"+flags, userinfo.Settings{}, from)
		if faults, err := d.Bind(t.Context()); want == "" {
			if !errors.Is(err, userinfo.ErrMapping) || len(faults) != 1 {
				t.Errorf("%s: got %v, %v; want a refusal", flags, faults, err)
			}
			continue
		}
		if got := names(t, d, bobUUID); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
