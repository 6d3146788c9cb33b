package mesibo

import (
	"context"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// question is a request to the private backend, whichever way its parameters came.
type question struct {
	ctx     context.Context //nolint:containedctx // lives as long as the request
	http    *http.Request
	visitor *provider.Visitor
	op      string                // lower case; empty for none
	known   string                // op if there is such an operation: what may be logged
	values  map[string]string     // parameters by their names; JSON numbers and booleans as their text, lists joined by commas
	file    *multipart.FileHeader // the first file that came along; nil for none
	json    bool                  // it came as JSON, as second-generation clients ask
	now     time.Time             // of this request
	member  member                // who asks; only for operations that need a token
	site    *userinfo.User        // the member on the site, read for this request; nil for one who signed up without the site
}

// text returns a parameter without spaces around it, and whether it was there.
func (q *question) text(key string) (string, bool) {
	v, ok := q.values[key]
	return strings.TrimSpace(v), ok
}

// answer is what is answered beside op, ts and result: pairs in their order.
type answer struct {
	pairs []pair
	noTS  bool // without ts, as the reference leaves it out
}

type pair struct {
	key   string
	value any // what encoding/json makes of it
}

// put adds a pair.
func (a *answer) put(key string, value any) { a.pairs = append(a.pairs, pair{key, value}) }

// refusal is an answer with "result":"FAIL". It is an error.
type refusal struct {
	code  string        // of the protocol, never empty
	text  string        // errmsg, for people; may be empty
	wait  time.Duration // Retry-After; 0: none
	noTS  bool          // without ts, as the reference leaves it out
	cause error         // for the log alone
}

// Error tells the code.
func (r *refusal) Error() string { return "mesibo: " + r.code }

// Unwrap returns the cause.
func (r *refusal) Unwrap() error { return r.cause }

// operation serves one op. It puts its own pairs in a; an error that is no refusal is answered as a failure of ours.
type operation struct {
	open  bool // no token is needed
	serve func(p *Provider, q *question, a *answer) error
}
