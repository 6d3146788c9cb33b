package handlers

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// newEngine returns gin without its conveniences: no redirects, no trust in any proxy, no debug output.
func newEngine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.ForwardedByClientIP = false
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	e.HandleMethodNotAllowed = true
	_ = e.SetTrustedProxies(nil) // an empty list cannot be wrong
	return e
}

// mount adds routes to an engine. One of ours that is there already stays: with BASE_PATH=/imbachat/api/v1 our own routes and those of
// an old plugin meet, and gin would panic.
type mount struct {
	e     *gin.Engine
	taken map[string]bool
}

func (m *mount) add(h gin.HandlerFunc, path string, methods ...string) {
	for _, method := range methods {
		if key := method + " " + path; !m.taken[key] {
			m.taken[key] = true
			m.e.Handle(method, path, h)
		}
	}
}

func (m *mount) get(path string, h gin.HandlerFunc) { m.add(h, path, http.MethodGet, http.MethodHead) }

func (m *mount) post(path string, h gin.HandlerFunc) {
	m.add(h, path, http.MethodGet, http.MethodHead, http.MethodPost)
}

// publicRoutes is every route for the site and the provider; the error is a *RouteError. What is not here does not exist: the provider's old unprotected ones
// (sync, getauthdata, gettoken, setguestimbachat, notifications) among them (ImbaChat §1.4).
func (s *Server) publicRoutes() (*gin.Engine, error) {
	e := newEngine()
	e.Use(s.observe)
	m := &mount{e: e, taken: map[string]bool{}}
	base := s.o.BasePath
	if s.info != nil {
		s.compatRoutes(m)
		users := s.answer(s.fromProvider(s.users), writeJSON)
		m.post(base+"/users", users)
		m.post(base+"/users/:ids", users)
		m.get(base+"/search", s.answer(s.fromProvider(s.search(bareArray, "q")), writeJSON))
		m.get(base+"/search/:term", s.answer(s.fromProvider(s.search(bareArray, "")), writeJSON))
		m.get(base+"/version", s.answer(s.fromProvider(s.version), writeJSON))
		m.get(base+"/friends/:ids", s.answer(s.fromProvider(s.friends), writeJSON))
	}
	m.get("/healthz", s.answer(s.healthz, writeJSON))
	m.get("/readyz", s.answer(s.readyz(false), writeJSON))
	m.get(base+"/loader.js", s.answer(s.loader, writeJSON))
	m.get(base+"/identity", s.answer(s.identity, writeJSON))
	for path, h := range map[string]handler{base + "/widget": s.widget, base + "/button": s.button} {
		s.fragments[path] = true
		m.get(path, s.answer(h, writeFragment))
	}
	if err := s.provided(m); err != nil {
		return nil, err
	}
	s.refuseOthers(e)
	e.NoRoute(s.answer(func(c *gin.Context) error {
		s.noticeCutPath(c.Request.URL.Path)
		return errNotFound
	}, writeJSON))
	return e, nil
}

func (s *Server) refuseOthers(e *gin.Engine) {
	e.NoRoute(s.answer(func(*gin.Context) error { return errNotFound }, writeJSON))
	e.NoMethod(s.answer(func(*gin.Context) error { return errMethod }, func(c *gin.Context, f *failure) {
		if s.coded[c.Request.URL.Path] {
			writeCode(c, f)
			return
		}
		writeJSON(c, f)
	}))
}

// noticeCutPath tells once that the web server cuts the base path off, as nginx does with a slash behind the port of proxy_pass:
// nothing else here shows why every route is missing.
func (s *Server) noticeCutPath(path string) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch name {
	case "users", "search", "friends":
	case "identity", "widget", "button", "loader.js", "version":
		if rest != "" {
			return
		}
	default:
		return
	}
	if s.o.BasePath == "" {
		return
	}
	s.cutPath.Do(func() {
		s.log.Warn("a request for one of our routes came without the base path, as when nginx has proxy_pass with a slash behind the port; remove the slash, or change CHATPASS_BASE_PATH",
			"base_path", s.o.BasePath, "route", "/"+name)
	})
}

// kvsScript is the file in which KVS's sample lives.
const kvsScript = "/chat.php"

// compatRoutes are the paths of ImbaChat's old plugins (ImbaChat §8.1), so that nothing has to change in its dashboard. All ask
// for credentials, also those that did not.
func (s *Server) compatRoutes(m *mount) {
	users := s.answer(s.fromProvider(s.users), writeJSON)
	search := func(shape searchShape) gin.HandlerFunc {
		return s.answer(s.fromProvider(s.search(shape, "")), writeJSON)
	}
	if s.rules.Compat["wordpress"] {
		const wp = "/wp-json/imbachat/v1"
		m.post(wp+"/getusers/:ids", users)
		m.post(wp+"/searchusers/:term", s.answer(s.fromProvider(s.searchWordPress), writeJSON))
		m.post(wp+"/user/friends/:ids", s.answer(s.fromProvider(s.friends), writeJSON))
	}
	if s.rules.Compat["october"] {
		const october = "/imbachat/api/v1"
		m.post(october, s.answer(s.fromProvider(s.version), writeJSON))
		m.post(october+"/users/:ids", users)
		m.post(october+"/search/:term", search(envelope))
		m.post("/integrationwidget/apiChat/:ids", users)
	}
	if s.rules.Compat["livestreet"] {
		m.post("/imba_chat/getusers/:ids", users)
		m.post("/imba_chat_widget/getusers/:ids", users)
		m.post("/imba_chat/searchusers/:term", search(bareArray))
	}
	if s.rules.Compat["wordpress"] || s.rules.Compat["opencart"] || s.rules.Compat["kvs"] {
		query := s.answer(s.queryRoute, writeJSON)
		m.post("/", query)
		m.post("/index.php", query)
		if s.rules.Compat["kvs"] {
			m.post(kvsScript, query)
		}
	}
}
