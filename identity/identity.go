// Package identity answers one question: who is this visitor? A [Resolver] looks at one kind of credential of a request,
// a [Chain] asks resolvers in turn. The zero [Identity] is anonymous.
package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// Identity is which user of the site a visitor is. The zero value is an anonymous visitor.
type Identity struct {
	UserID    userinfo.ID
	Method    string         // name of the resolver that said so
	ExpiresAt time.Time      // zero when the credential has no end of its own
	Seen      *userinfo.Seen // the user's row where it was read with the credential; nil where it was not
}

// Anonymous reports whether the visitor is nobody in particular.
func (i Identity) Anonymous() bool { return i.UserID == "" }

var (
	// ErrNoCredential says that the request carries nothing this resolver reads: ask the next.
	ErrNoCredential = errors.New("no credential")
	// ErrRejected says that the credential is expired, forged or not acceptable: stop, the visitor is anonymous.
	ErrRejected = errors.New("credential rejected")
	// ErrUnauthorized says that a credential only the site's own server can hold is wrong: stop and answer 401.
	ErrUnauthorized = fmt.Errorf("%w: not authorized", ErrRejected)
	// ErrMalformed says that a credential is not written as its only writer writes it, as when somebody added a second one: stop and
	// answer 400.
	ErrMalformed = errors.New("credential malformed")
	// ErrConflict says that the request names two different users: stop and answer 409.
	ErrConflict = errors.New("credentials disagree")
	// ErrUnavailable says that nobody can tell now: answer 503, never "guest".
	ErrUnavailable = errors.New("identity unavailable")
)

// Resolver finds out from one kind of credential who the visitor is.
// It returns ErrNoCredential, an error wrapping one of the other sentinels, or the identity.
type Resolver interface {
	// Name is the word the IDENTITY setting uses for it.
	Name() string
	Resolve(ctx context.Context, r *http.Request) (Identity, error)
}

// Refusal is an error of a [Chain] and the resolver it came from.
type Refusal struct {
	Resolver string // its name, one of the words of the IDENTITY setting
	With     string // name of the resolver that had decided before; empty when none had
	Err      error
}

// Error returns the resolver's name and its error.
func (r *Refusal) Error() string { return r.Resolver + ": " + r.Err.Error() }

// Unwrap returns the resolver's error.
func (r *Refusal) Unwrap() error { return r.Err }

// Chain asks its resolvers in turn. The first that finds a credential decides; those behind it are asked only whether they object,
// since a request that names two users must not be taken for either. An empty chain knows nobody.
type Chain []Resolver

// Resolve returns the identity of the visitor; the zero Identity and no error for a visitor without any credential. An error of the
// deciding resolver ends the chain. Of the ones behind it count: ErrUnauthorized, ErrMalformed, ErrConflict, ErrUnavailable, and
// ErrConflict for naming another user; a session that has merely ended is no objection. Errors are of the type *[Refusal].
func (c Chain) Resolve(ctx context.Context, r *http.Request) (Identity, error) {
	var first Identity
	for _, resolver := range c {
		id, err := resolver.Resolve(ctx, r)
		switch {
		case errors.Is(err, ErrNoCredential):
		case err != nil:
			stale := errors.Is(err, ErrRejected) && !errors.Is(err, ErrUnauthorized)
			if first.Method == "" || !stale {
				return Identity{}, &Refusal{Resolver: resolver.Name(), With: first.Method, Err: err}
			}
		case first.Method == "":
			first, first.Method = id, resolver.Name()
		case !id.Anonymous() && !first.Anonymous() && id.UserID != first.UserID:
			return Identity{}, &Refusal{Resolver: resolver.Name(), With: first.Method, Err: fmt.Errorf("%w with %s", ErrConflict, first.Method)}
		}
	}
	return first, nil
}
