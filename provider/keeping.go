package provider

import (
	"context"
	"errors"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo"
)

// Remembering is an optional ability of a [Config]: its provider uses the Store of [Deps]. The store is opened only for such a one.
type Remembering interface {
	// StoreKeys lists secrets of the provider, the present one first, from which keys of the store are derived as long as the owner
	// sets none.
	StoreKeys() []secret.Secret
	// StoreApp is the application of the provider's identities and jobs: others in the store are of settings from before.
	StoreApp() string
}

// ErrOtherApp says that a user is of another application than the one the provider is set up for.
var ErrOtherApp = errors.New("the user is of another application")

// Forgetter is an optional ability: the provider can erase a user.
type Forgetter interface {
	// Forget erases the user with an address in an application of the provider; that there is none is no error, ErrOtherApp that it
	// is set up for another application. A user who signs in after that is a new one.
	Forget(ctx context.Context, app, address string) error
	// Address is what a user of the site is called at the provider when the settings are as they are; "" if the id makes no address.
	Address(id userinfo.ID) string
}
