package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/templates"
)

var update = flag.Bool("update", false, "write the golden files of testdata/ anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(withServer{m}) }

// withServer runs the tests and ends the MariaDB they may have started.
type withServer struct{ m *testing.M }

func (w withServer) Run() int { return mysqltest.Main(w.m) }

// patience is far more than anything here takes; only a test that fails waits so long.
const patience = 15 * time.Second

// output is a buffer for several goroutines.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// result is what one run of the program left.
type result struct {
	code     int
	out, err string
}

func runProgram(dir string, environ []string, args ...string) result {
	var out, messages output
	code := runIn(context.Background(), dir, args, environ, &out, &messages)
	return result{code, out.String(), messages.String()}
}

// folder is a short temporary folder: a socket's path has little room.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "chatpass")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

const apiPassword, secretKey = "correct horse battery", "signing-key-of-these-tests"

// newSite makes a folder with a site's database and a .env for it; more settings may be added.
func newSite(t *testing.T, settings ...string) string {
	t.Helper()
	dir := folder(t)
	file := filepath.Join(dir, "site.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(`CREATE TABLE members (id INTEGER PRIMARY KEY, name TEXT, avatar TEXT);
		INSERT INTO members VALUES (6, 'John', '/6.jpg'), (7, 'Zoë', NULL), (-3, 'Minus', NULL)`); err != nil {
		t.Fatal(err)
	}
	lines := append([]string{
		"CHATPASS_DATABASE_URL=sqlite:" + file, "CHATPASS_USERS_TABLE=members", "CHATPASS_USERS_ID=id", "CHATPASS_USERS_NAME=name",
		"CHATPASS_USERS_AVATAR=avatar", "CHATPASS_SITE_URL=https://example.com", "CHATPASS_DRAIN_DELAY=0s",
		"CHATPASS_LISTEN=unix:" + dir + "/public", "CHATPASS_ADMIN_LISTEN=unix:" + dir + "/admin",
		"CHATPASS_IMBACHAT_WIDGET_ID=17", "CHATPASS_IMBACHAT_API_LOGIN=imba", "CHATPASS_IMBACHAT_API_PASSWORD='" + apiPassword + "'",
		"CHATPASS_IMBACHAT_SECRET_KEY=" + secretKey,
	}, settings...)
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// running is a sidecar that serves.
type running struct {
	messages output
	stop     context.CancelFunc
	code     chan int
}

// start serves until the test ends or stop is called.
func start(t *testing.T, dir string, environ ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{stop: cancel, code: make(chan int, 1)}
	ready := make(chan string, 1)
	c := &call{ctx: ctx, environ: environ, dir: dir, stdout: io.Discard, stderr: &r.messages}
	go func() { r.code <- serve(c, func(address string) { ready <- address }) }()
	t.Cleanup(cancel)
	select {
	case <-ready:
	case code := <-r.code:
		t.Fatalf("serve ended with %d:\n%s", code, &r.messages)
	case <-time.After(patience):
		t.Fatalf("waited %s for the sidecar to listen:\n%s", patience, &r.messages)
	}
	return r
}

// end stops the sidecar and returns its exit code.
func (r *running) end(t *testing.T) int {
	t.Helper()
	r.stop()
	select {
	case code := <-r.code:
		return code
	case <-time.After(patience):
		t.Fatalf("waited %s for the sidecar to end:\n%s", patience, &r.messages)
		return 0
	}
}

// get asks over a unix socket.
func get(t *testing.T, socket, path string, set func(*http.Request)) (int, string, http.Header) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	req, err := http.NewRequest(http.MethodGet, "http://chatpass"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if set != nil {
		set(req)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

func asProvider(r *http.Request) { r.SetBasicAuth("imba", apiPassword) }

func TestHelpOfEveryCommand(t *testing.T) {
	calls := map[string][]string{"chatpass": {"--help"}}
	for _, cmd := range commands() {
		calls[cmd.name] = []string{cmd.name, "--help"}
	}
	for name, args := range calls {
		t.Run(name, func(t *testing.T) {
			got := runProgram("", nil, args...)
			if got.code != exitOK || got.err != "" {
				t.Errorf("exit %d, messages %q", got.code, got.err)
			}
			golden := filepath.Join("testdata", "help", name+".txt")
			if *update {
				if err := errors.Join(os.MkdirAll(filepath.Dir(golden), 0o755), os.WriteFile(golden, []byte(got.out), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; write it with: go test -run TestHelp -update .", err)
			}
			if diff := cmp.Diff(string(want), got.out); diff != "" {
				t.Errorf("help (-want +got):\n%s", diff)
			}
			if name != "chatpass" {
				if again := runProgram("", nil, "help", name); again != got {
					t.Errorf("chatpass help %s differs from chatpass %s --help: %+v", name, name, again)
				}
			}
		})
	}
}

func TestUsageErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"an unknown command", []string{"frobnicate"}, `unknown command "frobnicate"` + "\nTry: chatpass --help"},
		{"a typo", []string{"chekc"}, `unknown command "chekc"; did you mean check?`},
		{"a command in upper case", []string{"SNIPPET"}, "did you mean snippet?"},
		{"a plural", []string{"tokens"}, "did you mean token?"},
		{"an empty command", []string{""}, `unknown command ""`},
		{"an unknown command to tell about", []string{"help", "user"}, "did you mean users?"},
		{"an unknown option", []string{"--verbose"}, "chatpass serve: flag provided but not defined: -verbose\nTry: chatpass serve --help"},
		{"an option behind an argument", []string{"users", "1", "--verbose"}, "flag provided but not defined"},
		{"an argument too many", []string{"version", "x"}, `chatpass version: unexpected argument "x"`},
		{"an argument where options are", []string{"check", "page"}, `chatpass check: unexpected argument "page"`},
		{"users without an id", []string{"users"}, "name at least one id"},
		{"users with too many ids", []string{"users", strings.Repeat("1,", 501)}, "501 ids, at most 500"},
		{"token without an id", []string{"token"}, "name one id"},
		{"token with two ids", []string{"token", "1", "2"}, "name one id"},
		{"check of a page without a scheme", []string{"check", "--url", "example.com"}, "--url is no address of the form"},
		{"check with cookies for no page", []string{"check", "--cookies", "-"}, "--cookies says nothing without --url"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := runProgram("", nil, tt.args...)
			if got.code != exitUsage || got.out != "" || !strings.Contains(got.err, tt.want) {
				t.Errorf("exit %d, output %q, messages %q; want 2 and %q", got.code, got.out, got.err, tt.want)
			}
		})
	}
}

func TestRefusedSettings(t *testing.T) {
	environ := []string{
		"CHATPASS_IMBACHAT_SECRET_KEY=short-canary", "CHATPASS_LISTEN=nowhere", "CHATPASS_USERS_TABEL=members", "CHATPASS_DATABASE_URL=sqlite:/nonexistent.db",
	}
	for _, command := range [][]string{nil, {"serve"}, {"check"}, {"users", "1"}, {"token", "1"}} {
		got := runProgram("", environ, command...)
		if got.code != exitRefused || got.out != "" {
			t.Errorf("%v: exit %d, output %q", command, got.code, got.out)
		}
		for _, want := range []string{
			"the settings are refused:", "CHATPASS_LISTEN is", "CHATPASS_USERS_TABEL", "CHATPASS_USERS_TABLE", "CHATPASS_IMBACHAT_SECRET_KEY", "CHATPASS_IMBACHAT_API_PASSWORD",
		} {
			if !strings.Contains(got.err, want) {
				t.Errorf("%v: the messages lack %q:\n%s", command, want, got.err)
			}
		}
		if strings.Contains(got.err, "short-canary") {
			t.Errorf("%v: the messages hold a secret:\n%s", command, got.err)
		}
	}
	t.Run("a column that does not exist", func(t *testing.T) {
		dir := newSite(t, "CHATPASS_USERS_BADGE=rank")
		for _, command := range [][]string{{"serve"}, {"users", "6"}, {"token", "6"}} {
			if got := runProgram(dir, nil, command...); got.code != exitRefused || !strings.Contains(got.err, "CHATPASS_USERS_BADGE") {
				t.Errorf("%v: exit %d, messages %q", command, got.code, got.err)
			}
		}
	})
	t.Run("serve without a provider", func(t *testing.T) {
		dir := newSite(t)
		env := filepath.Join(dir, ".env")
		text, err := os.ReadFile(env)
		if err != nil {
			t.Fatal(err)
		}
		kept := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool { return strings.Contains(line, "IMBACHAT") })
		if err := os.WriteFile(env, []byte(strings.Join(kept, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := runProgram(dir, nil); got.code != exitRefused || !strings.Contains(got.err, "no chat provider") {
			t.Errorf("serve: exit %d, messages %q", got.code, got.err)
		}
		if got := runProgram(dir, nil, "users", "6"); got.code != exitOK || !strings.Contains(got.out, `"name":"John"`) {
			t.Errorf("users: %+v", got)
		}
		if got := runProgram(dir, nil, "token", "6"); got.code != exitRefused || !strings.Contains(got.err, "no provider is set") {
			t.Errorf("token: %+v", got)
		}
		if got := runProgram(dir, nil, "check"); got.code != exitOK || !strings.Contains(got.out, "warn  provider: no chat provider is set up") {
			t.Errorf("check: %+v", got)
		}
	})
}

func TestUsersCommand(t *testing.T) {
	dir := newSite(t)
	const john, zoe, minus = `{"user_id":6,"name":"John","avatar_url":"https://example.com/6.jpg"}`, `{"user_id":7,"name":"Zoë"}`, `{"user_id":-3,"name":"Minus"}`
	for _, tt := range []struct {
		name string
		args []string
		want result
	}{
		{"one user", []string{"6"}, result{0, "[" + john + "]\n", ""}},
		{"a list and more", []string{"7,6", "6"}, result{0, "[" + zoe + "," + john + "]\n", ""}},
		{"an id with a minus", []string{"-3", "7"}, result{0, "[" + minus + "," + zoe + "]\n", ""}},
		{"ids behind --", []string{"6", "--", "-3", "7"}, result{0, "[" + john + "," + minus + "," + zoe + "]\n", ""}},
		{"an unknown user", []string{"6", "99"}, result{1, "[" + john + "]\n", "chatpass users: no visible user has the id \"99\"\n"}},
		{"no id at all", []string{"1abc"}, result{1, "[]\n", "chatpass users: no visible user has the id \"1abc\"\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, runProgram(dir, nil, append([]string{"users"}, tt.args...)...), cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a database that is not there", func(t *testing.T) {
		got := runProgram(dir, []string{"CHATPASS_DATABASE_URL=sqlite:" + dir + "/other.db"}, "users", "6")
		if got.code != exitFailed || got.out != "" || !strings.Contains(got.err, "does not exist; start the database, or correct") {
			t.Errorf("%+v", got)
		}
		if _, err := os.Stat(dir + "/other.db"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a database was made: %v", err)
		}
	})
}

func TestTokenCommand(t *testing.T) {
	dir := newSite(t)
	got := runProgram(dir, nil, "token", "6")
	if got.code != exitOK || !regexp.MustCompile(`^eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9\.[\w-]+\.[\w-]{43}\n$`).MatchString(got.out) {
		t.Errorf("exit %d, output %q", got.code, got.out)
	}
	if !regexp.MustCompile(`^for user 6, until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$`).MatchString(got.err) {
		t.Errorf("messages %q", got.err)
	}
	if got := runProgram(dir, nil, "token", "99"); got.code != exitFailed || got.out != "" || !strings.Contains(got.err, `no visible user has the id "99"`) {
		t.Errorf("an unknown user: %+v", got)
	}
}

func TestSnippetCommand(t *testing.T) {
	dir := newSite(t)
	for _, tt := range []struct {
		name    string
		args    []string
		environ []string
		out     string
		note    string // "" means that nothing is said
	}{
		{"the loader, without guests", nil, nil, `<script src="/chat/loader.js"`, "shows nothing at all to every visitor; set CHATPASS_PRESET"},
		{"the loader, with guests", []string{"loader"}, []string{"CHATPASS_IMBACHAT_GUESTS=load"}, `<script src="/chat/loader.js"`, "shows the chat as guests see it to every visitor"},
		{"an include", []string{"include"}, nil, `virtual="/chat/widget"`, "`chatpass snippet php`"},
		{"PHP", []string{"php"}, []string{"CHATPASS_SITE_KEY=0123456789abcdef0123456789abcdef"}, "chatpass_widget(", ""},
		{"PHP without a site key", []string{"php"}, nil, "chatpass_widget(", "CHATPASS_SITE_KEY is not set"},
		{"a button", []string{"button"}, []string{"CHATPASS_SITE_KEY=0123456789abcdef0123456789abcdef"}, "(chatpass snippet php)", ""},
		{"a template language", []string{"twig"}, nil, "{{ member.id|e }}", "`chatpass snippet php`"},
		{"a module for Sendbird", []string{"sendbird-js"}, []string{"CHATPASS_BASE_PATH=/talk"}, "const BASE = '/talk';", "CHATPASS_SENDBIRD_APP_ID"},
		{"an app for Sendbird", []string{"sendbird-android"}, []string{"CHATPASS_SENDBIRD_APP_ID=APP-1", "CHATPASS_SENDBIRD_API_TOKEN=0123456789abcdef0123456789abcdef"}, `const val APP_ID = "APP-1"`, ""},
		{"an app for a known site", []string{"sendbird-ios"}, []string{"CHATPASS_SENDBIRD_APP_ID=APP-1", "CHATPASS_SENDBIRD_API_TOKEN=0123456789abcdef0123456789abcdef", "CHATPASS_SITE_URL=https://example.org"}, `URL(string: "https://example.org/chat/sendbird/token")`, ""},
		{"a plugin", []string{"wordpress"}, []string{"CHATPASS_BASE_PATH=/talk"}, "'/talk/loader.js'", "`chatpass snippet php`"},
		{"a template language with the site key", []string{"django-inline"}, []string{"CHATPASS_SITE_KEY=0123456789abcdef0123456789abcdef"}, "def chatpass_widget(", ""},
		{"a template language without a site key", []string{"blade-inline"}, nil, "final class Chatpass", "CHATPASS_SITE_KEY is not set"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := runProgram(dir, tt.environ, append([]string{"snippet"}, tt.args...)...)
			if got.code != exitOK || !strings.Contains(got.out, tt.out) || !strings.Contains(got.err, tt.note) || (got.err == "") != (tt.note == "") {
				t.Errorf("%+v, want %q and the note %q", got, tt.out, tt.note)
			}
		})
	}
	for kind, code := range map[string]int{
		"loader": exitOK, "twig": exitOK, "wordpress": exitOK, "php": exitRefused, "button": exitRefused, "include": exitRefused, "twig-inline": exitRefused,
	} {
		got := runProgram(dir, []string{"CHATPASS_LISTEN=127.0.0.1:0"}, "snippet", kind)
		if got.code != code || code == exitRefused && (got.out != "" || !strings.Contains(got.err, "the port is not known before")) {
			t.Errorf("%s for a port that the kernel chooses: %+v, want exit %d", kind, got, code)
		}
	}
	for kind, want := range map[string]string{"nginx": "location ^~ /chat/ {", "apache": `ProxyPass "/chat/"`, "caddy": "reverse_proxy", "haproxy": "backend chatpass", "ssi": "<!--#include", "esi": "<esi:include"} {
		got := runProgram(dir, []string{"CHATPASS_LISTEN=127.0.0.1:8090"}, "snippet", kind)
		if got.code != exitOK || !strings.Contains(got.out, want) || !strings.Contains(got.err, "CHATPASS_TRUSTED_PROXIES is not set") {
			t.Errorf("%s: %+v, want %q and a note", kind, got, want)
		}
		if got := runProgram(dir, []string{"CHATPASS_LISTEN=127.0.0.1:8090", "CHATPASS_TRUSTED_PROXIES=127.0.0.1"}, "snippet", kind); got.code != exitOK || got.err != "" {
			t.Errorf("%s with trusted proxies: %+v", kind, got)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	nameless := t.TempDir()
	text = regexp.MustCompile(`(?m)^CHATPASS_SITE_URL=.*$`).ReplaceAll(text, nil)
	if err := os.WriteFile(filepath.Join(nameless, ".env"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	app := []string{"CHATPASS_SENDBIRD_APP_ID=APP-1", "CHATPASS_SENDBIRD_API_TOKEN=0123456789abcdef0123456789abcdef"}
	if got := runProgram(nameless, app, "snippet", "sendbird-ios"); got.code != exitOK || !strings.Contains(got.err, "CHATPASS_SITE_URL is not set") || !strings.Contains(got.out, `"https://www.example.com/chat/`) {
		t.Errorf("an app for a site without an address: %+v", got)
	}
	for kind, want := range map[string]string{"jsp": "unknown snippet"} {
		if got := runProgram(dir, nil, "snippet", kind); got.code != exitUsage || got.out != "" || !strings.Contains(got.err, want) {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

func TestHelpOfSnippetTellsEveryKind(t *testing.T) {
	got := runProgram(t.TempDir(), nil, "snippet", "--help")
	for _, k := range templates.Kinds() {
		if !regexp.MustCompile(`(?m)^  ` + k.Name + ` +` + regexp.QuoteMeta(k.About) + `$`).MatchString(got.out) {
			t.Errorf("no line for %s in:\n%s", k.Name, got.out)
		}
	}
	for line := range strings.Lines(got.out) {
		if len(line) > 132 {
			t.Errorf("too long for a terminal: %q", line)
		}
	}
}

func TestVersionCommand(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"--version"}} {
		got := runProgram("", nil, args...)
		if got.code != exitOK || !regexp.MustCompile(`^chatpass \S+, commit \S+, go1\.\S+.*\n$`).MatchString(got.out) || got.err != "" {
			t.Errorf("%+v", got)
		}
	}
}

// findings runs check --json.
func findings(t *testing.T, dir string, code int, environ ...string) map[string]finding {
	t.Helper()
	got := runProgram(dir, environ, "check", "--json")
	if got.code != code || got.err != "" {
		t.Errorf("check: exit %d, want %d, messages %q", got.code, code, got.err)
	}
	var doc struct {
		Findings []finding `json:"findings"`
		OK       *bool     `json:"ok"`
	}
	decoder := json.NewDecoder(strings.NewReader(got.out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&doc); err != nil {
		t.Fatalf("check --json prints %q: %v", got.out, err)
	}
	if doc.OK == nil || *doc.OK != (code == exitOK) {
		t.Errorf("check --json says ok %v with exit code %d", doc.OK, got.code)
	}
	found := map[string]finding{}
	for _, f := range doc.Findings {
		if !slices.Contains([]string{"ok", "warn", "fail"}, f.Level) || f.Subject == "" || f.Text == "" {
			t.Errorf("a finding says %+v", f)
		}
		found[f.Subject] = f
	}
	return found
}

func TestCheckCommand(t *testing.T) {
	t.Run("without a running sidecar", func(t *testing.T) {
		dir := newSite(t)
		found := findings(t, dir, exitOK)
		for subject, level := range map[string]string{
			"settings": "ok", "provider": "ok", "database": "ok", "mapping": "ok", "search": "ok", "clock": "ok", "user": "ok", "token": "ok",
			"users-info": "ok", "running": "warn",
		} {
			if found[subject].Level != level {
				t.Errorf("%s: %+v, want level %s", subject, found[subject], level)
			}
		}
		if f := found["users-info"]; !strings.Contains(f.Text, "1 of 1 user") {
			t.Errorf("the provider's call: %+v", f)
		}
		text := runProgram(dir, []string{"NO_COLOR=1"}, "check")
		if strings.ContainsAny(text.out, "\x1b\r") || text.err != "" {
			t.Errorf("colours or progress in a pipe: %+v", text)
		}
		for line := range strings.Lines(text.out) {
			if !regexp.MustCompile(`^(ok   |warn |fail ) \S.*: .+\n$`).MatchString(line) {
				t.Errorf("the line %q has another form", line)
			}
		}
		for _, hidden := range []string{"John", apiPassword, secretKey, "Zoë"} {
			if strings.Contains(text.out, hidden) {
				t.Errorf("the output holds %q:\n%s", hidden, text.out)
			}
		}
	})
	t.Run("a mapping that does not fit", func(t *testing.T) {
		dir := newSite(t, "CHATPASS_USERS_TABLE=member")
		if f := findings(t, dir, exitFailed)["CHATPASS_USERS_TABLE"]; f.Level != "fail" || !strings.Contains(f.Remedy, "did you mean members?") {
			t.Errorf("%+v", f)
		}
	})
	t.Run("a database that is not there", func(t *testing.T) {
		dir := newSite(t)
		if f := findings(t, dir, exitFailed, "CHATPASS_DATABASE_URL=sqlite:"+dir+"/other.db")["database"]; f.Level != "fail" || f.Remedy == "" {
			t.Errorf("%+v", f)
		}
	})
	t.Run("with a running sidecar", func(t *testing.T) {
		dir := newSite(t)
		r := start(t, dir)
		found := findings(t, dir, exitOK)
		if found["running"].Level != "ok" || found["provider calls"].Level != "warn" || !strings.Contains(found["provider calls"].Text, "has not called") {
			t.Errorf("before the provider called: %+v", found)
		}
		if code, body, _ := get(t, dir+"/public", "/chat/users/6,7", asProvider); code != 200 || !strings.Contains(body, "John") {
			t.Errorf("users-info answers %d %s", code, body)
		}
		if f := findings(t, dir, exitOK)["provider calls"]; f.Level != "ok" || !strings.Contains(f.Text, "on /chat/users/:ids, answered 200; 1 calls, 0") {
			t.Errorf("after a call: %+v", f)
		}
		get(t, dir+"/public", "/chat/users?user_ids=424242", nil)
		if f := findings(t, dir, exitFailed)["provider calls"]; f.Level != "fail" || !strings.Contains(f.Text, "answered 401") || strings.Contains(f.Text, "424242") {
			t.Errorf("after a refused call: %+v", f)
		}
		if code := r.end(t); code != exitOK {
			t.Errorf("serve ends with %d:\n%s", code, &r.messages)
		}
	})
}

func TestHealthcheckCommand(t *testing.T) {
	dir := newSite(t)
	if got := runProgram(dir, nil, "healthcheck"); got.code != exitFailed || got.out != "" || !strings.Contains(got.err, "no answer on unix:") {
		t.Errorf("without a sidecar: %+v", got)
	}
	r := start(t, dir)
	if diff := cmp.Diff(result{0, "{\"status\":\"ready\"}\n", ""}, runProgram(dir, nil, "healthcheck"), cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("with a sidecar (-want +got):\n%s", diff)
	}
	r.end(t)
	t.Run("asks loopback where it listens everywhere", func(t *testing.T) {
		other := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<html>It works!</html>") })}
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = other.Serve(ln) }()
		defer func() { _ = other.Close() }()
		_, port, _ := net.SplitHostPort(ln.Addr().String())
		got := runProgram(dir, []string{"CHATPASS_LISTEN=0.0.0.0:" + port}, "healthcheck")
		if got.code != exitFailed || !strings.Contains(got.err, "is no Chatpass") {
			t.Errorf("another program that answers 200: %+v", got)
		}
	})
	t.Run("a socket without an address", func(t *testing.T) {
		got := runProgram(dir, []string{"CHATPASS_LISTEN=fd:3", "CHATPASS_ADMIN_LISTEN=off"}, "healthcheck")
		if got.code != exitFailed || !strings.Contains(got.err, "no address that can be asked") {
			t.Errorf("%+v", got)
		}
	})
}
