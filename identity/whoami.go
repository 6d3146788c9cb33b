package identity

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/sony/gobreaker/v2"
	"golang.org/x/sync/singleflight"

	"github.com/chatpass/chatpass/userinfo"
)

// Bounds of the resolver whoami.
const (
	whoamiTimeout  = 2 * time.Second // for a turn and the whole answer; a page's visitor waits for it
	whoamiCalls    = 16              // at the same time: less than the workers of a usual PHP host, which the site needs itself
	whoamiTTL      = 5 * time.Second // how long a log-out may go unnoticed (SEC-98)
	whoamiSize     = 10_000          // visitors remembered, about 2 MB
	whoamiFailures = 5               // calls in a row without an answer that open the breaker
	whoamiPause    = time.Second     // before a site that did not answer is asked again
)

// WhoamiOptions is what [NewWhoami] needs; all fields but Client and Transport are required.
type WhoamiOptions struct {
	URL       string                       // absolute, http or https
	Field     string                       // path of the id in the answer, with dots between the names
	KeyKind   func() userinfo.KeyKind      // of the users table; unknown while the database was never read
	Client    func(r *http.Request) string // the visitor's address, for X-Forwarded-For; "" or nil = none is sent
	Now       func() time.Time
	Logger    *slog.Logger
	Transport http.RoundTripper // nil = one with limits of its own, and no proxy
}

// Whoami is the resolver "whoami": the site itself is asked who the visitor is, at one fixed address, with the visitor's cookies.
type Whoami struct {
	o       WhoamiOptions
	url     *url.URL
	path    []string
	client  *http.Client
	turns   chan struct{}
	flights singleflight.Group
	cache   *otter.Cache[visitorKey, known]
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
}

// visitorKey stands for everything of a request that the site's answer may depend on.
type visitorKey [sha256.Size]byte

type known struct {
	id    userinfo.ID
	until time.Time
}

// NewWhoami returns the resolver. It is an error if an option is missing or wrong. Nothing is asked yet.
func NewWhoami(o WhoamiOptions) (*Whoami, error) {
	if o.KeyKind == nil || o.Now == nil || o.Logger == nil || o.Field == "" {
		return nil, errors.New("identity: an option of the whoami resolver is missing")
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("identity: the whoami address is none of http or https") // not the address itself: it may hold a key
	}
	if o.Transport == nil {
		o.Transport = whoamiTransport()
	}
	w := &Whoami{o: o, url: u, path: strings.Split(o.Field, "."), turns: make(chan struct{}, whoamiCalls)}
	w.client = &http.Client{
		Transport: o.Transport, Timeout: whoamiTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if w.cache, err = otter.New(&otter.Options[visitorKey, known]{MaximumSize: whoamiSize}); err != nil {
		return nil, err
	}
	w.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests: 1, Timeout: whoamiPause, OnStateChange: w.breakerChanged,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= whoamiFailures },
		// An answer of any kind shows that the site is there; a visitor whose cookies upset it must not lock out the others.
		IsSuccessful: func(err error) bool { return !errors.Is(err, errNoAnswer) },
	})
	return w, nil
}

func (w *Whoami) breakerChanged(_ string, from, to gobreaker.State) {
	switch {
	case to == gobreaker.StateOpen && from == gobreaker.StateClosed:
		w.o.Logger.Warn("the site does not answer at CHATPASS_WHOAMI_URL", "retry_ms", whoamiPause.Milliseconds())
	case to == gobreaker.StateClosed:
		w.o.Logger.Info("the site answers at CHATPASS_WHOAMI_URL again")
	}
}

// Name returns "whoami".
func (*Whoami) Name() string { return "whoami" }

// Resolve returns whom the site takes the visitor for. It returns ErrNoCredential for a request without cookies, which is never
// passed on, and for one whose cookies the site takes for nobody's; ErrUnavailable when the site gives no answer, or one that
// cannot be believed. Users are remembered for a few seconds, guests and failures are not.
func (w *Whoami) Resolve(ctx context.Context, r *http.Request) (Identity, error) {
	cookie := strings.Join(r.Header["Cookie"], "; ") // HTTP/2 may split them (RFC 9113 §8.2.3)
	if strings.Trim(cookie, "; ") == "" {
		return Identity{}, ErrNoCredential
	}
	v := visitor{cookie: cookie, agent: r.UserAgent()}
	if w.o.Client != nil {
		v.address = w.o.Client(r)
	}
	key := v.key()
	if found, ok := w.cache.GetIfPresent(key); ok && w.o.Now().Before(found.until) {
		return Identity{UserID: found.id}, nil
	}
	// Several requests of one page come at once, and sites let one session in at a time. Whoever goes away takes nobody along.
	own := context.WithoutCancel(ctx)
	flight := w.flights.DoChan(string(key[:]), func() (any, error) {
		asked := w.o.Now()
		id, err := w.ask(own, v)
		if err == nil && id != "" {
			w.cache.Set(key, known{id, asked.Add(whoamiTTL)})
		}
		return id, err
	})
	select {
	case <-ctx.Done():
		return Identity{}, ctx.Err()
	case done := <-flight:
		if done.Err != nil {
			return Identity{}, fmt.Errorf("%w: %w", ErrUnavailable, done.Err)
		}
		if id, _ := done.Val.(userinfo.ID); id != "" {
			return Identity{UserID: id}, nil
		}
		return Identity{}, ErrNoCredential
	}
}

// visitor is what the site is told of the one who asks.
type visitor struct{ cookie, agent, address string }

// key is a digest in which each part has its length before it, so that no two visitors have the same (SEC-40). Agent and address
// count too, since sites bind sessions to them.
func (v visitor) key() visitorKey {
	var text []byte
	for _, part := range []string{v.cookie, v.agent, v.address} {
		text = binary.BigEndian.AppendUint64(text, uint64(len(part)))
		text = append(text, part...)
	}
	return sha256.Sum256(text)
}
