package blackbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// planted stands in what the pretended Mesibo answers when it fails, and must reach nobody.
const planted = "planted-in-the-answer-of-mesibo"

// mesiboCall is a call as the pretended Mesibo got it.
type mesiboCall struct {
	method, target string
	header         http.Header
	body           map[string]any
	at             time.Time
}

// op is what was called.
func (c mesiboCall) op() string { s, _ := c.body["op"].(string); return s }

// at returns a value below the body by its keys; nil for none.
func (c mesiboCall) value(keys ...string) any {
	var v any = c.body
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

// mesiboPeer is a pretended Mesibo: it answers as A8 of the reference says, records what it is asked, and misbehaves as it is told.
type mesiboPeer struct {
	mu       sync.Mutex
	came     []mesiboCall
	tokens   []string // issued
	users    map[string]int
	groups   int
	script   []http.HandlerFunc // answer the next calls, one each
	always   http.HandlerFunc   // answers all others; nil: the peer is honest
	textUIDs bool               // as older versions answered
	otps     []string           // codes it made
	closed   chan struct{}
}

func newMesiboPeer() *mesiboPeer {
	return &mesiboPeer{users: map[string]int{}, groups: 499, closed: make(chan struct{})}
}

// serve listens until the test ends.
func (p *mesiboPeer) serve(t testing.TB) string {
	t.Helper()
	s := httptest.NewServer(p)
	t.Cleanup(func() {
		p.release()
		s.Close()
	})
	return s.URL
}

// serveTLS listens with a certificate that nobody trusts.
func (p *mesiboPeer) serveTLS(t testing.TB) string {
	t.Helper()
	s := httptest.NewUnstartedServer(p)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	s.StartTLS()
	t.Cleanup(func() {
		p.release()
		s.Close()
	})
	return s.URL
}

func (p *mesiboPeer) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
}

// next has the next calls answered by these, one each.
func (p *mesiboPeer) next(h ...http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script = append(p.script, h...)
}

// all has every call answered by one; nil ends that.
func (p *mesiboPeer) all(h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.always = h
}

func (p *mesiboPeer) calls(ops ...string) []mesiboCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []mesiboCall
	for _, c := range p.came {
		if len(ops) == 0 || slices.Contains(ops, c.op()) {
			found = append(found, c)
		}
	}
	return found
}

// of is the calls of an op about an address.
func (p *mesiboPeer) of(op, address string) []mesiboCall {
	return slices.DeleteFunc(p.calls(op), func(c mesiboCall) bool { return c.value("user", "address") != address })
}

func (p *mesiboPeer) issued() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Concat(p.tokens, p.otps)
}

func (p *mesiboPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	c := mesiboCall{method: r.Method, target: r.RequestURI, header: r.Header.Clone(), at: time.Now()}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	_ = d.Decode(&c.body)
	p.mu.Lock()
	p.came = append(p.came, c)
	h := p.always
	if len(p.script) > 0 {
		h, p.script = p.script[0], p.script[1:]
	}
	p.mu.Unlock()
	if h == nil {
		h = func(w http.ResponseWriter, _ *http.Request) { p.honest(w, c) }
	}
	h(w, r)
}

// honest answers as Mesibo does.
func (p *mesiboPeer) honest(w http.ResponseWriter, c mesiboCall) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer := map[string]any{"op": c.op(), "result": true}
	if id, there := c.body["id"]; there {
		answer["id"] = id
	}
	address, _ := c.value("user", "address").(string)
	switch {
	case c.body["token"] != mesiboToken:
		answer["result"], answer["error"] = false, "AUTHFAIL"
	case c.op() == "useradd" && address == "":
		answer["result"], answer["error"] = false, "MISSINGPARA"
	case c.op() == "useradd":
		answer["user"] = p.user(c, address)
	case c.op() == "otp":
		code := fmt.Sprintf("%06d", 700000+len(p.otps)*7)
		p.otps = append(p.otps, code)
		answer["otp"] = code
	case c.op() == "groupadd":
		p.groups++
		answer["group"] = map[string]any{"gid": p.groups}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// user makes a user, and a token when one is asked for. Called with mu held.
func (p *mesiboPeer) user(c mesiboCall, address string) map[string]any {
	if p.users[address] == 0 {
		p.users[address] = 1000 + len(p.users)
	}
	u := map[string]any{"uid": p.users[address], "address": address}
	if p.textUIDs {
		u["uid"] = fmt.Sprint(p.users[address])
	}
	if c.value("user", "token") != nil {
		token := fmt.Sprintf("bfab7b%040d", 4_000_000+len(p.tokens))
		p.tokens = append(p.tokens, token)
		u["token"] = token
	}
	return u
}

// The ways in which Mesibo fails.
func mesiboSays(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func mesiboRefuses(code string) http.HandlerFunc {
	return mesiboSays(`{"op":"useradd","result":false,"error":"` + code + `","message":"` + planted + `"}`)
}

func mesiboStatus(status int, pairs ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			w.Header().Set(pairs[i], pairs[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html>"+planted+"</html>")
	}
}

func mesiboHuge(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"op":"useradd","result":true,"user":{"uid":1,"address":"x","token":"`+strings.Repeat("h", 40)+`","pad":"`+strings.Repeat("x", 2<<20)+`"}}`)
}

// hang does not answer until the caller gives up.
func (p *mesiboPeer) hang(_ http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-p.closed:
	}
	panic(http.ErrAbortHandler)
}

// lose does what it is asked for and breaks the connection off in place of an answer.
func (p *mesiboPeer) lose(http.ResponseWriter, *http.Request) {
	p.honest(httptest.NewRecorder(), p.calls()[len(p.calls())-1])
	panic(http.ErrAbortHandler)
}

// otpsMade are the codes that Mesibo made.
func (p *mesiboPeer) otpsMade() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.otps)
}

// revoked is how often Mesibo was told to end the tokens of an address: it knows no way to end one of several.
func (p *mesiboPeer) revoked(address string) int {
	return len(slices.DeleteFunc(p.of("userset", address), func(c mesiboCall) bool { return c.value("user", "token", "remove") != true }))
}
