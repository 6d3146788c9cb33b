package main

import (
	"crypto/sha256"
	"testing"
)

func TestAFileCountsAsChangedOnceItIsNoLongerWritten(t *testing.T) {
	sum := func(text string) [32]byte { return sha256.Sum256([]byte(text)) }
	w := watched{known: sum("old")}
	for i, look := range []struct {
		text string
		want bool
	}{
		{"old", false},
		{"ne", false}, // in the middle of being written
		{"new", false},
		{"new", true},
		{"new", false},
		{"old", false},
		{"new", false}, // taken back between two looks
		{"new", false},
		{"other", false},
		{"other", true},
	} {
		if got := w.changed(sum(look.text)); got != look.want {
			t.Errorf("look %d at %q: changed is %v", i, look.text, got)
		}
	}
}
