package decode_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

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
