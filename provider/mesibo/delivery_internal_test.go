package mesibo

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
)

var letter = message{phone: alice, mail: "alice@example.com", name: `Zoé "Z" & Co`, code: "482913", site: "example.com"}

// gateway answers requests and notes them.
type gateway struct {
	mu      sync.Mutex
	seen    []*http.Request
	bodies  []string
	statues []int // of the answers to come; then 200
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen, g.bodies = append(g.seen, r), append(g.bodies, drained(r.Body))
	if len(g.statues) == 0 {
		return
	}
	status := g.statues[0]
	g.statues = g.statues[1:]
	if status == 0 {
		panic(http.ErrAbortHandler) // the connection breaks
	}
	w.Header().Set("Location", "/elsewhere")
	w.WriteHeader(status)
}

// got is all that came so far.
func (g *gateway) got() ([]*http.Request, []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.seen), slices.Clone(g.bodies)
}

func TestAWebhookGetsTheMessageAsTheTemplateSays(t *testing.T) {
	text := letter.text()
	for name, c := range map[string]struct{ user, template, authorization, kind, body string }{
		"without a template": {"", "", "", "application/json", ""},
		"JSON": {
			"key:pass%20word@", `{"n":"{name}","m":{"to":["+{to}"],"body":"Code {code} of {site}"}}`, "Basic " + base64.StdEncoding.EncodeToString([]byte("key:pass word")),
			"application/json", `{"n":"Zoé \"Z\" \u0026 Co","m":{"to":["+` + alice + `"],"body":"Code 482913 of example.com"}}`,
		},
		"a form": {
			"token@", "To=%2B{to}&From=Shop&Body={text}&n={name}", "Bearer token", "application/x-www-form-urlencoded",
			"To=%2B" + alice + "&From=Shop&Body=" + url.QueryEscape(text) + "&n=Zo%C3%A9+%22Z%22+%26+Co",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := &gateway{}
			server := httptest.NewServer(g)
			defer server.Close()
			if problem := templateProblem(c.template); problem != "" {
				t.Fatal(problem)
			}
			h, err := newWebhook(strings.Replace(server.URL, "://", "://"+c.user, 1)+"/send?key=k", c.template)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.send(t.Context(), letter); err != nil {
				t.Fatal(err)
			}
			seen, bodies := g.got()
			r := seen[0]
			if r.Method != http.MethodPost || r.RequestURI != "/send?key=k" || r.Header.Get("Authorization") != c.authorization || r.Header.Get("Content-Type") != c.kind {
				t.Errorf("%s %s %v", r.Method, r.RequestURI, r.Header)
			}
			if c.body == "" {
				var got map[string]string
				if err := json.Unmarshal([]byte(bodies[0]), &got); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(map[string]string{"to": alice, "text": text, "code": "482913"}, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			} else if diff := cmp.Diff(c.body, bodies[0]); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAWebhookThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		answers []int
		calls   int
		good    bool
		outage  bool
	}{
		"at first":                    {[]int{503, 200}, 2, true, false},
		"twice":                       {[]int{500, 502}, 2, false, true},
		"by a broken connection":      {[]int{0, 200}, 2, true, false},
		"for good by connections":     {[]int{0, 0}, 2, false, true},
		"for one phone":               {[]int{400}, 1, false, false},
		"for its credential":          {[]int{401}, 1, false, true},
		"by a redirect, not followed": {[]int{302}, 1, false, true},
		"for it was too often":        {[]int{429}, 1, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &gateway{statues: c.answers}
			server := httptest.NewServer(g)
			defer server.Close()
			h, err := newWebhook(strings.Replace(server.URL, "://", "://user:canary-password@", 1)+"/canary-path", "")
			if err != nil {
				t.Fatal(err)
			}
			err = h.send(t.Context(), letter)
			bad := (*outage)(nil)
			if seen, _ := g.got(); (err == nil) != c.good || errors.As(err, &bad) != c.outage || len(seen) != c.calls {
				t.Errorf("%d calls, %v", len(seen), err)
			}
			if err != nil && (strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), alice) || strings.Contains(err.Error(), "482913")) {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
}

func TestAWebhookVerifiesTLS(t *testing.T) {
	g := &gateway{}
	server := httptest.NewTLSServer(g)
	defer server.Close()
	h, err := newWebhook(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	err = h.send(t.Context(), letter)
	if seen, _ := g.got(); err == nil || !strings.Contains(err.Error(), "certificate") || len(seen) != 0 {
		t.Errorf("got %v", err)
	}
}

func TestTheSettingsOfDelivery(t *testing.T) {
	for name, c := range map[string]struct{ delivery, template, variable string }{
		"link codes":                   {"linkcode", "", ""},
		"the log":                      {"log", "", ""},
		"a webhook":                    {"webhook:https://user:pass@sms.example.com/send?x=1", "", ""},
		"a webhook on this machine":    {"webhook:http://127.0.0.1:9/x", "", ""},
		"another on this machine":      {"webhook:http://localhost/x", "", ""},
		"a webhook in clear text":      {"webhook:http://sms.example.com/", "", "OTP_DELIVERY"},
		"a webhook without an address": {"webhook:", "", "OTP_DELIVERY"},
		"a webhook by another way":     {"webhook:ftp://sms.example.com/", "", "OTP_DELIVERY"},
		"a form":                       {"webhook:https://sms.example.com/", "To={to}&Body={code}", ""},
		"a template without the phone": {"webhook:https://sms.example.com/", "Body={code}", "OTP_TEMPLATE"},
		"a template without the code":  {"webhook:https://sms.example.com/", "To={to}", "OTP_TEMPLATE"},
		"a template of broken JSON":    {"webhook:https://sms.example.com/", `{"to":{to},"x":"{code}`, "OTP_TEMPLATE"},
		"a code as a JSON number":      {"webhook:https://sms.example.com/", `{"to":"{to}","code":{code}}`, "OTP_TEMPLATE"}, // 012345 is none
		"a phone as a JSON number":     {"webhook:https://sms.example.com/", `{"to":{to},"x":"{code}"}`, ""},
		"a template of plain text":     {"webhook:https://sms.example.com/", "call {to} and say {code}", "OTP_TEMPLATE"},
		"a template for mail":          {"smtp://mail.example.com?from=a@example.com", "{to}{code}", "OTP_TEMPLATE"},
		"mail":                         {"smtp://user:pass@mail.example.com:587?from=chat@example.com", "", ""},
		"mail with TLS at once":        {"smtp://mail.example.com:465?from=chat@example.com&tls=implicit", "", ""},
		"mail without a sender":        {"smtp://mail.example.com", "", "OTP_DELIVERY"},
		"mail with a strange word":     {"smtp://mail.example.com?from=a@example.com&insecure=1", "", "OTP_DELIVERY"},
		"mail without TLS":             {"smtp://mail.example.com?from=a@example.com&tls=none", "", "OTP_DELIVERY"},
		"mail without a host":          {"smtp://?from=a@example.com", "", "OTP_DELIVERY"},
		"mail to no port":              {"smtp://mail.example.com:99999?from=a@example.com", "", "OTP_DELIVERY"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := &Config{Legacy: "v2", OTPDelivery: secret.New(c.delivery), OTPTemplate: c.template}
			variable, problem, remedy := settings.deliveryProblem()
			if variable != c.variable || (problem == "") != (c.variable == "") || (remedy == "") != (c.variable == "") {
				t.Errorf("%s %s %s", variable, problem, remedy)
			}
			if strings.Contains(problem+remedy, ":pass@sms") {
				t.Errorf("the problem quotes a password: %s", problem)
			}
		})
	}
}

func TestWhatWasPromisedIsSentBeforeTheEnd(t *testing.T) {
	h := newHouse(t, "", nil)
	busy, free := make(chan struct{}), make(chan struct{})
	for range sendWorkers {
		if err := h.p.front.post.put(func(context.Context) { busy <- struct{}{}; <-free }); err != nil {
			t.Fatal(err)
		}
	}
	for range sendWorkers {
		<-busy
	}
	for _, phone := range []string{alice, bob} {
		if got := h.ask("F", "op", "login", "phone", phone, "appid", testApp); got.values["result"] != "OK" {
			t.Fatalf("%s", got.body)
		}
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		h.p.front.post.close()
	}()
	close(free)
	<-closed
	got := map[string]bool{}
	for range 2 {
		select {
		case m := <-h.sent:
			got[m["to"]] = true
		default:
		}
	}
	if !got[alice] || !got[bob] {
		t.Errorf("sent to %v", got)
	}
	if no := (*refusal)(nil); !errors.As(h.p.front.post.put(func(context.Context) { t.Error("sent after the end") }), &no) || no.code != "BADAPP" {
		t.Error("more is promised at the end")
	}
	if strings.Contains(h.log.String(), "WARN") {
		t.Errorf("%s", h.log)
	}
}

func TestWhatWaitsIsBoundedAndEndsWithTheProvider(t *testing.T) {
	h := newHouse(t, "", nil)
	h.p.front.post.drain = time.Millisecond
	began, ended := make(chan struct{}, sendWorkers), make(chan error, sendWorkers)
	for range sendWorkers {
		if err := h.p.front.post.put(func(ctx context.Context) {
			began <- struct{}{}
			<-ctx.Done()
			ended <- ctx.Err()
		}); err != nil {
			t.Fatal(err)
		}
	}
	for range sendWorkers {
		<-began
	}
	for range sendQueue {
		if err := h.p.front.post.put(func(context.Context) { t.Error("sent after the end") }); err != nil {
			t.Fatal(err)
		}
	}
	for _, phone := range []string{alice, nobodys} {
		if got := h.ask("F", "op", "login", "phone", phone, "appid", testApp); got.values["error"] != "BADAPP" {
			t.Errorf("more than can be sent: %s", got.body)
		}
	}
	if no := (*refusal)(nil); !errors.As(h.p.front.post.put(func(context.Context) {}), &no) || no.code != "BADAPP" {
		t.Error("more wait than can be sent")
	}
	h.p.front.close()
	for range sendWorkers {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended by %v", err)
		}
	}
	if text := h.log.String(); !strings.Contains(text, fmt.Sprint("codes=", sendWorkers+sendQueue)) {
		t.Errorf("what is lost is not told: %s", text)
	}
}

func TestAfterAnOutageNobodyIsPromisedACode(t *testing.T) {
	h := newHouse(t, "", nil)
	h.p.front.post.courier = failing{&outage{errors.New("the gateway is away")}}
	over := func() {
		t.Helper()
		busy, free := make(chan struct{}), make(chan struct{}) // when all are busy with these, the message is over
		for range sendWorkers {
			if err := h.p.front.post.put(func(context.Context) { busy <- struct{}{}; <-free }); err != nil {
				t.Fatal(err)
			}
		}
		for range sendWorkers {
			<-busy
		}
		close(free)
	}
	h.ask("F", "op", "login", "phone", alice, "appid", testApp)
	over()
	for _, phone := range []string{nobodys, bob} /* whose code fails too */ {
		if got := h.ask("F", "op", "login", "phone", phone, "appid", testApp); got.values["result"] != "OK" {
			t.Errorf("after a single failure: %s", got.body)
		}
	}
	over()
	for _, phone := range []string{alice, nobodys} {
		if got := h.ask("F", "op", "login", "phone", phone, "appid", testApp); got.values["error"] != "BADAPP" {
			t.Errorf("%s", got.body)
		}
	}
	h.clock.Add(troubleTime)
	if got := h.ask("F", "op", "login", "phone", bob, "appid", testApp); got.values["result"] != "OK" {
		t.Errorf("half a minute later: %s", got.body)
	}
}

func TestOnlyFailuresInARowStopCodes(t *testing.T) {
	h := newHouse(t, "", nil)
	post, away := h.p.front.post, failing{&outage{errors.New("the gateway is away")}}
	for n, c := range []struct {
		fails bool
		want  bool
	}{{true, false}, {false, false}, {true, false}, {true, true}, {false, false}, {true, false}} {
		post.courier = failing{}
		if c.fails {
			post.courier = away
		}
		post.deliver(t.Context(), letter)
		if got := post.failing(h.clock.Now()); got != c.want {
			t.Errorf("after message %d codes are stopped: %v, want %v", n+1, got, c.want)
		}
	}
}

func TestTheLogCourierIsForThisMachine(t *testing.T) {
	here := newHouse(t, "", func(c *Config) { c.OTPDelivery = secret.New("log"); c.loopback = true })
	here.ask("F", "op", "login", "phone", alice, "appid", testApp)
	here.p.front.post.deliver(t.Context(), letter)
	if text := here.log.String(); !strings.Contains(text, "code=482913") || strings.Contains(text, alice) {
		t.Errorf("%s", text)
	}
	c := here.p.c
	c.loopback = false
	if _, err := newPost(&c, providerDeps(here)); !errors.Is(err, errDelivery) {
		t.Errorf("got %v", err)
	}
}
