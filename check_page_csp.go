package main

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/chatpass/chatpass/pagecheck"
	"github.com/chatpass/chatpass/userinfo"
)

// policies looks whether a Content-Security-Policy lets loader, provider and identity through.
func (p *pageCheck) policies(ctx context.Context, t *tag, base *url.URL, answers []identityAnswer, found *seen) {
	list := pagecheck.PoliciesOf(t.view.page, t.view.answer.Header)
	if report := pagecheck.ReportOnly(t.view.page, t.view.answer.Header); !report.None() {
		p.ok("csp", "there is a Content-Security-Policy-Report-Only, which blocks nothing; it was not looked at further")
	}
	if list.None() {
		p.ok("csp", "the page has no Content-Security-Policy that could block the chat")
		return
	}
	before := len(p.findings)
	if need := list.Sandbox(); need != "" {
		p.fail("csp", "the policy puts the page into a sandbox without allow-"+need, "add allow-"+need+" to the directive sandbox of the Content-Security-Policy")
	}
	const dynamic = "; with 'strict-dynamic' only a nonce counts: ask for the fragment with ?nonce=, or write the page's nonce into the tag"
	if by := list.Tag(t.script); by != "" {
		p.fail("csp", "the directive "+by+" blocks the loader", widened("script-src", by, "'self'")+dynamic)
	}
	for _, script := range p.scripts(ctx, answers, found) {
		by, inPage := list.Inserted(script, t.script), false
		for i := range t.view.page.Scripts { // in the inline mode it stands in the page
			if s := &t.view.page.Scripts[i]; s.URL != nil && s.URL.String() == script.String() {
				by, inPage = list.Tag(s), true
			}
		}
		if types := list.TrustedTypes("chatpass"); types != "" && !inPage {
			p.fail("csp", "the directive "+types+" keeps the loader from adding the provider's script", "add chatpass to "+types+" of the Content-Security-Policy")
		}
		if by != "" {
			origin := shown(&url.URL{Scheme: script.Scheme, Host: script.Host})
			p.fail("csp", "the directive "+by+" blocks the provider's script from "+origin, widened("script-src", by, origin))
		}
	}
	at := *base
	at.Path += "/identity"
	if by := list.Connect(&at); by != "" {
		p.fail("csp", "the directive "+by+" keeps the loader from asking "+shown(&at), widened("connect-src", by, "'self'"))
	}
	if len(p.findings) == before {
		p.ok("csp", "the Content-Security-Policy lets the loader, the provider's script and the question who is there through; what the provider's script loads itself is not known here")
	}
}

// widened says how a policy lets more through. What is added to default-src would count for pictures, frames and all else too.
func widened(directive, by, source string) string {
	if by == "default-src" {
		return "give the Content-Security-Policy a directive " + directive + " of its own, with what default-src allows and " + source
	}
	return "add " + source + " to " + by + " of the Content-Security-Policy"
}

// scripts are the providers' scripts: those that identity named, else those of the settings.
func (p *pageCheck) scripts(ctx context.Context, answers []identityAnswer, found *seen) []*url.URL {
	var texts []string
	for _, a := range answers {
		texts = append(texts, a.scripts...)
	}
	if len(texts) == 0 {
		for _, one := range p.site.providers {
			if w, err := one.Widget(ctx, &userinfo.User{ID: found.id}, time.Time{}); err == nil && w != nil && w.Script != "" {
				texts = append(texts, w.Script)
			}
		}
	}
	slices.Sort(texts)
	var list []*url.URL
	for _, text := range slices.Compact(texts) {
		if u, err := p.at.Parse(text); err == nil {
			list = append(list, u)
		}
	}
	return list
}
