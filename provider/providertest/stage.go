package providertest

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Request is a request as the pretended server got it.
type Request struct {
	Method string
	Target string // path and query as they were written
	Header http.Header
	Body   string
	At     time.Time
}

// Behaviour answers a request in its own way; false leaves it to the pretended server.
type Behaviour func(w http.ResponseWriter, r *http.Request) bool

// stage is what all pretended servers have: they record what came, and answer as they are told.
type stage struct {
	mu       sync.Mutex
	requests []Request
	script   []Behaviour
	always   Behaviour
	closed   chan struct{}
}

func newStage() *stage { return &stage{closed: make(chan struct{})} }

// next records a request, and returns how it is to be answered; nil is as the server does.
func (s *stage) next(r *http.Request, body []byte, now time.Time) Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{Method: r.Method, Target: r.RequestURI, Header: r.Header.Clone(), Body: string(body), At: now})
	b := s.always
	if len(s.script) > 0 {
		b, s.script = s.script[0], s.script[1:]
	}
	return b
}

func (s *stage) listen(tb testing.TB, h http.Handler) string {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(func() {
		s.Close()
		server.Close()
	})
	return server.URL
}

func (s *stage) listenTLS(tb testing.TB, h http.Handler) string {
	tb.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.StartTLS()
	tb.Cleanup(func() {
		s.Close()
		server.Close()
	})
	return server.URL
}

// Close lets go the requests that hang.
func (s *stage) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
}

// Script has the next requests answered by these behaviours, one each.
func (s *stage) Script(b ...Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, b...)
}

// Always has all requests answered by a behaviour that no script is there for; nil ends that.
func (s *stage) Always(b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = b
}

// Requests returns what came so far, and forgets it.
func (s *stage) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	came := s.requests
	s.requests = nil
	return came
}

// Hang does not answer until the caller gives up or the pretended server is closed.
func (s *stage) Hang(_ http.ResponseWriter, r *http.Request) bool {
	select {
	case <-r.Context().Done():
	case <-s.closed:
	}
	panic(http.ErrAbortHandler)
}

// Transport calls the pretended server without a network, so that tests with a clock of their own can wait for it.
func (p *Peer) Transport() http.RoundTripper { return inside{p} }

type inside struct{ peer http.Handler }

var errBroken = errors.New("connection reset by the pretended server")

// RoundTrip serves the request in this process.
func (t inside) RoundTrip(r *http.Request) (*http.Response, error) {
	served := r.Clone(r.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	served.RequestURI = r.URL.RequestURI()
	answer := make(chan *http.Response, 1)
	go func() {
		defer close(answer)
		defer func() {
			if cause := recover(); cause != nil && cause != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
				panic(cause)
			}
		}()
		w := httptest.NewRecorder()
		t.peer.ServeHTTP(w, served)
		answer <- w.Result()
	}()
	select {
	case a, ok := <-answer:
		if !ok {
			return nil, errBroken
		}
		a.Request = r
		return a, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}
