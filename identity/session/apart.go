package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/userinfo"
)

// errChanged says that a row is another one than a moment before, twice.
var errChanged = fmt.Errorf("%w: the site changed a row while it was being read", identity.ErrUnavailable)

// apart looks the joined row up by itself, and then the first row again; nil is one that is missing and may be. Where the first says what it said before, the two are
// taken to have stood beside each other when the joined one was read; else both are read once more. Reading the first again counts towards no bound: it follows a query
// that does, and a few stale cookies must not leave none for a living one.
func (r *run) apart(ctx context.Context, s *row, p *rowPlan, by sought, before userinfo.Row) error {
	found := len(r.found)
	for range 2 {
		sent := r.sent
		joined := r.row(ctx, s.join)
		if before == nil || r.sent == sent || joined != nil && !errors.Is(joined, errNoRow) && !errors.Is(joined, errSeveral) {
			return joined
		}
		r.queries++
		now, err := r.find(ctx, s, p, by)
		switch {
		case errors.Is(err, errNoRow):
			return errChanged
		case err != nil:
			return err
		case slices.EqualFunc(now, before, sameCell):
			return joined
		}
		r.take(s, p, now)
		before, r.found, r.seen = now, r.found[:found], nil // what was read of the user was of the row before
	}
	return errChanged
}

func sameCell(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }
