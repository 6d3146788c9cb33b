package templates_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/templates"
	"github.com/google/go-cmp/cmp"
)

func snippet(t *testing.T, kind string, d templates.SnippetData) string {
	t.Helper()
	text, err := templates.Snippet(kind, d)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestLoaderSnippetIsOneTag(t *testing.T) {
	got := snippet(t, "loader", templates.SnippetData{BasePath: "/chat"})
	if diff := cmp.Diff("<script src=\"/chat/loader.js\" async></script>\n", got); diff != "" {
		t.Errorf("snippet differs (-want +got):\n%s", diff)
	}
}

func TestSnippetsNameHowTheServerReachesChatpass(t *testing.T) {
	tests := []struct{ name, listen, site, want string }{
		{"a host and port", "127.0.0.1:8090", "https://example.com", "http://127.0.0.1:8090"},
		{"all addresses", "0.0.0.0:8090", "https://example.com", "http://127.0.0.1:8090"},
		{"all IPv6 addresses", "[::]:8090", "", "http://127.0.0.1:8090"},
		{"a port alone", ":8090", "", "http://127.0.0.1:8090"},
		{"an IPv6 address", "[::1]:8090", "", "http://[::1]:8090"},
		{"a name", "chatpass:8090", "", "http://chatpass:8090"},
		{"a passed socket, through the site", "fd:3", "https://example.com/forum", "https://example.com"},
		{"a passed socket of an unknown site", "fd:3", "", "http://127.0.0.1:8090"},
		{"nothing known", "", "", "http://127.0.0.1:8090"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := templates.SnippetData{BasePath: "/chat", Listen: test.listen, SiteURL: test.site}
			if got := snippet(t, "php", d); !strings.Contains(got, "'"+test.want+"' . '/chat' .") {
				t.Errorf("no %s in:\n%s", test.want, got)
			}
			if got := snippet(t, "include", d); !strings.Contains(got, "GET "+test.want+"/chat/widget") {
				t.Errorf("no %s in:\n%s", test.want, got)
			}
		})
	}
}

func TestSnippetsNameTheUnixSocket(t *testing.T) {
	d := templates.SnippetData{BasePath: "/chat", Listen: "unix:/run/chatpass/chatpass.sock"}
	if got := snippet(t, "php", d); !strings.Contains(got, "CURLOPT_UNIX_SOCKET_PATH => '/run/chatpass/chatpass.sock',") {
		t.Errorf("no socket in:\n%s", got)
	}
	if got := snippet(t, "include", d); !strings.Contains(got, "the unix socket /run/chatpass/chatpass.sock") {
		t.Errorf("no socket in:\n%s", got)
	}
}

func TestSnippetsOfAppsNameTheSitesPublicAddress(t *testing.T) {
	for _, kind := range []string{"sendbird-android", "sendbird-ios"} {
		for site, want := range map[string]string{
			"https://example.org:8443/forum": `"https://example.org:8443/chat/sendbird/token"`,
			"":                               `"https://www.example.com/chat/sendbird/token"`,
		} {
			if got := snippet(t, kind, templates.SnippetData{BasePath: "/chat", SiteURL: site, Listen: "unix:/run/x.sock"}); !strings.Contains(got, want) {
				t.Errorf("%s of %q has no %s", kind, site, want)
			}
		}
		if got := snippet(t, kind, templates.SnippetData{}); !strings.Contains(got, `"YOUR-APPLICATION-ID"`) {
			t.Errorf("%s does not tell where the application's id belongs", kind)
		}
	}
}

func TestSnippetValuesStayInsideTheirQuotes(t *testing.T) {
	d := templates.SnippetData{BasePath: `/a'b"c\`, Listen: "unix:/run/x'--><b>.sock", SendbirdApp: `a"$b\(c)`}
	for kind, want := range map[string]string{
		"loader":  `src="/a&#39;b&#34;c\/loader.js"`,
		"include": `socket /run/x&#39;--&gt;&lt;b&gt;.sock`,
		"php":     `CURLOPT_UNIX_SOCKET_PATH => '/run/x\'--><b>.sock',`,
		"button":  `'/a\'b"c\\' . $route`,

		"sendbird-js":      `const BASE = '/a\'b"c\\';`,
		"sendbird-android": `const val APP_ID = "a\"\$b\\(c)"`,
		"sendbird-ios":     `static let appID = "a\"$b\\(c)"`,
	} {
		t.Run(kind, func(t *testing.T) {
			if got := snippet(t, kind, d); !strings.Contains(got, want) {
				t.Errorf("no %s in:\n%s", want, got)
			}
		})
	}
}

func TestSnippetRefuses(t *testing.T) {
	tests := []struct {
		name, kind string
		data       templates.SnippetData
		want       string
	}{
		{"an unknown kind", "cobol", templates.SnippetData{}, `unknown snippet "cobol", there are: loader, include, php, button`},
		{"a partial template", "fetch", templates.SnippetData{}, `unknown snippet "fetch"`},
		{"a line break in the base path", "php", templates.SnippetData{BasePath: "/a\nb"}, "control characters"},
		{"a null byte in the socket", "php", templates.SnippetData{Listen: "unix:\x00"}, "control characters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text, err := templates.Snippet(test.kind, test.data)
			if err == nil || !strings.Contains(err.Error(), test.want) || text != "" {
				t.Errorf("text %q, error %v, want %q", text, err, test.want)
			}
		})
	}
}

func TestSnippetKindsCannotBeChangedFromOutside(t *testing.T) {
	templates.SnippetKinds()[0] = "broken"
	templates.Kinds()[0].Name = "broken"
	if names := templates.SnippetKinds(); names[0] != "loader" || templates.Kinds()[0].Name != "loader" {
		t.Errorf("kinds %q", names)
	}
}

// php returns PHP's command line program with its curl extension.
func php(t *testing.T) string {
	t.Helper()
	missing := t.Skip
	if os.Getenv("REQUIRE_SERVICES") == "1" {
		missing = t.Fatal
	}
	program, err := exec.LookPath("php")
	if err != nil {
		missing("php is not installed (Debian: php-cli php-curl): ", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "-m").Output()
	if err != nil || !strings.Contains(string(out), "\ncurl\n") {
		missing("php has no curl extension (Debian: php-curl): ", err)
	}
	return program
}

// runPHP runs code as a page of its own and returns what it prints and what it logs.
func runPHP(t *testing.T, code string, env ...string) (page, logged string) {
	t.Helper()
	program := php(t)
	file := filepath.Join(t.TempDir(), "page.php")
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	args := []string{"-d", "error_reporting=-1", "-d", "display_errors=stderr", "-d", "error_log=", "-d", "log_errors=1", file}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(append(os.Environ(), "TMPDIR="+t.TempDir()), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, &out, &errs)
	}
	return out.String(), errs.String()
}

const siteKey = "test-only-0123456789abcdef0123456789abcdef"

// sidecar answers as Chatpass would, and tells of each request how it was asked.
func sidecar(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+siteKey {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.URL.Query().Get("user_id") == "404" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = fmt.Fprintf(w, "[%s %s]", r.Method, r.URL)
}

func TestPHPSnippetsAskTheSidecar(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(sidecar))
	defer server.Close()
	d := templates.SnippetData{BasePath: "/chat", Listen: strings.TrimPrefix(server.URL, "http://")}
	key := "CHATPASS_SITE_KEY=" + siteKey
	tests := []struct {
		name, kind, before, after, env string
		want, logged                   string
	}{
		{
			"the widget of a signed-in user", "php", "$_SESSION = array('user_id' => 6);", "", key,
			"[GET /chat/widget?mode=inline&user_id=6]", "",
		},
		{"the widget of a guest", "php", "", "", key, "[GET /chat/widget?mode=inline]", ""},
		{
			"a nonce and a text id are encoded", "php", "", "echo chatpass_widget('a&b=1', 'x+y=');", key,
			"[GET /chat/widget?mode=inline][GET /chat/widget?mode=inline&user_id=a%26b%3D1&nonce=x%2By%3D]", "",
		},
		{
			"an unknown user gets nothing and does no harm", "php", "$_SESSION = array('user_id' => 404);", "echo chatpass_widget(6);", key,
			"[GET /chat/widget?mode=inline&user_id=6]", "answered 404",
		},
		{"a wrong key gets nothing", "php", "", "", "CHATPASS_SITE_KEY=wrong", "", "answered 401"},
		{"no key asks nobody", "php", "", "", "CHATPASS_SITE_KEY=", "", ""},
		{
			"a button", "button", "$_SESSION = array('user_id' => 6); $member_id = 2;", "", key,
			"[GET /chat/button?user_id=6&to=2&label=Write]", "",
		},
		{"guests get no button", "button", "$member_id = 2;", "", key, "", ""},
		{
			"both snippets live in one page", "php", "$member_id = 2;", "?>" + snippet(t, "button", d), key,
			"[GET /chat/widget?mode=inline]", "",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			page, logged := runPHP(t, "<?php "+test.before+"\n?>"+snippet(t, test.kind, d)+test.after, test.env)
			if page != test.want {
				t.Errorf("page %q, want %q\nlogged: %s", page, test.want, logged)
			}
			if (test.logged == "") != (logged == "") || !strings.Contains(logged, test.logged) {
				t.Errorf("logged %q, want %q", logged, test.logged)
			}
			if strings.Contains(page+logged, siteKey) {
				t.Error("the site key got out")
			}
		})
	}
}

func TestPHPSnippetReachesAUnixSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "chatpass") // t.TempDir can be too long for a socket address
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	socket := filepath.Join(dir, "s")
	listener, err := new(net.ListenConfig).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(sidecar))
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	defer server.Close()
	code := snippet(t, "php", templates.SnippetData{BasePath: "/chat", Listen: "unix:" + socket})
	page, logged := runPHP(t, code, "CHATPASS_SITE_KEY="+siteKey)
	if page != "[GET /chat/widget?mode=inline]" {
		t.Errorf("page %q, logged %q", page, logged)
	}
}

func TestPHPSnippetNeverHoldsThePageUp(t *testing.T) {
	asked := make(chan struct{}, 100)
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-release
	}))
	defer server.Close()
	defer close(release)
	d := templates.SnippetData{BasePath: "/chat", Listen: strings.TrimPrefix(server.URL, "http://")}
	code := "<?php $member_id = 2; $begin = microtime(true); ?>" + snippet(t, "button", d) +
		"for ($i = 0; $i < 50; $i++) { echo chatpass_button(6, $i); }\necho round(microtime(true) - $begin, 1);"
	page, _ := runPHP(t, code, "CHATPASS_SITE_KEY="+siteKey)
	if len(asked) != 1 {
		t.Errorf("a hanging sidecar was asked %d times for one page, want once", len(asked))
	}
	if page != "0.3" && page != "0.4" && page != "0.5" {
		t.Errorf("the page took %q s, want 0.3", page)
	}
}
