package decode_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

// vectorCount is how many vectors reference/cms.md §7 has; a loader that finds fewer is broken.
const vectorCount = 33

// now is when the tables check: before 2100-01-01, as the vectors ask.
var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// vectors reads the vectors of reference/cms.md §7 by their ids.
func vectors(tb testing.TB) map[string]json.RawMessage {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "vectors.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		tb.Fatal(err)
	}
	byID := map[string]json.RawMessage{}
	for _, one := range list {
		var head struct{ ID string }
		if err := json.Unmarshal(one, &head); err != nil {
			tb.Fatal(err)
		}
		byID[head.ID] = one
	}
	if len(byID) < vectorCount || len(list) != len(byID) {
		tb.Fatalf("%d vectors with %d ids, want at least %d", len(list), len(byID), vectorCount)
	}
	return byID
}

// vector reads one vector into a struct of the fields its test needs, all of which must be there.
func vector[T any](tb testing.TB, id string) (v T) {
	tb.Helper()
	raw, ok := vectors(tb)[id]
	if !ok {
		tb.Fatalf("no vector %s", id)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		tb.Fatalf("%s: %v", id, err)
	}
	return v
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func good(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// word returns the text a vector means by "'x' x 128".
func word(tb testing.TB, text string) secret.Secret {
	tb.Helper()
	var repeated string
	switch text {
	case "'a' x 128", "'d' x 128":
		repeated = strings.Repeat(text[1:2], 128)
	case "'e' x 96":
		repeated = strings.Repeat("e", 96)
	default:
		tb.Fatalf("a key nobody knows: %q", text)
	}
	return secret.New(repeated)
}

// elsewhere are the vectors that say nothing about cookies, with the package whose tests have them.
var elsewhere = map[string]string{"mysql-coercion": "userinfo"}

// vectorTests has the test of every vector; go test runs them by their own names.
var vectorTests = map[string]func(*testing.T){
	"wp-phpass": TestVectorWordPress, "wp-68-hash": TestVectorWordPress68, "wp-negative": TestVectorWordPressNegative, "wp-capabilities": TestVectorCapabilities,
	"joomla-cookie-name": TestVectorJoomla, "drupal-names": TestVectorDrupalNames, "drupal-sid": TestVectorDrupalSID, "phpbb-live": TestVectorPHPBBLive, "phpbb-key": TestVectorPHPBBKey,
	"mybb": TestVectorMyBB, "smf": TestVectorSMF, "xenforo-remember": TestVectorXenForo, "vbulletin-session": TestVectorVBulletin, "discourse": TestVectorDiscourse,
	"mediawiki-objectcache": TestVectorMediaWiki, "opencart": TestVectorOpenCart, "magento-db": TestVectorMagento, "prestashop": TestVectorPrestaShop,
	"laravel-session": TestVectorLaravelSession, "laravel-remember": TestVectorLaravelRemember, "october-user_auth": TestVectorOctober,
	"rails-devise-sha256": TestVectorDevise, "rails-devise-sha1": TestVectorDeviseSHA1, "rails8-signed": TestVectorRails8, "ar-session-store": TestVectorSessionStore,
	"django-db": TestVectorDjangoDB, "django-signed-cookie": TestVectorDjangoCookie, "ghost": TestVectorGhost, "typo3": TestVectorTYPO3, "una-dolphin": TestVectorUNA,
	"q2a": TestVectorQ2A, "gravatar": TestVectorGravatar,
}

func TestEveryVectorHasATest(t *testing.T) {
	for id := range vectors(t) {
		if vectorTests[id] == nil && elsewhere[id] == "" {
			t.Errorf("vector %s has no test", id)
		}
	}
	for id := range vectorTests {
		if vectors(t)[id] == nil {
			t.Errorf("a test for %s, which is no vector", id)
		}
	}
}

type wordpressVector struct {
	Value    string `json:"cookie_value_decoded"`
	Key      string `json:"logged_in_key"`
	Salt     string `json:"logged_in_salt"`
	Name     string `json:"cookie_name"`
	SiteURL  string `json:"site_option_siteurl"`
	Tokens   string `json:"usermeta_session_tokens"`
	Fragment string `json:"pass_frag"`
	TokenSum string `json:"token_sha256"`
	User     struct {
		Login string `json:"user_login"`
		Pass  string `json:"user_pass"`
	} `json:"users_row"`
}

func TestVectorWordPress(t *testing.T) {
	v := vector[wordpressVector](t, "wp-phpass")
	same(t, "name", decode.WordPressCookieName(v.SiteURL), v.Name)
	same(t, "fragment", decode.WordPressFragments(v.User.Pass), []string{v.Fragment})
	same(t, "token's sum", transform(t, "sha256hex", "", tokenOf(t, v)), v.TokenSum)
	w, err := decode.ParseWordPress(v.Value)
	good(t, err)
	same(t, "login", w.Login, v.User.Login)
	good(t, w.CheckMAC(v.User.Pass, secret.New(v.Key), secret.New(v.Salt), now))
	end, err := w.CheckTokens(v.Tokens, now)
	good(t, err)
	same(t, "end", end.Unix(), int64(4102444800))
}

func tokenOf(t *testing.T, v wordpressVector) string {
	t.Helper()
	w, err := decode.ParseWordPress(v.Value)
	good(t, err)
	return w.Token
}

func TestVectorWordPress68(t *testing.T) {
	v := vector[wordpressVector](t, "wp-68-hash")
	same(t, "fragment", decode.WordPressFragments(v.User.Pass), []string{v.Fragment})
	w, err := decode.ParseWordPress(v.Value)
	good(t, err)
	good(t, w.CheckMAC(v.User.Pass, secret.New(v.Key), secret.New(v.Salt), now))
}

func TestVectorWordPressNegative(t *testing.T) {
	v := vector[wordpressVector](t, "wp-phpass")
	w, err := decode.ParseWordPress(v.Value)
	good(t, err)
	refused(t, w.CheckMAC("$P$BabcdWVUTijklmnopqrstuvwxyz0123", secret.New(v.Key), secret.New(v.Salt), now), decode.ErrForged)
	_, err = w.CheckTokens(v.Tokens, now)
	good(t, err)
}

func TestVectorCapabilities(t *testing.T) {
	v := vector[struct {
		PHP   string
		Roles []string `json:"expect_roles"`
	}](t, "wp-capabilities")
	value, err := decode.PHP(v.PHP)
	good(t, err)
	var roles []string
	for role, has := range value.All() {
		if has.Truthy() {
			roles = append(roles, role)
		}
	}
	same(t, "roles", roles, v.Roles)
}

func TestVectorJoomla(t *testing.T) {
	v := vector[struct {
		Secret  string
		Session string `json:"session_name"`
		Expect  string
		Data    string `json:"session_data_sample"`
	}](t, "joomla-cookie-name")
	same(t, "name", decode.JoomlaCookieName(secret.New(v.Secret), v.Session), v.Expect)
	session, err := decode.PHPSession(v.Data, decode.SessionPHP)
	good(t, err)
	inner, err := decode.Base64(session.At("joomla").Text())
	good(t, err)
	registry, err := decode.PHP(string(inner))
	good(t, err)
	same(t, "last", registry.At("session", "timer", "last").Text(), "1700000000")
}

func TestVectorDrupalNames(t *testing.T) {
	v := vector[map[string]string](t, "drupal-names")
	same(t, "host", decode.DrupalCookieName(v["host"], true), v["expect"])
	same(t, "host and path", decode.DrupalCookieName(v["host_base_path"], true), v["expect_base_path"])
	same(t, "www of Drupal 7", decode.DrupalCookieName(v["drupal7_www"], true), v["expect_drupal7_www"])
	same(t, "without https", decode.DrupalCookieName(v["host"], false), strings.TrimPrefix(v["expect"], "S"))
}

func TestVectorDrupalSID(t *testing.T) {
	v := vector[map[string]string](t, "drupal-sid")
	same(t, "sid", transform(t, "sha256-base64url", "", v["cookie_value"]), v["sessions_sid"])
}
