package sitefile

import (
	"net/url"
	"strings"
)

// parts are what an address of a database is made of.
type parts struct {
	scheme                           string // mysql, postgres or sqlite
	host, port, name, user, password string
	socket                           string // path of a unix socket
	path                             string // of an SQLite file, absolute
	sslmode                          string // PostgreSQL's
}

// schemes are the drivers platforms name, without what may stand before: phpbb\db\driver\mysqli, django.db.backends.mysql.
var schemes = map[string]string{
	"mysql": "mysql", "mysqli": "mysql", "mysql2": "mysql", "pdo_mysql": "mysql", "mysql_pdo": "mysql", "mariadb": "mysql", "auroramysql": "mysql",
	"trilogy": "mysql", "mpdo": "mysql", "pdo": "mysql", "mysqlnd": "mysql",
	"pgsql": "postgres", "postgres": "postgres", "postgresql": "postgres", "pdo_pgsql": "postgres", "pgsql_pdo": "postgres", "pg": "postgres",
	"postgresql_psycopg2": "postgres", "postgis": "postgres",
	"sqlite": "sqlite", "sqlite3": "sqlite", "pdo_sqlite": "sqlite", "better-sqlite3": "sqlite", "spatialite": "sqlite",
}

// scheme is the scheme of our addresses for a driver, or "".
func scheme(driver string) string {
	driver = strings.ToLower(strings.TrimSpace(driver))
	return schemes[driver[strings.LastIndexAny(driver, `\./:`)+1:]]
}

// address is the URL for CHATPASS_DATABASE_URL. What is missing comes back as half a sentence.
func (p parts) address() (string, string) {
	if p.scheme == "sqlite" {
		if strings.ContainsAny(p.path, "?\r\n\x00") {
			return "", "the path of the SQLite file holds a character that an address cannot hold"
		}
		return "sqlite:" + p.path, ""
	}
	host, port, socket := splitHost(p.host)
	if port == "" {
		port = p.port
	}
	if strings.HasPrefix(p.socket, "/") {
		socket = p.socket
	}
	switch {
	case p.name == "":
		return "", "the address of the database names no database"
	case strings.Trim(port, "0123456789") != "" || len(port) > 5:
		return "", "the port of the database is no number"
	case strings.ContainsAny(host, " /?#@\\%<>\"'\r\n\x00"):
		return "", "the host of the database is no name and no address"
	case strings.Trim(p.name, "/") != p.name:
		return "", "the name of the database begins or ends with a slash"
	}
	u := url.URL{Scheme: p.scheme, Host: hostPort(host, port), Path: "/" + p.name}
	switch {
	case p.password != "":
		u.User = url.UserPassword(p.user, p.password)
	case p.user != "":
		u.User = url.User(p.user)
	}
	options := url.Values{}
	if p.sslmode != "" {
		options.Set("sslmode", p.sslmode)
	}
	switch {
	case socket != "" && p.scheme == "mysql":
		u.Host = "localhost"
		options.Set("socket", socket)
	case socket != "":
		u.Host = ""
		options.Set("host", socketFolder(socket))
		if port != "" {
			options.Set("port", port)
		}
	case u.Host == "" || u.Host[0] == ':':
		u.Host = "localhost" + u.Host
	}
	u.RawQuery = strings.ReplaceAll(options.Encode(), "%2F", "/")
	return u.String(), ""
}

// socketFolder is what PostgreSQL calls host: the folder of its socket. Some platforms name the socket itself.
func socketFolder(socket string) string {
	if i := strings.LastIndex(socket, "/.s.PGSQL."); i > 0 {
		return socket[:i]
	}
	return socket
}

// hostPort is both as they stand in a URL.
func hostPort(host, port string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || port == "0" {
		return host
	}
	return host + ":" + port
}

// splitHost takes apart what platforms allow as a host: name, name:3307, [::1]:3307, ::1, /path/of/a/socket, localhost:/path,
// :/path, and PHP's "p:" for lasting connections before any of them.
func splitHost(text string) (host, port, socket string) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "p:")
	if i := strings.Index(text, ":/"); i >= 0 {
		text, socket = text[:i], text[i+1:]
	}
	if strings.HasPrefix(text, "/") {
		return "", "", text
	}
	if rest, ok := strings.CutPrefix(text, "["); ok {
		host, port, _ = strings.Cut(rest, "]")
		return host, strings.TrimPrefix(port, ":"), socket
	}
	if strings.Count(text, ":") == 1 {
		host, port, _ = strings.Cut(text, ":")
		return host, port, socket
	}
	return text, "", socket
}

// fromURL takes a platform's own address of a database apart. It reports false for one it cannot read.
func fromURL(address string) (parts, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Fragment != "" {
		return parts{}, false
	}
	p := parts{scheme: scheme(u.Scheme), port: u.Port(), host: u.Hostname(), user: u.User.Username()}
	p.password, _ = u.User.Password()
	options := u.Query()
	switch p.scheme {
	case "":
		return parts{}, false
	case "sqlite":
		p.path = u.Opaque
		if p.path == "" {
			p.path = u.Host + u.Path
		}
		return p, p.path != ""
	case "postgres":
		p.sslmode = options.Get("sslmode")
		p.socket = options.Get("host")
	default:
		p.socket = options.Get("socket") + options.Get("unix_socket")
	}
	p.name = strings.TrimPrefix(u.Path, "/")
	if strings.HasPrefix(p.host, "/") { // percent-encoded path of a socket
		p.socket, p.host = p.host, ""
	}
	return p, true
}

// siteAddress is the address of a site if it is one for browsers: http or https, or a bare host, which is taken for https.
func siteAddress(text string) (string, bool) {
	text = strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(text, "//"):
		text = "https:" + text
	case text != "" && strings.Contains(text, ".") && !strings.ContainsAny(text, "/: "):
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	return strings.TrimRight(u.String(), "/"), true
}
