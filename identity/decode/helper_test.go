package decode_test

import (
	"errors"
	"testing"
)

// refused says when an error is not the sentinel it should be.
func refused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}
