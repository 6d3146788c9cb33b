package sendbird

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
)

// Limits of a visitor's wait.
const (
	patience = 2500 * time.Millisecond // then the visitor is sent away, and finds the token ready at the next try
	longWait = 30 * time.Second        // the longest that somebody in the queue is sent away for: their place is kept for a minute
	gather   = 30 * time.Millisecond   // for which all devices of a user that ask at once are one request
	grid     = 10 * time.Second        // to which a session's end is rounded down: some move with every request
)

// failedText is the error of the provider's own sample server.
const failedText = "Failed to get token from Sendbird"

// end is when the token of a session is to end, rounded down; zero is the usual life.
func (p *Provider) end(until time.Time) time.Time {
	life := p.ttl
	if life == 0 {
		life = defaultTTL
	}
	now := p.now()
	if until.IsZero() || !until.Before(now.Add(life)) {
		return time.Time{}
	}
	if rounded := until.Truncate(grid); rounded.Sub(now) > grid {
		return rounded
	}
	return until
}

// pass returns a token for a member whose session ends at until. It makes one, together with all who ask for the same; who cannot be served within
// patience is sent away with a *provider.Fault that names the time to come back, and then pays no charge.
func (p *Provider) pass(ctx context.Context, m member, until time.Time, fresh bool, charge func() error) (pass, error) {
	// The password of the moment in which the visitor's session was looked at: a pass of a later one is not for whoever came with a session from before.
	digest, err := p.digest(ctx, m.id)
	if err != nil {
		return pass{}, p.fault(err)
	}
	p.desk.forget(m.id, func(old kept) bool { return old.digest != digest })
	got, f, start, err := p.desk.ask(m.id, p.end(until), fresh, charge)
	switch {
	case err != nil:
		return pass{}, err
	case f == nil && got.token.IsZero():
		return pass{}, p.unavailable(longWait, errors.New("too many log-ins wait"))
	case f == nil:
		return got, nil
	case start:
		go p.fly(f, m)
	}
	if held := p.client.pace.held(); held > patience && !start {
		return pass{}, p.later(f, held)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-f.done:
		err := f.err
		if err == nil && f.digest != digest {
			err = errChanged
		}
		if err != nil {
			return pass{}, p.fault(err)
		}
		return f.pass, nil
	case <-timer.C:
		return pass{}, p.later(f, p.client.pace.held())
	case <-ctx.Done():
		return pass{}, ctx.Err()
	}
}

// later sends somebody away until their turn is near.
func (p *Provider) later(f *flight, held time.Duration) error {
	wait := min(p.desk.sentAway(f, p.rate), longWait)
	return p.unavailable(max(time.Second, wait, held), errors.New("the log-in waits for its turn"))
}

// issue asks for a token, and makes the user where there is none. paid says that the first call has its place. calls is how many it took.
func (p *Provider) issue(ctx context.Context, m member, ends time.Time, paid bool) (got pass, created bool, calls int, err error) {
	got, err = p.token(ctx, m, ends, paid)
	calls = 1
	switch kindOf(err) {
	case missing:
		calls += 2
		if err = p.create(ctx, m); err != nil && kindOf(err) != exists {
			return pass{}, false, calls, err
		}
		created = err == nil
		got, err = p.token(ctx, m, ends, false)
	case disabled:
		if !p.shutOutByUs(ctx, m) {
			break
		}
		calls += 2
		active := true
		if err = p.client.do(ctx, call{method: http.MethodPut, path: user(m.address), body: change{IsActive: &active}}); err != nil {
			break
		}
		got, err = p.token(ctx, m, ends, false)
	default:
	}
	return got, created, calls, err
}

// kindOf is what is to be done about an error; garbled for one that is no API error, -1 for none.
func kindOf(err error) kind {
	var e *apiError
	switch {
	case err == nil:
		return -1
	case errors.As(err, &e):
		return e.kind
	default:
		return garbled
	}
}

// token asks for a session token that ends at ends; zero is the usual life.
func (p *Provider) token(ctx context.Context, m member, ends time.Time, paid bool) (pass, error) {
	var body struct {
		ExpiresAt int64 `json:"expires_at,omitempty"` // Unix milliseconds
	}
	switch {
	case !ends.IsZero():
		body.ExpiresAt = ends.UnixMilli()
	case p.ttl > 0:
		body.ExpiresAt = p.now().Add(p.ttl).UnixMilli()
	}
	var answer struct {
		Token     string `json:"token"`
		ExpiresAt int64  `json:"expires_at"` // Unix milliseconds
	}
	if err := p.client.do(ctx, call{method: http.MethodPost, path: user(m.address, "/token"), body: body, out: &answer, paid: paid}); err != nil {
		return pass{}, err
	}
	got := pass{token: secret.New(answer.Token), ends: time.UnixMilli(answer.ExpiresAt), lives: time.UnixMilli(answer.ExpiresAt)}
	if answer.Token == "" || len(answer.Token) > maxToken || answer.ExpiresAt < leastMillis {
		return pass{}, &apiError{kind: garbled, status: http.StatusOK, cause: "it holds no token with an end in milliseconds"}
	}
	if !ends.IsZero() && got.ends.After(ends) {
		if got.ends.Sub(ends) > time.Minute {
			p.log.Warn("sendbird gave a token that lives longer than was asked; its user is told the end of the session")
		}
		got.ends = ends
	}
	return got, nil
}

// Limits of a token's answer.
const (
	maxToken    = 8 << 10         // bytes; real ones have some 150
	leastMillis = 100_000_000_000 // in 1973: what is less is in seconds
)

// create makes a user.
func (p *Provider) create(ctx context.Context, m member) error {
	return p.client.do(ctx, call{method: http.MethodPost, path: "/users", body: struct {
		UserID     string `json:"user_id"`
		Nickname   string `json:"nickname"`
		ProfileURL string `json:"profile_url"`
	}{m.address, m.nickname, m.picture}})
}

// change is what is to be another at a user.
type change struct {
	Nickname   *string `json:"nickname,omitempty"`
	ProfileURL *string `json:"profile_url,omitempty"`
	IsActive   *bool   `json:"is_active,omitempty"`
}

// tell tells the operator of a failure that is theirs to look at. Nobody's name is in it.
func (p *Provider) tell(m member, err error) {
	var e *apiError
	switch kindOf(err) {
	case refused:
		if errors.As(err, &e) && e.status == 0 {
			p.log.Error("the connection to sendbird failed; run chatpass check", "error", err.Error())
			return
		}
		p.log.Error("sendbird refuses the application or its API token; run chatpass check", "error", err.Error())
	case wrong, garbled, missing:
		if errors.Is(err, context.Canceled) || errors.Is(err, errForgotten) || errors.Is(err, errChanged) || errors.Is(err, errUnseen) {
			return
		}
		args := []any{"error", err.Error()}
		if p.kind().Numeric() {
			args = append(args, "user_id", string(m.id))
		}
		p.log.Warn("sendbird gave no token", args...)
	default:
	}
}

// limited tells the operator that the provider asks for a wait that log-ins notice, or that it takes calls again.
func (p *Provider) limited(e *apiError) {
	switch {
	case e == nil:
		p.news(&p.waits, nil, "", "sendbird takes calls again")
	case e.asked > patience:
		p.news(&p.waits, e, "sendbird asks to wait; log-ins wait, a minute at most until one is tried", "", "asked_seconds", int(e.asked.Seconds()))
	default:
	}
}

// fault makes an error of the provider an answer (Sendbird B2, B3).
func (p *Provider) fault(err error) error {
	var e *apiError
	if !errors.As(err, &e) {
		return p.unavailable(time.Second, err)
	}
	switch e.kind {
	case disabled:
		return &provider.Fault{Status: http.StatusForbidden, Code: "user_disabled", Text: noChatText, Cause: err}
	case limited:
		return p.unavailable(e.wait, err)
	case unwell:
		return p.unavailable(breakerPause, err)
	case refused:
		return p.unavailable(longWait, err)
	default:
		return p.compatible(&provider.Fault{Status: http.StatusBadGateway, Code: "provider_error", Text: failedText, Cause: err})
	}
}

func (p *Provider) unavailable(wait time.Duration, cause error) error {
	return p.compatible(&provider.Fault{
		Status: http.StatusServiceUnavailable, Code: "provider_unavailable", Text: "The chat cannot be reached now", RetryAfter: wait, Cause: cause,
	})
}

// compatible makes the fault what the provider's sample server answers, where the owner asks for that.
func (p *Provider) compatible(f *provider.Fault) error {
	if p.compat {
		f.Status, f.Text = http.StatusInternalServerError, failedText
	}
	return f
}
