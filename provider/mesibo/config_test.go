package mesibo_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/userinfo"
)

var secretWebhook = secret.New("webhook:https://sms.example.com/send")

func TestMesiboIsAProviderAsAllAre(t *testing.T) {
	providertest.Run(t, func() provider.Config { return yardSettings() })
}

func TestFaultsNameTheSettingAndARemedy(t *testing.T) {
	for name, test := range map[string]struct {
		change func(c *mesibo.Config)
		want   string // the variables with a fault
	}{
		"good settings":                        {func(*mesibo.Config) {}, ""},
		"without the stock messengers":         {func(c *mesibo.Config) { c.Legacy, c.LegacyPaths, c.OTPDelivery = "off", nil, secret.Secret{} }, ""},
		"the second generation alone":          {func(c *mesibo.Config) { c.Legacy = "v2" }, ""},
		"with spaces around the items":         {func(c *mesibo.Config) { c.Legacy, c.AppIDs = " v1 , v2 ", []string{" com.a ", "com.b"} }, ""},
		"a generation nobody knows":            {func(c *mesibo.Config) { c.Legacy = "v3" }, "LEGACY"},
		"off beside a generation":              {func(c *mesibo.Config) { c.Legacy = "v1,off" }, "LEGACY"},
		"no app id":                            {func(c *mesibo.Config) { c.AppIDs = nil }, "APP_IDS"},
		"an empty app id":                      {func(c *mesibo.Config) { c.AppIDs = []string{""} }, "APP_IDS"},
		"an app id twice":                      {func(c *mesibo.Config) { c.AppIDs = []string{"com.a", "com.a"} }, "APP_IDS"},
		"an app id with a space":               {func(c *mesibo.Config) { c.AppIDs = []string{"com a"} }, "APP_IDS"},
		"too many app ids":                     {func(c *mesibo.Config) { c.AppIDs = many(33) }, "APP_IDS"},
		"an app token with a line break":       {func(c *mesibo.Config) { c.AppToken = secret.New("canary\nof-an-app-token") }, "APP_TOKEN"},
		"plain http":                           {func(c *mesibo.Config) { c.BaseURL = "http://api.mesibo.com/backend/" }, "BASE_URL"},
		"plain http on this machine":           {func(c *mesibo.Config) { c.BaseURL = "http://127.0.0.1:1/backend/" }, ""},
		"plain http on what looks like it":     {func(c *mesibo.Config) { c.BaseURL = "http://127.0.0.1.example.com/" }, "BASE_URL"},
		"another scheme":                       {func(c *mesibo.Config) { c.BaseURL = "ftp://api.mesibo.com/" }, "BASE_URL"},
		"an address with a query":              {func(c *mesibo.Config) { c.BaseURL = "https://api.mesibo.com/?token=x" }, "BASE_URL"},
		"an address with a password":           {func(c *mesibo.Config) { c.BaseURL = "https://a:b@api.mesibo.com/" }, "BASE_URL"},
		"no address":                           {func(c *mesibo.Config) { c.BaseURL = "" }, "BASE_URL"},
		"a path that is a pattern":             {func(c *mesibo.Config) { c.LegacyPaths = []string{"/m/*all"} }, "LEGACY_PATHS"},
		"a path with dots":                     {func(c *mesibo.Config) { c.LegacyPaths = []string{"/../etc"} }, "LEGACY_PATHS"},
		"the root as a path":                   {func(c *mesibo.Config) { c.LegacyPaths = []string{"/"} }, "LEGACY_PATHS"},
		"a path twice":                         {func(c *mesibo.Config) { c.LegacyPaths = []string{"/a", "/a"} }, "LEGACY_PATHS"},
		"no path":                              {func(c *mesibo.Config) { c.LegacyPaths = nil }, "LEGACY_PATHS"},
		"an origin with a path":                {func(c *mesibo.Config) { c.Origins = []string{"https://a.example/x"} }, "ORIGINS"},
		"any origin":                           {func(c *mesibo.Config) { c.Origins = []string{"*"} }, "ORIGINS"},
		"an opaque address for old messengers": {func(c *mesibo.Config) { c.Address = "opaque" }, "ADDRESS"},
		"an opaque address for new ones":       {func(c *mesibo.Config) { c.Address, c.Legacy = "opaque", "v2" }, ""},
		"an address nobody knows":              {func(c *mesibo.Config) { c.Address = "mail" }, "ADDRESS"},
		"a country with a plus":                {func(c *mesibo.Config) { c.DefaultCountry = "+91" }, "DEFAULT_COUNTRY"},
		"a country of four digits":             {func(c *mesibo.Config) { c.DefaultCountry = "9198" }, "DEFAULT_COUNTRY"},
		"codes by nobody":                      {func(c *mesibo.Config) { c.OTP = "twilio" }, "OTP"},
		"codes by Mesibo that are not sent":    {func(c *mesibo.Config) { c.OTP = "mesibo" }, "OTP"},
		"codes by Mesibo":                      {func(c *mesibo.Config) { c.OTP, c.OTPDelivery = "mesibo", secretWebhook }, ""},
		"codes by Mesibo of opaque addresses": {func(c *mesibo.Config) {
			c.OTP, c.OTPDelivery, c.Address, c.Legacy = "mesibo", secretWebhook, "opaque", "v2"
		}, "OTP"},
		"a delivery nobody knows":           {func(c *mesibo.Config) { c.OTPDelivery = secret.New("canary-pigeon") }, "OTP_DELIVERY"},
		"a webhook by plain http":           {func(c *mesibo.Config) { c.OTPDelivery = secret.New("webhook:http://canary.example/") }, "OTP_DELIVERY"},
		"codes in the log":                  {func(c *mesibo.Config) { c.OTPDelivery = secret.New("log") }, "OTP_DELIVERY"},
		"codes in the log on loopback":      {func(c *mesibo.Config) { c.OTPDelivery = secret.New("log"); c.SetLoopback(true) }, ""},
		"open to strangers without SMS":     {func(c *mesibo.Config) { c.Signup = "open" }, "SIGNUP"},
		"open to strangers":                 {func(c *mesibo.Config) { c.Signup, c.OTPDelivery = "open", secretWebhook }, ""},
		"sign-up of a kind nobody knows":    {func(c *mesibo.Config) { c.Signup = "yes" }, "SIGNUP"},
		"a token of half a minute":          {func(c *mesibo.Config) { c.TokenTTL = 30 * time.Second }, "TOKEN_TTL"},
		"a token of eleven years":           {func(c *mesibo.Config) { c.TokenTTL = 11 * 365 * 24 * time.Hour }, "TOKEN_TTL"},
		"privacy of a kind nobody knows":    {func(c *mesibo.Config) { c.Privacy = "none" }, "PRIVACY"},
		"a folder for files":                {func(c *mesibo.Config) { c.Files = "/nowhere/yet" }, ""},
		"a file in the place of the folder": {func(c *mesibo.Config) { c.Files = "/dev/null" }, "FILES"},
		"a file above the folder":           {func(c *mesibo.Config) { c.Files = "/dev/null/files" }, "FILES"},
		"everything at once": {func(c *mesibo.Config) {
			*c = mesibo.Config{}
		}, "APP_IDS BASE_URL ADDRESS OTP SIGNUP PRIVACY LEGACY"},
	} {
		t.Run(name, func(t *testing.T) {
			c := yardSettings()
			test.change(c)
			var got []string
			for _, f := range c.Faults() {
				got = append(got, strings.TrimPrefix(f.Var, "MESIBO_"))
				if f.Problem == "" || f.Remedy == "" || strings.Contains(f.String(), "canary") {
					t.Errorf("fault %q", f.String())
				}
			}
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func many(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprint("com.example.a", i))
	}
	return list
}

func TestThePhoneIsRequiredUnlessNothingNeedsIt(t *testing.T) {
	for name, test := range map[string]struct {
		legacy, address string
		want            bool
	}{
		"phones are addresses":        {"off", "phone", true},
		"messengers sign in by phone": {"v2", "opaque", true},
		"neither":                     {"off", "opaque", false},
	} {
		t.Run(name, func(t *testing.T) {
			c := yardSettings()
			c.Legacy, c.Address = test.legacy, test.address
			fields := c.UserFields()
			if len(fields) != 2 || fields[1].Name != userinfo.PasswordField || fields[0].Name != "phone" || fields[0].Var != "MESIBO_USERS_PHONE" || fields[0].Expr != "{phone}" || fields[0].Required != test.want {
				t.Errorf("got %+v", fields)
			}
		})
	}
}

func TestTheRoutesAreThoseThatAreSwitchedOn(t *testing.T) {
	for legacy, want := range map[string][]string{
		"off":   {"POST /mesibo/token", "DELETE /mesibo/token"},
		"v2":    {"POST /mesibo/token", "DELETE /mesibo/token", "POST /mesibo/link-code", "GET /messenger/", "POST /messenger/", "OPTIONS /messenger/"},
		"v1,v2": {"POST /mesibo/token", "DELETE /mesibo/token", "POST /mesibo/link-code", "GET /messenger/", "POST /messenger/", "OPTIONS /messenger/", "GET /mesibo/files/:name"},
	} {
		y := newYard(t, func(c *mesibo.Config, _ *provider.Deps) { c.Legacy, c.LegacyPaths = legacy, []string{"/messenger/"} })
		var got []string
		for _, r := range y.provider.Routes() {
			got = append(got, r.Method+" "+r.Path)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", legacy, diff)
		}
	}
}

func TestTheWidgetTellsWhereATokenIsAndNoPhone(t *testing.T) {
	y := newYard(t, nil)
	w, err := y.provider.Widget(t.Context(), y.set("6", "Ann", "919876543210"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"app_ids":["com.example.messenger","com.example.web"],"user_id":"6","name":"Ann","token_url":"/chat/mesibo/token"}`
	if got := string(w.AppendJSON(nil)); got != want {
		t.Errorf("got %s", got)
	}
}

func TestRequestsForATokenAreReadStrictlyAndCounted(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("6", "Ann", "919876543210")
		for _, body := range []string{"[]", "null", `"x"`, "{", `{"appid":6}`, `{"device":["x"]}`} {
			y.ask(t, http.MethodPost, ann, body).want(t, body, http.StatusBadRequest, "bad_request")
		}
		y.ask(t, http.MethodPost, ann, `{"appid":"com.example.other"}`).want(t, "another app", http.StatusForbidden, "app_not_allowed")
		for range 10 {
			y.ask(t, http.MethodPost, ann, " ").want(t, "a request", http.StatusOK, "")
		}
		a := y.ask(t, http.MethodPost, ann, "")
		a.want(t, "the eleventh", http.StatusTooManyRequests, "rate_limited")
		if a.fault.RetryAfter <= 0 || a.fault.RetryAfter > time.Minute {
			t.Errorf("wait %s", a.fault.RetryAfter)
		}
		y.login(t, y.set("7", "Bob", "919876543211"))
		time.Sleep(time.Minute)
		y.login(t, ann)
	})
}

func TestRequestsOfOneAddressAreCounted(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		for n := range 60 {
			y.askFrom(t, http.MethodPost, y.set(userinfo.ID(fmt.Sprint(1+n/8)), "User", fmt.Sprint(919876543200+n/8)), "", "192.0.2.1").want(t, fmt.Sprint(n), http.StatusOK, "")
		}
		y.askFrom(t, http.MethodPost, y.set("99", "User", "919876543299"), "", "192.0.2.1").want(t, "one more", http.StatusTooManyRequests, "rate_limited")
		y.askFrom(t, http.MethodPost, y.set("99", "User", "919876543299"), "", "192.0.2.2").want(t, "another address", http.StatusOK, "")
	})
}

func TestWithoutAStoreNothingIsGiven(t *testing.T) {
	y := newYard(t, func(_ *mesibo.Config, d *provider.Deps) { d.Store = nil })
	y.ask(t, http.MethodPost, y.set("6", "Ann", "919876543210"), "").want(t, "a log-in", http.StatusServiceUnavailable, "provider_unavailable")
	y.provider.Run(t.Context()) // there is nothing to do
}

func TestCheckTellsWhetherMesiboTakesTheAppToken(t *testing.T) {
	for name, test := range map[string]struct {
		behaviour providertest.Behaviour
		level     string
		says      string
	}{
		"it does":                   {nil, provider.LevelOK, "takes the app token"},
		"it has such a group":       {providertest.Body(`{"result":true}`), provider.LevelOK, "takes the app token"},
		"it does not":               {providertest.Refuse("AUTHFAIL"), provider.LevelFail, "AUTHFAIL"},
		"it disabled the app":       {providertest.Refuse("TOKENBREACH"), provider.LevelFail, "more than five addresses"},
		"it knows no groups":        {providertest.Refuse("BADOP"), provider.LevelWarn, "does not know the operation"},
		"it is another server":      {providertest.Body("<html>"), provider.LevelFail, "no JSON"},
		"it refuses in another way": {providertest.Status(http.StatusUnauthorized), provider.LevelFail, "401"},
		"it is away":                {providertest.Status(http.StatusBadGateway), provider.LevelFail, "502"},
	} {
		t.Run(name, func(t *testing.T) {
			quiet(t, nil, func(y *yard) {
				t := y.T
				y.Always(test.behaviour)
				var checker provider.Checker = y.provider
				findings := checker.Check(context.WithoutCancel(t.Context()))
				if findings[0].Level != test.level || !strings.Contains(findings[0].Text, test.says) || test.level != provider.LevelOK && findings[0].Remedy == "" {
					t.Errorf("got %+v", findings[0])
				}
				text := fmt.Sprint(findings)
				if strings.Contains(text, yardToken) || strings.Contains(text, providertest.Planted) || !strings.Contains(text, "TOKENBREACH") || !strings.Contains(text, webApp) {
					t.Errorf("got %s", text)
				}
				for _, r := range y.Requests() {
					if !strings.Contains(r.Body, `"op":"groupgetmembers"`) {
						t.Errorf("it calls %s", r.Body)
					}
				}
			})
		})
	}
}

func TestAFolderForPicturesThatCannotBeMadeIsTold(t *testing.T) {
	for name, test := range map[string]struct{ folder, level, says string }{
		"good":               {"", provider.LevelOK, "pictures are kept in"},
		"where nobody makes": {"/proc/self/files", provider.LevelFail, "pictures cannot be kept"},
	} {
		t.Run(name, func(t *testing.T) {
			quiet(t, func(c *mesibo.Config, _ *provider.Deps) { c.Files = test.folder }, func(y *yard) {
				y.Always(nil)
				found := ""
				for _, f := range y.provider.Check(context.WithoutCancel(y.T.Context())) {
					if strings.Contains(f.Text, "pictures") {
						found += f.Level + " " + f.Text
					}
				}
				if !strings.HasPrefix(found, test.level+" "+test.says) {
					y.T.Errorf("check: %q", found)
				}
				if warned := strings.Contains(y.logged(), "CHATPASS_MESIBO_FILES"); warned != (test.folder != "") {
					y.T.Errorf("at the start: %s", y.logged())
				}
			})
		})
	}
}
