package main

import (
	"strings"
	"testing"
)

func TestCheckFailsOnAPathThatServeRefuses(t *testing.T) {
	dir, _ := chatSite(t)
	mesibo := []string{
		"CHATPASS_MESIBO_APP_TOKEN=canary-app-token-0123456789abcdef", "CHATPASS_MESIBO_APP_IDS=com.example.messenger", "CHATPASS_MESIBO_BASE_URL=http://127.0.0.1:1/backend/",
		"CHATPASS_MESIBO_USERS_PHONE=name",
	}
	for name, test := range map[string]struct {
		variable string
		settings []string
	}{
		"a path of the old messengers":           {"CHATPASS_MESIBO_LEGACY_PATHS", append([]string{"CHATPASS_MESIBO_LEGACY_PATHS=/healthz"}, mesibo...)},
		"one of them below the base path":        {"CHATPASS_MESIBO_LEGACY_PATHS", append([]string{"CHATPASS_MESIBO_LEGACY_PATHS=/chat/mesibo/token"}, mesibo...)},
		"the path of the log-in of another chat": {"CHATPASS_SENDBIRD_LOGIN_PATH", []string{"CHATPASS_SENDBIRD_LOGIN_PATH=/chat/users"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := runProgram(dir, test.settings, "serve"); got.code != exitRefused || !strings.Contains(got.err, test.variable) {
				t.Fatalf("serve: exit %d, %s", got.code, got.err)
			}
			code, lines := about(t, dir, test.variable, test.settings...)
			if code != exitFailed || !strings.HasPrefix(lines, "fail is the path of another route") {
				t.Errorf("check: exit %d, %q", code, lines)
			}
		})
	}
}
