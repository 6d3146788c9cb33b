package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

// callback plays the provider: users-info without and with credentials against the real routes, in memory.
func (r *report) callback(ctx context.Context, s *site, id userinfo.ID) {
	if s.info == nil {
		r.warn("provider", "none is set: serve will refuse to start", "set CHATPASS_IMBACHAT_WIDGET_ID and the other credentials of its form")
		return
	}
	server, answers, err := s.server(slog.New(slog.DiscardHandler), nil, true, handlers.NewMetrics(version, revision()))
	if err != nil {
		r.fail("users-info", err.Error(), "")
		return
	}
	defer answers.Close()
	const report = "this is a fault of Chatpass; please report it"
	ask := func(set func(*http.Request)) *memoryWriter {
		w := &memoryWriter{header: http.Header{}}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.cfg.BasePath+"/users?user_ids="+url.QueryEscape(string(id)), nil)
		if err != nil {
			return w // status 0, which no answer has
		}
		set(req)
		server.Public().ServeHTTP(w, req)
		return w
	}
	if w := ask(func(*http.Request) {}); w.status != http.StatusUnauthorized {
		r.fail("users-info", fmt.Sprintf("answered %d without credentials", w.status), report)
		return
	}
	r.ok("users-info", "refuses calls without credentials")
	for _, section := range s.cfg.Sections {
		c, ok := section.(*imbachat.Config)
		if !ok {
			continue
		}
		w := ask(func(req *http.Request) { req.SetBasicAuth(c.APILogin, c.APIPassword.Reveal()) })
		var users []json.RawMessage
		if err := json.Unmarshal(w.body.Bytes(), &users); w.status != http.StatusOK || err != nil {
			r.fail("users-info", fmt.Sprintf("answered %d with the provider's credentials", w.status), "see the findings above")
			return
		}
		r.ok("users-info", "answers %s's call with %d of 1 user", c.Name(), len(users))
	}
}

// memoryWriter is an http.ResponseWriter that keeps an answer.
type memoryWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *memoryWriter) Header() http.Header { return w.header }

func (w *memoryWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *memoryWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// running asks a running sidecar when the provider last called, for "it shows nothing".
func (r *report) running(ctx context.Context, cfg *config.Config) {
	body, status, err := askOwn(ctx, cfg.AdminListen, "/status")
	if err != nil || status != http.StatusOK {
		r.warn("running", fmt.Sprintf("no sidecar answers on CHATPASS_ADMIN_LISTEN %s", cfg.AdminListen), "start chatpass serve to see whether the provider calls")
		return
	}
	var st handlers.Status
	if err := json.Unmarshal(body, &st); err != nil {
		r.warn("running", "what answers on CHATPASS_ADMIN_LISTEN is no Chatpass", "give CHATPASS_ADMIN_LISTEN an address of its own")
		return
	}
	switch st.Status {
	case "ready":
		r.ok("running", "the sidecar is ready, version %s", setting.Clip(st.Version))
	case "degraded":
		r.warn("running", "the sidecar answers from memory: "+setting.Clip(st.Reason), "bring the database back")
	case "unready":
		r.fail("running", "the sidecar is not ready: "+setting.Clip(st.Reason), "see the findings above, and its log")
	default:
		r.warn("running", "what answers on CHATPASS_ADMIN_LISTEN is no Chatpass", "give CHATPASS_ADMIN_LISTEN an address of its own")
		return
	}
	r.calls(st.ProviderCalls)
}

// calls tells how the provider last called, newest first.
func (r *report) calls(calls []handlers.Call) {
	if len(calls) == 0 {
		r.warn("provider calls", "the provider has not called since the sidecar started", "paste the Users info URL into the provider's form, and make sure it can be reached from outside")
		return
	}
	last := calls[0]
	text := fmt.Sprintf("last %s ago on %s, answered %d; %d calls, %d of them refused or failed",
		time.Since(last.Last).Round(time.Second), setting.Clip(last.Route), last.Status, last.Total, last.Failed)
	switch last.Status {
	case http.StatusOK:
		r.ok("provider calls", "%s", text)
	case http.StatusUnauthorized:
		r.fail("provider calls", text, "compare API login and password with the provider's form; a proxy may also drop the Authorization header")
	default:
		r.warn("provider calls", text, "see the log of the sidecar")
	}
}
