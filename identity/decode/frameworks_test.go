package decode_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

func TestALaravelCookieIsBoundToItsNameAndKeys(t *testing.T) {
	const short = "base64://///////////////////////////////////////w=="
	v := vector[laravelVector](t, "laravel-session")
	id, err := laravel(t, "fedcba9876543210fedcba9876543210", v.AppKey).Cookie(v.Name, v.Value)
	good(t, err)
	same(t, "with a previous key", id, v.SessionID)
	for _, name := range []string{"", "laravel_sessio", "LARAVEL_SESSION", "XSRF-TOKEN"} {
		_, err := laravel(t, v.AppKey).Cookie(name, v.Value)
		refused(t, err, decode.ErrForged)
	}
	if _, err := decode.NewLaravel(secret.New(short)); err == nil {
		t.Error("a key of 31 bytes is accepted")
	}
	plain, err := laravel(t, laravelKey).Cookie("laravel_session", laravelGCM)
	good(t, err)
	same(t, "GCM", plain, "SessionIdSessionIdSessionIdSessionId0123")
	plain, err = laravel(t, laravelKey).Cookie("laravel_session", laravelNoTag)
	good(t, err)
	same(t, "without tag", plain, "SessionIdSessionIdSessionIdSessionId0123")
}

// sealLaravel makes a payload whose MAC is right around any iv and value.
func sealLaravel(iv, value []byte, tail string) string {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(laravelKey, "base64:"))
	iv64, value64 := base64.StdEncoding.EncodeToString(iv), base64.StdEncoding.EncodeToString(value)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(iv64 + value64))
	return base64.StdEncoding.EncodeToString([]byte(`{"iv":"` + iv64 + `","value":"` + value64 + `","mac":"` + hex.EncodeToString(mac.Sum(nil)) + `"` + tail))
}

func TestLaravelPayloadsOfTheWrongFormAreRefusedThoughTheirMACIsRight(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(laravelKey, "base64:"))
	good(t, err)
	block, err := aes.NewCipher(key)
	good(t, err)
	encrypt := func(plain string) []byte {
		out := make([]byte, len(plain))
		cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(out, []byte(plain))
		return out
	}
	iv, fine := make([]byte, 16), encrypt("0123456789abcde\x01")
	got, err := laravel(t, laravelKey).Decrypt(sealLaravel(iv, fine, `,"tag":""}`))
	good(t, err)
	same(t, "plain text", string(got), "0123456789abcde")
	for name, text := range map[string]string{
		"an iv of 15 bytes":       sealLaravel(iv[:15], fine, `,"tag":""}`),
		"no value":                sealLaravel(iv, nil, `,"tag":""}`),
		"half a block":            sealLaravel(iv, fine[:8], `,"tag":""}`),
		"padding of no bytes":     sealLaravel(iv, encrypt("0123456789abcde\x00"), `,"tag":""}`),
		"padding of 17 bytes":     sealLaravel(iv, encrypt("0123456789abcde\x11"), `,"tag":""}`),
		"padding that differs":    sealLaravel(iv, encrypt("0123456789abc\x01\x02\x03"), `,"tag":""}`),
		"a tag that is no base64": sealLaravel(iv, fine, `,"tag":"*"}`),
		"a tag that is null":      sealLaravel(iv, fine, `,"tag":null}`),
		"a further field":         sealLaravel(iv, fine, `,"tag":"","x":""}`),
		"a field twice":           sealLaravel(iv, fine, `,"iv":""}`),
		"a blank":                 sealLaravel(iv, fine, ` ,"tag":""}`),
		"an escaped name":         sealLaravel(iv, fine, `,"\u0074ag":""}`),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := laravel(t, laravelKey).Decrypt(text)
			refused(t, err, decode.ErrMalformed)
			if got != nil {
				t.Errorf("got %q", got)
			}
		})
	}
	_, err = laravel(t, laravelKey).Decrypt(sealLaravel(iv, fine, `,"tag":"AAAAAAAAAAAAAAAAAAAAAA=="}`))
	refused(t, err, decode.ErrForged) // a tag beside the MAC
	_, err = laravel(t, laravelKey).Cookie("laravel_session", sealLaravel(iv, fine, `,"tag":""}`))
	refused(t, err, decode.ErrMalformed)
}

func TestARecallerNeedsBothItsSecrets(t *testing.T) {
	const password = "$2y$12$hashhashhash"
	l := laravel(t, laravelKey)
	for name, c := range map[string]struct {
		third, token, password string
		want                   error
	}{
		"the hash itself":              {password, "tok", password, nil},
		"its HMAC with APP_KEY":        {"e8335b2ffa8aacff1ab008bb66181a8d4aa55bfafba5324667f7b8166f017348", "tok", password, nil},
		"its HMAC without a key":       {"a5c24ef47908ed173b1fc26ac544486b699459ce3c9b5f939f73a1a017431ea0", "tok", password, nil},
		"another password":             {password, "tok", "$2y$12$other", decode.ErrForged},
		"another password in the HMAC": {"e8335b2ffa8aacff1ab008bb66181a8d4aa55bfafba5324667f7b8166f017348", "tok", "$2y$12$other", decode.ErrForged},
		"another token":                {password, "tik", password, decode.ErrForged},
		"no token in the row":          {password, "", password, decode.ErrForged},
		"no password in the row":       {"x", "tok", "", decode.ErrForged},
	} {
		t.Run(name, func(t *testing.T) {
			err := l.CheckRecaller(decode.Recaller{ID: "42", Token: "tok", Hash: c.third}, c.token, c.password)
			if c.want == nil {
				good(t, err)
				return
			}
			refused(t, err, c.want)
		})
	}
	for _, value := range []string{"", "42|tok", "42|tok|", "|tok|x", "42||x", "42|tok|x|y"} {
		_, err := decode.ParseRecaller(value)
		refused(t, err, decode.ErrMalformed)
	}
}

const railsBase = "a secret_key_base for tests"

// sealRails encrypts an envelope as Rails does.
func sealRails(t *testing.T, envelope string) string {
	t.Helper()
	key, err := pbkdf2.Key(sha256.New, railsBase, []byte("authenticated encrypted cookie"), 1000, 32)
	good(t, err)
	block, err := aes.NewCipher(key)
	good(t, err)
	gcm, err := cipher.NewGCM(block)
	good(t, err)
	iv := []byte("0123456789ab")
	sealed := gcm.Seal(nil, iv, []byte(envelope), nil)
	b64 := base64.StdEncoding.EncodeToString
	return b64(sealed[:len(sealed)-16]) + "--" + b64(iv) + "--" + b64(sealed[len(sealed)-16:])
}

// signRails signs an envelope with HMAC-SHA256, as Rails does where the site asks for it.
func signRails(t *testing.T, envelope string) string {
	t.Helper()
	key, err := pbkdf2.Key(sha256.New, railsBase, []byte("signed cookie"), 1000, 64)
	good(t, err)
	data := base64.StdEncoding.EncodeToString([]byte(envelope))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(data))
	return data + "--" + hex.EncodeToString(mac.Sum(nil))
}

func TestRailsCookiesAreBoundToTheirNameAndTime(t *testing.T) {
	r := rails(t, secret.New("the next one"), secret.New(railsBase))
	envelope := func(message, exp, pur string) string {
		return `{"_rails":{"message":"` + base64.StdEncoding.EncodeToString([]byte(message)) + `","exp":` + exp + `,"pur":` + pur + `}}`
	}
	for name, c := range map[string]struct {
		plain string
		want  error
	}{
		"no end":                          {envelope(`{"a":"x"}`, `null`, `"cookie.c"`), nil},
		"an end that is ahead":            {envelope(`{"a":"x"}`, `"2026-01-02T03:04:05.001Z"`, `"cookie.c"`), nil},
		"an end that is now":              {envelope(`{"a":"x"}`, `"2026-01-02T03:04:05.000Z"`, `"cookie.c"`), decode.ErrExpired},
		"an end that is past":             {envelope(`{"a":"x"}`, `"2020-01-01T00:00:00Z"`, `"cookie.c"`), decode.ErrExpired},
		"an end that is none":             {envelope(`{"a":"x"}`, `"soon"`, `"cookie.c"`), decode.ErrMalformed},
		"an end as a number":              {envelope(`{"a":"x"}`, `4102444800`, `"cookie.c"`), decode.ErrMalformed},
		"another cookie's":                {envelope(`{"a":"x"}`, `null`, `"cookie.d"`), decode.ErrForged},
		"no purpose":                      {envelope(`{"a":"x"}`, `null`, `null`), decode.ErrForged},
		"Marshal within":                  {envelope("\x04\bI\"\x06a", `null`, `"cookie.c"`), decode.ErrMalformed},
		"nothing within":                  {envelope("", `null`, `"cookie.c"`), decode.ErrMalformed},
		"no envelope":                     {`{"a":"x"}`, decode.ErrMalformed},
		"Marshal without envelope":        {"\x04\b{\x00", decode.ErrMalformed},
		"a message that is no base64":     {`{"_rails":{"message":"*","exp":null,"pur":"cookie.c"}}`, decode.ErrMalformed},
		"an envelope that is a text only": {`{"_rails":"cookie.c"}`, decode.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, open := range map[string]func() (decode.Value, error){
				"encrypted": func() (decode.Value, error) { return r.Encrypted("c", sealRails(t, c.plain), now) },
				"signed":    func() (decode.Value, error) { return r.Signed("c", signRails(t, c.plain), now) },
			} {
				v, err := open()
				if c.want != nil {
					refused(t, err, c.want)
				} else if err != nil || v.At("a").Text() != "x" {
					t.Errorf("%s: %q, %v", kind, v.At("a").Text(), err)
				}
			}
		})
	}
	same(t, "a short salt", decode.DeviseSalt("$2a$12$short"), "$2a$12$short")
	for _, token := range []string{"", strings.Repeat("A", 32), strings.Repeat("a", 31), strings.Repeat("a", 33)} {
		_, err := decode.DiscourseToken(token, secret.New("x"))
		refused(t, err, decode.ErrMalformed)
	}
}

func TestDjangoSessionsAreBoundToTheirPlaceAndKeys(t *testing.T) {
	v := vector[djangoVector](t, "django-db")
	_, _, err := django(t, v.Key).Session(decode.DjangoCookieSalt, v.Data)
	refused(t, err, decode.ErrForged)
	session, _, err := django(t, "the next one", v.Key).Session(decode.DjangoRowSalt, v.Data)
	good(t, err)
	same(t, "with a fallback", session.At("_auth_user_id").Text(), "42")
	for _, read := range []func() (decode.Value, error){
		func() (decode.Value, error) { return django(t, "the next one", djangoKey).Legacy(djangoLegacy) },
		func() (decode.Value, error) { return decode.DjangoRow(djangoLegacy) },
	} {
		session, err := read()
		good(t, err)
		same(t, "before 3.1", session.At("_auth_user_id").Text(), "42")
	}
}

func TestRowsOfDjangoThatCannotBeReadAreRefused(t *testing.T) {
	b64 := base64.RawURLEncoding.EncodeToString
	for name, text := range map[string]string{
		"nothing":               "",
		"pickle":                b64([]byte("\x80\x04}q\x00.")) + ":1r31eq:x",
		"pickle, compressed":    "." + b64(squeeze(t, true, []byte("\x80\x04}q\x00."))) + ":1r31eq:x",
		"no zlib":               "." + b64([]byte("{}")) + ":1r31eq:x",
		"a bomb":                "." + b64(squeeze(t, true, []byte(`"`+strings.Repeat("a", decode.MaxInflated)+`"`))) + ":1r31eq:x",
		"a time of eight":       b64([]byte("{}")) + ":11111111:x",
		"a time that is none":   b64([]byte("{}")) + ":1r-1:x",
		"no time":               b64([]byte("{}")) + "::x",
		"no signature":          b64([]byte("{}")) + ":1r31eq:",
		"base64 with padding":   "e30=:1r31eq:x",
		"old, without its hash": base64.StdEncoding.EncodeToString([]byte(`short:{}`)),
		"old, pickled":          base64.StdEncoding.EncodeToString([]byte(strings.Repeat("a", 40) + ":\x80\x04.")),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode.DjangoRow(text)
			refused(t, err, decode.ErrMalformed)
		})
	}
	v, err := decode.DjangoRow("e30:1r31eq:x")
	good(t, err)
	same(t, "an empty session", v.Len(), 0)
}

func TestADjangoSessionEndsWithThePassword(t *testing.T) {
	v := vector[djangoVector](t, "django-db")
	d := django(t, "the next one", v.Key)
	good(t, d.CheckAuthHash(v.AuthHash, v.Row.Password))
	good(t, d.CheckAuthHash("39b7b4a96a8f18f83283375532c9e310e4fe069f", v.Row.Password)) // HMAC-SHA1, as before 3.1
	refused(t, d.CheckAuthHash(v.AuthHash, v.Row.Password+"x"), decode.ErrForged)
	refused(t, d.CheckAuthHash("", v.Row.Password), decode.ErrForged)
	refused(t, d.CheckAuthHash(v.AuthHash, ""), decode.ErrForged)
	refused(t, django(t, "another").CheckAuthHash(v.AuthHash, v.Row.Password), decode.ErrForged)
}
