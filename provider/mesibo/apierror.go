package mesibo

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

// apiKind is what is to be done about an error of the API.
type apiKind int

const (
	kindWrong   apiKind = iota // the call or the user cannot be served; repeating it changes nothing
	kindUnwell                 // may pass: a server's fault, a broken connection
	kindRefused                // the app token is refused: the owner must act
	kindGarbled                // the answer is none of the API's
)

// The error codes that are known. No full list is public (reference A8).
const (
	codeBreach  = "TOKENBREACH" // Mesibo disabled the application, since its token was used from more than five addresses
	codeAuth    = "AUTHFAIL"    // the app token is not known
	codeBadOp   = "BADOP"
	codeMissing = "MISSINGPARA"
)

// labels are the codes that are told as they are in metrics; there are few, whatever the provider answers.
var labels = []string{codeBreach, codeAuth, codeBadOp, codeMissing}

// plainCode is a code that may be told in the log; anything else could be a text that quotes what was sent.
var plainCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,31}$`)

// apiError is an error of the API. Its text never holds what the provider wrote beside a code, nor anything of the call.
type apiError struct {
	kind   apiKind
	status int    // of HTTP; 0 without an answer
	code   string // the API's own, as it wrote it if plainCode matches; "" is none
	cause  string // where there is no code
}

// errResting is the error of calls that are not made, since those before them failed.
var errResting = &apiError{kind: kindUnwell, cause: "it failed too often just now"}

// errRefused is the error of calls that are not made, since the app token was refused.
var errRefused = &apiError{kind: kindRefused, cause: "it refused the app token, and is left alone for now"}

// Error tells status and code, or the cause.
func (e *apiError) Error() string {
	switch {
	case e.code != "":
		return fmt.Sprintf("mesibo answered %d with %s", e.status, e.code)
	case e.status != 0 && e.cause != "":
		return fmt.Sprintf("mesibo answered %d: %s", e.status, e.cause)
	case e.status != 0:
		return fmt.Sprintf("mesibo answered %d", e.status)
	default:
		return "mesibo: " + e.cause
	}
}

// label is the value of the metric's code: a known code, "rejected" for any other, else the status, else "error".
func (e *apiError) label() string {
	switch {
	case slices.Contains(labels, e.code):
		return e.code
	case e.code != "":
		return "rejected"
	case e.status != 0:
		return strconv.Itoa(e.status)
	default:
		return "error"
	}
}

// rejected is the error of an answer with "result":false. probing says that the call carried what somebody typed, which may be what is refused.
func rejected(status int, code string, probing bool) *apiError {
	e := &apiError{kind: kindWrong, status: status, code: code}
	if !plainCode.MatchString(code) {
		e.code = codeUnknown
	}
	switch {
	case code == codeBreach, code == codeAuth && !probing:
		e.kind = kindRefused
	case status >= http.StatusInternalServerError:
		e.kind = kindUnwell
	default:
	}
	return e
}

// unread is the error of an answer with another status than 2xx and without a code.
func unread(status int) *apiError {
	switch {
	case status >= http.StatusInternalServerError, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return &apiError{kind: kindUnwell, status: status}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return &apiError{kind: kindRefused, status: status}
	default:
		return &apiError{kind: kindGarbled, status: status}
	}
}
