package convert_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo/convert"
)

// pair is what a converter must make of an input.
type pair struct{ Name, Spec, Input, Output string }

func pairs(tb testing.TB, name string) []pair {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	var list []pair
	if err := d.Decode(&list); err != nil || len(list) == 0 {
		tb.Fatalf("%s: %d pairs, %v", name, len(list), err)
	}
	return list
}

var env = convert.Env{Site: "https://s.example"}

func TestConvertersGiveWhatTheirPairsSay(t *testing.T) {
	for _, name := range convert.Names() {
		for _, p := range pairs(t, name) {
			t.Run(name+" of "+p.Name, func(t *testing.T) {
				if spec, _, _ := strings.Cut(p.Spec, "("); spec != name {
					t.Fatalf("the pair is about %s", p.Spec)
				}
				f, result, err := convert.New(p.Spec, env)
				if err != nil {
					t.Fatal(err)
				}
				in := []byte(p.Input)
				got := string(f([]byte("before:"), in))
				if diff := cmp.Diff("before:"+p.Output, got); diff != "" {
					t.Error(diff)
				}
				if string(in) != p.Input {
					t.Errorf("the input was changed to %q", in)
				}
				if result != convert.Text && p.Output != "" && !json.Valid([]byte(p.Output)) {
					t.Errorf("%q is no JSON literal", p.Output)
				}
			})
		}
	}
}

func TestEveryFileOfPairsHasItsConverter(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range files {
		got = append(got, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	if diff := cmp.Diff(convert.Names(), got); diff != "" {
		t.Error(diff)
	}
}

func TestConvertersThatDoNotExist(t *testing.T) {
	for spec, says := range map[string]string{
		"":                            "unknown filter",
		"shout":                       "unknown filter",
		"LOWER":                       "unknown filter",
		"lower()":                     "takes 0 arguments, not 1",
		"lower(1)":                    "takes 0 arguments, not 1",
		"div":                         "takes 1 arguments, not 0",
		"div()":                       "not a whole number",
		"div(0)":                      "not a whole number",
		"div(-1)":                     "not a whole number",
		"div(1.5)":                    "not a whole number",
		"div(1000000001)":             "not a whole number",
		"mod(0)":                      "not a whole number",
		"sub(1)":                      "takes 2 arguments, not 1",
		"sub(-1,2)":                   "not a whole number",
		"sub(0,0)":                    "not a whole number",
		"sub(0,1,2)":                  "takes 2 arguments, not 3",
		"sub(0,1":                     "no closing parenthesis",
		"repl(,x)":                    "first argument is empty",
		"repl('','b')":                "first argument is empty",
		"repl(',')":                   "takes 2 arguments, not 1",
		"pad":                         "takes 1 arguments, not 0",
		"pad(0)":                      "not a whole number",
		"pad(65)":                     "above 64",
		"gravatar(80)":                "takes 0 arguments, not 1",
		"repl(a)":                     "takes 2 arguments, not 1",
		"sub(0,99999999999999999999)": "not a whole number",
	} {
		t.Run(spec, func(t *testing.T) {
			f, _, err := convert.New(spec, env)
			if f != nil || err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("got %v, %v; want an error that says %q", f != nil, err, says)
			}
		})
	}
}

func TestEveryUnknownConverterIsToldAllThatExist(t *testing.T) {
	_, _, err := convert.New("shout", env)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, name := range convert.Names() {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

// FuzzConverters: no converter panics, changes its input or what stands before, or gives a number or truth value that is no JSON.
func FuzzConverters(f *testing.F) {
	for _, name := range convert.Names() {
		for _, p := range pairs(f, name) {
			f.Add(p.Spec, p.Input)
		}
	}
	f.Fuzz(func(t *testing.T, spec, in string) {
		fn, result, err := convert.New(spec, env)
		if err != nil {
			return
		}
		input := []byte(in)
		out := fn([]byte("before:"), input)
		if string(input) != in {
			t.Errorf("%s changed its input %q to %q", spec, in, input)
		}
		rest, ok := strings.CutPrefix(string(out), "before:")
		if !ok {
			t.Fatalf("%s of %q changed what stood before: %q", spec, in, out)
		}
		if result != convert.Text && rest != "" && !json.Valid([]byte(rest)) {
			t.Errorf("%s of %q is %q, which is no JSON", spec, in, rest)
		}
	})
}
