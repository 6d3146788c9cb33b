package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/pagecheck"
	"github.com/chatpass/chatpass/provider/imbachat"
)

// holding is something of a user that lies in a page.
type holding struct {
	owner string
	what  string // with its fingerprint
}

// holds lists what of users is in the page that a visitor got.
func (p *pageCheck) holds(v view) []holding {
	var list []holding
	for i := range v.tokens {
		t := &v.tokens[i]
		if t.Owner == nobody {
			continue
		}
		h := holding{t.Owner, "the token"}
		if t.Dialog {
			h.what = "the open-dialog token"
		}
		h.what += " (fingerprint " + t.Fingerprint()
		if t.Where != "body" {
			h.what += ", in the header " + printable(t.Where)
		}
		if !p.verified(t) {
			h.what += ", signed with another key than these settings have"
		}
		h.what += ")"
		list = append(list, h)
	}
	if v.page.BlockID != "" && v.page.BlockID != nobody {
		list = append(list, holding{v.page.BlockID, "the id (in the block chatpass-data)"})
	}
	return list
}

// verified reports whether a token was signed with a key of these settings, whenever it ended.
func (p *pageCheck) verified(t *pagecheck.Token) bool {
	for _, section := range p.site.cfg.Sections {
		c, ok := section.(*imbachat.Config)
		if !ok {
			continue
		}
		keys := []secret.Secret{c.SecretKey}
		if !c.SecretKeyPrevious.IsZero() {
			keys = append(keys, c.SecretKeyPrevious)
		}
		v, err := jwt.NewVerifier(keys, 1, func() time.Time { return t.Expires.Add(-time.Second) })
		if err != nil {
			continue
		}
		if t.Dialog {
			_, err = v.Dialog(t.Text.Reveal())
		} else {
			_, _, err = v.Widget(t.Text.Reveal())
		}
		if err == nil {
			return true
		}
	}
	return false
}

const uncached = "let the page hold nothing personal: CHATPASS_WIDGET_MODE=loader and the snippet `chatpass snippet loader`. To keep the inline mode, send Cache-Control: no-store, private with the page itself " +
	"(that of the fragment does not count) and take it out of every cache before it: nginx proxy_cache and fastcgi_cache, Varnish, page caches of the site, a CDN's \"cache everything\"; then empty them"

// leaks looks whether anything of one user is in the page of another.
func (p *pageCheck) leaks() {
	var told []string
	inline := false
	owners := [3][]string{}
	for _, v := range p.views {
		for _, h := range p.holds(v) {
			inline = true
			owners[v.who] = append(owners[v.who], h.owner)
			if !p.others(v.who, h.owner) {
				continue
			}
			// One finding for each visitor and owner: a page may hold hundreds of buttons.
			if key := fmt.Sprint(v.who, " ", h.owner); !slices.Contains(told, key) {
				told = append(told, key)
				p.fail("leak", fmt.Sprintf("%s of %s is in the page that %s gets%s", h.what, p.whom(h.owner), p.who(v.who), from(v)), uncached)
			}
		}
	}
	if both := common(owners[0], owners[1]); len(told) == 0 && both != "" {
		told = append(told, both)
		p.fail("leak", "the pages of both members hold the token or id of the same user, "+p.whom(both), uncached)
	}
	if len(told) > 0 || p.keepable() {
		return
	}
	switch {
	case inline:
		p.ok("leak", "everybody's page holds only their own token and id, in %s", p.visited())
	case p.real && p.site.cfg.WidgetMode == "inline" && (p.ids[0] != "" || p.ids[1] != ""):
		p.warn("leak", "CHATPASS_WIDGET_MODE is inline, but no member's page holds a token: they got a guest's page, from a cache or from a template that asks without the member's cookies", uncached)
	default:
		p.ok("leak", "the page holds no token and no id of anybody, in %s", p.visited())
	}
}

// others reports whether something of a user is not the visitor's own. Of a member whom identity does not know nothing can be said yet.
func (p *pageCheck) others(who int, owner string) bool {
	if who == guest || !p.real {
		return true
	}
	return p.ids[who] != "" && p.ids[who] != owner || p.ids[who] == "" && p.ids[1-who] == owner
}

// common is somebody whom both lists have.
func common(a, b []string) string {
	for _, one := range a {
		if slices.Contains(b, one) {
			return one
		}
	}
	return ""
}

// from tells that a page came from a cache.
func from(v view) string {
	if name := v.answer.Cached(); name != "" {
		return ", from a cache (header " + name + ")"
	}
	return ""
}

// keepable tells of a page with a token that caches keep or may keep.
func (p *pageCheck) keepable() bool {
	for _, v := range p.views {
		if len(p.holds(v)) == 0 {
			continue
		}
		if name := v.answer.Cached(); name != "" {
			p.fail("leak", "a page with a member's token came from a cache (header "+name+")", uncached)
			return true
		}
		if !v.answer.Private() {
			p.fail("leak", "the page holds the token of "+p.who(v.who)+" and does not say Cache-Control: no-store or private, so that any cache may give it to another", uncached)
			return true
		}
	}
	return false
}
