package passmark_test

import (
	"testing"

	"github.com/chatpass/chatpass/internal/passmark"
)

func TestMarks(t *testing.T) {
	key, other := []byte("a key of thirty-two bytes, or so"), []byte("another")
	ann := passmark.New(key, "1", "columns-digest")
	for name, c := range map[string]struct {
		was, is          string
		changed, unknown bool
	}{
		"the same":         {ann, passmark.New(key, "1", "columns-digest"), false, false},
		"another password": {ann, passmark.New(key, "1", "columns-digesu"), true, false},
		"nothing kept":     {"", ann, false, true},
		"nothing known":    {ann, "", false, false},
		"neither":          {"", "", false, false},
		"another key":      {ann, passmark.New(other, "1", "columns-digesu"), false, true},
		"other columns":    {ann, passmark.New(key, "1", "Columns-digest"), false, true},
		"no mark kept":     {"abc", ann, false, true},
	} {
		if got := passmark.Changed(c.was, c.is); got != c.changed {
			t.Errorf("%s: changed is %v", name, got)
		}
		if got := passmark.Unknown(c.was, c.is); got != c.unknown {
			t.Errorf("%s: unknown is %v", name, got)
		}
	}
	if passmark.New(key, "2", "columns-digest")[8:] == ann[8:] || passmark.New(key, "1\x00columns-d", "igest") == ann || !passmark.Valid(ann) || len(ann) != passmark.Size {
		t.Errorf("mark %q", ann)
	}
	if passmark.New(key, "1", "") != "" || passmark.Valid("") || passmark.Valid(ann[1:]+"x") {
		t.Error("what is no mark is one")
	}
}
