package sitefile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitefile"
)

// phpSite is a platform whose settings are all in config.php.
var phpSite = preset.Site{
	Files:  []string{"config.php"},
	Format: "php",
	Database: preset.Database{
		Driver: "DRIVER ?? 'mysql'", Host: "HOST", Port: "PORT", Name: "NAME", User: "USER", Password: "PASSWORD", Socket: "SOCKET", Path: "NAME", URL: "URL",
	},
	Prefix: "PREFIX", URL: "ADDRESS", Secrets: map[string]string{"key": "KEY"},
}

// defines is a config.php.
func defines(pairs ...string) string {
	var b strings.Builder
	b.WriteString("<?php\n")
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("define('" + pairs[i] + "', " + pairs[i+1] + ");\n")
	}
	return b.String()
}

// folder makes a folder of files; a name that ends in / is a folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		dir := filepath.Dir(path)
		if strings.HasSuffix(name, "/") {
			dir = path
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestTheAddressOfADatabase(t *testing.T) {
	base := []string{"NAME", "'db'", "USER", "'u'", "PASSWORD", "'canary'"}
	for name, test := range map[string]struct {
		pairs []string
		want  string // "" when there is none
		note  string // a part of a note
	}{
		"without a host":                       {nil, "mysql://u:canary@localhost/db", ""},
		"with a host":                          {[]string{"HOST", "'db.example.com'"}, "mysql://u:canary@db.example.com/db", ""},
		"with a port of its own":               {[]string{"HOST", "'h'", "PORT", "3307"}, "mysql://u:canary@h:3307/db", ""},
		"with a port behind the host":          {[]string{"HOST", "'h:3308'", "PORT", "3307"}, "mysql://u:canary@h:3308/db", ""},
		"with an address of IPv6":              {[]string{"HOST", "'::1'", "PORT", "'3307'"}, "mysql://u:canary@[::1]:3307/db", ""},
		"with an address of IPv6 and its port": {[]string{"HOST", "'[::1]:3309'"}, "mysql://u:canary@[::1]:3309/db", ""},
		"with a lasting connection":            {[]string{"HOST", "'p:h'"}, "mysql://u:canary@h/db", ""},
		"with a socket behind the host":        {[]string{"HOST", "'localhost:/run/my sql.sock'"}, "mysql://u:canary@localhost/db?socket=/run/my+sql.sock", ""},
		"with only a socket":                   {[]string{"HOST", "':/run/mysql.sock'"}, "mysql://u:canary@localhost/db?socket=/run/mysql.sock", ""},
		"with a socket of its own":             {[]string{"SOCKET", "'/run/mysql.sock'", "HOST", "'h'"}, "mysql://u:canary@localhost/db?socket=/run/mysql.sock", ""},
		"with a socket that is none":           {[]string{"SOCKET", "true"}, "mysql://u:canary@localhost/db", ""},
		"with a password of other bytes":       {[]string{"PASSWORD", "'\xf6/ '"}, "mysql://u:%F6%2F%20@localhost/db", ""},
		"of PostgreSQL":                        {[]string{"DRIVER", "'pgsql'", "HOST", "'h'", "PORT", "5433"}, "postgres://u:canary@h:5433/db", ""},
		"of PostgreSQL by its socket":          {[]string{"DRIVER", "'postgres'", "SOCKET", "'/run/pg/.s.PGSQL.5433'", "PORT", "5433"}, "postgres://u:canary@/db?host=/run/pg&port=5433", ""},
		"of PostgreSQL without a host":         {[]string{"DRIVER", "'pdo_pgsql'"}, "postgres://u:canary@localhost/db", ""},
		"of SQLite":                            {[]string{"DRIVER", "'sqlite3'", "NAME", "'/srv/x y.db'"}, "sqlite:/srv/x y.db", ""},
		"of an SQLite file with a ?":           {[]string{"DRIVER", "'sqlite'", "NAME", "'/srv/canary?'"}, "", "a character"},
		"of a database Chatpass does not read": {[]string{"DRIVER", "'sqlsrv'"}, "", "is no database Chatpass reads"},
		"with a driver that is computed":       {[]string{"DRIVER", "f('canary')"}, "", "DRIVER (line 2) is no constant"},
		"with a password of the environment":   {[]string{"PASSWORD", "getenv('DB_PASS')"}, "", "PASSWORD (line 2) comes from the environment variable DB_PASS"},
		"with a password for a variable":       {[]string{"PASSWORD", "getenv('canary')"}, "", "comes from an environment variable"},
		"with a default":                       {[]string{"HOST", "getenv('DB_HOST') ?: 'h'"}, "mysql://u:canary@h/db", "the default in the file is taken"},
		"with a port that is no number":        {[]string{"PORT", "'canary'"}, "", "port of the database is no number"},
		"with a host that is none":             {[]string{"HOST", "'canary@x'"}, "", "is no name and no address"},
		"as a whole":                           {[]string{"URL", "'mysql2://a:b%40@h:1/n?pool=5&socket=/s'"}, "mysql://a:b%40@localhost/n?socket=/s", ""},
		"of PostgreSQL as a whole":             {[]string{"URL", "'postgresql://a:b@h/n?sslmode=require'"}, "postgres://a:b@h/n?sslmode=require", ""},
		"of SQLite as a whole":                 {[]string{"URL", "'sqlite:////srv/x.db'"}, "sqlite:/srv/x.db", ""},
		"as a whole that cannot be read":       {[]string{"URL", "'http://canary'"}, "", "URL is no address of a database"},
		"that is set twice":                    {[]string{"HOST", "'h'", "HOST", "'i'"}, "mysql://u:canary@h/db", "HOST is set in line 2 and in line 3; the value of line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := sitefile.Look(folder(t, map[string]string{"config.php": defines(append(test.pairs, base...)...)}), phpSite)
			if err != nil {
				t.Fatal(err)
			}
			notes := strings.Join(found.Notes, "\n")
			if found.Database != test.want {
				t.Errorf("got %q, want %q; notes %s", found.Database, test.want, notes)
			}
			if test.note == "" && name != "that is set twice" && strings.Contains(notes, "HOST") || !strings.Contains(notes, test.note) {
				t.Errorf("notes %q, want %q", notes, test.note)
			}
			if strings.Contains(notes, "canary") {
				t.Errorf("the notes show a value: %s", notes)
			}
		})
	}
}

func TestWhatIsMissingIsNoted(t *testing.T) {
	found, err := sitefile.Look(folder(t, map[string]string{"config.php": defines("NAME", "'db'") + "require 'more.php';"}), phpSite)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"USER is not set in the file; files it includes are not read"}
	if diff := cmp.Diff(want, found.Notes); diff != "" || found.Database != "" {
		t.Errorf("database %q, notes (-want +got):\n%s", found.Database, diff)
	}
}

func TestTheAddressOfASite(t *testing.T) {
	for text, want := range map[string]string{
		"https://www.example.com/": "https://www.example.com", "http://x.example/sub": "http://x.example/sub", "//x.example": "https://x.example",
		"x.example": "https://x.example", "localhost": "", "ftp://x.example": "", "https://canary:x@h": "", "": "", "/x": "", "https://x/?a": "",
	} {
		found, err := sitefile.Look(folder(t, map[string]string{"config.php": defines("NAME", "'db'", "ADDRESS", "'"+text+"'")}), phpSite)
		if err != nil {
			t.Fatal(err)
		}
		if found.SiteURL != want {
			t.Errorf("%q: got %q, want %q", text, found.SiteURL, want)
		}
	}
}

func TestPrefixAndSecrets(t *testing.T) {
	root := folder(t, map[string]string{"config.php": defines("NAME", "'db'", "PREFIX", "''", "KEY", "'put your unique phrase here'")})
	found, err := sitefile.Look(root, phpSite)
	if err != nil {
		t.Fatal(err)
	}
	if found.Prefix != "" || !found.HasPrefix || len(found.Secrets) != 0 {
		t.Errorf("prefix %q %v, secrets %d", found.Prefix, found.HasPrefix, len(found.Secrets))
	}
	root = folder(t, map[string]string{"config.php": defines("NAME", "'db'", "KEY", "'canary'")})
	if found, err = sitefile.Look(root, phpSite); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"key": "canary"}, found.Secrets); diff != "" || found.HasPrefix {
		t.Errorf("has prefix %v (-want +got):\n%s", found.HasPrefix, diff)
	}
}

func TestAFolderWithoutThePlatformIsToldApart(t *testing.T) {
	config := defines("NAME", "'db'")
	for name, test := range map[string]struct {
		files map[string]string
		site  func(*preset.Site)
		root  string
		want  string // a part of File; "" for ErrNotThere
	}{
		"nothing there":                         {files: map[string]string{"index.php": ""}},
		"no folder":                             {root: "gone"},
		"a mark is missing":                     {files: map[string]string{"config.php": config}, site: func(s *preset.Site) { s.Marks = []string{"lib"} }},
		"a mark below a file":                   {files: map[string]string{"config.php": config, "lib": ""}, site: func(s *preset.Site) { s.Marks = []string{"lib/x"} }},
		"a folder by that name":                 {files: map[string]string{"config.php/": ""}},
		"a file that sets nothing of it":        {files: map[string]string{"config.php": "<?php $x = 1;"}},
		"the second file when the first is not": {files: map[string]string{"b.php": config}, site: func(s *preset.Site) { s.Files = []string{"a.php", "b.php"} }, want: "b.php"},
		"the second when the first sets nothing": {
			files: map[string]string{"a.php": "<?php require 'b.php';", "b.php": config}, site: func(s *preset.Site) { s.Files = []string{"a.php", "b.php"} }, want: "b.php",
		},
		"a file with a star": {files: map[string]string{"b/config.php": config, "a/x": ""}, site: func(s *preset.Site) { s.Files = []string{"*/config.php"} }, want: "b/config.php"},
		"a star in a folder with brackets": {
			files: map[string]string{"[a]*/b/config.php": config}, site: func(s *preset.Site) { s.Files = []string{"*/config.php"} }, root: "[a]*", want: "b/config.php",
		},
		"a file above": {files: map[string]string{"config.php": config, "public/lib/x": ""}, site: func(s *preset.Site) {
			s.Files, s.Marks = []string{"../config.php"}, []string{"lib"}
		}, root: "public", want: "config.php"},
		"a file above that is another's": {files: map[string]string{"config.php": config, "lib/x": "", "public/lib/x": ""}, site: func(s *preset.Site) {
			s.Files, s.Marks = []string{"../config.php"}, []string{"lib"}
		}, root: "public"},
	} {
		t.Run(name, func(t *testing.T) {
			site := phpSite
			if test.site != nil {
				test.site(&site)
			}
			found, err := sitefile.Look(filepath.Join(folder(t, test.files), test.root), site)
			switch {
			case test.want == "" && !errors.Is(err, sitefile.ErrNotThere):
				t.Errorf("got %v, %v", found, err)
			case test.want != "" && err != nil:
				t.Error(err)
			case test.want != "" && (!strings.HasSuffix(found.File, "/"+test.want) || !filepath.IsAbs(found.File)):
				t.Errorf("got %q, want %q", found.File, test.want)
			}
		})
	}
}

func TestAFileThatCannotBeReadIsNoPlatformMissing(t *testing.T) {
	long := folder(t, map[string]string{"config.php": "<?php //" + strings.Repeat("x", 2<<20)})
	if _, err := sitefile.Look(long, phpSite); err == nil || errors.Is(err, sitefile.ErrNotThere) || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("2 MiB: %v", err)
	}
	broken := folder(t, map[string]string{"config.php": "<?php\n$a='canary"})
	_, err := sitefile.Look(broken, phpSite)
	if err == nil || errors.Is(err, sitefile.ErrNotThere) || !strings.Contains(err.Error(), "config.php line 2: a quote") || strings.Contains(err.Error(), "canary") {
		t.Errorf("broken: %v", err)
	}
	loop := folder(t, map[string]string{"x": ""})
	if err := os.Symlink("config.php", filepath.Join(loop, "config.php")); err != nil {
		t.Fatal(err)
	}
	if _, err := sitefile.Look(loop, phpSite); err == nil || errors.Is(err, sitefile.ErrNotThere) {
		t.Errorf("a link to itself: %v", err)
	}
}

func TestALinkIsFollowed(t *testing.T) {
	root := folder(t, map[string]string{"shared/config.php": defines("NAME", "'db'", "USER", "'u'"), "current/x": ""})
	if err := os.Symlink("../shared/config.php", filepath.Join(root, "current", "config.php")); err != nil {
		t.Fatal(err)
	}
	found, err := sitefile.Look(filepath.Join(root, "current"), phpSite)
	if err != nil || found.Database != "mysql://u@localhost/db" {
		t.Errorf("got %v, %v", found, err)
	}
}

func TestARelativeFileOfSQLiteIsLookedForInTheSite(t *testing.T) {
	for name, test := range map[string]struct{ exists, want string }{
		"beside the configuration":       {"app/x.db", "app/x.db"},
		"in the folder of the site":      {"x.db", "x.db"},
		"in the site when it is nowhere": {"y.db", "x.db"},
	} {
		t.Run(name, func(t *testing.T) {
			root := folder(t, map[string]string{"app/config.php": defines("DRIVER", "'sqlite'", "NAME", "'x.db'"), test.exists: ""})
			site := phpSite
			site.Files = []string{"app/config.php"}
			found, err := sitefile.Look(root, site)
			if err != nil {
				t.Fatal(err)
			}
			if want := "sqlite:" + filepath.Join(root, test.want); found.Database != want {
				t.Errorf("got %q, want %q", found.Database, want)
			}
		})
	}
}

func TestFoundAndValuesDoNotPrintSecrets(t *testing.T) {
	found := sitefile.Found{File: "/f", Database: "mysql://u:canary@h/d", Prefix: "p_", Secrets: map[string]string{"k": "canary"}}
	for _, value := range []any{found, &found, []sitefile.Found{found}, sitefile.Values{"A": "canary"}} {
		if out := printed(value); strings.Contains(out, "canary") {
			t.Errorf("printed %s", out)
		}
	}
}
