package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/chatpass/chatpass/internal/setting"
)

// Sentinels of the errors of a Store.
var (
	// ErrNotFound says that there is no such row.
	ErrNotFound = errors.New("store: not found")
	// ErrAddressTaken says that another user of the site has this address at the provider.
	ErrAddressTaken = errors.New("store: the address belongs to another user")
	// ErrConflict says that a row was changed by somebody else meanwhile.
	ErrConflict = errors.New("store: the row was changed meanwhile")
	// ErrLost says that a job is not this worker's any more: its lease ran out and another has it, or it was removed.
	ErrLost = errors.New("store: the job is not this worker's any more")
	// ErrInvalid says that an argument is out of its bounds; it is a mistake of the caller.
	ErrInvalid = errors.New("store: invalid argument")
	// ErrUnavailable says that the database cannot be used now; another time may go well.
	ErrUnavailable = errors.New("store: the database does not answer")
	// ErrNoKey says that nothing can be sealed, since there is no key.
	ErrNoKey = errors.New("store: no key to seal with")
	// ErrSealed says that a value was sealed with a key that is not there any more, or was changed.
	ErrSealed = errors.New("store: the value cannot be opened with the keys that are set")
	// ErrFull says that somebody has as much of something as one may have.
	ErrFull = errors.New("store: there is no room for more")
	// ErrNoStore says that there is no store yet.
	ErrNoStore = errors.New("store: there is none yet")
)

// OpenError tells why the store cannot be opened.
type OpenError struct {
	Fault     setting.Fault // the setting, what is wrong and what to do
	Temporary bool          // it may go well later without a change of settings: the server is down
}

// Error is the fault in one line.
func (e *OpenError) Error() string { return "store: " + e.Fault.String() }

// dbError is a failed statement. It does not hold the driver's text, which may hold values of rows.
type dbError struct {
	op, code string
	cause    error // a sentinel or an error of the context
}

func (e *dbError) Error() string {
	if e.code == "" {
		return e.op + ": " + e.cause.Error()
	}
	return e.op + ": " + e.cause.Error() + " (" + e.code + ")"
}

func (e *dbError) Unwrap() error { return e.cause }

// fail classifies an error of a statement. Our own sentinels pass.
func (s *Store) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	for _, own := range []error{ErrNotFound, ErrAddressTaken, ErrConflict, ErrLost, ErrInvalid, ErrNoKey, ErrSealed, ErrFull} {
		if errors.Is(err, own) {
			return &dbError{op: op, cause: own}
		}
	}
	switch code := s.dialect.code(err); {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return &dbError{op: op, cause: ErrNotFound}
	case errors.Is(err, context.Canceled):
		return &dbError{op: op, cause: context.Canceled}
	default:
		return &dbError{op: op, code: code, cause: ErrUnavailable}
	}
}

// Bounds of what is kept, in bytes. Keys are what an index of MySQL holds, the rest is what no honest caller needs more of.
const (
	maxProvider = 32
	maxApp      = 64
	maxUser     = 255
	maxAddress  = 255
	maxHash     = 64
	maxKind     = 32
	maxKey      = 190
	maxWorker   = 64
	maxClass    = 64
	maxPayload  = 16 << 10
	maxSecret   = 8 << 10
)

// bounded reports a text that is empty, longer than most bytes, or holds what not every database keeps: control characters and invalid UTF-8.
func bounded(what, text string, most int) error {
	switch {
	case text == "":
		return fmt.Errorf("%w: %s is empty", ErrInvalid, what)
	case len(text) > most:
		return fmt.Errorf("%w: %s is longer than %d bytes", ErrInvalid, what, most)
	case strings.ToValidUTF8(text, "") != text, strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("%w: %s holds a control character or is not UTF-8", ErrInvalid, what)
	}
	return nil
}

// boundedOrEmpty is bounded for a text that may be left out.
func boundedOrEmpty(what, text string, most int) error {
	if text == "" {
		return nil
	}
	return bounded(what, text, most)
}

// word reports a text that is not of a program's own making: small letters, digits and . _ - :, so that no name or address of a
// person gets where only words belong.
func word(what, text string, most int) error {
	if err := bounded(what, text, most); err != nil {
		return err
	}
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("._-:", rune(c)) {
			return fmt.Errorf("%w: %s has the character %s", ErrInvalid, what, strconv.QuoteToASCII(string(rune(c))))
		}
	}
	return nil
}
