package convert_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chatpass/chatpass/userinfo/convert"
)

// readers are the two formats in which a path leads to a value.
var readers = map[string]func(string) (convert.Func, error){"php": convert.NewPHP, "json": convert.NewJSON}

func TestPathsThatAreRefused(t *testing.T) {
	for path, says := range map[string]string{
		".":                                    "empty name",
		"a.":                                   "empty name",
		".a":                                   "empty name",
		"a..b":                                 "empty name",
		"first":                                "",
		"'a":                                   "no closing quote",
		"'a'b":                                 "expected a dot",
		"a'b":                                  "not expected",
		"a*":                                   "holds a star",
		"a.b*.c":                               "holds a star",
		"first(a":                              "no closing parenthesis",
		"first(a))":                            "not expected",
		"first(a).b":                           "no closing parenthesis",
		"a.first(b)":                           "not expected",
		"a)":                                   "not expected",
		"(a)":                                  "unknown function \"\"",
		"sum(a)":                               "unknown function \"sum\"",
		"FIRST(a)":                             "unknown function",
		"keys(keys(a))":                        "keys() takes a path, not keys()",
		"keys(first(a))":                       "keys() takes a path, not first()",
		"first(last(max(min(a))))":             "",
		"first(first(first(first(first(a)))))": "more than 4 functions",
		strings.Repeat("a.", 15) + "a":         "",
		strings.Repeat("a.", 16) + "a":         "more than 16 names",
		strings.Repeat("a", 256):               "",
		strings.Repeat("a", 257):               "longer than 256 bytes",
	} {
		for name, reader := range readers {
			t.Run(name+" "+path, func(t *testing.T) {
				f, err := reader(path)
				if says == "" {
					if f == nil || err != nil {
						t.Errorf("refused: %v", err)
					}
					return
				}
				if f != nil || err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("got %v, %v; want an error that says %q", f != nil, err, says)
				}
			})
		}
	}
}

// nested is a list in a list and so on, levels deep, with 1 inside.
func nested(format string, levels int) string {
	if format == "json" {
		return strings.Repeat("[", levels) + "1" + strings.Repeat("]", levels)
	}
	return strings.Repeat("a:1:{i:0;", levels) + "i:1;" + strings.Repeat("}", levels)
}

// elements is a list of n elements.
func elements(format string, n int) string {
	if format == "json" {
		return "[" + strings.TrimSuffix(strings.Repeat("1,", n), ",") + "]"
	}
	return "a:" + strconv.Itoa(n) + ":{" + strings.Repeat("i:1;N;", n) + "}"
}

// sized is a text of exactly n bytes.
func sized(format string, n int) string {
	if format == "json" {
		return `"` + strings.Repeat("x", n-2) + `"`
	}
	head := "s:" + strconv.Itoa(n-len(`s:12345:"";`)) + `:"`
	return head + strings.Repeat("x", n-len(`s:12345:"";`)) + `";`
}

func TestTextsBeyondTheLimitsReadAsNothing(t *testing.T) {
	for format, reader := range readers {
		for _, c := range []struct {
			name, path, in, want string
		}{
			{"16 levels", strings.Repeat("*.", 15) + "*", nested(format, 16), "1"},
			{"17 levels", strings.Repeat("*.", 15) + "*", nested(format, 17), ""},
			{"17 levels, of which few are asked for", "count(*)", nested(format, 17), ""},
			{"a thousand levels", "count(*)", nested(format, 1000), ""},
			{"9,999 elements and their list", "count(*)", elements(format, 9_999), "9999"},
			{"10,000 elements and their list", "count(*)", elements(format, 10_000), ""},
			{"64 KiB", "count()", sized(format, 64<<10), "1"},
			{"64 KiB and one byte", "count()", sized(format, 64<<10+1), ""},
		} {
			t.Run(format+": "+c.name, func(t *testing.T) {
				if f, err := reader(c.path); err != nil {
					t.Fatal(err)
				} else if got := string(f(nil, []byte(c.in))); got != c.want {
					t.Errorf("got %q, want %q (the text has %d bytes)", got, c.want, len(c.in))
				}
			})
		}
	}
}

func TestElementsOfObjectsCountForTheLimits(t *testing.T) {
	f, err := convert.NewPHP("count(*)")
	if err != nil {
		t.Fatal(err)
	}
	object := func(inner string) []byte { return []byte(`a:1:{i:0;O:1:"F":1:{s:1:"x";` + inner + "}}") }
	for _, c := range []struct{ name, in, want string }{
		{"some elements", elements("php", 5_000), "1"},
		{"more elements than a text may have", elements("php", 10_000), ""},
		{"some levels", nested("php", 14), "1"},
		{"more levels than a text may have", nested("php", 15), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(f(nil, object(c.in))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestReadingAPathAllocatesNothingForAnElement(t *testing.T) {
	const n, most = 300, 30 // the race detector empties pools at random, and what then grows again is far less than one for each element
	for _, c := range []struct{ format, path, element string }{
		{"php", "max(*.login)", `i:1;a:1:{s:5:"login";i:1700000000;}`},
		{"php", "first(keys())", `s:13:"administrator";b:1;`},
		{"json", "*.login", `{"login":"1700000000"},`},
	} {
		t.Run(c.format+" "+c.path, func(t *testing.T) {
			f, err := readers[c.format](c.path)
			if err != nil {
				t.Fatal(err)
			}
			in := []byte("a:300:{" + strings.Repeat(c.element, n) + "}")
			if c.format == "json" {
				in = []byte("[" + strings.TrimSuffix(strings.Repeat(c.element, n), ",") + "]")
			}
			dst := f(make([]byte, 0, 8192), in)
			if len(dst) == 0 {
				t.Fatal("nothing was read")
			}
			if got := testing.AllocsPerRun(200, func() { dst = f(dst[:0], in) }); got > most {
				t.Errorf("%v allocations for %d elements", got, n)
			}
		})
	}
}

func TestAPathMayBeFollowedManyTimesAtOnce(t *testing.T) {
	f, err := convert.NewJSON("a")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			want := strconv.Itoa(i)
			in := []byte(`{"x":[1,2,3],"a":` + want + `}`)
			for range 200 {
				if got := string(f(nil, in)); got != want {
					t.Fatalf("got %q", got)
				}
			}
		})
	}
}

// FuzzPHPPath: no text and no path makes the reader panic, and none makes it slow: a text of at most 64 KiB is read in steps that grow with its length.
func FuzzPHPPath(f *testing.F) {
	for _, p := range formPairs(f, "php") {
		f.Add(p.Spec, p.Input)
	}
	f.Add("count(*)", nested("php", 17))
	f.Add("*", elements("php", 100))
	f.Fuzz(func(t *testing.T, path, in string) { follow(t, convert.NewPHP, path, in) })
}

// FuzzJSONPath is FuzzPHPPath for JSON; what the reader finds at a plain name must be what encoding/json finds there.
func FuzzJSONPath(f *testing.F) {
	for _, p := range formPairs(f, "json") {
		f.Add(p.Spec, p.Input)
	}
	f.Fuzz(func(t *testing.T, path, in string) {
		got := follow(t, convert.NewJSON, path, in)
		var object map[string]json.RawMessage
		if !utf8.ValidString(in) || path == "" || strings.ContainsAny(path, ".'()*") || strings.TrimSpace(path) != path || json.Unmarshal([]byte(in), &object) != nil {
			return
		}
		var want string
		if raw := object[path]; len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &want) != nil {
			return
		}
		if got != want && got != "" { // a text beyond the limits reads as nothing
			t.Errorf("%s of %q is %q, and encoding/json finds %q", path, in, got, want)
		}
	})
}

// follow checks what must hold for every path and text, and returns what was read.
func follow(t *testing.T, reader func(string) (convert.Func, error), path, in string) string {
	t.Helper()
	fn, err := reader(path)
	if err != nil {
		return ""
	}
	input := []byte(in)
	start := time.Now()
	out := string(fn([]byte("before:"), input))
	if took := time.Since(start); took > time.Second {
		t.Errorf("%s of %d bytes took %s", path, len(in), took)
	}
	if string(input) != in {
		t.Errorf("the input was changed")
	}
	rest, ok := strings.CutPrefix(out, "before:")
	if !ok {
		t.Fatalf("what stood before was changed: %q", out)
	}
	if len(rest) > 2*len(in)+20 { // commas at most double a text; a count has its own digits
		t.Errorf("%s made %d bytes of %d", path, len(rest), len(in))
	}
	return rest
}

func TestNamesOfFormsAreSorted(t *testing.T) {
	if !slices.IsSorted(convert.TimeForms()) || !slices.IsSorted(convert.Names()) {
		t.Error("a list for people is not in alphabetical order")
	}
}
