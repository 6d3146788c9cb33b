package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/userinfo"
)

// health remembers for a second whether the database answers, so that probes cannot load it.
type health struct {
	ask  func(context.Context) error
	kind func() userinfo.KeyKind // known once the users table was seen
	now  func() time.Time
	mu   sync.Mutex
	at   time.Time
	err  error
}

const healthPause = time.Second

func newHealth(ask func(context.Context) error, kind func() userinfo.KeyKind, now func() time.Time) *health {
	return &health{ask: ask, kind: kind, now: now}
}

// state is ready, degraded (the database is away, what is in memory is still answered) or unready, and why.
func (h *health) state(ctx context.Context) (state, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := h.now(); h.at.IsZero() || now.Sub(h.at) >= healthPause || now.Before(h.at) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthPause)
		h.err = h.ask(ctx)
		cancel()
		h.at = h.now()
	}
	switch {
	case h.err == nil:
		return "ready", ""
	case errors.Is(h.err, userinfo.ErrMapping):
		return "unready", "mapping_broken"
	case h.kind() != userinfo.KeyUnknown:
		return "degraded", "database_down"
	default:
		return "unready", "database_down"
	}
}

func (s *Server) healthz(c *gin.Context) error {
	c.Writer.Header()["Cache-Control"] = noStore
	send(c, http.StatusOK, textType, []byte("ok"))
	return nil
}

// readyz tells whether to send requests here. The reason is for the operator and stands on the admin listener only.
func (s *Server) readyz(reasons bool) handler {
	return func(c *gin.Context) error {
		state, reason := s.state(c.Request.Context())
		if s.draining.Load() {
			state, reason = "unready", "stopping"
		}
		answer := map[string]string{"status": state}
		if reasons && reason != "" {
			answer["reason"] = reason
		}
		body, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		code := http.StatusOK
		if state == "unready" {
			code = http.StatusServiceUnavailable
		}
		c.Writer.Header()["Cache-Control"] = noStore
		send(c, code, jsonType, body)
		return nil
	}
}
