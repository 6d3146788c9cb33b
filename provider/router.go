package provider

import (
	"fmt"
	"net/http"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// Router is an optional ability: the provider serves routes of its own.
type Router interface {
	// Routes lists them. It is asked once, before the first request.
	Routes() []Route
}

// Route is a route that a provider serves itself.
type Route struct {
	Method string // of net/http
	Path   string // from the base path on, "/sendbird/token"; with Root from the site's root on, "/login"
	Root   bool
	Var    string // the variable, without prefix, that sets Path, to be named where Path is another route's; "" is none
	// Open says that the route has credentials of its own: anybody may ask, no page's rules apply, and there is no visitor.
	Open bool
	// Hidden says that the site's own server may ask for users whom the site does not show; of whomever it names the Visitor then has the id alone.
	Hidden bool
	// MaxBody bounds the request's body in bytes; 0 is 4 KiB. Reading more is an error.
	MaxBody int64
	// Serve answers. An error must come before anything was written; one that is no Fault is answered as an internal error.
	Serve func(w http.ResponseWriter, r *http.Request, v *Visitor) error
}

// Visitor is who asks a provider's route.
type Visitor struct {
	// User is never nil but on an open route: a guest gets no further than 401, and a user without the chat no further than 403.
	User *userinfo.User
	// Until is when the visitor's session ends; zero is not known.
	Until time.Time
	// Address is where the request comes from, for limits; empty when many visitors share it.
	Address string
}

// Fault is an error a provider's route is answered with: {"error":Text,"code":Code}. Text is for everybody; Cause is for the log alone.
type Fault struct {
	Status     int
	Code, Text string
	RetryAfter time.Duration // 0: no header
	Cause      error
}

// Error tells status and code.
func (f *Fault) Error() string {
	if f.Cause != nil {
		return fmt.Sprintf("%d %s: %v", f.Status, f.Code, f.Cause)
	}
	return fmt.Sprintf("%d %s", f.Status, f.Code)
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Cause }
