package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/pagecheck"
	"github.com/chatpass/chatpass/static"
)

// tag is the loader in the page.
type tag struct {
	view   view
	script *pagecheck.Script
	base   *url.URL // where the loader takes Chatpass to be
}

// maxGuesses is how many scripts that are named alike are fetched to find a loader that is mounted elsewhere.
const maxGuesses = 3

// loader looks at the loader's tag; t is nil if there is none that could work. base is the address of Chatpass; nil if it is not known to be there.
func (p *pageCheck) loader(ctx context.Context) (t *tag, base *url.URL) {
	t, strange := p.findLoader(ctx)
	if t == nil {
		p.noLoader(strange)
		return nil, &url.URL{Scheme: p.at.Scheme, Host: p.at.Host, Path: p.site.cfg.BasePath}
	}
	p.everywhere(t)
	if !p.reaches(t) || !p.served(ctx, t.script) {
		return nil, nil
	}
	if at := mountedAt(t.script.URL); t.base.Path != p.site.cfg.BasePath && at == mountOf(p.site.cfg) {
		p.warn("loader", "is told by data-base to ask below "+shownPath(t.base.Path)+", and CHATPASS_BASE_PATH is "+mountOf(p.site.cfg), p.anew())
	}
	if patterns := t.script.Data["hide-on"]; pagecheck.Hidden(patterns, t.view.answer.URL.EscapedPath()) {
		p.ok("loader", "hides itself on this page: data-hide-on names it")
	}
	if t.script.Data["consent"] == "wait" {
		p.ok("loader", "waits for the visitor's consent on this page (data-consent)")
	}
	return t, t.base
}

// findLoader finds the tag, in a member's page before a guest's. strange is a tag that is named alike, whose address nobody answers.
func (p *pageCheck) findLoader(ctx context.Context) (t *tag, strange *pagecheck.Script) {
	guesses := 0
	for _, exact := range []bool{true, false} {
		for _, v := range p.views {
			for i := range v.page.Scripts {
				s := &v.page.Scripts[i]
				if s.URL == nil || !strings.HasSuffix(s.URL.Path, "/loader.js") {
					continue
				}
				if exact && p.named(s) {
					return &tag{v, s, baseOf(v, s)}, nil
				}
				if !exact && guesses < maxGuesses && p.own(s.URL) {
					guesses++
					a, err := p.script(ctx, s.URL)
					if strange == nil && err == nil && (a.Status != http.StatusOK || !isScript(a)) {
						strange = s
					}
					if err == nil && ours(a.Body) {
						p.warn("loader", "is loaded from "+shown(s.URL)+", which is not below CHATPASS_BASE_PATH, now "+p.site.cfg.BasePath, "let CHATPASS_BASE_PATH and the web server name the same path, and print the tag again")
						return &tag{v, s, baseOf(v, s)}, nil
					}
				}
			}
		}
	}
	return nil, strange
}

// anew is what to do about a tag of other settings.
func (p *pageCheck) anew() string {
	kind := snippetFor(p.site.cfg.Platform)
	if kind == "wordpress" {
		return "print wp-content/mu-plugins/chatpass.php again, by `chatpass snippet wordpress`, or set CHATPASS_BASE_PATH to what the tag names, and the same in the web server"
	}
	return "print the tag again, by `chatpass snippet " + kind + "`, or set CHATPASS_BASE_PATH to what it names, and the same in the web server"
}

// named reports whether a script is named as the loader is.
func (p *pageCheck) named(s *pagecheck.Script) bool {
	return strings.HasSuffix(s.URL.Path, p.site.cfg.BasePath+"/loader.js") && (p.site.cfg.BasePath != "" || s.URL.Path == "/loader.js") || s.Data["base"] != ""
}

// baseOf is the address at which the loader asks, as it computes it.
func baseOf(v view, s *pagecheck.Script) *url.URL {
	if named := s.Data["base"]; named != "" {
		if u, err := v.page.Address.Parse(named); err == nil {
			u.Path = strings.TrimRight(u.Path, "/")
			return u
		}
	}
	u := *s.URL
	u.RawQuery, u.RawPath = "", ""
	u.Path = strings.TrimSuffix(u.Path, "/loader.js")
	return &u
}

// noLoader tells that there is no tag, and where one stands that does not run.
func (p *pageCheck) noLoader(strange *pagecheck.Script) {
	text, inert := "the page has no loader", false
	for _, v := range p.views {
		inert = inert || len(v.page.Inert) > 0
	}
	if inert {
		text = "the page has a loader only within a comment, a template or noscript, where it does not run"
	}
	if p.site.cfg.BasePath != "" {
		text += " (a script " + p.site.cfg.BasePath + "/loader.js)"
	}
	if strange != nil && !inert {
		p.fail("loader", fmt.Sprintf("%s; it names %s, and CHATPASS_BASE_PATH is %s", text, shownPath(strange.URL.Path), mountOf(p.site.cfg)), p.anew())
		return
	}
	p.fail("loader", text, placed(p.site.cfg.Platform)+"; one that a tag manager adds by script cannot be seen here and is asked for by none of the other findings")
}

// everywhere looks whether all visitors have the tag, and have it once.
func (p *pageCheck) everywhere(t *tag) {
	var without [3]bool
	twice := false
	for _, v := range p.views {
		n := 0
		for i := range v.page.Scripts {
			if s := &v.page.Scripts[i]; s.URL != nil && s.URL.Path == t.script.URL.Path {
				n++
			}
		}
		without[v.who] = without[v.who] || n == 0
		twice = twice || n > 1
	}
	if twice {
		p.warn("loader", "is in the page more than once; only the first tag counts", "remove the others, which may have other settings")
	}
	switch {
	case without[0] || without[1]:
		p.warn("loader", "is not in every page that members get", "look at the template, and at a cache that keeps an older page")
	case without[guest]:
		p.ok("loader", "is only in the pages of members")
	}
}

// reaches looks whether browsers run the tag and let it ask; false if not.
func (p *pageCheck) reaches(t *tag) bool {
	page, src := t.view.page.Address, t.script.URL
	const remedy = "let the tag name the path only: src=\"%[1]s/loader.js\", and let the page's own web server hand %[1]s/ over to Chatpass"
	own := fmt.Sprintf(remedy, p.site.cfg.BasePath)
	switch {
	case page.Scheme == "https" && src.Scheme == "http":
		p.fail("loader", "is loaded by plain http into a page of https, which browsers refuse", own)
	case pagecheck.Origin(src) != pagecheck.Origin(page):
		p.fail("loader", "is loaded from another origin, "+shown(&url.URL{Scheme: src.Scheme, Host: src.Host})+", than the page: the site's cookies do not reach Chatpass there", own)
	case pagecheck.Origin(t.base) != pagecheck.Origin(page):
		p.fail("loader", "is told by data-base to ask another origin, "+shown(&url.URL{Scheme: t.base.Scheme, Host: t.base.Host})+", than the page's: the site's cookies do not reach Chatpass there", own)
	case !t.script.Runs():
		p.warn("loader", "has the type "+setting.Clip(t.script.Type)+", with which browsers do not run it: a consent manager or an optimiser must start it", "let that leave the tag alone; for consent there is data-consent=\"wait\"")
		return true
	default:
		return true
	}
	return false
}

// script fetches a script as a page of the site does.
func (p *pageCheck) script(ctx context.Context, u *url.URL) (*pagecheck.Answer, error) {
	return p.browser.Get(ctx, u, pagecheck.Visitor{Agent: p.visitors[0].Agent}, http.Header{
		"Accept": {"*/*"}, "Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Mode": {"no-cors"}, "Sec-Fetch-Dest": {"script"},
	})
}

// ours reports whether a script is a loader of Chatpass, of whatever version.
func ours(body []byte) bool {
	return bytes.Equal(body, static.Loader()) || bytes.Contains(body, []byte("chatpass:")) && bytes.Contains(body, []byte("identity"))
}

// isScript reports whether browsers run an answer as a script.
func isScript(a *pagecheck.Answer) bool {
	kind, _, _ := strings.Cut(strings.ToLower(a.Header.Get("Content-Type")), ";")
	return strings.HasSuffix(strings.TrimSpace(kind), "javascript")
}

// served looks whether the loader's address answers the loader.
func (p *pageCheck) served(ctx context.Context, s *pagecheck.Script) bool {
	u := s.URL
	a, err := p.script(ctx, u)
	here := fmt.Sprintf(handOver, p.site.cfg.BasePath, p.site.cfg.Listen)
	if err != nil {
		p.fail("loader", "cannot be fetched: "+setting.Clip(err.Error()), unfetched(err))
		return false
	}
	switch {
	case a.Status == http.StatusBadGateway, a.Status == http.StatusServiceUnavailable, a.Status == http.StatusGatewayTimeout:
		p.fail("loader", fmt.Sprintf("the web server answers %d for %s: it does not reach the sidecar", a.Status, shown(u)),
			"start chatpass serve, and compare the address the web server passes to with CHATPASS_LISTEN, now "+p.site.cfg.Listen.String())
	case a.Status != http.StatusOK && s.Relative:
		p.fail("loader", fmt.Sprintf("is named by a path without a slash at its beginning, %s, which on this page is %s: answered with %d and not with the loader", shownPath(s.Source), shown(u), a.Status), absolute(p))
	case a.Status != http.StatusOK && mountedAt(u) != mountOf(p.site.cfg):
		p.fail("loader", fmt.Sprintf("the tag names %s, and CHATPASS_BASE_PATH is %s: it is answered with %d and not with the loader", shownPath(u.Path), mountOf(p.site.cfg), a.Status), p.anew())
	case a.Status >= 300 && a.Status < 400:
		p.redirected(u, a, here)
	case a.Status != http.StatusOK:
		p.fail("loader", fmt.Sprintf("%s is answered with %d and not with the loader", shown(u), a.Status), here)
	case !ours(a.Body):
		p.fail("loader", shown(u)+" is answered with something else than the loader: the site itself answers, and not Chatpass", here)
	case !isScript(a):
		p.fail("loader", "is served as "+setting.Clip(a.Header.Get("Content-Type"))+", which browsers do not run", "let the web server leave Content-Type as Chatpass sends it")
	case !p.whole(s, a.Body):
	case !bytes.Equal(a.Body, static.Loader()):
		p.warn("loader", "is not the one of this version ("+version+"): the sidecar that runs is of another, a cache keeps an old one, or something rewrites scripts",
			"restart the sidecar with this version, empty the cache for "+shown(u)+", and let optimisers leave it alone")
		return true
	default:
		p.ok("loader", "is in the page, and %s answers it", shown(u))
		if s.Relative {
			p.warn("loader", "is named by a path without a slash at its beginning, "+shownPath(s.Source)+": on pages in other folders it leads elsewhere", absolute(p))
		}
		return true
	}
	return false
}

// absolute is what a tag shall name.
func absolute(p *pageCheck) string {
	return "let the tag name the whole path: src=\"" + p.site.cfg.BasePath + "/loader.js\""
}

// redirected tells of a redirect in the loader's place: of the web server, or of the site, which is asked because the path is not handed on.
func (p *pageCheck) redirected(u *url.URL, a *pagecheck.Answer, here string) {
	to, other := elsewhere(u, a.Header)
	if other {
		p.fail("loader", fmt.Sprintf("%s is answered with %d by the site itself, and not by Chatpass: the web server does not hand %s/ on", shown(u), a.Status, p.site.cfg.BasePath), here)
		return
	}
	p.fail("loader", fmt.Sprintf("%s is answered with %d, a redirect to %s, and not with the loader", shown(u), a.Status, shown(to)), "take "+p.site.cfg.BasePath+"/ out of the redirect")
}

// whole looks whether an integrity attribute lets browsers run the loader; false if not.
func (p *pageCheck) whole(s *pagecheck.Script, body []byte) bool {
	if s.Intact(body) {
		return true
	}
	p.fail("loader", "has an integrity attribute that is not of the loader which is answered, so that browsers do not run it", "remove integrity from the tag: the loader is another one after an update")
	return false
}
