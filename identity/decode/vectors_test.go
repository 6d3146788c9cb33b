package decode_test

import (
	"encoding/hex"
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
	refused(t, w.CheckMAC("$P$BabcdXXXXijklmnopqrstuvwxyz0123", secret.New(v.Key), secret.New(v.Salt), now), decode.ErrForged)
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

func TestVectorPHPBBLive(t *testing.T) {
	v := vector[struct {
		Cookies map[string]string
		Row     struct {
			ID      string `json:"session_id"`
			IP      string `json:"session_ip"`
			Browser string `json:"session_browser"`
		} `json:"sessions_row"`
		Visitor struct{ IP, UA string }
	}](t, "phpbb-live")
	same(t, "key", transform(t, "raw", "", v.Cookies["phpbb3_a1b2c_sid"]), v.Row.ID)
	if !decode.SameNetwork(v.Visitor.IP, v.Row.IP, 3) || !decode.SameBrowser(v.Visitor.UA, v.Row.Browser) {
		t.Error("the visitor is not known again")
	}
	if decode.SameNetwork("203.0.114.9", v.Row.IP, 3) {
		t.Error("a visitor of another network is taken for this one")
	}
}

func TestVectorPHPBBKey(t *testing.T) {
	v := vector[struct {
		K   string `json:"cookie_k"`
		Key string `json:"sessions_keys_key_id"`
	}](t, "phpbb-key")
	same(t, "key", transform(t, "md5hex", "", v.K), v.Key)
}

func TestVectorMyBB(t *testing.T) {
	v := vector[struct {
		Value     string                    `json:"cookie_value"`
		Row       struct{ LoginKey string } `json:"users_row"`
		Negatives []string
	}](t, "mybb")
	parts, err := decode.SplitFirst(v.Value, "_", 2)
	good(t, err)
	if parts[0] != "42" || !decode.SameSecret(parts[1], v.Row.LoginKey) {
		t.Errorf("got %q", parts)
	}
	if len(v.Negatives) == 0 {
		t.Fatal("no negatives")
	}
	for _, negative := range v.Negatives {
		if parts, err := decode.SplitFirst(negative, "_", 2); err == nil && decode.SameSecret(parts[1], v.Row.LoginKey) {
			t.Errorf("%q is believed", negative)
		}
	}
}

func TestVectorSMF(t *testing.T) {
	v := vector[struct {
		Secret string `json:"auth_secret"`
		Row    struct {
			Passwd string
			Salt   string `json:"password_salt"`
		} `json:"members_row"`
		Value string `json:"cookie_value"`
		Name  string `json:"cookie_name"`
	}](t, "smf")
	same(t, "name", decode.SMFCookieName("smf_db", "smf_"), v.Name)
	cookie, err := decode.JSON(v.Value)
	good(t, err)
	same(t, "user", cookie.At("0").Text(), "42")
	good(t, decode.CheckSMF(cookie.At("1").Text(), v.Row.Passwd, v.Row.Salt, secret.New(v.Secret)))
	same(t, "end", cookie.At("2").Text(), "4102444800")
}

func TestVectorXenForo(t *testing.T) {
	v := vector[map[string]any](t, "xenforo-remember")
	parts, err := decode.Split(v["cookie_value"].(string), ",", 2)
	good(t, err)
	same(t, "user", parts[0], "42")
	same(t, "key", hex.EncodeToString([]byte(transform(t, "sha256", "", parts[1]))), v["remember_key_hex"].(string))
}

func TestVectorVBulletin(t *testing.T) {
	v := vector[struct {
		UA, IP, IDHash string
		Remember       struct {
			Password string `json:"db_password"`
			Salt     string `json:"cookie_salt"`
			Cookie   string `json:"cookie_password"`
		}
	}](t, "vbulletin-session")
	hash, err := decode.VBulletinIDHash(v.UA, v.IP, 3)
	good(t, err)
	same(t, "idhash", hash, v.IDHash)
	good(t, decode.CheckVBulletinRemember(v.Remember.Cookie, v.Remember.Password, secret.New(v.Remember.Salt)))
}

func TestVectorMediaWiki(t *testing.T) {
	v := vector[map[string]any](t, "mediawiki-objectcache")
	packed, err := decode.Base64(v["value_base64_of_raw_deflate"].(string))
	good(t, err)
	text, err := decode.Inflate(packed)
	good(t, err)
	session, err := decode.PHP(string(text))
	good(t, err)
	same(t, "user", session.At("metadata", "userId").Text(), "42")
	same(t, "end", session.At("metadata", "expires").Text(), "4102444800")
	good(t, decode.CheckMediaWikiToken(strings.Repeat("ab", 16), session.At("metadata", "userToken").Text()))
}

func TestVectorOpenCart(t *testing.T) {
	v := vector[map[string]any](t, "opencart")
	cookies, err := decode.ParseCookies([]string{v["cookie"].(string)})
	good(t, err)
	same(t, "cookie", cookies.Find(names(t, "OCSESSID"), decode.ReadPHP), []decode.Match{{
		Name: "OCSESSID", Raw: "0123456789abcdef0123456789", Value: "0123456789abcdef0123456789",
	}})
	session, err := decode.JSON(v["session_data"].(string))
	good(t, err)
	same(t, "user", session.At("customer_id").Text(), "42")
}

func TestVectorMagento(t *testing.T) {
	v := vector[map[string]any](t, "magento-db")
	text, err := decode.Base64(v["session_data"].(string))
	good(t, err)
	session, err := decode.PHPSession(string(text), decode.SessionPHP)
	good(t, err)
	same(t, "user", session.At("customer_base", "customer_id").Text(), "42")
	same(t, "host", session.At("_session_hosts", "example.com").Truthy(), true)
}

func TestVectorUNA(t *testing.T) {
	v := vector[map[string]string](t, "una-dolphin")
	hash := transform(t, "sha1hex", "", transform(t, "md5hex", "", "secret")+"saltsalt")
	if !decode.SameSecret(v["memberPassword"], hash) {
		t.Errorf("got %s, want %s", hash, v["memberPassword"])
	}
}

func TestVectorQ2A(t *testing.T) {
	v := vector[struct {
		Cookie string
		Row    struct{ Handle, SessionCode string } `json:"users_row"`
	}](t, "q2a")
	cookies, err := decode.ParseCookies([]string{v.Cookie})
	good(t, err)
	found := cookies.Find(names(t, "qa_session"), decode.ReadPHP)
	if len(found) != 1 {
		t.Fatalf("found %v", found)
	}
	parts, err := decode.Split(found[0].Value, "/", 3)
	good(t, err)
	if parts[0] != v.Row.Handle || !decode.SameSecret(parts[1], v.Row.SessionCode) {
		t.Errorf("got %q", parts)
	}
}

func TestVectorGravatar(t *testing.T) {
	v := vector[map[string]string](t, "gravatar")
	email := strings.ToLower(strings.TrimSpace(v["email"]))
	same(t, "md5", transform(t, "md5hex", "", email), v["md5"])
	same(t, "sha256", transform(t, "sha256hex", "", email), v["sha256"])
}

func names(tb testing.TB, pattern string) decode.Names {
	tb.Helper()
	n, err := decode.NewNames(pattern)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func transform(tb testing.TB, word, key, value string) string {
	tb.Helper()
	tr, err := decode.NewTransform(word, secret.New(key))
	if err != nil {
		tb.Fatal(err)
	}
	got, err := tr.Apply(value)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}
