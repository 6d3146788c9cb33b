package jwt_test

import (
	"crypto/sha512"
	"errors"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
)

func TestClaimsOfTheSitesOwnTokensAreGivenAsTheyAreWritten(t *testing.T) {
	for name, claims := range map[string]string{
		"nested":               `{"identifier":"abc","scope":{"domain":"example.com","path":"\/"}}`,
		"an end that is ahead": `{"exp":1893456000,"id":1}`,
		"a begin that is past": `{"nbf":1,"id":18446744073709551615}`,
		"no end":               `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := jwt.Foreign(forge(goodHeader, claims), secret.New(sampleKey), checkedAt)
			if err != nil || string(got) != claims {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

func TestForeignTokensThatMustNotBeBelieved(t *testing.T) {
	good := forge(goodHeader, goodClaims)
	for name, token := range map[string]string{
		"an empty text":              "",
		"two parts":                  good[:strings.LastIndexByte(good, '.')],
		"alg none":                   encode(`{"typ":"JWT","alg":"none"}`) + "." + encode(goodClaims) + ".",
		"HS384":                      forgeWith(sha512.New384, sampleKey, `{"typ":"JWT","alg":"HS384"}`, goodClaims),
		"a header that names a key":  forge(`{"typ":"JWT","alg":"HS256","kid":"x"}`, goodClaims),
		"ended":                      forge(goodHeader, `{"exp":1}`),
		"not begun":                  forge(goodHeader, `{"nbf":4102444800}`),
		"an end as a text":           forge(goodHeader, `{"exp":"4102444800"}`),
		"an end as a fraction":       forge(goodHeader, `{"exp":4102444800.5}`),
		"an end as a list":           forge(goodHeader, `{"exp":[4102444800]}`),
		"an end spelled in capitals": forge(goodHeader, `{"EXP":1}`),
		"claims that are a list":     forge(goodHeader, `[1]`),
		"a line break behind it":     good + "\n",
		"more than 4 KiB":            forge(goodHeader, `{"a":"`+strings.Repeat("a", jwt.MaxTokenLength)+`"}`),
	} {
		t.Run(name, func(t *testing.T) {
			if claims, err := jwt.Foreign(token, secret.New(sampleKey), checkedAt); !errors.Is(err, jwt.ErrInvalid) || claims != nil {
				t.Errorf("got %s, %v", claims, err)
			}
		})
	}
	for name, key := range map[string]string{"an empty key": "", "a short key": "123456789012345"} {
		t.Run(name, func(t *testing.T) {
			if _, err := jwt.Foreign(good, secret.New(key), checkedAt); !errors.Is(err, jwt.ErrWeakKey) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := jwt.Foreign(good, secret.New(strings.ToUpper(sampleKey)), checkedAt); !errors.Is(err, jwt.ErrInvalid) {
		t.Errorf("with another key: %v", err)
	}
}

func FuzzForeign(f *testing.F) {
	f.Add(forge(goodHeader, goodClaims))
	f.Add(forge(goodHeader, `{"scope":{"path":"/"}}`))
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if claims, err := jwt.Foreign(token, secret.New(sampleKey), checkedAt); err == nil {
			if again := forge(goodHeader, string(claims)); !strings.HasPrefix(again[strings.IndexByte(again, '.'):], token[strings.IndexByte(token, '.'):strings.LastIndexByte(token, '.')]) {
				t.Errorf("claims %s are not those of %s", claims, token)
			}
		}
	})
}
