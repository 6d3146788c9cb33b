package providertest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

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
