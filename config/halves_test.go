package config_test

import (
	"strings"
	"testing"
)

func TestAHalfConfigurationIsNotCalledUnrecognised(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		pairs []string
		want  []string
		not   string
	}{
		"WordPress that reads another file": {
			map[string]string{"wp-config.php": "<?php\nrequire 'db.php';\n", "wp-includes/": ""},
			nil,
			[]string{"is a folder of WordPress: wp-config.php is there, but does not hold the database; line 2 includes another file", "CHATPASS_DATABASE_URL", "CHATPASS_PRESET=wordpress"},
			"no platform",
		},
		"the same, named": {
			map[string]string{"wp-config.php": "<?php\nrequire 'db.php';\n", "wp-includes/": ""},
			[]string{"PRESET", "wordpress"},
			[]string{"wp-config.php is there, but does not hold the database; line 2"},
			"can be read",
		},
		"Drupal with local settings": {
			map[string]string{"sites/default/settings.php": "<?php\n$databases = [];\ninclude __DIR__ . '/settings.local.php';\n", "core/lib/Drupal.php": ""},
			nil,
			[]string{"is a folder of Drupal: settings.php is there, but does not hold the database; line 3"},
			"no platform",
		},
		"the platform with the most marks": {
			map[string]string{".env": "APP_NAME=x\n", "artisan": "", "modules/system/": "", "plugins/rainlab/user/models/UserLog.php": ""},
			nil,
			[]string{"CHATPASS_PRESET=october3"},
			"no platform",
		},
		"a mark is missing": {
			map[string]string{"wp-config.php": wpConfig},
			nil,
			[]string{"no platform is recognised: wp-config.php is there as WordPress has it, but wp-includes is missing"},
			"Joomla",
		},
		"a mark of the named one is missing": {
			map[string]string{"wp-config.php": wpConfig},
			[]string{"PRESET", "wordpress"},
			[]string{"no configuration of WordPress that can be read: wp-config.php is there, but wp-includes is missing"},
			"no platform",
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := refuse(t, bare(append([]string{"SITE_ROOT", folder(t, test.files)}, test.pairs...)...).input()).Error()
			for _, part := range test.want {
				if !strings.Contains(text, part) {
					t.Errorf("%q does not hold %q", text, part)
				}
			}
			if strings.Contains(text, test.not) || strings.Contains(text, "canary") {
				t.Errorf("%q holds %q or a secret", text, test.not)
			}
		})
	}
}

func TestTheRestOfAConfigurationWithoutTheDatabaseIsUsed(t *testing.T) {
	root := folder(t, map[string]string{"wp-config.php": "<?php\nrequire 'db.php';\n$table_prefix = 'x7_';\n", "wp-includes/": ""})
	for name, pairs := range map[string][]string{"with the preset": {"PRESET", "wordpress"}, "without": nil} {
		c := load(t, bare(append([]string{"SITE_ROOT", root, "DATABASE_URL", "mysql://a:b@127.0.0.1/c"}, pairs...)...).input())
		if c.Preset != "wordpress" || c.Mapping.Table() != "x7_users" {
			t.Errorf("%s: preset %s, table %s", name, c.Preset, c.Mapping.Table())
		}
	}
}

func TestTwoPlatformsInOneFolderAreNotGuessed(t *testing.T) {
	root := folder(t, map[string]string{
		"wp-config.php": wpConfig, "wp-includes/": "", "administrator/": "", "components/": "",
		"configuration.php": "<?php\nclass JConfig {\n public $dbtype = 'mysqli';\n public $db = 'b';\n public $user = 'u';\n}\n",
	})
	text := refuse(t, bare("SITE_ROOT", root).input()).Error()
	if !strings.Contains(text, "fits several platforms: joomla, wordpress") {
		t.Errorf("got %s", text)
	}
}
