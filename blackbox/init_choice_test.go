package blackbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// siteOf is the folder of a platform whose configuration leads to a database.
func siteOf(t testing.TB, name, database string) string {
	t.Helper()
	for _, site := range folders {
		if site.name == name {
			return fixture(t, site.name, site.file, serverOf(t, database), site.change...)
		}
	}
	t.Fatalf("there is no folder of %s", name)
	return ""
}

func TestInitWhereFolderAndTablesDiffer(t *testing.T) {
	t.Parallel()
	load := func(name, prefix string) string {
		f := evidenceOf(t, name)
		return f.Load(t, "mysql", prefix, true)
	}
	october := func(database string) string { // on Laravel, whose marks and configuration it has too
		root := siteOf(t, "laravel", database)
		if err := os.MkdirAll(filepath.Join(root, "modules", "system"), 0o700); err != nil {
			t.Fatal(err)
		}
		models := filepath.Join(root, "plugins", "rainlab", "user", "models")
		if err := os.MkdirAll(models, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(models, "UserLog.php"), []byte("<?php\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return root
	}
	wordpress := siteOf(t, "wordpress", load("phpbb", "phpbb_"))
	for _, tt := range []struct {
		name, root string
		options    []string
		code       int
		says       string
		want       []string
	}{
		{"the folder counts, and the settings do not work", wordpress, nil, 1, "look like phpBB (phpbb_users); the folder counts", []string{"PRESET=wordpress\n", "SITE_ROOT="}},
		{"unless another platform is asked for", wordpress, []string{"--preset", "phpbb"}, 1, "is that of WordPress and not of phpBB", nil},
		{"another database than the site's is written", wordpress, []string{"--database-url", load("wordpress", "x7_")}, 0, "recognised by wp-config.php", []string{"PRESET=wordpress\n", "SITE_ROOT=", "DATABASE_URL=mysql://"}},
		{"another prefix than the site's is written", siteOf(t, "wordpress", load("wordpress", "y9_")), []string{"--table-prefix", "y9_"}, 0, "the table y9_users", []string{"TABLE_PREFIX=y9_\n"}},
		{"tables tell what is built upon a framework", october(load("october3", "")), nil, 0, "October CMS with RainLab.User 3", []string{"PRESET=october3\n"}},
		{"a framework with tables of its own is a site of its own", siteOf(t, "laravel", homeMade(t).URL()), nil, 1, "usual users table is not in the database", []string{"PRESET=custom\n", "USERS_TABLE=mitglieder\n", "DATABASE_URL=mysql://"}},
		{"a platform that is known can be described anew", siteOf(t, "wordpress", load("wordpress", "x7_")), []string{"--preset", "custom"}, 1, "no platform is recognised", []string{"PRESET=custom\n", "USERS_TABLE=x7_users\n", "DATABASE_URL=mysql://"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r := runAt(t, dir, nil, append([]string{"init", "--site-url", "https://www.example.com", "--site-root", tt.root}, tt.options...)...)
			if r.code != tt.code || !strings.Contains(r.stderr, tt.says) {
				t.Errorf("init ends with %d, want %d and %q:\n%s", r.code, tt.code, tt.says, r.stderr)
			}
			if tt.want == nil {
				nothingIn(t, dir)
				return
			}
			text := settingsIn(t, dir)
			for _, want := range tt.want {
				if !strings.Contains(text, "\nCHATPASS_"+want) {
					t.Errorf(".env lacks %q:\n%s", want, text)
				}
			}
		})
	}
}

func TestInitChoosesAmongTablesOfAHomeMadeSite(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	db.Exec(t, "CREATE TABLE members (id int PRIMARY KEY, username varchar(80), email varchar(80), password varchar(80), avatar varchar(80), last_login datetime)",
		"CREATE TABLE staff (id int PRIMARY KEY, login varchar(80), email varchar(80), password varchar(80))")
	e := env{"DATABASE_URL": db.URL()}
	for choice, table := range map[string]string{"0": "members", "1": "members", "2": "staff"} {
		dir := t.TempDir()
		if r := runAt(t, dir, e, "init", "--choose", choice); r.code != 1 || !strings.Contains(settingsIn(t, dir), "\nCHATPASS_USERS_TABLE="+table+"\n") {
			t.Errorf("--choose %s ends with %d and does not take %s:\n%s", choice, r.code, table, r.stderr)
		}
	}
	dir := t.TempDir()
	if r := runAt(t, dir, e, "init", "--choose", "9"); r.code != 2 || !strings.Contains(r.stderr, "--choose 9") {
		t.Errorf("--choose 9 ends with %d:\n%s", r.code, r.stderr)
	}
	nothingIn(t, dir)
}
