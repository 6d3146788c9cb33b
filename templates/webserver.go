package templates

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
)

// standardListen is where Chatpass listens unless it is told otherwise.
const standardListen = "127.0.0.1:8090"

// isProxy reports whether a kind is configuration of the site's web server.
func isProxy(name string) bool {
	return slices.ContainsFunc(kinds, func(k Kind) bool { return k.Name == name && k.Proxy })
}

// serverSnippet returns the configuration of a web server.
func serverSnippet(kind string, d SnippetData) (string, error) {
	w, err := newWebServer(d)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if err := snippets.ExecuteTemplate(&out, kind+".tmpl", w); err != nil {
		return "", fmt.Errorf("rendering the snippet %s: %w", kind, err)
	}
	return out.String(), nil
}

// oldPaths are the paths of ImbaChat's old plugins at the root of the site that a web server can tell by their beginning. Those of
// the form /?rest_route=… and /index.php?route=… cannot be told so.
var oldPaths = []string{"/wp-json/imbachat/v1/", "/imbachat/api/v1", "/integrationwidget/apiChat/", "/imba_chat/", "/imba_chat_widget/", "/chat.php"}

// commonNames are headers in which proxies name users, whatever the site's own is called.
var commonNames = []string{"Remote-User", "Remote_User", "X-Remote-User", "X_Remote_User", "X-Forwarded-User", "X_Forwarded_User"}

// webServer fills in the snippet for a web server.
type webServer struct {
	BasePath, Path string   // "/chat" and "/chat/"
	Query          string   // of the widget's address, "?mode=inline" or "?mode=loader"; said aloud, since a page with a token needs other headers
	Socket         string   // of Chatpass; empty for Host and Port
	Host, Port     string   // of Chatpass; an IPv6 host without brackets
	Trusted        string   // address from which the web server calls, empty if it is not known
	Header         string   // in which a proxy names the visitor
	Names          bool     // whether that header counts
	Inline         bool     // whether pages hold the visitor's token
	Spoofed        []string // headers that clients must not send on
	OldPaths       []string // of plugins
}

// foreign is what some web server takes for more than a part of a path or a name.
var foreign = regexp.MustCompile(`[^][A-Za-z0-9_./:~@+-]`)

// newWebServer reads the settings for the configuration of a web server. It is an error when it cannot be told where Chatpass
// listens, or when an address holds characters that mean something there.
func newWebServer(d SnippetData) (webServer, error) {
	w := webServer{BasePath: d.BasePath, Path: d.BasePath + "/", Query: "?mode=loader", Header: d.IdentityHeader, Names: d.HeaderNames, Inline: d.Inline, OldPaths: oldPaths}
	if w.Header == "" {
		w.Header = "X-Chatpass-User"
	}
	if w.Inline {
		w.Query = "?mode=inline"
	}
	for _, field := range []string{d.BasePath, d.Listen, w.Header} {
		if bad := foreign.FindString(field); bad != "" {
			return w, fmt.Errorf("%q cannot be written into the configuration of a web server: it holds %q", field, bad)
		}
	}
	w.Spoofed = spoofed(w.Header)
	if socket, ok := strings.CutPrefix(d.Listen, "unix:"); ok {
		w.Socket = socket
		return w, nil
	}
	listen := d.Listen
	if listen == "" {
		listen = standardListen
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil || strings.HasPrefix(listen, "fd:") {
		return w, fmt.Errorf("%s does not tell where Chatpass can be reached; give the address in place of it, such as %s", listen, standardListen)
	}
	ip := net.ParseIP(host)
	if host == "" || ip != nil && ip.IsUnspecified() || host == "localhost" {
		host, ip = "127.0.0.1", net.IPv4(127, 0, 0, 1) // listens everywhere, so also there
	}
	w.Host, w.Port = host, port
	if ip != nil && ip.IsLoopback() {
		w.Trusted = host
	}
	return w, nil
}

// spoofed lists the headers that must not come from a client: the header that names the visitor, its spellings with underscores,
// which some servers take for hyphens, and other names that proxies use.
func spoofed(header string) []string {
	names := []string{header}
	parts := strings.Split(header, "-")
	const most = 4 // hyphens: 15 spellings; a longer name only in the one with nothing but underscores
	if gaps := len(parts) - 1; gaps > most {
		names = append(names, strings.Join(parts, "_"))
	} else {
		for mask := 1; mask < 1<<gaps; mask++ {
			name := parts[0]
			for i, part := range parts[1:] {
				if mask>>i&1 == 1 {
					name += "_" + part
				} else {
					name += "-" + part
				}
			}
			names = append(names, name)
		}
	}
	for _, name := range commonNames {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			names = append(names, name)
		}
	}
	return names
}

func (w webServer) hostPort() string { return net.JoinHostPort(w.Host, w.Port) }

// NginxServer is Chatpass as nginx's proxy_pass writes it, without a path.
func (w webServer) NginxServer() string {
	if w.Socket != "" {
		return "http://unix:" + w.Socket + ":"
	}
	return "http://" + w.hostPort()
}

// ApacheServer is Chatpass as mod_proxy writes it, without a path.
func (w webServer) ApacheServer() string {
	if w.Socket != "" {
		return "unix:" + w.Socket + "|http://chatpass"
	}
	return "http://" + w.hostPort()
}

// CaddyServer is Chatpass as Caddy's reverse_proxy writes it.
func (w webServer) CaddyServer() string {
	if w.Socket != "" {
		return "unix/" + w.Socket
	}
	return w.hostPort()
}

// HAProxyServer is Chatpass as HAProxy's server line writes it.
func (w webServer) HAProxyServer() string {
	if w.Socket != "" {
		return "unix@" + w.Socket
	}
	return w.hostPort()
}

// Fragments are the paths whose HTML is included into pages.
func (w webServer) Fragments() []string {
	return []string{w.BasePath + "/widget", w.BasePath + "/button"}
}

// Personal are the paths whose answers are one visitor's own.
func (w webServer) Personal() []string {
	return append([]string{w.BasePath + "/identity"}, w.Fragments()...)
}
