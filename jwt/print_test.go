package jwt_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
)

func TestKeysAreNotPrinted(t *testing.T) {
	const key = "canary-of-a-signing-key"
	v, err := jwt.NewVerifier([]secret.Secret{secret.New(key)}, 1, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jwt.NewSigner(secret.New(key), 1, time.Hour, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		v any
		p *jwt.Verifier
		d jwt.Verifier
	}
	spelled := []string{key, hex.EncodeToString([]byte(key)), strings.Trim(fmt.Sprintf("%d", []byte(key)), "[]"), strings.Trim(fmt.Sprintf("%#v", []byte(key)), "[]byte{}")}
	for name, value := range map[string]any{
		"a verifier": v, "a verifier by value": *v, "a verifier in a struct": holder{v, v, *v}, "a verifier in a list": []*jwt.Verifier{v},
		"a signer": s, "a signer in a struct": struct{ s *jwt.Signer }{s},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			printed := fmt.Sprintf(verb, value)
			for _, piece := range spelled {
				if strings.Contains(printed, piece) {
					t.Errorf("%s through %s: %s", name, verb, printed)
				}
			}
		}
	}
	if got := fmt.Sprintf("%+v", v); got != secret.Redacted {
		t.Errorf("a verifier prints as %q", got)
	}
}
