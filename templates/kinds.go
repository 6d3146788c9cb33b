package templates

import (
	"slices"
	"strconv"
	"strings"
)

// Kind is one kind of snippet.
type Kind struct {
	Name  string // what Snippet and the command know it by
	About string // what it is, in a few words without an end mark
	Asks  bool   // its code asks Chatpass from the site's own server, so that the address must be known
	Key   bool   // it does so with the site key
	Proxy bool   // it is configuration of the site's web server
	App   bool   // it is the code of an app, which needs the site's public address and the id of the provider's application
}

// kinds are in the order in which to try them: the first is the best for most sites.
var kinds = []Kind{
	{Name: "loader", About: "one line for the pages; holds nothing of the visitor, page caches are safe"},
	{Name: "include", About: "one line that the web server replaces by the fragment", Asks: true},
	{Name: "php", About: "PHP code that names the signed-in user with the site key", Asks: true, Key: true},
	{Name: "button", About: "PHP code for a \"write to this member\" button, with the site key", Asks: true, Key: true},
	{Name: "twig", About: "the loader's line and a button, for Twig templates (Symfony)"},
	{Name: "blade", About: "the same for Blade templates (Laravel)"},
	{Name: "django", About: "the same for Django templates"},
	{Name: "wordpress", About: "a file for wp-content/mu-plugins: the loader, and the shortcode [chatpass_button]"},
	{Name: "twig-inline", About: "a Twig extension that names the signed-in user with the site key", Asks: true, Key: true},
	{Name: "blade-inline", About: "a class for Laravel that does the same", Asks: true, Key: true},
	{Name: "django-inline", About: "a template tag for Django that does the same", Asks: true, Key: true},
	{Name: "sendbird-js", About: "a module for pages that keeps the visitor signed in at Sendbird"},
	{Name: "sendbird-android", About: "a Kotlin class for Android apps that does the same", App: true},
	{Name: "sendbird-ios", About: "a Swift class for iOS apps that does the same", App: true},
	{Name: "nginx", About: "nginx hands the base path on to Chatpass", Asks: true, Proxy: true},
	{Name: "apache", About: "Apache does", Asks: true, Proxy: true},
	{Name: "caddy", About: "Caddy does", Asks: true, Proxy: true},
	{Name: "haproxy", About: "HAProxy does", Asks: true, Proxy: true},
	{Name: "ssi", About: "nginx or Apache puts the widget into the pages; empty while Chatpass is down", Asks: true, Proxy: true},
	{Name: "esi", About: "Varnish does, and hands the base path on", Asks: true, Proxy: true},
}

// Kinds lists the kinds of snippets in the order in which to try them.
func Kinds() []Kind { return slices.Clone(kinds) }

// SnippetKinds lists the names of the kinds that Snippet knows.
func SnippetKinds() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	return names
}

// literal writes s into an attribute of a template of Twig, Blade or Django, where a brace or an at sign may begin or end
// the language's own marks.
func literal(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;",
		"{", "&#123;", "}", "&#125;", "@", "&#64;").Replace(s)
}

// single writes s as a string of JavaScript in single quotes.
func single(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'" }

// kotlin writes s as a string of Kotlin, in which a dollar sign begins a template.
func kotlin(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`).Replace(s) + `"`
}

// swift writes s as a string of Swift.
func swift(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }

// python writes s as a string of Python, in ASCII. It must be UTF-8 without control characters: what remains is written by both
// languages alike.
func python(s string) string { return strconv.QuoteToASCII(s) }
