package handlers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

// accessLines parses the access log and returns its lines by key.
func accessLines(t *testing.T, log string) (lines []map[string]any) {
	t.Helper()
	for line := range strings.Lines(log) {
		var l map[string]any
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("the line %q is no JSON: %v", line, err)
		}
		lines = append(lines, l)
	}
	return lines
}

func TestTheAccessLogTellsWhatWasAskedButNotByWhomAboutWhom(t *testing.T) {
	f := newFixture(t, nil)
	f.ask(http.MethodGet, "/chat/users/7?user_ids=6&secret=query", basic, header("X-Request-Id", "given-by-proxy.1"))
	f.ask(http.MethodGet, "/chat/users/6789?jwt_token=sesame")
	lines := accessLines(t, f.access.String())
	for _, l := range lines {
		delete(l, "duration_us")
	}
	want := []map[string]any{
		{
			"time": "2026-11-22T10:00:00Z", "level": "INFO", "msg": "request", "request_id": "given-by-proxy.1", "method": "GET", "route": "/chat/users/:ids",
			"status": 200., "bytes": float64(len(john) + len(zoe) + 3),
		},
		{
			"time": "2026-11-22T10:00:00Z", "level": "INFO", "msg": "request", "request_id": "", "method": "GET", "route": "/chat/users/:ids",
			"status": 401., "bytes": 68., "client": "192.0.2.10",
		},
	}
	if len(lines) == 2 {
		if id, _ := lines[1]["request_id"].(string); !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(id) {
			t.Errorf("the request got the id %q", id)
		}
		lines[1]["request_id"] = ""
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("access log (-want +got):\n%s", diff)
	}
	for _, piece := range []string{"6789", "sesame", "query", login, password} {
		if strings.Contains(f.access.String(), piece) {
			t.Errorf("the access log holds %q:\n%s", piece, f.access)
		}
	}
}

func TestTheAccessLogAsText(t *testing.T) {
	f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) { o.JSONLog = false })
	f.ask(http.MethodGet, "/chat/version?x=1")
	want := `^time=2026-11-22T10:00:00\.000Z level=INFO msg=request request_id=[0-9a-f]{16} method=GET route=/chat/version status=401 ` +
		`duration_us=\d+ bytes=68 client=192\.0\.2\.10\n$`
	if !regexp.MustCompile(want).MatchString(f.access.String()) {
		t.Errorf("the line is %q, want it to match %s", f.access, want)
	}
}

// SEC-B2.
func TestNothingSplitsALine(t *testing.T) {
	evil := "x\r\n{\"level\":\"INFO\"}\x1b[31m\x00\u2028"
	for _, asJSON := range []bool{true, false} {
		f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) { o.JSONLog = asJSON })
		rewrite := func(r *http.Request) {
			r.Method, r.URL.Path = "GET"+evil, "/chat/users/"+evil
			r.Header["X-Request-Id"] = []string{evil}
			r.Header["X-Forwarded-For"] = []string{evil}
			r.RemoteAddr = evil
		}
		got := f.ask(http.MethodGet, "/x", rewrite)
		if id := got.header.Get("X-Request-Id"); strings.ContainsAny(id, "\r\n\x1b\x00") || id == "" {
			t.Errorf("the answer's request id is %q", id)
		}
		line := f.access.String()
		if strings.Count(line, "\n") != 1 || strings.ContainsAny(line, "\r\x1b\x00") || strings.Contains(line, "level\":\"INFO\"}\x1b") {
			t.Errorf("the line is %q", line)
		}
		if !strings.Contains(line, "other") {
			t.Errorf("a made-up method is named: %q", line)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	for id, want := range map[string]bool{
		"a": true, "A-Z_0.9": true, strings.Repeat("a", 64): true,
		"": false, strings.Repeat("a", 65): false, "a b": false, "a\n": false, "ä": false, `a"`: false, "a=b": false,
	} {
		if got := handlers.ValidRequestID(id); got != want {
			t.Errorf("ValidRequestID(%q) = %t", id, got)
		}
	}
	seen := map[string]bool{}
	for range 1000 {
		seen[handlers.NewRequestID()] = true
	}
	if len(seen) != 1000 {
		t.Errorf("1000 new request ids, %d different ones", len(seen))
	}
	f := newFixture(t, nil)
	if got := f.ask(http.MethodGet, "/healthz", header("X-Request-Id", "abc")); got.header.Get("X-Request-Id") != "abc" {
		t.Errorf("a good id is not kept: %v", got.header)
	}
}

// SEC-B3.
func TestAPanicIsAnsweredAndTold(t *testing.T) {
	f := newFixture(t, nil)
	handlers.Break(f.Server, "/breaks", func(http.ResponseWriter, *http.Request) { panic(planted) })
	handlers.Break(f.Server, "/breaks-late", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("ETag", `"x"`)
		panic(errors.New(planted))
	})
	handlers.BreakMiddleware(f.Server, func() { panic(map[string]string{planted: planted}) })
	handlers.Break(f.Server, "/broken-middleware", func(http.ResponseWriter, *http.Request) {})
	f.directory.set(func(d *directory) { d.panics = true })
	const want = `{"code":500,"version":1,"error":"Internal error","debug":""}`
	for path, body := range map[string]string{
		"/breaks": want, "/breaks-late": want, "/broken-middleware": want, "/chat/users/6": want, "/chat/search/john": want,
		"/chat/identity?user_id=6": want, "/chat/widget?mode=inline&user_id=6": "", "/chat/button?to=7&user_id=6": "",
	} {
		who := basic
		if strings.Contains(path, "user_id") {
			who = bearer(siteKey)
		}
		got := f.ask(http.MethodGet, path, who, header("Cookie", "session=hunter2"), header("X-Request-Id", "id-of-"+path[1:3]))
		if got.status != http.StatusInternalServerError || got.body != body {
			t.Errorf("%s answers %d %q", path, got.status, got.body)
		}
		if got.header.Get("X-Request-Id") != "id-of-"+path[1:3] || got.header.Get("Content-Encoding") != "" || got.header.Get("Etag") != "" {
			t.Errorf("%s: headers %v", path, got.header)
		}
		noneOf(t, path, got)
	}
	log := f.log.String()
	if strings.Contains(log, "hunter2") || strings.Contains(log, "Cookie") {
		t.Errorf("the log holds the value of a panic or a header:\n%s", log)
	}
	if n := strings.Count(log, `"msg":"panic in a handler"`); n != 8 {
		t.Errorf("%d of 8 panics are told", n)
	}
	if !strings.Contains(log, "goroutine") || !strings.Contains(log, `"request_id":"id-of-ch"`) {
		t.Errorf("stack or request id is missing:\n%s", log)
	}
	for _, l := range accessLines(t, f.access.String()) {
		if l["status"] != 500. {
			t.Errorf("the access log says %v", l)
		}
	}
	f.directory.set(func(d *directory) { d.panics = false })
	if got := f.ask(http.MethodGet, "/chat/users/6", basic); got.status != 200 {
		t.Errorf("afterwards: %d", got.status)
	}
	calls := f.calls(t)
	if i := slices.IndexFunc(calls, func(c handlers.Call) bool { return c.Route == "/chat/users/:ids" }); i < 0 || calls[i].Failed != 1 || calls[i].Total != 2 {
		t.Errorf("the book of calls says %+v", calls)
	}
}

func TestAnAnswerThatBreaksOffIsNotTakenForAWholeOne(t *testing.T) {
	f := newFixture(t, nil)
	handlers.Break(f.Server, "/breaks-off", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`[{"user_id":6}`))
		panic(planted)
	})
	defer func() {
		if cause := recover(); cause != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
			t.Errorf("the connection is not cut, recovered %v", cause)
		}
		if !strings.Contains(f.access.String(), "/breaks-off") {
			t.Error("the request is not in the access log")
		}
	}()
	f.ask(http.MethodGet, "/breaks-off")
}

// calls asks the operator's status for the calls of the provider.
func (f *fixture) calls(t *testing.T) []handlers.Call {
	t.Helper()
	got := f.operator(http.MethodGet, "/status")
	var st handlers.Status
	if err := json.Unmarshal([]byte(got.body), &st); err != nil {
		t.Fatalf("status is %d %s: %v", got.status, got.body, err)
	}
	return st.ProviderCalls
}

func TestStatusTellsWhenTheProviderCalled(t *testing.T) {
	f := newFixture(t, nil)
	if got := f.operator(http.MethodGet, "/status"); got.body != `{"status":"ready","version":"test","provider":"imbachat","provider_calls":[]}` {
		t.Errorf("at first: %s", got.body)
	}
	f.ask(http.MethodGet, "/chat/users/60001,60002", basic)
	f.clock.pass(time.Second)
	f.ask(http.MethodGet, "/chat/users?user_ids=6")
	f.clock.pass(time.Second)
	f.ask(http.MethodGet, "/chat/users/60003", basic)
	f.ask(http.MethodGet, "/", basic)              // not the provider's
	f.ask(http.MethodGet, "/chat/identity", basic) // nor this
	start := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	want := []handlers.Call{
		{Route: "/chat/users/:ids", Last: start.Add(2 * time.Second), Status: 200, IDs: 1, Total: 2},
		{Route: "/chat/users", Last: start.Add(time.Second), Status: 401, Total: 1, Failed: 1},
	}
	if diff := cmp.Diff(want, f.calls(t)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if status := f.operator(http.MethodGet, "/status"); strings.Contains(status.body, "6000") {
		t.Errorf("the status holds an id: %s", status.body)
	}
}

func TestReadiness(t *testing.T) {
	down := fmt.Errorf("%w: %s", userinfo.ErrUnavailable, planted)
	broken := fmt.Errorf("%w: %s", userinfo.ErrMapping, planted)
	for _, tt := range []struct {
		name          string
		kind          userinfo.KeyKind
		err           error
		drain         bool
		code          int
		public, admin string
	}{
		{"ready", userinfo.KeyUint, nil, false, 200, `{"status":"ready"}`, `{"status":"ready"}`},
		{"degraded while the database is away", userinfo.KeyUint, down, false, 200, `{"status":"degraded"}`, `{"reason":"database_down","status":"degraded"}`},
		{"unready before the database was seen", userinfo.KeyUnknown, down, false, 503, `{"status":"unready"}`, `{"reason":"database_down","status":"unready"}`},
		{"unready with a mapping that does not fit", userinfo.KeyUint, broken, false, 503, `{"status":"unready"}`, `{"reason":"mapping_broken","status":"unready"}`},
		{"unready while stopping", userinfo.KeyUint, nil, true, 503, `{"status":"unready"}`, `{"reason":"stopping","status":"unready"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.directory.set(func(d *directory) { d.kind = tt.kind })
			if tt.err != nil {
				f.dbErr.Store(&tt.err)
			}
			if tt.drain {
				f.Drain()
			}
			for path, ask := range map[string]func(string, string, ...option) answered{tt.public: f.ask, tt.admin: f.operator} {
				if got := ask(http.MethodGet, "/readyz"); got.status != tt.code || got.body != path {
					t.Errorf("answers %d %s, want %d %s", got.status, got.body, tt.code, path)
				}
			}
			if got := f.ask(http.MethodGet, "/healthz"); got.status != 200 || got.body != "ok" {
				t.Errorf("healthz answers %d %s", got.status, got.body)
			}
		})
	}
	t.Run("probes cannot load the database", func(t *testing.T) {
		f := newFixture(t, nil)
		f.ask(http.MethodGet, "/readyz")
		f.dbErr.Store(&down)
		f.clock.pass(999 * time.Millisecond)
		if got := f.ask(http.MethodGet, "/readyz"); got.body != `{"status":"ready"}` {
			t.Errorf("within a second it asks again: %s", got.body)
		}
		f.clock.pass(time.Millisecond)
		if got := f.ask(http.MethodGet, "/readyz"); got.body != `{"status":"degraded"}` {
			t.Errorf("after a second: %s", got.body)
		}
	})
}

func TestMetricsHaveTheNamesOfTheContract(t *testing.T) {
	f := newFixture(t, nil)
	f.ask(http.MethodGet, "/healthz")
	page := f.operator(http.MethodGet, "/metrics").body
	for _, name := range []string{
		`chatpass_http_requests_total{code="200",method="GET",route="/healthz"} 1`, `chatpass_http_request_duration_seconds_bucket{route="/healthz"`,
		`chatpass_tokens_minted_total{provider="imbachat"} 0`, `chatpass_auth_failures_total{kind="basic",reason="wrong"} 0`,
		`chatpass_db_errors_total{class="connect"} 0`, `chatpass_cache_total{result="hit"} 0`, `chatpass_cache_total{result="miss"} 0`,
		`chatpass_cache_total{result="stale"} 0`, `chatpass_provider_requests_total{code="200",provider="imbachat"} 0`,
		`chatpass_build_info{goversion="go`, "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(page, "\n"+name) {
			t.Errorf("the metrics lack %s", name)
		}
	}
	f.ask(http.MethodGet, "/chat/identity?user_id=6", bearer(siteKey))
	f.ask(http.MethodGet, "/chat/identity?user_id=6", bearer("wrong"))
	f.ask(http.MethodGet, "/chat/users/6")
	page = f.operator(http.MethodGet, "/metrics").body
	for _, line := range []string{
		`chatpass_tokens_minted_total{provider="imbachat"} 1`, `chatpass_auth_failures_total{kind="site",reason="wrong"} 1`,
		`chatpass_auth_failures_total{kind="basic",reason="missing"} 1`,
	} {
		if !strings.Contains(page, "\n"+line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

func TestStrangersCannotMakeSeries(t *testing.T) {
	f := newFixture(t, nil)
	f.ask(http.MethodGet, "/nowhere")
	series := func() int { return strings.Count(f.operator(http.MethodGet, "/metrics").body, "\nchatpass_") }
	series() // its own requests make series, too
	before := series()
	for i := range 10000 {
		f.ask(http.MethodGet, fmt.Sprintf("/%x/%d", i*7919, i), header("X-Request-Id", fmt.Sprint(i)))
	}
	if after := series(); after != before {
		t.Errorf("10,000 random paths made %d series", after-before)
	}
	for i := range 100 {
		f.ask(fmt.Sprintf("METHOD%d", i), "/nowhere")
	}
	if after := series(); after > before+1 {
		t.Errorf("100 random methods made %d series", after-before)
	}
	if page := f.operator(http.MethodGet, "/metrics").body; strings.Contains(page, "192.0.2.10") || strings.Contains(page, "METHOD7") {
		t.Error("a label holds an address or a made-up method")
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	if _, err := handlers.New(handlers.Options{}); err == nil {
		t.Error("New without options gives no error")
	}
}
