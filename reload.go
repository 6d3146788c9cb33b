package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// Times of following the site's configuration file.
const (
	followPause = 2 * time.Second              // between looks at the file
	retirement  = writeTimeout + 5*time.Second // how long requests of the old configuration may take to end
	maxSiteFile = 1 << 20                      // bytes that are looked at for a change, as sitefile reads
)

// crew is all that answers by one reading of the configuration.
type crew struct {
	*site

	server  *handlers.Server
	answers *userinfo.Answers
	rest    func() // ends the work beside requests; nil before it begins
}

// begin has the providers work beside requests.
func (r *crew) begin() { r.rest = r.run() }

func (r *crew) close() {
	if r.rest != nil {
		r.rest()
	}
	r.answers.Close()
	r.site.close()
}

// shift is the sidecar that answers now; another takes its place when the site's own configuration file changes.
type shift struct {
	now     atomic.Pointer[crew]
	log     *slog.Logger
	jsonLog bool
	access  io.Writer
	metrics *handlers.Metrics
	tickets *identity.UsedTickets // outlives each reading of the configuration, so that no ticket counts again after one
	retired sync.WaitGroup
	outfit  outfit
	ended   chan struct{} // closed when no listener is left
}

// start makes a sidecar of settings; its work beside requests has not begun.
func (s *shift) start(site *site) (*crew, error) {
	site.tickets = s.tickets
	server, answers, err := site.server(s.log, s.access, s.jsonLog, s.metrics)
	if err != nil {
		return nil, err
	}
	return &crew{site: site, server: server, answers: answers}, nil
}

func (s *shift) public() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.now.Load().server.Public().ServeHTTP(w, r) })
}

func (s *shift) admin() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.now.Load().server.Admin().ServeHTTP(w, r) })
}

// relieve lets another sidecar answer and returns the one before, whose work beside requests has ended: it looks for users in what may be
// another database, and would have those shut out who sign in from the new one.
func (s *shift) relieve(next *crew) (old *crew) {
	old = s.now.Load()
	old.rest()
	s.now.Store(next)
	next.begin()
	return old
}

// close ends the sidecar that answers now, and waits for those before it.
func (s *shift) close() {
	close(s.ended)
	s.retired.Wait()
	s.now.Load().close()
}

// follow reads the settings again whenever the site's configuration file has changed, until ctx ends. What cannot be used is told, and
// the old values stay.
func (s *shift) follow(ctx context.Context, c *call) {
	path := s.now.Load().cfg.SiteFile
	if path == "" {
		return
	}
	w := watched{}
	w.known, _ = fingerprint(path)
	gone := false
	tick := time.NewTicker(followPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		sum, err := fingerprint(path)
		if missing := err != nil; missing != gone && w.missed(missing) {
			if gone = missing; gone {
				s.log.Warn("the site's configuration file cannot be read; its values from before stay, until the next start", "error", withoutPath(err))
			}
		}
		if err == nil && w.changed(sum) { // a file that is just being replaced is there again at the next look
			if !s.again(ctx, c) {
				w.again()
			}
			path = s.now.Load().cfg.SiteFile
		}
	}
}

// watched is what was seen of a file.
type watched struct {
	known, last [32]byte
	away        bool // the last look did not find it
}

// missed reports whether a file is there, or is not there, for the second look in a row.
func (w *watched) missed(missing bool) bool {
	twice := missing == w.away
	w.away = missing
	return twice
}

// again makes the file count as changed at the next look.
func (w *watched) again() { w.known = [32]byte{} }

// changed reports whether a file is another one than before and was so at the last look too. Of one that is being written the part that is
// there already may name the database and not yet the prefix, which leads to other people.
func (w *watched) changed(sum [32]byte) bool {
	twice := sum == w.last
	if w.last = sum; !twice || sum == w.known {
		return false
	}
	w.known = sum
	return true
}

// again makes a sidecar of the settings as they are now and lets it answer. It returns false where the same should be tried again: the
// new database does not answer while the old one does, as when a password is changed in the file first.
func (s *shift) again(ctx context.Context, c *call) (done bool) {
	const stays = "the site's configuration file changed and cannot be used; the values before it stay"
	cfg, configs, err := c.load("serve")
	if err != nil {
		var refusal *config.Refusal
		if errors.As(err, &refusal) {
			for _, f := range refusal.Faults {
				s.log.Error(stays, "variable", variable(f), "problem", f.Problem, "remedy", f.Remedy)
			}
			return true
		}
		s.log.Error(stays, "error", err.Error())
		return true
	}
	next, err := open(cfg, configs, s.log, s.outfit)
	if err != nil {
		s.log.Error(stays, "error", err.Error())
		return true
	}
	look, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()
	faults, err := next.directory.Bind(look)
	if err != nil && !errors.Is(err, userinfo.ErrMapping) && s.now.Load().alive(look) == nil {
		next.close()
		s.log.Warn("the site's configuration file leads to a database that does not answer, and the one before does; trying again", "error", err.Error())
		return false
	}
	if errors.Is(err, userinfo.ErrMapping) {
		next.close()
		for _, f := range faults {
			s.log.Error(stays, "variable", setting.Prefix+f.Var, "problem", f.Problem, "remedy", f.Remedy)
		}
		return true
	}
	r, err := s.start(next)
	if err != nil {
		next.close()
		s.log.Error(stays, "error", err.Error())
		return true
	}
	if ctx.Err() != nil { // it is too late: the sidecar that answers now says that it is not ready
		r.close()
		return true
	}
	logWarnings(s.log, cfg)
	s.metrics.Database(next.db.SQLDB())
	old := s.relieve(r)
	if ctx.Err() != nil { // between the look above and here the old one was told
		r.server.Drain()
	}
	s.log.Info("the site's configuration file changed; its values are used from now on", "preset", cfg.Preset)
	s.retired.Go(func() {
		select {
		case <-time.After(retirement):
		case <-s.ended:
		}
		old.close()
	})
	return true
}

// fingerprint tells whether a file has changed: its content's, since its time says nothing within a second.
func fingerprint(path string) (sum [32]byte, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return sum, err
	case !info.Mode().IsRegular(): // opening a pipe would wait for its other end
		return sum, errors.New("it is not a regular file")
	}
	f, err := os.Open(path) //nolint:gosec // G304: the file that was found below the folder the owner names
	if err != nil {
		return sum, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSiteFile))
	if closing := f.Close(); err == nil {
		err = closing
	}
	return sha256.Sum256(text), err
}
