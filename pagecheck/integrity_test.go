package pagecheck_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"testing"

	"github.com/chatpass/chatpass/pagecheck"
)

func TestIntegrityOfAScript(t *testing.T) {
	body := []byte("let x = 1")
	s256, s384 := sha256.Sum256(body), sha512.Sum384(body)
	small := "sha256-" + base64.StdEncoding.EncodeToString(s256[:])
	big := "sha384-" + base64.StdEncoding.EncodeToString(s384[:])
	for name, tt := range map[string]struct {
		integrity string
		want      bool
	}{
		"none":                               {"", true},
		"the right hash":                     {small, true},
		"the right hash with an option":      {small + "?ct=x", true},
		"another hash":                       {"sha256-AAAA", false},
		"one of two of a kind":               {"sha384-AAAA " + big, true},
		"a weaker one that is right":         {small + " sha384-AAAA", false},
		"a weaker one that is wrong":         {"sha256-AAAA " + big, true},
		"a kind that nobody knows":           {"md5-AAAA", true},
		"words that are no hash":             {"x y", true},
		"the alphabet of addresses":          {"sha256-" + base64.URLEncoding.EncodeToString(s256[:]), true},
		"a hash without what fills it up":    {"sha256-" + base64.RawStdEncoding.EncodeToString(s256[:]), true},
		"a known kind in other letter case":  {"SHA256-AAAA", false},
		"a known kind without a hash behind": {"sha512-", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (&pagecheck.Script{Integrity: tt.integrity}).Intact(body); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
