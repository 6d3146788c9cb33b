package pagecheck

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Policy is one Content-Security-Policy (CSP Level 3). The zero value allows everything.
type Policy struct {
	directives map[string][]string // by name in lower case; of two with one name the first counts
}

// maxDirectives bounds a policy; a header has at most 256 KiB.
const maxDirectives = 100

// ParsePolicy reads one policy.
func ParsePolicy(text string) Policy {
	p := Policy{directives: map[string][]string{}}
	for directive := range strings.SplitSeq(text, ";") {
		words := strings.Fields(directive)
		if len(words) == 0 || len(p.directives) == maxDirectives {
			continue
		}
		name := strings.ToLower(words[0])
		if _, twice := p.directives[name]; !twice {
			p.directives[name] = words[1:]
		}
	}
	return p
}

// policies reads all policies of a header: several lines, and several in a line with commas between.
func policies(lines []string) []Policy {
	var list []Policy
	for _, line := range lines {
		for text := range strings.SplitSeq(line, ",") {
			if strings.TrimSpace(text) != "" {
				list = append(list, ParsePolicy(text))
			}
		}
	}
	return list
}

// Policies are the policies of a page. All of them must allow what is to be loaded.
type Policies struct {
	page   *url.URL
	header []Policy
	metas  []meta
}

// PoliciesOf returns the policies that a browser enforces on a page.
func PoliciesOf(p *Page, header http.Header) Policies {
	return Policies{page: p.Address, header: policies(header.Values("Content-Security-Policy")), metas: p.metas}
}

// ReportOnly returns the policies that are reported and not enforced.
func ReportOnly(p *Page, header http.Header) Policies {
	return Policies{page: p.Address, header: policies(header.Values("Content-Security-Policy-Report-Only"))}
}

// None reports that there is no policy.
func (p *Policies) None() bool { return len(p.header) == 0 && len(p.metas) == 0 }

// Tag names the directive that keeps a script element of the page from being loaded; empty if it is allowed.
func (p *Policies) Tag(s *Script) string {
	list := slices.Clone(p.header)
	for _, m := range p.metas {
		if m.order < s.order { // a policy in the page counts for what stands behind it
			list = append(list, m.policy)
		}
	}
	for _, one := range list {
		if by := one.script(p.page, s.URL, s.Nonce, s.Integrity, true); by != "" {
			return by
		}
	}
	return ""
}

// Inserted names the directive that keeps away a script which the script s adds to the page, with its own nonce.
func (p *Policies) Inserted(u *url.URL, s *Script) string {
	for _, one := range p.all() {
		if by := one.script(p.page, u, s.Nonce, "", false); by != "" {
			return by
		}
	}
	return ""
}

// TrustedTypes names the directive that forbids a script to make a Trusted Types policy of this name, through which alone it may add scripts
// then; empty if it may.
func (p *Policies) TrustedTypes(policy string) string {
	const name = "trusted-types"
	for _, one := range p.all() {
		if names, ok := one.directives[name]; ok && !slices.Contains(names, policy) && !slices.Contains(names, "*") {
			return name
		}
	}
	return ""
}

// Connect names the directive that keeps scripts of the page from fetching an address.
func (p *Policies) Connect(u *url.URL) string {
	for _, one := range p.all() {
		name, sources := one.first("connect-src", "default-src")
		if name != "" && !matchesAny(sources, p.page, u) {
			return name
		}
	}
	return ""
}

// Sandbox names what a sandbox takes from the page that the chat needs: "scripts" or "same-origin"; empty for nothing.
func (p *Policies) Sandbox() string {
	for _, one := range p.header { // in the page itself it is ignored
		if words, ok := one.directives["sandbox"]; ok {
			for _, need := range []string{"scripts", "same-origin"} {
				if !hasWord(words, "allow-"+need) {
					return need
				}
			}
		}
	}
	return ""
}

func (p *Policies) all() []Policy {
	list := slices.Clone(p.header)
	for _, m := range p.metas {
		list = append(list, m.policy)
	}
	return list
}

// first returns the first of the directives that is there.
func (p Policy) first(names ...string) (name string, sources []string) {
	for _, name := range names {
		if sources, ok := p.directives[name]; ok {
			return name, sources
		}
	}
	return "", nil
}

// script names the directive that blocks a script with an address (CSP3 §6.7.1.1); inPage says that it is an element of the page's HTML.
func (p Policy) script(page, u *url.URL, nonce, integrity string, inPage bool) (blockedBy string) {
	name, sources := p.first("script-src-elem", "script-src", "default-src")
	if name == "" || u == nil {
		return ""
	}
	if nonce != "" && slices.ContainsFunc(sources, func(s string) bool { return quotedAs(s, "nonce-") == nonce }) {
		return ""
	}
	if hashed(sources, integrity) {
		return ""
	}
	if hasWord(sources, "'strict-dynamic'") {
		if inPage {
			return name
		}
		return ""
	}
	if matchesAny(sources, page, u) {
		return ""
	}
	return name
}

// hashed reports whether every hash of an element's integrity attribute is one the policy allows.
func hashed(sources []string, integrity string) bool {
	hashes := strings.Fields(integrity)
	for _, hash := range hashes {
		hash, _, _ = strings.Cut(hash, "?")
		kind, _, _ := strings.Cut(hash, "-")
		if kind != "sha256" && kind != "sha384" && kind != "sha512" || !slices.Contains(sources, "'"+hash+"'") {
			return false
		}
	}
	return len(hashes) > 0
}

// quotedAs is what stands behind a prefix in quotes; empty for another source.
func quotedAs(source, prefix string) string {
	if len(source) > len(prefix)+2 && strings.EqualFold(source[:len(prefix)+1], "'"+prefix) && strings.HasSuffix(source, "'") {
		return source[len(prefix)+1 : len(source)-1]
	}
	return ""
}

func hasWord(words []string, word string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
}

func matchesAny(sources []string, page, u *url.URL) bool {
	return slices.ContainsFunc(sources, func(s string) bool { return matches(s, page, u) })
}

// matches compares an address with one source (CSP3 §6.7.2.8).
func matches(source string, page, u *url.URL) bool {
	scheme := strings.ToLower(u.Scheme)
	switch {
	case source == "*":
		return defaultPort[scheme] != "" || scheme == page.Scheme
	case strings.HasPrefix(source, "'"):
		return strings.EqualFold(source, "'self'") && self(page, u)
	}
	if i := strings.IndexByte(source, ':'); i == len(source)-1 && i > 0 {
		return schemeFits(strings.ToLower(source[:i]), scheme)
	}
	wanted, rest, has := strings.Cut(source, "://")
	if !has {
		wanted, rest = page.Scheme, source
	}
	if !schemeFits(strings.ToLower(wanted), scheme) {
		return false
	}
	authority, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:i], authority[i+1:]
	}
	return hostFits(strings.ToLower(host), strings.ToLower(u.Hostname())) && portFits(port, u) && pathFits(path, u)
}

// self is the page's own origin, also after a change to encryption on the standard ports.
func self(page, u *url.URL) bool {
	if Origin(page) == Origin(u) {
		return true
	}
	standard := portOf(page) == defaultPort[page.Scheme] && portOf(u) == defaultPort[u.Scheme]
	upgraded := u.Scheme == "https" || u.Scheme == "wss" || page.Scheme == "http" && u.Scheme == "ws"
	return strings.EqualFold(page.Hostname(), u.Hostname()) && upgraded && (portOf(page) == portOf(u) || standard)
}

// schemeFits compares schemes; the encrypted form of what is allowed is allowed too.
func schemeFits(wanted, scheme string) bool {
	switch wanted {
	case scheme:
		return true
	case "http":
		return scheme == "https"
	case "ws":
		return scheme == "wss" || scheme == "http" || scheme == "https"
	case "wss":
		return scheme == "https"
	}
	return false
}

func hostFits(wanted, host string) bool {
	if domain, is := strings.CutPrefix(wanted, "*"); is {
		return domain == "" || strings.HasPrefix(domain, ".") && strings.HasSuffix(host, domain) && len(host) > len(domain)
	}
	return strings.Trim(wanted, "[]") == host && host != ""
}

func portFits(wanted string, u *url.URL) bool {
	port := portOf(u)
	switch wanted {
	case "*", port:
		return true
	case "":
		return port == defaultPort[u.Scheme]
	case "80":
		return port == "443"
	}
	return false
}

// pathFits compares paths: one that ends in a slash is a folder.
func pathFits(wanted string, u *url.URL) bool {
	if wanted == "" || wanted == "/" {
		return true
	}
	plain, err := url.PathUnescape(wanted)
	if err != nil {
		plain = wanted
	}
	if strings.HasSuffix(plain, "/") {
		return strings.HasPrefix(u.Path, plain)
	}
	return u.Path == plain
}
