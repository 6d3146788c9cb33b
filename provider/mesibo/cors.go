package mesibo

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// preflightLife is for how many seconds a browser may keep what a preflight told it: as long as Chrome does at most with no header's say.
const preflightLife = "600"

// allow lets a page of a listed origin read the answer, and tells its browser before that it may ask. Nothing of a visitor's own, such as cookies, goes with it.
func (f *front) allow(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Vary"] = append(slices.Clip(h["Vary"]), "Origin")
	origin := r.Header.Get("Origin")
	if !f.listed(r, origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "POST, GET, OPTIONS")
		h.Set("Access-Control-Allow-Headers", "content-type")
		h.Set("Access-Control-Max-Age", preflightLife)
	}
}

// listed reports whether pages of an origin may ask: those the owner listed and the site's own; without any known of the site, the host that was asked.
func (f *front) listed(r *http.Request, origin string) bool {
	if origin == "" || origin == "null" {
		return false
	}
	same := func(listed string) bool { return strings.EqualFold(strings.TrimRight(listed, "/"), origin) }
	if slices.ContainsFunc(f.origins, same) {
		return true
	}
	if len(f.own) > 0 {
		return slices.ContainsFunc(f.own, same)
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Path == "" && strings.EqualFold(u.Host, r.Host)
}
