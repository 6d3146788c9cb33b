package jwt_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"github.com/chatpass/chatpass/jwt"
)

// BenchmarkWidgetToken compares a widget token with what it cannot do without: an HMAC keyed for each token, between the same
// base64. Goal P8: at most 1.2 times that.
func BenchmarkWidgetToken(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		s := vectorSigner(b, sampleKey)
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := s.Widget("123456", jwt.IDNumber); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ours in parallel", func(b *testing.B) {
		s := vectorSigner(b, sampleKey)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, _, err := s.Widget("123456", jwt.IDNumber); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
	b.Run("bare HMAC keyed per token", func(b *testing.B) {
		b.ReportAllocs()
		var token string
		for b.Loop() {
			token = bareToken(123456, vectorEnd)
		}
		if token == "" {
			b.Fatal("no token")
		}
	})
	b.Run("claims API of the library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			claims := gojwt.MapClaims{"exp": vectorEnd.Unix(), "user_id": 123456}
			if _, err := gojwt.NewWithClaims(gojwt.SigningMethodHS256, claims).SignedString([]byte(sampleKey)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	v, token := verifier(b, checkedAt, sampleKey), forge(goodHeader, goodClaims)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := v.Widget(token); err != nil {
			b.Fatal(err)
		}
	}
}

// bareToken is the least code that makes a widget token.
func bareToken(id int64, end time.Time) string {
	claims := strconv.AppendInt([]byte(`{"exp":`), end.Unix(), 10)
	claims = append(strconv.AppendInt(append(claims, `,"user_id":`...), id, 10), '}')
	text := base64.RawURLEncoding.AppendEncode([]byte(header), claims)
	mac := hmac.New(sha256.New, []byte(sampleKey))
	mac.Write(text)
	return string(base64.RawURLEncoding.AppendEncode(append(text, '.'), mac.Sum(nil)))
}

func TestTheBareTokenOfTheBenchmarkIsARealOne(t *testing.T) {
	want, _, err := vectorSigner(t, sampleKey).Widget("123456", jwt.IDNumber)
	if got := bareToken(123456, vectorEnd); err != nil || got != want {
		t.Errorf("got %s, want %s, %v", got, want, err)
	}
}
