package demo

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

const (
	sessionTTL  = 12 * time.Hour // a working day
	maxSessions = 1000           // more than a person at one computer opens; the one that ends first gives way
)

// sessions are the visitors who have signed in, in memory.
type sessions struct {
	cookie string
	now    func() time.Time

	mu   sync.Mutex
	byID map[string]session
}

type session struct {
	member int64
	ends   time.Time
}

// newSessions returns an empty list. Cookies do not tell ports apart, so the name does: two demos may run side by side.
func newSessions(port string, now func() time.Time) *sessions {
	return &sessions{cookie: "demo_session_" + port, now: now, byID: map[string]session{}}
}

// begin signs the visitor in under a new random id; the session the browser had before ends.
func (s *sessions) begin(w http.ResponseWriter, r *http.Request, member int64) {
	id := rand.Text()
	s.mu.Lock()
	if c, err := r.Cookie(s.cookie); err == nil {
		delete(s.byID, c.Value)
	}
	if len(s.byID) >= maxSessions {
		s.dropOne()
	}
	s.byID[id] = session{member: member, ends: s.now().Add(sessionTTL)}
	s.mu.Unlock()
	s.setCookie(w, id, int(sessionTTL/time.Second))
}

// end signs the visitor out.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(s.cookie); err == nil {
		s.mu.Lock()
		delete(s.byID, c.Value)
		s.mu.Unlock()
	}
	s.setCookie(w, "", -1)
}

// setCookie sets the session cookie for maxAge seconds; a negative maxAge removes it.
func (s *sessions) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ // #nosec G124 -- without Secure, for the demo is plain HTTP on loopback
		Name: s.cookie, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// member returns who is signed in in this browser; false for nobody.
func (s *sessions) member(r *http.Request) (int64, bool) {
	c, err := r.Cookie(s.cookie)
	if err != nil {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.byID[c.Value]
	if !ok {
		return 0, false
	}
	if !one.ends.After(s.now()) {
		delete(s.byID, c.Value)
		return 0, false
	}
	return one.member, true
}

// dropOne ends the session that would end first anyway. The caller holds mu.
func (s *sessions) dropOne() {
	var first string
	for id, one := range s.byID {
		if first == "" || one.ends.Before(s.byID[first].ends) {
			first = id
		}
	}
	delete(s.byID, first)
}
