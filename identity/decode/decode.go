// Package decode turns what a site's session cookies carry into facts: it reads the Cookie header, opens what the site's software encrypted, checks what
// it signed, and repeats the formulas by which it binds a cookie to a row. It knows no database and no request; one file per format.
//
// A fact of an unsigned format ([JSON], [PHP], [Split], …) is only what the visitor says: a recipe must find its secret in a row before it believes it.
// Formats are described in reference/cms.md, whose section each function names; vectors of its §7 are the tests.
//
// Every function is bounded in size and time, never panics on any input, compares secrets in constant time and refuses empty ones. Each genuine value has
// exactly one accepted spelling, even where the site's own software is lenient: nothing a visitor can vary may pass.
package decode

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo/convert"
)

var (
	// ErrMalformed says that a value is not of the format at all. Nobody need have meant any harm.
	ErrMalformed = errors.New("not a value of this format")
	// ErrForged says that a signature or a secret does not match: the value was changed, is another cookie's, or the site's key is not the one we have.
	ErrForged = errors.New("the signature does not match")
	// ErrExpired says that a genuine value has ended.
	ErrExpired = errors.New("the value has ended")
	// ErrNoKey says that a key is empty or not in the form the format needs. It is a fault of the settings, not of a visitor.
	ErrNoKey = errors.New("the key is empty or of the wrong form")
)

// MaxLength is the most bytes any function of this package reads: what a session in a table or file may have. A cookie has far less, see [MaxHeader].
const MaxLength = convert.MaxValueText

// Value is a value of a text that [JSON], [PHP] or [PHPSession] read.
type Value = convert.Value

// JSON reads a JSON text; at most 16 levels and 10,000 elements. It returns ErrMalformed.
func JSON(text string) (Value, error) {
	v, ok := convert.ReadJSON([]byte(text))
	return v, malformedUnless(ok, "JSON")
}

// PHP reads a text of PHP's serialize(): scalars and arrays. Objects are skipped over and never made; limits are those of [JSON]. It returns ErrMalformed.
func PHP(text string) (Value, error) {
	v, ok := convert.ReadPHP([]byte(text))
	return v, malformedUnless(ok, "serialized PHP")
}

func malformedUnless(ok bool, what string) error {
	if ok {
		return nil
	}
	return malformed(what)
}

// malformed names the format and never the value.
func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

func forged(what string) error { return fmt.Errorf("%w: %s", ErrForged, what) }

func noKey(what string) error { return fmt.Errorf("%w: %s", ErrNoKey, what) }

// anyEmpty reports whether there is no secret, or one of them is empty.
func anyEmpty(secrets ...secret.Secret) bool {
	for _, s := range secrets {
		if s.IsZero() {
			return true
		}
	}
	return len(secrets) == 0
}

// same compares two texts in constant time. Two empty texts are not the same: an unset secret proves nothing.
func same(got, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// strict decodes the one spelling of base64 that an encoder of this kind writes. The library alone skips line breaks.
func strict(encoding *base64.Encoding, text string) ([]byte, bool) {
	if len(text) > MaxLength || strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	raw, err := encoding.Strict().DecodeString(text)
	if err != nil {
		return nil, false
	}
	return raw, true
}
