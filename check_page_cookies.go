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
	sessions, err := p.site.sessions()
	if err != nil || sessions == nil || !slices.Contains(p.site.cfg.Identity, "session") {
		return
	}
	p.below()
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

// below looks whether a site in a folder has Chatpass within it, where its cookies are.
func (p *pageCheck) below() {
	for _, s := range p.site.cfg.SiteURL {
		base, err := url.Parse(s.Base)
		if err != nil || base.Path == "" || !strings.EqualFold(base.Host, p.at.Host) {
			continue
		}
		if !strings.HasPrefix(p.site.cfg.BasePath+"/", base.Path+"/") {
			p.warn("cookies", "the site lives at "+shownPath(base.Path)+"/ and CHATPASS_BASE_PATH is "+p.site.cfg.BasePath+": cookies that the site sets for its folder only do not reach it",
				"if members are taken for guests, mount Chatpass at "+shownPath(base.Path)+"/chat")
			return
		}
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
