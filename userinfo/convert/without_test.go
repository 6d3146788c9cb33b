package convert_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo/convert"
)

func TestElementsToHideAreGivenOnlyByTheirName(t *testing.T) {
	hide := func(key string) bool { return key == "b" || key == "0" }
	for path, want := range map[string]string{"": "1,3", "*": "1,3", "b": "2", "count(*)": "3", "max()": "3", "min(*)": "1", "l": "x,y", "l.0": "x", "keys()": "a,b,c,l"} {
		f, err := convert.NewJSONWithout(path, hide)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(f(nil, []byte(`{"a":1,"b":2,"c":3,"l":["x","y"]}`))); got != want {
			t.Errorf("json %q: %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{"": "1", "*": "1", "0": "2", "last()": "1"} {
		f, err := convert.NewPHPWithout(path, hide)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(f(nil, []byte(`a:2:{s:1:"a";i:1;i:0;i:2;}`))); got != want {
			t.Errorf("php %q: %q, want %q", path, got, want)
		}
	}
	if f, err := convert.NewPHPWithout("a..b", hide); f != nil || err == nil {
		t.Error("a path that is none is taken")
	}
	if f, err := convert.NewJSONWithout("a..b", hide); f != nil || err == nil {
		t.Error("a path that is none is taken")
	}
}

func TestNamesOfAPath(t *testing.T) {
	for path, want := range map[string][]string{"": nil, "*": nil, "a..b": nil, "a.*.b": {"a", "b"}, "first(keys('a.b'.0))": {"a.b", "0"}} {
		if got := convert.PathNames(path); !slices.Equal(got, want) {
			t.Errorf("%q: %s", path, cmp.Diff(want, got))
		}
	}
}
