package sitefile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitefile"
	"github.com/google/go-cmp/cmp"
)

func TestWhereTheCookiesOfASiteGo(t *testing.T) {
	spec := preset.Site{
		Files: []string{"config.php"}, Format: "php", Database: preset.Database{Driver: "'mysql'", Name: "DB_NAME"},
		Cookies: &preset.Cookies{Domain: "COOKIE_DOMAIN", Paths: []preset.CookiePath{{Path: "COOKIEPATH ?? NETWORK", URL: "HOME", Row: "url"}}},
	}
	at := func(domain, path string) *sitefile.Cookies {
		return &sitefile.Cookies{Domain: domain, Paths: []sitefile.CookiePath{{Path: path, Row: "url"}}}
	}
	for name, tt := range map[string]struct {
		php  string
		want *sitefile.Cookies
	}{
		"nothing is said":                          {"", at("", "")},
		"a path":                                   {"define('COOKIEPATH', '/blog/');", at("", "/blog/")},
		"a path that is set to nothing":            {"define('COOKIEPATH', ''); define('NETWORK', '/net/');", at("", "/net/")},
		"an address":                               {"define('HOME', 'https://example.com/blog');", at("", "/blog/")},
		"an address with a slash at the end":       {"define('HOME', 'https://example.com/blog/');", at("", "/blog/")},
		"an address without a path":                {"define('HOME', 'https://example.com');", at("", "/")},
		"an address that is none":                  {"define('HOME', 'blog');", at("", "")},
		"a path that is stronger than an address":  {"define('COOKIEPATH', '/'); define('HOME', 'https://example.com/blog');", at("", "/")},
		"a domain with a dot":                      {"define('COOKIE_DOMAIN', '.Example.com');", at("example.com", "")},
		"no domain":                                {"define('COOKIE_DOMAIN', false);", at("", "")},
		"a domain of the request":                  {"define('COOKIE_DOMAIN', $_SERVER['HTTP_HOST']);", nil},
		"a path that is made":                      {"define('COOKIEPATH', getenv('X'));", nil},
		"an address that is made":                  {"define('HOME', 'https://' . $_SERVER['HTTP_HOST']);", nil},
		"a made address that a path stands before": {"define('COOKIEPATH', '/'); define('HOME', getenv('X'));", at("", "/")},
		"a path without a slash":                   {"define('COOKIEPATH', 'blog');", nil},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.WriteFile(filepath.Join(root, "config.php"), []byte("<?php define('DB_NAME', 'site'); "+tt.php), 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := sitefile.Look(root, spec)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, found.Cookies); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(found.Notes) > 1 { // that the database has no host
				t.Errorf("what changes nothing of whose data is read is noted: %q", found.Notes)
			}
		})
	}
}
