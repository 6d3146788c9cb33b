package main

import (
	"context"
	"database/sql"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxIDs is the longest list Chatpass answers.
const maxIDs = 500

type users struct {
	db              *sql.DB
	login, password [32]byte

	mu      sync.RWMutex
	entries map[uint64][]byte // JSON per user; nil when nothing is cached
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 16<<10); return &b }}

// fresh answers from the database: one query, only the needed columns, rows appended as they come.
func (u *users) fresh(w http.ResponseWriter, r *http.Request) {
	ids, ok := u.asked(w, r)
	if !ok {
		return
	}
	held, _ := buffers.Get().(*[]byte)
	defer buffers.Put(held)
	out := append((*held)[:0], '[')
	err := u.rows(r.Context(), ids, func(_ uint64, object []byte) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, object...)
	})
	*held = out
	answer(w, append(out, ']'), err)
}

// cached answers from memory, and asks the database once for each user.
func (u *users) cached(w http.ResponseWriter, r *http.Request) {
	ids, ok := u.asked(w, r)
	if !ok {
		return
	}
	held, _ := buffers.Get().(*[]byte)
	defer buffers.Put(held)
	out, missing := u.fromMemory((*held)[:0], ids)
	var err error
	if len(missing) > 0 {
		err = u.rows(r.Context(), missing, func(id uint64, object []byte) {
			u.mu.Lock()
			u.entries[id] = append([]byte(nil), object...)
			u.mu.Unlock()
		})
		out, _ = u.fromMemory(out[:0], ids)
	}
	*held = out
	answer(w, append(out, ']'), err)
}

func (u *users) fromMemory(out []byte, ids []uint64) (_ []byte, missing []uint64) {
	out = append(out, '[')
	u.mu.RLock()
	defer u.mu.RUnlock()
	for _, id := range ids {
		object, ok := u.entries[id]
		if !ok {
			missing = append(missing, id)
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, object...)
	}
	return out, missing
}

// asked checks the credential and reads the ids; it answers itself when something is wrong.
func (u *users) asked(w http.ResponseWriter, r *http.Request) ([]uint64, bool) {
	if !u.authorized(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="Backend"`)
		http.Error(w, `{"code":401}`, http.StatusUnauthorized)
		return nil, false
	}
	list, _ := strings.CutPrefix(r.URL.RawQuery, "user_ids=")
	ids := make([]uint64, 0, strings.Count(list, ",")+1)
	for part := range strings.SplitSeq(list, ",") {
		if id, err := strconv.ParseUint(part, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 || len(ids) > maxIDs {
		http.Error(w, `{"code":400}`, http.StatusBadRequest)
		return nil, false
	}
	return ids, true
}

func answer(w http.ResponseWriter, body []byte, err error) {
	if err != nil {
		http.Error(w, `{"code":503}`, http.StatusServiceUnavailable)
		return
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	_, _ = w.Write(body)
}

// rows calls each with the JSON object of every user found; the bytes are only valid during the call.
func (u *users) rows(ctx context.Context, ids []uint64, each func(id uint64, object []byte)) error {
	const head = "SELECT user_id,display_name,avatar,last_login_date,custom10 FROM ktvs_users WHERE user_id IN ("
	query := make([]byte, 0, len(head)+2*len(ids))
	query = append(query, head...)
	args := make([]any, len(ids))
	for i, id := range ids {
		query = append(query, "?,"...)
		args[i] = id
	}
	query[len(query)-1] = ')'
	rows, err := u.db.QueryContext(ctx, string(query), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var id, name, avatar, login, badge sql.RawBytes
	object := make([]byte, 0, 512)
	for rows.Next() {
		if err := rows.Scan(&id, &name, &avatar, &login, &badge); err != nil {
			return err
		}
		object = appendUser(object[:0], id, name, avatar, login, badge)
		n, err := strconv.ParseUint(string(id), 10, 64)
		if err != nil {
			return err
		}
		each(n, object)
	}
	return rows.Err()
}

func appendUser(b, id, name, avatar, login, badge []byte) []byte {
	b = append(append(b, `{"user_id":`...), id...)
	b = appendText(append(b, `,"name":"`...), name)
	if len(avatar) > 0 {
		b = appendText(append(b, `","avatar_url":"https://www.example.com/contents/avatars/`...), avatar)
	}
	b = append(append(b, `","profile_url":"https://www.example.com/members/`...), id...)
	b = append(b, `/"`...)
	if t, err := time.Parse(time.DateTime, string(login)); err == nil && t.Unix() > 0 {
		b = strconv.AppendInt(append(b, `,"lastlogin":`...), t.Unix(), 10)
	}
	if len(badge) > 0 {
		b = append(appendText(append(b, `,"badge":"`...), badge), '"')
	}
	return append(b, '}')
}

// appendText appends the inside of a JSON string that is also safe inside a script element.
func appendText(b, text []byte) []byte {
	const hex = "0123456789abcdef"
	start := 0
	for i, c := range text {
		if c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
			continue
		}
		b = append(b, text[start:i]...)
		b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		start = i + 1
	}
	return append(b, text[start:]...)
}
