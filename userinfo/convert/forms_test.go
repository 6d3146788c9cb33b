package convert_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo/convert"
)

// formPair is what a form of an expression must make of an input. Spec is the path of php and json, and the form of time.
type formPair struct {
	Name, Spec, Zone, Input, Output string

	Pairs [][2]string
	Else  *string
	Mask  uint64 `json:",string"`
}

// forms are the converters of expressions' forms, which have constructors of their own.
var forms = map[string]func(tb testing.TB, p formPair) (convert.Func, error){
	"bit": func(_ testing.TB, p formPair) (convert.Func, error) { return convert.NewBit(p.Mask), nil },
	"json": func(_ testing.TB, p formPair) (convert.Func, error) {
		return convert.NewJSON(p.Spec)
	},
	"map": func(_ testing.TB, p formPair) (convert.Func, error) {
		if p.Else == nil {
			return convert.NewMap(p.Pairs, "never", false), nil
		}
		return convert.NewMap(p.Pairs, *p.Else, true), nil
	},
	"php": func(_ testing.TB, p formPair) (convert.Func, error) { return convert.NewPHP(p.Spec) },
	"time": func(tb testing.TB, p formPair) (convert.Func, error) {
		tb.Helper()
		if p.Zone == "" {
			return convert.NewTime(p.Spec, nil)
		}
		return convert.NewTime(p.Spec, zone(tb, p.Zone))
	},
}

func formPairs(tb testing.TB, name string) []formPair {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "forms", name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var list []formPair
	if err := d.Decode(&list); err != nil || len(list) == 0 {
		tb.Fatalf("%s: %d pairs, %v", name, len(list), err)
	}
	return list
}

func TestFormsGiveWhatTheirPairsSay(t *testing.T) {
	for name, newForm := range forms {
		for _, p := range formPairs(t, name) {
			t.Run(name+" "+p.Spec+" of "+p.Name, func(t *testing.T) {
				f, err := newForm(t, p)
				if err != nil {
					t.Fatal(err)
				}
				in := []byte(p.Input)
				for range 2 { // the second time in the room of the first
					if diff := cmp.Diff("before:"+p.Output, string(f([]byte("before:"), in))); diff != "" {
						t.Error(diff)
					}
				}
				if string(in) != p.Input {
					t.Errorf("the input was changed to %q", in)
				}
			})
		}
	}
}

func TestEveryFileOfPairsHasItsForm(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "forms", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, file := range files {
		got = append(got, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	for name := range forms {
		want = append(want, name)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryFormOfTimeHasItsPairs(t *testing.T) {
	var got []string
	for _, p := range formPairs(t, "time") {
		got = append(got, p.Spec)
	}
	slices.Sort(got)
	if diff := cmp.Diff(convert.TimeForms(), slices.Compact(got)); diff != "" {
		t.Error(diff)
	}
}

func TestAnUnknownFormOfTimeIsToldAllThatExist(t *testing.T) {
	for _, as := range []string{"", "Unix", "unix_us", "datetime"} {
		f, err := convert.NewTime(as, time.UTC)
		if f != nil || err == nil {
			t.Fatalf("%q: got %v, %v", as, f != nil, err)
		}
		for _, form := range convert.TimeForms() {
			if !strings.Contains(err.Error(), form) {
				t.Errorf("%v does not name %s", err, form)
			}
		}
	}
}

// FuzzNewTime: whatever stands in a cell becomes Unix seconds from 1971 to 9999, or nothing.
func FuzzNewTime(f *testing.F) {
	for _, p := range formPairs(f, "time") {
		f.Add(p.Spec, p.Input)
	}
	unix, err := convert.NewTime("unix", nil)
	if err != nil {
		f.Fatal(err)
	}
	berlin := zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, as, in string) {
		fn, err := convert.NewTime(as, berlin)
		if err != nil {
			return
		}
		out := fn(nil, []byte(in))
		if again := unix(nil, out); !bytes.Equal(out, again) {
			t.Errorf("%s of %q is %q, which reads back as %q", as, in, out, again)
		}
	})
}
