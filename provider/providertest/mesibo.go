package providertest

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"
)

// Mesibo is a pretended server of Mesibo: the operations of its backend API that Chatpass uses (reference A8). Its zero value is no use.
type Mesibo struct {
	AppToken string
	Texts    bool // uid and gid are texts, as older servers write them; else numbers
	Several  bool // a new token leaves those of the same user and app alone; else it ends them
	Now      func() time.Time

	*stage

	users  map[string]*mesiboUser // by address
	groups map[int64]*mesiboGroup
	last   int64
	breach bool
}

type mesiboUser struct {
	uid    int64
	name   string
	active bool
	otp    string
	tokens map[string]mesiboToken // by their text
}

type mesiboToken struct {
	app  string
	ends time.Time
}

type mesiboGroup struct {
	name    string
	members map[string]bool // by address; true for an administrator
}

// NewMesibo returns a pretended server without users.
func NewMesibo(appToken string) *Mesibo {
	return &Mesibo{AppToken: appToken, Now: time.Now, stage: newStage(), users: map[string]*mesiboUser{}, groups: map[int64]*mesiboGroup{}, last: 499}
}

// Serve listens on loopback until the test ends, and returns the address of the API.
func (m *Mesibo) Serve(tb testing.TB) string {
	tb.Helper()
	return m.listen(tb, m) + "/backend/"
}

// ServeTLS listens with a certificate that nobody trusts.
func (m *Mesibo) ServeTLS(tb testing.TB) string {
	tb.Helper()
	return m.listenTLS(tb, m) + "/backend/"
}

// Transport calls the pretended server without a network.
func (m *Mesibo) Transport() http.RoundTripper { return inside{m} }

// Refuse answers with an error of the API.
func Refuse(code string) Behaviour {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		reply(w, map[string]any{"op": "useradd", "result": false, "error": code, "message": Planted})
		return true
	}
}

// Breach has the application disabled, as after calls from too many addresses, or enabled again.
func (m *Mesibo) Breach(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.breach = on
}

// Change changes fields while it serves.
func (m *Mesibo) Change(change func(m *Mesibo)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

// Give makes a token of a user, as another program with the same app token does.
func (m *Mesibo) Give(address, app string, life time.Duration) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	text := "fake-mesibo-token-" + rand.Text()
	m.account(address).tokens[text] = mesiboToken{app, m.Now().Add(life)}
	return text
}

// Token tells whose token it is and of which app; false for one that does not count.
func (m *Mesibo) Token(text string) (address, app string, good bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for address, u := range m.users {
		if t, known := u.tokens[text]; known && u.active && m.Now().Before(t.ends) {
			return address, t.app, true
		}
	}
	return "", "", false
}

// Expiry is how long a token counts.
func (m *Mesibo) Expiry(text string) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range m.users {
		if t, known := u.tokens[text]; known {
			return t.ends.Sub(m.Now())
		}
	}
	return 0
}

// User tells of a user; false if there is none.
func (m *Mesibo) User(address string) (name string, active, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.users[address]
	if u == nil {
		return "", false, false
	}
	return u.name, u.active, true
}

// OTP is the code that a user has to know; empty for none.
func (m *Mesibo) OTP(address string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if u := m.users[address]; u != nil {
		return u.otp
	}
	return ""
}

// Group tells the addresses of a group's members, in order.
func (m *Mesibo) Group(gid int64) (name string, members []string, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g := m.groups[gid]
	if g == nil {
		return "", nil, false
	}
	for address := range g.members {
		members = append(members, address)
	}
	slices.Sort(members)
	return g.name, members, true
}

// Operations are the operations of requests, in order.
func Operations(requests []Request) (list []string) {
	for _, r := range requests {
		var in struct {
			Op string `json:"op"`
		}
		_ = json.Unmarshal([]byte(r.Body), &in) // what is no JSON has no operation
		list = append(list, in.Op)
	}
	return list
}
