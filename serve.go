package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/demo"
	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/internal/asynclog"
	"github.com/chatpass/chatpass/internal/cork"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

const serveHelp = `
Listens on CHATPASS_LISTEN and answers the provider and the visitors until it gets SIGTERM, SIGINT or SIGHUP; no signal reads settings again.
Exit code 0 after a clean stop, 78 if the settings are refused (every fault is listed at once).
The database may be down: requests that need it are answered with 503 until it is back.`

// Limits of a connection. A request has 2 s to send its header and 5 s to send everything; no answer takes longer than 10 s.
const (
	headerTimeout = 2 * time.Second
	readTimeout   = 5 * time.Second
	writeTimeout  = 10 * time.Second
	adminTimeout  = 2 * time.Minute // a profile takes as long as it was asked to
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
	logWarnings(log, cfg)
	o := outfit{dbError: metrics.DBError, requested: metrics.ProviderRequest, issued: metrics.Minted, keeps: true}
	s, err := open(cfg, configs, log, o)
	if err != nil {
		c.say("chatpass: %v", err)
		return exitFailed
	}
	if faults := s.store.start(c.ctx); len(faults) > 0 {
		s.close()
		c.refuse(faults)
		return exitRefused
	}
	metrics.Database(s.db.SQLDB())
	code, looked := firstBind(c, s, log)
	defer looked()
	if code != exitOK {
		s.close()
		return code
	}
	on := &shift{log: log, jsonLog: jsonLog, metrics: metrics, tickets: identity.NewUsedTickets(), outfit: o, ended: make(chan struct{})}
	if log.Enabled(c.ctx, slog.LevelInfo) {
		on.access = out
	}
	first, err := on.start(s)
	if err != nil {
		s.close()
		return c.notStarted(err)
	}
	on.now.Store(first)
	first.begin()
	defer on.close()
	return c.listenAndServe(on, ready)
}

// notStarted tells why no sidecar can be made of the settings, and returns the exit code.
func (c *call) notStarted(err error) int {
	if fault, ok := takenPath(err); ok {
		c.refuse([]setting.Fault{fault})
		return exitRefused
	}
	c.say("chatpass: %v", err)
	return exitFailed
}

// takenPath is the fault of a setting whose path is that of another route; false if err is something else.
func takenPath(err error) (setting.Fault, bool) {
	var taken *handlers.RouteError
	if !errors.As(err, &taken) || taken.Var == "" {
		return setting.Fault{}, false
	}
	return setting.Fault{
		Var: taken.Var, Problem: fmt.Sprintf("is the path of another route, %s %s", taken.Method, taken.Path), Remedy: "use a path that nothing else has here",
	}, true
}

func logWarnings(log *slog.Logger, cfg *config.Config) {
	for _, w := range cfg.Warnings {
		log.Warn("setting", "variable", variable(w), "problem", w.Problem, "remedy", w.Remedy)
	}
}

// variable is the full name of the variable a fault is about; some are about a file or about none.
func variable(f setting.Fault) string {
	if f.Var == "" {
		return ""
	}
	return setting.Prefix + f.Var
}

// firstBind looks at the users table. A mapping that does not fit is refused; a database that is down is not: it is looked for
// until it is there or end is called.
func firstBind(c *call, s *site, log *slog.Logger) (code int, end func()) {
	first, cancel := context.WithTimeout(c.ctx, firstLook)
	defer cancel()
	faults, err := s.directory.Bind(first)
	if err == nil {
		s.tellUnreadable(first, log)
		return exitOK, func() {}
	}
	if errors.Is(err, userinfo.ErrMapping) && len(faults) > 0 {
		c.refuse(faults)
		return exitRefused, func() {}
	}
	log.Warn("the users table cannot be read yet; answering 503 until it can", "error", err.Error())
	ctx, stopLooking := context.WithCancel(c.ctx)
	var looking sync.WaitGroup
	looking.Go(func() {
		for s.alive(ctx) != nil {
			select {
			case <-ctx.Done():
				return
			case <-time.After(lookPause):
			}
		}
		log.Info("the users table can be read")
		s.tellUnreadable(ctx, log)
	})
	return exitOK, func() {
		stopLooking()
		looking.Wait()
	}
}

func (c *call) listenAndServe(on *shift, ready func(string)) int {
	first, log := on.now.Load(), on.log
	cfg := first.cfg
	defer collectLess(c)()
	var asked atomic.Int64
	memory, stopMemory := context.WithCancel(c.ctx)
	var returning sync.WaitGroup
	returning.Go(func() { returnMemory(memory, &asked, log) })
	returning.Go(func() { on.follow(memory, c) })
	defer returning.Wait()
	defer stopMemory()
	public, ok := c.listen("LISTEN", cfg.Listen, publicSocket)
	if !ok {
		return exitFailed
	}
	servers := []*http.Server{httpServer(counting(on.public(), &asked), log, writeTimeout)}
	listeners := []net.Listener{public}
	adminAddress := "off"
	if !cfg.AdminListen.Off() {
		admin, ok := c.listen("ADMIN_LISTEN", cfg.AdminListen, adminSocket)
		if !ok {
			_ = public.Close()
			return exitFailed
		}
		servers = append(servers, httpServer(on.admin(), log, adminTimeout))
		listeners = append(listeners, admin)
		adminAddress = reached(cfg.AdminListen, admin)
	}
	ends := make(chan error, len(servers))
	for i, srv := range servers {
		go func() { ends <- srv.Serve(listeners[i]) }()
	}
	log.Info("listening", "public", reached(cfg.Listen, public), "admin", adminAddress, "base_path", cfg.BasePath, "version", version, "database", first.db.Flavour())
	if ready != nil {
		ready(public.Addr().String())
	}
	select {
	case err := <-ends:
		log.Error("a listener ended", "error", err.Error())
		for _, srv := range servers {
			_ = srv.Close()
		}
		return exitFailed
	case <-c.ctx.Done():
	}
	log.Info("stopping", "cause", context.Cause(c.ctx).Error(), "drain_delay", cfg.DrainDelay.String())
	return stop(servers, on, cfg.DrainDelay, log)
}

// listen opens the listener of a setting, or says why it cannot.
func (c *call) listen(variable string, l config.Listen, mode fs.FileMode) (net.Listener, bool) {
	ln, err := listen(c.ctx, l, mode)
	if err == nil {
		return ln, true
	}
	remedy := ""
	if errors.Is(err, syscall.EADDRINUSE) {
		remedy = "; another program listens there, perhaps another Chatpass: end it, or choose another address"
	}
	c.say("chatpass: cannot listen on CHATPASS_%s %s: %v%s", variable, l, err, remedy)
	return nil, false
}

// stop says "not ready", keeps serving for the drain delay, then lets running requests end.
func stop(servers []*http.Server, on *shift, drain time.Duration, log *slog.Logger) int {
	on.now.Load().server.Drain()
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

// httpServer has every limit net/http offers. What it logs is about clients that send rubbish, which is for the curious.
func httpServer(h http.Handler, log *slog.Logger, write time.Duration) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: write, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		DisableGeneralOptionsHandler: true, // OPTIONS * is no route of ours
		ConnContext:                  cork.Context,
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
