package mesibo

import (
	"context"
	"sync"
	"time"

	"github.com/chatpass/chatpass/store"
)

// Calls are the names of the state's methods that were called.
type Calls struct {
	mu    sync.Mutex
	names []string
}

// Taken returns the calls since the last time, without those that find out who asks.
func (c *Calls) Taken() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := c.names
	c.names = nil
	return names
}

func (c *Calls) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names = append(c.names, name)
}

// CountCalls has the provider's calls of its state counted.
func (p *Provider) CountCalls() *Calls {
	calls, open := &Calls{}, p.open
	p.open = func(ctx context.Context) (state, error) {
		st, err := open(ctx)
		return countedState{st, calls}, err
	}
	return calls
}

// countedState is a state whose every call by getcontacts is counted.
type countedState struct {
	state

	calls *Calls
}

func (c countedState) Spend(ctx context.Context, limits ...store.Limit) (time.Duration, error) {
	c.calls.add("Spend")
	return c.state.Spend(ctx, limits...)
}

func (c countedState) MesiboUserByID(ctx context.Context, id int64) (store.MesiboUser, error) {
	c.calls.add("MesiboUserByID")
	return c.state.MesiboUserByID(ctx, id)
}

func (c countedState) SetMesiboUser(ctx context.Context, before, after store.MesiboUser) error {
	c.calls.add("SetMesiboUser")
	return c.state.SetMesiboUser(ctx, before, after)
}

func (c countedState) MesiboUsersByID(ctx context.Context, ids []int64) ([]store.MesiboUser, error) {
	c.calls.add("MesiboUsersByID")
	return c.state.MesiboUsersByID(ctx, ids)
}

func (c countedState) MesiboUsersByPhone(ctx context.Context, phones []string) ([]store.MesiboUser, error) {
	c.calls.add("MesiboUsersByPhone")
	return c.state.MesiboUsersByPhone(ctx, phones)
}

func (c countedState) AddMesiboContacts(ctx context.Context, owner int64, phones []string) error {
	c.calls.add("AddMesiboContacts")
	return c.state.AddMesiboContacts(ctx, owner, phones)
}

func (c countedState) ClearMesiboContacts(ctx context.Context, owner int64, phones []string) error {
	c.calls.add("ClearMesiboContacts")
	return c.state.ClearMesiboContacts(ctx, owner, phones)
}

func (c countedState) MesiboKnownBy(ctx context.Context, phone string, users []int64) (map[int64]bool, error) {
	c.calls.add("MesiboKnownBy")
	return c.state.MesiboKnownBy(ctx, phone, users)
}

func (c countedState) MesiboContacts(ctx context.Context, owner, since, until int64, n int) ([]store.MesiboUser, error) {
	c.calls.add("MesiboContacts")
	return c.state.MesiboContacts(ctx, owner, since, until, n)
}

func (c countedState) MesiboGroupsOf(ctx context.Context, user, since, until int64, n int) ([]store.MesiboGroup, error) {
	c.calls.add("MesiboGroupsOf")
	return c.state.MesiboGroupsOf(ctx, user, since, until, n)
}

func (c countedState) MesiboMembers(ctx context.Context, gids []int64) ([]store.MesiboMember, error) {
	c.calls.add("MesiboMembers")
	return c.state.MesiboMembers(ctx, gids)
}
