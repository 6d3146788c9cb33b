package mesibo

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
)

// linkPath is the route that shows a member a code for the stock apps, from the base path on.
const linkPath = "/mesibo/link-code"

// linkRoute is the route by which signed-in users of the site get a code that they type into a stock app where it asks for the one of the SMS. Nothing is sent.
func (p *Provider) linkRoute() provider.Route {
	return provider.Route{Method: http.MethodPost, Path: linkPath, Serve: p.serveLink}
}

var (
	errLinkNobody  = &provider.Fault{Status: http.StatusForbidden, Code: "user_disabled", Text: "This user gets no chat"}
	errLinkPhone   = &provider.Fault{Status: http.StatusConflict, Code: "no_phone", Text: "Your account has no phone number with a country code; add one in your profile first"}
	errLinkShared  = &provider.Fault{Status: http.StatusConflict, Code: "phone_shared", Text: "Another account has your phone number too; remove it from one of them first"}
	errLinkPending = &provider.Fault{
		Status: http.StatusConflict, Code: "phone_pending", Text: "Your phone number was changed lately, and is not in use yet; try again in a few minutes", RetryAfter: phonePending,
	}
	errLinkStarting = &provider.Fault{
		Status: http.StatusServiceUnavailable, Code: "unavailable", Text: "The phone numbers of the site are still being read", RetryAfter: retryFailed,
	}
)

// link is the answer: a code, its end and the phone it is for.
type link struct {
	Code      string `json:"code"`
	ExpiresAt int64  `json:"expires_at"` // Unix milliseconds
	Phone     string `json:"phone"`      // masked: the user knows it, and others may see the screen
}

// serveLink shows a member a code. It is for their phone alone, which must be theirs alone: the code opens what the phone would.
func (p *Provider) serveLink(w http.ResponseWriter, r *http.Request, v *provider.Visitor) error {
	ctx := r.Context()
	s, err := p.open(ctx)
	if err != nil {
		return unavailable(err)
	}
	u, err := p.people.byID(ctx, v.User.ID) // the visitor's row has no phone
	switch {
	case errors.Is(err, errNobody):
		return errLinkNobody
	case err != nil:
		return unavailable(err)
	}
	phone := p.people.phoneOf(u)
	if phone == "" {
		return errLinkPhone
	}
	owner, err := p.people.byPhone(ctx, phone)
	switch {
	case errors.Is(err, errSeveral):
		return errLinkShared
	case errors.Is(err, errNotYet):
		return errLinkStarting
	case errors.Is(err, errNobody):
		return errLinkPending
	case err != nil:
		return unavailable(err)
	case owner.ID != u.ID: // the other's alone, as far as is known: not this user's to have a code for
		return errLinkShared
	}
	switch err := p.untaken(ctx, s, phone); {
	case errors.Is(err, errTaken):
		return errHeld
	case err != nil:
		return unavailable(err)
	}
	limits := counted(nil, "mesibo link "+s.KeyedHash(userLabel, string(u.ID)), linkLimits)
	err = count(ctx, s, counted(limits, "mesibo link phone "+s.KeyedHash(phoneLabel, phone), linkLimits)) // however many users have the phone in turn
	if no := (*refusal)(nil); errors.As(err, &no) {
		return &provider.Fault{Status: http.StatusTooManyRequests, Code: "rate_limited", Text: "Too many codes; please wait a while", RetryAfter: no.wait}
	} else if err != nil {
		return unavailable(err)
	}
	code, err := newCode()
	if err != nil {
		return err
	}
	ends, err := p.challenge(ctx, s, store.MesiboChallenge{Kind: store.ChallengeLink, SiteUser: string(u.ID), Password: markOf(s, u).Now()}, phone, code)
	if err != nil {
		return unavailable(err)
	}
	text, err := json.Marshal(link{Code: code, ExpiresAt: ends.UnixMilli(), Phone: masked(phone)})
	if err != nil {
		return err
	}
	send(w, text)
	return nil
}

// unavailable is the answer while the store cannot be used.
func unavailable(cause error) error {
	return &provider.Fault{Status: http.StatusServiceUnavailable, Code: "unavailable", Text: "No code can be made now", RetryAfter: retryFailed, Cause: cause}
}

// masked shows the last three digits of a phone, by which its owner knows it.
func masked(phone string) string {
	const shown = 3
	return strings.Repeat("*", len(phone)-shown) + phone[len(phone)-shown:]
}

// phonePending is when a changed phone is known at the latest, as a rule: the site's phones are read every ten minutes.
const phonePending = 10 * time.Minute
