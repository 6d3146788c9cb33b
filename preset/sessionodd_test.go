package preset_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/preset"
)

// TestOddSessionsAreNobodysOnEveryDatabase sends what databases compare, convert or refuse in ways of their own. Nothing of it may name anybody, and nothing may
// make a database fail, which would answer 503 to everybody behind it.
func TestOddSessionsAreNobodysOnEveryDatabase(t *testing.T) {
	odd := map[string]string{
		"a blank behind":                      "%s ",
		"an escaped blank behind":             "%s%20",
		"capitals":                            "",
		"a zero byte":                         "%s%00",
		"only a zero byte":                    "%00",
		"bytes that are no UTF-8":             "%ff%fe",
		"a character of four bytes":           "\U0001F600",
		"an escaped character of four bytes":  "%F0%9F%98%80",
		"a character that sorts like nothing": "%s\u200b",
		"a quote":                             "' OR '1'='1",
		"a backslash":                         `\`,
		"a number that is zero":               "0",
		"a number in science's way":           "0e123",
		"more than a column holds":            strings.Repeat("a", 4000),
		"more than a key may have":            strings.Repeat("\u00e9", 6000),
		"a wildcard":                          "%25",
	}
	for _, folder := range []string{"joomla", "drupal", "drupal7", "moodle", "django", "opencart", "laravel", "flarum", "vbulletin", "phpbb", "mybb"} {
		for _, f := range evidence.Folders(t, evidenceRoot) {
			if f.Name != folder {
				continue
			}
			known, faults := preset.Open(f.Preset)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			t.Run(folder, func(t *testing.T) {
				s := sessionSite(t, f, known.Databases[0])
				at := slices.IndexFunc(s.file.Visits, func(v visitCase) bool {
					return v.Want[0] >= '0' && v.Want[0] <= '9' && !strings.Contains(v.Cookie, ";")
				})
				if at < 0 {
					t.Fatal("no visit with one cookie")
				}
				v := s.file.Visits[at]
				name, genuine, _ := strings.Cut(v.Cookie, "=")
				for what, value := range odd {
					value = strings.Replace(value, "%s", genuine, 1)
					if value == "" {
						value = strings.ToUpper(genuine)
						if value == genuine {
							value = strings.ToLower(genuine)
						}
					}
					if value == genuine {
						continue
					}
					if got, _ := s.who(t, s.resolver(t, v), v, name+"="+value); got != "rejected" && got != "none" && (what != "a blank behind" || got != v.Want) {
						t.Errorf("%s: %s", what, got)
					}
				}
			})
		}
	}
}
