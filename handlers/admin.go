package handlers

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// CheckAgent is the User-Agent of chatpass check when it plays the provider. Its calls are not told as the provider's; they are
// authorized and limited as any other.
const CheckAgent = "chatpass-check"

// Call is how the provider last called one of its routes, without ids: what a site owner looks at when "it shows nothing".
type Call struct {
	Route  string    `json:"route"`
	Last   time.Time `json:"last"`
	Status int       `json:"status"`
	IDs    int       `json:"ids"` // how many ids the call asked for
	Total  int64     `json:"total"`
	Failed int64     `json:"failed"` // of Total, those that were not answered with 200
}

// callBook remembers the last call of each route of the provider. Routes are few, so it needs no bound.
type callBook struct {
	now   func() time.Time
	mu    sync.Mutex
	calls map[string]*Call
}

func newCallBook(now func() time.Time) *callBook {
	return &callBook{now: now, calls: map[string]*Call{}}
}

// note remembers a call and returns the status it was answered with.
func (b *callBook) note(route string, err error, ids int) (status int) {
	status = http.StatusOK
	if err != nil {
		status = failureOf(err).code
	}
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.calls[route]
	if c == nil {
		c = &Call{Route: route}
		b.calls[route] = c
	}
	c.Last, c.Status, c.IDs = now, status, ids
	c.Total++
	if err != nil {
		c.Failed++
	}
	return status
}

func (b *callBook) list() []Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	calls := make([]Call, 0, len(b.calls))
	for _, c := range b.calls {
		calls = append(calls, *c)
	}
	slices.SortFunc(calls, func(x, y Call) int { return y.Last.Compare(x.Last) })
	return calls
}

// Status is the answer of the admin listener's /status.
type Status struct {
	Status        string `json:"status"`
	Reason        string `json:"reason,omitempty"`
	Version       string `json:"version"`
	Provider      string `json:"provider,omitempty"` // the one that asks for users
	ProviderCalls []Call `json:"provider_calls"`     // newest first; empty if it never called
}

func (s *Server) status(c *gin.Context) error {
	state, reason := s.state(c.Request.Context())
	body, err := json.Marshal(Status{state, reason, s.o.Version, s.infoName, s.calls.list()})
	if err != nil {
		return err
	}
	c.Writer.Header()["Cache-Control"] = noStore
	send(c, http.StatusOK, jsonType, body)
	return nil
}

// localOnly refuses what a page in the operator's browser sends to the admin listener, which has no log-in of its own. A browser
// that comes by a name other than localhost may have been led here by a name that suddenly means this machine (DNS rebinding);
// other programs, which send no fetch metadata, may use any name.
func localOnly(c *gin.Context) {
	r := c.Request
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Header.Get("Origin") != "" || site == "cross-site" || site == "same-site" || site != "" && !plainHost(r.Host) {
		c.Abort()
		writeJSON(c, errForeign)
	}
}

// plainHost reports whether a Host header is an address or localhost.
func plainHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || strings.EqualFold(host, "localhost")
}

// adminRoutes is every route for the operator.
func (s *Server) adminRoutes() *gin.Engine {
	e := newEngine()
	e.Use(s.observe, localOnly)
	m := &mount{e: e, taken: map[string]bool{}}
	m.get("/metrics", gin.WrapH(promhttp.HandlerFor(s.o.Metrics.registry, promhttp.HandlerOpts{})))
	m.get("/healthz", s.answer(s.healthz, writeJSON))
	m.get("/readyz", s.answer(s.readyz(true), writeJSON))
	m.get("/status", s.answer(s.status, writeJSON))
	m.get("/debug/pprof/", gin.WrapF(pprof.Index))
	m.get("/debug/pprof/cmdline", s.answer(func(*gin.Context) error { return errNotFound }, writeJSON)) // arguments are nobody's business
	m.get("/debug/pprof/profile", gin.WrapF(pprof.Profile))
	m.get("/debug/pprof/symbol", gin.WrapF(pprof.Symbol))
	m.get("/debug/pprof/trace", gin.WrapF(pprof.Trace))
	m.get("/debug/pprof/:name", func(c *gin.Context) { pprof.Handler(c.Param("name")).ServeHTTP(c.Writer, c.Request) })
	s.refuseOthers(e)
	return e
}
