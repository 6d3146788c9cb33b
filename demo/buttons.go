package demo

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
)

const (
	buttonTimeout = 2 * time.Second // a page waits no longer for its buttons and is then shown without
	buttonLimit   = 16 << 10        // bytes; a button with its token has about 400
	buttonsAtOnce = 8               // requests to the sidecar under way for one page
)

// buttons fetches the "Write" buttons of a page from the sidecar, server to server.
type buttons struct {
	client  *http.Client
	sidecar *url.URL
	siteKey secret.Secret
	logger  *slog.Logger
}

// fetch returns the buttons with which from writes to each of to. A button that cannot be had is missing: a page without
// a chat is still a page.
func (b *buttons) fetch(ctx context.Context, from int64, to []int64) map[int64]template.HTML {
	ctx, cancel := context.WithTimeout(ctx, buttonTimeout)
	defer cancel()
	var (
		mu    sync.Mutex
		wait  sync.WaitGroup
		slots = make(chan struct{}, buttonsAtOnce)
		found = make(map[int64]template.HTML, len(to))
	)
	for _, id := range to {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			html, err := b.one(ctx, from, id)
			if err != nil {
				b.logger.WarnContext(ctx, "button not available", "error", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			found[id] = html
		})
	}
	wait.Wait()
	return found
}

// one fetches one button; it is empty when there is nobody to write to.
func (b *buttons) one(ctx context.Context, from, to int64) (template.HTML, error) {
	target := b.sidecar.JoinPath(basePath, "button")
	target.RawQuery = url.Values{
		"to": {strconv.FormatInt(to, 10)}, "label": {"Write"}, "user_id": {strconv.FormatInt(from, 10)},
	}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
	if err != nil {
		return "", fmt.Errorf("button: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+b.siteKey.Reveal())
	answer, err := b.client.Do(r)
	if err != nil {
		return "", fmt.Errorf("button: %w", bare(err))
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, buttonLimit+1))
	if err != nil {
		return "", fmt.Errorf("button: %w", bare(err))
	}
	switch kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); {
	case answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusNoContent:
		return "", nil
	case answer.StatusCode != http.StatusOK:
		return "", fmt.Errorf("button: the sidecar answered %d", answer.StatusCode)
	case len(body) > buttonLimit:
		return "", fmt.Errorf("button: more than %d bytes", buttonLimit)
	case len(body) > 0 && kind != "text/html":
		return "", fmt.Errorf("button: the sidecar answered %q instead of HTML", kind)
	}
	return template.HTML(body), nil // #nosec G203 -- a fragment the sidecar has escaped, pasted as a site owner would
}
