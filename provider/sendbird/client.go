package sendbird

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
)

// Limits of calls.
const (
	connectTimeout = 3 * time.Second
	callTimeout    = 8 * time.Second
	workTimeout    = 12 * time.Second // all calls that one request makes, with their pauses
	maxAnswer      = 1 << 20          // bytes; a user object has a few KB
	maxRetries     = 2
	firstPause     = 200 * time.Millisecond // the longest before the first retry, doubled for the next
	defaultWait    = time.Second            // after a 429 that names no time
	maxWait        = time.Minute            // that a 429 may name; after it a call tells whether the wait is over
	maxAsked       = 366 * 24 * time.Hour   // that is told of a 429
	breakerFails   = 5                      // failed calls in a row that open the breaker (CONTRACT §5)
	breakerPause   = time.Second            // until one call is let through to try
)

// client calls Sendbird's Platform API, version 3. The retries are its own: no library's pause gives way to the pacer, to the breaker and to
// the time that a 429 names. It is safe for concurrent use.
type client struct {
	base    string // with /v3
	token   secret.Secret
	http    *http.Client
	pace    *pacer
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	now     func() time.Time
	count   func(code string)
	limited func(e *apiError) // told of a 429, and with nil of a call that went well
}

func newBreaker(changed func(open bool)) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: "sendbird", Timeout: breakerPause,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakerFails },
		IsExcluded:  func(err error) bool { return errors.Is(err, errNeither) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if to == gobreaker.StateOpen && from == gobreaker.StateClosed || to == gobreaker.StateClosed {
				changed(to == gobreaker.StateOpen)
			}
		},
	})
}

// errNeither marks a call that tells nothing of the provider's health.
var errNeither = errors.New("neither good nor bad")

// call is one call to the API.
type call struct {
	method string
	path   string // behind /v3, escaped
	body   any    // nil: none
	out    any    // where the answer goes; nil: it is not looked at
	first  urgency
	paid   bool // it has waited for its place among the calls
	bare   bool // without the API token
}

// user is the path of a user, or of what is below one.
func user(address string, below ...string) string {
	return "/users/" + escape(address) + strings.Join(below, "")
}

// escape makes any text one path segment: only what no host, proxy or router reads as anything else stays as it is.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// do makes a call. It is repeated after failures that may pass, up to maxRetries times; a 429 is waited out once where ctx has time for
// it. The error is an *apiError, or ctx's.
func (c *client) do(ctx context.Context, one call) error {
	waited, retries := false, 0
	for {
		err := c.try(ctx, one)
		one.first, one.paid = begun, false
		var e *apiError
		if err == nil || !errors.As(err, &e) || e == errOpen {
			return err
		}
		var pause time.Duration
		switch {
		case e.kind == limited && !waited:
			waited, pause = true, e.wait
		case e.kind == unwell && retries < maxRetries:
			pause = rand.N(firstPause << retries) //nolint:gosec // G404: a pause is no secret
			retries++
		default:
			return err
		}
		if end, bounded := ctx.Deadline(); bounded && end.Sub(c.now()) <= pause {
			return err
		}
		if provider.Sleep(ctx, pause) != nil {
			return err
		}
	}
}

// try makes a call once.
func (c *client) try(ctx context.Context, one call) error {
	if c.breaker.State() == gobreaker.StateOpen { // before it takes a place among the calls
		return errOpen
	}
	if one.method != http.MethodGet && !one.paid {
		if err := c.pace.wait(ctx, one.first); err != nil {
			return fmt.Errorf("%w: %w", errBusy, err)
		}
	}
	done, err := c.breaker.Allow()
	if err != nil {
		return errOpen
	}
	err = c.send(ctx, one)
	var e *apiError
	switch errors.As(err, &e); {
	case err == nil:
		done(nil)
		c.count("200")
		if one.method != http.MethodGet {
			c.limited(nil)
		}
	case e == nil: // ctx ended
		done(errNeither)
	default:
		c.count(e.label())
		switch e.kind {
		case unwell, refused, garbled:
			done(err)
		case limited:
			c.pace.pause(c.now().Add(e.wait))
			c.limited(e)
			done(errNeither)
		default:
			done(nil)
		}
	}
	return err
}

// send makes the HTTP request and reads the answer.
func (c *client) send(ctx context.Context, one call) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var body io.Reader
	if one.body != nil {
		text, err := json.Marshal(one.body)
		if err != nil {
			return &apiError{kind: wrong, cause: "the call cannot be written"}
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, one.method, c.base+one.path, body)
	if err != nil {
		return &apiError{kind: wrong, cause: "the call has no address"}
	}
	r.Header.Set("User-Agent", "chatpass")
	r.Header.Set("Accept", "application/json")
	if one.method == http.MethodPost || one.method == http.MethodPut {
		r.Header.Set("Content-Type", "application/json; charset=utf8")
	}
	if !one.bare {
		r.Header.Set("Api-Token", c.token.Reveal())
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return broken(ctx, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return broken(ctx, err)
	}
	c.heed(answer.Header)
	if len(text) > maxAnswer {
		return &apiError{kind: garbled, status: answer.StatusCode, cause: "the answer is too long"}
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return failed(answer.StatusCode, answer.Header, text)
	}
	// Some failures come with status 200.
	if e := failed(answer.StatusCode, answer.Header, text); e.code != 0 {
		return e
	}
	if one.out == nil {
		return nil
	}
	if err := json.Unmarshal(text, one.out); err != nil {
		return &apiError{kind: garbled, status: answer.StatusCode, cause: "the answer is no JSON that is known"}
	}
	return nil
}

// heed leaves the provider alone when it says that nothing remains of its limit.
func (c *client) heed(h http.Header) {
	if h.Get("X-RateLimit-Remaining") != "0" {
		return
	}
	if reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		now := c.now()
		// Its limits are of a second; what lies farther off is another's clock.
		if rest := time.Unix(reset, 0).Sub(now); rest > 0 && rest <= 2*time.Second {
			c.pace.pause(now.Add(rest))
		}
	}
}

// broken is the error of a call without an answer. Its text holds nothing of the call: net/http quotes addresses, which name users.
func broken(ctx context.Context, err error) error {
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.As(err, &certificate):
		return &apiError{kind: refused, cause: "its TLS certificate cannot be verified"}
	case ctx.Err() != nil, errors.As(err, &network) && network.Timeout():
		return &apiError{kind: unwell, cause: "no answer in time"}
	default:
		return &apiError{kind: unwell, cause: "the connection failed"}
	}
}
