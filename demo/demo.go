// Package demo shows Chatpass at work with nothing else installed: a pretend site with a users table in an SQLite file,
// a pretend chat provider that behaves as ImbaChat does, and between them the real sidecar, started by the caller.
// Everything listens on loopback only, lives in a temporary folder and in memory, and is gone when [Run] returns.
//
// The pretend site does what a site owner would do and no more: it includes the loader, hands /chat/ on to the sidecar,
// names its signed-in user with the site key, and fetches the "Write" buttons on its own server.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// DefaultListen is the address of the pretend site unless Options say otherwise.
	DefaultListen = "127.0.0.1:8080"
	// startTimeout is how long the sidecar may take until it answers; it needs about a tenth of a second.
	startTimeout = 30 * time.Second
	// stopTimeout is how long requests under way may take at the end; a browser's are done in milliseconds.
	stopTimeout = 3 * time.Second
)

// Options is what [Run] needs. Serve is required, everything else has a default.
type Options struct {
	Listen string    // address of the pretend site, loopback only; empty means DefaultListen, port 0 means any free port
	Stdout io.Writer // gets the address to open and who can sign in; nil means nothing is printed
	Stderr io.Writer // gets progress; nil means nothing is printed

	// Serve runs a sidecar with exactly this environment until ctx ends. It calls ready once with the address the sidecar
	// listens on ("127.0.0.1:41234" or "http://127.0.0.1:41234") as soon as it answers, and returns an error if the sidecar ended by itself.
	Serve func(ctx context.Context, environ []string, ready func(public string)) error

	Logger *slog.Logger // of the pretend site and the pretend provider; nil means text on Stderr
}

// Run runs the demo until ctx ends and returns nil then. It returns an error when Listen is not a loopback address or is taken,
// when the sidecar does not start or ends by itself, and when the temporary folder cannot be written or removed.
func Run(ctx context.Context, o Options) (err error) {
	if o, err = o.complete(); err != nil {
		return err
	}
	siteListener, err := listen(ctx, o.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = siteListener.Close() }()
	providerListener, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = providerListener.Close() }()

	dir, err := os.MkdirTemp("", "chatpass-demo-")
	if err != nil {
		return fmt.Errorf("temporary folder of the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	w := newWorld(origin(siteListener), origin(providerListener), filepath.Join(dir, "site.sqlite"))
	members, err := createMembers(ctx, w.database, w.now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, members.close()) }()
	return o.play(ctx, w, members, siteListener, providerListener)
}

// play starts the sidecar and, once it answers, the pretend site and the pretend provider; it returns when all three have ended.
func (o Options) play(ctx context.Context, w world, members *members, siteListener, providerListener net.Listener) error {
	p, err := newProvider(w, o.Logger.With("part", "provider"))
	if err != nil {
		return err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	ready := make(chan string, 1)
	group.Go(func() error { return o.sidecar(groupCtx, w.environ(), ready) })
	group.Go(func() error {
		defer p.close()
		return serve(groupCtx, providerListener, p.handler(), o.Logger)
	})
	group.Go(func() error {
		sidecar, err := awaitReady(groupCtx, ready)
		if err != nil || sidecar == nil {
			return err
		}
		s, err := newSite(w, sidecar, members, o.Logger.With("part", "site"))
		if err != nil {
			return err
		}
		defer s.close()
		if err := o.welcome(groupCtx, w, members); err != nil {
			return err
		}
		return serve(groupCtx, siteListener, s.handler(), o.Logger)
	})
	err = group.Wait()
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return nil
	}
	return err
}

// sidecar runs the sidecar; that it ends before ctx is an error.
func (o Options) sidecar(ctx context.Context, environ []string, ready chan<- string) error {
	err := o.Serve(ctx, environ, func(public string) {
		select {
		case ready <- public:
		default: // only the first call counts
		}
	})
	if err != nil {
		return fmt.Errorf("sidecar: %w", err)
	}
	if ctx.Err() == nil {
		return errors.New("sidecar: ended by itself")
	}
	return nil
}

// awaitReady returns the sidecar's address; nil without an error when ctx ended first.
func awaitReady(ctx context.Context, ready <-chan string) (*url.URL, error) {
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	select {
	case public := <-ready:
		if !strings.Contains(public, "://") {
			public = "http://" + public
		}
		u, err := url.Parse(public)
		if err != nil || u.Port() == "" {
			return nil, fmt.Errorf("sidecar: reported the address %q, which cannot be reached", public)
		}
		return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
	case <-timeout.C:
		return nil, fmt.Errorf("sidecar: did not answer within %s", startTimeout)
	case <-ctx.Done():
		return nil, nil
	}
}

// complete fills in the defaults.
func (o Options) complete() (Options, error) {
	if o.Serve == nil {
		return o, errors.New("demo: no sidecar to run")
	}
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.Stdout == nil {
		o.Stdout = io.Discard
	}
	if o.Stderr == nil {
		o.Stderr = io.Discard
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(o.Stderr, nil))
	}
	return o, nil
}

// welcome prints what to do next.
func (o Options) welcome(ctx context.Context, w world, members *members) error {
	list, err := members.list(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "The demo is ready. Open %s/\n\n", w.site)
	b.WriteString("Sign in as one of these, no password needed:\n")
	for _, m := range list {
		fmt.Fprintf(&b, "  %d  %s\n", m.ID, m.Name)
	}
	b.WriteString("\nSign in as somebody else in a private window, press \"Write\", and the two can chat.\n")
	b.WriteString("Everything runs on this computer and is forgotten at the end. Stop with Ctrl+C.\n")
	_, _ = fmt.Fprintf(o.Stderr, "Pretend site %s, pretend chat provider %s, sidecar behind %s/\n", w.site, w.provider, w.base())
	if _, err := io.WriteString(o.Stdout, b.String()); err != nil {
		return fmt.Errorf("print the address of the demo: %w", err)
	}
	return nil
}

// listen opens a TCP listener, on loopback only: the demo signs anybody in as anybody.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen %q is not host:port: write --listen %s", address, DefaultListen)
	}
	if ip := net.ParseIP(host); host != "localhost" && !ip.IsLoopback() {
		return nil, fmt.Errorf("--listen %q is not a loopback address: the demo signs anybody in without a password "+
			"and must not be reachable from other computers; write --listen %s", address, DefaultListen)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err == nil && !l.Addr().(*net.TCPAddr).IP.IsLoopback() { // a hosts file may send localhost anywhere
		_ = l.Close()
		return nil, fmt.Errorf("--listen %q leads to an address that is not loopback: write --listen %s", address, DefaultListen)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("--listen %s is already in use by another program: choose another port, for example --listen 127.0.0.1:8081", address)
	}
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", address, err)
	}
	return l, nil
}

// origin is the address of a listener as a browser writes it.
func origin(l net.Listener) string { return "http://" + l.Addr().String() }

// serve answers HTTP until ctx ends, then lets requests under way finish.
func serve(ctx context.Context, l net.Listener, h http.Handler, logger *slog.Logger) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second, // forms of a few bytes
		WriteTimeout:      30 * time.Second, // longer than the slowest answer of the sidecar
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(stopCtx); err != nil {
		_ = server.Close() // what hangs for longer is cut off
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
