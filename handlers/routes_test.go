package handlers_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/provider/imbachat"
)

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace,
}

// routeTable reads testdata/routes.txt: listener, method, path with {BASE}, status without credentials.
func routeTable(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open("testdata/routes.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	table := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) != 4 {
			t.Fatalf("testdata/routes.txt: %q has not four fields", lines.Text())
		}
		key := strings.Join(fields[:3], " ")
		if table[key] != "" {
			t.Fatalf("testdata/routes.txt: %s stands twice", key)
		}
		table[key] = fields[3]
	}
	if len(table) < 20 {
		t.Fatalf("testdata/routes.txt has only %d routes", len(table))
	}
	return table
}

// SEC-01: what is not in the table must not exist, and nothing in it may answer more than it says.
func TestEveryRouteStandsInTheTable(t *testing.T) {
	table := routeTable(t)
	for _, tt := range []struct {
		name, base, compat string
	}{
		{"below the usual path", "/chat", "all"},
		{"at the root", "", "all"},
		{"without the old plugins' routes", "/chat", "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, func(o *handlers.Options, c *imbachat.Config) { o.BasePath, c.Compat = tt.base, tt.compat })
			public, admin := handlers.Routes(f.Server)
			used := checkRoutes(t, table, "public", tt.base, public, f.Public())
			checkRoutes(t, table, "admin", "", admin, f.Admin())
			if tt.compat == "none" && used != 26 {
				t.Errorf("without the old plugins there are %d public routes, want 26", used)
			}
			if tt.compat == "all" && tt.base == "/chat" {
				for key := range table {
					fields := strings.Fields(key)
					route := fields[1] + " " + strings.Replace(fields[2], "{BASE}", tt.base, 1)
					if !slices.Contains(append(public, admin...), route) {
						t.Errorf("testdata/routes.txt names %s, which does not exist", key)
					}
				}
			}
		})
	}
}

func checkRoutes(t *testing.T, table map[string]string, listener, base string, routes []string, h http.Handler) int {
	t.Helper()
	paths := map[string][]string{} // path in the table -> methods that exist
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		if base != "" && strings.HasPrefix(path, base+"/") {
			path = "{BASE}" + strings.TrimPrefix(path, base)
		} else if base == "" && table[listener+" "+method+" "+path] == "" {
			path = "{BASE}" + path
		}
		paths[path] = append(paths[path], method)
	}
	for path, have := range paths {
		for _, method := range methods {
			want := fmt.Sprint(http.StatusMethodNotAllowed)
			if slices.Contains(have, method) {
				if want = table[listener+" "+method+" "+path]; want == "" {
					t.Errorf("the %s route %s %s is not in testdata/routes.txt: add it there with its status without credentials", listener, method, path)
					continue
				}
			}
			target := strings.NewReplacer("{BASE}", base, ":ids", "6", ":term", "john", ":name", "goroutine").Replace(path)
			got := send(h, method, target, gone) // whoever asked has gone, so that a profile ends at once
			if fmt.Sprint(got.status) != want {
				t.Errorf("%s %s %s without credentials answers %d, the table says %s", listener, method, target, got.status, want)
			}
			if method == http.MethodHead && got.body != "" && listener == "public" {
				t.Errorf("HEAD %s has a body: %q", target, got.body)
			}
			if want == "405" {
				allow := strings.Split(got.header.Get("Allow"), ", ")
				slices.Sort(allow)
				slices.Sort(have)
				if !slices.Equal(allow, have) {
					t.Errorf("%s %s: Allow is %q, want %q", method, target, allow, have)
				}
			}
		}
	}
	return len(routes)
}

// gone is a request whose client has left.
func gone(r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	*r = *r.WithContext(ctx)
}

// A base path that an old plugin used, too, must not keep the program from starting.
func TestOurOwnRoutesMayMeetThoseOfAnOldPlugin(t *testing.T) {
	for _, base := range []string{"/imbachat/api/v1", "/imba_chat", "/wp-json/imbachat/v1", "/integrationwidget/apiChat", "/index.php", "/healthz", "/chat/users"} {
		t.Run("at "+base, func(t *testing.T) {
			f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) { o.BasePath = base })
			if got := f.ask(http.MethodGet, base+"/users/6", basic); got.body != "["+john+"]" {
				t.Errorf("GET %s/users/6 answers %d %s", base, got.status, got.body)
			}
			if got := f.ask(http.MethodGet, base+"/identity"); got.status != http.StatusOK {
				t.Errorf("GET %s/identity answers %d %s", base, got.status, got.body)
			}
		})
	}
}

// SEC-03, SEC-04, SEC-72: none of these may exist.
func TestRoutesThatMustNotExist(t *testing.T) {
	f := newFixture(t, nil)
	var paths []string
	for _, hole := range []string{"sync", "getauthdata", "gettoken", "setguestimbachat", "notifications", "authuser", "auth_users"} {
		for _, prefix := range []string{"/wp-json/imbachat/v1/", "/imbachat/api/v1/", "/imba_chat/", "/chat/", "/", "/?rest_route=/imbachat/v1/", "/index.php?route=extension/module/imbachat/"} {
			paths = append(paths, prefix+hole)
		}
	}
	paths = append(paths, "/metrics", "/status", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/chat/metrics")
	for _, of := range []string{"identity", "widget", "button"} {
		for _, suffix := range []string{"/x.css", ".js", ";a.css", "%2f.css", "/", "%3fx=.js", "%23x.css", "%00", "/.."} {
			paths = append(paths, "/chat/"+of+suffix)
		}
	}
	paths = append(paths, "/chat/identity?x=.js", "/chat/identity?user_id=6&/x.css", "/chat//identity", "//chat/identity", "/CHAT/identity",
		"/chat/users/../identity", "/chat/users/6/7", "/chat/users;x", "/", "/?id=6", "/index.php?users=6", "/index.php?route=checkout/cart&user_ids=6",
		"/?rest_route=/wp/v2/users", "/?rest_route=/imbachat/v1/user/6", "/favicon.ico", "/.env")
	for _, path := range paths {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, who := range []option{header("X-Nobody"), basic} {
				got := f.ask(method, path, who, header("X-Requested-With", "chatpass"))
				known := method == http.MethodPost && strings.HasPrefix(path, "/chat/identity?")
				if got.status != http.StatusNotFound && (!known || got.status != http.StatusMethodNotAllowed) {
					t.Errorf("%s %s answers %d %s, want 404", method, path, got.status, got.body)
				}
			}
		}
	}
	if f.access.String() == "" {
		t.Error("nothing was logged")
	}
}

func TestAWrongMethodSaysWhichAreRight(t *testing.T) {
	f := newFixture(t, nil)
	got := f.ask(http.MethodDelete, "/chat/users", basic)
	if got.status != http.StatusMethodNotAllowed || got.body != `{"code":405,"version":1,"error":"Method not allowed","debug":""}` {
		t.Errorf("DELETE answers %d %s", got.status, got.body)
	}
	if allow := got.header.Get("Allow"); allow != "GET, HEAD, POST" {
		t.Errorf("Allow is %q", allow)
	}
	if got := f.ask(http.MethodOptions, "*"); got.status/100 != 4 {
		t.Errorf("OPTIONS * answers %d", got.status)
	}
}

func TestTheOperatorsRoutesAreForProgramsAndForBrowsersOnThisMachine(t *testing.T) {
	f := newFixture(t, nil)
	for _, tt := range []struct {
		name    string
		options []option
		want    int
	}{
		{"a program by any name", []option{host("chatpass.internal:8091")}, 200},
		{"a browser at localhost", []option{host("localhost:8091"), header("Sec-Fetch-Site", "none")}, 200},
		{"a browser at an address", []option{host("[::1]:8091"), header("Sec-Fetch-Site", "same-origin")}, 200},
		{"a page of another site", []option{host("localhost:8091"), header("Sec-Fetch-Site", "cross-site")}, 403},
		{"a page of a site beside it", []option{host("localhost:8091"), header("Sec-Fetch-Site", "same-site")}, 403},
		{"a script of any page", []option{host("localhost:8091"), header("Origin", "http://localhost:8091")}, 403},
		{"a page whose name was led here", []option{host("evil.example:8091"), header("Sec-Fetch-Site", "same-origin")}, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range []string{"/metrics", "/status", "/debug/pprof/heap", "/readyz"} {
				if got := f.operator(http.MethodGet, path, tt.options...); got.status != tt.want {
					t.Errorf("%s answers %d, want %d", path, got.status, tt.want)
				}
			}
		})
	}
}

func host(name string) option { return func(r *http.Request) { r.Host = name } }

func TestABasePathThatIsCutOffIsToldOnce(t *testing.T) {
	const told = "came without the base path"
	for _, tt := range []struct {
		name, base, path string
		want             bool
	}{
		{"users-info", "/chat", "/users", true},
		{"users-info with ids in the path", "/chat", "/users/1,2", true},
		{"the loader", "/chat", "/loader.js", true},
		{"what is none of ours", "/chat", "/favicon.ico", false},
		{"what only begins like ours", "/chat", "/usersettings", false},
		{"a page below one of ours", "/chat", "/widget/6", false},
		{"another base path", "/chat", "/talk/users", false},
		{"nothing can be cut off the root", "", "/users/1/2", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) { o.BasePath = tt.base })
			for range 3 {
				if got := f.ask(http.MethodGet, tt.path, basic); got.status != http.StatusNotFound {
					t.Errorf("it answers %d", got.status)
				}
			}
			want := 0
			if tt.want {
				want = 1
			}
			if n := strings.Count(f.log.String(), told); n != want {
				t.Errorf("told %d times, want %d:\n%s", n, want, f.log)
			}
		})
	}
}
