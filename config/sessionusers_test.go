package config_test

import (
	"slices"
	"strings"
	"testing"
)

func TestSessionsOfAPlatformThatMayNameOtherPeopleAreNotRead(t *testing.T) {
	for name, c := range map[string]struct {
		env  env
		used bool
		warn string // beginning of the one warning
	}{
		"the platform's own table and key":         {with("PRESET", "wordpress", "USERS_TABLE", "", "USERS_ID", ""), true, ""},
		"its key, spelled out in other case":       {with("PRESET", "wordpress", "USERS_TABLE", "", "USERS_ID", "id"), true, ""},
		"its table, spelled out":                   {with("PRESET", "wordpress", "TABLE_PREFIX", "x_", "USERS_TABLE", "x_users"), true, ""},
		"another key":                              {with("PRESET", "wordpress", "USERS_TABLE", "", "USERS_ID", "user_login"), false, "CHATPASS_USERS_ID names users by"},
		"another table":                            {with("PRESET", "laravel", "USERS_TABLE", "customers"), false, "CHATPASS_USERS_TABLE names another table"},
		"the table of another site":                {with("PRESET", "wordpress", "TABLE_PREFIX", "x_", "USERS_TABLE", "y_users"), false, "CHATPASS_USERS_TABLE names another table"},
		"another table, by the owner's own word":   {with("PRESET", "django", "USERS_TABLE", "accounts_user", "IDENTITY", "session,site"), true, ""},
		"another key, and nobody asks for session": {with("PRESET", "wordpress", "USERS_TABLE", "", "USERS_ID", "user_login", "IDENTITY", "site"), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := load(t, c.env.input())
			if got := slices.Contains(cfg.Identity, "session"); got != c.used {
				t.Errorf("sessions are read: %t; resolvers %v", got, cfg.Identity)
			}
			var about []string
			for _, w := range lines(cfg.Warnings) {
				if strings.HasPrefix(w, "CHATPASS_USERS_") {
					about = append(about, w)
				}
			}
			if c.warn == "" && len(about) > 0 || c.warn != "" && (len(about) != 1 || !strings.HasPrefix(about[0], c.warn)) {
				t.Errorf("warnings %q, want %q", about, c.warn)
			}
		})
	}
	t.Run("another key is a fault where the owner asks for sessions", func(t *testing.T) {
		refusal := refuse(t, with("PRESET", "wordpress", "USERS_TABLE", "", "USERS_ID", "user_login", "IDENTITY", "session,site").input())
		if got := refusal.Error(); len(refusal.Faults) != 1 || !strings.HasPrefix(got, "CHATPASS_USERS_ID names users by") {
			t.Errorf("%q", got)
		}
	})
}
