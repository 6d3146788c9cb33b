package e2e_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// wordpressFiles is where Debian's package wordpress puts the program.
const wordpressFiles = "/usr/share/wordpress"

// The visitor of reference vector wp-68-hash, whose session ends in 2100, and the salts it is made with; the site is given the same salts.
const (
	wpSaltKey   = "LOGGED_IN-key-0123456789abcdef"
	wpSalt      = "LOGGED_IN-salt-fedcba9876543210"
	wp68Login   = "Ada Lovelace"
	wp68Hash    = "$wp$2y$10$abcdefghijklmnopqrstuuN0bZ1c2d3e4f5g6h7i8j9k0l1m2n3o4"
	wp68Token   = "Zq3x0123456789abcdefghijklmnopqrstuvwxyzABC"
	wp68Cookie  = wp68Login + "|4102444800|" + wp68Token + "|a8afe8ebbcc0450205ec12c78851b96d7070566890a252f3f0f4b90f5ab706e2"
	tablePrefix = "club7_"
)

// wordpress is a real WordPress of its own: MariaDB, php-fpm, nginx, and a sidecar beside it that knows nothing but the site's folder.
type wordpress struct {
	db       *mysqltest.DB
	root     string // the site's folder
	url      string
	provider string // origin of the pretend provider
	ids      map[string]string
}

// installed returns the first of these programs or files that there is, and ends the test when there is none.
func installed(t *testing.T, debian string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if filepath.IsAbs(name) {
			found, err := filepath.Glob(name)
			if err == nil && len(found) > 0 {
				return found[0]
			}
		} else if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, names[0]+" is not there (Debian: "+debian+")", exec.ErrNotFound)
	return ""
}

func newWordPress(t *testing.T, provider string) *wordpress {
	t.Helper()
	installed(t, "wordpress", wordpressFiles+"/wp-load.php")
	nginx, fpm := installed(t, "nginx", "nginx", "/usr/sbin/nginx"), installed(t, "php-fpm", "php-fpm", "/usr/sbin/php-fpm[0-9]*")
	php := installed(t, "php-cli", "php")
	w := &wordpress{db: mysqltest.Start(t).Database(t), root: filepath.Join(t.TempDir(), "site"), provider: provider, ids: map[string]string{}}
	public := freeAddress(t)
	w.url = "http://" + public
	w.files(t)
	for line := range strings.Lines(w.run(t, php, filepath.Join(w.root, "install.php"), w.url)) {
		if login, id, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			w.ids[login] = id
		}
	}
	if err := os.Remove(filepath.Join(w.root, "install.php")); err != nil {
		t.Fatal(err)
	}
	sidecar := w.sidecar(t)
	folder := t.TempDir()
	socket := filepath.Join(folder, "fpm.sock")
	w.fpm(t, fpm, folder, socket)
	w.nginx(t, nginx, folder, public, socket, sidecar)
	return w
}

// files copies the program into the site's folder and writes what an owner writes.
func (w *wordpress) files(t *testing.T) {
	t.Helper()
	w.run(t, "cp", "-RL", wordpressFiles, w.root)
	for _, folder := range []string{"wp-content/mu-plugins", "wp-content/themes/club", "wp-content/uploads"} {
		if err := os.MkdirAll(filepath.Join(w.root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for to, from := range map[string]string{
		"install.php": "install.php", "wp-content/themes/club/style.css": "club/style.css", "wp-content/themes/club/index.php": "club/index.php",
	} {
		text, err := os.ReadFile(filepath.Join("testdata", "wordpress", from))
		if err != nil {
			t.Fatal(err)
		}
		w.write(t, to, string(text))
	}
	user, password := w.db.Credentials(t, w.db.RootURL(t))
	address, err := url.Parse(w.db.URL())
	if err != nil {
		t.Fatal(err)
	}
	var config strings.Builder
	config.WriteString("<?php\n")
	constants := [][2]string{
		{"DB_NAME", w.db.Name},
		{"DB_USER", user},
		{"DB_PASSWORD", password},
		{"DB_HOST", address.Host},
		{"DB_CHARSET", "utf8mb4"},
		{"DB_COLLATE", ""},
		{"LOGGED_IN_KEY", wpSaltKey},
		{"LOGGED_IN_SALT", wpSalt},
	}
	for _, name := range []string{"AUTH", "SECURE_AUTH", "NONCE"} {
		constants = append(constants, [2]string{name + "_KEY", name + "-key-of-the-test-0123456789"}, [2]string{name + "_SALT", name + "-salt-of-the-test-9876543210"})
	}
	for _, c := range constants {
		fmt.Fprintf(&config, "define( '%s', '%s' );\n", c[0], c[1])
	}
	config.WriteString("define( 'DISABLE_WP_CRON', true );\ndefine( 'WP_HTTP_BLOCK_EXTERNAL', true );\n$table_prefix = '" + tablePrefix + "';\n" +
		"if ( ! defined( 'ABSPATH' ) ) {\n\tdefine( 'ABSPATH', __DIR__ . '/' );\n}\nrequire_once ABSPATH . 'wp-settings.php';\n")
	w.write(t, "wp-config.php", config.String())
}

func (w *wordpress) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.root, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs a command to its end and returns what it printed.
func (w *wordpress) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", filepath.Base(name), err, out, stderr.Bytes())
	}
	return string(out)
}

// environ is what the owner sets beside what `chatpass init` wrote.
func (w *wordpress) environ(address string) []string {
	return []string{
		"CHATPASS_LISTEN=" + address, "CHATPASS_ADMIN_LISTEN=off", "CHATPASS_SITE_ROOT=" + w.root, "CHATPASS_SITE_URL=" + w.url,
		"CHATPASS_PRESET=wordpress", "CHATPASS_TRUSTED_PROXIES=127.0.0.1/32",
		"CHATPASS_IMBACHAT_WIDGET_ID=276", "CHATPASS_IMBACHAT_API_LOGIN=imbachat", "CHATPASS_IMBACHAT_API_PASSWORD=" + apiPassword,
		"CHATPASS_IMBACHAT_SECRET_KEY=" + signingKey, "CHATPASS_IMBACHAT_SCRIPT_BASE=" + w.provider, "CHATPASS_DRAIN_DELAY=0s",
	}
}

// sidecar starts chatpass, puts the plugin that it prints where WordPress finds it, and returns the address.
func (w *wordpress) sidecar(t *testing.T) string {
	t.Helper()
	address := freeAddress(t)
	w.write(t, "wp-content/mu-plugins/chatpass.php", w.chatpass(t, address, "snippet", "wordpress"))
	_, stderr := start(t, w.environ(address), "serve")
	awaitReady(t, "http://"+address+"/readyz", stderr)
	return address
}

// chatpass runs a command of the program and returns what it printed.
func (w *wordpress) chatpass(t *testing.T, address string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t, "chatpass"), args...)
	cmd.Env, cmd.Dir = w.environ(address), t.TempDir()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chatpass %v: %v\n%s", args, err, stderr.Bytes())
	}
	return string(out)
}

// background runs a server in the foreground of its own process, and ends it with the test.
func background(t *testing.T, name string, args ...string) {
	t.Helper()
	var output lockedBuffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &output, &output
	launch(t, cmd)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(10*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }) // its workers too
		defer kill.Stop()
		if err := cmd.Wait(); err != nil && t.Failed() {
			t.Logf("%s: %v\n%s", filepath.Base(name), err, &output)
		}
	})
}

func (w *wordpress) fpm(t *testing.T, program, folder, socket string) {
	t.Helper()
	config, args := "[global]\nerror_log = "+folder+"/fpm.log\n[www]\nlisten = "+socket+"\npm = static\npm.max_children = 3\n", []string{"-F"}
	if os.Geteuid() == 0 {
		config += "user = root\ngroup = root\n"
		args = append(args, "-R")
	}
	file := filepath.Join(folder, "fpm.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, program, append(args, "-y", file)...)
}

func (w *wordpress) nginx(t *testing.T, program, folder, public, socket, sidecar string) {
	t.Helper()
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	var temp strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temp, "%s_temp_path %s/%s;\n", kind, folder, kind)
	}
	config := user + "daemon off;\npid " + folder + "/nginx.pid;\nerror_log " + folder + "/error.log;\nevents {}\nhttp {\naccess_log off;\n" +
		"include /etc/nginx/mime.types;\n" + temp.String() + "server {\nlisten " + public + ";\nroot " + w.root + ";\nindex index.php;\n" +
		w.chatpass(t, sidecar, "snippet", "nginx") + `
location / { try_files $uri $uri/ /index.php?$args; }
location ~ \.php$ {
	fastcgi_pass unix:` + socket + `;
	include /etc/nginx/fastcgi_params;
	fastcgi_param HTTP_HOST $http_host; # the distribution leaves the port out
	fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
}
}
}
`
	file := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, program, "-c", file, "-e", filepath.Join(folder, "error.log"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		status, body := get(ctx, w.url+"/", nil)
		if status == http.StatusOK && strings.Contains(body, "A club") {
			return
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(folder, "error.log"))
			t.Fatalf("WordPress answers %d: %s\n%s", status, body, log)
		case <-again.C:
		}
	}
}

// cookieName is what WordPress calls the cookie of a signed-in visitor at this site.
func (w *wordpress) cookieName() string {
	sum := md5.Sum([]byte(w.url))
	return "wordpress_logged_in_" + hex.EncodeToString(sum[:])
}

// identity asks through the site's web server who the visitor with these cookies is: an id, or null.
func (w *wordpress) identity(t *testing.T, cookies string) string {
	t.Helper()
	status, body := get(t.Context(), w.url+"/chat/identity", http.Header{"Cookie": {cookies}, "X-Requested-With": {"chatpass"}})
	if status != http.StatusOK {
		t.Fatalf("identity answers %d: %s", status, body)
	}
	id := regexp.MustCompile(`"user_id":(\d+|null)`).FindStringSubmatch(body)
	if id == nil {
		t.Fatalf("identity answers %s", body)
	}
	return id[1]
}
