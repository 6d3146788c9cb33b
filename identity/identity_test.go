package identity_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity"
)

// fake is a resolver that always says the same and remembers that it was asked.
type fake struct {
	name  string
	id    identity.Identity
	err   error
	asked int
}

func (f *fake) Name() string { return f.name }

func (f *fake) Resolve(context.Context, *http.Request) (identity.Identity, error) {
	f.asked++
	return f.id, f.err
}

func TestTheFirstResolverThatKnowsACredentialDecides(t *testing.T) {
	end := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	alice := identity.Identity{UserID: "6", ExpiresAt: end}
	bob := identity.Identity{UserID: "7"}
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		resolvers []*fake
		want      identity.Identity
		err       error
		asked     int
	}{
		"no resolvers know nobody": {nil, identity.Identity{}, nil, 0},
		"no credential anywhere is an anonymous visitor": {
			[]*fake{{name: "a", err: identity.ErrNoCredential}, {name: "b", err: identity.ErrNoCredential}}, identity.Identity{}, nil, 2,
		},
		"no credential lets the next resolver try": {
			[]*fake{{name: "a", err: identity.ErrNoCredential}, {name: "b", id: alice}}, identity.Identity{UserID: "6", Method: "b", ExpiresAt: end}, nil, 2,
		},
		"a wrapped no credential does too": {
			[]*fake{{name: "a", err: fmt.Errorf("a: %w", identity.ErrNoCredential)}, {name: "b", id: bob}}, identity.Identity{UserID: "7", Method: "b"}, nil, 2,
		},
		"two that agree are one": {
			[]*fake{{name: "a", id: alice}, {name: "b", id: identity.Identity{UserID: "6"}}}, identity.Identity{UserID: "6", Method: "a", ExpiresAt: end}, nil, 2,
		},
		"two that name different users are a conflict": {
			[]*fake{{name: "a", id: alice}, {name: "b", id: bob}}, identity.Identity{}, identity.ErrConflict, 2,
		},
		"a session that has ended is no objection": {
			[]*fake{{name: "a", id: alice}, {name: "b", err: identity.ErrRejected}}, identity.Identity{UserID: "6", Method: "a", ExpiresAt: end}, nil, 2,
		},
		"a wrong site key is": {
			[]*fake{{name: "a", id: alice}, {name: "b", err: identity.ErrUnauthorized}}, identity.Identity{}, identity.ErrUnauthorized, 2,
		},
		"so is one that cannot tell": {
			[]*fake{{name: "a", id: alice}, {name: "b", err: identity.ErrUnavailable}}, identity.Identity{}, identity.ErrUnavailable, 2,
		},
		"an anonymous answer decides too": {
			[]*fake{{name: "a"}, {name: "b", id: bob}}, identity.Identity{Method: "a"}, nil, 2,
		},
		"a resolver cannot claim to be another": {
			[]*fake{{name: "a", id: identity.Identity{UserID: "6", Method: "session"}}}, identity.Identity{UserID: "6", Method: "a"}, nil, 1,
		},
		"a rejected credential ends the chain": {
			[]*fake{{name: "a", err: identity.ErrRejected}, {name: "b", id: bob}}, identity.Identity{}, identity.ErrRejected, 1,
		},
		"a wrong site key ends the chain": {
			[]*fake{{name: "a", err: identity.ErrUnauthorized}, {name: "b", id: bob}}, identity.Identity{}, identity.ErrUnauthorized, 1,
		},
		"a conflict ends the chain": {
			[]*fake{{name: "a", err: identity.ErrConflict}, {name: "b", id: bob}}, identity.Identity{}, identity.ErrConflict, 1,
		},
		"unavailable is an error and no guest": {
			[]*fake{{name: "a", err: identity.ErrUnavailable}, {name: "b", id: bob}}, identity.Identity{}, identity.ErrUnavailable, 1,
		},
		"an unknown error is an error and no guest": {
			[]*fake{{name: "a", err: broken}, {name: "b", id: bob}}, identity.Identity{}, broken, 1,
		},
		"an identity beside an error does not count": {
			[]*fake{{name: "a", id: alice, err: identity.ErrRejected}}, identity.Identity{}, identity.ErrRejected, 1,
		},
		"an identity beside no credential does not count": {
			[]*fake{{name: "a", id: alice, err: identity.ErrNoCredential}}, identity.Identity{}, nil, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var chain identity.Chain
			for _, r := range c.resolvers {
				chain = append(chain, r)
			}
			got, err := chain.Resolve(t.Context(), httptest.NewRequest(http.MethodGet, "/", nil))
			if !errors.Is(err, c.err) {
				t.Errorf("got error %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			asked := 0
			for _, r := range c.resolvers {
				asked += r.asked
			}
			if asked != c.asked {
				t.Errorf("%d resolvers were asked, want %d", asked, c.asked)
			}
		})
	}
}

func TestOnlyAnIdentityWithAUserIsSomebody(t *testing.T) {
	if !(identity.Identity{Method: "site"}).Anonymous() {
		t.Error("an identity without user must be anonymous")
	}
	if (identity.Identity{UserID: "0"}).Anonymous() {
		t.Error("user 0 was named, so the identity is not anonymous")
	}
}

func TestAWrongSiteKeyIsAlsoARejectedCredential(t *testing.T) {
	if !errors.Is(identity.ErrUnauthorized, identity.ErrRejected) {
		t.Error("who stops at ErrRejected must stop at ErrUnauthorized")
	}
	if errors.Is(identity.ErrRejected, identity.ErrUnauthorized) {
		t.Error("not every rejected credential is a wrong site key")
	}
}
