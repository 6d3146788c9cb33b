package mesibo

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// Times of a question. A call to Mesibo may take 15 s, and a photo half a minute on a bad line; other routes have less.
const (
	questionTime = 18 * time.Second
	uploadTime   = 30 * time.Second
	answerTime   = questionTime + 2*time.Second // from the end of the body on
)

// maxOp bounds the name of an operation that is told back, in bytes; ours have at most 11.
const maxOp = 64

// backend is what the door needs of the rest of the provider.
type backend interface {
	// bearer returns the user whose token it is; errNobody if there is none, or none who may chat now.
	bearer(ctx context.Context, token string) (member, *userinfo.User, error)
	// enroll returns the chat's user for a user of the site who has a phone, and enrollPhone for somebody who is no user of the site. proven says that they know a code that
	// was sent to the phone, and not one that the site showed.
	enroll(ctx context.Context, site *userinfo.User, phone string, proven bool) (store.MesiboUser, error)
	enrollPhone(ctx context.Context, phone string) (store.MesiboUser, error)
	// issue returns a token. otp is a code that Mesibo made and checks; empty for none. since is what was known of the password when it was found out who asks; empty where
	// that does not matter.
	issue(ctx context.Context, u store.MesiboUser, app, device, otp string, since passmark.Marks) (pass, error)
	// revoke forgets one token of a user, and has Mesibo do so too.
	revoke(ctx context.Context, u store.MesiboUser, token int64) error
	// otp has Mesibo make a code for a phone.
	otp(ctx context.Context, phone string) (string, error)
}

// front is the private backend's door.
type front struct {
	backend    backend
	served     generations
	operations map[string]operation
	apps       []string // that may sign in
	origins    []string // of web messengers
	own        []string // the site's
	crowd      crowd
	post       *post
	floor      time.Duration // least time of the first step of a log-in
	costly     atomic.Int64  // Unix seconds when it was told last that strangers ask for too many codes
}

// newFront returns the door; v1 are the operations of the first generation. It has to be closed.
func newFront(c *Config, d provider.Deps, b backend, v1 map[string]operation) (*front, error) {
	post, err := newPost(c, d)
	if err != nil {
		return nil, err
	}
	f := &front{
		backend: b, apps: c.appIDs(), origins: trimmed(c.Origins), own: d.Origins, post: post, floor: floorLocal,
		operations: map[string]operation{"login": {open: true, serve: (*Provider).login}, "logout": {open: true, serve: (*Provider).logout}},
	}
	if c.OTP == name {
		f.floor = floorRemote
	}
	f.served.first, f.served.second = c.generations()
	if f.served.first {
		f.operations["loginui"] = operation{open: true, serve: (*Provider).loginUI}
		for op, how := range v1 {
			f.operations[op] = how
		}
	}
	return f, nil
}

// close ends what goes on beside the answers.
func (f *front) close() { f.post.close() }

// legacyRoutes lists the routes of the stock messengers (CONTRACT §6). GET tells and changes things, as the first generation's web client has it: so HEAD does nothing.
func (p *Provider) legacyRoutes() []provider.Route {
	var routes []provider.Route
	if !p.c.legacy() {
		return nil
	}
	for _, path := range trimmed(p.c.LegacyPaths) {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			routes = append(routes, provider.Route{
				Method: method, Path: path, Root: true, Open: true, Var: "MESIBO_LEGACY_PATHS", MaxBody: maxUpload, Serve: p.serveLegacy,
			})
		}
	}
	return routes
}

// serveLegacy answers a stock messenger.
func (p *Provider) serveLegacy(w http.ResponseWriter, r *http.Request, v *provider.Visitor) error {
	p.front.allow(w, r)
	switch r.Method {
	case http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
		return nil
	case http.MethodHead:
		send(w, []byte(noop))
		return nil
	}
	leave, err := p.front.enter(w, r, v.Address)
	if err != nil {
		return err
	}
	defer leave()
	in, err := p.front.served.read(r)
	q := &question{http: r, visitor: v, values: in.values, file: in.file, json: in.json, now: p.now()}
	ctx, cancel := context.WithTimeout(r.Context(), questionTime)
	defer cancel()
	q.ctx = ctx
	q.op, _ = q.text("op")
	if q.op = strings.ToLower(q.op); len(q.op) > maxOp {
		q.op = strings.ToValidUTF8(q.op[:maxOp], "")
	}
	if no := (*refusal)(nil); errors.As(err, &no) {
		return p.reply(w, q, nil, no)
	} else if err != nil {
		return err
	}
	if q.op == "" {
		send(w, []byte(noop))
		return nil
	}
	a := &answer{}
	err = p.dispatch(q, a)
	return p.reply(w, q, a, err)
}

// enter gives a question the time it needs, and lets one with a large body in when there is room.
func (f *front) enter(w http.ResponseWriter, r *http.Request, address string) (leave func(), err error) {
	clock, now := http.NewResponseController(w), time.Now()
	if r.ContentLength >= 0 && r.ContentLength <= maxQuestion {
		_ = clock.SetWriteDeadline(now.Add(answerTime)) // where it cannot be set, the server's own stays
		return func() {}, nil
	}
	if leave = f.crowd.enter(address, now); leave == nil {
		return nil, &provider.Fault{Status: http.StatusServiceUnavailable, Code: "busy", Text: "Too many files come in at a time", RetryAfter: retryFailed}
	}
	_ = clock.SetReadDeadline(now.Add(uploadTime)) // as above
	_ = clock.SetWriteDeadline(now.Add(uploadTime + answerTime))
	return leave, nil
}

// Limits of questions with a large body. Each holds up to three times its 10 MiB for a moment.
const (
	maxCrowd    = 8
	maxOfOne    = 4         // from one address, so that it cannot keep all others out
	maxStrange  = 3         // from all addresses of which no good token came lately: the token of a file is known only when all of it was read
	maxOfOneNew = 1         // from one of those
	maxProven   = 10_000    // addresses that are remembered, 1 MB; beyond it they are forgotten
	provenTime  = time.Hour // for which they are
)

// crowd counts them. Its zero value is ready.
type crowd struct {
	mu      sync.Mutex
	all     int
	strange int
	of      map[string]int       // by address, "" for all that are not known
	proven  map[string]time.Time // addresses, and when a good token came from them last
}

// prove notes that a good token came from an address.
func (c *crowd) prove(address string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proven == nil {
		c.proven = map[string]time.Time{}
	} else if _, known := c.proven[address]; !known && len(c.proven) >= maxProven {
		clear(c.proven)
	}
	c.proven[address] = now
}

// enter takes a place. The function gives it back; nil if there is none.
func (c *crowd) enter(address string, now time.Time) (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, proven := c.proven[address]
	proven = proven && now.Sub(last) < provenTime
	most := maxOfOne
	if !proven {
		most = maxOfOneNew
	}
	if address == "" { // who they are is not known: one of them cannot be told from another
		most = maxCrowd
	}
	if c.all >= maxCrowd || c.of[address] >= most || !proven && c.strange >= maxStrange {
		return nil
	}
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.all++
	c.of[address]++
	if !proven {
		c.strange++
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.all--
		if c.of[address]--; c.of[address] <= 0 {
			delete(c.of, address)
		}
		if !proven {
			c.strange--
		}
	}
}

var (
	errAuth  = &refusal{code: "AUTHFAIL", noTS: true}
	errBadOp = &refusal{code: "BADOP", noTS: true}
)

// dispatch serves an operation. The first generation tells an unknown one only to whoever has a token (Mesibo A3); the second has none that needs one.
func (p *Provider) dispatch(q *question, a *answer) error {
	op, known := p.front.operations[q.op]
	if known {
		q.known = q.op
	} else if !p.front.served.first {
		return errBadOp
	}
	if !op.open {
		if err := p.identify(q); err != nil {
			return err
		}
	}
	if !known {
		return errBadOp
	}
	return op.serve(p, q, a)
}

// identify finds out whose token a question carries.
func (p *Provider) identify(q *question) error {
	token, _ := q.text("token")
	if token == "" {
		return errAuth
	}
	m, site, err := p.front.backend.bearer(q.ctx, token)
	switch {
	case errors.Is(err, errNobody):
		return errAuth
	case err != nil:
		return err
	}
	p.front.crowd.prove(q.visitor.Address, time.Now())
	q.member, q.site = m, site
	return nil
}

// loginUI tells which log-in screen a client shows: the plain one.
func (*Provider) loginUI(_ *question, a *answer) error {
	a.put("ui", "0")
	return nil
}
