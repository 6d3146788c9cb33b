package session_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/userinfo"
)

// look is a look-up that takes columns, under their own names or as variable=column.
func look(table, column, value string, take ...string) session.Step {
	s := &session.RowSpec{Tables: []string{table}, By: [2]string{column, value}}
	for _, name := range take {
		variable, column, named := strings.Cut(name, "=")
		if !named {
			column = name
		}
		s.Take = append(s.Take, [2]string{variable, column})
	}
	return session.Step{Row: s}
}

func assign(name, expr string) session.Step { return session.Step{Set: [][2]string{{name, expr}}} }

// TestRecipesCarryPlatformsWithoutAPreset shows that platforms no preset reads yet need data only.
func TestRecipesCarryPlatformsWithoutAPreset(t *testing.T) {
	at := func(id, name string) string { return vector(t, id)[name].(string) }
	inflated, err := base64.StdEncoding.DecodeString(at("mediawiki-objectcache", "value_base64_of_raw_deflate"))
	if err != nil {
		t.Fatal(err)
	}
	stored := userPassword(t)
	for _, tt := range []struct {
		name, cookie string
		secrets      map[string]string
		tables       map[string]*table
		recipe       session.Recipe
		wrong        []string // cookies of nobody
	}{
		{
			"TYPO3 12", "fe_typo_user=" + at("typo3", "jwt"),
			map[string]string{"encryption_key": strings.Repeat("e", 96)},
			map[string]*table{"fe_sessions": rows("ses_id text, ses_userid uint, ses_tstamp uint", []any{at("typo3", "ses_id"), "42", "1767225000"})},
			session.Recipe{
				Cookie: "fe_typo_user", Needs: []string{"encryption_key"},
				Steps: []session.Step{
					assign("id", "typo3('encryption_key', $value, '/')"),
					look("fe_sessions", "ses_id", "typo3_row('encryption_key', $id)", "ses_userid", "ses_tstamp"),
					{Guest: "$ses_userid = 0"},
				},
				User: "$ses_userid", Expires: "$ses_tstamp + 6000",
			},
			[]string{"fe_typo_user=" + at("typo3", "session_id"), "fe_typo_user=" + at("typo3", "ses_id")},
		},
		{
			"TYPO3 11", "fe_typo_user=" + at("typo3", "session_id"),
			map[string]string{"encryption_key": strings.Repeat("e", 96)},
			map[string]*table{"fe_sessions": rows("ses_id text, ses_userid uint", []any{at("typo3", "ses_id"), "42"})},
			session.Recipe{
				Cookie: "fe_typo_user", Needs: []string{"encryption_key"},
				Steps: []session.Step{look("fe_sessions", "ses_id", "typo3_row('encryption_key', $value)", "ses_userid")},
				User:  "$ses_userid",
			},
			[]string{"fe_typo_user=" + at("typo3", "ses_id")},
		},
		{
			"UNA", "memberID=" + at("una-dolphin", "memberID") + "; memberPassword=" + at("una-dolphin", "memberPassword"), nil,
			map[string]*table{"sys_accounts": rows("id uint, password text", []any{"42", at("una-dolphin", "memberPassword")}, []any{"43", ""})},
			session.Recipe{
				Cookie: "memberPassword",
				Steps:  []session.Step{look("sys_accounts", "id", "cookie('memberID')", "id", "password"), {Check: "equal($value, $password)"}},
				User:   "$id",
			},
			[]string{"memberID=43; memberPassword=", "memberID=43; memberPassword=" + at("una-dolphin", "memberPassword")},
		},
		{
			"MediaWiki with sessions in the database", "wiki_session=00000000000000000000000000000000", nil,
			map[string]*table{"objectcache": rows("keyname bytes, value bytes", []any{at("mediawiki-objectcache", "keyname"), string(inflated)})},
			session.Recipe{
				Cookie: "~(wiki)_session",
				Steps:  []session.Step{look("objectcache", "keyname", "concat('wikidb:MWSession:', $value)", "stored=value")},
				User:   "php(inflate($stored), 'metadata', 'userId')",
			},
			[]string{"wiki_session=11111111111111111111111111111111"},
		},
		{
			"Magento with sessions in the database", "PHPSESSID=abc", nil,
			map[string]*table{"session": rows("session_id text, session_data text", []any{"abc", at("magento-db", "session_data")})},
			session.Recipe{
				Cookie: "PHPSESSID", Read: "php",
				Steps: []session.Step{look("session", "session_id", "$value", "session_data")},
				User:  "php_session(base64($session_data), 'php', 'customer_base', 'customer_id')",
			},
			[]string{"PHPSESSID=abd"},
		},
		{
			"Rails with sessions in the database", "_app_session=" + at("ar-session-store", "cookie_value"), nil,
			map[string]*table{"sessions": rows("session_id text, data text", []any{at("ar-session-store", "sessions_session_id"), `{"user":42}`})},
			session.Recipe{
				Cookie: "_app_session", Read: "form",
				Steps: []session.Step{look("sessions", "session_id", "rack_private($value)", "data")},
				User:  "json($data, 'user')",
			},
			[]string{"_app_session=" + at("ar-session-store", "sessions_session_id")},
		},
		{
			"Django with sessions in cookies", "sessionid=" + at("django-signed-cookie", "cookie_value"),
			map[string]string{"secret_key": at("django-signed-cookie", "SECRET_KEY")},
			map[string]*table{"auth_user": rows("id uint, password text", []any{"42", stored})},
			session.Recipe{
				Cookie: "sessionid", Needs: []string{"secret_key"},
				Steps: []session.Step{
					assign("session", "django('secret_key', 'django.contrib.sessions.backends.signed_cookies', $value)"),
					{Check: "django_time('secret_key', 'django.contrib.sessions.backends.signed_cookies', $value) + 1209600 * 60 > now()"},
					look("auth_user", "id", "item($session, '_auth_user_id')", "id", "password"),
					{Check: "django_password('secret_key', item($session, '_auth_user_hash'), $password)"},
				},
				User: "$id",
			},
			[]string{"sessionid=" + at("django-db", "session_data")},
		},
		{
			"Laravel with the user in the payload", "laravel_session=" + url.PathEscape(at("laravel-session", "cookie_value_before_urlencode")),
			map[string]string{"app_key": at("laravel-session", "APP_KEY")},
			map[string]*table{"sessions": rows("id text, payload text", []any{at("laravel-session", "session_id"), at("laravel-session", "sessions_payload")})},
			session.Recipe{
				Cookie: "laravel_session", Read: "php", Needs: []string{"app_key"},
				Steps: []session.Step{look("sessions", "id", "laravel('app_key', $cookie, $value)", "payload")},
				User:  "php(base64($payload), '" + at("laravel-session", "login_key") + "')",
			},
			[]string{"laravel_session=" + at("laravel-session", "session_id")},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.recipe.Name = "platform"
			o := options(&database{tables: tt.tables}, tt.secrets)
			o.KeyKind = func() userinfo.KeyKind { return userinfo.KeyUint }
			r := open(t, o, tt.recipe)
			if got := ask(t, r, tt.cookie); got != "42" {
				t.Fatalf("%s, want 42", got)
			}
			for _, cookie := range tt.wrong {
				if got := ask(t, r, cookie); got != "rejected" {
					t.Errorf("%.60s gives %s", cookie, got)
				}
			}
			for i := range tt.cookie {
				changed := []byte(tt.cookie)
				changed[i] ^= 1
				if got := ask(t, r, string(changed)); got != "rejected" && got != "none" && got != "42" {
					t.Errorf("with byte %d changed it gives %s", i, got)
				}
			}
		})
	}
}

// userPassword is the password column that Django's vectors are bound to.
func userPassword(t *testing.T) string {
	t.Helper()
	return vector(t, "django-db")["users_row"].(map[string]any)["password"].(string)
}
