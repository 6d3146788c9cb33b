package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/pagecheck"
)

// identityAnswer is what identity said to a visitor.
type identityAnswer struct {
	*pagecheck.Answer
	id      string   // empty: nobody
	scripts []string // of providers
	tokens  []pagecheck.Token
}

// identity asks at the public address who the visitors are, as the loader in their browsers does; nil where Chatpass does not answer.
func (p *pageCheck) identity(ctx context.Context, base *url.URL) []identityAnswer {
	at := *base
	at.Path += "/identity"
	var answers []identityAnswer
	for _, who := range []int{0, 1, 0, guest} {
		a, err := p.ask(ctx, &at, who, "same-origin")
		if err != nil {
			p.fail("identity", "cannot be asked: "+setting.Clip(err.Error()), unfetched(err))
			return nil
		}
		one := identityAnswer{Answer: a, tokens: pagecheck.FindTokens(a.Body, a.Header)}
		if !p.understood(&one, who) {
			return nil
		}
		answers = append(answers, one)
	}
	p.ids = [2]string{answers[0].id, answers[1].id}
	if p.apart(ctx, answers) {
		p.known(ctx)
	} else { // what was answered is not who they are
		for i := range p.ids {
			p.ids[i], _ = p.direct(ctx, i)
		}
	}
	p.kept(answers)
	p.foreign(ctx, &at)
	return answers
}

// ask asks identity.
func (p *pageCheck) ask(ctx context.Context, at *url.URL, who int, fetchSite string) (*pagecheck.Answer, error) {
	return p.browser.Get(ctx, at, p.visitors[who], http.Header{
		"Accept": {"*/*"}, "Sec-Fetch-Site": {fetchSite}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"}, "X-Requested-With": {"chatpass"},
	})
}

// understood reads an answer; false, and a finding, for what is none of identity's.
func (p *pageCheck) understood(a *identityAnswer, who int) bool {
	var said struct {
		ID        json.RawMessage `json:"user_id"`
		Providers map[string]struct {
			Script string `json:"script"`
		} `json:"providers"`
	}
	if a.Status == http.StatusOK && json.Unmarshal(a.Body, &said) == nil && said.ID != nil && said.Providers != nil {
		if !bytes.Equal(said.ID, []byte("null")) {
			a.id = strings.Trim(string(said.ID), `"`)
			var text string
			if json.Unmarshal(said.ID, &text) == nil {
				a.id = text
			}
		}
		for _, provider := range said.Providers {
			if provider.Script != "" {
				a.scripts = append(a.scripts, provider.Script)
			}
		}
		return true
	}
	own := bytes.HasPrefix(a.Body, fmt.Appendf(nil, `{"code":%d,"version":1,"error":`, a.Status))
	here := fmt.Sprintf(handOver, p.site.cfg.BasePath, p.site.cfg.Listen)
	to := " for " + p.who(who)
	switch {
	case own && a.Status == http.StatusForbidden:
		p.fail("identity", "Chatpass refuses the page's own question: the web server takes Sec-Fetch-Site and X-Requested-With away, or writes an Origin that is not in CHATPASS_SITE_URL",
			"let the web server pass the browser's headers on as they are")
	case own && a.Status == http.StatusConflict:
		p.fail("identity", "answers 409"+to+": two sources or two cookies name different users", "look at CHATPASS_IDENTITY, and copy the Cookie header of one request of one browser")
	case own && a.Status == http.StatusTooManyRequests:
		p.warn("identity", "answers 429: too many rejected credentials came from this address, or from the proxy, in the last minute", "wait a minute; let the proxy send X-Forwarded-For and name it in CHATPASS_TRUSTED_PROXIES")
	case own && a.Status == http.StatusServiceUnavailable:
		why := "see the log of the sidecar"
		for _, f := range p.findings { // the first is what else follows from
			if unreadable(f) {
				why = "see what is found about " + f.Subject + " above: " + f.Text + "; and the log of the sidecar"
				break
			}
		}
		p.fail("identity", "Chatpass cannot tell now who asks"+to, why)
	case own && a.Status == http.StatusNotFound:
		p.fail("identity", "Chatpass answers, but does not know the path: the web server changes it, or CHATPASS_BASE_PATH is another", here)
	case own:
		p.fail("identity", fmt.Sprintf("Chatpass answers %d%s", a.Status, to), "see the log of the sidecar")
	case a.Status == http.StatusBadGateway, a.Status == http.StatusServiceUnavailable, a.Status == http.StatusGatewayTimeout:
		p.fail("identity", fmt.Sprintf("the web server answers %d: it does not reach the sidecar", a.Status),
			"start chatpass serve, and compare the address the web server passes to with CHATPASS_LISTEN, now "+p.site.cfg.Listen.String())
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden, a.Status == http.StatusTooManyRequests:
		p.fail("identity", fmt.Sprintf("the web server, or what stands before it, answers %d", a.Status), "let "+p.site.cfg.BasePath+"/ through its rules")
	default:
		p.fail("identity", fmt.Sprintf("something else answers, with %d: the site itself, and not Chatpass", a.Status), here)
	}
	return false
}

// unreadable tells the findings that are about what identity needs.
func unreadable(f finding) bool {
	switch f.Subject {
	case "database", "mapping", "sessions", "rights", setting.Prefix + "WHOAMI_URL":
		return f.Level != "ok"
	}
	return strings.HasPrefix(f.Subject, setting.Prefix+"SESSION_") && f.Level != "ok"
}

// apart looks whether each visitor is taken for themselves, in turns; false after a finding.
func (p *pageCheck) apart(ctx context.Context, a []identityAnswer) bool {
	const remedy = "let nothing keep the answers of %s/identity: no proxy_cache, no page cache and no CDN rule for %[1]s/ (Cache-Control: no-store and Vary: Cookie must be heeded), and let the web server send the visitor's own cookies on"
	fix := fmt.Sprintf(remedy, p.site.cfg.BasePath)
	how := ""
	for i := range a {
		if name := a[i].Cached(); name != "" {
			how = " (the header " + name + " shows a cache)"
		}
	}
	switch {
	case a[3].id != "":
		p.fail("identity", "one visitor gets another's pass: a visitor without cookies is taken for "+p.whom(a[3].id)+how, fix)
	case !p.real && (a[0].id != "" || a[1].id != ""):
		p.fail("identity", "one visitor gets another's pass: a made-up visitor is taken for "+p.whom(a[0].id+a[1].id)+how, fix)
	case a[0].id != a[2].id:
		p.fail("identity", "one visitor gets another's pass: the first member is taken for somebody else when asked again"+how, fix)
	case a[0].id == "" || a[0].id != a[1].id:
		return p.signed(a)
	default:
		if other, ok := p.direct(ctx, 1); ok && other == a[0].id {
			p.fail("leak", "both lines of --cookies are of one member: nothing follows about two", "sign in as two different members")
			return false
		}
		p.fail("identity", "one visitor gets another's pass: the second member is taken for the first"+how+"; it is also so where both lines of --cookies are of one member", fix)
	}
	return false
}

// signed looks whether the tokens of the answers are for whom the answers name.
func (p *pageCheck) signed(a []identityAnswer) bool {
	for i := range a {
		for j := range a[i].tokens {
			if t := &a[i].tokens[j]; t.Owner != a[i].id {
				p.fail("identity", fmt.Sprintf("names one user and holds the token of another (fingerprint %s)", t.Fingerprint()), "look for what changes answers between Chatpass and the visitor")
				return false
			}
		}
	}
	return true
}

// whom names a user as one of the members, or masked.
func (p *pageCheck) whom(id string) string {
	for i, own := range p.ids {
		if own == id && p.real {
			return p.who(i)
		}
	}
	return "user " + mask(id, 2)
}

// known tells whether members are known, and if not, on whose side that is.
func (p *pageCheck) known(ctx context.Context) {
	if !p.real {
		p.ok("identity", "takes visitors without a session for guests, through the public address")
		return
	}
	for i, id := range p.ids {
		if id != "" {
			continue
		}
		direct, ok := p.direct(ctx, i)
		switch {
		case ok && direct != "":
			p.fail("identity", "does not know "+p.who(i)+" through the public address, while the sidecar itself does: the web server, or a cache before it, drops the cookies",
				fmt.Sprintf("let %s/ have the visitor's Cookie header: nginx `proxy_set_header Cookie $http_cookie;`, Varnish no `unset req.http.Cookie` for this path, a CDN \"bypass cache\"", p.site.cfg.BasePath))
		case ok:
			p.fail("identity", "takes "+p.who(i)+" for a guest, the sidecar itself does too: the session has ended, is bound to another browser or address, or its recipe"+p.secrets()+" does not fit",
				"sign in anew and copy the Cookie header; give the browser's User-Agent on a line of its own; see what is found about sessions above, and docs/sessions.md")
		default:
			p.fail("identity", "takes "+p.who(i)+" for a guest: the session has ended, is bound to another browser or address, or the web server drops the cookies",
				"sign in anew and copy the Cookie header; give the browser's User-Agent on a line of its own; run the check where it reaches CHATPASS_LISTEN to learn which")
		}
		return
	}
	p.ok("identity", "knows both members and a guest apart, asked in turns through the public address")
}

// secrets names the secrets by which sessions are proven, if there are any.
func (p *pageCheck) secrets() string {
	if len(p.site.cfg.SessionSecrets) == 0 {
		return ""
	}
	const whose = " or a secret of the site ("
	names := strings.Join(slices.Sorted(maps.Keys(p.site.cfg.SessionSecrets)), ", ")
	if p.site.cfg.SiteFile != "" {
		return whose + names + ", from " + filepath.Base(p.site.cfg.SiteFile) + " and over it CHATPASS_SESSION_SECRETS)"
	}
	return whose + names + ", from CHATPASS_SESSION_SECRETS)"
}

// direct asks the sidecar itself who a visitor is; false where it cannot be asked.
func (p *pageCheck) direct(ctx context.Context, who int) (id string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, ownTimeout)
	defer cancel()
	body, status, err := askOwn(ctx, p.site.cfg.Listen, p.site.cfg.BasePath+"/identity", func(r *http.Request) {
		v := p.visitors[who]
		if v.Agent == "" {
			v.Agent = pagecheck.Agent
		}
		r.Header["Cookie"] = []string{v.Cookie.Reveal()}
		r.Header.Set("User-Agent", v.Agent)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Host = p.at.Host
	})
	if err != nil || status != http.StatusOK {
		return "", false
	}
	var said struct {
		ID *json.RawMessage `json:"user_id"`
	}
	if json.Unmarshal(body, &said) != nil {
		return "", false
	}
	if said.ID == nil {
		return "", bytes.Contains(body, []byte(`"user_id":null`))
	}
	return strings.Trim(string(*said.ID), `"`), true
}

// kept looks whether caches on the way are told, and heed, that answers are one visitor's own.
func (p *pageCheck) kept(answers []identityAnswer) {
	for i := range answers {
		a := &answers[i]
		if name := a.Cached(); name != "" {
			p.fail("identity", "is answered from a cache, as the header "+name+" shows", "let nothing keep the answers below "+p.site.cfg.BasePath+"/")
			return
		}
		if !a.NoStore() {
			p.fail("identity", "arrives without Cache-Control: no-store, which Chatpass sends: something on the way takes it off, and any cache may keep one visitor's pass for another",
				"let the web server leave Cache-Control alone below "+p.site.cfg.BasePath+"/: nginx no `proxy_hide_header` or `expires`, Apache no `Header set Cache-Control`, a CDN \"respect origin headers\"")
			return
		}
	}
	p.ok("identity", "arrives with Cache-Control: no-store")
}

// foreign asks as a page of another site makes browsers ask.
func (p *pageCheck) foreign(ctx context.Context, at *url.URL) {
	a, err := p.ask(ctx, at, 0, "cross-site")
	switch {
	case err != nil:
		p.warn("identity", "could not be asked as a page of another site would: "+setting.Clip(err.Error()), unfetched(err))
	case a.Status == http.StatusForbidden:
		p.ok("identity", "refuses the pages of other sites")
	case a.Status == http.StatusTooManyRequests:
		p.warn("identity", "answers 429 to what a page of another site would ask: the limit of this address is reached", "check again after a minute")
	default:
		p.fail("identity", fmt.Sprintf("answers %d to what a page of another site asks, and not 403: the header Sec-Fetch-Site does not arrive, or something else answers", a.Status),
			"let the web server pass the browser's headers on as they are, and let nothing keep answers below "+p.site.cfg.BasePath+"/")
	}
}
