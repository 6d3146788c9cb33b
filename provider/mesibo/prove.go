package mesibo

import (
	"errors"
	"strings"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// loginProve gives a token to whoever knows the code.
func (p *Provider) loginProve(q *question, s state, at attempt, a *answer) error {
	if err := count(q.ctx, s, addressed(nil, s, "try", q.visitor.Address, tryAddress, tryUnknown)); err != nil {
		return err
	}
	c, ok, err := p.solve(q.ctx, s, at.phone, at.app, typedCode(at.code))
	switch {
	case err != nil:
		return err
	case !ok && q.json:
		return refuse(badUser, "Invalid OTP")
	case !ok:
		return refuse(badCode, "Invalid OTP")
	}
	user, since, err := p.proven(q, s, at.phone, c)
	switch {
	case errors.Is(err, errOutdated) && q.json: // as any code that is none
		return refuse(badUser, "Invalid OTP")
	case errors.Is(err, errOutdated):
		return refuse(badCode, "Invalid OTP")
	case err != nil:
		return err
	}
	if user, err = p.named(q, s, user, at.name); err != nil {
		return err
	}
	otp := ""
	if c.Kind == store.ChallengeOTP && p.c.OTP == name {
		otp = typedCode(at.code)
	}
	got, err := p.front.backend.issue(q.ctx, user, at.app, at.device, otp, since)
	switch no := (*refusal)(nil); {
	case errors.As(err, &no):
		return err
	case err != nil:
		return noLogin(err)
	}
	p.welcome(q, a, got)
	return nil
}

// noLogin is the answer to whoever knew the code and gets no token; cause is for the log.
func noLogin(cause error) error {
	return &refusal{code: badUser, text: "You cannot sign in now. Please try again later.", cause: cause}
}

// errOutdated says that the password has changed since the site showed a code. Whoever took it with a session from before is not to get in by it.
var errOutdated = errors.New("mesibo: the password has changed since the code was shown")

// proven returns the user of the chat who has proven a phone, as the user that the code of c was made for. Who has the phone, and may chat, is read from the site
// again: the code may have been made for somebody who was shut out since, or has given the phone up.
func (p *Provider) proven(q *question, s state, phone string, c store.MesiboChallenge) (user store.MesiboUser, since passmark.Marks, err error) {
	site, err := p.people.byPhone(q.ctx, phone)
	switch {
	case errors.Is(err, errBarred):
		return user, "", noLogin(nil)
	case errors.Is(err, errNobody) && c.SiteUser == strangerPrefix+phone && p.c.Signup == wordOpen:
		user, err = p.front.backend.enrollPhone(q.ctx, phone)
	case errors.Is(err, errNobody), errors.Is(err, errSeveral):
		return user, "", noLogin(nil)
	case err != nil:
		return user, "", err
	case strangers(c.SiteUser), site.ID != userinfo.ID(c.SiteUser):
		return user, "", noLogin(nil)
	case c.Password != "" && !markOf(s, site).Same(c.Password): // what cannot be told any more counts for the same: another code is made in a moment
		return user, "", errOutdated
	default:
		if c.Password != "" { // else the code proves the phone, whatever the password
			since = markOf(s, site)
		}
		user, err = p.front.backend.enroll(q.ctx, site, phone, c.Kind == store.ChallengeOTP)
	}
	switch {
	case errors.Is(err, errNobody):
		return user, "", noLogin(nil)
	case err != nil:
		return user, "", noLogin(err)
	}
	return user, since, nil
}

// named gives a user the name that they signed in with, if they did. It is what they could set after, and not worth a failed log-in.
func (p *Provider) named(q *question, s state, u store.MesiboUser, text string) (store.MesiboUser, error) {
	text = clean(text, maxName)
	if text == "" || text == u.ShownName() {
		return u, nil
	}
	after := u
	after.Name, after.Changed = text, max(u.Changed, q.now.Unix())
	err := s.SetMesiboUser(q.ctx, u, after)
	switch {
	case errors.Is(err, store.ErrConflict):
		return u, nil
	case err != nil:
		return u, err
	}
	return s.MesiboUserByID(q.ctx, u.ID)
}

// welcome answers a log-in with all that either generation reads (Mesibo A5). Texts are never null: the stock clients take it for a crash.
func (p *Provider) welcome(q *question, a *answer, got pass) {
	shared := p.sharing(q)
	u := &got.user
	a.put("token", got.token.Reveal())
	a.put("phone", u.Phone)
	a.put("name", u.ShownName())
	a.put("status", u.Status)
	a.put("photo", u.Photo)
	a.put("cc", p.country(u))
	shared.flat(a)
	a.put("uiconfig", "")
	shared.put(a)
}

// country is the country code that a user's phone writes; empty if it is not known.
func (p *Provider) country(u *store.MesiboUser) string {
	if u.CC == "" && p.c.DefaultCountry != "" && strings.HasPrefix(u.Phone, p.c.DefaultCountry) {
		return p.c.DefaultCountry
	}
	return u.CC
}
