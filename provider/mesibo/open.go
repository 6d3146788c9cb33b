package mesibo

import (
	"context"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
)

var _ state = (*store.Store)(nil)

// opener returns what opens the store that s keeps, nil if s is nil or keeps none that this provider could use. Opening again gives the same
// store; after a failure it may go well later.
func opener(s provider.Store) func(ctx context.Context) (state, error) {
	keeper, ok := s.(interface {
		Open(ctx context.Context) (*store.Store, error)
	})
	if !ok {
		return nil
	}
	return func(ctx context.Context) (state, error) {
		opened, err := keeper.Open(ctx)
		if err != nil {
			return nil, err // not opened, which would be a nil store that is not nil
		}
		return opened, nil
	}
}
