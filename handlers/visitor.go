package handlers

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/templates"
	"github.com/chatpass/chatpass/userinfo"
)

// identity tells the visitor's browser who it is to the chat, with this visitor's tokens.
func (s *Server) identity(c *gin.Context) error {
	s.setPersonal(c) // before anything is refused: a cache must not even keep that for the next visitor
	if deceptive(c.Request) {
		return errNotFound
	}
	if err := s.mayAsk(c.Request); err != nil {
		return err
	}
	u, who, err := s.visitor(c)
	if err != nil {
		return err
	}
	p := takePage()
	defer p.release()
	if err := s.widgets(c, u, who.ExpiresAt, p); err != nil {
		return err
	}
	send(c, http.StatusOK, jsonType, p.data)
	return nil
}

// setPersonal marks an answer as one visitor's own, for every cache there may be (SEC-70).
func (s *Server) setPersonal(c *gin.Context) {
	h := c.Writer.Header()
	h["Cache-Control"] = noStore
	h["Vary"] = s.vary
	h["Pragma"] = noCache
	h["Cdn-Cache-Control"] = plainNoStore
	h["Surrogate-Control"] = plainNoStore
}

var (
	noCache      = []string{"no-cache"}
	plainNoStore = []string{"no-store"}
)

// visitor finds out who asks and reads their row; nil is a guest. So is a user who is unknown or hidden, unless the site's own server named them.
func (s *Server) visitor(c *gin.Context) (*userinfo.User, identity.Identity, error) {
	who, err := s.resolve(c)
	if err != nil || who.Anonymous() {
		return nil, identity.Identity{}, err
	}
	u, err := s.shown(c, who)
	if u == nil {
		return nil, identity.Identity{}, err
	}
	return u, who, nil
}

// shown reads the row of somebody who is known; nil is one who is unknown or hidden.
func (s *Server) shown(c *gin.Context, who identity.Identity) (*userinfo.User, error) {
	u, known, err := s.o.Directory.Visitor(c.Request.Context(), who.UserID, who.Seen)
	switch {
	case err != nil:
		return nil, err
	case !known || u.ID != who.UserID:
		return nil, notShown(who)
	}
	return &u, nil
}

// resolve tells who asks. A credential that was refused is counted; nobody is a guest.
func (s *Server) resolve(c *gin.Context) (identity.Identity, error) {
	if len(c.Request.Header["Authorization"]) > 1 {
		return identity.Identity{}, errTwoHeaders
	}
	who, err := s.o.Identity.Resolve(c.Request.Context(), c.Request)
	if err != nil {
		return identity.Identity{}, s.rejectedCredential(c, err)
	}
	return who, nil
}

// notShown is the answer to a user who is unknown or hidden; nil for a guest: somebody the site lets in and we do not show is one to us, and their browser must
// hear so, or the chat of whoever was here before stays open. The site's own server shall hear that it named nobody.
func notShown(who identity.Identity) error {
	if who.Method == bySiteKey {
		return errUnknownUser
	}
	return nil
}

// visitorWith returns the visitor, and behind them other, in one look-up, and when the visitor's session ends; nothing for a guest.
func (s *Server) visitorWith(c *gin.Context, other ...userinfo.ID) (users []userinfo.User, until time.Time, err error) {
	who, err := s.resolve(c)
	if err != nil || who.Anonymous() {
		return nil, until, err
	}
	users, err = s.o.Directory.ByID(c.Request.Context(), append([]userinfo.ID{who.UserID}, other...)...)
	if err != nil {
		return nil, until, err
	}
	// Never by place alone: an unknown visitor must not become the other user of the look-up.
	if len(users) == 0 || users[0].ID != who.UserID {
		return nil, until, notShown(who)
	}
	return users, who.ExpiresAt, nil
}

// bySiteKey is the resolver by which the site's own server names users.
const bySiteKey = "site"

// rejectedCredential counts a credential that was refused and returns the answer: nil for a guest.
func (s *Server) rejectedCredential(c *gin.Context, err error) error {
	kind, reason := "session", "rejected"
	proven := false // by the site key: what is wrong is something else, and the site's server is not to be kept waiting
	if refusal := (*identity.Refusal)(nil); errors.As(err, &refusal) {
		kind = refusal.Resolver
		proven = (kind == bySiteKey || refusal.With == bySiteKey) && !errors.Is(err, identity.ErrUnauthorized)
	}
	guest := false
	switch {
	case errors.Is(err, identity.ErrUnauthorized):
		reason = "wrong"
	case errors.Is(err, identity.ErrMalformed):
		reason = "malformed"
	case errors.Is(err, identity.ErrConflict):
		reason = "conflict"
	case errors.Is(err, identity.ErrRejected):
		guest = true // expired, forged (CONTRACT §4)
	default:
		return err // nobody can tell whether the credential is good
	}
	s.o.Metrics.AuthFailure(kind, reason)
	if !proven {
		if wait := s.rejected.fail(s.clients.of(c.Request)); wait > 0 {
			return tooMany(wait)
		}
	}
	if guest {
		return nil
	}
	return err
}

// page is the memory an answer to a visitor is made in. It is reused.
type page struct {
	data    []byte // the identity answer
	html    []byte
	scripts []string // of the providers that show something to this visitor
}

var pages = sync.Pool{New: func() any { return &page{data: make([]byte, 0, 1024), html: make([]byte, 0, 2048)} }}

func takePage() *page { return pages.Get().(*page) }

// release gives the memory back; net/http has copied what it was given.
func (p *page) release() {
	p.data, p.html, p.scripts = p.data[:0], p.html[:0], p.scripts[:0]
	pages.Put(p)
}

// widgets asks every provider for what the visitor's browser needs, and writes the identity answer (CONTRACT §4). Nothing of a user
// is in it for a guest, and nothing of a provider for a user who gets no chat.
func (s *Server) widgets(c *gin.Context, u *userinfo.User, until time.Time, p *page) error {
	var first time.Time
	providers := append(p.html[:0], '{')
	asked, shown := s.o.Providers, 0
	if u != nil && !u.MayChat(s.o.Roles) {
		asked = nil
	}
	for i, one := range asked {
		w, err := one.Widget(c.Request.Context(), u, until)
		if err != nil {
			return err
		}
		if w == nil {
			continue
		}
		if shown++; shown > 1 {
			providers = append(providers, ',')
		}
		if w.Script != "" {
			p.scripts = append(p.scripts, w.Script)
		}
		providers = w.AppendJSON(append(userinfo.AppendString(providers, one.Name()), ':'))
		if w.Token == "" {
			continue
		}
		s.minted[i].Inc()
		if first.IsZero() || w.ExpiresAt.Before(first) {
			first = w.ExpiresAt // of the first token to end
		}
	}
	p.html = append(providers, '}')
	p.data = append(p.data[:0], `{"user_id":`...)
	if u == nil {
		p.data = append(p.data, "null"...)
	} else {
		if _, exact := u.ID.ExactNumber(); exact && s.o.Directory.KeyKind().Numeric() {
			p.data = append(p.data, u.ID...)
		} else {
			p.data = userinfo.AppendString(p.data, string(u.ID))
		}
		if u.Name != "" {
			p.data = userinfo.AppendString(append(p.data, `,"name":`...), u.Name)
		}
		if !first.IsZero() {
			p.data = strconv.AppendInt(append(p.data, `,"expires_at":`...), first.Unix(), 10)
		}
	}
	p.data = append(append(append(p.data, `,"providers":`...), p.html...), '}')
	return nil
}

// widget answers the fragment for the host page: the loader tag alone, or in inline mode everything with this visitor's token.
func (s *Server) widget(c *gin.Context) error {
	c.Writer.Header()["Referrer-Policy"] = originOnly
	query := c.Request.URL.RawQuery
	inline := s.o.Inline
	mode, _ := param(query, "mode")
	switch mode {
	case "":
	case "inline":
		inline = true
	case "loader":
		inline = false
	default:
		return errWidgetMode
	}
	if inline {
		s.setPersonal(c)
	}
	nonce, _ := param(query, "nonce")
	nonce = strings.ReplaceAll(nonce, " ", "+") // a web server that passes it on does not escape the + of base64
	if !validNonce(nonce) {
		return errNonce
	}
	if !inline {
		body, err := s.loaderTag(nonce)
		if err != nil {
			return err
		}
		c.Writer.Header().Set("Cache-Control", "no-cache")
		send(c, http.StatusOK, htmlType, body)
		return nil
	}
	if err := passedOn(c.Request); err != nil {
		return err
	}
	u, who, err := s.visitor(c)
	if err != nil {
		return err
	}
	p := takePage()
	defer p.release()
	if err := s.widgets(c, u, who.ExpiresAt, p); err != nil {
		return err
	}
	if bytes.HasSuffix(p.data, nothingShown) {
		send(c, http.StatusOK, htmlType, nil)
		return nil
	}
	p.html, err = templates.AppendInlineWidget(p.html[:0], templates.InlineData{BasePath: s.o.BasePath, Nonce: nonce, HideOn: s.o.HideOn, Scripts: p.scripts, JSON: p.data})
	if err != nil {
		return err
	}
	send(c, http.StatusOK, htmlType, p.html)
	return nil
}

// nothingShown ends an identity answer without a provider.
var nothingShown = []byte(`"providers":{}}`)

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

// button answers "write to user to" for this visitor, or nothing: for guests, for oneself, for users nobody may see, for visitors who get
// no chat, and where the rules on writing deny it.
func (s *Server) button(c *gin.Context) error {
	s.setPersonal(c)
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
	users, until, err := s.visitorWith(c, userinfo.ID(q.Get("to")))
	if err != nil {
		return err
	}
	writing := userinfo.WriteDenied
	if len(users) == 2 && users[0].MayChat(s.o.Roles) {
		writing = s.o.Directory.MayWrite(&users[0], &users[1])
	}
	if writing == userinfo.WriteDenied {
		send(c, http.StatusOK, htmlType, nil)
		return nil
	}
	for i, p := range s.o.Providers {
		dialog, ok := p.(provider.Dialog)
		if !ok {
			continue
		}
		pass, err := dialog.DialogToken(c.Request.Context(), &users[0], &users[1], writing == userinfo.WriteAsked, until)
		if errors.Is(err, provider.ErrNoToken) {
			continue // nobody can write to an id that cannot be named
		}
		if err != nil {
			return err
		}
		s.minted[i].Inc()
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
