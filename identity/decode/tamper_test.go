package decode_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

// genuine is a value that the right key opens, and the same decoder with another key.
type genuine struct {
	name, value string
	open        func(value string) error
	otherKey    func(value string) error
}

// Values made with PHP's own openssl and hash functions by the formulas of cms.md §6.16 and §6.18; keys are those of the vectors.
const (
	laravelGCM = "eyJpdiI6Ik1ERXlNelExTmpjNE9XRmkiLCJ2YWx1ZSI6IkFDQnJTelFYNkRiMkNHYU5uQTY2UFhpUU1Ea3Y2WTZQbHVhYk1TMkZUYXA0dk5JME5nRGtaY0JNRUlwdTlr" +
		"M1dCSlZHUFgzZTNvZkdhZTFFRkpSb1N1WnE5MlBrdUNOeXVpZGJYMDFZNldXYiIsIm1hYyI6IiIsInRhZyI6InZ2bVFpTDhhUE9WMmcrR0ZyU1lDTGc9PSJ9"
	laravelNoTag = "eyJpdiI6Ik1ERXlNelExTmpjNE9XRmlZMlJsWmc9PSIsInZhbHVlIjoiUXBIR2RUTnlXTDM3VG90RktwVGd3SmRIajh3V1FqMEZGNCsyZE01R0FNRWtESVdyNE5C" +
		"a2tvSHFpelliOUtzZkpGZnMrRGxpK2IxbExDVDYwL0o2RjNCWFpMTGpWczZIR2xmVk4xdHpoeFJMeCs0ZmpoM1R4SlZ3SkZhNDJRUEQiLCJtYWMiOiI2OWJlNDM1OGFl" +
		"NzY2MGZhYmQ2NTY2NzgzNWNiYzE3OWZkMzQ3ODI2NTA3NTIyNTU1NDM3MjIyZjQ4M2Y0NWRkIn0="
	djangoLegacy = "MTEyN2M2ZmZmMmUxMjExYzFiODc2Y2ZhNWMxYWQ0ZjI3NjcyMDMzMjp7Il9hdXRoX3VzZXJfaWQiOiI0MiIsIngiOjF9"
	djangoKey    = "django-insecure-0123456789abcdef"
)

// onlyErr drops what was opened.
func onlyErr[T any](_ T, err error) error { return err }

// genuines has a value for every decoder with a signature.
func genuines(tb testing.TB) []genuine {
	tb.Helper()
	otherLaravel := laravel(tb, strings.Repeat("k", 32))
	cookie := func(l *decode.Laravel, name string) func(string) error {
		return func(value string) error { return onlyErr(l.Cookie(name, value)) }
	}
	list := []genuine{
		{"laravel GCM", laravelGCM, cookie(laravel(tb, laravelKey), "laravel_session"), cookie(otherLaravel, "laravel_session")},
		{"laravel without tag", laravelNoTag, cookie(laravel(tb, laravelKey), "laravel_session"), cookie(otherLaravel, "laravel_session")},
	}
	for _, id := range []string{"laravel-session", "laravel-remember", "october-user_auth"} {
		v := vector[laravelVector](tb, id)
		list = append(list, genuine{id, v.Value, cookie(laravel(tb, v.AppKey), v.Name), cookie(otherLaravel, v.Name)})
	}
	list = append(list, genuineRails(tb)...)
	list = append(list, genuineDjango(tb)...)
	return append(list, genuineOthers(tb)...)
}

func genuineRails(tb testing.TB) (list []genuine) {
	tb.Helper()
	other := rails(tb, secret.New("another secret_key_base"))
	for _, id := range []string{"rails-devise-sha256", "rails-devise-sha1", "discourse"} {
		v := vector[railsVector](tb, id)
		if v.Name == "" {
			v.Name = "_myapp_session"
		}
		r := rails(tb, word(tb, v.Base))
		list = append(list, genuine{
			id, v.Value,
			func(value string) error { return onlyErr(r.Encrypted(v.Name, value, now)) },
			func(value string) error { return onlyErr(other.Encrypted(v.Name, value, now)) },
		})
	}
	v := vector[railsVector](tb, "rails8-signed")
	r := rails(tb, word(tb, v.Base))
	return append(list, genuine{
		"rails8-signed", v.Plain,
		func(value string) error { return onlyErr(r.Signed(v.Name, value, now)) },
		func(value string) error { return onlyErr(other.Signed(v.Name, value, now)) },
	})
}

func genuineDjango(tb testing.TB) []genuine {
	tb.Helper()
	session := func(key, salt string) func(string) error {
		d := django(tb, key)
		return func(value string) error { _, _, err := d.Session(salt, value); return err }
	}
	legacy := func(key string) func(string) error {
		d := django(tb, key)
		return func(value string) error { return onlyErr(d.Legacy(value)) }
	}
	db, cookie := vector[djangoVector](tb, "django-db"), vector[djangoVector](tb, "django-signed-cookie")
	return []genuine{
		{"django-db", db.Data, session(db.Key, decode.DjangoRowSalt), session("another", decode.DjangoRowSalt)},
		{"django-signed-cookie", cookie.Cookie, session(cookie.Key, decode.DjangoCookieSalt), session("another", decode.DjangoCookieSalt)},
		{"django before 3.1", djangoLegacy, legacy(djangoKey), legacy("another")},
	}
}

func genuineOthers(tb testing.TB) []genuine {
	tb.Helper()
	shop, ghost, cms := vector[defuseVector](tb, "prestashop"), vector[ghostVector](tb, "ghost"), vector[typo3Vector](tb, "typo3")
	d, otherD := defuse(tb, shop.Key), defuse(tb, otherDefuseKey)
	tokens, otherTokens := typo3(tb, word(tb, cms.Key)), typo3(tb, secret.New("another"))
	press := func(id string, salt secret.Secret) genuine {
		v := vector[wordpressVector](tb, id)
		open := func(salt secret.Secret) func(string) error {
			return func(value string) error {
				w, err := decode.ParseWordPress(value)
				if err != nil {
					return err
				}
				return w.CheckMAC(v.User.Pass, secret.New(v.Key), salt, now)
			}
		}
		return genuine{id, v.Value, open(secret.New(v.Salt)), open(salt)}
	}
	keygrip := func(key secret.Secret) func(string) error {
		return func(both string) error {
			value, sig, _ := strings.Cut(both, "|")
			return decode.CheckKeygrip("ghost-members-ssr", value, sig, key)
		}
	}
	return []genuine{
		press("wp-phpass", secret.New("another")), press("wp-68-hash", secret.New("another")),
		{
			"prestashop", shop.Value,
			func(value string) error { return onlyErr(d.Decrypt(value)) },
			func(value string) error { return onlyErr(otherD.Decrypt(value)) },
		},
		{
			"the plain text of PrestaShop", shop.Plain,
			func(value string) error { return onlyErr(decode.PrestaShop(value, secret.New(shop.IV))) },
			func(value string) error { return onlyErr(decode.PrestaShop(value, secret.New("another"))) },
		},
		{"ghost", ghost.Value + "|" + ghost.Sig, keygrip(secret.New(ghost.Secret)), keygrip(secret.New("another"))},
		{
			"typo3", cms.JWT,
			func(value string) error { return onlyErr(tokens.Session(value, cms.Host, cms.Path, now)) },
			func(value string) error { return onlyErr(otherTokens.Session(value, cms.Host, cms.Path, now)) },
		},
	}
}

// otherDefuseKey is a well-formed key that opens nothing of the vectors.
const otherDefuseKey = "def00000" + "0000000000000000000000000000000000000000000000000000000000000000" +
	"742868268cf93926c88c0d20e8ec44cb076d83b4861f57f038daadc71d517fe6"

func TestAGenuineValueIsOpenedAndAnotherKeysIsNot(t *testing.T) {
	for _, g := range genuines(t) {
		t.Run(g.name, func(t *testing.T) {
			good(t, g.open(g.value))
			refused(t, g.otherKey(g.value), decode.ErrForged)
		})
	}
}

// neither says when a changed value is not refused as it should be.
func neither(err error) bool {
	return !errors.Is(err, decode.ErrForged) && !errors.Is(err, decode.ErrMalformed)
}

func TestAValueWithOneByteChangedIsRefused(t *testing.T) {
	for _, g := range genuines(t) {
		t.Run(g.name, func(t *testing.T) {
			for at := range len(g.value) {
				changed := []byte(g.value)
				var others []byte
				for bit := range 8 {
					others = append(others, g.value[at]^1<<bit)
				}
				for _, other := range append(others, "\x00\n =.|:-0aA/+_%\xff"...) {
					if changed[at] = other; other == g.value[at] {
						continue
					}
					if err := g.open(string(changed)); neither(err) {
						t.Fatalf("byte %d as %q: %v", at, other, err)
					}
				}
			}
		})
	}
}

func TestAValueThatIsCutOrLengthenedIsRefused(t *testing.T) {
	for _, g := range genuines(t) {
		t.Run(g.name, func(t *testing.T) {
			for n := range len(g.value) {
				if err := g.open(g.value[:n]); neither(err) {
					t.Fatalf("the first %d bytes: %v", n, err)
				}
				if err := g.open(g.value[n+1:]); neither(err) {
					t.Fatalf("without the first %d bytes: %v", n+1, err)
				}
			}
			for _, more := range []string{"=", " ", "\n", "\x00", "a", "--", "|", ":", ".", g.value} {
				if err := g.open(g.value + more); neither(err) {
					t.Errorf("with %q behind it: %v", more, err)
				}
				if err := g.open(more + g.value); neither(err) {
					t.Errorf("with %q before it: %v", more, err)
				}
			}
		})
	}
}

func TestLongValuesAreRefusedInTime(t *testing.T) {
	for _, g := range genuines(t) {
		for _, size := range []int{8 << 10, 1 << 20, 3 << 20} {
			t.Run(fmt.Sprintf("%s of %d KiB", g.name, size>>10), func(t *testing.T) {
				start := time.Now()
				for _, filler := range []string{"a", "A==", "--", "|", ":", ".", "[", `{"a":`, "a:1:{i:0;", "%", "\xff", g.value} {
					if err := g.open(strings.Repeat(filler, size/len(filler))); neither(err) {
						t.Errorf("filled with %.10q: %v", filler, err)
					}
				}
				if took := time.Since(start); took > 30*time.Second { // some 100 ms; anything quadratic takes minutes
					t.Errorf("refusing took %s", took)
				}
			})
		}
	}
}

func TestEmptyAndBrokenKeysAreRefused(t *testing.T) {
	var none secret.Secret
	one := secret.New("0123456789abcdef")
	shop := vector[defuseVector](t, "prestashop").Key
	for name, use := range map[string]func() error{
		"no Laravel key":                       func() error { return onlyErr(decode.NewLaravel()) },
		"an empty Laravel key":                 func() error { return onlyErr(decode.NewLaravel(none)) },
		"an empty previous Laravel key":        func() error { return onlyErr(decode.NewLaravel(one, none)) },
		"a Laravel key of 15 bytes":            func() error { return onlyErr(decode.NewLaravel(secret.New("0123456789abcde"))) },
		"a Laravel key that is no base64":      func() error { return onlyErr(decode.NewLaravel(secret.New("base64:***"))) },
		"a Laravel key that is only base64:":   func() error { return onlyErr(decode.NewLaravel(secret.New("base64:"))) },
		"no Rails key":                         func() error { return onlyErr(decode.NewRails()) },
		"an empty Rails key":                   func() error { return onlyErr(decode.NewRails(none)) },
		"no Django key":                        func() error { return onlyErr(decode.NewDjango()) },
		"an empty Django key":                  func() error { return onlyErr(decode.NewDjango(one, none)) },
		"an empty Defuse key":                  func() error { return onlyErr(decode.NewDefuse(none)) },
		"a Defuse key with a wrong sum":        func() error { return onlyErr(decode.NewDefuse(secret.New(shop[:len(shop)-1] + "3"))) },
		"a Defuse key that is cut":             func() error { return onlyErr(decode.NewDefuse(secret.New(shop[:len(shop)-2]))) },
		"a Defuse key with another header":     func() error { return onlyErr(decode.NewDefuse(secret.New("def1" + shop[4:]))) },
		"an empty TYPO3 key":                   func() error { return onlyErr(decode.NewTYPO3(none)) },
		"no keygrip key":                       func() error { return decode.CheckKeygrip("a", "b", "c") },
		"an empty keygrip key":                 func() error { return decode.CheckKeygrip("a", "b", "c", one, none) },
		"an empty token key":                   func() error { return onlyErr(decode.JWT("a.b.c", none, now)) },
		"a token key of 15 bytes":              func() error { return onlyErr(decode.JWT("a.b.c", secret.New("0123456789abcde"), now)) },
		"an empty SMF secret":                  func() error { return decode.CheckSMF("a", "b", "c", none) },
		"an empty vBulletin salt":              func() error { return decode.CheckVBulletinRemember("a", "b", none) },
		"an empty WordPress key":               func() error { return decode.WordPress{}.CheckMAC("$P$012345678", none, one, now) },
		"an empty WordPress salt":              func() error { return decode.WordPress{}.CheckMAC("$P$012345678", one, none, now) },
		"an empty key of sha1-base64":          func() error { return onlyErr(decode.NewTransform("sha1-base64", none)) },
		"an empty key of hmac-sha256hex":       func() error { return onlyErr(decode.NewTransform("hmac-sha256hex", none)) },
		"an empty key of hmac-md5hex":          func() error { return onlyErr(decode.NewTransform("hmac-md5hex", none)) },
		"an empty key of a token of Discourse": func() error { return onlyErr(decode.DiscourseToken(strings.Repeat("a", 32), none)) },
	} {
		t.Run(name, func(t *testing.T) { refused(t, use(), decode.ErrNoKey) })
	}
}

func TestDecodersDoNotPrintTheirKeys(t *testing.T) {
	const canary = "0123456789canary0123456789canary"
	key := secret.New(canary)
	tr, err := decode.NewTransform("hmac-sha256hex", key)
	good(t, err)
	shop := vector[defuseVector](t, "prestashop").Key
	for name, decoder := range map[string]any{
		"laravel": laravel(t, canary), "rails": rails(t, key), "django": django(t, canary), "typo3": typo3(t, key), "transform": tr, "defuse": defuse(t, shop),
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			got := fmt.Sprintf(verb, decoder)
			if strings.Contains(got, "canary") || strings.Contains(got, fmt.Sprintf("%x", "canary")) || strings.Contains(got, shop[8:40]) {
				t.Errorf("%s with %s: %s", name, verb, got)
			}
		}
	}
}

func TestErrorsDoNotRepeatTheValue(t *testing.T) {
	for _, g := range genuines(t) {
		for _, value := range []string{g.value[:len(g.value)-1], "canary--canary--canary", "canary|canary", "canary.canary.canary"} {
			if err := g.open(value); err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), g.value[:8]) {
				t.Errorf("%s: %v", g.name, err)
			}
		}
	}
}
