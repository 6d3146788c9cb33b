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
	"github.com/chatpass/chatpass/userinfo"
)

// Site is the resolver "site": the site's own server names the user in ?user_id= and proves itself with the site key as a
// bearer token (RFC 6750 §2.1).
type Site struct {
	digest [sha256.Size]byte
}

// NewSite returns the resolver for a site key, which must be set.
func NewSite(key secret.Secret) (*Site, error) {
	if key.IsZero() {
		return nil, errors.New("identity: the site key is empty")
	}
	return &Site{digest: key.Digest()}, nil
}

// Name returns "site".
func (*Site) Name() string { return "site" }

// Resolve returns the user whom the site's server names; nobody when it names none, as for its guests. It returns
// ErrNoCredential for a request without bearer token, ErrUnauthorized for a wrong key and ErrConflict for two different users.
func (s *Site) Resolve(_ context.Context, r *http.Request) (Identity, error) {
	token, ok := Bearer(r)
	if !ok {
		return Identity{}, ErrNoCredential
	}
	digest := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(digest[:], s.digest[:]) != 1 {
		return Identity{}, ErrUnauthorized
	}
	id, err := namedUser(r.URL.RawQuery)
	return Identity{UserID: userinfo.ID(id)}, err
}

// namedUser returns the user_id of a query. A query that cannot be read is ErrConflict like one with two users: the part that was
// dropped could have been the right one, and the visitor's own words may stand in the other.
func namedUser(query string) (string, error) {
	id, found := "", false
	for pair := range strings.SplitSeq(query, "&") {
		// As url.ParseQuery reads it, without its map.
		key, value, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(key)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil || strings.Contains(pair, ";") {
			return "", fmt.Errorf("%w: the query cannot be read", ErrConflict)
		}
		if !strings.EqualFold(strings.TrimSuffix(strings.TrimSpace(name), "[]"), "user_id") {
			continue
		}
		if name != "user_id" || found && v != id {
			return "", ErrConflict
		}
		id, found = v, true
	}
	return id, nil
}

// NoSite stands in the place of Site when no site key is set: whoever comes with a key is told so, not taken for a guest.
type NoSite struct{}

// Name returns "site".
func (NoSite) Name() string { return "site" }

// Resolve returns ErrUnauthorized for a request with a bearer token, else ErrNoCredential.
func (NoSite) Resolve(_ context.Context, r *http.Request) (Identity, error) {
	if _, ok := Bearer(r); ok {
		return Identity{}, ErrUnauthorized
	}
	return Identity{}, ErrNoCredential
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
