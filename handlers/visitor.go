package handlers

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/templates"
	"github.com/chatpass/chatpass/userinfo"
)

// identityAnswer is the body of the identity route (CONTRACT §4). Nothing of a user is in it for a guest.
type identityAnswer struct {
	UserID    any                         `json:"user_id"` // number or text; null for guests
	Name      string                      `json:"name,omitempty"`
	ExpiresAt int64                       `json:"expires_at,omitempty"` // Unix seconds of the first token to end
	Providers map[string]*provider.Widget `json:"providers"`
}

// identity tells the visitor's browser who it is to the chat, with this visitor's tokens.
func (s *Server) identity(c *gin.Context) error {
	if deceptive(c.Request) {
		return errNotFound
	}
	setPersonal(c)
	if err := s.mayAsk(c.Request); err != nil {
		return err
	}
	u, err := s.visitor(c)
	if err != nil {
		return err
	}
	answer, err := s.widgets(c, u)
	if err != nil {
		return err
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	send(c, http.StatusOK, jsonType, body)
	return nil
}

// setPersonal marks an answer as one visitor's own, for every cache there may be (SEC-70).
func setPersonal(c *gin.Context) {
	h := c.Writer.Header()
	h["Cache-Control"] = noStore
	h["Vary"] = varyCookie
	h["Pragma"] = noCache
	h["Cdn-Cache-Control"] = plainNoStore
	h["Surrogate-Control"] = plainNoStore
}

var (
	varyCookie   = []string{"Cookie"}
	noCache      = []string{"no-cache"}
	plainNoStore = []string{"no-store"}
)

// visitor finds out who asks and reads their row; nil is a guest. A user who is unknown or hidden is an error, never a guest:
// the credential named somebody.
func (s *Server) visitor(c *gin.Context) (*userinfo.User, error) {
	users, err := s.visitorWith(c)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	return &users[0], nil
}

// visitorWith returns the visitor, and behind them other, in one look-up; nothing for a guest.
func (s *Server) visitorWith(c *gin.Context, other ...userinfo.ID) ([]userinfo.User, error) {
	if len(c.Request.Header["Authorization"]) > 1 {
		return nil, errTwoHeaders
	}
	who, err := s.o.Identity.Resolve(c.Request.Context(), c.Request)
	if err != nil {
		return nil, s.rejectedCredential(c, err)
	}
	if who.Anonymous() {
		return nil, nil
	}
	users, err := s.o.Directory.ByID(c.Request.Context(), append([]userinfo.ID{who.UserID}, other...)...)
	if err != nil {
		return nil, err
	}
	// Never by place alone: an unknown visitor must not become the other user of the look-up.
	if len(users) == 0 || users[0].ID != who.UserID {
		return nil, errUnknownUser
	}
	return users, nil
}

// rejectedCredential counts a credential that was refused and returns the answer: nil for a guest.
func (s *Server) rejectedCredential(c *gin.Context, err error) error {
	kind, reason := "session", "rejected"
	switch {
	case errors.Is(err, identity.ErrUnauthorized):
		kind, reason = "site", "wrong"
	case errors.Is(err, identity.ErrConflict):
		reason = "conflict"
	case !errors.Is(err, identity.ErrRejected):
		return err // nobody can tell whether the credential is good
	}
	s.o.Metrics.failures.WithLabelValues(kind, reason).Inc()
	if wait := s.rejected.fail(s.clients.of(c.Request)); wait > 0 {
		return tooMany(wait)
	}
	if kind == "session" && reason == "rejected" {
		return nil // expired, forged: a guest (CONTRACT §4)
	}
	return err
}

// widgets asks every provider for what the visitor's browser needs.
func (s *Server) widgets(c *gin.Context, u *userinfo.User) (*identityAnswer, error) {
	answer := &identityAnswer{Providers: make(map[string]*provider.Widget, len(s.o.Providers))}
	var first time.Time
	for _, p := range s.o.Providers {
		w, err := p.Widget(c.Request.Context(), u)
		if err != nil {
			return nil, err
		}
		if w == nil {
			continue
		}
		answer.Providers[p.Name()] = w
		if w.Token == "" {
			continue
		}
		s.o.Metrics.minted.WithLabelValues(p.Name()).Inc()
		if first.IsZero() || w.ExpiresAt.Before(first) {
			first = w.ExpiresAt
		}
	}
	if u == nil {
		return answer, nil
	}
	answer.Name = u.Name
	answer.UserID = string(u.ID)
	if _, exact := u.ID.ExactNumber(); exact && s.o.Directory.KeyKind().Numeric() {
		answer.UserID = json.Number(u.ID)
	}
	if !first.IsZero() {
		answer.ExpiresAt = first.Unix()
	}
	return answer, nil
}

// widget answers the fragment for the host page: the loader tag alone, or in inline mode everything with this visitor's token.
func (s *Server) widget(c *gin.Context) error {
	q := c.Request.URL.Query()
	inline := s.o.Inline
	switch q.Get("mode") {
	case "":
	case "inline":
		inline = true
	case "loader":
		inline = false
	default:
		return errWidgetMode
	}
	nonce := strings.ReplaceAll(q.Get("nonce"), " ", "+") // a web server that passes it on does not escape the + of base64
	if !validNonce(nonce) {
		return errNonce
	}
	c.Writer.Header()["Referrer-Policy"] = originOnly
	if !inline {
		body, err := s.loaderTag(nonce)
		if err != nil {
			return err
		}
		c.Writer.Header().Set("Cache-Control", "no-cache")
		send(c, http.StatusOK, htmlType, body)
		return nil
	}
	setPersonal(c)
	if err := passedOn(c.Request); err != nil {
		return err
	}
	u, err := s.visitor(c)
	if err != nil {
		return err
	}
	answer, err := s.widgets(c, u)
	if err != nil {
		return err
	}
	if len(answer.Providers) == 0 {
		send(c, http.StatusOK, htmlType, nil)
		return nil
	}
	data, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	scripts := make([]string, 0, len(answer.Providers))
	for _, p := range s.o.Providers {
		if w := answer.Providers[p.Name()]; w != nil {
			scripts = append(scripts, w.Script)
		}
	}
	body, err := templates.AppendInlineWidget(make([]byte, 0, 1024), templates.InlineData{BasePath: s.o.BasePath, Nonce: nonce, Scripts: scripts, JSON: data})
	if err != nil {
		return err
	}
	send(c, http.StatusOK, htmlType, body)
	return nil
}

// maxNonce bounds a nonce; the usual ones have 22 to 44 characters.
const maxNonce = 128

// validNonce accepts what a Content-Security-Policy does (CSP3 §2.3.1: base64 or base64url), and none at all.
func validNonce(nonce string) bool {
	for i := range len(nonce) {
		c := nonce[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && strings.IndexByte("+/=-_", c) < 0 {
			return false
		}
	}
	return len(nonce) <= maxNonce
}

// maxLabel bounds the text of a button, in characters.
const maxLabel = 100

// button answers "write to user to" for this visitor, or nothing: for guests, for oneself, for users nobody may see.
func (s *Server) button(c *gin.Context) error {
	setPersonal(c)
	c.Writer.Header()["Referrer-Policy"] = originOnly
	q := c.Request.URL.Query()
	label := q.Get("label")
	if label == "" {
		label = "Write"
	}
	if utf8.RuneCountInString(label) > maxLabel {
		return errLabel
	}
	if err := passedOn(c.Request); err != nil {
		return err
	}
	users, err := s.visitorWith(c, userinfo.ID(q.Get("to")))
	if err != nil {
		return err
	}
	if len(users) != 2 {
		send(c, http.StatusOK, htmlType, nil)
		return nil
	}
	for _, p := range s.o.Providers {
		dialog, ok := p.(provider.Dialog)
		if !ok {
			continue
		}
		pass, err := dialog.DialogToken(c.Request.Context(), &users[0], &users[1])
		if errors.Is(err, provider.ErrNoToken) {
			continue // nobody can write to an id that cannot be named
		}
		if err != nil {
			return err
		}
		s.o.Metrics.minted.WithLabelValues(p.Name()).Inc()
		body, err := s.buttonTag(users[1].ID, pass, label)
		if err != nil {
			return err
		}
		send(c, http.StatusOK, htmlType, body)
		return nil
	}
	send(c, http.StatusOK, htmlType, nil)
	return nil
}
