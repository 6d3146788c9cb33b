package passmark_test

import (
	"testing"

	"github.com/chatpass/chatpass/internal/passmark"
)

func TestMarks(t *testing.T) {
	first, second, third := []byte("a key of thirty-two bytes, or so"), []byte("another"), []byte("a third")
	kept := func(key []byte, digest string) string { return passmark.New([][]byte{key}, "1", digest).Now() }
	ann := passmark.New([][]byte{second, first}, "1", "columns-digest") // the second key took the place of the first
	for name, c := range map[string]struct {
		was                      string
		changed, renews, foreign bool
	}{
		"the same":                       {was: kept(second, "columns-digest")},
		"another password":               {was: kept(second, "columns-digesu"), changed: true},
		"the same with a former key":     {was: kept(first, "columns-digest"), renews: true},
		"another with a former key":      {was: kept(first, "columns-digesu"), changed: true},
		"nothing kept":                   {renews: true},
		"a key that is not known":        {was: kept(third, "columns-digesu"), foreign: true},
		"other columns":                  {was: kept(second, "Columns-digesu"), renews: true},
		"other columns and a former key": {was: kept(first, "Columns-digest"), renews: true},
		"what is no mark":                {was: "abc", renews: true},
	} {
		if changed, renews, foreign := ann.Changed(c.was), ann.Renews(c.was), ann.Foreign(c.was); changed != c.changed || renews != c.renews || foreign != c.foreign {
			t.Errorf("%s: changed %v, renews %v, foreign %v", name, changed, renews, foreign)
		}
		if same := ann.Same(c.was); same != (name == "the same" || name == "the same with a former key") {
			t.Errorf("%s: same is %v", name, same)
		}
		if nothing := passmark.Marks(""); nothing.Changed(c.was) || nothing.Same(c.was) || nothing.Renews(c.was) || nothing.Foreign(c.was) || nothing.Now() != "" {
			t.Errorf("%s: where nothing is known, something is told", name)
		}
	}
	bob := passmark.New([][]byte{second}, "2", "columns-digest").Now()
	if now := ann.Now(); bob[16:] == now[16:] || bob[:16] != now[:16] || len(now) != passmark.Size || !passmark.Valid(now) {
		t.Errorf("marks %q and %q", now, bob)
	}
	if passmark.New([][]byte{first}, "1\x00columns-d", "igest").Now() == kept(first, "columns-digest") {
		t.Error("a user's id and a digest run into each other")
	}
	if passmark.New([][]byte{first}, "1", "") != "" || passmark.New(nil, "1", "x") != "" || passmark.Valid("") || passmark.Valid(ann.Now()[1:]+"x") {
		t.Error("what is no mark is one")
	}
}
