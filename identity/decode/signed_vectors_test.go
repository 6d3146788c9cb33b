package decode_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

// laravelKey is the APP_KEY of all vectors.
const laravelKey = "base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

type laravelVector struct {
	AppKey    string `json:"APP_KEY"`
	Name      string `json:"cookie_name"`
	Value     string `json:"cookie_value_before_urlencode"`
	Prefix    string `json:"prefix_hmac"`
	SessionID string `json:"session_id"`
	Payload   string `json:"sessions_payload"`
	LoginKey  string `json:"login_key"`
	Row       struct {
		Token string `json:"remember_token"`
		Code  string `json:"persist_code"`
	} `json:"users_row"`
}

func laravel(tb testing.TB, keys ...string) *decode.Laravel {
	tb.Helper()
	var list []secret.Secret
	for _, key := range keys {
		list = append(list, secret.New(key))
	}
	l, err := decode.NewLaravel(list...)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

func TestVectorLaravelSession(t *testing.T) {
	v := vector[laravelVector](t, "laravel-session")
	same(t, "key", v.AppKey, laravelKey)
	l := laravel(t, v.AppKey)
	plain, err := l.Decrypt(v.Value)
	good(t, err)
	same(t, "plain text", string(plain), v.Prefix+"|"+v.SessionID)
	id, err := l.Cookie(v.Name, v.Value)
	good(t, err)
	same(t, "session", id, v.SessionID)
	text, err := decode.Base64(v.Payload)
	good(t, err)
	payload, err := decode.PHP(string(text))
	good(t, err)
	same(t, "user", payload.At(v.LoginKey).Text(), "42")
}

func TestVectorLaravelRemember(t *testing.T) {
	v := vector[laravelVector](t, "laravel-remember")
	l := laravel(t, v.AppKey)
	value, err := l.Cookie(v.Name, v.Value)
	good(t, err)
	r, err := decode.ParseRecaller(value)
	good(t, err)
	same(t, "recaller", r, decode.Recaller{ID: "42", Token: v.Row.Token, Hash: "$2y$12$hashhashhash"})
	good(t, l.CheckRecaller(r, v.Row.Token, "$2y$12$hashhashhash"))
}

func TestVectorOctober(t *testing.T) {
	v := vector[laravelVector](t, "october-user_auth")
	value, err := laravel(t, v.AppKey).Cookie(v.Name, v.Value)
	good(t, err)
	pair, err := decode.JSON(value)
	good(t, err)
	same(t, "user", pair.At("0").Text(), "42")
	if !decode.SameSecret(pair.At("1").Text(), v.Row.Code) {
		t.Errorf("got %q", pair.At("1").Text())
	}
}

type railsVector struct {
	Base  string `json:"secret_key_base"`
	Name  string `json:"cookie_name"`
	Value string `json:"cookie_value_before_urlencode"`
	Plain string `json:"cookie_value"`
	Row   struct {
		Password string `json:"encrypted_password"`
	} `json:"users_row"`
	Token    string `json:"inner_token"`
	RowToken string `json:"user_auth_tokens_auth_token"`
	IssuedAt int64  `json:"issued_at"`
}

func rails(tb testing.TB, bases ...secret.Secret) *decode.Rails {
	tb.Helper()
	r, err := decode.NewRails(bases...)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestVectorDevise(t *testing.T) {
	v := vector[railsVector](t, "rails-devise-sha256")
	session, err := rails(t, word(t, v.Base)).Encrypted(v.Name, v.Value, now)
	good(t, err)
	key := session.At("warden.user.user.key")
	same(t, "user", key.At("0", "0").Text(), "42")
	same(t, "salt", key.At("1").Text(), decode.DeviseSalt(v.Row.Password))
	same(t, "session", session.At("session_id").Text(), "8c0ffee08c0ffee08c0ffee08c0ffee0")
}

func TestVectorDeviseSHA1(t *testing.T) {
	v := vector[railsVector](t, "rails-devise-sha1")
	session, err := rails(t, word(t, v.Base)).Encrypted("_myapp_session", v.Value, now)
	good(t, err)
	same(t, "user", session.At("warden.user.user.key", "0", "0").Text(), "42")
}

func TestVectorRails8(t *testing.T) {
	v := vector[railsVector](t, "rails8-signed")
	id, err := rails(t, word(t, v.Base)).Signed(v.Name, v.Plain, now)
	good(t, err)
	same(t, "session", id.Text(), "17")
}

func TestVectorSessionStore(t *testing.T) {
	v := vector[map[string]string](t, "ar-session-store")
	same(t, "key", transform(t, "rack-private", "", v["cookie_value"]), v["sessions_session_id"])
}

func TestVectorDiscourse(t *testing.T) {
	v := vector[railsVector](t, "discourse")
	cookie, err := rails(t, word(t, v.Base)).Encrypted(v.Name, v.Value, now)
	good(t, err)
	same(t, "token", cookie.At("token").Text(), v.Token)
	same(t, "user", cookie.At("user_id").Text(), "42")
	same(t, "issued", cookie.At("issued_at").Text(), "1700000000")
	token, err := decode.DiscourseToken(v.Token, word(t, v.Base))
	good(t, err)
	same(t, "row", token, v.RowToken)
	same(t, "row by the transform", transform(t, "sha1-base64", word(t, v.Base).Reveal(), v.Token), v.RowToken)
}

type djangoVector struct {
	Key      string                    `json:"SECRET_KEY"`
	Data     string                    `json:"session_data"`
	Cookie   string                    `json:"cookie_value"`
	AuthHash string                    `json:"auth_hash"`
	SignedAt int64                     `json:"signed_at"`
	Row      struct{ Password string } `json:"users_row"`
}

func django(tb testing.TB, keys ...string) *decode.Django {
	tb.Helper()
	var list []secret.Secret
	for _, key := range keys {
		list = append(list, secret.New(key))
	}
	d, err := decode.NewDjango(list...)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func TestVectorDjangoDB(t *testing.T) {
	v := vector[djangoVector](t, "django-db")
	d := django(t, v.Key)
	for _, read := range []func() (decode.Value, error){
		func() (decode.Value, error) {
			session, _, err := d.Session(decode.DjangoRowSalt, v.Data)
			return session, err
		},
		func() (decode.Value, error) { return decode.DjangoRow(v.Data) },
	} {
		session, err := read()
		good(t, err)
		same(t, "user", session.At("_auth_user_id").Text(), "42")
		same(t, "hash", session.At("_auth_user_hash").Text(), v.AuthHash)
	}
	good(t, d.CheckAuthHash(v.AuthHash, v.Row.Password))
}

func TestVectorDjangoCookie(t *testing.T) {
	v := vector[djangoVector](t, "django-signed-cookie")
	session, at, err := django(t, v.Key).Session(decode.DjangoCookieSalt, v.Cookie)
	good(t, err)
	same(t, "user", session.At("_auth_user_id").Text(), "42")
	same(t, "time", at, time.Unix(v.SignedAt, 0).UTC())
}

type defuseVector struct {
	Key    string `json:"new_cookie_key"`
	IV     string `json:"cookie_iv"`
	Name   string `json:"cookie_name"`
	Value  string `json:"cookie_value"`
	Plain  string
	Expect int `json:"expect_uid"`
}

func defuse(tb testing.TB, key string) *decode.Defuse {
	tb.Helper()
	d, err := decode.NewDefuse(secret.New(key))
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func TestVectorPrestaShop(t *testing.T) {
	v := vector[defuseVector](t, "prestashop")
	same(t, "name", decode.PrestaShopCookieName("8.1.7", "ps-s1", "example.com"), v.Name)
	plain, err := defuse(t, v.Key).Decrypt(v.Value)
	good(t, err)
	same(t, "plain text", string(plain), v.Plain)
	fields, err := decode.PrestaShop(string(plain), secret.New(v.IV))
	good(t, err)
	same(t, "fields", fields, map[string]string{
		"date_add": "2026-01-01 00:00:00", "id_lang": "1", "id_currency": "1", "id_customer": "42", "customer_lastname": "Lovelace",
		"customer_firstname": "Ada", "logged": "1", "is_guest": "0", "email": "ada@example.com", "session_id": "9",
		"passwd": "$2y$10$abcdefghijklmnopqrstuuN0bZ1c2d3e4f5g6h7i8j9k0l1m2n3o4", "session_token": strings.Repeat("a", 40),
	})
}

type ghostVector struct {
	Secret string `json:"theme_session_secret"`
	Value  string `json:"cookie_value"`
	Sig    string
}

func TestVectorGhost(t *testing.T) {
	v := vector[ghostVector](t, "ghost")
	good(t, decode.CheckKeygrip("ghost-members-ssr", v.Value, v.Sig, ghostKey(t, v.Secret)))
}

// ghostKey returns the signing key as Ghost gives it to keygrip.
func ghostKey(tb testing.TB, text string) secret.Secret {
	tb.Helper()
	if _, err := hex.DecodeString(text); err != nil {
		tb.Fatal(err)
	}
	return secret.New(text)
}

type typo3Vector struct {
	Key       string `json:"encryptionKey"`
	SessionID string `json:"session_id"`
	RowID     string `json:"ses_id"`
	JWT       string
	Host      string
	Path      string
}

func typo3(tb testing.TB, key secret.Secret) *decode.TYPO3 {
	tb.Helper()
	d, err := decode.NewTYPO3(key)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func TestVectorTYPO3(t *testing.T) {
	v := vector[typo3Vector](t, "typo3")
	d := typo3(t, word(t, v.Key))
	id, err := d.Session(v.JWT, v.Host, v.Path, now)
	good(t, err)
	same(t, "session", id, v.SessionID)
	row, err := d.RowKey(id)
	good(t, err)
	same(t, "row", row, v.RowID)
}
