package templates

import (
	"embed"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"
)

//go:embed snippets/*.tmpl
var snippetFiles embed.FS

var snippets = template.Must(template.New("").Funcs(template.FuncMap{
	"php": phpString, "python": python, "js": single, "kotlin": kotlin, "swift": swift, "literal": literal, "regexp": regexp.QuoteMeta,
}).ParseFS(snippetFiles, "snippets/*.tmpl"))

// SnippetData fills a snippet in for one site.
type SnippetData struct {
	BasePath string // where the site mounts Chatpass, without a slash at the end: "/chat"
	SiteURL  string // public address of the site; used when Listen does not tell how the site's server reaches Chatpass
	HideOn   string // as in WidgetData
	Listen   string // where Chatpass listens, as in its settings: "127.0.0.1:8090", "unix:/run/chatpass.sock", "fd:3"

	SendbirdApp string // id of the application at Sendbird, for apps; empty is a text that says what belongs there

	// For the web server's configuration:
	Inline         bool   // pages hold the visitor's token
	IdentityHeader string // in which a proxy may name the visitor; empty is the usual one
	HeaderNames    bool   // whether that header counts
}

// Snippet returns the text a site owner pastes into the host page, ending with a line end. It returns an error that lists the
// known kinds for an unknown one, and an error when a field of d holds control characters or is not UTF-8, or has no place in the
// configuration of a web server.
func Snippet(kind string, d SnippetData) (string, error) {
	if names := SnippetKinds(); !slices.Contains(names, kind) {
		return "", fmt.Errorf("unknown snippet %q, there are: %s", kind, strings.Join(names, ", "))
	}
	for _, field := range []string{d.BasePath, d.SiteURL, d.HideOn, d.Listen, d.IdentityHeader, d.SendbirdApp} {
		if strings.ContainsFunc(field, unicode.IsControl) || !utf8.ValidString(field) {
			return "", fmt.Errorf("an address in a snippet must be UTF-8 without control characters: %q", field)
		}
	}
	if isProxy(kind) {
		return serverSnippet(kind, d)
	}
	server, socket := reach(d)
	if d.SendbirdApp == "" {
		d.SendbirdApp = "YOUR-APPLICATION-ID"
	}
	var out strings.Builder
	err := snippets.ExecuteTemplate(&out, kind+".tmpl", struct{ BasePath, Loader, HideOn, Server, Socket, Public, SendbirdApp string }{
		d.BasePath, d.BasePath + "/loader.js", d.HideOn, server, socket, public(d), d.SendbirdApp,
	})
	if err != nil {
		return "", fmt.Errorf("rendering the snippet %s: %w", kind, err)
	}
	return out.String(), nil
}

// reach tells how the site's own server reaches Chatpass: an address without a path, and the unix socket to ask it through.
func reach(d SnippetData) (server, socket string) {
	const standard = "http://" + standardListen
	if path, ok := strings.CutPrefix(d.Listen, "unix:"); ok {
		return "http://localhost", path // the host name is not looked up
	}
	host, port, err := net.SplitHostPort(d.Listen)
	if err != nil || strings.HasPrefix(d.Listen, "fd:") {
		if site, err := url.Parse(d.SiteURL); err == nil && site.Host != "" {
			return site.Scheme + "://" + site.Host, ""
		}
		return standard, ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // listens everywhere, so also there
	}
	return "http://" + net.JoinHostPort(host, port), ""
}

// public is where the world finds Chatpass: an address with the base path.
func public(d SnippetData) string {
	base := url.URL{Scheme: "https", Host: "www.example.com", Path: d.BasePath}
	if site, err := url.Parse(d.SiteURL); err == nil && site.Host != "" {
		base.Scheme, base.Host = site.Scheme, site.Host
	}
	return base.String()
}

// phpString writes s as a single-quoted PHP string, in which only the backslash and the quote are special.
func phpString(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
