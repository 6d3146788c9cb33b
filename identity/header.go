package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// HeaderOptions is what [NewHeader] needs; all fields but Ignored are required.
type HeaderOptions struct {
	Name    string                     // of the header: letters, digits and hyphens, in any case
	Trusted func(r *http.Request) bool // whether the peer of the connection may name users
	KeyKind func() userinfo.KeyKind    // of the users table; unknown while the database was never read
	Now     func() time.Time           //
	Logger  *slog.Logger               //
	Ignored func()                     // called for each request with the header from a peer nobody trusts
}

// Header is the resolver "header": a proxy in front of the site signs visitors in and says who they are in a header.
type Header struct {
	o       HeaderOptions
	ignored everyMinute
	odd     everyMinute
}

// maxHeaderID bounds the header's value in bytes (SEC-32); ids of most sites have fewer than 20.
const maxHeaderID = 256

// NewHeader returns the resolver. It is an error if an option is missing.
func NewHeader(o HeaderOptions) (*Header, error) {
	if o.Name == "" || o.Trusted == nil || o.KeyKind == nil || o.Now == nil || o.Logger == nil {
		return nil, errors.New("identity: an option of the header resolver is missing")
	}
	o.Name = http.CanonicalHeaderKey(o.Name)
	return &Header{o: o}, nil
}

// Name returns "header".
func (*Header) Name() string { return "header" }

// Resolve returns the user whom a trusted proxy names. From any other peer the header is not there: ErrNoCredential. From a trusted
// proxy its absence, an empty value, or 0 where keys are numbers, is the proxy's word that nobody is signed in, so that the cookies a visitor sends cannot
// take its place (SEC-33); only a bearer token is asked then. It returns ErrMalformed for a header that stands twice, is a list,
// too long or no text, and ErrRejected for a value no user can have. Spellings that servers fold into the header's name, such as an
// underscore for a hyphen, are other headers and never read.
func (h *Header) Resolve(_ context.Context, r *http.Request) (Identity, error) {
	values := r.Header[h.o.Name]
	if !h.o.Trusted(r) {
		if len(values) > 0 {
			h.ignore(r)
		}
		return Identity{}, ErrNoCredential
	}
	switch {
	case connectionNames(r, h.o.Name):
		return Identity{}, fmt.Errorf("%w: Connection takes the header away", ErrRejected)
	case len(values) > 1:
		return Identity{}, fmt.Errorf("%w: the header stands %d times", ErrMalformed, len(values))
	case len(values) == 0 || values[0] == "" || values[0] == "(null)": // the last is how Apache writes a variable that is not set
		return h.nobody(r)
	case len(values[0]) > maxHeaderID:
		return Identity{}, fmt.Errorf("%w: the header is longer than %d bytes", ErrMalformed, maxHeaderID)
	case strings.ContainsFunc(values[0], func(c rune) bool { return c < ' ' || c == 0x7f || c == ',' }):
		return Identity{}, fmt.Errorf("%w: the header is a list or holds control characters", ErrMalformed)
	}
	if values[0] == "0" && h.o.KeyKind().Numeric() { // how proxies and applications write that nobody is signed in
		return h.nobody(r)
	}
	id, err := parseID(h.o.KeyKind(), values[0], ErrRejected)
	if errors.Is(err, ErrRejected) && h.odd.now(h.o.Now()) {
		h.o.Logger.Warn("the identity header of a trusted proxy names nobody the users table could have; it must hold the user's id as the key column does",
			"header", h.o.Name, "key_kind", h.o.KeyKind().String())
	}
	return Identity{UserID: id}, err
}

// nobody is the proxy's word that nobody is signed in, beside which the site's own server may still name a user.
func (*Header) nobody(r *http.Request) (Identity, error) {
	if _, bearer := Bearer(r); bearer {
		return Identity{}, ErrNoCredential
	}
	return Identity{}, nil
}

// ignore counts a header of a peer nobody trusts, and tells about it now and then: it is either an attempt or a proxy that was
// forgotten in the settings.
func (h *Header) ignore(r *http.Request) {
	if h.o.Ignored != nil {
		h.o.Ignored()
	}
	if h.ignored.now(h.o.Now()) {
		peer, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			peer = "unix"
		}
		h.o.Logger.Warn("an identity header from a peer outside CHATPASS_TRUSTED_PROXIES is ignored", "header", h.o.Name, "peer", peer)
	}
}

// connectionNames reports whether the request asks that a header be taken away on its next hop (RFC 9110 §7.6.1), which is how a
// visitor makes a careless proxy drop what it has set.
func connectionNames(r *http.Request, name string) bool {
	for _, line := range r.Header["Connection"] {
		for option := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(option), name) {
				return true
			}
		}
	}
	return false
}

// everyMinute lets one of many equal messages through in a minute. The zero value lets the first through.
type everyMinute struct{ next atomic.Int64 }

func (e *everyMinute) now(t time.Time) bool {
	next := e.next.Load()
	return t.Unix() >= next && e.next.CompareAndSwap(next, t.Unix()+60)
}
