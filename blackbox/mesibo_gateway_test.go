package blackbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// gateway is a pretended gateway of text messages.
type gateway struct {
	url string

	mu      sync.Mutex
	sent    []message
	other   []string // codes that came another way
	changed chan struct{}
}

// message is what a gateway is asked to send.
type message struct {
	To, Text, Code string
}

func newGateway(t testing.TB) *gateway {
	t.Helper()
	g := &gateway{changed: make(chan struct{})}
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	g.url = s.URL + "/sms"
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m message
	err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&m)
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		http.Error(w, "no message", http.StatusBadRequest)
		m.Text = fmt.Sprintf("not a message: %v %s", err, r.Method)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sent = append(g.sent, m)
	close(g.changed)
	g.changed = make(chan struct{})
}

// to is the messages to a phone.
func (g *gateway) to(phone string) (found []message, changed chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.sent {
		if m.To == phone {
			found = append(found, m)
		}
	}
	return found, g.changed
}

func (g *gateway) count(phone string) int {
	found, _ := g.to(phone)
	return len(found)
}

// all is how many messages came.
func (g *gateway) all() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.sent)
}

// await waits for the message to a phone behind the first before, and returns its code.
func (g *gateway) await(t testing.TB, phone string, before int) string {
	t.Helper()
	end := time.NewTimer(runLimit)
	defer end.Stop()
	for {
		found, changed := g.to(phone)
		if len(found) > before {
			m := found[before]
			if len(m.Code) != 6 || strings.Trim(m.Code, "0123456789") != "" || !strings.Contains(m.Text, m.Code) {
				t.Fatalf("M06: the message is %+v", m)
			}
			return m.Code
		}
		select {
		case <-changed:
		case <-end.C:
			t.Fatalf("waited %s for a code to %s", runLimit, phone)
		}
	}
}

// remember adds a code that was shown elsewhere to those that nothing may hold.
func (g *gateway) remember(code string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.other = append(g.other, code)
}

func (g *gateway) codes() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := slices.Clone(g.other)
	for _, m := range g.sent {
		if m.Code != "" {
			all = append(all, m.Code)
		}
	}
	return all
}
