package userinfo_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

const aUUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

var kinds = []userinfo.KeyKind{userinfo.KeyUnknown, userinfo.KeyUint, userinfo.KeyInt, userinfo.KeyText, userinfo.KeyUUID, userinfo.KeyUUIDBytes}

// TestOnlyTheCanonicalSpellingOfAnIDIsOne is SEC-51 for every kind of key. A kind that is not listed refuses the text.
func TestOnlyTheCanonicalSpellingOfAnIDIsOne(t *testing.T) {
	const (
		u = userinfo.KeyUint
		i = userinfo.KeyInt
		x = userinfo.KeyText
		d = userinfo.KeyUUID
		b = userinfo.KeyUUIDBytes
	)
	for _, c := range []struct {
		text string
		good []userinfo.KeyKind
	}{
		{"", nil},
		{"0", []userinfo.KeyKind{u, i, x}},
		{"1", []userinfo.KeyKind{u, i, x}},
		{"9007199254740993", []userinfo.KeyKind{u, i, x}},
		{"9223372036854775807", []userinfo.KeyKind{u, i, x}},
		{"9223372036854775808", []userinfo.KeyKind{u, x}},
		{"18446744073709551615", []userinfo.KeyKind{u, x}},
		{"18446744073709551616", []userinfo.KeyKind{x}},
		{"99999999999999999999", []userinfo.KeyKind{x}},
		{"100000000000000000000", []userinfo.KeyKind{x}},
		{"-1", []userinfo.KeyKind{i, x}},
		{"-9223372036854775808", []userinfo.KeyKind{i, x}},
		{"-9223372036854775809", []userinfo.KeyKind{x}},
		{"-", []userinfo.KeyKind{x}},
		{"--1", []userinfo.KeyKind{x}},
		{"-0", []userinfo.KeyKind{x}},
		{"-01", []userinfo.KeyKind{x}},
		{"+1", []userinfo.KeyKind{x}},
		{"01", []userinfo.KeyKind{x}},
		{"007", []userinfo.KeyKind{x}},
		{"00", []userinfo.KeyKind{x}},
		{" 1", []userinfo.KeyKind{x}},
		{"1 ", []userinfo.KeyKind{x}},
		{"1.0", []userinfo.KeyKind{x}},
		{"1e0", []userinfo.KeyKind{x}},
		{"0x1", []userinfo.KeyKind{x}},
		{"1_0", []userinfo.KeyKind{x}},
		{"1abc", []userinfo.KeyKind{x}},
		{"1 or 1=1", []userinfo.KeyKind{x}},
		{"١", []userinfo.KeyKind{x}},
		{"１", []userinfo.KeyKind{x}},
		{"true", []userinfo.KeyKind{x}},
		{"null", []userinfo.KeyKind{x}},
		{"NaN", []userinfo.KeyKind{x}},
		{",", []userinfo.KeyKind{x}},
		{"%2C", []userinfo.KeyKind{x}},
		{"ABC", []userinfo.KeyKind{x}},
		{"abc ", []userinfo.KeyKind{x}},
		{"ábc", []userinfo.KeyKind{x}},
		{"1\x00", nil},
		{"\t1", nil},
		{"1\n", nil},
		{"a\x7f", nil},
		{"a\xff", nil},
		{"\xed\xa0\x80", nil},
		{strings.Repeat("x", userinfo.MaxIDLength), []userinfo.KeyKind{x}},
		{strings.Repeat("x", userinfo.MaxIDLength+1), nil},
		{aUUID, []userinfo.KeyKind{x, d, b}},
		{strings.ToUpper(aUUID), []userinfo.KeyKind{x}},
		{"{" + aUUID + "}", []userinfo.KeyKind{x}},
		{"urn:uuid:" + aUUID, []userinfo.KeyKind{x}},
		{strings.ReplaceAll(aUUID, "-", ""), []userinfo.KeyKind{x}},
		{aUUID[:35], []userinfo.KeyKind{x}},
		{aUUID + "0", []userinfo.KeyKind{x}},
		{"6ba7b8109-dad-11d1-80b4-00c04fd430c8", []userinfo.KeyKind{x}},
		{"6ba7b810-9dad-11d1-80b4-00c04fd430cg", []userinfo.KeyKind{x}},
	} {
		for _, k := range kinds {
			t.Run(fmt.Sprintf("%.40q as %s", c.text, k), func(t *testing.T) {
				id, ok := k.Parse(c.text)
				if want := slices.Contains(c.good, k); ok != want || ok && string(id) != c.text || !ok && id != "" {
					t.Errorf("got %q, %t; want %t", id, ok, want)
				}
			})
		}
	}
}

func TestAnIDBecomesATypedValue(t *testing.T) {
	for _, c := range []struct {
		kind userinfo.KeyKind
		id   userinfo.ID
		want any
	}{
		{userinfo.KeyUint, "0", uint64(0)},
		{userinfo.KeyUint, "18446744073709551615", uint64(math.MaxUint64)},
		{userinfo.KeyInt, "-9223372036854775808", int64(math.MinInt64)},
		{userinfo.KeyText, "1", "1"},
		{userinfo.KeyUUID, aUUID, aUUID},
		{userinfo.KeyUUIDBytes, aUUID, []byte(uuidBytes(aUUID))},
	} {
		if diff := cmp.Diff(c.want, c.kind.Arg(c.id)); diff != "" {
			t.Errorf("%s %s: %s", c.kind, c.id, diff)
		}
	}
}

func TestTheIDOfACell(t *testing.T) {
	for name, c := range map[string]struct {
		kind userinfo.KeyKind
		cell []byte
		want userinfo.ID
	}{
		"a number":                 {userinfo.KeyUint, []byte("6"), "6"},
		"a negative number":        {userinfo.KeyInt, []byte("-6"), "-6"},
		"NULL":                     {userinfo.KeyUint, nil, ""},
		"NULL text":                {userinfo.KeyText, nil, ""},
		"NULL bytes":               {userinfo.KeyUUIDBytes, nil, ""},
		"an empty text":            {userinfo.KeyText, []byte{}, ""},
		"text that is not UTF-8":   {userinfo.KeyText, []byte("a\xff"), ""},
		"sixteen bytes":            {userinfo.KeyUUIDBytes, []byte(uuidBytes(aUUID)), aUUID},
		"fifteen bytes":            {userinfo.KeyUUIDBytes, []byte(uuidBytes(aUUID))[:15], ""},
		"the text of a uuid":       {userinfo.KeyUUID, []byte(aUUID), aUUID},
		"a table not yet seen":     {userinfo.KeyUnknown, []byte("6"), ""},
		"a negative unsigned cell": {userinfo.KeyUint, []byte("-6"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := c.kind.FromCell(c.cell); got != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %t; want %q", got, ok, c.want)
			}
		})
	}
}

func TestTheKindOfAKeyColumn(t *testing.T) {
	for name, c := range map[string]struct {
		column userinfo.Column
		want   userinfo.KeyKind
		ok     bool
	}{
		"unsigned":    {userinfo.Column{Type: userinfo.ColumnUint}, userinfo.KeyUint, true},
		"signed":      {userinfo.Column{Type: userinfo.ColumnInt}, userinfo.KeyInt, true},
		"text":        {userinfo.Column{Type: userinfo.ColumnText}, userinfo.KeyText, true},
		"uuid":        {userinfo.Column{Type: userinfo.ColumnUUID}, userinfo.KeyUUID, true},
		"binary(16)":  {userinfo.Column{Type: userinfo.ColumnBytes, Size: 16}, userinfo.KeyUUIDBytes, true},
		"binary(20)":  {userinfo.Column{Type: userinfo.ColumnBytes, Size: 20}, 0, false},
		"blob":        {userinfo.Column{Type: userinfo.ColumnBytes}, 0, false},
		"a float":     {userinfo.Column{Type: userinfo.ColumnNumber}, 0, false},
		"a time":      {userinfo.Column{Type: userinfo.ColumnTime}, 0, false},
		"a boolean":   {userinfo.Column{Type: userinfo.ColumnBool}, 0, false},
		"a geometry":  {userinfo.Column{Type: userinfo.ColumnOther}, 0, false},
		"a date":      {userinfo.Column{Type: userinfo.ColumnDate}, 0, false},
		"a timestamp": {userinfo.Column{Type: userinfo.ColumnTimestamp}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := userinfo.KindOf(c.column)
			if ok != c.ok || ok && got != c.want {
				t.Errorf("got %s, %t; want %s, %t", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestOnlyNumbersThatEveryReaderKeepsAreExact(t *testing.T) {
	for id, want := range map[userinfo.ID]bool{
		"0": true, "1": true, "-1": true, "2147483648": true, "9007199254740991": true, "-9007199254740991": true,
		"9007199254740992": false, "9007199254740993": false, "-9007199254740992": false, "18446744073709551615": false,
		"": false, "007": false, "+1": false, "-0": false, "1.0": false, "0e5": false, " 1": false, "1 ": false, aUUID: false, "١": false, "1_0": false,
	} {
		n, ok := id.ExactNumber()
		if ok != want || ok && strconv.FormatInt(n, 10) != string(id) {
			t.Errorf("%q: got %d, %t; want %t", id, n, ok, want)
		}
	}
}

// cellOf is what a database gives for a key that was asked by its typed value.
func cellOf(arg any) []byte {
	switch v := arg.(type) {
	case uint64:
		return strconv.AppendUint(nil, v, 10)
	case int64:
		return strconv.AppendInt(nil, v, 10)
	case []byte:
		return bytes.Clone(v)
	default:
		return []byte(v.(string))
	}
}

// FuzzKeyParse: an ID is its own spelling, and comes back unchanged from the database that was asked for its typed value.
func FuzzKeyParse(f *testing.F) {
	for _, seed := range []string{"", "0", "-0", "1", "-1", "007", "1abc", "18446744073709551615", "18446744073709551616", "-9223372036854775808", "ábc", "a\xff", "1\x00", aUUID, strings.ToUpper(aUUID)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, k := range kinds {
			id, ok := k.Parse(text)
			if !ok {
				continue
			}
			if string(id) != text {
				t.Errorf("%s: %q was repaired to %q", k, text, id)
			}
			if back, ok := k.FromCell(cellOf(k.Arg(id))); !ok || back != id {
				t.Errorf("%s: %q comes back from the database as %q, %t", k, id, back, ok)
			}
		}
	})
}
