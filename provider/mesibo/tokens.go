package mesibo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// Bounds of tokens.
const (
	leastToken   = 17              // bytes: clients take a token only if it is longer than 16 (reference A2)
	maxToken     = 4 << 10         // bytes; real ones have a few hundred
	deviceBytes  = 64              // bytes; a UUID has 36
	issuesPerDay = 100             // tokens that Mesibo makes for one user in a day; each new device is a row of the store
	storeTimeout = 5 * time.Second // for the words with the store around a call
	issueTimeout = callTimeout + storeTimeout
)

// codeBadUser is the answer of the legacy protocol where Mesibo gave no token (reference A4).
const codeBadUser = "BADUSER"

// issue returns a token of Mesibo for a user, in an app of the allow-list and on a device; "" is a device without a name. One that was issued before is given again while
// it has a fifth of its life left. All who ask for the same at once get the same. otp is the code that Mesibo is to check, which then gives no token but for a right one;
// "" is none. The error is a *refusal.
func (p *Provider) issue(ctx context.Context, u store.MesiboUser, app, device, otp string, since passmark.Marks) (pass, error) {
	return p.issueFor(ctx, order{user: u, app: app, device: device, otp: otp, life: p.c.life(false), since: since})
}

// order is what a token is asked for.
type order struct {
	user        store.MesiboUser
	app, device string
	otp         string
	life        time.Duration
	fresh       bool           // none that was issued before
	visitor     string         // keyed hash of the address it is asked from
	since       passmark.Marks // of the user's password when it was found out who asks; empty if nothing is known of it, or it does not matter
	marks       passmark.Marks // of the user's password; empty if nothing is known of it
}

func (p *Provider) issueFor(ctx context.Context, o order) (pass, error) {
	o.device = deviceName(o.device)
	switch {
	case !slices.Contains(p.apps, o.app):
		return pass{}, &refusal{code: "BADAPPID", text: "This app may not sign in here"}
	case o.user.ID == 0 || o.user.Address == "" || !o.user.DisabledAt.IsZero():
		return pass{}, &refusal{code: codeBadUser, cause: errNobody}
	}
	work := func(ctx context.Context) (pass, error) { return p.obtain(ctx, o) }
	var got pass
	var err error
	if o.otp != "" { // whoever typed another code must not share the token of the right one
		got, err = work(ctx)
	} else {
		got, err = p.flights.join(ctx, flightKey{o.user.ID, o.user.Address, o.app, o.device, o.life, o.fresh, o.since}, work)
	}
	var r *refusal
	switch {
	case err == nil, errors.As(err, &r):
		return got, err
	default:
		p.tell(err)
		return pass{}, &refusal{code: codeBadUser, text: "The chat cannot be reached now", cause: err}
	}
}

// deviceName is a device as it is kept: what is no short word becomes a hash of itself.
func deviceName(text string) string {
	if len(text) <= deviceBytes && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:16])
}

// obtain gives the stored token, or has Mesibo make one.
func (p *Provider) obtain(ctx context.Context, o order) (pass, error) {
	s, err := p.open(ctx)
	if err != nil {
		return pass{}, err
	}
	if o.marks, err = p.mark(ctx, s, o.user); err != nil {
		return pass{}, err
	}
	if o.marks.Changed(o.since.Now()) { // whoever came with a session from before gets no token of the new password
		return pass{}, &refusal{code: codeBadUser, text: "The password was changed just now. Please try again.", cause: errOutdated}
	}
	if o.otp == "" && !o.fresh {
		t, text, err := s.MesiboToken(ctx, o.user.ID, o.app, o.device)
		switch {
		case err == nil && p.usable(t, o):
			return pass{token: text, expires: t.ExpiresAt, user: o.user}, nil
		case err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrSealed): // after a change of the key a new token takes its place
			return pass{}, err
		default:
		}
	}
	wait, err := s.Spend(ctx, store.Limit{Scope: "mesibo issue " + s.KeyedHash("mesibo issue", o.user.SiteUser), Window: 24 * time.Hour, Most: issuesPerDay})
	if err != nil {
		return pass{}, err
	}
	if wait > 0 {
		return pass{}, &refusal{code: "RATELIMIT", text: "Too many new devices today", wait: wait}
	}
	return p.order(ctx, s, o)
}

// usable reports whether a stored token may be given again: it opens the user's address, it was not ended at Mesibo nor by another password, a fifth of its life is left, and it
// does not outlive what is asked for.
func (p *Provider) usable(t store.MesiboToken, o order) bool {
	left, life := t.ExpiresAt.Sub(p.now()), o.life
	return t.Address == o.user.Address && !o.marks.Changed(t.Password) && !t.IssuedAt.IsZero() && left*5 >= t.ExpiresAt.Sub(t.IssuedAt) && left > 0 && left <= life
}

// order has Mesibo make a token, and keeps it.
func (p *Provider) order(ctx context.Context, s state, o order) (pass, error) {
	if err := errors.Join(p.endOld(ctx, s, o.user), p.endFormer(ctx, s, o.user)); err != nil {
		return pass{}, err
	}
	type token struct {
		AppID  string `json:"appid"`
		Expiry int64  `json:"expiry"` // minutes
		V2     bool   `json:"v2"`
	}
	part := struct {
		Address string `json:"address"`
		Name    string `json:"name,omitempty"`
		OTP     string `json:"otp,omitempty"`
		Token   token  `json:"token"`
	}{o.user.Address, firstOf(o.user.ShownName(), nameSent), o.otp, token{o.app, int64(o.life / time.Minute), true}}
	issued := p.now() // before the call: never longer than it lives there
	got, err := p.client.do(ctx, opUserAdd, part, o.otp != "")
	if err != nil {
		return pass{}, err
	}
	text := got.User.Token
	if len(text) < leastToken || len(text) > maxToken || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) ||
		got.User.Address != "" && !strings.EqualFold(got.User.Address, o.user.Address) { // never somebody else's
		return pass{}, &apiError{kind: kindGarbled, status: 200, cause: "it holds no token of this user"}
	}
	made := pass{token: secret.New(text), expires: issued.Add(o.life), user: o.user}
	uid := string(got.User.UID)
	if uid == "" || uid != o.user.RemoteUID { // Mesibo has made a new user, as far as it tells
		if err := p.regroup(ctx, s, o.user); err != nil {
			return pass{}, err
		}
	}
	if o.otp == "" && !o.fresh { // another instance was quicker: its token is in use, and would be taken from its devices
		t, text, err := s.MesiboToken(ctx, o.user.ID, o.app, o.device)
		if err == nil && p.usable(t, o) {
			return pass{token: text, expires: t.ExpiresAt, user: o.user}, nil
		}
	}
	err = s.PutMesiboToken(ctx, store.MesiboToken{
		User: o.user.ID, App: o.app, Device: o.device, Address: o.user.Address, IssuedAt: issued, ExpiresAt: made.expires, Visitor: o.visitor,
		Password: o.marks.Now(),
	}, made.token)
	if err != nil { // a token that could never be revoked is not given
		if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
			p.stray(ctx, s, o.user)
		}
		return pass{}, err
	}
	p.issued(name)
	if uid != "" && uid != o.user.RemoteUID {
		made.user = p.noteUID(ctx, s, o.user, uid)
	}
	return made, nil
}

// nameSent is the most characters of a name that Mesibo is told.
const nameSent = 64

// firstOf returns the first n characters of a text.
func firstOf(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// noteUID keeps Mesibo's number of a user. That it cannot is told and changes nothing: it is noted with the next token.
func (p *Provider) noteUID(ctx context.Context, s state, u store.MesiboUser, uid string) store.MesiboUser {
	after := u
	after.RemoteUID = uid
	if err := s.SetMesiboUser(ctx, u, after); err != nil {
		if !errors.Is(err, store.ErrConflict) {
			p.log.Warn("a user's number at mesibo cannot be noted", "error", err.Error())
		}
		return u
	}
	if kept, err := s.MesiboUserByID(ctx, u.ID); err == nil {
		return kept
	}
	return after
}

// bearer returns who came with a token, with the user as the site has them now; nil for one who signed up without the site. errNobody: nobody may do anything with it. Any
// other error: it cannot be told now, and nothing may be done either.
func (p *Provider) bearer(ctx context.Context, token string) (member, *userinfo.User, error) {
	if len(token) < leastToken || len(token) > maxToken {
		return member{}, nil, errNobody
	}
	s, err := p.open(ctx)
	if err != nil {
		return member{}, nil, err
	}
	t, u, err := s.MesiboTokenOf(ctx, secret.New(token))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return member{}, nil, errNobody
	case err != nil:
		return member{}, nil, err
	case !u.DisabledAt.IsZero() || !t.ExpiresAt.After(p.now()):
		return member{}, nil, errNobody
	}
	m := member{MesiboUser: u, token: t}
	if strangers(u.SiteUser) {
		if p.c.Signup != wordOpen {
			return member{}, nil, p.outed()
		}
		return m, nil, nil
	}
	site, err := p.people.byID(ctx, userinfo.ID(u.SiteUser))
	switch {
	case errors.Is(err, errNobody):
		return member{}, nil, p.outed()
	case err != nil:
		return member{}, nil, err
	case markOf(s, site).Changed(t.Password):
		return member{}, nil, errNobody // the watch ends the token at Mesibo
	case p.c.Address == wordPhone && p.people.phoneOf(site) != u.Address: // the address is or may become another's
		return member{}, nil, errNobody // their next log-in, or that of whoever has the phone now, ends the token at Mesibo
	}
	return m, site, nil
}

// outed is what is told of a token whose user the site does not show. Shutting them out is the watch's, which does it within seconds and sees whether a crowd is gone: while
// it holds, nobody's app is told to sign out, since users may be back in a moment.
func (p *Provider) outed() error {
	if p.brake.holding(p.now()) {
		return &refusal{code: codeFailed, text: "It cannot be told just now who you are. Please try again in a moment.", wait: retryFailed}
	}
	return errNobody
}

// tell tells the owner of a failure that is theirs to look at. Nobody's name is in it.
func (p *Provider) tell(err error) {
	var e *apiError
	switch {
	case errors.Is(err, context.Canceled):
	case errors.As(err, &e) && e.kind == kindRefused: // the guard has told it
	case errors.As(err, &e) && e.kind != kindUnwell:
		p.log.Warn("mesibo gave no token", "error", err.Error(), "code", e.label())
	default:
		p.news(&p.failing, err, "tokens of mesibo cannot be given", "")
	}
}

// strangers reports whether somebody signed up without the site.
func strangers(siteUser string) bool { return strings.HasPrefix(siteUser, strangerPrefix) }

// strangerPrefix stands before the phone of one who signed up without the site.
const strangerPrefix = "tel:"
