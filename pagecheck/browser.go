// Package pagecheck looks at a page of the site as visitors' browsers get it: it fetches the page, and finds in it the loader, what its
// Content-Security-Policy allows, tokens and ids of users, and cookies that do not reach Chatpass. It judges nothing; chatpass check does.
// Whatever a page holds is somebody else's text: callers must not print it as it is.
package pagecheck

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"github.com/chatpass/chatpass/internal/secret"
)

// Bounds of one fetch.
const (
	Timeout      = 10 * time.Second // with all its redirects; visitors wait no longer
	MaxBody      = 4 << 20          // bytes after unpacking; pages of this size are no pages for people
	maxRedirects = 10               // browsers stop at 20, but nobody's page needs more
	maxHeader    = 256 << 10        // bytes of an answer's header; a few kilobytes are usual
)

// ErrRedirects says that redirects did not end.
var ErrRedirects = errors.New("redirects in a circle")

// Agent is the User-Agent of visitors who have none of their own.
const Agent = "Mozilla/5.0 (compatible; chatpass-check)"

// Visitor is somebody with a browser. The zero value is a guest.
type Visitor struct {
	Cookie secret.Secret // the Cookie header as the browser sends it; unset: none
	Agent  string        // the User-Agent header; empty: [Agent]
}

// Answer is how a fetch was answered in the end.
type Answer struct {
	URL     *url.URL    // behind the redirects
	Hops    int         // redirects that were followed
	Away    *url.URL    // where a redirect leads that was not followed, since it leaves the site or its encryption; else nil
	Status  int         // of the last answer
	Header  http.Header // of the last answer
	Cookies []SetCookie // of all answers on the way
	Body    []byte      // unpacked, at most [MaxBody] bytes
	Long    bool        // there was more
}

// HTML returns the body as UTF-8, decoded as a browser would.
func (a *Answer) HTML() []byte {
	r, err := charset.NewReader(bytes.NewReader(a.Body), a.Header.Get("Content-Type"))
	if err != nil {
		return a.Body
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return a.Body
	}
	return text
}

// Browser fetches as a browser does, but for scripts and a memory: no answer is kept, no cookie set. Proxies of the environment are not
// asked, since they would see the cookies and could answer from a cache of their own.
type Browser struct {
	transport *http.Transport // and no client, whose errors repeat what a page redirects to
	own       func(u *url.URL) bool
}

// NewBrowser returns a browser that follows redirects to addresses for which own says true, and never from https to http.
func NewBrowser(own func(u *url.URL) bool) *Browser {
	return &Browser{
		transport: &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader, ForceAttemptHTTP2: true}, own: own,
	}
}

// Page fetches a page as a person who types its address.
func (b *Browser) Page(ctx context.Context, u *url.URL, v Visitor) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	var cookies []SetCookie
	for hops := range maxRedirects + 1 {
		a, err := b.fetch(ctx, u, v, http.Header{
			"Accept":         {"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"},
			"Sec-Fetch-Site": {"none"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-User": {"?1"},
		})
		if err != nil {
			return nil, err
		}
		cookies = append(cookies, a.Cookies...)
		a.Cookies, a.Hops = cookies, hops
		to := a.target()
		if to == nil {
			return a, nil
		}
		if !b.own(to) || u.Scheme == "https" && to.Scheme != "https" {
			a.Away = to
			return a, nil
		}
		u = to
	}
	return nil, ErrRedirects
}

// Get fetches what a page needs, without following redirects. The header is added to the browser's own.
func (b *Browser) Get(ctx context.Context, u *url.URL, v Visitor, header http.Header) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	return b.fetch(ctx, u, v, header)
}

func (b *Browser) fetch(ctx context.Context, u *url.URL, v Visitor, header http.Header) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, inner(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if v.Agent == "" {
		v.Agent = Agent
	}
	req.Header.Set("User-Agent", v.Agent)
	if !v.Cookie.IsZero() {
		req.Header["Cookie"] = []string{v.Cookie.Reveal()}
	}
	resp, err := b.transport.RoundTrip(req)
	if err != nil {
		return nil, inner(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if err != nil {
		return nil, inner(err)
	}
	a := &Answer{URL: u, Status: resp.StatusCode, Header: resp.Header, Body: body}
	if len(body) > MaxBody {
		a.Body, a.Long = body[:MaxBody], true
	}
	a.Cookies = setCookies(u, resp.Header["Set-Cookie"], time.Now())
	return a, nil
}

// inner is an error without the address, whose query may be private.
func inner(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}

// target is where an answer redirects to; nil for one that does not.
func (a *Answer) target() *url.URL {
	switch a.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	location := a.Header.Get("Location")
	if location == "" {
		return nil
	}
	to, err := a.URL.Parse(location)
	if err != nil {
		return nil
	}
	to.Fragment = ""
	return to
}

// keptWords are how caches say that an answer is theirs. Only whole words count, since names of hosts may hold them too.
var keptWords = []string{"hit", "refreshhit", "stale", "updating", "revalidated"}

// Cached names the header that shows that a cache answered, and empty for none. Of a proxy that only passed on (Via) nothing follows.
func (a *Answer) Cached() string {
	for _, name := range []string{
		"X-Cache", "Cf-Cache-Status", "X-Cache-Status", "X-Proxy-Cache", "X-Fastcgi-Cache", "X-Nginx-Cache", "X-Litespeed-Cache", "X-Drupal-Cache", "X-Wp-Super-Cache",
		"X-Vercel-Cache", "X-Srcache-Fetch-Status", "Cache-Status",
	} {
		value := strings.ToLower(strings.Join(a.Header.Values(name), ","))
		words := strings.FieldsFunc(value, func(c rune) bool { return strings.ContainsRune(` ,;_=:()"`, c) })
		if !strings.Contains(value, "fwd=") && slices.ContainsFunc(words, func(word string) bool { return slices.Contains(keptWords, word) }) {
			return name
		}
	}
	if age := a.Header.Get("Age"); strings.Trim(age, "0 ") != "" {
		return "Age"
	}
	if len(strings.Fields(a.Header.Get("X-Varnish"))) == 2 { // Varnish adds the request that filled the cache
		return "X-Varnish"
	}
	return ""
}

// Private reports whether Cache-Control keeps an answer out of shared caches.
func (a *Answer) Private() bool {
	return a.directive("no-store") || a.directive("private")
}

// NoStore reports whether Cache-Control keeps an answer out of every cache.
func (a *Answer) NoStore() bool { return a.directive("no-store") }

func (a *Answer) directive(name string) bool {
	for part := range strings.SplitSeq(strings.Join(a.Header.Values("Cache-Control"), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(part), name) { // private="set-cookie" keeps out that header only
			return true
		}
	}
	return false
}
