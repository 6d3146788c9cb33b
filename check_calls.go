package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

const (
	callTimeout = 5 * time.Second // of one call of users-info; a provider waits no longer for a name
	callBody    = 1 << 20         // bytes of an answer that are read; one user has less than a few kilobytes
	wrong       = "not-the-api-password"
)

// answered is how a call of users-info was answered.
type answered struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
	err    error
}

// refused reports whether it is how Chatpass refuses a call: nobody else answers these bytes.
func (a answered) refused() bool {
	return a.status == http.StatusUnauthorized && a.own()
}

// own reports whether Chatpass itself wrote an error (ImbaChat §1.3).
func (a answered) own() bool {
	return bytes.HasPrefix(a.body, fmt.Appendf(nil, `{"code":%d,"version":1,"error":`, a.status))
}

// users are the objects of an answer; false if it is none of users-info.
func (a answered) users() (users []json.RawMessage, ok bool) {
	return users, a.status == http.StatusOK && json.Unmarshal(a.body, &users) == nil
}

// caller plays the provider. It follows no redirects, since the provider may not either and the password must not go elsewhere.
type caller struct{ client *http.Client }

func newCaller() *caller {
	return &caller{&http.Client{
		Timeout: callTimeout, Transport: &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// call asks users-info below an address for a user; an empty login asks without credentials.
func (p *caller) call(ctx context.Context, base string, id userinfo.ID, login, password string) (a answered) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/users?user_ids="+url.QueryEscape(string(id)), nil)
	if err != nil {
		return answered{err: err}
	}
	req.Header.Set("User-Agent", handlers.CheckAgent)
	if login != "" {
		req.SetBasicAuth(login, password)
	}
	began := time.Now()
	resp, err := p.client.Do(req)
	if err != nil {
		var inner *url.Error // its text would repeat the address
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return answered{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, callBody))
	return answered{resp.StatusCode, resp.Header, body, time.Since(began), err}
}

// callback plays the provider over HTTP against the real routes, on a port of this machine that nobody knows.
func (r *report) callback(ctx context.Context, s *site, found *seen) {
	if s.info == nil {
		return // the settings have been warned about
	}
	server, answers, err := s.server(slog.New(slog.DiscardHandler), nil, true, handlers.NewMetrics(version, revision()))
	if _, told := takenPath(err); told {
		return
	}
	if err != nil {
		r.fail("users-info", err.Error(), "")
		return
	}
	defer answers.Close()
	base, stop, err := serveHere(ctx, server.Public())
	if err != nil {
		r.warn("users-info", "cannot be called: this process may not listen on a port of 127.0.0.1: "+err.Error(), "run the check where Chatpass will run")
		return
	}
	defer stop()
	base += s.cfg.BasePath
	p := newCaller()
	for _, section := range s.cfg.Sections {
		if c, ok := section.(*imbachat.Config); ok && !r.played(ctx, p, base, c, found) {
			return
		}
	}
}

// played plays one provider; false after a fault.
func (r *report) played(ctx context.Context, p *caller, base string, c *imbachat.Config, found *seen) bool {
	const report = "this is a fault of Chatpass; please report it"
	for _, stranger := range [][2]string{{"without credentials", ""}, {"with a wrong password", c.APILogin}} {
		if a := p.call(ctx, base, found.id, stranger[1], wrong); a.err != nil || !a.refused() {
			r.fail("users-info", "answered "+a.told()+" "+stranger[0], report)
			return false
		}
	}
	r.ok("users-info", "refuses calls without credentials and with a wrong password")
	a := p.call(ctx, base, found.id, c.APILogin, c.APIPassword.Reveal())
	users, ok := a.users()
	if !ok {
		r.fail("users-info", "answered "+a.told()+" with the provider's credentials", "see the findings above")
		return false
	}
	if len(users) > 0 {
		found.info = userID(users[0])
	}
	if text := fmt.Sprintf("answers %s's call with %d of 1 user", c.Name(), len(users)); len(users) == 0 {
		r.warn("users-info", text, "nothing has to be done if the site has no users yet; else see the findings above")
	} else {
		r.ok("users-info", "%s", text)
	}
	return true
}

// told is the status, or why there is none.
func (a answered) told() string {
	if a.err != nil {
		return "nothing (" + a.err.Error() + ")"
	}
	return fmt.Sprint(a.status)
}

// serveHere serves on a port of this machine until stop is called.
func serveHere(ctx context.Context, h http.Handler) (base string, stop func(), err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := httpServer(h, slog.New(slog.DiscardHandler), writeTimeout)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends when it is closed
	}()
	return "http://" + l.Addr().String(), func() {
		_ = server.Close()
		<-done
	}, nil
}

// ownTimeout is the longest time of a question to a sidecar on this machine.
const ownTimeout = 3 * time.Second

// running asks a running sidecar when the provider last called, for "it shows nothing".
func (r *report) running(ctx context.Context, s *site) {
	ctx, cancel := context.WithTimeout(ctx, ownTimeout)
	defer cancel()
	body, status, err := askOwn(ctx, s.cfg.AdminListen, "/status", nil)
	if err != nil || status != http.StatusOK {
		remedy := "start chatpass serve"
		if s.info != nil {
			remedy += " to see whether the provider calls"
		}
		r.warn("running", fmt.Sprintf("no sidecar answers on CHATPASS_ADMIN_LISTEN %s", s.cfg.AdminListen), remedy)
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
	if s.info != nil {
		r.calls(st.ProviderCalls)
	}
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
