package demo

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	p, err := s.begin(r, "Home")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "home", p)
}

func (s *site) signInPage(w http.ResponseWriter, r *http.Request) {
	p, err := s.begin(r, "Sign in")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list, err := s.members.list(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, m := range list {
		p.Members = append(p.Members, card{member: m})
	}
	s.show(w, r, http.StatusOK, "sign-in", p)
}

// signIn begins a session for whoever the visitor wants to be.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	if !s.ownForm(w, r) {
		return
	}
	m, found, err := s.members.byID(r.Context(), memberID(r.PostFormValue("member")))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !found {
		http.Error(w, "There is no such member.", http.StatusBadRequest)
		return
	}
	s.sessions.begin(w, r, m.ID)
	http.Redirect(w, r, "/members", http.StatusSeeOther)
}

func (s *site) signOut(w http.ResponseWriter, r *http.Request) {
	if !s.ownForm(w, r) {
		return
	}
	s.sessions.end(w, r)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// ownForm answers 403 to a form of another site: browsers send Origin with every POST.
func (s *site) ownForm(w http.ResponseWriter, r *http.Request) bool {
	s.headers(w)
	r.Body = http.MaxBytesReader(w, r.Body, formLimit)
	if r.Header.Get("Origin") != s.world.site {
		http.Error(w, "This form was not sent by a page of this site.", http.StatusForbidden)
		return false
	}
	return true
}

func (s *site) memberList(w http.ResponseWriter, r *http.Request) {
	p, err := s.begin(r, "Members")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list, err := s.members.list(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p.Members = s.cards(r.Context(), &p, list...)
	s.show(w, r, http.StatusOK, "members", p)
}

func (s *site) memberPage(w http.ResponseWriter, r *http.Request) {
	id := memberID(r.PathValue("id"))
	if strconv.FormatInt(id, 10) != r.PathValue("id") {
		s.notFound(w, r)
		return
	}
	m, found, err := s.members.byID(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !found {
		s.notFound(w, r)
		return
	}
	p, err := s.begin(r, m.Name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p.Member = &s.cards(r.Context(), &p, m)[0]
	s.show(w, r, http.StatusOK, "member", p)
}

func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	p, err := s.begin(r, "Not found")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusNotFound, "not-found", p)
}

// ago is how long ago something was, in the roundest unit.
func ago(now, then time.Time) string {
	if then.IsZero() {
		return "never"
	}
	d := now.Sub(then)
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		switch n := int(d / unit.size); {
		case n == 1:
			return "1 " + unit.name + " ago"
		case n > 1:
			return fmt.Sprintf("%d %ss ago", n, unit.name)
		}
	}
	return "just now"
}

// initial is what stands in for a missing picture: the first character of a name.
func initial(name string) string {
	_, size := utf8.DecodeRuneInString(name)
	return name[:size]
}
