package providertest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
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

// mesiboInput is what the bodies of requests hold.
type mesiboInput struct {
	Op    string `json:"op"`
	Token string `json:"token"`
	User  struct {
		UID     json.Number `json:"uid"`
		AppID   string      `json:"appid"`
		Delete  bool        `json:"delete"`
		Address string      `json:"address"`
		Name    string      `json:"name"`
		OTP     string      `json:"otp"`
		Active  *bool       `json:"active"`
		Token   *struct {
			AppID  string `json:"appid"`
			Expiry int64  `json:"expiry"`
			Remove bool   `json:"remove"`
		} `json:"token"`
	} `json:"user"`
	OTP struct {
		Address string `json:"address"`
		Tries   int    `json:"tries"`
		Expiry  int    `json:"expiry"`
	} `json:"otp"`
	Group struct {
		GID     json.Number `json:"gid"`
		Name    string      `json:"name"`
		Members struct {
			M      any  `json:"m"`
			Remove bool `json:"remove"`
		} `json:"members"`
		Delete any `json:"delete"`
	} `json:"group"`
}

// ServeHTTP answers a request as it is told to, else as Mesibo does.
func (m *Mesibo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if b := m.next(r, body, m.Now()); b != nil && b(w, r) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.serve(w, r, body)
}

// Lose does what the request asks for and breaks the connection off in place of an answer.
func (m *Mesibo) Lose(_ http.ResponseWriter, r *http.Request) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.serve(discard{}, r, []byte(m.requests[len(m.requests)-1].Body))
	panic(http.ErrAbortHandler)
}

// discard is an answer that nobody gets.
type discard struct{}

func (discard) Header() http.Header            { return http.Header{} }
func (discard) Write(text []byte) (int, error) { return len(text), nil }
func (discard) WriteHeader(int)                {}

// number writes a number as this server does.
func (m *Mesibo) number(n int64) any {
	if m.Texts {
		return strconv.FormatInt(n, 10)
	}
	return n
}

// serve answers as Mesibo does. Called with mu held.
func (m *Mesibo) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	var in mesiboInput
	if r.Method != http.MethodPost || r.URL.RawQuery != "" || json.Unmarshal(body, &in) != nil {
		reply(w, map[string]any{"result": false, "error": "BADREQUEST"})
		return
	}
	answer := map[string]any{"op": in.Op, "result": true}
	var code string
	switch {
	case m.breach:
		code = "TOKENBREACH"
	case in.Token != m.AppToken:
		code = "AUTHFAIL"
	case strings.HasPrefix(in.Op, "user"):
		code = m.user(&in, answer)
	case in.Op == "otp":
		code = m.makeOTP(&in, answer)
	case strings.HasPrefix(in.Op, "group"):
		code = m.group(&in, answer)
	default:
		code = "BADOP"
	}
	if code != "" {
		answer = map[string]any{"op": in.Op, "result": false, "error": code}
	}
	reply(w, answer)
}

func (m *Mesibo) account(address string) *mesiboUser {
	u := m.users[address]
	if u == nil {
		m.last++
		u = &mesiboUser{uid: m.last, active: true, tokens: map[string]mesiboToken{}}
		m.users[address] = u
	}
	return u
}

func (m *Mesibo) user(in *mesiboInput, answer map[string]any) (code string) {
	if in.User.Address == "" {
		return "MISSINGPARA"
	}
	u := m.users[in.User.Address]
	switch in.Op {
	case "useradd":
		if in.User.OTP != "" && (u == nil || u.otp != in.User.OTP) {
			return "BADOTP"
		}
		u = m.account(in.User.Address)
		u.otp = ""
	case "userset", "userdel", "usertoken":
		if u == nil {
			return "BADUSER"
		}
	default:
		return "BADOP"
	}
	if in.Op == "userdel" {
		delete(m.users, in.User.Address)
		for _, g := range m.groups {
			delete(g.members, in.User.Address)
		}
		return ""
	}
	if in.Op == "usertoken" {
		if !in.User.Delete || in.User.UID.String() != strconv.FormatInt(u.uid, 10) {
			return "BADPARA"
		}
		maps.DeleteFunc(u.tokens, func(_ string, t mesiboToken) bool { return t.app == in.User.AppID })
		return ""
	}
	if in.User.Name != "" {
		u.name = in.User.Name
	}
	if in.User.Active != nil {
		u.active = *in.User.Active
	}
	told := map[string]any{"uid": m.number(u.uid), "address": in.User.Address}
	answer["user"] = told
	t := in.User.Token
	switch {
	case t == nil:
	case t.Remove:
		clear(u.tokens)
	case in.Op == "useradd" && !u.active:
		return "DISABLED"
	case in.Op == "useradd":
		for text, old := range u.tokens { // a new token ends the one before of the same app
			if old.app == t.AppID && !m.Several {
				delete(u.tokens, text)
			}
		}
		text := "fake-mesibo-token-" + rand.Text()
		u.tokens[text] = mesiboToken{t.AppID, m.Now().Add(time.Duration(t.Expiry) * time.Minute)}
		told["token"] = text
	}
	return ""
}

func (m *Mesibo) makeOTP(in *mesiboInput, answer map[string]any) (code string) {
	if in.OTP.Address == "" {
		return "MISSINGPARA"
	}
	u := m.account(in.OTP.Address)
	u.otp = fmt.Sprintf("%06d", 100_000+m.last*7919%900_000)
	answer["otp"] = u.otp
	return ""
}

func (m *Mesibo) group(in *mesiboInput, answer map[string]any) (code string) {
	gid, _ := in.Group.GID.Int64()
	g := m.groups[gid]
	switch {
	case in.Op == "groupadd":
		m.last++
		gid, g = m.last, &mesiboGroup{members: map[string]bool{}}
		m.groups[gid] = g
	case g == nil:
		return "BADGROUP"
	}
	answer["group"] = map[string]any{"gid": m.number(gid)}
	switch in.Op {
	case "groupdel":
		delete(m.groups, gid)
		return ""
	case "groupadd", "groupset", "groupeditmembers":
	default:
		return "BADOP"
	}
	if in.Group.Name != "" {
		g.name = in.Group.Name
	}
	for _, address := range addresses(in.Group.Members.M) {
		if in.Group.Members.Remove || in.Group.Delete != nil && in.Group.Delete != false && in.Group.Delete != 0.0 {
			delete(g.members, address)
		} else {
			g.members[address] = true
		}
	}
	return ""
}

// addresses reads a list of members: texts with commas between them, or an array.
func addresses(list any) (all []string) {
	switch list := list.(type) {
	case string:
		for one := range strings.SplitSeq(list, ",") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
	case []any:
		for _, one := range list {
			if text, ok := one.(string); ok {
				all = append(all, text)
			}
		}
	}
	return all
}
