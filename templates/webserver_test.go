package templates_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/templates"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the files of deploy/ anew")

// examples are the files of deploy/, made for the settings a site starts with.
var examples = map[string]string{
	"nginx.conf.example": "nginx", "apache.conf.example": "apache", "Caddyfile.example": "caddy", "haproxy.cfg.example": "haproxy", "varnish.vcl.example": "esi",
}

func TestDeployHoldsWhatTheCommandPrints(t *testing.T) {
	for file, kind := range examples {
		t.Run(file, func(t *testing.T) {
			want := snippet(t, kind, templates.SnippetData{BasePath: "/chat", Listen: "127.0.0.1:8090"})
			if kind == "esi" { // the first part is for the page
				_, after, found := strings.Cut(want, "# ---- Varnish")
				if _, want, _ = strings.Cut(after, "\n"); !found || want == "" {
					t.Fatal("the snippet has no part for Varnish")
				}
			}
			path := filepath.Join("..", "deploy", file)
			if *update {
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("%s is not what the command prints; go test ./templates -run Deploy -update writes it anew (-want +got):\n%s", path, diff)
			}
		})
	}
}

func TestServerSnippetsNameWhereChatpassListens(t *testing.T) {
	tests := []struct{ name, kind, listen, want string }{
		{"nginx, a port", "nginx", "127.0.0.1:9000", "proxy_pass http://127.0.0.1:9000;"},
		{"nginx, IPv6", "nginx", "[::1]:9000", "proxy_pass http://[::1]:9000;"},
		{"nginx, a socket", "nginx", "unix:/run/c.sock", "proxy_pass http://unix:/run/c.sock:;"},
		{"nginx, all addresses", "nginx", "0.0.0.0:9000", "proxy_pass http://127.0.0.1:9000;"},
		{"nginx, a port alone", "nginx", ":9000", "proxy_pass http://127.0.0.1:9000;"},
		{"nginx, nothing said", "nginx", "", "proxy_pass http://127.0.0.1:8090;"},
		{"nginx, a name", "nginx", "chat_pass:9000", "proxy_pass http://chat_pass:9000;"},
		{"Apache, a port", "apache", "127.0.0.1:9000", `ProxyPass "/chat/" "http://127.0.0.1:9000/chat/"`},
		{"Apache, a socket", "apache", "unix:/run/c.sock", `ProxyPass "/chat/" "unix:/run/c.sock|http://chatpass/chat/"`},
		{"Caddy, a port", "caddy", "127.0.0.1:9000", "reverse_proxy 127.0.0.1:9000 {"},
		{"Caddy, a socket", "caddy", "unix:/run/c.sock", "reverse_proxy unix//run/c.sock {"},
		{"HAProxy, IPv6", "haproxy", "[::1]:9000", "server chatpass [::1]:9000\n"},
		{"HAProxy, a socket", "haproxy", "unix:/run/c.sock", "server chatpass unix@/run/c.sock\n"},
		{"Varnish, IPv6", "esi", "[::1]:9000", ".host = \"::1\";\n    .port = \"9000\";"},
		{"Varnish, a socket", "esi", "unix:/run/c.sock", `.path = "/run/c.sock";`},
		{"includes of Apache, a socket", "ssi", "unix:/run/c.sock", `BalancerMember "unix:/run/c.sock|http://chatpass"`},
		{"whom to trust", "nginx", "127.0.0.1:9000", "CHATPASS_TRUSTED_PROXIES=127.0.0.1\n"},
		{"whom to trust, IPv6", "nginx", "[::1]:9000", "CHATPASS_TRUSTED_PROXIES=::1\n"},
		{"whom to trust, another machine", "nginx", "10.0.0.5:9000", "CHATPASS_TRUSTED_PROXIES to the address from which"},
		{"whom to trust, a socket", "nginx", "unix:/run/c.sock", "Nothing has to be trusted"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := snippet(t, test.kind, templates.SnippetData{BasePath: "/chat", Listen: test.listen}); !strings.Contains(got, test.want) {
				t.Errorf("no %s in:\n%s", test.want, got)
			}
		})
	}
}

func TestServerSnippetsOfASidecarAtTheRootOrDeep(t *testing.T) {
	for base, wants := range map[string][]string{
		"":         {"location ^~ / {", `ProxyPass "/" "http://127.0.0.1:8090/"`, "path /*", "path_beg /\n", `req.url ~ "^/")`, "location = /widget {"},
		"/a.b/c-d": {"location ^~ /a.b/c-d/ {", `ProxyPass "/a.b/c-d/"`, "path /a.b/c-d/*", "path_beg /a.b/c-d/\n", `req.url ~ "^/a\.b/c-d/")`, "location = /a.b/c-d/widget {"},
	} {
		for i, kind := range []string{"nginx", "apache", "caddy", "haproxy", "esi", "ssi"} {
			if got := snippet(t, kind, templates.SnippetData{BasePath: base}); !strings.Contains(got, wants[i]) {
				t.Errorf("%s at %q: no %s in:\n%s", kind, base, wants[i], got)
			}
		}
	}
}

func TestServerSnippetsTakeAwayEverySpellingOfTheHeader(t *testing.T) {
	for header, wants := range map[string][]string{
		"":                {"X-Chatpass-User", "X_Chatpass-User", "X-Chatpass_User", "X_Chatpass_User", "X-Remote-User", "Remote-User", "X-Forwarded-User"},
		"Remote-User":     {"Remote-User", "Remote_User", "X-Remote-User"},
		"X-A-B-C-D-E-F-G": {"X-A-B-C-D-E-F-G", "X_A_B_C_D_E_F_G", "Remote-User"},
	} {
		got := snippet(t, "nginx", templates.SnippetData{BasePath: "/chat", IdentityHeader: header})
		for _, want := range wants {
			if n := strings.Count(got, "    proxy_set_header "+want+" \"\";\n"); n != 1 {
				t.Errorf("with the header %q %s is taken away %d times", header, want, n)
			}
		}
	}
}

func TestOnlyPagesWithATokenAreKeptFromCaches(t *testing.T) {
	for kind, mark := range map[string]string{"ssi": `Cache-Control "no-store, private"`, "esi": `Cache-Control = "no-store, private"`} {
		for _, inline := range []bool{false, true} {
			got := snippet(t, kind, templates.SnippetData{BasePath: "/chat", Inline: inline})
			if strings.Contains(got, mark) != inline || strings.Contains(got, "?mode=inline") != inline || strings.Contains(got, "?mode=loader") == inline {
				t.Errorf("%s, inline %t:\n%s", kind, inline, got)
			}
		}
	}
}

func TestSignInOfTheServerStaysOnWhereItNamesTheVisitor(t *testing.T) {
	for kind, off := range map[string]string{"nginx": "auth_basic off;", "apache": "AuthType None"} {
		for _, names := range []bool{false, true} {
			got, _, _ := strings.Cut(snippet(t, kind, templates.SnippetData{BasePath: "/chat", HeaderNames: names}), "# The paths of")
			if strings.Contains(got, off) == names || strings.Contains(got, "To name the visitor") != names {
				t.Errorf("%s, named by the header %t:\n%s", kind, names, got)
			}
		}
	}
}

func TestServerSnippetsRefuse(t *testing.T) {
	for name, d := range map[string]templates.SnippetData{
		"a socket that is passed on":         {Listen: "fd:3"},
		"no port":                            {Listen: "127.0.0.1"},
		"a space in the socket's path":       {Listen: "unix:/a b"},
		"a semicolon in the socket's path":   {Listen: "unix:/a;b"},
		"a quote in the base path":           {BasePath: `/a"b`},
		"a brace in the base path":           {BasePath: "/a{b"},
		"a remark in the base path":          {BasePath: "/a#b"},
		"a variable in the base path":        {BasePath: "/$uri"},
		"a line break in the header's name":  {IdentityHeader: "X\nY"},
		"a quote in the header's name":       {IdentityHeader: `X"Y`},
		"a percent sign in the socket":       {Listen: "unix:/%{x}"},
		"a backslash in the base path":       {BasePath: `/a\b`},
		"a letter that is not ASCII in them": {BasePath: "/ä"},
	} {
		for _, kind := range []string{"nginx", "apache", "caddy", "haproxy", "ssi", "esi"} {
			if text, err := templates.Snippet(kind, d); err == nil || text != "" {
				t.Errorf("%s for %s:\n%s", name, kind, text)
			}
		}
	}
}
