// Package setting holds the words in which rooms tell the configuration what they require of their settings.
package setting

import "github.com/chatpass/chatpass/internal/secret"

// Prefix is the prefix of every environment variable of Chatpass.
const Prefix = "CHATPASS_"

// Fault is one thing wrong with the settings. It never holds the value of a secret.
type Fault struct {
	Var     string // variable without Prefix; empty for a fault of no single variable, whose Problem is then a whole sentence
	Problem string // what is wrong, as half a sentence: "is empty"
	Remedy  string // what to do, as a sentence without full stop; may be empty
}

// String is the fault in one line: variable, problem, remedy.
func (f Fault) String() string {
	s := f.Problem
	if f.Var != "" {
		s = Prefix + f.Var + " " + f.Problem
	}
	if f.Remedy != "" {
		s += ": " + f.Remedy
	}
	return s
}

// Secret is a secret setting and what is required of it.
type Secret struct {
	Var    string // variable without Prefix
	Value  secret.Secret
	Min    int    // least length in bytes; shorter values are refused unless weak secrets are allowed
	Remedy string // how to get a good one
}

// Shown is how many characters of a value a message shows (CONTRACT §2); enough to see where a fault is.
const Shown = 64

// Clip is a value for a message: at most Shown characters of it, and "…" where more were cut off.
func Clip(value string) string { return ClipAt(value, Shown) }

// ClipAt is Clip with another number of characters.
func ClipAt(text string, limit int) string {
	for i := range text {
		if limit == 0 {
			return text[:i] + "…"
		}
		limit--
	}
	return text
}
