package handlers

import (
	"net/http"
	"sort"

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

// routes is every route there is. What is not here does not exist: the provider's old unprotected ones (sync, getauthdata,
// gettoken, setguestimbachat, notifications) among them (ImbaChat §1.4).
func (s *Server) routes() (public, admin http.Handler) {
	e := newEngine()
	e.Use(s.observe)
	base := s.o.BasePath
	get := func(path string, h gin.HandlerFunc) {
		e.GET(path, h)
		e.HEAD(path, h)
	}
	post := func(path string, h gin.HandlerFunc) {
		get(path, h)
		e.POST(path, h)
	}

	get("/healthz", s.answer(s.healthz, writeJSON))
	get("/readyz", s.answer(s.readyz(false), writeJSON))
	get(base+"/loader.js", s.answer(s.loader, writeJSON))
	get(base+"/identity", s.answer(s.identity, writeJSON))
	get(base+"/widget", s.answer(s.widget, writeFragment))
	get(base+"/button", s.answer(s.button, writeFragment))

	if s.info != nil {
		users := s.answer(s.users, writeJSON)
		post(base+"/users", users)
		post(base+"/users/:ids", users)
		get(base+"/search", s.answer(s.search(bareArray, "q"), writeJSON))
		get(base+"/search/:term", s.answer(s.search(bareArray), writeJSON))
		get(base+"/version", s.answer(s.version, writeJSON))
		get(base+"/friends/:ids", s.answer(s.friends, writeJSON))
		s.compatRoutes(post)
	}
	e.NoRoute(s.answer(func(*gin.Context) error { return errNotFound }, writeJSON))
	e.NoMethod(s.answer(func(*gin.Context) error { return errMethod }, writeJSON))
	return e, s.adminRoutes()
}

// compatRoutes are the paths of ImbaChat's old plugins (ImbaChat §8.1), so that nothing has to change in its dashboard. All ask
// for credentials, also those that did not.
func (s *Server) compatRoutes(post func(string, gin.HandlerFunc)) {
	users := s.answer(s.users, writeJSON)
	friends := s.answer(s.friends, writeJSON)
	version := s.answer(s.version, writeJSON)
	if s.rules.Compat["wordpress"] {
		const wp = "/wp-json/imbachat/v1"
		post(wp+"/getusers/:ids", users)
		post(wp+"/searchusers/:term", s.answer(s.searchWordPress, writeJSON))
		post(wp+"/user/friends/:ids", friends)
	}
	if s.rules.Compat["october"] {
		const october = "/imbachat/api/v1"
		post(october, version)
		post(october+"/users/:ids", users)
		post(october+"/search/:term", s.answer(s.search(envelope), writeJSON))
		post("/integrationwidget/apiChat/:ids", users)
	}
	if s.rules.Compat["livestreet"] {
		post("/imba_chat/getusers/:ids", users)
		post("/imba_chat_widget/getusers/:ids", users)
		post("/imba_chat/searchusers/:term", s.answer(s.search(bareArray), writeJSON))
	}
	if s.rules.Compat["wordpress"] || s.rules.Compat["opencart"] || s.rules.Compat["kvs"] {
		query := s.answer(s.queryRoute, writeJSON)
		post("/", query)
		post("/index.php", query)
		if s.rules.Compat["kvs"] {
			post("/chat.php", query)
		}
	}
}

func sortCalls(calls []Call) {
	sort.Slice(calls, func(i, j int) bool { return calls[i].Last.After(calls[j].Last) })
}
