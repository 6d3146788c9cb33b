package config_test

import (
	"strings"
	"testing"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/provider/all"
)

// messenger is settings of Mesibo that nothing is wrong with, with some variables changed.
func messenger(pairs ...string) config.Input {
	e := env{
		"DATABASE_URL": databaseURL, "USERS_TABLE": "users", "USERS_ID": "id", "USERS_NAME": "name", "SITE_KEY": siteKey,
		"MESIBO_APP_TOKEN": "canary-app-token-4-d2hhdGV2ZXI", "MESIBO_APP_IDS": "com.example.messenger", "MESIBO_USERS_PHONE": "phone",
	}
	for i := 0; i < len(pairs); i += 2 {
		e[pairs[i]] = pairs[i+1]
	}
	in := config.Input{Environ: e.list()}
	for _, p := range all.Configs() {
		in.Sections = append(in.Sections, p)
	}
	return in
}

func TestANameWithoutAWordIsNearerThanOneWithOtherLetters(t *testing.T) {
	for name, want := range map[string]string{
		"MESIBO_PHONE":      "did you mean CHATPASS_MESIBO_USERS_PHONE?",
		"MESIBO_SHAER":      "did you mean CHATPASS_MESIBO_SHARE?",
		"MESIBO_USERS_FONE": "did you mean CHATPASS_MESIBO_USERS_PHONE?",
		"MESIBO_IDS":        "did you mean CHATPASS_MESIBO_APP_IDS?",
	} {
		if got := refuse(t, messenger(name, "1")).Error(); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestCodesByMailNeedTheAddressesOfUsers(t *testing.T) {
	const byMail = "smtp://chat:canary-mail-password@mail.example.com:587?from=chat@example.com"
	got := refuse(t, messenger("MESIBO_OTP_DELIVERY", byMail)).Error()
	if !strings.Contains(got, "CHATPASS_USERS_EMAIL is missing") || !strings.Contains(got, "CHATPASS_MESIBO_OTP_DELIVERY") || strings.Contains(got, "canary") {
		t.Errorf("without addresses: %q", got)
	}
	load(t, messenger("MESIBO_OTP_DELIVERY", byMail, "USERS_EMAIL", "mail"))
	load(t, messenger("MESIBO_OTP_DELIVERY", byMail, "MESIBO_LEGACY", "off"))
	load(t, messenger("MESIBO_OTP_DELIVERY", "webhook:https://sms.example.com/"))
	in := messenger("MESIBO_OTP_DELIVERY", byMail, "USERS_TABLE", "", "USERS_ID", "", "USERS_NAME", "", "PRESET", "wordpress", "MESIBO_USERS_PHONE", "{m.billing_phone}")
	load(t, in)
	if got := refuse(t, messenger("MESIBO_OTP_DELIVERY", byMail, "USERS_EMAIL", "mail)")).Error(); strings.Contains(got, "is missing") {
		t.Errorf("a mapping that cannot be read is told once: %q", got)
	}
	in = messenger("MESIBO_OTP_DELIVERY", byMail, "DATABASE_URL", "", "USERS_TABLE", "", "USERS_ID", "", "USERS_NAME", "", "MESIBO_USERS_PHONE", "")
	in.Command = "snippet"
	load(t, in)
}
