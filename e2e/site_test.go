package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chatpass/chatpass/static"
)

// token is what a provider's token looks like; it must never show up in an event.
const token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjE4OTM0NTYwMDAsInVzZXJfaWQiOjZ9.e2e-signature"

// widgetScript is the pretend provider's script: it writes down how the API with the real names is called.
const widgetScript = `(() => {
  const tell = (type, args) => document.dispatchEvent(new CustomEvent('chatpass:' + type, {detail: Array.from(args)}));
  window.ImbaChat = {load() { tell('loaded', arguments); return Promise.resolve(); }};
  window.imbaApi = {openDialog() { tell('dialog', arguments); return Promise.resolve(); }};
})()`

// site is a pretend site with the loader and a scriptable identity, and a pretend provider on another origin.
type site struct {
	*httptest.Server
	provider *httptest.Server
	script   string // address of the provider's script

	mu       sync.Mutex
	requests []*http.Request // of identity and of the provider's script
	body     string          // what {page} stands for
}

type siteOptions struct {
	base     string           // where Chatpass is mounted; empty means /chat, a slash the root
	page     string           // the body of the host page; {script} stands for the provider's script, {site} for the site, {page} for body
	policy   string           // Content-Security-Policy; {provider} stands for the provider's origin
	charset  string           // of the host page; empty means utf-8
	guest    bool             // the visitor is a guest, and guests may chat
	identity http.HandlerFunc // nil: user 6, or the guest
	widget   http.HandlerFunc // nil: widgetScript
}

const loaderTag = `<script src="/chat/loader.js" async></script>`

func newSite(t *testing.T, o siteOptions) *site {
	t.Helper()
	s := &site{}
	if o.widget == nil {
		o.widget = func(w http.ResponseWriter, _ *http.Request) { javascript(w, widgetScript) }
	}
	s.provider = httptest.NewServer(s.note(o.widget))
	t.Cleanup(s.provider.Close)
	s.script = s.provider.URL + "/imbachat/v1/276/widget"
	if o.identity == nil {
		o.identity = answer(s.user)
		if o.guest {
			o.identity = answer(s.anyone)
		}
	}
	if o.base == "" {
		o.base = "/chat"
	}
	o.base = strings.TrimSuffix(o.base, "/")
	if o.charset == "" {
		o.charset = "utf-8"
	}
	fill := strings.NewReplacer("{script}", s.script, "{provider}", s.provider.URL)
	mux := http.NewServeMux()
	loader := func(w http.ResponseWriter, _ *http.Request) { javascript(w, string(static.Loader())) }
	mux.HandleFunc("GET "+o.base+"/loader.js", loader)
	mux.HandleFunc("GET /copy.js", loader)
	mux.Handle("GET "+o.base+"/identity", s.note(o.identity))
	mux.HandleFunc("GET /elsewhere", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "elsewhere") })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset="+o.charset)
		if o.policy != "" {
			w.Header().Set("Content-Security-Policy", fill.Replace(o.policy))
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "of-this-visitor", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		_, _ = fmt.Fprintf(w, "<!doctype html><html lang=en><head><title>Host page</title></head><body><p id=content>The page itself</p>%s</body></html>",
			strings.NewReplacer("{site}", "http://"+r.Host, "{page}", s.getBody()).Replace(fill.Replace(o.page)))
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func javascript(w http.ResponseWriter, code string) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = fmt.Fprint(w, code)
}

// setBody changes what {page} stands for in the host page.
func (s *site) setBody(html string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body = html
}

func (s *site) getBody() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.body
}

// note writes the request down and passes it on.
func (s *site) note(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r)
		s.mu.Unlock()
		next(w, r)
	})
}

// asked returns the requests whose path ends with this.
func (s *site) asked(end string) []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*http.Request
	for _, r := range s.requests {
		if strings.HasSuffix(r.URL.Path, end) {
			found = append(found, r)
		}
	}
	return found
}

func (s *site) wantAsked(t *testing.T, end string, want int) {
	t.Helper()
	if got := len(s.asked(end)); got != want {
		t.Errorf("%s was asked for %d times, want %d", end, got, want)
	}
}

// answer is an identity handler that gives this text.
func answer(text func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store, private")
		_, _ = fmt.Fprint(w, text())
	}
}

func (s *site) user() string {
	return fmt.Sprintf(`{"user_id":6,"name":"John","expires_at":1893456000,"providers":{"imbachat":{"script":%q,"token":%q,`+
		`"options":{"language":"en-US","user_id":6}}}}`, s.script, token)
}

func (s *site) anyone() string {
	return fmt.Sprintf(`{"user_id":null,"providers":{"imbachat":{"script":%q,"options":{"language":"en-US"}}}}`, s.script)
}

// wantLoaded is how the provider is started for user.
const wantLoaded = `[{"language":"en-US","user_id":6,"token":"` + token + `"}]`
