package sendbird

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/chatpass/chatpass/provider"
)

// Paths of the routes, from the base path on.
const (
	tokenPath = "/sendbird/token"
	mePath    = "/sendbird/me"
)

// Routes lists the provider's routes (CONTRACT §5). None that gives a token answers GET: browsers fetch ahead.
func (p *Provider) Routes() []provider.Route {
	routes := []provider.Route{
		{Method: http.MethodPost, Path: tokenPath, Serve: p.serveToken},
		{Method: http.MethodDelete, Path: tokenPath, Hidden: true, Serve: p.serveRevoke},
		{Method: http.MethodGet, Path: mePath, Serve: p.serveMe},
	}
	if p.loginPath == p.tokenURL { // by an owner who wants no other
		return routes
	}
	return append(routes, provider.Route{Method: http.MethodPost, Path: p.loginPath, Root: true, Var: "SENDBIRD_LOGIN_PATH", Serve: p.serveToken})
}

// question is the body of a request for a token.
type question struct {
	UserID json.RawMessage `json:"user_id"` // a text or a number; who asks is known without it
	AppID  *string         `json:"app_id"`
	Fresh  bool            `json:"fresh"`
}

// noChatText is the answer to members who get no chat.
const noChatText = "This user gets no chat"

var (
	errBody     = &provider.Fault{Status: http.StatusBadRequest, Code: "bad_request", Text: "The body is no JSON object with user_id, app_id and fresh"}
	errMismatch = &provider.Fault{Status: http.StatusForbidden, Code: "user_mismatch", Text: "The session is another user's"}
	errApp      = &provider.Fault{Status: http.StatusForbidden, Code: "app_mismatch", Text: "The site has another application"}
)

// read reads the body of a request by a member: nothing, or a JSON object that names nobody else.
func (p *Provider) read(r *http.Request, m member) (q question, err error) {
	text, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return q, err
	case err != nil: // broken off or too slow
		return q, errBody
	}
	if strings.TrimSpace(string(text)) == "" {
		return q, nil
	}
	if json.Unmarshal(text, &q) != nil {
		return q, errBody
	}
	if id := string(q.UserID); id != "" && id != "null" {
		var named string
		if id[0] != '"' {
			named = id
		} else if json.Unmarshal(q.UserID, &named) != nil {
			return q, errBody
		}
		if named != m.address {
			return q, errMismatch
		}
	}
	if q.AppID != nil && *q.AppID != p.app {
		return q, errApp
	}
	return q, nil
}

// answer is what a client needs to connect. The provider's samples read the token by three names.
type answer struct {
	UserID        string `json:"user_id"`
	AccessToken   string `json:"access_token"`
	Token         string `json:"token"`
	SendbirdToken string `json:"sendbird_token"`
	ExpiresAt     int64  `json:"expires_at"` // Unix milliseconds
	AppID         string `json:"app_id"`
	Nickname      string `json:"nickname"`
	ProfileURL    string `json:"profile_url"`
}

// serveToken gives the visitor a session token.
func (p *Provider) serveToken(w http.ResponseWriter, r *http.Request, v *provider.Visitor) error {
	m, err := p.visitor(v)
	if err != nil {
		return err
	}
	q, err := p.read(r, m)
	if err != nil {
		return err
	}
	got, err := p.pass(r.Context(), m, v.Until, q.Fresh, func() error { return p.spend(p.perUser, v, string(m.id)) })
	if err != nil {
		return err
	}
	token := got.token.Reveal()
	return write(w, answer{
		UserID: m.address, AccessToken: token, Token: token, SendbirdToken: token, ExpiresAt: got.ends.UnixMilli(),
		AppID: p.app, Nickname: m.nickname, ProfileURL: m.picture,
	})
}

// visitor returns who asks as the provider knows them.
func (p *Provider) visitor(v *provider.Visitor) (member, error) {
	m, err := p.member(v.User)
	if err != nil {
		p.tellNameless()
		return member{}, &provider.Fault{Status: http.StatusForbidden, Code: "user_disabled", Text: noChatText, Cause: err}
	}
	return m, nil
}

// spend counts a request by its user and by its address.
func (p *Provider) spend(byUser *quota, v *provider.Visitor, id string) error {
	wait := byUser.take(id)
	if wait == 0 && v.Address != "" {
		wait = p.perAddress.take(v.Address)
	}
	if wait > 0 {
		return &provider.Fault{Status: http.StatusTooManyRequests, Code: "rate_limited", Text: "Too many requests for a token", RetryAfter: wait}
	}
	return nil
}

// serveRevoke makes all tokens of the visitor worthless.
func (p *Provider) serveRevoke(w http.ResponseWriter, r *http.Request, v *provider.Visitor) error {
	m, err := p.visitor(v)
	if err != nil {
		return err
	}
	if err := p.spend(p.revokes, v, string(m.id)); err != nil {
		return err
	}
	p.desk.drop(m.id)
	asked := context.WithoutCancel(r.Context()) // who logs out leaves the page, often before the answer
	ctx, cancel := context.WithTimeout(asked, patience)
	defer cancel()
	err = p.revoke(ctx, m.address, begun)
	p.desk.drop(m.id) // what was made meanwhile may be older than the revocation
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	// The visitor wants it done, whoever has to try again.
	if p.store != nil {
		if queued := p.enqueue(asked, kindRevoke, m.id, m.address); queued != nil {
			p.log.Warn("a revocation cannot be kept for later", "error", queued.Error())
		}
	}
	return p.fault(err)
}

// serveMe tells the visitor who they are in the chat, without a token.
func (p *Provider) serveMe(w http.ResponseWriter, _ *http.Request, v *provider.Visitor) error {
	m, err := p.visitor(v)
	if err != nil {
		return err
	}
	return write(w, p.own(m))
}

func write(w http.ResponseWriter, answer any) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("sendbird: writing an answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(text) // a client that has gone is nobody's fault
	return nil
}
