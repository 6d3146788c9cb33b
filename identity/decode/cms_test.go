package decode_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

func TestATYPO3SessionIsBoundToItsSite(t *testing.T) {
	const key = "an encryptionKey for tests"
	sum := sha256.Sum256([]byte(key))
	sign := func(claims string) string {
		b64 := base64.RawURLEncoding.EncodeToString
		text := b64([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + b64([]byte(claims))
		mac := hmac.New(sha256.New, []byte(hex.EncodeToString(sum[:])+`/TYPO3\CMS\Core\Session\UserSession`))
		mac.Write([]byte(text))
		return text + "." + b64(mac.Sum(nil))
	}
	const abc = `{"identifier":"abc","scope":{"domain":"example.com","hostOnly":`
	for name, c := range map[string]struct {
		claims, host, path string
		want               error
	}{
		"its host":                        {abc + `true,"path":"/"}}`, "example.com", "/", nil},
		"no scope":                        {`{"identifier":"abc"}`, "example.com", "/", nil},
		"a host below the domain":         {abc + `false,"path":"/"}}`, "www.example.com", "/", nil},
		"a host below a host":             {abc + `true,"path":"/"}}`, "www.example.com", "/", decode.ErrForged},
		"a host that only ends like it":   {abc + `false,"path":"/"}}`, "notexample.com", "/", decode.ErrForged},
		"another host":                    {abc + `true,"path":"/"}}`, "example.org", "/", decode.ErrForged},
		"another path":                    {abc + `true,"path":"/a/"}}`, "example.com", "/", decode.ErrForged},
		"a scope without domain":          {`{"identifier":"abc","scope":{"path":"/"}}`, "", "/", decode.ErrForged},
		"no identifier":                   {`{}`, "example.com", "/", decode.ErrMalformed},
		"an identifier that is no scalar": {`{"identifier":{"a":1}}`, "example.com", "/", decode.ErrMalformed},
		"an end that is past":             {`{"identifier":"abc","exp":1}`, "example.com", "/", decode.ErrForged},
	} {
		t.Run(name, func(t *testing.T) {
			id, err := typo3(t, secret.New(key)).Session(sign(c.claims), c.host, c.path, now)
			if c.want != nil {
				refused(t, err, c.want)
			} else if err != nil || id != "abc" {
				t.Errorf("%q, %v", id, err)
			}
		})
	}
	_, err := typo3(t, secret.New(key)).RowKey("")
	refused(t, err, decode.ErrMalformed)
}

func TestFieldsOfPrestaShopAreReadOnce(t *testing.T) {
	iv := secret.New("iv")
	sum := func(body string) string {
		s := sha256.Sum256([]byte("iv" + body))
		return body + "checksum|" + hex.EncodeToString(s[:])
	}
	fields, err := decode.PrestaShop(sum("a|1¤b|¤"), iv)
	good(t, err)
	same(t, "fields", fields, map[string]string{"a": "1", "b": ""})
	for name, c := range map[string]struct {
		plain string
		iv    secret.Secret
		want  error
	}{
		"nothing":                         {"", iv, decode.ErrMalformed},
		"only a sum":                      {sum(""), iv, decode.ErrMalformed},
		"no sum":                          {"a|1¤", iv, decode.ErrMalformed},
		"another sum":                     {"a|1¤checksum|x", iv, decode.ErrForged},
		"an empty sum":                    {"a|1¤checksum|", iv, decode.ErrForged},
		"a field twice":                   {sum("a|1¤a|2¤"), iv, decode.ErrMalformed},
		"a field without a name and bar":  {sum("a|1¤b¤"), iv, decode.ErrMalformed},
		"a value with a bar":              {sum("a|1|2¤"), iv, decode.ErrMalformed},
		"a field twice without the check": {"a|1¤a|2¤checksum|x", secret.Secret{}, decode.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode.PrestaShop(c.plain, c.iv)
			refused(t, err, c.want)
		})
	}
	fields, err = decode.PrestaShop("a|1¤checksum|x", secret.Secret{})
	good(t, err)
	same(t, "without the check", fields, map[string]string{"a": "1"})
}

func TestASignatureOfKeygripIsForOneCookie(t *testing.T) {
	v := vector[ghostVector](t, "ghost")
	key := secret.New(v.Secret)
	good(t, decode.CheckKeygrip("ghost-members-ssr", v.Value, v.Sig, secret.New("the next one"), key))
	refused(t, decode.CheckKeygrip("ghost-members-ssr2", v.Value, v.Sig, key), decode.ErrForged)
	refused(t, decode.CheckKeygrip("ghost-members-ssr", v.Value, "", key), decode.ErrMalformed)
	refused(t, decode.CheckKeygrip("", v.Value, v.Sig, key), decode.ErrMalformed)
}

func TestATokenThatIsNoneIsMalformed(t *testing.T) {
	key := secret.New("0123456789abcdef")
	for _, token := range []string{"", "a.b", "a.b.c.d", strings.Repeat("a", 5000) + ".b.c"} {
		_, err := decode.JWT(token, key, time.Time{})
		refused(t, err, decode.ErrMalformed)
	}
	_, err := decode.JWT("a.b.c", key, time.Time{})
	refused(t, err, decode.ErrForged)
}
