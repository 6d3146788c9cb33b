package demo

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
)

// widgetPath is below which ImbaChat serves the files of a widget; the last part of the script's path is "widget".
const widgetPath = "/imbachat/v1/" + widgetID

// keyFloor is the least length of a signing key in bytes, as the sidecar demands for ImbaChat.
const keyFloor = 16

var (
	//go:embed widget/widget.js
	widgetScript string
	//go:embed widget/widget.css
	widgetStyle string
)

// provider is the pretend chat provider: the widget's script, its connections and its memory of what was said.
type provider struct {
	world    world
	hub      *hub
	users    *directory
	verifier *jwt.Verifier
	logger   *slog.Logger
	script   []byte
	etag     string

	lifetime context.Context // ends all connections, which outlive the HTTP server's own stop
	stop     context.CancelFunc
	sockets  sync.WaitGroup
	idle     func() // closes what the client keeps open
}

// newProvider returns a provider for the world's one widget.
func newProvider(w world, logger *slog.Logger) (*provider, error) {
	verifier, err := jwt.NewVerifier([]secret.Secret{w.signingKey}, keyFloor, w.now)
	if err != nil {
		return nil, fmt.Errorf("pretend provider: %w", err)
	}
	script, err := buildWidget()
	if err != nil {
		return nil, fmt.Errorf("pretend provider: %w", err)
	}
	sum := sha256.Sum256(script)
	client, idle := newClient()
	lifetime, stop := context.WithCancel(context.Background())
	return &provider{
		world: w, hub: newHub(w.now), verifier: verifier, logger: logger,
		users: &directory{
			client: client, address: w.base() + "/users", password: w.apiPassword, now: w.now, logger: logger,
		},
		script: script, etag: `"` + hex.EncodeToString(sum[:8]) + `"`,
		lifetime: lifetime, stop: stop, idle: idle,
	}, nil
}

// buildWidget puts the style sheet into the script: as one file it needs no further permission of the page's policy.
func buildWidget() ([]byte, error) {
	style, err := json.Marshal(widgetStyle)
	if err != nil {
		return nil, err
	}
	const place = `'WIDGET_STYLE'`
	if strings.Count(widgetScript, place) != 1 {
		return nil, fmt.Errorf("widget script without its one place %s", place)
	}
	return []byte(strings.Replace(widgetScript, place, string(style), 1)), nil
}

// close ends all connections and waits for them.
func (p *provider) close() {
	p.stop()
	p.sockets.Wait()
	p.idle()
}

func (p *provider) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+widgetPath+"/widget", p.widget)
	mux.HandleFunc("GET "+widgetPath+"/socket", p.socket)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = fmt.Fprintf(w, "This is the pretend chat provider of the Chatpass demo. The pretend site is at %s/\n", p.world.site)
	})
	return onlyHost(p.world.provider, false, mux)
}

// widget serves the script; any page may include it, as with a real provider.
func (p *provider) widget(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", p.etag)
	if r.Header.Get("If-None-Match") == p.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(p.script)
}
