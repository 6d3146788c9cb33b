// Package dburl reads the address of a database as owners write it, and refuses what weakens the connection.
// The rooms that open databases share it: one for the site's own database, one for Chatpass's.
package dburl

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
)

// Target is a database an address names; exactly one of MySQL, Postgres and SQLite is set.
type Target struct {
	MySQL    *mysql.Config
	MariaDB  bool // the address says so
	Postgres *pgx.ConnConfig
	SQLite   string // path of the file, as it was written
}

// Options say what an address is for.
type Options struct {
	Var      string // the variable, without prefix, that faults name
	ReadOnly bool   // the database is only read, which a few texts tell
}

// Parse reads the address of a database, or returns what is wrong with it; nothing is connected to. Accepted are
//
//	mysql://user:password@host:3306/database          also mariadb://, with ?socket=/path and ?tls=true
//	user:password@tcp(host:3306)/database             a DSN of go-sql-driver, also user@unix(/path)/database
//	postgres://user:password@host:5432/database       also postgresql://; sslmode is libpq's, "prefer" by default
//	sqlite:/path/of/the/file                          sqlite:///path as well
//
// A MySQL address must not switch on what weakens the connection: several statements in one query, local files, passwords in
// clear or in the old hash, TLS without verification or falling back to none, a character set other than UTF-8.
// PostgreSQL's sslmode is left to the owner, since "prefer" is what servers on loopback need. No fault holds a part of the address
// but the names of options.
func Parse(u secret.Secret, o Options) (Target, []setting.Fault) {
	t, faults := o.parse(u)
	for i := range faults {
		faults[i].Var = o.Var
	}
	return t, faults
}

//nolint:gosec // a form and no credential
const forms = "use mysql://user:password@host:3306/database, postgres://user:password@host/database or sqlite:/path"

func (o Options) parse(u secret.Secret) (Target, []setting.Fault) {
	address := u.Reveal()
	scheme, _, hasScheme := strings.Cut(address, ":")
	switch {
	case address == "":
		return Target{}, fault("is empty", forms)
	case strings.ContainsAny(address, "\x00\r\n"):
		return Target{}, fault("holds a line break or a NUL", "put the address on one line")
	case strings.HasPrefix(address, "sqlite:"):
		return o.parseSQLite(strings.TrimPrefix(address, "sqlite:"))
	case strings.HasPrefix(address, "mysql://"), strings.HasPrefix(address, "mariadb://"):
		return parseMySQLURL(address)
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		return parsePostgres(address)
	case hasScheme && strings.HasPrefix(address[len(scheme):], "://"):
		return Target{}, fault("has a scheme that is none of mysql, mariadb, postgres and sqlite", forms)
	case strings.Contains(address, "/"):
		return parseDSN(address)
	default:
		return Target{}, fault("is no address of a database", forms)
	}
}

func fault(problem, remedy string) []setting.Fault {
	return []setting.Fault{{Problem: problem, Remedy: remedy}}
}

// parseURL parses an address with a scheme. An error of net/url holds the address, so it is not passed on.
func parseURL(address string) (*url.URL, []setting.Fault) {
	const encode = "write special characters of user name and password percent-encoded: % as %25, / as %2F, ? as %3F, # as %23, @ as %40"
	u, err := url.Parse(address)
	if err != nil {
		return nil, fault("cannot be read as an address", encode)
	}
	if u.Fragment != "" || strings.HasSuffix(address, "#") {
		return nil, fault("holds a #", encode)
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return nil, fault("has options that cannot be read", encode)
	}
	return u, nil
}

// postgresOptions may stand in a postgres:// address. "options", "role" and the like could change the session's settings.
var postgresOptions = map[string]bool{
	"sslmode": true, "sslrootcert": true, "sslcert": true, "sslkey": true, "search_path": true,
	"host": true, "port": true, "user": true, "password": true, "dbname": true, "application_name": true, "connect_timeout": true,
}

func parsePostgres(address string) (Target, []setting.Fault) {
	u, faults := parseURL(address)
	if faults != nil {
		return Target{}, faults
	}
	if strings.Trim(u.Path, "/") == "" && u.Query().Get("dbname") == "" {
		return Target{}, fault("names no database", "add it after the host: postgres://user:password@host/database")
	}
	options := u.Query()
	for name := range options {
		if !postgresOptions[name] {
			return Target{}, fault("has the option "+strconv.Quote(name)+", which is not allowed", "remove it; allowed are sslmode, sslrootcert, sslcert, sslkey, search_path, host, port, user, password and dbname")
		}
	}
	// What is not in the address must not come from PGSSLMODE, PGPASSWORD, PGOPTIONS and their like: settings have one source.
	for name, plain := range map[string]string{
		"sslmode": "prefer", "passfile": os.DevNull, "options": "", "target_session_attrs": "any", "application_name": "chatpass",
		"connect_timeout": "1", "timezone": "UTC", "sslcert": "", "sslkey": "", "sslrootcert": "",
	} {
		if !options.Has(name) {
			options.Set(name, plain)
		}
	}
	if _, has := u.User.Password(); !has && !options.Has("password") {
		options.Set("password", "")
	}
	u.RawQuery = options.Encode()
	cfg, err := pgx.ParseConfig(u.String())
	if err != nil { // its text may hold the password
		return Target{}, fault("cannot be read as a PostgreSQL address", "check host, port and options such as sslmode")
	}
	return Target{Postgres: cfg}, nil
}

func (o Options) parseSQLite(rest string) (Target, []setting.Fault) {
	path, options, _ := strings.Cut(rest, "?")
	path = strings.TrimPrefix(path, "//")
	values, err := url.ParseQuery(options)
	if err != nil {
		return Target{}, fault("has options that cannot be read", "use sqlite:/path/of/the/file")
	}
	for name := range values {
		if !o.ReadOnly {
			return Target{}, fault("has an option", "remove it: Chatpass opens its file in its own way")
		}
		if name != "mode" || values.Get("mode") != "ro" {
			return Target{}, fault("has an option other than mode=ro", "remove it: the file is always opened read-only")
		}
	}
	if path == "" || strings.HasPrefix(path, ":memory:") || strings.HasSuffix(path, "/") {
		return Target{}, fault("names no database file", "use sqlite:/path/of/the/file")
	}
	return Target{SQLite: path}, nil
}

// parseDSN reads a DSN of go-sql-driver.
func parseDSN(address string) (Target, []setting.Fault) {
	_, options, _ := strings.Cut(address[strings.LastIndexByte(address, '/'):], "?")
	faults := checkMySQLOptions(options)
	if faults != nil {
		return Target{}, faults
	}
	cfg, err := mysql.ParseDSN(address)
	if err != nil { // its text may hold the address
		return Target{}, fault("cannot be read as a go-sql-driver DSN", "write user:password@tcp(host:3306)/database, or the form mysql://user:password@host:3306/database")
	}
	return finishMySQL(cfg, false)
}

func finishMySQL(cfg *mysql.Config, mariadb bool) (Target, []setting.Fault) {
	if cfg.DBName == "" {
		return Target{}, fault("names no database", "add it after the host: mysql://user:password@host:3306/database")
	}
	if cfg.Net != "tcp" && cfg.Net != "unix" && cfg.Net != "tcp4" && cfg.Net != "tcp6" {
		return Target{}, fault("names a network other than tcp and unix", "write user:password@tcp(host:3306)/database")
	}
	return Target{MySQL: cfg, MariaDB: mariadb}, nil
}

// parseMySQLURL reads mysql:// and mariadb://, which go-sql-driver does not know.
func parseMySQLURL(address string) (Target, []setting.Fault) {
	u, faults := parseURL(address)
	if faults != nil {
		return Target{}, faults
	}
	if faults := checkMySQLOptions(u.RawQuery); faults != nil {
		return Target{}, faults
	}
	cfg := mysql.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.DBName = strings.Trim(u.Path, "/")
	cfg.Net, cfg.Addr = "tcp", u.Host
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1"
	}
	if u.Port() == "" {
		cfg.Addr = strings.TrimSuffix(cfg.Addr, ":") + ":3306"
	}
	options := u.Query()
	for _, name := range []string{"socket", "unix_socket"} {
		if path := options.Get(name); path != "" {
			cfg.Net, cfg.Addr = "unix", path
		}
	}
	if options.Get("tls") != "" && truth(options.Get("tls")) {
		cfg.TLSConfig = "true"
	}
	return finishMySQL(cfg, u.Scheme == "mariadb")
}

// weakening are options that must not be on, and why.
var weakening = map[string]string{
	"multiStatements":          "one query must be one statement",
	"allowAllFiles":            "the server could ask for files of this machine",
	"allowCleartextPasswords":  "the password would travel in clear",
	"allowOldPasswords":        "the old password hash is broken",
	"allowFallbackToPlaintext": "the connection could lose its encryption",
	"rejectReadOnly":           "Chatpass decides itself whether a session may write",
}

// harmless are options that other programs put into an address, or that Chatpass sets itself.
var harmless = map[string]bool{
	"socket": true, "unix_socket": true, "parseTime": true, "loc": true, "interpolateParams": true, "checkConnLiveness": true,
	"timeout": true, "readTimeout": true, "writeTimeout": true, "allowNativePasswords": true, "clientFoundRows": true,
	"columnsWithAlias": true, "maxAllowedPacket": true, "connectionAttributes": true, "compress": true, "serverPubKey": true,
	"serverVersion": true, "server_version": true, "connection_limit": true, "pool": true, "timezone": true,
}

// checkMySQLOptions looks at the options one by one before any parser does, because parsers print what they refuse.
func checkMySQLOptions(options string) []setting.Fault {
	var faults []setting.Fault
	for pair := range strings.SplitSeq(options, "&") {
		name, value, _ := strings.Cut(pair, "=")
		value, err := url.QueryUnescape(value)
		if err != nil {
			faults = append(faults, fault(fmt.Sprintf("has an option %.40q that cannot be read", name), "write its value percent-encoded")...)
			continue
		}
		faults = append(faults, checkMySQLOption(name, value)...)
	}
	return faults
}

func checkMySQLOption(name, value string) []setting.Fault {
	why, weak := weakening[name]
	switch {
	case name == "", harmless[name]:
		return nil
	case weak && !falsehood(value):
		return fault("switches on "+name, "remove it: "+why)
	case weak:
		return nil
	case name == "tls":
		if truth(value) || falsehood(value) {
			return nil
		}
		return fault("has a tls other than true and false", "use tls=true; a certificate authority of your own goes into the file SSL_CERT_FILE names")
	case name == "charset", name == "encoding", name == "collation":
		if utf8Charset(value) {
			return nil
		}
		return fault("has a "+name+" that is not utf8mb4", "remove it: in some other character sets quoting can be escaped from")
	default:
		return fault(fmt.Sprintf("has an unknown option %.40q", name), "remove it: Chatpass sets up the session itself")
	}
}

// utf8Charset reports whether every character set or collation of a list is UTF-8.
func utf8Charset(list string) bool {
	for name := range strings.SplitSeq(strings.ToLower(list), ",") {
		base, _, _ := strings.Cut(name, "_")
		if base != "utf8mb4" && base != "utf8" && base != "utf8mb3" {
			return false
		}
	}
	return true
}

func truth(s string) bool     { return s == "1" || strings.EqualFold(s, "true") }
func falsehood(s string) bool { return s == "0" || strings.EqualFold(s, "false") }
