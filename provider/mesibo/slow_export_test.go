package mesibo

import (
	"context"

	"github.com/chatpass/chatpass/store"
)

// BeforeUsersAreWritten calls then once, before the next user is written, of whom all is decided by then.
func (p *Provider) BeforeUsersAreWritten(then func()) {
	open := p.open
	p.open = func(ctx context.Context) (state, error) {
		s, err := open(ctx)
		return slowState{s, func() {
			if now := then; now != nil {
				then = nil
				now()
			}
		}}, err
	}
}

type slowState struct {
	state

	before func()
}

func (s slowState) SetMesiboUser(ctx context.Context, before, after store.MesiboUser) error {
	s.before()
	return s.state.SetMesiboUser(ctx, before, after)
}
