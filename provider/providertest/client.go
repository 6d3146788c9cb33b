package providertest

import (
	"crypto/rand"
	"net/http"
	"time"
)

// client answers the calls by which an SDK signs in: with a token, or without one where that is allowed. Called with mu held.
func (p *Peer) client(w http.ResponseWriter, r *http.Request, id, below string, in input) {
	token := r.Header.Get("Access-Token")
	if token == "" {
		token = in.Token
	}
	u := p.users[id]
	switch ends, known := tokenOf(u, token); {
	case r.Method != http.MethodPost:
		fail(w, http.StatusBadRequest, 400100)
		return
	case token == "" && below == "login" && !p.DenyLogin && (u == nil || !u.guarded):
		if u == nil {
			u = &account{ID: id, Active: true, tokens: map[string]time.Time{}}
			p.users[id] = u
		}
	case u == nil:
		fail(w, http.StatusBadRequest, 400301)
		return
	case p.revoked[token]:
		fail(w, http.StatusBadRequest, 400310)
		return
	case !known || !p.Now().Before(ends):
		fail(w, http.StatusBadRequest, 400302)
		return
	}
	if !u.Active {
		fail(w, http.StatusBadRequest, 400300)
		return
	}
	key := "fake-session-key-" + rand.Text()
	p.keys[key] = clientKey{user: id, token: token, ends: p.Now().Add(p.KeyLife)}
	reply(w, map[string]any{"user_id": u.ID, "nickname": u.Nickname, "profile_url": u.Picture, "key": key, "session_key": key, "expires_at": p.keys[key].ends.UnixMilli()})
}

func tokenOf(u *account, token string) (time.Time, bool) {
	if u == nil {
		return time.Time{}, false
	}
	ends, known := u.tokens[token]
	return ends, known
}

// useKey answers a client's call with its session key. Called with mu held.
func (p *Peer) useKey(w http.ResponseWriter, key, id string) {
	k, known := p.keys[key]
	switch {
	case !known || k.user != id:
		fail(w, http.StatusBadRequest, 400303)
	case p.revoked[k.token]:
		fail(w, http.StatusBadRequest, 400310)
	case !p.Now().Before(k.ends):
		fail(w, http.StatusBadRequest, 400309)
	default:
		reply(w, p.users[id])
	}
}
