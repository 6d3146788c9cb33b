package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinesOfTheFileEnvMeanWhatTheySay(t *testing.T) {
	for name, test := range map[string]struct{ content, want string }{
		"a plain value":                              {"CHATPASS_SITE_KEY=" + siteKey, siteKey},
		"a value with a newline at its end":          {"CHATPASS_SITE_KEY=" + siteKey + "\n", siteKey},
		"Windows line ends":                          {"# comment\r\n\r\nCHATPASS_SITE_KEY=" + siteKey + "\r\nCHATPASS_LOG_LEVEL=warn\r\n", siteKey},
		"a byte order mark":                          {"\ufeffCHATPASS_SITE_KEY=" + siteKey, siteKey},
		"export before the name":                     {"export CHATPASS_SITE_KEY=" + siteKey, siteKey},
		"spaces around the equals sign":              {"  CHATPASS_SITE_KEY  =  " + siteKey + "  ", siteKey},
		"single quotes":                              {"CHATPASS_SITE_KEY=' " + siteKey + " # $A '", " " + siteKey + " # $A "},
		"double quotes":                              {`CHATPASS_SITE_KEY="` + siteKey + ` # \"x\" "`, siteKey + ` # "x" `},
		"a comment behind a value":                   {"CHATPASS_SITE_KEY=" + siteKey + " # of 2020", siteKey},
		"a comment with a second #":                  {"CHATPASS_SITE_KEY=" + siteKey + " # see # 7", siteKey},
		"a comment behind quotes":                    {"CHATPASS_SITE_KEY='" + siteKey + "' # of 2020", siteKey},
		"a # within a value":                         {"CHATPASS_SITE_KEY=" + siteKey + "#7", siteKey + "#7"},
		"a $ and a name in a plain value":            {"CHATPASS_SITE_KEY=" + siteKey + "$HOME$$A", siteKey + "$HOME$$A"},
		"a $ and a name in double quotes":            {`CHATPASS_SITE_KEY="` + siteKey + `$HOME"`, siteKey + "$HOME"},
		"a $ and a bracket":                          {"CHATPASS_SITE_KEY=" + siteKey + "$(id)", siteKey + "$(id)"},
		"a $ with a backslash":                       {`CHATPASS_SITE_KEY="` + siteKey + `\$HOME"`, siteKey + "$HOME"},
		"nothing but a comment":                      {"CHATPASS_SITE_KEY=     # made with: openssl rand -base64 48", ""},
		"nothing but a comment behind a tab":         {"CHATPASS_SITE_KEY=\t#x", ""},
		"equals signs in a value":                    {"CHATPASS_SITE_KEY=" + siteKey + "==", siteKey + "=="},
		"a value of several lines":                   {"CHATPASS_SITE_KEY='" + siteKey + "\nsecond\nthird'\nCHATPASS_LOG_LEVEL=warn", siteKey + "\nsecond\nthird"},
		"the same name twice":                        {"CHATPASS_SITE_KEY=other\nCHATPASS_SITE_KEY=" + siteKey, siteKey},
		"foreign lines around, even with odd names":  {"PATH=/bin\nmy.name=x\nCHATPASS_SITE_KEY=" + siteKey, siteKey},
		"comments and empty lines":                   {"\n# CHATPASS_SITE_KEY=other\n\t\n  # more\nCHATPASS_SITE_KEY=" + siteKey + "\n\n", siteKey},
		"a colon in the place of the equals sign":    {"CHATPASS_SITE_KEY: " + siteKey, siteKey},
		"letters beyond ASCII":                       {"CHATPASS_SITE_KEY=" + siteKey + "ß€", siteKey + "ß€"},
		"a quote that opens within a value is plain": {"CHATPASS_SITE_KEY=" + siteKey + "'x", siteKey + "'x"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := load(t, dotenv(t, with("SITE_KEY", ""), test.content)).SiteKey.Reveal(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhatIsOddInTheFileEnvIsWarnedOf(t *testing.T) {
	c := load(t, dotenv(t, with("USERS_BADGE", ""), "HOST=a\nHOST=b\nX=${HOST}\nCHATPASS_LOG_LEVEL=warn\nCHATPASS_LOG_LEVEL=info\nCHATPASS_IMBACHAT_OPTIONS=theme=${HOST}\n"))
	want := []string{
		"CHATPASS_LOG_LEVEL stands in lines 4 and 5 of .env, of which the last counts: remove one of them",
		"CHATPASS_IMBACHAT_OPTIONS in line 6 of .env refers to another variable, but is taken as it stands: write the value itself",
	}
	if diff := cmp.Diff(want, lines(c.Warnings)); diff != "" {
		t.Error(diff)
	}
}

func TestEveryMalformedLineOfTheFileEnvIsAFaultWithItsNumberAndWithoutItsContent(t *testing.T) {
	for name, test := range map[string]struct {
		content string
		lines   []string
	}{
		"a line without an equals sign": {"A=1\ncanary-line\nB=2", []string{"line 2 of .env is malformed"}},
		"a last line without one":       {"A=1\n\ncanary", []string{"line 3 of .env is malformed"}},
		"several lines":                 {"canary 1\nA=1\n-canary=2\n\n'canary'\n", []string{"line 1 of", "line 3 of", "line 5 of"}},
		"a name with a space":           {"can ary=1", []string{"line 1 of"}},
		"a name that is empty":          {"=canary", []string{"line 1 of"}},
		"a name with an odd letter":     {"canäry=1", []string{"line 1 of"}},
		"a quote that is not closed":    {"A=1\nB='canary\nC=3\nD=4", []string{"line 2 of .env opens a quote that is never closed"}},
		"text behind a closing quote":   {"A='1' canary", []string{"line 1 of"}},
		"two settings in one line":      {"A='canary' B=2", []string{"line 1 of"}},
		"a NUL byte":                    {"A=1\nB=canary\x00", []string{"line 2 of .env is malformed"}},
		"a quote of too many lines":     {"A='" + strings.Repeat("canary\n", 100) + "'", []string{"line 1 of .env opens a quote that is never closed"}},
	} {
		t.Run(name, func(t *testing.T) {
			refusal := refuse(t, dotenv(t, good(), test.content))
			got := refusal.Error()
			if strings.Contains(got, "canary") || strings.Contains(got, "canä") {
				t.Errorf("shows the content: %s", got)
			}
			for _, want := range test.lines {
				if !strings.Contains(got, want) {
					t.Errorf("%q does not hold %q", got, want)
				}
			}
		})
	}
}

func TestAFileEnvThatCannotBeReadIsAFault(t *testing.T) {
	in := good().input()
	in.Dir = t.TempDir()
	load(t, in) // none is fine
	if err := os.Mkdir(filepath.Join(in.Dir, ".env"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := refuse(t, in).Error(); !strings.HasPrefix(got, "the file .env cannot be read: it is not a regular file") {
		t.Error(got)
	}
	if got := refuse(t, dotenv(t, good(), strings.Repeat("#\n", 33<<10))).Error(); !strings.Contains(got, "larger than 64 KiB") {
		t.Error(got)
	}
}

func TestAnUnknownVariableIsFoundInTheFileEnvToo(t *testing.T) {
	got := refuse(t, dotenv(t, good(), "CHATPASS_LOGLEVEL=warn")).Error()
	if want := "CHATPASS_LOGLEVEL in .env is not a variable of Chatpass: did you mean CHATPASS_LOG_LEVEL?"; got != want {
		t.Errorf("got %q", got)
	}
}
