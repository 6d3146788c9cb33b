package handlers

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/userinfo"
)

// Routes lists the routes of both listeners as "METHOD path".
func Routes(s *Server) (public, admin []string) {
	list := func(e *gin.Engine) (routes []string) {
		for _, r := range e.Routes() {
			routes = append(routes, r.Method+" "+r.Path)
		}
		slices.Sort(routes)
		return routes
	}
	return list(s.public), list(s.admin)
}

// Break adds a route, or a middleware for all routes added after it, that tests need to see fail.
func Break(s *Server, path string, h func(http.ResponseWriter, *http.Request)) {
	s.public.GET(path, gin.WrapF(h))
}

// BreakMiddleware runs h before the routes added with Break from now on.
func BreakMiddleware(s *Server, h func()) {
	s.public.Use(func(*gin.Context) { h() })
}

var (
	DecodeBasic    = decodeBasic
	AcceptsGzip    = acceptsGzip
	ValidNonce     = validNonce
	ValidRequestID = validRequestID
	NewRequestID   = newRequestID
)

func SplitIDs(list string) []string { return splitIDs(nil, list) }

func FormIDs(form string) []string { return formIDs(nil, form) }

// ClientOf returns the address of r's client and whether it is the site's own proxy.
func ClientOf(trusted []netip.Prefix, log *slog.Logger) func(r *http.Request) (string, bool) {
	c := newClients(trusted, log)
	return func(r *http.Request) (string, bool) {
		found := c.of(r)
		return found.address, found.shared
	}
}

// Limiter is a limiter by address.
type Limiter struct{ l *limiter }

func NewLimiter(most int, window time.Duration, now func() time.Time) (Limiter, error) {
	l, err := newLimiter(most, window, now)
	return Limiter{l}, err
}

func (l Limiter) Quiet() bool                       { return l.l.quiet() }
func (l Limiter) Fail(address string) time.Duration { return l.l.fail(client{address: address}) }
func (l Limiter) Shared(address string) (f, b time.Duration) {
	c := client{address: address, shared: true}
	return l.l.fail(c), l.l.blocked(c)
}

func (l Limiter) Blocked(address string) time.Duration { return l.l.blocked(client{address: address}) }

// Size is how many addresses are remembered, after housekeeping.
func (l Limiter) Size() int {
	l.l.counts.CleanUp()
	return l.l.counts.EstimatedSize()
}

const LimiterSize = limiterSize

// Spend returns what takes ids from an hourly budget.
func Spend(most int, now func() time.Time, log *slog.Logger) func(ids []string, kind userinfo.KeyKind) time.Duration {
	return newBudget(most, now, log).spend
}

// CallBook returns what notes a call and what lists them.
func CallBook(now func() time.Time) (note func(route string, err error, ids int) int, list func() []Call) {
	b := newCallBook(now)
	return b.note, b.list
}

// ErrNotFound is what a handler returns for what does not exist.
var ErrNotFound error = errNotFound

// Line writes a log line of one text and one number.
func Line(json bool, now time.Time, key, value string, n int64) string {
	f := lineFormat(json)
	b := f.begin(nil, now)
	b = f.text(b, key, value)
	return strings.TrimSuffix(string(f.end(f.number(b, "number", n))), "\n")
}
