package blackbox_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// frontEnd is one of the site's web servers, started with what chatpass snippet prints and the least it needs around that.
type frontEnd struct {
	name    string
	program string   // looked for in the path and in sbin
	debian  string   // the package that has it
	kinds   []string // snippets that go into its configuration
	// config is the whole configuration; site is the address of the pages.
	config func(f wrapping) string
	args   func(dir string) []string
	// naming is how the recipe's own remark says that the proxy names user 6: the text in place of the remark, or of a line.
	naming [2]string
}

// wrapping is what a configuration is made of.
type wrapping struct {
	dir, listen, site string
	recipe            string // as the command prints it
	pages             string // directives for the location of the pages
	cache             bool   // a page cache in front of everything, as far as this server has one
}

var fronts = []frontEnd{
	{"nginx", "nginx", "nginx", []string{"nginx"}, nginxConfig, func(dir string) []string {
		return []string{"-p", dir, "-e", filepath.Join(dir, "log"), "-c", filepath.Join(dir, "config"), "-g", "daemon off;"}
	}, [2]string{`proxy_set_header X-Chatpass-User "";`, `proxy_set_header X-Chatpass-User "6";`}},
	{"apache", "apache2", "apache2-bin", []string{"apache"}, apacheConfig, func(dir string) []string {
		return []string{"-f", filepath.Join(dir, "config"), "-DFOREGROUND"}
	}, [2]string{`# To name the visitor,`, "RequestHeader set X-Chatpass-User 6\n#"}},
	{"caddy", "caddy", "caddy", []string{"caddy"}, caddyConfig, func(dir string) []string {
		return []string{"run", "--adapter", "caddyfile", "--config", filepath.Join(dir, "config")}
	}, [2]string{"header_up -X-Chatpass-User\n", "header_up X-Chatpass-User 6\n"}},
	{"haproxy", "haproxy", "haproxy", []string{"haproxy"}, haproxyConfig, func(dir string) []string {
		return []string{"-db", "-f", filepath.Join(dir, "config")}
	}, [2]string{`# To name the visitor,`, "http-request set-header X-Chatpass-User 6\n#"}},
	{"varnish", "varnishd", "varnish", []string{"esi"}, varnishConfig, func(dir string) []string {
		return []string{
			"-F", "-j", "none", "-n", filepath.Join(dir, "work"), "-a", "127.0.0.1:" + portIn(dir), "-f", filepath.Join(dir, "config"), "-T", "none", "-s", "malloc,32m",
			"-p", "http_req_size=128k", "-p", "http_req_hdr_len=64k", "-p", "workspace_client=256k", "-p", "workspace_backend=256k",
			"-p", "thread_pools=1", "-p", "thread_pool_min=10",
		}
	}, [2]string{`# To name the visitor,`, "set req.http.X-Chatpass-User = \"6\";\n#"}},
}

func frontNamed(t testing.TB, name string) frontEnd {
	t.Helper()
	for _, f := range fronts {
		if f.name == name {
			return f
		}
	}
	t.Fatalf("no web server %s", name)
	return frontEnd{}
}

func portOf(listen string) string {
	_, port, _ := net.SplitHostPort(listen)
	return port
}

// portIn is the port of the server whose folder this is.
func portIn(dir string) string {
	text, _ := os.ReadFile(filepath.Join(dir, "port"))
	return string(text)
}

// find returns the server's program. Without it the test is skipped, and fails where services are required.
func (f frontEnd) find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{f.program, "/usr/sbin/" + f.program, "/usr/local/sbin/" + f.program} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("REQUIRE_SERVICES") == "1" {
		t.Fatalf("%s is not installed (Debian: %s)", f.program, f.debian)
	}
	t.Skipf("%s is not installed (Debian: %s)", f.program, f.debian)
	return ""
}

// webServer is a running one.
type webServer struct {
	public string // http://127.0.0.1:port
	dir    string
	out    *output
}

// recipe is what the command prints for a web server in front of a sidecar with these settings.
func (f frontEnd) recipe(t testing.TB, e env) string {
	t.Helper()
	var all strings.Builder
	for _, kind := range f.kinds {
		text := snippetText(t, e, kind)
		if kind == "esi" {
			text = section(t, text, "Varnish")
		}
		all.WriteString(text)
	}
	return all.String()
}

func snippetText(t testing.TB, e env, kind string) string {
	t.Helper()
	r := run(t, e, "snippet", kind)
	if r.code != 0 || r.stdout == "" {
		t.Fatalf("snippet %s ended with %d: %s", kind, r.code, r.stderr)
	}
	return r.stdout
}

var heading = regexp.MustCompile(`(?m)^# ---- (.*) ----\n`)

// section is one part of a snippet for several files, by the beginning of its heading.
func section(t testing.TB, text, name string) string {
	t.Helper()
	at := heading.FindAllStringSubmatchIndex(text, -1)
	for i, m := range at {
		if !strings.HasPrefix(text[m[2]:m[3]], name) {
			continue
		}
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		return text[m[1]:end]
	}
	t.Fatalf("no part %q in:\n%s", name, text)
	return ""
}

// start runs the server until the test ends. It runs as nobody where the tests run as root.
func (f frontEnd) start(t testing.TB, w wrapping) *webServer {
	t.Helper()
	program := f.find(t)
	dir, err := os.MkdirTemp("", "chatpass-web-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	port := freePort(t)
	w.dir, w.listen = dir, "127.0.0.1:"+port
	for name, text := range map[string]string{"config": f.config(w), "port": port} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "cache"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, f.args(dir)...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin", "HOME=" + dir, "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "TMPDIR=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		for _, path := range []string{dir, filepath.Join(dir, "cache")} {
			if err := os.Chown(path, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	s := &webServer{public: "http://" + w.listen, dir: dir, out: newOutput()}
	cmd.Stdout, cmd.Stderr = s.out, s.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	guardProcess(t, cmd.Process.Pid, dir)
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
	})
	eventually(t, f.name+" to listen", runLimit, func() bool {
		select {
		case <-ended:
			t.Fatalf("%s ended:\n%s\n%s\n%s", f.name, s.out, s.log(), f.config(w))
		default:
		}
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", w.listen)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return s
}

// guardProcess ends a group of processes and removes its folder when this test process ends, however it ends.
func guardProcess(t testing.TB, pid int, dir string) {
	t.Helper()
	guard := exec.Command("/bin/sh", "-c", `read -r _; kill -9 -"$0" 2>/dev/null; rm -rf -- "$1"`, strconv.Itoa(pid), dir)
	guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := guard.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := guard.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = guard.Process.Kill()
		_ = guard.Wait()
		_ = pipe.Close()
	})
}

// log is what the server wrote into the file of its errors.
func (s *webServer) log() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(text)
}

func (s *webServer) get(t testing.TB, target string, options ...option) answer {
	t.Helper()
	return ask(t, client, http.MethodGet, s.public+target, options...)
}

// wire sends a request exactly as it is written; see (*sidecar).wire.
func (s *webServer) wire(t testing.TB, request string) answer {
	t.Helper()
	return (&sidecar{public: s.public}).wire(t, request)
}

// tryWire is wire for requests that a server may refuse by hanging up.
func (s *webServer) tryWire(t testing.TB, request string) (a answer, ok bool) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.public, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(requestLimit)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return answer{}, false
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return answer{}, false
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	leaks(t, "an answer", string(text))
	return answer{status: resp.StatusCode, header: resp.Header, body: string(text)}, err == nil
}

// inFront starts a sidecar and this web server before it.
func (f frontEnd) inFront(t testing.TB, e env) (*webServer, *sidecar) {
	t.Helper()
	f.find(t)
	e = e.with("LISTEN", "127.0.0.1:"+freePort(t))
	s := serve(t, e)
	return f.start(t, wrapping{recipe: f.recipe(t, e), site: sitePages(t, "")}), s
}

// sitePages is the site's own application: every page is the same, with this text before the end of its body.
func sitePages(t testing.TB, included string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=60") // a careless one
		w.Header().Set("ETag", `"page"`)
		w.Header().Set("Expires", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		if r.Method != http.MethodHead {
			_, _ = fmt.Fprintf(w, "<html><body><h1>Page</h1>\n%s\n</body></html>\n", included)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// wordpressOf is a WordPress site with the visitor of wpCookieName, without a fixed public address.
func wordpressOf(t testing.TB) env {
	t.Helper()
	address := evidenceDatabase(t, "wordpress", "sessions.sql")
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "wp-includes"), 0o700); err != nil {
		t.Fatal(err)
	}
	wpConfig(t, root, address)
	file := filepath.Join(root, "wp-config.php")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, file, string(text)+wpSalts)
	return settings(mysqltest.Start(t).Database(t)).with("DATABASE_URL", "", "SITE_ROOT", root, "SITE_URL", "", "TRUSTED_PROXIES", "127.0.0.1")
}
