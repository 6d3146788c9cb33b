package handlers_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/userinfo"
)

// SEC-35, SEC-36.
func TestWhomARequestComesFrom(t *testing.T) {
	for _, tt := range []struct {
		name, peer string
		headers    map[string][]string
		want       string
		shared     bool
	}{
		{"a stranger", "198.51.100.7:1", nil, "198.51.100.7", false},
		{"a stranger who claims to be another", "198.51.100.7:1", map[string][]string{
			"X-Forwarded-For": {"6.6.6.6"}, "X-Real-Ip": {"6.6.6.6"}, "Forwarded": {"for=6.6.6.6"}, "Cf-Connecting-Ip": {"6.6.6.6"},
		}, "198.51.100.7", false},
		{"behind a trusted proxy", "10.0.0.1:1", map[string][]string{"X-Forwarded-For": {"1.2.3.4"}}, "1.2.3.4", false},
		{"the right-most counts", "10.0.0.1:1", map[string][]string{"X-Forwarded-For": {"6.6.6.6, 1.2.3.4"}}, "1.2.3.4", false},
		{"two headers are one list", "10.0.0.1:1", map[string][]string{"X-Forwarded-For": {"6.6.6.6", "1.2.3.4"}}, "1.2.3.4", false},
		{"trusted proxies are passed over", "10.0.0.1:1", map[string][]string{"X-Forwarded-For": {"6.6.6.6, 1.2.3.4, 10.0.0.9,10.0.0.8"}}, "1.2.3.4", false},
		{"only trusted ones: the first", "10.0.0.1:1", map[string][]string{"X-Forwarded-For": {"10.0.0.3,10.0.0.2"}}, "10.0.0.3", false},
		{"rubbish at the right", "10.0.0.1:1", map[string][]string{"X-Forwarded-For": {"1.2.3.4, <script>"}}, "10.0.0.1", false},
		{"rubbish behind a trusted one", "10.0.0.1:1", map[string][]string{"X-Forwarded-For": {"x, 10.0.0.2"}}, "10.0.0.1", false},
		{"rubbish at the left does not matter", "10.0.0.1:1", map[string][]string{"X-Forwarded-For": {"unknown, 1.2.3.4"}}, "1.2.3.4", false},
		{"an empty header", "10.0.0.1:1", map[string][]string{"X-Forwarded-For": {""}}, "10.0.0.1", false},
		{"no header", "10.0.0.1:1", nil, "10.0.0.1", false},
		{"only commas", "10.0.0.1:1", map[string][]string{"X-Forwarded-For": {",,,"}}, "10.0.0.1", false},
		{"other headers of a trusted proxy", "10.0.0.1:1", map[string][]string{"X-Real-Ip": {"6.6.6.6"}, "Forwarded": {"for=6.6.6.6"}}, "10.0.0.1", false},
		{"an address in IPv6's clothes", "[::ffff:198.51.100.7]:1", nil, "198.51.100.7", false},
		{"a trusted proxy in IPv6's clothes", "[::ffff:10.0.0.1]:1", map[string][]string{"X-Forwarded-For": {"::ffff:1.2.3.4"}}, "1.2.3.4", false},
		{"a zone is no part of the address", "[fe80::1%eth0]:1", nil, "fe80::1", false},
		{"a forwarded zone neither", "10.0.0.1:1", map[string][]string{"X-Forwarded-For": {"fe80::2%evil"}}, "fe80::2", false},
		{"a unix socket", "@", nil, "unix", true},
		{"a unix socket without any name", "", nil, "unix", true},
		{"a trusted proxy that writes ports", "10.0.0.1:9", map[string][]string{"X-Forwarded-For": {"6.6.6.6, 7.7.7.7:123"}}, "7.7.7.7", false},
		{"an untrusted proxy on a unix socket", "@", map[string][]string{"X-Forwarded-For": {"6.6.6.6"}}, "unix", true},
		{"an untrusted proxy on this machine", "127.0.0.1:1", map[string][]string{"X-Forwarded-For": {"6.6.6.6"}}, "127.0.0.1", true},
		{"an untrusted proxy that only tells the scheme", "[::1]:1", map[string][]string{"X-Forwarded-Proto": {"https"}}, "::1", true},
		{"a program on this machine", "127.0.0.1:1", nil, "127.0.0.1", false},
		{"a trusted proxy on this machine", "127.9.9.9:1", map[string][]string{"X-Forwarded-For": {"1.2.3.4"}}, "1.2.3.4", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			of := handlers.ClientOf([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.9.9.9/32")}, slog.New(slog.DiscardHandler))
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr, r.Header = tt.peer, tt.headers
			if got, shared := of(r); got != tt.want || shared != tt.shared {
				t.Errorf("comes from %q, shared %t; want %q, %t", got, shared, tt.want, tt.shared)
			}
		})
	}
}

func TestLimiter(t *testing.T) {
	c := newClock()
	l, err := handlers.NewLimiter(2, time.Minute, c.now)
	if err != nil {
		t.Fatal(err)
	}
	step := func(what string, got, want time.Duration) {
		t.Helper()
		if got != want {
			t.Errorf("%s: wait %s, want %s", what, got, want)
		}
	}
	step("nobody failed", l.Blocked("a"), 0)
	step("first", l.Fail("a"), 0)
	c.pass(30 * time.Second)
	step("second", l.Fail("a"), 0)
	step("two are allowed", l.Blocked("a"), 0)
	if !l.Quiet() {
		t.Error("not quiet, but nobody has to wait")
	}
	step("third", l.Fail("a"), 30*time.Second)
	if l.Quiet() {
		t.Error("quiet, but somebody has to wait")
	}
	step("blocked", l.Blocked("a"), 30*time.Second)
	step("another address", l.Blocked("b"), 0)
	fail, blocked := l.Shared("a")
	step("a shared address fails", fail, 0)
	step("a shared address", blocked, 0)
	c.pass(30 * time.Second)
	step("after the window", l.Blocked("a"), 0)
	if !l.Quiet() {
		t.Error("not quiet after the window")
	}
	step("a new window", l.Fail("a"), 0)
	for _, same := range [][2]string{{"2001:db8::1", "2001:db8::ffff:1"}, {"2001:db8:0:0:1::", "2001:db8::2"}} {
		l.Fail(same[0])
		l.Fail(same[1])
		step(fmt.Sprintf("%s and %s are one network", same[0], same[1]), l.Fail(same[0]), time.Minute)
		c.pass(time.Minute)
	}
}

func TestLimiterForgetsBeforeItGrows(t *testing.T) {
	l, err := handlers.NewLimiter(1, time.Hour, newClock().now)
	if err != nil {
		t.Fatal(err)
	}
	for i := range handlers.LimiterSize * 2 {
		l.Fail(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
	}
	if n := l.Size(); n > handlers.LimiterSize {
		t.Errorf("%d addresses are remembered, at most %d", n, handlers.LimiterSize)
	}
}

func TestBudget(t *testing.T) {
	c := newClock()
	var log bytes.Buffer
	spend := handlers.Spend(2, c.now, slog.New(slog.NewTextHandler(&log, nil)))
	for i, step := range []struct {
		ids  []string
		kind userinfo.KeyKind
		want time.Duration
	}{
		{[]string{"1", "1", "01", "x"}, userinfo.KeyUint, 0},
		{[]string{"2", "3"}, userinfo.KeyUint, time.Hour},
		{[]string{"2"}, userinfo.KeyUint, 0},
		{[]string{"x"}, userinfo.KeyUnknown, time.Hour}, // what is not known to be no id counts
		{[]string{"1", "2", "y"}, userinfo.KeyUint, 0},
	} {
		if got := spend(step.ids, step.kind); got != step.want {
			t.Errorf("step %d: wait %s, want %s", i, got, step.want)
		}
	}
	c.pass(time.Hour)
	if got := spend([]string{"3", "4"}, userinfo.KeyUint); got != 0 {
		t.Errorf("in the next hour: wait %s", got)
	}
	free := handlers.Spend(0, c.now, slog.New(slog.NewTextHandler(&log, nil)))
	for range 2001 {
		if got := free([]string{"5"}, userinfo.KeyUint); got != 0 {
			t.Fatalf("without a budget: wait %s", got)
		}
	}
	if n := strings.Count(log.String(), "users-info audit"); n != 2 {
		t.Errorf("2,001 ids leave %d audit lines, want 2:\n%s", n, &log)
	}
}

func TestCallBookListsTheNewestFirst(t *testing.T) {
	c := newClock()
	note, list := handlers.CallBook(c.now)
	note("/a", nil, 3)
	c.pass(time.Second)
	note("/b", handlers.ErrNotFound, 0)
	note("/b", errors.New("odd"), 2)
	c.pass(time.Second)
	note("/a", nil, 1)
	want := []handlers.Call{
		{Route: "/a", Last: c.now(), Status: 200, IDs: 1, Total: 2},
		{Route: "/b", Last: c.now().Add(-time.Second), Status: 500, IDs: 2, Total: 2, Failed: 2},
	}
	if diff := cmp.Diff(want, list()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestAcceptsGzip(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "gzip": true, "GZip": true, "br, gzip": true, "gzip;q=0.1": true, "gzip; q=0": false, "gzip;Q=0.000": false,
		"br": false, "gzipped": false, "identity;q=1, gzip;q=0.5": true, "x-gzip": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Accept-Encoding"] = strings.SplitAfter(accept, ", ")
		if got := handlers.AcceptsGzip(r); got != want {
			t.Errorf("%q: %t", accept, got)
		}
	}
}

func TestValidNonce(t *testing.T) {
	for nonce, want := range map[string]bool{
		"": true, "abc": true, "a+/=-_Z9": true, strings.Repeat("a", 128): true,
		strings.Repeat("a", 129): false, `a"`: false, "a b": false, "a>": false, "ä": false, "a'": false, "a\x00": false,
	} {
		if got := handlers.ValidNonce(nonce); got != want {
			t.Errorf("%q: %t", nonce, got)
		}
	}
}

func TestLogLines(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 5e6, time.FixedZone("", 3600))
	for _, tt := range []struct {
		json bool
		want string
	}{
		{true, `{"time":"2026-11-22T09:00:00.005Z","level":"INFO","msg":"request","key":"a\nb\u001b\"","number":-7}`},
		{false, `time=2026-11-22T10:00:00.005+01:00 level=INFO msg=request key=plain number=-7`},
	} {
		value := "plain"
		if tt.json {
			value = "a\nb\x1b\""
		}
		if diff := cmp.Diff(tt.want, handlers.Line(tt.json, now, "key", value, -7)); diff != "" {
			t.Errorf("line (-want +got):\n%s", diff)
		}
	}
}

func FuzzIDList(f *testing.F) {
	for _, seed := range []string{"", "1,2;3|4 5", ",,,", "user_ids=1&ids=2", "id[]=%31&users=a+b", "user_ids=%zz&id=1", strings.Repeat("1,", 600), "\x00\xff,é"} {
		f.Add(seed)
	}
	separator := func(r rune) bool { return strings.ContainsRune(",;| \t\r\n", r) }
	f.Fuzz(func(t *testing.T, list string) {
		ids := handlers.SplitIDs(list)
		want := strings.FieldsFunc(list, separator)
		if len(want) > userinfo.MaxIDs+1 {
			want = want[:userinfo.MaxIDs+1]
		}
		if diff := cmp.Diff(want, ids); diff != "" && len(want)+len(ids) > 0 {
			t.Errorf("SplitIDs(%q) (-want +got):\n%s", list, diff)
		}
		ids = handlers.FormIDs(list)
		if len(ids) > userinfo.MaxIDs+1 {
			t.Errorf("FormIDs(%q): %d ids", list, len(ids))
		}
		for _, id := range ids {
			if id == "" || strings.ContainsFunc(id, separator) {
				t.Errorf("FormIDs(%q) holds the id %q", list, id)
			}
		}
	})
}

func FuzzBasic(f *testing.F) {
	for _, seed := range []string{"", "Og==", "!!!", base64.StdEncoding.EncodeToString([]byte("a:b:c")), base64.StdEncoding.EncodeToString([]byte("a:\x00")), strings.Repeat("QUFB", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		login, password, ok := handlers.DecodeBasic(encoded)
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		control := bytes.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r == 0x7f })
		want := err == nil && utf8.Valid(raw) && !control && bytes.IndexByte(raw, ':') >= 0
		if ok != want {
			t.Fatalf("DecodeBasic(%q) = %t, want %t", encoded, ok, want)
		}
		if ok && (login+":"+password != string(raw) || strings.Contains(login, ":")) {
			t.Errorf("DecodeBasic(%q) = %q, %q of %q", encoded, login, password, raw)
		}
	})
}
