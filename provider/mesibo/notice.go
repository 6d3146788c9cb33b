package mesibo

import (
	"net"
	"net/url"
	"strings"
)

// urls are where clients send files to and fetch them from.
type urls struct {
	Upload   string `json:"upload"`
	Download string `json:"download"` // ends in a slash; a photo's name behind it is the photo
}

// share is what clients send to somebody they invite.
type share struct {
	Text    string `json:"text"`
	Subject string `json:"subject"`
	Title   string `json:"title"`
}

// sharing is the part that many answers have: addresses of files, and texts of invitations.
type sharing struct {
	URLs   urls
	Share  share
	Invite string
}

// sharing returns the part of an answer that tells clients where files are and how others are invited.
func (p *Provider) sharing(q *question) sharing {
	origin := p.originFor(q)
	title := "Chat"
	text := "Let us chat!"
	if u, err := url.Parse(origin); err == nil && u.Host != "" {
		title = "Chat on " + u.Host
		text = "Let us chat on " + u.Host + ": " + origin + "/"
	}
	if p.c.Share != "" {
		text = p.c.Share
	}
	return sharing{
		URLs:  urls{Upload: origin + p.doorFor(q), Download: origin + p.base + filesPath},
		Share: share{Text: text, Subject: title, Title: title}, Invite: text,
	}
}

// flat adds the addresses by the names that the tutorials of both generations show beside urls.
func (s sharing) flat(a *answer) {
	a.put("fileurl", s.URLs.Download)
	a.put("downloadurl", s.URLs.Download)
	a.put("uploadurl", s.URLs.Upload)
}

// put adds it to an answer, in the order of the reference.
func (s sharing) put(a *answer) {
	a.put("share", s.Share)
	a.put("invite", s.Invite)
	a.put("urls", s.URLs)
}

// originFor is the public origin of the site, for absolute addresses: the first that is set; else the host the client asked, which nobody but this client is told.
func (p *Provider) originFor(q *question) string {
	if p.private.origin != "" {
		return p.private.origin
	}
	if q == nil || q.http == nil || !plainHost(q.http.Host) {
		return ""
	}
	scheme := "https://" // a proxy ends TLS, and what it tells of the scheme is anybody's to write
	host := q.http.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if ip := net.ParseIP(strings.Trim(host, "[]")); host == "localhost" || ip != nil && ip.IsLoopback() {
		scheme = "http://"
	}
	return scheme + q.http.Host
}

// doorFor is the path of the private backend that a client asks at, so that it stays with it.
func (p *Provider) doorFor(q *question) string {
	if q != nil && q.http != nil {
		return q.http.URL.Path // one of ours: nothing else leads here
	}
	if len(p.c.LegacyPaths) > 0 {
		return strings.TrimSpace(p.c.LegacyPaths[0])
	}
	return "/"
}

// plainHost reports whether a Host header can stand in an address without meaning something else there.
func plainHost(host string) bool {
	if host == "" || len(host) > 253+6 { // a name of the DNS and a port
		return false
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._:[]", r)
	})
}
