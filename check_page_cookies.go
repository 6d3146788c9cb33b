package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/pagecheck"
)

// cookies looks whether the cookies that the page sets would reach Chatpass.
func (p *pageCheck) cookies() {
	p.host()
	sessions, err := p.site.sessions()
	if err != nil || sessions == nil || !slices.Contains(p.site.cfg.Identity, "session") {
		return
	}
	to := *p.at
	to.Path, to.RawPath = p.site.cfg.BasePath+"/identity", ""
	reached := ""
	told := map[string]bool{}
	for _, v := range p.views {
		for _, c := range v.answer.Cookies {
			if !sessions.ReadsCookie(c.Name) || told[c.Name] {
				continue
			}
			told[c.Name] = true
			if !p.lost(&c, &to) {
				reached = c.Name
			}
		}
	}
	if reached != "" {
		p.ok("cookies", "the site's cookie of sessions reaches %s/", p.site.cfg.BasePath)
	}
}

// lost tells of a cookie that does not reach Chatpass.
func (p *pageCheck) lost(c *pagecheck.SetCookie, to *url.URL) bool {
	name := shortName(c.Name)
	switch c.Lost(to) {
	case "path":
		p.fail("cookies", fmt.Sprintf("the site sets its cookie %s for the path %s only, outside of which CHATPASS_BASE_PATH %s lies: browsers do not send it there", name, shownPath(c.Path), p.site.cfg.BasePath),
			fmt.Sprintf("mount Chatpass below that path (CHATPASS_BASE_PATH=%schat, and the same in the web server), or let the site set its cookie for /", strings.TrimRight(shownPath(c.Path), "/")+"/"))
	case "domain":
		p.fail("cookies", "the site sets its cookie "+name+" for another domain than the page's, so that browsers drop it", "correct the site's cookie domain")
	case "secure":
		p.fail("cookies", "the site sets its cookie "+name+" for https only, and the page is plain http", "give the address that begins with https://, and let the site be reached by it")
	default:
		return false
	}
	return true
}

// host looks whether the page's own name is one on which browsers keep the site's cookies; of those in CHATPASS_SITE_URL that has been told.
func (p *pageCheck) host() {
	if c := p.site.cfg.SiteCookies; c != nil && p.site.byCookies() && p.site.outsideDomain() == "" && !within(p.at.Hostname(), c.Domain) {
		p.domain(p.site.cfg, p.at.Hostname())
	}
}

// shortName is a cookie's name for a finding; some sites put keys into names.
func shortName(name string) string {
	if head, _, long := strings.Cut(name, "_"); long && len(name) > 40 && head != "" {
		return printable(head) + "_…"
	}
	return shownPath(name)
}

func shownPath(path string) string {
	const most = 40
	if len(path) > most {
		return printable(path[:most]) + "…"
	}
	return printable(path)
}
