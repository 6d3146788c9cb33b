package sendbird

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// kind is what is to be done about an error of the API.
type kind int

const (
	wrong     kind = iota // the call or the user cannot be served; repeating it changes nothing
	missing               // there is no such user
	exists                // there is such a user already
	disabled              // the user is deactivated
	limited               // too many calls
	unwell                // may pass: a server's fault, a broken connection
	refused               // the application or the API token is refused: the operator must act
	garbled               // the answer is none of the API's
	forbidden             // a token or session of a client is refused; only clients get that
)

// codes is what the error codes of the Chat API mean; its other products use the same numbers for other things.
var codes = map[int]kind{
	400100: wrong, 400101: wrong, 400102: wrong, 400103: wrong, 400104: wrong, 400105: wrong, 400106: wrong, 400110: wrong,
	400111: wrong, 400113: wrong, 400151: wrong, 400305: wrong, 400402: wrong,
	400108: refused, 400304: refused, 400306: refused, 400401: refused, 403100: refused,
	400201: missing, 400301: missing, 400202: exists, 400300: disabled,
	400302: forbidden, 400303: forbidden, 400309: forbidden, 400310: forbidden,
	500601: unwell, 500602: unwell, 500901: unwell, 500910: limited,
}

// apiError is an error of the API. Its text never holds what the provider wrote, nor anything of the call.
type apiError struct {
	kind   kind
	status int           // of HTTP; 0 without an answer
	code   int           // the API's own; 0 is none
	wait   time.Duration // with limited: how long
	asked  time.Duration // with limited: what it asked for, which may be longer
	cause  string        // where there is no code
}

// errOpen is the error of calls that are not made, since those before them failed.
var errOpen = &apiError{kind: unwell, cause: "it failed too often just now"}

// Error tells status and code, or the cause.
func (e *apiError) Error() string {
	switch {
	case e.code != 0:
		return fmt.Sprintf("sendbird answered %d with code %d", e.status, e.code)
	case e.status != 0 && e.cause != "":
		return fmt.Sprintf("sendbird answered %d: %s", e.status, e.cause)
	case e.status != 0:
		return fmt.Sprintf("sendbird answered %d", e.status)
	default:
		return "sendbird: " + e.cause
	}
}

// label is the value of the metric's code: a known code of the API, else the status, else "error". There are few.
func (e *apiError) label() string {
	if _, known := codes[e.code]; known {
		return strconv.Itoa(e.code)
	}
	if e.status != 0 {
		return strconv.Itoa(e.status)
	}
	return "error"
}

// failed reads an answer that may tell of an error. Of one that does not, the code is 0.
func failed(status int, h http.Header, text []byte) *apiError {
	var envelope struct {
		Error bool `json:"error"`
		Code  int  `json:"code"`
	}
	e := &apiError{status: status}
	if json.Unmarshal(text, &envelope) == nil && (envelope.Error || status > 299) {
		e.code = envelope.Code
	}
	known, is := codes[e.code]
	switch {
	case status == http.StatusTooManyRequests || e.code == 500910:
		e.kind, e.asked = limited, retryAfter(h)
		e.wait = min(e.asked, maxWait)
	case is:
		e.kind = known
	case status >= 500:
		e.kind = unwell
	case status >= 400 && e.code != 0:
		e.kind = wrong
	default:
		e.kind = garbled
		e.cause = "that is no answer of the API"
	}
	return e
}

// retryAfter is how long a 429 asks to wait: seconds, or for Retry-After the time too.
func retryAfter(h http.Header) time.Duration {
	for _, name := range []string{"X-RateLimit-RetryAfter", "X-RateLimit-Retry-After", "Retry-After"} {
		text := strings.TrimSpace(h.Get(name))
		if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 && !math.IsInf(seconds, 0) {
			return time.Duration(math.Min(seconds, maxAsked.Seconds()) * float64(time.Second))
		}
		if at, err := http.ParseTime(text); err == nil {
			if now, err := http.ParseTime(h.Get("Date")); err == nil && at.After(now) {
				return min(at.Sub(now), maxAsked)
			}
		}
	}
	return defaultWait
}
