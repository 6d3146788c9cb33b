package blackbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chatpass/chatpass/provider/providertest"
)

// mesiboCall is a call as the pretended Mesibo got it.
type mesiboCall struct {
	method, target string
	header         http.Header
	body           map[string]any
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

// mesiboPeer is a pretended Mesibo that records what it is asked, and misbehaves as it is told.
type mesiboPeer struct {
	*providertest.Mesibo

	mu     sync.Mutex
	came   []mesiboCall
	script []http.HandlerFunc // answer the next calls, one each
	always http.HandlerFunc   // answers all others; nil: the peer is honest
	closed chan struct{}
}

func newMesiboPeer() *mesiboPeer {
	return &mesiboPeer{Mesibo: providertest.NewMesibo(mesiboToken), closed: make(chan struct{})}
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

func (p *mesiboPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	r.Body = io.NopCloser(bytes.NewReader(text)) // for the honest one
	c := mesiboCall{method: r.Method, target: r.RequestURI, header: r.Header.Clone()}
	d := json.NewDecoder(bytes.NewReader(text))
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
		h = p.Mesibo.ServeHTTP
	}
	h(w, r)
}

// The ways in which Mesibo fails.
func mesiboSays(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func mesiboRefuses(code string) http.HandlerFunc {
	return mesiboSays(`{"op":"useradd","result":false,"error":"` + code + `","message":"` + providertest.Planted + `"}`)
}

func mesiboStatus(status int, pairs ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			w.Header().Set(pairs[i], pairs[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html>"+providertest.Planted+"</html>")
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
func (p *mesiboPeer) lose(_ http.ResponseWriter, r *http.Request) {
	p.Mesibo.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// is reports whether a token counts, for a user of the site and an app.
func (p *mesiboPeer) is(token string, id int, app string) bool {
	address, of, good := p.Token(token)
	return good && address == phoneOf(id) && of == app
}

// revoked is how often Mesibo was told to end the tokens of an address: it knows no way to end one of several.
func (p *mesiboPeer) revoked(address string) int {
	return len(slices.DeleteFunc(p.of("userset", address), func(c mesiboCall) bool { return c.value("user", "token", "remove") != true }))
}
