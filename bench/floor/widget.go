package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/chatpass/chatpass/bench/hand"
)

// widgetTTL is the life of a widget token, as Chatpass's default.
const widgetTTL = time.Hour

type widget struct {
	db         *sql.DB // nil: no look-up
	siteKey    [32]byte
	signingKey []byte
}

// serve answers the inline widget of one user: one look-up by key, one token, appended HTML.
func (g *widget) serve(w http.ResponseWriter, r *http.Request) {
	key := sha256.Sum256([]byte(r.Header.Get("Authorization")))
	if subtle.ConstantTimeCompare(key[:], g.siteKey[:]) != 1 {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	id, err := strconv.ParseUint(query.Get("user_id"), 10, 64)
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	name := []byte("Somebody")
	if g.db != nil {
		err := g.db.QueryRowContext(r.Context(), "SELECT display_name FROM ktvs_users WHERE user_id=?", id).Scan(&name)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			http.Error(w, "not found", http.StatusNotFound)
			return
		case err != nil:
			http.Error(w, "unavailable", http.StatusServiceUnavailable)
			return
		}
	}
	held, _ := buffers.Get().(*[]byte)
	defer buffers.Put(held)
	out := g.appendPage((*held)[:0], id, name, time.Now().Add(widgetTTL).Unix())
	*held = out
	h := w.Header()
	h["Content-Type"] = []string{"text/html; charset=utf-8"}
	h["Cache-Control"] = []string{"no-store, private"}
	h["Content-Length"] = []string{strconv.Itoa(len(out))}
	_, _ = w.Write(out)
}

func (g *widget) appendPage(b []byte, id uint64, name []byte, exp int64) []byte {
	b = append(b, `<script type="application/json" id="chatpass-data">{"user_id":`...)
	b = strconv.AppendUint(b, id, 10)
	b = appendText(append(b, `,"name":"`...), name)
	b = strconv.AppendInt(append(b, `","expires_at":`...), exp, 10)
	b = append(b, `,"providers":{"imbachat":{"script":"https://api.imbachat.com/imbachat/v1/276/widget","token":"`...)
	b = hand.AppendToken(b, g.signingKey, id, exp)
	b = append(b, `","options":{"user_id":`...)
	b = strconv.AppendUint(b, id, 10)
	return append(b, `}}}}</script>`+
		`<script src="https://api.imbachat.com/imbachat/v1/276/widget" async></script><script src="/chat/loader.js" async></script>`...)
}
