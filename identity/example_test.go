package identity_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/internal/secret"
)

func ExampleChain() {
	site, err := identity.NewSite(secret.New("the key that the site's server and Chatpass share"))
	if err != nil {
		fmt.Println(err)
		return
	}
	chain := identity.Chain{site}

	r := httptest.NewRequest(http.MethodGet, "/chat/identity?user_id=6", nil)
	visitor, err := chain.Resolve(context.Background(), r)
	fmt.Println(visitor.Anonymous(), err) // without the key, user_id says nothing

	r.Header.Set("Authorization", "Bearer the key that the site's server and Chatpass share")
	visitor, err = chain.Resolve(context.Background(), r)
	fmt.Println(visitor.UserID, visitor.Method, err)
	// Output:
	// true <nil>
	// 6 site <nil>
}
