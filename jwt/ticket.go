package jwt

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// TicketClaims is what a ticket says that the site's own server signed.
type TicketClaims struct {
	Subject   string // the user's id as it is spelled; never empty, never "0"
	ID        string // jti (RFC 7519 §4.1.7); empty: the ticket has none
	ExpiresAt time.Time
}

// maxTicketID bounds a jti in bytes; a UUID has 36.
const maxTicketID = 128

// TicketShaped reports whether a bearer token looks like a signed token and not like a plain key: a JSON object in base64url, and
// two dots. It says nothing about its being good.
func TicketShaped(token string) bool {
	return strings.HasPrefix(token, "eyJ") && strings.Count(token, ".") == 2
}

// Ticket returns the claims of a ticket of the site: sub and exp must be there, iat, nbf and jti may, nothing else, so that no other
// kind of token passes for one. now and longest bound its life: exp is at most longest ahead, by the site's own iat exactly,
// by our clock within [Leeway].
func (v *Verifier) Ticket(token string, now time.Time, longest time.Duration) (TicketClaims, error) {
	c, err := v.verify(token)
	if err != nil {
		return TicketClaims{}, err
	}
	for name := range c.values {
		switch name {
		case "sub", "exp", "iat", "nbf", "jti":
		default:
			return TicketClaims{}, fmt.Errorf("%w: unexpected claims", ErrInvalid)
		}
	}
	t := TicketClaims{ExpiresAt: c.time("exp")}
	if t.Subject, err = c.id("sub"); err != nil {
		return TicketClaims{}, err
	}
	if strings.ContainsRune(t.Subject, utf8.RuneError) { // what the JSON reader puts in the place of broken text may be another user's id
		return TicketClaims{}, fmt.Errorf("%w: sub is no text", ErrInvalid)
	}
	if jti, has := c.values["jti"]; has {
		if jti.kind != stringValue || jti.text == "" || len(jti.text) > maxTicketID {
			return TicketClaims{}, fmt.Errorf("%w: jti is no text of 1 to %d bytes", ErrInvalid, maxTicketID)
		}
		t.ID = jti.text
	}
	_, dated := c.values["iat"]
	if t.ExpiresAt.Sub(now) > longest+Leeway || dated && t.ExpiresAt.Sub(c.time("iat")) > longest {
		return TicketClaims{}, fmt.Errorf("%w: exp is too far ahead", ErrInvalid)
	}
	return t, nil
}
