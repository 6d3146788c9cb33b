package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/config"
)

const ticketKey = "canary-ticket-key-4-dGhpcyBpcyBub3QgYSBrZXk"

func TestResolversAreTakenInTheOrderOfTheirNames(t *testing.T) {
	for name, c := range map[string]struct {
		env  env
		want []string
	}{
		"the header": {with("IDENTITY", "header", "TRUSTED_PROXIES", "127.0.0.1", "SITE_KEY", ""), []string{"header"}},
		"all of them": {
			with("IDENTITY", "Site whoami,TICKET,header", "TRUSTED_PROXIES", "::1", "TICKET_KEY", ticketKey, "WHOAMI_URL", "https://example.com/who"),
			[]string{"site", "whoami", "ticket", "header"},
		},
		"the default takes none that is not in it": {with("TRUSTED_PROXIES", "127.0.0.1"), []string{"site"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := load(t, c.env.input())
			if diff := cmp.Diff(c.want, cfg.Identity); diff != "" {
				t.Error(diff)
			}
			if len(cfg.Warnings) > 0 {
				t.Errorf("warnings: %q", lines(cfg.Warnings))
			}
		})
	}
}

func TestSettingsOfResolversArriveTyped(t *testing.T) {
	header := func(c *config.Config) any { return c.IdentityHeader }
	whoami := func(c *config.Config) any { return c.WhoamiURL + " " + c.WhoamiField }
	proxied := func(pairs ...string) env {
		return with(append([]string{"IDENTITY", "site,header", "TRUSTED_PROXIES", "127.0.0.1"}, pairs...)...)
	}
	asking := func(pairs ...string) env { return with(append([]string{"IDENTITY", "site,whoami"}, pairs...)...) }
	for name, c := range map[string]struct {
		env  env
		got  func(*config.Config) any
		want any
	}{
		"the header's own name":             {proxied(), header, "X-Chatpass-User"},
		"a header in any case":              {proxied("IDENTITY_HEADER", " REMOTE-user "), header, "Remote-User"},
		"the header of oauth2-proxy":        {proxied("IDENTITY_HEADER", "X-Forwarded-User"), header, "X-Forwarded-User"},
		"an address and the usual field":    {asking("WHOAMI_URL", " https://example.com/who?format=json "), whoami, "https://example.com/who?format=json user_id"},
		"an address of this machine":        {asking("WHOAMI_URL", "http://127.0.0.1:8000/who"), whoami, "http://127.0.0.1:8000/who user_id"},
		"a name of this machine":            {asking("WHOAMI_URL", "http://localhost/who"), whoami, "http://localhost/who user_id"},
		"an IPv6 address of this machine":   {asking("WHOAMI_URL", "http://[::1]:8000"), whoami, "http://[::1]:8000 user_id"},
		"a path through the answer":         {asking("WHOAMI_URL", "https://example.com/", "WHOAMI_FIELD", "data.current user.id"), whoami, "https://example.com/ data.current user.id"},
		"a route like ours of another":      {asking("WHOAMI_URL", "https://example.com/identity", "SITE_URL", "https://example.com"), whoami, "https://example.com/identity user_id"},
		"a route like ours elsewhere":       {asking("WHOAMI_URL", "https://sso.example/chat/identity", "SITE_URL", "https://example.com"), whoami, "https://sso.example/chat/identity user_id"},
		"a page of the site below the path": {asking("WHOAMI_URL", "https://example.com/chat/who", "SITE_URL", "https://example.com"), whoami, "https://example.com/chat/who user_id"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := load(t, c.env.input())
			if diff := cmp.Diff(c.want, c.got(cfg)); diff != "" {
				t.Error(diff)
			}
			if len(cfg.Warnings) > 0 {
				t.Errorf("warnings: %q", lines(cfg.Warnings))
			}
		})
	}
}

// SEC-30 among others.
func TestResolversThatCannotWorkAreFaults(t *testing.T) {
	long := strings.Repeat("x", 201)
	for name, c := range map[string]struct {
		env  env
		want []string // beginning and parts of the one fault
	}{
		"SEC-30: header without proxies":       {with("IDENTITY", "site,header"), []string{"CHATPASS_IDENTITY names header, but CHATPASS_TRUSTED_PROXIES is not set", "anybody"}},
		"SEC-30: header that trusts all IPv4":  {with("IDENTITY", "header,site", "TRUSTED_PROXIES", "0.0.0.0/0"), []string{"CHATPASS_TRUSTED_PROXIES", "trusts everybody"}},
		"SEC-30: header that trusts all IPv6":  {with("IDENTITY", "header,site", "TRUSTED_PROXIES", "::/0"), []string{"CHATPASS_TRUSTED_PROXIES", "trusts everybody"}},
		"header on a unix socket":              {with("IDENTITY", "header,site", "TRUSTED_PROXIES", "127.0.0.1", "LISTEN", "unix:/run/c.sock"), []string{"CHATPASS_IDENTITY names header, but CHATPASS_LISTEN is a unix socket"}},
		"ticket without its key":               {with("IDENTITY", "ticket,site"), []string{"CHATPASS_IDENTITY names ticket, but CHATPASS_TICKET_KEY is not set", "openssl"}},
		"whoami without its address":           {with("IDENTITY", "whoami,site"), []string{"CHATPASS_IDENTITY names whoami, but CHATPASS_WHOAMI_URL is not set"}},
		"one of three twice, told once":        {with("IDENTITY", "site,site,site"), []string{"CHATPASS_IDENTITY names site twice"}},
		"a short ticket key":                   {with("IDENTITY", "ticket,site", "TICKET_KEY", "k3Yz-k3Yz-k3Yz-k3Yz-k3Yz-k3Yz-k"), []string{"CHATPASS_TICKET_KEY is shorter than 32 bytes"}},
		"SEC-21: the site key as ticket key":   {with("IDENTITY", "ticket,site", "TICKET_KEY", siteKey), []string{"CHATPASS_TICKET_KEY has the same value as CHATPASS_SITE_KEY"}},
		"SEC-21: the secret key as ticket key": {with("IDENTITY", "ticket,site", "TICKET_KEY", ticketKey, "IMBACHAT_SECRET_KEY", ticketKey), []string{"CHATPASS_IMBACHAT_SECRET_KEY has the same value as CHATPASS_TICKET_KEY"}},
		"a header with an underscore":          {with("IDENTITY_HEADER", "X_User"), []string{`CHATPASS_IDENTITY_HEADER is "X_User", with an underscore`}},
		"a header with a space":                {with("IDENTITY_HEADER", "X User"), []string{`CHATPASS_IDENTITY_HEADER is "X User"`, "no name of a header"}},
		"a header with a colon":                {with("IDENTITY_HEADER", "X-User:"), []string{"CHATPASS_IDENTITY_HEADER", "no name of a header"}},
		"a header with two hyphens":            {with("IDENTITY_HEADER", "X--User"), []string{"CHATPASS_IDENTITY_HEADER", "no name of a header"}},
		"a header without an end":              {with("IDENTITY_HEADER", strings.Repeat("X", 65)), []string{"CHATPASS_IDENTITY_HEADER", "no name of a header"}},
		"the header of cookies":                {with("IDENTITY_HEADER", "cookie"), []string{"CHATPASS_IDENTITY_HEADER", "set for something else"}},
		"the header of proxies":                {with("IDENTITY_HEADER", "X-Forwarded-For"), []string{"CHATPASS_IDENTITY_HEADER", "set for something else"}},
		"the header of browsers":               {with("IDENTITY_HEADER", "Sec-Fetch-Site"), []string{"CHATPASS_IDENTITY_HEADER", "set for something else"}},
		"a whoami path without a host":         {with("IDENTITY", "whoami,site", "WHOAMI_URL", "/whoami"), []string{`CHATPASS_WHOAMI_URL is "/whoami"`, "https:// or http://"}},
		"a file":                               {with("IDENTITY", "whoami,site", "WHOAMI_URL", "file:///etc/passwd"), []string{"CHATPASS_WHOAMI_URL", "https:// or http://"}},
		"an address without a host":            {with("IDENTITY", "whoami,site", "WHOAMI_URL", "https:///who"), []string{"CHATPASS_WHOAMI_URL", "needs a host"}},
		"an address with a fragment":           {with("IDENTITY", "whoami,site", "WHOAMI_URL", "https://example.com/#x"), []string{"CHATPASS_WHOAMI_URL", "after #"}},
		"a host that cannot be one":            {with("IDENTITY", "whoami,site", "WHOAMI_URL", "https://exa_mple..com/"), []string{"CHATPASS_WHOAMI_URL", "host or port"}},
		"a port that cannot be one":            {with("IDENTITY", "whoami,site", "WHOAMI_URL", "https://example.com:99999/"), []string{"CHATPASS_WHOAMI_URL", "host or port"}},
		"an address of 2001 bytes":             {with("IDENTITY", "whoami,site", "WHOAMI_URL", "https://example.com/"+strings.Repeat("x", 1981)), []string{"CHATPASS_WHOAMI_URL", "no address"}},
		"our own route behind the site":        {with("IDENTITY", "whoami,site", "WHOAMI_URL", "https://Example.com/x/../chat/identity?a", "SITE_URL", "https://example.com"), []string{"CHATPASS_WHOAMI_URL", "would ask itself"}},
		"our own listener":                     {with("IDENTITY", "whoami,site", "WHOAMI_URL", "http://127.0.0.1:8090/who"), []string{"CHATPASS_WHOAMI_URL", "would ask itself"}},
		"a path with an empty name":            {with("IDENTITY", "whoami,site", "WHOAMI_URL", "https://example.com/", "WHOAMI_FIELD", "a..b"), []string{`CHATPASS_WHOAMI_FIELD is "a..b"`}},
		"a path of nine names":                 {with("IDENTITY", "whoami,site", "WHOAMI_URL", "https://example.com/", "WHOAMI_FIELD", "a.b.c.d.e.f.g.h.i"), []string{"CHATPASS_WHOAMI_FIELD"}},
		"a path of 201 bytes":                  {with("IDENTITY", "whoami,site", "WHOAMI_URL", "https://example.com/", "WHOAMI_FIELD", long), []string{"CHATPASS_WHOAMI_FIELD"}},
		"a path with a control character":      {with("IDENTITY", "whoami,site", "WHOAMI_URL", "https://example.com/", "WHOAMI_FIELD", "a\x1bb"), []string{"CHATPASS_WHOAMI_FIELD"}},
	} {
		t.Run(name, func(t *testing.T) {
			refusal := refuse(t, c.env.input())
			got := refusal.Error()
			if len(refusal.Faults) != 1 || !strings.HasPrefix(got, c.want[0]) {
				t.Errorf("got %q, want %q", got, c.want[0])
			}
			for _, part := range c.want[1:] {
				if !strings.Contains(got, part) {
					t.Errorf("got %q, want %q in it", got, part)
				}
			}
			if !strings.Contains(got, ": ") {
				t.Errorf("no remedy in %q", got)
			}
		})
	}
	t.Run("a password in the address is not shown", func(t *testing.T) {
		for _, address := range []string{"https://a:canary9@example.com/", "https://a:canary9@exa mple.com/", "ftp://canary9@example.com"} {
			if got := refuse(t, with("IDENTITY", "whoami,site", "WHOAMI_URL", address).input()).Error(); strings.Contains(got, "canary9") || !strings.HasPrefix(got, "CHATPASS_WHOAMI_URL") {
				t.Errorf("%s: %s", address, got)
			}
		}
	})
}

func TestSettingsOfResolversThatDoNothingAreWarnedOf(t *testing.T) {
	for name, c := range map[string]struct {
		env  env
		want string
	}{
		"a ticket key that nobody asks":      {with("TICKET_KEY", ticketKey), "CHATPASS_TICKET_KEY is set, but CHATPASS_IDENTITY does not name ticket"},
		"a header that nobody reads":         {with("IDENTITY_HEADER", "Remote-User"), "CHATPASS_IDENTITY_HEADER is set, but CHATPASS_IDENTITY does not name header"},
		"an address that nobody asks":        {with("WHOAMI_URL", "https://example.com/who"), "CHATPASS_WHOAMI_URL is set, but CHATPASS_IDENTITY does not name whoami"},
		"a field that nobody reads":          {with("WHOAMI_FIELD", "id"), "CHATPASS_WHOAMI_FIELD is set, but CHATPASS_IDENTITY does not name whoami"},
		"cookies in the clear":               {with("IDENTITY", "whoami,site", "WHOAMI_URL", "http://site.example/who"), "CHATPASS_WHOAMI_URL is an http:// address of another machine"},
		"cookies in the clear at home":       {with("IDENTITY", "whoami,site", "WHOAMI_URL", "http://10.0.0.7/who"), "CHATPASS_WHOAMI_URL is an http:// address of another machine"},
		"cookies behind the word of a proxy": {with("IDENTITY", "header,whoami,site", "TRUSTED_PROXIES", "127.0.0.1", "WHOAMI_URL", "https://example.com/who"), "CHATPASS_IDENTITY names header before whoami"},
	} {
		t.Run(name, func(t *testing.T) {
			got := lines(load(t, c.env.input()).Warnings)
			if len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
