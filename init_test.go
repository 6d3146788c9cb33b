package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/detect"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/sitefile"
)

// reread writes the plan into a folder and returns what the settings of it are for a command.
func reread(t *testing.T, p *plan) *config.Config {
	t.Helper()
	text, err := p.text()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := writeWhole(filepath.Join(dir, ".env"), text, false); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Input{Dir: dir, Command: "check"})
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if len(cfg.Warnings) > 0 {
		t.Errorf("warnings %v in\n%s", cfg.Warnings, text)
	}
	return cfg
}

func TestSettingsThatAreWrittenAreReadAsTheyWere(t *testing.T) {
	for _, address := range []string{
		"mysql://u:p@127.0.0.1:3306/site",
		"mysql://u:p%40ss%27w%22%C3%B6%2Frd%3F%23@localhost/shop?socket=/run/my.sock",
		`u:pa$$ w'o"r\d #x@tcp(127.0.0.1:3306)/site`,
		`u:\n\t\$HOME@tcp(127.0.0.1:3306)/site`,
		`u:''@tcp(127.0.0.1:3306)/site`,
		`u:"@tcp(127.0.0.1:3306)/site`,
		`u:\'@tcp(127.0.0.1:3306)/site`,
		`u:\\@tcp(127.0.0.1:3306)/site`,
		"sqlite:/srv/a site/böse 'db'.sqlite",
	} {
		p := &plan{database: secret.New(address), siteURL: "https://example.com", guess: detect.Guess{
			Table: "users", ID: "id", Name: `nick ?? "{first} {last}" ?? 'Nobody'`, Where: `status in ('a b', "c") ; deleted_at is null`,
		}}
		cfg := reread(t, p)
		if got := cfg.DatabaseURL.Reveal(); got != address {
			t.Errorf("the address %q is read as %q", address, got)
		}
	}
}

func TestValuesThatAFileCannotHoldAreRefused(t *testing.T) {
	for _, value := range []string{"a\nb", "a\rb", "a\x00b", "  ", `a b\`, `'\$`, `'"`} {
		if quoted, ok := quoteSetting(value); ok {
			t.Errorf("%q is written as %q", value, quoted)
		}
	}
}

// FuzzQuoteSetting: what is written is what .env gives back, whatever it is.
func FuzzQuoteSetting(f *testing.F) {
	for _, s := range []string{"plain", "with blank", `quote'"\$X #`, `\`, `\\'`, `"`, "'", "ö$(x)`y`", "#", " x ", "a=b", `\n'`, "${A}'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		quoted, ok := quoteSetting(value)
		if !ok || !printableOnly(value) {
			return // a file of settings cannot hold it, and init says so
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("CHATPASS_DATABASE_URL="+quoted+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(config.Input{Dir: dir, Command: "init"})
		if err != nil {
			t.Fatalf("%q is written as %s and refused: %v", value, quoted, err)
		}
		if diff := cmp.Diff(value, cfg.DatabaseURL.Reveal()); diff != "" {
			t.Errorf("written as %s (-want +got):\n%s", quoted, diff)
		}
	})
}

func printableOnly(s string) bool { return printable(s) == s }

func TestTablePrefixIsToldOnlyWhereItIsNotKnown(t *testing.T) {
	wordpress := presetNamed(t, "wordpress")
	for _, tt := range []struct {
		name string
		plan plan
		want string
	}{
		{"the preset's own", plan{file: wordpress, prefix: "wp_", hasPrefix: true}, ""},
		{"another", plan{file: wordpress, prefix: "x7_", hasPrefix: true}, "x7_"},
		{"none where the preset has one", plan{file: wordpress, hasPrefix: true}, "-"},
		{"nothing is known of it", plan{file: wordpress}, ""},
		{"none where the preset has none", plan{file: presetNamed(t, "drupal"), hasPrefix: true}, ""},
		{"a site of its own", plan{prefix: "x_", hasPrefix: true}, ""},
	} {
		if got := tt.plan.tablePrefix(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestForceOverwritesOnlyFilesOfOurs(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		ours       bool
	}{
		{"an empty file", "", true},
		{"remarks and settings", "# x\n\n  CHATPASS_LISTEN=x\nexport CHATPASS_PRESET=y\r\n", true},
		{"a byte order mark", "\ufeffCHATPASS_LISTEN=x\n", true},
		{"the site's own", "APP_KEY=x\nCHATPASS_LISTEN=x\n", false},
		{"something else", "<?php\n", false},
	} {
		path := filepath.Join(t.TempDir(), ".env")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ownSettings(path); got != tt.ours || err != nil {
			t.Errorf("%s: ours %v, %v", tt.name, got, err)
		}
	}
}

func TestAFileThatAppearsMeanwhileIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func() error{
		"writeWhole": func() error { return writeWhole(path, "theirs", false) },
		"writeNew":   func() error { return writeNew(path, "theirs") },
	} {
		if err := write(); err == nil {
			t.Errorf("%s gives no error", name)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
		t.Errorf("it holds %q, %v", text, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("something is left behind: %v %v", entries, err)
	}
}

func TestTheSampleAddressOfAFrameworkIsOnlyARemark(t *testing.T) {
	for name, tt := range map[string]struct {
		of   string // what the site's configuration says
		want []string
		not  string
	}{
		"the sample":      {"http://localhost", []string{"\n# .env has http://localhost, as every new site", "\n#CHATPASS_SITE_URL=http://localhost\n"}, "\nCHATPASS_SITE_URL"},
		"a port of it":    {"http://localhost:8000", []string{"\nCHATPASS_SITE_URL=http://localhost:8000\n"}, "as every new site"},
		"another address": {"https://www.example.com", []string{"\nCHATPASS_SITE_URL=https://www.example.com\n"}, "as every new site"},
	} {
		i := &initiation{c: &call{dir: t.TempDir()}, o: &initOptions{}}
		p := &plan{file: presetNamed(t, "laravel"), root: "/srv/site", site: &sitefile.Found{File: "/srv/site/.env", SiteURL: tt.of}, fromSite: true}
		if err := i.siteURL(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		text, err := p.text()
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, text)
			}
		}
		if strings.Contains(text, tt.not) {
			t.Errorf("%s: %q is in\n%s", name, tt.not, text)
		}
	}
}
