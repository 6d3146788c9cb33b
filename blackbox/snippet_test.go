package blackbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

// inlineKind is a kind of snippet whose code puts the widget with the visitor's token into a page.
type inlineKind struct {
	name, engine, file, script string
	program                    []string // the programs to try, with what they must be able to run
	deb                        string
}

var inlineKinds = []inlineKind{
	{"twig-inline", "twig", "ChatpassExtension.php", "inline.php", []string{"php", "-r", "require 'Twig/autoload.php'; curl_init();"}, "php-twig php-curl"},
	{"blade-inline", "blade", "Chatpass.php", "inline.php", []string{"php", "-r", "require 'Illuminate/View/autoload.php'; curl_init();"}, "php-illuminate-view php-curl"},
	{"django-inline", "", "chatpass.py", "inline.py", []string{"python3", "-c", "import django"}, "python3-django"},
}

// find returns the program of a kind; the first Python in PATH may be another than the system's.
func (k inlineKind) find(t *testing.T) string {
	t.Helper()
	for _, program := range []string{k.program[0], "/usr/bin/" + k.program[0]} {
		ctx, cancel := context.WithTimeout(t.Context(), runLimit)
		err := exec.CommandContext(ctx, program, k.program[1:]...).Run()
		cancel()
		if err == nil {
			return program
		}
	}
	missing := t.Skipf
	if os.Getenv("REQUIRE_SERVICES") == "1" {
		missing = t.Fatalf
	}
	missing("what %s needs is not installed (Debian: %s)", k.name, k.deb)
	return ""
}

// visit is a page of a site that has the snippet, and who looks at it.
type visit struct {
	Engine string `json:"engine"`
	File   string `json:"file"`
	Text   string `json:"text"`
	User   any    `json:"user"`
	Nonce  string `json:"nonce"`
	Key    string `json:"key"`
	Times  int    `json:"times"`
	Bare   bool   `json:"bare"`
}

// rendered is what comes of it.
type rendered struct {
	Pages   []string `json:"pages"`
	Headers []string `json:"headers"`
	Seconds float64  `json:"seconds"`
	logged  string
}

// usage is the line that a snippet's own comment tells to write into the template; with says which of the two.
func usage(t *testing.T, text string, nonce bool) string {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "//"))
		if strings.HasPrefix(line, "{") && strings.Contains(strings.ToLower(line), "nonce") == nonce {
			return line
		}
	}
	t.Fatalf("no usage in:\n%s", text)
	return ""
}

// visit renders a page with a snippet that was printed for e.
func (k inlineKind) visit(t *testing.T, e env, v visit) rendered {
	t.Helper()
	program := k.find(t)
	text := run(t, e, "snippet", k.name).stdout
	v.Engine, v.File, v.Text = k.engine, filepath.Join(t.TempDir(), k.file), usage(t, text, v.Nonce != "")
	v.Times = max(1, v.Times)
	if err := os.WriteFile(v.File, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs(filepath.Join("..", "templates", "testdata", "snippets", k.script))
	if err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*runLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, script)
	cmd.Dir = filepath.Dir(v.File)
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir(), "PYTHONDONTWRITEBYTECODE=1", "http_proxy=http://127.0.0.1:1")
	var out, logged bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &logged
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, &out, &logged)
	}
	var r rendered
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || len(r.Pages) != v.Times {
		t.Fatalf("%v\n%s%s", err, &out, &logged)
	}
	r.logged = logged.String()
	leaks(t, "the page and the log of "+k.name, out.String()+r.logged)
	return r
}

// scripts are the script elements of a page, as "src|nonce", and the identity in it; anything else in the page is a failure.
func scripts(t *testing.T, page string) (found []string, identity map[string]any) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		switch {
		case n.Type != html.ElementNode || n.Data == "html" || n.Data == "head" || n.Data == "body":
		case n.Data != "script":
			t.Errorf("the page has an element %s: %s", n.Data, page)
		default:
			attrs := map[string]string{}
			for _, a := range n.Attr {
				attrs[a.Key] = a.Val
			}
			found = append(found, attrs["src"]+attrs["id"]+"|"+attrs["nonce"])
			if attrs["id"] == "chatpass-data" {
				if err := json.Unmarshal([]byte(n.FirstChild.Data), &identity); err != nil {
					t.Error(err)
				}
			}
		}
	}
	return found, identity
}

func TestInlineSnippetsOfTemplateLanguages(t *testing.T) {
	_, e := kvsSite(t)
	e = e.with("BASE_PATH", "/talk", "USERS_WHERE", "status_id in (2,3)")
	s := serve(t, e)
	e = e.with("LISTEN", strings.TrimPrefix(s.public, "http://"))
	const provider = "https://api.imbachat.com/imbachat/v1/4711/widget"
	for _, k := range inlineKinds {
		t.Run(k.name, func(t *testing.T) {
			for _, tt := range []struct {
				name    string
				visit   visit
				scripts []string
				user    any
				logged  string
			}{
				{"a signed-in user gets a pass", visit{User: 1}, []string{"chatpass-data|", provider + "|", "/talk/loader.js|"}, 1.0, ""},
				{
					"a big id and a nonce arrive as they are",
					visit{User: 4294967295, Nonce: `R4nd0m+/==`},
					[]string{`chatpass-data|R4nd0m+/==`, provider + `|R4nd0m+/==`, `/talk/loader.js|R4nd0m+/==`},
					4294967295.0, "",
				},
				{"a hostile name stays inside", visit{User: 4}, []string{"chatpass-data|", provider + "|", "/talk/loader.js|"}, 4.0, ""},
				{"a guest gets nothing where guests have no chat", visit{}, nil, nil, ""},
				{"a nonce that is none gets nothing", visit{User: 1, Nonce: `"><x>`}, nil, nil, "answered 400"},
				{"an unknown user gets nothing", visit{User: 999}, nil, nil, "answered 404"},
				{"a banned user gets nothing", visit{User: 7}, nil, nil, "answered 404"},
				{"a hostile id gets nothing", visit{User: "1&user_id=2#"}, nil, nil, "answered 404"},
				{"a wrong key shows nothing", visit{User: 1, Key: "wrong"}, nil, nil, "answered 401"},
			} {
				t.Run(tt.name, func(t *testing.T) {
					if tt.visit.Key == "" {
						tt.visit.Key = siteKey
					}
					r := k.visit(t, e, tt.visit)
					found, identity := scripts(t, r.Pages[0])
					if diff := cmp.Diff(tt.scripts, found); diff != "" || identity["user_id"] != tt.user {
						t.Errorf("user %v, scripts differ (-want +got):\n%s\n%s", identity["user_id"], diff, r.Pages[0])
					}
					if diff := cmp.Diff([]string{"Cache-Control: no-store, private"}, r.Headers); diff != "" {
						t.Errorf("headers differ (-want +got):\n%s", diff)
					}
					if (tt.logged == "") != (r.logged == "") || !strings.Contains(r.logged, tt.logged) {
						t.Errorf("logged %q, want %q", r.logged, tt.logged)
					}
				})
			}
		})
	}
}

func TestInlineSnippetsThroughAUnixSocket(t *testing.T) {
	_, e := kvsSite(t)
	dir, err := os.MkdirTemp("", "chatpass-s-") // a socket's path has at most 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	e = e.with("LISTEN", "unix:"+filepath.Join(dir, "s"))
	serve(t, e)
	for _, k := range inlineKinds {
		t.Run(k.name, func(t *testing.T) {
			r := k.visit(t, e, visit{User: 2, Key: siteKey})
			if _, identity := scripts(t, r.Pages[0]); identity["user_id"] != 2.0 {
				t.Errorf("the page is %q, logged %q", r.Pages[0], r.logged)
			}
		})
	}
}

// TestSEC74InlineSnippetsWithoutTheSidecar is the site's side of SEC-74: the page is whole and in time whatever Chatpass does.
func TestSEC74InlineSnippetsWithoutTheSidecar(t *testing.T) {
	for _, k := range inlineKinds {
		t.Run(k.name+" does without a sidecar that is down", func(t *testing.T) {
			r := k.visit(t, anySite("127.0.0.1:"+freePort(t)), visit{User: 1, Key: siteKey, Times: 20})
			if got := strings.Join(r.Pages, ""); got != "" || r.Seconds > 1 || strings.Count(r.logged, "answered") > 1 {
				t.Errorf("the page is %q after %.2f s, logged %q", got, r.Seconds, r.logged)
			}
		})
		t.Run(k.name+" waits once for one that hangs", func(t *testing.T) {
			hanging, asked := hang(t)
			r := k.visit(t, anySite(hanging), visit{User: 1, Key: siteKey, Times: 20})
			if got := strings.Join(r.Pages, ""); got != "" || r.Seconds < 0.25 || r.Seconds > 1 {
				t.Errorf("the page is %q after %.2f s, want 0.3", got, r.Seconds)
			}
			if n := len(asked); n != 1 {
				t.Errorf("asked %d times, want once", n)
			}
		})
		t.Run(k.name+" asks nobody without a key", func(t *testing.T) {
			hanging, asked := hang(t)
			r := k.visit(t, anySite(hanging), visit{User: 1})
			if r.Pages[0] != "" || len(asked) != 0 {
				t.Errorf("the page is %q, asked %d times", r.Pages[0], len(asked))
			}
		})
	}
}

// anySite is enough for a snippet: the program need not run.
func anySite(listen string) env {
	return env{"LISTEN": listen, "DATABASE_URL": "sqlite:site.db", "PRESET": "wordpress", "SITE_KEY": siteKey}
}

// hang accepts connections and never answers.
func hang(t *testing.T) (address string, asked chan net.Conn) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = make(chan net.Conn, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			asked <- conn
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
		for len(asked) > 0 {
			_ = (<-asked).Close()
		}
	})
	return listener.Addr().String(), asked
}

func TestDjangoSnippetShowsNothingWithoutItsMiddleware(t *testing.T) {
	hanging, asked := hang(t)
	r := inlineKinds[2].visit(t, anySite(hanging), visit{User: 1, Key: siteKey, Bare: true})
	if r.Pages[0] != "" || len(asked) != 0 || !strings.Contains(r.logged, "the middleware no_store is missing") {
		t.Errorf("the page is %q, asked %d times, logged %q", r.Pages[0], len(asked), r.logged)
	}
}
