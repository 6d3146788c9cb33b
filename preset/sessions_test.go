package preset_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// sessionsFile is sessions.json of a folder of evidence: visits, and who each is. Rows it needs beside the seed stand in sessions.sql.
type sessionsFile struct {
	Secrets map[string]string `json:"secrets"`
	Now     int64             `json:"now"`
	IP      string            `json:"ip"`
	UA      string            `json:"ua"`
	Host    string            `json:"host"`
	Visits  []visitCase       `json:"visits"`
}

// visitCase is a visit. Want is an id, or none, rejected, conflict, or hidden: a user whom nobody is shown.
type visitCase struct {
	Name    string            `json:"name"`
	Cookie  string            `json:"cookie"`
	IP      string            `json:"ip"`
	UA      string            `json:"ua"`
	Now     int64             `json:"now"`
	Secrets map[string]string `json:"secrets"` // instead of the file's
	Ends    int64             `json:"ends"`    // unix seconds; 0 is not checked
	Files   map[string]string `json:"files"`   // session files by name, changed a minute before the file's now
	Life    int64             `json:"life"`    // CHATPASS_SESSION_LIFETIME in seconds
	Loose   bool              `json:"loose"`   // some bytes of the cookies prove nothing and may be changed
	Want    string            `json:"want"`
}

// siteOf is a site with the sessions of a folder.
type siteOf struct {
	file      sessionsFile
	db        *sitedb.DB
	mapping   *userinfo.Mapping
	directory *userinfo.Directory
	recipes   []session.Recipe
	asked     int
	twins     map[*session.Resolver]*session.Resolver // of a resolver that reads users with their sessions, one that does not
	together  int                                     // users who were read with their session
}

func sessionSite(t *testing.T, f evidence.Folder, engine string) *siteOf {
	t.Helper()
	s := &siteOf{twins: map[*session.Resolver]*session.Resolver{}}
	if err := json.Unmarshal(f.Read(t, "sessions.json"), &s.file); err != nil {
		t.Fatal(err)
	}
	var more []string
	if _, err := os.Stat(filepath.Join(f.Path, "sessions.sql")); err == nil {
		more = append(more, "sessions.sql")
	}
	known, faults := preset.Open(f.Preset)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	s.recipes = known.Session
	s.mapping, faults = userinfo.NewMapping(&known.Users, userinfo.Settings{SiteURL: f.SiteURL, Timezone: f.Timezone, Prefix: f.Prefix})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var err error
	url := f.Load(t, engine, f.Prefix, engine == known.Databases[0], more...)
	if s.db, err = sitedb.Open(sitedb.Options{URL: secret.New(url), QueryTimeout: 20 * time.Second}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.db.Close() })
	if s.directory, err = userinfo.NewDirectory(s.mapping, s.db, userinfo.Options{QueryTimeout: 20 * time.Second, Visitor: []string{"name"}}); err != nil {
		t.Fatal(err)
	}
	if faults, err := s.directory.Bind(t.Context()); err != nil {
		t.Fatal(err, faults)
	}
	return s
}

// resolver is the resolver for a visit.
func (s *siteOf) resolver(t *testing.T, v visitCase) *session.Resolver {
	t.Helper()
	if v.Secrets == nil {
		v.Secrets = s.file.Secrets
	}
	ip, now := first(v.IP, s.file.IP), v.Now
	if now == 0 {
		now = s.file.Now
	}
	secrets := map[string]secret.Secret{}
	for name, value := range v.Secrets {
		secrets[name] = secret.New(value)
	}
	o := session.Options{
		Source: s.db, Secrets: secrets, KeyKind: s.directory.KeyKind, Now: func() time.Time { return time.Unix(now, 0) },
		ClientIP: func(*http.Request) string { return ip }, Vars: s.mapping.Vars(), Lifetime: time.Duration(v.Life) * time.Second,
	}
	if len(v.Files) > 0 {
		o.Files = s.folder(t, v.Files)
	}
	twin, faults := session.New(s.recipes, o)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	o.Visitors = s.directory.Reading
	r, faults := session.New(s.recipes, o)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	s.twins[r] = twin
	return r
}

// folder writes session files.
func (s *siteOf) folder(t *testing.T, files map[string]string) string {
	t.Helper()
	folder, changed := t.TempDir(), time.Unix(s.file.Now-60, 0)
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, changed, changed); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func first(list ...string) string {
	for _, text := range list {
		if text != "" {
			return text
		}
	}
	return ""
}

// Of thousands of changed bytes some are asked twice, all of them at night: each is a look-up.
const (
	sampled = 60
	every   = 5
)

// who is what comes of a visit, and when it ends. It is the same whether the user is read with the session or by a question of its own.
func (s *siteOf) who(t *testing.T, r *session.Resolver, v visitCase, cookie string) (string, int64) {
	t.Helper()
	got, ends := s.whoBy(t, r, v, cookie)
	s.asked++
	if twin := s.twins[r]; twin != nil && (s.asked <= sampled || s.asked%every == 0 || os.Getenv("CHATPASS_NIGHTLY") == "1") {
		if alone, until := s.whoBy(t, twin, v, cookie); alone != got || until != ends {
			t.Errorf("%s: %.200q gives %s until %d with the user's row, and %s until %d without", v.Name, cookie, got, ends, alone, until)
		}
	}
	return got, ends
}

// whoBy asks one resolver.
func (s *siteOf) whoBy(t *testing.T, r *session.Resolver, v visitCase, cookie string) (string, int64) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.com/chat/identity", nil)
	req.Header["Cookie"] = []string{cookie}
	req.Header.Set("User-Agent", first(v.UA, s.file.UA))
	req.Host = first(s.file.Host, "example.com")
	id, err := r.Resolve(t.Context(), req)
	switch {
	case errors.Is(err, identity.ErrNoCredential):
		return "none", 0
	case errors.Is(err, identity.ErrConflict):
		return "conflict", 0
	case errors.Is(err, identity.ErrRejected):
		return "rejected", 0
	case err != nil:
		t.Fatalf("%s: %v", v.Name, err)
	}
	users, err := s.directory.ByID(t.Context(), id.UserID)
	if err != nil {
		t.Fatal(err)
	}
	u, known, err := s.directory.Visitor(t.Context(), id.UserID, id.Seen)
	if err != nil {
		t.Fatal(err)
	}
	if known != (len(users) == 1) || known && (u.ID != users[0].ID || u.Name != users[0].Name) {
		t.Errorf("%s: as a visitor %s is %q (%t), to everybody %d users", v.Name, id.UserID, u.Name, known, len(users))
	}
	if id.Seen != nil {
		s.together++
	}
	if len(users) == 0 {
		return "hidden", 0
	}
	if id.ExpiresAt.IsZero() {
		return string(id.UserID), 0
	}
	return string(id.UserID), id.ExpiresAt.Unix()
}

// TestSessionsOfPlatforms visits sites with cookies made with throw-away keys, and with each of their bytes changed.
func TestSessionsOfPlatforms(t *testing.T) {
	proven := map[string]bool{}
	for _, f := range evidence.Folders(t, evidenceRoot) {
		if _, err := os.Stat(filepath.Join(f.Path, "sessions.json")); err != nil {
			continue
		}
		proven[f.Preset] = true
		known, faults := preset.Open(f.Preset)
		if len(faults) > 0 {
			t.Errorf("%s: %v", f.Name, faults)
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			s := sessionSite(t, f, known.Databases[0])
			users := 0
			for _, v := range s.file.Visits {
				t.Run(v.Name, func(t *testing.T) { s.visit(t, v) })
				if v.Want[0] >= '0' && v.Want[0] <= '9' {
					users++
				}
			}
			if users == 0 || len(s.file.Visits) < 4 {
				t.Errorf("%d visits, of which %d are of users, prove too little", len(s.file.Visits), users)
			}
		})
	}
	for _, f := range preset.All() {
		if len(f.Session) > 0 && !proven[f.Name] {
			t.Errorf("preset %s reads sessions, of which there is no evidence", f.Name)
		}
	}
}

func (s *siteOf) visit(t *testing.T, v visitCase) {
	t.Helper()
	r := s.resolver(t, v)
	got, ends := s.who(t, r, v, v.Cookie)
	if got != v.Want || v.Ends != 0 && ends != v.Ends {
		t.Errorf("%s until %d, want %s until %d", got, ends, v.Want, v.Ends)
	}
	if got != v.Want || got[0] < '0' || got[0] > '9' {
		return
	}
	const most = 40 // bytes to change in the middle of a long cookie; its ends are changed byte for byte
	for i := range len(v.Cookie) {
		if i > most && i < len(v.Cookie)-most && i%7 != 0 && len(v.Cookie) > 400 {
			continue
		}
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			changed := []byte(v.Cookie)
			changed[i] ^= flip
			other, _ := s.who(t, r, v, string(changed))
			switch {
			case other != got && other != "rejected" && other != "none":
				t.Errorf("byte %d (%q) changed to %q names %s", i, v.Cookie[i], changed[i], other)
			case other == got && flip == 0x01 && !v.Loose && inValue(v.Cookie, i): // of names often only a part is asked for
				t.Errorf("byte %d (%q) may be changed to %q", i, v.Cookie[i], changed[i])
			}
		}
	}
	for i := range len(v.Cookie) - 1 { // cut off
		if other, _ := s.who(t, r, v, v.Cookie[:i]); other == got && !v.Loose && inValue(v.Cookie, i) || other != got && other != "rejected" && other != "none" {
			t.Errorf("the first %d bytes name %s", i, other)
		}
		if len(v.Cookie) > 400 && i > most {
			break
		}
	}
	if other, _ := s.who(t, r, v, v.Cookie+"; "+v.Cookie); other != got {
		t.Errorf("the same cookies twice give %s", other)
	}
}

// inValue tells whether the byte at place i is of the value of a cookie.
func inValue(header string, i int) bool {
	begin := strings.LastIndexByte(header[:i], ';') + 1
	return strings.IndexByte(header[begin:i], '=') >= 0
}
