package mesibo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

const deskApp = "com.example.messenger"

// desk is the private backend of the first generation with a pretended Mesibo behind it, a pretended site around it, and a real store.
type desk struct {
	provider *mesibo.Provider
	store    *store.Store
	routes   []provider.Route
	files    string // folder

	mu      sync.Mutex
	now     time.Time
	members map[userinfo.ID]userinfo.User // of the site
	down    error                         // of the site's database
	looks   int                           // look-ups of the site's users
	log     bytes.Buffer
	peer    *groupPeer
}

// groupPeer is Mesibo as far as groups go.
type groupPeer struct {
	mu     sync.Mutex
	gid    int
	fails  bool
	asText bool // numbers as text
	calls  []map[string]any
}

func (g *groupPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var call map[string]any
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil || r.URL.RawQuery != "" {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	g.calls = append(g.calls, call)
	if g.fails {
		_, _ = io.WriteString(w, `{"result":false,"error":"SOMETHING"}`)
		return
	}
	g.gid++
	gid := strconv.Itoa(499 + g.gid)
	if g.asText {
		gid = `"` + gid + `"`
	}
	_, _ = io.WriteString(w, `{"result":true,"group":{"gid":`+gid+`}}`)
}

// taken returns the calls since the last time.
func (g *groupPeer) taken() []map[string]any {
	g.mu.Lock()
	defer g.mu.Unlock()
	calls := g.calls
	g.calls = nil
	for _, c := range calls {
		delete(c, "token")
	}
	return calls
}

func (g *groupPeer) fail(fails bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fails = fails
}

// keeper is the store of the provider's seam, and the store itself.
type deskKeeper struct {
	*providertest.Memory

	store *store.Store
}

func (k deskKeeper) Open(context.Context) (*store.Store, error) { return k.store, nil }

// Write keeps what was logged.
func (d *desk) Write(text []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.Write(text)
}

func (d *desk) logged() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.String()
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// pass lets time go by.
func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func (d *desk) users(_ context.Context, ids ...userinfo.ID) ([]userinfo.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks++
	if len(ids) > 500 {
		return nil, fmt.Errorf("%d ids are too many", len(ids))
	}
	if d.down != nil {
		return nil, d.down
	}
	var found []userinfo.User
	for _, id := range ids {
		if u, ok := d.members[id]; ok {
			found = append(found, u)
		}
	}
	return found, nil
}

// newDesk returns a backend with settings that change makes other than usual.
func newDesk(t testing.TB, url string, change func(c *mesibo.Config, d *provider.Deps)) *desk {
	t.Helper()
	d := &desk{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), members: map[userinfo.ID]userinfo.User{}, peer: &groupPeer{}, files: filepath.Join(t.TempDir(), "files")}
	if url == "" {
		url = "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	}
	var err error
	d.store, err = store.Open(t.Context(), store.Options{URL: secret.New(url), Now: d.clock, Keys: store.Keys{Key: secret.New("store-key-of-the-tests-0123456789-abcdef")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.store.Close() })
	server := httptest.NewServer(d.peer)
	t.Cleanup(server.Close)
	c := &mesibo.Config{
		AppToken: secret.New("canary-app-token-0123456789abcdef"), AppIDs: []string{deskApp}, BaseURL: server.URL, Legacy: "v1,v2", LegacyPaths: []string{"/messenger/api.php"},
		Address: "phone", OTP: "local", OTPDelivery: secret.New("linkcode"), Signup: "off", Privacy: "open", Files: d.files, UsersPhone: "{phone}",
	}
	deps := provider.Deps{
		Now: d.clock, KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, BasePath: "/chat", Origins: []string{"https://site.example"},
		Logger: slog.New(slog.NewJSONHandler(d, nil)), Users: d.users, Store: deskKeeper{providertest.NewMemory(d.clock), d.store},
	}
	if change != nil {
		change(c, &deps)
	}
	p, err := c.Open(deps)
	if err != nil {
		t.Fatal(err)
	}
	d.provider = p.(*mesibo.Provider)
	t.Cleanup(func() { _ = d.provider.Close() })
	d.routes = d.provider.Routes()
	return d
}

func deskPhone(n int) string { return strconv.Itoa(919876500000 + n) }

// site sets a user of the site.
func (d *desk) site(n int, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := userinfo.ID(strconv.Itoa(n))
	d.members[id] = userinfo.User{ID: id, Name: name, Private: map[string]string{"phone": "+" + deskPhone(n)}}
}

// join has a user sign in, and returns their token.
func (d *desk) join(t testing.TB, n int, name string) string {
	t.Helper()
	d.site(n, name)
	u, err := d.store.KeepMesiboUser(t.Context(), store.MesiboUser{
		SiteUser: strconv.Itoa(n), Address: deskPhone(n), Phone: deskPhone(n), SiteName: name, CC: "91", Changed: d.clock().Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	token := fmt.Sprintf("token-of-user-%06d-%s", n, "0123456789")
	err = d.store.PutMesiboToken(t.Context(), store.MesiboToken{User: u.ID, App: deskApp, Address: u.Address, ExpiresAt: d.clock().Add(365 * 24 * time.Hour)}, secret.New(token))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// row is a user in the store.
func (d *desk) row(t testing.TB, n int) store.MesiboUser {
	t.Helper()
	u, err := d.store.MesiboUser(t.Context(), strconv.Itoa(n))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// values makes parameters of "key=value" texts.
func values(pairs ...string) url.Values {
	v := url.Values{}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		v.Set(key, value)
	}
	return v
}

// serve asks the route of a request as the router would.
func (d *desk) serve(r *http.Request) (*httptest.ResponseRecorder, error) {
	w := httptest.NewRecorder()
	i := slices.IndexFunc(d.routes, func(route provider.Route) bool {
		if route.Method != r.Method && !(route.Method == http.MethodGet && r.Method == http.MethodHead) {
			return false
		}
		if route.Root {
			return route.Path == r.URL.Path
		}
		where := "/chat" + route.Path
		return where == r.URL.Path || strings.HasSuffix(where, "/:name") && path.Dir(where) == path.Dir(r.URL.Path)
	})
	if i < 0 {
		return w, fmt.Errorf("no route for %s %s", r.Method, r.URL.Path)
	}
	return w, d.routes[i].Serve(w, r, &provider.Visitor{Address: "192.0.2.1"})
}

// ask asks the private backend and returns the answer.
func (d *desk) ask(t testing.TB, token, op string, pairs ...string) map[string]any {
	t.Helper()
	v := values(pairs...)
	v.Set("op", op)
	v.Set("token", token)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://site.example/messenger/api.php", strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.answer(t, r)
}

// send asks with a file.
func (d *desk) send(t testing.TB, token, op, field, filename string, data []byte, pairs ...string) map[string]any {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	v := values(pairs...)
	v.Set("op", op)
	v.Set("token", token)
	for _, key := range slices.Sorted(maps.Keys(v)) {
		_ = form.WriteField(key, v.Get(key))
	}
	part, err := form.CreateFormFile(field, filename)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(data)
	_ = form.Close()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://site.example/messenger/api.php", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return d.answer(t, r)
}

func (d *desk) answer(t testing.TB, r *http.Request) map[string]any {
	t.Helper()
	w, err := d.serve(r)
	if err != nil {
		t.Errorf("%s: %v", r.URL.Path, err)
		return nil
	}
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Errorf("answer %d %q: %v", w.Code, w.Body, err)
	}
	for key, times := range topLevel(w.Body.Bytes()) {
		if times > 1 {
			t.Errorf("the key %s is there %d times: %s", key, times, w.Body)
		}
	}
	return got
}

// topLevel counts the keys of a JSON object.
func topLevel(text []byte) map[string]int {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		return nil // it is told already
	}
	keys := map[string]int{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil
		}
		keys[key.(string)]++
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return nil
		}
	}
	return keys
}

// ok is ask for what must be answered with OK.
func (d *desk) ok(t testing.TB, token, op string, pairs ...string) map[string]any {
	t.Helper()
	got := d.ask(t, token, op, pairs...)
	if got["result"] != "OK" {
		t.Fatalf("%s %v: %v\n%s", op, pairs, got, d.logged())
	}
	return got
}

// refused checks that an answer is a refusal with a code.
func refusedWith(t testing.TB, got map[string]any, code string) {
	t.Helper()
	if got["result"] != "FAIL" || got["error"] != code {
		t.Errorf("got %v, want %s", got, code)
	}
}

// phones are those of the users of an answer, and "gid " and the number of the groups.
func contactsOf(t testing.TB, got map[string]any) (list []string) {
	t.Helper()
	contacts, is := got["contacts"].([]any)
	if !is {
		t.Fatalf("no contacts: %v", got)
	}
	for _, c := range contacts {
		entry := c.(map[string]any)
		for _, key := range []string{"phone", "gid", "ts", "name", "status", "photo"} {
			if _, text := entry[key].(string); !text {
				t.Errorf("%s is no text: %v", key, entry)
			}
		}
		if entry["gid"] != "0" {
			list = append(list, "gid "+entry["gid"].(string))
		} else {
			list = append(list, entry["phone"].(string))
		}
	}
	return list
}

// maxTS is the highest time of an answer's contacts, which a client asks behind.
func maxTS(t testing.TB, got map[string]any) string {
	t.Helper()
	most := 0
	for _, c := range got["contacts"].([]any) {
		ts, err := strconv.Atoi(c.(map[string]any)["ts"].(string))
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, ts)
	}
	return strconv.Itoa(most)
}
