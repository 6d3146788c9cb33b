package decode_test

import (
	"errors"
	"testing"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

// refused says when an error is not the sentinel it should be.
func refused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func names(tb testing.TB, pattern string) decode.Names {
	tb.Helper()
	n, err := decode.NewNames(pattern)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func transform(tb testing.TB, word, key, value string) string {
	tb.Helper()
	tr, err := decode.NewTransform(word, secret.New(key))
	if err != nil {
		tb.Fatal(err)
	}
	got, err := tr.Apply(value)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}
