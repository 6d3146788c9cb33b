package jwt_test

import (
	"fmt"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
)

func ExampleSigner_Widget() {
	now := func() time.Time { return time.Date(2029, 12, 31, 23, 0, 0, 0, time.UTC) }
	signer, err := jwt.NewSigner(secret.New("a signing key that only this example uses"), 16, time.Hour, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	token, expires, err := signer.Widget("6", jwt.IDNumber)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token[:36], expires)
	// Output: eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9 2030-01-01 00:00:00 +0000 UTC
}

func ExampleVerifier_Widget() {
	now := func() time.Time { return time.Date(2029, 12, 31, 23, 0, 0, 0, time.UTC) }
	key := secret.New("a signing key that only this example uses")
	signer, err := jwt.NewSigner(key, 16, time.Hour, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier, err := jwt.NewVerifier([]secret.Secret{key}, 16, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	token, _, err := signer.Widget("6", jwt.IDNumber)
	if err != nil {
		fmt.Println(err)
		return
	}
	id, _, err := verifier.Widget(token)
	fmt.Println(id, err)
	_, _, err = verifier.Widget(token[:len(token)-1] + "_")
	fmt.Println(err != nil)
	// Output:
	// 6 <nil>
	// true
}
