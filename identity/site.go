package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/userinfo"
)

// Site is the resolver "site": the site's own server names the user in ?user_id= and proves itself with the site key as a
// bearer token (RFC 6750 §2.1).
type Site struct {
	digest  [sha256.Size]byte
	tickets bool
}

// NewSite returns the resolver for a site key, which must be set.
func NewSite(key secret.Secret) (*Site, error) {
	if key.IsZero() {
		return nil, errors.New("identity: the site key is empty")
	}
	return &Site{digest: key.Digest()}, nil
}

// BesideTickets returns the resolver for a chain in which [Ticket] is too: bearer tokens that look like a ticket are left to it.
func (s *Site) BesideTickets() *Site { return &Site{digest: s.digest, tickets: true} }

// Name returns "site".
func (*Site) Name() string { return "site" }

// Resolve returns the user whom the site's server names; nobody when it names none, as for its guests. It returns
// ErrNoCredential for a request without bearer token, ErrUnauthorized for a wrong key, ErrConflict for two different users and ErrMalformed
// for a query that cannot be read or names the user as a list.
func (s *Site) Resolve(_ context.Context, r *http.Request) (Identity, error) {
	token, ok := Bearer(r)
	if !ok {
		return Identity{}, ErrNoCredential
	}
	switch {
	case sameDigest(token, s.digest):
	case s.tickets && jwt.TicketShaped(token):
		return Identity{}, ErrNoCredential
	default:
		return Identity{}, ErrUnauthorized
	}
	id, err := namedUser(r.URL.RawQuery)
	return Identity{UserID: userinfo.ID(id)}, err
}

// sameDigest compares a token with the digest of a key in constant time, whatever their lengths.
func sameDigest(token string, key [sha256.Size]byte) bool {
	digest := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(digest[:], key[:]) == 1
}

// namedUser returns the user_id of a query. Nothing is read of a query that cannot be read as a whole: the part that was dropped could
// have been the right one, and the visitor's own words may stand in the other.
func namedUser(query string) (string, error) {
	id, found := "", false
	for pair := range strings.SplitSeq(query, "&") {
		// As url.ParseQuery reads it, without its map.
		key, value, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(key)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil || strings.Contains(pair, ";") {
			return "", fmt.Errorf("%w: the query cannot be read", ErrMalformed)
		}
		if !strings.EqualFold(strings.TrimSuffix(strings.TrimSpace(name), "[]"), "user_id") {
			continue
		}
		switch {
		case name != "user_id":
			return "", fmt.Errorf("%w: the user is named as user_id alone, and not as a list", ErrMalformed)
		case found && v != id:
			return "", ErrConflict
		}
		id, found = v, true
	}
	return id, nil
}

// NoSite stands in the place of Site when no site key is set: whoever comes with a key is told so, not taken for a guest.
type NoSite struct {
	BesideTickets bool // bearer tokens that look like a ticket are left to [Ticket]
}

// Name returns "site".
func (NoSite) Name() string { return "site" }

// Resolve returns ErrUnauthorized for a request with a bearer token, else ErrNoCredential.
func (n NoSite) Resolve(_ context.Context, r *http.Request) (Identity, error) {
	token, ok := Bearer(r)
	if !ok || n.BesideTickets && jwt.TicketShaped(token) {
		return Identity{}, ErrNoCredential
	}
	return Identity{}, ErrUnauthorized
}

// Bearer returns the bearer token of a request, empty for a scheme without one: who says Bearer must be right.
// Any other scheme, such as the Basic auth of a site under construction, is not ours.
func Bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}
