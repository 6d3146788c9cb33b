package imbachat_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

// sampleKey is the key of the provider's published example; config refuses it at start.
const sampleKey = "lPXBFPqNg3f661JcegBY0N0dPXqUBdHXqj2cHf04PZgLHxT6z55e20ozojvMRvB8"

// vectorEnd is the exp of the published vectors.
var vectorEnd = time.Unix(1893456000, 0).UTC()

// settings are a whole set of good settings.
func settings() *imbachat.Config {
	return &imbachat.Config{
		WidgetID: "276", APILogin: "provider", APIPassword: secret.New("a password of 24 letters"), SecretKey: secret.New(sampleKey),
		TokenTTL: time.Hour, ScriptBase: "https://api.imbachat.com", Guests: "off", AvatarEmpty: "omit", Compat: "all", InboundToken: "off",
	}
}

func deps(kind userinfo.KeyKind) provider.Deps {
	return provider.Deps{
		Now:     func() time.Time { return vectorEnd.Add(-time.Hour) },
		KeyKind: func() userinfo.KeyKind { return kind },
	}
}

func open(tb testing.TB, c *imbachat.Config, kind userinfo.KeyKind) *imbachat.Provider {
	tb.Helper()
	if faults := c.Faults(); len(faults) > 0 {
		tb.Fatalf("settings: %v", faults)
	}
	p, err := c.Open(deps(kind))
	if err != nil {
		tb.Fatal(err)
	}
	return p.(*imbachat.Provider)
}

var (
	_ provider.Provider  = (*imbachat.Provider)(nil)
	_ provider.Dialog    = (*imbachat.Provider)(nil)
	_ provider.UsersInfo = (*imbachat.Provider)(nil)
	_ provider.Config    = (*imbachat.Config)(nil)
)

const (
	vectorToken  = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjE4OTM0NTYwMDAsInVzZXJfaWQiOjF9.kLXAeWF_XbUlzPgErPfQdvupWgRLufw699IS8fNzmOw"
	vectorString = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjE4OTM0NTYwMDAsInVzZXJfaWQiOiIxIn0.IRqf8Rg1C5E8IPpFtPHbCglGcZvb7xIrbND5JQP9vbo"
	vectorDialog = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoyLCJpbml0aWF0b3IiOjEsInN0YXR1cyI6MCwiZXhwIjoxODkzNDU2MDAwfQ.eeN9Fu9hrQn1wt_bWXrJTYJdUtD4Exby4AfuoXKiLIQ"
	vectorAsk    = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoyLCJpbml0aWF0b3IiOjEsInN0YXR1cyI6MSwiZXhwIjoxODkzNDU2MDAwfQ.jMz6FWMiqPxoYOFQctBaUV5ltWfGUZFp9Q2sqSu-1_o"
	vectorScript = "https://api.imbachat.com/imbachat/v1/276/widget"
)

func TestTheWidgetOfAUser(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*imbachat.Config)
		kind   userinfo.KeyKind
		id     userinfo.ID
		want   provider.Widget
	}{
		"whose key is a number": {
			func(*imbachat.Config) {}, userinfo.KeyUint, "1",
			provider.Widget{Script: vectorScript, Token: vectorToken, Options: json.RawMessage(`{"user_id":1}`), ExpiresAt: vectorEnd},
		},
		"whose key is a number but wanted as a string": {
			func(c *imbachat.Config) { c.UserIDAs = "string" }, userinfo.KeyUint, "1",
			provider.Widget{Script: vectorScript, Token: vectorString, Options: json.RawMessage(`{"user_id":"1"}`), ExpiresAt: vectorEnd},
		},
		"whose key is text": {
			func(*imbachat.Config) {}, userinfo.KeyText, "1",
			provider.Widget{Script: vectorScript, Token: vectorString, Options: json.RawMessage(`{"user_id":"1"}`), ExpiresAt: vectorEnd},
		},
		"whose key is text but wanted as a number": {
			func(c *imbachat.Config) { c.UserIDAs = "number" }, userinfo.KeyText, "1",
			provider.Widget{Script: vectorScript, Token: vectorToken, Options: json.RawMessage(`{"user_id":1}`), ExpiresAt: vectorEnd},
		},
		"with options": {
			func(c *imbachat.Config) {
				c.Options = imbachat.Options{"theme": "</script>", "resizable": true, "width": "3"}
			}, userinfo.KeyUint, "1",
			provider.Widget{
				Script: vectorScript, Token: vectorToken, ExpiresAt: vectorEnd,
				Options: json.RawMessage(`{"resizable":true,"theme":"\u003c/script\u003e","user_id":1,"width":"3"}`),
			},
		},
		"with another script": {
			func(c *imbachat.Config) { c.ScriptBase = "http://127.0.0.1:9000/x/" }, userinfo.KeyUint, "1",
			provider.Widget{Script: "http://127.0.0.1:9000/x/imbachat/v1/276/widget", Token: vectorToken, Options: json.RawMessage(`{"user_id":1}`), ExpiresAt: vectorEnd},
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := settings()
			c.change(config)
			got, err := open(t, config, c.kind).Widget(t.Context(), &userinfo.User{ID: c.id, Name: "x"}, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&c.want, got); diff != "" {
				t.Error(diff)
			}
			if marshalled, err := json.Marshal(got); err != nil || string(marshalled) != string(got.AppendJSON(nil)) {
				t.Errorf("encoding/json writes %s, AppendJSON %s (%v)", marshalled, got.AppendJSON(nil), err)
			}
			if _, is := config.Options["user_id"]; is {
				t.Error("the user's id was written into the settings")
			}
		})
	}
}

// TestGuestsGetNoToken is SEC-22.
func TestGuestsGetNoToken(t *testing.T) {
	if w, err := open(t, settings(), userinfo.KeyUint).Widget(t.Context(), nil, time.Time{}); w != nil || err != nil {
		t.Errorf("off: got %+v, %v", w, err)
	}
	config := settings()
	config.Guests = "load"
	w, err := open(t, config, userinfo.KeyUint).Widget(t.Context(), nil, time.Time{})
	if diff := cmp.Diff(&provider.Widget{Script: vectorScript}, w); err != nil || diff != "" {
		t.Errorf("load: %v %s", err, diff)
	}
	raw, err := json.Marshal(w)
	if want := `{"script":"` + vectorScript + `"}`; err != nil || string(raw) != want {
		t.Errorf("got %s, want no token field at all: %s", raw, want)
	}
}

func TestNoTokenNamesNobodyOrSomebodyElse(t *testing.T) {
	for name, c := range map[string]struct {
		kind userinfo.KeyKind
		as   string
		id   userinfo.ID
		why  error
	}{
		"user 0":               {userinfo.KeyUint, "", "0", jwt.ErrNoUser},
		"user 0 as a string":   {userinfo.KeyText, "", "0", jwt.ErrNoUser},
		"no user":              {userinfo.KeyText, "", "", jwt.ErrNoUser},
		"2^53+1":               {userinfo.KeyUint, "", "9007199254740993", jwt.ErrIDRange},
		"a text as a number":   {userinfo.KeyText, "number", "alice", jwt.ErrIDRange},
		"007 as a number":      {userinfo.KeyText, "number", "007", jwt.ErrIDRange},
		"2^64-1 as a number":   {userinfo.KeyUint, "number", "18446744073709551615", jwt.ErrIDRange},
		"a uuid as a number":   {userinfo.KeyUUID, "number", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", jwt.ErrIDRange},
		"-(2^53+1)":            {userinfo.KeyInt, "", "-9007199254740993", jwt.ErrIDRange},
		"broken UTF-8 as text": {userinfo.KeyText, "", "a\xff", jwt.ErrIDRange},
	} {
		t.Run(name, func(t *testing.T) {
			config := settings()
			config.UserIDAs = c.as
			p := open(t, config, c.kind)
			w, err := p.Widget(t.Context(), &userinfo.User{ID: c.id}, time.Time{})
			if w != nil || !errors.Is(err, provider.ErrNoToken) || !errors.Is(err, c.why) {
				t.Errorf("widget: %+v, %v", w, err)
			}
			good := &userinfo.User{ID: "1"}
			for _, pair := range [][2]*userinfo.User{{good, {ID: c.id}}, {{ID: c.id}, good}} {
				if pass, err := p.DialogToken(t.Context(), pair[0], pair[1], false, time.Time{}); pass.Token != "" || !errors.Is(err, provider.ErrNoToken) {
					t.Errorf("dialog: %+v, %v", pass, err)
				}
			}
		})
	}
}

func TestTheDialogTokenNamesTheOtherFirst(t *testing.T) {
	got, err := open(t, settings(), userinfo.KeyUint).DialogToken(t.Context(), &userinfo.User{ID: "1"}, &userinfo.User{ID: "2"}, false, time.Time{})
	if err != nil || got.Token != vectorDialog || got.IDAsString {
		t.Errorf("got %+v, %v", got, err)
	}
	config := settings()
	config.UserIDAs = "string"
	got, err = open(t, config, userinfo.KeyUint).DialogToken(t.Context(), &userinfo.User{ID: "1"}, &userinfo.User{ID: "2"}, false, time.Time{})
	if err != nil || !got.IDAsString {
		t.Errorf("ids as texts: got %+v, %v", got, err)
	}
	got, err = open(t, settings(), userinfo.KeyUint).DialogToken(t.Context(), &userinfo.User{ID: "1"}, &userinfo.User{ID: "2"}, true, time.Time{})
	if err != nil || got.Token != vectorAsk {
		t.Errorf("to one who must agree first: got %+v, %v", got, err)
	}
}

func TestCredentialsOfTheCallback(t *testing.T) {
	config := settings()
	config.APIPasswordPrevious = secret.New("the password before it")
	p := open(t, config, userinfo.KeyUint)
	for name, c := range map[string]struct {
		login, password string
		want            bool
	}{
		"the pair":                       {"provider", "a password of 24 letters", true},
		"the previous pair":              {"provider", "the password before it", true},
		"another login":                  {"other", "a password of 24 letters", false},
		"the login in other letter case": {"Provider", "a password of 24 letters", false},
		"the password in other case":     {"provider", "A password of 24 letters", false},
		"half the password":              {"provider", "a password", false},
		"the password and a NUL":         {"provider", "a password of 24 letters\x00", false},
		"no password":                    {"provider", "", false},
		"no login":                       {"", "a password of 24 letters", false},
		"neither":                        {"", "", false},
		"both turned round":              {"a password of 24 letters", "provider", false},
		"the colon in the wrong place":   {"provider:a password of", " 24 letters", false},
		"the password as login too":      {"a password of 24 letters", "a password of 24 letters", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := p.CheckBasic(c.login, c.password); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
	t.Run("after the rotation", func(t *testing.T) {
		if open(t, settings(), userinfo.KeyUint).CheckBasic("provider", "the password before it") {
			t.Error("the previous password is still good")
		}
	})
	t.Run("letters beyond ASCII and a colon in the password", func(t *testing.T) {
		config := settings()
		config.APILogin, config.APIPassword = "žofie", secret.New("päss:wörd:länger")
		if !open(t, config, userinfo.KeyUint).CheckBasic("žofie", "päss:wörd:länger") {
			t.Error("refused")
		}
	})
}

func TestTheProvidersOwnToken(t *testing.T) {
	sign := func(password, claims string) string {
		text := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		mac := hmac.New(sha256.New, []byte("provider:"+password))
		mac.Write([]byte(text))
		return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	const now, before = "a password of 24 letters", "the password before it"
	for name, c := range map[string]struct {
		token           string
		lenient, strict bool
	}{
		"with all claims":             {sign(now, `{"imba_id":276,"exp":1893456000}`), true, true},
		"under the previous password": {sign(before, `{"imba_id":"276","exp":1893456000}`), true, true},
		"without the widget id":       {sign(now, `{"exp":1893456000}`), true, false},
		"that ends in two days":       {sign(now, `{"imba_id":276,"exp":1893628800}`), true, false},
		"of another widget":           {sign(now, `{"imba_id":12,"exp":1893456000}`), false, false},
		"without an end":              {sign(now, `{"imba_id":276}`), false, false},
		"that has ended":              {sign(now, `{"imba_id":276,"exp":1}`), false, false},
		"under another password":      {sign("some other password", `{"imba_id":276,"exp":1893456000}`), false, false},
		"that is a user's":            {vectorToken, false, false},
		"that is nothing":             {"", false, false},
		"that names a user as well":   {sign(now, `{"imba_id":276,"exp":1893456000,"user_id":1}`), false, false},
		"of the published vector":     {"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpbWJhX2lkIjoyNzYsImV4cCI6MTg5MzQ1NjAwMH0.oxQWLY-cWrzWYKv9HfmpHABbBNi4lgUK-LCgGgjxuXI", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			for mode, want := range map[string]bool{"off": false, "lenient": c.lenient, "strict": c.strict} {
				config := settings()
				config.InboundToken, config.APIPasswordPrevious = mode, secret.New(before)
				p := open(t, config, userinfo.KeyUint)
				if got := p.CheckToken(c.token); got != want {
					t.Errorf("%s: got %t, want %t", mode, got, want)
				}
				if p.UsersInfoRules().InboundToken != (mode != "off") {
					t.Errorf("%s: the rules say %t", mode, p.UsersInfoRules().InboundToken)
				}
			}
		})
	}
}

func TestAnEmptySigningKeyNeverOpens(t *testing.T) {
	config := settings()
	config.SecretKey = secret.Secret{}
	if p, err := config.Open(deps(userinfo.KeyUint)); p != nil || !errors.Is(err, jwt.ErrWeakKey) {
		t.Errorf("got %v, %v", p, err)
	}
}

func TestRulesOfTheCallback(t *testing.T) {
	all := map[string]bool{"wordpress": true, "october": true, "livestreet": true, "opencart": true, "kvs": true}
	for compat, want := range map[string]map[string]bool{"all": all, "": all, "none": {}, "kvs": {"kvs": true}, " kvs , wordpress ": {"kvs": true, "wordpress": true}} {
		config := settings()
		config.Compat, config.IDsPerHour = compat, 7
		p := open(t, config, userinfo.KeyUint)
		if diff := cmp.Diff(provider.UsersInfoRules{Compat: want, IDsPerHour: 7}, p.UsersInfoRules()); diff != "" {
			t.Errorf("%q: %s", compat, diff)
		}
	}
	if name := open(t, settings(), userinfo.KeyUint).Name(); name != "imbachat" || name != strings.ToLower(name) {
		t.Errorf("name is %s", name)
	}
}
