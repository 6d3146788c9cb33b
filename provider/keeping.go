package provider

import (
	"context"

	"github.com/chatpass/chatpass/internal/secret"
)

// Remembering is an optional ability of a [Config]: its provider uses the Store of [Deps]. The store is opened only for such a one.
type Remembering interface {
	// StoreKeys lists secrets of the provider, the present one first, from which keys of the store are derived as long as the owner
	// sets none.
	StoreKeys() []secret.Secret
}

// Forgetter is an optional ability: the provider can erase a user.
type Forgetter interface {
	// Forget erases the user with an address at the provider; that there is none is no error. A user who signs in after that is a
	// new one.
	Forget(ctx context.Context, address string) error
}
