package pagecheck_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/pagecheck"
)

func address(tb testing.TB, text string) *url.URL {
	tb.Helper()
	u, err := url.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

const (
	host     = "https://www.example.com"
	provider = "https://api.imbachat.com/imbachat/v1/4711/widget"
)

// parsed is a page with a head and a tag of the loader, and what browsers are told about it.
func parsed(tb testing.TB, at, head, tag string) *pagecheck.Page {
	tb.Helper()
	p, err := pagecheck.Parse(address(tb, at), []byte("<!doctype html><html><head>"+head+"</head><body>"+tag+"</body></html>"))
	if err != nil || len(p.Scripts) != 1 {
		tb.Fatalf("the page has %d scripts: %v", len(p.Scripts), err)
	}
	return p
}

const plainTag = `<script src="/chat/loader.js" async></script>`

func TestPoliciesBlockWhatBrowsersBlock(t *testing.T) {
	const nonced = `<script src="/chat/loader.js" async nonce="r4nd0m"></script>`
	for _, tt := range []struct {
		name, policy, tag        string
		loader, script, identity string // the directives that block
	}{
		{"no policy", "", plainTag, "", "", ""},
		{"a policy of other things", "img-src 'self'; frame-ancestors 'none'", plainTag, "", "", ""},
		{"what the docs ask for", "script-src 'self' https://api.imbachat.com; connect-src 'self'", plainTag, "", "", ""},
		{"only the site itself", "script-src 'self'", plainTag, "", "script-src", ""},
		{"everything is of the site", "default-src 'self'", plainTag, "", "default-src", ""},
		{"nothing at all", "default-src 'none'", plainTag, "default-src", "default-src", "default-src"},
		{"an empty list is none", "script-src", plainTag, "script-src", "script-src", ""},
		{"none beside others counts for nothing", "script-src 'none' 'self' https:", plainTag, "", "", ""},
		{"names and keywords in other case", "Script-Src 'SELF' HTTPS://API.imbachat.com", plainTag, "", "", ""},
		{"the second directive of a name is ignored", "script-src 'self'; script-src *", plainTag, "", "script-src", ""},
		{"elements have a directive of their own", "script-src 'none'; script-src-elem 'self' https://api.imbachat.com", plainTag, "", "", ""},
		{"elements are blocked by it", "script-src *; script-src-elem 'self'", plainTag, "", "script-src-elem", ""},
		{"script-src instead of default-src", "default-src 'none'; script-src *; connect-src *", plainTag, "", "", ""},
		{"connect-src of others only", "connect-src https://stats.example.com", plainTag, "", "", "connect-src"},
		{"every https", "script-src https:; connect-src https:", plainTag, "", "", ""},
		{"http includes https", "script-src http:; connect-src http:", plainTag, "", "", ""},
		{"data is no scheme of scripts here", "script-src data: blob:", plainTag, "script-src", "script-src", ""},
		{"a star", "script-src *; connect-src *", plainTag, "", "", ""},
		{"a star for sub-domains", "script-src 'self' *.imbachat.com", plainTag, "", "", ""},
		{"a star does not mean the domain itself", "script-src 'self' *.api.imbachat.com", plainTag, "", "script-src", ""},
		{"a star in the middle is none", "script-src 'self' api.*.com", plainTag, "", "script-src", ""},
		{"a name that ends alike", "script-src 'self' mbachat.com", plainTag, "", "script-src", ""},
		{"a name without a scheme", "script-src 'self' api.imbachat.com", plainTag, "", "", ""},
		{"a name with the scheme http is upgraded", "script-src 'self' http://api.imbachat.com", plainTag, "", "", ""},
		{"its standard port", "script-src 'self' https://api.imbachat.com:443", plainTag, "", "", ""},
		{"port 80 is upgraded", "script-src 'self' http://api.imbachat.com:80", plainTag, "", "", ""},
		{"any port", "script-src 'self' https://api.imbachat.com:*", plainTag, "", "", ""},
		{"another port", "script-src 'self' https://api.imbachat.com:8443", plainTag, "", "script-src", ""},
		{"a folder", "script-src 'self' https://api.imbachat.com/imbachat/", plainTag, "", "", ""},
		{"another folder", "script-src 'self' https://api.imbachat.com/other/", plainTag, "", "script-src", ""},
		{"a path without a slash is one file", "script-src 'self' https://api.imbachat.com/imbachat", plainTag, "", "script-src", ""},
		{"the exact file", "script-src 'self' " + provider, plainTag, "", "", ""},
		{"an escaped path", "script-src 'self' https://api.imbachat.com/%69mbachat/", plainTag, "", "", ""},
		{"the file of the loader", "script-src www.example.com/chat/loader.js https:", plainTag, "", "", ""},
		{"unsafe-inline and unsafe-eval allow no file", "script-src 'unsafe-inline' 'unsafe-eval'", plainTag, "script-src", "script-src", ""},
		{"a nonce that the tag has, which the loader hands on", "script-src 'nonce-r4nd0m'", nonced, "", "", ""},
		{"a nonce that the tag lacks", "script-src 'nonce-r4nd0m'", plainTag, "script-src", "script-src", ""},
		{"a nonce in other case", "script-src 'nonce-R4ND0M'", nonced, "script-src", "script-src", ""},
		{"an empty nonce", "script-src 'nonce-'", `<script src="/chat/loader.js" nonce=""></script>`, "script-src", "script-src", ""},
		{"strict-dynamic with a nonce", "script-src 'nonce-r4nd0m' 'strict-dynamic'", nonced, "", "", ""},
		{"strict-dynamic makes names count for nothing", "script-src 'self' https: 'strict-dynamic' 'nonce-other'", plainTag, "script-src", "", ""},
		{"a hash of other scripts", "script-src 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='", plainTag, "script-src", "script-src", ""},
		{"a hash that the tag names", "script-src 'sha256-AAAA' https:", `<script src="/chat/loader.js" integrity="sha256-AAAA"></script>`, "", "", ""},
		{"one of two hashes", "script-src 'sha256-AAAA'", `<script src="/chat/loader.js" integrity="sha256-AAAA sha384-BBBB"></script>`, "script-src", "script-src", ""},
		{"two policies in a line", "script-src 'self' https:, script-src 'self'", plainTag, "", "script-src", ""},
		{"two headers", "script-src *\nconnect-src 'none'", plainTag, "", "", "connect-src"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := parsed(t, host+"/forum/", "", tt.tag)
			header := http.Header{}
			for line := range strings.Lines(tt.policy) {
				header.Add("Content-Security-Policy", strings.TrimSpace(line))
			}
			list := pagecheck.PoliciesOf(p, header)
			if got := list.Tag(&p.Scripts[0]); got != tt.loader {
				t.Errorf("the loader is blocked by %q, want %q", got, tt.loader)
			}
			if got := list.Inserted(address(t, provider), &p.Scripts[0]); got != tt.script {
				t.Errorf("the provider's script is blocked by %q, want %q", got, tt.script)
			}
			if got := list.Connect(address(t, host+"/chat/identity")); got != tt.identity {
				t.Errorf("identity is blocked by %q, want %q", got, tt.identity)
			}
		})
	}
}

func TestSelfIsThePagesOrigin(t *testing.T) {
	for _, tt := range []struct {
		page, asked string
		allowed     bool
	}{
		{host + "/a", host + "/chat/identity", true},
		{host + "/a", "https://WWW.example.com:443/chat/identity", true},
		{host + "/a", "https://example.com/chat/identity", false},
		{host + "/a", "https://www.example.com:8443/chat/identity", false},
		{host + "/a", "http://www.example.com/chat/identity", false},
		{"http://www.example.com/a", host + "/chat/identity", true},
		{"http://www.example.com:8080/a", host + "/chat/identity", false},
		{"http://[::1]:8080/a", "http://[::1]:8080/chat/identity", true},
		{"http://127.0.0.1:8080/a", "http://127.0.0.1:8081/chat/identity", false},
	} {
		t.Run(tt.asked+" from "+tt.page, func(t *testing.T) {
			p := parsed(t, tt.page, "", plainTag)
			list := pagecheck.PoliciesOf(p, http.Header{"Content-Security-Policy": {"connect-src 'self'"}})
			if by := list.Connect(address(t, tt.asked)); (by == "") != tt.allowed {
				t.Errorf("blocked by %q", by)
			}
		})
	}
}

func TestAPolicyInThePageCountsForWhatFollows(t *testing.T) {
	const policy = `<meta http-equiv="content-security-policy" content="script-src 'none'; sandbox">`
	for _, tt := range []struct{ name, head, body, loader, script string }{
		{"before the tag", policy, plainTag, "script-src", "script-src"},
		{"behind the tag", plainTag + policy, "", "", "script-src"},
		{"in the body it is nothing", "", policy + plainTag, "", ""},
		{"in a template it is nothing", "<template>" + policy + "</template>", plainTag, "", ""},
		{"another kind of meta", `<meta name="content-security-policy" content="script-src 'none'">`, plainTag, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := parsed(t, host, tt.head, tt.body)
			list := pagecheck.PoliciesOf(p, nil)
			if got := list.Tag(&p.Scripts[0]); got != tt.loader {
				t.Errorf("the loader is blocked by %q, want %q", got, tt.loader)
			}
			if got := list.Inserted(address(t, provider), &p.Scripts[0]); got != tt.script {
				t.Errorf("the provider's script is blocked by %q, want %q", got, tt.script)
			}
			if got := list.Sandbox(); got != "" {
				t.Errorf("a sandbox in the page takes %q, want nothing", got)
			}
		})
	}
}

func TestASandboxTakesScriptsOrTheOrigin(t *testing.T) {
	for policy, want := range map[string]string{
		"sandbox": "scripts", "sandbox allow-scripts": "same-origin", "sandbox allow-forms Allow-Same-Origin allow-scripts": "", "script-src *": "",
	} {
		list := pagecheck.PoliciesOf(parsed(t, host, "", plainTag), http.Header{"Content-Security-Policy": {policy}})
		if got := list.Sandbox(); got != want {
			t.Errorf("%s takes %q, want %q", policy, got, want)
		}
	}
}

func TestTrustedTypesNameWhoMayAddScripts(t *testing.T) {
	for policy, want := range map[string]string{
		"script-src *": "", "trusted-types chatpass": "", "trusted-types *": "", "trusted-types dompurify chatpass 'allow-duplicates'": "",
		"trusted-types dompurify": "trusted-types", "trusted-types 'none'": "trusted-types", "trusted-types": "trusted-types", "require-trusted-types-for 'script'": "",
	} {
		list := pagecheck.PoliciesOf(parsed(t, host, "", plainTag), http.Header{"Content-Security-Policy": {policy}})
		if got := list.TrustedTypes("chatpass"); got != want {
			t.Errorf("%s: %q, want %q", policy, got, want)
		}
	}
}

func TestReportedPoliciesBlockNothing(t *testing.T) {
	p, header := parsed(t, host, "", plainTag), http.Header{"Content-Security-Policy-Report-Only": {"default-src 'none'"}}
	enforced, reported := pagecheck.PoliciesOf(p, header), pagecheck.ReportOnly(p, header)
	if !enforced.None() || reported.None() || enforced.Tag(&p.Scripts[0]) != "" {
		t.Error("a policy that is only reported is taken for one that blocks")
	}
}

func FuzzPolicies(f *testing.F) {
	for _, seed := range []string{"script-src 'self' https://a.example:*/b/ 'nonce-x' *.c.example", "default-src ; ;,,", "script-src https:// :// : [::1]:80 'nonce- '", "connect-src %zz/%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, policy string) {
		p := parsed(t, host, "", plainTag)
		list := pagecheck.PoliciesOf(p, http.Header{"Content-Security-Policy": {policy, "script-src *"}})
		at := address(t, host+"/chat/identity")
		list.Connect(at)
		list.Inserted(address(t, provider), &p.Scripts[0])
		wide := pagecheck.PoliciesOf(p, http.Header{"Content-Security-Policy": {policy}})
		if wide.Connect(at) != list.Connect(at) {
			t.Errorf("a policy about scripts changes what %q says about connections", policy)
		}
		more := pagecheck.PoliciesOf(p, http.Header{"Content-Security-Policy": {policy, "connect-src 'none'"}})
		if more.Connect(at) == "" {
			t.Errorf("a policy %q allows what another forbids", policy)
		}
	})
}
