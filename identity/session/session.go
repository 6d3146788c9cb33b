// Package session is the resolver "session": it finds out from the cookies of the site's own session which user a visitor is. How each platform keeps its sessions
// is said in recipes, which are data ([Recipe]); one pipeline follows them: take a cookie, decode it, look rows up, check, name a user.
//
// A recipe cannot do what would be unsafe: rows are found by typed keys and compared byte for byte, secrets only by a comparison that takes the same time wherever
// they differ, an empty secret equals nothing, and whatever cannot be computed or found ends in an anonymous visitor. The site's database is only read.
package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// Bounds of one request. Browsers send a site's session once or twice; more is somebody's attempt.
const (
	maxCookies = 8  // values that one recipe matches
	maxQueries = 10 // sent to the database
)

// Bounds of what is configured.
const (
	maxRecipes = 16
	maxSteps   = 32 // of a recipe
	maxSlots   = 64 // variables of a recipe
)

// Options is what [New] needs. Source, KeyKind, Now and ClientIP are required.
type Options struct {
	Source   userinfo.Source
	Secrets  map[string]secret.Secret // by the names recipes use; of name_previous former keys with commas between them are tried too
	KeyKind  func() userinfo.KeyKind  // of the users table; unknown while the database was never read
	Now      func() time.Time
	ClientIP func(r *http.Request) string // the visitor's address; empty when it is not known
	Vars     map[string]string            // what {p}, {base} and so on stand for in names of tables and folders
	SiteRoot string                       // the site's folder; empty when it is not known
	Files    string                       // the folder of session files, see [ParseFiles]; empty is that of the recipe
	Lifetime time.Duration                // of sessions whose end the site does not tell; 0 is that of the recipe
	Zone     *time.Location               // of the site's times without a zone; nil is UTC
	Logger   *slog.Logger                 // is told at debug level why a session names nobody; nil: nobody is
	Visitors func() *userinfo.Reading     // how users are read; they are read with their session where a recipe reads the same row. nil, or giving nil: they are not
}

// Resolver is the resolver "session". It is safe for concurrent use.
type Resolver struct {
	o       Options
	recipes []*recipe
	reports []Report
}

// Report is what became of a recipe.
type Report struct {
	Recipe  string
	Missing []string // secrets it lacks, and settings by their whole names in capitals; it is skipped then
	Instead string   // the recipe it stands in for; it is only followed where that one is skipped
	Weaker  bool     // it proves less than the site would ask for
	Unused  bool     // it is never followed with these settings
}

// New checks the recipes and returns the resolver that follows them, or every fault of them. Nothing is asked of the database.
func New(recipes []Recipe, o Options) (*Resolver, []setting.Fault) {
	if o.Source == nil || o.KeyKind == nil || o.Now == nil || o.ClientIP == nil {
		return nil, []setting.Fault{{Problem: "The session resolver lacks its source, kind of keys, clock or address of visitors"}}
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Visitors == nil {
		o.Visitors = func() *userinfo.Reading { return nil }
	}
	r := &Resolver{o: o}
	compiled, faults := compileAll(recipes, o)
	if len(faults) > 0 {
		return nil, faults
	}
	for _, c := range compiled {
		report := Report{Recipe: c.name, Missing: c.missing, Instead: c.instead, Weaker: c.weaker, Unused: len(c.missing) > 0}
		if above := slices.IndexFunc(r.reports, func(x Report) bool { return x.Recipe == c.instead }); above >= 0 {
			skipped := len(compiled[above].missing) > 0 || compiled[above].maySkip && !r.reports[above].Unused
			report.Unused = report.Unused || !skipped
		}
		r.reports = append(r.reports, report)
	}
	r.recipes = compiled
	return r, nil
}

// Check returns the faults of recipes as far as they can be found without settings and database.
func Check(recipes []Recipe) []setting.Fault {
	_, faults := compileAll(recipes, Options{Zone: time.UTC})
	return faults
}

// Name returns "session".
func (*Resolver) Name() string { return "session" }

// Reports tells what became of each recipe.
func (r *Resolver) Reports() []Report { return slices.Clone(r.reports) }

// Active reports whether any recipe can be followed; the resolver has no settings otherwise.
func (r *Resolver) Active() bool {
	return slices.ContainsFunc(r.reports, func(x Report) bool { return !x.Unused })
}

// Resolve returns the user whose session a cookie of the request carries. ExpiresAt is when that session ends, if nothing prolongs it.
//
// It returns identity.ErrNoCredential when no recipe finds its cookie, or only sessions in which nobody is signed in; ErrRejected when sessions were found, but
// none holds; ErrConflict when two name different users; ErrUnavailable when the database or a folder cannot be asked. Of several cookies of one name all must hold.
func (r *Resolver) Resolve(ctx context.Context, req *http.Request) (identity.Identity, error) {
	cookies, err := decode.ParseCookies(req.Header["Cookie"])
	if err != nil {
		return identity.Identity{}, fmt.Errorf("%w: %w", identity.ErrRejected, err)
	}
	if cookies.Len() == 0 {
		return identity.Identity{}, identity.ErrNoCredential
	}
	q := &request{resolver: r, http: req, cookies: cookies, now: r.o.Now(), host: hostOf(req), queries: maxQueries, skipped: map[string]bool{}}
	var all verdict
	for _, c := range r.recipes {
		switch {
		case len(c.missing) > 0:
			q.skipped[c.name] = true
			continue
		case c.instead != "" && !q.skipped[c.instead]:
			continue
		}
		v := q.recipe(ctx, c)
		if v.sort == skippedHere {
			q.skipped[c.name] = true
		}
		if all = all.beside(v); errors.Is(all.err, identity.ErrUnavailable) {
			break
		}
	}
	return all.identity()
}

// compile-time proof that the resolver is one.
var _ identity.Resolver = (*Resolver)(nil)
