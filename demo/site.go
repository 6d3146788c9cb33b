package demo

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

var (
	//go:embed pages/*.html
	pageFiles embed.FS
	//go:embed files
	staticFiles embed.FS
)

// formLimit is the most a form may send in bytes; a sign-in is "member=1".
const formLimit = 4 << 10

// site is the pretend site.
type site struct {
	world    world
	members  *members
	sessions *sessions
	buttons  *buttons
	proxy    http.Handler
	pages    map[string]*template.Template
	policy   string
	logger   *slog.Logger
	idle     func()
}

// newSite returns the site in front of the sidecar.
func newSite(w world, sidecar *url.URL, m *members, logger *slog.Logger) (*site, error) {
	pages, err := parsePages()
	if err != nil {
		return nil, fmt.Errorf("pretend site: %w", err)
	}
	public, err := url.Parse(w.site)
	if err != nil {
		return nil, fmt.Errorf("pretend site: %w", err)
	}
	client, idle := newClient()
	sessions := newSessions(public.Port(), w.now)
	return &site{
		world: w, members: m, sessions: sessions, pages: pages, logger: logger, idle: idle,
		buttons: &buttons{client: client, sidecar: sidecar, siteKey: w.siteKey, logger: logger},
		proxy:   newProxy(proxy{sidecar: sidecar, siteKey: w.siteKey, sessions: sessions}, client.Transport, logger),
		policy:  contentPolicy(w.provider),
	}, nil
}

// contentPolicy is as strict as a page with this chat can have it: own files, the provider's script and its connections,
// nothing inline.
func contentPolicy(provider string) string {
	socket := "ws" + strings.TrimPrefix(provider, "http")
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' " + provider,
		"connect-src 'self' " + provider + " " + socket,
		"img-src 'self'",
		"style-src 'self'",
		"form-action 'self'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

// parsePages returns a template per page, each within the layout.
func parsePages() (map[string]*template.Template, error) {
	layout, err := template.New("layout.html").Funcs(template.FuncMap{"ago": ago, "initial": initial}).
		ParseFS(pageFiles, "pages/layout.html", "pages/parts.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(pageFiles, "pages/page-*.html")
	if err != nil {
		return nil, err
	}
	pages := make(map[string]*template.Template, len(names))
	for _, name := range names {
		page, err := layout.Clone()
		if err != nil {
			return nil, err
		}
		if page, err = page.ParseFS(pageFiles, name); err != nil {
			return nil, err
		}
		pages[strings.TrimSuffix(strings.TrimPrefix(name, "pages/page-"), ".html")] = page
	}
	return pages, nil
}

func (s *site) close() { s.idle() }

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /sign-in", s.signInPage)
	mux.HandleFunc("POST /sign-in", s.signIn)
	mux.HandleFunc("POST /sign-out", s.signOut)
	mux.HandleFunc("GET /members", s.memberList)
	mux.HandleFunc("GET /members/{id}", s.memberPage)
	mux.HandleFunc("GET /avatars/{file}", s.file("files/avatars/"))
	mux.HandleFunc("GET /assets/{file}", s.file("files/"))
	mux.Handle(basePath+"/", s.proxy)
	mux.HandleFunc("/", s.notFound)
	return onlyHost(s.world.site, true, mux)
}

// card is a member on a page, with the button to write to them.
type card struct {
	member
	Button template.HTML
}

// page is what the layout shows around every page.
type page struct {
	Title     string
	Here      string // path of the page, for the navigation
	Visitor   *member
	Members   []card
	Member    *card
	Site      string
	Provider  string
	Base      string
	Now       time.Time
	NoButtons bool // the sidecar gave no button to a visitor who should have one
}

// begin returns the page of this visitor. A session whose member is gone or banned since is nobody's.
func (s *site) begin(r *http.Request, title string) (page, error) {
	p := page{
		Title: title, Here: r.URL.Path, Now: s.world.now(),
		Site: s.world.site, Provider: s.world.provider, Base: basePath,
	}
	if id, ok := s.sessions.member(r); ok {
		m, found, err := s.members.byID(r.Context(), id)
		if err != nil {
			return page{}, err
		}
		if found {
			p.Visitor = &m
		}
	}
	return p, nil
}

// cards fetches the buttons for a list of members; visitors who are not signed in get none.
func (s *site) cards(ctx context.Context, p *page, list ...member) []card {
	var found map[int64]template.HTML
	if p.Visitor != nil {
		var others []int64
		for _, m := range list {
			if m.ID != p.Visitor.ID {
				others = append(others, m.ID)
			}
		}
		found = s.buttons.fetch(ctx, p.Visitor.ID, others)
		p.NoButtons = len(others) > 0 && len(found) == 0
	}
	cards := make([]card, len(list))
	for i, m := range list {
		cards[i] = card{member: m, Button: found[m.ID]}
	}
	return cards
}

// show writes a page. Pages differ by visitor, so nobody may keep them.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	var b bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&b, "layout.html", p); err != nil {
		s.fail(w, r, err)
		return
	}
	s.headers(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, private")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}

func (s *site) headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", s.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // no-referrer would turn the Origin of our own forms into null
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.logger.ErrorContext(r.Context(), "page failed", "error", err)
	s.headers(w)
	http.Error(w, "The pretend site could not make this page. Its log says why.", http.StatusInternalServerError)
}

// file serves an embedded file of one folder.
func (s *site) file(folder string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := staticFiles.ReadFile(folder + r.PathValue("file"))
		if err != nil {
			s.notFound(w, r)
			return
		}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox") // of a picture opened by itself
		h.Set("Cache-Control", "no-cache")
		http.ServeContent(w, r, r.PathValue("file"), time.Time{}, bytes.NewReader(body))
	}
}

// memberID reads the id in a path or form; 0 for none.
func memberID(s string) int64 {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 {
		return 0
	}
	return id
}
