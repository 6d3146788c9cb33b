package blackbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// refused is the exit code of settings that are refused (EX_CONFIG of sysexits.h).
const refused = 78

// expectRefusal checks that a run was refused because of these variables, and tells none of these values.
func expectRefusal(t testing.TB, r result, variable string, values ...string) {
	t.Helper()
	if r.code != refused {
		t.Errorf("ended with %d, want %d; it said:\n%s", r.code, refused, r.stderr)
	}
	if !strings.Contains(r.stderr, variable) {
		t.Errorf("the refusal does not name %s:\n%s", variable, r.stderr)
	}
	if r.stdout != "" {
		t.Errorf("something stands on standard output: %q", r.stdout)
	}
	for _, v := range values {
		if len(v) > 2 && strings.Contains(r.stderr, v) {
			t.Errorf("the refusal tells the value %q:\n%s", v, r.stderr)
		}
	}
}

// documentedKey is the sample key of the provider's documentation.
const documentedKey = "lPXBFPqNg3f661JcegBY0N0dPXqUBdHXqj2cHf04PZgLHxT6z55e20ozojvMRvB8"

func TestSEC21WeakSecretsAreRefused(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 1)
	for name, c := range map[string]struct{ variable, value string }{
		"SEC-15: an empty API login":                 {"IMBACHAT_API_LOGIN", ""},
		"SEC-15: an empty API password":              {"IMBACHAT_API_PASSWORD", ""},
		"SEC-15: an API password of 11 bytes":        {"IMBACHAT_API_PASSWORD", "w3Kd8mZq1Vx"},
		"SEC-15: a previous password of 11 bytes":    {"IMBACHAT_API_PASSWORD_PREVIOUS", "w3Kd8mZq1Vx"},
		"SEC-15: a password of everybody's":          {"IMBACHAT_API_PASSWORD", "changeme"},
		"SEC-15: the password of the documentation":  {"IMBACHAT_API_PASSWORD", "abc"},
		"an empty secret key":                        {"IMBACHAT_SECRET_KEY", ""},
		"a secret key of 15 bytes":                   {"IMBACHAT_SECRET_KEY", "w3Kd8mZq1Vx4Tb7"},
		"the secret key of the documentation":        {"IMBACHAT_SECRET_KEY", documentedKey},
		"a previous secret key of the documentation": {"IMBACHAT_SECRET_KEY_PREVIOUS", documentedKey},
		"a secret key of one letter":                 {"IMBACHAT_SECRET_KEY", strings.Repeat("q", 40)},
		"a site key of 31 bytes":                     {"SITE_KEY", "w3Kd8mZq1Vx4Tb7Yc0Nf6Hs2Jg5Lp9R"},
		"a site key of the documentation":            {"SITE_KEY", documentedKey},
		"a site key that is the secret key":          {"SITE_KEY", secretKey},
		"an API password that is the secret key":     {"IMBACHAT_API_PASSWORD", secretKey},
		"a previous password that is the present":    {"IMBACHAT_API_PASSWORD_PREVIOUS", apiPassword},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectRefusal(t, run(t, e.with(c.variable, c.value)), "CHATPASS_"+c.variable, c.value)
		})
	}
	t.Run("a secret from a file is refused the same", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte("w3Kd8mZq1Vx4Tb7\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		expectRefusal(t, run(t, e.with("IMBACHAT_SECRET_KEY", "", "IMBACHAT_SECRET_KEY_FILE", file)), "CHATPASS_IMBACHAT_SECRET_KEY", "w3Kd8mZq1Vx4Tb7")
	})
	t.Run("every fault is told in one run", func(t *testing.T) {
		t.Parallel()
		r := run(t, e.with("IMBACHAT_SECRET_KEY", "short", "SITE_KEY", "short2", "IMBACHAT_API_LOGIN", "", "USERS_TABLE", "a b", "LISTEN", "nowhere", "LSITEN", "x"))
		for _, name := range []string{"IMBACHAT_SECRET_KEY", "SITE_KEY", "IMBACHAT_API_LOGIN", "USERS_TABLE", "LISTEN", "LSITEN"} {
			expectRefusal(t, r, "CHATPASS_"+name, "short2")
		}
		if !strings.Contains(r.stderr, "did you mean CHATPASS_LISTEN?") {
			t.Errorf("no suggestion for a misspelled variable:\n%s", r.stderr)
		}
	})
	t.Run("weak secrets need the whole phrase, and warn at every start", func(t *testing.T) {
		t.Parallel()
		weak := e.with("IMBACHAT_SECRET_KEY", "w3Kd8mZq")
		expectRefusal(t, run(t, weak.with("ALLOW_WEAK_SECRETS", "yes")), "CHATPASS_ALLOW_WEAK_SECRETS")
		s := serve(t, weak.with("ALLOW_WEAK_SECRETS", "yes, anyone may impersonate my users"))
		if log := s.log.String(); !strings.Contains(log, "CHATPASS_IMBACHAT_SECRET_KEY") || strings.Contains(log, "w3Kd8mZq") {
			t.Errorf("the log does not warn of the key, or tells it:\n%s", log)
		}
		expectRefusal(t, run(t, weak.with("ALLOW_WEAK_SECRETS", "yes, anyone may impersonate my users", "IMBACHAT_SECRET_KEY", "")), "CHATPASS_IMBACHAT_SECRET_KEY")
	})
	t.Run("nobody is trusted by accident", func(t *testing.T) {
		t.Parallel()
		for _, network := range []string{"0.0.0.0/0", "::/0", "1.2.3.4/0", "10.0.0.0/8, 0.0.0.0/0"} {
			expectRefusal(t, run(t, e.with("TRUSTED_PROXIES", network)), "CHATPASS_TRUSTED_PROXIES")
		}
	})
	t.Run("serve without a provider is refused", func(t *testing.T) {
		t.Parallel()
		none := e.with("IMBACHAT_WIDGET_ID", "", "IMBACHAT_API_LOGIN", "", "IMBACHAT_API_PASSWORD", "", "IMBACHAT_SECRET_KEY", "")
		expectRefusal(t, run(t, none), "CHATPASS_IMBACHAT_")
		if r := run(t, none, "users", "1"); r.code != 0 || r.stdout != `[{"user_id":1,"name":"User 1"}]`+"\n" {
			t.Errorf("users ended with %d and printed %q %s", r.code, r.stdout, r.stderr)
		}
		if r := run(t, none, "check"); r.code != 0 {
			t.Errorf("check ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
}
