package handlers_test

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

// barred makes John somebody who gets no chat, in one way or another.
var barred = map[string]func(o *handlers.Options, john *userinfo.User){
	"a permission that does not hold": func(_ *handlers.Options, john *userinfo.User) {
		john.Permissions = []userinfo.Permission{{Name: "send_message", Allowed: true}, {Name: "available_chat"}}
	},
	"another role": func(o *handlers.Options, john *userinfo.User) {
		o.Roles, john.Role = []string{"member", "admin"}, "guest"
	},
	"no role":                 func(o *handlers.Options, _ *userinfo.User) { o.Roles = []string{"member"} },
	"a role in other letters": func(o *handlers.Options, john *userinfo.User) { o.Roles, john.Role = []string{"member"}, "Member" },
	"a role that is allowed and a permission that is not": func(o *handlers.Options, john *userinfo.User) {
		o.Roles, john.Role, john.Permissions = []string{"member"}, "member", []userinfo.Permission{{Name: "available_chat"}}
	},
}

func TestAVisitorWithoutTheChatIsNamedAndGetsNothingOfAProvider(t *testing.T) {
	for name, change := range barred {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) {
				d := o.Directory.(*directory)
				change(o, &d.users[0])
			})
			named := f.ask(http.MethodGet, "/chat/identity?user_id=6", bearer(siteKey))
			if named.status != http.StatusOK || named.body != `{"user_id":6,"name":"John","providers":{}}` {
				t.Errorf("identity: %d %s", named.status, named.body)
			}
			for _, target := range []string{"/chat/widget?mode=inline&user_id=6", "/chat/button?to=7&user_id=6"} {
				if got := f.ask(http.MethodGet, target, bearer(siteKey)); got.status != http.StatusOK || got.body != "" {
					t.Errorf("%s: %d %q", target, got.status, got.body)
				}
			}
			if metrics := f.operator(http.MethodGet, "/metrics").body; !strings.Contains(metrics, `chatpass_tokens_minted_total{provider="imbachat"} 0`) {
				t.Error("a token was minted")
			}
			info := f.ask(http.MethodGet, "/chat/users?user_ids=6", basic)
			if info.status != http.StatusOK || !strings.Contains(info.body, `"name":"John"`) {
				t.Errorf("users-info: %d %s; old dialogs must keep the name", info.status, info.body)
			}
			if guest := f.ask(http.MethodGet, "/chat/identity"); !strings.Contains(guest.body, `"imbachat"`) {
				t.Errorf("a guest: %s; guests have a setting of their own", guest.body)
			}
		})
	}
}

func TestAVisitorWithTheChatGetsAToken(t *testing.T) {
	for name, change := range map[string]func(o *handlers.Options, john *userinfo.User){
		"nothing is said": func(*handlers.Options, *userinfo.User) {},
		"an allowed role": func(o *handlers.Options, john *userinfo.User) {
			o.Roles, john.Role = []string{"member", "Shop manager"}, "Shop manager"
		},
		"a permission that holds": func(_ *handlers.Options, john *userinfo.User) {
			john.Permissions = []userinfo.Permission{{Name: "send_message"}, {Name: "available_chat", Allowed: true}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) { change(o, &o.Directory.(*directory).users[0]) })
			for _, target := range []string{"/chat/identity?user_id=6", "/chat/widget?mode=inline&user_id=6", "/chat/button?to=7&user_id=6"} {
				if got := f.ask(http.MethodGet, target, bearer(siteKey)); !strings.Contains(got.body, "eyJ0eXAi") {
					t.Errorf("%s: %d %s", target, got.status, got.body)
				}
			}
		})
	}
}

var buttonToken = regexp.MustCompile(`data-chatpass-token="[^".]+\.([^".]+)\.`)

func TestTheRulesOnWritingDecideAboutTheButton(t *testing.T) {
	f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) {
		o.Directory.(*directory).writes = map[[2]userinfo.ID]userinfo.Writing{{"6", "7"}: userinfo.WriteAsked, {"7", "6"}: userinfo.WriteDenied}
	})
	ask := f.ask(http.MethodGet, "/chat/button?to=7&user_id=6", bearer(siteKey))
	m := buttonToken.FindStringSubmatch(ask.body)
	if m == nil {
		t.Fatalf("no button in %d %q", ask.status, ask.body)
	}
	if claims, err := base64.RawURLEncoding.DecodeString(m[1]); err != nil || !strings.HasPrefix(string(claims), `{"user_id":7,"initiator":6,"status":1,`) {
		t.Errorf("the token says %s, %v", claims, err)
	}
	if deny := f.ask(http.MethodGet, "/chat/button?to=6&user_id=7", bearer(siteKey)); deny.status != http.StatusOK || deny.body != "" {
		t.Errorf("where it is denied: %d %q", deny.status, deny.body)
	}
	if metrics := f.operator(http.MethodGet, "/metrics").body; !strings.Contains(metrics, `chatpass_tokens_minted_total{provider="imbachat"} 1`) {
		t.Error("other than one token was minted")
	}
}

func TestTheLoadersTagHasThePathsWithoutAWidget(t *testing.T) {
	f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) { o.HideOn = "/checkout/*,/admin/*" })
	const tag = `<script src="/chat/loader.js" async data-hide-on="/checkout/*,/admin/*"></script>`
	if got := f.ask(http.MethodGet, "/chat/widget"); got.body != tag {
		t.Errorf("loader mode: %s", got.body)
	}
	if got := f.ask(http.MethodGet, "/chat/widget?mode=inline&user_id=6", bearer(siteKey)); !strings.HasSuffix(got.body, "\n"+tag) {
		t.Errorf("inline mode: %s", got.body)
	}
}
