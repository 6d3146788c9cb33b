package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/pagecheck"
)

// The order in which the page is fetched. A member comes first, since a cache that a guest filled would hide what happens when a member
// fills it.
var (
	visits      = []int{1, 0, guest, guest} // behind the first member
	freshVisits = []int{0, 1, 0, guest}     // at an address that no cache has seen
)

// fetch fetches the page as everybody; false where there is no page to look at.
func (p *pageCheck) fetch(ctx context.Context) bool {
	asked := p.at
	a, err := p.browser.Page(ctx, asked, p.visitors[0])
	if err != nil {
		p.fail("page", "cannot be fetched: "+setting.Clip(err.Error()), unfetched(err))
		return false
	}
	if !p.arrived(a) {
		return false
	}
	p.at = a.URL
	if !p.see(0, a) {
		return false
	}
	if a.Hops > 0 && p.logIn(asked, p.views[0]) {
		return p.sentToLogIn()
	}
	if a.Hops > 0 {
		p.ok("page", "leads to %s, which was looked at", shown(p.at))
	}
	for _, who := range visits {
		if !p.again(ctx, p.at, who) {
			return false
		}
	}
	fresh := *p.at
	fresh.RawQuery = strings.TrimPrefix(fresh.RawQuery+"&chatpass-check="+random()[:8], "&")
	for _, who := range freshVisits {
		if !p.again(ctx, &fresh, who) {
			break // a site may refuse a parameter it does not know
		}
	}
	p.ok("page", "%s: %s, as %s, as %s and as %s", shown(p.at), p.visited(), p.who(0), p.other(), p.who(guest))
	return true
}

// other names the second visitor beside the first.
func (p *pageCheck) other() string {
	if p.real {
		return p.who(1)
	}
	return "another"
}

// again fetches the page once more; false where it cannot be had.
func (p *pageCheck) again(ctx context.Context, u *url.URL, who int) bool {
	a, err := p.browser.Page(ctx, u, p.visitors[who])
	fresh := u != p.at
	switch {
	case err != nil && fresh:
		return false
	case err != nil:
		p.fail("page", "was answered once and then, for "+p.who(who)+", not: "+setting.Clip(err.Error()), unfetched(err))
		return false
	case fresh && (a.Away != nil || a.Status != http.StatusOK):
		return false
	case a.Away != nil:
		return true // guests are sent away from a page of members
	}
	return p.see(who, a)
}

// see keeps an answer; false for one that cannot be read.
func (p *pageCheck) see(who int, a *pagecheck.Answer) bool {
	text := a.HTML()
	page, err := pagecheck.Parse(a.URL, text)
	if err != nil {
		p.fail("page", "is no HTML that browsers could show: "+setting.Clip(err.Error()), "look at the page in a browser")
		return false
	}
	p.views = append(p.views, view{who, a, page, pagecheck.FindTokens(text, a.Header)})
	return true
}

// arrived tells what was answered instead of a page.
func (p *pageCheck) arrived(a *pagecheck.Answer) bool {
	kind, _, _ := strings.Cut(strings.ToLower(a.Header.Get("Content-Type")), ";")
	switch kind = strings.TrimSpace(kind); {
	case a.Away != nil && p.at.Scheme == "https" && a.Away.Scheme == "http" && p.own(a.Away):
		p.fail("page", "sends visitors from https to "+shown(a.Away)+": their cookies would go there in clear text", "let the site's address, and its redirects, begin with https://")
	case a.Away != nil:
		p.fail("page", "sends visitors to another site, "+shown(a.Away)+", where nothing was sent", "give the address of a page that answers itself, or name the other address in CHATPASS_SITE_URL")
	case a.Status == http.StatusUnauthorized:
		p.fail("page", "the web server asks for a password before it shows the page", "let this machine through for the check, as nginx does with `satisfy any; allow 127.0.0.1;`")
	case a.Status == http.StatusForbidden, a.Status == http.StatusTooManyRequests:
		p.fail("page", fmt.Sprintf("the web server, or what stands before it, answers %d", a.Status), "let the User-Agent chatpass-check through its rules against robots, or give a browser's own in the file of --cookies: User-Agent: …")
	case a.Status != http.StatusOK:
		p.fail("page", fmt.Sprintf("is answered with %d", a.Status), "give the address of a page that visitors see")
	case a.Header.Get("Content-Encoding") != "":
		p.fail("page", "arrives packed in a way that was not asked for", "let the web server heed Accept-Encoding")
	case kind != "" && kind != "text/html" && kind != "application/xhtml+xml":
		p.fail("page", "is no HTML but "+setting.Clip(kind), "give the address of a page that visitors see")
	case a.Long:
		p.warn("page", fmt.Sprintf("is longer than %d MiB: only its beginning was looked at", pagecheck.MaxBody>>20), "give the address of a shorter page that has the same frame")
		return true
	default:
		return true
	}
	return false
}

// logInWords are in the addresses of log-in pages.
var logInWords = []string{"login", "log-in", "signin", "sign-in", "sign_in", "logon", "/auth/", "anmeld", "connexion", "session/new"}

// logIn reports whether a redirect led from the page that was asked for to a log-in page. Many sites have the form on every page; one with the
// loader is as good as any other to look at.
func (p *pageCheck) logIn(asked *url.URL, v view) bool {
	path := func(u *url.URL) string { return strings.ToLower(strings.TrimSuffix(u.Path, "/")) + "/" }
	before, behind := path(asked), path(v.answer.URL)
	for _, word := range logInWords {
		if strings.Contains(behind, word) && !strings.Contains(before, word) {
			return true
		}
	}
	loader := slices.ContainsFunc(v.page.Scripts, func(s pagecheck.Script) bool { return s.URL != nil && p.named(&s) })
	return v.page.Password && before != behind && !loader
}

// sentToLogIn tells of a page that a visitor does not get to see.
func (p *pageCheck) sentToLogIn() bool {
	if p.real {
		p.fail("page", "sends the first member to the log-in page "+shown(p.at)+": the site does not know the cookies of --cookies",
			"sign the member in anew and copy the whole Cookie header of a request of this page; where the site binds sessions to the browser, add the line User-Agent: …")
		return false
	}
	p.fail("page", "sends visitors to the log-in page "+shown(p.at)+": only members see it", "sign two test members in, and give their cookies with --cookies; or give a page that everybody sees")
	return false
}

// unfetched is what to do about a page that cannot be fetched.
func unfetched(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		dns     *net.DNSError
	)
	switch {
	case errors.Is(err, pagecheck.ErrRedirects):
		return "look where the page's redirects lead: a site that only answers after it has set a cookie cannot be looked at; give another page"
	case errors.Is(err, context.DeadlineExceeded):
		return "see why the page takes more than " + pagecheck.Timeout.String() + ", or give a quicker one"
	case errors.As(err, &name):
		return "give the site a certificate for this name, or give the address the certificate is for"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "renew the site's certificate, and look at this machine's clock"
	case errors.As(err, &unknown):
		return "let the web server send the whole chain of its certificate; for an authority of your own add its certificate to this machine's, or set SSL_CERT_FILE"
	case errors.As(err, &record):
		return "the port does not speak TLS: give the address with http://, or another port"
	case errors.As(err, &invalid), errors.As(err, &alert), strings.Contains(err.Error(), "tls:"):
		return "give the site a certificate and a TLS version that browsers accept"
	case errors.As(err, &dns):
		return "correct the name in --url, or its DNS record"
	default:
		return "start the site's web server, open its port in the firewall, or correct --url"
	}
}
