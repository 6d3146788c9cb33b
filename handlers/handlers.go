// Package handlers answers requests: users-info for the provider, identity and widget for the visitor's browser, health and
// metrics for the operator. It is the only room that knows gin and the metrics library.
package handlers

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// Directory looks up users; what it returns is never older than the question.
type Directory interface {
	ByID(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error)
	// Visitor is ByID of one user, with what the routes of visitors need. seen is their row if it was read for this request already; nil if not.
	Visitor(ctx context.Context, id userinfo.ID, seen *userinfo.Seen) (u userinfo.User, known bool, err error)
	Search(ctx context.Context, term string) ([]userinfo.User, error)
	Friends(ctx context.Context, id userinfo.ID) ([]userinfo.User, error)
	// MayWrite tells whether a user that ByID gave may write to another.
	MayWrite(from, to *userinfo.User) userinfo.Writing
	KeyKind() userinfo.KeyKind
}

// Answers gives the users-info array of ids.
type Answers interface {
	Append(ctx context.Context, dst []byte, texts []string) (out []byte, age time.Duration, err error)
}

// Options is everything the handlers need. All fields are required unless their comment says otherwise.
type Options struct {
	BasePath       string         // "/chat", or "" for the root
	SiteOrigins    []string       // origins that may ask; empty = the request's own host
	TrustedProxies []netip.Prefix // may be empty
	IdentityHeader string         // in which a trusted proxy names the visitor; "" = none does
	Inline         bool           // widget mode when the request names none
	HideOn         string         // patterns of paths whose pages show no widget, with commas between them; "" = none
	Roles          []string       // only their users get the chat; empty = all
	Searches       bool           // user search is served
	Friends        bool           // friend lists are served
	Version        string

	Directory Directory
	Answers   Answers
	Identity  identity.Chain // may be empty: everybody is a guest
	Providers []provider.Provider
	Database  func(ctx context.Context) error            // nil when the database answers
	Waiting   func(ctx context.Context) map[string]int64 // changes that each provider is still to be told; nil, or a nil map, when that is not known
	Now       func() time.Time
	Logger    *slog.Logger
	AccessLog io.Writer // one line per request; nil = none
	JSONLog   bool      // form of AccessLog
	Metrics   *Metrics
}

// Server is the two sets of routes and what they share.
type Server struct {
	o         Options
	log       *slog.Logger
	info      provider.UsersInfo // nil when no provider asks for users
	infoName  string
	rules     provider.UsersInfoRules
	minted    []prometheus.Counter // tokens, by place in o.Providers
	asked     prometheus.Counter   // users-info calls answered with 200
	clients   *clients
	guesses   *limiter                          // wrong Basic credentials by address
	accepted  atomic.Pointer[[sha256.Size]byte] // digest of the provider's header that was accepted last; nil: none was
	rejected  *limiter                          // rejected visitor credentials by address
	vary      []string                          // the headers a visitor's own answer depends on
	budget    *budget
	searching chan struct{}
	calls     *callBook
	health    *health
	fragments map[string]bool // routes whose answer stands in a page of the site
	coded     map[string]bool // paths of providers' own routes, whose errors have a machine's word
	draining  atomic.Bool
	cutPath   sync.Once // the warning that the base path is cut off
	public    *gin.Engine
	admin     *gin.Engine
}

// New returns the server. It is an error if an option is missing, and a *RouteError if a provider's route is one that is there already.
func New(o Options) (*Server, error) {
	if o.Directory == nil || o.Answers == nil || o.Database == nil || o.Now == nil || o.Logger == nil || o.Metrics == nil {
		return nil, errors.New("handlers: an option is missing")
	}
	s := &Server{o: o, log: o.Logger, fragments: map[string]bool{}, coded: map[string]bool{}}
	for _, p := range o.Providers {
		s.minted = append(s.minted, o.Metrics.minted.WithLabelValues(p.Name()))
	}
	if p, info := provider.Asking(o.Providers); info != nil {
		s.info, s.infoName, s.rules = info, p.Name(), info.UsersInfoRules()
		o.Metrics.announce(s.infoName, s.rules.InboundToken)
		s.asked = o.Metrics.provider.WithLabelValues(s.infoName, codeText(http.StatusOK))
	}
	o.Metrics.ailing.providers.Store(&o.Providers)
	o.Metrics.backlog.count.Store(&o.Waiting)
	s.vary = []string{"Cookie"}
	if o.IdentityHeader != "" {
		s.vary = []string{"Cookie, " + o.IdentityHeader}
	}
	s.clients = newClients(o.TrustedProxies, o.Logger)
	var err error
	if s.guesses, err = newLimiter(20, time.Minute, o.Now); err != nil { // CONTRACT §3
		return nil, err
	}
	if s.rejected, err = newLimiter(60, time.Minute, o.Now); err != nil { // CONTRACT §4
		return nil, err
	}
	s.budget = newBudget(s.rules.IDsPerHour, o.Now, o.Logger)
	s.searching = make(chan struct{}, 10) // SEC-54: searches read the whole table
	s.calls = newCallBook(o.Now)
	s.health = newHealth(o.Database, o.Directory.KeyKind, o.Now)
	if s.public, err = s.publicRoutes(); err != nil {
		return nil, err
	}
	s.admin = s.adminRoutes()
	return s, nil
}

// Public is what the site's web server and the provider reach.
func (s *Server) Public() http.Handler { return s.public }

// Admin is what the operator reaches.
func (s *Server) Admin() http.Handler { return s.admin }

// Drain makes readyz say that the server is about to end.
func (s *Server) Drain() { s.draining.Store(true) }
