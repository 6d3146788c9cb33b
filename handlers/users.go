package handlers

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/userinfo"
)

// providerHandler answers a call of the provider and returns how many ids it asked for.
type providerHandler func(c *gin.Context, a *ask) (ids int, err error)

// fromProvider makes a handler of h: only with the provider's credentials, and noted for the operator.
func (s *Server) fromProvider(h providerHandler) handler {
	return func(c *gin.Context) error {
		a := takeAsk(c.Request)
		defer a.release()
		if len(c.Params) > 0 {
			a.arg = c.Params[0].Value
		}
		return s.serveProvider(c, a, h)
	}
}

func (s *Server) serveProvider(c *gin.Context, a *ask, h providerHandler) (err error) {
	asked := 0
	defer func() {
		if agent := c.Request.Header["User-Agent"]; len(agent) > 0 && agent[0] == CheckAgent {
			return
		}
		if code := s.calls.note(c.FullPath(), err, asked); code == http.StatusOK {
			s.asked.Inc() // finding a series by its labels costs as much as ten ids
		} else {
			s.o.Metrics.provider.WithLabelValues(s.infoName, codeText(code)).Inc()
		}
	}()
	if err = s.authorize(c.Request, a); err != nil {
		return err
	}
	err = errInternal // what is noted if h panics
	asked, err = h(c, a)
	return err
}

// authorize checks the provider's credentials: Basic (RFC 7617), or where the owner allows it the inbound token in jwt_token
// (ImbaChat §3.3), which then decides alone. An address with too many wrong ones has to wait even with the right ones.
func (s *Server) authorize(r *http.Request, a *ask) error {
	headers := r.Header["Authorization"]
	if len(headers) > 1 {
		return errTwoHeaders
	}
	if !s.guesses.quiet() {
		if wait := s.guesses.blocked(s.clients.of(r)); wait > 0 {
			s.o.Metrics.failures.WithLabelValues("basic", "limited").Inc()
			return tooMany(wait)
		}
	}
	if s.rules.InboundToken {
		if token := a.value("jwt_token"); token != "" {
			if s.info.CheckToken(token) {
				return nil
			}
			return s.refuse(r, "inbound_token")
		}
	}
	if len(headers) == 0 {
		return s.missing()
	}
	sum := sha256.Sum256([]byte(headers[0]))
	if s.acceptedBefore(&sum) {
		return nil
	}
	scheme, encoded, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Basic") {
		return s.missing()
	}
	login, password, ok := decodeBasic(encoded)
	if !ok || !s.info.CheckBasic(login, password) {
		return s.refuse(r, "basic")
	}
	kept := sum // sum itself stays on the stack, where it costs nothing
	s.accepted.Store(&kept)
	return nil
}

// acceptedBefore tells a header that is the one accepted last, byte for byte: a provider sends the same with every call, and reading it anew takes longer than ten
// users from memory. Every other one is looked at whole, so that what is wrong with it makes no difference in time. The settings do not change under a Server.
func (s *Server) acceptedBefore(sum *[sha256.Size]byte) bool {
	known := s.accepted.Load()
	return known != nil && subtle.ConstantTimeCompare(sum[:], known[:]) == 1
}

// missing refuses a call without credentials. It guesses nothing, so that it does not count as an attempt.
func (s *Server) missing() error {
	s.o.Metrics.failures.WithLabelValues("basic", "missing").Inc()
	return errBasic
}

func (s *Server) refuse(r *http.Request, kind string) error {
	s.o.Metrics.failures.WithLabelValues(kind, "wrong").Inc()
	if wait := s.guesses.fail(s.clients.of(r)); wait > 0 {
		return tooMany(wait)
	}
	return errBasic
}

// decodeBasic splits Basic credentials; false for what is no base64, has no colon, or is not printable UTF-8.
func decodeBasic(encoded string) (login, password string, ok bool) {
	encoded = strings.TrimSpace(encoded)
	var text, plain [256]byte // usual credentials need no memory of their own
	raw, err := base64.StdEncoding.AppendDecode(plain[:0], append(text[:0], encoded...))
	if err != nil || !utf8.Valid(raw) {
		return "", "", false
	}
	for _, b := range raw {
		if b < 0x20 || b == 0x7f {
			return "", "", false
		}
	}
	return strings.Cut(string(raw), ":")
}

// users answers users-info for the ids in the path, the query and the form.
func (s *Server) users(c *gin.Context, a *ask) (asked int, err error) {
	if err := a.listIDs(); err != nil {
		return len(a.ids), err
	}
	if asked = len(a.ids); asked > userinfo.MaxIDs {
		return asked, errTooManyIDs
	}
	if wait := s.budget.spend(a.ids, s.o.Directory.KeyKind()); wait > 0 {
		return asked, overBudget(wait)
	}
	body, age, err := s.o.Answers.Append(c.Request.Context(), a.body[:0], a.ids)
	if err != nil {
		return asked, err
	}
	a.body = body
	h := c.Writer.Header()
	h["Cache-Control"] = noStore
	if age > 0 {
		h.Set("X-Data-Age", strconv.Itoa(int(age/time.Second)))
	}
	send(c, http.StatusOK, jsonType, body)
	return asked, nil
}
