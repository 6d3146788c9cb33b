package blackbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// wpFolder is a WordPress whose address is home and whose files lie at siteurl, and its folder with further lines in wp-config.php.
func wpFolder(t testing.TB, home, siteurl string, lines ...string) (root string) {
	t.Helper()
	db := mysqltest.Start(t).Database(t)
	for statement := range strings.SplitSeq(strings.ReplaceAll(string(schemaOf(t, "wordpress")), "{p}", "x7_"), ";\n") {
		if strings.TrimSpace(statement) != "" {
			db.Exec(t, statement)
		}
	}
	db.Exec(t, "INSERT INTO x7_options (option_name, option_value) VALUES ('home', '"+home+"'), ('siteurl', '"+siteurl+"')",
		"INSERT INTO x7_users (user_login, user_nicename, display_name) VALUES ('anna', 'anna', 'Anna')")
	for _, f := range folders {
		if f.name == "wordpress" {
			root = fixture(t, f.name, f.file, serverOf(t, db.URL()), f.change...)
		}
	}
	file := filepath.Join(root, "wp-config.php")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, file, strings.Replace(string(text), "<?php", "<?php\n"+strings.Join(lines, "\n"), 1))
	return root
}

func TestSiteInAFolderHasTheChatWithinItsCookies(t *testing.T) {
	t.Parallel()
	root := wpFolder(t, "https://www.example.com/blog", "https://www.example.com/blog")
	dir := t.TempDir()
	r := runAt(t, dir, nil, "init", "--site-root", root)
	if r.code != 0 {
		t.Fatalf("init ends with %d:\n%s", r.code, r.stderr)
	}
	for _, want := range []string{"Let the web server hand /blog/chat/ on to Chatpass: chatpass snippet nginx", "write what chatpass snippet wordpress prints into wp-content/mu-plugins/chatpass.php"} {
		if !strings.Contains(r.stderr, want) || !strings.Contains(settingsIn(t, dir), strings.TrimPrefix(want, "Let the web server hand ")) {
			t.Errorf("init does not say %q:\n%s\n%s", want, r.stderr, settingsIn(t, dir))
		}
	}
	if text := settingsIn(t, dir); strings.Contains(text, "snippet php") {
		t.Errorf("WordPress is told of the code for PHP:\n%s", text)
	}
	if text := settingsIn(t, dir); !strings.Contains(text, "\nCHATPASS_BASE_PATH=/blog/chat\n") || !strings.Contains(text, "\nCHATPASS_SITE_URL=https://www.example.com/blog\n") {
		t.Errorf(".env mounts Chatpass outside of the site's folder:\n%s", text)
	}
	works(t, dir, "1", "CHATPASS_USERS_LASTLOGIN") // nobody was there yet
	if r := runAt(t, dir, nil, "snippet", "loader"); !strings.Contains(r.stdout, `src="/blog/chat/loader.js"`) {
		t.Errorf("the snippet is %s", r.stdout)
	}
}

func TestInitOfASiteAtTheTopLeavesTheBasePathAsItIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if r := runAt(t, dir, nil, "init", "--site-root", wpFolder(t, "https://www.example.com", "https://www.example.com/wp")); r.code != 0 {
		t.Fatalf("init ends with %d:\n%s", r.code, r.stderr)
	}
	if text := settingsIn(t, dir); strings.Contains(text, "BASE_PATH") {
		t.Errorf(".env says more than it has to:\n%s", text)
	}
	works(t, dir, "1", "CHATPASS_USERS_LASTLOGIN") // nobody was there yet
}

func TestCheckTellsCookiesThatDoNotReachChatpass(t *testing.T) {
	t.Parallel()
	const top, blog = "https://www.example.com", "https://www.example.com/blog"
	fails := func(path, by string) []string {
		return []string{"fail cookies: the site's cookies are for " + path + " only, as " + by + " has it … CHATPASS_BASE_PATH /chat, … → set CHATPASS_BASE_PATH=" + path + "chat"}
	}
	for name, tt := range map[string]struct {
		home, siteurl string
		config        []string
		more          env
		lines         []string // none: nothing is found
	}{
		"in a folder":                        {blog, blog, nil, nil, fails("/blog/", "home in the table x7_options and siteurl in the table x7_options")},
		"in a folder, with the chat in it":   {blog, blog, nil, env{"BASE_PATH": "/blog/chat"}, nil},
		"in a folder of a like name":         {blog, blog, nil, env{"BASE_PATH": "/blogs/chat"}, []string{"fail cookies: … /blog/ only"}},
		"its files only are in a folder":     {top, top + "/wp", nil, nil, nil},
		"its pages only are in a folder":     {blog, top, nil, nil, nil},
		"addresses in the configuration":     {top, top, []string{"define('WP_HOME', '" + blog + "');", "define('WP_SITEURL', '" + blog + "/wp');"}, nil, []string{"fail cookies: … /blog/ and /blog/wp/ only, as wp-config.php has it"}},
		"paths in the configuration":         {top, top, []string{"define('COOKIEPATH', '/blog/');", "define('SITECOOKIEPATH', '/blog/');"}, nil, fails("/blog/", "wp-config.php")},
		"the path of a folder is the top":    {blog, blog, []string{"define('COOKIEPATH', '/');"}, nil, nil},
		"a network of sites in folders":      {top + "/two", top + "/two", []string{"define('MULTISITE', true);", "define('PATH_CURRENT_SITE', '/');"}, nil, nil},
		"a path that cannot be read":         {blog, blog, []string{"define('COOKIEPATH', getenv('PATH_OF_COOKIES'));"}, env{"SITE_URL": blog}, []string{"warn cookies: the site lives at /blog/"}},
		"the domain of another name":         {top, top, []string{"define('COOKIE_DOMAIN', 'www.example.com');"}, env{"SITE_URL": "https://example.com"}, []string{"fail cookies: wp-config.php sets the site's cookies for the domain www.example.com … see the site as example.com drop them"}},
		"the domain above":                   {top, top, []string{"define('COOKIE_DOMAIN', '.example.com');"}, nil, nil},
		"a domain that PHP makes":            {top, top, []string{"define('COOKIE_DOMAIN', $_SERVER['HTTP_HOST']);"}, nil, nil},
		"no domain":                          {top, top, []string{"define('COOKIE_DOMAIN', false);"}, nil, nil},
		"members are not known by cookies":   {blog, blog, nil, env{"IDENTITY": "site", "SITE_KEY": siteKey}, nil},
		"the site's own page tells visitors": {blog, blog, nil, env{"IDENTITY": "whoami", "WHOAMI_URL": "http://127.0.0.1:1/whoami"}, []string{"fail cookies: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := env{"SITE_ROOT": wpFolder(t, tt.home, tt.siteurl, tt.config...), "SITE_URL": top, "QUERY_TIMEOUT": "10s", "ADMIN_LISTEN": "off"}
			for k, v := range tt.more {
				e[k] = v
			}
			code := 0
			for _, line := range tt.lines {
				if strings.HasPrefix(line, "fail") {
					code = 1
				}
			}
			lines := check(t, e, code)
			if len(tt.lines) == 0 && strings.Contains(lines, " cookies: ") {
				t.Errorf("something is told of cookies:\n%s", lines)
			}
			for _, line := range tt.lines {
				expectLine(t, lines, strings.Split(line, " … ")...)
			}
		})
	}
}

func TestCheckOfAPageUnderANameThatCookiesAreNotFor(t *testing.T) {
	t.Parallel()
	const site = "https://www.example.com"
	e := settings(mysqltest.Start(t).Database(t)).with("DATABASE_URL", "", "SITE_ROOT", wpFolder(t, site, site, "define('COOKIE_DOMAIN', 'www.example.com');"))
	s := serve(t, e)
	e = e.with("LISTEN", strings.TrimPrefix(s.public, "http://"), "ADMIN_LISTEN", strings.TrimPrefix(s.admin, "http://"))
	lines := check(t, e, 1, "--url", new(fakeSite).start(t, s)+"/")
	expectLine(t, lines, "fail cookies: wp-config.php sets the site's cookies for the domain www.example.com", "see the site as 127.0.0.1 drop them")
}

func TestCheckWarnsOfAnySiteInAFolder(t *testing.T) {
	t.Parallel()
	db, e := kvsSite(t)
	db.Exec(t, "CREATE TABLE logins (sid varchar(64) PRIMARY KEY, uid int, ends_at datetime)")
	e = e.with("SITE_URL", "https://www.example.com/forum", "SESSION_COOKIE", "sid", "SESSION_TABLE", "logins", "SESSION_KEY", "sid", "SESSION_USER", "uid", "SESSION_EXPIRES", "ends_at")
	warned := func(e env) bool { return strings.Contains(check(t, e, 0), "warn cookies: the site lives at /forum/") }
	if !warned(e) {
		t.Error("a site in a folder with Chatpass outside of it is not told")
	}
	if warned(e.with("BASE_PATH", "/forum/chat")) || warned(e.with("IDENTITY", "site")) {
		t.Error("what is right is warned of")
	}
}
