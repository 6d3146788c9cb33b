package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/config"
)

func TestWhereTheWidgetAppears(t *testing.T) {
	roles := func(c *config.Config) []string { return c.WidgetRoles }
	paths := func(c *config.Config) []string { return c.WidgetHideOn }
	for name, c := range map[string]struct {
		env  env
		got  func(*config.Config) []string
		want []string
	}{
		"everybody":                          {with(), roles, nil},
		"roles with blanks, each once":       {with("USERS_ROLE", "rank", "WIDGET_ROLES", " member , Shop manager,member,"), roles, []string{"member", "Shop manager"}},
		"everywhere":                         {with(), paths, nil},
		"paths, each once":                   {with("WIDGET_HIDE_ON", "/checkout/* , /admin/*,/checkout/*,"), paths, []string{"/checkout/*", "/admin/*"}},
		"paths of another script":            {with("WIDGET_HIDE_ON", "/оплата/*"), paths, []string{"/%D0%BE%D0%BF%D0%BB%D0%B0%D1%82%D0%B0/*"}},
		"paths are those of the whole host":  {with("WIDGET_HIDE_ON", "/a", "SITE_URL", "https://example.com/shop"), paths, []string{"/a"}},
		"a preset's own":                     {with("PRESET", "wordpress"), paths, []string{"/wp-admin/*", "/wp-login.php"}},
		"a preset's own below a path":        {with("PRESET", "wordpress", "SITE_URL", "https://example.com/my/blog/"), paths, []string{"/my/blog/wp-admin/*", "/my/blog/wp-login.php"}},
		"those that are set win":             {with("PRESET", "wordpress", "WIDGET_HIDE_ON", "/cart"), paths, []string{"/cart"}},
		"the role of admins alone is a role": {with("PRESET", "wordpress", "WIDGET_ROLES", "admin"), roles, []string{"admin"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.got(load(t, c.env.input()))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPlacesOfTheWidgetThatCannotBeAreFaults(t *testing.T) {
	for name, c := range map[string]struct {
		env  env
		want string
	}{
		"roles without a mapped role":     {with("WIDGET_ROLES", "member"), "CHATPASS_WIDGET_ROLES is set, but the mapping gives no user a role"},
		"commas alone":                    {with("USERS_ROLE", "rank", "WIDGET_ROLES", ",,"), "CHATPASS_WIDGET_ROLES names no role"},
		"a role with a line break":        {with("USERS_ROLE", "rank", "WIDGET_ROLES", "a\nb"), "which is no role"},
		"a role without end":              {with("USERS_ROLE", "rank", "WIDGET_ROLES", strings.Repeat("x", 101)), "which is no role"},
		"too many roles":                  {with("USERS_ROLE", "rank", "WIDGET_ROLES", "a"+strings.Join(numbers(65), ",b")), "more than 64 roles"},
		"a path without a slash":          {with("WIDGET_HIDE_ON", "checkout/*"), "which does not begin with /"},
		"a wildcard without a slash":      {with("WIDGET_HIDE_ON", "*"), "which does not begin with /"},
		"an address":                      {with("WIDGET_HIDE_ON", "https://example.com/x"), "an address and no path"},
		"a query":                         {with("WIDGET_HIDE_ON", "/index.php?route=checkout"), "after ? or #"},
		"a fragment":                      {with("WIDGET_HIDE_ON", "/x#y"), "after ? or #"},
		"a blank within":                  {with("WIDGET_HIDE_ON", "/a b"), "characters that no path has"},
		"a tab within":                    {with("WIDGET_HIDE_ON", "/a\tb"), "characters that no path has"},
		"what could end an attribute":     {with("WIDGET_HIDE_ON", `/"><script>`), "characters that no path has"},
		"a path without end":              {with("WIDGET_HIDE_ON", "/"+strings.Repeat("x", 200)), "longer than 200 bytes"},
		"a path without end when escaped": {with("WIDGET_HIDE_ON", "/"+strings.Repeat("я", 40)), "longer than 200 bytes"},
		"too many paths":                  {with("WIDGET_HIDE_ON", "/a"+strings.Join(numbers(33), ",/b")), "more than 32 paths"},
	} {
		t.Run(name, func(t *testing.T) {
			refusal := refuse(t, c.env.input())
			if len(refusal.Faults) != 1 || !strings.Contains(refusal.Error(), c.want) || refusal.Faults[0].Remedy == "" {
				t.Errorf("got %q, want one fault with %q and a remedy", refusal, c.want)
			}
		})
	}
}

func TestAMappingPresetsWhereTheWidgetIsHidden(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mapping.yaml")
	text := "users: { table: members, key: id }\nfields: { name: nick }\nsettings: { WIDGET_HIDE_ON: /staff/* }\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := load(t, with("MAPPING", file, "USERS_TABLE", "", "USERS_ID", "", "USERS_NAME", "").input())
	if diff := cmp.Diff([]string{"/staff/*"}, c.WidgetHideOn); diff != "" {
		t.Error(diff)
	}
}

func numbers(n int) (texts []string) {
	for i := range n {
		texts = append(texts, strings.Repeat("i", i+1))
	}
	return texts
}
