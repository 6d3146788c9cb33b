package handlers

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/userinfo"
)

// Header values that never change, kept as the slices net/http wants: no allocation per request.
var (
	jsonType   = []string{"application/json"}
	htmlType   = []string{"text/html; charset=utf-8"}
	scriptType = []string{"text/javascript; charset=utf-8"}
	textType   = []string{"text/plain; charset=utf-8"}

	noStore    = []string{"no-store, private"}
	basicRealm = []string{`Basic realm="Backend"`}
	nosniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	originOnly = []string{"strict-origin-when-cross-origin"}
	strictCSP  = []string{"default-src 'none'; frame-ancestors 'none'"}
	sameOrigin = []string{"same-origin"}

	connectionClose = []string{"close"}
)

const requestIDHeader = "X-Request-Id"

// maxRequestID bounds a request id given by the site's proxy.
const maxRequestID = 64

// observe is the one middleware: security headers, request id, recovery from panics, metrics and access log.
func (s *Server) observe(c *gin.Context) {
	began := s.o.Now()
	h := c.Writer.Header()
	h["X-Content-Type-Options"] = nosniff
	h["Referrer-Policy"] = noReferrer
	h["Content-Security-Policy"] = strictCSP
	h["Cross-Origin-Resource-Policy"] = sameOrigin
	id := ""
	if given := c.Request.Header[requestIDHeader]; len(given) > 0 && validRequestID(given[0]) {
		id = given[0]
	} else {
		id = newRequestID()
	}
	h[requestIDHeader] = []string{id}
	if s.draining.Load() {
		h["Connection"] = connectionClose // the client must not send its next request into a closing connection
	}
	defer func() {
		cut := false
		if cause := recover(); cause != nil {
			cut = s.recovered(c, id, cause)
		}
		ended := s.o.Now()
		took := ended.Sub(began)
		route := c.FullPath()
		if route == "" {
			route = "other"
		}
		status := c.Writer.Status()
		s.o.Metrics.observe(route, c.Request.Method, status, took)
		if s.o.AccessLog != nil {
			s.logAccess(c, id, route, status, ended, took)
		}
		if cut {
			panic(http.ErrAbortHandler) // closes the connection without a word
		}
	}()
	c.Next()
}

// recovered answers a panic. The value of the panic is not logged, it could hold what the handler was working on; the stack is.
// It reports whether the answer was already under way and must be cut off, so that nobody takes it for a whole one.
func (s *Server) recovered(c *gin.Context, id string, cause any) (cut bool) {
	c.Abort()
	if cause == http.ErrAbortHandler { //nolint:errorlint // compared as net/http does
		return true
	}
	s.log.Error("panic in a handler", "request_id", id, "route", c.FullPath(), "type", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
	if c.Writer.Written() {
		return true
	}
	h := c.Writer.Header()
	for _, name := range []string{"Content-Encoding", "Content-Length", "Etag", "Last-Modified"} {
		delete(h, name) // of the answer that was being made
	}
	if s.fragments[c.FullPath()] {
		writeFragment(c, errInternal)
	} else {
		writeJSON(c, errInternal)
	}
	return false
}

func requestID(c *gin.Context) string {
	if v := c.Writer.Header()[requestIDHeader]; len(v) == 1 {
		return v[0]
	}
	return ""
}

func validRequestID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// newRequestID is 16 hex digits. It ties log lines together and protects nothing, so that a fast generator will do.
func newRequestID() string {
	var b [16]byte
	n := rand.Uint64() //nolint:gosec // see above
	for i := range b {
		b[i] = "0123456789abcdef"[n&15]
		n >>= 4
	}
	return string(b[:])
}

var linePool = sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }}

// logAccess writes one line without the query string, by hand: formatting a log record costs more than a cached answer.
// The client's address stands only in lines about refused requests.
func (s *Server) logAccess(c *gin.Context, id, route string, status int, now time.Time, took time.Duration) {
	p := linePool.Get().(*[]byte)
	b := (*p)[:0]
	f := lineFormat(s.o.JSONLog)
	b = f.begin(b, now)
	b = f.text(b, "request_id", id)
	b = f.text(b, "method", knownMethod(c.Request.Method))
	b = f.text(b, "route", route)
	b = f.number(b, "status", int64(status))
	b = f.number(b, "duration_us", took.Microseconds())
	b = f.number(b, "bytes", int64(max(c.Writer.Size(), 0)))
	if status >= http.StatusBadRequest {
		b = f.text(b, "client", s.clients.of(c.Request).address)
	}
	b = f.end(b)
	_, _ = s.o.AccessLog.Write(b) // the log writer never fails
	*p = b
	linePool.Put(p)
}

// lineFormat is JSON when true, key=value otherwise; the same keys as slog's handlers use.
type lineFormat bool

func (f lineFormat) begin(b []byte, now time.Time) []byte {
	if f {
		b = now.UTC().AppendFormat(append(b, `{"time":"`...), time.RFC3339Nano)
		return append(b, `","level":"INFO","msg":"request"`...)
	}
	b = now.AppendFormat(append(b, "time="...), "2006-01-02T15:04:05.000Z07:00")
	return append(b, " level=INFO msg=request"...)
}

func (f lineFormat) text(b []byte, key, value string) []byte {
	if f {
		b = append(append(append(b, `,"`...), key...), `":`...)
		return userinfo.AppendString(b, value)
	}
	b = append(append(append(b, ' '), key...), '=')
	return append(b, value...)
}

func (f lineFormat) number(b []byte, key string, value int64) []byte {
	if f {
		b = append(append(append(b, `,"`...), key...), `":`...)
	} else {
		b = append(append(append(b, ' '), key...), '=')
	}
	return strconv.AppendInt(b, value, 10)
}

func (f lineFormat) end(b []byte) []byte {
	if f {
		b = append(b, '}')
	}
	return append(b, '\n')
}

// knownMethod keeps made-up methods out of labels and lines.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return method
	default:
		return "other"
	}
}

func codeText(code int) string { return strconv.Itoa(code) }
