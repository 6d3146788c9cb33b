package imbachat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider/imbachat"
)

func TestFaultsOfTheSettings(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*imbachat.Config)
		variable string
		says     string
	}{
		"no widget id":                    {func(c *imbachat.Config) { c.WidgetID = "" }, "IMBACHAT_WIDGET_ID", "is missing"},
		"a widget id with a slash":        {func(c *imbachat.Config) { c.WidgetID = "276/../1" }, "IMBACHAT_WIDGET_ID", "no widget id"},
		"a widget id that is markup":      {func(c *imbachat.Config) { c.WidgetID = `"><script>` }, "IMBACHAT_WIDGET_ID", "no widget id"},
		"a widget id of 65 letters":       {func(c *imbachat.Config) { c.WidgetID = strings.Repeat("1", 65) }, "IMBACHAT_WIDGET_ID", "no widget id"},
		"no login":                        {func(c *imbachat.Config) { c.APILogin = "" }, "IMBACHAT_API_LOGIN", "is missing"},
		"a login with a colon":            {func(c *imbachat.Config) { c.APILogin = "a:b" }, "IMBACHAT_API_LOGIN", "colon"},
		"a login with a line break":       {func(c *imbachat.Config) { c.APILogin = "a\nb" }, "IMBACHAT_API_LOGIN", "control character"},
		"tokens of 59 seconds":            {func(c *imbachat.Config) { c.TokenTTL = 59 * time.Second }, "IMBACHAT_TOKEN_TTL", "59s"},
		"tokens of more than a day":       {func(c *imbachat.Config) { c.TokenTTL = 24*time.Hour + 1 }, "IMBACHAT_TOKEN_TTL", "24h0m0"},
		"tokens without life":             {func(c *imbachat.Config) { c.TokenTTL = 0 }, "IMBACHAT_TOKEN_TTL", "0s"},
		"a script by plain http":          {func(c *imbachat.Config) { c.ScriptBase = "http://api.imbachat.com" }, "IMBACHAT_SCRIPT_BASE", "plain http"},
		"a script by ftp":                 {func(c *imbachat.Config) { c.ScriptBase = "ftp://api.imbachat.com" }, "IMBACHAT_SCRIPT_BASE", "https"},
		"a script that is a statement":    {func(c *imbachat.Config) { c.ScriptBase = "javascript:alert(1)" }, "IMBACHAT_SCRIPT_BASE", "https"},
		"a script without a host":         {func(c *imbachat.Config) { c.ScriptBase = "https:///x" }, "IMBACHAT_SCRIPT_BASE", "https"},
		"a script with a port alone":      {func(c *imbachat.Config) { c.ScriptBase = "https://:443" }, "IMBACHAT_SCRIPT_BASE", "https"},
		"a script without a scheme":       {func(c *imbachat.Config) { c.ScriptBase = "api.imbachat.com" }, "IMBACHAT_SCRIPT_BASE", "https"},
		"a script with a password":        {func(c *imbachat.Config) { c.ScriptBase = "https://u:p@x.example" }, "IMBACHAT_SCRIPT_BASE", "https"},
		"a script with a query":           {func(c *imbachat.Config) { c.ScriptBase = "https://x.example?a=1" }, "IMBACHAT_SCRIPT_BASE", "https"},
		"a script with an empty query":    {func(c *imbachat.Config) { c.ScriptBase = "https://x.example?" }, "IMBACHAT_SCRIPT_BASE", "https"},
		"a script with a fragment":        {func(c *imbachat.Config) { c.ScriptBase = "https://x.example#a" }, "IMBACHAT_SCRIPT_BASE", "https"},
		"a script with an empty fragment": {func(c *imbachat.Config) { c.ScriptBase = "https://x.example/#" }, "IMBACHAT_SCRIPT_BASE", "https"},
		"no script":                       {func(c *imbachat.Config) { c.ScriptBase = "" }, "IMBACHAT_SCRIPT_BASE", "https"},
		"guests that are neither":         {func(c *imbachat.Config) { c.Guests = "on" }, "IMBACHAT_GUESTS", `"on"`},
		"ids that are neither":            {func(c *imbachat.Config) { c.UserIDAs = "int" }, "IMBACHAT_USER_ID_AS", `"int"`},
		"avatars that are neither":        {func(c *imbachat.Config) { c.AvatarEmpty = "null" }, "IMBACHAT_AVATAR_EMPTY", `"null"`},
		"inbound tokens of no mode":       {func(c *imbachat.Config) { c.InboundToken = "on" }, "IMBACHAT_INBOUND_TOKEN", `"on"`},
		"a plugin nobody knows":           {func(c *imbachat.Config) { c.Compat = "kvs,joomla" }, "IMBACHAT_COMPAT", `"joomla"`},
		"an empty plugin":                 {func(c *imbachat.Config) { c.Compat = "kvs," }, "IMBACHAT_COMPAT", `""`},
		"all and one":                     {func(c *imbachat.Config) { c.Compat = "all,kvs" }, "IMBACHAT_COMPAT", `"all"`},
		"a negative budget":               {func(c *imbachat.Config) { c.IDsPerHour = -1 }, "IMBACHAT_IDS_PER_HOUR", "-1"},
	} {
		t.Run(name, func(t *testing.T) {
			config := settings()
			c.change(config)
			faults := config.Faults()
			if len(faults) != 1 {
				t.Fatalf("got %v, want one fault", faults)
			}
			if f := faults[0]; f.Var != c.variable || !strings.Contains(f.Problem, c.says) || f.Remedy == "" {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestSettingsThatAreFine(t *testing.T) {
	for name, change := range map[string]func(*imbachat.Config){
		"the defaults":              func(*imbachat.Config) {},
		"a minute":                  func(c *imbachat.Config) { c.TokenTTL = time.Minute },
		"a day":                     func(c *imbachat.Config) { c.TokenTTL = 24 * time.Hour },
		"a script on this machine":  func(c *imbachat.Config) { c.ScriptBase = "http://127.0.0.1:9000" },
		"a script on localhost":     func(c *imbachat.Config) { c.ScriptBase = "http://localhost:9000" },
		"a script on [::1]":         func(c *imbachat.Config) { c.ScriptBase = "http://[::1]:9000" },
		"a script below a path":     func(c *imbachat.Config) { c.ScriptBase = "https://x.example/chat/" },
		"no secrets, checked apart": func(c *imbachat.Config) { c.APIPassword, c.SecretKey = secret.Secret{}, secret.Secret{} },
	} {
		config := settings()
		change(config)
		if faults := config.Faults(); len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

func TestAllFaultsAreToldAtOnceWithoutASecret(t *testing.T) {
	config := &imbachat.Config{APIPassword: secret.New("canary-1"), SecretKey: secret.New("canary-2")}
	faults := config.Faults()
	var names []string
	for _, f := range faults {
		names = append(names, strings.TrimPrefix(f.Var, "IMBACHAT_"))
		if strings.Contains(f.String(), "canary") {
			t.Errorf("%s shows a secret", f)
		}
	}
	want := []string{"WIDGET_ID", "API_LOGIN", "TOKEN_TTL", "SCRIPT_BASE", "GUESTS", "AVATAR_EMPTY", "INBOUND_TOKEN"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsThatAreRequiredOrSet(t *testing.T) {
	list := func(c *imbachat.Config) (names []string) {
		for _, s := range c.Secrets() {
			if s.Min != 12 && s.Min != 16 || s.Remedy == "" {
				t.Errorf("%+v", s)
			}
			names = append(names, s.Var)
		}
		return names
	}
	want := []string{"IMBACHAT_API_PASSWORD", "IMBACHAT_SECRET_KEY"}
	if diff := cmp.Diff(want, list(&imbachat.Config{})); diff != "" {
		t.Error(diff)
	}
	config := settings()
	config.APIPasswordPrevious, config.SecretKeyPrevious = secret.New("x"), secret.New("y")
	want = append(want, "IMBACHAT_API_PASSWORD_PREVIOUS", "IMBACHAT_SECRET_KEY_PREVIOUS")
	if diff := cmp.Diff(want, list(config)); diff != "" {
		t.Error(diff)
	}
}

func TestSettingsAreOnWhenAVariableWasSet(t *testing.T) {
	config := settings()
	if config.Enabled() {
		t.Error("on before any variable was seen")
	}
	config.SetEnabled(true)
	if !config.Enabled() || config.Name() != "imbachat" {
		t.Errorf("%t, %s", config.Enabled(), config.Name())
	}
}

func TestOptionsOfTheWidget(t *testing.T) {
	for text, want := range map[string]imbachat.Options{
		"":                       {},
		" ; ;":                   {},
		"language=en-US":         {"language": "en-US"},
		" theme = dark ; a=b; ":  {"theme": "dark", "a": "b"},
		"resizable=true;x=false": {"resizable": true, "x": false},
		"a=1":                    {"a": "1"},
		"a=TRUE":                 {"a": "TRUE"},
		"a=":                     {"a": ""},
		"url=https://x/?a=b":     {"url": "https://x/?a=b"},
		"data-x=</script>":       {"data-x": "</script>"},
	} {
		var got imbachat.Options
		if err := got.Decode(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	for text, says := range map[string]string{
		"language":                "not name=value",
		"=dark":                   "not name=value",
		"a b=c":                   "not name=value",
		`a"=c`:                    "not name=value",
		"token=x":                 "set by Chatpass",
		"user_id=7":               "set by Chatpass",
		"user_key=7":              "set by Chatpass",
		"id=7":                    "set by Chatpass",
		"a=1;a=2":                 "twice",
		strings.Repeat("a=1;", 2): "twice",
		manyOptions(65):           "more than 64",
	} {
		got := imbachat.Options{"kept": "x"}
		if err := got.Decode(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60q: %v, want %q", text, err, says)
		}
		if diff := cmp.Diff(imbachat.Options{"kept": "x"}, got); diff != "" {
			t.Errorf("%.60q changed the options: %s", text, diff)
		}
	}
}

func manyOptions(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("o" + strings.Repeat("x", i%60) + string(rune('a'+i/60)) + "=1;")
	}
	return b.String()
}
