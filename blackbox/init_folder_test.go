package blackbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// filesIn makes a folder of files; one whose name ends in / is a folder.
func filesIn(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestInitNamesTheHalfOfAPlatformThatIsThere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files map[string]string
		code  int
		want  []string
	}{
		"Drupal with local settings": {
			map[string]string{"sites/default/settings.php": "<?php\n$databases = [];\ninclude 'settings.local.php';\n", "core/lib/Drupal.php": ""},
			1,
			[]string{"settings.php: does not hold the database; line 3 includes another file", "of Drupal does not tell where its database is", "--database-url", "CHATPASS_PRESET=drupal"},
		},
		"WordPress without its mark": {
			map[string]string{"wp-config.php": "<?php define('DB_NAME', 'canary');"},
			1,
			[]string{"wp-config.php is there as WordPress has it, but wp-includes is missing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runAt(t, t.TempDir(), nil, "init", "--site-root", filesIn(t, test.files))
			for _, want := range test.want {
				if !strings.Contains(r.stderr, want) {
					t.Errorf("%q is not in\n%s", want, r.stderr)
				}
			}
			if r.code != test.code || strings.Contains(r.stderr, "canary") {
				t.Errorf("ends with %d:\n%s", r.code, r.stderr)
			}
		})
	}
}

func TestInitChoosesAmongPlatformsInOneFolder(t *testing.T) {
	t.Parallel()
	root := filesIn(t, map[string]string{
		"wp-config.php": "<?php\ndefine('DB_NAME', 'a');\n", "wp-includes/": "", "administrator/": "", "components/": "",
		"configuration.php": "<?php\nclass JConfig {\n public $dbtype = 'sqlsrv';\n public $host = '127.0.0.1:2';\n public $db = 'b';\n public $user = 'u';\n}\n",
	})
	for name, test := range map[string]struct {
		args []string
		want []string
		not  string
		code int
	}{
		"the others are named":      {nil, []string{"several platforms are in the folder", "1. Joomla", "2. WordPress, wp-config.php", "of Joomla does not tell where"}, "of WordPress", 1},
		"the second":                {[]string{"--choose", "2"}, []string{"of WordPress does not tell where"}, "several", 1},
		"one that is not there":     {[]string{"--choose", "3"}, []string{"there are 2 to choose from"}, "does not tell", 2},
		"by the name of its preset": {[]string{"--preset", "wordpress"}, []string{"of WordPress does not tell where"}, "several", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runAt(t, t.TempDir(), nil, append([]string{"init", "--site-root", root}, test.args...)...)
			for _, want := range test.want {
				if !strings.Contains(r.stderr, want) {
					t.Errorf("%q is not in\n%s", want, r.stderr)
				}
			}
			if r.code != test.code || strings.Contains(r.stderr, test.not) {
				t.Errorf("ends with %d, or says %q:\n%s", r.code, test.not, r.stderr)
			}
		})
	}
}
