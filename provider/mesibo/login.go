package mesibo

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// The least time of the first step of a log-in, whoever's phone it is: what is done for a phone that somebody has takes longer than for any other (SEC-94).
const (
	floorLocal  = 300 * time.Millisecond  // a few queries
	floorRemote = 1500 * time.Millisecond // Mesibo makes the code
)

const costlyTold = 3600 // seconds between two lines that strangers ask for too much

const (
	maxDevice = 128       // bytes of a device's name; the apps send a UUID
	badCode   = "BADCODE" // of the first generation
)

// attempt is one step of a log-in.
type attempt struct {
	app, phone, code, device, name string
}

// asked reads a step of a log-in. The order of the refusals is the reference's: who sends nothing learns of nothing but what is missing first.
func (p *Provider) asked(q *question) (attempt, error) {
	app, _ := q.text("appid")
	if app == "" {
		return attempt{}, &refusal{code: "MISSINGAPPID"}
	}
	if old, _ := q.text("aktoken"); old != "" { // of a service that is gone: none can be good
		return attempt{}, &refusal{code: "BADAKTOKEN"}
	}
	if !slices.Contains(p.front.apps, app) {
		return attempt{}, refuse("BADAPPID", "This app may not sign in here")
	}
	text, _ := q.text("phone")
	phone, ok := normalise(text, "", p.c.DefaultCountry)
	if !ok {
		return attempt{}, refuse("BADPHONE", "Please enter your phone number with the country's code")
	}
	a := attempt{app: app, phone: phone}
	for _, key := range []string{"code", "otp"} {
		if text, _ := q.text(key); text != "" && a.code == "" {
			a.code = text
		}
	}
	if a.device, _ = q.text("device"); len(a.device) > maxDevice {
		return attempt{}, refuse(missingPara, "The device's name is too long")
	}
	a.name, _ = q.text("name")
	return a, nil
}

// login is both steps of a log-in (Mesibo A5): who names a phone is sent a code, and who knows the code is given a token.
func (p *Provider) login(q *question, a *answer) error {
	at, err := p.asked(q)
	if err != nil {
		return err
	}
	s, err := p.open(q.ctx)
	if err != nil {
		return err
	}
	if at.code == "" {
		return p.loginAsk(q, s, at, a)
	}
	return p.loginProve(q, s, at, a)
}

// loginAsk sends a code to a phone that somebody has. The answer is the same for every other phone, and takes as long.
func (p *Provider) loginAsk(q *question, s state, at attempt, a *answer) error {
	floor := time.NewTimer(p.front.floor)
	defer floor.Stop()
	if p.front.post.failing(q.now) {
		return refuse("BADAPP", "No code can be sent now. Please try again later.")
	}
	limits := counted(nil, "mesibo ask phone "+s.KeyedHash(phoneLabel, at.phone), askLimits)
	if err := count(q.ctx, s, addressed(limits, s, "ask", q.visitor.Address, askAddress, askUnknown)); err != nil {
		return err
	}
	site, siteUser, err := p.owner(q.ctx, at.phone)
	if err != nil {
		return err
	}
	if err := p.dispatchCode(q, s, at, site, siteUser); err != nil {
		return err
	}
	select {
	case <-floor.C:
	case <-q.ctx.Done():
		return q.ctx.Err()
	}
	if p.front.post.linkOnly() {
		a.put("title", "Get your code")
		a.put("message", "Sign in to "+p.front.site()+" and ask there for a code for this app. Then enter it here.")
	}
	return nil
}

// site is how the site is called in texts for people. What a request says of its host is never in one: anybody can have a message sent.
func (f *front) site() string {
	if len(f.own) == 0 {
		return "our site"
	}
	_, host, _ := strings.Cut(f.own[0], "://")
	return host
}

// owner returns whose phone it is. Both are empty for a phone that no code goes to: nobody has it, several have, or one who may not chat now.
func (p *Provider) owner(ctx context.Context, phone string) (site *userinfo.User, siteUser string, err error) {
	site, err = p.people.byPhone(ctx, phone)
	switch {
	case err == nil:
		return site, string(site.ID), nil
	case errors.Is(err, errNotYet):
		return nil, "", &refusal{code: codeFailed, text: "We are just starting. Please try again in a moment.", wait: retryFailed}
	case errors.Is(err, errNobody) && !errors.Is(err, errBarred) && p.c.Signup == wordOpen:
		return nil, strangerPrefix + phone, nil
	case errors.Is(err, errNobody), errors.Is(err, errSeveral):
		return nil, "", nil
	default:
		return nil, "", err
	}
}

// dispatchCode has a code made, kept and sent. For a phone that no code goes to the same is done: its code is nobody's, and its place in the queue is taken by nothing. What
// it may take longer for a phone that somebody has is done beside the answer, which tells of no failure of it: only those phones can have one.
func (p *Provider) dispatchCode(q *question, s state, at attempt, site *userinfo.User, siteUser string) error {
	code, err := newCode()
	if err != nil {
		return err
	}
	m := message{phone: at.phone, code: code, site: p.front.site()}
	if site != nil {
		m.mail, m.name = site.Email, site.Name
	}
	if siteUser, err = p.afforded(q, s, site, siteUser); err != nil {
		return err
	}
	remote := p.c.OTP == name && siteUser != "" && !p.front.post.linkOnly()
	if !remote {
		if _, err := p.challenge(q.ctx, s, store.MesiboChallenge{Kind: store.ChallengeOTP, App: at.app, SiteUser: siteUser}, at.phone, code); err != nil {
			return err
		}
	}
	if p.front.post.linkOnly() {
		return nil
	}
	return p.front.post.put(func(ctx context.Context) {
		switch {
		case siteUser == "":
		case remote:
			p.remoteCode(ctx, s, at, siteUser, m)
		default:
			p.front.post.deliver(ctx, m)
		}
	})
}

// afforded is siteUser, or "" for a stranger when strangers were sent as many messages as are paid for. Who asks is not told: it would tell who is none.
func (p *Provider) afforded(q *question, s state, site *userinfo.User, siteUser string) (string, error) {
	if p.c.Signup != wordOpen {
		return siteUser, nil
	}
	stranger := siteUser != "" && site == nil
	scope := "mesibo ask others" // counted to no end but to cost as much
	if stranger {
		scope = "mesibo ask strangers"
	}
	wait, err := s.Spend(q.ctx, counted(nil, scope, openLimits)...)
	if err != nil || !stranger || wait == 0 {
		return siteUser, err
	}
	if last := p.front.costly.Load(); q.now.Unix()-last >= costlyTold && p.front.costly.CompareAndSwap(last, q.now.Unix()) {
		p.log.Warn("so many codes were asked for phones that nobody on the site has that no more are sent to such phones for now", "wait", wait.Round(time.Second).String())
	}
	return "", nil
}

// remoteCode has Mesibo make the code, keeps it as one of ours is kept, and sends it.
func (p *Provider) remoteCode(ctx context.Context, s state, at attempt, siteUser string, m message) {
	code, err := p.front.backend.otp(ctx, at.phone)
	if err == nil {
		_, err = p.challenge(ctx, s, store.MesiboChallenge{Kind: store.ChallengeOTP, App: at.app, SiteUser: siteUser}, at.phone, code)
	}
	if err != nil {
		p.front.post.trouble(p.now())
		p.log.Warn("no code for a log-in could be made", "error", err.Error())
		return
	}
	m.code = code
	p.front.post.deliver(ctx, m)
}
