package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/chatpass/chatpass/demo"
	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/internal/asynclog"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

const serveHelp = `
Listens on CHATPASS_LISTEN and answers the provider and the visitors until it gets SIGTERM or SIGINT.
Exit code 0 after a clean stop, 78 if the settings are refused (every fault is listed at once).
The database may be down: requests that need it are answered with 503 until it is back.`

// Limits of a connection. A request has 2 s to send its header and 5 s to send everything; no answer takes longer than 10 s.
const (
	headerTimeout = 2 * time.Second
	readTimeout   = 5 * time.Second
	writeTimeout  = 10 * time.Second
	idleTimeout   = 60 * time.Second
	maxHeader     = 64 << 10 // 500 UUIDs in an address have 19 KB, and sites with many cookies send 30
	stopTimeout   = 20 * time.Second
	firstLook     = 2 * time.Second // at the users table before the first request is taken
	lookPause     = time.Second     // between looks at a users table that could not be read
	logDrain      = time.Second
)

func serveCommand(c *call) int { return serve(c, nil) }

// serve runs the sidecar until c.ctx ends. ready, which may be nil, gets its public address once it answers.
func serve(c *call, ready func(public string)) int {
	cfg, configs, code := c.settings("serve")
	if code != exitOK {
		return code
	}
	out := asynclog.New(c.stderr)
	defer out.Close(logDrain)
	log, jsonLog := newLogger(cfg, out, c.stderr)
	metrics := handlers.NewMetrics(version, revision())
	metrics.DroppedLogLines(out.Dropped)
	metrics.WeakSecrets(cfg.AllowWeakSecrets)
	for _, w := range cfg.Warnings {
		log.Warn("setting", "variable", variable(w), "problem", w.Problem, "remedy", w.Remedy)
	}
	s, err := open(cfg, configs, log, metrics.DBError)
	if err != nil {
		c.say("chatpass: %v", err)
		return exitFailed
	}
	defer s.db.Close() //nolint:errcheck // at the end of the program
	metrics.Database(s.db.SQLDB())
	if code := firstBind(c, s, log); code != exitOK {
		return code
	}
	var access io.Writer
	if log.Enabled(c.ctx, slog.LevelInfo) {
		access = out
	}
	server, answers, err := s.server(log, access, jsonLog, metrics)
	if err != nil {
		c.say("chatpass: %v", err)
		return exitFailed
	}
	defer answers.Close()
	return c.listenAndServe(s, server, log, ready)
}

// variable is the full name of the variable a fault is about; some are about a file or about none.
func variable(f setting.Fault) string {
	if f.Var == "" {
		return ""
	}
	return setting.Prefix + f.Var
}

// firstBind looks at the users table. A mapping that does not fit is refused; a database that is down is not.
func firstBind(c *call, s *site, log *slog.Logger) int {
	ctx, cancel := context.WithTimeout(c.ctx, firstLook)
	defer cancel()
	faults, err := s.directory.Bind(ctx)
	switch {
	case errors.Is(err, userinfo.ErrMapping) && len(faults) > 0:
		c.refuse(faults)
		return exitRefused
	case err != nil:
		log.Warn("the users table cannot be read yet; answering 503 until it can", "error", err.Error())
		go func() {
			for s.alive(c.ctx) != nil {
				select {
				case <-c.ctx.Done():
					return
				case <-time.After(lookPause):
				}
			}
			log.Info("the users table can be read")
		}()
	}
	return exitOK
}

func (c *call) listenAndServe(s *site, server *handlers.Server, log *slog.Logger, ready func(string)) int {
	cfg := s.cfg
	public, err := listen(c.ctx, cfg.Listen)
	if err != nil {
		c.say("chatpass: cannot listen on CHATPASS_LISTEN %s: %v", cfg.Listen, err)
		return exitFailed
	}
	ends := make(chan error, 2)
	servers := []*http.Server{httpServer(server.Public(), log, writeTimeout)}
	go func() { ends <- servers[0].Serve(public) }()
	adminURL := "off"
	if !cfg.AdminListen.Off() {
		admin, err := listen(c.ctx, cfg.AdminListen)
		if err != nil {
			_ = servers[0].Close()
			c.say("chatpass: cannot listen on CHATPASS_ADMIN_LISTEN %s: %v", cfg.AdminListen, err)
			return exitFailed
		}
		// A profile takes as long as it was asked to.
		adminServer := httpServer(server.Admin(), log, 2*time.Minute)
		servers = append(servers, adminServer)
		adminURL = url(cfg.AdminListen, admin)
		go func() { ends <- adminServer.Serve(admin) }()
	}
	log.Info("listening", "public", url(cfg.Listen, public), "admin", adminURL, "base_path", cfg.BasePath, "version", version, "database", s.db.Flavour())
	if ready != nil {
		ready(public.Addr().String())
	}
	select {
	case err = <-ends:
		log.Error("a listener ended", "error", err.Error())
		for _, srv := range servers {
			_ = srv.Close()
		}
		return exitFailed
	case <-c.ctx.Done():
	}
	return stop(servers, server, cfg.DrainDelay, log)
}

// stop says "not ready", keeps serving for the drain delay, then lets running requests end.
func stop(servers []*http.Server, server *handlers.Server, drain time.Duration, log *slog.Logger) int {
	log.Info("stopping", "drain_delay", drain.String())
	server.Drain()
	time.Sleep(drain)
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	code := exitOK
	for _, srv := range servers {
		if err := srv.Shutdown(ctx); err != nil {
			log.Warn("requests were cut off", "error", err.Error())
			_ = srv.Close()
			code = exitFailed
		}
	}
	log.Info("stopped")
	return code
}

func httpServer(h http.Handler, log *slog.Logger, write time.Duration) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: write,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		// What a client sends wrong is its own affair; a header in a log line would be ours.
		BaseContext: func(net.Listener) context.Context { return context.Background() },
	}
}

const demoHelp = `
Starts on loopback a small site with five members, the sidecar beside it and a chat service that only pretends.
Open the address it prints in two browsers and sign in as two members. Ctrl-C ends it and removes everything.`

func demoFlags(f *flag.FlagSet) func(*call) int {
	listen := f.String("listen", demo.DefaultListen, "address of the pretend site, loopback only")
	return func(c *call) int {
		err := demo.Run(c.ctx, demo.Options{
			Listen: *listen, Stdout: c.stdout, Stderr: c.stderr,
			Serve: func(ctx context.Context, environ []string, ready func(string)) error {
				inner := &call{ctx: ctx, environ: environ, dir: "", stdout: c.stdout, stderr: c.stderr}
				if code := serve(inner, ready); code != exitOK {
					return errors.New("the sidecar did not start; see above")
				}
				return nil
			},
		})
		if err != nil {
			c.say("chatpass demo: %v", err)
			return exitFailed
		}
		return exitOK
	}
}
