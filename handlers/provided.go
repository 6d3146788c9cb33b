package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// maxProvidedBody bounds the body of a request for a provider's own route that names no bound, in bytes.
const maxProvidedBody = 4 << 10

var (
	errNotSignedIn = &failure{code: http.StatusUnauthorized, text: "Sign in first", word: "unauthenticated"}
	errNoChat      = &failure{code: http.StatusForbidden, text: "This user gets no chat", word: "user_disabled"}
)

// RouteError says that a provider's route is one that is there already.
type RouteError struct {
	Provider, Method, Path string
	Var                    string // the variable, without prefix, that the path comes from; empty for none
}

// Error tells provider and route.
func (e *RouteError) Error() string {
	return "handlers: the route " + e.Method + " " + e.Path + " of provider " + e.Provider + " is another's"
}

// provided mounts the routes that providers serve themselves. GET answers HEAD too. The error is a *RouteError.
func (s *Server) provided(m *mount) error {
	for i, p := range s.o.Providers {
		router, ok := p.(provider.Router)
		if !ok {
			continue
		}
		for _, route := range router.Routes() {
			path := s.o.BasePath + route.Path
			if route.Root {
				path = route.Path
			}
			methods := []string{route.Method}
			if route.Method == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
			for _, method := range methods {
				if m.taken[method+" "+path] {
					return &RouteError{Provider: p.Name(), Method: method, Path: path, Var: route.Var}
				}
			}
			s.coded[path] = true
			m.add(s.answer(s.serve(i, route), writeCode), path, methods...)
		}
	}
	return nil
}

// serve finds out who asks and lets the provider answer.
func (s *Server) serve(place int, route provider.Route) handler {
	most := route.MaxBody
	if most <= 0 {
		most = maxProvidedBody
	}
	return func(c *gin.Context) error {
		s.setPersonal(c)
		v := &provider.Visitor{}
		if client := s.clients.of(c.Request); !client.shared {
			v.Address = limitKey(client.address)
		}
		if !route.Open {
			if err := s.member(c, v, route.Hidden); err != nil {
				return err
			}
		}
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, most)
		return s.provider(place, route.Serve(c.Writer, c.Request, v))
	}
}

// member fills in who asks, or returns why they get no further. hidden has the site's own server ask for users whom the site does not show.
func (s *Server) member(c *gin.Context, v *provider.Visitor, hidden bool) error {
	if deceptive(c.Request) {
		return errNotFound
	}
	if err := s.mayAsk(c.Request); err != nil {
		return err
	}
	who, err := s.resolve(c)
	switch {
	case err != nil:
		return err
	case who.Anonymous():
		return errNotSignedIn
	case who.Method == bySiteKey:
		v.Address = "" // the site's own server asks for everybody from one address
		if hidden {
			v.User, v.Until = &userinfo.User{ID: who.UserID}, who.ExpiresAt
			return nil
		}
	}
	u, err := s.shown(c, who)
	switch {
	case err != nil:
		return err
	case u == nil:
		return errNotSignedIn
	case !u.MayChat(s.o.Roles):
		return errNoChat
	}
	v.User, v.Until = u, who.ExpiresAt
	return nil
}

// provider makes a provider's error an answer.
func (s *Server) provider(place int, err error) error {
	var fault *provider.Fault
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &fault):
		return &failure{code: fault.Status, text: fault.Text, word: fault.Code, wait: fault.RetryAfter, cause: fault.Cause}
	case errors.As(err, &large):
		return errBodySize
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, provider.ErrNoToken):
		return err // the visitor has gone, or is nobody the provider can name: failureOf knows these
	default:
		s.log.Error("a provider's route failed", "provider", s.o.Providers[place].Name(), "error", err.Error())
		return errInternal
	}
}

// words are the machine's words for answers that have none of their own.
var words = map[int]string{
	http.StatusUnauthorized: "unauthenticated", http.StatusForbidden: "forbidden", http.StatusNotFound: "not_found", http.StatusMethodNotAllowed: "method_not_allowed",
	http.StatusConflict: "identity_conflict", http.StatusTooManyRequests: "rate_limited", http.StatusServiceUnavailable: "unavailable",
	http.StatusInternalServerError: "internal", http.StatusRequestEntityTooLarge: "too_large", http.StatusUnprocessableEntity: "no_token",
}

// writeCode writes the errors of providers' own routes: a text and a machine's word.
func writeCode(c *gin.Context, f *failure) {
	failureHeader(c, f)
	word := f.word
	if word == "" {
		word = words[f.code]
	}
	if word == "" {
		word = "bad_request"
	}
	body := userinfo.AppendString([]byte(`{"error":`), f.text)
	body = userinfo.AppendString(append(body, `,"code":`...), word)
	send(c, f.code, jsonType, append(body, '}'))
}
