package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/pagecheck"
)

// pageTime bounds the look at a page, which takes some twenty fetches.
const pageTime = time.Minute

// guest stands behind the two members in lists of visitors.
const guest = 2

// pageOptions is what the options --url and --cookies say.
type pageOptions struct {
	at      *url.URL
	members *[2]pagecheck.Visitor // nil without --cookies
	open    bool                  // others may read the file of cookies
}

// pageAddress reads --url.
func pageAddress(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, errors.New("is no address of the form https://example.com/page")
	case u.User != nil:
		return nil, errors.New("must not hold a user name or password")
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// cookies reads the file that --cookies names. An error holds nothing of it.
func (o *pageOptions) cookies(name string, stdin io.Reader) error {
	from := stdin
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the file that whoever runs the check names
		if err != nil {
			return errors.New("cannot be read: " + reason(err))
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil || info.IsDir() {
			return errors.New("is no file")
		}
		o.open, from = info.Mode()&0o044 != 0, f
	}
	members, err := pagecheck.ReadVisitors(from)
	if err != nil {
		return err
	}
	o.members = &members
	return nil
}

// reason is an error of the file system without the name of the file.
func reason(err error) string {
	var of *os.PathError
	if errors.As(err, &of) {
		return of.Err.Error()
	}
	return err.Error()
}

// pageCheck is the look at one page.
type pageCheck struct {
	*report
	site     *site
	browser  *pagecheck.Browser
	at       *url.URL             // the page, behind its redirects
	visitors [3]pagecheck.Visitor // two members, or two that are made up, and a guest
	real     bool                 // the members are the owner's
	ids      [2]string            // whom identity takes the members for; empty: nobody
	views    []view
}

// view is the page as one visitor got it.
type view struct {
	who    int
	answer *pagecheck.Answer
	page   *pagecheck.Page
	tokens []pagecheck.Token
}

// page looks at a page of the site with the eyes of two members and a guest.
func (r *report) page(ctx context.Context, s *site, o *pageOptions, seen *seen) {
	ctx, cancel := context.WithTimeout(ctx, pageTime)
	defer cancel()
	p := &pageCheck{report: r, site: s, at: o.at}
	p.browser = pagecheck.NewBrowser(p.own)
	p.members(o)
	r.call.progress("fetching the page")
	if p.fetch(ctx) {
		p.name()
		t, base := p.loader(ctx)
		var answers []identityAnswer
		if base != nil {
			r.call.progress("asking who the visitors are")
			answers = p.identity(ctx, base)
		}
		if t != nil {
			p.policies(ctx, t, base, answers, seen)
		}
		p.leaks()
		p.cookies()
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		r.fail("time", "the look at the page was not done within "+pageTime.String()+"; what was not looked at is not told", "see what makes the page slow")
	}
}

// members chooses who the visitors are. Cookies are not sent over plain http to a name that nobody says is the site's.
func (p *pageCheck) members(o *pageOptions) {
	if o.open {
		p.warn("cookies", "others may read the file of --cookies: each line of it is as good as the member's password", "chmod 600, and sign the members out after the check")
	}
	switch {
	case o.members == nil:
		p.warn("leak", "whether one member's token reaches another was tried with made-up visitors only: no member is signed in",
			"sign two test members in, each in a browser of its own, write the Cookie header of each on a line of a file, and give it with --cookies")
	case p.at.Scheme == "http" && !p.clearText(p.at):
		p.fail("cookies", "the address is plain http to a name that CHATPASS_SITE_URL does not give with http://: the cookies were not sent there", "give the address that begins with https://, or name the site in CHATPASS_SITE_URL as it is")
	default:
		p.visitors[0], p.visitors[1], p.real = o.members[0], o.members[1], true
		p.visitors[guest].Agent = o.members[0].Agent
		return
	}
	var names []string
	if r, err := p.site.sessions(); err == nil && r != nil && slices.Contains(p.site.cfg.Identity, "session") {
		names = r.CookieNames("c984d06aafbecf6bc55569f964148ea3")
	}
	if len(names) == 0 {
		names = []string{"session"}
	}
	for i := range p.ids {
		pairs := make([]string, len(names))
		for n, name := range names {
			pairs[n] = name + "=" + random()
		}
		p.visitors[i].Cookie = secret.New(strings.Join(pairs, "; "))
	}
}

// random is a text that nothing has seen before.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// who names a visitor in a finding.
func (p *pageCheck) who(i int) string {
	switch {
	case i == guest:
		return "a visitor without cookies"
	case !p.real:
		return "a made-up visitor"
	default:
		return []string{"the first member", "the second member"}[i]
	}
}

// clearText reports whether cookies may go to an address over plain http: to this machine, and to a site that is reached so itself.
func (p *pageCheck) clearText(u *url.URL) bool {
	return loopback(u.Hostname()) || p.ofSite(u)
}

// ofSite reports whether CHATPASS_SITE_URL has the name of an address; for plain http, whether it has it with plain http.
func (p *pageCheck) ofSite(u *url.URL) bool {
	return slices.ContainsFunc(p.site.cfg.SiteURL, func(s config.SiteURL) bool {
		site, err := url.Parse(s.Origin)
		return err == nil && strings.EqualFold(site.Hostname(), u.Hostname()) && (u.Scheme == "https" || site.Scheme == "http")
	})
}

// own reports whether an address belongs to the site: the name that was given, with or without www, and those of CHATPASS_SITE_URL.
func (p *pageCheck) own(u *url.URL) bool {
	if u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return false
	}
	if strings.EqualFold(u.Hostname(), p.at.Hostname()) || p.ofSite(u) && !loopback(u.Hostname()) {
		return true
	}
	bare := func(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") }
	return u.Scheme == "https" && bare(u) == bare(p.at)
}

// name looks whether the page has an address that the settings know.
func (p *pageCheck) name() {
	list := p.site.cfg.SiteURL
	if len(list) == 0 || slices.ContainsFunc(list, func(s config.SiteURL) bool {
		u, err := url.Parse(s.Origin)
		return err == nil && pagecheck.Origin(u) == pagecheck.Origin(p.at)
	}) {
		return
	}
	p.warn("page", "is at "+shown(&url.URL{Scheme: p.at.Scheme, Host: p.at.Host})+", which is none of the addresses in CHATPASS_SITE_URL ("+list[0].Origin+" is the first): links to members lead there, and questions with an Origin of this one are refused",
		"put the addresses that visitors use into CHATPASS_SITE_URL")
}

// shown is an address for a finding: without its query, and without what looks like a secret in its path.
func shown(u *url.URL) string {
	path := u.EscapedPath()
	for part := range strings.SplitSeq(path, "/") {
		if len(part) > 40 || strings.Contains(part, "eyJ") { // words of addresses are shorter, keys are not
			path = strings.Replace(path, part, "…", 1)
		}
	}
	if before, _, params := strings.Cut(path, ";"); params { // where some servers put the session
		path = before
	}
	return setting.Clip((&url.URL{Scheme: u.Scheme, Host: u.Host}).String() + path)
}

// visited tells how often the page was fetched.
func (p *pageCheck) visited() string {
	return fmt.Sprintf("%d fetches", len(p.views))
}
