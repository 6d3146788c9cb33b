// Package providertest tries providers: a conformance suite that each of them runs, one pretended server of a chat service that misbehaves as
// it is told, and a store in memory.
package providertest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Peer is a pretended server of Sendbird: the few routes of its Platform API that Chatpass uses, and those by which its clients sign in. Its zero
// value is no use.
type Peer struct {
	App       string // application id
	APIToken  string
	DenyLogin bool          // no log-in without a token
	PerSecond int           // writes allowed in a second; 0 is no limit
	KeyLife   time.Duration // of a client's session key
	Now       func() time.Time

	*stage

	users   map[string]*account
	writes  []time.Time
	revoked map[string]bool      // session tokens
	keys    map[string]clientKey // session keys of clients
}

// account is a user of the pretended server.
type account struct {
	ID       string               `json:"user_id"`
	Nickname string               `json:"nickname"`
	Picture  string               `json:"profile_url"`
	Active   bool                 `json:"is_active"`
	tokens   map[string]time.Time // by token: its end
	guarded  bool                 // was given a token, and never gets in without one again
}

type clientKey struct {
	user, token string
	ends        time.Time
}

// NewPeer returns a pretended server without users.
func NewPeer(app, apiToken string) *Peer {
	return &Peer{
		App: app, APIToken: apiToken, DenyLogin: true, KeyLife: time.Hour, Now: time.Now,
		stage: newStage(), users: map[string]*account{}, revoked: map[string]bool{}, keys: map[string]clientKey{},
	}
}

// AddUser makes a user.
func (p *Peer) AddUser(id, nickname, picture string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[id] = &account{ID: id, Nickname: nickname, Picture: picture, Active: true, tokens: map[string]time.Time{}}
}

// User tells of a user; false if there is none.
func (p *Peer) User(id string) (nickname, picture string, active, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.users[id]
	if u == nil {
		return "", "", false, false
	}
	return u.Nickname, u.Picture, u.Active, true
}

// SetActive makes a user active or not, as somebody in the dashboard does.
func (p *Peer) SetActive(id string, active bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[id].Active = active
}

// Good reports whether a session token counts.
func (p *Peer) Good(user, token string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.users[user]
	return u != nil && u.Active && p.Now().Before(u.tokens[token]) && !p.revoked[token]
}

// Expire ends all session tokens of a user.
func (p *Peer) Expire(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for token := range p.users[user].tokens {
		p.users[user].tokens[token] = p.Now()
	}
}

// Serve listens on loopback until the test ends, and returns the address.
func (p *Peer) Serve(tb testing.TB) string {
	tb.Helper()
	return p.listen(tb, p)
}

// ServeTLS listens with a certificate that nobody trusts.
func (p *Peer) ServeTLS(tb testing.TB) string {
	tb.Helper()
	return p.listenTLS(tb, p)
}

// ServeHTTP answers a request as it is told to, else as Sendbird does.
func (p *Peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if b := p.next(r, body, p.Now()); b != nil && b(w, r) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := p.limit(r.Method); wait > 0 {
		w.Header().Set("X-RateLimit-RetryAfter", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		fail(w, http.StatusTooManyRequests, 500910)
		return
	}
	p.serve(w, r, body)
}

// Change changes fields of the peer while it serves.
func (p *Peer) Change(change func(p *Peer)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// limit counts a request, and returns how long it has to wait. Called with mu held.
func (p *Peer) limit(method string) time.Duration {
	if p.PerSecond == 0 || method == http.MethodGet {
		return 0
	}
	now := p.Now()
	for len(p.writes) > 0 && now.Sub(p.writes[0]) >= time.Second {
		p.writes = p.writes[1:]
	}
	if len(p.writes) >= p.PerSecond {
		return p.writes[0].Add(time.Second).Sub(now)
	}
	p.writes = append(p.writes, now)
	return 0
}

// input is what the bodies of requests hold.
type input struct {
	UserID     string  `json:"user_id"`
	Nickname   *string `json:"nickname"`
	ProfileURL *string `json:"profile_url"`
	IsActive   *bool   `json:"is_active"`
	ExpiresAt  *int64  `json:"expires_at"`
	Token      string  `json:"access_token"`
}

// serve answers as Sendbird does. Called with mu held.
func (p *Peer) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/v3/users")
	if !ok {
		http.NotFound(w, r)
		return
	}
	var in input
	if len(body) > 0 && json.Unmarshal(body, &in) != nil {
		fail(w, http.StatusBadRequest, 400100)
		return
	}
	id, below := "", ""
	if rest != "" {
		parts := strings.Split(strings.TrimPrefix(rest, "/"), "/")
		id, ok = unescape(parts[0])
		if !ok || len(parts) > 2 {
			http.NotFound(w, r)
			return
		}
		if len(parts) == 2 {
			below = parts[1]
		}
	}
	if below == "login" || below == "session_key" {
		p.client(w, r, id, below, in)
		return
	}
	if r.Header.Get("Session-Key") != "" {
		p.useKey(w, r.Header.Get("Session-Key"), id)
		return
	}
	if r.Header.Get("Api-Token") != p.APIToken {
		fail(w, http.StatusBadRequest, 400401)
		return
	}
	p.platform(w, r.Method, id, below, in)
}

// platform answers a call with the API token. Called with mu held.
func (p *Peer) platform(w http.ResponseWriter, method, id, below string, in input) {
	switch {
	case id == "" && method == http.MethodGet:
		reply(w, map[string]any{"users": []any{}, "next": ""})
		return
	case id == "" && method == http.MethodPost:
		p.create(w, in)
		return
	}
	u := p.users[id]
	if u == nil {
		fail(w, http.StatusBadRequest, 400201)
		return
	}
	switch method + " " + below {
	case "GET ":
		reply(w, u)
	case "PUT ":
		if in.Nickname != nil {
			u.Nickname = *in.Nickname
		}
		if in.ProfileURL != nil {
			u.Picture = *in.ProfileURL
		}
		if in.IsActive != nil {
			u.Active = *in.IsActive
		}
		reply(w, u)
	case "DELETE ":
		delete(p.users, id)
		reply(w, struct{}{})
	case "POST token":
		p.issue(w, u, in)
	case "DELETE token":
		for token := range u.tokens {
			p.revoked[token] = true
		}
		w.WriteHeader(http.StatusOK)
	default:
		fail(w, http.StatusBadRequest, 400100)
	}
}

func (p *Peer) create(w http.ResponseWriter, in input) {
	switch {
	case in.UserID == "" || in.Nickname == nil || in.ProfileURL == nil:
		fail(w, http.StatusBadRequest, 400105)
	case len([]rune(in.UserID)) > 80:
		fail(w, http.StatusBadRequest, 400305)
	case len([]rune(*in.Nickname)) > 80 || len([]rune(*in.ProfileURL)) > 2048:
		fail(w, http.StatusBadRequest, 400110)
	case p.users[in.UserID] != nil:
		fail(w, http.StatusBadRequest, 400202)
	default:
		u := &account{ID: in.UserID, Nickname: *in.Nickname, Picture: *in.ProfileURL, Active: true, tokens: map[string]time.Time{}}
		p.users[in.UserID] = u
		reply(w, u)
	}
}

func (p *Peer) issue(w http.ResponseWriter, u *account, in input) {
	ends := p.Now().Add(7 * 24 * time.Hour)
	if in.ExpiresAt != nil {
		ends = time.UnixMilli(*in.ExpiresAt)
	}
	switch {
	case !u.Active:
		fail(w, http.StatusBadRequest, 400300)
		return
	case !ends.After(p.Now()):
		fail(w, http.StatusBadRequest, 400106)
		return
	}
	token := "fake-session-token-" + rand.Text()
	u.tokens[token], u.guarded = ends, true
	reply(w, map[string]any{"token": token, "expires_at": ends.UnixMilli()})
}

func reply(w http.ResponseWriter, answer any) {
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = io.Copy(w, bytes.NewReader(text))
}
