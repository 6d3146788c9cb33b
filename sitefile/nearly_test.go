package sitefile_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/sitefile"
)

func TestAConfigurationWithoutTheDatabaseIsNoPlatformMissing(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"it reads another file":  {"<?php\n$x = 1;\nrequire 'db.php';\nrequire 'more.php';\n$k = 'canary';", "does not hold the database; line 3 includes another file, which is not read"},
		"it breaks off":          {"<?php\n// the database", "does not hold the database"},
		"it tells other things":  {defines("PREFIX", "'x_'", "KEY", "'canary'"), "does not hold the database"},
		"it is an empty text":    {"", "does not hold the database"},
		"the rest is in a block": {"<?php\nif (file_exists($f)) {\n  include $f;\n}\n", "does not hold the database; line 3 includes another file, which is not read"},
	} {
		t.Run(name, func(t *testing.T) {
			site := phpSite
			site.Marks = []string{"lib"}
			root := folder(t, map[string]string{"config.php": test.text, "lib/": ""})
			_, err := sitefile.Look(root, site)
			var none *sitefile.NoDatabaseError
			if !errors.As(err, &none) || errors.Is(err, sitefile.ErrNotThere) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(filepath.Join(root, "config.php")+" "+test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if none.Found.Database != "" || name == "it tells other things" && (none.Found.Prefix != "x_" || none.Found.Secrets["key"] != "canary") {
				t.Errorf("found %v with the prefix %q", none.Found, none.Found.Prefix)
			}
		})
	}
}

func TestAMissingMarkIsNamedWhereTheConfigurationIsThere(t *testing.T) {
	site := phpSite
	site.Marks = []string{"lib", "src"}
	root := folder(t, map[string]string{"config.php": defines("NAME", "'db'"), "lib/": ""})
	_, err := sitefile.Look(root, site)
	var mark *sitefile.MissingMarkError
	if !errors.As(err, &mark) || !errors.Is(err, sitefile.ErrNotThere) || mark.Mark != "src" || mark.File != filepath.Join(root, "config.php") {
		t.Errorf("got %v", err)
	}
	if _, err = sitefile.Look(folder(t, map[string]string{"config.php": "<?php $x = 1;", "lib/": ""}), site); !errors.Is(err, sitefile.ErrNotThere) || errors.As(err, &mark) {
		t.Errorf("a file of something else: %v", err)
	}
}
