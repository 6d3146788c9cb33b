package pagecheck

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of what is kept of a page.
const (
	maxScripts = 1000
	maxMetas   = 20
)

// Script is a script element with an address.
type Script struct {
	URL       *url.URL // resolved against the page's base; nil for what is no address
	Type      string
	Nonce     string
	Integrity string
	Source    string            // src as it is written
	Relative  bool              // it has no slash at the beginning, and no base element makes it mean the same on all pages
	Data      map[string]string // data-… attributes, by the name behind data-
	order     int
}

// Runs reports whether browsers run the element by themselves: consent managers and optimisers give it another type and start it later.
func (s *Script) Runs() bool {
	switch strings.ToLower(strings.TrimSpace(s.Type)) {
	case "", "module", "text/javascript", "application/javascript", "application/x-javascript", "text/ecmascript", "application/ecmascript":
		return true
	}
	return false
}

// Page is what there is in a page for Chatpass.
type Page struct {
	Address  *url.URL
	Scripts  []Script
	Inert    []string // texts of comments, templates and noscript elements in which a loader may stand that does not run
	Block    bool     // the block chatpass-data of the inline mode is there
	BlockID  string   // the user_id in it; empty for a guest
	Password bool     // it asks for a password, as log-in pages do
	metas    []meta
}

// meta is a policy that stands in the page.
type meta struct {
	policy Policy
	order  int
}

// Parse reads a page that was fetched from address. It returns an error for what no browser would be given: elements nested hundreds deep.
func Parse(address *url.URL, text []byte) (*Page, error) {
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	p := &Page{Address: address}
	base := address
	order, based := 0, false
	for n := range root.Descendants() {
		order++
		switch {
		case n.Type == html.CommentNode:
			p.inert(n.Data)
		case n.Type != html.ElementNode, within(n, atom.Template):
		case n.DataAtom == atom.Base && !based:
			if href, ok := attribute(n, "href"); ok {
				based = true
				if u, err := address.Parse(strings.TrimSpace(href)); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
					base = u
				}
			}
		case n.DataAtom == atom.Meta:
			p.meta(n, order)
		case n.DataAtom == atom.Script:
			p.script(n, order)
		case n.DataAtom == atom.Input:
			kind, _ := attribute(n, "type")
			p.Password = p.Password || strings.EqualFold(kind, "password")
		case n.DataAtom == atom.Template, n.DataAtom == atom.Noscript:
			var out bytes.Buffer
			if html.Render(&out, n) == nil {
				p.inert(out.String())
			}
		}
	}
	for i := range p.Scripts { // a base element counts for the whole page, wherever it stands
		s := &p.Scripts[i]
		s.Relative = !based && s.URL != nil && s.URL.Scheme == "" && s.URL.Host == "" && !strings.HasPrefix(s.URL.Path, "/")
		s.URL = resolved(base, s.URL)
	}
	return p, nil
}

// inert keeps a text in which a loader may stand.
func (p *Page) inert(text string) {
	if len(p.Inert) < maxMetas && strings.Contains(text, "/loader.js") {
		p.Inert = append(p.Inert, text)
	}
}

func (p *Page) meta(n *html.Node, order int) {
	kind, _ := attribute(n, "http-equiv")
	content, _ := attribute(n, "content")
	if strings.EqualFold(strings.TrimSpace(kind), "Content-Security-Policy") && within(n, atom.Head) && len(p.metas) < maxMetas {
		p.metas = append(p.metas, meta{ParsePolicy(content), order})
	}
}

func (p *Page) script(n *html.Node, order int) {
	if id, _ := attribute(n, "id"); id == "chatpass-data" {
		p.block(n)
	}
	src, ok := attribute(n, "src")
	if !ok || len(p.Scripts) == maxScripts {
		return
	}
	s := Script{Data: map[string]string{}, order: order}
	s.Source = strings.TrimSpace(src)
	s.URL, _ = url.Parse(s.Source) // nil stays
	s.Type, _ = attribute(n, "type")
	s.Nonce, _ = attribute(n, "nonce")
	s.Integrity, _ = attribute(n, "integrity")
	for _, a := range n.Attr {
		if name, is := strings.CutPrefix(a.Key, "data-"); is && a.Namespace == "" {
			s.Data[name] = a.Val
		}
	}
	p.Scripts = append(p.Scripts, s)
}

func (p *Page) block(n *html.Node) {
	var text strings.Builder
	for c := range n.ChildNodes() {
		text.WriteString(c.Data)
	}
	var data struct {
		ID json.RawMessage `json:"user_id"`
	}
	p.Block = true
	if json.Unmarshal([]byte(text.String()), &data) == nil && p.BlockID == "" {
		p.BlockID = plainID(data.ID)
	}
}

func attribute(n *html.Node, name string) (value string, ok bool) {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name && a.Namespace == "" })
	if i < 0 {
		return "", false
	}
	return n.Attr[i].Val, true
}

func within(n *html.Node, a atom.Atom) bool {
	for up := n.Parent; up != nil; up = up.Parent {
		if up.DataAtom == a {
			return true
		}
	}
	return false
}

func resolved(base, u *url.URL) *url.URL {
	if u == nil {
		return nil
	}
	return base.ResolveReference(u)
}

// Origin is the origin of an address as browsers compare it.
func Origin(u *url.URL) string {
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), portOf(u)
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host + ":" + port
}

// portOf is the port of an address, also the one its scheme implies.
func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return defaultPort[strings.ToLower(u.Scheme)]
}

var defaultPort = map[string]string{"http": "80", "https": "443", "ws": "80", "wss": "443"}

// Hidden reports whether a path is one on which data-hide-on hides the chat: a list of patterns with commas, in which * is any run of
// characters. The case of letters does not count.
func Hidden(patterns, path string) bool {
	patterns, path = strings.ToLower(patterns), strings.ToLower(path)
	for pattern := range strings.SplitSeq(patterns, ",") {
		if pattern = strings.TrimSpace(pattern); pattern != "" && wild(pattern, path) {
			return true
		}
	}
	return false
}

// wild matches the whole text, in time that is linear in the pattern for each part between stars.
func wild(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1:last] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[last])
}
