package identity

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/userinfo"
)

const (
	// MaxTicketLife is how far ahead a ticket's exp may lie.
	MaxTicketLife = 5 * time.Minute
	// minTicketKey is the least length of the key in bytes, as RFC 7518 §3.2 asks of HS256.
	minTicketKey = 32
	// maxUsedTickets bounds the tickets remembered as used: 300 a second while each lives as long as it may, in about 10 MB.
	maxUsedTickets = 100_000
)

// TicketOptions is what [NewTicket] needs; all fields but SiteKey and Used are required.
type TicketOptions struct {
	Key     secret.Secret           // at least 32 bytes, shared with the site
	SiteKey secret.Secret           // of the resolver site: a bearer token that equals it is no ticket, whatever it looks like
	KeyKind func() userinfo.KeyKind // of the users table; unknown while the database was never read
	Now     func() time.Time
	Used    *UsedTickets // shared by resolvers of which one takes the other's place; nil is a memory of its own
}

// Ticket is the resolver "ticket": the site's own server signs a short token that names the user, and whoever holds it is that
// user until it ends. It comes as bearer token (RFC 6750 §2.1), never in an address, where logs and histories would keep it.
//
// A ticket with a jti counts once for all resolvers with the same memory of used ones; one without counts until it ends.
type Ticket struct {
	o        TicketOptions
	site     [sha256.Size]byte
	verifier *jwt.Verifier
	used     *UsedTickets
}

// NewTicket returns the resolver. It is an error if an option is missing or the key is shorter than 32 bytes.
func NewTicket(o TicketOptions) (*Ticket, error) {
	if o.KeyKind == nil || o.Now == nil {
		return nil, errors.New("identity: an option of the ticket resolver is missing")
	}
	v, err := jwt.NewVerifier([]secret.Secret{o.Key}, minTicketKey, o.Now)
	if err != nil {
		return nil, fmt.Errorf("identity: the ticket key: %w", err)
	}
	if o.Used == nil {
		o.Used = NewUsedTickets()
	}
	return &Ticket{o: o, site: o.SiteKey.Digest(), verifier: v, used: o.Used}, nil
}

// Name returns "ticket".
func (*Ticket) Name() string { return "ticket" }

// Resolve returns the user a ticket names. It returns ErrNoCredential for a request without bearer token or with one that does not
// look like a ticket, ErrRejected for a ticket that is expired, forged, used before or names no possible user, and ErrUnavailable
// while nobody can tell. The identity has no end of its own: a ticket proves who is there now, not how long their session lasts.
func (t *Ticket) Resolve(_ context.Context, r *http.Request) (Identity, error) {
	token, ok := Bearer(r)
	if !ok || !jwt.TicketShaped(token) || !t.o.SiteKey.IsZero() && sameDigest(token, t.site) {
		return Identity{}, ErrNoCredential
	}
	now := t.o.Now()
	claims, err := t.verifier.Ticket(token, now, MaxTicketLife)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrRejected, err)
	}
	id, err := parseID(t.o.KeyKind(), claims.Subject, ErrRejected)
	if err != nil {
		return Identity{}, err
	}
	if claims.ID != "" {
		if err := t.used.add(claims.ID, now, claims.ExpiresAt.Add(jwt.Leeway)); err != nil {
			return Identity{}, err
		}
	}
	return Identity{UserID: id}, nil
}

// parseID reads what a credential says as an id of the users table; wrong is the error for what cannot be one.
func parseID(kind userinfo.KeyKind, text string, wrong error) (userinfo.ID, error) {
	if kind == userinfo.KeyUnknown {
		return "", fmt.Errorf("%w: the users table has not been read yet", ErrUnavailable)
	}
	id, ok := kind.Parse(text)
	if !ok {
		return "", fmt.Errorf("%w: it names nobody the users table could have (its ids are of the kind %s)", wrong, kind)
	}
	return id, nil
}

// UsedTickets remembers the jti of tickets until they end. It is safe for concurrent use.
type UsedTickets struct {
	mu    sync.Mutex
	until map[[sha256.Size]byte]int64 // Unix seconds
	swept int64                       // when ended ones were last removed
}

// NewUsedTickets returns an empty memory. One must serve as long as the process does: whoever forgets lets a ticket in again.
func NewUsedTickets() *UsedTickets { return &UsedTickets{until: map[[sha256.Size]byte]int64{}} }

// add notes a ticket as used. It returns ErrRejected if it was used before, and ErrUnavailable when no more can be remembered: then
// nobody can tell.
func (u *UsedTickets) add(jti string, now, until time.Time) error {
	key := sha256.Sum256([]byte(jti))
	u.mu.Lock()
	defer u.mu.Unlock()
	if end, known := u.until[key]; known && end >= now.Unix() {
		return fmt.Errorf("%w: a ticket that was used before", ErrRejected)
	}
	if len(u.until) >= maxUsedTickets && u.swept != now.Unix() { // at most once a second, since it takes milliseconds
		u.swept = now.Unix()
		for k, end := range u.until {
			if end < now.Unix() {
				delete(u.until, k)
			}
		}
	}
	if len(u.until) >= maxUsedTickets {
		return fmt.Errorf("%w: more tickets than can be remembered", ErrUnavailable)
	}
	u.until[key] = until.Unix()
	return nil
}
