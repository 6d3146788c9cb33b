package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

// publicAddress reads --base-url.
func publicAddress(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, errors.New("is no address of the form https://example.com or https://example.com/chat")
	case u.User != nil:
		return nil, errors.New("must not hold a user name or password: those of the provider are taken from the settings")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("must end with the path, without ? and #")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

// outside plays the provider against the running sidecar behind the site's web server.
func (r *report) outside(ctx context.Context, s *site, at *url.URL, id userinfo.ID) {
	if at.Path == "" {
		at.Path = s.cfg.BasePath
	}
	var form *imbachat.Config
	for _, section := range s.cfg.Sections {
		if c, ok := section.(*imbachat.Config); ok {
			form = c
		}
	}
	if form == nil && len(s.providers) > 0 {
		r.warn("base-url", "shows how users-info is reached, for which none of the providers here asks", "leave --base-url out; --url looks at a page of the site")
		return
	}
	if form == nil {
		r.warn("base-url", "no provider is set, so that nobody answers there", "set CHATPASS_IMBACHAT_WIDGET_ID and the other credentials of its form")
		return
	}
	o := &outsider{report: r, site: s, at: at, id: id, form: form, play: newCaller()}
	if !o.stranger(ctx) {
		return
	}
	if at.Scheme == "http" {
		const remedy = "let the site be reached by https, and give the provider that address"
		if !o.trusted() {
			r.fail("base-url", "is plain http to a name that is not in CHATPASS_SITE_URL: the API password was not sent there", remedy)
			return
		}
		if !loopback(at.Hostname()) {
			r.warn("base-url", "is plain http: the provider would send the API password, and get the names of members, in clear text", remedy)
		}
	}
	o.provider(ctx)
}

// outsider is who calls from outside.
type outsider struct {
	*report
	play *caller
	site *site
	at   *url.URL
	id   userinfo.ID
	form *imbachat.Config
}

// trusted reports whether the password may go over plain http: to this machine, or where the site's owner says the site is.
func (o *outsider) trusted() bool {
	return loopback(o.at.Hostname()) || slices.ContainsFunc(o.site.cfg.SiteURL, func(u config.SiteURL) bool {
		site, err := url.Parse(u.Origin)
		return err == nil && strings.EqualFold(site.Hostname(), o.at.Hostname())
	})
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}

// stranger calls without credentials and with wrong ones; false if what answers is not a Chatpass that refuses them.
func (o *outsider) stranger(ctx context.Context) bool {
	a := o.play.call(ctx, o.at.String(), o.id, "", "")
	switch {
	case a.err != nil:
		o.fail("base-url", "cannot be reached: "+setting.Clip(a.err.Error()), unreachable(a.err))
	case a.refused():
		return o.guesser(ctx)
	case a.status == http.StatusUnauthorized:
		o.fail("base-url", "the web server asks for a password of its own before it passes the call on", "switch that off for "+o.at.Path+"/: nginx `auth_basic off;`, Apache `AuthType None` and `Require all granted`")
	default:
		o.notRefused(a)
	}
	return false
}

// guesser calls with a wrong password.
func (o *outsider) guesser(ctx context.Context) bool {
	a := o.play.call(ctx, o.at.String(), o.id, o.form.APILogin, wrong)
	switch {
	case a.refused():
		o.ok("base-url", "reached, and refuses calls without credentials and with a wrong password")
		return true
	case a.err == nil && a.status == http.StatusTooManyRequests:
		o.warn("base-url", "too many wrong passwords came from this address, or from the proxy, in the last minute", "wait a minute; let the proxy send X-Forwarded-For and name it in CHATPASS_TRUSTED_PROXIES")
		return false
	}
	o.notRefused(a)
	return false
}

const handOver = "let the web server pass the path on as it is; " + handedOn + ": nginx `location %[1]s/ { proxy_pass http://%[2]s; }` without a slash behind the port, Apache `ProxyPass %[1]s/ http://%[2]s%[1]s/`"

// notRefused tells what answered a call it should have refused.
func (o *outsider) notRefused(a answered) {
	here := fmt.Sprintf(handOver, o.at.Path, o.site.cfg.Listen)
	_, users := a.users()
	switch {
	case a.err != nil:
		o.fail("base-url", "cannot be reached: "+setting.Clip(a.err.Error()), unreachable(a.err))
	case users:
		o.fail("base-url", "gives users to anybody, without the right password: the web server adds a password of its own or answers from a cache",
			"remove what sets Authorization for "+o.at.Path+"/, and let nothing there be cached")
	case a.status >= 300 && a.status < 400 && o.astray(a):
		o.fail("base-url", fmt.Sprintf("the site itself answers, with %d, a redirect to %s, and not Chatpass: the web server does not hand the path on", a.status, o.target(a)), here)
	case a.status >= 300 && a.status < 400:
		o.fail("base-url", fmt.Sprintf("answers %d and sends the caller to %s: the provider may not follow, and the password would be lost on the way", a.status, o.target(a)),
			"give the provider the address behind it, or take "+o.at.Path+"/ out of the redirect")
	case a.own() && a.status == http.StatusNotFound:
		o.fail("base-url", "Chatpass answers, but does not know the path: the web server changes it, or CHATPASS_BASE_PATH is another", here)
	case a.own():
		o.fail("base-url", fmt.Sprintf("Chatpass answers %d", a.status), "see the log of the sidecar")
	case a.status == http.StatusBadGateway, a.status == http.StatusServiceUnavailable, a.status == http.StatusGatewayTimeout:
		o.fail("base-url", fmt.Sprintf("the web server answers %d: it does not reach the sidecar", a.status),
			"start chatpass serve, and compare the address the web server passes to with CHATPASS_LISTEN, now "+o.site.cfg.Listen.String()+"; on systems with SELinux: setsebool -P httpd_can_network_connect 1")
	case a.status == http.StatusForbidden, a.status == http.StatusTooManyRequests:
		o.fail("base-url", fmt.Sprintf("the web server, or what stands before it, answers %d", a.status), "let the provider's calls of "+o.at.Path+"/ through its rules against robots")
	default:
		o.fail("base-url", fmt.Sprintf("something else answers, with %d: the site itself, and not Chatpass", a.status), here)
	}
}

// astray reports whether a redirect leads to another path than the provider's call.
func (o *outsider) astray(a answered) bool {
	to, other := elsewhere(o.at, a.header)
	return other && (to == nil || !strings.HasPrefix(to.Path, o.at.Path+"/users"))
}

// target is where a redirect leads, without what may be private in it.
func (o *outsider) target(a answered) string {
	to, err := o.at.Parse(a.header.Get("Location"))
	if err != nil || to.Host == "" {
		return "another address"
	}
	return setting.Clip((&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String())
}

// unreachable is what to do about an address that cannot be connected to.
func unreachable(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "correct the name in --base-url, or its DNS record"
	case strings.Contains(err.Error(), "certificate"), strings.Contains(err.Error(), "tls:"):
		return "give the site a certificate that others accept for this name, with the whole chain"
	default:
		return "start the site's web server, open its port in the firewall, or correct --base-url"
	}
}

// stripped is what brings the Authorization header back, by web server.
const stripped = "nginx: `proxy_set_header Authorization $http_authorization;`; Apache as proxy: no AuthType and no `RequestHeader unset Authorization` for this path; " +
	"Apache with CGI or PHP: `CGIPassAuth On`, or `SetEnvIf Authorization \"(.*)\" HTTP_AUTHORIZATION=$1`; PHP-FPM behind nginx: `fastcgi_param HTTP_AUTHORIZATION $http_authorization;`; " +
	"PHP that passes calls on: send it along; a host where none of this can be set: CHATPASS_IMBACHAT_INBOUND_TOKEN=strict"

// provider calls with the right password.
func (o *outsider) provider(ctx context.Context) {
	login, password := o.form.APILogin, o.form.APIPassword.Reveal()
	a := o.play.call(ctx, o.at.String(), o.id, login, password)
	users, ok := a.users()
	switch {
	case ok && len(users) > 0:
		o.ok("base-url", "answers the provider's call with 1 user in %s", a.took.Round(time.Millisecond))
	case ok:
		o.warn("base-url", "answers the provider's call, but does not know the user that was asked for", "nothing has to be done if the site has no users yet; else let the running sidecar have these settings: restart it")
	case a.refused():
		o.lost(ctx, login, password)
	case a.err == nil && a.own() && a.status == http.StatusServiceUnavailable:
		o.fail("base-url", "the running sidecar cannot ask its database", "see the findings above, and its log")
	default:
		o.notRefused(a)
	}
}

// lost tells a header that does not arrive from a password that is another: the sidecar itself is asked without the web server.
func (o *outsider) lost(ctx context.Context, login, password string) {
	ctx, cancel := context.WithTimeout(ctx, ownTimeout)
	defer cancel()
	path := o.site.cfg.BasePath + "/users?user_ids=" + url.QueryEscape(string(o.id))
	_, status, err := askOwn(ctx, o.site.cfg.Listen, path, func(r *http.Request) {
		r.Header.Set("User-Agent", handlers.CheckAgent)
		r.SetBasicAuth(login, password)
	})
	switch {
	case err == nil && status == http.StatusOK:
		o.fail("base-url", "the Authorization header does not arrive: the sidecar itself takes the password, behind the web server it asks for one", stripped)
	case err == nil && status == http.StatusUnauthorized:
		o.fail("base-url", "the running sidecar refuses the password of these settings", "restart it with them, and compare API login and password with the provider's form")
	default:
		o.fail("base-url", "the right password is refused: the web server drops the Authorization header, or the running sidecar has other settings",
			"restart it with these settings and check again; if that does not help, "+stripped)
	}
}
