// Command floor is what the benchmarks compare Chatpass with: the least a Go program can do for each route, written by hand on
// net/http and database/sql. It checks credentials and escapes what it writes, and does nothing else: no limits, no metrics, no log.
package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-sql-driver/mysql"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("floor", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "address to serve at")
	kind := flags.String("kind", "users", "users, cached, gin (cached behind gin), gin-headers (with the headers Chatpass sends), widget, bare-widget (no look-up)")
	dsn := flags.String("dsn", "", "go-sql-driver DSN of the database")
	pool := flags.Int("pool", 10, "connections to the database")
	login := flags.String("login", "", "API login")
	password := flags.String("password", "", "API password")
	siteKey := flags.String("site-key", "", "bearer key of the widget page")
	signingKey := flags.String("signing-key", "", "key of the widget token")
	if err := flags.Parse(args); err != nil {
		return err
	}
	db, err := open(*dsn, *pool)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()

	users := &users{db: db, login: sha256.Sum256([]byte(*login)), password: sha256.Sum256([]byte(*password))}
	widget := &widget{db: db, siteKey: sha256.Sum256([]byte("Bearer " + *siteKey)), signingKey: []byte(*signingKey)}
	var handler http.Handler
	switch *kind {
	case "users":
		handler = route("/users", users.fresh)
	case "cached":
		users.entries = map[uint64][]byte{}
		handler = route("/users", users.cached)
	case "gin", "gin-headers":
		users.entries = map[uint64][]byte{}
		gin.SetMode(gin.ReleaseMode)
		engine := gin.New()
		if *kind == "gin-headers" {
			engine.Use(headers)
		}
		engine.GET("/users", func(c *gin.Context) { users.cached(c.Writer, c.Request) })
		handler = engine
	case "widget":
		handler = route("/widget", widget.serve)
	case "bare-widget":
		widget.db = nil
		handler = route("/widget", widget.serve)
	default:
		return fmt.Errorf("unknown kind %q", *kind)
	}
	server := &http.Server{Addr: *listen, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// constants are headers that every answer of Chatpass carries.
var constants = map[string][]string{
	"Cache-Control":                {"no-store, private"},
	"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Referrer-Policy":              {"no-referrer"},
	"X-Content-Type-Options":       {"nosniff"},
}

// headers makes the answer the same bytes as Chatpass's, a request id included.
func headers(c *gin.Context) {
	h := c.Writer.Header()
	maps.Copy(h, constants)
	h["X-Request-Id"] = []string{fmt.Sprintf("%016x", rand.Uint64())}
}

func route(path string, serve http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path, serve)
	return mux
}

// open opens the pool as Chatpass does: parameters interpolated (one round trip a query), connections kept.
func open(dsn string, pool int) (*sql.DB, error) {
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	config.InterpolateParams = true
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(pool)
	db.SetMaxIdleConns(pool)
	return db, nil
}

// authorized compares both halves of the Basic credential by their digests, in constant time.
func (u *users) authorized(r *http.Request) bool {
	login, password, ok := r.BasicAuth()
	if !ok {
		return false
	}
	l, p := sha256.Sum256([]byte(login)), sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(l[:], u.login[:])&subtle.ConstantTimeCompare(p[:], u.password[:]) == 1
}
