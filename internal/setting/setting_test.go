package setting_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
)

func TestAFaultReadsAsOneLine(t *testing.T) {
	for name, test := range map[string]struct {
		fault setting.Fault
		want  string
	}{
		"with a remedy":      {setting.Fault{Var: "LISTEN", Problem: "is empty", Remedy: "write host:port"}, "CHATPASS_LISTEN is empty: write host:port"},
		"without a remedy":   {setting.Fault{Var: "LISTEN", Problem: "is empty"}, "CHATPASS_LISTEN is empty"},
		"of no variable":     {setting.Fault{Problem: ".env line 3 is malformed", Remedy: "write NAME=value"}, ".env line 3 is malformed: write NAME=value"},
		"of a file variable": {setting.Fault{Var: "SITE_KEY_FILE", Problem: "cannot be read"}, "CHATPASS_SITE_KEY_FILE cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.fault.String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestASecretSettingDoesNotPrintItsValue(t *testing.T) {
	s := setting.Secret{Var: "SITE_KEY", Value: secret.New("canary-77aa"), Min: 32, Remedy: "make one"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, out := range []string{fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, []setting.Secret{s})} {
			if strings.Contains(out, "canary") {
				t.Errorf("%s prints %s", verb, out)
			}
		}
	}
}

func TestAValueIsShownUpToALength(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                 {"", ""},
		"as long as may be":       {strings.Repeat("ж", setting.Shown), strings.Repeat("ж", setting.Shown)},
		"a character longer":      {strings.Repeat("ж", setting.Shown+1), strings.Repeat("ж", setting.Shown) + "…"},
		"bytes that are no text":  {strings.Repeat("\xff", 100), strings.Repeat("\xff", setting.Shown) + "…"},
		"much longer, of ASCII":   {strings.Repeat("x", 1000), strings.Repeat("x", setting.Shown) + "…"},
		"a family of emoji whole": {"👨‍👩‍👧", "👨‍👩‍👧"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := setting.Clip(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got := setting.ClipAt("abc", 2); got != "ab…" {
		t.Errorf("got %q", got)
	}
}
