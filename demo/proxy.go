package demo

import (
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"

	"github.com/chatpass/chatpass/internal/secret"
)

// proxy hands /chat/ on to the sidecar, as nginx or Apache would on a real site, and tells it who is signed in.
type proxy struct {
	sidecar  *url.URL
	siteKey  secret.Secret
	sessions *sessions
}

// newProxy returns the handler of everything below the base path.
func newProxy(p proxy, transport http.RoundTripper, logger *slog.Logger) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite:   p.rewrite,
		Transport: transport,
		ErrorLog:  slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil { // else the browser went away
				logger.WarnContext(r.Context(), "sidecar does not answer", "error", err)
			}
			http.Error(w, "The chat is not available right now.", http.StatusBadGateway)
		},
	}
}

// rewrite makes the request to the sidecar. Only this server may name a user to the sidecar, so whatever the browser sent
// to name one goes: the bearer key, user_id and the identity header. Cookies are this site's own and stay here.
func (p proxy) rewrite(r *httputil.ProxyRequest) {
	r.SetURL(p.sidecar)
	r.Out.Host = r.In.Host // SetURL would send the sidecar's own
	r.SetXForwarded()
	r.Out.Header.Del("Cookie")
	r.Out.Header.Del("X-Chatpass-User")
	r.Out.URL.RawQuery = withoutParameter(r.In.URL.RawQuery, "user_id")
	if !isUsersInfo(r.In) {
		r.Out.Header.Del("Authorization")
	}
	if id, ok := p.signedIn(r.In); ok {
		r.Out.Header.Set("Authorization", "Bearer "+p.siteKey.Reveal())
		r.Out.URL.RawQuery = url.Values{"user_id": {strconv.FormatInt(id, 10)}}.Encode()
	}
}

// signedIn returns the user for whom the sidecar may be asked: the one of the session, and only when a page of this site asks.
// The cookie becomes a key here, so this is the place that must not be talked into it by another site.
func (p proxy) signedIn(r *http.Request) (int64, bool) {
	if r.URL.Path != basePath+"/identity" || r.Method != http.MethodGet {
		return 0, false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin":
	case "": // an old browser; a foreign page cannot set the header without being asked first
		if r.Header.Get("X-Requested-With") != "chatpass" {
			return 0, false
		}
	default:
		return 0, false
	}
	return p.sessions.member(r)
}

// isUsersInfo reports whether the request is the provider's, who proves itself with Basic auth. A bearer key never passes.
func isUsersInfo(r *http.Request) bool {
	path := strings.TrimPrefix(r.URL.Path, basePath)
	_, _, basic := r.BasicAuth()
	return basic && (path == "/users" || strings.HasPrefix(path, "/users/"))
}

// withoutParameter removes every spelling of a parameter from a raw query and leaves the rest as it is.
func withoutParameter(query, name string) string {
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		named := false
		for part := range strings.SplitSeq(pair, ";") { // some servers split here too
			key, _, _ := strings.Cut(part, "=")
			plain, err := url.QueryUnescape(key)
			named = named || err != nil || strings.EqualFold(strings.TrimSpace(plain), name)
		}
		if !named {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}
