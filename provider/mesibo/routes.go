package mesibo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// tokenPath is the route of tokens for one's own pages and apps, from the base path on (CONTRACT §6).
const tokenPath = "/mesibo/token" //nolint:gosec // G101: a path, no credential

// ownDevice is the device of a page that names none, so that it never shares a token with a stock messenger.
const ownDevice = "web"

// Limits of the token's route.
const (
	perUser    = 10 // requests in a minute, as at the other providers
	perAddress = 60
	patience   = 2500 * time.Millisecond // then the visitor is sent away, and finds the token ready at the next try
)

// Routes lists the provider's routes (CONTRACT §6). None that gives a token answers GET: browsers fetch ahead.
func (p *Provider) Routes() []provider.Route {
	routes := []provider.Route{
		{Method: http.MethodPost, Path: tokenPath, Serve: p.serveToken},
		{Method: http.MethodDelete, Path: tokenPath, Hidden: true, Serve: p.serveRevoke},
	}
	if !p.c.legacy() {
		return routes
	}
	routes = append(append(routes, p.linkRoute()), p.legacyRoutes()...)
	if v1, _ := p.c.generations(); v1 {
		routes = append(routes, p.filesRoute())
	}
	return routes
}

// wish is the body of a request about a token. DELETE without a device is about all of the visitor's tokens.
type wish struct {
	AppID  string `json:"appid"`
	Device string `json:"device"`
	Fresh  bool   `json:"fresh"`
}

var (
	errBody   = &provider.Fault{Status: http.StatusBadRequest, Code: "bad_request", Text: "The body is no JSON object with appid, device and fresh"}
	errApp    = &provider.Fault{Status: http.StatusForbidden, Code: "app_not_allowed", Text: "This app may not sign in here"}
	errNoChat = &provider.Fault{Status: http.StatusForbidden, Code: "user_disabled", Text: "This user gets no chat"}
	errHeld   = &provider.Fault{
		Status: http.StatusConflict, Code: "phone_taken",
		Text: "Somebody signed in to the chat with this phone number, by a code that was sent to it; sign in once in the chat's app with such a code to take it over",
	}
	errShared = &provider.Fault{Status: http.StatusForbidden, Code: "phone_not_unique", Text: "The phone number of this account is missing, or is another account's too"}
)

// readWish reads the body of a request by a member: nothing, or a JSON object.
func (p *Provider) readWish(r *http.Request) (w wish, err error) {
	text, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return w, err
	case err != nil: // broken off or too slow
		return w, errBody
	case strings.TrimSpace(string(text)) == "":
	case text[0] == 'n' || json.Unmarshal(text, &w) != nil:
		return wish{}, errBody
	}
	if w.AppID != "" && !slices.Contains(p.apps, w.AppID) {
		return w, errApp
	}
	return w, nil
}

// serveToken gives the visitor a token.
func (p *Provider) serveToken(w http.ResponseWriter, r *http.Request, v *provider.Visitor) error {
	want, err := p.readWish(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	s, err := p.open(ctx)
	if err != nil {
		return p.away(err)
	}
	if err := p.charge(ctx, s, "token", v); err != nil {
		return err
	}
	since, err := p.mark(ctx, s, store.MesiboUser{SiteUser: string(v.User.ID)}) // as near to the look at the session as can be
	if err != nil {
		return p.fault(r.Context(), err)
	}
	u, err := p.visitor(ctx, v)
	if err != nil {
		return err
	}
	o := order{since: since, user: u, app: want.AppID, device: want.Device, fresh: want.Fresh, life: p.c.life(true)}
	if o.app == "" {
		o.app = p.apps[0]
	}
	if o.device == "" {
		o.device = ownDevice
	}
	if v.Address != "" {
		o.visitor = s.KeyedHash("mesibo visitor", v.Address)
	}
	got, err := p.issueFor(ctx, o)
	if err != nil {
		return p.fault(r.Context(), err)
	}
	return write(w, struct {
		Token     string `json:"token"`
		UID       string `json:"uid"`
		Address   string `json:"address"`
		AppID     string `json:"appid"`
		ExpiresAt int64  `json:"expires_at"` // Unix milliseconds
	}{got.token.Reveal(), got.user.RemoteUID, got.user.Address, o.app, got.expires.UnixMilli()})
}

// visitor returns the row of who asks.
func (p *Provider) visitor(ctx context.Context, v *provider.Visitor) (store.MesiboUser, error) {
	if !keepable(v.User.ID) {
		return store.MesiboUser{}, errNoChat
	}
	site, phone, err := p.withPhone(ctx, v.User)
	var u store.MesiboUser
	if err == nil {
		u, err = p.enroll(ctx, site, phone, false)
	}
	switch {
	case err == nil:
		return u, nil
	case errors.Is(err, errNobody):
		return u, errNoChat
	case errors.Is(err, errNoPhone), errors.Is(err, errSeveral):
		return u, errShared
	case errors.Is(err, errTaken):
		return u, errHeld
	case errors.Is(err, provider.ErrNoToken):
		return u, errNoChat
	default:
		return u, p.away(err)
	}
}

// withPhone reads a user anew, with their phone; "" for one who has none, or shares it, which would let them be taken for another. An address that is a phone needs one.
func (p *Provider) withPhone(ctx context.Context, u *userinfo.User) (*userinfo.User, string, error) {
	site, err := p.people.byID(ctx, u.ID)
	if err != nil {
		return nil, "", err
	}
	phone := p.people.phoneOf(site)
	if phone != "" {
		alone, err := p.people.byPhone(ctx, phone)
		switch {
		case err == nil && alone.ID == site.ID:
			return alone, phone, nil
		case p.c.Address == wordPhone && err != nil && !errors.Is(err, errNobody):
			return nil, "", err
		case err != nil && !errors.Is(err, errNobody) && !errors.Is(err, errSeveral):
			return nil, "", err
		default:
		}
	}
	if p.c.Address == wordPhone {
		return nil, "", errNoPhone
	}
	return site, "", nil
}

// charge counts a request by its user and by its address.
func (p *Provider) charge(ctx context.Context, s state, what string, v *provider.Visitor) error {
	limits := []store.Limit{{Scope: "mesibo " + what + " " + s.KeyedHash("mesibo limit", string(v.User.ID)), Window: time.Minute, Most: perUser}}
	if v.Address != "" {
		limits = append(limits, store.Limit{Scope: "mesibo " + what + " from " + s.KeyedHash("mesibo limit", v.Address), Window: time.Minute, Most: perAddress})
	}
	wait, err := s.Spend(ctx, limits...)
	switch {
	case err != nil:
		return p.away(err)
	case wait > 0:
		return &provider.Fault{Status: http.StatusTooManyRequests, Code: "rate_limited", Text: "Too many requests for a token", RetryAfter: wait}
	default:
		return nil
	}
}

// serveRevoke ends tokens of the visitor: that of an app and a device, or all of them.
func (p *Provider) serveRevoke(w http.ResponseWriter, r *http.Request, v *provider.Visitor) error {
	want, err := p.readWish(r)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(r.Context()) // who logs out leaves the page, often before the answer
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := p.open(ctx)
	if err != nil {
		return p.away(err)
	}
	if err := p.charge(ctx, s, "revoke", v); err != nil {
		return err
	}
	if want.Device == "" { // who signs out everywhere means the codes they were shown too
		if err := s.DropMesiboLinkCodes(ctx, string(v.User.ID)); err != nil {
			return p.away(err)
		}
	}
	u, err := s.MesiboUser(ctx, string(v.User.ID))
	var id int64
	if err == nil && want.Device != "" {
		if want.AppID == "" {
			want.AppID = p.apps[0]
		}
		t, kept := s.MesiboTokenKept(ctx, u.ID, want.AppID, deviceName(want.Device))
		id, err = t.ID, kept
	}
	if err == nil {
		err = p.revoke(ctx, u, id)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) { // there is nothing to end
		return p.away(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// fault makes an error of issue an answer. ctx is that of the request, whose end is nobody's fault.
func (p *Provider) fault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var r *refusal
	var e *apiError
	switch {
	case errors.As(err, &e) && e.kind == kindUnwell, errors.Is(err, context.DeadlineExceeded), errors.Is(err, errCrowded):
		return p.away(err)
	case errors.As(err, &e):
		return &provider.Fault{Status: http.StatusBadGateway, Code: "provider_error", Text: "The chat gave no token", Cause: err}
	case errors.As(err, &r) && r.wait > 0:
		return &provider.Fault{Status: http.StatusTooManyRequests, Code: "rate_limited", Text: r.text, RetryAfter: r.wait, Cause: err}
	case errors.Is(err, errNobody):
		return errNoChat
	default:
		return p.away(err)
	}
}

// away is the answer while Mesibo, the store or the site cannot be asked.
func (*Provider) away(cause error) error {
	return &provider.Fault{
		Status: http.StatusServiceUnavailable, Code: "provider_unavailable", Text: "The chat cannot be reached now", RetryAfter: breakerPause, Cause: cause,
	}
}

func write(w http.ResponseWriter, answer any) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("mesibo: writing an answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(text) // a client that has gone is nobody's fault
	return nil
}
