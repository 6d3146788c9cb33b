// Package mesibo serves Mesibo: user tokens for the site's users, and the private backend that the stock messengers call, in both of its generations.
package mesibo

import (
	"context"
	"log/slog"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// name is the provider's name.
const name = "mesibo"

// Provider is Mesibo. It is safe for concurrent use.
type Provider struct {
	c      Config
	open   func(ctx context.Context) (state, error) // what is remembered; nil where nothing is
	users  func(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error)
	now    func() time.Time
	log    *slog.Logger
	issued func(provider string)
	kind   func() userinfo.KeyKind
	base   string   // path where Chatpass is mounted
	apps   []string // that may sign in; the first is the default of one's own pages

	client  *client
	flights *flights
	ctx     context.Context //nolint:containedctx // of work that outlives the request that began it
	end     context.CancelFunc
	failing provider.Spell // tokens that cannot be given
	brake   brake          // of the watch, which requests look at

	people  people
	scan    func(ctx context.Context) // keeps the phones of the site's users
	unread  func() bool               // their phones are not known yet
	survey  func(ctx context.Context) []provider.Finding
	jobs    provider.Store
	private private
	front   *front // of the stock messengers, and what log-ins need
}

// member is a user of the chat, as a token or a code proved them to be.
type member struct {
	store.MesiboUser

	token store.MesiboToken // zero but for one who came with a token
}

// pass is a token of Mesibo.
type pass struct {
	token   secret.Secret
	expires time.Time
	user    store.MesiboUser
}

// people finds users of the site. All it returns are active and may chat now: they were read from the site for this call.
type people interface {
	// byPhone returns the one user of the site with a normalised phone. errNobody: none has it; errBarred, which is one too: none who may chat now has it, and it is no
	// stranger's, as far as is known; errSeveral: more than one has; errNotYet: the phones are not known yet;
	// any other error: it cannot be told now.
	byPhone(ctx context.Context, phone string) (*userinfo.User, error)
	// byID returns a user; errNobody for one who is unknown, inactive or gets no chat.
	byID(ctx context.Context, id userinfo.ID) (*userinfo.User, error)
	// phoneOf is the normalised phone of a user, empty for none.
	phoneOf(u *userinfo.User) string
}
