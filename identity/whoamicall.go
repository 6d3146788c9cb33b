package identity

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

const (
	maxWhoamiBody   = 64 << 10 // bytes; an answer that only tells who is there has fewer than 1,000
	maxWhoamiHeader = 64 << 10 // bytes; a site that sets cookies for ten plugins sends 8,000
)

// errNoAnswer says that nobody answered for the site: no connection, no answer in time, or a gateway in front of it that says so.
var errNoAnswer = errors.New("no answer from the site")

// whoamiTransport goes straight to the site: a proxy of the environment would get every visitor's cookies.
func whoamiTransport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: whoamiTimeout, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: whoamiTimeout, ResponseHeaderTimeout: whoamiTimeout, MaxResponseHeaderBytes: maxWhoamiHeader,
		MaxIdleConnsPerHost: whoamiCalls, MaxConnsPerHost: whoamiCalls, IdleConnTimeout: 30 * time.Second,
		DisableCompression: true, ForceAttemptHTTP2: true,
	}
}

// ask asks the site; an empty id is nobody. Its errors hold nothing of the visitor and nothing of the answer.
func (w *Whoami) ask(ctx context.Context, v visitor) (userinfo.ID, error) {
	ctx, cancel := context.WithTimeout(ctx, whoamiTimeout)
	defer cancel()
	select {
	case w.turns <- struct{}{}:
		defer func() { <-w.turns }()
	case <-ctx.Done():
		return "", errors.New("too many visitors are being asked for")
	}
	done, err := w.breaker.Allow()
	if err != nil {
		return "", fmt.Errorf("%w a moment ago", errNoAnswer)
	}
	text, err := w.call(ctx, v)
	done(err)
	if err != nil || text == "" {
		return "", err
	}
	return parseID(w.o.KeyKind(), text, errors.New("the site's answer cannot be used"))
}

// call makes the request and returns the text of the id in the answer; "" for nobody.
func (w *Whoami) call(ctx context.Context, v visitor) (string, error) {
	req := (&http.Request{Method: http.MethodGet, URL: w.url, Host: w.url.Host, Header: http.Header{
		"Cookie": {v.cookie}, "User-Agent": {v.agent}, "Accept": {"application/json"}, "Accept-Encoding": {"identity"},
		"Cache-Control": {"no-cache"}, "Pragma": {"no-cache"}, // a cache on the way must not answer for another visitor
	}}).WithContext(ctx)
	if v.cookie == "" {
		req.Header.Del("Cookie")
	}
	if v.address != "" {
		req.Header["X-Forwarded-For"] = []string{v.address}
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoAnswer, bare(err))
	}
	defer resp.Body.Close()
	if nobody, err := w.judge(resp); nobody || err != nil {
		return "", err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxWhoamiBody+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", errNoAnswer, bare(err))
	case len(body) > maxWhoamiBody:
		return "", fmt.Errorf("the site's answer is longer than %d bytes", maxWhoamiBody)
	}
	text, err := fieldOf(body, w.path)
	if err == nil && text != "" && shared(resp.Header) {
		return "", errors.New("the site's answer names a user and may be in a shared cache: send Cache-Control: no-store, private")
	}
	return text, err
}

// Probe asks the site once as nobody, without cookies, for who wants to know whether it answers at all. It returns whether the site names a user then, whom it
// would name to everybody, and an error where visitors get none; the error holds nothing of the answer.
func (w *Whoami) Probe(ctx context.Context) (named bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, whoamiTimeout)
	defer cancel()
	text, err := w.call(ctx, visitor{agent: "chatpass check"})
	return text != "", err
}

// judge reads status and headers: whether nobody is signed in, and an error if nobody can tell.
func (w *Whoami) judge(resp *http.Response) (nobody bool, err error) {
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return true, nil
	case code == http.StatusFound, code == http.StatusSeeOther, code == http.StatusTemporaryRedirect:
		if w.elsewhere(resp) {
			return true, nil // to the page where visitors sign in
		}
		return false, fmt.Errorf("the site redirects its own address (%d): write where it leads to", code)
	case code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		return false, fmt.Errorf("%w: status %d", errNoAnswer, code)
	case code != http.StatusOK:
		return false, fmt.Errorf("the site answered with status %d", code)
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return false, errors.New("the site's answer is no JSON by its Content-Type")
	}
	return false, nil
}

// elsewhere reports whether a redirect leads to another page, and not to the same one by another scheme, host or slash.
func (w *Whoami) elsewhere(resp *http.Response) bool {
	to, err := w.url.Parse(resp.Header.Get("Location"))
	return err == nil && resp.Header.Get("Location") != "" && strings.TrimRight(to.Path, "/") != strings.TrimRight(w.url.Path, "/")
}

// cacheHeaders are where caches tell whether an answer is theirs: RFC 9211, and what Varnish, nginx, Fastly and Cloudflare usually say before it. Of these nginx
// sends no Age.
var cacheHeaders = [...]string{"Cache-Status", "X-Cache", "X-Cache-Status", "X-Proxy-Cache", "Cf-Cache-Status"}

// fromCache reports whether a cache says that an answer is its own. Names of hosts may hold such words too, so that only whole ones count.
func fromCache(h http.Header) bool {
	if len(strings.Fields(strings.Join(h["X-Varnish"], " "))) > 1 { // this request, and the one whose answer was kept
		return true
	}
	for _, name := range cacheHeaders {
		for word := range strings.FieldsFuncSeq(strings.ToLower(strings.Join(h[name], " ")), func(c rune) bool { return strings.ContainsRune(" ,;", c) }) {
			switch word {
			case "hit", "stale", "updating", "revalidated":
				return true
			}
		}
	}
	return false
}

// shared reports whether an answer was kept by a cache for several visitors, or may be.
func shared(h http.Header) bool {
	if fromCache(h) {
		return true
	}
	if age := h.Get("Age"); age != "" && strings.Trim(age, "0 ") != "" {
		return true
	}
	for directive := range strings.SplitSeq(strings.ToLower(strings.Join(h["Cache-Control"], ",")), ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if name == "public" || name == "s-maxage" {
			return true
		}
	}
	return false
}

// bare is an error without the address that was asked, which may hold a key, and without what was answered.
func bare(err error) error {
	var (
		timeout net.Error
		network *net.OpError
		cert    *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &cert):
		return cert
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("none in time")
	case errors.As(err, &network):
		return network
	default:
		return errors.New("the answer is broken or cut off")
	}
}
