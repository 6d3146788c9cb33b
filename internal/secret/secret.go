// Package secret holds values that must never be printed: keys, passwords and tokens.
//
// A [Secret] prints itself as [redacted] through fmt, slog, encoding/json and every error that wraps it.
// Only [Secret.Reveal] gives the value, which makes each use of a secret easy to search for.
package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what a Secret shows of itself.
const Redacted = "[redacted]"

// Secret is a string that does not print itself. The zero value is an unset secret. Compare with [Secret.Equal], not with ==.
type Secret struct {
	value *string // a pointer, since fmt calls no method on an unexported field of another struct and prints what it finds there
}

// New returns value as a Secret; an empty value is the unset secret.
func New(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Reveal returns the value itself.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether the secret is unset.
func (s Secret) IsZero() bool { return s.value == nil }

// Len is the length of the value in bytes.
func (s Secret) Len() int { return len(s.Reveal()) }

// Equal compares two secrets in constant time, whatever their lengths.
func (s Secret) Equal(other Secret) bool {
	a, b := s.Digest(), other.Digest()
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// Digest is the SHA-256 of the value.
func (s Secret) Digest() [sha256.Size]byte { return sha256.Sum256([]byte(s.Reveal())) }

// Decode sets the secret from text; envconfig calls it. It never fails.
func (s *Secret) Decode(value string) error {
	*s = New(value)
	return nil
}

// UnmarshalText sets the secret from text. It never fails.
func (s *Secret) UnmarshalText(text []byte) error { return s.Decode(string(text)) }

// String returns [Redacted].
func (Secret) String() string { return Redacted }

// GoString returns [Redacted].
func (Secret) GoString() string { return Redacted }

// Format writes [Redacted] for every verb and flag.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalText returns [Redacted].
func (Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalJSON returns [Redacted] as a JSON string.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// LogValue returns [Redacted].
func (Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }
