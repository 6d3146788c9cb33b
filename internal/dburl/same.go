package dburl

import (
	"path/filepath"
	"strings"
)

// Same reports whether two addresses lead to the same database, as far as the addresses tell: of one server by two names it does not know.
// Two schemas of one PostgreSQL database are not the same.
func (t Target) Same(other Target) bool {
	switch {
	case t.MySQL != nil && other.MySQL != nil:
		return loopback(t.MySQL.Addr) == loopback(other.MySQL.Addr) && t.MySQL.DBName == other.MySQL.DBName
	case t.Postgres != nil && other.Postgres != nil:
		a, b := t.Postgres, other.Postgres
		return loopback(a.Host) == loopback(b.Host) && a.Port == b.Port && a.Database == b.Database && a.RuntimeParams["search_path"] == b.RuntimeParams["search_path"]
	case t.SQLite != "" && other.SQLite != "":
		return resolved(t.SQLite) == resolved(other.SQLite)
	}
	return false
}

// loopback writes the names of this machine in one way.
func loopback(host string) string {
	for _, name := range []string{"localhost", "[::1]", "::1"} {
		if rest, ok := strings.CutPrefix(host, name); ok && (rest == "" || rest[0] == ':') {
			return "127.0.0.1" + rest
		}
	}
	return host
}

// resolved is the path of a file without links, as far as it is there.
func resolved(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return path
}
