package templates

import (
	"embed"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"text/template"
	"unicode"
)

//go:embed snippets/*.tmpl
var snippetFiles embed.FS

var snippets = template.Must(template.New("").Funcs(template.FuncMap{"php": phpString}).ParseFS(snippetFiles, "snippets/*.tmpl"))

// kinds are in the order in which to try them: the first is the best for most sites.
var kinds = []string{"loader", "include", "php", "button"}

// SnippetData fills a snippet in for one site.
type SnippetData struct {
	BasePath string // where the site mounts Chatpass, without a slash at the end: "/chat"
	SiteURL  string // public address of the site; used when Listen does not tell how the site's server reaches Chatpass
	Listen   string // where Chatpass listens, as in its settings: "127.0.0.1:8090", "unix:/run/chatpass.sock", "fd:3"
}

// SnippetKinds lists the kinds Snippet knows.
func SnippetKinds() []string { return slices.Clone(kinds) }

// Snippet returns the text a site owner pastes into the host page, ending with a line end. It returns an error that lists the
// known kinds for an unknown one, and an error when a field of d holds control characters.
func Snippet(kind string, d SnippetData) (string, error) {
	if !slices.Contains(kinds, kind) {
		return "", fmt.Errorf("unknown snippet %q, there are: %s", kind, strings.Join(kinds, ", "))
	}
	for _, field := range []string{d.BasePath, d.SiteURL, d.Listen} {
		if strings.ContainsFunc(field, unicode.IsControl) {
			return "", fmt.Errorf("an address in a snippet must not hold control characters: %q", field)
		}
	}
	server, socket := reach(d)
	var out strings.Builder
	err := snippets.ExecuteTemplate(&out, kind+".tmpl", struct{ BasePath, Server, Socket string }{d.BasePath, server, socket})
	if err != nil {
		return "", fmt.Errorf("rendering the snippet %s: %w", kind, err)
	}
	return out.String(), nil
}

// reach tells how the site's own server reaches Chatpass: an address without a path, and the unix socket to ask it through.
func reach(d SnippetData) (server, socket string) {
	const standard = "http://127.0.0.1:8090"
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

// phpString writes s as a single-quoted PHP string, in which only the backslash and the quote are special.
func phpString(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
