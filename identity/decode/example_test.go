package decode_test

import (
	"fmt"
	"time"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

// A signed session of Django, from the Cookie header to the user's id.
func Example() {
	cookies, err := decode.ParseCookies([]string{"theme=dark; sessionid=eyJfYXV0aF91c2VyX2lkIjoiNDIifQ:1r31eq:VssovXUtWz0Vhy0EyT4F7-dPs9skIpZeJPeIDifEQWM"})
	if err != nil {
		fmt.Println(err)
		return
	}
	name, err := decode.NewNames("sessionid")
	if err != nil {
		fmt.Println(err)
		return
	}
	django, err := decode.NewDjango(secret.New("django-insecure-0123456789abcdef"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, cookie := range cookies.Find(name, decode.ReadRaw) {
		session, signedAt, err := django.Session(decode.DjangoCookieSalt, cookie.Value)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(session.At("_auth_user_id").Text(), signedAt.Format(time.RFC3339))
	}
	// Output: 42 2023-11-14T22:13:20Z
}
