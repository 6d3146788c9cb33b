package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/internal/cork"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// failure is an error a handler answers with. Its text is safe for everybody; a cause never is.
type failure struct {
	code  int
	text  string
	wait  time.Duration // Retry-After; 0 = none
	basic bool          // ask for Basic credentials
	word  string        // for machines, on routes whose errors have one; "" = the status' usual one
	cause error         // for the log
}

func (f *failure) Error() string { return fmt.Sprintf("%d %s", f.code, f.text) }
func (f *failure) Unwrap() error { return f.cause }

var (
	errNotFound     = &failure{code: http.StatusNotFound, text: "Not found"}
	errMethod       = &failure{code: http.StatusMethodNotAllowed, text: "Method not allowed"}
	errBasic        = &failure{code: http.StatusUnauthorized, text: "Authenticate required!", basic: true}
	errTwoHeaders   = &failure{code: http.StatusBadRequest, text: "More than one Authorization header"}
	errTooManyIDs   = &failure{code: http.StatusBadRequest, text: fmt.Sprintf("Too many ids, at most %d in one call", userinfo.MaxIDs)}
	errSearchTerm   = &failure{code: http.StatusBadRequest, text: fmt.Sprintf("Search for %d to %d characters", userinfo.MinSearch, userinfo.MaxSearch)}
	errBody         = &failure{code: http.StatusBadRequest, text: "The body cannot be read"}
	errBodySize     = &failure{code: http.StatusRequestEntityTooLarge, text: "The body is too large"}
	errUnknownUser  = &failure{code: http.StatusNotFound, text: "Unknown user"}
	errForeign      = &failure{code: http.StatusForbidden, text: "Only pages of the site may ask"}
	errPlainFetch   = &failure{code: http.StatusForbidden, text: "Ask with the header X-Requested-With: chatpass"}
	errWidgetMode   = &failure{code: http.StatusBadRequest, text: "mode is loader or inline"}
	errNonce        = &failure{code: http.StatusBadRequest, text: "The nonce is not one of a Content-Security-Policy"}
	errLabel        = &failure{code: http.StatusBadRequest, text: "The label is too long"}
	errInternal     = &failure{code: http.StatusInternalServerError, text: "Internal error"}
	errInTime       = &failure{code: http.StatusServiceUnavailable, text: "No answer in time", wait: time.Second}
	errBusySearches = &failure{code: http.StatusTooManyRequests, text: "Too many searches at a time", wait: time.Second}
)

func tooMany(wait time.Duration) *failure {
	return &failure{code: http.StatusTooManyRequests, text: "Too many failed attempts", wait: wait}
}

func overBudget(wait time.Duration) *failure {
	return &failure{code: http.StatusTooManyRequests, text: "Too many different users within an hour", wait: wait}
}

// failureOf is the only table from errors to answers.
func failureOf(err error) *failure {
	var f *failure
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, identity.ErrUnavailable) && !errors.Is(err, userinfo.ErrUnavailable):
		return &failure{code: http.StatusServiceUnavailable, text: "It cannot be found out now who asks", wait: time.Second, cause: err}
	case errors.Is(err, userinfo.ErrUnavailable):
		return &failure{code: http.StatusServiceUnavailable, text: "The users table cannot be asked now", wait: time.Second, cause: err}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errInTime // the one who asked has gone, or nobody answered; logged where it happened
	case errors.Is(err, userinfo.ErrMapping):
		return &failure{code: http.StatusServiceUnavailable, text: "The mapping does not fit the users table; run chatpass check", wait: 5 * time.Second, cause: err}
	case errors.Is(err, userinfo.ErrNoSearch):
		return errNotFound
	case errors.Is(err, userinfo.ErrSearchTerm):
		return errSearchTerm
	case errors.Is(err, identity.ErrUnauthorized):
		return &failure{code: http.StatusUnauthorized, text: "Wrong site key", cause: err}
	case errors.Is(err, identity.ErrMalformed):
		return &failure{code: http.StatusBadRequest, text: "The visitor's identity is not written as it must be", cause: err}
	case errors.Is(err, identity.ErrConflict):
		return &failure{code: http.StatusConflict, text: "The request names two different users", cause: err}
	case errors.Is(err, provider.ErrNoToken):
		return &failure{code: http.StatusUnprocessableEntity, text: "No token can name this user exactly", cause: err}
	default:
		return &failure{code: http.StatusInternalServerError, text: errInternal.text, cause: err}
	}
}

// handler is a gin handler that returns its error instead of answering it.
type handler func(c *gin.Context) error

// answer makes a gin handler of h. write says how errors are written: as JSON, or for fragments of a page as nothing at all.
func (s *Server) answer(h handler, write func(*gin.Context, *failure)) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			f := failureOf(err)
			s.logFailure(c, f)
			write(c, f)
		}
	}
}

// logFailure tells the operator the cause of an answer that is our fault, the database's or the mapping's.
func (s *Server) logFailure(c *gin.Context, f *failure) {
	if (f.code >= http.StatusInternalServerError || f.code == http.StatusUnprocessableEntity) && f.cause != nil {
		s.log.Warn("request failed", "request_id", requestID(c), "route", c.FullPath(), "status", f.code, "error", f.cause.Error())
	}
}

func failureHeader(c *gin.Context, f *failure) {
	h := c.Writer.Header()
	if f.basic {
		h["Www-Authenticate"] = basicRealm
	}
	if f.wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int((f.wait+time.Second-1)/time.Second)))
	}
	h["Cache-Control"] = noStore
}

// writeJSON writes the object all plugins of ImbaChat write (ImbaChat §1.3): code, version, error, debug in this order.
func writeJSON(c *gin.Context, f *failure) {
	failureHeader(c, f)
	body := strconv.AppendInt([]byte(`{"code":`), int64(f.code), 10)
	body = userinfo.AppendString(append(body, `,"version":1,"error":`...), f.text)
	send(c, f.code, jsonType, append(body, `,"debug":""}`...))
}

// writeFragment writes nothing, since whatever it wrote would stand in the site's page; the reason is in a header.
func writeFragment(c *gin.Context, f *failure) {
	failureHeader(c, f)
	c.Writer.Header().Set("X-Chatpass-Error", f.text)
	send(c, f.code, htmlType, nil)
}

// shortBody is how much net/http keeps back, to write the Content-Length itself at less cost.
const shortBody = 2048

func send(c *gin.Context, code int, contentType []string, body []byte) {
	h := c.Writer.Header()
	h["Content-Type"] = contentType
	head := c.Request.Method == http.MethodHead
	if head || len(body) >= shortBody {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	c.Writer.WriteHeader(code)
	if head {
		c.Writer.WriteHeaderNow()
		return
	}
	_, _ = cork.Write(c.Request.Context(), c.Writer, body) // a client that has gone is nobody's fault
}
