package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
)

const (
	profileTTL       = 5 * time.Second // how long a name is believed: short, so that a change is seen at once in a demo
	maxProfiles      = 5000            // entries kept; beyond that the cache starts anew
	usersInfoTimeout = 3 * time.Second
	usersInfoLimit   = 1 << 20 // bytes of one answer: 100 users at 10 KiB
	usersInfoBatch   = 100     // ids of one call, a fifth of what the sidecar takes
)

// profile is what the provider shows about a user.
type profile struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Avatar string `json:"avatar,omitempty"`
	URL    string `json:"url,omitempty"`
	Badge  string `json:"badge,omitempty"`
}

// directory asks the site who users are, as the provider does: GET users-info with Basic auth, a few ids at a time.
type directory struct {
	client   *http.Client
	address  string // of users-info, public
	password secret.Secret
	now      func() time.Time
	logger   *slog.Logger

	mu    sync.Mutex
	cache map[string]cachedProfile
}

type cachedProfile struct {
	profile profile
	known   bool // false: the site left this id out
	until   time.Time
}

// profiles returns the users among ids that the site knows. On an error it returns what it still remembers, however old.
func (d *directory) profiles(ctx context.Context, ids ...string) (map[string]profile, error) {
	found := make(map[string]profile, len(ids))
	missing := d.cached(ids, found)
	for len(missing) > 0 {
		batch := missing[:min(len(missing), usersInfoBatch)]
		missing = missing[len(batch):]
		users, err := d.ask(ctx, batch)
		if err != nil {
			d.logger.WarnContext(ctx, "users-info failed: names and pictures are missing", "error", err)
			d.remembered(ids, found)
			return found, err
		}
		d.keep(batch, users)
		for id, p := range users {
			found[id] = p
		}
	}
	return found, nil
}

// cached fills found with what is fresh and returns the ids that must be asked for, each once.
func (d *directory) cached(ids []string, found map[string]profile) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var missing []string
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		if c, ok := d.cache[id]; !ok || !c.until.After(d.now()) {
			missing = append(missing, id)
		} else if c.known {
			found[id] = c.profile
		}
	}
	return missing
}

// remembered fills found with what was known before.
func (d *directory) remembered(ids []string, found map[string]profile) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		if c, ok := d.cache[id]; ok && c.known {
			found[id] = c.profile
		}
	}
}

func (d *directory) keep(asked []string, users map[string]profile) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cache == nil || len(d.cache)+len(asked) > maxProfiles {
		d.cache = make(map[string]cachedProfile, len(asked))
	}
	until := d.now().Add(profileTTL)
	for _, id := range asked {
		p, known := users[id]
		d.cache[id] = cachedProfile{profile: p, known: known, until: until}
	}
}

// ask makes one call.
func (d *directory) ask(ctx context.Context, ids []string) (map[string]profile, error) {
	ctx, cancel := context.WithTimeout(ctx, usersInfoTimeout)
	defer cancel()
	escaped := make([]string, len(ids))
	for i, id := range ids {
		escaped[i] = url.QueryEscape(id)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.address+"?user_ids="+strings.Join(escaped, ","), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("users-info: %w", err)
	}
	r.SetBasicAuth(apiLogin, d.password.Reveal())
	answer, err := d.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("users-info: %w", bare(err))
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("users-info: the site answered %s", answer.Status)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, usersInfoLimit+1))
	if err != nil {
		return nil, fmt.Errorf("users-info: %w", bare(err))
	}
	if len(body) > usersInfoLimit {
		return nil, fmt.Errorf("users-info: the answer has more than %d bytes", usersInfoLimit)
	}
	return parseUsersInfo(body, ids)
}

// parseUsersInfo reads an answer of users-info. Ids come as numbers or as text, and a user without a picture may have
// false there; rows nobody asked for and rows without a name are left out.
func parseUsersInfo(body []byte, asked []string) (map[string]profile, error) {
	var rows []struct {
		UserID     json.RawMessage `json:"user_id"`
		Name       *string         `json:"name"`
		AvatarURL  json.RawMessage `json:"avatar_url"`
		ProfileURL string          `json:"profile_url"`
		Badge      string          `json:"badge"`
	}
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, errors.New("users-info: the answer is not a JSON array of users")
	}
	wanted := make(map[string]bool, len(asked))
	for _, id := range asked {
		wanted[id] = true
	}
	users := make(map[string]profile, len(rows))
	for _, row := range rows {
		id := plainJSON(row.UserID)
		if row.Name == nil || *row.Name == "" || !wanted[id] {
			continue
		}
		users[id] = profile{
			ID: id, Name: *row.Name, Badge: row.Badge,
			Avatar: webAddress(plainJSON(row.AvatarURL)), URL: webAddress(row.ProfileURL),
		}
	}
	return users, nil
}

// plainJSON is the text of a JSON string, or a JSON number as it stands.
func plainJSON(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}

// webAddress returns s if it is an absolute http or https address, else nothing: a javascript: link must not get into a chat.
func webAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return s
}

// bare is the cause of a client error without the address, which holds user ids.
func bare(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
