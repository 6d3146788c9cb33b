package convert_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo/convert"
)

func TestValuesAreFoundByTheirNames(t *testing.T) {
	const (
		php     = `a:4:{s:3:"sub";a:1:{i:7;s:2:"ok";}i:5;i:42;s:4:"flag";b:1;s:3:"obj";O:3:"Foo":1:{s:1:"a";i:1;}}`
		session = `user|s:2:"42";cart|a:1:{i:0;a:0:{}}obj|O:3:"Foo":1:{s:2:"id";i:1;}last|b:0;`
		binary  = "\x04user" + `s:2:"42";` + "\x00" + `i:1;`
	)
	type read = func([]byte) (convert.Value, bool)
	asSession := func(binary bool) read {
		return func(in []byte) (convert.Value, bool) { return convert.ReadPHPSession(in, binary) }
	}
	tests := []struct {
		name string
		read read
		in   string
		path []string
		kind convert.ValueKind
		want string
	}{
		{"a text within lists of PHP", convert.ReadPHP, php, []string{"sub", "7"}, convert.TextValue, "ok"},
		{"a number under a number", convert.ReadPHP, php, []string{"5"}, convert.NumberValue, "42"},
		{"true", convert.ReadPHP, php, []string{"flag"}, convert.TrueValue, "1"},
		{"an object is nothing", convert.ReadPHP, php, []string{"obj"}, convert.NoValue, ""},
		{"what is within an object is nothing", convert.ReadPHP, php, []string{"obj", "a"}, convert.NoValue, ""},
		{"a name that is not there", convert.ReadPHP, php, []string{"sub", "8"}, convert.NoValue, ""},
		{"the whole value", convert.ReadPHP, "i:7;", nil, convert.NumberValue, "7"},
		{"a name of a session", asSession(false), session, []string{"user"}, convert.TextValue, "42"},
		{"a list of a session", asSession(false), session, []string{"cart", "0"}, convert.ListValue, ""},
		{"an object of a session", asSession(false), session, []string{"obj", "id"}, convert.NoValue, ""},
		{"the name behind an object", asSession(false), session, []string{"last"}, convert.NoValue, ""},
		{"an empty session", asSession(false), "", nil, convert.ListValue, ""},
		{"a binary session", asSession(true), binary, []string{"user"}, convert.TextValue, "42"},
		{"an empty name of a binary session", asSession(true), binary, []string{""}, convert.NumberValue, "1"},
		{"an element of an array of JSON", convert.ReadJSON, `{"a":[1,{"b.c":"d"}]}`, []string{"a", "1", "b.c"}, convert.TextValue, "d"},
		{"a large number is not rounded", convert.ReadJSON, `{"id":18446744073709551615}`, []string{"id"}, convert.NumberValue, "18446744073709551615"},
		{"of two equal names the last", convert.ReadJSON, `{"0":1,"0":2}`, []string{"0"}, convert.NumberValue, "2"},
		{"an escaped text", convert.ReadJSON, `{"\u0061":"\/\u00e9"}`, []string{"a"}, convert.TextValue, "/é"},
		{"a scalar of JSON", convert.ReadJSON, ` "x" `, nil, convert.TextValue, "x"},
		{"false is nothing", convert.ReadJSON, `[false]`, []string{"0"}, convert.NoValue, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, ok := tt.read([]byte(tt.in))
			if !ok {
				t.Fatalf("%q is not read", tt.in)
			}
			if got := v.At(tt.path...); got.Kind() != tt.kind || got.Text() != tt.want {
				t.Errorf("got kind %d, %q; want %d, %q", got.Kind(), got.Text(), tt.kind, tt.want)
			}
		})
	}
}

func TestTextsThatAreNoValueAreNotRead(t *testing.T) {
	type read = func([]byte) (convert.Value, bool)
	php := func(in []byte) (convert.Value, bool) { return convert.ReadPHPSession(in, false) }
	binary := func(in []byte) (convert.Value, bool) { return convert.ReadPHPSession(in, true) }
	for name, tt := range map[string]struct {
		read read
		in   string
	}{
		"nothing":                           {convert.ReadJSON, ""},
		"blanks":                            {convert.ReadJSON, " \n"},
		"no PHP at all":                     {convert.ReadPHP, ""},
		"PHP with more behind it":           {convert.ReadPHP, "i:1;i:2;"},
		"JSON with more behind it":          {convert.ReadJSON, "1 2"},
		"a length beyond the end":           {convert.ReadPHP, `s:99:"a";`},
		"a count beyond the end":            {convert.ReadPHP, `a:999999:{i:0;i:0;}`},
		"JSON of 17 levels":                 {convert.ReadJSON, strings.Repeat("[", 17) + strings.Repeat("]", 17)},
		"PHP of 17 levels":                  {convert.ReadPHP, strings.Repeat("a:1:{i:0;", 17) + "N;" + strings.Repeat("}", 17)},
		"more than 1 MiB":                   {convert.ReadJSON, strings.Repeat(" ", convert.MaxValueText) + "1"},
		"more than 10,000 elements":         {convert.ReadJSON, "[" + strings.Repeat("1,", 10_000) + "1]"},
		"a session without a name":          {php, "i:1;"},
		"a session with a broken value":     {php, "a|i:1;b|x"},
		"a session without a value":         {php, "a|"},
		"a binary name beyond the end":      {binary, "\x09abc"},
		"a binary name with the high bit":   {binary, "\x84userN;"},
		"a binary session without a value":  {binary, "\x01a"},
		"a binary session read as the text": {php, "\x04users:2:\"42\";"},
	} {
		t.Run(name, func(t *testing.T) {
			if v, ok := tt.read([]byte(tt.in)); ok || v.Kind() != convert.NoValue {
				t.Errorf("read as kind %d, %q", v.Kind(), v.Text())
			}
		})
	}
}

func TestElementsComeInTheOrderOfTheText(t *testing.T) {
	tests := []struct {
		name, json string
		want       []string
	}{
		{"an object", `{"b":1,"a":"x","b":2}`, []string{"b=1", "a=x", "b=2"}},
		{"an array", `["x",[1,2],"y"]`, []string{"0=x", "1=", "2=y"}},
		{"no list", `"x"`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, ok := convert.ReadJSON([]byte(tt.json))
			var got []string
			for name, element := range v.All() {
				got = append(got, name+"="+element.Text())
			}
			if diff := cmp.Diff(tt.want, got); !ok || diff != "" || v.Len() != len(tt.want) {
				t.Errorf("read %t, %d elements:\n%s", ok, v.Len(), diff)
			}
		})
	}
}

func TestTruthIsThatOfPHP(t *testing.T) {
	v, ok := convert.ReadJSON([]byte(`{"one":1,"zero":0,"text0":"0","text":"a","empty":"","list":[],"full":[0],"null":null}`))
	if !ok {
		t.Fatal("not read")
	}
	for name, want := range map[string]bool{
		"one": true, "zero": false, "text0": false, "text": true, "empty": false, "list": false, "full": true, "null": false, "missing": false,
	} {
		if got := v.At(name).Truthy(); got != want {
			t.Errorf("%s is %t", name, got)
		}
	}
}

func FuzzReadValue(f *testing.F) {
	for _, seed := range []string{
		`a:2:{s:1:"a";i:1;i:0;O:3:"Foo":1:{s:1:"a";R:1;}}`, `{"a":[1,{"b":"\u0061"}]}`, `user|s:2:"42";b|a:0:{}`, "\x04users:2:\"42\";", "", "|", "N;",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		php := func(binary bool) func([]byte) (convert.Value, bool) {
			return func(in []byte) (convert.Value, bool) { return convert.ReadPHPSession(in, binary) }
		}
		for i, read := range []func([]byte) (convert.Value, bool){convert.ReadJSON, convert.ReadPHP, php(false), php(true)} {
			v, ok := read(in)
			if !ok && v.Kind() != convert.NoValue {
				t.Errorf("reader %d gives a value and says that there is none", i)
			}
			if n := walk(v, 0); n > 10_000 {
				t.Errorf("reader %d gives %d elements", i, n)
			}
		}
	})
}

// walk reads everything in a value and returns how many elements there are.
func walk(v convert.Value, level int) int {
	n := 0
	for name, element := range v.All() {
		if level > 20 {
			panic("deeper than any limit")
		}
		if v.At(name).Kind() == convert.NoValue {
			_ = element.Text()
		}
		n += 1 + walk(element, level+1)
	}
	return n
}
